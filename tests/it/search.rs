//! Searches, as those who draw a page with a search box ask them.

use std::fs;

use newsroom_tests::client::texts;
use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published, stepped, version};
use crate::relevance::newsroom_with_judged;

on_both!(
    counts_beside_a_search_are_the_totals_of_choosing_each_value,
    pages_by_relevance_put_together_are_the_whole_list_from_either_end,
    a_cursor_by_relevance_is_of_its_own_search_alone,
    what_is_published_changed_and_removed_is_in_the_very_next_search,
    a_release_is_found_through_the_text_that_is_shown_or_through_any,
    marks_are_safe_and_where_they_are_said_to_be,
    whatever_is_typed_is_answered_or_refused_with_a_typed_error,
    what_is_being_typed_is_suggested,
    what_may_have_been_meant_is_said_where_nothing_was_found,
    synonyms_are_read_from_the_data_folder_and_a_bad_line_is_named,
    what_lies_beside_a_release_by_relevance_is_what_the_list_has_beside_it,
    two_hosts_with_a_folder_each_find_alike_at_once,
    a_host_without_a_folder_of_its_own_goes_on_without_searches,
    an_index_that_was_lost_or_damaged_or_is_of_another_database_is_built_anew,
    reindex_builds_it_anew_or_has_the_server_do_it,
);

const LIST: &str = "query($filter: ReleaseFilter, $order: ReleaseOrder, $locale: Locale, $first: Int, $after: String, $last: Int, $before: String) {
  releases(filter: $filter, orderBy: $order, locale: $locale, first: $first, after: $after, last: $last, before: $before) {
    totalCount didYouMean edges { cursor } nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn list(client: &Client, variables: Value) -> Value {
    client.ask(LIST, variables).await["releases"].take()
}

/// The slugs that a search finds, the best first.
async fn found(client: &Client, search: &str) -> Vec<String> {
    let filter = json!({"search": search});
    let list = list(client, json!({"filter": filter, "order": "RELEVANCE", "first": 100})).await;
    texts(&list["nodes"], "/slug")
}

const FACETS: &str = "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount facets {
  offices { office { slug } count } themes { theme { slug } count } types { type { slug } count } locales { locale count }
  years { year count } none { offices { count } themes { count } types { count } } } } }";

/// Every choice beside a list, as what it adds to the filter, with its count.
fn choices(facets: &Value) -> Vec<(Value, Value)> {
    let each = |name: &str| facets[name].as_array().unwrap().clone();
    let mut choices = Vec::new();
    for (name, of) in [("offices", "office"), ("themes", "theme"), ("types", "type")] {
        for facet in each(name) {
            choices.push((json!({ name: [facet[of]["slug"]] }), facet["count"].clone()));
        }
    }
    for facet in each("locales") {
        choices.push((json!({"locales": [facet["locale"]]}), facet["count"].clone()));
    }
    for facet in each("years") {
        let (from, to) = (format!("{}-01-01", facet["year"]), format!("{}-12-31", facet["year"]));
        choices.push((
            json!({"publishedFrom": from, "publishedTo": to}),
            facet["count"].clone(),
        ));
    }
    for (name, filter) in [
        ("offices", "withoutOffice"),
        ("themes", "withoutTheme"),
        ("types", "withoutType"),
    ] {
        choices.push((json!({ filter: true }), facets["none"][name]["count"].clone()));
    }
    choices
}

async fn counts_beside_a_search_are_the_totals_of_choosing_each_value(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    let mut random = Random::new(6);
    let words = [
        "police",
        "election*",
        "women",
        "\"human rights\"",
        "training -police",
        "полиц*",
        "the",
        "policija",
    ];
    for search in words {
        let mut filter = json!({"search": search, "anyLocale": random.chance(50), "searchMode": "ANY"});
        if random.chance(50) {
            filter["publishedFrom"] = json!("2018-06-01");
        }
        let list = server.client().ask(FACETS, json!({"filter": filter})).await["releases"].take();
        let total = list["totalCount"].as_u64().unwrap();
        for (chosen, count) in choices(&list["facets"]) {
            let mut narrower = filter.clone();
            let object = narrower.as_object_mut().unwrap();
            object.extend(chosen.as_object().unwrap().clone());
            let list = server.client().ask(FACETS, json!({"filter": narrower})).await["releases"].take();
            // Years are counted whatever the dates of the filter are.
            assert_eq!(list["totalCount"], count, "{narrower}");
            assert!(
                chosen.get("publishedFrom").is_some() || count.as_u64().unwrap() <= total,
                "{narrower}"
            );
        }
    }
}

