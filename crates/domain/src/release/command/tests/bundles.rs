//! Bundles: all of it or nothing.

use std::collections::BTreeMap;

use super::desk::{for_instant, in_locale, publish, rebase, save, somebody, unschedule};
use super::refusals::said;
use super::*;
use crate::account::{Caller, OfficeScope, PublishRule, Role};
use crate::refusal::Denial;
use crate::release::StageName;
use crate::{BundleId, ReleaseId};

type Releases = BTreeMap<ReleaseId, Release>;

fn editor() -> Caller {
    somebody(0xe1, Role::Administrator)
}

/// Two releases: the first with a translation, all of it drafts, and the second with a newer draft beside what is live.
fn two(desk: &mut Desk) -> Releases {
    let first = desk.create(titled("Observers arrive"));
    let first = desk.add(&first, "ru", "Прибыли наблюдатели").unwrap();
    let second = published(desk);
    let second = desk.save(&second, "en", text("Observers arrived")).unwrap();
    [first, second]
        .into_iter()
        .map(|release| (release.id, release))
        .collect()
}

fn ids(releases: &Releases) -> [ReleaseId; 2] {
    let ids: Vec<ReleaseId> = releases.keys().copied().collect();
    ids.try_into().unwrap()
}

/// Translations at the versions that there are.
fn items(releases: &Releases, named: &[(ReleaseId, &str)]) -> Vec<BundleItem> {
    let item = |(id, locale): &(ReleaseId, &str)| BundleItem {
        release: *id,
        locale: (*locale).to_owned(),
        seen: in_locale(&releases[id], locale).version,
    };
    named.iter().map(item).collect()
}

/// All of both, a translation before its original.
fn everything(releases: &Releases) -> Vec<BundleItem> {
    let [first, second] = ids(releases);
    items(releases, &[(first, "ru"), (second, "en"), (first, "EN")])
}

fn ask(desk: &mut Desk, releases: &Releases, who: &Caller, command: &BundleCommand) -> Result<DecidedBundle, Denial> {
    command.decide(releases, who, PublishRule::default(), &mut desk.context())
}

fn publish_all(desk: &mut Desk, releases: &Releases, items: Vec<BundleItem>) -> Result<DecidedBundle, Denial> {
    let step = BundleStep::Publish(PublishTranslation::default());
    ask(desk, releases, &editor(), &BundleCommand::Take { items, step })
}

fn schedule_all(desk: &mut Desk, releases: &Releases, items: Vec<BundleItem>) -> Result<DecidedBundle, Denial> {
    let step = BundleStep::Schedule(ScheduleTranslation {
        schedule: for_instant(desk.in_seconds(60)),
        publish: PublishTranslation::default(),
    });
    ask(desk, releases, &editor(), &BundleCommand::Take { items, step })
}

/// Both releases scheduled together.
fn scheduled(desk: &mut Desk) -> (Releases, Releases, BundleId) {
    let before = two(desk);
    let decided = schedule_all(desk, &before, everything(&before)).unwrap();
    (before, decided.releases, decided.bundle.unwrap())
}

fn became(desk: &Desk, before: &Releases, after: &Releases) -> String {
    let each = after.iter().map(|(id, release)| desk.became(before.get(id), release));
    each.collect::<Vec<_>>().join("\n")
}

fn stages(releases: &Releases) -> Vec<Option<StageName>> {
    let texts = releases.values().flat_map(|release| release.translations.values());
    texts
        .map(|text| text.draft.as_ref().map(|draft| draft.stage.name()))
        .collect()
}

#[test]
fn a_bundle_goes_live_at_once_originals_first_whatever_order_it_is_named_in() {
    let mut desk = Desk::default();
    let before = two(&mut desk);
    let [first, second] = ids(&before);
    let decided = publish_all(&mut desk, &before, everything(&before)).unwrap();
    assert_eq!(decided.bundle, None);
    let locale = |tag: &str| tag.parse::<Locale>().unwrap();
    assert_eq!(
        decided.translations,
        [(first, locale("ru")), (second, locale("en")), (first, locale("en"))]
    );
    insta::assert_snapshot!(became(&desk, &before, &decided.releases));
}

