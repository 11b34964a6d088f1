//! Whose eyes the rules of the house ask for, and who may take which step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use uuid::Uuid;

use super::desk::{
    approve, discard, endorse, in_emergency, in_locale, publish, publish_in_emergency, request_changes, save,
    schedule_as, shown, somebody, submit, take_down, unschedule,
};
use super::refusals::refused;
use super::*;
use crate::account::{Caller, OfficeScope, PublishRule, Role};
use crate::house::{HouseBook, HouseRules, RequiredLanguages};
use crate::release::{Edition, Stage, StageName};

/// Who writes.
fn writer() -> Caller {
    somebody(0xe1, Role::Publisher)
}

/// Who writes now and then.
fn colleague() -> Caller {
    somebody(0xe2, Role::Publisher)
}

/// Who has written nothing.
fn second() -> Caller {
    somebody(0xe3, Role::Publisher)
}

fn editor() -> Caller {
    somebody(0xe4, Role::Editor)
}

fn general(rules: HouseRules) -> HouseBook {
    HouseBook {
        general: rules,
        ..HouseBook::default()
    }
}

fn four_eyes() -> HouseBook {
    general(HouseRules {
        four_eyes: true,
        ..HouseRules::default()
    })
}

fn approved_by(role: Role) -> HouseBook {
    general(HouseRules {
        approval: Some(role),
        ..HouseRules::default()
    })
}

fn desk_with(house: HouseBook) -> Desk {
    let mut desk = Desk::default();
    desk.house = house;
    desk
}

fn writers(release: &Release, locale: &str) -> BTreeSet<u128> {
    let draft = in_locale(release, locale).draft.as_ref().unwrap();
    draft.writers.iter().map(|account| account.uuid().as_u128()).collect()
}

fn waits_for_a_second(release: &Release, locale: &str) -> bool {
    let live = in_locale(release, locale).live.as_ref();
    live.is_some_and(|live| live.emergency.is_some())
}

#[test]
fn nobody_publishes_what_they_wrote_or_changed() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let changed = desk
        .take_as(&colleague(), &draft, save("en", "Ten observers arrive"))
        .unwrap();
    assert_eq!(writers(&changed, "en"), BTreeSet::from([0xe1, 0xe2]));
    let soon = desk::schedule("en", desk.in_seconds(600));
    let mut out = String::new();
    for who in [writer(), colleague()] {
        for step in [publish("en"), soon.clone(), approve("en")] {
            out += &refused(desk.take_as(&who, &changed, step));
        }
    }
    insta::assert_snapshot!(out);
    for step in [publish("en"), soon, approve("en")] {
        assert!(desk.take_as(&second(), &changed, step).is_ok());
    }
    // Somebody else's approval is not somebody else's publishing.
    let approved = desk.take_as(&second(), &changed, approve("en")).unwrap();
    assert!(refused(desk.take_as(&writer(), &approved, publish("en"))).starts_with("forbidden: you have written"));
}

#[test]
fn who_wrote_what_is_live_may_publish_what_others_change() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let live = desk.take_as(&second(), &draft, publish("en")).unwrap();
    let newer = desk
        .take_as(&second(), &live, save("en", "Ten observers arrive"))
        .unwrap();
    assert_eq!(writers(&newer, "en"), BTreeSet::from([0xe3]));
    assert!(desk.take_as(&second(), &newer, publish("en")).is_err());
    assert!(desk.take_as(&writer(), &newer, publish("en")).is_ok());
    // A translation has writers of its own.
    let russian = desk.take_as(&second(), &live, add("ru")).unwrap();
    assert!(desk.take_as(&second(), &russian, publish("ru")).is_err());
    assert!(desk.take_as(&writer(), &russian, publish("ru")).is_ok());
}

fn add(locale: &str) -> Step {
    Step::AddTranslation(AddTranslation {
        locale: locale.into(),
        text: text("Прибыли наблюдатели"),
    })
}

#[test]
fn an_emergency_stays_on_the_list_until_a_second_one_has_approved_it() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let draft = desk
        .take_as(&colleague(), &draft, save("en", "Ten observers arrive"))
        .unwrap();
    let live = desk
        .take_as(&writer(), &draft, publish_in_emergency("en", "Nobody is here."))
        .unwrap();
    let mut out = desk.became(Some(&draft), &live);
    for who in [writer(), colleague(), editor()] {
        out += &refused(desk.take_as(&who, &live, endorse("en")));
    }
    let newer = desk
        .take_as(&second(), &live, save("en", "Twelve observers arrive"))
        .unwrap();
    let newer = desk.take_as(&colleague(), &newer, publish("en")).unwrap();
    assert!(
        waits_for_a_second(&newer, "en"),
        "what came after does not make it good"
    );
    let seen = desk.take_as(&second(), &newer, endorse("en")).unwrap();
    out += &desk.became(Some(&newer), &seen);
    out += &refused(desk.take_as(&second(), &seen, endorse("en")));
    insta::assert_snapshot!(out);
}

