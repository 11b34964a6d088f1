//! `newsroom serve`: opens the store, listens, and ends well.

pub(crate) mod connections;
pub(crate) mod metrics;
pub(crate) mod signals;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use newsroom_api::{ApiConfig, Authentication, ChangeHub, Draining, Finder, MailBell};
use newsroom_domain::Fallbacks;
use newsroom_persistence::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::mail::Mailer;
use crate::settings::{Listen, Settings};
use crate::webhooks::Sender;
use crate::workers::index::Kept;
use crate::{Outcome, import, store, workers};

/// Serves until a signal says to end; then what is in flight is finished.
///
/// # Errors
/// Where settings do not go together, the store cannot be opened, the address not be listened on, or the demo not be imported.
pub(crate) async fn run(settings: &Settings, demo: bool) -> Result<Outcome> {
    // From here on a signal ends the server, whatever it is doing.
    run_until(settings, demo, signals::ending()?).await
}

/// The same, until that says to end.
///
/// # Errors
/// As above.
pub(crate) async fn run_until(settings: &Settings, demo: bool, ending: CancellationToken) -> Result<Outcome> {
    let mailer = Mailer::new(settings)?;
    let fallbacks = settings.fallbacks()?;
    let search = settings.search_config()?;
    let store = store::open(settings).await?;
    let listener = TcpListener::bind(settings.listen.as_str()).await.map_err(|error| {
        let listen = &settings.listen;
        anyhow!("cannot listen on {listen}: {error}: set another address with --listen or NEWSROOM_LISTEN")
    })?;
    if demo {
        let report = import::demo(settings, &store).await?;
        tracing::info!(
            created = report.created,
            changed = report.changed,
            unchanged = report.unchanged,
            "imported the seed newsroom"
        );
    }
    let address = listener.local_addr().context("cannot tell which address was taken")?;
    let draining = Draining::default();
    let mail = mailer.map(|mailer| (mailer, MailBell::default()));
    let auth_config = settings.auth_config(mail.as_ref().map(|(_, bell)| bell.clone()))?;
    let authentication = Authentication::open(auth_config, store.clone()).await?;
    let finder = Arc::new(Finder::new(store.clone(), search));
    let hub = Arc::new(ChangeHub::new(store.clone(), settings.max_streams_per_client.get()));
    let listen: Listen = address.to_string().parse().map_err(|why: String| anyhow!(why))?;
    let public_url = settings.public_url_at(&listen)?;
    let sender = Sender::new(settings.reach(), public_url.url(), settings.release_url.clone())?;
    let router = newsroom_api::router(
        api_config(settings, fallbacks, &address.to_string(), draining.clone())?,
        store.clone(),
        finder.clone(),
        hub.clone(),
        authentication.clone(),
    );
    // Before anybody comes: else those who come first would be refused. An issuer that is down is not waited for long.
    let fetched_again_in = tokio::select! {
        pause = authentication.refresh_issuer_keys() => pause,
        () = ending.cancelled() => None,
    };
    let purging = tokio::spawn(workers::purge::run(store.clone(), ending.clone()));
    let indexing = tokio::spawn(workers::index::run(Kept::ReadIndex, finder.clone(), ending.clone()));
    let searching = tokio::spawn(workers::index::run(Kept::SearchIndex, finder, ending.clone()));
    let telling = tokio::spawn(workers::changes::run(hub, settings.notify_database(), ending.clone()));
    let scheduling = tokio::spawn(workers::schedule::run(store.clone(), ending.clone()));
    let sending = tokio::spawn(workers::webhooks::run(
        store.clone(),
        sender,
        ending.clone(),
        settings.grace(),
    ));
    let fetching = tokio::spawn(workers::issuer_keys::run(
        authentication,
        fetched_again_in,
        ending.clone(),
    ));
    let mailing = mail.map(|(mailer, bell)| {
        let (store, ending) = (store.clone(), ending.clone());
        tokio::spawn(workers::mail::run(store, mailer, bell, ending, settings.grace()))
    });
    let measuring = match &settings.metrics_listen {
        Some(listen) => Some(metrics::serve(listen, ending.clone()).await?),
        None => None,
    };
    tracing::info!("listening on http://{address}");
    connections::serve(listener, router, settings, draining, ending).await;
    // They were told to end when the server was.
    for (worker, what) in [
        (purging, "purging"),
        (indexing, "keeping the read index up"),
        (searching, "keeping the search index up"),
        (telling, "telling followers of changes"),
        (scheduling, "the schedule"),
        (sending, "sending webhooks"),
        (fetching, "fetching the issuer's keys"),
    ]
    .into_iter()
    .chain(mailing.map(|mailing| (mailing, "sending mail")))
    .chain(measuring.map(|measuring| (measuring, "showing metrics")))
    {
        if let Err(error) = worker.await {
            tracing::error!(%error, "{what} broke off");
        }
    }
    close(store).await;
    tracing::info!("ended");
    Ok(Outcome::Good)
}

async fn close(store: Store) {
    if let Err(error) = store.close().await {
        tracing::warn!(%error, "the database did not close well");
    }
}

/// How the API is served at that address.
///
/// # Errors
/// Where no address of the API can be made of it.
pub(crate) fn api_config(
    settings: &Settings,
    fallbacks: Fallbacks,
    address: &str,
    draining: Draining,
) -> Result<ApiConfig> {
    let listen: Listen = address.parse().map_err(|why: String| anyhow!(why))?;
    Ok(ApiConfig {
        limits: settings.limits.clone(),
        introspection: settings.introspection,
        timeout: Some(Duration::from_secs(settings.graphql_timeout.get())),
        body_timeout: Some(Duration::from_secs(settings.body_timeout.get())),
        document_cache_bytes: settings.document_cache_bytes,
        public_url: Some(settings.public_url_at(&listen)?.url().clone()),
        release_url: settings.release_url.clone(),
        locales: settings.locales.clone(),
        fallbacks,
        cors_origins: settings.cors_origins(),
        webhooks: settings.reach(),
        draining,
        ..ApiConfig::default()
    })
}
