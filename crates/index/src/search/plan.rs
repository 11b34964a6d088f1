//! What a search means in one language: terms, and how they must stand.

use newsroom_domain::search::{Clause, SearchMode, SearchQuery};

use super::analysis::{Language, Terms, Unit, Word, terms, units};
use super::synonyms::Synonyms;

/// A search in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The language.
    pub(crate) language: Language,
    /// Whether all that is wanted must be there, or any.
    pub(crate) mode: SearchMode,
    /// What is wanted, each once.
    pub(crate) wanted: Vec<Sought>,
    /// What must not be there.
    pub(crate) excluded: Vec<Sought>,
}

/// One thing that is looked for, in any of several ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    /// The ways; of each, all sequences must be there.
    pub(crate) ways: Vec<Vec<Sequence>>,
}

/// Words that stand side by side; often only one.
pub(crate) type Sequence = Vec<Slot>;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Its terms.
    pub(crate) terms: Terms,
    /// Whether it is only the beginning of one, in its exact form.
    pub(crate) begins: bool,
}

impl Slot {
    /// Whether a text's word with these terms is one that is looked for.
    pub(crate) fn is(&self, written: &Terms) -> bool {
        if self.begins {
            return written.exact.starts_with(&self.terms.exact);
        }
        let written = written.any();
        self.terms.any().iter().any(|term| written.contains(term))
    }
}

impl Sought {
    /// Whether positions are needed to find it.
    pub(crate) fn has_phrase(&self) -> bool {
        self.ways.iter().flatten().any(|sequence| sequence.len() > 1)
    }

    /// The words of its first way, which is how it was typed.
    pub(crate) fn typed_words(&self) -> usize {
        self.ways.first().map_or(0, |way| way.iter().map(Vec::len).sum())
    }
}

impl Plan {
    /// What the search means in this language.
    pub(crate) fn new(query: &SearchQuery, language: Language, synonyms: &Synonyms) -> Self {
        let groups = groups(synonyms, language);
        let mut wanted = Vec::new();
        let mut stop_words = Vec::new();
        let clauses = query.wanted();
        let shouted = !clauses.iter().any(|clause| clause.text().contains(char::is_lowercase));
        let mut at = 0;
        while let Some(clause) = clauses.get(at) {
            if let Some((length, others)) = run(&clauses[at..], language, &groups) {
                let words = &clauses[at..at + length];
                let typed: Vec<Sequence> = words
                    .iter()
                    .filter(|word| !is_stop_word(word, language, shouted))
                    .filter_map(|word| typed(word, language).into_iter().next())
                    .collect();
                if query.mode() == SearchMode::All {
                    let ways = std::iter::once(typed).chain(others.into_iter().map(|other| vec![other]));
                    wanted.push(Sought { ways: ways.collect() });
                } else {
                    wanted.extend(
                        typed
                            .into_iter()
                            .chain(others)
                            .map(|one| Sought { ways: vec![vec![one]] }),
                    );
                }
                at += length;
                continue;
            }
            let sought = sought(clause, language, &groups);
            if is_stop_word(clause, language, shouted) {
                stop_words.extend(sought);
            } else {
                wanted.extend(sought);
            }
            at += 1;
        }
        if wanted.is_empty() {
            wanted = stop_words;
        }
        let mut each_once: Vec<Sought> = Vec::new();
        for sought in wanted {
            if !each_once.contains(&sought) {
                each_once.push(sought);
            }
        }
        let excluded = query.excluded().iter();
        Self {
            language,
            mode: query.mode(),
            wanted: each_once,
            excluded: excluded
                .filter(|clause| !is_stop_word(clause, language, false))
                .filter_map(|clause| sought(clause, language, &groups))
                .collect(),
        }
    }

    /// The words that it would be good to have near each other: those that were typed outside phrases.
    pub(crate) fn loose_words(&self) -> Vec<&Slot> {
        let ways = self.wanted.iter().filter_map(|sought| sought.ways.first());
        let sequences = ways.flatten();
        sequences
            .filter_map(|sequence| match sequence.as_slice() {
                [slot] => Some(slot),
                _ => None,
            })
            .collect()
    }
}

