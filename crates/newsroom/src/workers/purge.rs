//! Taking out what has expired: outcomes under idempotency keys, sessions that ended, counts of sign-ins.

use std::time::Duration;

use newsroom_persistence::{Purged, Store};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How long from one time to the next. Nothing depends on it: what has expired is good for nothing before it is out.
const PERIOD: Duration = Duration::from_mins(10);

/// Takes out what has expired, again and again, until `ending`.
pub(crate) async fn run(store: Store, ending: CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match store.purge().await {
            Ok(purged) => {
                failing = false;
                if purged != Purged::default() {
                    tracing::debug!(?purged, "took out what had expired");
                }
            }
            // Once, and not every ten minutes as long as the database is away.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "what has expired could not be taken out; it is tried again");
            }
            Err(_) => {}
        }
    }
}
