//! From the lines of a page to its items, with nothing understood yet but where each part is.

use crate::text::excerpt;

/// An item of a page, its parts as the page has them but for white space around them.
#[derive(Debug)]
pub(super) struct Item {
    /// Which line of the page it begins at, from 1.
    pub(super) line: u64,
    /// The title, or why there is none.
    pub(super) title: Result<String, NoTitle>,
    /// What follows `Publishing date:`.
    pub(super) date: String,
    /// What follows `Content type:`; empty where that is missing, as for the next two.
    pub(super) content_type: String,
    /// What follows `Where we are:`.
    pub(super) offices: String,
    /// What follows `What we do:`.
    pub(super) themes: String,
    /// The opening paragraph.
    pub(super) lead: String,
    /// What came after the opening paragraph.
    pub(super) passed_over: Vec<Block>,
}

/// Why an item has no title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTitle {
    /// Nothing is before its date, or only the date of another item.
    Missing,
    /// What is before its date is another label.
    Label,
}

/// Some lines that follow one another.
#[derive(Debug)]
pub(super) struct Block {
    /// Which line of the page it begins at, from 1.
    pub(super) line: u64,
    /// How many lines it has.
    pub(super) lines: u64,
    /// How it begins.
    pub(super) excerpt: String,
}

impl Item {
    /// Whether the two say the same. Where they are, and what was passed over, does not matter.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        self.title == other.title
            && self.date == other.date
            && self.content_type == other.content_type
            && self.offices == other.offices
            && self.themes == other.themes
            && self.lead == other.lead
    }
}

/// The labels that a line can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    PublishingDate,
    ContentType,
    WhereWeAre,
    WhatWeDo,
}

impl Label {
    const ALL: [(Self, &'static str); 4] = [
        (Self::PublishingDate, "Publishing date:"),
        (Self::ContentType, "Content type:"),
        (Self::WhereWeAre, "Where we are:"),
        (Self::WhatWeDo, "What we do:"),
    ];

    /// The label that a line begins with, and what follows it.
    fn of(line: &str) -> Option<(Self, &str)> {
        Self::ALL
            .into_iter()
            .find_map(|(label, text)| Some((label, after(line, text)?)))
    }
}

/// What follows `label` at the start of a line; any white space will do for a space, such as one that does not break.
fn after<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let mut rest = line.chars();
    let begins = label.chars().all(|wanted| {
        rest.next()
            .is_some_and(|c| c == wanted || (wanted == ' ' && c.is_whitespace()))
    });
    begins.then(|| rest.as_str().trim())
}

/// Where an item's date is, and the nearest line before it that is not blank.
struct Start {
    date: usize,
    before: Option<usize>,
}

/// The items of a page, in its order. Where the page's own header comes again, another page was appended to it: each
/// is a section, since they may overlap.
pub(super) fn read(text: &str) -> Vec<Vec<Item>> {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}'))
        .collect();
    let starts = starts(&lines);
    let Some(first) = starts.first() else { return Vec::new() };
    let header: Vec<&str> = lines[..first.before.unwrap_or(first.date)]
        .iter()
        .copied()
        .filter(|line| !line.is_empty())
        .collect();

    let mut sections = vec![Vec::new()];
    let mut title_at = first.before;
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1);
        let next_date = next.map_or(lines.len(), |next| next.date);
        let labels = Labelled::read(&lines, start.date, next_date);
        // A line that is one of this item's labels is not the next one's title.
        let next_title = next.and_then(|next| next.before).filter(|&before| before >= labels.end);
        let mut content: Vec<usize> = (labels.end..next_title.unwrap_or(next_date))
            .filter(|&at| !lines[at].is_empty())
            .collect();
        let header_again = ends_with_header(&lines, &content, &header);
        if header_again {
            content.truncate(content.len() - header.len());
        }
        let mut blocks = blocks(&content);
        let lead = blocks.next().map_or_else(String::new, |block| paragraph(&lines, block));
        let item = Item {
            line: line_number(title_at.unwrap_or(start.date)),
            title: title(&lines, title_at, index == 0, &labels),
            date: Label::of(lines[start.date]).map_or("", |(_, value)| value).to_owned(),
            content_type: labels.content_type.unwrap_or_default().to_owned(),
            offices: labels.offices.unwrap_or_default().to_owned(),
            themes: labels.themes.unwrap_or_default().to_owned(),
            lead,
            passed_over: blocks
                .map(|block| Block {
                    line: line_number(block[0]),
                    lines: block.len() as u64,
                    excerpt: excerpt(lines[block[0]]),
                })
                .collect(),
        };
        if let Some(section) = sections.last_mut() {
            section.push(item);
        }
        if header_again {
            sections.push(Vec::new());
        }
        title_at = next_title;
    }
    sections
}

