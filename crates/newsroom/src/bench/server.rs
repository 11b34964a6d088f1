//! The server that is measured: as `newsroom serve` has it, without those of its workers that write.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use newsroom_api::{Authentication, Draining, Finder};
use newsroom_persistence::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::memory::Memory;
use crate::serve::{api_config, connections};
use crate::settings::Settings;
use crate::{store, workers};

/// A server in this process.
#[derive(Debug)]
pub(super) struct BenchServer {
    address: SocketAddr,
    started: Started,
    store: Store,
    ending: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// What it took to start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    /// Until the store was open.
    pub(super) store: Duration,
    /// From there until the read index was loaded.
    pub(super) index: Duration,
    /// The memory before the index was loaded.
    pub(super) before_index: Memory,
    /// The memory when it was.
    pub(super) with_index: Memory,
}

impl BenchServer {
    /// Serves at a free port that nobody but this machine reaches. The read index is loaded before.
    ///
    /// # Errors
    /// Where there is no newsroom, its database fails, or settings do not go together.
    pub(super) async fn start(settings: &Settings) -> Result<Self> {
        let begun = Instant::now();
        let store = store::open_existing(settings).await?;
        let opened = begun.elapsed();
        let authentication = Authentication::for_readers(settings.auth_config(None)?, store.clone()).await?;
        let before_index = Memory::now();
        let loading = Instant::now();
        let finder = Arc::new(Finder::new(store.clone()));
        finder.keep_up().await.context("the read index cannot be loaded")?;
        let started = Started {
            store: opened,
            index: loading.elapsed(),
            before_index,
            with_index: Memory::now(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen on the loopback interface")?;
        let address = listener.local_addr()?;
        let draining = Draining::default();
        let router = newsroom_api::router(
            api_config(settings, settings.fallbacks()?, &address.to_string(), draining.clone())?,
            store.clone(),
            Arc::clone(&finder),
            authentication,
        );
        let ending = CancellationToken::new();
        let (settings, ended) = (settings.clone(), ending.clone());
        let serving = async move { connections::serve(listener, router, &settings, draining, ended).await };
        // As beside any server: it looks for what is published elsewhere.
        let indexing = workers::index::run(finder, ending.clone());
        Ok(Self {
            address,
            started,
            store,
            tasks: vec![tokio::spawn(serving), tokio::spawn(indexing)],
            ending,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it took to start.
    pub(super) fn started(&self) -> Started {
        self.started
    }

    /// Ends it.
    ///
    /// # Errors
    /// Where the database does not close well.
    pub(super) async fn end(self) -> Result<()> {
        self.ending.cancel();
        for task in self.tasks {
            task.await?;
        }
        Ok(self.store.close().await?)
    }
}
