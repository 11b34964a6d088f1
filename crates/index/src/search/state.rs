//! What the index answers, as of one commit.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use newsroom_domain::search::SearchQuery;
use newsroom_domain::{Locale, ReleaseId};
use roaring::RoaringBitmap;
use tantivy::Searcher;

use super::analysis::Language;
use super::bits::Bits;
use super::column::Columns;
use super::hits::{FoundPart, Hits};
use super::keeper::SearchError;
use super::matching::Segment;
use super::plan::Plan;
use super::schema::Fields;
use super::synonyms::Synonyms;

/// All texts as of one commit. A copy costs nothing, and goes on answering as it did.
#[derive(Clone)]
pub struct SearchState {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) synonyms: Arc<Synonyms>,
    columns: Arc<Columns>,
}

impl fmt::Debug for SearchState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SearchState")
            .field("texts", &self.texts())
            .finish_non_exhaustive()
    }
}

/// How releases are numbered where the search is asked from, and which of them count.
pub struct Shown<'a> {
    /// Of each locale that is searched the numbers of the releases that are searched in it.
    pub releases: &'a BTreeMap<Locale, RoaringBitmap>,
    /// The number of a release, if it has one.
    pub numbers: &'a dyn Fn(ReleaseId) -> Option<u32>,
    /// Raised whenever a release that has a number gets another. Numbers are kept by it.
    pub generation: u64,
}

impl Shown<'_> {
    /// The languages that are searched, each once.
    pub(super) fn languages(&self) -> Vec<Language> {
        let mut languages: Vec<Language> = self.releases.keys().map(Language::of).collect();
        languages.sort_unstable();
        languages.dedup();
        languages
    }
}

impl SearchState {
    pub(super) fn new(searcher: Searcher, fields: Fields, synonyms: Arc<Synonyms>) -> Self {
        Self {
            searcher,
            fields,
            synonyms,
            columns: Arc::default(),
        }
    }

    /// The same as of another commit.
    pub(super) fn with(&self, searcher: Searcher) -> Self {
        Self {
            searcher,
            ..self.clone()
        }
    }

    /// How many texts there are.
    #[must_use]
    pub fn texts(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// The releases that have a text that is searched and has what is looked for.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn find(&self, query: &SearchQuery, shown: &Shown<'_>) -> Result<Hits, SearchError> {
        self.find_in(query, shown, 3)
    }

    /// The releases that have what is looked for in a title. With [`SearchQuery::parse_typing`] these are what somebody
    /// may be about to look for.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn find_in_titles(&self, query: &SearchQuery, shown: &Shown<'_>) -> Result<RoaringBitmap, SearchError> {
        Ok(self.find_in(query, shown, 1)?.numbers)
    }

    /// The search in each language that is searched.
    fn plans(&self, query: &SearchQuery, shown: &Shown<'_>) -> Vec<Plan> {
        let plan = |language| Plan::new(query, language, &self.synonyms);
        shown.languages().into_iter().map(plan).collect()
    }

    fn find_in(&self, query: &SearchQuery, shown: &Shown<'_>, fields: usize) -> Result<Hits, SearchError> {
        let plans = Arc::new(self.plans(query, shown));
        let dense: BTreeMap<&Locale, Bits> = shown
            .releases
            .iter()
            .map(|(locale, numbers)| {
                let mut bits = Bits::none(numbers.max().map_or(0, |highest| highest.saturating_add(1)));
                for number in numbers {
                    bits.insert(number);
                }
                (locale, bits)
            })
            .collect();
        let mut numbers = Bits::none(0);
        let mut parts = Vec::new();
        for reader in self.searcher.segment_readers() {
            let column = self
                .columns
                .of(reader, self.searcher.segment_readers(), shown.generation, shown.numbers)?;
            let shown_in: Vec<Option<&Bits>> = column.names.iter().map(|locale| dense.get(locale)).collect();
            let alive = reader.alive_bitset();
            let number_shown = |doc: u32| {
                if alive.is_some_and(|alive| !alive.is_alive(doc)) {
                    return None;
                }
                let shown_in = shown_in.get(column.locale(doc)).copied().flatten()?;
                let number = column.number(doc, shown.numbers)?;
                shown_in.contains(number).then_some(number)
            };
            let segment = Segment::new(reader, &self.fields)?;
            for (plan, of) in plans.iter().enumerate() {
                let mut found = segment.find(of, fields, &|doc| number_shown(doc).is_some())?;
                let mut docs = Bits::none(reader.max_doc());
                for doc in found.docs.iter() {
                    if let Some(number) = number_shown(doc) {
                        numbers.insert(number);
                        docs.insert(doc);
                    }
                }
                found.docs = docs;
                if !found.docs.is_empty() {
                    parts.push(FoundPart {
                        reader: reader.clone(),
                        column: Arc::clone(&column),
                        plan,
                        found,
                    });
                }
            }
        }
        let numbers = RoaringBitmap::from_lsb0_bytes(0, &numbers.to_bytes());
        Ok(Hits::new(numbers, parts, plans, self.fields.clone()))
    }
}
