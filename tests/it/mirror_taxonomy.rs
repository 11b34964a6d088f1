//! What becomes of offices, themes and types at the source becomes of a mirror's, whatever happens between two looks.

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_archive;
use crate::merging::{merge, shown};
use crate::mirror::{first_difference, mirrored_once, public};
use crate::press;
use crate::taxonomy_commands::{called, done};

on_both!(
    a_theme_that_moves_and_what_is_merged_between_two_looks_are_both_taken_in,
    a_theme_that_moves_out_and_what_is_merged_between_two_looks_leave_no_count_behind,
    another_slug_is_told_of_each_release_whose_line_has_it,
    of_a_source_that_was_set_back_the_taxonomy_is_taken_in_anew_too,
    what_has_the_slug_of_another_since_its_source_was_set_back_gets_it,
);

/// Changes an office, a theme or a content type at the desk.
async fn update(desk: &Client, (kind, word): (&str, &str), slug: &str, fields: Value) {
    let found = shown(desk, kind, slug).await;
    let mut input = json!({"id": found["id"], "version": found["version"]});
    for (key, value) in fields.as_object().unwrap() {
        input[key] = value.clone();
    }
    done(desk, &format!("update{word}"), input).await;
}

const OFFICE: (&str, &str) = ("office", "Office");
const THEME: (&str, &str) = ("theme", "Theme");
const TYPE: (&str, &str) = ("contentType", "ContentType");

/// Sees that a mirror has what its source shows, and that its counts are those of its lists.
fn assert_mirrors(copy: &Newsroom, source: &Newsroom) {
    let (there, here) = (public(source, &[]), public(copy, &[]));
    assert_eq!(there.1, here.1, "the taxonomies differ");
    assert_eq!(first_difference(&there.0, &here.0), None);
    copy.run(&["verify"]).expect_success();
}

/// A source of four releases with its mirror, and what is then done at its desk between two looks.
async fn between_two_looks(kind: Kind, acts: impl AsyncFnOnce(&Client)) {
    let source = crate::merging::newsroom(kind);
    let server = source.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &[]);
    acts(&desk).await;
    mirrored_once(&copy, &server, &[]);
    assert_mirrors(&copy, &source);
    assert_same_facets(&copy, &server).await;
}

/// What a mirror's lists count is what its source's do.
async fn assert_same_facets(copy: &Newsroom, source: &Server) {
    let query = "{ releases(first: 1) { totalCount facets { offices { count office { slug } } themes { count theme { slug } } types { count type { slug } } } } }";
    let mirrored = copy.serve().await;
    assert_eq!(
        mirrored.client().ask(query, json!({})).await,
        source.client().ask(query, json!({})).await
    );
}

async fn a_theme_that_moves_and_what_is_merged_between_two_looks_are_both_taken_in(kind: Kind) {
    between_two_looks(kind, async |desk| {
        let media = shown(desk, "theme", "media").await;
        update(desk, THEME, "observation", json!({"parent": media["id"]})).await;
        merge(desk, OFFICE, "skopje", "mission").await;
        merge(desk, TYPE, "news", "bulletin").await;
    })
    .await;
}

async fn a_theme_that_moves_out_and_what_is_merged_between_two_looks_leave_no_count_behind(kind: Kind) {
    between_two_looks(kind, async |desk| {
        update(desk, THEME, "observation", json!({"parent": null})).await;
        merge(desk, OFFICE, "skopje", "mission").await;
    })
    .await;
}

/// What the log says behind a cursor of releases: the kind of each change, and the slug.
async fn told(reader: &Client, after: &Value) -> Vec<String> {
    let log = reader
        .get(&format!("/v1/changes?after={}", after.as_str().unwrap()))
        .await
        .body;
    let changes = log["changes"].as_array().unwrap().iter();
    let changes = changes.filter(|change| change["subject"]["kind"] == "release");
    let one = |change: &Value| {
        format!(
            "{} {}",
            change["kind"].as_str().unwrap(),
            change["line"]["slug"].as_str().unwrap()
        )
    };
    changes.map(one).collect()
}

