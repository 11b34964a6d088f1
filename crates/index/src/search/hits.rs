//! What a search has found, and which of it comes first.
//!
//! A score is a whole number and goes by the text and the search alone, never by what other texts there are: a release
//! keeps its place when others come and go, and so do cursors.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::ReleaseId;
use newsroom_domain::page::{End, Page, PageRequest};
use newsroom_domain::search::SearchMode;
use roaring::RoaringBitmap;
use tantivy::SegmentReader;

use super::bits::Bits;
use super::column::Column;
use super::keeper::SearchError;
use super::matching::{Places, PlanFound, Segment, side_by_side};
use super::plan::{Plan, Slot};
use super::schema::{Fields, TITLE_WORDS};

/// What a word counts in title, lead and body.
const WORD: [u32; 3] = [60, 25, 10];
/// What it counts more in the form that was typed.
const EXACT: [u32; 3] = [6, 3, 1];
/// What it counts more that words stand side by side.
const SIDE_BY_SIDE: [u32; 3] = [30, 15, 6];
/// What a title counts more of which the search has all words; one of which it has half gets half of it.
const WHOLE_TITLE: u32 = 30;
/// What each wanted thing counts that is there where any will do: more than all else together.
const EACH_OF_ANY: u32 = 1 << 16;

/// The releases that a search has found.
pub struct Hits {
    /// Their numbers.
    pub numbers: RoaringBitmap,
    parts: Vec<FoundPart>,
    plans: Arc<Vec<Plan>>,
    fields: Fields,
}

/// What one plan has found in one segment.
pub(super) struct FoundPart {
    pub(super) reader: SegmentReader,
    pub(super) column: Arc<Column>,
    pub(super) plan: usize,
    pub(super) found: PlanFound,
}

/// A text that was found, with what is known of its score before positions are read.
#[derive(Clone, Copy)]
struct Candidate {
    score: u32,
    number: u32,
    part: usize,
    doc: u32,
}

impl Hits {
    pub(super) fn new(numbers: RoaringBitmap, parts: Vec<FoundPart>, plans: Arc<Vec<Plan>>, fields: Fields) -> Self {
        Self {
            numbers,
            parts,
            plans,
            fields,
        }
    }