#[test]
fn two_emergencies_wait_for_somebody_who_is_behind_neither() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let live = desk
        .take_as(&writer(), &draft, publish_in_emergency("en", "Nobody is here."))
        .unwrap();
    let newer = desk
        .take_as(&colleague(), &live, save("en", "Ten observers arrive"))
        .unwrap();
    let live = desk
        .take_as(&colleague(), &newer, publish_in_emergency("en", "Still nobody."))
        .unwrap();
    for who in [writer(), colleague()] {
        assert!(
            refused(desk.take_as(&who, &live, endorse("en"))).starts_with("forbidden: you have written or published")
        );
    }
    assert!(desk.take_as(&second(), &live, endorse("en")).is_ok());
}

#[test]
fn no_emergency_is_kept_where_nothing_was_in_the_way() {
    for (house, who) in [(HouseBook::default(), writer()), (four_eyes(), second())] {
        let mut desk = desk_with(house);
        let draft = desk.create(titled("Observers arrive"));
        let live = desk
            .take_as(&who, &draft, publish_in_emergency("en", "To be sure."))
            .unwrap();
        assert!(!waits_for_a_second(&live, "en"));
    }
    let mut desk = desk_with(approved_by(Role::Editor));
    let draft = desk.create(titled("Observers arrive"));
    let approved = desk.take_as(&editor(), &draft, approve("en")).unwrap();
    let live = desk
        .take_as(&writer(), &approved, publish_in_emergency("en", "To be sure."))
        .unwrap();
    assert!(!waits_for_a_second(&live, "en"));
    let live = desk
        .take_as(&writer(), &draft, publish_in_emergency("en", "It burns."))
        .unwrap();
    assert!(waits_for_a_second(&live, "en"));
}

#[test]
fn an_emergency_may_be_scheduled_and_its_reason_must_say_something() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let soon = desk.in_seconds(60);
    let planned = desk
        .take_as(&writer(), &draft, schedule_as("en", soon, in_emergency("It burns.")))
        .unwrap();
    desk.wait(100);
    let live = desk.when_due(&planned, &[writer()]);
    insta::assert_snapshot!(desk.became(Some(&planned), &live));
    assert!(desk.take_as(&writer(), &live, endorse("en")).is_err());
    insta::assert_snapshot!(
        refused(desk.take_as(&writer(), &draft, publish_in_emergency("en", " "))),
        @"emergency EMPTY: a note must not be empty"
    );
}

#[test]
fn what_is_published_has_been_approved_where_the_rules_say_so() {
    let mut desk = desk_with(approved_by(Role::Publisher));
    let draft = desk.create(titled("Observers arrive"));
    let soon = desk::schedule("en", desk.in_seconds(600));
    let mut out = refused(desk.take_as(&second(), &draft, publish("en")));
    out += &refused(desk.take_as(&second(), &draft, soon.clone()));
    let submitted = desk.take(&draft, submit("en")).unwrap();
    out += &refused(desk.take_as(&second(), &submitted, publish("en")));
    out += &refused(desk.take_as(&editor(), &submitted, approve("en")));
    let approved = desk.take_as(&second(), &submitted, approve("en")).unwrap();
    for step in [publish("en"), soon] {
        assert!(desk.take_as(&writer(), &approved, step).is_ok());
    }
    let saved = desk.save(&approved, "en", text("Ten observers arrive")).unwrap();
    let faulty = Some(Correction {
        level: CorrectionLevel::Major,
        change_note: None,
    });
    out += &refused(desk.publish_as(&saved, "en", faulty));
    out += &refused(desk.take_as(&second(), &saved, publish("en")));
    insta::assert_snapshot!(out);
}

#[test]
fn a_second_approval_is_of_the_role_that_the_first_would_have_been() {
    let mut desk = desk_with(approved_by(Role::Administrator));
    let draft = desk.create(titled("Observers arrive"));
    let live = desk
        .take_as(&writer(), &draft, publish_in_emergency("en", "It burns."))
        .unwrap();
    insta::assert_snapshot!(
        refused(desk.take_as(&second(), &live, endorse("en"))),
        @"forbidden: the rules of the house leave approving this to a higher role: see publishingRules"
    );
    assert!(
        desk.take_as(&somebody(0xe5, Role::Administrator), &live, endorse("en"))
            .is_ok()
    );
}

