//! Feeds: what is in them, how each format says it, and what becomes of it.

use std::collections::BTreeSet;

use newsroom_tests::oracle::{Filter, Order, list};
use newsroom_tests::random::Random;
use newsroom_tests::{Answer, Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive, newsroom_with_seed};
use crate::feed_rules::{Document, checked, feed};
use crate::press::{done, publish, published, version};

on_both!(
    every_format_has_the_newest_first_and_says_the_same,
    random_filters_give_what_the_oracle_says,
    a_path_says_what_parameters_say,
    what_is_no_feed_is_refused_with_the_reason,
    readers_get_their_language_and_the_entry_is_of_the_text_that_is_shown,
    minor_corrections_move_nothing_and_major_ones_move_updated,
    what_is_withdrawn_is_marked_and_what_is_removed_is_a_deleted_entry,
    whoever_has_a_feed_is_not_sent_it_again,
    a_date_from_before_a_restart_is_not_relied_on,
    the_feed_of_an_office_that_was_renamed_moves_and_stays_what_it_is,
    what_was_merged_is_asked_for_by_what_it_was_merged_into,
    an_empty_newsroom_has_feeds,
);

pub(crate) const FORMATS: [&str; 3] = ["atom", "rss", "json"];
pub(crate) const SITE: (&str, &str) = ("NEWSROOM_RELEASE_URL", "https://news.example/{locale}/{slug}");
const ODIHR: &str = "osce-office-for-democratic-institutions-and-human-rights";

pub(crate) async fn with_press(kind: Kind) -> (Newsroom, Server, Client) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let desk = server.client().signed_in("press@example.org").await;
    (newsroom, server, desk)
}

async fn every_format_has_the_newest_first_and_says_the_same(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let client = server.client();
    let query = "{ releases(first: 50) { nodes { url title lead publishedAt translations { uuid url updatedAt } } } }";
    let expected = client.ask(query, json!({})).await;
    let expected = expected["releases"]["nodes"].as_array().unwrap();
    let atom = feed(client, "/feeds/releases.atom").await;
    assert_eq!(atom.entries.len(), 50);
    for (entry, release) in atom.entries.iter().zip(expected) {
        assert_eq!(entry.link, release["url"].as_str().unwrap());
        assert!(entry.title.ends_with(release["title"].as_str().unwrap()));
        assert_eq!(
            entry.published.timestamp(),
            instant(&release["publishedAt"]).timestamp()
        );
        let texts = release["translations"].as_array().unwrap();
        let shown = texts.iter().find(|text| text["url"] == release["url"]).unwrap();
        assert_eq!(entry.id, format!("urn:uuid:{}", shown["uuid"].as_str().unwrap()));
        assert_eq!(entry.updated.unwrap(), instant(&shown["updatedAt"]));
    }
    for format in ["rss", "json"] {
        let other = feed(client, &format!("/feeds/releases.{format}")).await;
        assert_eq!((&other.title, other.ids()), (&atom.title, atom.ids()), "{format}");
        for (entry, other) in atom.entries.iter().zip(&other.entries) {
            // RSS has whole seconds, and one enclosure an item.
            let mut other = other.clone();
            assert_eq!(other.published.timestamp(), entry.published.timestamp());
            other.published = entry.published;
            let most = if format == "rss" { 1 } else { usize::MAX };
            let known = |enclosures: &[(String, String, String)]| -> Vec<String> {
                enclosures
                    .iter()
                    .take(most)
                    .map(|(address, ..)| address.clone())
                    .collect()
            };
            assert_eq!(known(&other.enclosures), known(&entry.enclosures));
            other.enclosures.clone_from(&entry.enclosures);
            assert_eq!(other, *entry, "{format}");
        }
    }
    let few = feed(client, "/feeds/releases.json?content=summary&limit=3").await;
    assert_eq!(few.ids(), atom.ids()[..3]);
    assert!(few.entries.iter().all(|entry| entry.content.is_none()));
}

