//! Whoever follows the archives of a feed is told of all that becomes of a release, however old it is.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::feed_rules::{Entry, feed};
use crate::press::{done, publish, published, text, version};

on_both!(
    a_follower_hears_of_what_becomes_of_a_release_that_is_older_than_the_feed,
    a_follower_of_a_language_hears_of_a_translation_that_comes_late_and_goes_again,
    a_follower_is_told_of_every_removal_however_many_there_are,
    removals_elsewhere_hide_none_and_a_release_is_missed_wherever_it_ever_was,
    a_feed_by_date_has_no_tombstones,
);

/// Somebody who follows a feed as the documentation says, and stops at the first archive that they know.
struct Follower {
    path: &'static str,
    known: BTreeSet<String>,
}

/// What a visit had: titles by id, and what is gone.
struct Visit {
    entries: BTreeMap<String, Entry>,
    gone: BTreeSet<String>,
}

impl Follower {
    fn of(path: &'static str) -> Self {
        let known = BTreeSet::new();
        Self { path, known }
    }

    async fn visit(&mut self, client: &Client) -> Visit {
        let mut document = feed(client, self.path).await;
        let (mut entries, mut gone) = (BTreeMap::new(), BTreeSet::new());
        loop {
            let own = document.link("self").unwrap().to_owned();
            let previous = document.link("prev-archive").map(str::to_owned);
            if document.is_archive {
                self.known.insert(own);
            }
            for entry in document.entries {
                // The document that is read first is the latest.
                entries.entry(entry.id.clone()).or_insert(entry);
            }
            gone.extend(document.gone.into_keys());
            match previous {
                Some(previous) if !self.known.contains(&previous) => document = feed(client, &previous).await,
                _ => return Visit { entries, gone },
            }
        }
    }
}

impl Visit {
    /// The id of the entry with that title, if there is one.
    fn id(&self, title: &str) -> Option<&str> {
        let mut entries = self.entries.values();
        let found = entries.find(|entry| entry.title == title);
        found.map(|entry| entry.id.as_str())
    }
}

async fn with_desk(kind: Kind, offices: &[&str]) -> (Newsroom, Server, Client) {
    let newsroom = Newsroom::empty(kind);
    let office = |slug: &&str| json!({"slug": slug, "names": {"en": slug}});
    let offices: Vec<Value> = offices.iter().map(office).collect();
    let taxonomy = json!({"offices": offices, "themes": [], "types": []}).to_string();
    let taxonomy = newsroom.file("taxonomy.json", &taxonomy);
    newsroom.run(&["import", "--taxonomy", &taxonomy]).expect_success();
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    (newsroom, server, desk)
}

async fn dated(desk: &Client, title: &str, day: &str, offices: &[&str]) -> Value {
    let draft = json!({"originalLocale": "en", "publishingDate": day, "offices": offices, "text": {"title": title}});
    publish(desk, &done(desk, "createRelease", draft).await, "en").await
}

/// More releases than the feed has, all newer than the others; each is one that a Russian can read.
fn fill(newsroom: &Newsroom, from: usize) {
    let line = |number: usize| {
        json!({"sourceId": format!("filler-{number}"), "slug": format!("filler-{number}"), "state": "live",
            "publishingDate": "2024-12-01", "originalLocale": "en",
            "translations": {"en": {"title": "Filler"}, "ru": {"title": "Прочее"}}})
    };
    let lines: Vec<String> = (from..from + 130).map(|number| line(number).to_string()).collect();
    let lines = newsroom.file("fillers.jsonl", &lines.join("\n"));
    newsroom.run(&["import", &lines]).expect_success();
}

async fn corrected(desk: &Client, release: &Value, title: &str) -> Value {
    let save =
        json!({"id": release["id"], "locale": "en", "version": version(release, "en"), "text": {"title": title}});
    let draft = done(desk, "updateTranslation", save).await;
    let correction = json!({"level": "MAJOR", "changeNote": "It was another number."});
    let input = json!({"id": draft["id"], "locale": "en", "version": version(&draft, "en"), "correction": correction});
    done(desk, "publishTranslation", input).await
}

