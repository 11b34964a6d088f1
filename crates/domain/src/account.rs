//! Accounts: who is at the desk, in which role, for which offices, and what they may do there.
//!
//! This room says who may, and what an account, a password and a key may be; it knows neither hashes nor tokens.

mod api_key;
mod command;
mod email;
mod link;
mod offices;
mod password;
mod permission;
mod sign_on;
#[cfg(test)]
mod tests;

pub use api_key::{ApiKey, KEY_DAYS, KEY_USE_NOTED, LONGEST_KEY_DAYS, NewApiKey};
pub use command::{AccountChanges, AccountFormTwin, Circumstances, NewAccount};
pub use email::{Email, LONGEST_EMAIL};
pub use link::{
    AccountLink, INVITATION_DAYS, LinkKind, LinkMail, MOST_MAIL_ATTEMPTS, RESET_HOURS, mail_error, next_mail_attempt,
};
pub use offices::{MOST_OFFICES, OfficesAsked};
pub use password::{LONGEST_PASSWORD, Password, SHORTEST_PASSWORD};
pub use permission::{Action, Filing, Grant, Matter, PublishRule, Readable, Verdict, permissions_as_markdown};
pub use sign_on::{LONGEST_SUBJECT, SignOn, SignOnFault, SignOnRules};

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::refusal::Denial;
use crate::text::Name;
use crate::{AccountId, ApiKeyId, Instant, OfficeId, SessionId};

/// A role. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Writes drafts of their own.
    Author,
    /// Edits the drafts of their offices.
    Editor,
    /// Publishes for their offices, and withdraws.
    Publisher,
    /// Keeps accounts and the taxonomy, and acts for all offices.
    Administrator,
}

impl Role {
    /// All roles, each before those that include it.
    pub const ALL: [Self; 4] = [Self::Author, Self::Editor, Self::Publisher, Self::Administrator];

    /// The role's name in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Editor => "editor",
            Self::Publisher => "publisher",
            Self::Administrator => "administrator",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// The offices that somebody acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficeScope {
    /// All, those to come too, and releases without an office.
    All,
    /// These alone. None at all is no scope: such an account has its own drafts without an office, and no more.
    Only(BTreeSet<OfficeId>),
}

impl OfficeScope {
    /// Whether it has that office.
    #[must_use]
    pub fn includes(&self, office: OfficeId) -> bool {
        match self {
            Self::All => true,
            Self::Only(offices) => offices.contains(&office),
        }
    }
}

/// Somebody at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// The address that it signs in with; nobody else's.
    pub email: Email,
    /// What it is called.
    pub name: Name,
    /// Its role.
    pub role: Role,
    /// The offices that it was given. An administrator acts for all, whatever is here.
    pub scope: OfficeScope,
    /// When it was created.
    pub created_at: Instant,
    /// Since when it may do nothing, where it is suspended.
    pub suspended_at: Option<Instant>,
    /// Raised by every change.
    pub version: i64,
    /// Whether it has a password; one without is used by its API keys, or by single sign-on.
    pub has_password: bool,
}

impl Account {
    /// The offices that it acts for.
    #[must_use]
    pub fn scope_in_force(&self) -> OfficeScope {
        match self.role {
            Role::Administrator => OfficeScope::All,
            _ => self.scope.clone(),
        }
    }

    /// What it may do when it is signed in.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            account: self.id,
            role: self.role,
            scope: self.scope_in_force(),
        }
    }

    /// Whether it is an administrator who is not suspended.
    #[must_use]
    pub fn keeps_accounts(&self) -> bool {
        self.role == Role::Administrator && self.suspended_at.is_none()
    }
}

/// Who asks, and with what rights: an account or one of its keys, at the moment of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// The offices that it acts for. An administrator acts for all, whatever is here.
    pub scope: OfficeScope,
}

/// With what somebody has shown who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// An access token of a session that began with a sign-in.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A token of the issuer that single sign-on goes by.
    SignOn,
}

/// Who asks for something, with what rights, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, and with what rights.
    pub standing: Standing,
    /// By what.
    pub credential: Credential,
    /// The address that the request came from, where that is known.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// Lets them pass who have signed in here: a key makes no other key, and changes no password. Nor does an issuer's token:
    /// what it made would be good on when the issuer lets its owner in no more.
    ///
    /// # Errors
    /// `Forbidden`, for an API key and for an issuer's token.
    pub fn allow_secrets(&self) -> Result<(), Denial> {
        match self.credential {
            Credential::Session(_) => Ok(()),
            Credential::ApiKey(_) => Err(Denial::Forbidden(
                "an API key may neither make keys nor change passwords: sign in for that",
            )),
            Credential::SignOn => Err(Denial::Forbidden(
                "who is here by single sign-on may neither make keys nor change passwords: sign in with a password for that",
            )),
        }
    }
}
