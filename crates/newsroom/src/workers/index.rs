//! Keeping the indexes up: loading or opening them at the start, and feeding them what other hosts have published.

use std::sync::Arc;
use std::time::Duration;

use newsroom_api::{Finder, KeepUpError};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How long from one look to the next. Readers are never answered from an index that is behind; this is so that they need not
/// feed it themselves.
const PERIOD: Duration = Duration::from_millis(250);

/// Which index is kept up. Each is by itself: one may take minutes to be built anew.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    /// What lists and facets go by.
    ReadIndex,
    /// What searches go by.
    SearchIndex,
}

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Self::ReadIndex => "the read index",
            Self::SearchIndex => "the search index",
        }
    }

    async fn keep_up(self, finder: &Finder) -> Result<(), KeepUpError> {
        match self {
            Self::ReadIndex => Ok(finder.keep_up().await?),
            Self::SearchIndex => finder.keep_search_up().await,
        }
    }
}

/// Keeps an index up, again and again, until `ending`.
pub(crate) async fn run(kept: Kept, finder: Arc<Finder>, ending: CancellationToken) {
    let (index, begun) = (kept.name(), Instant::now());
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
            kept_up = kept.keep_up(&finder) => kept_up,
        };
        match kept_up {
            Ok(()) => {
                if !loaded {
                    tracing::info!(millis = begun.elapsed().as_millis(), "{index} is there");
                } else if failing {
                    tracing::info!("{index} is kept up again");
                }
                (loaded, failing) = (true, false);
            }
            // Once, and not four times a second as long as the database is away.
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "{index} could not be kept up; it is tried again");
            }
            Err(_) => {}
        }
    }
}
