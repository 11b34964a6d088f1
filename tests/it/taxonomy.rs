//! Offices, themes and content types.

use newsroom_tests::client::texts;
use newsroom_tests::generate::{OFFICES, THEMES, TYPES, Theme};
use newsroom_tests::oracle::{Filter, Order, list};
use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive, newsroom_with_seed};
use crate::press::{done, publish};

on_both!(
    offices_are_listed_by_slug_closed_ones_too,
    offices_are_listed_by_kind_and_by_whether_they_are_closed,
    offices_come_in_groups_open_ones_first,
    every_entry_knows_how_many_releases_there_are,
    a_release_is_counted_from_its_publishing_to_its_removal,
    themes_are_a_tree,
    content_types_are_listed_by_slug,
    names_are_in_the_readers_locale,
    a_theme_that_moves_takes_its_releases_along,
);

fn sorted<T: Copy>(entries: &[T], slug: impl Fn(T) -> &'static str) -> Vec<T> {
    let mut entries = entries.to_vec();
    entries.sort_by_key(|entry| slug(*entry));
    entries
}

async fn offices_are_listed_by_slug_closed_ones_too(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask("{ offices { slug name kind closed } }", json!({}))
        .await;
    let expected: Value = sorted(OFFICES, |office| office.slug)
        .iter()
        .map(|office| {
            let kind = office.kind.map(|kind| kind.replace('-', "_").to_uppercase());
            json!({"slug": office.slug, "name": office.name, "kind": kind, "closed": office.closed})
        })
        .collect();
    assert_eq!(data["offices"], expected);
    let one = server.client().ask("{ office(slug: \"mission-to-georgia\") { name closed } nobody: office(slug: \"x\") { name } odd: office(slug: \"Not a slug\") { name } }", json!({})).await;
    assert_eq!(
        one,
        json!({"office": {"name": "Mission to Georgia", "closed": true}, "nobody": null, "odd": null})
    );
}

async fn offices_are_listed_by_kind_and_by_whether_they_are_closed(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "query($kind: OfficeKind, $closed: Boolean) { offices(kind: $kind, closed: $closed) { slug } }";
    let kinds = [None, Some("institution"), Some("field-operation"), Some("secretariat")];
    for kind in kinds {
        for closed in [None, Some(false), Some(true)] {
            let matching: Vec<&str> = sorted(OFFICES, |office| office.slug)
                .iter()
                .filter(|office| kind.is_none() || office.kind == kind)
                .filter(|office| closed.is_none_or(|closed| office.closed == closed))
                .map(|office| office.slug)
                .collect();
            let asked = json!({"kind": kind.map(|kind| kind.replace('-', "_").to_uppercase()), "closed": closed});
            let data = server.client().ask(query, asked.clone()).await;
            assert_eq!(texts(&data["offices"], "/slug"), matching, "{asked}");
        }
    }
}

async fn offices_come_in_groups_open_ones_first(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask("{ officeGroups { kind closed offices { slug name } } }", json!({}))
        .await;
    let kinds = [Some("institution"), Some("field-operation"), Some("secretariat"), None];
    let mut expected = Vec::new();
    for closed in [false, true] {
        for kind in kinds {
            let offices: Vec<Value> = sorted(OFFICES, |office| office.slug)
                .iter()
                .filter(|office| office.kind == kind && office.closed == closed)
                .map(|office| json!({"slug": office.slug, "name": office.name}))
                .collect();
            if !offices.is_empty() {
                let kind = kind.map(|kind| kind.replace('-', "_").to_uppercase());
                expected.push(json!({"kind": kind, "closed": closed, "offices": offices}));
            }
        }
    }
    assert!(expected.len() > 3, "the archive has several groups");
    assert_eq!(data["officeGroups"], json!(expected));
}