async fn pages_by_relevance_put_together_are_the_whole_list_from_either_end(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    for search in ["police women elections media training", "полиция", "osce office"] {
        let filter = json!({"search": search, "searchMode": "ANY"});
        let whole = list(
            server.client(),
            json!({"filter": filter, "order": "RELEVANCE", "first": 100}),
        )
        .await;
        let whole = texts(&whole["nodes"], "/slug");
        let (mut forward, mut after) = (Vec::new(), Value::Null);
        loop {
            let asked = json!({"filter": filter, "order": "RELEVANCE", "first": 4, "after": after});
            let page = list(server.client(), asked).await;
            forward.extend(texts(&page["nodes"], "/slug"));
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forward, whole, "{search}");
        let (mut backward, mut before) = (Vec::new(), Value::Null);
        loop {
            let asked = json!({"filter": filter, "order": "RELEVANCE", "last": 4, "before": before});
            let page = list(server.client(), asked).await;
            assert_eq!(page["pageInfo"]["hasNextPage"], !before.is_null());
            backward = [texts(&page["nodes"], "/slug"), backward].concat();
            before = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(backward, whole, "{search}");
    }
}

async fn a_cursor_by_relevance_is_of_its_own_search_alone(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    let ask = async |mut filter: Value, order: &str, locale: Value, after: &Value| {
        if filter["search"].is_null() {
            filter["search"] = json!("police women");
        }
        let variables = json!({"filter": filter, "order": order, "locale": locale, "first": 2, "after": after});
        server.client().graphql(LIST, variables).await
    };
    let first = ask(json!({}), "RELEVANCE", Value::Null, &Value::Null).await;
    let cursor = first.data("/releases/pageInfo/endCursor").clone();
    // Filters may change, and the same search may be written otherwise.
    for filter in [
        json!({}),
        json!({"publishedFrom": "2010-01-01"}),
        json!({"search": "  police   women "}),
    ] {
        let answer = ask(filter, "RELEVANCE", Value::Null, &cursor).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    }
    for (filter, order, locale) in [
        (json!({"search": "women police"}), "RELEVANCE", Value::Null),
        (json!({"searchMode": "ANY"}), "RELEVANCE", Value::Null),
        (json!({"anyLocale": true}), "RELEVANCE", Value::Null),
        (json!({}), "RELEVANCE", json!("ru")),
        (json!({}), "NEWEST", Value::Null),
        (json!({"search": " "}), "RELEVANCE", Value::Null),
    ] {
        let answer = ask(filter.clone(), order, locale, &cursor).await;
        assert_eq!(answer.codes(), ["INVALID_CURSOR"], "{filter} {order}");
    }
    let newest = ask(json!({}), "NEWEST", Value::Null, &Value::Null).await;
    let of_dates = newest.data("/releases/pageInfo/endCursor");
    assert_eq!(
        ask(json!({}), "RELEVANCE", Value::Null, of_dates).await.codes(),
        ["INVALID_CURSOR"]
    );
}

async fn what_is_published_changed_and_removed_is_in_the_very_next_search(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    assert_eq!(found(reader, "quokka").await, [""; 0]);
    let draft = create(&desk, "A quokka arrives").await;
    assert_eq!(found(reader, "quokka").await, [""; 0]);
    let live = publish(&desk, &draft, "en").await;
    assert_eq!(found(reader, "quokka").await, ["a-quokka-arrives"]);
    let change = json!({"id": live["id"], "version": version(&live, "en"), "text": {"title": "A wallaby arrives"}});
    let changed = done(&desk, "updateRelease", change).await;
    assert_eq!(found(reader, "wallaby").await, [""; 0]);
    let live = publish(&desk, &changed, "en").await;
    assert_eq!(found(reader, "wallaby").await, ["a-quokka-arrives"]);
    assert_eq!(found(reader, "quokka").await, [""; 0]);
    let notice =
        json!({"id": live["id"], "version": version(&live, "en"), "notice": [{"locale": "en", "text": "Mistaken."}]});
    let withdrawn = done(&desk, "withdrawRelease", notice).await;
    assert_eq!(found(reader, "wallaby").await, ["a-quokka-arrives"]);
    let removal = json!({"id": live["id"], "version": version(&withdrawn, "en"), "reason": "Published in error."});
    done(&desk, "removeRelease", removal).await;
    assert_eq!(found(reader, "wallaby").await, [""; 0]);
    // What is imported beside the server, too.
    let line = json!({"sourceId": "n-1", "state": "live", "slug": "numbats", "publishedAt": "2024-11-22T00:00:00Z", "originalLocale": "en",
        "offices": [], "themes": [], "translations": {"en": {"title": "Numbats", "lead": "", "body": {"format": "HTML", "text": "<p>Two num<b>bats</b> &amp; a bilby</p>"}}}});
    let file = newsroom.file("more.jsonl", &line.to_string());
    newsroom.run(&["import", &file]).expect_success();
    assert_eq!(found(reader, "numbats bilby").await, ["numbats"]);
    assert_eq!(found(reader, "amp").await, [""; 0]);
}

async fn a_release_is_found_through_the_text_that_is_shown_or_through_any(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let live = published(&desk, "A quokka arrives").await;
    let russian =
        json!({"id": live["id"], "version": live["version"], "locale": "ru", "text": {"title": "Прибыла квокка"}});
    let up = publish(&desk, &done(&desk, "addTranslation", russian).await, "ru").await;
    let total = async |search: &str, locale: Value, any: bool| {
        let filter = json!({"search": search, "anyLocale": any});
        list(reader, json!({"filter": filter, "locale": locale})).await["totalCount"].clone()
    };
    assert_eq!(total("quokka", Value::Null, false).await, 1);
    assert_eq!(total("quokka", json!("ru"), false).await, 0);
    assert_eq!(total("квокка", json!("ru"), false).await, 1);
    assert_eq!(total("квокка", Value::Null, false).await, 0);
    assert_eq!(total("квокка", json!("uk"), false).await, 0);
    assert_eq!(total("квокка", Value::Null, true).await, 1);
    assert_eq!(total("quokka", json!("ru"), true).await, 1);
    stepped(&desk, "takeDownTranslation", &up, "ru", json!({})).await;
    assert_eq!(total("квокка", json!("ru"), true).await, 0);
    assert_eq!(total("quokka", json!("ru"), false).await, 1);
}

const MARKS: &str = "query($search: String) { releases(filter: {search: $search}) { nodes {
  searchHighlights { part fragments { html text utf16Ranges { start end } codePointRanges { start end } } } } } }";

