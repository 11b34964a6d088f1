//! What the resolvers of one request share.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Result};
use newsroom_domain::{account::Caller, taxonomy::Taxonomy};
use newsroom_persistence::{ReleaseCounts, Snapshot, Store};
use tokio::sync::OnceCell;

use crate::{
    error::{ApiError, ErrorCode},
    store_failure::present,
};

/// The taxonomy that one request sees: read when it is first needed, and the same in all its root fields.
#[derive(Debug, Default)]
pub(crate) struct TaxonomyOfRequest(OnceCell<Arc<Taxonomy>>);

/// The taxonomy, for as long as the request lasts.
///
/// # Errors
/// Where the store fails.
pub(crate) async fn taxonomy<'ctx>(context: &Context<'ctx>) -> Result<&'ctx Taxonomy> {
    let store = context.data::<Store>()?;
    let kept = context.data::<TaxonomyOfRequest>()?;
    let taxonomy = kept
        .0
        .get_or_try_init(async || store.taxonomy().await)
        .await
        .map_err(|error| present(&error))?;
    Ok(taxonomy)
}

/// How many releases there are under each entry of the taxonomy: read when it is first asked for, for all entries at once.
#[derive(Debug, Default)]
pub(crate) struct CountsOfRequest(Mutex<Arc<OnceCell<Arc<ReleaseCounts>>>>);

impl CountsOfRequest {
    /// Has them read anew: a subscription outlasts them.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}

/// How many releases there are under each entry of the taxonomy, for as long as the request lasts, or until they are forgotten.
///
/// # Errors
/// Where the store fails.
pub(crate) async fn release_counts(context: &Context<'_>) -> Result<Arc<ReleaseCounts>> {
    let store = context.data::<Store>()?;
    let kept = context.data::<Arc<CountsOfRequest>>()?;
    let kept = Arc::clone(&kept.0.lock().unwrap_or_else(PoisonError::into_inner));
    let counts = kept.get_or_try_init(async || store.release_counts().await.map(Arc::new));
    Ok(counts.await.map(Arc::clone).map_err(|error| present(&error))?)
}

/// What the request previews, by the token of its header.
pub(crate) fn previewed<'ctx>(context: &Context<'ctx>) -> Option<&'ctx Snapshot> {
    context.data_opt::<Arc<Snapshot>>().map(AsRef::as_ref)
}

/// Who asks, by a token or a key that holds.
///
/// # Errors
/// `UNAUTHENTICATED`, where the request has neither.
pub(crate) fn caller<'ctx>(context: &Context<'ctx>) -> Result<&'ctx Caller> {
    Ok(context.data_opt::<Caller>().ok_or_else(needs_credentials)?)
}

/// `UNAUTHENTICATED`: nobody said who asks.
pub(crate) fn needs_credentials() -> ApiError {
    let message = "This needs credentials: send an access token of `signIn` or of your single sign-on, or an API key, as `Authorization: Bearer …`.";
    ApiError::new(ErrorCode::Unauthenticated, message)
}