async fn every_entry_knows_how_many_releases_there_are(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask(
            "{ offices { slug releaseCount } themes { slug releaseCount } contentTypes { slug releaseCount } }",
            json!({}),
        )
        .await;
    let counted = |filter: Filter| list(&ARCHIVE, &filter, Order::Newest).len();
    for (entries, filter) in [
        (
            "offices",
            (|slug| Filter {
                offices: vec![slug],
                ..Filter::default()
            }) as fn(&'static str) -> Filter,
        ),
        ("themes", |slug| Filter {
            themes: vec![slug],
            ..Filter::default()
        }),
        ("contentTypes", |slug| Filter {
            types: vec![slug],
            ..Filter::default()
        }),
    ] {
        let slugs: Vec<&'static str> = match entries {
            "offices" => sorted(OFFICES, |office| office.slug)
                .iter()
                .map(|office| office.slug)
                .collect(),
            "themes" => in_tree_order(None).iter().map(|theme| theme.slug).collect(),
            _ => sorted(TYPES, |kind| kind.slug).iter().map(|kind| kind.slug).collect(),
        };
        let expected: Value = slugs
            .into_iter()
            .map(|slug| json!({"slug": slug, "releaseCount": counted(filter(slug))}))
            .collect();
        assert_eq!(data[entries], expected);
    }
}

async fn a_release_is_counted_from_its_publishing_to_its_removal(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let editor = server.client().signed_in("press@example.org").await;
    let counts = async || {
        let query = "{ office(slug: \"osce-secretariat\") { releaseCount } theme(slug: \"elections\") { releaseCount } contentType(slug: \"news\") { releaseCount } }";
        let data = server.client().ask(query, json!({})).await;
        ["office", "theme", "contentType"].map(|entry| data[entry]["releaseCount"].as_i64().unwrap())
    };
    let before = counts().await;
    let input = json!({"originalLocale": "en", "offices": ["osce-secretariat"], "themes": ["elections"], "type": "news",
        "text": {"title": "Observers arrive"}});
    let draft = done(&editor, "createRelease", input).await;
    assert_eq!(counts().await, before, "a draft is not counted");
    let live = publish(&editor, &draft, "en").await;
    let more = before.map(|count| count + 1);
    assert_eq!(counts().await, more);
    let withdraw = json!({"id": live["id"], "version": live["version"], "notice": [{"locale": "en", "text": "Wrong"}]});
    let withdrawn = done(&editor, "withdrawRelease", withdraw).await;
    assert_eq!(counts().await, more, "what is withdrawn stays in lists");
    let remove = json!({"id": withdrawn["id"], "version": withdrawn["version"], "reason": "Wrong"});
    done(&editor, "removeRelease", remove).await;
    assert_eq!(counts().await, before);
}

fn children(parent: Option<&str>) -> Vec<Theme> {
    sorted(
        &THEMES
            .iter()
            .copied()
            .filter(|theme| theme.parent == parent)
            .collect::<Vec<_>>(),
        |theme| theme.slug,
    )
}

fn in_tree_order(parent: Option<&str>) -> Vec<Theme> {
    children(parent)
        .into_iter()
        .flat_map(|theme| std::iter::once(theme).chain(in_tree_order(Some(theme.slug))))
        .collect()
}

async fn themes_are_a_tree(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask(
            "{ themes { slug name parent { slug } children { slug } ancestors { slug } } }",
            json!({}),
        )
        .await;
    let slugs = |themes: Vec<Theme>| {
        themes
            .iter()
            .map(|theme| json!({"slug": theme.slug}))
            .collect::<Value>()
    };
    let expected: Value = in_tree_order(None)
        .into_iter()
        .map(|theme| {
            json!({
                "slug": theme.slug,
                "name": theme.name,
                "parent": theme.parent.map(|slug| json!({"slug": slug})),
                "children": slugs(children(Some(theme.slug))),
                "ancestors": slugs(theme.ancestors().collect()),
            })
        })
        .collect();
    assert_eq!(data["themes"], expected);
    let query = "{ theme(slug: \"electoral-law\") { parent { parent { name parent { name } children { slug } } } } nobody: theme(slug: \"x\") { slug } }";
    let one = server.client().ask(query, json!({})).await;
    let children = slugs(children(Some("human-dimension")));
    assert_eq!(
        one,
        json!({"theme": {"parent": {"parent": {"name": "Human dimension", "parent": null, "children": children}}}, "nobody": null})
    );
}

