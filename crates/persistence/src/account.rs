//! Accounts, and what they are signed in with: sessions with their refresh tokens, API keys, the keys that sign tokens,
//! the issuer of single sign-on, the links by which they get their passwords with the mails that bring those, and the
//! throttle of those who try passwords.
//!
//! What is secret is here as a hash alone. Acts that somebody may have to answer for end with the head and an audit
//! entry, as commands on releases do; a sign-in that fails takes neither.

mod accounts;
mod api_keys;
mod links;
mod mails;
mod purge;
mod rescope;
mod row;
mod sessions;
mod sign_on;
mod signing_keys;
mod throttle;

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::account::{Account, Caller};
use newsroom_domain::audit::Actor;
use newsroom_domain::{AccountId, Instant, SessionId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::StoreError;
use crate::acting::Done;
use crate::entity::account;
use crate::sql::in_chunks;

pub(crate) use rescope::{Rescoped, rescope};

pub use links::{GivenLink, LinkOffer};
pub use mails::DueMail;
pub use purge::Purged;
pub use sessions::{NewSession, Refreshed, SessionEnd};
pub use sign_on::SignedOn;
pub use signing_keys::RegisteredKey;
pub use throttle::{Attempt, Throttle};

/// Who asks for an act.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Somebody at the desk.
    Caller(&'a Caller),
    /// The operator, at the command line.
    Operator,
}

/// What began with a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When it began.
    pub created_at: Instant,
    /// When it ends at the latest, however often it is refreshed.
    pub expires_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// The address that it began from, where that is known.
    pub address: Option<String>,
}

/// An account with the hash of its password, for whoever signs in.
#[derive(Debug, Clone)]
pub struct AccountWithHash {
    /// The account.
    pub account: Account,
    /// The hash of its password, as a PHC string; nothing where it has none.
    pub hash: Option<String>,
}

/// A page of accounts, in the order of their addresses.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// The accounts.
    pub items: Vec<Account>,
    /// Whether more come behind them.
    pub has_next: bool,
}

impl By<'_> {
    fn account(self) -> AccountId {
        match self {
            By::Caller(caller) => caller.standing.account,
            // The operator's acts are under no key, so that nobody's identity is needed.
            By::Operator => uuid::Uuid::nil().into(),
        }
    }

    fn done(self, action: &'static str, detail: Map<String, Value>) -> Done {
        match self {
            By::Caller(caller) => Done::by(caller, action, detail),
            By::Operator => Done {
                changes: Vec::new(),
                actor: Actor::Operator,
                action,
                details: vec![detail],
                taxonomy_changed: false,
            },
        }
    }
}

/// The names of these accounts, of those that there are.
pub(crate) async fn names_of(
    transaction: &DatabaseTransaction,
    ids: impl Iterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, String>, StoreError> {
    let ids: BTreeSet<Uuid> = ids.map(Uuid::from).collect();
    let mut names = BTreeMap::new();
    for ids in in_chunks(ids.into_iter().collect(), 1) {
        let found = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Name])
            .filter(account::Column::Id.is_in(ids));
        for (id, name) in found.into_tuple::<(Uuid, String)>().all(transaction).await? {
            names.insert(id.into(), name);
        }
    }
    Ok(names)
}

/// These accounts, of those that there are.
pub(crate) async fn accounts_of(
    transaction: &DatabaseTransaction,
    ids: &[AccountId],
) -> Result<BTreeMap<AccountId, Account>, StoreError> {
    let mut accounts = BTreeMap::new();
    for ids in in_chunks(ids.to_vec(), 1) {
        let found = account::Entity::find().filter(account::Column::Id.is_in(ids.into_iter().map(Uuid::from)));
        for found in found.all(transaction).await? {
            accounts.insert(found.id.into(), row::account(found)?);
        }
    }
    Ok(accounts)
}

/// What an audit entry says, from pairs.
pub(crate) fn detail<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
