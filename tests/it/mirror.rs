//! `newsroom mirror`: whatever happens at the source, to the mirror and to both, in the end the one holds what the other shows.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{done, publish, published, read, send};
use crate::taxonomy_commands;

on_both!(
    after_thousands_of_changes_and_many_kills_a_mirror_is_the_source_byte_for_byte,
    a_mirror_serves_what_it_holds_while_the_source_is_away_and_lets_nobody_write,
    a_source_that_was_set_back_is_mirrored_anew,
    a_mirror_goes_nowhere_else,
);

/// Both kinds of database, this one first.
fn kinds(kind: Kind) -> [Kind; 2] {
    match kind {
        Kind::Sqlite => [Kind::Sqlite, Kind::Postgres],
        Kind::Postgres => [Kind::Postgres, Kind::Sqlite],
    }
}

/// What a newsroom exports for all the world: the releases, and the taxonomy.
pub(crate) fn public(newsroom: &Newsroom, filter: &[&str]) -> (String, String) {
    let path = newsroom.file("public.jsonl", "");
    let taxonomy = newsroom.folder().join("public-taxonomy.json");
    let beside = taxonomy.display().to_string();
    let mut arguments = vec!["export", "--public", "--taxonomy", &beside];
    if filter.is_empty() {
        arguments.push("--tombstones");
    }
    newsroom
        .run(&[&arguments[..], filter, &[&path]].concat())
        .expect_success();
    (fs::read_to_string(path).unwrap(), fs::read_to_string(taxonomy).unwrap())
}

/// The command that mirrors a server, which may be at another address than when it was last mirrored.
pub(crate) fn mirror(mirror: &Newsroom, source: &Server, arguments: &[&str]) -> Command {
    let place = mirror.place();
    mirror.command(&[&["mirror", source.root(), "--into", &place], arguments].concat())
}

/// Mirrors a server up to its newest change.
pub(crate) fn mirrored_once(newsroom: &Newsroom, source: &Server, filter: &[&str]) {
    let command = mirror(newsroom, source, &[&["--once"], filter].concat());
    newsroom_tests::newsroom::ended(command).expect_success();
}

/// The rounds that the source goes through.
const ROUNDS: u64 = 8;
/// The least that must have changed in the end.
const CHANGES: i64 = 5_000;
/// What the other mirror holds.
const FILTER: &[&str] = &[
    "--theme",
    "human-dimension",
    "--office",
    "odihr",
    "--office",
    "chairpersonship",
];

async fn after_thousands_of_changes_and_many_kills_a_mirror_is_the_source_byte_for_byte(kind: Kind) {
    let source = newsroom_with_archive(kind);
    source.account("press@example.org", "administrator", &[]);
    let before = source.number("SELECT sequence FROM change_head").await;
    // The whole in the other database, a part of it in this one.
    let [part, whole] = kinds(kind).map(Newsroom::without_tables);
    let mirrors: [(&Newsroom, &[&str]); 2] = [(&whole, &[]), (&part, FILTER)];
    let mut random = Random::new(11);
    let mut lines: Vec<Value> = public(&source, &[])
        .0
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["state"] != "removed")
        .collect();
    for round in 0..ROUNDS {
        let mut server = source.serve().await;
        let mut following: Vec<Child> = mirrors
            .iter()
            .map(|(newsroom, filter)| begun(mirror(newsroom, &server, filter)))
            .collect();
        let desk = server.client().signed_in("press@example.org").await;
        let mut editor = Editor {
            desk,
            random: Random::new(round),
            known: Vec::new(),
        };
        for number in 0..8 {
            editor.acts(&format!("{round}-{number}")).await;
            taxonomy_changes(&editor.desk, &mut random).await;
            import_changes(&source, &mut lines, &mut random);
            let which = random.below(following.len());
            killed(&mut following[which]);
            let (newsroom, filter) = mirrors[which];
            following[which] = begun(mirror(newsroom, &server, filter));
        }
        tokio::time::sleep(Duration::from_millis(random.next() % 300)).await;
        server.kill();
        following.iter_mut().for_each(killed);
    }
    let server = source.serve().await;
    let changed = source.number("SELECT sequence FROM change_head").await - before;
    assert!(changed >= CHANGES, "{changed} changes prove too little");
    for (newsroom, filter) in mirrors {
        mirrored_once(newsroom, &server, filter);
        let (there, here) = (public(&source, filter), public(newsroom, &[]));
        assert!(!there.0.is_empty());
        assert!(there.1 == here.1, "the taxonomies differ under {filter:?}");
        assert_eq!(first_difference(&there.0, &here.0), None, "under {filter:?}");
        assert!(there == here);
        newsroom.run(&["verify"]).expect_success();
    }
    // What its lists count is what is in them.
    let mirrored = whole.serve().await;
    let query = "{ releases(first: 1) { totalCount facets { offices { count office { slug } } themes { count theme { slug } } types { count type { slug } } } } }";
    assert_eq!(
        mirrored.client().ask(query, json!({})).await,
        server.client().ask(query, json!({})).await
    );
}

