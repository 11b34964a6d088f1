//! The schema over a newsroom in SQLite: what readers get.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode, header};
use newsroom_api::{
    ApiConfig, AuthConfig, Authentication, ChangeHub, DEFAULT_ISSUER, Finder, KeyFile, LinkConfig, SearchConfig, router,
};
use newsroom_domain::{
    Zone,
    exchange::{ReleaseLine, TaxonomyFile},
};
use newsroom_persistence::{Database, DeskRules, ImportOptions, NumberedLine, Store, StoreOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Two themes, one below the other, an office with a Russian name, and a content type.
const TAXONOMY: &str = r#"{
    "offices": [{"slug": "odihr", "names": {"en": "ODIHR", "ru": "БДИПЧ"}, "kind": "institution"},
                {"slug": "kyiv", "names": {"en": "Kyiv"}, "closed": true, "kind": "field-operation"}],
    "themes": [{"slug": "elections", "names": {"en": "Elections"}},
               {"slug": "observation", "parent": "elections", "names": {"en": "Observation"}}],
    "types": [{"slug": "news", "names": {"en": "News", "ru": "Новости"}}]
}"#;

/// A release in two languages with everything, a bare one, a withdrawn one, one that has moved and one that was removed.
const RELEASES: &str = r#"
{"sourceId": "1", "state": "live", "slug": "full", "publishedAt": "2024-11-22T09:30:00Z", "type": "news", "offices": ["odihr", "kyiv"], "themes": ["observation"], "originalLocale": "en", "attachments": [{"url": "https://files.example/report.pdf", "mediaType": "application/pdf", "length": 5000000000, "title": "Report"}], "translations": {"en": {"title": "Full", "lead": "Lead", "body": {"format": "MARKDOWN", "text": "*Hello* <script>alert(1)</script>"}}, "ru": {"title": "Полный", "lead": "", "body": {"format": "HTML", "text": "<p>Привет</p>"}}}}
{"sourceId": "2", "state": "live", "slug": "bare", "publishedAt": "2024-11-21T23:00:00Z", "type": null, "offices": [], "themes": [], "originalLocale": "en", "translations": {"en": {"title": "Bare", "lead": "", "body": null}}}
{"sourceId": "3", "state": "withdrawn", "slug": "withdrawn", "publishedAt": "2024-11-20T00:00:00Z", "type": "news", "offices": ["kyiv"], "themes": ["elections"], "withdrawal": {"at": "2024-12-01T00:00:00Z", "notice": {"en": "It was wrong.", "ru": "Это было неверно."}}, "originalLocale": "en", "translations": {"en": {"title": "Withdrawn", "lead": "", "body": null}}}
{"sourceId": "4", "state": "live", "slug": "moved-here", "redirects": ["was-there"], "publishedAt": "2024-11-19T00:00:00Z", "type": null, "offices": ["odihr"], "themes": [], "originalLocale": "ru", "translations": {"ru": {"title": "Переехал", "lead": "", "body": null}}}
{"sourceId": "5", "state": "removed", "slug": "removed", "publishedAt": "2024-11-18T00:00:00Z", "type": null, "offices": [], "themes": [], "removal": {"at": "2024-12-02T00:00:00Z", "reason": "A court said so."}, "originalLocale": "en", "translations": {"en": {"title": "Removed", "lead": "", "body": null}}}
"#;

/// A newsroom that is served.
pub(crate) struct Newsroom {
    pub(crate) router: Router,
    _folder: TempDir,
}

impl Newsroom {
    /// The newsroom above, with addresses for its releases.
    pub(crate) async fn new() -> Self {
        Self::with(ApiConfig {
            release_url: Some("https://news.example/{locale}/{slug}".parse().unwrap()),
            ..ApiConfig::default()
        })
        .await
    }

    /// The newsroom above, served so.
    pub(crate) async fn with(config: ApiConfig) -> Self {
        let folder = TempDir::new().unwrap();
        let options = StoreOptions {
            database: Database::Sqlite(folder.path().join("newsroom.sqlite")),
            readers: 2,
            time_zone: Zone::default(),
            desk: DeskRules::default(),
        };
        let store = Store::open(options).await.unwrap();
        fill(&store).await;
        let auth = AuthConfig {
            links: LinkConfig::default(),
            key_file: KeyFile::Own(folder.path().join("signing-key.pem")),
            issuer: DEFAULT_ISSUER.to_owned(),
            trusted_proxies: Vec::new(),
            sign_on: None,
        };
        let authentication = Authentication::open(auth, store.clone()).await.unwrap();
        let search = SearchConfig {
            folder: folder.path().join("search"),
            ..SearchConfig::default()
        };
        let finder = Arc::new(Finder::new(store.clone(), search));
        finder.keep_up().await.unwrap();
        finder.keep_search_up().await.unwrap();
        let hub = Arc::new(ChangeHub::new(store.clone(), 1));
        Self {
            router: router(config, store, finder, hub, authentication),
            _folder: folder,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (parts.status, parts.headers, body)
    }

    /// The answer to a query.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({"query": query, "variables": variables}).to_string();
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await.2
    }

