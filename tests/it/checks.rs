//! Checks before publishing: what an attentive reader would stumble over, told at the desk.

use std::process::Command;

use newsroom_tests::newsroom::ended;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{done, publish, published, step, stepped, version};

on_both!(
    a_draft_is_checked_against_what_readers_have_at_that_moment,
    the_newsroom_says_what_becomes_of_each_finding,
    what_is_live_is_checked_where_there_is_no_draft,
    ids_within_a_body_are_kept_so_that_links_to_them_lead_somewhere,
    a_blocker_stops_publishing_until_it_is_mended_or_waived,
);

const SITE: (&str, &str) = ("NEWSROOM_RELEASE_URL", "https://news.example/{locale}/{slug}");

const CHECKS: &str = "query($id: ID!) { deskRelease(id: $id) { translations { locale \
    checks { check severity canBeWaived place excerpt message } } } }";

/// The findings in a release's original.
async fn checks(desk: &Client, release: &Value) -> Vec<Value> {
    let read = desk.ask(CHECKS, json!({"id": release["id"]})).await;
    let checks = &read["deskRelease"]["translations"][0]["checks"];
    checks.as_array().unwrap().clone()
}

/// The findings in a release's original, as `CHECK place excerpt`.
async fn found(desk: &Client, release: &Value) -> Vec<String> {
    let findings = checks(desk, release).await;
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    let shown = findings.iter().map(|finding| {
        let [check, place, excerpt] = ["check", "place", "excerpt"].map(|field| text(finding, field));
        format!("{check} {place} {excerpt}")
    });
    shown.collect()
}

async fn create(desk: &Client, lead: &str, body: &str) -> Value {
    let text = json!({"title": "Observers arrive", "lead": lead, "body": {"format": "MARKDOWN", "text": body}});
    done(desk, "createRelease", json!({"originalLocale": "en", "text": text})).await
}

async fn a_draft_is_checked_against_what_readers_have_at_that_moment(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let origins = ("NEWSROOM_OWN_ORIGINS", "https://old.example");
    let server = newsroom.serve_with(&[], &[SITE, origins]).await;
    let desk = server.client().signed_in("press@example.org").await;
    let moved = published(&desk, "Moved").await;
    let rename = json!({"id": moved["id"], "version": version(&moved, "en"), "slug": "moved-on"});
    publish(&desk, &done(&desk, "updateRelease", rename).await, "en").await;
    let gone = published(&desk, "Gone").await;
    let remove = json!({"id": gone["id"], "version": version(&gone, "en"), "reason": "It was wrong."});
    done(&desk, "removeRelease", remove).await;
    let awaited = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "slug": "awaited", "text": {"title": "Awaited"}}),
    )
    .await;

    let body = "### Too deep\n\nSee [here](https://elsewhere.example/en/gone), [the first](https://news.example/en/moved), \
                [the second](/ru/moved-on?a=b), [the third](http://old.example/en/gone), [the fourth](https://old.example/en/gone), \
                [the fifth](https://news.example/en/awaited), [itself](https://news.example/en/observers-arrive) and \
                [below](#below).\n\n<img src=\"map.png\"> ![](line.png)\n\nThe ОSCE.\n";
    let draft = create(&desk, "", body).await;
    assert_eq!(
        found(&desk, &draft).await,
        [
            "EMPTY_LEAD LEAD ",
            "BROKEN_LINK BODY https://old.example/en/gone",
            "BROKEN_LINK BODY https://news.example/en/awaited",
            "BROKEN_ANCHOR BODY #below",
            "HEADING_SKIPS_LEVEL BODY Too deep",
            "IMAGE_WITHOUT_ALT BODY map.png",
            "VAGUE_LINK_TEXT BODY here",
            "MIXED_SCRIPTS BODY ОSCE",
        ]
    );
    publish(&desk, &awaited, "en").await;
    let after = found(&desk, &draft).await;
    assert_eq!(after.len(), 7);
    assert!(!after.iter().any(|finding| finding.contains("awaited")), "{after:?}");
    // A draft is a draft: a publisher may go on in spite of warnings.
    publish(&desk, &draft, "en").await;
}

async fn the_newsroom_says_what_becomes_of_each_finding(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let settings = [
        ("NEWSROOM_CHECKS_EMPTY_LEAD", "strict-blocker"),
        ("NEWSROOM_CHECKS_VAGUE_LINK_TEXT", "blocker"),
        ("NEWSROOM_CHECKS_MIXED_SCRIPTS", "off"),
    ];
    let server = newsroom.serve_with(&[], &settings).await;
    let desk = server.client().signed_in("press@example.org").await;
    let body = "<img src=\"map.png\"> [here](https://news.example/en/nowhere) ОSCE";
    let draft = create(&desk, "", body).await;
    let told: Vec<_> = checks(&desk, &draft)
        .await
        .iter()
        .map(|finding| json!([finding["check"], finding["severity"], finding["canBeWaived"]]))
        .collect();
    // Without the setting, no link is known to lead to a release.
    assert_eq!(
        told,
        [
            json!(["EMPTY_LEAD", "BLOCKER", false]),
            json!(["IMAGE_WITHOUT_ALT", "WARNING", true]),
            json!(["VAGUE_LINK_TEXT", "BLOCKER", true]),
        ]
    );
}

