//! Comments on editions: who may say something, who reads it, and that it stays.

use newsroom_tests::client::texts;
use newsroom_tests::{Answer, Client, Kind, on_both};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish};
use crate::whole::assert_whole;

on_both!(
    what_is_said_of_an_edition_stays_with_it_in_order,
    whoever_may_read_a_release_says_something_and_nobody_else,
    a_comment_is_plain_text_of_some_length,
    a_repeated_comment_is_kept_once,
    comments_at_once_are_all_kept_up_to_the_limit,
    readers_have_none_of_it,
);

const ODIHR: &str = "osce-office-for-democratic-institutions-and-human-rights";
const NONE: &str = "0192f3a4-7b5c-7def-8123-456789abcdef";

const COMMENT: &str = "mutation($input: CommentOnEditionInput!) { commentOnEdition(input: $input) { sequence
  comment { id by { kind name accountId } at text } release { id version } } }";

const READ: &str = "query($id: ID!) { deskRelease(id: $id) { version translations { locale version
  draft { uuid comments { id text by { name } at } } live { uuid comments { id text by { name } at } } } } }";

async fn try_to_say(client: &Client, edition: &str, text: &str) -> Answer {
    let input = json!({"edition": edition, "text": text});
    client.graphql(COMMENT, json!({"input": input})).await
}

async fn say(client: &Client, edition: &str, text: &str) -> Value {
    let answer = try_to_say(client, edition, text).await;
    assert!(answer.errors().is_empty(), "{}", answer.text);
    answer.data("/commentOnEdition/comment").clone()
}

/// A release's text in a locale, with its editions and what was said of them.
async fn read(client: &Client, release: &Value, locale: &str) -> Value {
    let read = client.ask(READ, json!({"id": release["id"]})).await;
    let texts = read["deskRelease"]["translations"].as_array().unwrap();
    texts.iter().find(|text| text["locale"] == locale).unwrap().clone()
}

fn uuid(edition: &Value) -> String {
    edition["uuid"].as_str().unwrap().to_owned()
}

