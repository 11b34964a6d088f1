//! `newsroom reindex`: the search index built anew.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use newsroom_api::{Finder, Reindexed};

use crate::progress::Progress;
use crate::settings::Settings;
use crate::{Outcome, print, store};

/// Builds the search index anew. Where a server has it, that server does, and goes on answering.
///
/// # Errors
/// Where there is no newsroom, its database fails, or the index cannot be written.
pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let store = store::open_existing(settings).await?;
    let finder = Finder::new(store.clone(), settings.search_config()?);
    let (progress, shown) = (Progress::counting(), AtomicU64::new(0));
    let reindexed = finder
        .reindex(&|texts| {
            let before = shown.swap(texts, Ordering::Relaxed);
            progress.go_on(texts - before, || "texts".to_owned());
        })
        .await;
    progress.end();
    let reindexed = reindexed?;
    store.close().await?;
    match reindexed {
        Reindexed::Built(texts) => print(&format!("the search index has {texts} texts")),
        Reindexed::AskedForIt => {
            print("a server has the search index and builds it anew; its log says when that is done")
        }
    }
}
