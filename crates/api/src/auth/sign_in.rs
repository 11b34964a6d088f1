//! Signing in, going on, signing out, and changing one's password.

use std::net::IpAddr;

use newsroom_domain::Instant;
use newsroom_domain::account::{Account, Caller, Credential, Email, Password};
use newsroom_domain::audit::hex;
use newsroom_persistence::{Attempt, NewSession, Refreshed, Throttle};
use sha2::{Digest, Sha256};

use super::{
    AuthError, Authentication, Secret, SecretKind, address::network, key_file::SigningKey, passwords::Verified,
    token::LIFETIME,
};
use crate::{
    command_failure::present_command,
    error::{ApiError, ErrorCode, FieldFault},
    store_failure::present,
};

/// How often passwords may be tried for one account.
const PER_ACCOUNT: Throttle = Throttle { burst: 10, seconds: 30 };
/// How often they may be tried from one address.
const PER_ADDRESS: Throttle = Throttle { burst: 30, seconds: 10 };
/// What somebody is told who tries more often.
const TOO_MANY: &str = "Too many passwords have been tried";

/// What somebody gets who has signed in.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) expires_at: Instant,
    pub(crate) expires_in: u64,
    pub(crate) refresh_token: String,
    pub(crate) refresh_token_expires_at: Instant,
    /// Who they are from now on.
    pub(crate) caller: Caller,
    pub(crate) account: Account,
}

