//! What differs between two texts, word by word, and between what two editions have of the shared fields.

use std::collections::HashMap;
use std::time::Instant;

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};
use unicode_segmentation::UnicodeSegmentation;

use crate::release::{Body, Edition, Shared};

/// What becomes of a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// Both texts have it.
    Same,
    /// Only the later text has it.
    Added,
    /// Only the earlier text has it.
    Removed,
}

/// A part of one text or of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which of them have it.
    pub kind: SegmentKind,
    /// What stands there; never empty.
    pub text: String,
}

/// What is compared of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForm {
    /// What was written: both are in one format, or one edition has no body.
    Source,
    /// Plain text, since the two were written in different formats.
    Text,
}

/// A field that all translations of a release share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedField {
    /// The slug.
    Slug,
    /// The publishing date.
    PublishedAt,
    /// The content type.
    ContentType,
    /// The offices, their order included.
    Offices,
    /// The themes, their order included.
    Themes,
    /// What is attached, its order included.
    Attachments,
}

/// What differs between two editions of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of the titles.
    pub title: Vec<Segment>,
    /// Of the leads.
    pub lead: Vec<Segment>,
    /// Of the bodies.
    pub body: Vec<Segment>,
    /// What was compared of the bodies.
    pub body_form: BodyForm,
    /// The shared fields that differ; all of them where only one of the editions has any.
    pub shared: Vec<SharedField>,
}

impl Difference {
    /// Compares two editions, until a moment on the process's own clock.
    #[must_use]
    pub fn between(before: &Edition, after: &Edition, until: Instant) -> Self {
        let (from, to) = (&before.text, &after.text);
        let (body_form, body_before, body_after) = bodies(from.body.as_ref(), to.body.as_ref());
        Self {
            title: difference(from.title.as_str(), to.title.as_str(), until),
            lead: difference(from.lead.as_str(), to.lead.as_str(), until),
            body: difference(body_before, body_after, until),
            body_form,
            shared: shared_difference(before.shared.as_ref(), after.shared.as_ref()),
        }
    }
}

fn bodies<'a>(before: Option<&'a Body>, after: Option<&'a Body>) -> (BodyForm, &'a str, &'a str) {
    match (before, after) {
        (Some(before), Some(after)) if before.format() != after.format() => {
            (BodyForm::Text, before.text(), after.text())
        }
        _ => (
            BodyForm::Source,
            before.map_or("", Body::source),
            after.map_or("", Body::source),
        ),
    }
}

fn shared_difference(before: Option<&Shared>, after: Option<&Shared>) -> Vec<SharedField> {
    let differs = |differs: fn(&Shared, &Shared) -> bool| match (before, after) {
        (None, None) => false,
        (Some(before), Some(after)) => differs(before, after),
        _ => true,
    };
    let fields = [
        (SharedField::Slug, differs(|a, b| a.slug != b.slug)),
        (
            SharedField::PublishedAt,
            differs(|a, b| a.published_at != b.published_at),
        ),
        (
            SharedField::ContentType,
            differs(|a, b| a.content_type != b.content_type),
        ),
        (SharedField::Offices, differs(|a, b| a.offices != b.offices)),
        (SharedField::Themes, differs(|a, b| a.themes != b.themes)),
        (SharedField::Attachments, differs(|a, b| a.attachments != b.attachments)),
    ];
    let different = fields.into_iter().filter(|(_, differs)| *differs);
    different.map(|(field, _)| field).collect()
}

/// What differs between two texts, word by word (UAX #29), so that in scripts without spaces no sentence is one word.
///
/// The segments that are not [`Added`](SegmentKind::Added) are the earlier text, those that are not
/// [`Removed`](SegmentKind::Removed) the later one, each exactly. No two neighbours are of one kind, and what is removed
/// stands before what is added in its place. Texts that are hard to compare are compared until a moment on the process's
/// own clock; what is not done then is shown as removed and added.
#[must_use]
pub fn difference(before: &str, after: &str, until: Instant) -> Vec<Segment> {
    let (old_words, new_words) = (words(before), words(after));
    // By number, so that a comparison costs the same whatever the words' lengths.
    let mut numbers = HashMap::new();
    let old = numbered(&old_words, &mut numbers);
    let new = numbered(&new_words, &mut numbers);
    let mut segments = Segments::default();
    for operation in capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(until)) {
        let (tag, old, new) = operation.as_tag_tuple();
        match tag {
            DiffTag::Equal => segments.same(&old_words[old].concat()),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                segments.change(&old_words[old].concat(), &new_words[new].concat());
            }
        }
    }
    segments.done()
}

fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

fn numbered<'t>(words: &[&'t str], numbers: &mut HashMap<&'t str, usize>) -> Vec<usize> {
    let number = |word: &&'t str| {
        let next = numbers.len();
        *numbers.entry(*word).or_insert(next)
    };
    words.iter().map(number).collect()
}

/// Segments in the making. A space that two changes have between them goes into both, so that a sentence which was written
/// anew is one change and not one for each word.
#[derive(Default)]
struct Segments {
    done: Vec<Segment>,
    same: String,
    removed: String,
    added: String,
}

impl Segments {
    fn same(&mut self, text: &str) {
        self.same.push_str(text);
    }

    fn change(&mut self, removed: &str, added: &str) {
        let is_within_a_change = !(self.removed.is_empty() && self.added.is_empty());
        if is_within_a_change && !self.same.is_empty() && self.same.chars().all(char::is_whitespace) {
            self.removed.push_str(&self.same);
            self.added.push_str(&self.same);
            self.same.clear();
        } else if !self.same.is_empty() {
            self.settle();
        }
        self.removed.push_str(removed);
        self.added.push_str(added);
    }

    /// Puts down the change, and what is the same behind it.
    fn settle(&mut self) {
        for (kind, text) in [
            (SegmentKind::Removed, &mut self.removed),
            (SegmentKind::Added, &mut self.added),
            (SegmentKind::Same, &mut self.same),
        ] {
            if !text.is_empty() {
                self.done.push(Segment {
                    kind,
                    text: std::mem::take(text),
                });
            }
        }
    }

    fn done(mut self) -> Vec<Segment> {
        self.settle();
        self.done
    }
}

#[cfg(test)]
mod tests;