/// What an act on a whole release is given, with what goes beside.
fn whole(release: &Value, more: Value) -> Value {
    let mut input = json!({"id": release["id"], "version": version(release, "en")});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn a_follower_hears_of_what_becomes_of_a_release_that_is_older_than_the_feed(kind: Kind) {
    let (newsroom, server, desk) = with_desk(kind, &[]).await;
    let client = server.client();
    let mut follower = Follower::of("/feeds/releases.atom?content=summary");
    let old = dated(&desk, "Old", "2001-01-01", &[]).await;
    fill(&newsroom, 0);
    let first = follower.visit(client).await;
    let id = first.id("Old").unwrap().to_owned();
    assert!(
        follower.visit(client).await.id("Old").is_none(),
        "it is not in the feed, and told already"
    );
    let old = corrected(&desk, &old, "Old, corrected").await;
    assert_eq!(follower.visit(client).await.id("Old, corrected"), Some(id.as_str()));
    let old = done(
        &desk,
        "withdrawRelease",
        whole(&old, json!({"notice": [{"locale": "en", "text": "Wrong."}]})),
    )
    .await;
    assert_eq!(
        follower.visit(client).await.id("[Withdrawn] Old, corrected"),
        Some(id.as_str())
    );
    let old = done(&desk, "reinstateRelease", whole(&old, json!({}))).await;
    assert_eq!(follower.visit(client).await.id("Old, corrected"), Some(id.as_str()));
    let old = done(&desk, "removeRelease", whole(&old, json!({"reason": "By mistake."}))).await;
    fill(&newsroom, 200);
    let visit = follower.visit(client).await;
    assert!(visit.gone.contains(&id) && !visit.entries.contains_key(&id));
    done(&desk, "reinstateRelease", whole(&old, json!({}))).await;
    assert_eq!(follower.visit(client).await.id("Old, corrected"), Some(id.as_str()));
}

async fn a_follower_of_a_language_hears_of_a_translation_that_comes_late_and_goes_again(kind: Kind) {
    let (newsroom, server, desk) = with_desk(kind, &[]).await;
    let client = server.client();
    let mut russian = Follower::of("/feeds/ru/releases.atom?content=summary");
    let mut only_russian = Follower::of("/feeds/ru/releases.atom?availableIn=ru&content=summary");
    let mut original = Follower::of("/feeds/releases.atom?content=summary");
    let old = dated(&desk, "Old", "2001-01-01", &[]).await;
    fill(&newsroom, 0);
    let english = russian.visit(client).await.id("Old").unwrap().to_owned();
    assert!(only_russian.visit(client).await.id("Old").is_none());
    original.visit(client).await;

    let add = json!({"locale": "ru", "text": {"title": "Старое"}});
    let old = publish(&desk, &done(&desk, "addTranslation", whole(&old, add)).await, "ru").await;
    fill(&newsroom, 200);
    let visit = russian.visit(client).await;
    let translation = visit.id("Старое").unwrap().to_owned();
    assert!(visit.gone.contains(&english), "it has given way");
    let visit = only_russian.visit(client).await;
    assert_eq!(visit.id("Старое"), Some(translation.as_str()));
    assert!(visit.gone.is_empty(), "it never had the other: {:?}", visit.gone);

    let take_down = json!({"id": old["id"], "locale": "ru", "version": version(&old, "ru")});
    let old = done(&desk, "takeDownTranslation", take_down).await;
    assert!(!text(&old, "ru")["takenDownAt"].is_null());
    for follower in [
        "/feeds/ru/releases.json?content=summary",
        "/feeds/ru/releases.atom?availableIn=ru&content=summary",
    ] {
        assert!(
            feed(client, follower).await.gone.contains_key(&translation),
            "the feed itself says so"
        );
    }
    fill(&newsroom, 400);
    let visit = russian.visit(client).await;
    assert!(visit.gone.contains(&translation));
    assert_eq!(
        visit.id("Old"),
        Some(english.as_str()),
        "and it is there in its first language again"
    );
    let visit = only_russian.visit(client).await;
    assert!(visit.gone.contains(&translation) && !visit.entries.contains_key(&translation));

    let back = json!({"id": old["id"], "locale": "ru", "version": version(&old, "ru")});
    let old = done(&desk, "reinstateTranslation", back).await;
    assert_eq!(russian.visit(client).await.id("Старое"), Some(translation.as_str()));
    assert_eq!(
        only_russian.visit(client).await.id("Старое"),
        Some(translation.as_str())
    );

    // Taken down and then removed, both texts are gone from wherever either was.
    let take_down = json!({"id": old["id"], "locale": "ru", "version": version(&old, "ru")});
    let old = done(&desk, "takeDownTranslation", take_down).await;
    done(&desk, "removeRelease", whole(&old, json!({"reason": "By mistake."}))).await;
    fill(&newsroom, 600);
    for follower in [&mut russian, &mut only_russian] {
        assert!(
            follower.visit(client).await.gone.contains(&translation),
            "{}",
            follower.path
        );
    }
    let visit = original.visit(client).await;
    assert!(visit.gone.contains(&english) && visit.gone.contains(&translation));
}

/// Releases of offices, live or removed: the same when imported again.
fn imported(newsroom: &Newsroom, state: &str, offices: impl Iterator<Item = &'static str>) {
    let line = |(number, office): (usize, &str)| {
        let mut line = json!({"sourceId": format!("many-{number}"), "slug": format!("many-{number}"), "state": state,
            "publishingDate": "1999-01-01", "offices": [office], "translations": {"en": {"title": format!("Many {number}")}}});
        if state == "removed" {
            line["removal"] = json!({"at": "2024-12-02T00:00:00Z", "reason": "By court order."});
        }
        format!("{line}\n")
    };
    let lines: String = offices.enumerate().map(line).collect();
    let lines = newsroom.file("many.jsonl", &lines);
    newsroom.run(&["import", &lines]).expect_success();
}

async fn a_follower_is_told_of_every_removal_however_many_there_are(kind: Kind) {
    let (newsroom, server, _) = with_desk(kind, &["a"]).await;
    let client = server.client();
    imported(&newsroom, "live", std::iter::repeat_n("a", 130));
    let mut follower = Follower::of("/feeds/offices/a.atom?content=summary");
    let had: BTreeSet<String> = follower.visit(client).await.entries.into_keys().collect();
    assert_eq!(had.len(), 130);
    imported(&newsroom, "removed", std::iter::repeat_n("a", 130));
    let visit = follower.visit(client).await;
    assert!(visit.entries.is_empty());
    assert_eq!(visit.gone, had);
}

async fn removals_elsewhere_hide_none_and_a_release_is_missed_wherever_it_ever_was(kind: Kind) {
    let (newsroom, server, desk) = with_desk(kind, &["a", "b"]).await;
    let client = server.client();
    let mut follower = Follower::of("/feeds/offices/a.atom?content=summary");
    let offices = || std::iter::once("a").chain(std::iter::repeat_n("b", 1_001));
    imported(&newsroom, "live", offices());
    let moved = dated(&desk, "Moved", "2001-01-01", &["a"]).await;
    let visit = follower.visit(client).await;
    let removed = visit.id("Many 0").unwrap().to_owned();
    let moved_id = visit.id("Moved").unwrap().to_owned();
    imported(&newsroom, "removed", offices());
    assert!(feed(client, "/feeds/offices/a.atom").await.gone.contains_key(&removed));
    let draft = done(&desk, "updateRelease", whole(&moved, json!({"offices": ["b"]}))).await;
    let moved = publish(&desk, &draft, "en").await;
    done(&desk, "removeRelease", whole(&moved, json!({"reason": "By mistake."}))).await;
    for path in [
        "/feeds/offices/a.atom",
        "/feeds/offices/b.json",
        "/feeds/releases.atom?office=a&withoutTheme=true",
    ] {
        assert!(feed(client, path).await.gone.contains_key(&moved_id), "{path}");
    }
    assert!(
        feed(client, "/feeds/releases.atom?withoutOffice=true")
            .await
            .gone
            .is_empty()
    );
    let visit = follower.visit(client).await;
    assert!(visit.gone.contains(&removed) && visit.gone.contains(&moved_id));
}

async fn a_feed_by_date_has_no_tombstones(kind: Kind) {
    let (_newsroom, server, desk) =
        with_desk(kind, &["osce-office-for-democratic-institutions-and-human-rights"]).await;
    let removed = published(&desk, "Observers arrive").await;
    done(
        &desk,
        "removeRelease",
        whole(&removed, json!({"reason": "By mistake."})),
    )
    .await;
    assert_eq!(feed(server.client(), "/feeds/releases.atom").await.gone.len(), 1);
    for dates in ["from=1800-01-01&to=1801-01-01", "from=2000-01-01"] {
        let document = feed(server.client(), &format!("/feeds/releases.atom?{dates}")).await;
        assert!(document.gone.is_empty(), "{dates}: {:?}", document.gone);
    }
}
