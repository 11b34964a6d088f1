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

    /// Keeps it for the next start. The search index is in its folder at any time.
    async fn keep_for_later(self, finder: &Finder, is_ending: bool) {
        if matches!(self, Self::ReadIndex) {
            finder.keep_checkpoint(is_ending).await;
        }
    }
}

/// Keeps an index up, again and again, until `ending`, and for the next start.
pub(crate) async fn run(kept: Kept, finder: Arc<Finder>, ending: CancellationToken) {
    tokio::select! {
        biased;
        () = ending.cancelled() => {}
        () = keep_up(kept, &finder) => {}
    }
    kept.keep_for_later(&finder, true).await;
}

/// Keeps an index up for ever.
async fn keep_up(kept: Kept, finder: &Finder) {
    let (index, begun) = (kept.name(), Instant::now());
    let (mut loaded, mut failing) = (false, false);
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = finder.wanted() => {}
        }
        match kept.keep_up(finder).await {
            Ok(()) => {
                if !loaded {
                    tracing::info!(millis = begun.elapsed().as_millis(), "{index} is there");
                } else if failing {
                    tracing::info!("{index} is kept up again");
                }
                (loaded, failing) = (true, false);
                kept.keep_for_later(finder, false).await;
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
