//! Lines that cannot be imported: each told with its number and its reason, the good ones around it kept.

use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::import::{exported, live};

on_both!(
    every_bad_line_is_told_with_its_number_and_reason_and_the_good_ones_are_kept,
    identities_that_contradict_what_is_there_are_bad_lines,
    a_day_that_begins_before_the_first_instant_there_is_is_a_bad_line,
    a_text_that_is_given_twice_is_a_bad_line,
);

#[expect(clippy::too_many_lines, reason = "a table of bad lines")]
async fn every_bad_line_is_told_with_its_number_and_reason_and_the_good_ones_are_kept(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let far = "2190-01-01T00:00:00Z";
    let long = "t".repeat(301);
    let bad = |more: Value| live("bad", more).to_string();
    let without = |key: &str| {
        let mut line = live("bad", json!({}));
        line.as_object_mut().unwrap().remove(key);
        line.to_string()
    };
    let cases: Vec<(String, &str)> = vec![
        ("{".to_owned(), "EOF while parsing"),
        ("no JSON".to_owned(), "a line is a JSON object"),
        ("[]".to_owned(), "a line is a JSON object"),
        (bad(json!({"colour": "red"})), "colour: unknown field `colour`"),
        (without("sourceId"), "give the release a sourceId"),
        (without("state"), "state: say where the release is in its life"),
        (bad(json!({"state": "lively"})), "state: unknown variant `lively`"),
        (
            without("publishingDate"),
            "publishedAt: what is published has a publishing date",
        ),
        (
            bad(json!({"publishedAt": "2024-11-22T00:00:00Z"})),
            "publishingDate: give publishedAt or publishingDate, not both",
        ),
        (bad(json!({"publishingDate": "2190-01-01"})), "is in the future"),
        (bad(json!({"publishingDate": "2024-02-30"})), "is not a day"),
        (bad(json!({"slug": "Not A Slug"})), "slug: “Not A Slug” is not a slug"),
        (
            bad(json!({"slug": "0192f3a4-7b5c-7def-8123-456789abcdef"})),
            "reads as a UUID",
        ),
        (
            bad(json!({"slug": "good-1"})),
            "slug: “good-1” is taken by another release",
        ),
        (
            bad(json!({"redirects": ["free", "good-1"]})),
            "redirects.1: “good-1” is taken by another release",
        ),
        (
            bad(json!({"offices": ["twice", "twice"]})),
            "offices.1: “twice” is there twice",
        ),
        (
            bad(json!({"themes": (0..51).map(|n| format!("t{n}")).collect::<Vec<_>>()})),
            "themes: a release has at most 50 themes",
        ),
        (
            bad(json!({"translations": {}})),
            "originalLocale: say which of the translations is the original",
        ),
        (
            bad(json!({"translations": {"en": {"title": "A"}, "ru": {"title": "Б"}}})),
            "originalLocale: say which of the translations is the original",
        ),
        (
            bad(json!({"translations": {"english language": {"title": "A"}}})),
            "is not a language tag",
        ),
        (
            bad(json!({"translations": {"en": {"lead": "No title."}}})),
            "translations.en.title: a text has a title",
        ),
        (
            bad(json!({"translations": {"en": {"title": long}}})),
            "a title has at most 300 characters",
        ),
        (
            bad(json!({"translations": {"en": {"title": "two\nlines"}}})),
            "control character U+000A",
        ),
        (
            bad(json!({"translations": {"en": {"title": "A", "body": {"format": "RTF", "text": ""}}}})),
            "unknown variant `RTF`",
        ),
        (
            bad(
                json!({"translations": {"en": {"title": "A", "body": {"format": "MARKDOWN", "text": ">".repeat(10_000)}}}}),
            ),
            "a body is nested at most 200 levels deep",
        ),
        (
            bad(json!({"translations": {"en": {"title": "A", "state": "taken-down"}}})),
            "translations.en.state: an original is never taken down",
        ),
        (
            bad(json!({"translations": {"en": {"title": "A", "updatedAt": far}}})),
            "translations.en.updatedAt: what has happened has a date that is not in the future",
        ),
        (
            bad(json!({"state": "withdrawn"})),
            "withdrawal: a withdrawn release needs its withdrawal",
        ),
        (
            bad(json!({"state": "removed"})),
            "removal: a removed release needs its removal",
        ),
        (
            bad(json!({"withdrawal": {"at": "2024-11-23T00:00:00Z"}})),
            "withdrawal: a release that is live has no withdrawal",
        ),
        (
            bad(json!({"attachments": [{"url": "ftp://a.example/b", "title": "b"}]})),
            "an attachment is at an http or https address",
        ),
        (
            bad(json!({"id": "0192f3a4-7b5c-4def-8123-456789abcdef"})),
            "not a UUID of version 7",
        ),
        (
            live("good-1", json!({"state": "draft"})).to_string(),
            "cannot become a draft again",
        ),
        (
            live("good-1", json!({"originalLocale": "ru"})).to_string(),
            "originalLocale: the original of this release is in en",
        ),
        (
            format!("{} {{}}", live("bad", json!({}))),
            "there is more on the line than one JSON object",
        ),
    ];
    let mut text = format!("{}\n\n", live("good-1", json!({})));
    for (number, (line, _)) in cases.iter().enumerate() {
        text.extend([
            line,
            "\n",
            &live(&format!("between-{number}"), json!({})).to_string(),
            "\n",
        ]);
    }
    let last = text.lines().count() + 1;
    let mut bytes = text.into_bytes();
    bytes.extend(b"{\"sourceId\": \"\xff\"}\n");
    let file = newsroom.file("bad.jsonl", "");
    std::fs::write(&file, bytes).unwrap();

    let ran = newsroom.run(&["import", &file]);
    assert_eq!(ran.code(), 1, "{}", ran.all());
    for (number, (line, reason)) in cases.iter().enumerate() {
        let place = format!("bad.jsonl:{}:", 3 + 2 * number);
        let said = ran.all().lines().find(|said| said.contains(&place)).map(str::to_owned);
        assert!(
            said.as_ref().is_some_and(|said| said.contains(reason)),
            "{line}\n{place} {said:?}, not {reason}"
        );
    }
    assert!(
        ran.all()
            .lines()
            .any(|said| said.contains(&format!("bad.jsonl:{last}:")) && said.contains("UTF-8")),
        "{}",
        ran.all()
    );
    assert!(
        ran.all().contains(&format!(
            "{} created, 0 changed, 0 unchanged, {} refused",
            1 + cases.len(),
            1 + cases.len()
        )),
        "{}",
        ran.all()
    );
    let kept: Vec<_> = exported(&newsroom)
        .iter()
        .map(|line| line["slug"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> = std::iter::once("good-1".to_owned())
        .chain((0..cases.len()).map(|number| format!("between-{number}")))
        .collect();
    assert_eq!(kept, expected);
    // Nothing of a bad line stays, not even the office that it would have made.
    let offices = newsroom
        .serve()
        .await
        .client()
        .ask("{ offices { slug } themes { slug } }", json!({}))
        .await;
    assert_eq!(offices, json!({"offices": [], "themes": []}));
}

async fn identities_that_contradict_what_is_there_are_bad_lines(kind: Kind) {
    const NEW: [&str; 4] = [
        "0192f3a4-7b5c-7def-8123-000000000001",
        "0192f3a4-7b5c-7def-8123-000000000002",
        "0192f3a4-7b5c-7def-8123-000000000003",
        "0192f3a4-7b5c-7def-8123-000000000004",
    ];
    let newsroom = Newsroom::empty(kind);
    let import = |lines: &[Value]| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        newsroom.run(&["import", &newsroom.file("lines.jsonl", &lines.join("\n"))])
    };
    import(&[live("a", json!({})), live("b", json!({}))]).expect_success();
    let there = exported(&newsroom);
    let (id, text) = (&there[0]["id"], &there[0]["translations"]["en"]["id"]);
    let titled = |id: &Value| json!({"id": id, "title": "A title"});
    let future = "7fffffff-ffff-7fff-8fff-ffffffffffff";
    let cases = [
        (
            live("a", json!({"id": there[1]["id"]})),
            "id: the release of this sourceId has another id",
        ),
        (
            live("a", json!({"id": NEW[0]})),
            "id: the release of this sourceId has another id",
        ),
        (
            live("c", json!({"id": id})),
            "sourceId: this release was imported under another sourceId",
        ),
        (
            live("c", json!({"id": future})),
            "id: 7fffffff-ffff-7fff-8fff-ffffffffffff is of a time to come",
        ),
        (
            live("c", json!({"translations": {"en": titled(text)}})),
            "translations.en.id: this id is another translation's",
        ),
        (
            live("b", json!({"translations": {"en": titled(text)}})),
            "translations.en.id: this id is another translation's",
        ),
        // Of the same release, but of another of its texts.
        (
            live("a", json!({"translations": {"fr": titled(text)}})),
            "translations.fr.id",
        ),
        (
            live(
                "d",
                json!({"id": NEW[1], "originalLocale": "en", "translations": {"en": titled(&json!(NEW[2])), "fr": titled(&json!(NEW[2]))}}),
            ),
            "translations.fr.id",
        ),
        (
            live(
                "e",
                json!({"originalLocale": "en", "translations": {"en": titled(&json!(NEW[3])), "fr": titled(&json!(NEW[3]))}}),
            ),
            "translations.fr.id",
        ),
    ];
    for (line, reason) in cases {
        let ran = import(&[live("before", json!({})), line.clone(), live("after", json!({}))]);
        let said = format!("lines.jsonl:2: {reason}");
        assert!(
            ran.code() == 1 && ran.all().contains(&said),
            "{line}\n{said}\n{} {}",
            ran.code(),
            ran.all()
        );
    }
    let slugs: Vec<Value> = exported(&newsroom).iter().map(|line| line["slug"].clone()).collect();
    assert_eq!(slugs, ["a", "b", "before", "after"]);
    // By its id alone a release is found as well, and a new one may bring its own.
    import(&[
        json!({"id": id, "slug": "renamed"}),
        live(
            "f",
            json!({"id": NEW[0], "translations": {"en": titled(&json!(NEW[1]))}}),
        ),
    ])
    .expect_success();
    let now = exported(&newsroom);
    let of = |slug: &str| now.iter().find(|line| line["slug"] == slug).unwrap();
    assert_eq!(
        (of("renamed")["id"].clone(), &of("renamed")["sourceId"]),
        (id.clone(), &json!("a"))
    );
    assert_eq!(
        (&of("f")["id"], &of("f")["translations"]["en"]["id"]),
        (&json!(NEW[0]), &json!(NEW[1]))
    );
}

async fn a_day_that_begins_before_the_first_instant_there_is_is_a_bad_line(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    // The day begins in Vienna while it is still the year 0 in UTC, which RFC 3339 has no way to write.
    let early = live("early", json!({"publishingDate": "0001-01-01"}));
    let lines = [
        live("good", json!({})),
        early,
        live("first", json!({"publishingDate": "0001-01-02"})),
    ];
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let ran = newsroom.run(&["import", &newsroom.file("lines.jsonl", &lines.join("\n"))]);
    let data = newsroom
        .serve()
        .await
        .client()
        .ask("{ releases { nodes { slug publishingDate } } }", json!({}))
        .await;
    let expected =
        json!([{"slug": "good", "publishingDate": "2024-11-22"}, {"slug": "first", "publishingDate": "0001-01-02"}]);
    assert_eq!(data["releases"]["nodes"], expected);
    assert!(
        ran.code() == 1 && ran.all().contains("lines.jsonl:2: publishingDate: "),
        "{} {}",
        ran.code(),
        ran.all()
    );
    assert_eq!(exported(&newsroom).len(), 2);
}

async fn a_text_that_is_given_twice_is_a_bad_line(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let lines = [
        r#"{"sourceId": "a", "state": "live", "publishingDate": "2024-11-22", "originalLocale": "en", "translations": {"en": {"title": "A"}, "EN": {"title": "B"}}}"#,
        r#"{"sourceId": "b", "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": "A"}, "en": {"title": "B"}}}"#,
        r#"{"sourceId": "c", "state": "live", "slug": "c", "slug": "d", "publishingDate": "2024-11-22", "translations": {"en": {"title": "A"}}}"#,
    ];
    let ran = newsroom.run(&["import", &newsroom.file("lines.jsonl", &lines.join("\n"))]);
    let told = (1..=3)
        .filter(|line| ran.said.contains(&format!("lines.jsonl:{line}: ")))
        .count();
    assert!(ran.code() == 1 && told == 3, "{} {}", ran.code(), ran.all());
    assert!(exported(&newsroom).is_empty());
}