async fn what_is_said_of_an_edition_stays_with_it_in_order(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("anna@example.org", "editor", &[ODIHR]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let anna = server.client().signed_in("anna@example.org").await;
    // With a publishing date of its own, the very edition that was spoken of goes live.
    let input = json!({"originalLocale": "en", "offices": [ODIHR], "publishedAt": "2024-11-22T09:00:00Z", "text": {"title": "Observers arrive"}});
    let release = done(&desk, "createRelease", input).await;
    let first = uuid(&read(&desk, &release, "en").await["draft"]);
    let asked = say(&anna, &first, "Is that how he writes his name?\nI doubt it.").await;
    let by = json!({"kind": "ACCOUNT", "name": "anna@example.org", "accountId": asked["by"]["accountId"]});
    assert_eq!(
        (&asked["by"], &asked["text"]),
        (&by, &json!("Is that how he writes his name?\nI doubt it."))
    );
    say(&desk, &first, "It is.").await;
    say(&anna, &first, "Thank you.").await;
    let draft = read(&anna, &release, "en").await["draft"].take();
    let expected = ["Is that how he writes his name?\nI doubt it.", "It is.", "Thank you."];
    assert_eq!(texts(&draft["comments"], "/text"), expected);
    let people = ["anna@example.org", "press@example.org", "anna@example.org"];
    assert_eq!(texts(&draft["comments"], "/by/name"), people);
    assert_eq!(
        (&draft["comments"][0]["id"], &draft["comments"][0]["at"]),
        (&asked["id"], &asked["at"])
    );
    // It goes live with its edition; the next edition begins without a word.
    let live = publish(&desk, &release, "en").await;
    let save = json!({"id": release["id"], "locale": "en", "version": 2, "text": {"title": "Observers have arrived"}});
    done(&desk, "updateTranslation", save).await;
    let text = read(&desk, &live, "en").await;
    assert_eq!(texts(&text["live"]["comments"], "/text"), expected);
    assert_eq!(text["draft"]["comments"], json!([]));
    // What is said raises no version, and is audited.
    let second = uuid(&text["draft"]);
    say(&anna, &second, "Better.").await;
    let after = read(&desk, &live, "en").await;
    assert_eq!(after["version"], text["version"]);
    assert_eq!(texts(&after["draft"]["comments"], "/text"), ["Better."]);
    // The translation has what was said of all its editions, those that are shown no more too.
    publish(
        &desk,
        &json!({"id": release["id"], "translations": [{"locale": "en", "version": 3}]}),
        "en",
    )
    .await;
    let whole = "query($id: ID!) { deskRelease(id: $id) { original { comments { text editionNumber editionUuid } } } }";
    let whole = desk.ask(whole, json!({"id": release["id"]})).await["deskRelease"]["original"]["comments"].take();
    assert_eq!(texts(&whole, "/text"), [&expected[..], &["Better."]].concat());
    let of = |index: usize| {
        (
            whole[index]["editionNumber"].clone(),
            whole[index]["editionUuid"].clone(),
        )
    };
    assert_eq!((of(0), of(3)), ((json!(1), json!(first)), (json!(2), json!(second))));
    let trail = "query($id: ID!) { auditEntries(filter: {release: $id, actions: [\"comment-on-edition\"]}) { nodes { by { name } locale editionUuid } } }";
    let trail = desk.ask(trail, json!({"id": release["id"]})).await["auditEntries"]["nodes"].take();
    assert_eq!(trail.as_array().unwrap().len(), 4);
    assert_eq!(
        trail[0],
        json!({"by": {"name": "anna@example.org"}, "locale": "en", "editionUuid": second})
    );
    assert!(newsroom.run(&["verify"]).expect_success().output.starts_with("sound: "));
    assert_whole(&newsroom).await;
}

async fn whoever_may_read_a_release_says_something_and_nobody_else(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[ODIHR]);
    newsroom.account("author@example.org", "author", &[ODIHR]);
    newsroom.account("stranger@example.org", "publisher", &["osce-secretariat"]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let stranger = server.client().signed_in("stranger@example.org").await;
    // An author may not edit what is live, but reads it, and so has a say.
    let own = create(&author, "An author's own").await;
    publish(&desk, &own, "en").await;
    let live = uuid(&read(&author, &own, "en").await["live"]);
    say(&author, &live, "The second paragraph has an old figure.").await;
    let theirs = create(&desk, "The press desk's").await;
    let hidden = uuid(&read(&desk, &theirs, "en").await["draft"]);
    // What one may not read is not there, whatever else is wrong.
    for (client, text) in [(&author, "Hello"), (&stranger, "Hello"), (&stranger, "")] {
        let refused = try_to_say(client, &hidden, text).await;
        assert_eq!(refused.codes(), ["NOT_FOUND"]);
        assert_eq!(refused.body, try_to_say(client, NONE, text).await.body);
    }
    let release = theirs["uuid"].as_str().unwrap();
    assert_eq!(try_to_say(&desk, release, "Hello").await.codes(), ["NOT_FOUND"]);
    assert_eq!(
        try_to_say(server.client(), &live, "Hello").await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert_eq!(newsroom.number("SELECT count(*) FROM edition_comment").await, 1);
}

async fn a_comment_is_plain_text_of_some_length(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let draft = uuid(&read(&desk, &release, "en").await["draft"]);
    for (text, code) in [
        ("", "EMPTY"),
        ("a\u{7}", "CONTROL_CHARACTER"),
        (&*"ж".repeat(2_001), "TOO_LONG"),
    ] {
        let refused = try_to_say(&desk, &draft, text).await;
        assert_eq!(refused.faults(), [format!("input.text {code}")]);
    }
    assert_eq!(
        try_to_say(&desk, "no edition", "Hello").await.codes(),
        ["VALIDATION_FAILED"]
    );
    let longest = "ж".repeat(2_000);
    assert_eq!(say(&desk, &draft, &longest).await["text"], longest);
    assert_eq!(
        say(&desk, &draft, "<b>two\r\nlines</b>").await["text"],
        "<b>two\nlines</b>"
    );
}

async fn a_repeated_comment_is_kept_once(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let draft = uuid(&read(&desk, &release, "en").await["draft"]);
    let input = json!({"edition": draft, "text": "Good.", "idempotencyKey": "k1"});
    let first = desk.ask(COMMENT, json!({"input": input})).await;
    say(&desk, &draft, "Very good.").await;
    assert_eq!(desk.ask(COMMENT, json!({"input": input})).await, first);
    let comments = read(&desk, &release, "en").await["draft"]["comments"].take();
    assert_eq!(texts(&comments, "/text"), ["Good.", "Very good."]);
    let mut other = input;
    other["text"] = "Bad.".into();
    let reused = desk.graphql(COMMENT, json!({"input": other})).await;
    assert_eq!(reused.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
}

async fn comments_at_once_are_all_kept_up_to_the_limit(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let draft = uuid(&read(&desk, &release, "en").await["draft"]);
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let (desk, draft) = (desk.clone(), draft.clone());
        tasks.spawn(async move {
            for turn in 0..21 {
                let answer = try_to_say(&desk, &draft, &format!("{number} {turn}")).await;
                assert!(matches!(answer.codes()[..], [] | ["CONFLICT"]), "{}", answer.text);
            }
        });
    }
    tasks.join_all().await;
    let comments = read(&desk, &release, "en").await["draft"]["comments"].take();
    assert_eq!(comments.as_array().unwrap().len(), 200);
    let refused = try_to_say(&desk, &draft, "One more").await;
    assert_eq!(
        refused.message(),
        "An edition has at most 200 comments: go on at the next one."
    );
    assert_whole(&newsroom).await;
}

async fn readers_have_none_of_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = publish(&desk, &create(&desk, "Observers arrive").await, "en").await;
    let live = uuid(&read(&desk, &release, "en").await["live"]);
    let sequence = newsroom.number("SELECT sequence FROM change_head").await;
    say(&desk, &live, "Embargoed words").await;
    assert_eq!(newsroom.number("SELECT sequence FROM change_head").await, sequence);
    for scope in [&["export"][..], &["export", "--public"]] {
        assert!(!newsroom.run(scope).expect_success().output.contains("Embargoed"));
    }
}
