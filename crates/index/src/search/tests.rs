//! The index as whoever feeds and asks it sees it.

mod finding;
mod highlighting;
mod keeping;
mod ranking;

use std::collections::BTreeMap;
use std::path::Path;

use newsroom_domain::findable::FindableText;
use newsroom_domain::page::{End, Page, PageRequest};
use newsroom_domain::search::{SearchMode, SearchQuery};
use newsroom_domain::{Locale, ReleaseId};
use roaring::RoaringBitmap;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// The release of a number.
fn release(number: u32) -> ReleaseId {
    Uuid::from_u64_pair(7, u64::from(number)).into()
}

/// The number of a release.
fn number(release: ReleaseId) -> Option<u32> {
    u32::try_from(release.uuid().as_u64_pair().1).ok()
}

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

/// A text of the release of that number.
fn text(number: u32, tag: &str, title: &str, lead: &str, body: &str) -> FindableText {
    FindableText {
        release: release(number),
        locale: locale(tag),
        title: title.into(),
        lead: lead.into(),
        body: body.into(),
    }
}

fn cursor(sequence: i64) -> IndexCursor {
    IndexCursor {
        sequence,
        fingerprint: "one".into(),
    }
}

/// An index in a folder of its own.
struct Kept {
    index: SearchIndex,
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        Self::with("")
    }

    fn with(synonyms: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = open(folder.path(), synonyms);
        Self { index, folder }
    }

    /// Takes in texts, each of a release that has no other.
    fn having(mut self, texts: &[FindableText]) -> Self {
        let mut releases: BTreeMap<ReleaseId, Vec<FindableText>> = BTreeMap::new();
        for text in texts {
            releases.entry(text.release).or_default().push(text.clone());
        }
        let releases: Vec<_> = releases.into_iter().collect();
        let sequence = self.index.cursor().map_or(1, |cursor| cursor.sequence + 1);
        self.index.apply(&releases, cursor(sequence)).unwrap();
        self
    }

    /// English texts of which only the title matters, numbered from 0.
    fn titled(titles: &[&str]) -> Self {
        Self::new().having(&in_locale("en", titles))
    }

    fn reopened(self) -> Self {
        drop(self.index);
        let index = open(self.folder.path(), "");
        Self {
            index,
            folder: self.folder,
        }
    }
}

fn in_locale(tag: &str, titles: &[&str]) -> Vec<FindableText> {
    let numbered = (0..).zip(titles);
    numbered
        .map(|(number, title)| text(number, tag, title, "", ""))
        .collect()
}

fn open(folder: &Path, synonyms: &str) -> SearchIndex {
    SearchIndex::open(folder, synonyms.parse().unwrap()).unwrap()
}

/// Every release counts in each of these locales.
fn everywhere(tags: &[&str]) -> BTreeMap<Locale, RoaringBitmap> {
    let all: RoaringBitmap = (0..1_000).collect();
    tags.iter().map(|tag| (locale(tag), all.clone())).collect()
}

fn all_of(typed: &str) -> SearchQuery {
    SearchQuery::parse(typed, SearchMode::All).unwrap()
}

fn any_of(typed: &str) -> SearchQuery {
    SearchQuery::parse(typed, SearchMode::Any).unwrap()
}

fn hits(state: &SearchState, query: &SearchQuery, releases: &BTreeMap<Locale, RoaringBitmap>) -> Hits {
    hits_of(state, query, releases, &[])
}

fn hits_of(
    state: &SearchState,
    query: &SearchQuery,
    releases: &BTreeMap<Locale, RoaringBitmap>,
    preferred: &[Locale],
) -> Hits {
    let shown = Shown {
        releases,
        preferred,
        numbers: &number,
        generation: 1,
    };
    state.find(query, &shown).unwrap()
}

/// The numbers that all words of a search find, in these locales.
fn found_in(tags: &[&str], kept: &Kept, typed: &str) -> Vec<u32> {
    let hits = hits(&kept.index.searcher(), &all_of(typed), &everywhere(tags));
    hits.numbers.iter().collect()
}

/// The numbers that all words of an English search find.
fn found(kept: &Kept, typed: &str) -> Vec<u32> {
    found_in(&["en"], kept, typed)
}

/// All that was found, best first, with scores; of equals the higher number first.
fn ranked(kept: &Kept, query: &SearchQuery) -> Vec<(u32, u32)> {
    let hits = hits(&kept.index.searcher(), query, &everywhere(&["en"]));
    let page = hits.page(&hits.numbers, &number, |number| number, &PageRequest::first(1_000));
    page.unwrap().items
}

fn order(kept: &Kept, query: &SearchQuery) -> Vec<u32> {
    ranked(kept, query).into_iter().map(|(number, _)| number).collect()
}
