//! What those ask who keep the server running: does it live, and can it answer?

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::future::BoxFuture;
use http::header;
use newsroom_persistence::{Store, StoreError};
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

use crate::{error::ApiError, request_id::request_id};

/// How long the answer of a probe is good for.
const KEPT: Duration = Duration::from_secs(1);
/// How long a probe may take; whoever asks gives up soon after.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the server has begun to shut down: `/readyz` then says that it is not ready, so that no new work is sent to it,
/// while what is in flight is finished, and streams that would go on for ever end. Cloning it gives the same one.
#[derive(Debug, Clone)]
pub struct Draining(Arc<watch::Sender<bool>>);

impl Default for Draining {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Draining {
    /// Begins the shutdown. There is no way back.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the shutdown has begun.
    pub(crate) async fn begun(&self) {
        // It lives as long as this does.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

/// `/livez`: 200 as long as the process answers at all. `/readyz`: 200 while the store answers and no shutdown has begun,
/// else 503.
pub(crate) fn health_routes(store: Store, draining: Draining) -> Router {
    let probe: Probe = Box::new(move || {
        let store = store.clone();
        Box::pin(async move { store.probe().await })
    });
    let readiness = Readiness {
        draining,
        probe,
        kept: Mutex::default(),
    };
    Router::new()
        .route("/livez", get(ok))
        .route("/readyz", get(ready))
        .with_state(Arc::new(readiness))
}

type Probe = Box<dyn Fn() -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync>;

struct Readiness {
    draining: Draining,
    probe: Probe,
    /// When the store was probed last, and whether it answered. Whoever comes while it is being probed waits for the lock
    /// and then finds the answer here, so that one probe does for all.
    kept: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    async fn store_answers(&self) -> bool {
        let mut kept = self.kept.lock().await;
        match *kept {
            Some((at, answered)) if at.elapsed() < KEPT => answered,
            _ => {
                let answered = match tokio::time::timeout(PATIENCE, (self.probe)()).await {
                    Ok(Ok(())) => true,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "not ready: the store does not answer");
                        false
                    }
                    Err(_) => {
                        tracing::warn!("not ready: the store has not answered in time");
                        false
                    }
                };
                *kept = Some((Instant::now(), answered));
                answered
            }
        }
    }
}

async fn ok() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok")
}

async fn ready(State(readiness): State<Arc<Readiness>>, request: Request) -> Response {
    let refusal = if readiness.draining.has_begun() {
        ApiError::unavailable("The server is shutting down.", 5)
    } else if readiness.store_answers().await {
        return ok().await.into_response();
    } else {
        ApiError::unavailable("The database does not answer.", 5)
    };
    refusal.into_problem(request_id(&request).as_deref())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// A store that answers in a while, or fails, and a count of how often it was asked.
    fn readiness(answers: bool) -> (Readiness, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let probe: Probe = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if answers {
                    Ok(())
                } else {
                    Err(std::io::Error::other("it is away").into())
                }
            })
        });
        let readiness = Readiness {
            draining: Draining::default(),
            probe,
            kept: Mutex::default(),
        };
        (readiness, count)
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_probe_which_is_kept_for_a_second() {
        let (readiness, count) = readiness(true);
        let answers = join_all((0..50).map(|_| readiness.store_answers())).await;
        assert_eq!(answers, vec![true; 50]);
        assert_eq!(count.load(Ordering::Relaxed), 1);
        tokio::time::sleep(KEPT).await;
        assert!(readiness.store_answers().await);
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_store_that_fails_is_not_asked_more_often_than_one_that_answers() {
        let (readiness, count) = readiness(false);
        for _ in 0..10 {
            assert!(!readiness.store_answers().await);
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_server_that_shuts_down_is_not_ready() {
        let (readiness, count) = readiness(true);
        readiness.draining.begin();
        let response = ready(State(Arc::new(readiness)), Request::default()).await;
        assert_eq!(response.status(), 503);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}
