//! Scratch.
#![allow(warnings, clippy::all, clippy::pedantic)]
use newsroom_api::*;
use newsroom_domain::exchange::*;
use newsroom_persistence::*;
#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "sdl" {
        print!("{}", schema_sdl());
        return;
    }
    let dir = tempfile::TempDir::new().unwrap();
    let store = Store::open(StoreOptions {
        database: Database::Sqlite(dir.path().join("n.sqlite")),
        readers: 2,
        time_zone: Default::default(),
    })
    .await
    .unwrap();
    let mut i = store.importer(ImportOptions {
        strict: true,
        dry_run: false,
        overwrite: false,
        announce: false,
        locales: vec![],
        locale_of_names: "en".parse().unwrap(),
    });
    i.taxonomy(&serde_json::from_str(&std::fs::read_to_string("data/taxonomy.json").unwrap()).unwrap())
        .await
        .unwrap();
    let text = std::fs::read_to_string("data/newsroom.jsonl").unwrap();
    let lines: Vec<_> = text
        .lines()
        .enumerate()
        .map(|(n, l)| NumberedLine {
            number: n as u64 + 1,
            line: ReleaseLine::parse(l).unwrap(),
        })
        .collect();
    println!("{:?}", i.batch(&lines).await.unwrap());
    i.finish().await.unwrap();
    let l = tokio::net::TcpListener::bind("127.0.0.1:18099").await.unwrap();
    axum::serve(l, router(ApiConfig::default(), store)).await.unwrap();
}
