//! The keys: the one by which this host signs, and those of all hosts, by which it verifies.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::DecodingKey;
use newsroom_persistence::{RegisteredKey, Store, StoreError};
use serde::Serialize;
use tokio::sync::{Mutex, Semaphore};

use super::{
    AuthError,
    key_file::{KeyFile, KeyFileError, SigningKey},
    token::{LEEWAY, LIFETIME},
};

/// How often the keys are read again at the most, for a token by one that is not known.
const SOONEST: Duration = Duration::from_secs(1);
/// How old they may be otherwise.
const LATEST: Duration = Duration::from_secs(30);
/// How many requests may wait at once for a key that is not known yet.
const WAITING: usize = 32;

#[derive(Debug)]
pub(super) struct KeyRing {
    store: Store,
    file: KeyFile,
    /// Nothing until it is first needed, where only readers are served.
    own: RwLock<Option<Arc<SigningKey>>>,
    known: RwLock<Arc<Known>>,
    /// Held while the keys are read: whoever comes meanwhile waits, and finds them read.
    reading: Mutex<()>,
    /// Held while the own key is changed.
    changing: Mutex<()>,
    /// Places for those who wait for a key that is not known yet.
    waiting: Semaphore,
}

/// The keys of all hosts, as they were at one moment.
#[derive(Debug)]
struct Known {
    read_at: Instant,
    keys: HashMap<String, KnownKey>,
}

#[derive(Debug)]
struct KnownKey {
    public_key: String,
    decoding: DecodingKey,
    /// Seconds since 1970.
    retired_at: Option<i64>,
}

impl KnownKey {
    fn new(key: RegisteredKey) -> Option<(String, Self)> {
        let known = Self {
            decoding: DecodingKey::from_ed_components(&key.public_key).ok()?,
            public_key: key.public_key,
            retired_at: key.retired_at.map(|at| at.micros() / 1_000_000),
        };
        Some((key.kid, known))
    }

    /// Whether a token that it has signed may still be good.
    fn verifies(&self) -> bool {
        let last = |retired_at: i64| retired_at.saturating_add_unsigned(LIFETIME + LEEWAY);
        self.retired_at.is_none_or(|retired_at| now() <= last(retired_at))
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A public key as others read it (RFC 7517; RFC 8037, section 2).
#[derive(Debug, Serialize)]
pub(super) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    r#use: &'static str,
    alg: &'static str,
}

impl KeyRing {
    pub(super) async fn open(file: KeyFile, store: Store) -> Result<Self, AuthError> {
        let own = file.open()?;
        store.register_signing_key(own.kid(), own.public_key()).await?;
        let ring = Self::without_own(file, store).await?;
        *ring.own.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(own));
        Ok(ring)
    }

    /// The keys of all hosts alone: this one's own is neither read, made nor registered before somebody signs in.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn without_own(file: KeyFile, store: Store) -> Result<Self, StoreError> {
        let known = Arc::new(Known::read(&store).await?);
        Ok(Self {
            store,
            file,
            own: RwLock::default(),
            known: RwLock::new(known),
            reading: Mutex::default(),
            changing: Mutex::default(),
            waiting: Semaphore::new(WAITING),
        })
    }

    /// The key of that name, if tokens by it may be good.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn verifying(&self, kid: &str) -> Result<Option<DecodingKey>, StoreError> {
        let key = |known: &Known| {
            let key = known.keys.get(kid).filter(|key| key.verifies())?;
            Some(key.decoding.clone())
        };
        let known = self.known_within(LATEST).await?;
        if known.keys.contains_key(kid) {
            return Ok(key(&known));
        }
        // Another host may have signed by a key that it has just registered: that is found, if need be in a moment. Only so
        // many wait for it, since anybody can name a key that there is not.
        let Ok(_place) = self.waiting.try_acquire() else {
            return Ok(None);
        };
        tokio::time::sleep(SOONEST.saturating_sub(known.read_at.elapsed())).await;
        Ok(key(&*self.known_within(SOONEST).await?))
    }

    /// The key to sign by. Where the one that there was is retired, whoever retired it has put another one into the file;
    /// or else one is made.
    ///
    /// # Errors
    /// Where the key was given and is retired, or the store or the file fails.
    pub(super) async fn signing(&self) -> Result<Arc<SigningKey>, AuthError> {
        if let Some(own) = self.own_if_good(SOONEST).await? {
            return Ok(own);
        }
        let _alone = self.changing.lock().await;
        if let Some(own) = self.own_if_good(SOONEST).await? {
            return Ok(own);
        }
        let known = self.known_within(SOONEST).await?;
        let is_retired = |key: &SigningKey| known.keys.get(key.kid()).is_some_and(|key| key.retired_at.is_some());
        let mut key = self.file.open()?;
        if is_retired(&key) {
            key = self.file.renew()?;
        }
        self.store.register_signing_key(key.kid(), key.public_key()).await?;
        tracing::info!(kid = key.kid(), "tokens are signed by another key from now on");
        let key = Arc::new(key);
        *self.own.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        self.known_within(Duration::ZERO).await?;
        Ok(key)
    }

    /// The keys that others may verify by.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn published(&self) -> Result<Vec<Jwk>, StoreError> {
        let known = self.known_within(SOONEST).await?;
        let mut keys: Vec<Jwk> = known
            .keys
            .iter()
            .filter(|(_, key)| key.verifies())
            .map(|(kid, key)| Jwk {
                kty: "OKP",
                crv: "Ed25519",
                x: key.public_key.clone(),
                kid: kid.clone(),
                r#use: "sig",
                alg: "EdDSA",
            })
            .collect();
        keys.sort_by(|one, other| one.kid.cmp(&other.kid));
        Ok(keys)
    }

    async fn own_if_good(&self, within: Duration) -> Result<Option<Arc<SigningKey>>, StoreError> {
        let known = self.known_within(within).await?;
        let own = self.own.read().unwrap_or_else(PoisonError::into_inner).clone();
        let is_good = |own: &Arc<SigningKey>| known.keys.get(own.kid()).is_some_and(|key| key.retired_at.is_none());
        Ok(own.filter(is_good))
    }

    /// The keys, read again where they are older than that.
    async fn known_within(&self, age: Duration) -> Result<Arc<Known>, StoreError> {
        let fresh = || {
            let known = Arc::clone(&*self.known.read().unwrap_or_else(PoisonError::into_inner));
            (known.read_at.elapsed() < age).then_some(known)
        };
        if let Some(known) = fresh() {
            return Ok(known);
        }
        let _alone = self.reading.lock().await;
        if let Some(known) = fresh() {
            return Ok(known);
        }
        let known = Arc::new(Known::read(&self.store).await?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        Ok(known)
    }
}

impl Known {
    async fn read(store: &Store) -> Result<Self, StoreError> {
        let read_at = Instant::now();
        let keys = store.signing_keys().await?;
        Ok(Self {
            read_at,
            keys: keys.into_iter().filter_map(KnownKey::new).collect(),
        })
    }
}

impl From<KeyFileError> for crate::error::ApiError {
    fn from(error: KeyFileError) -> Self {
        tracing::error!(%error, "tokens cannot be signed");
        Self::unavailable("Nobody can sign in at the moment; the operator has been told.", 60)
    }
}
