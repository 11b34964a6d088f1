//! From what stands in `Authorization` to who asks, with the rights of this moment.

use std::{net::IpAddr, time::Duration};

use http::{HeaderMap, header};
use newsroom_domain::SessionId;
use newsroom_domain::account::{Account, ApiKey, Caller, Credential, KEY_USE_NOTED};
use tokio::time::sleep;

use super::{Authentication, SecretKind, kept::Kept, token};
use crate::{
    error::{ApiError, ErrorCode},
    store_failure::present,
};

/// How often it is looked whether credentials still hold with which somebody listens.
const RECHECK: Duration = Duration::from_secs(5);

/// Who is behind sessions and keys.
#[derive(Debug, Default)]
pub(super) struct Identities {
    sessions: Kept<SessionId, Option<Account>>,
    keys: Kept<String, Option<(ApiKey, Account)>>,
}

impl Identities {
    pub(super) fn forget(&self) {
        self.sessions.forget();
        self.keys.forget();
    }
}

/// The one error for whatever is wrong with credentials: which of it is, is nobody's business who has none.
pub(super) fn refused() -> ApiError {
    ApiError::new(
        ErrorCode::Unauthenticated,
        "The access token or API key is not valid, or not any more: sign in, or refresh the session.",
    )
}

impl Authentication {
    /// Who asks; `None` where the request has no credentials.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, where it has some that do not hold; that of a store that fails.
    pub(crate) async fn identify(
        &self,
        headers: &HeaderMap,
        address: Option<IpAddr>,
    ) -> Result<Option<Caller>, ApiError> {
        let Some(bearer) = bearer(headers)? else {
            return Ok(None);
        };
        if bearer.starts_with(SecretKind::Refresh.prefix()) {
            let message =
                "This is a refresh token: give it to `refreshSession`, and send the access token that you get.";
            return Err(ApiError::new(ErrorCode::Unauthenticated, message));
        }
        if let Some(sign_on) = self.sign_on.as_ref().filter(|sign_on| sign_on.claims(bearer)) {
            return self.by_sign_on(sign_on, bearer, address).await.map(Some);
        }
        let caller = if bearer.starts_with(SecretKind::ApiKey.prefix()) {
            self.by_api_key(bearer, address).await?
        } else {
            self.by_access_token(bearer, address).await?
        };
        caller.map(Some).ok_or_else(refused)
    }

    /// Waits until the credentials do not hold any more that stand here; for ever, where there are none.
    pub(crate) async fn until_refused(&self, headers: &HeaderMap) {
        if !headers.contains_key(header::AUTHORIZATION) {
            return std::future::pending().await;
        }
        loop {
            sleep(RECHECK).await;
            // A store that fails says nothing of them.
            if let Err(error) = self.identify(headers, None).await
                && error.code == ErrorCode::Unauthenticated
            {
                return;
            }
        }
    }

    async fn by_access_token(&self, token: &str, address: Option<IpAddr>) -> Result<Option<Caller>, ApiError> {
        let Some(kid) = token::key_of(token) else {
            return Ok(None);
        };
        let key = self.keys.verifying(&kid).await.map_err(|error| present(&error))?;
        let Some((account, session)) = key.and_then(|key| self.terms.verify(token, &key)) else {
            return Ok(None);
        };
        let found = self.account_in(session).await?;
        Ok(found.filter(|found| found.id == account).map(|found| Caller {
            standing: found.standing(),
            credential: Credential::Session(session),
            address,
        }))
    }

    async fn by_api_key(&self, secret: &str, address: Option<IpAddr>) -> Result<Option<Caller>, ApiError> {
        let Some(hash) = SecretKind::ApiKey.hash_of(secret) else {
            return Ok(None);
        };
        let read = async || {
            let found = self.store.api_key_by_hash(&hash).await?;
            if let Some((key, _)) = &found {
                self.note_use(key);
            }
            Ok(found)
        };
        let found = self.identities.keys.get(hash.clone(), read).await;
        let found = found.map_err(|error| present(&error))?;
        Ok(found.map(|(key, account)| Caller {
            standing: key.standing(&account),
            credential: Credential::ApiKey(key.id),
            address,
        }))
    }

    async fn account_in(&self, session: SessionId) -> Result<Option<Account>, ApiError> {
        let read = async || self.store.account_in_session(session).await;
        let found = self.identities.sessions.get(session, read).await;
        found.map_err(|error| present(&error))
    }

    /// Notes that a key is used. Nobody waits for it.
    fn note_use(&self, key: &ApiKey) {
        let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap_or(i64::MAX);
        let is_due = key
            .last_used_at
            .is_none_or(|at| at.micros() < now.saturating_mul(1_000_000) - KEY_USE_NOTED);
        if is_due {
            let (store, id) = (self.store.clone(), key.id);
            tokio::spawn(async move {
                if let Err(error) = store.note_api_key_use(id).await {
                    tracing::warn!(%error, key = %id, "the use of an API key could not be noted");
                }
            });
        }
    }
}

/// What stands behind `Bearer`; `None` where there is no such header. Nothing else is looked at: no query, no cookie.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match (token, values.next()) {
        (Some(token), None) if !token.is_empty() => Ok(Some(token)),
        _ => {
            let message = "`Authorization` is not understood: send one, `Bearer` and an access token or an API key.";
            Err(ApiError::new(ErrorCode::Unauthenticated, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_is_taken_and_nothing_else() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers)
                .map(|token| token.map(str::to_owned))
                .map_err(|error| error.code)
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["bearer  abc"]), Ok(Some("abc".to_owned())));
        for values in [
            &["Basic abc"][..],
            &["Bearer"],
            &["Bearer "],
            &["abc"],
            &[""],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(values), Err(ErrorCode::Unauthenticated), "{values:?}");
        }
    }
}