async fn marks_are_safe_and_where_they_are_said_to_be(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let line = json!({"sourceId": "m-1", "state": "live", "slug": "marks", "publishedAt": "2024-11-22T00:00:00Z", "originalLocale": "en",
        "offices": [], "themes": [], "translations": {"en": {"title": "🦘 <b>Quokkas</b> & others", "lead": "",
        "body": {"format": "MARKDOWN", "text": "One *quokka* at “home”.\n\n- <script>alert(1)</script> 🦘🦘 quokka"}}}});
    let file = newsroom.file("more.jsonl", &line.to_string());
    newsroom.run(&["import", &file]).expect_success();
    let server = newsroom.serve().await;
    let answer = server.client().ask(MARKS, json!({"search": "quokka"})).await;
    let highlights = &answer["releases"]["nodes"][0]["searchHighlights"];
    assert_eq!(texts(highlights, "/part"), ["TITLE", "BODY"]);
    let title = &highlights[0]["fragments"][0];
    assert_eq!(title["html"], "🦘 &lt;b&gt;<mark>Quokkas</mark>&lt;/b&gt; &amp; others");
    assert_eq!(title["text"], "🦘 <b>Quokkas</b> & others");
    assert_eq!(title["utf16Ranges"], json!([{"start": 6, "end": 13}]));
    assert_eq!(title["codePointRanges"], json!([{"start": 5, "end": 12}]));
    for fragment in highlights[1]["fragments"].as_array().unwrap() {
        let (html, text) = (fragment["html"].as_str().unwrap(), fragment["text"].as_str().unwrap());
        assert!(
            !html.replace("<mark>", "").replace("</mark>", "").contains('<'),
            "{html}"
        );
        let units: Vec<u16> = text.encode_utf16().collect();
        for range in fragment["utf16Ranges"].as_array().unwrap() {
            let place = |end: &str| usize::try_from(range[end].as_u64().unwrap()).unwrap();
            let marked = String::from_utf16(&units[place("start")..place("end")]).unwrap();
            assert_eq!(marked, "quokka");
        }
    }
    // A list without a search marks nothing.
    let query = "{ releases(first: 1) { nodes { searchHighlights { part } } } }";
    let answer = server.client().ask(query, json!({})).await;
    assert_eq!(answer["releases"]["nodes"][0]["searchHighlights"], json!([]));
}