async fn content_types_are_listed_by_slug(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let data = server.client().ask("{ contentTypes { slug name } contentType(slug: \"spot-report\") { name } nobody: contentType(slug: \"x\") { name } }", json!({})).await;
    let expected: Value = sorted(TYPES, |kind| kind.slug)
        .iter()
        .map(|kind| json!({"slug": kind.slug, "name": kind.name}))
        .collect();
    assert_eq!(
        data,
        json!({"contentTypes": expected, "contentType": {"name": "Spot report"}, "nobody": null})
    );
}

async fn names_are_in_the_readers_locale(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "{ office(slug: \"odihr\") { english: name russian: name(locale: \"ru-RU\") french: name(locale: \"fr\") names { locale name } }
                   theme(slug: \"elections\") { russian: name(locale: \"ru\") parent { russian: name(locale: \"ru\") } }
                   contentType(slug: \"news\") { russian: name(locale: \"RU\") } }";
    let english = "Office for Democratic Institutions and Human Rights";
    assert_eq!(
        server.client().ask(query, json!({})).await,
        json!({
            "office": {"english": english, "russian": "БДИПЧ", "french": english, "names": [{"locale": "en", "name": english}, {"locale": "ru", "name": "БДИПЧ"}]},
            "theme": {"russian": "Выборы", "parent": {"russian": "Human dimension"}},
            "contentType": {"russian": "Новости"},
        })
    );
    // What hangs on a release is named for the reader of the release.
    let query =
        "{ releases(first: 1, locale: \"ru\", filter: {offices: [\"odihr\"]}) { nodes { offices { slug name } } } }";
    let data = server.client().ask(query, json!({})).await;
    let offices = data["releases"]["nodes"][0]["offices"].as_array().unwrap();
    assert!(
        offices.contains(&json!({"slug": "odihr", "name": "БДИПЧ"})),
        "{offices:?}"
    );
}

async fn a_theme_that_moves_takes_its_releases_along(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let theme = |slug: &str, parent: Value| json!({"slug": slug, "parent": parent, "names": {"en": slug}});
    let taxonomy = |parent: &str| {
        json!({"themes": [theme("a", Value::Null), theme("b", Value::Null), theme("leaf", json!(parent))]}).to_string()
    };
    let line = json!({"sourceId": "1", "slug": "one", "state": "live", "publishingDate": "2024-11-22", "themes": ["leaf"], "translations": {"en": {"title": "One"}}});
    let lines = newsroom.file("newsroom.jsonl", &line.to_string());
    let counts = async || {
        let server = newsroom.serve().await;
        let data = server.client().ask("{ a: theme(slug: \"a\") { releases { totalCount nodes { slug } } } b: theme(slug: \"b\") { releases { totalCount nodes { slug } } } }", json!({})).await;
        ["a", "b"].map(|theme| {
            (
                data[theme]["releases"]["totalCount"].as_u64().unwrap(),
                texts(&data[theme]["releases"]["nodes"], "/slug").len(),
            )
        })
    };
    let _ = newsroom.file("taxonomy.json", &taxonomy("a"));
    newsroom.run(&["import", &lines]).expect_success();
    assert_eq!(counts().await, [(1, 1), (0, 0)]);
    let _ = newsroom.file("taxonomy.json", &taxonomy("b"));
    newsroom.run(&["import", &lines]).expect_success();
    assert_eq!(counts().await, [(0, 0), (1, 1)]);
}
