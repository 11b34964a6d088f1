//! Who is calling: signing in, access tokens, refresh tokens, API keys, and how a request shows whose it is.
//!
//! A request shows who it is from in one way, `Authorization: Bearer …`. What stands there is an access token (`token`),
//! which says a session, or an API key (`secret`), or a token of the issuer that single sign-on goes by (`sign_on`). Each
//! only names a row: what its account may do is read from the database, and kept for a second at the most (`identity`), so
//! that whoever is suspended is out at once.

mod address;
mod identity;
mod kept;
mod key_file;
mod key_ring;
mod links;
mod middleware;
mod passwords;
mod secret;
mod sign_in;
mod sign_on;
mod token;

use std::sync::Arc;

use ipnet::IpNet;
use newsroom_persistence::{Store, StoreError};

pub use key_file::{KeyFile, KeyFileError, SigningKey};
pub(crate) use links::Given;
pub use links::{LinkConfig, LinkToken, MailBell};
pub(crate) use middleware::{ClientAddress, Identified, identify, jwks_routes, refuse_bad_credentials};
pub use passwords::hash_password;
pub(crate) use secret::{Secret, SecretKind};
pub(crate) use sign_in::Tokens;
pub use sign_on::{IssuerUrl, MalformedIssuerUrl, SignOnConfig};

use self::{
    identity::Identities, key_ring::KeyRing, passwords::PasswordHasher, sign_on::SingleSignOn, token::TokenTerms,
};

/// Who issues tokens where no public address is set.
pub const DEFAULT_ISSUER: &str = "urn:newsroom";

/// How callers are told from one another.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Where the key is that signs access tokens.
    pub key_file: KeyFile,
    /// Who issues them: the public address of this API, or [`DEFAULT_ISSUER`].
    pub issuer: String,
    /// The proxies whose word on a client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Whose tokens are taken beside ours, if anybody's.
    pub sign_on: Option<SignOnConfig>,
    /// How invitations and resets reach people.
    pub links: LinkConfig,
}

/// Why nobody can sign in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The key that signs tokens cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A hash could not be made, for want of memory or of randomness.
    #[error("passwords cannot be hashed: {0}")]
    Hash(String),
    /// The issuer of single sign-on is the one that we are ourselves.
    #[error("the issuer of single sign-on is {0}, by which this API signs its own tokens: set another `oidc.issuer`")]
    OwnIssuer(String),
    /// Nothing can be fetched from the issuer of single sign-on.
    #[error("nothing can be fetched from the issuer of single sign-on: {0}")]
    Fetcher(String),
}

/// All that telling callers from one another needs; cloning the `Arc` that it comes in gives the same one.
#[derive(Debug)]
pub struct Authentication {
    store: Store,
    keys: KeyRing,
    terms: TokenTerms,
    passwords: PasswordHasher,
    identities: Identities,
    sign_on: Option<SingleSignOn>,
    links: LinkConfig,
    trusted_proxies: Vec<IpNet>,
}

impl Authentication {
    /// Reads the signing key, which is made where it may be and is missing, and registers its public half.
    ///
    /// # Errors
    /// Where the key cannot be read or made, others can read it, the store fails, or single sign-on is set to what it cannot be.
    pub async fn open(config: AuthConfig, store: Store) -> Result<Arc<Self>, AuthError> {
        let keys = KeyRing::open(config.key_file.clone(), store.clone()).await?;
        Self::with_keys(keys, config, store).await
    }

    /// The same, without a key of this host's own: for a server that only readers are to come to, and that leaves the
    /// newsroom as it is.
    ///
    /// # Errors
    /// Where the store fails, or single sign-on is set to what it cannot be.
    pub async fn for_readers(config: AuthConfig, store: Store) -> Result<Arc<Self>, AuthError> {
        let keys = KeyRing::without_own(config.key_file.clone(), store.clone()).await?;
        Self::with_keys(keys, config, store).await
    }

    async fn with_keys(keys: KeyRing, config: AuthConfig, store: Store) -> Result<Arc<Self>, AuthError> {
        if let Some(external) = &config.sign_on
            && external.issuer.as_str() == config.issuer
        {
            return Err(AuthError::OwnIssuer(config.issuer));
        }
        let sign_on = config.sign_on.map(SingleSignOn::new).transpose()?;
        Ok(Arc::new(Self {
            keys,
            terms: TokenTerms::new(config.issuer),
            passwords: PasswordHasher::new().await?,
            identities: Identities::default(),
            sign_on,
            links: config.links,
            trusted_proxies: config.trusted_proxies,
            store,
        }))
    }

    /// Forgets what is kept of sessions, keys and sign-ons, where this process has just changed some.
    pub(crate) fn forget(&self) {
        self.identities.forget();
        if let Some(sign_on) = &self.sign_on {
            sign_on.forget();
        }
    }

    /// Hashes a password that somebody is to have, when it is its turn.
    ///
    /// # Errors
    /// `UNAVAILABLE`, where too many wait.
    pub(crate) async fn hash(
        &self,
        password: newsroom_domain::account::Password,
    ) -> Result<String, crate::error::ApiError> {
        self.passwords.hash(password).await
    }
}