    /// The data that a query gives without an error.
    async fn data(&self, query: &str) -> Value {
        let mut answer = self.ask(query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].take()
    }

    /// The code, the message and the fields' paths of the error that a query gives.
    async fn refusal(&self, query: &str) -> (String, String, Vec<String>) {
        let answer = self.ask(query, json!({})).await;
        let error = &answer["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fields = error["extensions"]["fields"].as_array().cloned().unwrap_or_default();
        let paths = fields.iter().map(|fault| text(&fault["path"])).collect();
        (text(&error["extensions"]["code"]), text(&error["message"]), paths)
    }

    /// The slugs of the releases that a list gives.
    async fn slugs(&self, arguments: &str) -> Vec<String> {
        let data = self
            .data(&format!("{{ list: releases{arguments} {{ nodes {{ slug }} }} }}"))
            .await;
        slugs(&data["list"])
    }
}

fn slugs(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().unwrap().iter();
    nodes.map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
}

async fn fill(store: &Store) {
    let mut importer = store.importer(ImportOptions {
        strict: true,
        dry_run: false,
        overwrite: false,
        announce: false,
        locales: vec![],
        locale_of_names: "en".parse().unwrap(),
    });
    let taxonomy: TaxonomyFile = serde_json::from_str(TAXONOMY).unwrap();
    importer.taxonomy(&taxonomy).await.unwrap();
    let lines: Vec<_> = (1..)
        .zip(RELEASES.lines().filter(|line| !line.is_empty()))
        .map(|(number, line)| NumberedLine::new(number, ReleaseLine::parse(line).unwrap()).unwrap())
        .collect();
    let report = importer.batch(&lines).await.unwrap();
    assert_eq!((report.created, report.refused), (5, vec![]));
    importer.finish().await.unwrap();
}

#[tokio::test]
async fn a_release_is_shown_whole_in_the_readers_locale() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data(
            r#"{ release(slug: "full", locale: "ru-RU") {
                slug url title lead locale originalLocale availableLocales publishedAt publishingDate
                html: body markdown: body(format: MARKDOWN) text: body(format: TEXT) bodySource { format text }
                type { slug name } offices { slug name english: name(locale: "en") closed kind }
                themes { slug name parent { slug } ancestors { slug } children { slug } }
                translations { locale title html: body markdown: body(format: MARKDOWN) }
                withdrawal { at } changeNotes { at note } attachments { url mediaType length title }
            } }"#,
        )
        .await;
    insta::assert_json_snapshot!(data["release"], @r#"
    {
      "attachments": [
        {
          "length": 5000000000,
          "mediaType": "application/pdf",
          "title": "Report",
          "url": "https://files.example/report.pdf"
        }
      ],
      "availableLocales": [
        "en",
        "ru"
      ],
      "bodySource": {
        "format": "HTML",
        "text": "<p>Привет</p>"
      },
      "changeNotes": [],
      "html": "<p>Привет</p>",
      "lead": "",
      "locale": "ru",
      "markdown": null,
      "offices": [
        {
          "closed": false,
          "english": "ODIHR",
          "kind": "INSTITUTION",
          "name": "БДИПЧ",
          "slug": "odihr"
        },
        {
          "closed": true,
          "english": "Kyiv",
          "kind": "FIELD_OPERATION",
          "name": "Kyiv",
          "slug": "kyiv"
        }
      ],
      "originalLocale": "en",
      "publishedAt": "2024-11-22T09:30:00Z",
      "publishingDate": "2024-11-22",
      "slug": "full",
      "text": "Привет",
      "themes": [
        {
          "ancestors": [
            {
              "slug": "elections"
            }
          ],
          "children": [],
          "name": "Observation",
          "parent": {
            "slug": "elections"
          },
          "slug": "observation"
        }
      ],
      "title": "Полный",
      "translations": [
        {
          "html": "<p><em>Hello</em> </p>\n",
          "locale": "en",
          "markdown": "*Hello* <script>alert(1)</script>",
          "title": "Full"
        },
        {
          "html": "<p>Привет</p>",
          "locale": "ru",
          "markdown": null,
          "title": "Полный"
        }
      ],
      "type": {
        "name": "Новости",
        "slug": "news"
      },
      "url": "https://news.example/ru/full",
      "withdrawal": null
    }
    "#);
}

