//! What mutations of accounts and keys take.

use async_graphql::{ID, InputObject};
use newsroom_domain::account::{AccountChanges, NewAccount, NewApiKey, OfficesAsked};

use super::types::Role;
use crate::{
    error::{ApiError, ErrorCode},
    graphql::{desk_id, scalars::DateTime},
};

/// A new account.
#[derive(InputObject)]
pub(crate) struct CreateAccountInput {
    /// The email address that it signs in with; no other account's.
    email: String,
    /// What it is called: plain text of 1 to 300 characters.
    name: String,
    /// Its role.
    role: Role,
    /// The slugs of the offices that it acts for; an empty list for none. Either this or `allOffices` has to be said, but for
    /// an administrator.
    offices: Option<Vec<String>>,
    /// True for all offices, those to come too.
    all_offices: Option<bool>,
    /// Its password: 12 to 256 characters of any kind, and not the email address. Without one it acts by API keys alone.
    pub(super) password: Option<String>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice. The password is not compared.
    pub(super) idempotency_key: Option<String>,
}

/// What is to change of an account. What is left out or null stays as it is.
#[derive(InputObject)]
pub(crate) struct UpdateAccountInput {
    /// The account's id, or its UUID.
    id: ID,
    /// The version of the account that you have seen. Another is CONFLICT.
    version: i32,
    /// What it is called: plain text of 1 to 300 characters.
    name: Option<String>,
    /// Its role.
    role: Option<Role>,
    /// The slugs of the offices that it acts for, all of them; an empty list for none.
    offices: Option<Vec<String>>,
    /// True for all offices, those to come too.
    all_offices: Option<bool>,
    /// True to suspend it: its sessions end at once, and its API keys serve no more. False to reinstate it: its keys serve
    /// again.
    suspended: Option<bool>,
    /// A new password: 12 to 256 characters of any kind, and not the email address. All its sessions end. Not by an API key,
    /// nor by single sign-on.
    pub(super) password: Option<String>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice. The password is not compared.
    pub(super) idempotency_key: Option<String>,
}

/// A new API key.
#[derive(InputObject)]
pub(crate) struct CreateApiKeyInput {
    /// The id or the UUID of the account that it is to act for; your own where it is left out. Others' are for
    /// administrators.
    account_id: Option<ID>,
    /// What it is called: plain text of 1 to 300 characters, such as the name of the machine.
    name: String,
    /// Its role; the account's where it is left out. A higher one is refused.
    role: Option<Role>,
    /// The slugs of the offices that it acts for; the account's where this and `allOffices` are left out. Others are refused.
    offices: Option<Vec<String>>,
    /// True for all offices, where the account acts for all.
    all_offices: Option<bool>,
    /// From when on it is good no more: in 366 days at the latest; in 90 days where it is left out.
    expires_at: Option<DateTime>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has no `secret`.
    pub(super) idempotency_key: Option<String>,
}

/// The API key that is to serve no more.
#[derive(InputObject)]
pub(crate) struct RevokeApiKeyInput {
    /// Its id, or its UUID. Keys of other accounts are for administrators.
    pub(super) id: ID,
    /// A key of your own for this request, such as a new UUID.
    pub(super) idempotency_key: Option<String>,
}

impl CreateAccountInput {
    /// What is asked, in the words of the domain.
    pub(super) fn into_domain(self) -> NewAccount {
        NewAccount {
            email: self.email,
            name: self.name,
            role: self.role.into(),
            offices: OfficesAsked {
                offices: self.offices,
                all_offices: self.all_offices,
            },
            password: self.password,
        }
    }
}

impl UpdateAccountInput {
    /// Of which account; `NOT_FOUND` for the id of something else.
    pub(super) fn account(&self) -> Result<newsroom_domain::AccountId, ApiError> {
        desk_id::read("input.id", &self.id)?.ok_or_else(not_found)
    }

    /// What is asked, in the words of the domain.
    pub(super) fn into_domain(self) -> AccountChanges {
        AccountChanges {
            version: Some(self.version.into()),
            name: self.name,
            role: self.role.map(Into::into),
            offices: OfficesAsked {
                offices: self.offices,
                all_offices: self.all_offices,
            },
            suspended: self.suspended,
            password: self.password,
        }
    }
}

impl CreateApiKeyInput {
    /// What is asked, in the words of the domain.
    pub(super) fn into_domain(self) -> Result<NewApiKey, ApiError> {
        let account = match &self.account_id {
            Some(id) => Some(desk_id::read("input.accountId", id)?.ok_or_else(not_found)?),
            None => None,
        };
        Ok(NewApiKey {
            account,
            name: self.name,
            role: self.role.map(Into::into),
            offices: OfficesAsked {
                offices: self.offices,
                all_offices: self.all_offices,
            },
            expires_at: self.expires_at.map(|at| at.0),
        })
    }
}

impl RevokeApiKeyInput {
    /// Which key; `NOT_FOUND` for the id of something else.
    pub(super) fn key(&self) -> Result<newsroom_domain::ApiKeyId, ApiError> {
        desk_id::read("input.id", &self.id)?.ok_or_else(not_found)
    }
}

pub(super) fn not_found() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "There is nothing with this id, or nothing that you may see.",
    )
}