fn instant(of: &Value) -> chrono::DateTime<chrono::Utc> {
    of.as_str().unwrap().parse().unwrap()
}

/// A filter as the parameters of an address, in the order in which a feed writes them.
fn parameters(filter: &Filter) -> String {
    let mut query: Vec<(&str, String)> = Vec::new();
    for (name, slugs) in [
        ("office", &filter.offices),
        ("theme", &filter.themes),
        ("type", &filter.types),
    ] {
        query.extend(slugs.iter().map(|slug| (name, (*slug).to_owned())));
    }
    let flags = [
        ("withoutOffice", filter.without_office),
        ("withoutTheme", filter.without_theme),
        ("withoutType", filter.without_type),
    ];
    query.extend(
        flags
            .iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| (*name, "true".to_owned())),
    );
    query.extend(filter.from.map(|day| ("from", day.to_string())));
    query.extend(filter.to.map(|day| ("to", day.to_string())));
    query.extend(
        filter
            .locales
            .iter()
            .map(|locale| ("availableIn", (*locale).to_owned())),
    );
    query.extend([("content", "summary".to_owned()), ("limit", "20".to_owned())]);
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

async fn random_filters_give_what_the_oracle_says(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let mut random = Random::new(7);
    for turn in 0..60 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let format = FORMATS[turn % 3];
        // A value that is asked for twice is named once in the feed's own address.
        let path = format!("/feeds/releases.{format}?{}", parameters(&filter));
        let document = checked(&server.client().get(&path).await);
        let found: Vec<&str> = document
            .entries
            .iter()
            .map(|entry| entry.link.rsplit('/').next().unwrap())
            .collect();
        let expected = list(&ARCHIVE, &filter, Order::Newest);
        let expected: Vec<&str> = expected.iter().take(20).map(|release| &*release.slug).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn a_path_says_what_parameters_say(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let client = server.client();
    let filed = ARCHIVE
        .public()
        .find(|release| release.content_type.is_some() && !release.offices.is_empty() && !release.themes.is_empty());
    let filed = filed.unwrap();
    let slugs = [
        ("offices", "office", filed.offices[0]),
        ("themes", "theme", filed.themes[0]),
        ("types", "type", filed.content_type.unwrap()),
    ];
    for (segment, parameter, slug) in slugs {
        for format in FORMATS {
            let tidy = feed(client, &format!("/feeds/{segment}/{slug}.{format}")).await;
            let asked = feed(client, &format!("/feeds/releases.{format}?{parameter}={slug}")).await;
            assert!(!tidy.entries.is_empty());
            assert_eq!((tidy.ids(), &tidy.title), (asked.ids(), &asked.title));
            assert!(tidy.title.len() > "Newsroom: ".len(), "{}", tidy.title);
            let tidy = feed(client, &format!("/feeds/ru/{segment}/{slug}.{format}?content=summary")).await;
            let asked = format!("/feeds/releases.{format}?{parameter}={slug}&locale=ru&content=summary");
            let asked = feed(client, &asked).await;
            assert_eq!((tidy.ids(), tidy.language.as_str()), (asked.ids(), "ru"));
        }
    }
    let both = format!("/feeds/offices/{}.json?theme={}", filed.offices[0], filed.themes[0]);
    let both = feed(client, &both).await;
    assert!(both.title.contains(", "), "both are named: {}", both.title);
    // However it is asked, a feed says the one address that it has.
    let answer = client.get("/feeds/RU/releases.json?limit=2&content=full&from=").await;
    let own = answer.body["feed_url"].as_str().unwrap();
    assert_eq!(own, format!("{}/feeds/ru/releases.json?limit=2", server.root()));
}

async fn what_is_no_feed_is_refused_with_the_reason(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&[], &[("NEWSROOM_LOCALES", "en, ru")]).await;
    let client = server.client();
    for path in [
        "/feeds/releases",
        "/feeds/releases.xml",
        "/feeds/offices/nowhere.atom",
        "/feeds/themes/nowhere.rss",
        "/feeds/ru/types/nowhere.json",
        "/feeds/de/releases.atom",
        "/feeds/en/offices",
        "/feeds/releases.atom?archive=1000000",
    ] {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["code"]),
            (404, &json!("NOT_FOUND")),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let refused = [
        ("?office=nowhere&limit=101", vec!["limit OUT_OF_RANGE"]),
        (
            "?office=nowhere&theme=elections&theme=nothing",
            vec!["office.0 UNKNOWN_SLUG", "theme.1 UNKNOWN_SLUG"],
        ),
        ("?from=2024-02-01&to=2024-01-01", vec!["to RANGE_REVERSED"]),
        ("?ofice=odihr", vec!["ofice UNKNOWN_PARAMETER"]),
        (
            "?content=all&archive=0",
            vec!["content MALFORMED", "archive OUT_OF_RANGE"],
        ),
        ("?locale=de", vec!["locale UNKNOWN_LOCALE"]),
        ("?availableIn=x", vec!["availableIn.0 MALFORMED"]),
    ];
    for (query, expected) in refused {
        let answer = client.get(&format!("/feeds/releases.atom{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let fields = answer.body["fields"].as_array().unwrap().iter();
        let faults: Vec<String> = fields
            .map(|field| {
                format!(
                    "{} {}",
                    field["path"].as_str().unwrap(),
                    field["code"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(faults, expected, "{query}");
    }
    let answer = client.get(&format!("/feeds/offices/{ODIHR}.atom?office={ODIHR}")).await;
    assert_eq!(answer.body["fields"][0]["code"], "CONFLICTING");
    let posted = client.send(client.request("POST", "/feeds/releases.atom")).await;
    assert_eq!(posted.status, 405);
}

async fn readers_get_their_language_and_the_entry_is_of_the_text_that_is_shown(kind: Kind) {
    let (_newsroom, server, desk) = with_press(kind).await;
    let client = server.client();
    let release = published(&desk, "Observers arrive").await;
    let mut english = Vec::new();
    for format in FORMATS {
        let document = feed(client, &format!("/feeds/ru/releases.{format}")).await;
        assert_eq!(
            (document.language.as_str(), document.title.as_str()),
            ("ru", "Новости"),
            "{format}"
        );
        assert_eq!(document.entries[0].language, "en", "there is no other");
        english.push(document);
    }
    let add = json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru",
        "text": {"title": "Прибыли наблюдатели"}});
    let added = done(&desk, "addTranslation", add).await;
    assert_eq!(
        feed(client, "/feeds/ru/releases.atom").await.ids(),
        english[0].ids(),
        "a draft shows nowhere"
    );
    publish(&desk, &added, "ru").await;
    for (format, english) in FORMATS.into_iter().zip(english) {
        let russian = feed(client, &format!("/feeds/ru/releases.{format}")).await;
        let entry = &russian.entries[0];
        assert_eq!(
            (entry.title.as_str(), entry.language.as_str()),
            ("Прибыли наблюдатели", "ru")
        );
        assert!(entry.link.starts_with("https://news.example/ru/"));
        assert_ne!(entry.id, english.entries[0].id);
        let original = feed(client, &format!("/feeds/en/releases.{format}")).await;
        assert_eq!(original.titles()[0], "Observers arrive");
        assert_eq!(original.entries[0].id, english.entries[0].id, "it stays what it was");
        let only = feed(client, &format!("/feeds/releases.{format}?availableIn=ru")).await;
        assert_eq!(
            only.titles(),
            ["Observers arrive"],
            "it chooses releases, not their language"
        );
    }
}

async fn minor_corrections_move_nothing_and_major_ones_move_updated(kind: Kind) {
    let (_newsroom, server, desk) = with_press(kind).await;
    let client = server.client();
    let first = published(&desk, "Observers arrive").await;
    let save = |release: &Value, title: &str| json!({"id": release["id"], "locale": "en", "version": version(release, "en"), "text": {"title": title}});
    for format in FORMATS {
        let path = format!("/feeds/releases.{format}");
        let before = feed(client, &path).await.entry("arrive").clone();
        assert_eq!(before.id, feed(client, "/feeds/releases.atom").await.entry("arrive").id);
    }
    let before = feed(client, "/feeds/releases.atom").await;
    let draft = done(&desk, "updateTranslation", save(&first, "Observers arrived")).await;
    let minor = publish(&desk, &draft, "en").await;
    let after = feed(client, "/feeds/releases.atom").await;
    let (was, is) = (before.entry("arrive"), after.entry("arrived"));
    assert_eq!(
        (&is.id, is.updated, is.published),
        (&was.id, was.updated, was.published)
    );
    assert_eq!(after.updated, before.updated);
    let draft = done(&desk, "updateTranslation", save(&minor, "Observers left")).await;
    let input = json!({"id": draft["id"], "locale": "en", "version": version(&draft, "en"),
        "correction": {"level": "MAJOR", "changeNote": "They left."}});
    done(&desk, "publishTranslation", input).await;
    for format in FORMATS {
        let path = format!("/feeds/releases.{format}");
        let after = feed(client, &path).await;
        let is = after.entry("Observers left");
        assert_eq!(is.id, was.id);
        assert_eq!(is.published.timestamp(), was.published.timestamp());
        assert!(is.updated > was.updated, "{format}");
        if let Some(updated) = after.updated {
            assert_eq!(
                updated.timestamp(),
                is.updated.unwrap().timestamp(),
                "and so does the feed"
            );
        }
    }
    let answer = client.get("/feeds/releases.json").await;
    assert_eq!(
        answer.body["items"][0]["_newsroom"]["corrections"][0]["note"],
        "They left."
    );
}

async fn what_is_withdrawn_is_marked_and_what_is_removed_is_a_deleted_entry(kind: Kind) {
    let (_newsroom, server, desk) = with_press(kind).await;
    let client = server.client();
    let release = published(&desk, "Observers arrive").await;
    let add = json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Прибыли наблюдатели"}});
    let release = publish(&desk, &done(&desk, "addTranslation", add).await, "ru").await;
    let before = feed(client, "/feeds/releases.atom").await.entry("arrive").clone();
    let russian = feed(client, "/feeds/ru/releases.atom")
        .await
        .entry("наблюдатели")
        .clone();
    let notice = json!({"id": release["id"], "version": version(&release, "en"),
        "notice": [{"locale": "en", "text": "It was <premature>."}, {"locale": "ru", "text": "Рано."}]});
    let release = done(&desk, "withdrawRelease", notice).await;
    for format in FORMATS {
        let document = feed(client, &format!("/feeds/releases.{format}")).await;
        let marked = document.entry("arrive");
        assert_eq!(
            (marked.title.as_str(), &marked.id),
            ("[Withdrawn] Observers arrive", &before.id)
        );
        assert!(marked.summary.starts_with("Withdrawn: It was <premature>."), "{format}");
        let content = marked.content.as_deref().unwrap();
        assert!(
            content.starts_with("<p><strong>Withdrawn: It was &lt;premature&gt;.</strong></p>"),
            "{content}"
        );
        assert!(
            marked
                .categories
                .contains(&("Withdrawn".to_owned(), format!("{}/schemes/states", server.root())))
        );
        assert_eq!(marked.updated, before.updated);
        let document = feed(client, &format!("/feeds/ru/releases.{format}")).await;
        let marked = document.entry("наблюдатели");
        assert_eq!(marked.title, "[Отозвано] Прибыли наблюдатели");
        assert!(marked.summary.starts_with("Отозвано: Рано."));
    }
    let remove = |release: &Value| json!({"id": release["id"], "version": version(release, "en"), "reason": "It named a <witness>."});
    let removed = done(&desk, "removeRelease", remove(&release)).await;
    let ids = [before.id.clone(), russian.id.clone()];
    let has_both = |document: &Document| {
        ids.iter()
            .all(|id| document.gone.get(id).is_some_and(|why| why == "It named a <witness>."))
    };
    for path in [
        "/feeds/releases.atom".to_owned(),
        "/feeds/releases.json".to_owned(),
        "/feeds/ru/releases.atom".to_owned(),
        format!("/feeds/offices/{ODIHR}.atom"),
        "/feeds/releases.atom?availableIn=ru".to_owned(),
    ] {
        let document = feed(client, &path).await;
        assert!(has_both(&document), "{path}: {:?}", document.gone);
        assert!(document.titles().iter().all(|title| !title.contains("arrive")));
    }
    // It never was in these.
    for path in [
        "/feeds/offices/osce-presence-in-albania.atom",
        "/feeds/releases.atom?availableIn=sq",
    ] {
        assert!(feed(client, path).await.gone.is_empty(), "{path}");
    }
    let rss = feed(client, "/feeds/releases.rss").await;
    assert!(!rss.ids().contains(&before.id));
    stepped_back(&desk, &removed).await;
    let back = feed(client, "/feeds/releases.atom").await;
    assert!(back.gone.is_empty());
    assert_eq!(back.entry("arrive").id, before.id);
}

async fn stepped_back(desk: &Client, release: &Value) {
    let input = json!({"id": release["id"], "version": version(release, "en")});
    done(desk, "reinstateRelease", input).await;
}

async fn whoever_has_a_feed_is_not_sent_it_again(kind: Kind) {
    let (_newsroom, server, desk) = with_press(kind).await;
    let client = server.client();
    let paths = [
        "/feeds/releases.atom",
        "/feeds/releases.rss",
        "/feeds/releases.json",
        "/feeds",
        "/feeds.opml",
        "/sitemap.xml",
        "/sitemaps/1.xml",
    ];
    // A date is relied on once its second is over.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let mut first = Vec::new();
    for path in paths {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{path}");
        for (name, value) in [
            ("if-none-match", answer.header("etag")),
            ("if-modified-since", answer.header("last-modified")),
        ] {
            assert!(!value.is_empty(), "{path}: {name}");
            let again = client.send(client.request("GET", path).header(name, value)).await;
            assert_eq!(varies(&again), varies(&answer), "{path}");
            assert_eq!(
                (again.status.as_u16(), again.text.as_str()),
                (304, ""),
                "{path}: {name}"
            );
            assert_eq!(again.header("etag"), answer.header("etag"));
            assert_eq!(again.header("cache-control"), answer.header("cache-control"));
        }
        let head = client.send(client.request("HEAD", path)).await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
        assert_eq!(head.header("etag"), answer.header("etag"));
        first.push(answer);
    }
    published(&desk, "Observers arrive").await;
    for (path, before) in paths.into_iter().zip(first) {
        let by_date = client
            .request("GET", path)
            .header("if-modified-since", before.header("last-modified"));
        assert_eq!(
            client.send(by_date).await.status,
            200,
            "{path}: something has changed since"
        );
        // The tag goes before the date, and is that of another document, or of the very same.
        let by_tag = client
            .request("GET", path)
            .header("if-none-match", before.header("etag"))
            .header("if-modified-since", "Fri, 01 Jan 2999 00:00:00 GMT");
        let now = client.send(by_tag).await;
        let lists_no_release = path.starts_with("/feeds") && !path.contains("releases");
        assert_eq!(now.status.as_u16(), if lists_no_release { 304 } else { 200 }, "{path}");
    }
}

async fn a_date_from_before_a_restart_is_not_relied_on(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let before = server.client().get("/feeds/releases.atom").await;
    drop(server);
    let elsewhere = ("NEWSROOM_RELEASE_URL", "https://other.example/{locale}/{slug}");
    let server = newsroom.serve_with(&[], &[elsewhere]).await;
    let client = server.client();
    let by_date = client
        .request("GET", "/feeds/releases.atom")
        .header("if-modified-since", before.header("last-modified"));
    let after = client.send(by_date).await;
    assert_eq!(after.status, 200);
    assert!(after.text.contains("https://other.example/"));
}

/// What an answer says it depends on, beside its address.
fn varies(answer: &Answer) -> BTreeSet<String> {
    let values = answer.headers.get_all("vary").iter();
    let values = values.flat_map(|value| value.to_str().unwrap().split(','));
    values.map(|value| value.trim().to_ascii_lowercase()).collect()
}

async fn the_feed_of_an_office_that_was_renamed_moves_and_stays_what_it_is(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let desk = client.signed_in("admin@example.org").await;
    let id_of = |text: &str| text.split("<id>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let before = client.get(&format!("/feeds/offices/{ODIHR}.atom")).await;
    let office = desk
        .ask(
            "query($s: String!) { office(slug: $s) { id version } }",
            json!({"s": ODIHR}),
        )
        .await["office"]
        .take();
    let rename = "mutation($input: UpdateOfficeInput!) { updateOffice(input: $input) { office { slug } } }";
    let input = json!({"id": office["id"], "version": office["version"], "slug": "odihr"});
    desk.ask(rename, json!({"input": input})).await;
    let unredirected = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let moved = unredirected
        .get(format!(
            "{}/feeds/en/offices/{ODIHR}.atom?limit=2&from=2024-01-01",
            server.root()
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), 308);
    let location = format!("{}/feeds/en/offices/odihr.atom?limit=2&from=2024-01-01", server.root());
    assert_eq!(moved.headers()["location"], location.as_str());
    let after = client.get(&format!("/feeds/offices/{ODIHR}.atom")).await;
    assert_eq!(id_of(&after.text), id_of(&before.text), "for ever the same");
    let document = feed(client, "/feeds/offices/odihr.atom").await;
    let asked = checked(&client.get(&format!("/feeds/releases.atom?office={ODIHR}")).await);
    assert_eq!(document.ids(), asked.ids());
    assert_eq!(
        asked.link("self"),
        Some("/feeds/releases.atom?office=odihr"),
        "by its slug"
    );
}

async fn what_was_merged_is_asked_for_by_what_it_was_merged_into(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let desk = client.signed_in("admin@example.org").await;
    let create = "mutation($input: CreateOfficeInput!) { done: createOffice(input: $input) { office { id version } } }";
    let mut made = Vec::new();
    for name in ["Alpha", "Beta"] {
        let input = json!({"names": [{"locale": "en", "name": name}]});
        made.push(desk.ask(create, json!({"input": input})).await["done"]["office"].take());
    }
    let merge = "mutation($input: MergeOfficeInput!) { mergeOffice(input: $input) { office { id } } }";
    let input = json!({"id": made[0]["id"], "version": made[0]["version"], "into": made[1]["id"]});
    desk.ask(merge, json!({"input": input})).await;
    let id = async |path: &str| client.get(path).await.body["_newsroom"]["id"].clone();
    let answer = client
        .get("/feeds/releases.json?office=alpha&office=beta&limit=2")
        .await;
    assert_eq!(
        answer.body["feed_url"],
        format!("{}/feeds/releases.json?office=beta&limit=2", server.root())
    );
    let beta = id("/feeds/releases.json?office=beta").await;
    assert_eq!(id("/feeds/releases.json?office=alpha").await, beta);
    assert_eq!(id("/feeds/offices/alpha.json").await, beta, "where it redirects to");
}

async fn an_empty_newsroom_has_feeds(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    for format in FORMATS {
        let document = feed(server.client(), &format!("/feeds/releases.{format}")).await;
        assert!(document.entries.is_empty() && document.gone.is_empty());
        assert_eq!(
            document.links.len(),
            if format == "atom" { 2 } else { 1 },
            "no archive yet: {:?}",
            document.links
        );
        if let Some(updated) = document.updated {
            assert_eq!(updated.timestamp(), 0);
        }
    }
    let answer = server.client().get("/feeds/releases.atom").await;
    assert!(!answer.header("etag").is_empty());
    let sitemap = server.client().get("/sitemap.xml").await;
    assert_eq!(sitemap.status, 404);
}
