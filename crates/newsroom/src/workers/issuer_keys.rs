//! Fetching the keys of the issuer of single sign-on, from time to time: so that new ones are there before they are needed,
//! and those that were taken back go.

use std::sync::Arc;
use std::time::Duration;

use newsroom_api::Authentication;
use tokio_util::sync::CancellationToken;

/// Fetches them again and again, for the first time after that pause, until `ending`; not at all, where there is no pause,
/// since there is no such issuer.
pub(crate) async fn run(authentication: Arc<Authentication>, first: Option<Duration>, ending: CancellationToken) {
    let fetch_all = async {
        let mut next = first;
        while let Some(pause) = next {
            tokio::time::sleep(pause).await;
            next = authentication.refresh_issuer_keys().await;
        }
    };
    tokio::select! {
        () = ending.cancelled() => {}
        () = fetch_all => {}
    }
}
