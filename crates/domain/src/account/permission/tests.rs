//! The table of permissions, cell by cell.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::release::test_desk::{Desk, original_version, set, titled};
use crate::release::{SharedFields, UpdateRelease};
use Action::{
    ChangeOffices, CreateRelease, EditRelease, KeepAccounts, KeepRules, KeepTaxonomy, KeepWebhooks, Publish, ReadAudit,
    ReadRelease, Reinstate, Remove, Review, Withdraw,
};
use Role::{Administrator, Author, Editor, Publisher};
use Verdict::{Allowed, Forbidden, Hidden};

fn office(n: u128) -> OfficeId {
    Uuid::from_u128(n).into()
}

fn account(n: u128) -> AccountId {
    Uuid::from_u128(n).into()
}

/// Somebody whose account is number 1, with the offices 1 and 2.
fn standing(role: Role) -> Standing {
    let scope = OfficeScope::Only(BTreeSet::from([office(1), office(2)]));
    Standing {
        account: account(1),
        role,
        scope,
    }
}

fn for_all_offices(role: Role) -> Standing {
    Standing {
        scope: OfficeScope::All,
        ..standing(role)
    }
}

/// A release of account `by`, in the offices of those numbers: `draft(1, &[2])`.
fn draft(by: u128, offices: &[u128]) -> Filing {
    Filing::of_new(account(by), offices.iter().copied().map(office).collect())
}

fn live(by: u128, offices: &[u128]) -> Filing {
    Filing {
        published: true,
        ..draft(by, offices)
    }
}

/// The same, to be filed otherwise.
fn then(filing: Filing, offices: &[u128]) -> Filing {
    filing.filed_under(offices.iter().copied().map(office).collect())
}

type Case = (Action, Role, Option<Filing>, Verdict);

fn say(cases: &mut Vec<Case>, action: Action, role: Role, cell: Vec<(Filing, Verdict)>) {
    cases.extend(
        cell.into_iter()
            .map(|(filing, verdict)| (action, role, Some(filing), verdict)),
    );
}

/// A case for each way in which a cell can come out. Account 1 has the offices 1 and 2, and no other.
fn cases() -> Vec<Case> {
    let mut cases = cases_of_authors();
    cases.extend(cases_of_editors());
    cases.extend(cases_of_review());
    cases.extend(cases_of_publishing());
    for action in [KeepTaxonomy, KeepAccounts, KeepRules, ReadAudit, KeepWebhooks] {
        for role in [Author, Editor, Publisher] {
            cases.push((action, role, None, Forbidden));
        }
        cases.push((action, Administrator, None, Allowed));
    }
    cases
}

fn cases_of_authors() -> Vec<Case> {
    let mut cases = Vec::new();
    say(
        &mut cases,
        ReadRelease,
        Author,
        vec![
            (draft(1, &[1]), Allowed),
            (draft(1, &[]), Allowed),
            (draft(1, &[9]), Allowed),
            (live(1, &[1]), Allowed),
            (draft(2, &[1]), Hidden),
            (live(2, &[1]), Hidden),
            (draft(2, &[]), Hidden),
        ],
    );
    say(
        &mut cases,
        CreateRelease,
        Author,
        vec![
            (draft(1, &[1]), Allowed),
            (draft(1, &[]), Allowed),
            (draft(1, &[1, 9]), Allowed),
            (draft(1, &[9]), Forbidden),
        ],
    );
    say(
        &mut cases,
        EditRelease,
        Author,
        vec![
            (draft(1, &[1]), Allowed),
            (draft(1, &[]), Allowed),
            (live(1, &[1]), Forbidden),
            (draft(2, &[1]), Hidden),
        ],
    );
    say(
        &mut cases,
        ChangeOffices,
        Author,
        vec![
            (then(draft(1, &[1]), &[2]), Allowed),
            (then(draft(1, &[1]), &[]), Allowed),
            (then(draft(1, &[]), &[1]), Allowed),
            (then(draft(1, &[1]), &[9]), Forbidden),
            (then(draft(1, &[9]), &[1]), Forbidden),
            (then(live(1, &[1]), &[2]), Forbidden),
            (then(draft(2, &[1]), &[2]), Hidden),
        ],
    );
    cases
}

