//! The JSON API, as partners read it: pages, filters, one release, what it is filed under, and what goes wrong.

use newsroom_tests::client::texts;
use newsroom_tests::{Answer, Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{done, publish, published, version};
use crate::taxonomy_commands;

on_both!(
    every_page_of_a_list_is_reached_by_its_links_and_back_again,
    a_list_is_the_one_that_graphql_gives_for_the_same_filter,
    what_is_asked_for_alone_is_given_and_nothing_else_is_known,
    a_search_comes_with_what_lies_beside_it,
    a_release_is_at_its_identity_and_at_its_slug,
    an_old_slug_redirects_and_a_removed_release_leaves_its_tombstone,
    a_draft_is_nowhere,
    offices_themes_and_types_are_found_by_identity_slug_and_former_slug,
    an_answer_that_one_has_is_not_sent_again,
    faults_are_named_as_the_address_has_them,
    links_are_made_of_the_setting_and_never_of_the_host,
    a_character_that_no_text_can_have_is_no_fault_of_ours,
    what_is_not_served_is_a_problem,
);

const ODIHR: &str = "osce-office-for-democratic-institutions-and-human-rights";

/// What is at a path, which is there.
async fn read(client: &Client, path: &str) -> Value {
    let answer = client.get(path).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json"),
        "{path} {}",
        answer.text
    );
    answer.body
}

/// The status and the code of a problem.
fn problem(answer: &Answer) -> (u16, &str) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text
    );
    assert_eq!(answer.body["status"], answer.status.as_u16());
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap())
}

