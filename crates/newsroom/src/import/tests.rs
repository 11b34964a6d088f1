//! Importing into a newsroom of its own, and what the exit code says.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::export;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/src/listing/fixtures/seed.txt");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/newsroom.jsonl");

/// An empty newsroom, which is gone with the folder.
fn newsroom() -> (TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        data_dir: folder.path().join("var"),
        ..Settings::default()
    };
    (folder, settings)
}

fn arguments(files: &[&str]) -> Arguments {
    Arguments {
        files: files.iter().map(PathBuf::from).collect(),
        format: None,
        taxonomy: None,
        locale: "en".parse().unwrap(),
        strict: false,
        dry_run: false,
        overwrite: false,
        announce: false,
    }
}

async fn live(settings: &Settings) -> usize {
    exported(settings).await.lines().count()
}

async fn exported(settings: &Settings) -> String {
    let path = settings.data_dir.join("exported/newsroom.jsonl");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    export::run(settings, export::Arguments::everything_to(&path))
        .await
        .unwrap();
    let taxonomy = fs::read_to_string(path.with_file_name(taxonomy_file::NAME)).unwrap();
    fs::read_to_string(path).unwrap() + &taxonomy.replace('\n', "")
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_format_is_the_one_said_or_the_one_that_names_say() {
    let format_of = |files: &[&str], format| {
        Format::of(&Arguments {
            format,
            ..arguments(files)
        })
        .ok()
    };
    assert_eq!(format_of(&["a.jsonl", "b.ndjson", "c"], None), Some(Format::Jsonl));
    assert_eq!(format_of(&["page-1.txt", "page-2.TXT"], None), Some(Format::Listing));
    assert_eq!(format_of(&["-"], None), Some(Format::Jsonl));
    assert_eq!(format_of(&["a.jsonl", "page.txt"], None), None);
    assert_eq!(
        format_of(&["a.jsonl", "page.txt"], Some(Format::Listing)),
        Some(Format::Listing)
    );
}

#[tokio::test]
async fn the_seed_page_on_top_of_the_seed_newsroom_changes_nothing() {
    let (_folder, settings) = newsroom();
    let store = store::open(&settings).await.unwrap();
    let tally = demo(&settings, &store).await.unwrap();
    store.close().await.unwrap();
    assert_eq!((tally.created, tally.refused()), (7, 0));
    let before = exported(&settings).await;
    for again in [SEED, DATA] {
        assert_eq!(run(&settings, arguments(&[again])).await.unwrap(), Outcome::Good);
        assert_eq!(exported(&settings).await, before);
    }
}

#[tokio::test]
async fn what_is_exported_imported_and_exported_again_is_the_same() {
    let (folder, settings) = newsroom();
    assert_eq!(run(&settings, arguments(&[SEED])).await.unwrap(), Outcome::Good);
    let before = exported(&settings).await;
    let copy = Settings {
        data_dir: folder.path().join("copy"),
        ..settings.clone()
    };
    let path = settings.data_dir.join("exported/newsroom.jsonl");
    assert_eq!(
        run(&copy, arguments(&[path.to_str().unwrap()])).await.unwrap(),
        Outcome::Good
    );
    assert_eq!(exported(&copy).await, before);
}

#[tokio::test]
async fn a_bad_line_is_told_by_the_exit_code_and_loses_no_good_one() {
    let (folder, settings) = newsroom();
    let good = |key: &str| {
        format!(
            r#"{{"sourceId":"{key}","state":"live","publishingDate":"2024-11-22","translations":{{"en":{{"title":"T"}}}}}}"#
        )
    };
    let mixed = file(
        &folder,
        "mixed.jsonl",
        format!("{}\nnonsense\n{{\"sourceId\":\"c\"}}\n{}\n", good("a"), good("b")),
    );
    assert_eq!(run(&settings, arguments(&[&mixed])).await.unwrap(), Outcome::SomeBad);
    assert_eq!(live(&settings).await, 2 + 1);
}

#[tokio::test]
async fn a_dry_run_keeps_nothing_and_strict_refuses_what_is_not_known() {
    let (_folder, settings) = newsroom();
    assert_eq!(
        run(
            &settings,
            Arguments {
                dry_run: true,
                ..arguments(&[SEED])
            }
        )
        .await
        .unwrap(),
        Outcome::Good
    );
    assert_eq!(
        run(
            &settings,
            Arguments {
                strict: true,
                ..arguments(&[SEED])
            }
        )
        .await
        .unwrap(),
        Outcome::SomeBad
    );
    assert_eq!(live(&settings).await, 1, "the taxonomy alone");
    let taxonomy = Some(Path::new(DATA).with_file_name(taxonomy_file::NAME));
    let strict = Arguments {
        strict: true,
        taxonomy,
        ..arguments(&[SEED])
    };
    assert_eq!(run(&settings, strict).await.unwrap(), Outcome::Good);
    assert_eq!(live(&settings).await, 7 + 1);
}

#[tokio::test]
async fn an_import_that_cannot_run_does_nothing() {
    let (folder, settings) = newsroom();
    let folder_of_files = folder.path().to_str().unwrap().to_owned();
    let latin = file(&folder, "latin.txt", b"Caf\xe9\nPublishing date: 1 May 2024\n");
    let beside = file(&folder, "taxonomy.json", "[]");
    let lines = file(&folder, "lines.jsonl", "{}\n");
    for files in [
        [DATA, "there-is-none.jsonl"],
        [DATA, &folder_of_files],
        [DATA, SEED],
        [SEED, &latin],
        [DATA, &lines],
    ] {
        assert!(run(&settings, arguments(&files)).await.is_err(), "{files:?}");
    }
    assert!(
        run(
            &settings,
            Arguments {
                taxonomy: Some(beside.into()),
                ..arguments(&[DATA])
            }
        )
        .await
        .is_err()
    );
    let store = store::open(&settings).await.unwrap();
    assert_eq!(store.taxonomy().await.unwrap().offices().count(), 0);
    store.close().await.unwrap();
}
