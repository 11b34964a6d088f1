//! A newsroom that was revised again and again answers as one that was made in its last state.

use newsroom_tests::generate::taxonomy_json;
use newsroom_tests::random::Random;
use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::{Map, Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive};

on_both!(what_was_revised_is_what_a_new_import_of_it_makes);

const ROUNDS: usize = 4;
const REVISED: usize = 250;

async fn what_was_revised_is_what_a_new_import_of_it_makes(kind: Kind) {
    let mut random = Random::new(7);
    let mut taxonomy: Value = serde_json::from_str(&taxonomy_json()).unwrap();
    let lines: Vec<Value> = ARCHIVE
        .to_jsonl()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let revised = newsroom_with_archive(kind);
    for round in 0..ROUNDS {
        let revisions: Vec<String> = (0..REVISED)
            .map(|_| revision(random.pick(&lines), &taxonomy, round, &mut random).to_string())
            .collect();
        let file = revised.file("revisions.jsonl", &revisions.join("\n"));
        // Some make no sense, such as a draft that is withdrawn: those are refused, and change nothing.
        let ran = revised.run(&["import", &file]);
        assert!(ran.code() <= 1 && !ran.all().contains(" 0 changed, "), "{}", ran.all());
        move_a_theme(&mut taxonomy, &mut random);
        let file = revised.file("moved.json", &taxonomy.to_string());
        revised.run(&["import", "--taxonomy", &file]).expect_success();
    }

    let new = Newsroom::empty(kind);
    let export = revised.run(&["export"]).expect_success().output;
    let _ = new.file("taxonomy.json", &taxonomy.to_string());
    new.run(&["import", &new.file("newsroom.jsonl", &export)])
        .expect_success();
    assert!(new.run(&["export"]).expect_success().output == export);
    assert_eq!(lists(&revised).await, lists(&new).await);
}

/// A line that says something else of a release.
fn revision(line: &Value, taxonomy: &Value, round: usize, random: &mut Random) -> Value {
    let mut revision = Map::new();
    for key in ["sourceId", "id"] {
        if let Some(given) = line.get(key) {
            revision.insert(key.to_owned(), given.clone());
        }
    }
    let at = "2024-12-01T00:00:00Z";
    let said = match random.below(9) {
        0 => json!({"state": "withdrawn", "withdrawal": {"at": at, "notice": {"en": format!("Notice {round}")}}}),
        1 => json!({"state": "removed", "removal": {"at": at, "reason": format!("Reason {round}")}}),
        2 => json!({"state": "live"}),
        3 => json!({"offices": some_of(&taxonomy["offices"], random)}),
        4 => json!({"themes": some_of(&taxonomy["themes"], random)}),
        5 => json!({"type": some_of(&taxonomy["types"], random).first()}),
        6 => json!({"slug": format!("revised-{round}-{}", random.next())}),
        7 => json!({"publishedAt": format!("20{:02}-07-01T10:00:00Z", random.below(24))}),
        _ => json!({"translations": {"sq": {"title": format!("Titulli {round}")}}}),
    };
    revision.extend(said.as_object().unwrap().clone());
    Value::Object(revision)
}

fn some_of(entries: &Value, random: &mut Random) -> Vec<Value> {
    let slugs: Vec<&Value> = entries.as_array().unwrap().iter().map(|entry| &entry["slug"]).collect();
    let (from, count) = (random.below(slugs.len()), random.below(3));
    slugs.into_iter().cycle().skip(from).take(count).cloned().collect()
}

/// Puts one theme without children under another, or makes it a root.
fn move_a_theme(taxonomy: &mut Value, random: &mut Random) {
    let themes = taxonomy["themes"].as_array_mut().unwrap();
    let parents: Vec<Value> = themes.iter().map(|theme| theme["parent"].clone()).collect();
    let slugs: Vec<Value> = themes.iter().map(|theme| theme["slug"].clone()).collect();
    let leaves: Vec<usize> = (0..slugs.len())
        .filter(|theme| !parents.contains(&slugs[*theme]))
        .collect();
    let moved = *random.pick(&leaves);
    let other = random.below(slugs.len());
    themes[moved]["parent"] = if other == moved {
        Value::Null
    } else {
        slugs[other].clone()
    };
}

/// Every list of the newsroom: how long it is, and how it begins.
async fn lists(newsroom: &Newsroom) -> Value {
    let list = "releases(first: 50) { totalCount nodes { slug title publishingDate withdrawal { at } } }";
    let query = format!(
        "{{ {list} offices {{ slug {list} }} themes {{ slug {list} }} contentTypes {{ slug {list} }}
        noOffice: releases(filter: {{withoutOffice: true}}, first: 50) {{ totalCount nodes {{ slug }} }}
        noTheme: releases(filter: {{withoutTheme: true}}, first: 50) {{ totalCount nodes {{ slug }} }}
        noType: releases(filter: {{withoutType: true}}, first: 50) {{ totalCount nodes {{ slug }} }} }}"
    );
    let settings = [("NEWSROOM_LIMITS_PRICE", "1000000")];
    let server = newsroom.serve_with(&[], &settings).await;
    server.client().ask(&query, json!({})).await
}
