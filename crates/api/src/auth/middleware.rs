//! What stands around routes: who asks, found out before they do; and the route that publishes the keys.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, header};
use newsroom_domain::account::{Caller, Credential};
use serde_json::json;

use super::{
    Authentication,
    address::{client_address, network},
};
use crate::{error::ApiError, request_id::request_id, store_failure::present};

/// For how long others may keep the keys: a new one signs as soon as it is there.
const KEYS_KEPT: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Who asks, in a request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Identified {
    /// Who; nobody who is known, or why their credentials do not hold.
    pub(crate) caller: Result<Option<Caller>, ApiError>,
    /// From where.
    pub(crate) address: ClientAddress,
}

/// The address that a request came from, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl Identified {
    /// Whoever shows these credentials, from there.
    pub(crate) async fn by(authentication: &Authentication, headers: &HeaderMap, address: ClientAddress) -> Self {
        Self {
            caller: authentication.identify(headers, address.0).await,
            address,
        }
    }

    /// What the client's streams are counted by: its API key, or else its address.
    pub(crate) fn client_name(&self) -> String {
        match &self.caller {
            Ok(Some(Caller {
                credential: Credential::ApiKey(key),
                ..
            })) => format!("key {key}"),
            _ => self.address.name(),
        }
    }
}

impl ClientAddress {
    /// What the client's streams are counted by: its address, or of IPv6 the network that one customer commonly has whole.
    pub(crate) fn name(self) -> String {
        self.0.map_or_else(|| "nowhere".to_owned(), network)
    }
}

/// Finds out who asks. Whether that is enough, whoever answers decides. An answer to somebody is for nobody else.
pub(crate) async fn identify(
    State(authentication): State<Arc<Authentication>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let proxies = &authentication.trusted_proxies;
    let address = peer.map(|ConnectInfo(peer)| client_address(*peer, request.headers(), proxies));
    let has_credentials = request.headers().contains_key(header::AUTHORIZATION);
    let identified = Identified::by(&authentication, request.headers(), ClientAddress(address)).await;
    request.extensions_mut().insert(identified);
    let mut response = next.run(request).await;
    if has_credentials {
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    }
    response
}

/// Refuses who shows credentials that do not hold, where nobody needs any: they would wonder what they are not told.
pub(crate) async fn refuse_bad_credentials(request: Request, next: Next) -> Response {
    let identified = request.extensions().get::<Identified>();
    match identified.and_then(|identified| identified.caller.clone().err()) {
        Some(error) => error.into_problem(request_id(&request).as_deref()),
        None => next.run(request).await,
    }
}

/// `/.well-known/jwks.json`: the public keys by which access tokens can be verified (RFC 7517, section 5).
pub(crate) fn jwks_routes(authentication: Arc<Authentication>) -> Router {
    Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .with_state(authentication)
}

async fn jwks(State(authentication): State<Arc<Authentication>>, request: Request) -> Response {
    match authentication.keys.published().await {
        Ok(keys) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/jwk-set+json"),
                ),
                (header::CACHE_CONTROL, KEYS_KEPT),
            ];
            (headers, json!({ "keys": keys }).to_string()).into_response()
        }
        Err(error) => present(&error).into_problem(request_id(&request).as_deref()),
    }
}