#[test]
fn scheduling_in_an_emergency_and_calling_it_off_approves_nothing() {
    let mut desk = desk_with(approved_by(Role::Administrator));
    let draft = desk.create(titled("Observers arrive"));
    let soon = desk.in_seconds(600);
    let planned = desk
        .take_as(&second(), &draft, schedule_as("en", soon, in_emergency("It burns.")))
        .unwrap();
    let called_off = desk.take_as(&second(), &planned, unschedule("en")).unwrap();
    let stage = in_locale(&called_off, "en").draft.as_ref().unwrap().stage.name();
    assert_eq!(stage, StageName::Written);
    assert!(desk.take_as(&second(), &called_off, publish("en")).is_err());

    // Nor does it where the rules have come meanwhile.
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let planned = desk.schedule(&draft, "en", 600).unwrap();
    desk.house = approved_by(Role::Publisher);
    let called_off = desk.take_as(&second(), &planned, unschedule("en")).unwrap();
    assert!(desk.take_as(&second(), &called_off, publish("en")).is_err());
}

#[test]
fn required_languages_are_there_before_the_original_first_goes_live() {
    let mut desk = Desk::default();
    let russian = |content_type, within_hours, locale: &str| RequiredLanguages {
        content_type,
        locales: BTreeSet::from(["en".parse().unwrap(), locale.parse().unwrap()]),
        within_hours,
    };
    let news = Some(Uuid::from_u128(0xa4).into());
    desk.house = general(HouseRules {
        languages: vec![russian(news, 0, "ru"), russian(None, 24, "sq")],
        ..HouseRules::default()
    });
    let spot = desk.create(titled("Observers arrive"));
    assert!(
        desk.publish(&spot, "en").is_ok(),
        "the rule is for news alone, and the other leaves a day"
    );
    let of_news = SharedFields {
        content_type: set(Some("news".into())),
        ..SharedFields::default()
    };
    let alone = desk.refile(&spot, of_news).unwrap();
    let mut out = refused(desk.take(&alone, publish("en")));
    out += &refused(desk.schedule(&alone, "en", 60));
    out += &refused(desk.take(&alone, publish_in_emergency("en", "It burns.")));
    let both = desk.add(&alone, "ru", "Прибыли наблюдатели").unwrap();
    let dropped = desk.take(&both, discard("ru")).unwrap();
    out += &refused(desk.take(&dropped, publish("en")));
    insta::assert_snapshot!(out);
    let live = desk.publish(&both, "en").unwrap();
    let dropped = desk.take(&live, discard("ru")).unwrap();
    let newer = desk.save(&dropped, "en", text("Ten observers arrive")).unwrap();
    assert!(
        desk.publish(&newer, "en").is_ok(),
        "what is live is corrected without more ado"
    );
}

#[test]
fn the_rules_of_an_office_hold_where_readers_or_the_desk_have_it() {
    let vienna = Uuid::from_u128(0xa2).into();
    let mut desk = desk_with(HouseBook {
        of_offices: BTreeMap::from([(vienna, four_eyes().general)]),
        ..HouseBook::default()
    });
    let under = |office: &[&str]| SharedFields {
        offices: set(office.iter().map(|office| (*office).to_owned()).collect()),
        ..SharedFields::default()
    };
    let draft = desk.create(titled("Observers arrive"));
    let live = desk.take_as(&writer(), &draft, publish("en")).unwrap();
    let coming = desk.refile(&live, under(&["odihr", "vienna"])).unwrap();
    assert!(desk.take_as(&writer(), &coming, publish("en")).is_err());
    let there = desk.take_as(&second(), &coming, publish("en")).unwrap();
    let leaving = desk.refile(&there, under(&["odihr"])).unwrap();
    assert!(desk.take_as(&writer(), &leaving, publish("en")).is_err());
    let gone = desk.take_as(&second(), &leaving, publish("en")).unwrap();
    let newer = desk.save(&gone, "en", text("Ten observers arrive")).unwrap();
    assert!(desk.take_as(&writer(), &newer, publish("en")).is_ok());
}