fn faults(answer: &Answer) -> Vec<(&str, &str)> {
    let fields = answer.body["fields"].as_array().unwrap().iter();
    fields
        .map(|fault| (fault["path"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect()
}

/// A link of an answer, as a path of the same server.
fn link(answer: &Value, relation: &str) -> Option<String> {
    let address = answer["links"][relation].as_str()?;
    Some(address[address.find("/v1/").unwrap()..].to_owned())
}

async fn every_page_of_a_list_is_reached_by_its_links_and_back_again(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let whole = client
        .ask("{ releases(first: 100, filter: {themes: [\"elections\"], publishedFrom: \"2000-01-01\"}) { totalCount nodes { slug } } }", json!({}))
        .await;
    let expected = texts(&whole["releases"]["nodes"], "/slug");
    assert!(expected.len() > 20, "the archive has too few: {}", expected.len());

    let mut path = "/v1/releases?theme=elections&from=2000-01-01&limit=7&fields=slug".to_owned();
    let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
    let last = loop {
        let answer = client.get(&path).await;
        let page = answer.body.clone();
        assert_eq!(page["totalCount"], whole["releases"]["totalCount"]);
        forwards.extend(texts(&page["items"], "/slug"));
        // The same in the header as in the body.
        let in_header: Vec<_> = answer
            .headers
            .get_all("link")
            .iter()
            .map(|link| link.to_str().unwrap().to_owned())
            .collect();
        let in_body = ["self", "next", "prev"]
            .iter()
            .filter_map(|relation| Some(format!("<{}>; rel=\"{relation}\"", page["links"][relation].as_str()?)));
        assert_eq!(in_header, in_body.collect::<Vec<_>>());
        match link(&page, "next") {
            Some(next) if forwards.len() < expected.len() => path = next,
            _ => break page,
        }
    };
    assert_eq!(forwards[..expected.len()], expected[..]);
    let mut page = last;
    loop {
        backwards.splice(0..0, texts(&page["items"], "/slug"));
        let Some(before) = link(&page, "prev") else { break };
        page = read(client, &before).await;
    }
    assert_eq!(backwards, forwards);
}

async fn a_list_is_the_one_that_graphql_gives_for_the_same_filter(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    for (query, arguments) in [
        ("", ""),
        ("?order=oldest", "orderBy: OLDEST"),
        (
            "?office=odihr&office=mission-to-serbia",
            "filter: {offices: [\"odihr\", \"mission-to-serbia\"]}",
        ),
        (
            "?withoutTheme=true&theme=elections",
            "filter: {withoutTheme: true, themes: [\"elections\"]}",
        ),
        (
            "?withoutOffice=1&withoutType=1",
            "filter: {withoutOffice: true, withoutType: true}",
        ),
        (
            "?type=press-release&from=2005-01-01&to=2010-12-31",
            "filter: {types: [\"press-release\"], publishedFrom: \"2005-01-01\", publishedTo: \"2010-12-31\"}",
        ),
        (
            "?availableIn=ru&locale=ru",
            "locale: \"ru\", filter: {locales: [\"ru\"]}",
        ),
        (
            "?q=observers+training&order=relevance&searchMode=any",
            "orderBy: RELEVANCE, filter: {search: \"observers training\", searchMode: ANY}",
        ),
        (
            "?q=observers&anyLocale=true",
            "filter: {search: \"observers\", anyLocale: true}",
        ),
        ("?limit=3", "first: 3"),
    ] {
        let document = format!(
            "{{ releases{} {{ totalCount nodes {{ slug locale title publishedAt offices {{ name }} }} }} }}",
            if arguments.is_empty() {
                String::new()
            } else {
                format!("({arguments})")
            }
        );
        let asked = server.client().ask(&document, json!({})).await["releases"].take();
        let page = read(server.client(), &format!("/v1/releases{query}")).await;
        assert_eq!(page["totalCount"], asked["totalCount"], "{query}");
        let expected = asked["nodes"].as_array().unwrap();
        let items = page["items"].as_array().unwrap();
        assert!(!items.is_empty(), "{query} finds nothing");
        assert_eq!(items.len(), expected.len(), "{query}");
        for (item, node) in items.iter().zip(expected) {
            for member in ["slug", "locale", "title", "publishedAt"] {
                assert_eq!(item[member], node[member], "{query}");
            }
            assert_eq!(
                texts(&item["offices"], "/name"),
                texts(&node["offices"], "/name"),
                "{query}"
            );
        }
    }
}

async fn what_is_asked_for_alone_is_given_and_nothing_else_is_known(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let page = read(client, "/v1/releases?fields=slug,%20title&limit=2").await;
    for item in page["items"].as_array().unwrap() {
        let members: Vec<_> = item.as_object().unwrap().keys().collect();
        assert_eq!(members, ["slug", "title"]);
    }
    assert!(page.get("facets").is_none());
    let whole = read(client, "/v1/releases?limit=1").await;
    assert!(whole["items"][0].get("body").is_none());
    let more = read(
        client,
        "/v1/releases?limit=1&include=body,translations,facets&bodyFormat=text",
    )
    .await;
    assert!(more["items"][0].get("body").is_some());
    assert_eq!(more["items"][0]["translations"][0]["isOriginal"], true);
    assert_eq!(more["facets"]["locales"][0]["locale"], "en");
    let refused = client.get("/v1/releases?fields=slug,tilte&include=facet").await;
    assert_eq!(faults(&refused), [("fields", "UNKNOWN"), ("include", "UNKNOWN")]);
    let refused = client
        .get("/v1/releases?ofice=odihr&limit=0&limit=3&from=yesterday&order=best&withoutType=perhaps")
        .await;
    assert_eq!(problem(&refused), (422, "VALIDATION_FAILED"));
    let mut named = faults(&refused);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            ("from", "MALFORMED"),
            ("limit", "CONFLICTING"),
            ("limit", "OUT_OF_RANGE"),
            ("ofice", "UNKNOWN_PARAMETER"),
            ("order", "MALFORMED"),
            ("withoutType", "MALFORMED")
        ]
    );
}

async fn a_search_comes_with_what_lies_beside_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let path =
        "/v1/releases?q=training&include=facets,histogram,lastModified,didYouMean,searchHighlights&interval=year";
    let page = read(server.client(), path).await;
    assert!(page["totalCount"].as_u64().unwrap() > 0);
    assert_eq!(
        page["histogram"],
        json!([{"date": "2024-01-01", "count": page["totalCount"]}])
    );
    assert_eq!(page["facets"]["years"][0]["count"], page["totalCount"]);
    assert!(
        page["items"][0]["searchHighlights"][0]["fragments"][0]["html"]
            .as_str()
            .unwrap()
            .contains("<mark>")
    );
    let nothing = read(server.client(), "/v1/releases?q=invesitgating&include=didYouMean").await;
    assert_eq!((&nothing["totalCount"], &nothing["items"]), (&json!(0), &json!([])));
    assert!(nothing["didYouMean"].is_string());
    let suggested = read(server.client(), "/v1/suggest?q=elect&limit=1").await;
    assert_eq!(suggested["themes"][0]["slug"], "elections");
}