impl Authentication {
    /// Signs somebody in. A wrong address, a wrong password, an account without one and one that is suspended are
    /// answered alike, in the same time.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `RATE_LIMITED`, `UNAVAILABLE`, or that of a store that fails.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Tokens, ApiError> {
        let subjects = sign_in_subjects(email, address);
        self.count(&subjects, TOO_MANY).await?;
        let found = match email.parse::<Email>() {
            Ok(email) => self
                .store
                .account_by_email(&email)
                .await
                .map_err(|error| present(&error))?,
            Err(_) => None,
        };
        let hash = found.as_ref().and_then(|found| found.hash.as_deref());
        let rehashed = match self.verify(password, hash, &subjects).await? {
            Verified::Wrong => return Err(wrong()),
            Verified::Right => None,
            Verified::Rehashed(hash) => Some(hash),
        };
        let Some((found, hash)) = found.as_ref().zip(hash) else {
            return Err(wrong());
        };
        let key = self.keys.signing().await.map_err(unsigned)?;
        let refresh = Secret::new(SecretKind::Refresh)?;
        let begun = self
            .store
            .begin_session(found.account.id, (hash, rehashed), refresh.hash(), address)
            .await
            .map_err(|error| present_command(error, "input"))?;
        // What has changed in between: it is suspended, or has another password.
        let begun = begun.ok_or_else(wrong)?;
        self.give_back(&subjects).await;
        self.tokens(&key, begun, refresh, address)
    }

    /// Goes on with a session.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, or that of a store that fails.
    pub(crate) async fn refresh(&self, token: &str, address: Option<IpAddr>) -> Result<Tokens, ApiError> {
        let refused = |message: &str| Err(ApiError::new(ErrorCode::Unauthenticated, message));
        let Some(used) = SecretKind::Refresh.hash_of(token) else {
            return refused("This is no refresh token: give one that `signIn` or `refreshSession` gave you.");
        };
        // First of all: a token is not used up for want of a key to sign the next one by.
        let key = self.keys.signing().await.map_err(unsigned)?;
        let next = Secret::new(SecretKind::Refresh)?;
        let refreshed = self.store.refresh_session(&used, next.hash()).await;
        match refreshed.map_err(|error| present_command(error, "input"))? {
            Refreshed::Now(session) => self.tokens(&key, *session, next, address),
            Refreshed::Reused => {
                self.forget();
                tracing::warn!("a refresh token was used a second time: its session has ended");
                refused("This refresh token was used before, so that its session has ended: sign in.")
            }
            Refreshed::Unknown => refused("This refresh token is not valid, or not any more: sign in."),
        }
    }

    /// Gives the caller another password. Their sessions end, and a new one begins.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`, `FORBIDDEN`, `RATE_LIMITED`, `UNAVAILABLE`, or that of a store that fails.
    pub(crate) async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> Result<Tokens, ApiError> {
        let allowed = caller.allow_secrets();
        allowed.map_err(|denial| present_command(denial.into(), "input"))?;
        let found = self.store.account_with_hash(caller.standing.account).await;
        let found = found.map_err(|error| present(&error))?.ok_or_else(ApiError::internal)?;
        let email = &found.account.email;
        let new = Password::new(new, email)
            .map_err(|fault| ApiError::validation(vec![fault.at("input.newPassword").into()]))?;
        let subjects = sign_in_subjects(email.as_str(), caller.address);
        self.count(&subjects, TOO_MANY).await?;
        let hash = found.hash.as_deref();
        let wrong = || {
            let message = "this is not the password that the account has: give that";
            ApiError::validation(vec![FieldFault::new(
                "input.currentPassword",
                "WRONG_PASSWORD",
                message,
            )])
        };
        let verified = self.verify(current, hash, &subjects).await?;
        let Some(hash) = hash.filter(|_| verified != Verified::Wrong) else {
            return Err(wrong());
        };
        let after = self.passwords.hash(new).await?;
        let key = self.keys.signing().await.map_err(unsigned)?;
        let refresh = Secret::new(SecretKind::Refresh)?;
        let changed = self.store.change_password(caller, (hash, after), refresh.hash()).await;
        let begun = changed
            .map_err(|error| present_command(error, "input"))?
            .ok_or_else(wrong)?;
        self.forget();
        self.give_back(&subjects).await;
        self.tokens(&key, begun, refresh, caller.address)
    }

    /// Ends the session of a refresh token, or else the one that the caller asks in.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without either, `FORBIDDEN` for an API key, or that of a store that fails.
    pub(crate) async fn sign_out(&self, token: Option<&str>, caller: Option<&Caller>) -> Result<(), ApiError> {
        let ended = match (token, caller) {
            (Some(token), _) => match SecretKind::Refresh.hash_of(token) {
                Some(hash) => self.store.end_session_of_token(&hash).await,
                None => Ok(()),
            },
            (None, Some(caller)) => self.store.end_session(caller).await,
            (None, None) => {
                let message = "Nobody is signed in here: give a refresh token, or send an access token.";
                return Err(ApiError::new(ErrorCode::Unauthenticated, message));
            }
        };
        self.forget();
        ended.map_err(|error| present_command(error, "input"))
    }

    /// Ends all sessions of the caller's account, and answers how many there were.
    ///
    /// # Errors
    /// `FORBIDDEN` for an API key, or that of a store that fails.
    pub(crate) async fn sign_out_everywhere(&self, caller: &Caller) -> Result<u64, ApiError> {
        let ended = self.store.end_all_sessions(caller).await;
        self.forget();
        ended.map_err(|error| present_command(error, "input"))
    }

    /// Tries a password. Where that cannot be done, it does not count.
    async fn verify(
        &self,
        password: &str,
        hash: Option<&str>,
        subjects: &[(String, Throttle)],
    ) -> Result<Verified, ApiError> {
        let verified = self.passwords.verify(Password::tried(password), hash).await;
        if verified.is_err() {
            self.give_back(subjects).await;
        }
        verified
    }

    /// Takes an attempt back. What was done stays done where that fails.
    async fn give_back(&self, subjects: &[(String, Throttle)]) {
        if let Err(error) = self.store.uncount_attempt(subjects).await {
            tracing::warn!(%error, "an attempt to sign in could not be taken back");
        }
    }

    /// Counts an attempt before anything is done for it.
    pub(super) async fn count(&self, subjects: &[(String, Throttle)], too_many: &str) -> Result<(), ApiError> {
        match self
            .store
            .count_attempt(subjects)
            .await
            .map_err(|error| present(&error))?
        {
            Attempt::Counted => Ok(()),
            Attempt::Refused(seconds) => {
                let message = format!("{too_many}: come back in {seconds} seconds.");
                Err(ApiError::new(ErrorCode::RateLimited, message).with_retry_after(seconds))
            }
        }
    }

    /// What somebody gets whose session has begun, or goes on.
    pub(super) fn tokens(
        &self,
        key: &SigningKey,
        begun: NewSession,
        refresh: Secret,
        address: Option<IpAddr>,
    ) -> Result<Tokens, ApiError> {
        let signed = self
            .terms
            .sign(key, begun.account.id, begun.session.id)
            .map_err(|error| {
                tracing::error!(%error, "a token could not be signed");
                ApiError::internal()
            })?;
        let expires_at = i64::try_from(signed.expires_at)
            .unwrap_or_default()
            .saturating_mul(1_000_000);
        Ok(Tokens {
            access_token: signed.text,
            expires_at: Instant::from_micros(expires_at).ok_or_else(ApiError::internal)?,
            expires_in: LIFETIME,
            refresh_token: refresh.reveal(),
            refresh_token_expires_at: begun.refresh_expires_at,
            caller: Caller {
                standing: begun.account.standing(),
                credential: Credential::Session(begun.session.id),
                address,
            },
            account: begun.account,
        })
    }
}

pub(super) fn unsigned(error: AuthError) -> ApiError {
    match error {
        AuthError::Store(error) => present(&error),
        AuthError::KeyFile(error) => error.into(),
        AuthError::Hash(_) | AuthError::OwnIssuer(_) | AuthError::Fetcher(_) => ApiError::internal(),
    }
}

fn wrong() -> ApiError {
    ApiError::new(
        ErrorCode::Unauthenticated,
        "The email address or the password is wrong, or the account may not sign in.",
    )
}

fn sign_in_subjects(email: &str, address: Option<IpAddr>) -> Vec<(String, Throttle)> {
    subjects(email, address, ("account", PER_ACCOUNT), ("address", PER_ADDRESS))
}

/// What an attempt is counted for, always in this order: an account, and a network. Addresses of accounts are there as hashes.
pub(super) fn subjects(
    email: &str,
    address: Option<IpAddr>,
    (account, per_account): (&str, Throttle),
    (network_of, per_address): (&str, Throttle),
) -> Vec<(String, Throttle)> {
    let hash = hex(&Sha256::digest(Email::folded(email)));
    let mut subjects = vec![(format!("{account}:{hash}"), per_account)];
    subjects.extend(address.map(|address| (format!("{network_of}:{}", network(address)), per_address)));
    subjects
}
