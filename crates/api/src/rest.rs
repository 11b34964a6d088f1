//! The JSON API at `/v1`: the reads and the desk commands of the GraphQL schema as plain resources.
//!
//! An operation is a row of the [`catalogue`]: an address, a method, and the field of the schema that answers. What it takes and
//! gives ([`plan`]) is worked out of the schema's types and of the [`shape`]s of answers, once at the start. A request is read
//! ([`request`]) into variables, becomes a [`document`] that has what was asked for alone, and is run in the process by the very
//! resolvers that answer GraphQL, under the same identity; what they gave is written ([`answer`]) with links, tags and statuses. So
//! a filter that is added once is in both, the rules are the same, and openapi.json says what the schema says.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_graphql::{Request as GraphqlRequest, Variables};
use axum::{
    Router,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    response::Response,
    routing::{MethodRouter, on},
};
use http::{HeaderValue, header, request::Parts};
use newsroom_persistence::Store;
use url::Url;
use uuid::Uuid;

pub use self::openapi::openapi_json;
use self::{
    docs::docs_routes,
    openapi::openapi_routes,
    operation::{Access, Finding, Verb},
    plan::Plan,
    shape::Shapes,
    types::Types,
};
use crate::{
    auth::Identified,
    error::{ApiError, ErrorCode, Removed},
    graphql::{NewsroomSchema, needs_credentials, prepare, schema_sdl},
    http::{Limits, Ran, run},
    request_id::request_id,
    store_failure,
};

mod answer;
mod catalogue;
mod docs;
mod document;
mod openapi;
mod operation;
mod plan;
mod request;
mod shape;
mod types;
mod values;

/// How the JSON API is served.
#[derive(Debug, Clone)]
pub(crate) struct RestConfig {
    /// What a request may have; of it, the lengths of addresses and bodies.
    pub(crate) limits: Limits,
    /// How long an answer may take; without, as long as it does.
    pub(crate) timeout: Option<Duration>,
    /// How long a request's body may take to arrive; without, as long as it does.
    pub(crate) body_timeout: Option<Duration>,
    /// The address of this API as others see it; without, links have no host.
    pub(crate) public_url: Option<Url>,
}

/// What all operations share.
struct Service {
    schema: NewsroomSchema,
    store: Store,
    types: Types,
    limits: Limits,
    timeout: Option<Duration>,
    body_timeout: Option<Duration>,
    public_url: Option<Url>,
}

/// Works out all operations.
///
/// # Errors
/// Where the catalogue does not fit the schema; a test sees to it that it does.
fn plans(types: &Types) -> Result<Vec<Plan>, String> {
    let shapes = Shapes::read(types)?;
    catalogue::operations()
        .map(|operation| Plan::of(operation, types, &shapes))
        .collect()
}

/// All addresses below `/v1`, answered by `schema`, and the documentation page at `/docs/`.
pub(crate) fn rest_routes(schema: NewsroomSchema, store: Store, config: RestConfig) -> Router {
    let worked_out = Types::of(&schema_sdl())
        .map_err(|error| error.to_string())
        .and_then(|types| Ok((plans(&types)?, types)));
    let (plans, types) = match worked_out {
        Ok(worked_out) => worked_out,
        Err(error) => {
            tracing::error!(
                error,
                "the catalogue of the JSON API does not fit the schema: it is not served"
            );
            return Router::new();
        }
    };
    let RestConfig {
        limits,
        timeout,
        body_timeout,
        public_url,
    } = config;
    let service = Arc::new(Service {
        schema,
        store,
        types,
        limits,
        timeout,
        body_timeout,
        public_url,
    });
    let document = openapi_routes(service.public_url.as_ref()).merge(docs_routes());
    let mut by_path: BTreeMap<&str, MethodRouter> = BTreeMap::new();
    for plan in plans {
        let operation = plan.operation;
        let (service, plan) = (Arc::clone(&service), Arc::new(plan));
        let handler = move |named: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            serve(Arc::clone(&service), Arc::clone(&plan), named, request)
        };
        let methods = by_path.remove(operation.path).unwrap_or_default();
        by_path.insert(operation.path, methods.merge(on(operation.verb.filter(), handler)));
    }
    by_path
        .into_iter()
        .fold(document, |routes, (path, methods)| routes.route(path, methods))
}

async fn serve(
    service: Arc<Service>,
    plan: Arc<Plan>,
    named: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let id = request_id(&request);
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    answered(&service, &plan, named, request).await.unwrap_or_else(|error| {
        let is_nobody = error.code == ErrorCode::Unauthenticated && !has_credentials;
        let mut problem = error.into_problem(id.as_deref());
        if is_nobody {
            // Nothing was sent that could be invalid (RFC 6750, section 3).
            let challenge = HeaderValue::from_static("Bearer");
            problem.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        problem
    })
}

async fn answered(
    service: &Service,
    plan: &Plan,
    named: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let named = named.map_err(|_| ApiError::bad_request("The path of the address is not in UTF-8."))?;
    let named: Vec<(String, String)> = named
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut run_as = GraphqlRequest::new("");
    prepare(&parts, &mut run_as.data)?;
    if plan.operation.access == Access::Desk && !is_somebody(&parts) {
        return Err(needs_credentials());
    }
    let mut asked = request::read_address(service, plan, &parts, &named)?;
    if plan.operation.verb != Verb::Get {
        request::read_command(service, plan, &parts, body, &mut asked.variables).await?;
    }
    let document = document::write(plan, &service.types, &mut asked);
    run_as.query.clone_from(&document.text);
    run_as.variables = Variables::from_value(async_graphql::Value::Object(asked.variables));
    let (Ran::Executed(response) | Ran::Refused(response)) = run(&service.schema, run_as, service.timeout).await?;
    if let Some(error) = response.errors.into_iter().next() {
        return Err(answer::refuse(plan, error));
    }
    match answer::present(service, plan, &parts, (&document, &asked.chosen), response.data) {
        // By its identity the schema finds nothing of a release that was removed, and its slugs have its tombstone.
        Err(error) if error.code == ErrorCode::NotFound && plan.operation.finding == Finding::Release => {
            Err(removed(service, &named).await?.unwrap_or(error))
        }
        answer => answer,
    }
}

/// What is said of a release that was removed, which the path names by its identity.
async fn removed(service: &Service, named: &[(String, String)]) -> Result<Option<ApiError>, ApiError> {
    let id = named.first().and_then(|(_, id)| Uuid::try_parse(id).ok());
    let Some(id) = id else { return Ok(None) };
    let removal = service.store.tombstone(id.into()).await;
    let removal = removal.map_err(|error| store_failure::present(&error))?;
    Ok(removal.map(|removal| {
        ApiError::gone(Removed {
            id: id.to_string(),
            removed_at: removal.at.to_string(),
            reason: removal.reason.as_str().to_owned(),
        })
    }))
}

fn is_somebody(parts: &Parts) -> bool {
    let identified = parts.extensions.get::<Identified>();
    identified.is_some_and(|identified| matches!(identified.caller, Ok(Some(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_catalogue_fits_the_schema() {
        let types = Types::of(&schema_sdl()).unwrap();
        let plans = plans(&types).unwrap();
        assert_eq!(plans.len(), catalogue::operations().count());
    }
}
