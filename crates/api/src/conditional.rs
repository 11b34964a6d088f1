//! Conditional requests (RFC 9110, section 13): whoever has what there is already is not sent it again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use newsroom_domain::Instant;
use sha2::{Digest as _, Sha256};

/// What an address answers with, and what tells it from what it answered earlier.
#[derive(Debug)]
pub(crate) struct Representation {
    /// Its media type, with the charset.
    pub(crate) media_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Since when it is what it is, or longer. `None` where nothing is known of that.
    pub(crate) changed_at: Option<Instant>,
    /// How long it may be kept: the value of `Cache-Control`.
    pub(crate) kept: &'static str,
}

impl Representation {
    /// The answer to a GET or HEAD with these headers: all of it, or 304 where whoever asks has it.
    ///
    /// An entity tag goes before a date (section 13.2.2): of two changes within a second, dates know one.
    pub(crate) fn answer(self, asked: &HeaderMap) -> Response {
        self.answer_at(asked, SystemTime::now())
    }

    fn answer_at(self, asked: &HeaderMap, now: SystemTime) -> Response {
        let tag = entity_tag(&self.body);
        let changed = self.changed_at.map(Changed::at);
        let is_known = if asked.contains_key(header::IF_NONE_MATCH) {
            names(asked, &tag)
        } else {
            changed.is_some_and(|changed| changed.is_known(asked))
        };
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let media_type = HeaderValue::from_static(self.media_type);
            ([(header::CONTENT_TYPE, media_type)], Body::from(self.body)).into_response()
        };
        let headers = response.headers_mut();
        // What is sent whole may be compressed, and 304 says what that would (section 15.4.5).
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.kept));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        if let Some(changed) = changed
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(changed.shown(now)))
        {
            headers.insert(header::LAST_MODIFIED, date);
        }
        response
    }
}

/// Weak, since it stays the same whatever the answer is compressed by.
fn entity_tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..18]))
}

/// Whether `If-None-Match` names a tag, by weak comparison (section 8.8.3.2), or any.
pub(crate) fn names(asked: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(tag);
    let given = asked.get_all(header::IF_NONE_MATCH).iter();
    given
        .filter_map(|value| value.to_str().ok())
        // A tag of somebody else's may have a comma in it, and then is cut into what none of ours is.
        .flat_map(|value| value.split(','))
        .any(|given| given.trim() == "*" || opaque(given) == wanted)
}

/// When something changed last, as HTTP's whole seconds have it.
#[derive(Debug, Clone, Copy)]
struct Changed {
    /// The second that it fell into.
    within: SystemTime,
    /// The first at which it was over.
    over: SystemTime,
}

impl Changed {
    fn at(instant: Instant) -> Self {
        let micros = u64::try_from(instant.micros()).unwrap_or(0);
        let seconds = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        Self {
            within: seconds(micros / 1_000_000),
            over: seconds(micros.div_ceil(1_000_000)),
        }
    }

    /// What is said of it: the second by whose beginning it was over. Within the very second, that one, since no answer is from
    /// the future (section 8.8.2.1).
    fn shown(self, now: SystemTime) -> SystemTime {
        if self.over <= now { self.over } else { self.within }
    }

    /// Whether `If-Modified-Since` is of when it was over. Of the second that it fell into it is not enough: more of that second
    /// may have come.
    fn is_known(self, asked: &HeaderMap) -> bool {
        let date = asked.get(header::IF_MODIFIED_SINCE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        date.is_some_and(|date| date >= self.over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2024-11-22T12:00:00.5Z";

    fn answered(asked: &[(http::HeaderName, &str)], now: &str) -> Response {
        let representation = Representation {
            media_type: "text/plain; charset=utf-8",
            body: b"news".to_vec(),
            changed_at: Some(NOON.parse().unwrap()),
            kept: "public, max-age=300",
        };
        let headers = asked.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let now: Instant = now.parse().unwrap();
        let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap());
        representation.answer_at(&headers.collect(), now)
    }

    fn header(response: &Response, name: http::HeaderName) -> &str {
        response.headers()[name].to_str().unwrap()
    }

    #[test]
    fn whoever_names_the_tag_is_not_sent_it_again() {
        let first = answered(&[], "2024-11-22T13:00:00Z");
        assert_eq!(first.status(), 200);
        let tag = header(&first, header::ETAG).to_owned();
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [tag.as_str(), &strong, "*", &format!("\"other\", {tag}")] {
            let again = answered(&[(header::IF_NONE_MATCH, known)], "2024-11-22T13:00:00Z");
            assert_eq!(again.status(), 304, "{known}");
            assert_eq!(header(&again, header::ETAG), tag);
            assert_eq!(header(&again, header::VARY), "accept-encoding");
            assert!(!again.headers().contains_key(header::CONTENT_TYPE));
        }
        for unknown in ["\"other\"", "", "W/\"\""] {
            let again = answered(&[(header::IF_NONE_MATCH, unknown)], "2024-11-22T13:00:00Z");
            assert_eq!(again.status(), 200, "{unknown}");
        }
    }

    #[test]
    fn a_tag_that_is_another_goes_before_a_date_that_would_do() {
        let asked = [
            (header::IF_NONE_MATCH, "\"other\""),
            (header::IF_MODIFIED_SINCE, "Fri, 22 Nov 2024 13:00:00 GMT"),
        ];
        assert_eq!(answered(&asked, "2024-11-22T13:00:00Z").status(), 200);
        assert_eq!(answered(&asked[1..], "2024-11-22T13:00:00Z").status(), 304);
    }

    #[test]
    fn a_date_within_the_second_of_the_change_is_shown_and_not_relied_on() {
        let soon = answered(&[], "2024-11-22T12:00:00.7Z");
        let within = header(&soon, header::LAST_MODIFIED).to_owned();
        assert_eq!(within, "Fri, 22 Nov 2024 12:00:00 GMT");
        let later = answered(&[(header::IF_MODIFIED_SINCE, &within)], "2024-11-22T12:00:09Z");
        assert_eq!(later.status(), 200);
        let over = header(&later, header::LAST_MODIFIED).to_owned();
        assert_eq!(over, "Fri, 22 Nov 2024 12:00:01 GMT");
        let again = answered(&[(header::IF_MODIFIED_SINCE, &over)], "2024-11-22T12:00:10Z");
        assert_eq!(again.status(), 304);
        let nonsense = answered(&[(header::IF_MODIFIED_SINCE, "yesterday")], "2024-11-22T12:00:10Z");
        assert_eq!(nonsense.status(), 200);
    }
}
