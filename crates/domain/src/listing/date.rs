//! The publishing date of an item: a day in English words, or an ISO 8601 one.

use chrono::NaiveDate;

use crate::Day;
use crate::fault::Malformed;
use crate::text::excerpt;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Reads `22 November 2024`, also `Friday, 22 November 2024`, `22 Nov. 2024`, `November 22, 2024` and `2024-11-22`, in
/// any case.
///
/// # Errors
/// Where it is none of these, or no day of the calendar.
pub(super) fn read(text: &str) -> Result<Day, Malformed> {
    if let Ok(day) = text.parse() {
        return Ok(day);
    }
    in_words(text).ok_or_else(|| {
        let said = if text.is_empty() {
            "there is no date".to_owned()
        } else {
            format!("“{}” is not a date", excerpt(text))
        };
        Malformed::new("INVALID_DATE", format!("{said}: give one such as 22 November 2024"))
    })
}

fn in_words(text: &str) -> Option<Day> {
    let mut words = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .peekable();
    if words.peek().is_some_and(|word| place_in(&WEEKDAYS, word).is_some()) {
        words.next();
    }
    let (first, second, year) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let (month, day) = match place_in(&MONTHS, second) {
        Some(month) => (month, first),
        None => (place_in(&MONTHS, first)?, second),
    };
    let year = number(year).filter(|_| year.len() == 4)?;
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        u32::try_from(month + 1).ok()?,
        number(day).filter(|_| day.len() <= 2)?,
    )?;
    Day::new(date)
}

/// Which of the names a word is, in full or by three letters or more.
fn place_in(names: &[&str], word: &str) -> Option<usize> {
    let word = word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase();
    names.iter().position(|name| word.len() >= 3 && name.starts_with(&word))
}

/// Digits and nothing else: `parse` alone would take a sign.
fn number(digits: &str) -> Option<u32> {
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_said_in_english() {
        for text in [
            "22 November 2024",
            "22 november 2024",
            "22\u{a0}NOVEMBER  2024",
            "Friday, 22 November 2024",
            "Fri 22 Nov. 2024",
            "November 22, 2024",
            "2024-11-22",
        ] {
            assert_eq!(read(text).unwrap().to_string(), "2024-11-22", "{text}");
        }
        for (text, day) in [
            ("1 May 1995", "1995-05-01"),
            ("29 Feb 2000", "2000-02-29"),
            ("03 Sept 2024", "2024-09-03"),
            ("5 Mar 2024", "2024-03-05"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), day);
        }
    }

    #[test]
    fn what_is_no_day_is_refused_with_what_was_said() {
        for text in [
            "soon",
            "30 February 2024",
            "0 May 2024",
            "22 November",
            "22 November 24",
            "22.11.2024",
            "22 No 2024",
            "22 November 2024 10:00",
            "+2 May 2024",
            "22 May 0000",
            "111 May 2024",
            "٢٢ November 2024",
            "22 22 2024",
        ] {
            assert_eq!(
                read(text).unwrap_err().to_string(),
                format!("“{text}” is not a date: give one such as 22 November 2024")
            );
        }
        assert_eq!(
            read("").unwrap_err().to_string(),
            "there is no date: give one such as 22 November 2024"
        );
    }
}
