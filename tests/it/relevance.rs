//! How good searches are: judged by people before any search was built, and scored the same on both databases.

use std::fs;

use newsroom_tests::client::texts;
use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::in_workspace;

on_both!(the_judged_searches_come_out_as_they_were_judged);

const BEST: &str = "query($filter: ReleaseFilter, $locale: Locale) {
  releases(filter: $filter, locale: $locale, orderBy: RELEVANCE, first: 10) { nodes { slug } } }";

/// The releases that were judged.
pub(crate) fn newsroom_with_judged(kind: Kind) -> Newsroom {
    Newsroom::prepared(kind, "judged", |newsroom| {
        let file = in_workspace("tests/relevance/releases.jsonl");
        newsroom.run(&["import", &file.display().to_string()]).expect_success();
    })
}

fn read_judgement(judgement: &Value) -> u32 {
    judgement.as_u64().map_or(0, |judged| u32::try_from(judged).unwrap())
}

/// Discounted cumulative gain of the first ten (Järvelin and Kekäläinen 2002, with exponential gains).
fn gain(judged: impl Iterator<Item = u32>) -> f64 {
    let gains = judged.take(10).zip(2_u32..);
    gains
        .map(|(judged, place)| (2_f64.powi(judged.cast_signed()) - 1.0) / f64::from(place).log2())
        .sum()
}

async fn the_judged_searches_come_out_as_they_were_judged(kind: Kind) {
    let newsroom = newsroom_with_judged(kind);
    let synonyms = in_workspace("tests/relevance/synonyms.txt");
    fs::copy(synonyms, newsroom.data_file("synonyms.txt")).unwrap();
    let server = newsroom.serve().await;
    let queries = fs::read_to_string(in_workspace("tests/relevance/queries.json")).unwrap();
    let judged: Vec<Value> = serde_json::from_str(&queries).unwrap();
    let mut scores: Vec<(f64, String)> = Vec::new();
    for search in &judged {
        let (query, locale) = (&search["query"], &search["locale"]);
        let filter = json!({"search": query, "searchMode": search["mode"], "anyLocale": search["anyLocale"]});
        let variables = json!({"filter": filter, "locale": locale});
        let found: Value = server.client().ask(BEST, variables).await["releases"].take();
        let found = texts(&found["nodes"], "/slug");
        // How good an answer each release is: 3 is what was looked for, 1 is by the way, and all others are none.
        let judge = |slug: &String| read_judgement(&search["judgements"][slug]);
        let judgements = search["judgements"].as_object().unwrap().values();
        let mut best: Vec<u32> = judgements.map(read_judgement).collect();
        best.sort_unstable_by(|one, other| other.cmp(one));
        let score = if best.is_empty() {
            // Where nothing is an answer, nothing is the best one.
            f64::from(u8::from(found.is_empty()))
        } else {
            gain(found.iter().map(judge)) / gain(best.into_iter())
        };
        scores.push((score, format!("{query} in {locale}: {found:?}")));
    }
    let judged = u32::try_from(judged.len()).unwrap();
    let mean = scores.iter().map(|(score, _)| score).sum::<f64>() / f64::from(judged);
    scores.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    assert_eq!(
        format!("NDCG@10 of {judged} searches: {mean:.4}"),
        "NDCG@10 of 48 searches: 0.9778",
        "the worst: {:#?}",
        &scores[..8]
    );
}
