//! Random archives, changes, filters and pages, of few instants and values so that they meet.

use newsroom_domain::change::Facets;
use newsroom_domain::filter::{AnyOf, ReleaseOrder, ResolvedFilter};
use newsroom_domain::findable::FindableRelease;
use newsroom_domain::page::{End, PageRequest, Position};
use newsroom_domain::{Fallbacks, Instant, Locale, Reader, ReleaseId, Zone};
use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;

pub(super) const VALUES: u128 = 5;
pub(super) const LOCALES: [&str; 5] = ["en", "fr", "ru", "sr", "sr-Latn"];

/// What is done to a release.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Put(FindableRelease),
    Remove(ReleaseId),
}

impl Change {
    pub(super) fn fed(&self) -> (ReleaseId, Option<FindableRelease>) {
        match self {
            Self::Put(release) => (release.id, Some(release.clone())),
            Self::Remove(id) => (*id, None),
        }
    }
}

pub(super) fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

fn id() -> impl Strategy<Value = ReleaseId> {
    (1_u128..=30).prop_map(|id| Uuid::from_u128(id).into())
}

/// Steps of 17 days and 3 hours from 2019 on.
fn instant() -> impl Strategy<Value = Instant> {
    (0_i64..60).prop_map(|step| Instant::from_micros((1_550_000_000 + step * 1_479_600) * 1_000_000).unwrap())
}

fn values<T: From<Uuid> + std::fmt::Debug + Clone>() -> impl Strategy<Value = Vec<T>> {
    let all: Vec<u128> = (1..=VALUES).collect();
    // Mostly few.
    let some = prop_oneof![3 => subsequence(all.clone(), 0..=2), 1 => subsequence(all, 0..=5)];
    some.prop_map(|values| values.into_iter().map(|value| Uuid::from_u128(value).into()).collect())
}

fn locales(least: usize) -> impl Strategy<Value = Vec<Locale>> {
    subsequence(LOCALES.map(locale).to_vec(), least..=3)
}

pub(super) fn release() -> impl Strategy<Value = FindableRelease> {
    let facets = (values(), values(), prop::option::of(1..=VALUES), locales(1));
    (id(), instant(), facets, instant(), any::<prop::sample::Index>()).prop_map(
        |(id, published_at, (offices, themes, content_type, locales), updated_at, original)| FindableRelease {
            id,
            published_at,
            publishing_date: Zone::default().day_of(published_at),
            original_locale: original.get(&locales).clone(),
            facets: Facets {
                offices: offices.into_iter().collect(),
                themes: themes.into_iter().collect(),
                content_type: content_type.map(|value| Uuid::from_u128(value).into()),
                locales: locales.into_iter().collect(),
            },
            updated_at,
        },
    )
}

pub(super) fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(
        prop_oneof![3 => release().prop_map(Change::Put), 1 => id().prop_map(Change::Remove)],
        0..6,
    )
}

fn any_of<T: From<Uuid> + std::fmt::Debug + Clone>() -> impl Strategy<Value = AnyOf<T>> {
    let asked = (values(), prop::bool::weighted(0.2)).prop_map(|(values, none)| AnyOf { values, none });
    prop_oneof![1 => Just(AnyOf { values: Vec::new(), none: false }), 1 => asked]
}

pub(super) fn filter() -> impl Strategy<Value = ResolvedFilter> {
    let dates = (
        prop::option::weighted(0.3, instant()),
        prop::option::weighted(0.3, instant()),
    );
    let asked_locales = prop_oneof![1 => Just(Vec::new()), 1 => locales(0)];
    (any_of(), any_of(), any_of(), asked_locales, dates).prop_map(
        |(offices, themes, types, locales, (from, before))| ResolvedFilter {
            offices,
            themes,
            types,
            locales,
            from,
            before,
        },
    )
}

pub(super) fn found() -> impl Strategy<Value = Vec<ReleaseId>> {
    prop::collection::vec(id(), 0..25)
}

fn position() -> impl Strategy<Value = Position> {
    (instant(), id()).prop_map(|(at, id)| Position { at, id })
}

pub(super) fn page() -> impl Strategy<Value = (ReleaseOrder, PageRequest)> {
    let order = prop_oneof![Just(ReleaseOrder::NewestFirst), Just(ReleaseOrder::OldestFirst)];
    let end = prop_oneof![Just(End::Start), Just(End::Finish)];
    let cursors = (prop::option::of(position()), prop::option::of(position()));
    (order, 0_u64..8, end, cursors).prop_map(|(order, size, end, (after, before))| {
        let page = PageRequest {
            size,
            end,
            after,
            before,
        };
        (order, page)
    })
}

pub(super) fn reader() -> impl Strategy<Value = Reader> {
    let chain = subsequence(["sr", "en", "fr", "de"].map(locale).to_vec(), 0..=3).prop_shuffle();
    let asked = proptest::option::of(proptest::sample::select(["sr-Latn-RS", "fr"].map(locale).to_vec()));
    (asked, chain).prop_map(|(asked, chain)| {
        let chains = asked.iter().map(|asked| (asked.clone(), chain.clone())).collect();
        Fallbacks::new(chains).reader(asked.as_ref())
    })
}

/// A release without office, theme and type, the later the greater its identity.
pub(super) fn release_of(id: u128) -> FindableRelease {
    release_published(id, i64::try_from(id).unwrap() * 1_000_000)
}

pub(super) fn release_published(id: u128, micros: i64) -> FindableRelease {
    let at = Instant::from_micros(1_600_000_000_000_000 + micros).unwrap();
    FindableRelease {
        id: Uuid::from_u128(id).into(),
        published_at: at,
        publishing_date: Zone::default().day_of(at),
        facets: Facets {
            offices: [].into(),
            themes: [].into(),
            content_type: None,
            locales: [locale("en")].into(),
        },
        original_locale: locale("en"),
        updated_at: at,
    }
}
