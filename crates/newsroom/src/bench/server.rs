//! The server that is measured: as `newsroom serve` has it, without those of its workers that write.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use newsroom_api::{Authentication, ChangeHub, Draining, Finder, KeepUpError, SearchError};
use newsroom_persistence::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::memory::Memory;
use crate::serve::{api_config, connections};
use crate::settings::Settings;
use crate::workers::index::Kept;
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
    /// From there until the search index was there; none where another process has it.
    pub(super) search: Option<Duration>,
    /// The memory before the index was loaded.
    pub(super) before_index: Memory,
    /// The memory when it was.
    pub(super) with_index: Memory,
    /// The memory when the search index was there too.
    pub(super) with_search: Memory,
}

impl BenchServer {
    /// Serves at a free port that nobody but this machine reaches. The indexes are there before.
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
        let finder = Arc::new(Finder::new(store.clone(), settings.search_config()?));
        finder.keep_up().await.context("the read index cannot be loaded")?;
        let (index, with_index, opening) = (loading.elapsed(), Memory::now(), Instant::now());
        let search = match finder.keep_search_up().await {
            Ok(()) => Some(opening.elapsed()),
            Err(KeepUpError::Search(SearchError::Busy)) => None,
            Err(error) => return Err(error).context("the search index cannot be opened"),
        };
        let started = Started {
            store: opened,
            index,
            search,
            before_index,
            with_index,
            with_search: Memory::now(),
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
            Arc::new(ChangeHub::new(store.clone(), settings.max_streams_per_client.get())),
            authentication,
        );
        let ending = CancellationToken::new();
        let (settings, ended) = (settings.clone(), ending.clone());
        let serving = async move { connections::serve(listener, router, &settings, draining, ended).await };
        // As beside any server: it looks for what is published elsewhere.
        let indexing = workers::index::run(Kept::ReadIndex, Arc::clone(&finder), ending.clone());
        let mut tasks = vec![tokio::spawn(serving), tokio::spawn(indexing)];
        if search.is_some() {
            let searching = workers::index::run(Kept::SearchIndex, finder, ending.clone());
            tasks.push(tokio::spawn(searching));
        }
        Ok(Self {
            address,
            started,
            store,
            ending,
            tasks,
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
