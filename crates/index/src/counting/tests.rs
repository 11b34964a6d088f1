//! The index beside an oracle that keeps releases in a map and looks at each.

mod checkpoint;
mod oracle;
mod random;

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_domain::findable::FindableRelease;
use newsroom_domain::page::{End, PageRequest};
use newsroom_domain::{Reader, ReleaseId};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use self::oracle::Oracle;
use self::random::{Change, changes, filter, found, page, reader, release, release_of, release_published};
use super::{Feeder, Interval, Selection, State, new};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_answer_is_the_oracles_after_whatever_changes_and_kept_states_stay_as_they_were(
        loaded in prop::collection::vec(release(), 0..50),
        later in prop::collection::vec(changes(), 0..12),
        few in 0_u64..12,
        asked in filter(),
        found in prop::option::of(found()),
        pages in prop::collection::vec(page(), 6),
        reader in reader(),
    ) {
        let (index, mut feeder) = new();
        feeder.renumber_beyond(few);
        let mut oracle = Oracle::default();
        for portion in loaded.chunks(7) {
            feeder.load(portion.iter().cloned());
        }
        oracle.releases.extend(loaded.iter().map(|release| (release.id, release.clone())));
        prop_assert!(index.newest().is_none());
        feeder.feed([], 10);
        let mut kept = vec![(10, oracle.clone())];
        for (sequence, changes) in (11..).zip(later) {
            feeder.feed(changes.iter().map(Change::fed), sequence);
            for change in &changes {
                oracle.take(change);
            }
            kept.push((sequence, oracle.clone()));
        }
        for (sequence, oracle) in &kept {
            let state = index.at(*sequence).unwrap();
            same(&state, oracle, &asked, found.as_deref(), &pages, &reader)?;
        }
    }
}

/// Whether a state answers as the oracle does.
fn same(
    state: &Arc<State>,
    oracle: &Oracle,
    asked: &ResolvedFilter,
    found: Option<&[ReleaseId]>,
    pages: &[(ReleaseOrder, PageRequest)],
    reader: &Reader,
) -> Result<(), TestCaseError> {
    let numbers: Option<RoaringBitmap> = found.map(|found| found.iter().filter_map(|id| state.number(*id)).collect());
    let selection = state.select(asked, numbers.as_ref());
    let among = oracle.among(found);
    prop_assert_eq!(state.len(), oracle.releases.len() as u64);
    prop_assert_eq!(selection.total(), among.total(asked));
    prop_assert_eq!(selection.last_modified(), among.last_modified(asked));
    for (order, page) in pages {
        prop_assert_eq!(
            selection.page(*order, page),
            among.page(asked, *order, page),
            "{:?} {:?}",
            order,
            page
        );
    }
    prop_assert_eq!(selection.offices(), among.offices(asked));
    prop_assert_eq!(selection.themes(), among.themes(asked));
    prop_assert_eq!(selection.types(), among.types(asked));
    prop_assert_eq!(selection.locales(), among.locales(asked));
    prop_assert_eq!(selection.years(), among.years(asked));
    for interval in [Interval::Day, Interval::Month, Interval::Year] {
        prop_assert_eq!(selection.histogram(interval), among.histogram(asked, interval));
    }
    let ids = |list: &RoaringBitmap| list.iter().filter_map(|number| state.id(number)).collect();
    let shown: BTreeMap<_, _> = state
        .shown_in(reader)
        .iter()
        .map(|(locale, list)| (locale.clone(), ids(list)))
        .collect();
    prop_assert_eq!(shown, oracle.shown_in(reader));
    let readable: BTreeMap<_, _> = state
        .readable_in()
        .iter()
        .map(|(locale, list)| (locale.clone(), list.len()))
        .collect();
    prop_assert_eq!(
        readable,
        oracle.locales(&ResolvedFilter::default()).each.into_iter().collect()
    );
    for order in [ReleaseOrder::NewestFirst, ReleaseOrder::OldestFirst] {
        prop_assert_eq!(paged(&selection, order, oracle, End::Start), among.list(asked, order));
        prop_assert_eq!(paged(&selection, order, oracle, End::Finish), among.list(asked, order));
    }
    Ok(())
}

/// All of a selection, page by page on the cursors of what was found, from one end to the other.
fn paged(selection: &Selection, order: ReleaseOrder, oracle: &Oracle, end: End) -> Vec<ReleaseId> {
    let mut page = PageRequest {
        end,
        ..PageRequest::first(3)
    };
    let mut all = Vec::new();
    loop {
        let found = selection.page(order, &page);
        let on = if end == End::Start {
            found.has_next
        } else {
            found.has_previous
        };
        if end == End::Start {
            page.after = found.items.last().map(|id| oracle.position(*id));
            all.extend(found.items);
        } else {
            page.before = found.items.first().map(|id| oracle.position(*id));
            all.splice(0..0, found.items);
        }
        if !on {
            return all;
        }
    }
}

fn fed(releases: impl IntoIterator<Item = FindableRelease>, feeder: &mut Feeder, sequence: i64) {
    feeder.feed(
        releases.into_iter().map(|release| (release.id, Some(release))),
        sequence,
    );
}

