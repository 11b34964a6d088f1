use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::audit::Actor;
use crate::release::{BodyFormat, Text};
use crate::text::{Lead, Title};

fn later() -> Instant {
    Instant::now() + Duration::from_hours(1)
}

/// A difference in short: `[-removed-]`, `{+added+}`, and the rest as it is.
fn shown(segments: &[Segment]) -> String {
    let shown = segments.iter().map(|Segment { kind, text }| match kind {
        SegmentKind::Same => text.clone(),
        SegmentKind::Added => format!("{{+{text}+}}"),
        SegmentKind::Removed => format!("[-{text}-]"),
    });
    shown.collect()
}

fn compared(before: &str, after: &str) -> String {
    shown(&difference(before, after, later()))
}

#[test]
fn words_that_differ_are_told_from_those_that_do_not() {
    assert_eq!(
        compared("Observers arrived in Astana.", "Observers have arrived in Almaty."),
        "Observers {+have +}arrived in [-Astana-]{+Almaty+}."
    );
    assert_eq!(
        compared("The old words", "Some newer text"),
        "[-The old words-]{+Some newer text+}"
    );
    assert_eq!(compared("", "New"), "{+New+}");
    assert_eq!(compared("Same", "Same"), "Same");
    assert_eq!(compared("", ""), "");
}

#[test]
fn scripts_without_spaces_are_taken_apart_too() {
    assert_eq!(
        compared("選挙監視団が到着した", "選挙監視団が出発した"),
        "選挙監視団が[-到着-]{+出発+}した"
    );
    assert_eq!(compared("ประเทศไทย", "ประเทศไทน"), "ประเทศไท[-ย-]{+น+}");
}

/// The texts that segments are of.
fn texts(segments: &[Segment]) -> (String, String) {
    let of = |other: SegmentKind| {
        let kept = segments.iter().filter(|segment| segment.kind != other);
        kept.map(|segment| segment.text.as_str()).collect::<String>()
    };
    (of(SegmentKind::Added), of(SegmentKind::Removed))
}

#[test]
fn texts_as_long_as_they_may_be_are_compared_until_the_moment_that_was_said() {
    let letters = |step: usize| {
        let letter = |at: usize| char::from(b'a' + u8::try_from((at * at / 7 + at * step) % 26).unwrap());
        (0..100_000).flat_map(|at| [letter(at), ' ']).collect::<String>()
    };
    let (before, after) = (letters(3), letters(5));
    let segments = difference(&before, &after, Instant::now());
    assert_eq!(texts(&segments), (before, after));
}

proptest! {
    #[test]
    fn the_segments_give_back_both_texts(
        before in "([ab ]|[ ,\\n]|\\PC|選|挙){0,40}",
        after in "([ab ]|[ ,\\n]|\\PC|選|挙){0,40}",
        in_time in any::<bool>(),
    ) {
        let until = if in_time { later() } else { Instant::now() };
        let segments = difference(&before, &after, until);
        prop_assert_eq!(texts(&segments), (before, after));
        for pair in segments.windows(2) {
            prop_assert!(pair[0].kind != pair[1].kind);
            prop_assert!((pair[0].kind, pair[1].kind) != (SegmentKind::Added, SegmentKind::Removed));
        }
        prop_assert!(segments.iter().all(|segment| !segment.text.is_empty()));
    }
}

fn edition(title: &str, body: Option<(BodyFormat, &str)>, shared: Option<Shared>) -> Edition {
    Edition {
        id: uuid::Uuid::nil().into(),
        number: 1,
        saved_at: "2024-11-22T09:30:00Z".parse().unwrap(),
        saved_by: Actor::Import,
        text: Text {
            title: Title::new(title).unwrap(),
            lead: Lead::new("").unwrap(),
            body: body.map(|(format, source)| Body::new(format, source).unwrap()),
        },
        shared,
    }
}

#[test]
fn bodies_are_compared_as_they_were_written_and_across_formats_as_text() {
    let markdown = edition("A", Some((BodyFormat::Markdown, "All *new*")), None);
    let html = edition("A", Some((BodyFormat::Html, "<p>All old</p>")), None);
    let none = edition("B", None, None);
    let across = Difference::between(&markdown, &html, later());
    assert_eq!(
        (across.body_form, shown(&across.body).as_str()),
        (BodyForm::Text, "All [-new-]{+old+}")
    );
    let from_none = Difference::between(&none, &markdown, later());
    assert_eq!(
        (from_none.body_form, shown(&from_none.body).as_str()),
        (BodyForm::Source, "{+All *new*+}")
    );
    assert_eq!(shown(&from_none.title), "[-B-]{+A+}");
}

#[test]
fn shared_fields_that_differ_are_named() {
    let shared = Shared {
        slug: "a".parse().unwrap(),
        published_at: None,
        content_type: None,
        offices: vec![uuid::Uuid::nil().into()],
        themes: Vec::new(),
        attachments: Vec::new(),
    };
    let other = Shared {
        slug: "b".parse().unwrap(),
        offices: Vec::new(),
        ..shared.clone()
    };
    let with = |shared: Option<&Shared>| edition("A", None, shared.cloned());
    let named = |before, after| Difference::between(&with(before), &with(after), later()).shared;
    assert_eq!(
        named(Some(&shared), Some(&other)),
        [SharedField::Slug, SharedField::Offices]
    );
    assert_eq!(named(Some(&shared), Some(&shared)), []);
    assert_eq!(named(None, None), []);
    assert_eq!(named(None, Some(&shared)).len(), 6);
}