fn begun(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn killed(process: &mut Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

/// The first line that is not the same in both.
pub(crate) fn first_difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let mut lines = other.lines();
    let differs = one.lines().find_map(|line| {
        let there = lines.next().unwrap_or("nothing");
        (line != there).then_some((line, there))
    });
    differs.or_else(|| lines.next().map(|more| ("nothing", more)))
}

/// Somebody who does what the desk can do that readers see.
struct Editor {
    desk: Client,
    random: Random,
    known: Vec<Value>,
}

impl Editor {
    async fn acts(&mut self, name: &str) {
        for number in 0..3 {
            let office = self.random.pick(&["odihr", "chairpersonship", "secretariat"]);
            let text = json!({"title": format!("Act {name} {number}")});
            let input = json!({"originalLocale": "en", "offices": [office], "themes": ["media"], "text": text});
            let draft = done(&self.desk, "createRelease", input).await;
            self.known.push(publish(&self.desk, &draft, "en").await);
        }
        for number in 0..6 {
            let which = self.random.below(self.known.len());
            let release = read(&self.desk, &self.known[which]).await;
            let (id, version) = (&release["id"], &release["translations"][0]["version"]);
            let fresh = format!("{name}-{number}");
            let (command, input) = match self.random.below(6) {
                0 => (
                    "updateRelease",
                    json!({"id": id, "version": version, "slug": format!("moved-{fresh}"), "text": {"lead": fresh}}),
                ),
                1 => (
                    "withdrawRelease",
                    json!({"id": id, "version": version, "notice": [{"locale": "en", "text": "A mistake."}]}),
                ),
                2 => (
                    "removeRelease",
                    json!({"id": id, "version": version, "reason": format!("A mistake, {fresh}.")}),
                ),
                3 => ("reinstateRelease", json!({"id": id, "version": version})),
                4 => (
                    "addTranslation",
                    json!({"id": id, "version": version, "locale": "ru", "text": {"title": format!("Заголовок {fresh}")}}),
                ),
                _ => (
                    "updateTranslation",
                    json!({"id": id, "version": version, "locale": "en", "text": {"title": format!("Corrected {fresh}")}}),
                ),
            };
            // What does not fit is refused, and nothing has changed.
            let answer = send(&self.desk, command, input).await;
            let now = read(&self.desk, &release).await;
            if answer.errors().is_empty() && now["state"] == "LIVE" {
                for text in now["translations"].as_array().unwrap() {
                    if !text["draft"].is_null() {
                        let now = read(&self.desk, &release).await;
                        publish(&self.desk, &now, text["locale"].as_str().unwrap()).await;
                    }
                }
            }
        }
    }
}

/// Themes move, with all that is filed under them; offices are renamed, made, merged.
async fn taxonomy_changes(desk: &Client, random: &mut Random) {
    let all = "{ offices { id slug version } themes { id slug version } }";
    let found = desk.ask(all, json!({})).await;
    let (offices, themes) = (
        found["offices"].as_array().unwrap(),
        found["themes"].as_array().unwrap(),
    );
    let theme = random.pick(themes);
    let (id, version) = (&theme["id"], &theme["version"]);
    let fresh = random.next() % 1_000_000;
    let (command, input) = match random.below(6) {
        0 | 1 => (
            "updateTheme",
            json!({"id": id, "version": version, "parent": random.pick(themes)["id"]}),
        ),
        2 => ("updateTheme", json!({"id": id, "version": version, "parent": null})),
        3 => (
            "createTheme",
            json!({"slug": format!("theme-{fresh}"), "names": taxonomy_commands::called("Theme"), "parent": id}),
        ),
        4 => {
            let office = random.pick(offices);
            (
                "updateOffice",
                json!({"id": office["id"], "version": office["version"], "slug": format!("office-{fresh}")}),
            )
        }
        _ if random.chance(50) => {
            let into = random.pick(themes);
            ("mergeTheme", json!({"id": id, "version": version, "into": into["id"]}))
        }
        _ => ("deleteTheme", json!({"id": id, "version": version})),
    };
    // A theme cannot go below itself, be merged into itself, or be deleted while something is filed under it.
    taxonomy_commands::send(desk, command, input).await;
}

/// The importer changes some releases.
fn import_changes(newsroom: &Newsroom, lines: &mut [Value], random: &mut Random) {
    let mut changed = Vec::new();
    for _ in 0..60 {
        let which = random.below(lines.len());
        let line = &mut lines[which];
        let fresh = random.next() % 1_000_000;
        match random.below(5) {
            0 => {
                line["publishedAt"] = json!(format!(
                    "20{:02}-0{}-11T10:00:00Z",
                    10 + random.below(14),
                    1 + random.below(9)
                ));
            }
            1 => line["offices"] = json!([random.pick(&["odihr", "secretariat", "chairpersonship"])]),
            2 => line["themes"] = json!([random.pick(&["water", "elections", "media"])]),
            3 => line["slug"] = json!(format!("imported-{fresh}")),
            _ => {
                let locale = line["originalLocale"].as_str().unwrap().to_owned();
                line["translations"][locale]["title"] = json!(format!("Imported {fresh}"));
            }
        }
        // It has an address of the importer's; the former ones stay with it.
        line.as_object_mut().unwrap().remove("redirects");
        changed.push(line.to_string());
    }
    let file = newsroom.file("changed.jsonl", &changed.join("\n"));
    // A slug that was renamed or merged meanwhile still says what is meant.
    let _ = newsroom.run(&["import", "--overwrite", &file]);
}

async fn a_mirror_serves_what_it_holds_while_the_source_is_away_and_lets_nobody_write(kind: Kind) {
    let source = newsroom_with_seed(kind);
    source.account("press@example.org", "publisher", &[]);
    let server = source.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let gone = published(&desk, "It will be gone").await;
    let withdrawn = published(&desk, "It will be withdrawn").await;
    let input = json!({"id": withdrawn["id"], "version": 2, "notice": [{"locale": "en", "text": "A mistake."}]});
    assert!(send(&desk, "withdrawRelease", input).await.errors().is_empty());
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &[]);
    let input = json!({"id": gone["id"], "version": 2, "reason": "Nobody said so."});
    assert!(send(&desk, "removeRelease", input).await.errors().is_empty());
    let (root, place) = (server.root().to_owned(), copy.place());
    let mirrored =
        Server::begin(|address| copy.command(&["mirror", &root, "--into", &place, "--serve", "--listen", address]))
            .await;
    let query = "query($slug: String!) { address(slug: $slug) { __typename ... on Tombstone { reason } ... on Release { title withdrawal { notice } } } }";
    let at = async |server: &Server, release: &Value| {
        server.client().ask(query, json!({"slug": release["slug"]})).await["address"].take()
    };
    for _ in 0..200 {
        if at(&mirrored, &gone).await["__typename"] == "Tombstone" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        at(&mirrored, &gone).await,
        json!({"__typename": "Tombstone", "reason": "Nobody said so."})
    );
    assert_eq!(at(&mirrored, &withdrawn).await, at(&server, &withdrawn).await);
    drop(server);
    let list = "{ releases(first: 3) { totalCount nodes { id title offices { id slug } } } }";
    let listed = mirrored.client().ask(list, json!({})).await;
    assert_eq!(listed["releases"]["totalCount"], 8);
    // Whoever has an account there is still not at a desk.
    copy.account("press@example.org", "publisher", &[]);
    let desk = mirrored.client().signed_in("press@example.org").await;
    let answer = send(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Mine"}}),
    )
    .await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    assert!(answer.message().contains("mirror"), "{}", answer.message());
    let file = copy.file(
        "line.jsonl",
        r#"{"sourceId": "1", "slug": "mine", "translations": {"en": {"title": "Mine"}}}"#,
    );
    let refused = copy.run(&["import", &file]);
    assert!(
        refused.code() == 2 && refused.said.contains("mirror"),
        "{}",
        refused.said
    );
}

