//! The `sourceId` of a release on a listing page. It is an identity for ever: what is here must never give another
//! answer for the same item, or every page that was imported would be imported again.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::Day;

/// The most characters of a normalised title that stand in full.
const LONGEST: usize = 400;
/// How many stand where there are more, before the hash.
const KEPT: usize = 320;

/// A title as it is compared: Unicode normalisation form KC, in small letters (and then in form KC again, which small
/// letters may have left), every run of white space a single space, none around it.
pub(super) fn normalised(title: &str) -> String {
    let small = title.nfkc().collect::<String>().to_lowercase();
    small
        .nfkc()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// `listing:DAY:N:TITLE`, the title normalised: `listing:2024-11-22:1:odihr hosts election observers`. N says which of
/// its like (same day, same normalised title) it is, from 1, counted from the bottom of the listing.
///
/// Form KC can make a title of 300 characters 18 times as long, and a `sourceId` has at most 500. Of one that is longer
/// than 400, the first 320 characters stand, then `~` and the SHA-256 of the whole (as UTF-8) in hexadecimal digits.
pub(super) fn source_id(day: Day, nth: u64, normalised: &str) -> String {
    if normalised.chars().nth(LONGEST).is_none() {
        return format!("listing:{day}:{nth}:{normalised}");
    }
    let kept: String = normalised.chars().take(KEPT).collect();
    let hash = crate::audit::hex(&Sha256::digest(normalised));
    format!("listing:{day}:{nth}:{kept}~{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(title: &str) -> String {
        source_id("2024-11-22".parse().unwrap(), 1, &normalised(title))
    }

    #[test]
    fn titles_that_differ_in_case_spacing_or_form_are_alike() {
        assert_eq!(
            id("ODIHR  hosts\u{a0}observers "),
            "listing:2024-11-22:1:odihr hosts observers"
        );
        assert_eq!(
            id("Kuke\u{308}s, e\u{fb03}cient ＯＳＣＥ"),
            "listing:2024-11-22:1:kukës, efficient osce"
        );
        assert_eq!(normalised("ДЕЛО ОБСЕ"), normalised("дело обсе"));
    }

    #[test]
    fn the_longest_title_has_an_identity_within_the_limit() {
        // U+FDFA becomes 18 characters in form KC.
        let long = id(&"\u{fdfa}".repeat(300));
        assert_eq!(long.chars().count(), "listing:2024-11-22:1:".len() + 320 + 1 + 64);
        assert_ne!(
            long,
            id(&format!("{}x", "\u{fdfa}".repeat(299))),
            "only the ends differ"
        );
        assert!(
            long.ends_with("~e75608fbfa3dbe751229aefd5ffee8bd9aaa9338914d7e275e7e60038d4d56a5"),
            "{long}"
        );
        assert_eq!(
            id(&"ж".repeat(300)).chars().count(),
            "listing:2024-11-22:1:".len() + 300
        );
    }
}
