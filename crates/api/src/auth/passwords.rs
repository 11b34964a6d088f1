//! Hashing passwords: argon2id by the figures of the OWASP Password Storage Cheat Sheet, off the threads that serve.
//!
//! As many at once as there are cores, and a queue that ends somewhere: each takes 19 MiB and some 20 milliseconds.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version};
use newsroom_domain::account::Password;
use tokio::sync::Semaphore;

use super::{AuthError, Secret, SecretKind};
use crate::error::ApiError;

/// Kibibytes of memory.
const MEMORY: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// How many may wait for each core.
const QUEUE: usize = 32;

/// Hashes a password: the PHC string that is kept of it.
///
/// # Errors
/// Where the system lacks the memory or the randomness.
pub fn hash_password(password: &Password) -> Result<String, AuthError> {
    let failed = |error: argon2::password_hash::Error| AuthError::Hash(error.to_string());
    let hash = argon2()?.hash_password(password.reveal().as_bytes()).map_err(failed)?;
    Ok(hash.to_string())
}

fn argon2() -> Result<Argon2<'static>, AuthError> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|error| AuthError::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What a password that was tried came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// It is not the one.
    Wrong,
    /// It is.
    Right,
    /// It is, and this hash is to be kept from now on: the old one was made by other figures.
    Rehashed(String),
}

#[derive(Debug)]
pub(super) struct PasswordHasher {
    /// Who is let in at all: those who hash and those who wait.
    places: Arc<Semaphore>,
    /// Who hashes.
    cores: Arc<Semaphore>,
    /// The hash of a password that nobody has: what is tried for no account takes as long as for one.
    nobodys: String,
}

impl PasswordHasher {
    pub(super) async fn new() -> Result<Self, AuthError> {
        let cores = available_parallelism().map_or(1, usize::from);
        let made = tokio::task::spawn_blocking(|| {
            let secret = Secret::new(SecretKind::Refresh).map_err(|error| AuthError::Hash(error.message))?;
            hash_password(&Password::tried(&secret.reveal()))
        });
        let nobodys = made.await.map_err(|error| AuthError::Hash(error.to_string()))??;
        Ok(Self {
            places: Arc::new(Semaphore::new(cores * (QUEUE + 1))),
            cores: Arc::new(Semaphore::new(cores)),
            nobodys,
        })
    }

    /// Hashes a password when it is its turn.
    ///
    /// # Errors
    /// `UNAVAILABLE`, where too many wait.
    pub(super) async fn hash(&self, password: Password) -> Result<String, ApiError> {
        self.in_turn(move || hash_password(&password)).await
    }

    /// Tries a password against a hash, or against nobody's where there is none.
    ///
    /// # Errors
    /// `UNAVAILABLE`, where too many wait.
    pub(super) async fn verify(&self, password: Password, hash: Option<&str>) -> Result<Verified, ApiError> {
        let is_somebodys = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        self.in_turn(move || {
            let hash = PasswordHash::new(&hash).map_err(|error| AuthError::Hash(error.to_string()))?;
            let fits = argon2()?.verify_password(password.reveal().as_bytes(), &hash).is_ok();
            match (fits && is_somebodys, is_of_today(&hash)) {
                (false, _) => Ok(Verified::Wrong),
                (true, true) => Ok(Verified::Right),
                (true, false) => hash_password(&password).map(Verified::Rehashed),
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || ApiError::unavailable("Too many are signing in at the moment; try again shortly.", 2);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| busy())?;
        // The places are held by the work itself: it goes on when whoever asked has gone away.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, core);
            work()
        });
        let failed = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a password could not be hashed");
            ApiError::internal()
        };
        done.await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}

/// Whether a hash was made by the figures above.
fn is_of_today(hash: &PasswordHash) -> bool {
    let Ok(params) = Params::try_from(hash) else {
        return false;
    };
    hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY, PASSES, LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::tried(text)
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_no_other_is() {
        let hasher = PasswordHasher::new().await.unwrap();
        let hash = hasher.hash(password("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = async |text, hash| hasher.verify(password(text), hash).await.unwrap();
        assert_eq!(verify("correct horse battery", Some(&hash)).await, Verified::Right);
        assert_eq!(verify("incorrect horse battery", Some(&hash)).await, Verified::Wrong);
        assert_eq!(verify("correct horse battery", None).await, Verified::Wrong);
    }

    #[tokio::test]
    async fn a_hash_by_other_figures_is_made_anew() {
        let hasher = PasswordHasher::new().await.unwrap();
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let hash = weak.hash_password(b"correct horse battery").unwrap().to_string();
        let verified = hasher
            .verify(password("correct horse battery"), Some(&hash))
            .await
            .unwrap();
        assert!(matches!(verified, Verified::Rehashed(anew) if anew.contains("m=19456")));
    }

    #[tokio::test]
    async fn the_queue_ends_somewhere() {
        let mut hasher = PasswordHasher::new().await.unwrap();
        hasher.places = Arc::new(Semaphore::new(0));
        let refused = hasher.hash(password("correct horse battery")).await.unwrap_err();
        assert_eq!((refused.code.wire(), refused.retry_after), ("UNAVAILABLE", Some(2)));
    }
}
