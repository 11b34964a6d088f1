use proptest::prelude::*;

use super::*;
use crate::release::BodyFormat;
use crate::text::{Lead, Title};

fn text(title: &str, lead: &str, html: &str) -> Text {
    Text {
        title: Title::new(title).unwrap(),
        lead: Lead::new(lead).unwrap(),
        body: Some(Body::new(BodyFormat::Html, html).unwrap()),
    }
}

fn site() -> Site {
    Site {
        release_url: Some("https://news.example/{locale}/{slug}".parse().unwrap()),
        own_origins: vec!["https://www.news.example".parse().unwrap()],
    }
}

fn slugs(slugs: &[&str]) -> BTreeSet<Slug> {
    slugs.iter().map(|slug| slug.parse().unwrap()).collect()
}

fn found_in(text: &Text, live: &[&str]) -> Vec<Finding> {
    let locale = "en".parse().unwrap();
    Reading::of(text, &locale, &site()).findings(&CheckRules::default(), &slugs(live))
}

/// What is found in a body, as `CHECK excerpt`.
fn found(html: &str) -> Vec<String> {
    let findings = found_in(&text("A title", "A lead.", html), &["there"]);
    let shown = findings.iter().map(|finding| {
        assert_eq!(finding.place, Place::Body);
        format!("{} {}", finding.check, finding.excerpt)
    });
    shown.collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_text_that_is_as_it_should_be_has_no_findings() {
    let html = "<h2 id=\"results\">Results</h2><h3>In detail</h3><h2>After</h2><p>See <a href=\"#results\">the results</a>, \
                <a href=\"https://news.example/en/there\">what we said</a>, <a href=\"https://elsewhere.example/en/gone\">others</a>, \
                <a href=\"#top\">to the top</a>.<img src=\"a.png\" alt=\"A map\"><img src=\"line.png\" alt=\"\"></p>";
    assert_eq!(found(html), NOTHING);
}

#[test]
fn an_empty_lead_is_found() {
    let empty = found_in(&text("A title", " \n", "<p>a</p>"), &[]);
    let expected = Finding {
        check: CheckName::EmptyLead,
        severity: Severity::Warning,
        can_be_waived: true,
        place: Place::Lead,
        excerpt: String::new(),
        message: "there is no lead: say in a sentence or two what this is about, for lists and previews".to_owned(),
    };
    assert_eq!(empty, [expected]);
}

#[test]
fn links_are_broken_where_readers_have_no_release() {
    let html = "<a href=\"https://news.example/ru/gone\">That release</a> <a href=\"/en/gone-too/?a=b\">Another one</a> \
                <a href=\"https://www.news.example/en/old#part\">An old one</a> <a href=\"/en/there\">This one</a>";
    assert_eq!(
        found(html),
        [
            "BROKEN_LINK https://news.example/ru/gone",
            "BROKEN_LINK /en/gone-too/?a=b",
            "BROKEN_LINK https://www.news.example/en/old#part",
        ]
    );
    let text = text("A title", "A lead.", html);
    let locale = "en".parse().unwrap();
    let reading = Reading::of(&text, &locale, &site());
    let internal: Vec<_> = reading.internal_links().map(Slug::as_str).collect();
    assert_eq!(internal, ["gone", "gone-too", "old", "there"]);
    assert_eq!(
        Reading::of(&text, &locale, &Site::default()).internal_links().count(),
        0
    );
}

#[test]
fn anchors_are_broken_where_nothing_has_the_id() {
    assert_eq!(
        found(
            "<a href=\"#gone\">The results</a> <a href=\"#%D1%8F\">In Russian</a> <p id=\"я\"><a name=\"n\">b</a> <a href=\"#n\">N</a></p>"
        ),
        ["BROKEN_ANCHOR #gone"]
    );
    // As bodies were stored before ids were kept.
    let mut old = text("A title", "A lead.", "");
    let html = "<h2>Results</h2><a href=\"#results\">The results</a>".to_owned();
    old.body = Some(Body::stored(BodyFormat::Html, html.clone(), html));
    insta::assert_snapshot!(
        found_in(&old, &[])[0].message,
        @r#"nothing in this body has the id “results”: give it to what the link leads to, as in <h2 id="results">, or take the link away"#
    );
}

#[test]
fn headings_skip_no_level() {
    assert_eq!(
        found("<h3>Too deep</h3><h4>Deeper</h4><h2>Back</h2><h4>Too <b>deep</b> again</h4>"),
        ["HEADING_SKIPS_LEVEL Too deep", "HEADING_SKIPS_LEVEL Too deep again"]
    );
    let messages: Vec<_> = found_in(&text("A title", "A lead.", "<h3>a</h3><h6>b</h6>"), &[])
        .into_iter()
        .map(|finding| finding.message)
        .collect();
    assert_eq!(
        messages,
        [
            "this heading is of level 3, below the title of level 1: make it one of level 2",
            "this heading is of level 6, below one of level 3: make it one of level 4",
        ]
    );
}

#[test]
fn images_need_an_alternative_text_that_may_be_empty() {
    assert_eq!(
        found("<img src=\"map.png\"><img alt=\"\" src=\"b.png\">"),
        ["IMAGE_WITHOUT_ALT map.png"]
    );
}

#[test]
fn link_texts_say_where_links_lead() {
    assert_eq!(
        found(
            "<a href=\"http://e.example/a\"><b>Click</b> here!</a> <a href=\"http://e.example/b\"><img src=\"x\" alt=\"\"></a> \
               <a href=\"http://e.example/c\"><img src=\"x\" alt=\"The map\"></a>"
        ),
        ["VAGUE_LINK_TEXT Click here!", "VAGUE_LINK_TEXT http://e.example/b"]
    );
}

#[test]
fn mixed_scripts_are_found_in_every_part() {
    let mixed = text("Тhe title", "Вy lead", "<p><b>О</b>SCE</p>");
    let places: Vec<_> = found_in(&mixed, &[])
        .into_iter()
        .map(|finding| (finding.check, finding.place, finding.excerpt))
        .collect();
    let expected = [(Place::Title, "Тhe"), (Place::Lead, "Вy"), (Place::Body, "ОSCE")];
    assert_eq!(
        places,
        expected.map(|(place, word)| (CheckName::MixedScripts, place, word.to_owned()))
    );
}

#[test]
fn a_check_that_is_off_says_nothing_and_one_that_blocks_can_be_waived_unless_it_is_strict() {
    let rules = CheckRules {
        empty_lead: CheckRule::Blocker,
        image_without_alt: CheckRule::StrictBlocker,
        vague_link_text: CheckRule::Off,
        ..CheckRules::default()
    };
    let text = text(
        "A title",
        "",
        "<h3>a</h3><a href=\"http://e.example\">here</a><img src=\"map.png\">",
    );
    let locale = "en".parse().unwrap();
    let findings = Reading::of(&text, &locale, &site()).findings(&rules, &BTreeSet::new());
    let said: Vec<_> = findings
        .iter()
        .map(|finding| (finding.check, finding.severity, finding.can_be_waived))
        .collect();
    assert_eq!(
        said,
        [
            (CheckName::EmptyLead, Severity::Blocker, true),
            (CheckName::HeadingSkipsLevel, Severity::Warning, true),
            (CheckName::ImageWithoutAlt, Severity::Blocker, false),
        ]
    );
    let faults = |waived: &[CheckName]| {
        let faults = blockers(&findings, waived);
        faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.code))
            .collect::<Vec<_>>()
    };
    assert_eq!(faults(&[]), ["lead EMPTY_LEAD", "body IMAGE_WITHOUT_ALT"]);
    assert_eq!(faults(&CheckName::ALL), ["body IMAGE_WITHOUT_ALT"]);
    assert_eq!(
        faults(&[CheckName::ImageWithoutAlt, CheckName::EmptyLead]),
        ["body IMAGE_WITHOUT_ALT"]
    );
    insta::assert_snapshot!(
        blockers(&findings, &[])[1].message,
        @r#"“map.png”: this image has no alternative text: say what it shows, or give an empty one (alt="") if it is there for show alone"#
    );
}

