//! Which documents of a segment have what is looked for.

use std::io;
use std::sync::Arc;

use newsroom_domain::search::SearchMode;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader};

use super::bits::Bits;
use super::keeper::SearchError;
use super::plan::{Plan, Sequence, Slot, Sought};
use super::schema::Fields;

/// The terms and postings of a segment.
pub(super) struct Segment {
    /// Of title, lead and body.
    fields: [Arc<InvertedIndexReader>; 3],
    documents: u32,
}

/// How often a sequence of several words stands in a field of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// The document.
    pub(super) doc: u32,
    /// Title, lead or body.
    pub(super) field: usize,
    /// How often.
    pub(super) times: u32,
}

/// Where one way of looking for something was met.
pub(super) struct WayFound {
    /// The documents.
    pub(super) docs: Bits,
    /// Where each of its sequences stands, if it has several words.
    pub(super) standing: Vec<Vec<Standing>>,
}

/// Where one thing that was looked for was met: in each of the ways.
pub(super) type SoughtFound = Vec<WayFound>;

/// What a plan finds in a segment.
pub(super) struct PlanFound {
    /// The documents.
    pub(super) docs: Bits,
    /// Of each thing that is wanted.
    pub(super) wanted: Vec<SoughtFound>,
}

impl Segment {
    pub(super) fn new(reader: &SegmentReader, fields: &Fields) -> Result<Self, SearchError> {
        let [title, lead, body] = fields.texts;
        Ok(Self {
            fields: [
                reader.inverted_index(title)?,
                reader.inverted_index(lead)?,
                reader.inverted_index(body)?,
            ],
            documents: reader.max_doc(),
        })
    }

    /// The documents that a plan finds in the first `fields` fields, among those that count.
    pub(super) fn find(&self, plan: &Plan, fields: usize, counts: &dyn Fn(u32) -> bool) -> io::Result<PlanFound> {
        let mut found: Vec<Option<SoughtFound>> = plan.wanted.iter().map(|_| None).collect();
        let mut all: Option<Bits> = None;
        let mut any = Bits::none(self.documents);
        // Positions are read last, where the most is known of what they can be read for.
        for phrases in [false, true] {
            for (sought, found) in plan.wanted.iter().zip(&mut found) {
                if sought.has_phrase() != phrases {
                    continue;
                }
                let so_far = all.as_ref().filter(|_| plan.mode == SearchMode::All);
                let ways = self.sought(sought, fields, &|doc| {
                    so_far.is_none_or(|all| all.contains(doc)) && counts(doc)
                })?;
                let docs = union(&ways, self.documents);
                any.add(&docs);
                match &mut all {
                    Some(all) => all.keep(&docs),
                    None => all = Some(docs),
                }
                *found = Some(ways);
            }
        }
        let mut docs = match plan.mode {
            SearchMode::All => all.unwrap_or_else(|| Bits::none(self.documents)),
            SearchMode::Any => any,
        };
        if !docs.is_empty() {
            for sought in &plan.excluded {
                let ways = self.sought(sought, 3, &|doc| docs.contains(doc) && counts(doc))?;
                docs.take_out(&union(&ways, self.documents));
            }
        }
        Ok(PlanFound {
            docs,
            wanted: found.into_iter().flatten().collect(),
        })
    }

    fn sought(&self, sought: &Sought, fields: usize, counts: &dyn Fn(u32) -> bool) -> io::Result<SoughtFound> {
        sought.ways.iter().map(|way| self.way(way, fields, counts)).collect()
    }

    fn way(&self, way: &[Sequence], fields: usize, counts: &dyn Fn(u32) -> bool) -> io::Result<WayFound> {
        let mut docs: Option<Bits> = None;
        let mut standing = Vec::with_capacity(way.len());
        for sequence in way {
            let (met, times) = if let [slot] = sequence.as_slice() {
                (self.slot(slot, fields)?, Vec::new())
            } else {
                let so_far = docs.as_ref();
                self.sequence(sequence, fields, &|doc| {
                    so_far.is_none_or(|docs| docs.contains(doc)) && counts(doc)
                })?
            };
            match &mut docs {
                Some(docs) => docs.keep(&met),
                None => docs = Some(met),
            }
            standing.push(times);
        }
        Ok(WayFound {
            docs: docs.unwrap_or_else(|| Bits::none(self.documents)),
            standing,
        })
    }

    /// The documents that have a word.
    fn slot(&self, slot: &Slot, fields: usize) -> io::Result<Bits> {
        let mut docs = Bits::none(self.documents);
        for field in self.fields.iter().take(fields) {
            for term in matched(field, slot)? {
                let mut postings = field.read_block_postings_from_terminfo(&term, IndexRecordOption::Basic)?;
                while postings.block_len() > 0 {
                    for doc in postings.docs() {
                        docs.insert(*doc);
                    }
                    postings.advance();
                }
            }
        }
        Ok(docs)
    }

