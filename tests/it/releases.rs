//! A release: by its id, by its address, in a reader's locale; and what no reader ever gets.

use newsroom_tests::client::texts;
use newsroom_tests::generate::{Body, Release, SECRET, State, TextState};
use newsroom_tests::oracle::{Filter, Order, list, shown};
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive};

on_both!(
    every_public_release_is_what_was_imported,
    a_release_is_found_by_its_id_its_uuid_and_its_slug,
    a_reader_gets_the_nearest_shorter_locale_or_else_the_original,
    all_translations_that_are_live_are_there_and_no_others,
    a_body_comes_in_each_format_that_it_has,
    an_address_is_a_release_a_redirect_a_tombstone_or_nothing,
    nodes_come_in_the_order_asked_for_with_null_for_what_is_not_there,
    a_draft_is_nowhere,
    what_is_removed_is_null_but_at_its_address,
    what_is_withdrawn_stays_with_its_notice,
    a_release_has_a_url_where_the_operator_says_where,
    an_instant_keeps_its_microseconds,
);

/// All of a release but its identities, and what is worked out of it.
const WHOLE: &str = "fragment Whole on Release {
  slug title lead bodySource { format text } type { slug } offices { slug } themes { slug } publishedAt publishingDate updatedAt
  locale originalLocale availableLocales changeNotes { at note } attachments { url mediaType length title } withdrawal { at notice }
}";

fn first(test: impl Fn(&Release) -> bool) -> &'static Release {
    ARCHIVE.releases.iter().find(|release| test(release)).unwrap()
}

/// What [`WHOLE`] must be for a reader of that locale.
fn whole(release: &Release, locale: Option<&str>) -> Value {
    let (locale, text) = shown(release, locale);
    let slugs = |slugs: &[&str]| slugs.iter().map(|slug| json!({"slug": slug})).collect::<Value>();
    let instant = |micros: i64| {
        chrono::DateTime::from_timestamp_micros(micros)
            .unwrap()
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    };
    let went_live = if locale == release.original_locale {
        release.written_instant().unwrap()
    } else {
        "2025-01-01T00:00:00Z".to_owned()
    };
    json!({
        "slug": release.slug,
        "title": text.title,
        "lead": text.lead,
        "bodySource": text.body.as_ref().map(|body| match body {
            Body::Markdown(text) => json!({"format": "MARKDOWN", "text": text}),
            Body::Html(text) => json!({"format": "HTML", "text": text}),
        }),
        "type": release.content_type.map(|slug| json!({"slug": slug})),
        "offices": slugs(&release.offices),
        "themes": slugs(&release.themes),
        "publishedAt": release.written_instant(),
        "publishingDate": newsroom_tests::generate::vienna_day(release.published_at.unwrap()).to_string(),
        "updatedAt": text.change_notes.last().map_or(went_live, |(at, _)| instant(*at)),
        "locale": locale,
        "originalLocale": release.original_locale,
        "availableLocales": release.public_locales().collect::<Vec<_>>(),
        "changeNotes": text.change_notes.iter().map(|(at, note)| json!({"at": instant(*at), "note": note})).collect::<Value>(),
        "attachments": release.attachments.iter().map(|attachment| json!({
            "url": attachment.url, "title": attachment.title, "mediaType": "application/pdf", "length": attachment.length,
        })).collect::<Value>(),
        "withdrawal": (release.state == State::Withdrawn).then(|| json!({"at": "2025-01-02T03:04:05Z", "notice": release.notice()})),
    })
}

async fn by_slug(client: &Client, slug: &str, locale: Option<&str>) -> Value {
    let query = format!(
        "query($slug: String!, $locale: Locale) {{ release(slug: $slug, locale: $locale) {{ ...Whole }} }} {WHOLE}"
    );
    client.ask(&query, json!({"slug": slug, "locale": locale})).await["release"].take()
}