fn line_number(index: usize) -> u64 {
    index as u64 + 1
}

fn starts(lines: &[&str]) -> Vec<Start> {
    let mut starts = Vec::new();
    let mut before = None;
    for (at, line) in lines.iter().enumerate() {
        if matches!(Label::of(line), Some((Label::PublishingDate, _))) {
            starts.push(Start { date: at, before });
        }
        if !line.is_empty() {
            before = Some(at);
        }
    }
    starts
}

/// The lines between a date and the text after it.
#[derive(Default)]
struct Labelled<'a> {
    content_type: Option<&'a str>,
    offices: Option<&'a str>,
    themes: Option<&'a str>,
    /// The first line after them that is neither blank nor one of them.
    end: usize,
}

impl<'a> Labelled<'a> {
    fn read(lines: &[&'a str], date: usize, end: usize) -> Self {
        let mut labels = Self { end, ..Self::default() };
        let following = lines
            .iter()
            .enumerate()
            .take(end)
            .skip(date + 1)
            .filter(|(_, line)| !line.is_empty());
        for (at, line) in following {
            // A label that comes again is the start of a paragraph that happens to begin so.
            let slot = Label::of(line).and_then(|(label, value)| Some((labels.slot(label)?, value)));
            if let Some((slot @ None, value)) = slot {
                *slot = Some(value);
            } else {
                labels.end = at;
                break;
            }
        }
        labels
    }

    fn slot(&mut self, label: Label) -> Option<&mut Option<&'a str>> {
        match label {
            Label::PublishingDate => None,
            Label::ContentType => Some(&mut self.content_type),
            Label::WhereWeAre => Some(&mut self.offices),
            Label::WhatWeDo => Some(&mut self.themes),
        }
    }

    fn has(&self, label: Label) -> bool {
        match label {
            Label::PublishingDate => true,
            Label::ContentType => self.content_type.is_some(),
            Label::WhereWeAre => self.offices.is_some(),
            Label::WhatWeDo => self.themes.is_some(),
        }
    }
}

/// The title on a line. One that begins like a label is a title only where the item has that label as well:
/// otherwise the label has been put before the date, and the title is somewhere else.
fn title(lines: &[&str], at: Option<usize>, is_first: bool, labels: &Labelled<'_>) -> Result<String, NoTitle> {
    let Some(at) = at else {
        return Err(if is_first { NoTitle::Missing } else { NoTitle::Label });
    };
    match Label::of(lines[at]) {
        Some((label, _)) if !labels.has(label) => Err(NoTitle::Label),
        // A title has one line, and a tab in it is a space.
        _ => Ok(without_odd_spaces(lines[at]).replace('\t', " ")),
    }
}

fn ends_with_header(lines: &[&str], content: &[usize], header: &[&str]) -> bool {
    let tail = content.len().checked_sub(header.len()).map(|from| &content[from..]);
    !header.is_empty() && tail.is_some_and(|tail| tail.iter().zip(header).all(|(&at, line)| lines[at] == *line))
}

/// Runs of lines without a blank one between them.
fn blocks(content: &[usize]) -> impl Iterator<Item = &[usize]> {
    content.chunk_by(|one, next| one + 1 == *next)
}

/// A paragraph as one line: where a page breaks its lines is layout, and in plain text a space stands for it. A
/// paragraph of one line stays as it is, byte for byte.
fn paragraph(lines: &[&str], block: &[usize]) -> String {
    let text = block.iter().map(|&at| lines[at]).collect::<Vec<_>>().join(" ");
    without_odd_spaces(&text)
}

/// Form feeds and their like, which printing a page to text leaves behind, as spaces.
fn without_odd_spaces(text: &str) -> String {
    text.replace(['\r', '\u{b}', '\u{c}', '\u{85}'], " ")
}
