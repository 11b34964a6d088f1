//! Fetching the keys of the issuer of single sign-on, from time to time: so that new ones are there before they are needed,
//! and those that were taken back go.

use std::sync::Arc;

use newsroom_api::Authentication;
use tokio_util::sync::CancellationToken;

/// Fetches them again and again, until `ending`; not at all, where there is no such issuer.
pub(crate) async fn run(authentication: Arc<Authentication>, ending: CancellationToken) {
    let fetch_all = async {
        while let Some(pause) = authentication.refresh_issuer_keys().await {
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = ending.cancelled() => {}
        () = fetch_all => {}
    }
}
