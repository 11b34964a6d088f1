//! An account, a key, a session.

use async_graphql::{Context, Enum, ID, Object, Result};
use newsroom_domain::{
    Reader,
    account::{self, OfficeScope},
};
use newsroom_persistence::{self as persistence, Store};

use super::link::AccountLink;
use crate::{
    graphql::{
        desk_id,
        request::taxonomy,
        scalars::{DateTime, PlainUuid},
        taxonomy::Office,
    },
    store_failure::present,
};

/// What somebody may do at the desk. Each role includes those before it; all but the last act for their offices.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::account::Role")]
pub(crate) enum Role {
    /// Writes drafts of their own.
    Author,
    /// Edits the drafts of their offices.
    Editor,
    /// Publishes, corrects and withdraws for their offices.
    Publisher,
    /// Keeps accounts and the taxonomy, and acts for all offices.
    Administrator,
}

pub(crate) struct Account {
    pub(super) account: account::Account,
    pub(super) known: Known,
}

/// What of an account has been read already, with those of other accounts.
#[derive(Default)]
pub(super) struct Known {
    pub(super) keys: Option<Vec<account::ApiKey>>,
    pub(super) links: Option<Vec<account::AccountLink>>,
}

impl From<account::Account> for Account {
    fn from(account: account::Account) -> Self {
        Self {
            account,
            known: Known::default(),
        }
    }
}

/// An account of the desk: somebody who may sign in, or a machine that acts by API keys.
#[Object]
impl Account {
    /// Its id, for clients' caches. It never changes. `node` does not find it.
    async fn id(&self) -> ID {
        desk_id::write(self.account.id)
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.account.id.uuid())
    }

    /// The email address that it signs in with, in small letters. Of somebody whom single sign-on gives no verified one, it
    /// is under `sign-on.invalid`, where no mail arrives.
    async fn email(&self) -> &str {
        self.account.email.as_str()
    }

    /// What it is called, as plain text of 1 to 300 characters.
    async fn name(&self) -> &str {
        self.account.name.as_str()
    }

    /// Its role.
    async fn role(&self) -> Role {
        self.account.role.into()
    }

    /// The offices that it acts for, by slug. Empty where it acts for all, or for none.
    async fn offices<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<Office<'ctx>>> {
        offices(context, &self.account.scope_in_force()).await
    }

    /// Whether it acts for all offices, those to come too, and for releases without one. An administrator always does.
    async fn all_offices(&self) -> bool {
        self.account.scope_in_force() == OfficeScope::All
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.account.created_at)
    }

    /// Since when it is suspended: nobody can sign in to it, and its sessions and API keys are good for nothing. Null where
    /// it is not.
    async fn suspended_at(&self) -> Option<DateTime> {
        self.account.suspended_at.map(DateTime)
    }

    /// Whether it has a password; one without acts by its API keys or by single sign-on, until somebody sets one by an
    /// invitation.
    async fn has_password(&self) -> bool {
        self.account.has_password
    }

    /// Its version, raised by every change: give it to `updateAccount`.
    async fn version(&self) -> i32 {
        i32::try_from(self.account.version).unwrap_or(i32::MAX)
    }

    /// Its API keys that are neither revoked nor expired, the newest first; at most 100.
    async fn api_keys(&self, context: &Context<'_>) -> Result<Vec<ApiKey>> {
        let keys = match &self.known.keys {
            Some(keys) => keys.clone(),
            None => read_keys(context, self.account.id).await?,
        };
        Ok(keys.into_iter().map(ApiKey).collect())
    }

    /// The links that are good now by which its password may be set, the newest first: one of each kind at the most.
    async fn pending_links(&self, context: &Context<'_>) -> Result<Vec<AccountLink>> {
        let links = match &self.known.links {
            Some(links) => links.clone(),
            None => read_links(context, &[self.account.id]).await?,
        };
        Ok(links.into_iter().map(AccountLink).collect())
    }
}

/// Reads the keys of an account.
pub(super) async fn read_keys(context: &Context<'_>, of: newsroom_domain::AccountId) -> Result<Vec<account::ApiKey>> {
    let keys = context.data::<Store>()?.api_keys_of(&[of]).await;
    Ok(keys.map_err(|error| present(&error))?)
}

/// Reads the links of these accounts that are good now.
pub(super) async fn read_links(
    context: &Context<'_>,
    of: &[newsroom_domain::AccountId],
) -> Result<Vec<account::AccountLink>> {
    let links = context.data::<Store>()?.account_links_of(of).await;
    Ok(links.map_err(|error| present(&error))?)
}

/// The offices of a scope, by slug.
pub(super) async fn offices<'ctx>(context: &Context<'ctx>, scope: &OfficeScope) -> Result<Vec<Office<'ctx>>> {
    let OfficeScope::Only(ids) = scope else {
        return Ok(Vec::new());
    };
    let all = taxonomy(context).await?.offices();
    let own = all.filter(|office| ids.contains(&office.id));
    Ok(own.map(|office| Office::new(office, &Reader::default())).collect())
}

pub(crate) struct ApiKey(pub(super) account::ApiKey);

/// An API key, by which a machine acts for an account. The secret itself is shown once, by `createApiKey`.
#[Object]
impl ApiKey {
    /// Its id, for `revokeApiKey` and for clients' caches. It never changes.
    async fn id(&self) -> ID {
        desk_id::write(self.0.id)
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.id.uuid())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The id of the account that it acts for.
    async fn account_id(&self) -> ID {
        desk_id::write(self.0.account)
    }

    /// The role that it was given. In force is the lower of this and its account's.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The offices that it was given, by slug. In force are those of them that its account has too. Empty where it was given
    /// all, or none.
    async fn offices<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<Office<'ctx>>> {
        offices(context, &self.0.scope).await
    }

    /// Whether it was given all offices: those of its account are in force then.
    async fn all_offices(&self) -> bool {
        self.0.scope == OfficeScope::All
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// From when on it is good no more.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// When it was used last, to the minute. Null where it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// When it was revoked. Null where it was not.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

pub(crate) struct Session {
    pub(super) session: persistence::Session,
    pub(super) is_current: bool,
}

/// A session: what began with a sign-in, and goes on as long as it is refreshed, for 30 days at the most.
#[Object]
impl Session {
    /// Its id, for clients' caches.
    async fn id(&self) -> ID {
        desk_id::write(self.session.id)
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.session.id.uuid())
    }

    /// When somebody signed in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.session.created_at)
    }

    /// When it ends at the latest.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.session.expires_at)
    }

    /// The network address that somebody signed in from. Null where that is not known.
    async fn address(&self) -> Option<&str> {
        self.session.address.as_deref()
    }

    /// Whether this request is made in it.
    async fn current(&self) -> bool {
        self.is_current
    }
}