    /// A page of those among `among`, by score, the best first. Of two with the same score that with the greater `tie` comes
    /// first. Each item is a number and its score; cursors are a score and a tie. `numbers` is the one that the search was
    /// made with.
    ///
    /// A release's score is that of its best text. A page from the start, or behind a cursor, reads the positions of no more
    /// texts than may be on it; one from the end, or in front of a cursor, those of all.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn page<T: Ord + Copy>(
        &self,
        among: &RoaringBitmap,
        numbers: &dyn Fn(ReleaseId) -> Option<u32>,
        tie: impl Fn(u32) -> T,
        page: &PageRequest<(u32, T)>,
    ) -> Result<Page<(u32, u32)>, SearchError> {
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let from_start = page.end == End::Start;
        let most = if from_start && page.before.is_none() {
            size.saturating_add(1)
        } else {
            usize::MAX
        };
        let comes_after = |score: u32, number: u32| {
            page.after
                .is_none_or(|(before, tied)| (score, tie(number)) < (before, tied))
        };
        let known = self.known(among, numbers, most, page.after.map(|(score, _)| score), &comes_after)?;
        let on_the_side_of_after = known.any(|score, number| !comes_after(score, number));
        let mut items = known.those(&comes_after);
        items.sort_unstable_by_key(|(number, score)| Reverse((*score, tie(*number))));
        let in_front = page.before.map_or(items.len(), |before| {
            items.partition_point(|(number, score)| (*score, tie(*number)) > before)
        });
        let on_the_side_of_before = in_front < items.len();
        items.truncate(in_front);
        let more = items.len() > size;
        if from_start {
            items.truncate(size);
        } else {
            items.drain(..items.len().saturating_sub(size));
        }
        Ok(Page {
            items,
            has_next: (from_start && more) || on_the_side_of_before,
            has_previous: (!from_start && more) || on_the_side_of_after,
        })
    }

    /// The scores of those among `among`, up to so many of the best that come after a cursor of the score `after`, and of all
    /// that may come before those.
    fn known(
        &self,
        among: &RoaringBitmap,
        numbers: &dyn Fn(ReleaseId) -> Option<u32>,
        most: usize,
        after: Option<u32>,
        comes_after: &impl Fn(u32, u32) -> bool,
    ) -> Result<Known, SearchError> {
        let mut candidates = self.candidates(among, numbers)?;
        candidates.sort_unstable_by_key(|candidate| Reverse(candidate.score));
        let mut known = Known::new(among);
        let mut rest = candidates.as_slice();
        while let Some(highest) = rest.first().map(|candidate| candidate.score) {
            // Nobody who is left can be above this.
            let bound = highest + SIDE_BY_SIDE[0];
            if known.above(bound) >= most {
                break;
            }
            let (level, lower) = rest.split_at(rest.partition_point(|candidate| candidate.score == highest));
            rest = lower;
            let is_before = after.is_some_and(|after| highest > after);
            let near = if is_before {
                vec![0; level.len()]
            } else {
                self.near(level)?
            };
            for (candidate, near) in level.iter().zip(near) {
                known.raise(candidate.number, candidate.score + near, comes_after);
            }
        }
        Ok(known)
    }

    /// All texts that were found of releases among these.
    fn candidates(
        &self,
        among: &RoaringBitmap,
        numbers: &dyn Fn(ReleaseId) -> Option<u32>,
    ) -> Result<Vec<Candidate>, SearchError> {
        let mut candidates = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            let Some(plan) = self.plans.get(part.plan) else {
                continue;
            };
            let scores = scores(part, plan, &self.fields)?;
            candidates.extend(part.found.docs.iter().filter_map(|doc| {
                let number = part.column.number(doc, numbers)?;
                among.contains(number).then(|| Candidate {
                    score: scores.get(doc as usize).copied().unwrap_or(0),
                    number,
                    part: at,
                    doc,
                })
            }));
        }
        Ok(candidates)
    }

    /// Of each of these texts what it counts more that the words of the search stand near each other.
    fn near(&self, texts: &[Candidate]) -> Result<Vec<u32>, SearchError> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_unstable_by_key(|at| (texts[*at].part, texts[*at].doc));
        let mut near = vec![0; texts.len()];
        for of_part in order.chunk_by(|one, other| texts[*one].part == texts[*other].part) {
            let part = of_part.first().and_then(|at| self.parts.get(texts[*at].part));
            let Some(part) = part else { continue };
            let words = self.plans.get(part.plan).map(Plan::loose_words).unwrap_or_default();
            if words.len() < 2 {
                continue;
            }
            let segment = Segment::new(&part.reader, &self.fields)?;
            let slots: Vec<Slot> = words.iter().map(|slot| (*slot).clone()).collect();
            for (field, most) in SIDE_BY_SIDE.into_iter().enumerate() {
                let mut places = Places::new(&segment, field, words.iter().copied())?;
                for &at in of_part {
                    if !places.go_to(texts[at].doc) {
                        continue;
                    }
                    let bonus = if side_by_side(&slots, &places.of) > 0 {
                        most
                    } else if within(&places.of, 2 * words.len()) {
                        most / 2
                    } else {
                        0
                    };
                    near[at] = bonus.max(near[at]);
                }
            }
        }
        Ok(near)
    }
}

/// The scores that are known of releases so far.
struct Known {
    /// Of each number its score, or 0.
    scores: Vec<u32>,
    /// How many of those that may be among the best have each score.
    counts: BTreeMap<u32, usize>,
}

impl Known {
    fn new(among: &RoaringBitmap) -> Self {
        let highest = among.max().map_or(0, |highest| highest as usize + 1);
        Self {
            scores: vec![0; highest],
            counts: BTreeMap::new(),
        }
    }

    /// Notes the score of one more text of a release.
    fn raise(&mut self, number: u32, score: u32, comes_after: &impl Fn(u32, u32) -> bool) {
        let Some(known) = self.scores.get_mut(number as usize) else {
            return;
        };
        if *known >= score {
            return;
        }
        if let Some(count) = self.counts.get_mut(known)
            && comes_after(*known, number)
        {
            *count -= 1;
        }
        if comes_after(score, number) {
            *self.counts.entry(score).or_default() += 1;
        }
        *known = score;
    }

    /// How many that may be among the best have more than this.
    fn above(&self, bound: u32) -> usize {
        self.counts.range(bound + 1..).map(|(_, count)| count).sum()
    }

    /// Whether there is any such score and number.
    fn any(&self, such: impl Fn(u32, u32) -> bool) -> bool {
        self.each().any(|(number, score)| such(score, number))
    }

