//! Languages: what a reader is given where there is nothing in the locale asked for, by the setting `fallbacks`.

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, version};

on_both!(
    a_reader_gets_the_best_fallback_that_there_is_by_every_way_to_a_release,
    without_fallbacks_a_reader_gets_the_original,
    what_a_release_is_filed_under_is_named_by_the_fallbacks_too,
    a_notice_is_in_the_best_fallback_that_it_is_given_in,
    a_preview_is_shown_by_the_fallbacks,
    a_language_switcher_has_the_page_of_each_text_and_knows_the_original,
    the_newsroom_says_which_locales_it_offers_and_what_stands_in_for_each,
    fallbacks_come_from_a_file_and_the_environment_goes_before_it,
    fallbacks_that_the_newsroom_does_not_offer_are_refused_at_the_start,
);

const CHAINS: (&str, &str) = ("NEWSROOM_FALLBACKS", "uk=ru:en, sr=hr, mk=sr-Latn");

fn line(slug: &str, original: &str, texts: &[&str]) -> Value {
    let texts: Value = texts
        .iter()
        .map(|locale| ((*locale).to_owned(), json!({"title": format!("{slug} in {locale}")})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    json!({"sourceId": slug, "slug": slug, "state": "live", "publishingDate": "2024-11-22", "originalLocale": original,
           "offices": ["odihr"], "themes": ["elections"], "type": "news", "translations": texts})
}

fn several_languages(kind: Kind) -> Newsroom {
    let newsroom = Newsroom::empty(kind);
    let named = |slug: &str, names: Value| json!({"slug": slug, "names": names});
    let mut office = named("odihr", json!({"en": "Office", "ru": "Бюро", "hr": "Ured"}));
    office["closed"] = false.into();
    office["kind"] = "institution".into();
    let mut theme = named("elections", json!({"en": "Elections", "sr": "Избори"}));
    theme["parent"] = Value::Null;
    let taxonomy = json!({"offices": [office], "themes": [theme], "types": [named("news", json!({"sq": "Lajme", "ru": "Новости"}))]});
    let mut withdrawn = line("withdrawn", "en", &["en", "sr"]);
    withdrawn["state"] = "withdrawn".into();
    withdrawn["withdrawal"] =
        json!({"at": "2024-12-01T00:00:00Z", "notice": {"en": "Withdrawn", "ru": "Отозвано", "sr": "Повучено"}});
    let lines = [
        line("both", "en", &["en", "sr"]),
        line("russian", "de", &["de", "ru"]),
        line("croatian", "en", &["en", "hr", "sr-Latn"]),
        line("german", "de", &["de"]),
        withdrawn,
    ];
    let _ = newsroom.file("taxonomy.json", &taxonomy.to_string());
    let lines = lines.map(|line| line.to_string()).join("\n");
    newsroom
        .run(&["import", &newsroom.file("newsroom.jsonl", &lines)])
        .expect_success();
    newsroom
}

/// The locale in which each release is shown to a reader of `locale`.
async fn shown(client: &Client, locale: &str) -> Value {
    let query = "query($l: Locale) { releases(locale: $l, orderBy: OLDEST) { nodes { slug locale title } } }";
    let data = client.ask(query, json!({"l": locale})).await;
    let nodes = data["releases"]["nodes"].as_array().unwrap();
    let by_slug = nodes.iter().map(|node| {
        let (slug, locale) = (node["slug"].as_str().unwrap(), node["locale"].as_str().unwrap());
        assert_eq!(node["title"], format!("{slug} in {locale}"));
        (slug.to_owned(), locale.into())
    });
    by_slug.collect::<serde_json::Map<_, _>>().into()
}

async fn with_fallbacks(newsroom: &Newsroom) -> Server {
    newsroom.serve_with(&[], &[CHAINS]).await
}

async fn a_reader_gets_the_best_fallback_that_there_is_by_every_way_to_a_release(kind: Kind) {
    let newsroom = several_languages(kind);
    let server = with_fallbacks(&newsroom).await;
    let client = server.client();
    let expected = |both: &str, russian: &str, croatian: &str| json!({"both": both, "russian": russian, "croatian": croatian, "german": "de", "withdrawn": both});
    for (asked, shown_in) in [
        ("uk", expected("en", "ru", "en")),
        ("UK-ua", expected("en", "ru", "en")),
        ("sr-Latn", expected("sr", "de", "sr-Latn")),
        ("sr-Cyrl-RS", expected("sr", "de", "hr")),
        ("mk", expected("sr", "de", "sr-Latn")),
        ("tlh", expected("en", "de", "en")),
    ] {
        assert_eq!(shown(client, asked).await, shown_in, "{asked}");
    }
    let query = "query($id: ID!, $l: Locale) { slug: release(slug: \"russian\", locale: $l) { ...T } id: release(id: $id, locale: $l) { ...T }
        address(slug: \"russian\", locale: $l) { ...T } node(id: $id, locale: $l) { ...T } nodes(ids: [$id], locale: $l) { ...T }
        office(slug: \"odihr\") { releases(locale: $l, filter: {locales: [\"ru\"]}) { nodes { ...T } } } }
      fragment T on Release { locale title url }";
    let id = client.ask("{ release(slug: \"russian\") { id } }", json!({})).await["release"]["id"].take();
    let data = client.ask(query, json!({"id": id, "l": "uk"})).await;
    let one = json!({"locale": "ru", "title": "russian in ru", "url": null});
    assert_eq!(
        data,
        json!({"slug": one, "id": one, "address": one, "node": one, "nodes": [one], "office": {"releases": {"nodes": [one]}}})
    );
}

async fn without_fallbacks_a_reader_gets_the_original(kind: Kind) {
    let newsroom = several_languages(kind);
    let server = newsroom.serve().await;
    assert_eq!(
        shown(server.client(), "uk").await,
        json!({"both": "en", "russian": "de", "croatian": "en", "german": "de", "withdrawn": "en"})
    );
}

async fn what_a_release_is_filed_under_is_named_by_the_fallbacks_too(kind: Kind) {
    let newsroom = several_languages(kind);
    let server = with_fallbacks(&newsroom).await;
    let query = "query($l: Locale) { release(slug: \"german\", locale: $l) { offices { name } themes { name } type { name } }
        office(slug: \"odihr\") { name(locale: $l) } theme(slug: \"elections\") { name(locale: $l) } contentType(slug: \"news\") { name(locale: $l) } }";
    for (asked, office, theme, content_type) in [
        ("uk", "Бюро", "Elections", "Новости"),
        ("sr-Latn", "Ured", "Избори", "Новости"),
        ("mk", "Office", "Избори", "Новости"),
        ("tlh", "Office", "Elections", "Новости"),
        ("sq", "Office", "Elections", "Lajme"),
    ] {
        let name = |name: &str| json!({"name": name});
        assert_eq!(
            server.client().ask(query, json!({"l": asked})).await,
            json!({"release": {"offices": [name(office)], "themes": [name(theme)], "type": name(content_type)},
                "office": name(office), "theme": name(theme), "contentType": name(content_type)}),
            "{asked}"
        );
    }
}

async fn a_notice_is_in_the_best_fallback_that_it_is_given_in(kind: Kind) {
    let newsroom = several_languages(kind);
    let server = with_fallbacks(&newsroom).await;
    let query = "query($l: Locale, $n: Locale) { release(slug: \"withdrawn\", locale: $l) { locale withdrawal { notice(locale: $n) } } }";
    for (release, notice, locale, given) in [
        (json!("uk"), Value::Null, "en", "Отозвано"),
        (json!("sr-Latn"), Value::Null, "sr", "Повучено"),
        (Value::Null, json!("uk"), "en", "Отозвано"),
        (json!("sr"), json!("uk-UA"), "sr", "Отозвано"),
        (json!("tlh"), Value::Null, "en", "Withdrawn"),
        (Value::Null, Value::Null, "en", "Withdrawn"),
    ] {
        let data = server.client().ask(query, json!({"l": release, "n": notice})).await;
        assert_eq!(
            data["release"],
            json!({"locale": locale, "withdrawal": {"notice": given}}),
            "{release} {notice}"
        );
    }
}

async fn a_preview_is_shown_by_the_fallbacks(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = with_fallbacks(&newsroom).await;
    let editor = server.client().signed_in("press@example.org").await;
    let draft = create(&editor, "Embargoed").await;
    let publishing = json!({"id": draft["id"], "locale": "en", "version": version(&draft, "en")});
    let live = done(&editor, "publishTranslation", publishing).await;
    let russian =
        json!({"id": live["id"], "locale": "ru", "version": version(&live, "en"), "text": {"title": "Эмбарго"}});
    let russian = done(&editor, "addTranslation", russian).await;
    let query = "query($id: ID!) { deskRelease(id: $id) { translation(locale: \"ru\") { draft { uuid } } } }";
    let edition =
        editor.ask(query, json!({"id": russian["id"]})).await["deskRelease"]["translation"]["draft"]["uuid"].take();
    let made = editor
        .ask(
            "mutation($input: CreatePreviewInput!) { createPreview(input: $input) { token } }",
            json!({"input": {"edition": edition}}),
        )
        .await;
    let under = server.client().under(made["createPreview"]["token"].as_str().unwrap());
    let query = "query($id: ID!, $l: Locale) { release(id: $id, locale: $l) { title translations { locale isOriginal } } node(id: $id, locale: $l) { ... on Release { title } }
        address(slug: \"embargoed\", locale: $l) { ... on Release { title } } }";
    for (asked, title) in [("uk-UA", "Эмбарго"), ("sr-Latn", "Embargoed")] {
        let one = json!({"title": title});
        let texts = json!([{"locale": "en", "isOriginal": true}, {"locale": "ru", "isOriginal": false}]);
        assert_eq!(
            under.ask(query, json!({"id": live["id"], "l": asked})).await,
            json!({"release": {"title": title, "translations": texts}, "node": one, "address": one}),
            "{asked}"
        );
    }
    let plain = server
        .client()
        .ask(query, json!({"id": live["id"], "l": "uk-UA"}))
        .await;
    assert_eq!(plain["release"]["title"], "Embargoed", "nothing Russian is live");
}

async fn a_language_switcher_has_the_page_of_each_text_and_knows_the_original(kind: Kind) {
    let newsroom = several_languages(kind);
    let server = newsroom
        .serve_with(&["--release-url", "https://example.org/{locale}/{slug}"], &[CHAINS])
        .await;
    let query =
        "{ release(slug: \"russian\", locale: \"uk\") { locale url translations { id locale title url isOriginal } } }";
    let mut data = server.client().ask(query, json!({})).await;
    let release = &mut data["release"];
    assert_eq!(
        (&release["locale"], &release["url"]),
        (&json!("ru"), &json!("https://example.org/ru/russian"))
    );
    for text in release["translations"].as_array_mut().unwrap() {
        let id = text["id"].take();
        let query = "query($id: ID!) { node(id: $id) { ... on Translation { locale isOriginal } } }";
        let node = server.client().ask(query, json!({"id": id})).await;
        assert_eq!(
            node["node"],
            json!({"locale": text["locale"], "isOriginal": text["isOriginal"]})
        );
    }
    let text = |locale: &str, is_original: bool| {
        json!({"id": null, "locale": locale, "title": format!("russian in {locale}"),
               "url": format!("https://example.org/{locale}/russian"), "isOriginal": is_original})
    };
    assert_eq!(release["translations"], json!([text("de", true), text("ru", false)]));
}

async fn the_newsroom_says_which_locales_it_offers_and_what_stands_in_for_each(kind: Kind) {
    let newsroom = several_languages(kind);
    let query = "{ newsroom { timeZone locales { tag fallbacks } } }";
    let settings = [
        ("NEWSROOM_LOCALES", "en,ru,uk,sr-Latn"),
        ("NEWSROOM_FALLBACKS", "uk=ru:en,sr=en"),
    ];
    let server = newsroom.serve_with(&[], &settings).await;
    assert_eq!(
        server.client().ask(query, json!({})).await["newsroom"],
        json!({"timeZone": "Europe/Vienna", "locales": [{"tag": "en", "fallbacks": []}, {"tag": "ru", "fallbacks": []},
            {"tag": "uk", "fallbacks": ["ru", "en"]}, {"tag": "sr-Latn", "fallbacks": ["sr", "en"]}]})
    );
    let server = newsroom.serve().await;
    let data = server.client().ask(query, json!({})).await;
    assert_eq!(data["newsroom"]["locales"], json!([]), "any may be asked for");
}

async fn fallbacks_come_from_a_file_and_the_environment_goes_before_it(kind: Kind) {
    let newsroom = several_languages(kind);
    let file = newsroom.file("settings.toml", "[fallbacks]\nuk = ['ru', 'en']\nmk = ['sr']\n");
    let russian = async |settings: &[(&str, &str)]| {
        let server = newsroom.serve_with(&["--config", &file], settings).await;
        shown(server.client(), "uk").await["russian"].take()
    };
    assert_eq!(russian(&[]).await, "ru");
    assert_eq!(russian(&[("NEWSROOM_FALLBACKS", "mk=sr")]).await, "de");
}

async fn fallbacks_that_the_newsroom_does_not_offer_are_refused_at_the_start(kind: Kind) {
    let newsroom = several_languages(kind);
    let refused = async |settings: &[(&str, &str)]| {
        let (status, said) = newsroom.try_to_serve(&[], settings).await.unwrap_err();
        assert_eq!(status.code(), Some(2), "{said}");
        said
    };
    let said = refused(&[("NEWSROOM_LOCALES", "en,uk"), ("NEWSROOM_FALLBACKS", "uk=ru:en")]).await;
    assert!(
        said.contains("fallbacks names ru") && said.contains("add ru to locales"),
        "{said}"
    );
    let said = refused(&[("NEWSROOM_FALLBACKS", "uk")]).await;
    assert!(
        said.contains("NEWSROOM_FALLBACKS") && said.contains("uk=ru:en"),
        "{said}"
    );
    let settings = [("NEWSROOM_LOCALES", "en,uk,ru"), ("NEWSROOM_FALLBACKS", "uk=ru:en")];
    assert!(newsroom.try_to_serve(&[], &settings).await.is_ok());
}