async fn a_source_that_was_set_back_is_mirrored_anew(kind: Kind) {
    let source = newsroom_with_seed(kind);
    source.account("press@example.org", "publisher", &[]);
    let copy = Newsroom::empty(kind);
    let server = source.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "Never again").await;
    mirrored_once(&copy, &server, &[]);
    drop(server);
    // Another newsroom stands where the source was, with as many changes: a backup, on which work went on.
    let backup = newsroom_with_seed(kind);
    backup.account("press@example.org", "publisher", &[]);
    let server = backup.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "Instead").await;
    let ran = newsroom_tests::newsroom::ended(mirror(&copy, &server, &["--once"])).expect_success();
    assert!(ran.said.contains("read anew"), "{}", ran.said);
    let (there, here) = (public(&backup, &[]), public(&copy, &[]));
    assert_eq!(first_difference(&there.0, &here.0), None);
    assert!(!here.0.contains("Never again") && here.0.contains("Instead"));
}

async fn a_mirror_goes_nowhere_else(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let refused = |newsroom: &Newsroom, arguments: &[&str]| {
        let ran = newsroom_tests::newsroom::ended(mirror(newsroom, &server, arguments));
        assert_eq!(ran.code(), 2, "{}", ran.all());
        ran.said
    };
    // Into a newsroom that is none.
    let other = newsroom_with_seed(kind);
    assert!(refused(&other, &["--once"]).contains("it is no mirror"));
    // Into a mirror of another part.
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &["--type", "news"]);
    assert!(refused(&copy, &["--once"]).contains("type=news"));
    assert!(refused(&copy, &["--once", "--type", "press-release"]).contains("type=news"));
    mirrored_once(&copy, &server, &["--type", "news"]);
    // Of what there is not.
    let empty = Newsroom::empty(kind);
    assert!(refused(&empty, &["--once", "--office", "atlantis"]).contains("atlantis"));
}
