//! Single sign-on: bearer tokens of one external issuer, found by OpenID Connect Discovery 1.0.
//!
//! A token of the issuer's is told from ours by its `iss`. What it is verified by is the issuer's keys alone (`keys`), which
//! are fetched beside the requests and not by them (`fetch`); what it says of somebody is read by the operator's rules, in
//! the domain; and the account that comes of it is kept for a second, as that of every other token.

mod fetch;
mod issuer;
mod keys;
mod token;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use newsroom_domain::account::{Caller, Credential, SignOnFault, SignOnRules};
use newsroom_persistence::SignedOn;
use sha2::{Digest, Sha256};

pub use issuer::{IssuerUrl, MalformedIssuerUrl};

use self::{fetch::Fetcher, keys::IssuerKeys, token::ExternalTerms};
use super::{AuthError, Authentication, identity::refused, kept::Kept};
use crate::{
    command_failure::present_command,
    error::{ApiError, ErrorCode},
};

/// How often the issuer's keys are fetched, whoever comes: a key that the issuer has taken back is good that long.
const REFETCHED: Duration = Duration::from_mins(5);
/// How soon it is tried again where that failed.
const TRIED_AGAIN: Duration = Duration::from_mins(1);

/// Whose tokens are taken beside ours, and what they mean.
#[derive(Debug, Clone)]
pub struct SignOnConfig {
    /// The issuer.
    pub issuer: IssuerUrl,
    /// Whom its tokens have to be for: this API, as the issuer calls it.
    pub audience: String,
    /// How their claims are read.
    pub rules: SignOnRules,
}

/// What telling the issuer's people from one another needs.
#[derive(Debug)]
pub(super) struct SingleSignOn {
    terms: ExternalTerms,
    rules: SignOnRules,
    keys: Arc<IssuerKeys>,
    /// What came of tokens, by their hashes.
    known: Kept<[u8; 32], SignedOn>,
}

impl SingleSignOn {
    /// Makes ready, and asks nobody yet: a server starts while the issuer is down.
    ///
    /// # Errors
    /// Where nothing can be fetched from here, for want of certificates.
    pub(super) fn new(config: SignOnConfig) -> Result<Self, AuthError> {
        let fetcher = Fetcher::new(config.issuer.clone()).map_err(|error| AuthError::Fetcher(error.to_string()))?;
        Ok(Self {
            terms: ExternalTerms::new(config.issuer.as_str(), &config.audience),
            rules: config.rules,
            keys: Arc::new(IssuerKeys::new(fetcher)),
            known: Kept::default(),
        })
    }

    /// Whether a token says that it is of the issuer. Whether it is, is another matter.
    pub(super) fn claims(&self, token: &str) -> bool {
        self.terms.claims(token)
    }

    pub(super) fn forget(&self) {
        self.known.forget();
    }
}

impl Authentication {
    /// Fetches the keys of the issuer of single sign-on, and answers how long to wait before they are fetched again; nothing,
    /// where there is no such issuer. Where it fails, the keys from before stay.
    pub async fn refresh_issuer_keys(&self) -> Option<Duration> {
        let sign_on = self.sign_on.as_ref()?;
        Some(if sign_on.keys.refresh().await {
            REFETCHED
        } else {
            TRIED_AGAIN
        })
    }

    /// Who asks, by a token that says it is of the issuer.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, where it does not hold, or its account is suspended or cannot be theirs; `FORBIDDEN`, where it
    /// gives no role; that of a store that fails.
    pub(super) async fn by_sign_on(
        &self,
        with: &SingleSignOn,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Caller, ApiError> {
        let header = token::header_of(token).ok_or_else(refused)?;
        let key = with.keys.verifying(&header).await.ok_or_else(refused)?;
        let claims = with.terms.verify(token, &header, &key).ok_or_else(refused)?;
        let read = async || {
            let said = with.rules.read(with.terms.issuer(), &claims).map_err(no_role)?;
            let signed_on = self.store.sign_on(&said, with.rules.link_accounts, address).await;
            signed_on.map_err(|error| present_command(error, ""))
        };
        let signed_on = with.known.get(Sha256::digest(token).into(), read).await?;
        let account = match signed_on {
            SignedOn::In(account) => account,
            SignedOn::Suspended => return Err(refused()),
            SignedOn::AddressTaken => return Err(address_taken()),
            SignedOn::AddressOfAnother => return Err(address_of_another()),
        };
        Ok(Caller {
            standing: account.standing(),
            credential: Credential::SignOn,
            address,
        })
    }
}

fn no_role(fault: SignOnFault) -> ApiError {
    match fault {
        SignOnFault::Malformed(_) => refused(),
        SignOnFault::NoRole(claim) => {
            let message = format!(
                "The token holds, but no value of its claim `{claim}` has a role in this newsroom: ask whoever keeps your \
                 sign-on for one of those that do, or the operator to give yours one, by the setting `oidc.roles`."
            );
            ApiError::new(ErrorCode::Forbidden, message)
        }
    }
}

fn address_taken() -> ApiError {
    let message = "The token holds, but an account of your email address is here already, and is not made yours: sign in to \
                   it with its password, or ask the operator to link it, by the setting `oidc.link_accounts`.";
    ApiError::new(ErrorCode::Unauthenticated, message)
}

fn address_of_another() -> ApiError {
    let message = "The token holds, but the account of your email address is that of somebody else by single sign-on: ask the \
                   operator to free it, by `newsroom account unlink`.";
    ApiError::new(ErrorCode::Unauthenticated, message)
}