fn cases_of_editors() -> Vec<Case> {
    let mut cases = Vec::new();
    for role in [Editor, Publisher] {
        say(
            &mut cases,
            ReadRelease,
            role,
            vec![
                (draft(2, &[1]), Allowed),
                (draft(2, &[9, 1]), Allowed),
                (live(2, &[2]), Allowed),
                (draft(1, &[9]), Allowed),
                (draft(1, &[]), Allowed),
                (draft(2, &[9]), Hidden),
                (live(2, &[9]), Hidden),
                (draft(2, &[]), Hidden),
            ],
        );
        say(
            &mut cases,
            CreateRelease,
            role,
            vec![
                (draft(1, &[1]), Allowed),
                (draft(1, &[]), Allowed),
                (draft(1, &[9]), Forbidden),
            ],
        );
        say(
            &mut cases,
            EditRelease,
            role,
            vec![
                (draft(2, &[1]), Allowed),
                (draft(2, &[1, 9]), Allowed),
                (live(2, &[1]), Allowed),
                (draft(1, &[]), Allowed),
                (live(1, &[]), Forbidden),
                (draft(2, &[9]), Hidden),
                (draft(2, &[]), Hidden),
            ],
        );
        say(
            &mut cases,
            ChangeOffices,
            role,
            vec![
                (then(draft(2, &[1]), &[2]), Allowed),
                (then(live(2, &[1]), &[2, 9]), Allowed),
                (then(draft(2, &[1]), &[9]), Forbidden),
                (then(draft(2, &[1]), &[]), Forbidden),
                (then(draft(2, &[9]), &[1]), Hidden),
            ],
        );
    }
    say(
        &mut cases,
        ReadRelease,
        Administrator,
        vec![(draft(2, &[9]), Allowed), (draft(2, &[]), Allowed)],
    );
    say(
        &mut cases,
        CreateRelease,
        Administrator,
        vec![(draft(1, &[9]), Allowed), (draft(1, &[]), Allowed)],
    );
    say(
        &mut cases,
        EditRelease,
        Administrator,
        vec![(draft(2, &[9]), Allowed), (live(2, &[]), Allowed)],
    );
    say(
        &mut cases,
        ChangeOffices,
        Administrator,
        vec![(then(draft(2, &[9]), &[]), Allowed)],
    );
    cases
}

fn cases_of_review() -> Vec<Case> {
    let mut cases = Vec::new();
    say(
        &mut cases,
        Review,
        Author,
        vec![
            (draft(1, &[1]), Forbidden),
            (draft(1, &[]), Forbidden),
            (draft(2, &[1]), Hidden),
        ],
    );
    for role in [Editor, Publisher] {
        say(
            &mut cases,
            Review,
            role,
            vec![
                (draft(2, &[1]), Allowed),
                (draft(1, &[1]), Allowed),
                (draft(2, &[9, 1]), Allowed),
                (live(2, &[2]), Allowed),
                (draft(1, &[9]), Forbidden),
                (draft(1, &[]), Forbidden),
                (draft(2, &[9]), Hidden),
                (draft(2, &[]), Hidden),
            ],
        );
    }
    say(
        &mut cases,
        Review,
        Administrator,
        vec![(draft(2, &[9]), Allowed), (live(2, &[]), Allowed)],
    );
    cases
}

