//! Reading text a line at a time, in the memory of one line however long the text, or the line, is.

use std::io::{self, BufRead};

use newsroom_domain::FieldFault;

/// The most bytes of a line: room for a dozen bodies at their limit of 200,000 characters, each escaped as `\uXXXX`.
pub(super) const LONGEST_LINE: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its text, without its end, or why it has none.
    pub(super) text: Result<&'a str, FieldFault>,
}

/// Reads lines. A byte order mark, ends of `\r\n` and blank lines are passed over.
pub(super) struct LineReader<R> {
    from: R,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
    longest: usize,
}

impl<R: BufRead> LineReader<R> {
    /// A reader whose lines have at most [`LONGEST_LINE`] bytes.
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            line: Vec::new(),
            number: 0,
            bytes: 0,
            longest: LONGEST_LINE,
        }
    }

    /// How many bytes have been read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line, if there is one.
    ///
    /// # Errors
    /// Where what is read from fails. A line that is no UTF-8, or too long, is a fault of that line alone.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let Some(length) = self.read_line()? else {
                return Ok(None);
            };
            self.number += 1;
            if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
            if length <= self.longest && self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let number = self.number;
            let text = if length > self.longest {
                let message = format!(
                    "a line has at most {} bytes, this one {length}: split the release's texts, or shorten them",
                    self.longest
                );
                Err(FieldFault::new("", "TOO_LONG", message))
            } else {
                std::str::from_utf8(&self.line).map_err(|error| {
                    let message = format!(
                        "this is not UTF-8 from byte {} of the line on: write the file in UTF-8",
                        error.valid_up_to() + 1
                    );
                    FieldFault::new("", "MALFORMED", message)
                })
            };
            return Ok(Some(Line { number, text }));
        }
    }

    /// Reads up to the next line end into `line`, and answers how long the line is; of one that is too long no more is
    /// kept than may be. `None` at the end.
    fn read_line(&mut self) -> io::Result<Option<usize>> {
        self.line.clear();
        let mut length = 0;
        loop {
            let read = match self.from.fill_buf() {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read.is_empty() {
                return Ok((length > 0).then_some(length));
            }
            let end = read.iter().position(|&b| b == b'\n');
            let part = &read[..end.unwrap_or(read.len())];
            length += part.len();
            if length <= self.longest {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.from.consume(used);
            self.bytes += used as u64;
            if end.is_some() {
                return Ok(Some(length));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], longest: usize) -> Vec<(u64, Result<String, String>)> {
        // A small buffer, so that lines go over its end.
        let mut reader = LineReader {
            longest,
            ..LineReader::new(io::BufReader::with_capacity(4, bytes))
        };
        let mut lines = Vec::new();
        while let Some(line) = reader.next().unwrap() {
            lines.push((line.number, line.text.map(str::to_owned).map_err(|fault| fault.message)));
        }
        assert_eq!(reader.bytes(), bytes.len() as u64);
        lines
    }

    #[test]
    fn lines_are_numbered_from_one_and_blank_ones_counted_but_passed_over() {
        let text = "\u{feff}one\r\n\n  \t\r\nfour — and more\nfive";
        let lines = [
            (1, Ok("one".to_owned())),
            (4, Ok("four — and more".to_owned())),
            (5, Ok("five".to_owned())),
        ];
        assert_eq!(read(text.as_bytes(), 100), lines);
    }

    #[test]
    fn a_line_that_is_no_utf_8_or_too_long_does_not_keep_others_from_being_read() {
        let lines = read(b"good\nb\xffd\n0123456789abc\ngood\n", 8);
        insta::assert_debug_snapshot!(lines);
    }

    #[test]
    fn nothing_has_no_lines() {
        assert_eq!(read(b"", 8), []);
        assert_eq!(read(b"\n\n", 8), []);
    }
}
