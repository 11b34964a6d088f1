//! `Retry-After`, as others send it whom this program asks.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// For how long an answer asks to be left alone: so many seconds, or until a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(said).ok()?;
    until.duration_since(SystemTime::now()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_in_seconds_or_by_a_date() {
        let said = |value: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]));
        assert_eq!(said("40"), Some(Duration::from_secs(40)));
        let at = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
        assert!(
            said(&at).is_some_and(|wait| (60..=90).contains(&wait.as_secs())),
            "{at}"
        );
        assert_eq!(said("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        assert_eq!(said("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
