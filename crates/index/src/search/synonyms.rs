//! What an organisation's readers call by several names, read from a file of the operator's.

use std::str::FromStr;

/// Names of which each finds the others, one group a line: `SMM = Special Monitoring Mission`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synonyms {
    groups: Vec<Vec<String>>,
}

/// A line of the file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct MalformedSynonyms {
    /// The line, the first being 1.
    pub line: usize,
    fault: &'static str,
}

impl FromStr for Synonyms {
    type Err = MalformedSynonyms;

    /// Reads a file's text: names with `=` between them, one group a line. Empty lines and what follows `#` are left out. The
    /// first line that has no two names is refused.
    fn from_str(text: &str) -> Result<Self, MalformedSynonyms> {
        let mut groups = Vec::new();
        for (line, content) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let malformed = |fault| MalformedSynonyms { line, fault };
            let content = content.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let names: Vec<String> = content.split('=').map(|name| name.trim().to_owned()).collect();
            if names.len() < 2 {
                return Err(malformed("give two names or more with = between them"));
            }
            if names.iter().any(|name| !name.chars().any(char::is_alphanumeric)) {
                return Err(malformed("a name is empty: give a word on each side of ="));
            }
            groups.push(names);
        }
        Ok(Self { groups })
    }
}

impl Synonyms {
    /// The groups, in the file's order.
    pub(crate) fn groups(&self) -> &[Vec<String>] {
        &self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_line() {
        let text = "\u{feff}# Missions\nSMM = Special Monitoring Mission # closed\n\nUN = U.N. = United Nations\n";
        assert_eq!(
            text.parse::<Synonyms>().unwrap().groups(),
            [
                vec!["SMM", "Special Monitoring Mission"],
                vec!["UN", "U.N.", "United Nations"]
            ]
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let fault = |text: &str| text.parse::<Synonyms>().unwrap_err().to_string();
        assert_eq!(
            fault("a = b\nSMM\n"),
            "line 2: give two names or more with = between them"
        );
        assert_eq!(
            fault("\nSMM = "),
            "line 2: a name is empty: give a word on each side of ="
        );
    }
}