async fn a_release_is_at_its_identity_and_at_its_slug(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("desk@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("desk@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let input = json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Наблюдатели прибыли"}});
    let release = done(&desk, "addTranslation", input).await;
    publish(&desk, &release, "ru").await;

    let by_slug = server.client().get("/v1/releases/observers-arrive").await;
    let id = by_slug.body["id"].as_str().unwrap();
    assert_eq!(by_slug.body["id"], release["uuid"]);
    assert_eq!(read(server.client(), &format!("/v1/releases/{id}")).await, by_slug.body);
    let russian = server
        .client()
        .get(&format!("/v1/releases/{id}?locale=ru&fields=title"))
        .await;
    assert_eq!(russian.body, json!({"title": "Наблюдатели прибыли"}));
    assert_eq!(
        (by_slug.header("content-language"), russian.header("content-language")),
        ("en", "ru")
    );
    assert_eq!(texts(&by_slug.body["translations"], "/locale"), ["en", "ru"]);
    assert_eq!(by_slug.body["offices"][0]["slug"], ODIHR);
    let beside = read(
        server.client(),
        "/v1/releases/observers-arrive?include=next,previous,related&fields=slug",
    )
    .await;
    assert!(beside["next"]["slug"].is_string());
    assert_eq!(beside["previous"], Value::Null);
    assert!(beside["related"].is_array());
}

async fn an_old_slug_redirects_and_a_removed_release_leaves_its_tombstone(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("desk@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("desk@example.org").await;
    let release = published(&desk, "First title").await;
    let input = json!({"id": release["id"], "version": version(&release, "en"), "slug": "second-title"});
    let release = done(&desk, "updateRelease", input).await;
    let release = publish(&desk, &release, "en").await;

    // Not followed: the test's own client would.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let address = format!("{}/v1/releases/first-title?fields=slug&locale=en", server.root());
    let moved = http.get(address).send().await.unwrap();
    assert_eq!(moved.status(), 308);
    let location = moved.headers()["location"].to_str().unwrap();
    assert!(
        location.ends_with("/v1/releases/second-title?fields=slug&locale=en"),
        "{location}"
    );
    assert_eq!(
        read(server.client(), "/v1/releases/first-title?fields=slug").await,
        json!({"slug": "second-title"})
    );

    let input = json!({"id": release["id"], "version": version(&release, "en"), "reason": "Published by mistake."});
    done(&desk, "removeRelease", input).await;
    for slug in ["first-title", "second-title"] {
        let gone = server.client().get(&format!("/v1/releases/{slug}")).await;
        assert_eq!(problem(&gone), (410, "GONE"), "{slug}");
        assert_eq!(
            (&gone.body["removal"]["id"], &gone.body["removal"]["reason"]),
            (&release["uuid"], &json!("Published by mistake."))
        );
        assert!(gone.body["removal"]["removedAt"].as_str().unwrap().ends_with('Z'));
    }
    let by_id = server
        .client()
        .get(&format!("/v1/releases/{}", release["uuid"].as_str().unwrap()))
        .await;
    assert_eq!(problem(&by_id), (410, "GONE"));
    assert_eq!(by_id.body["removal"]["reason"], "Published by mistake.");
}

async fn a_draft_is_nowhere(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("desk@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("desk@example.org").await;
    let before = read(server.client(), "/v1/releases?limit=100&include=facets,lastModified").await;
    let draft = crate::press::create(&desk, "Embargoed observers").await;
    assert_eq!(
        read(server.client(), "/v1/releases?limit=100&include=facets,lastModified").await,
        before
    );
    let never = server.client().get("/v1/releases/never-was").await;
    let id = draft["uuid"].as_str().unwrap();
    for path in [
        format!("/v1/releases/{id}"),
        "/v1/releases/embargoed-observers".to_owned(),
    ] {
        let answer = server.client().get(&path).await;
        assert_eq!(
            (problem(&answer), &answer.body["detail"]),
            (problem(&never), &never.body["detail"]),
            "{path}"
        );
    }
    let suggested = read(server.client(), "/v1/suggest?q=embar").await;
    assert_eq!(suggested["releases"], json!([]));
    let found = read(server.client(), "/v1/releases?q=embargoed&anyLocale=true").await;
    assert_eq!(found["totalCount"], 0);
}

async fn offices_themes_and_types_are_found_by_identity_slug_and_former_slug(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let desk = client.signed_in("admin@example.org").await;
    for (plural, command, slug) in [
        ("offices", "updateOffice", ODIHR),
        ("themes", "updateTheme", "elections"),
        ("types", "updateContentType", "news"),
    ] {
        let by_slug = client.get(&format!("/v1/{plural}/{slug}")).await;
        let entry = &by_slug.body;
        let id = entry["id"].as_str().unwrap();
        assert_eq!(read(client, &format!("/v1/{plural}/{id}")).await, *entry);
        let listed = read(client, &format!("/v1/{plural}")).await;
        assert!(listed["items"].as_array().unwrap().contains(entry), "{plural}");
        let tag = by_slug.header("etag");
        assert!(tag.starts_with("\"1-"), "{tag}");
        taxonomy_commands::done(&desk, command, json!({"id": id, "version": 1, "slug": "another"})).await;
        let moved = client
            .get(&format!("/v1/{plural}/{slug}?fields=slug,formerSlugs"))
            .await;
        assert_eq!(
            moved.body,
            json!({"slug": "another", "formerSlugs": [slug]}),
            "{plural}"
        );
        assert_eq!(
            problem(&client.get(&format!("/v1/{plural}/never-was")).await),
            (404, "NOT_FOUND")
        );
    }
    let institutions = read(client, "/v1/offices?kind=institution&closed=false&fields=kind").await;
    assert!(!institutions["items"].as_array().unwrap().is_empty());
    assert!(
        institutions["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|office| office["kind"] == "INSTITUTION")
    );
    let groups = read(client, "/v1/office-groups").await;
    assert_eq!(groups["items"][0]["kind"], "INSTITUTION");
    assert_eq!(
        read(client, "/v1/newsroom").await,
        json!({"timeZone": "Europe/Vienna", "locales": []})
    );
}

async fn an_answer_that_one_has_is_not_sent_again(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("desk@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let path = "/v1/releases?limit=2";
    let first = client.get(path).await;
    let tag = first.header("etag").to_owned();
    let asked = async |tag: &str| {
        client
            .send(client.request("GET", path).header("if-none-match", tag))
            .await
    };
    for held in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let again = asked(&held).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{held}");
        assert_eq!(again.header("etag"), tag);
    }
    assert_eq!(first.header("cache-control"), "public, max-age=10");
    // Compressed it is other bytes, and still holds as long as they do.
    for coding in ["gzip", "br"] {
        let compressed = client.request("GET", path).header("accept-encoding", coding);
        let compressed = client.send(compressed).await;
        assert_eq!(
            (compressed.header("content-encoding"), compressed.header("etag")),
            (coding, format!("W/{tag}").as_str())
        );
    }
    let held = asked("*").await;
    let mut varies = held.headers.get_all("vary").iter();
    assert!(varies.any(|vary| vary == "accept-encoding"), "{:?}", held.headers);
    let head = client.send(client.request("HEAD", path)).await;
    assert_eq!(
        (head.status.as_u16(), head.header("etag"), head.text.as_str()),
        (200, tag.as_str(), "")
    );
    let desk = client.signed_in("desk@example.org").await;
    published(&desk, "Something new").await;
    let changed = asked(&tag).await;
    assert_eq!(changed.status.as_u16(), 200);
    assert_ne!(changed.header("etag"), tag);
    assert_eq!(desk.get(path).await.header("cache-control"), "no-store");
}

async fn faults_are_named_as_the_address_has_them(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&[], &[("NEWSROOM_LOCALES", "en,ru")]).await;
    let client = server.client();
    for (query, expected) in [
        ("office=nowhere", ("office.0", "UNKNOWN_SLUG")),
        ("theme=elections&theme=nowhere", ("theme.1", "UNKNOWN_SLUG")),
        ("type=nowhere", ("type.0", "UNKNOWN_SLUG")),
        ("from=2024-02-01&to=2024-01-01", ("to", "RANGE_REVERSED")),
        ("q=-only", ("q", "ONLY_EXCLUDES")),
        ("locale=fr", ("locale", "UNKNOWN_LOCALE")),
        ("availableIn=en&availableIn=not+a+tag", ("availableIn.1", "MALFORMED")),
        ("limit=101", ("limit", "OUT_OF_RANGE")),
    ] {
        let refused = client.get(&format!("/v1/releases?{query}")).await;
        assert_eq!(problem(&refused), (422, "VALIDATION_FAILED"), "{query}");
        let found = faults(&refused);
        assert_eq!(found.len(), 1, "{query} {found:?}");
        assert_eq!(found[0].0, expected.0, "{query} {}", refused.text);
        if expected.0 != "q" && expected.0 != "to" {
            assert_eq!(found[0].1, expected.1, "{query}");
        }
    }
    let cursor = client.get("/v1/releases?after=strange").await;
    assert_eq!(problem(&cursor), (400, "INVALID_CURSOR"));
    let prefix = client.get("/v1/suggest").await;
    assert_eq!(faults(&prefix), [("q", "REQUIRED")]);
}

async fn links_are_made_of_the_setting_and_never_of_the_host(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let settings = [("NEWSROOM_PUBLIC_URL", "https://news.example/api")];
    let server = newsroom.serve_with(&[], &settings).await;
    let client = server.client();
    let page = client
        .send(
            client
                .request("GET", "/v1/releases?limit=1&q=&office=")
                .header("host", "evil.example"),
        )
        .await;
    assert_eq!(
        page.body["links"]["self"],
        "https://news.example/api/v1/releases?limit=1"
    );
    let next = page.body["links"]["next"].as_str().unwrap();
    assert!(
        next.starts_with("https://news.example/api/v1/releases?limit=1&after="),
        "{next}"
    );
    let document = client.get("/v1/openapi.json").await;
    assert_eq!(document.body["servers"][0]["url"], "/api");
}

/// PostgreSQL keeps no text with such a character, and takes none to compare with.
async fn a_character_that_no_text_can_have_is_no_fault_of_ours(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let client = server.client().signed_in("admin@example.org").await;
    let document = client.get("/v1/openapi.json").await.body;
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let parameters = methods["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let at = path.replace('{', "%00{");
        let at: String = at
            .split_inclusive('}')
            .map(|part| part.split('{').next().unwrap())
            .collect();
        let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let queries = queries.map(|parameter| format!("?{}=a%00b", parameter["name"].as_str().unwrap()));
        for query in queries.chain([String::new()]).filter(|_| !path.ends_with("/stream")) {
            let answer = client.get(&format!("{at}{query}")).await;
            assert!(answer.status.as_u16() < 500, "{at}{query} {}", answer.text);
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
}

async fn what_is_not_served_is_a_problem(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let nowhere = client.get("/v1/nowhere").await;
    assert_eq!(problem(&nowhere), (404, "NOT_FOUND"));
    let refused = client.send(client.request("DELETE", "/v1/releases")).await;
    assert_eq!(
        (problem(&refused), refused.header("allow")),
        ((405, "METHOD_NOT_ALLOWED"), "GET,HEAD")
    );
    let long = client.get(&format!("/v1/releases?q={}", "a".repeat(17_000))).await;
    assert_eq!(problem(&long), (414, "URI_TOO_LONG"));
    let nobody = client.with_bearer("no token").get("/v1/releases").await;
    assert_eq!(problem(&nobody), (401, "UNAUTHENTICATED"));
    let page = client.get("/docs/").await;
    assert!(page.text.contains("swagger-ui"), "{}", page.text);
    assert!(
        !page.text.contains("http://") && !page.text.contains("https://"),
        "{}",
        page.text
    );
    assert_eq!(client.get("/docs/swagger-ui-bundle.js").await.status.as_u16(), 200);
    let document = client.get("/v1/openapi.json").await;
    assert_eq!(document.body["openapi"], "3.1.0");
    let tag = document.header("etag");
    let again = client.request("GET", "/v1/openapi.json").header("if-none-match", tag);
    assert_eq!(client.send(again).await.status.as_u16(), 304);
}
