//! Many clients at once, and one client twice: nothing is lost, doubled or half done.

use std::collections::BTreeSet;

use newsroom_tests::{Answer, Kind, on_both};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, send, version};

on_both!(
    of_twenty_saves_of_one_text_each_accepted_one_is_an_edition,
    twenty_with_one_key_make_one_release,
    a_key_is_of_one_input_and_of_one_account,
    a_repeated_command_answers_as_it_did_and_does_nothing,
    of_ten_who_ask_for_one_slug_one_gets_it,
    ten_with_one_title_get_ten_slugs,
    a_storm_of_publishes_leaves_no_gap_in_the_logs,
);

/// What all of them come to, in no particular order.
async fn all(tasks: impl IntoIterator<Item = impl Future<Output = Answer> + Send + 'static>) -> Vec<Answer> {
    let mut set = JoinSet::new();
    tasks.into_iter().for_each(|task| {
        set.spawn(task);
    });
    set.join_all().await
}

async fn of_twenty_saves_of_one_text_each_accepted_one_is_an_edition(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let mut accepted = 0;
    for round in 0..3 {
        let query = "query($id: ID!) { deskRelease(id: $id) { version } }";
        let seen = desk.ask(query, json!({"id": release["id"]})).await["deskRelease"]["version"].clone();
        let saves = (0..20).map(|number| {
            let input = json!({"id": release["id"], "locale": "en", "version": seen, "text": {"title": format!("{round} {number}")}});
            let desk = desk.clone();
            async move { send(&desk, "updateTranslation", input).await }
        });
        for answer in all(saves.collect::<Vec<_>>()).await {
            match answer.codes()[..] {
                [] => accepted += 1,
                ["CONFLICT"] => {
                    let current = answer.errors()[0]["extensions"]["current"]["version"].as_i64();
                    assert_eq!(current, Some(seen.as_i64().unwrap() + 1));
                }
                _ => panic!("{}", answer.text),
            }
        }
        assert_eq!(accepted, round + 1);
    }
    let editions = "SELECT count(*) FROM edition WHERE saved_by <> 'import'";
    assert_eq!(newsroom.number(editions).await, accepted + 1);
}

async fn twenty_with_one_key_make_one_release(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let input = json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": "Once"}, "idempotencyKey": "once"});
    let asks = (0..20).map(|_| {
        let (desk, input) = (desk.clone(), input.clone());
        async move { send(&desk, "createRelease", input).await }
    });
    let ids: BTreeSet<String> = all(asks.collect::<Vec<_>>())
        .await
        .iter()
        .map(|answer| {
            answer
                .data("/done/release/uuid")
                .as_str()
                .unwrap_or_else(|| panic!("{}", answer.text))
                .to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        newsroom
            .number("SELECT count(*) FROM edition WHERE title = 'Once'")
            .await,
        1
    );
}

async fn a_key_is_of_one_input_and_of_one_account(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    newsroom.account("second@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let second = server.client().signed_in("second@example.org").await;
    let input = |title: &str| json!({"originalLocale": "en", "text": {"title": title}, "idempotencyKey": "key"});
    let first = done(&desk, "createRelease", input("A")).await;
    assert_eq!(
        send(&desk, "createRelease", input("B")).await.codes(),
        ["IDEMPOTENCY_KEY_REUSED"]
    );
    let other = json!({"id": first["id"], "version": 1, "text": {"title": "A"}, "idempotencyKey": "key"});
    assert_eq!(
        send(&desk, "updateRelease", other).await.codes(),
        ["IDEMPOTENCY_KEY_REUSED"]
    );
    assert_ne!(done(&second, "createRelease", input("A")).await["id"], first["id"]);
    // After a day the key is free.
    newsroom
        .execute("UPDATE idempotency SET created_at = created_at - 86400000001")
        .await;
    assert_ne!(done(&desk, "createRelease", input("B")).await["id"], first["id"]);
}

async fn a_repeated_command_answers_as_it_did_and_does_nothing(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let publishing = json!({"id": release["id"], "locale": "en", "version": 1, "idempotencyKey": "p"});
    let first = send(&desk, "publishTranslation", publishing.clone()).await;
    let stale =
        json!({"id": release["id"], "locale": "en", "version": 1, "text": {"title": "Late"}, "idempotencyKey": "s"});
    let refused = send(&desk, "updateTranslation", stale.clone()).await;
    let save = json!({"id": release["id"], "locale": "en", "version": 2, "text": {"title": "Later"}});
    done(&desk, "updateTranslation", save).await;
    let acts = newsroom.number("SELECT audit_number FROM change_head").await;
    let again = send(&desk, "publishTranslation", publishing).await;
    for told in ["/done/version", "/done/sequence", "/done/release/id"] {
        assert_eq!(again.data(told), first.data(told));
    }
    // The release is shown as it is now.
    assert_eq!(version(again.data("/done/release"), "en"), 3);
    assert_eq!(
        send(&desk, "updateTranslation", stale).await.body["errors"],
        refused.body["errors"]
    );
    assert_eq!(newsroom.number("SELECT audit_number FROM change_head").await, acts);
}

async fn of_ten_who_ask_for_one_slug_one_gets_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let asks = (0..10).map(|number| {
        let input = json!({"originalLocale": "en", "slug": "the-one", "text": {"title": format!("{number}")}, "idempotencyKey": format!("{number}")});
        let desk = desk.clone();
        async move { send(&desk, "createRelease", input).await }
    });
    let answers = all(asks.collect::<Vec<_>>()).await;
    let mut codes: Vec<_> = answers.iter().flat_map(Answer::codes).collect();
    codes.dedup();
    let got_it = answers.iter().filter(|answer| answer.errors().is_empty()).count();
    assert_eq!((got_it, codes), (1, vec!["CONFLICT"]));
}

async fn ten_with_one_title_get_ten_slugs(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let asks = (0..10).map(|_| {
        let desk = desk.clone();
        async move {
            send(
                &desk,
                "createRelease",
                json!({"originalLocale": "en", "text": {"title": "Alike"}}),
            )
            .await
        }
    });
    let slugs: BTreeSet<String> = all(asks.collect::<Vec<_>>())
        .await
        .iter()
        .map(|answer| {
            let slug = answer.data("/done/release/translations/0/draft/shared/slug");
            slug.as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
        })
        .collect();
    let expected = ["alike".to_owned()]
        .into_iter()
        .chain((2..=10).map(|number| format!("alike-{number}")));
    assert_eq!(slugs, expected.collect());
}

async fn a_storm_of_publishes_leaves_no_gap_in_the_logs(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let storms = (0..8).map(|editor| {
        let desk = desk.clone();
        async move {
            let mut last = None;
            for number in 0..5 {
                let draft = create(&desk, &format!("Storm {editor} {number}")).await;
                let input = json!({"id": draft["id"], "locale": "en", "version": 1});
                last = Some(send(&desk, "publishTranslation", input).await);
            }
            last.unwrap()
        }
    });
    for answer in all(storms.collect::<Vec<_>>()).await {
        assert!(answer.errors().is_empty(), "{}", answer.text);
    }
    crate::whole::assert_whole(&newsroom).await;
    let total = server.client().ask("{ releases { totalCount } }", json!({})).await;
    assert_eq!(total["releases"]["totalCount"], Value::from(47));
}
