//! Two releases and a bundle of theirs: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::desk::{for_instant, in_locale, somebody};
use super::super::*;
use super::ask::{Ask, asks, beginnings, locale, people};
use super::memory::Memory;
use crate::account::{Caller, PublishRule, Role};
use crate::release::{Stage, Translation};
use crate::{Instant, ReleaseId};

type Releases = BTreeMap<ReleaseId, Release>;

/// What happens between the scheduling of a bundle and its hour.
#[derive(Debug, Clone)]
enum Meanwhile {
    Nothing,
    Asked(usize, Ask),
    Imports(usize, &'static str),
    FourEyes,
    Suspended,
}

fn meanwhile() -> impl Strategy<Value = Meanwhile> {
    prop_oneof![
        3 => Just(Meanwhile::Nothing),
        2 => (0_usize..2, asks()).prop_map(|(which, ask)| Meanwhile::Asked(which, ask)),
        2 => (0_usize..2, locale()).prop_map(|(which, locale)| Meanwhile::Imports(which, locale)),
        1 => Just(Meanwhile::FourEyes),
        1 => Just(Meanwhile::Suspended),
    ]
}

fn publisher() -> Caller {
    let [.., publisher] = people();
    publisher
}

/// A release after all that was asked of it and could be done.
fn lived(desk: &mut Desk, asks: &[Ask]) -> (Release, Memory) {
    let mut memory = Memory::default();
    let mut release = desk.create(titled("title 0."));
    memory.look_at(&release).unwrap();
    for (number, ask) in asks.iter().enumerate() {
        let title = format!("title {}.", number + 1);
        if let Ok(after) = ask.come(desk, &memory, &publisher(), &release, &title) {
            memory.look_at_what_came(ask, &release, &after).unwrap();
            release = after;
        }
    }
    (release, memory)
}

/// What is to be done to all that a bundle has.
fn step(at: Option<Instant>) -> BundleStep {
    let publish = PublishTranslation::default();
    match at {
        None => BundleStep::Publish(publish),
        Some(at) => BundleStep::Schedule(ScheduleTranslation {
            schedule: for_instant(at),
            publish,
        }),
    }
}

/// Whether all of it could be done one by one, originals first.
fn one_by_one(desk: &mut Desk, known: &Releases, items: &[BundleItem], at: Option<Instant>) -> bool {
    let mut releases = known.clone();
    let original = |item: &BundleItem| known[&item.release].original_locale.as_str() == item.locale;
    let (originals, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| original(item));
    let all = originals.into_iter().chain(others);
    let mut seen = BTreeSet::new();
    for item in all {
        let (locale, asked) = (item.locale.clone(), PublishTranslation::default());
        let step = match at {
            None => Step::Publish { locale, asked },
            Some(at) => desk::schedule(&locale, at),
        };
        let Ok(after) = desk.take_at(&publisher(), &releases[&item.release], item.seen, step) else {
            return false;
        };
        if !seen.insert((item.release, item.locale.clone())) {
            return false;
        }
        releases.insert(item.release, after);
    }
    !items.is_empty()
}

fn texts(releases: &Releases) -> BTreeMap<(ReleaseId, Locale), Translation> {
    let each = releases.iter().flat_map(|(id, release)| {
        let texts = release.translations.iter();
        texts.map(|(locale, text)| ((*id, locale.clone()), text.clone()))
    });
    each.collect()
}

/// A bundle's hour comes: all of it is live then, or all of it is given up.
fn hour_comes(
    desk: &mut Desk,
    planned: &Releases,
    decided: &DecidedBundle,
    people: &[Caller],
) -> Result<(), TestCaseError> {
    let bundle = decided.bundle.unwrap();
    desk.wait(10_000);
    let after = desk.when_bundle_is_due(planned, bundle, people);
    let (before, after) = (texts(planned), texts(&after));
    let mut went_live = BTreeSet::new();
    for (key, text) in &after {
        if !decided.translations.contains(key) {
            prop_assert_eq!(text, &before[key], "what is not in it stays");
            continue;
        }
        prop_assert_eq!(text.version, before[key].version + 1);
        let draft = before[key].draft.as_ref().unwrap();
        match &text.draft {
            None => prop_assert_eq!(&text.live.as_ref().unwrap().edition.text, &draft.edition.text),
            Some(failed) => {
                prop_assert!(
                    matches!(&failed.stage, Stage::Failed(failed) if Some(&failed.plan) == draft.stage.planned())
                );
                prop_assert_eq!(&text.live, &before[key].live);
            }
        }
        went_live.insert(text.draft.is_none());
    }
    prop_assert_eq!(went_live.len(), 1, "all of it or nothing");
    Ok(())
}

proptest! {
    #[test]
    fn a_bundle_goes_live_whole_or_not_at_all(
        lives in prop::collection::vec((beginnings(), prop::collection::vec(asks(), 0..6)), 2),
        chosen in prop::collection::vec(prop::bool::weighted(0.7), 6),
        odd in prop::option::weighted(0.15, (0_usize..2, locale())),
        is_scheduled in any::<bool>(),
        meanwhile in meanwhile(),
    ) {
        let mut desk = Desk::default();
        let lived: Vec<(Release, Memory)> = lives.into_iter().map(|(beginning, asks)| {
            lived(&mut desk, &[beginning, asks].concat())
        }).collect();
        let known: Releases = lived.iter().map(|(release, _)| (release.id, release.clone())).collect();
        // Some of the drafts that there are, and now and then something else.
        let drafts = (0_usize..2).flat_map(|which| ["en", "ru", "sq"].map(|locale| (which, locale)));
        let text_of = |(which, locale): (usize, &str)| lived[which].0.translations.get(&locale.parse::<Locale>().unwrap());
        let is_draft = |named: &(usize, &str)| text_of(*named).is_some_and(|text| text.draft.is_some());
        let named = drafts.filter(is_draft).zip(&chosen).filter(|(_, chosen)| **chosen);
        let items: Vec<BundleItem> = named.map(|(named, _)| named).chain(odd).map(|named| BundleItem {
            release: lived[named.0].0.id,
            locale: named.1.to_owned(),
            seen: text_of(named).map_or(0, |text| text.version),
        }).collect();
        let hour = is_scheduled.then(|| desk.in_seconds(5_000));
        let can = one_by_one(&mut desk, &known, &items, hour);
        let command = BundleCommand::Take { items: items.clone(), step: step(hour) };
        let decided = command.decide(&known, &publisher(), PublishRule::default(), &mut desk.context());
        prop_assert_eq!(decided.is_ok(), can, "{:?} of {:?}: {:?}", items, known, decided);
        let Ok(decided) = decided else { return Ok(()) };

        let mut planned = known.clone();
        planned.extend(decided.releases.clone());
        let (before, after) = (texts(&known), texts(&planned));
        for (key, text) in &after {
            let named = decided.translations.contains(key);
            prop_assert_eq!(text.version, before[key].version + i64::from(named));
            let plan = text.draft.as_ref().and_then(|draft| draft.stage.planned());
            match (named, hour) {
                (false, _) => prop_assert_eq!(text, &before[key]),
                (true, None) => prop_assert!(text.live.is_some() && text.draft.is_none()),
                (true, Some(at)) => {
                    prop_assert!(plan.is_some_and(|plan| plan.bundle == decided.bundle && plan.schedule.at == at));
                }
            }
        }
        if hour.is_none() {
            return Ok(());
        }

        let mut people = people().to_vec();
        match meanwhile {
            Meanwhile::Nothing => {}
            Meanwhile::Asked(which, ask) => {
                let (release, memory) = &lived[which];
                let administrator = somebody(0xe9, Role::Administrator);
                let known = planned[&release.id].clone();
                let bundled = known.in_bundle(decided.bundle.unwrap());
                if let Ok(after) = ask.come(&mut desk, memory, &administrator, &known, "meanwhile") {
                    prop_assert_eq!(after.in_bundle(decided.bundle.unwrap()), bundled, "nothing leaves it by itself");
                    planned.insert(release.id, after);
                }
            }
            Meanwhile::Imports(which, locale) => {
                let id = lived[which].0.id;
                let known = &planned[&id];
                let is_live = known.translations.contains_key(&locale.parse::<Locale>().unwrap())
                    && in_locale(known, locale).live.is_some();
                if is_live {
                    let after = desk.import(known, locale, "meanwhile").unwrap();
                    planned.insert(id, after);
                }
            }
            Meanwhile::FourEyes => desk.house.general.four_eyes = true,
            Meanwhile::Suspended => people.clear(),
        }
        hour_comes(&mut desk, &planned, &decided, &people)?;
    }
}
