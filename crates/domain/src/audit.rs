//! The audit trail: who did what, each entry sealed with the hash of the one before.

mod chain;
mod trail;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AccountId, Instant};

pub use chain::{Anchor, Broken, Chain, Kept, Numbers, Place};
pub use trail::{AuditFilter, Recorded, Said, VisibleTrail};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// The operator's importer.
    Import,
    /// The operator, at the command line.
    Operator,
    /// The newsroom by itself: at the hour that somebody at the desk had chosen, or where a webhook is dead.
    Scheduler,
    /// Somebody at the desk.
    Account(AccountId),
}

const IMPORT: &str = "import";
const OPERATOR: &str = "operator";
const SCHEDULER: &str = "scheduler";
/// What stands before an account's identity in its name.
const ACCOUNT: &str = "account:";

impl Actor {
    /// The actor's name in the database: `import`, `operator`, `scheduler`, or `account:` and the account's UUID.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Import => IMPORT.to_owned(),
            Self::Operator => OPERATOR.to_owned(),
            Self::Scheduler => SCHEDULER.to_owned(),
            Self::Account(id) => format!("{ACCOUNT}{id}"),
        }
    }

    /// The account, where it is one.
    #[must_use]
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Import | Self::Operator | Self::Scheduler => None,
        }
    }

    /// The actor of that name; `None` where it is not written as [`Actor::name`] writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let actor = match name.strip_prefix(ACCOUNT) {
            None if name == OPERATOR => Self::Operator,
            None if name == SCHEDULER => Self::Scheduler,
            None => Self::Import,
            Some(id) => Self::Account(id.parse().ok()?),
        };
        (actor.name() == name).then_some(actor)
    }
}

impl TryFrom<String> for Actor {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::from_name(&name).ok_or_else(|| format!("nobody is called “{name}”"))
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.name()
    }
}

/// One audited act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Actor,
    /// What: `import`, …
    pub action: Cow<'static, str>,
    /// What of, as JSON with its keys in order.
    pub detail: String,
}

/// The hash that seals an entry, in hexadecimal.
pub type Seal = String;

impl AuditEntry {
    /// The entry's seal: SHA-256 over the seal before it, its number and all that it says, each with its length in front.
    #[must_use]
    pub fn seal(&self, number: i64, before: &str) -> Seal {
        let mut hash = Sha256::new();
        for part in [
            before,
            &number.to_string(),
            &self.at.to_string(),
            &self.actor.name(),
            &self.action,
            &self.detail,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }
}

/// Bytes as hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([byte >> 4, byte & 0xf].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_back_from_its_name_and_from_no_other() {
        let account = Actor::Account(uuid::Uuid::from_u128(7).into());
        assert_eq!(account.name(), "account:00000000-0000-0000-0000-000000000007");
        for actor in [Actor::Import, Actor::Operator, Actor::Scheduler, account] {
            assert_eq!(Actor::from_name(&actor.name()), Some(actor));
        }
        for name in [
            "",
            "desk",
            "account:",
            "account:import",
            "account:00000000000000000000000000000007",
        ] {
            assert_eq!(Actor::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_seal_changes_with_every_part() {
        let entry = AuditEntry {
            at: "2024-11-22T00:00:00Z".parse().unwrap(),
            actor: Actor::Import,
            action: "import".into(),
            detail: "{}".to_owned(),
        };
        let seal = entry.seal(1, "");
        assert_eq!(seal, entry.seal(1, ""));
        let other = AuditEntry {
            detail: "{ }".to_owned(),
            ..entry.clone()
        };
        for changed in [entry.seal(2, ""), entry.seal(1, "0"), other.seal(1, "")] {
            assert_ne!(seal, changed);
        }
    }
}