#[test]
fn one_that_stands_in_the_way_is_named_and_nothing_is_done() {
    let mut desk = Desk::default();
    let before = two(&mut desk);
    let [first, second] = ids(&before);
    let mut refused = |releases: &Releases, items: Vec<BundleItem>| {
        let published = said(publish_all(&mut desk, releases, items.clone()).unwrap_err());
        published + &said(schedule_all(&mut desk, releases, items).unwrap_err())
    };
    let mut out = refused(&before, Vec::new());
    out += &refused(&before, items(&before, &[(first, "ru"); 101]));
    out += &refused(&before, items(&before, &[(second, "en"), (first, "en"), (first, "en")]));
    out += &refused(&before, items(&before, &[(second, "en"), (first, "ru")]));
    let mut twice = items(&before, &[(second, "en"), (first, "en"), (first, "EN")]);
    twice[2].seen += 1;
    out += &refused(&before, twice);
    let mut stale = everything(&before);
    stale[1].seen = 1;
    out += &refused(&before, stale);
    let nowhere = |locale: &str| BundleItem {
        release: first,
        locale: locale.into(),
        seen: 1,
    };
    out += &refused(&before, vec![nowhere("sq")]);
    out += &refused(&before, vec![nowhere("not a tag")]);
    let mut unknown = before.clone();
    unknown.remove(&second);
    out += &refused(&unknown, everything(&before));
    insta::assert_snapshot!(out);
}

#[test]
fn what_is_said_of_all_is_told_at_its_own_path_and_what_is_wrong_with_one_at_that_ones() {
    let mut desk = Desk::default();
    let mut before = two(&mut desk);
    let [first, second] = ids(&before);
    let later = SharedFields {
        published_at: set(Some("2027-01-01T00:00:00Z".into())),
        ..SharedFields::default()
    };
    let refiled = desk.refile(&before[&second], later).unwrap();
    before.insert(second, refiled);
    let items = items(&before, &[(first, "en"), (second, "en")]);
    let mut out = said(publish_all(&mut desk, &before, items.clone()).unwrap_err());
    let step = BundleStep::Schedule(ScheduleTranslation {
        schedule: for_instant(desk::at(0)),
        publish: PublishTranslation {
            correction: Some(Correction {
                level: CorrectionLevel::Minor,
                change_note: Some("A note.".into()),
            }),
            emergency: Some(String::new()),
            waive: Vec::new(),
        },
    });
    out += &said(ask(&mut desk, &before, &editor(), &BundleCommand::Take { items, step }).unwrap_err());
    insta::assert_snapshot!(out);
}