async fn another_slug_is_told_of_each_release_whose_line_has_it(kind: Kind) {
    let source = crate::merging::newsroom(kind);
    let server = source.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &[]);
    let mirrored = copy.serve().await;
    let head = async |client: &Client| client.get("/v1/export").await.body["head"].take();
    let (mut here, there) = (head(reader).await, head(mirrored.client()).await);
    for (entry, slug, fresh, releases) in [
        (
            OFFICE,
            "skopje",
            "skopje-mission",
            vec!["reclassified one", "reclassified both"],
        ),
        // What is filed below it alone does not name it.
        (THEME, "elections", "ballots", vec!["reclassified both"]),
        (TYPE, "bulletin", "bulletins", vec!["reclassified other"]),
    ] {
        update(&desk, entry, slug, json!({"slug": fresh})).await;
        assert_eq!(told(reader, &here).await, releases, "{slug}");
        here = head(reader).await;
        // Names are in no line.
        update(&desk, entry, fresh, json!({"names": called("Another name")})).await;
        assert_eq!(told(reader, &here).await, Vec::<String>::new());
        here = head(reader).await;
    }
    // By a file as well; and a mirror tells its own followers.
    let renamed = json!({"offices": [{"slug": "odihr-office", "formerSlugs": ["odihr"], "names": {"en": "ODIHR"}}]});
    let renamed = source.file("renamed.json", &renamed.to_string());
    source.run(&["import", "--taxonomy", &renamed]).expect_success();
    assert_eq!(told(reader, &here).await, ["reclassified both"]);
    mirrored_once(&copy, &server, &[]);
    assert_eq!(
        told(mirrored.client(), &there).await,
        ["reclassified one", "reclassified other", "reclassified both"]
    );
    assert_mirrors(&copy, &source);
}

/// A source with its mirror, which is set back to a backup after `lost` was done and mirrored; then `instead` is done.
async fn set_back(kind: Kind, lost: impl AsyncFnOnce(&Client), instead: impl AsyncFnOnce(&Client)) {
    let [source, backup] = [(); 2].map(|()| newsroom_with_archive(kind));
    for newsroom in [&source, &backup] {
        newsroom.account("admin@example.org", "administrator", &[]);
    }
    let copy = Newsroom::empty(kind);
    let server = source.serve().await;
    lost(&server.client().signed_in("admin@example.org").await).await;
    mirrored_once(&copy, &server, &[]);
    drop(server);
    let server = backup.serve().await;
    instead(&server.client().signed_in("admin@example.org").await).await;
    mirrored_once(&copy, &server, &[]);
    assert_mirrors(&copy, &backup);
    assert_same_facets(&copy, &server).await;
}

/// Publishes a release.
async fn publish(desk: &Client, title: &str, offices: Value) {
    let input = json!({"originalLocale": "en", "offices": offices, "text": {"title": title}});
    let draft = press::done(desk, "createRelease", input).await;
    press::publish(desk, &draft, "en").await;
}

async fn of_a_source_that_was_set_back_the_taxonomy_is_taken_in_anew_too(kind: Kind) {
    // The taxonomy has as many revisions behind it either way, and what was merged is two again.
    let lost = async |desk: &Client| {
        merge(desk, OFFICE, "secretariat", "odihr").await;
        done(desk, "createOffice", json!({"slug": "alpha", "names": called("Alpha")})).await;
        publish(desk, "Lost", json!(["alpha"])).await;
    };
    let instead = async |desk: &Client| {
        done(desk, "createOffice", json!({"slug": "beta", "names": called("Beta")})).await;
        done(desk, "createOffice", json!({"slug": "gamma", "names": called("Gamma")})).await;
        publish(desk, "Instead", json!(["beta", "secretariat"])).await;
    };
    set_back(kind, lost, instead).await;
}

async fn what_has_the_slug_of_another_since_its_source_was_set_back_gets_it(kind: Kind) {
    let lost = async |desk: &Client| {
        update(desk, OFFICE, "odihr", json!({"slug": "bureau"})).await;
        update(desk, TYPE, "news", json!({"slug": "notes"})).await;
        publish(desk, "Hot news", json!([])).await;
    };
    let instead = async |desk: &Client| {
        done(
            desk,
            "createOffice",
            json!({"slug": "bureau", "names": called("Bureau")}),
        )
        .await;
        update(desk, TYPE, "press-release", json!({"slug": "notes"})).await;
        // An early one has the address that the newest one had, which is pages behind it.
        let first = desk.get("/v1/export?limit=20").await.body["releases"].take();
        let live = |found: &&Value| found["line"]["state"] == "live";
        let line = &first.as_array().unwrap().iter().find(live).unwrap()["line"];
        let query = "query($slug: String!) { address(slug: $slug) { ... on Release { id } } }";
        let early = desk.ask(query, json!({"slug": line["slug"]})).await["address"].take();
        let early = press::read(desk, &early).await;
        let locale = line["originalLocale"].as_str().unwrap();
        let input = json!({"id": early["id"], "version": press::version(&early, locale), "slug": "hot-news"});
        press::publish(desk, &press::done(desk, "updateRelease", input).await, locale).await;
        publish(desk, "Instead", json!(["bureau"])).await;
    };
    set_back(kind, lost, instead).await;
}
