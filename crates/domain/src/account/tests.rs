//! What accounts and keys come to.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::refusal::Refusal;
use crate::taxonomy::{Names, Office, Taxonomy};
use crate::{FieldFault, Slug};

fn office(number: u128) -> OfficeId {
    Uuid::from_u128(number).into()
}

fn taxonomy() -> Taxonomy {
    let offices = (1..=3).map(|number| Office {
        id: office(number),
        slug: format!("office-{number}").parse::<Slug>().unwrap(),
        former_slugs: BTreeSet::new(),
        names: Names::one("en".parse().unwrap(), Name::new("Office").unwrap()),
        closed: false,
        kind: None,
        version: 1,
    });
    Taxonomy::new(offices.collect(), Vec::new(), Vec::new()).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn now() -> Instant {
    at("2026-11-24T10:00:00Z")
}

fn slugs(slugs: &[&str]) -> OfficesAsked {
    OfficesAsked {
        offices: Some(slugs.iter().map(|slug| (*slug).to_owned()).collect()),
        all_offices: None,
    }
}

fn form(role: Role, offices: OfficesAsked) -> NewAccount {
    NewAccount {
        email: "Anna@example.org".to_owned(),
        name: "Anna".to_owned(),
        role,
        offices,
        password: Some("a long password".to_owned()),
    }
}

fn account(role: Role, offices: OfficesAsked) -> Account {
    Account::create(Uuid::from_u128(9).into(), &form(role, offices), &taxonomy(), now()).unwrap()
}

fn circumstances(taxonomy: &Taxonomy, is_last_administrator: bool) -> Circumstances<'_> {
    Circumstances {
        taxonomy,
        is_last_administrator,
        now: now(),
    }
}

fn faults(refusal: Refusal) -> Vec<String> {
    let Refusal::Invalid(faults) = refusal else {
        panic!("{refusal:?}")
    };
    let said = |fault: FieldFault| format!("{} {}", fault.path, fault.code);
    faults.into_iter().map(said).collect()
}

#[test]
fn all_faults_of_a_form_come_at_once() {
    let asked = NewAccount {
        name: " ".to_owned(),
        password: Some("short".to_owned()),
        ..form(Role::Editor, slugs(&["office-1", "nowhere"]))
    };
    let create = |asked| faults(Account::create(Uuid::nil().into(), asked, &taxonomy(), now()).unwrap_err());
    assert_eq!(
        create(&asked),
        ["name EMPTY", "offices.1 UNKNOWN_SLUG", "password TOO_SHORT"]
    );
    let asked = NewAccount {
        email: "nobody".to_owned(),
        ..form(
            Role::Editor,
            OfficesAsked {
                offices: Some(vec![]),
                all_offices: Some(true),
            },
        )
    };
    assert_eq!(create(&asked), ["email INVALID_EMAIL", "allOffices CONFLICTING"]);
    assert_eq!(
        create(&form(Role::Author, OfficesAsked::default())),
        ["offices REQUIRED"]
    );
}

#[test]
fn an_administrator_acts_for_all_offices() {
    let administrator = account(Role::Administrator, OfficesAsked::default());
    assert_eq!(administrator.standing().scope, OfficeScope::All);
    let editor = account(Role::Editor, slugs(&["office-1"]));
    assert_eq!(editor.standing().scope, OfficeScope::Only([office(1)].into()));
    let none = account(Role::Author, slugs(&[]));
    assert_eq!(none.standing().scope, OfficeScope::Only(BTreeSet::new()));
}

#[test]
fn a_change_raises_the_version_and_a_stale_one_is_refused() {
    let (editor, taxonomy) = (account(Role::Editor, slugs(&["office-1"])), taxonomy());
    let asked = AccountChanges {
        version: Some(1),
        role: Some(Role::Publisher),
        offices: OfficesAsked::all(),
        ..AccountChanges::default()
    };
    let changed = editor.change(&asked, None, circumstances(&taxonomy, false)).unwrap();
    assert_eq!(
        (changed.version, changed.role, &changed.scope),
        (2, Role::Publisher, &OfficeScope::All)
    );
    assert!(matches!(
        changed.change(&asked, None, circumstances(&taxonomy, false)),
        Err(Refusal::Stale {
            seen: 1,
            current: 2,
            ..
        })
    ));
    let nothing = AccountChanges::default();
    assert_eq!(
        changed.change(&nothing, None, circumstances(&taxonomy, false)),
        Ok(changed)
    );
}

