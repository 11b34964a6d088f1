//! Links by which people set their passwords: given by administrators, asked for by who has forgotten one, and used.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use newsroom_domain::AccountId;
use newsroom_domain::account::{Account, AccountLink, Caller, Email, NewAccount, Password};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_persistence::{CommandError, GivenLink, LinkOffer, Throttle};
use tokio::sync::Notify;

use super::{
    AuthError, Authentication, Secret, SecretKind,
    sign_in::{Tokens, subjects, unsigned},
};
use crate::{
    account_url::AccountUrl,
    command_failure::present_command,
    error::{ApiError, ErrorCode},
    store_failure::present,
};

/// How often a reset may be asked for, for one account.
const PER_ACCOUNT: Throttle = Throttle { burst: 3, seconds: 600 };
/// How often from one address.
const PER_ADDRESS: Throttle = Throttle { burst: 10, seconds: 60 };

/// How links reach people.
#[derive(Debug, Clone, Default)]
pub struct LinkConfig {
    /// Where they set their passwords; without, they get the token alone.
    pub account_url: Option<AccountUrl>,
    /// By which those are told who send mail; without, none is sent.
    pub mail: Option<MailBell>,
}

/// By which those who send mail are told that there is some. Cloning it gives the same one.
#[derive(Debug, Clone, Default)]
pub struct MailBell(Arc<Notify>);

impl MailBell {
    /// Tells them.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until somebody tells, or has told since the last time.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}

/// A token of a link that was just made. It is shown to its owner, once.
#[derive(Debug)]
pub struct LinkToken(Secret);

impl LinkToken {
    /// Makes one.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn new() -> Result<Self, AuthError> {
        let secret = Secret::new(SecretKind::Link).map_err(|error| AuthError::Hash(error.message))?;
        Ok(Self(secret))
    }

    /// The hash that is kept of it.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.0.hash()
    }

    /// The token itself.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0.reveal()
    }
}

/// A link as an administrator gets it.
pub(crate) struct Given {
    pub(crate) account: Account,
    pub(crate) link: AccountLink,
    /// Nothing where it was given before, under the same idempotency key.
    pub(crate) token: Option<String>,
    /// Likewise, and where no page is set.
    pub(crate) url: Option<String>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

impl Authentication {
    /// Makes an account without a password, and an invitation to it.
    ///
    /// # Errors
    /// `FORBIDDEN`, `VALIDATION_FAILED`, `IDEMPOTENCY_KEY_REUSED`, or that of a store that fails.
    pub(crate) async fn invite(
        &self,
        caller: &Caller,
        asked: &NewAccount,
        key: Option<&IdempotencyKey>,
    ) -> Result<Given, ApiError> {
        let token = Secret::new(SecretKind::Link)?;
        let given = self.store.invite_account(caller, asked, self.offer(&token), key).await;
        self.given(given, token)
    }

    /// Gives an account a link by which its password is set.
    ///
    /// # Errors
    /// `FORBIDDEN`, `NOT_FOUND`, `CONFLICT`, `IDEMPOTENCY_KEY_REUSED`, or that of a store that fails.
    pub(crate) async fn give_link(
        &self,
        caller: &Caller,
        id: AccountId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Given, ApiError> {
        let token = Secret::new(SecretKind::Link)?;
        let given = self.store.give_account_link(caller, id, self.offer(&token), key).await;
        self.given(given, token)
    }

    fn offer<'a>(&self, token: &'a Secret) -> LinkOffer<'a> {
        LinkOffer {
            hash: token.hash(),
            mailed: self.links.mail.is_some(),
        }
    }

    fn given(&self, given: Result<GivenLink, CommandError>, token: Secret) -> Result<Given, ApiError> {
        let given = given.map_err(|error| present_command(error, "input"))?;
        if let Some(mail) = &self.links.mail {
            mail.ring();
        }
        let token = given.is_new.then(|| token.reveal());
        let page = self.links.account_url.as_ref().zip(token.as_deref());
        Ok(Given {
            url: page.map(|(page, token)| page.fill(token)),
            account: given.account,
            link: given.link,
            token,
        })
    }

    /// Has a link sent to an address, if it is an account's that has a password. Whether it is, is found out later by who
    /// sends mail: here all addresses are the same, in what is answered and in what is done.
    ///
    /// # Errors
    /// `CONFLICT` where no mail is sent, `FORBIDDEN` for an API key, `VALIDATION_FAILED`, `RATE_LIMITED`, or that of a store that
    /// fails.
    pub(crate) async fn request_password_reset(
        &self,
        email: &str,
        caller: Option<&Caller>,
        address: Option<IpAddr>,
    ) -> Result<(), ApiError> {
        allow(caller)?;
        if self.links.mail.is_none() {
            let message = "This newsroom sends no mail: ask an administrator for a link.";
            return Err(ApiError::new(ErrorCode::Conflict, message));
        }
        let read = email.parse::<Email>();
        let email = read.map_err(|fault| ApiError::validation(vec![fault.at("input.email").into()]))?;
        let subjects = subjects(
            email.as_str(),
            address,
            ("reset-account", PER_ACCOUNT),
            ("reset-address", PER_ADDRESS),
        );
        self.count(&subjects, "Too many resets have been asked for").await?;
        let noted = self.store.request_password_reset(&email, address).await;
        // Nobody is told at once: what is done for an account would slow the next request down, which could be measured.
        noted.map_err(|error| present(&error))
    }

    /// Sets a password by a link, which then has served, and signs in. All sessions of before end.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where the link is not good, whyever, `FORBIDDEN` for an API key, `VALIDATION_FAILED` for the password,
    /// `UNAVAILABLE`, or that of a store that fails. The link is good then as it was before.
    pub(crate) async fn set_password(
        &self,
        token: &str,
        new: &str,
        caller: Option<&Caller>,
        address: Option<IpAddr>,
    ) -> Result<Tokens, ApiError> {
        allow(caller)?;
        let over = || {
            let message = "This link is not valid, or not any more: ask for another one.";
            ApiError::new(ErrorCode::Unauthenticated, message)
        };
        let token = SecretKind::Link.hash_of(token).ok_or_else(over)?;
        let account = self.store.account_of_link(&token).await;
        let account = account.map_err(|error| present(&error))?.ok_or_else(over)?;
        let new = Password::new(new, &account.email)
            .map_err(|fault| ApiError::validation(vec![fault.at("input.newPassword").into()]))?;
        let password = self.passwords.hash(new).await?;
        // Before it is used: a link is not used up for want of a key to sign by.
        let key = self.keys.signing().await.map_err(unsigned)?;
        let refresh = Secret::new(SecretKind::Refresh)?;
        let set = self
            .store
            .set_password_by_link(&token, password, refresh.hash(), address);
        let begun = set.await.map_err(|error| present_command(error, "input"))?;
        self.forget();
        self.tokens(&key, begun.ok_or_else(over)?, refresh, address)
    }
}

/// Lets those pass who may use a link: anybody but a machine.
fn allow(caller: Option<&Caller>) -> Result<(), ApiError> {
    let allowed = caller.map_or(Ok(()), Caller::allow_secrets);
    allowed.map_err(|denial| present_command(denial.into(), "input"))
}