async fn whatever_is_typed_is_answered_or_refused_with_a_typed_error(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let refused = [
        ("?!".to_owned(), "EMPTY"),
        ("-media".to_owned(), "EMPTY"),
        ("((([[[{{{".repeat(1_000), "TOO_LONG"),
        ("a".repeat(1_001), "TOO_LONG"),
        ("media ".repeat(60), "TOO_MANY"),
    ];
    for (search, code) in refused {
        let answer = server
            .client()
            .graphql(LIST, json!({"filter": {"search": search}, "order": "RELEVANCE"}))
            .await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"], "{search}");
        let fault = answer.faults().join(" ");
        assert!(
            fault.contains("filter.search") && fault.contains(code),
            "{search}: {fault}"
        );
    }
    let answered = [
        "\"",
        "\"unclosed phrase",
        "a OR b AND NOT c",
        "title:osce",
        "osce^10 ~2",
        "*",
        "a*b",
        "osce*",
        "\\\"osce\\\"",
        "osce\u{0}",
        "'; DROP TABLE live_release; --",
        "%osce_",
        "(osce",
        "osce)",
        "+osce",
        "[a TO z]",
        "/.*/",
        "\u{202e}osce",
        "e\u{301}lections",
        "🦘",
        "-",
        "--osce x",
        "\"\" osce",
    ];
    for search in answered {
        let variables =
            json!({"filter": {"search": search, "searchMode": "ANY", "anyLocale": true}, "order": "RELEVANCE"});
        let answer = server.client().graphql(LIST, variables).await;
        let fine = answer.errors().is_empty() || answer.faults().join(" ").contains("EMPTY");
        assert!(fine, "{search}: {}", answer.text);
    }
    for nothing in [json!(null), json!(""), json!("  \n")] {
        let list = list(
            server.client(),
            json!({"filter": {"search": nothing}, "order": "RELEVANCE"}),
        )
        .await;
        assert_eq!(list["totalCount"], 7);
    }
}

const SUGGEST: &str =
    "query($prefix: String!, $first: Int, $locale: Locale) { suggest(prefix: $prefix, first: $first, locale: $locale) {
  releases { slug } offices { slug } themes { slug } } }";