/// The ids of releases of any state, drafts too, which the public side does not tell.
fn uuids(newsroom: &Newsroom) -> std::collections::BTreeMap<String, String> {
    let lines = newsroom.run(&["export"]).expect_success().output;
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            (
                line["slug"].as_str().unwrap().to_owned(),
                line["id"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

async fn every_public_release_is_what_was_imported(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = format!(
        "query($after: String) {{ releases(first: 100, after: $after) {{ nodes {{ ...Whole }} pageInfo {{ endCursor }} }} }} {WHOLE}"
    );
    let mut after = Value::Null;
    for releases in list(&ARCHIVE, &Filter::default(), Order::Newest).chunks(100) {
        let data = server.client().ask(&query, json!({"after": after})).await;
        for (release, node) in releases.iter().zip(data["releases"]["nodes"].as_array().unwrap()) {
            assert_eq!(*node, whole(release, None));
        }
        after = data["releases"]["pageInfo"]["endCursor"].clone();
    }
}

async fn a_release_is_found_by_its_id_its_uuid_and_its_slug(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let release = first(|release| release.state == State::Live && release.texts.len() > 2);
    let ids = client
        .ask(
            "query($slug: String!) { release(slug: $slug) { id uuid } }",
            json!({"slug": release.slug}),
        )
        .await;
    for name in ["id", "uuid"] {
        let id = &ids["release"][name];
        let found = client
            .ask(
                &format!("query($id: ID!) {{ release(id: $id) {{ ...Whole }} }} {WHOLE}"),
                json!({"id": id}),
            )
            .await;
        assert_eq!(found["release"], whole(release, None), "by {name} {id}");
    }
    for nothing in ["no-such-slug", "No Slug", "", "release-0/../release-1", "' OR 1 = 1 --"] {
        assert_eq!(by_slug(client, nothing, None).await, Value::Null, "{nothing}");
    }
    let nobody = "0192f3a4-7b5c-7def-8123-456789abcdef";
    assert_eq!(
        client
            .ask("query($id: ID!) { release(id: $id) { slug } }", json!({"id": nobody}))
            .await["release"],
        Value::Null
    );
}

async fn a_reader_gets_the_nearest_shorter_locale_or_else_the_original(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let asked = [
        "en",
        "ru",
        "fr",
        "FR-ca",
        "sr",
        "sr-Latn",
        "sr-latn-RS",
        "sr-Cyrl",
        "de",
        "de-AT",
        "de-at-x-wien",
        "uk-UA",
        "zh-Hant",
        "zh-Hant-TW",
        "en-GB-oed",
        "tlh",
    ];
    let mut given = std::collections::BTreeSet::new();
    let several = ARCHIVE.public().filter(|release| release.texts.len() > 1).take(60);
    for release in several {
        for locale in asked {
            let node = by_slug(server.client(), &release.slug, Some(locale)).await;
            assert_eq!(node, whole(release, Some(locale)), "{} in {locale}", release.slug);
            given.insert((locale, node["locale"].as_str().unwrap().to_owned()));
        }
    }
    for (locale, expected) in [
        ("sr-latn-RS", "sr-Latn"),
        ("sr-Cyrl", "sr"),
        ("de-at-x-wien", "de-AT"),
        ("uk-UA", "uk"),
        ("tlh", "en"),
    ] {
        assert!(
            given.contains(&(locale, expected.to_owned())),
            "nobody who asked for {locale} got {expected}: {given:?}"
        );
    }
}

async fn all_translations_that_are_live_are_there_and_no_others(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "query($slug: String!) { release(slug: $slug) { availableLocales translations { id locale title lead bodySource { format text } } } }";
    for hidden in [TextState::Draft, TextState::TakenDown] {
        let release = first(|release| release.is_public() && release.texts.values().any(|text| text.state == hidden));
        let data = server.client().ask(query, json!({"slug": release.slug})).await;
        let expected: Vec<&str> = release.public_locales().collect();
        assert_eq!(data["release"]["availableLocales"], json!(expected));
        assert_eq!(texts(&data["release"]["translations"], "/locale"), expected);
        for text in data["release"]["translations"].as_array().unwrap() {
            let expected = whole(release, text["locale"].as_str());
            for key in ["title", "lead", "bodySource"] {
                assert_eq!(text[key], expected[key]);
            }
            let node = server
                .client()
                .ask(
                    "query($id: ID!) { node(id: $id) { __typename ... on Translation { locale title } } }",
                    json!({"id": text["id"]}),
                )
                .await;
            assert_eq!(
                node["node"],
                json!({"__typename": "Translation", "locale": text["locale"], "title": text["title"]})
            );
        }
    }
}

async fn a_body_comes_in_each_format_that_it_has(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let line = |source: &str, body: Value| {
        json!({"sourceId": source, "slug": source, "state": "live", "publishingDate": "2024-11-22",
               "translations": {"en": {"title": source, "body": body}}})
        .to_string()
    };
    let lines = [
        line(
            "markdown",
            json!({"format": "MARKDOWN", "text": "A *b* & c.\n\n- one\n- two\n\n<script>x</script>"}),
        ),
        line(
            "html",
            json!({"format": "HTML", "text": "<p onclick=\"x\">A <b>b</b> &amp; c.</p><iframe></iframe>"}),
        ),
        line("none", Value::Null),
        line("empty", json!({"format": "MARKDOWN", "text": ""})),
    ];
    newsroom
        .run(&["import", &newsroom.file("bodies.jsonl", &lines.join("\n"))])
        .expect_success();
    let server = newsroom.serve().await;
    let query = "query($slug: String!) { release(slug: $slug) {
        default: body html: body(format: HTML) markdown: body(format: MARKDOWN) text: body(format: TEXT) source: bodySource { format text }
        translations { html: body markdown: body(format: MARKDOWN) text: body(format: TEXT) } } }";
    for (slug, html, markdown, text, format) in [
        (
            "markdown",
            json!("<p>A <em>b</em> &amp; c.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n\n"),
            json!("A *b* & c.\n\n- one\n- two\n\n<script>x</script>"),
            json!("A b & c.\n\none\ntwo"),
            json!("MARKDOWN"),
        ),
        (
            "html",
            json!("<p>A <b>b</b> &amp; c.</p>"),
            Value::Null,
            json!("A b & c."),
            json!("HTML"),
        ),
        ("none", Value::Null, Value::Null, Value::Null, Value::Null),
        ("empty", json!(""), json!(""), json!(""), json!("MARKDOWN")),
    ] {
        let data = server.client().ask(query, json!({"slug": slug})).await;
        let release = &data["release"];
        assert_eq!(
            [
                &release["default"],
                &release["html"],
                &release["markdown"],
                &release["text"]
            ],
            [&html, &html, &markdown, &text],
            "{slug}"
        );
        assert_eq!(release["source"]["format"], format, "{slug}");
        assert_eq!(
            release["translations"],
            json!([{"html": html, "markdown": markdown, "text": text}]),
            "{slug}"
        );
    }
}

async fn an_address_is_a_release_a_redirect_a_tombstone_or_nothing(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = format!(
        "query($slug: String!, $locale: Locale) {{ address(slug: $slug, locale: $locale) {{ __typename
           ... on Release {{ ...Whole }}
           ... on Redirect {{ from slug release {{ ...Whole }} }}
           ... on Tombstone {{ slug removedAt reason }} }} }} {WHOLE}"
    );
    let at =
        async |slug: &str| server.client().ask(&query, json!({"slug": slug, "locale": "ru"})).await["address"].take();
    let with_type = |kind: &str, mut value: Value| {
        value["__typename"] = json!(kind);
        value
    };
    let live = first(|release| release.state == State::Live);
    assert_eq!(at(&live.slug).await, with_type("Release", whole(live, Some("ru"))));
    let moved = first(|release| release.state == State::Live && release.redirects.len() == 2);
    for from in &moved.redirects {
        let expected = json!({"from": from, "slug": moved.slug, "release": whole(moved, Some("ru"))});
        assert_eq!(at(from).await, with_type("Redirect", expected));
        assert_eq!(
            by_slug(server.client(), from, None).await,
            Value::Null,
            "a former slug is an address, and no release's slug"
        );
    }
    let removed = first(|release| release.state == State::Removed && !release.redirects.is_empty());
    for slug in removed.redirects.iter().chain([&removed.slug]) {
        let expected = json!({"slug": slug, "removedAt": "2025-02-03T04:05:06Z", "reason": removed.removal_reason()});
        assert_eq!(at(slug).await, with_type("Tombstone", expected));
    }
    let draft = first(|release| release.state == State::Draft);
    let beside = first(|release| release.has_draft_beside);
    for nothing in [
        "no-such-slug",
        "Not A Slug",
        "",
        &draft.slug,
        &format!("{SECRET}-{}", beside.number),
    ] {
        assert_eq!(at(nothing).await, Value::Null, "{nothing}");
    }
}

