//! Which of GraphQL's two media types a client gets: content negotiation by `Accept`.
//!
//! Sources: GraphQL over HTTP, section 6 "Response" (<https://graphql.github.io/graphql-over-http/draft/#sec-Accept>),
//! and RFC 9110, section 12.5.1 (ranges and weights; the most specific range that matches a type decides its weight).

use http::{HeaderMap, HeaderValue, header};
use mime::Mime;

use crate::error::{ApiError, ErrorCode};

/// The media type of an answer. Its charset is always UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says whether the request was good.
    GraphqlResponse,
    /// `application/json`, for older clients: 200 for every well-formed request. It is what clients get by default.
    Json,
}

impl MediaType {
    /// The value of `Content-Type`.
    #[must_use]
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }
}

/// The media type of server-sent events.
const EVENTS: &str = "text/event-stream";

/// How well a type is accepted: the weight in thousandths, then how closely the range names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    weight: u16,
    closeness: u8,
}

/// The media type to answer in.
///
/// `application/json` where there is no `Accept`, or where a wildcard alone covers both; of two types with one weight the
/// one that is named, and `application/graphql-response+json` where both are.
///
/// # Errors
/// `NOT_ACCEPTABLE` where neither may be sent.
pub fn negotiate(headers: &HeaderMap) -> Result<MediaType, ApiError> {
    let mut accept = headers.get_all(header::ACCEPT).iter();
    if accept.all(|value| value.as_bytes().trim_ascii().is_empty()) {
        return Ok(MediaType::Json);
    }
    let ranges = ranges(headers);
    match (
        preference(&ranges, MediaType::GraphqlResponse.essence()),
        preference(&ranges, MediaType::Json.essence()),
    ) {
        (Some(modern), Some(legacy)) if modern < legacy || modern.closeness < 2 && modern == legacy => {
            Ok(MediaType::Json)
        }
        (Some(_), _) => Ok(MediaType::GraphqlResponse),
        (None, Some(_)) => Ok(MediaType::Json),
        (None, None) => Err(ApiError::new(
            ErrorCode::NotAcceptable,
            "Answers are application/graphql-response+json or application/json, in UTF-8; the Accept header allows neither.",
        )),
    }
}

/// Whether a client takes server-sent events, which it has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Events {
    /// For whatever it asks: it names them before the types of one answer, or with more weight, or alone.
    Wanted,
    /// For what has several answers.
    Taken,
    /// Not.
    Refused,
}

/// How a client takes server-sent events.
pub(super) fn events(headers: &HeaderMap) -> Events {
    let ranges = ranges(headers);
    let Some(events) = preference(&ranges, EVENTS).filter(|events| events.closeness == 2) else {
        return Events::Refused;
    };
    let place = |essence: &str| ranges.iter().position(|range| range.essence_str() == essence);
    let is_before = |media_type: MediaType| {
        let essence = media_type.essence();
        match preference(&ranges, essence) {
            Some(other) if other.weight == events.weight => place(EVENTS) < place(essence).or(Some(usize::MAX)),
            Some(other) => other.weight < events.weight,
            None => true,
        }
    };
    if is_before(MediaType::GraphqlResponse) && is_before(MediaType::Json) {
        Events::Wanted
    } else {
        Events::Taken
    }
}

/// The ranges of all `Accept` headers, those left out that are none.
fn ranges(headers: &HeaderMap) -> Vec<Mime> {
    let accept = headers.get_all(header::ACCEPT).iter();
    accept
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse().ok())
        .collect()
}

/// How well `ranges` accept a type; nothing where they don't name it or give it weight 0.
fn preference(ranges: &[Mime], essence: &str) -> Option<Preference> {
    let closest = ranges.iter().filter_map(|range| {
        Some(Preference {
            closeness: closeness(range, essence)?,
            weight: weight(range)?,
        })
    });
    closest
        .max_by_key(|preference| (preference.closeness, preference.weight))
        .filter(|preference| preference.weight > 0)
}

/// 2 where the range names the type, 1 for all of its kind, 0 for `*/*`; nothing where it does not cover it.
fn closeness(range: &Mime, essence: &str) -> Option<u8> {
    if range
        .get_param(mime::CHARSET)
        .is_some_and(|charset| charset != mime::UTF_8)
    {
        return None;
    }
    match range.essence_str() {
        named if named == essence => Some(2),
        "application/*" if essence.starts_with("application/") => Some(1),
        "*/*" => Some(0),
        _ => None,
    }
}

/// The weight `q` in thousandths (RFC 9110, section 12.4.2); nothing where it is not a weight.
fn weight(range: &Mime) -> Option<u16> {
    let Some(quality) = range.get_param("q") else {
        return Some(1000);
    };
    let (whole, fraction) = quality.as_str().split_once('.').unwrap_or((quality.as_str(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_to(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        negotiate(&headers).ok()
    }

    #[test]
    fn the_type_is_chosen_by_weight_then_by_name() {
        use MediaType::{GraphqlResponse, Json};
        let table = [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/json; charset=utf-8", Some(Json)),
            ("Application/JSON;q=1.000", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            (
                "application/graphql-response+json; charset=UTF-8",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json;q=0.5, application/json;q=0.9",
                Some(Json),
            ),
            (
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream",
                Some(GraphqlResponse),
            ),
            (
                "application/json, application/graphql-response+json",
                Some(GraphqlResponse),
            ),
            ("application/json, text/plain, */*", Some(Json)),
            ("application/graphql-response+json, */*", Some(GraphqlResponse)),
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("application/json;q=0", None),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Json)),
            ("text/html", None),
            ("application/json; charset=iso-8859-1", None),
            ("application/json;q=nan", None),
            ("application/json;q=1.5", None),
            ("garbage", None),
            ("garbage, application/json", Some(Json)),
        ];
        for (accept, expected) in table {
            assert_eq!(answer_to(accept), expected, "Accept: {accept}");
        }
    }

    #[test]
    fn events_are_for_whoever_names_them() {
        let table = [
            ("text/event-stream", Events::Wanted),
            ("text/event-stream, application/json", Events::Wanted),
            ("text/event-stream, */*;q=0.1", Events::Wanted),
            ("application/json;q=0.5, text/event-stream", Events::Wanted),
            ("application/json, text/event-stream", Events::Taken),
            ("text/event-stream;q=0.1, application/json", Events::Taken),
            ("text/event-stream;q=0.9, */*", Events::Taken),
            ("text/event-stream;q=0", Events::Refused),
            ("text/*", Events::Refused),
            ("*/*", Events::Refused),
            ("", Events::Refused),
        ];
        for (accept, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(events(&headers), expected, "Accept: {accept}");
        }
    }

    #[test]
    fn no_accept_header_means_json_and_several_are_read_as_one() {
        assert_eq!(negotiate(&HeaderMap::new()).ok(), Some(MediaType::Json));
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, HeaderValue::from_static("text/html"));
        headers.append(
            header::ACCEPT,
            HeaderValue::from_static("application/graphql-response+json"),
        );
        assert_eq!(negotiate(&headers).ok(), Some(MediaType::GraphqlResponse));
    }
}