async fn what_is_being_typed_is_suggested(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let suggest = async |variables: Value| server.client().ask(SUGGEST, variables).await["suggest"].take();
    let albanian = suggest(json!({"prefix": "presence ALB"})).await;
    assert_eq!(albanian["releases"].as_array().unwrap().len(), 2);
    assert_eq!(texts(&albanian["offices"], "/slug"), ["osce-presence-in-albania"]);
    assert_eq!(texts(&albanian["themes"], "/slug"), [""; 0]);
    let one = suggest(json!({"prefix": "osce", "first": 1})).await;
    assert_eq!(one["releases"].as_array().unwrap().len(), 1);
    assert_eq!(one["offices"].as_array().unwrap().len(), 1);
    let themes = suggest(json!({"prefix": "elec"})).await;
    assert_eq!(texts(&themes["themes"], "/slug"), ["elections"]);
    let nothing = json!({"releases": [], "offices": [], "themes": []});
    for prefix in ["", "  ", "\"-(", "zzzzz"] {
        assert_eq!(suggest(json!({"prefix": prefix})).await, nothing, "{prefix}");
    }
    for (variables, path) in [
        (json!({"prefix": "a".repeat(1_001)}), "prefix"),
        (json!({"prefix": "a", "first": 21}), "first"),
        (json!({"prefix": "a", "first": 0}), "first"),
    ] {
        let answer = server.client().graphql(SUGGEST, variables).await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"]);
        assert!(answer.faults().join(" ").contains(path), "{}", answer.text);
    }
}

async fn what_may_have_been_meant_is_said_where_nothing_was_found(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    let meant = async |search: &str| {
        let variables = json!({"filter": {"search": search}, "locale": "en"});
        let list = list(server.client(), variables).await;
        (list["totalCount"].clone(), list["didYouMean"].clone())
    };
    let (none, meant_police) = meant("polcie training").await;
    assert_eq!((none, meant_police), (json!(0), json!("police training")));
    let (some, nothing) = meant("police training").await;
    assert!(some != 0 && nothing.is_null());
    assert_eq!(meant("xylophonist").await, (json!(0), Value::Null));
}

async fn synonyms_are_read_from_the_data_folder_and_a_bad_line_is_named(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    assert_eq!(found(server.client(), "constabulary").await, [""; 0]);
    drop(server);
    let synonyms = "# What readers say\nconstabulary = human rights = HR\n";
    fs::write(newsroom.data_file("synonyms.txt"), synonyms).unwrap();
    let server = newsroom.serve().await;
    let (one, other) = (
        found(server.client(), "constabulary").await,
        found(server.client(), "\"human rights\"").await,
    );
    assert!(!one.is_empty());
    assert_eq!(one, other);
    drop(server);
    fs::write(newsroom.data_file("synonyms.txt"), "UN = United Nations\nSMM\n").unwrap();
    let refused = newsroom.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code(), 2);
    assert!(
        refused.said.contains("synonyms.txt") && refused.said.contains("line 2: give two names or more"),
        "{}",
        refused.said
    );
}

const BESIDE: &str = "query($slug: String!, $filter: ReleaseFilter, $order: ReleaseOrder) { release(slug: $slug) {
  next(filter: $filter, orderBy: $order) { slug } previous(filter: $filter, orderBy: $order) { slug } } }";

async fn what_lies_beside_a_release_by_relevance_is_what_the_list_has_beside_it(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let server = newsroom.serve().await;
    for order in ["RELEVANCE", "NEWEST", "OLDEST"] {
        let filter = json!({"search": "police women training", "searchMode": "ANY"});
        let whole = list(server.client(), json!({"filter": filter, "order": order, "first": 100})).await;
        let whole = texts(&whole["nodes"], "/slug");
        assert!(whole.len() > 5);
        for (at, slug) in whole.iter().enumerate() {
            let variables = json!({"slug": slug, "filter": filter, "order": order});
            let beside = server.client().ask(BESIDE, variables).await["release"].take();
            let slug_of = |at: Option<usize>| at.and_then(|at| whole.get(at)).map_or(Value::Null, |slug| json!(slug));
            assert_eq!(beside["next"]["slug"], slug_of(Some(at + 1)), "{order} {slug}");
            assert_eq!(beside["previous"]["slug"], slug_of(at.checked_sub(1)), "{order} {slug}");
        }
    }
}