#[tokio::test]
async fn what_a_release_lacks_is_null_or_empty() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data(r#"{ release(slug: "bare", locale: "ru") { locale body bodySource { text } type { slug } offices { slug } themes { slug } attachments { url } } }"#)
        .await;
    let expected = json!({"locale": "en", "body": null, "bodySource": null, "type": null, "offices": [], "themes": [], "attachments": []});
    assert_eq!(data["release"], expected);
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_counted() {
    let newsroom = Newsroom::new().await;
    assert_eq!(newsroom.slugs("").await, ["full", "bare", "withdrawn", "moved-here"]);
    assert_eq!(
        newsroom.slugs("(orderBy: OLDEST, first: 2)").await,
        ["moved-here", "withdrawn"]
    );
    assert_eq!(newsroom.slugs("(last: 1)").await, ["moved-here"]);
    assert_eq!(newsroom.slugs("(first: 0)").await, Vec::<String>::new());
    let filtered = async |filter: &str| newsroom.slugs(&format!("(filter: {{{filter}}})")).await;
    assert_eq!(filtered(r#"offices: ["odihr"]"#).await, ["full", "moved-here"]);
    assert_eq!(filtered(r#"themes: ["elections"]"#).await, ["full", "withdrawn"]);
    assert_eq!(
        filtered(r#"themes: ["observation"], withoutTheme: true"#).await,
        ["full", "bare", "moved-here"]
    );
    assert_eq!(
        filtered(r#"types: "news", withoutOffice: false, offices: []"#).await,
        ["full", "withdrawn"]
    );
    assert_eq!(
        filtered(r#"publishedFrom: "2024-11-22", publishedTo: "2024-11-22""#).await,
        ["full", "bare"]
    );
    let data = newsroom
        .data("{ a: releases(first: 1) { totalCount pageInfo { hasNextPage hasPreviousPage } } b: releases(filter: {withoutType: true}) { totalCount } }")
        .await;
    let expected = json!({"a": {"totalCount": 4, "pageInfo": {"hasNextPage": true, "hasPreviousPage": false}}, "b": {"totalCount": 2}});
    assert_eq!(data, expected);
}

#[tokio::test]
async fn a_list_is_paged_by_cursors_which_are_good_for_its_order_alone() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data("{ releases(first: 2) { edges { cursor node { slug } } pageInfo { startCursor endCursor } } }")
        .await;
    let connection = &data["releases"];
    assert_eq!(connection["pageInfo"]["startCursor"], connection["edges"][0]["cursor"]);
    let end = connection["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(
        newsroom.slugs(&format!("(after: {end:?})")).await,
        ["withdrawn", "moved-here"]
    );
    assert_eq!(newsroom.slugs(&format!("(last: 1, before: {end:?})")).await, ["full"]);
    let (code, message, _) = newsroom
        .refusal(&format!(
            "{{ releases(orderBy: OLDEST, after: {end:?}) {{ totalCount }} }}"
        ))
        .await;
    assert_eq!(code, "INVALID_CURSOR", "{message}");
}

#[tokio::test]
async fn offices_and_types_have_lists_of_their_own() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data(
            r#"{
                offices { slug names { locale name } closed kind releases(first: 1) { totalCount nodes { slug } } }
                contentTypes { slug name(locale: "ru") releases(filter: {offices: "kyiv"}, orderBy: OLDEST) { nodes { slug } } }
                office(slug: "kyiv") { name } contentType(slug: "nothing") { name }
            }"#,
        )
        .await;
    let expected = json!({
        "offices": [
            {
                "slug": "kyiv", "names": [{"locale": "en", "name": "Kyiv"}], "closed": true, "kind": "FIELD_OPERATION",
                "releases": {"totalCount": 2, "nodes": [{"slug": "full"}]}
            },
            {
                "slug": "odihr", "names": [{"locale": "en", "name": "ODIHR"}, {"locale": "ru", "name": "БДИПЧ"}], "closed": false,
                "kind": "INSTITUTION", "releases": {"totalCount": 2, "nodes": [{"slug": "full"}]}
            },
        ],
        "contentTypes": [
            {"slug": "news", "name": "Новости", "releases": {"nodes": [{"slug": "withdrawn"}, {"slug": "full"}]}}
        ],
        "office": {"name": "Kyiv"},
        "contentType": null
    });
    assert_eq!(data, expected);
}

#[tokio::test]
async fn themes_are_a_tree_and_a_list_has_what_is_below_its_theme() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data(
            r#"{
                themes { slug parent { slug } children { slug } ancestors { slug } releases { totalCount } }
                theme(slug: "Not a slug") { name }
            }"#,
        )
        .await;
    let above = json!({"slug": "elections"});
    let below = json!({"slug": "observation"});
    let expected = json!({
        "themes": [
            {"slug": "elections", "parent": null, "children": [below], "ancestors": [], "releases": {"totalCount": 2}},
            {"slug": "observation", "parent": above, "children": [], "ancestors": [above], "releases": {"totalCount": 1}},
        ],
        "theme": null
    });
    assert_eq!(data, expected);
}

#[tokio::test]
async fn an_address_is_a_release_a_redirect_or_a_tombstone() {
    let newsroom = Newsroom::new().await;
    let query = |slug: &str| {
        format!(
            r#"{{ address(slug: "{slug}") {{ __typename
                ... on Release {{ title withdrawal {{ notice russian: notice(locale: "ru") french: notice(locale: "fr") }} }}
                ... on Redirect {{ from slug release {{ title locale body translations {{ title }} }} }}
                ... on Tombstone {{ slug removedAt reason }} }} }}"#
        )
    };
    let mut found = Vec::new();
    for slug in ["withdrawn", "was-there", "removed", "never-was", "No slug at all"] {
        found.push(newsroom.data(&query(slug)).await["address"].take());
    }
    insta::assert_json_snapshot!(found, @r#"
    [
      {
        "__typename": "Release",
        "title": "Withdrawn",
        "withdrawal": {
          "french": "It was wrong.",
          "notice": "It was wrong.",
          "russian": "Это было неверно."
        }
      },
      {
        "__typename": "Redirect",
        "from": "was-there",
        "release": {
          "body": null,
          "locale": "ru",
          "title": "Переехал",
          "translations": [
            {
              "title": "Переехал"
            }
          ]
        },
        "slug": "moved-here"
      },
      {
        "__typename": "Tombstone",
        "reason": "A court said so.",
        "removedAt": "2024-12-02T00:00:00Z",
        "slug": "removed"
      },
      null,
      null
    ]
    "#);
    let gone = newsroom
        .data(r#"{ release(slug: "removed") { id } former: release(slug: "was-there") { id } }"#)
        .await;
    assert_eq!(gone, json!({"release": null, "former": null}));
}

#[tokio::test]
async fn everything_is_found_again_by_its_global_id() {
    let newsroom = Newsroom::new().await;
    let data = newsroom
        .data(r#"{ release(slug: "full") { id uuid translations { id } type { id } offices { id } themes { id } } address(slug: "removed") { ... on Tombstone { id } } }"#)
        .await;
    let release = &data["release"];
    let ids = json!([
        release["themes"][0]["id"],
        release["id"],
        release["translations"][1]["id"],
        release["type"]["id"],
        data["address"]["id"],
        release["offices"][0]["id"],
        release["id"],
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
        ... on Release { title translations { body(format: TEXT) } } ... on Translation { locale title body } ... on Office { slug } } }";
    let answer = newsroom.ask(query, json!({"ids": ids})).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let nodes = answer["data"]["nodes"].as_array().unwrap();
    let types: Vec<_> = nodes
        .iter()
        .map(|node| node["__typename"].as_str().unwrap_or("null"))
        .collect();
    assert_eq!(
        types,
        [
            "Theme",
            "Release",
            "Translation",
            "ContentType",
            "null",
            "Office",
            "Release"
        ]
    );
    for (node, id) in nodes.iter().zip(ids.as_array().unwrap()) {
        assert!(node.is_null() || node["id"] == *id);
    }
    assert_eq!(nodes[1]["translations"], json!([{"body": "Hello"}, {"body": "Привет"}]));
    assert_eq!(nodes[2]["body"], "<p>Привет</p>");

    let by_uuid = newsroom
        .ask(
            "query($id: ID!) { release(id: $id) { slug } }",
            json!({"id": release["uuid"]}),
        )
        .await;
    assert_eq!(by_uuid["data"]["release"]["slug"], "full");
    let other = newsroom
        .ask(
            "query($id: ID!) { release(id: $id) { slug } }",
            json!({"id": release["type"]["id"]}),
        )
        .await;
    assert_eq!(other, json!({"data": {"release": null}}));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_code_and_path() {
    let newsroom = Newsroom::new().await;
    let cases = [
        (
            r#"{ releases(filter: {offices: ["odihr", "x"], types: ["y"]}) { totalCount } }"#,
            vec!["filter.offices.1", "filter.types.0"],
        ),
        (
            r#"{ releases(filter: {publishedFrom: "2024-11-23", publishedTo: "2024-11-22"}) { totalCount } }"#,
            vec!["filter.publishedTo"],
        ),
        ("{ releases(first: -1) { totalCount } }", vec!["first"]),
        ("{ releases(last: 101) { totalCount } }", vec!["last"]),
        ("{ releases(first: 1, last: 1) { totalCount } }", vec!["last"]),
        (r#"{ release(id: "x") { slug } }"#, vec!["id"]),
        ("{ release { slug } }", vec!["id"]),
        (r#"{ release(id: "x", slug: "y") { slug } }"#, vec!["id"]),
        (r#"{ node(id: "x") { id } }"#, vec!["id"]),
        (r#"{ nodes(ids: ["x"]) { id } }"#, vec!["ids.0"]),
        (
            r#"{ office(slug: "kyiv") { releases(filter: {offices: ["odihr"]}) { totalCount } } }"#,
            vec!["filter.offices"],
        ),
        (
            r#"{ releases(filter: {publishedFrom: "22 November"}) { totalCount } }"#,
            vec![],
        ),
        (r#"{ releases(locale: "en_GB") { totalCount } }"#, vec![]),
    ];
    for (query, paths) in cases {
        let (code, message, found) = newsroom.refusal(query).await;
        assert_eq!(
            (code.as_str(), found),
            ("VALIDATION_FAILED", paths.iter().map(ToString::to_string).collect()),
            "{query}: {message}"
        );
    }
    let (_, message, _) = newsroom
        .refusal(r#"{ releases(filter: {publishedFrom: "22 November"}) { totalCount } }"#)
        .await;
    assert_eq!(
        message,
        r#"Failed to parse "Date": “22 November” is not a day: give one such as 2024-11-22 (occurred while parsing "ReleaseFilter")"#
    );
}

#[tokio::test]
async fn a_newsroom_with_locales_of_its_own_refuses_others_wherever_one_is_asked_for() {
    let config = ApiConfig {
        locales: vec!["en".parse().unwrap(), "ru".parse().unwrap()],
        ..ApiConfig::default()
    };
    let newsroom = Newsroom::with(config).await;
    let asking = [
        r#"{ releases(locale: "fr") { totalCount } }"#,
        r#"{ release(slug: "full", locale: "fr") { slug } }"#,
        r#"{ address(slug: "full", locale: "fr") { __typename } }"#,
        r#"{ nodes(ids: [], locale: "fr") { id } }"#,
        r#"{ offices { name(locale: "fr") } }"#,
        r#"{ themes { releases(locale: "fr") { totalCount } } }"#,
        r#"{ release(slug: "withdrawn") { withdrawal { notice(locale: "fr") } } }"#,
    ];
    for query in asking {
        let refusal = newsroom.refusal(query).await;
        let expected = (
            "VALIDATION_FAILED",
            "locale: this newsroom has no locale “fr”; it has en, ru",
        );
        assert_eq!((refusal.0.as_str(), refusal.1.as_str()), expected, "{query}");
    }
    assert_eq!(
        newsroom
            .data(r#"{ release(slug: "full", locale: "RU") { locale url } }"#)
            .await,
        json!({"release": {"locale": "ru", "url": null}})
    );
}

#[tokio::test]
async fn without_introspection_no_name_is_told() {
    let config = ApiConfig {
        introspection: false,
        ..ApiConfig::default()
    };
    let newsroom = Newsroom::with(config).await;
    let wrong = [
        "{ release_ { slug } }",
        "{ releases { totalCounts } }",
        "{ releases(firs: 1) { totalCount } }",
        "{ releases(orderBy: NEWES) { totalCount } }",
        "{ releases(filter: {office: []}) { totalCount } }",
        "{ releases { totalCount @include(ifs: true) } }",
        "{ releases { totalCount @includes(if: true) } }",
        "{ node(id: \"x\") { ... on Releas { slug } } }",
        "query($o: ReleaseOrde) { releases(orderBy: $o) { totalCount } }",
        "{ ...releaseFields } fragment releaseField on Query { __typename }",
        "{ __schema { types { name } } }",
        "{ __type(name: \"Release\") { name } }",
    ];
    for query in wrong {
        let answer = newsroom.ask(query, json!({})).await;
        assert!(answer["errors"][0]["message"].is_string(), "{query}: {answer}");
        assert!(!answer.to_string().contains("Did you mean"), "{query}: {answer}");
        assert!(!answer.to_string().contains("OLDEST"), "{query}: {answer}");
    }
    assert_eq!(newsroom.data("{ __typename }").await, json!({"__typename": "Query"}));
}
