use proptest::prelude::*;

use super::*;

fn marked_in(tag: &str, typed: &str, title: &str, lead: &str, body: &str) -> Vec<Highlight> {
    let kept = Kept::with("SMM = Special Monitoring Mission");
    kept.index
        .searcher()
        .highlight(&any_of(typed), &locale(tag), title, lead, body)
}

/// The title as HTML.
fn title(tag: &str, typed: &str, title: &str) -> String {
    let marked = marked_in(tag, typed, title, "", "");
    marked
        .into_iter()
        .map(|highlight| highlight.fragments[0].html.clone())
        .collect()
}

#[test]
fn what_was_looked_for_is_marked_in_whatever_form_it_stands() {
    for (tag, typed, written, expected) in [
        (
            "en",
            "election",
            "Elections & <media>",
            "<mark>Elections</mark> &amp; &lt;media&gt;",
        ),
        ("en", "shkoder", "In Shkodër", "In <mark>Shkodër</mark>"),
        ("en", "operation", "Co-operation", "Co-<mark>operation</mark>"),
        ("en", "cooperation", "Co-operation", "<mark>Co-operation</mark>"),
        (
            "en",
            "\"free media\"",
            "Free media, media",
            "<mark>Free</mark> <mark>media</mark>, media",
        ),
        ("en", "elec* -law", "Electoral law", "<mark>Electoral</mark> law"),
        (
            "en",
            "smm",
            "The Special Monitoring Mission",
            "The <mark>Special</mark> <mark>Monitoring</mark> <mark>Mission</mark>",
        ),
        ("fr", "europe", "L’Europe", "L’<mark>Europe</mark>"),
        ("sr", "izbori", "Избора", "<mark>Избора</mark>"),
        ("en", "law", "Media", ""),
    ] {
        assert_eq!(title(tag, typed, written), expected, "{typed}");
    }
}

#[test]
fn ranges_count_as_javascript_does_and_as_code_points() {
    let highlights = marked_in("en", "media", "🗳️ 𝔘 media", "", "");
    let fragment = &highlights[0].fragments[0];
    assert_eq!(fragment.text, "🗳️ 𝔘 media");
    assert_eq!(fragment.utf16_ranges, [TextRange { start: 7, end: 12 }]);
    assert_eq!(fragment.code_point_ranges, [TextRange { start: 5, end: 10 }]);
}

#[test]
fn a_long_body_is_shown_in_passages_with_the_best_among_them() {
    let filler = "Something that nobody has looked for stands here. ".repeat(20);
    let body =
        format!("{filler}The law. {filler}The media law of freedom. {filler}Media. {filler}Freedom. {filler}Law.");
    let highlights = marked_in("en", "media law freedom", "", "Media lead", &body);
    assert_eq!(
        highlights.iter().map(|highlight| highlight.part).collect::<Vec<_>>(),
        [TextPart::Lead, TextPart::Body]
    );
    let fragments = &highlights[1].fragments;
    assert_eq!(fragments.len(), 3);
    assert!(fragments.iter().any(|fragment| {
        fragment
            .html
            .contains("<mark>media</mark> <mark>law</mark> of <mark>freedom</mark>")
    }));
    for fragment in fragments {
        assert!(fragment.text.chars().count() <= 210, "{}", fragment.text);
        assert!(
            fragment.text.starts_with('…') && fragment.text.ends_with('…'),
            "{}",
            fragment.text
        );
        assert!(!fragment.utf16_ranges.is_empty());
    }
}

#[test]
fn what_stands_in_a_short_body_is_shown_with_all_of_it() {
    let highlights = marked_in("en", "media law", "", "", "The media.\n\nA law.");
    assert_eq!(highlights[0].fragments.len(), 1);
    assert_eq!(highlights[0].fragments[0].text, "The media.\n\nA law.");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn marks_are_well_formed_and_ranges_are_those_of_the_text(body in "([a-c🗳ß<>&\"' -]{0,12}|media|.{0,30}| ){0,60}", typed in "media|a|b c|\"a b\"|a-b|med*") {
        for highlight in marked_in("en", &typed, &body, &body, &body) {
            for fragment in highlight.fragments {
                let utf16: Vec<u16> = fragment.text.encode_utf16().collect();
                let marked = fragment.html.split("<mark>").skip(1).map(|rest| rest.split("</mark>").next().unwrap());
                let marked: Vec<String> = marked.map(unescaped).collect();
                let by_utf16 = fragment.utf16_ranges.iter().map(|range| String::from_utf16(&utf16[range.start..range.end]).unwrap());
                prop_assert_eq!(by_utf16.collect::<Vec<_>>(), marked.clone());
                let by_points = fragment.code_point_ranges.iter().map(|range| {
                    fragment.text.chars().skip(range.start).take(range.end - range.start).collect::<String>()
                });
                prop_assert_eq!(by_points.collect::<Vec<_>>(), marked);
                let plain = fragment.html.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!plain.contains(['<', '>', '"', '\'']));
                prop_assert_eq!(unescaped(&plain), fragment.text);
            }
        }
    }
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
