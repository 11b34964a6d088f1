//! What operators watch: figures in Prometheus' text format, at an address of their own, so that no reader gets them.

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use newsroom_persistence::DueTranslation;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::Listen;

/// How many drafts went live at their hour.
const PUBLISHED: &str = "newsroom_schedules_published_total";
/// How many schedules were given up.
const GIVEN_UP: &str = "newsroom_schedules_given_up_total";
/// How often it could not be looked for what is due.
const FAILED_LOOKS: &str = "newsroom_schedule_looks_failed_total";
/// How many deliveries webhooks have taken.
const WEBHOOKS_TAKEN: &str = "newsroom_webhook_deliveries_total";
/// How many attempts at one failed.
const WEBHOOKS_FAILED: &str = "newsroom_webhook_attempts_failed_total";

/// Keeps figures from now on, and shows them at that address until `ending`.
///
/// # Errors
/// Where the address cannot be listened on.
pub(super) async fn serve(listen: &Listen, ending: CancellationToken) -> Result<JoinHandle<()>> {
    let handle = PrometheusBuilder::new()
        .install_recorder()
        .context("figures cannot be kept")?;
    metrics::describe_counter!(
        PUBLISHED,
        "Drafts that this server published at their scheduled instant."
    );
    metrics::describe_counter!(
        GIVEN_UP,
        "Schedules that this server gave up, since what was due could not go live. The desk is shown why."
    );
    metrics::describe_counter!(FAILED_LOOKS, "Times that the database did not say what is due.");
    metrics::describe_counter!(WEBHOOKS_TAKEN, "Deliveries by this server that a webhook has taken.");
    metrics::describe_counter!(
        WEBHOOKS_FAILED,
        "Attempts by this server to deliver to a webhook that failed. Most are made again."
    );
    for counter in [PUBLISHED, GIVEN_UP, FAILED_LOOKS, WEBHOOKS_TAKEN, WEBHOOKS_FAILED] {
        metrics::counter!(counter).increment(0);
    }
    let listener = TcpListener::bind(listen.as_str()).await.with_context(|| {
        format!("cannot listen on {listen} for metrics: set another address with NEWSROOM_METRICS_LISTEN")
    })?;
    tracing::info!("metrics at http://{}/metrics", listener.local_addr()?);
    let router = Router::new().route("/metrics", get(move || std::future::ready(shown(&handle))));
    Ok(tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(ending.cancelled_owned());
        if let Err(error) = served.await {
            tracing::error!(%error, "metrics are not shown any more");
        }
    }))
}

fn shown(handle: &PrometheusHandle) -> ([(HeaderName, &'static str); 1], String) {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        handle.render(),
    )
}

/// Counts what came of what was due. Nothing is kept where no figures are.
pub(crate) fn count_due(taken: &[DueTranslation]) {
    for taken in taken {
        let counter = if taken.failure.is_none() { PUBLISHED } else { GIVEN_UP };
        metrics::counter!(counter).increment(1);
    }
}

/// Counts a look at what is due that failed.
pub(crate) fn count_failed_look() {
    metrics::counter!(FAILED_LOOKS).increment(1);
}

/// Counts an attempt to deliver to a webhook.
pub(crate) fn count_webhook_attempt(is_taken: bool) {
    let counter = if is_taken { WEBHOOKS_TAKEN } else { WEBHOOKS_FAILED };
    metrics::counter!(counter).increment(1);
}