async fn served_in(newsroom: &Newsroom, folder: &str) -> Server {
    let folder = newsroom.folder().join(folder).display().to_string();
    newsroom.serve_with(&["--search-dir", &folder], &[]).await
}

async fn two_hosts_with_a_folder_each_find_alike_at_once(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let (one, other) = (served_in(&newsroom, "one").await, served_in(&newsroom, "other").await);
    let desk = one.client().signed_in("press@example.org").await;
    for number in 0..10 {
        published(&desk, &format!("Quokka number {number}")).await;
        let (here, there) = (
            found(one.client(), "quokka").await,
            found(other.client(), "quokka").await,
        );
        assert_eq!(here.len(), number + 1);
        assert_eq!(here, there);
    }
}

async fn a_host_without_a_folder_of_its_own_goes_on_without_searches(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let first = newsroom.serve().await;
    assert_eq!(found(first.client(), "albania").await.len(), 2);
    let second = newsroom.serve().await;
    let plain = list(second.client(), json!({})).await;
    assert_eq!(plain["totalCount"], 7);
    let refused = second
        .client()
        .graphql(LIST, json!({"filter": {"search": "albania"}}))
        .await;
    assert_eq!(refused.codes(), ["UNAVAILABLE"]);
    assert!(
        refused.headers.contains_key("retry-after") || refused.status == 200,
        "{}",
        refused.text
    );
    let said = second.log().join("\n");
    assert!(said.contains("give each its own folder"), "{said}");
    // When the first one ends, the second takes over.
    drop(first);
    for _ in 0..100 {
        let answer = second
            .client()
            .graphql(LIST, json!({"filter": {"search": "albania"}}))
            .await;
        if answer.errors().is_empty() {
            assert_eq!(answer.data("/releases/totalCount"), 2);
            return;
        }
    }
    panic!("the second host never searches");
}

async fn an_index_that_was_lost_or_damaged_or_is_of_another_database_is_built_anew(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let folder = newsroom.folder().join("search");
    let finds = async |newsroom: &Newsroom| {
        found(served_in(newsroom, "search").await.client(), "albania")
            .await
            .len()
    };
    assert_eq!(finds(&newsroom).await, 2);
    let file = |suffix: &str| {
        let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        files
            .into_iter()
            .find(|path| path.to_string_lossy().ends_with(suffix))
            .unwrap()
    };
    let damaged = file(".pos");
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&damaged, bytes).unwrap();
    let server = served_in(&newsroom, "search").await;
    for _ in 0..200 {
        if server
            .log()
            .join(" ")
            .contains("files of the search index are damaged; it is built anew")
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found(server.client(), "albania").await.len(), 2);
    drop(server);
    assert_eq!(finds(&newsroom).await, 2);
    fs::write(file(".pos"), "").unwrap();
    assert_eq!(finds(&newsroom).await, 2);
    fs::write(file("meta.json"), "{").unwrap();
    assert_eq!(finds(&newsroom).await, 2);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(finds(&newsroom).await, 2);
    // Another newsroom, with the folder of this one.
    let other = newsroom_with_judged(kind);
    let expected = found(other.serve().await.client(), "albania").await;
    let folder = folder.display().to_string();
    let server = other.serve_with(&["--search-dir", &folder], &[]).await;
    assert_eq!(found(server.client(), "albania").await, expected);
}

async fn reindex_builds_it_anew_or_has_the_server_do_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let built = newsroom.run(&["reindex"]).expect_success();
    assert!(
        built.output.contains("the search index has 7 texts"),
        "{}",
        built.output
    );
    let server = newsroom.serve().await;
    assert_eq!(found(server.client(), "albania").await.len(), 2);
    let asked = newsroom.run(&["reindex"]).expect_success();
    assert!(
        asked.output.contains("a server has the search index"),
        "{}",
        asked.output
    );
    let note = newsroom.data_file("search").join("rebuild");
    for _ in 0..200 {
        if !note.exists() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!note.exists(), "the server has built it");
    assert_eq!(found(server.client(), "albania").await.len(), 2);
}
