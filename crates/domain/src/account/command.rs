//! What is done with accounts: pure functions from what is asked to the account as it is then, or to the refusal.

use serde::Serialize;

use super::{Account, Email, OfficeScope, OfficesAsked, Password, Role};
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::release::Changed;
use crate::taxonomy::Taxonomy;
use crate::text::Name;
use crate::{AccountId, Instant};

/// What a new account is to be.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its address.
    pub email: String,
    /// What it is called.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its offices. They have to be said, but for an administrator, who acts for all.
    pub offices: OfficesAsked,
    /// Its password; without, it is used by its API keys alone.
    pub password: Option<String>,
}

/// What of an account is to change.
#[derive(Debug, Clone, Default)]
pub struct AccountChanges {
    /// The version that the caller has seen; nothing where they have seen none, at the command line.
    pub version: Option<i64>,
    /// What it is called from now on.
    pub name: Option<String>,
    /// Its role from now on.
    pub role: Option<Role>,
    /// Its offices from now on.
    pub offices: OfficesAsked,
    /// Whether it is suspended from now on.
    pub suspended: Option<bool>,
    /// Its password from now on.
    pub password: Option<String>,
}

/// What a form says but for the password, which is in no hash that is kept: by this, a second request is the first one's twin.
#[derive(Debug, Serialize)]
pub struct AccountFormTwin<'a>(Vec<Option<&'a str>>, Option<i64>, Option<bool>, &'a OfficesAsked, bool);

impl NewAccount {
    /// What tells it from another form under the same idempotency key.
    #[must_use]
    pub fn twin(&self) -> AccountFormTwin<'_> {
        let texts = vec![Some(self.email.as_str()), Some(&self.name), Some(self.role.as_str())];
        AccountFormTwin(texts, None, None, &self.offices, self.password.is_some())
    }
}

impl AccountChanges {
    /// What tells it from another form under the same idempotency key.
    #[must_use]
    pub fn twin(&self) -> AccountFormTwin<'_> {
        let texts = vec![self.name.as_deref(), self.role.map(Role::as_str)];
        AccountFormTwin(
            texts,
            self.version,
            self.suspended,
            &self.offices,
            self.password.is_some(),
        )
    }
}

/// What a change of an account is decided by, beside the account itself.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The taxonomy, for its offices.
    pub taxonomy: &'a Taxonomy,
    /// Whether an administrator has to be left, and this account is the last one who may sign in.
    pub is_last_administrator: bool,
    /// Now.
    pub now: Instant,
}

impl Account {
    /// Creates an account. That its address is nobody else's, whoever stores it finds out.
    ///
    /// # Errors
    /// All that is wrong with the form at once.
    pub fn create(id: AccountId, asked: &NewAccount, taxonomy: &Taxonomy, now: Instant) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let email = faults.read("email", asked.email.parse::<Email>());
        let name = faults.read("name", Name::new(&asked.name));
        let said = asked.offices.read(taxonomy, &mut faults);
        let scope = match said {
            Some(scope) => scope,
            None if asked.role == Role::Administrator => OfficeScope::All,
            None => {
                if faults.is_empty() {
                    let message = "say for which offices: give their slugs, or `allOffices: true`";
                    faults.push(FieldFault::new("offices", "REQUIRED", message));
                }
                OfficeScope::Only(std::collections::BTreeSet::new())
            }
        };
        if let (Some(password), Some(email)) = (&asked.password, &email) {
            faults.read("password", Password::new(password, email));
        }
        match (email, name) {
            (Some(email), Some(name)) if faults.is_empty() => Ok(Self {
                id,
                email,
                name,
                role: asked.role,
                scope,
                created_at: now,
                suspended_at: None,
                version: 1,
                has_password: asked.password.is_some(),
            }),
            _ => Err(Refusal::all(faults)),
        }
    }

    /// Changes an account. The same one is answered where nothing of it changes.
    ///
    /// # Errors
    /// Where the caller has seen another version, where the form is wrong (all of it at once), or where nobody would be
    /// left who may keep accounts.
    pub fn change(
        &self,
        asked: &AccountChanges,
        changed: Option<Changed>,
        circumstances: Circumstances<'_>,
    ) -> Result<Self, Refusal> {
        if let Some(seen) = asked.version.filter(|seen| *seen != self.version) {
            return Err(Refusal::Stale {
                locale: None,
                seen,
                current: self.version,
                changed,
            });
        }
        let mut faults = Faults::default();
        let name = match &asked.name {
            Some(name) => faults.read("name", Name::new(name)),
            None => Some(self.name.clone()),
        };
        let scope = asked.offices.read(circumstances.taxonomy, &mut faults);
        if let Some(password) = &asked.password {
            faults.read("password", Password::new(password, &self.email));
        }
        let Some(name) = name.filter(|_| faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let mut after = Self {
            name,
            role: asked.role.unwrap_or(self.role),
            scope: scope.unwrap_or_else(|| self.scope.clone()),
            suspended_at: match asked.suspended {
                Some(true) => self.suspended_at.or(Some(circumstances.now)),
                Some(false) => None,
                None => self.suspended_at,
            },
            has_password: self.has_password || asked.password.is_some(),
            ..self.clone()
        };
        if circumstances.is_last_administrator && self.keeps_accounts() && !after.keeps_accounts() {
            return Err(Refusal::WrongState {
                state: None,
                message: "this is the last administrator who is not suspended: make another one first".to_owned(),
            });
        }
        if after != *self || asked.password.is_some() {
            after.version += 1;
        }
        Ok(after)
    }
}