#[test]
fn rules_that_have_come_meanwhile_hold_at_the_hour() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let planned = desk.schedule(&draft, "en", 60).unwrap();
    desk.wait(100);
    let languages = general(HouseRules {
        languages: vec![RequiredLanguages {
            content_type: None,
            locales: BTreeSet::from(["ru".parse().unwrap()]),
            within_hours: 0,
        }],
        ..HouseRules::default()
    });
    let mut out = String::new();
    for house in [four_eyes(), approved_by(Role::Editor), languages] {
        desk.house = house;
        let failed = desk.when_due(&planned, &[writer()]);
        match &in_locale(&failed, "en").draft.as_ref().unwrap().stage {
            Stage::Failed(failed) => writeln!(out, "{}", failed.reason).unwrap(),
            stage => panic!("{stage:?}"),
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn who_wrote_a_text_is_behind_it_wherever_it_comes_back() {
    let mut desk = desk_with(four_eyes());
    let draft = desk.create(titled("Observers arrive"));
    let dropped = desk.take_as(&colleague(), &draft, discard("en")).unwrap();
    let again = desk
        .take_as(&colleague(), &dropped, save("en", "Ten observers arrive"))
        .unwrap();
    assert_eq!(
        writers(&again, "en"),
        BTreeSet::from([0xe1, 0xe2]),
        "it goes on from what was discarded"
    );

    let edition = shown(&draft, "en");
    let step = desk.restoring(&dropped, "en", &edition, None);
    let restored = desk.take_as(&colleague(), &dropped, step).unwrap();
    assert_eq!(writers(&restored, "en"), BTreeSet::from([0xe1, 0xe2]));

    let command = ReleaseCommand::Duplicate(draft.id);
    let decided = command.decide(Some(&draft), &colleague(), PublishRule::default(), &mut desk.context());
    assert_eq!(writers(&decided.unwrap().release, "en"), BTreeSet::from([0xe1, 0xe2]));
    let live = desk.take_as(&second(), &draft, publish("en")).unwrap();
    let decided = command.decide(Some(&live), &colleague(), PublishRule::default(), &mut desk.context());
    assert_eq!(
        writers(&decided.unwrap().release, "en"),
        BTreeSet::from([0xe2]),
        "others have seen what is live"
    );
}

#[test]
fn who_may_take_which_step() {
    let mut desk = Desk::default();
    let author = somebody(0xe1, Role::Author);
    let another = somebody(0xe6, Role::Author);
    let elsewhere = Caller {
        standing: crate::account::Standing {
            scope: OfficeScope::Only(BTreeSet::from([Uuid::from_u128(0xa1).into()])),
            ..editor().standing
        },
        ..editor()
    };
    let filed = SharedFields {
        offices: set(vec!["vienna".into()]),
        ..SharedFields::default()
    };
    let draft = desk.create(CreateRelease {
        shared: filed,
        ..titled("Observers arrive")
    });
    let submitted = desk.take_as(&author, &draft, submit("en")).unwrap();
    let live = desk.publish(&draft, "en").unwrap();
    let newer = desk.save(&live, "en", text("Ten observers arrive")).unwrap();
    let soon = desk::schedule("en", desk.in_seconds(600));
    let planned = desk.take(&submitted, soon.clone()).unwrap();
    let mut out = String::new();
    let mut say = |name: &str, who: &Caller, release: &Release, step: Step| {
        let said = match desk.take_as(who, release, step) {
            Ok(_) => "yes\n".to_owned(),
            Err(denial) => refusals::said(denial),
        };
        write!(out, "{name}: {said}").unwrap();
    };
    for (name, release, step) in [
        ("submit", &draft, submit("en")),
        ("submit what is live", &newer, submit("en")),
        ("request changes", &submitted, request_changes("en", "How many?")),
        ("approve", &submitted, approve("en")),
        ("publish", &submitted, publish("en")),
        ("schedule", &submitted, soon),
        ("unschedule", &planned, unschedule("en")),
        ("discard", &draft, discard("en")),
        ("take down", &newer, take_down("en")),
        ("endorse", &newer, endorse("en")),
    ] {
        say(&format!("{name}, its author"), &author, release, step.clone());
        say(&format!("{name}, another author"), &another, release, step.clone());
        say(
            &format!("{name}, an editor of another office"),
            &elsewhere,
            release,
            step.clone(),
        );
        say(&format!("{name}, an editor"), &editor(), release, step.clone());
        say(&format!("{name}, a publisher"), &second(), release, step);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn restoring_other_offices_needs_rights_on_both_sides() {
    let mut desk = Desk::default();
    let under = |office: &str| SharedFields {
        offices: set(vec![office.into()]),
        ..SharedFields::default()
    };
    let draft = desk.create(CreateRelease {
        shared: under("odihr"),
        ..titled("Observers arrive")
    });
    let edition: Edition = shown(&draft, "en");
    let moved = desk.refile(&draft, under("vienna")).unwrap();
    let of = |offices: &[u128]| {
        let mut who = editor();
        let offices = offices.iter().map(|n| Uuid::from_u128(*n).into());
        who.standing.scope = OfficeScope::Only(offices.collect());
        who
    };
    let step = desk.restoring(&moved, "en", &edition, None);
    insta::assert_snapshot!(
        refused(desk.take_as(&of(&[0xa2]), &moved, step.clone())),
        @"forbidden: you may not file this release so: that needs rights on the offices before and after"
    );
    assert!(desk.take_as(&of(&[0xa1, 0xa2]), &moved, step).is_ok());
}