#[test]
fn who_is_suspended_stays_so_from_the_first_time_on() {
    let (editor, taxonomy) = (account(Role::Editor, slugs(&[])), taxonomy());
    let suspend = |suspended| AccountChanges {
        suspended: Some(suspended),
        ..AccountChanges::default()
    };
    let suspended = editor
        .change(&suspend(true), None, circumstances(&taxonomy, false))
        .unwrap();
    assert_eq!(suspended.suspended_at, Some(now()));
    let later = Circumstances {
        now: at("2026-12-01T00:00:00Z"),
        ..circumstances(&taxonomy, false)
    };
    assert_eq!(suspended.change(&suspend(true), None, later), Ok(suspended.clone()));
    assert_eq!(
        suspended.change(&suspend(false), None, later).unwrap().suspended_at,
        None
    );
}

#[test]
fn the_last_administrator_stays_one() {
    let (last, taxonomy) = (account(Role::Administrator, OfficesAsked::default()), taxonomy());
    let suspend = AccountChanges {
        suspended: Some(true),
        ..AccountChanges::default()
    };
    let demote = AccountChanges {
        role: Some(Role::Editor),
        ..AccountChanges::default()
    };
    for asked in [suspend, demote] {
        assert!(matches!(
            last.change(&asked, None, circumstances(&taxonomy, true)),
            Err(Refusal::WrongState { state: None, .. })
        ));
        assert!(last.change(&asked, None, circumstances(&taxonomy, false)).is_ok());
    }
    let rename = AccountChanges {
        name: Some("Anna B.".to_owned()),
        ..AccountChanges::default()
    };
    assert!(last.change(&rename, None, circumstances(&taxonomy, true)).is_ok());
}

fn key_form() -> NewApiKey {
    NewApiKey {
        account: None,
        name: "importer".to_owned(),
        role: None,
        offices: OfficesAsked::default(),
        expires_at: None,
    }
}

fn key(asked: &NewApiKey, of: &Account) -> Result<ApiKey, Vec<String>> {
    ApiKey::create(Uuid::from_u128(5).into(), asked, (of, of.id), &taxonomy(), now()).map_err(faults)
}

#[test]
fn a_key_is_given_what_its_account_has_and_ninety_days() {
    let editor = account(Role::Editor, slugs(&["office-1", "office-2"]));
    let made = key(&key_form(), &editor).unwrap();
    assert_eq!(made.standing(&editor), editor.standing());
    assert_eq!(made.expires_at, at("2027-02-22T10:00:00Z"));
    assert!(made.holds_at(now()) && !made.holds_at(made.expires_at));
    let revoked = ApiKey {
        revoked_at: Some(now()),
        ..made
    };
    assert!(!revoked.holds_at(now()));
}

#[test]
fn a_key_is_not_given_more_than_its_account_has() {
    let editor = account(Role::Editor, slugs(&["office-1"]));
    let asked = NewApiKey {
        role: Some(Role::Publisher),
        offices: slugs(&["office-1", "office-2"]),
        expires_at: Some(at("2027-11-26T10:00:00Z")),
        ..key_form()
    };
    let refused = key(&asked, &editor).unwrap_err();
    assert_eq!(
        refused,
        [
            "role BEYOND_ACCOUNT",
            "offices BEYOND_ACCOUNT",
            "expiresAt OUT_OF_RANGE"
        ]
    );
    let asked = NewApiKey {
        offices: OfficesAsked::all(),
        expires_at: Some(now()),
        ..key_form()
    };
    assert_eq!(
        key(&asked, &editor).unwrap_err(),
        ["allOffices BEYOND_ACCOUNT", "expiresAt OUT_OF_RANGE"]
    );
}

prop_compose! {
    fn any_scope()(offices in prop::option::of(prop::collection::btree_set(1_u128..4, 0..3))) -> OfficeScope {
        match offices {
            None => OfficeScope::All,
            Some(numbers) => OfficeScope::Only(numbers.into_iter().map(office).collect()),
        }
    }
}

fn any_role() -> impl Strategy<Value = Role> {
    prop::sample::select(Role::ALL.to_vec())
}

proptest! {
    #[test]
    fn a_key_never_has_more_rights_than_its_account(
        role in any_role(), scope in any_scope(), key_role in any_role(), key_scope in any_scope(),
        offices in prop::collection::vec(1_u128..5, 0..4), own in any::<bool>(), one in any::<bool>(),
    ) {
        let account = Account { role, scope, ..account(Role::Administrator, OfficesAsked::default()) };
        let key = ApiKey { role: key_role, scope: key_scope, ..key(&key_form(), &account).unwrap() };
        let creator = if own { account.id } else { Uuid::nil().into() };
        let filing = Filing::of_new(creator, offices.into_iter().map(office).collect());
        let rule = if one { PublishRule::OneOffice } else { PublishRule::EveryOffice };
        let (by_key, itself) = (key.standing(&account), account.standing());
        for action in Action::ALL {
            for matter in [Matter::Newsroom, Matter::Release(&filing)] {
                if by_key.may(action, matter, rule) == Verdict::Allowed {
                    prop_assert_eq!(itself.may(action, matter, rule), Verdict::Allowed, "{:?}", action);
                }
            }
        }
    }
}