async fn nodes_come_in_the_order_asked_for_with_null_for_what_is_not_there(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let data = client
        .ask(
            "{ releases(first: 3) { nodes { id } } offices { id slug } themes { id slug } contentTypes { id slug } }",
            json!({}),
        )
        .await;
    let releases = texts(&data["releases"]["nodes"], "/id");
    let (office, theme, content_type) = (&data["offices"][0], &data["themes"][0], &data["contentTypes"][0]);
    // base64url of "Release:0192f3a4-7b5c-7def-8123-456789abcdef".
    let nobody = "UmVsZWFzZTowMTkyZjNhNC03YjVjLTdkZWYtODEyMy00NTY3ODlhYmNkZWY";
    let ids = json!([
        releases[2],
        office["id"],
        nobody,
        releases[0],
        theme["id"],
        releases[2],
        content_type["id"]
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Office { slug } ... on Theme { slug } ... on ContentType { slug } } }";
    let nodes = client.ask(query, json!({"ids": ids})).await;
    let release = |id: &str| json!({"__typename": "Release", "id": id});
    let filed = |name: &str, entry: &Value| json!({"__typename": name, "id": entry["id"], "slug": entry["slug"]});
    let expected = json!([
        release(&releases[2]),
        filed("Office", office),
        null,
        release(&releases[0]),
        filed("Theme", theme),
        release(&releases[2]),
        filed("ContentType", content_type),
    ]);
    assert_eq!(nodes["nodes"], expected);
    assert_eq!(client.ask(query, json!({"ids": []})).await["nodes"], json!([]));
}

