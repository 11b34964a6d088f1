//! API keys: by which machines act for an account, with no more rights than it has.

use serde::Serialize;

use super::{Account, OfficeScope, OfficesAsked, Role, Standing};
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::taxonomy::Taxonomy;
use crate::text::Name;
use crate::{AccountId, ApiKeyId, Instant};

/// The most days that a key is good for.
pub const LONGEST_KEY_DAYS: i64 = 366;
/// How long after its last use a key's use is noted again, in microseconds: a minute.
pub const KEY_USE_NOTED: i64 = 60 * 1_000_000;
/// The days that a key is good for where nobody says.
pub const KEY_DAYS: i64 = 90;

const DAY: i64 = 24 * 3600 * 1_000_000;

/// A key of an account's. The secret itself is nowhere: it is shown once, and only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its identity.
    pub id: ApiKeyId,
    /// The account that it acts for.
    pub account: AccountId,
    /// What it is called.
    pub name: Name,
    /// The role that it was given. What it may do is bounded by its account's as well.
    pub role: Role,
    /// The offices that it was given; likewise.
    pub scope: OfficeScope,
    /// Who created it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
    /// From when on it is good no more.
    pub expires_at: Instant,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// What a new key is to be.
#[derive(Debug, Clone, Serialize)]
pub struct NewApiKey {
    /// Whose; the caller's own account where nothing is said.
    pub account: Option<AccountId>,
    /// What it is called.
    pub name: String,
    /// Its role; the account's where nothing is said.
    #[serde(serialize_with = "role_name")]
    pub role: Option<Role>,
    /// Its offices; the account's where nothing is said.
    pub offices: OfficesAsked,
    /// Until when it is good; 90 days where nothing is said.
    pub expires_at: Option<Instant>,
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands in the field as it is"
)]
fn role_name<S: serde::Serializer>(role: &Option<Role>, serializer: S) -> Result<S::Ok, S::Error> {
    role.map(Role::as_str).serialize(serializer)
}

impl ApiKey {
    /// Creates a key of an account's.
    ///
    /// # Errors
    /// All that is wrong with the form at once: a role or offices beyond the account's, too, since a key could not use them.
    pub fn create(
        id: ApiKeyId,
        asked: &NewApiKey,
        (account, created_by): (&Account, AccountId),
        taxonomy: &Taxonomy,
        now: Instant,
    ) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let name = faults.read("name", Name::new(&asked.name));
        let role = asked.role.unwrap_or(account.role);
        if role > account.role {
            let message = format!(
                "a key has no higher role than its account, which is {}",
                account.role.as_str()
            );
            faults.push(FieldFault::new("role", "BEYOND_ACCOUNT", message));
        }
        let own = account.scope_in_force();
        let scope = asked.offices.read(taxonomy, &mut faults).unwrap_or_else(|| own.clone());
        if !own.contains(&scope) {
            let path = if scope == OfficeScope::All {
                "allOffices"
            } else {
                "offices"
            };
            let message = "a key acts for no other offices than its account does: leave out those";
            faults.push(FieldFault::new(path, "BEYOND_ACCOUNT", message));
        }
        let expires_at = asked
            .expires_at
            .or_else(|| Instant::from_micros(now.micros() + KEY_DAYS * DAY));
        let latest = now.micros() + LONGEST_KEY_DAYS * DAY;
        let expires_at = expires_at.filter(|at| *at > now && at.micros() <= latest);
        if expires_at.is_none() {
            let message =
                format!("a key is good until an instant in the next {LONGEST_KEY_DAYS} days: give one of them");
            faults.push(FieldFault::new("expiresAt", "OUT_OF_RANGE", message));
        }
        match (name, expires_at) {
            (Some(name), Some(expires_at)) if faults.is_empty() => Ok(Self {
                id,
                account: account.id,
                name,
                role,
                scope,
                created_by,
                created_at: now,
                expires_at,
                last_used_at: None,
                revoked_at: None,
            }),
            _ => Err(Refusal::all(faults)),
        }
    }

    /// Whether it is good at that moment. (Whether its account is, is another matter.)
    #[must_use]
    pub fn holds_at(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// What it may do: what it was given, as far as its account may do that now.
    #[must_use]
    pub fn standing(&self, account: &Account) -> Standing {
        let role = self.role.min(account.role);
        let scope = self.scope.intersection(&account.scope_in_force());
        Standing {
            account: account.id,
            role,
            scope,
        }
    }
}