    /// The numbers that may be among the best, with their scores.
    fn those(&self, comes_after: &impl Fn(u32, u32) -> bool) -> Vec<(u32, u32)> {
        self.each()
            .filter(|(number, score)| comes_after(*score, *number))
            .collect()
    }

    fn each(&self) -> impl Iterator<Item = (u32, u32)> {
        let scores = (0..).zip(self.scores.iter().copied());
        scores.filter(|(_, score)| *score > 0)
    }
}

/// Whether all words stand within so many positions, in whatever order.
fn within(places: &[Vec<u32>], positions: usize) -> bool {
    let positions = u32::try_from(positions).unwrap_or(u32::MAX);
    let mut all: Vec<(u32, usize)> = Vec::new();
    for (word, places) in places.iter().enumerate() {
        all.extend(places.iter().map(|place| (*place, word)));
    }
    all.sort_unstable();
    let mut last: Vec<Option<u32>> = vec![None; places.len()];
    for (place, word) in all {
        last[word] = Some(place);
        let furthest = last.iter().copied().min().flatten();
        if furthest.is_some_and(|furthest| place - furthest < positions) {
            return true;
        }
    }
    false
}

/// What each document of a part counts before positions are read, by document.
fn scores(part: &FoundPart, plan: &Plan, fields: &Fields) -> Result<Vec<u32>, SearchError> {
    let segment = Segment::new(&part.reader, fields)?;
    let documents = part.reader.max_doc();
    let mut scores = vec![0_u32; documents as usize];
    let mut title_words_met = vec![0_u8; documents as usize];
    for (sought, found) in plan.wanted.iter().zip(&part.found.wanted) {
        let mut left = part.found.docs.clone();
        for (way, found) in sought.ways.iter().zip(found) {
            let mut docs = left.clone();
            docs.keep(&found.docs);
            left.take_out(&docs);
            if docs.is_empty() {
                continue;
            }
            // However many words another name has, it counts what the typed one does.
            let words = way.iter().map(Vec::len).sum::<usize>().max(1);
            let typed = sought.typed_words();
            let share = |points: u32| {
                let points = points * u32::try_from(typed).unwrap_or(1) / u32::try_from(words).unwrap_or(1);
                points.max(1)
            };
            for slot in way.iter().flatten() {
                add_word(&segment, slot, &docs, &mut |doc, field, points| {
                    let doc = doc as usize;
                    scores[doc] += share(points);
                    if field == 0 && points >= WORD[0] {
                        title_words_met[doc] = title_words_met[doc].saturating_add(1);
                    }
                })?;
            }
            for standing in found.standing.iter().flatten() {
                if docs.contains(standing.doc) {
                    scores[standing.doc as usize] += SIDE_BY_SIDE[standing.field] + step(standing.times);
                }
            }
            if plan.mode == SearchMode::Any {
                docs.iter().for_each(|doc| scores[doc as usize] += EACH_OF_ANY);
            }
        }
    }
    let title_words = part.reader.fast_fields().u64(TITLE_WORDS)?;
    for doc in part.found.docs.iter() {
        let met = u32::from(title_words_met[doc as usize]);
        let words = title_words
            .first(doc)
            .and_then(|words| u32::try_from(words).ok())
            .unwrap_or(0);
        let covered = (WHOLE_TITLE * met.min(words)).checked_div(words);
        scores[doc as usize] += covered.unwrap_or(0);
    }
    Ok(scores)
}

/// What a word counts in each field of those documents that have it there.
fn add_word(
    segment: &Segment,
    slot: &Slot,
    docs: &Bits,
    add: &mut dyn FnMut(u32, usize, u32),
) -> Result<(), SearchError> {
    for field in 0..WORD.len() {
        // A word of two stems counts once.
        let mut counted = Bits::none(0);
        let mut each = |doc: u32, times: u32| {
            if docs.contains(doc) && !counted.contains(doc) {
                counted.insert(doc);
                add(doc, field, WORD[field] + step(times));
            }
        };
        if slot.begins {
            segment.times_of_all(field, slot, &mut each)?;
            continue;
        }
        for term in slot.terms.any().iter().rev() {
            segment.times(field, term, &mut each)?;
        }
        segment.times(field, &slot.terms.exact, &mut |doc, _| {
            if docs.contains(doc) {
                add(doc, field, EXACT[field]);
            }
        })?;
    }
    Ok(())
}

/// What it counts more that something is there so many times: little, and ever less.
fn step(times: u32) -> u32 {
    times.max(1).ilog2().min(3)
}