async fn a_draft_is_nowhere(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let uuids = uuids(&newsroom);
    let server = newsroom.serve().await;
    let drafts: Vec<&Release> = ARCHIVE
        .releases
        .iter()
        .filter(|release| release.state == State::Draft)
        .collect();
    let query = "query($slug: String!, $id: ID!, $node: ID!) {
        bySlug: release(slug: $slug) { id } byId: release(id: $id) { id } byNode: release(id: $node) { id }
        address(slug: $slug) { __typename } node(id: $node) { id } nodes(ids: [$node]) { id } }";
    let nothing = json!({"bySlug": null, "byId": null, "byNode": null, "address": null, "node": null, "nodes": [null]});
    assert!(drafts.len() > 20);
    for draft in drafts {
        let uuid = &uuids[&draft.slug];
        let variables = json!({"slug": draft.slug, "id": uuid, "node": global_id("Release", uuid)});
        assert_eq!(server.client().ask(query, variables).await, nothing, "{}", draft.slug);
    }
    let total = server
        .client()
        .ask("{ releases(first: 0) { totalCount } }", json!({}))
        .await;
    assert_eq!(total["releases"]["totalCount"], ARCHIVE.public().count());
}

async fn what_is_removed_is_null_but_at_its_address(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let uuids = uuids(&newsroom);
    let server = newsroom.serve().await;
    for removed in ARCHIVE
        .releases
        .iter()
        .filter(|release| release.state == State::Removed)
    {
        let node = global_id("Release", &uuids[&removed.slug]);
        let query = "query($slug: String!, $node: ID!) { release(slug: $slug) { id } node(id: $node) { id } address(slug: $slug) { __typename ... on Tombstone { id uuid } } }";
        let answer = server
            .client()
            .graphql(query, json!({"slug": removed.slug, "node": node}))
            .await;
        let tombstone = json!({"__typename": "Tombstone", "id": node, "uuid": uuids[&removed.slug]});
        assert_eq!(
            answer.body,
            json!({"data": {"release": null, "node": null, "address": tombstone}})
        );
    }
}