#[test]
fn no_more_is_said_than_anybody_reads() {
    let html = "<img src=x><a href=\"#gone\">here</a><h6>a</h6><h2>b</h2>".repeat(2_000);
    let mut many = text("A title", "A lead.", "");
    many.body = Some(Body::stored(BodyFormat::Html, html.clone(), html));
    assert_eq!(found_in(&many, &[]).len(), 4 * MOST_FINDINGS);
}

/// Pieces that readers of HTML take in more than one way.
fn html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zйα <>/&;\"'=#%\\n-]{0,8}",
        "\\PC{0,6}",
        Just("<a href=\"#x\">here</a>".to_owned()),
        Just("<a href='/en/a'>".to_owned()),
        Just("<h4 id=x>ОSCE".to_owned()),
        Just("<img src=x>".to_owned()),
        Just("<textarea><plaintext><script>".to_owned()),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_findings_are_short(title in "\\PC{1,40}", lead in "\\PC{0,90}", html in html(), clean in any::<bool>()) {
        let Ok(title) = Title::new(&title) else { return Ok(()) };
        let body = if clean {
            Body::new(BodyFormat::Html, &html).unwrap()
        } else {
            Body::stored(BodyFormat::Html, html.clone(), html)
        };
        let text = Text { title, lead: Lead::new(&lead).unwrap(), body: Some(body) };
        for finding in found_in(&text, &[]) {
            prop_assert!(finding.excerpt.chars().count() <= 61);
            prop_assert!(finding.message.chars().count() <= 400, "{}", finding.message);
        }
    }
}
