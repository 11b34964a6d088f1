//! Passages of a text with marks in them, as safe HTML and as plain text.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Mark;

/// About how long a passage is, in characters.
const PASSAGE: usize = 200;
/// The most passages of one text.
const MOST_PASSAGES: usize = 3;
/// Marks after these are not looked at when passages are chosen.
const MOST_MARKS: usize = 500;

/// A passage of a text, marked where it has what was looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    /// As HTML: all is escaped, and `<mark>` stands around what was looked for.
    pub html: String,
    /// As plain text. An ellipsis stands where the text goes on.
    pub text: String,
    /// What was looked for, in UTF-16 code units of `text`, as JavaScript counts.
    pub utf16_ranges: Vec<TextRange>,
    /// The same in Unicode code points.
    pub code_point_ranges: Vec<TextRange>,
}

/// A range of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRange {
    /// The first that is in it, from 0.
    pub start: usize,
    /// The first that is after it.
    pub end: usize,
}

/// All of a text.
pub(super) fn whole(text: &str, marks: &[Mark]) -> Fragment {
    fragment(text, 0..text.len(), marks)
}

/// The passages of a text that have the most of what was looked for.
pub(super) fn passages(text: &str, marks: &[Mark]) -> Vec<Fragment> {
    let cores = cores(text, marks);
    let mut passages = Vec::with_capacity(cores.len());
    let mut free_from = 0;
    for (index, core) in cores.iter().enumerate() {
        let free_to = cores.get(index + 1).map_or(text.len(), |next| next.start);
        let length = text.get(core.clone()).map_or(0, |core| core.chars().count());
        let room = PASSAGE.saturating_sub(length);
        let start = back(text, free_from..core.start, room / 2);
        let end = forward(text, core.end..free_to, room - room / 2);
        free_from = end;
        passages.push(fragment(text, start..end, marks));
    }
    passages
}

/// Runs of marks that are near each other: those with the most of what was looked for, in the text's order.
fn cores(text: &str, marks: &[Mark]) -> Vec<Range<usize>> {
    let marks = &marks[..marks.len().min(MOST_MARKS)];
    let mut runs: Vec<(usize, Range<usize>)> = Vec::with_capacity(marks.len());
    for (first, mark) in marks.iter().enumerate() {
        let mut end = mark.at.end;
        let mut kinds = BTreeSet::new();
        let mut met = 0;
        for near in &marks[first..] {
            let length = text
                .get(mark.at.start..near.at.end)
                .map_or(0, |run| run.chars().count());
            if met > 0 && length > PASSAGE * 3 / 4 {
                break;
            }
            end = end.max(near.at.end);
            kinds.insert(near.of);
            met += 1;
        }
        runs.push((kinds.len() * 10 + met.min(9), mark.at.start..end));
    }
    let mut chosen: Vec<Range<usize>> = Vec::new();
    // Sorting is stable, so of equals the first comes first.
    runs.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    for (_, run) in runs {
        if chosen.len() == MOST_PASSAGES {
            break;
        }
        if chosen
            .iter()
            .all(|other| run.end <= other.start || other.end <= run.start)
        {
            chosen.push(run);
        }
    }
    chosen.sort_by_key(|run| run.start);
    chosen
}

/// Where a passage begins that may have so many characters of the gap before what it is about: at a word's beginning.
fn back(text: &str, gap: Range<usize>, room: usize) -> usize {
    let Some(before) = text.get(gap.clone()) else {
        return gap.end;
    };
    if before.chars().count() <= room {
        return gap.start;
    }
    let from = before
        .char_indices()
        .rev()
        .take(room)
        .last()
        .map_or(before.len(), |(at, _)| at);
    let word = before[from..]
        .find(char::is_whitespace)
        .map_or(before.len(), |at| from + at);
    gap.start + word
}

/// Where a passage ends that may have so many characters of the gap after what it is about: at a word's end.
fn forward(text: &str, gap: Range<usize>, room: usize) -> usize {
    let Some(after) = text.get(gap.clone()) else {
        return gap.start;
    };
    match after.char_indices().nth(room) {
        None => gap.end,
        Some((end, _)) => gap.start + after[..end].rfind(char::is_whitespace).unwrap_or(0),
    }
}

/// A passage, with an ellipsis at each end that the text goes on at.
fn fragment(text: &str, passage: Range<usize>, marks: &[Mark]) -> Fragment {
    let inside = text.get(passage.clone()).unwrap_or_default();
    let start = passage.start + (inside.len() - inside.trim_start().len());
    let end = start + inside.trim().len();
    let mut written = Writer::default();
    if !text[..start].trim().is_empty() {
        written.plain("…");
    }
    let mut at = start;
    for mark in joined(marks, start..end) {
        written.plain(&text[at..mark.start]);
        written.marked(&text[mark.clone()]);
        at = mark.end;
    }
    written.plain(&text[at..end]);
    if !text[end..].trim().is_empty() {
        written.plain("…");
    }
    written.fragment
}

/// The marks of a passage, those that overlap as one.
fn joined(marks: &[Mark], passage: Range<usize>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        if mark.at.start < passage.start || mark.at.end > passage.end {
            continue;
        }
        match joined.last_mut() {
            Some(last) if mark.at.start < last.end => last.end = last.end.max(mark.at.end),
            _ => joined.push(mark.at.clone()),
        }
    }
    joined
}

/// A fragment that is being written.
#[derive(Default)]
struct Writer {
    fragment: Fragment,
    utf16: usize,
    code_points: usize,
}

impl Writer {
    fn plain(&mut self, text: &str) {
        for character in text.chars() {
            self.utf16 += character.len_utf16();
            self.code_points += 1;
            match character {
                '&' => self.fragment.html.push_str("&amp;"),
                '<' => self.fragment.html.push_str("&lt;"),
                '>' => self.fragment.html.push_str("&gt;"),
                '"' => self.fragment.html.push_str("&quot;"),
                '\'' => self.fragment.html.push_str("&#39;"),
                _ => self.fragment.html.push(character),
            }
        }
        self.fragment.text.push_str(text);
    }

    fn marked(&mut self, text: &str) {
        let (utf16, code_points) = (self.utf16, self.code_points);
        self.fragment.html.push_str("<mark>");
        self.plain(text);
        self.fragment.html.push_str("</mark>");
        self.fragment.utf16_ranges.push(TextRange {
            start: utf16,
            end: self.utf16,
        });
        self.fragment.code_point_ranges.push(TextRange {
            start: code_points,
            end: self.code_points,
        });
    }
}