#[test]
fn a_bundle_is_for_those_who_may_publish_all_of_it() {
    let mut desk = Desk::default();
    let mut before = two(&mut desk);
    let [first, second] = ids(&before);
    for (id, office) in [(first, "odihr"), (second, "vienna")] {
        let filed = SharedFields {
            offices: set(vec![office.into()]),
            ..SharedFields::default()
        };
        let filed = desk.refile(&before[&id], filed).unwrap();
        before.insert(id, desk.publish(&filed, "en").unwrap());
        let newer = desk.save(&before[&id], "en", text("Newer")).unwrap();
        before.insert(id, newer);
    }
    let of = |role, offices: &[u128]| {
        let mut who = somebody(0xe2, role);
        let offices = offices.iter().map(|n| uuid::Uuid::from_u128(*n).into());
        who.standing.scope = OfficeScope::Only(offices.collect());
        who
    };
    let items = items(&before, &[(first, "en"), (second, "en")]);
    let take = |step| BundleCommand::Take {
        items: items.clone(),
        step,
    };
    let publishing = take(BundleStep::Publish(PublishTranslation::default()));
    let both = of(Role::Publisher, &[0xa1, 0xa2]);
    assert!(ask(&mut desk, &before, &both, &publishing).is_ok());
    let scheduling = take(BundleStep::Schedule(ScheduleTranslation {
        schedule: for_instant(desk.in_seconds(60)),
        publish: PublishTranslation::default(),
    }));
    let decided = ask(&mut desk, &before, &both, &scheduling).unwrap();
    let calling_off = BundleCommand::Unschedule(decided.bundle.unwrap());
    let mut out = String::new();
    for who in [of(Role::Publisher, &[0xa1]), of(Role::Editor, &[0xa1, 0xa2])] {
        out += &said(ask(&mut desk, &before, &who, &publishing).unwrap_err());
        out += &said(ask(&mut desk, &decided.releases, &who, &calling_off).unwrap_err());
    }
    out += &said(ask(&mut desk, &before, &both, &calling_off).unwrap_err());
    assert!(ask(&mut desk, &decided.releases, &both, &calling_off).is_ok());
    insta::assert_snapshot!(out, @"
    not found
    not found
    forbidden: you may not publish this: ask a publisher of all its offices
    forbidden: you may not publish this: ask a publisher of all its offices
    not found
    ");
}

#[test]
fn what_is_scheduled_together_goes_live_together() {
    let mut desk = Desk::default();
    let (before, planned, bundle) = scheduled(&mut desk);
    desk.wait(100);
    for release in planned.values() {
        assert_eq!(
            release.due(None, desk.in_seconds(0)),
            [],
            "nothing of it is due by itself"
        );
    }
    let live = desk.when_bundle_is_due(&planned, bundle, &[editor()]);
    insta::assert_snapshot!([became(&desk, &before, &planned), became(&desk, &planned, &live)].join("\n"));
}

#[test]
fn what_one_of_them_cannot_none_does() {
    let mut desk = Desk::default();
    let (_, planned, bundle) = scheduled(&mut desk);
    let [_, second] = ids(&planned);
    let mut overtaken = planned.clone();
    let newer = desk.import(&planned[&second], "en", "Ten observers arrive").unwrap();
    overtaken.insert(second, newer);
    desk.wait(100);
    let failed = desk.when_bundle_is_due(&overtaken, bundle, &[editor()]);
    assert_eq!(stages(&failed), [Some(StageName::Failed); 3]);
    insta::assert_snapshot!(became(&desk, &overtaken, &failed));

    let failed = desk.when_bundle_is_due(&planned, bundle, &[]);
    assert_eq!(
        stages(&failed),
        [Some(StageName::Failed); 3],
        "whoever scheduled it is suspended"
    );
}

#[test]
fn what_is_in_a_bundle_is_not_edited_published_or_unscheduled_by_itself() {
    let mut desk = Desk::default();
    let (_, planned, bundle) = scheduled(&mut desk);
    let [first, _] = ids(&planned);
    for step in [
        save("en", "Other words"),
        publish("en"),
        unschedule("en"),
        desk::discard("en"),
        desk::submit("en"),
        desk::approve("en"),
        desk::request_changes("en", "Not so."),
        desk::schedule("en", desk.in_seconds(60)),
    ] {
        insta::allow_duplicates!(insta::assert_snapshot!(
            said(desk.take(&planned[&first], step).unwrap_err()),
            @"draft: the draft in en is scheduled for 2026-01-01T00:01:06Z: unschedule its bundle first"
        ));
    }
    let decided = ask(&mut desk, &planned, &editor(), &BundleCommand::Unschedule(bundle)).unwrap();
    assert_eq!(stages(&decided.releases), [Some(StageName::Approved); 3]);
    assert_eq!((decided.bundle, decided.translations.len()), (Some(bundle), 3));
    let again = ask(
        &mut desk,
        &decided.releases,
        &editor(),
        &BundleCommand::Unschedule(bundle),
    );
    assert_eq!(again, Err(Denial::NotFound));
}

#[test]
fn a_bundle_changes_those_releases_alone_that_are_in_it() {
    let mut desk = Desk::default();
    let (_, mut planned, bundle) = scheduled(&mut desk);
    let other = published(&mut desk);
    planned.insert(other.id, other.clone());
    let decided = ask(&mut desk, &planned, &editor(), &BundleCommand::Unschedule(bundle)).unwrap();
    assert!(!decided.releases.contains_key(&other.id));
}

#[test]
fn a_bundle_is_not_called_off_while_a_translation_outside_it_waits_for_its_original() {
    let mut desk = Desk::default();
    let before = two(&mut desk);
    let [first, second] = ids(&before);
    let of_bundle = items(&before, &[(first, "en"), (second, "en")]);
    let decided = schedule_all(&mut desk, &before, of_bundle).unwrap();
    let mut planned = decided.releases;
    let waiting = desk.schedule(&planned[&first], "ru", 600).unwrap();
    planned.insert(first, waiting.clone());
    let calling_off = BundleCommand::Unschedule(decided.bundle.unwrap());
    insta::assert_snapshot!(
        said(ask(&mut desk, &planned, &editor(), &calling_off).unwrap_err()),
        @"draft: the draft in ru is scheduled too, and goes live after the original: unschedule that first"
    );
    let freed = desk.take(&waiting, unschedule("ru")).unwrap();
    planned.insert(first, freed);
    assert!(ask(&mut desk, &planned, &editor(), &calling_off).is_ok());
}

#[test]
fn a_bundle_that_failed_is_mended_and_scheduled_again() {
    let mut desk = Desk::default();
    let (before, mut planned, bundle) = scheduled(&mut desk);
    let [_, second] = ids(&planned);
    let newer = desk.import(&planned[&second], "en", "Ten observers arrive").unwrap();
    planned.insert(second, newer);
    desk.wait(100);
    let mut failed = desk.when_bundle_is_due(&planned, bundle, &[editor()]);
    let live = in_locale(&before[&second], "en").live.clone().unwrap();
    desk.earlier = Some(crate::release::Earlier {
        translation: in_locale(&before[&second], "en").id,
        edition: live.edition,
    });
    let rebased = desk
        .take(&failed[&second], rebase("en", &[(DraftField::Title, Side::Draft)]))
        .unwrap();
    failed.insert(second, rebased);
    let decided = schedule_all(&mut desk, &failed, everything(&failed)).unwrap();
    desk.wait(100);
    let live = desk.when_bundle_is_due(&decided.releases, decided.bundle.unwrap(), &[editor()]);
    assert_eq!(stages(&live), [None; 3]);
}
