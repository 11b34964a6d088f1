//! Assignments: whose work a translation is. They are beside the release, not of it: they change no version and no edition.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Release;
use crate::account::{Account, Action, Caller, Filing, Matter, PublishRule};
use crate::fault::{Faults, FieldFault};
use crate::refusal::{Denial, Refusal};
use crate::{AccountId, Instant, Locale, ReleaseId, TranslationId};

/// The most accounts that a translation is assigned to.
pub const MOST_ASSIGNEES: usize = 20;

/// An account whose work a translation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// The account.
    pub account: AccountId,
    /// Who assigned it.
    pub assigned_by: AccountId,
    /// When.
    pub assigned_at: Instant,
}

/// A translation that is to be the work of these accounts, and of no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssignTranslation {
    /// The release.
    pub release: ReleaseId,
    /// The locale of the translation. Its path is `locale`.
    pub locale: String,
    /// The accounts. Their path is `assignees`.
    pub assignees: Vec<AccountId>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The translation.
    pub translation: TranslationId,
    /// Its locale.
    pub locale: Locale,
    /// Whose work it is from now on.
    pub assignees: BTreeSet<AccountId>,
}

impl AssignTranslation {
    /// What comes of it, of a release as it is, or of none. `accounts` are those of the assignees that there are.
    ///
    /// # Errors
    /// A [`Denial`]: for who may not edit the release; for a translation that is not there; for assignees who are not there,
    /// are suspended, or may not read the release.
    pub fn decide(
        &self,
        known: Option<&Release>,
        caller: &Caller,
        rule: PublishRule,
        accounts: &BTreeMap<AccountId, Account>,
    ) -> Result<Assigned, Denial> {
        let known = known.ok_or(Denial::NotFound)?;
        let filing = Filing::of(known);
        caller
            .standing
            .allow(Action::EditRelease, Matter::Release(&filing), rule)?;
        let mut faults = Faults::default();
        let locale = faults.read("locale", self.locale.parse::<Locale>());
        let translation = locale.as_ref().and_then(|locale| known.translations.get(locale));
        if let (Some(locale), None) = (&locale, translation) {
            let message = format!("this release has no translation in {locale}: add it first");
            faults.push(FieldFault::new("locale", "NO_TRANSLATION", message));
        }
        if self.assignees.len() > MOST_ASSIGNEES {
            let (path, given) = ("assignees", self.assignees.len());
            let message = format!("a translation is assigned to at most {MOST_ASSIGNEES} accounts, not to {given}");
            faults.push(FieldFault::new(path, "TOO_MANY", message));
        } else {
            for (index, id) in self.assignees.iter().enumerate() {
                if let Err((code, message)) = may_be_assigned(accounts.get(id), known) {
                    faults.push(FieldFault::new(format!("assignees.{index}"), code, message));
                }
            }
        }
        match (locale, translation) {
            (Some(locale), Some(translation)) if faults.is_empty() => Ok(Assigned {
                translation: translation.id,
                locale,
                assignees: self.assignees.iter().copied().collect(),
            }),
            _ => Err(Refusal::all(faults).into()),
        }
    }
}

/// Lets an account pass that a translation of that release can be assigned to.
fn may_be_assigned(account: Option<&Account>, release: &Release) -> Result<(), (&'static str, String)> {
    let Some(account) = account else {
        let message = "there is no such account: give the id of one";
        return Err(("UNKNOWN_ACCOUNT", message.to_owned()));
    };
    if account.suspended_at.is_some() {
        let message = format!("{} is suspended: assign somebody else", account.name);
        return Err(("SUSPENDED", message));
    }
    if !account.standing().readable().includes(release) {
        let message = format!(
            "{} may not read this release: file it under an office of theirs first, or assign somebody else",
            account.name
        );
        return Err(("MAY_NOT_READ", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::account::{Credential, OfficeScope, Role, Standing};
    use crate::release::test_desk::{Desk, titled};

    fn account(number: u128, role: Role, scope: OfficeScope) -> Account {
        Account {
            id: Uuid::from_u128(number).into(),
            email: format!("a{number}@example.org").parse().unwrap(),
            name: crate::text::Name::new(&format!("Account {number}")).unwrap(),
            role,
            scope,
            created_at: Instant::from_micros(0).unwrap(),
            suspended_at: None,
            version: 1,
            has_password: true,
        }
    }

    fn caller(account: u128, role: Role) -> Caller {
        Caller {
            standing: Standing {
                account: Uuid::from_u128(account).into(),
                role,
                scope: OfficeScope::All,
            },
            credential: Credential::Session(Uuid::nil().into()),
            address: None,
        }
    }

    fn asked(release: &Release, locale: &str, assignees: &[u128]) -> AssignTranslation {
        AssignTranslation {
            release: release.id,
            locale: locale.to_owned(),
            assignees: assignees.iter().map(|number| Uuid::from_u128(*number).into()).collect(),
        }
    }

    fn decided(asked: &AssignTranslation, release: Option<&Release>, by: &Caller) -> Result<Assigned, Denial> {
        let mut suspended = account(102, Role::Editor, OfficeScope::All);
        suspended.suspended_at = Some(suspended.created_at);
        let known = [
            account(100, Role::Editor, OfficeScope::All),
            account(101, Role::Editor, OfficeScope::Only(BTreeSet::new())),
            suspended,
        ];
        let accounts = known.into_iter().map(|account| (account.id, account)).collect();
        asked.decide(release, by, PublishRule::default(), &accounts)
    }

    fn faults(outcome: Result<Assigned, Denial>) -> Vec<String> {
        match outcome {
            Err(Denial::Refused(Refusal::Invalid(faults))) => faults
                .iter()
                .map(|fault| format!("{} {}", fault.path, fault.code))
                .collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn those_may_be_assigned_who_may_read_the_release() {
        let release = Desk::default().create(titled("Observers arrive"));
        let editor = caller(9, Role::Editor);
        let locale = release.original_locale.as_str();
        let assigned = decided(&asked(&release, locale, &[100, 100]), Some(&release), &editor).unwrap();
        assert_eq!(assigned.assignees, BTreeSet::from([Uuid::from_u128(100).into()]));
        let nobody = decided(&asked(&release, locale, &[]), Some(&release), &editor).unwrap();
        assert_eq!(nobody.assignees, BTreeSet::new());
        let refused = decided(&asked(&release, "ru", &[100, 101, 102, 103]), Some(&release), &editor);
        let expected = [
            "locale NO_TRANSLATION",
            "assignees.1 MAY_NOT_READ",
            "assignees.2 SUSPENDED",
            "assignees.3 UNKNOWN_ACCOUNT",
        ];
        assert_eq!(faults(refused), expected);
        let many = decided(&asked(&release, locale, &[100; 21]), Some(&release), &editor);
        assert_eq!(faults(many), ["assignees TOO_MANY"]);
    }

    #[test]
    fn only_who_may_edit_it_assigns_it() {
        let release = Desk::default().create(titled("Observers arrive"));
        let asked = asked(&release, "nonsense!", &[103]);
        let stranger = decided(&asked, Some(&release), &caller(9, Role::Author));
        assert_eq!(stranger, Err(Denial::NotFound));
        assert_eq!(
            decided(&asked, None, &caller(9, Role::Administrator)),
            Err(Denial::NotFound)
        );
    }
}
