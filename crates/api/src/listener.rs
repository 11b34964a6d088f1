//! Who listens to a stream, of whatever kind. Streams last: each takes one of its client's places, and ends when the server does, or
//! when the credentials that it was opened with do not hold any more.

use std::{fmt, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Extensions, HeaderMap};

use crate::{
    auth::{Authentication, ClientAddress, Identified},
    changes::{ChangeHub, StreamPlace},
    error::ApiError,
    health::Draining,
};

/// What streams need beside what a request needs.
#[derive(Debug, Clone)]
pub(crate) struct StreamTerms {
    /// Who may go on listening.
    pub(crate) authentication: Arc<Authentication>,
    /// What is told, and how many streams a client may have.
    pub(crate) hub: Arc<ChangeHub>,
    /// Says when the server ends.
    pub(crate) draining: Draining,
}

impl StreamTerms {
    /// A listener, who takes one of the places of the client that sent this request: of its API key, or else of its address.
    ///
    /// # Errors
    /// `RATE_LIMITED` where the client has as many as one may have.
    pub(crate) fn listener(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Listener, ApiError> {
        Ok(Listener {
            place: self.hub.place(client_name(extensions))?,
            draining: self.draining.clone(),
            refused: refused(&self.authentication, headers.clone()),
        })
    }

    /// The same listener, who has shown other credentials meanwhile: from now on those have to hold, and theirs is the place.
    ///
    /// # Errors
    /// `RATE_LIMITED` where the client that they are now has as many as one may have.
    pub(crate) fn goes_on(
        &self,
        listener: &mut Listener,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<(), ApiError> {
        let client = client_name(extensions);
        if listener.place.client() != client {
            listener.place = self.hub.place(client)?;
        }
        listener.refused = refused(&self.authentication, headers.clone());
        Ok(())
    }
}

/// Why a listener is told no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The server ends.
    Server,
    /// The credentials do not hold any more.
    Credentials,
}

/// Somebody who listens, for as long as this is kept.
pub(crate) struct Listener {
    place: StreamPlace,
    draining: Draining,
    refused: BoxFuture<'static, ()>,
}

impl Listener {
    /// Waits until there is a reason to tell them no more. It may be given up and called again.
    pub(crate) async fn ended(&mut self) -> Ended {
        tokio::select! {
            biased;
            () = self.draining.begun() => Ended::Server,
            () = &mut self.refused => Ended::Credentials,
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

fn client_name(extensions: &Extensions) -> String {
    let identified = extensions.get::<Identified>();
    identified.map_or_else(|| ClientAddress(None).name(), Identified::client_name)
}

fn refused(authentication: &Arc<Authentication>, headers: HeaderMap) -> BoxFuture<'static, ()> {
    let authentication = Arc::clone(authentication);
    async move { authentication.until_refused(&headers).await }.boxed()
}
