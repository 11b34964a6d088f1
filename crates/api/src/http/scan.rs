//! A look at the raw text of a document, before the parser recurses on it.
//!
//! The parser takes a stack frame for every bracket and counts none of those in values, so that a few thousand end the
//! process. This pass counts them in constant stack. It never finds fewer than the parser would descend: it tokenises strings
//! and comments exactly as async-graphql-parser's grammar does (graphql.pest: `string`, `block_string_character`, `COMMENT`),
//! and where the grammar would fail it goes on counting or stops with a syntax error.
//!
//! Source: GraphQL specification, section 2.1 (<https://spec.graphql.org/October2021/#sec-Source-Text>).

use super::limits::Limits;
use crate::error::{ApiError, ErrorCode};

/// What a document's text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scan {
    /// How deep `(`, `[` and `{` nest, of whatever kind.
    pub(crate) nesting: usize,
    /// Names, numbers, strings and punctuators; a number with a point or sign counts as several.
    pub(crate) tokens: usize,
}

/// Counts what `text` has and refuses it where that is over `limits`.
///
/// # Errors
/// `QUERY_TOO_COMPLEX` with the figure and the limit; `GRAPHQL_PARSE_FAILED` for a block string that never ends.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<Scan, ApiError> {
    within("length in bytes", text.len(), limits.query_bytes)?;
    let bytes = text.as_bytes();
    let (mut scan, mut open, mut at) = (Scan::default(), 0_usize, 0);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => at + 1,
            b'#' => end_of_line(bytes, at),
            b'"' => end_of_string(bytes, at)?,
            b'.' => end_of_run(bytes, at, |byte| byte == b'.'),
            _ if is_name(byte) => end_of_run(bytes, at, is_name),
            _ => at + 1,
        };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'#' | 0xEF | 0xBB | 0xBF => continue,
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ if is_name(byte) => within("longest name or number, in bytes,", at - start, limits.name_bytes)?,
            _ => {}
        }
        scan.nesting = scan.nesting.max(open);
        scan.tokens += 1;
        // Counted on beyond the limit the figure would be truer, but the text is an attacker's: stop here.
        within("nesting of brackets", scan.nesting, limits.nesting)?;
        within("number of tokens", scan.tokens, limits.tokens)?;
    }
    Ok(scan)
}

/// Lets a figure pass that is not over its limit.
pub(crate) fn within(what: &str, figure: usize, limit: usize) -> Result<(), ApiError> {
    if figure <= limit {
        return Ok(());
    }
    Err(ApiError::too_complex(what, figure as u64, limit as u64))
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn end_of_run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|&byte| !belongs(byte))
        .map_or(bytes.len(), |length| from + length)
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    end_of_run(bytes, from, |byte| byte != b'\n' && byte != b'\r')
}