/// What is looked for where a clause stands, if there is any word in it.
fn sought(clause: &Clause, language: Language, groups: &[Vec<Sequence>]) -> Option<Sought> {
    let mut ways = typed(clause, language);
    let mut by_other_names = Vec::new();
    for sequence in &ways {
        by_other_names.extend(renamed(sequence, groups));
    }
    ways.extend(by_other_names);
    let mut each_once: Vec<Sequence> = Vec::new();
    for sequence in ways {
        if !each_once.contains(&sequence) {
            each_once.push(sequence);
        }
    }
    (!each_once.is_empty()).then(|| Sought {
        ways: each_once.into_iter().map(|sequence| vec![sequence]).collect(),
    })
}

/// A clause's words: what hyphens join as one, and then, if there is any such, in pieces.
fn typed(clause: &Clause, language: Language) -> Vec<Sequence> {
    let units = units(clause.text(), language);
    let begins = matches!(clause, Clause::Prefix(_));
    let of = |words: Vec<Word>| -> Sequence {
        let last = words.len().saturating_sub(1);
        let slots = words.into_iter().enumerate();
        slots
            .filter_map(|(at, word)| {
                Some(Slot {
                    terms: terms(&word.text, language)?,
                    begins: begins && at == last,
                })
            })
            .collect()
    };
    let whole = |unit: &Unit<'_>| unit.whole().map_or_else(|| unit.parts(), |word| vec![word]);
    let parts = |unit: &Unit<'_>| if unit.only_whole { whole(unit) } else { unit.parts() };
    let mut ways = vec![of(units.iter().flat_map(whole).collect())];
    let in_pieces = of(units.iter().flat_map(parts).collect());
    if !ways.contains(&in_pieces) {
        ways.push(in_pieces);
    }
    ways.retain(|sequence| !sequence.is_empty());
    ways
}

/// The names of each group, as sequences.
fn groups(synonyms: &Synonyms, language: Language) -> Vec<Vec<Sequence>> {
    let name = |name: &String| typed(&Clause::Phrase(name.clone()), language).into_iter().next();
    synonyms
        .groups()
        .iter()
        .map(|group| group.iter().filter_map(name).collect())
        .collect()
}

/// The sequence with a name in it replaced by the others of its group.
fn renamed(sequence: &Sequence, groups: &[Vec<Sequence>]) -> Vec<Sequence> {
    let mut renamed = Vec::new();
    for group in groups {
        for name in group {
            let Some(at) = sequence.windows(name.len()).position(|run| same(run, name)) else {
                continue;
            };
            for other in group.iter().filter(|other| *other != name) {
                let mut ways = sequence[..at].to_vec();
                ways.extend_from_slice(other);
                ways.extend_from_slice(&sequence[at + name.len()..]);
                renamed.push(ways);
            }
        }
    }
    renamed
}

/// How many of the first clauses are, word by word, a name of several words, and its other names.
fn run(clauses: &[Clause], language: Language, groups: &[Vec<Sequence>]) -> Option<(usize, Vec<Sequence>)> {
    let words = clauses.iter().take_while(|clause| matches!(clause, Clause::Word(_)));
    let first: Vec<Sequence> = words
        .map_while(|clause| typed(clause, language).into_iter().next())
        .collect();
    let mut longest: Option<(usize, Vec<Sequence>)> = None;
    for group in groups {
        for name in group {
            let mut run = Vec::new();
            let mut length = 0;
            while run.len() < name.len() && length < first.len() {
                run.extend_from_slice(&first[length]);
                length += 1;
            }
            if length > 1 && same(&run, name) && longest.as_ref().is_none_or(|(longest, _)| *longest < length) {
                longest = Some((length, group.iter().filter(|other| *other != name).cloned().collect()));
            }
        }
    }
    longest
}

fn same(run: &[Slot], name: &[Slot]) -> bool {
    run.len() == name.len()
        && run
            .iter()
            .zip(name)
            .all(|(one, other)| !one.begins && one.terms.exact == other.terms.exact)
}

/// Whether a clause is a word that says nothing by itself. Acronyms do, unless all is written in capitals.
fn is_stop_word(clause: &Clause, language: Language, shouted: bool) -> bool {
    let Clause::Word(text) = clause else { return false };
    match units(text, language).as_slice() {
        [unit] => unit.is_stop_word(language) && (shouted || !unit.is_capitals()),
        _ => false,
    }
}
