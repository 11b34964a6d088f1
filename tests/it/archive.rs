//! The newsrooms that several modules read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use newsroom_tests::generate::{Archive, taxonomy_json};
use newsroom_tests::{Kind, Newsroom};

/// 1,500 generated releases.
pub(crate) static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::new(1, 1_500));

/// A newsroom that holds [`ARCHIVE`].
pub(crate) fn newsroom_with_archive(kind: Kind) -> Newsroom {
    Newsroom::prepared(kind, "archive", |newsroom| import(newsroom, &ARCHIVE))
}

/// Imports an archive, and its taxonomy.
pub(crate) fn import(newsroom: &Newsroom, archive: &Archive) {
    let _ = newsroom.file("taxonomy.json", &taxonomy_json());
    let file = newsroom.file("newsroom.jsonl", &archive.to_jsonl());
    newsroom.run(&["import", &file]).expect_success();
}

/// A newsroom that holds the seven releases of the seed.
pub(crate) fn newsroom_with_seed(kind: Kind) -> Newsroom {
    Newsroom::prepared(kind, "seed", |newsroom| {
        newsroom
            .run(&["import", &in_workspace("data/newsroom.jsonl").display().to_string()])
            .expect_success();
    })
}

/// All that a newsroom has, as it exports it: the releases, and the taxonomy beside them.
pub(crate) fn export(newsroom: &Newsroom) -> (String, String) {
    let path = newsroom.file("export.jsonl", "");
    newsroom.run(&["export", &path]).expect_success();
    let beside = newsroom.folder().join("taxonomy.json");
    (fs::read_to_string(path).unwrap(), fs::read_to_string(beside).unwrap())
}

/// A file of the workspace.
pub(crate) fn in_workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