fn cases_of_publishing() -> Vec<Case> {
    let mut cases = Vec::new();
    for action in [Publish, Withdraw, Remove, Reinstate] {
        say(
            &mut cases,
            action,
            Author,
            vec![(live(1, &[1]), Forbidden), (live(2, &[1]), Hidden)],
        );
        say(
            &mut cases,
            action,
            Editor,
            vec![(live(2, &[1]), Forbidden), (live(2, &[9]), Hidden)],
        );
        say(
            &mut cases,
            action,
            Publisher,
            vec![
                (live(2, &[1]), Allowed),
                (live(2, &[1, 2]), Allowed),
                (live(2, &[1, 9]), Forbidden),
                (live(1, &[]), Forbidden),
                (live(2, &[]), Hidden),
                (live(2, &[9]), Hidden),
            ],
        );
        say(
            &mut cases,
            action,
            Administrator,
            vec![(live(2, &[9]), Allowed), (live(2, &[]), Allowed)],
        );
    }
    say(
        &mut cases,
        Publish,
        Publisher,
        vec![
            (then(live(2, &[1]), &[2]), Allowed),
            (then(live(2, &[1]), &[2, 9]), Forbidden),
            (then(live(2, &[1, 9]), &[1]), Forbidden),
        ],
    );
    cases
}

fn verdict(standing: &Standing, action: Action, filing: Option<&Filing>) -> Verdict {
    let matter = filing.map_or(Matter::Newsroom, Matter::Release);
    standing.may(action, matter, PublishRule::EveryOffice)
}

#[test]
fn each_cell_says_what_its_cases_say() {
    for (action, role, filing, expected) in cases() {
        assert_eq!(
            verdict(&standing(role), action, filing.as_ref()),
            expected,
            "{action:?} by {role:?}: {filing:?}"
        );
    }
}

#[test]
fn no_cell_is_without_a_case_for_each_way_it_can_come_out() {
    let cases = cases();
    for action in Action::ALL {
        for (role, grant) in Role::ALL.into_iter().zip(action.grants()) {
            let of_cell = cases.iter().filter(|case| (case.0, case.1) == (action, role));
            let seen: BTreeSet<Verdict> = of_cell.map(|case| case.3).collect();
            let refused = seen.contains(&Forbidden) || seen.contains(&Hidden);
            let wanted = match grant {
                Grant::Nothing => refused && !seen.contains(&Allowed),
                Grant::Everything => seen.contains(&Allowed) && !refused,
                _ => seen.contains(&Allowed) && refused,
            };
            assert!(
                wanted,
                "{action:?} by {role:?} is {grant:?}, and its cases show {seen:?}"
            );
        }
    }
}

#[test]
fn each_role_may_what_those_before_it_may() {
    for (action, _, filing, _) in cases() {
        let allowed = Role::ALL.map(|role| verdict(&standing(role), action, filing.as_ref()) == Allowed);
        assert!(allowed.is_sorted(), "{action:?}: {filing:?}");
    }
}

#[test]
fn a_release_without_an_office_is_for_those_with_all_offices() {
    let filing = live(2, &[]);
    assert_eq!(verdict(&for_all_offices(Publisher), Publish, Some(&filing)), Allowed);
    assert_eq!(verdict(&for_all_offices(Editor), EditRelease, Some(&filing)), Allowed);
    assert_eq!(verdict(&for_all_offices(Editor), Review, Some(&filing)), Allowed);
    assert_eq!(verdict(&for_all_offices(Editor), Publish, Some(&filing)), Forbidden);
    assert_eq!(verdict(&for_all_offices(Author), EditRelease, Some(&filing)), Hidden);
}

#[test]
fn rights_on_one_office_are_enough_to_publish_where_that_is_set() {
    let may = |filing: &Filing| standing(Publisher).may(Publish, Matter::Release(filing), PublishRule::OneOffice);
    assert_eq!(may(&live(2, &[1, 9])), Allowed);
    assert_eq!(may(&then(live(2, &[1]), &[9])), Forbidden);
    assert_eq!(may(&live(2, &[])), Hidden);
}

