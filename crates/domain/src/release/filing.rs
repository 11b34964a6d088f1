//! Reading what a release is filed under and what is attached to it, alike for the desk and the importer.

use std::collections::BTreeSet;

use super::{LONGEST_ATTACHMENT, MOST_ATTACHMENTS, MOST_FILED};
use crate::fault::{Faults, FieldFault, Malformed};
use crate::taxonomy::Taxonomy;
use crate::text::excerpt;
use crate::{ContentTypeId, Day, Instant, OfficeId, ThemeId, Zone};

/// The content type of that slug; where there is none, that is noted.
pub(super) fn content_type(slug: &str, taxonomy: &Taxonomy, faults: &mut Faults) -> Option<ContentTypeId> {
    let found = taxonomy.content_type_by_slug(slug).map(|found| found.id);
    if found.is_none() {
        faults.push(unknown("type".to_owned(), "content type", slug));
    }
    found
}

/// The offices of those slugs, in their order. What is unknown, there twice or too many is noted.
pub(super) fn offices<'a>(
    slugs: impl ExactSizeIterator<Item = &'a str>,
    taxonomy: &Taxonomy,
    faults: &mut Faults,
) -> Vec<OfficeId> {
    let find = |slug: &str| taxonomy.office_by_slug(slug).map(|office| office.id);
    each_once(("offices", "office"), slugs, find, faults)
}

/// The themes of those slugs, in their order. What is unknown, there twice or too many is noted.
pub(super) fn themes<'a>(
    slugs: impl ExactSizeIterator<Item = &'a str>,
    taxonomy: &Taxonomy,
    faults: &mut Faults,
) -> Vec<ThemeId> {
    let find = |slug: &str| taxonomy.themes().by_slug(slug).map(|theme| theme.id);
    each_once(("themes", "theme"), slugs, find, faults)
}

fn each_once<'a, T: PartialEq>(
    (field, what): (&str, &str),
    slugs: impl ExactSizeIterator<Item = &'a str>,
    find: impl Fn(&str) -> Option<T>,
    faults: &mut Faults,
) -> Vec<T> {
    if slugs.len() > MOST_FILED {
        let message = format!("a release has at most {MOST_FILED} {field}, this one {}", slugs.len());
        faults.push(FieldFault::new(field, "TOO_MANY", message));
        return Vec::new();
    }
    let mut found = Vec::with_capacity(slugs.len());
    let mut seen = BTreeSet::new();
    for (index, slug) in slugs.enumerate() {
        let path = format!("{field}.{index}");
        match find(slug) {
            None => faults.push(unknown(path, what, slug)),
            Some(_) if !seen.insert(slug) => {
                let message = format!("“{slug}” is there twice: name it once");
                faults.push(FieldFault::new(path, "DUPLICATE", message));
            }
            // Another slug of what is there already, such as one that it had: whoever writes both need not know.
            Some(value) if found.contains(&value) => {}
            Some(value) => found.push(value),
        }
    }
    found
}

fn unknown(path: String, what: &str, slug: &str) -> FieldFault {
    FieldFault::new(path, "UNKNOWN_SLUG", format!("there is no {what} “{}”", excerpt(slug)))
}

/// Whether that many attachments are not too many; where they are, that is noted.
pub(super) fn can_attach(count: usize, faults: &mut Faults) -> bool {
    if count > MOST_ATTACHMENTS {
        let message = format!("a release has at most {MOST_ATTACHMENTS} attachments, this one {count}");
        faults.push(FieldFault::new("attachments", "TOO_MANY", message));
    }
    count <= MOST_ATTACHMENTS
}

/// Notes what is wrong with an attachment's length or media type.
pub(super) fn check_attachment(index: usize, length: Option<i64>, media_type: Option<&str>, faults: &mut Faults) {
    if length.is_some_and(|length| !(0..=LONGEST_ATTACHMENT).contains(&length)) {
        let message = format!("a length is in bytes, from 0 to {LONGEST_ATTACHMENT}");
        faults.push(FieldFault::new(
            format!("attachments.{index}.length"),
            "OUT_OF_RANGE",
            message,
        ));
    }
    if media_type.is_some_and(|given| !is_media_type(given)) {
        let message = "this is not a media type: give one such as application/pdf (RFC 6838)";
        faults.push(FieldFault::new(
            format!("attachments.{index}.mediaType"),
            "MALFORMED",
            message,
        ));
    }
}

/// Whether a text is a type and a subtype (RFC 6838, section 4.2), perhaps with parameters behind it.
fn is_media_type(text: &str) -> bool {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let has_two_names = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype));
    has_two_names && text.len() <= 255 && parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// The instant that a publishing date given as a day alone means.
pub(super) fn publishing_instant(day: Day, zone: Zone) -> Result<Instant, Malformed> {
    zone.first_instant(day).ok_or_else(|| {
        Malformed::new(
            "OUT_OF_RANGE",
            format!("{day} begins before the year 1 in UTC: give a later day"),
        )
    })
}
