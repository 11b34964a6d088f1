//! Telling those who follow the change log of what is new, whoever published it.

use std::sync::Arc;
use std::time::Duration;

use newsroom_api::ChangeHub;
use newsroom_persistence::{Database, StoreError, Watcher};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long until the database is watched again when it could not be.
const RESPITE: Duration = Duration::from_secs(1);

/// Tells them until `ending`.
pub(crate) async fn run(hub: Arc<ChangeHub>, database: Database, ending: CancellationToken) {
    tokio::select! {
        biased;
        () = ending.cancelled() => {}
        () = tell(&hub, &database) => {}
    }
}

async fn tell(hub: &ChangeHub, database: &Database) {
    let mut is_failing = false;
    loop {
        let Err(error) = watch(hub, database, &mut is_failing).await;
        if !is_failing {
            is_failing = true;
            tracing::error!(%error, "changes cannot be watched; it is tried again");
        }
        // What can be had without a watcher: a look now and then.
        let _ = hub.keep_up().await;
        sleep(RESPITE).await;
    }
}

async fn watch(
    hub: &ChangeHub,
    database: &Database,
    is_failing: &mut bool,
) -> Result<std::convert::Infallible, StoreError> {
    let mut watcher = opened(hub, database).await?;
    loop {
        hub.keep_up().await?;
        if std::mem::take(is_failing) {
            tracing::info!("changes are watched again");
        }
        watcher.wait().await?;
    }
}

/// Opens a watcher. Until there is one, somebody looks now and then.
async fn opened(hub: &ChangeHub, database: &Database) -> Result<Watcher, StoreError> {
    let opening = Watcher::open(database);
    tokio::pin!(opening);
    loop {
        tokio::select! {
            opened = &mut opening => return opened,
            () = sleep(RESPITE) => hub.keep_up().await?,
        }
    }
}
