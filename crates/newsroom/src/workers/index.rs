//! Keeping the read index up: loading it at the start, and feeding it what other hosts have published.

use std::sync::Arc;
use std::time::Duration;

use newsroom_api::Finder;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How long from one look to the next. Readers are never answered from an index that is behind; this is so that they need not
/// feed it themselves.
const PERIOD: Duration = Duration::from_millis(250);

/// Keeps the index up, again and again, until `ending`.
pub(crate) async fn run(finder: Arc<Finder>, ending: CancellationToken) {
    let begun = Instant::now();
    let (mut loaded, mut failing) = (false, false);
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            _ = ticks.tick() => {}
            () = finder.wanted() => {}
        }
        let kept_up = tokio::select! {
            biased;
            () = ending.cancelled() => return,
            kept_up = finder.keep_up() => kept_up,
        };
        match kept_up {
            Ok(()) => {
                if !loaded {
                    tracing::info!(millis = begun.elapsed().as_millis(), "the read index is loaded");
                } else if failing {
                    tracing::info!("the read index is kept up again");
                }
                (loaded, failing) = (true, false);
            }
            // Once, and not four times a second as long as the database is away.
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "the read index could not be kept up; it is tried again");
            }
            Err(_) => {}
        }
    }
}