/// A release of account 2 that is live under the office `0xa1`, and whose draft moves it to `0xa2`.
fn moving(desk: &mut Desk) -> (Release, Release) {
    let under = |office: &str| SharedFields {
        offices: set(vec![office.to_owned()]),
        ..SharedFields::default()
    };
    let mut asked = titled("Observers arrive");
    asked.shared = under("odihr");
    let created = desk.create(asked);
    let live = desk.publish(&created, "en").unwrap();
    let live = Release {
        created_by: Some(account(2)),
        ..live
    };
    let asked = UpdateRelease {
        shared: under("vienna"),
        ..UpdateRelease::default()
    };
    let seen = original_version(&live);
    let moved = live.update(&asked, seen, desk.editor(), &mut desk.context()).unwrap();
    (live, moved)
}

#[test]
fn a_draft_that_moves_a_release_needs_rights_on_both_sides() {
    let (live, moved) = moving(&mut Desk::default());
    let filing = Filing::of(&live);
    assert_eq!(filing, self::live(2, &[0xa1]));
    let moving = filing.clone().refiled_as(&moved).unwrap();
    assert_eq!(moving, then(filing.clone(), &[0xa2]));
    assert_eq!(filing.refiled_as(&live), None);

    let of = |role, offices: &[u128]| Standing {
        scope: OfficeScope::Only(offices.iter().copied().map(office).collect()),
        ..standing(role)
    };
    assert_eq!(verdict(&of(Editor, &[0xa1]), ChangeOffices, Some(&moving)), Forbidden);
    assert_eq!(
        verdict(&of(Editor, &[0xa1, 0xa2]), ChangeOffices, Some(&moving)),
        Allowed
    );

    let moved_filing = Filing::of(&moved);
    assert_eq!(verdict(&of(Editor, &[0xa1]), ReadRelease, Some(&moved_filing)), Allowed);
    assert_eq!(
        verdict(&of(Editor, &[0xa1]), EditRelease, Some(&moved_filing)),
        Forbidden
    );
    assert_eq!(verdict(&of(Editor, &[0xa2]), EditRelease, Some(&moved_filing)), Allowed);

    // The original takes its new office live, a translation does not.
    let original = moved_filing.clone().publishing(&moved, &"en".parse().unwrap());
    let translation = moved_filing.publishing(&moved, &"ru".parse().unwrap());
    assert_eq!(verdict(&of(Publisher, &[0xa1]), Publish, Some(&original)), Forbidden);
    assert_eq!(verdict(&of(Publisher, &[0xa2]), Publish, Some(&original)), Forbidden);
    assert_eq!(
        verdict(&of(Publisher, &[0xa1, 0xa2]), Publish, Some(&original)),
        Allowed
    );
    assert_eq!(verdict(&of(Publisher, &[0xa1]), Publish, Some(&translation)), Allowed);
}

#[test]
fn a_list_has_what_the_table_lets_somebody_read_and_nothing_else() {
    let (live, moved) = moving(&mut Desk::default());
    let mut unfiled = Desk::default();
    let unfiled = unfiled.create(titled("Filed nowhere"));
    let scopes = [
        OfficeScope::All,
        OfficeScope::Only(BTreeSet::new()),
        OfficeScope::Only([office(0xa1)].into()),
        OfficeScope::Only([office(0xa2)].into()),
    ];
    for release in [live, moved, unfiled] {
        for role in Role::ALL {
            for scope in &scopes {
                for by in [account(1), account(2)] {
                    let caller = Standing {
                        account: by,
                        role,
                        scope: scope.clone(),
                    };
                    let said = verdict(&caller, ReadRelease, Some(&Filing::of(&release))) == Allowed;
                    assert_eq!(caller.readable().includes(&release), said, "{caller:?} {release:?}");
                }
            }
        }
    }
}

#[test]
fn a_role_is_read_back_from_its_name() {
    for role in Role::ALL {
        assert_eq!(Role::from_name(role.as_str()), Some(role));
    }
    assert_eq!(Role::from_name("Author"), None);
}

#[test]
fn the_table_is_printed_whole() {
    insta::assert_snapshot!(permissions_as_markdown());
}
