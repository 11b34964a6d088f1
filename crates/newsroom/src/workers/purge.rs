//! Taking out what has expired: outcomes under idempotency keys, sessions that ended, counts of sign-ins.

use std::time::Duration;

use newsroom_persistence::{Purged, Store};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// How long from one time to the next. Nothing depends on it: what has expired is good for nothing before it is out.
const PERIOD: Duration = Duration::from_mins(10);
/// How long from the start to the first time: a server that has just started has better things to do.
const FIRST: Duration = Duration::from_secs(30);

/// Takes out what has expired, again and again, until `ending`.
pub(crate) async fn run(store: Store, ending: CancellationToken) {
    let mut ticks = interval_at(Instant::now() + FIRST, PERIOD);
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