/// Where the string that begins at `from` ends.
///
/// A line's end within a plain string is where the parser fails; here the string ends there and the count goes on, which can
/// only find more. A block string without an end must be refused: the grammar would go back and read `""` and then a plain
/// string, and see brackets after that which this pass took for the block's text.
fn end_of_string(bytes: &[u8], from: usize) -> Result<usize, ApiError> {
    if !bytes[from..].starts_with(br#"""""#) {
        let mut at = from + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => return Ok(at + 1),
                b'\n' | b'\r' => return Ok(at),
                b'\\' if bytes.get(at + 1).is_some_and(|next| !matches!(next, b'\n' | b'\r')) => {
                    at += 2;
                }
                _ => at += 1,
            }
        }
        return Ok(bytes.len());
    }
    let mut at = from + 3;
    while at < bytes.len() {
        if bytes[at..].starts_with(br#"\""""#) {
            at += 4;
        } else if bytes[at..].starts_with(br#"""""#) {
            return Ok(at + 3);
        } else {
            at += 1;
        }
    }
    let line = bytes[..from].split(|&byte| byte == b'\n').count();
    Err(ApiError::new(
        ErrorCode::GraphqlParseFailed,
        format!("Syntax error: the block string that begins in line {line} never ends."),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nesting(text: &str) -> usize {
        scan(text, &Limits::default()).unwrap().nesting
    }

    #[test]
    fn brackets_of_every_kind_count_and_those_in_strings_and_comments_do_not() {
        assert_eq!(nesting("{ a(b: [[{c: 1}]]) }"), 5);
        assert_eq!(nesting(r#"{ a(b: "[[[[") }"#), 2);
        assert_eq!(nesting(r#"{ a(b: "\"[[[[") }"#), 2);
        assert_eq!(nesting("{ a # [[[[ \r b }"), 1);
        assert_eq!(nesting(r#"{ a(b: """ [[ " [[ \""" [[ "" """) }"#), 2);
    }

    #[test]
    fn a_bracket_after_a_string_that_a_line_breaks_counts() {
        assert_eq!(nesting("{ a(b: \"x\n[[[\") }"), 5);
        assert_eq!(nesting("{ a(b: \"x\\\n[[[\") }"), 5);
    }

    #[test]
    fn a_block_string_without_an_end_is_a_syntax_error() {
        let error = scan("{ a(b: \n [\"\"\" \" \" [[[[", &Limits::default()).unwrap_err();
        assert_eq!(error.code, ErrorCode::GraphqlParseFailed);
        assert_eq!(
            error.message,
            "Syntax error: the block string that begins in line 2 never ends."
        );
    }

    #[test]
    fn a_refusal_says_the_figure_and_the_limit() {
        let message = |text: &str| scan(text, &Limits::default()).unwrap_err().message;
        assert_eq!(
            message(&"[".repeat(20_000)),
            "The query's nesting of brackets is 65; the limit is 64."
        );
        assert_eq!(
            message(&"a ".repeat(7_000)),
            "The query's number of tokens is 6001; the limit is 6000."
        );
        assert_eq!(
            message(&"a".repeat(300)),
            "The query's longest name or number, in bytes, is 300; the limit is 256."
        );
        assert_eq!(
            message(&" ".repeat(70_000)),
            "The query's length in bytes is 70000; the limit is 65536."
        );
    }

    /// A piece of a document, with what it does to the nesting: open, close or nothing.
    fn piece() -> impl Strategy<Value = (String, i32)> {
        prop_oneof![
            prop::sample::select(vec!["(", "[", "{"]).prop_map(|text| (text.to_owned(), 1)),
            prop::sample::select(vec![")", "]", "}"]).prop_map(|text| (text.to_owned(), -1)),
            prop::sample::select(vec!["name ", "-1.5e3 ", "... ", "$v:", "@d ", "\"\" ", ",", "\u{feff}"])
                .prop_map(|text| (text.to_owned(), 0)),
            "[ -~é]{0,12}".prop_map(|text| (format!("#{text}\n"), 0)),
            "([ !#-\\[\\]-~]|\\\\[\"\\\\/bfnrt]){0,12}".prop_map(|text| (format!("\"{text}\" "), 0)),
            "([ !#-\\[\\]-~\n]|\\\\\"\"\"|\"[a-z]){0,12}[a-z]".prop_map(|text| (format!("\"\"\"{text}\"\"\" "), 0)),
        ]
    }

    proptest! {
        #[test]
        fn the_nesting_is_that_of_the_brackets_outside_strings_and_comments(pieces in prop::collection::vec(piece(), 0..60)) {
            let text: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
            let (mut open, mut deepest) = (0, 0);
            for (_, step) in &pieces {
                open = (open + step).max(0);
                deepest = deepest.max(open);
            }
            prop_assert_eq!(nesting(&text), usize::try_from(deepest).unwrap());
        }

        #[test]
        fn no_text_makes_the_scan_fail_otherwise_than_by_an_error(text in "[\"\\\\\\[\\](){}#a .\r\né]{0,200}") {
            let _ = scan(&text, &Limits::default());
        }
    }
}
