//! Who did something.

use std::collections::BTreeMap;

use async_graphql::{Enum, ID, SimpleObject};
use newsroom_domain::{AccountId, audit, release};

use crate::graphql::{global_id::account_id, scalars::DateTime};

/// What kind of hand something was done by.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActorKind {
    /// Somebody at the desk, or a machine with one of their API keys.
    Account,
    /// The importer.
    Import,
    /// The operator, at the command line.
    Operator,
    /// The newsroom by itself: the scheduler, at the hour that somebody had chosen, or whoever sends webhooks, where one is dead.
    Scheduler,
}

/// Who did something.
#[derive(SimpleObject)]
pub(crate) struct Actor {
    /// What kind of hand it was.
    kind: ActorKind,
    /// The account's id. Null where it was no account.
    account_id: Option<ID>,
    /// The account's name. Null where it was no account.
    name: Option<String>,
}

/// Who did something, and when.
#[derive(SimpleObject)]
pub(crate) struct Changed {
    /// Who.
    by: Actor,
    /// When, in UTC.
    at: DateTime,
}

/// The names of accounts.
pub(crate) type People = BTreeMap<AccountId, String>;

impl Actor {
    pub(crate) fn new(actor: audit::Actor, people: &People) -> Self {
        let kind = match actor {
            audit::Actor::Account(_) => ActorKind::Account,
            audit::Actor::Import => ActorKind::Import,
            audit::Actor::Operator => ActorKind::Operator,
            audit::Actor::Scheduler => ActorKind::Scheduler,
        };
        let account = actor.account();
        Self {
            kind,
            account_id: account.map(account_id),
            name: account.and_then(|id| people.get(&id)).cloned(),
        }
    }
}

impl Changed {
    pub(crate) fn new(changed: release::Changed, people: &People) -> Self {
        Self {
            by: Actor::new(changed.by, people),
            at: DateTime(changed.at),
        }
    }
}