fn listed(state: &Arc<State>) -> Vec<ReleaseId> {
    let page = PageRequest::first(100);
    state
        .select(&ResolvedFilter::default(), None)
        .page(ReleaseOrder::OldestFirst, &page)
        .items
}

#[test]
fn the_last_64_states_are_kept_and_none_between_them() {
    let (index, mut feeder) = new();
    assert_eq!(
        (feeder.sequence(), index.newest().map(|state| state.sequence())),
        (None, None)
    );
    for sequence in (2..=200).step_by(2) {
        feeder.feed([], sequence);
    }
    assert_eq!(
        (feeder.sequence(), index.newest().map(|state| state.sequence())),
        (Some(200), Some(200))
    );
    let kept: Vec<i64> = (0..=300).filter(|sequence| index.at(*sequence).is_some()).collect();
    assert_eq!(kept, (74..=200).step_by(2).collect::<Vec<i64>>());
}

#[test]
fn a_sequence_that_is_fed_again_takes_the_place_of_what_was_shown_from_there_on() {
    let (index, mut feeder) = new();
    for sequence in 1..=5 {
        fed([release_of(u128::try_from(sequence).unwrap())], &mut feeder, sequence);
    }
    fed([release_of(9)], &mut feeder, 3);
    let kept: Vec<_> = (0..=6)
        .filter_map(|sequence| index.at(sequence))
        .map(|state| (state.sequence(), state.len()))
        .collect();
    assert_eq!(kept, [(1, 1), (2, 2), (3, 6)]);
}

#[test]
fn a_release_that_comes_back_at_its_instant_has_its_number_again() {
    let (index, mut feeder) = new();
    feeder.load((1..=9).map(release_of));
    feeder.feed([], 1);
    let number = index.newest().unwrap().number(release_of(4).id);
    feeder.feed([(release_of(4).id, None)], 2);
    assert_eq!(index.newest().unwrap().number(release_of(4).id), None);
    fed([release_of(4)], &mut feeder, 3);
    assert_eq!(index.newest().unwrap().number(release_of(4).id), number);
    assert_eq!(
        listed(&index.newest().unwrap()),
        (1..=9).map(|id| release_of(id).id).collect::<Vec<_>>()
    );
}

#[test]
fn numbers_stay_until_too_many_are_out_of_order_and_the_generation_tells() {
    let (index, mut feeder) = new();
    feeder.renumber_beyond(3);
    feeder.load((10..=19).map(release_of));
    feeder.feed([], 1);
    let first = index.newest().unwrap();
    for (sequence, id) in (2..).zip([3, 2, 1]) {
        fed([release_of(id)], &mut feeder, sequence);
    }
    let with_strays = index.newest().unwrap();
    fed([release_of(4)], &mut feeder, 5);
    let renumbered = index.newest().unwrap();
    let told = |state: &Arc<State>| {
        (
            state.generation() - first.generation(),
            state.number(release_of(10).id),
            state.number(release_of(1).id),
        )
    };
    assert_eq!(told(&first), (0, Some(0), None));
    assert_eq!(told(&with_strays), (0, Some(0), Some(12)));
    assert_eq!(told(&renumbered), (1, Some(4), Some(0)));
    let ids = |from: &[u128]| from.iter().map(|id| release_of(*id).id).collect::<Vec<_>>();
    assert_eq!(listed(&with_strays)[..4], ids(&[1, 2, 3, 10]));
    assert_eq!(listed(&renumbered)[..5], ids(&[1, 2, 3, 4, 10]));
    assert_eq!(listed(&first), ids(&(10..=19).collect::<Vec<_>>()));
}

#[test]
fn more_than_one_chunk_of_numbers_is_found_changed_and_paged() {
    let (index, mut feeder) = new();
    // In the reverse of their order, so that a first load has to sort them.
    feeder.load((1..=20_000).rev().map(release_of));
    feeder.feed([], 1);
    let before = index.newest().unwrap();
    let mut moved = release_of(12_345);
    let newest = release_published(30_000, moved.published_at.micros() + 1_000_000_000_000);
    moved.updated_at = newest.updated_at;
    feeder.feed([(moved.id, Some(moved.clone())), (release_of(7).id, None)], 2);
    let after = index.newest().unwrap();
    let anything = ResolvedFilter::default();
    assert_eq!(
        before.select(&anything, None).last_modified(),
        Some(release_of(20_000).updated_at)
    );
    assert_eq!(after.select(&anything, None).last_modified(), Some(moved.updated_at));
    assert_eq!((before.len(), after.len()), (20_000, 19_999));
    let cursor = newsroom_domain::page::Position {
        at: moved.published_at,
        id: moved.id,
    };
    let page = PageRequest {
        after: Some(cursor),
        ..PageRequest::first(2)
    };
    let found = after.select(&anything, None).page(ReleaseOrder::NewestFirst, &page);
    assert_eq!(found.items, [release_of(12_344).id, release_of(12_343).id]);
    assert!((1..=20_000).all(|id| before.number(release_of(id).id).is_some()));
}
