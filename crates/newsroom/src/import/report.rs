//! What an import came to: how many of what, and every bad line with its reason.

use std::fmt::Write as _;
use std::io::{self, Write};

use newsroom_domain::FieldFault;
use newsroom_persistence::{ImportReport, TaxonomyReport};

use crate::Outcome;

/// How many bad lines are kept with their reasons; the others are counted.
const MOST_DETAILS: usize = 10_000;

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which of the files, from 0.
    pub(super) file: usize,
    /// Its number, from 1.
    pub(super) line: u64,
}

/// What an import comes to, as it goes on.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What was read from, by name.
    files: Vec<String>,
    pub(crate) created: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    /// How many items of listing pages were counted once, since one page ends with what the next begins with.
    pub(super) repeated: u64,
    taxonomy: TaxonomyReport,
    bad: Noted,
    passed_over: Noted,
}

/// Lines that something is to be said about: so many with their reasons, and how many there are.
#[derive(Debug, Default)]
struct Noted {
    lines: Vec<(Place, String)>,
    count: u64,
}

impl Noted {
    fn add(&mut self, place: Place, said: impl FnOnce() -> String) {
        self.count += 1;
        if self.lines.len() < MOST_DETAILS {
            self.lines.push((place, said()));
        }
    }
}

impl Tally {
    /// An empty one, for files of these names.
    pub(super) fn of(files: Vec<String>) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// Adds what became of a batch; `place` says where a line of that number is.
    pub(super) fn add(&mut self, report: &ImportReport, place: impl Fn(u64) -> Place) {
        self.created += report.created;
        self.changed += report.changed;
        self.unchanged += report.unchanged;
        for refused in &report.refused {
            self.refuse(place(refused.number), &refused.fault);
        }
    }

    /// Adds what became of the taxonomy.
    pub(super) fn add_taxonomy(&mut self, report: &TaxonomyReport) {
        self.taxonomy.created += report.created;
        self.taxonomy.changed += report.changed;
    }

    /// Adds a bad line.
    pub(super) fn refuse(&mut self, place: Place, fault: &FieldFault) {
        self.bad.add(place, || fault.to_string());
    }

    /// Adds text that was passed over.
    pub(super) fn pass_over(&mut self, place: Place, said: impl FnOnce() -> String) {
        self.passed_over.add(place, said);
    }

    /// Whether there is anything to tell.
    pub(super) fn has_begun(&self) -> bool {
        self.created + self.changed + self.unchanged + self.bad.count > 0
    }

    /// How many lines were bad.
    pub(super) fn refused(&self) -> u64 {
        self.bad.count
    }

    /// The first bad line, with its reason.
    pub(super) fn first_refusal(&self) -> Option<&str> {
        self.bad.lines.first().map(|(_, said)| said.as_str())
    }

    /// How far it is, for a progress bar.
    pub(super) fn in_short(&self) -> String {
        let Self {
            created,
            changed,
            unchanged,
            ..
        } = self;
        let refused = self.refused();
        format!("{created} created, {changed} changed, {unchanged} unchanged, {refused} refused")
    }

    /// What this is for the exit code.
    pub(super) fn outcome(&self) -> Outcome {
        if self.bad.count == 0 {
            Outcome::Good
        } else {
            Outcome::SomeBad
        }
    }

    /// How many of what, in a few words.
    pub(super) fn summary(&self, dry_run: bool) -> String {
        let Self {
            created,
            changed,
            unchanged,
            repeated,
            taxonomy,
            ..
        } = self;
        let refused = self.refused();
        let would = if dry_run { "would be " } else { "" };
        let mut text = if dry_run {
            "a dry run, which keeps nothing: ".to_owned()
        } else {
            String::new()
        };
        if created + changed + taxonomy.created + taxonomy.changed == 0 {
            let nothing = if dry_run {
                "nothing would change"
            } else {
                "nothing changed"
            };
            let _ = write!(text, "{nothing}: {unchanged} unchanged, {refused} refused");
        } else {
            let _ = write!(
                text,
                "releases: {created} {would}created, {changed} {would}changed, {unchanged} unchanged, {refused} refused"
            );
        }
        if taxonomy.created + taxonomy.changed > 0 {
            let TaxonomyReport { created, changed } = taxonomy;
            let _ = write!(
                text,
                "; offices, themes and types: {created} {would}created, {changed} {would}changed"
            );
        }
        if *repeated > 0 {
            let _ = write!(text, "; {repeated} on two pages, counted once");
        }
        text
    }

    /// Writes every bad line and what was passed over, in the order of the files.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub(super) fn write_details(&mut self, to: &mut impl Write) -> io::Result<()> {
        for (noted, mark, what) in [
            (&mut self.passed_over, "passed over: ", "passages were passed over"),
            (&mut self.bad, "", "lines are bad"),
        ] {
            noted.lines.sort_by_key(|(place, _)| *place);
            for (place, said) in &noted.lines {
                writeln!(to, "{}:{}: {mark}{said}", self.files[place.file], place.line)?;
            }
            let more = noted.count - noted.lines.len() as u64;
            if more > 0 {
                writeln!(to, "and {more} more {what}: mend these first, then import again")?;
            }
        }
        to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: usize, line: u64) -> Place {
        Place { file, line }
    }

    fn tally(created: u64, unchanged: u64) -> Tally {
        let mut tally = Tally::of(vec!["a.jsonl".to_owned(), "b.jsonl".to_owned()]);
        tally.add(
            &ImportReport {
                created,
                changed: 0,
                unchanged,
                refused: Vec::new(),
            },
            |line| at(0, line),
        );
        tally
    }

    #[test]
    fn a_summary_says_what_became_of_how_many() {
        let mut with_taxonomy = tally(7, 0);
        with_taxonomy.add_taxonomy(&TaxonomyReport {
            created: 14,
            changed: 0,
        });
        let said = [
            with_taxonomy.summary(false),
            with_taxonomy.summary(true),
            tally(0, 7).summary(false),
            tally(0, 7).summary(true),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn bad_lines_are_told_in_the_order_of_the_files_and_make_the_exit_code_say_so() {
        let mut tally = tally(1, 0);
        assert_eq!(tally.outcome(), Outcome::Good);
        tally.refuse(
            at(1, 3),
            &FieldFault::new("type", "UNKNOWN_SLUG", "there is no content type “x”"),
        );
        tally.refuse(at(0, 9), &FieldFault::new("", "MALFORMED", "this is no JSON"));
        tally.pass_over(at(0, 4), || "2 lines, “Next page”".to_owned());
        let mut written = Vec::new();
        tally.write_details(&mut written).unwrap();
        insta::assert_snapshot!(String::from_utf8(written).unwrap());
        assert_eq!(tally.outcome(), Outcome::SomeBad);
    }

    #[test]
    fn of_very_many_bad_lines_the_first_are_told_and_the_rest_counted() {
        let mut tally = tally(0, 0);
        for line in 1..=MOST_DETAILS as u64 + 5 {
            tally.refuse(at(0, line), &FieldFault::new("", "MALFORMED", "bad"));
        }
        let mut written = Vec::new();
        tally.write_details(&mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text.lines().count(), MOST_DETAILS + 1);
        assert!(text.ends_with("and 5 more lines are bad: mend these first, then import again\n"));
        assert_eq!(tally.refused(), MOST_DETAILS as u64 + 5);
    }
}