async fn what_is_live_is_checked_where_there_is_no_draft(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let desk = server.client().signed_in("press@example.org").await;
    let live = publish(
        &desk,
        &create(&desk, "A lead.", "[here](https://e.example)").await,
        "en",
    )
    .await;
    assert_eq!(found(&desk, &live).await, ["VAGUE_LINK_TEXT BODY here"]);
    let text = json!({"body": {"format": "MARKDOWN", "text": "[What we found](https://e.example)"}});
    let save = json!({"id": live["id"], "locale": "en", "version": version(&live, "en"), "text": text});
    let draft = done(&desk, "updateTranslation", save).await;
    assert_eq!(found(&desk, &draft).await, Vec::<String>::new());
    let add = json!({"id": live["id"], "version": version(&draft, "en"), "locale": "fr",
        "text": {"title": "Arrivée", "lead": "Un chapeau.", "body": {"format": "MARKDOWN", "text": "[Cliquez ici](https://e.example)"}}});
    done(&desk, "addTranslation", add).await;
    let read = desk.ask(CHECKS, json!({"id": live["id"]})).await;
    let texts = &read["deskRelease"]["translations"];
    assert_eq!(texts[0]["checks"], json!([]));
    assert_eq!(texts[1]["checks"][0]["excerpt"], "Cliquez ici");
}

async fn ids_within_a_body_are_kept_so_that_links_to_them_lead_somewhere(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let body = "See [what we found](#results).\n\n<h2 id=\"results\">Results</h2>\n";
    let draft = create(&desk, "A lead.", body).await;
    assert_eq!(found(&desk, &draft).await, Vec::<String>::new());
    let live = publish(&desk, &draft, "en").await;
    let read = server
        .client()
        .ask(
            "query($id: ID!) { release(id: $id) { body } }",
            json!({"id": live["id"]}),
        )
        .await;
    let html = read["release"]["body"].as_str().unwrap();
    assert!(html.contains("href=\"#user-content-results\""), "{html}");
    assert!(html.contains("<h2 id=\"user-content-results\">"), "{html}");
}

#[test]
fn a_rule_that_there_is_not_is_refused_by_its_name() {
    let newsroom = Newsroom::without_tables(Kind::Sqlite);
    let refused = |change: &dyn Fn(&mut Command)| {
        let mut command = newsroom.command(&["config"]);
        change(&mut command);
        let ran = ended(command);
        assert!(!ran.status.success(), "{}", ran.output);
        ran.said
    };
    let file = newsroom.file("settings.toml", "[checks]\nempty_leed = 'off'\n");
    let unknown = refused(&|command| {
        command.args(["--config", &file]);
    });
    assert!(unknown.contains("do you mean checks.empty_lead?"), "{unknown}");
    let wrong = refused(&|command| {
        command.env("NEWSROOM_CHECKS_BROKEN_LINK", "error");
    });
    assert!(
        wrong.contains("NEWSROOM_CHECKS_BROKEN_LINK") && wrong.contains("off, warning, blocker, strict-blocker"),
        "{wrong}"
    );
}

async fn a_blocker_stops_publishing_until_it_is_mended_or_waived(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let rules = [
        ("NEWSROOM_CHECKS_EMPTY_LEAD", "blocker"),
        ("NEWSROOM_CHECKS_IMAGE_WITHOUT_ALT", "strict-blocker"),
    ];
    let server = newsroom.serve_with(&[], &rules).await;
    let desk = server.client().signed_in("press@example.org").await;
    let draft = create(&desk, "", "<img src=\"map.png\">").await;
    let both = ["input.text.lead EMPTY_LEAD", "input.text.body IMAGE_WITHOUT_ALT"];
    let later = json!({"schedule": {"at": "2099-01-01T00:00:00Z"}});
    for (command, more) in [("publishTranslation", json!({})), ("scheduleTranslation", later)] {
        assert_eq!(
            step(&desk, command, &draft, "en", more).await.faults(),
            both,
            "{command}"
        );
    }
    let bundle = "mutation($input: PublishBundleInput!) { publishBundle(input: $input) { sequence } }";
    let items = json!({"input": {"items": [{"id": draft["id"], "locale": "en", "version": 1}]}});
    let refused = desk.graphql(bundle, items).await;
    assert_eq!(
        refused.faults(),
        [
            "input.items.0.text.lead EMPTY_LEAD",
            "input.items.0.text.body IMAGE_WITHOUT_ALT"
        ]
    );
    let waived = json!({"waive": [{"check": "EMPTY_LEAD", "reason": "A photograph says it all."}, {"check": "IMAGE_WITHOUT_ALT", "reason": "In a hurry."}]});
    let refused = step(&desk, "publishTranslation", &draft, "en", waived).await;
    assert_eq!(refused.faults(), [both[1]]);
    let body = json!({"text": {"body": {"format": "MARKDOWN", "text": "![A map](map.png)"}}});
    let mended = stepped(&desk, "updateTranslation", &draft, "en", body).await;
    let without_reason = json!({"waive": [{"check": "EMPTY_LEAD", "reason": " "}]});
    let refused = step(&desk, "publishTranslation", &mended, "en", without_reason).await;
    assert_eq!(refused.codes(), ["VALIDATION_FAILED"]);
    let waived = json!({"waive": [{"check": "EMPTY_LEAD", "reason": "A photograph says it all."}]});
    let live = stepped(&desk, "publishTranslation", &mended, "en", waived).await;
    assert_eq!(live["state"], "LIVE");
    let audit = newsroom
        .column("SELECT detail FROM audit_entry ORDER BY number DESC LIMIT 1")
        .await;
    assert!(
        audit[0].contains("EMPTY_LEAD") && audit[0].contains("A photograph says it all."),
        "{audit:?}"
    );
}