/// A global id, as base64url of `Type:uuid` without padding (RFC 4648, section 5).
pub(crate) fn global_id(kind: &str, uuid: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut id = String::new();
    for three in format!("{kind}:{uuid}").as_bytes().chunks(3) {
        let bits = three
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        (0..=three.len()).for_each(|place| id.push(char::from(LETTERS[bits >> (18 - 6 * place) & 63])));
    }
    id
}

async fn what_is_withdrawn_stays_with_its_notice(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let line = json!({"sourceId": "w", "slug": "w", "state": "withdrawn", "publishingDate": "2024-11-22", "originalLocale": "ru",
        "withdrawal": {"at": "2025-01-02T03:04:05Z", "notice": {"en": "Wrong figures.", "fr": "Chiffres faux."}},
        "translations": {"en": {"title": "In English"}, "ru": {"title": "По-русски"}}});
    newsroom
        .run(&["import", &newsroom.file("w.jsonl", &line.to_string())])
        .expect_success();
    let server = newsroom.serve().await;
    let query = "query($locale: Locale) { releases(locale: $locale) { nodes { title withdrawal { at notice french: notice(locale: \"fr-CA\") } } } }";
    for (locale, title, notice) in [
        (Value::Null, "По-русски", "Wrong figures."),
        (json!("en"), "In English", "Wrong figures."),
        (json!("fr"), "По-русски", "Chiffres faux."),
    ] {
        let data = server.client().ask(query, json!({"locale": locale})).await;
        let withdrawal = json!({"at": "2025-01-02T03:04:05Z", "notice": notice, "french": "Chiffres faux."});
        assert_eq!(
            data["releases"]["nodes"],
            json!([{"title": title, "withdrawal": withdrawal}]),
            "{locale}"
        );
    }
}

async fn a_release_has_a_url_where_the_operator_says_where(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let release = first(|release| {
        release.is_public()
            && release.original_locale == "en"
            && release
                .texts
                .get("ru")
                .is_some_and(|text| text.state == TextState::Live)
    });
    let query = "query($slug: String!) { release(slug: $slug, locale: \"ru-RU\") { url } }";
    let server = newsroom
        .serve_with(
            &[],
            &[("NEWSROOM_RELEASE_URL", "https://www.example.org/{locale}/news/{slug}")],
        )
        .await;
    let request = json!({"query": query, "variables": {"slug": release.slug}}).to_string();
    let answer = server
        .client()
        .send(server.client().post(request).header("host", "evil.example"))
        .await;
    assert_eq!(
        *answer.data("/release/url"),
        format!("https://www.example.org/ru/news/{}", release.slug)
    );
    drop(server);
    let server = newsroom.serve().await;
    assert_eq!(
        server.client().ask(query, json!({"slug": release.slug})).await["release"]["url"],
        Value::Null
    );
}

async fn an_instant_keeps_its_microseconds(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let instants = [
        "1994-01-02T03:04:05Z",
        "2024-03-30T23:00:00.000001Z",
        "2024-11-21T22:59:59.999999Z",
        "2024-11-21T23:00:00Z",
    ];
    let days = ["1994-01-02", "2024-03-31", "2024-11-21", "2024-11-22"];
    let lines: Vec<String> = instants.iter().enumerate().map(|(number, at)| {
        json!({"sourceId": format!("i{number}"), "state": "live", "publishedAt": at, "translations": {"en": {"title": format!("At {number}")}}}).to_string()
    }).collect();
    newsroom
        .run(&["import", &newsroom.file("instants.jsonl", &lines.join("\n"))])
        .expect_success();
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask(
            "{ releases(orderBy: OLDEST) { nodes { publishedAt updatedAt publishingDate slug } } }",
            json!({}),
        )
        .await;
    let nodes = &data["releases"]["nodes"];
    assert_eq!(texts(nodes, "/publishedAt"), instants);
    assert_eq!(texts(nodes, "/updatedAt"), instants);
    assert_eq!(texts(nodes, "/publishingDate"), days);
    assert_eq!(texts(nodes, "/slug"), ["at-0", "at-1", "at-2", "at-3"]);
}