    /// The documents in which words stand side by side, and how often.
    fn sequence(
        &self,
        sequence: &[Slot],
        fields: usize,
        counts: &dyn Fn(u32) -> bool,
    ) -> io::Result<(Bits, Vec<Standing>)> {
        let mut candidates: Option<Bits> = None;
        for slot in sequence {
            let docs = self.slot(slot, fields)?;
            match &mut candidates {
                Some(candidates) => candidates.keep(&docs),
                None => candidates = Some(docs),
            }
        }
        let mut docs = Bits::none(self.documents);
        let mut standing = Vec::new();
        let Some(candidates) = candidates else {
            return Ok((docs, standing));
        };
        let candidates: Vec<u32> = candidates.iter().filter(|doc| counts(*doc)).collect();
        for field in 0..fields {
            let mut places = Places::new(self, field, sequence.iter())?;
            for &doc in &candidates {
                let times = if places.go_to(doc) {
                    side_by_side(sequence, &places.of)
                } else {
                    0
                };
                if times > 0 {
                    docs.insert(doc);
                    standing.push(Standing { doc, field, times });
                }
            }
        }
        Ok((docs, standing))
    }

    /// The postings of what a field has of a word, with how often each document has it.
    pub(super) fn times(&self, field: usize, term: &str, each: &mut dyn FnMut(u32, u32)) -> io::Result<()> {
        let field = &self.fields[field];
        if let Some(term) = field.terms().get(term)? {
            read_times(field, &term, each)?;
        }
        Ok(())
    }

    /// The same for all words that begin as this one.
    pub(super) fn times_of_all(&self, field: usize, slot: &Slot, each: &mut dyn FnMut(u32, u32)) -> io::Result<()> {
        let field = &self.fields[field];
        for term in matched(field, slot)? {
            read_times(field, &term, each)?;
        }
        Ok(())
    }
}

fn union(ways: &[WayFound], documents: u32) -> Bits {
    let mut docs = Bits::none(documents);
    for way in ways {
        docs.add(&way.docs);
    }
    docs
}

fn read_times(field: &InvertedIndexReader, term: &TermInfo, each: &mut dyn FnMut(u32, u32)) -> io::Result<()> {
    let mut postings = field.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
    while postings.block_len() > 0 {
        for (doc, times) in postings.docs().iter().zip(postings.freqs()) {
            each(*doc, *times);
        }
        postings.advance();
    }
    Ok(())
}

/// The terms of a field that are the word, or begin as it does.
fn matched(field: &InvertedIndexReader, slot: &Slot) -> io::Result<Vec<TermInfo>> {
    let mut matched = Vec::new();
    if slot.begins {
        let from = slot.terms.exact.as_bytes();
        // No text has this byte in it, so it is above all that begin so.
        let to = [from, &[u8::MAX]].concat();
        let mut terms = field.terms().range().ge(from).lt(to).into_stream()?;
        while let Some((_, term)) = terms.next() {
            matched.push(term.clone());
        }
    } else {
        for term in slot.terms.any() {
            matched.extend(field.terms().get(term)?);
        }
    }
    Ok(matched)
}

/// Where words stand in one field, document by document.
pub(super) struct Places {
    postings: Vec<Vec<SegmentPostings>>,
    /// Of each word the positions in the document that was gone to, in order.
    pub(super) of: Vec<Vec<u32>>,
}

impl Places {
    pub(super) fn new<'a>(segment: &Segment, field: usize, words: impl Iterator<Item = &'a Slot>) -> io::Result<Self> {
        let field = &segment.fields[field];
        let postings: Vec<Vec<SegmentPostings>> = words
            .map(|slot| {
                let terms = matched(field, slot)?.into_iter();
                terms
                    .map(|term| field.read_postings_from_terminfo(&term, IndexRecordOption::WithFreqsAndPositions))
                    .collect()
            })
            .collect::<io::Result<_>>()?;
        Ok(Self {
            of: vec![Vec::new(); postings.len()],
            postings,
        })
    }

    /// Reads the positions in a document, which is not before the last one, and answers whether it has all words.
    pub(super) fn go_to(&mut self, doc: u32) -> bool {
        for (postings, places) in self.postings.iter_mut().zip(&mut self.of) {
            places.clear();
            for postings in postings {
                if postings.doc() < doc {
                    postings.seek(doc);
                }
                if postings.doc() == doc {
                    postings.append_positions_with_offset(0, places);
                }
            }
            if places.is_empty() {
                return false;
            }
            places.sort_unstable();
            places.dedup();
        }
        true
    }
}

/// How often words stand side by side, in their order. What a hyphen joins stands at one position, so two different words
/// may stand at the same.
pub(super) fn side_by_side(words: &[Slot], places: &[Vec<u32>]) -> u32 {
    let mut reached: Vec<u32> = places.first().cloned().unwrap_or_default();
    for (at, places) in places.iter().enumerate().skip(1) {
        let may_share = words.get(at) != words.get(at - 1);
        let follows = |place: u32| {
            place
                .checked_sub(1)
                .is_some_and(|before| reached.binary_search(&before).is_ok())
                || (may_share && reached.binary_search(&place).is_ok())
        };
        reached = places.iter().copied().filter(|place| follows(*place)).collect();
    }
    u32::try_from(reached.len()).unwrap_or(u32::MAX)
}
