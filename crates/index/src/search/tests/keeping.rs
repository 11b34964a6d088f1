use std::fs;

use super::*;

#[test]
fn an_index_goes_on_where_it_left_off() {
    let kept = Kept::titled(&["Media"])
        .having(&[text(1, "en", "Media", "", "")])
        .reopened();
    assert_eq!(kept.index.cursor(), Some(&cursor(2)));
    assert_eq!(found(&kept, "media"), [0, 1]);
    assert_eq!(
        found(&kept.having(&[text(1, "en", "Law", "", "")]).reopened(), "media"),
        [0]
    );
}

#[test]
fn a_release_that_changes_has_its_new_texts_and_one_that_is_gone_has_none() {
    let mut kept = Kept::titled(&["Media", "Media", "Media"]);
    let changed = [
        (
            release(0),
            vec![text(0, "en", "Elections", "", ""), text(0, "de", "Medien", "", "")],
        ),
        (release(1), Vec::new()),
    ];
    kept.index.apply(&changed, cursor(9)).unwrap();
    assert_eq!(found(&kept, "media"), [2]);
    assert_eq!(found(&kept, "elections"), [0]);
    assert_eq!(kept.index.searcher().texts(), 3);
}

#[test]
fn an_older_state_answers_as_it_did() {
    let mut kept = Kept::titled(&["Media", "Media"]);
    let older = kept.index.searcher();
    kept.index.apply(&[(release(0), Vec::new())], cursor(2)).unwrap();
    let mut rebuild = kept.index.begin_rebuild().unwrap();
    rebuild.add(&[text(5, "en", "Media", "", "")]).unwrap();
    rebuild.finish(cursor(3)).unwrap();
    let numbers = |state: &SearchState| {
        hits(state, &all_of("media"), &everywhere(&["en"]))
            .numbers
            .iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&older), [0, 1]);
    assert_eq!(numbers(&kept.index.searcher()), [5]);
}

#[test]
fn an_index_that_is_not_built_to_its_end_leaves_the_old_one() {
    let mut kept = Kept::titled(&["Media"]);
    let mut rebuild = kept.index.begin_rebuild().unwrap();
    rebuild.add(&[text(5, "en", "Media", "", "")]).unwrap();
    drop(rebuild);
    let kept = kept.having(&[text(1, "en", "Media", "", "")]);
    assert_eq!(found(&kept, "media"), [0, 1]);
    assert_eq!(found(&kept.reopened(), "media"), [0, 1]);
}

#[test]
fn an_index_of_another_version_is_wiped_and_files_of_others_stay() {
    let kept = Kept::titled(&["Media"]);
    drop(kept.index);
    let meta = kept.folder.path().join("meta.json");
    let written = fs::read_to_string(&meta).unwrap();
    let of_another = written.replace(&format!("\\\"version\\\":{SCHEMA_VERSION}"), "\\\"version\\\":0");
    assert_ne!(of_another, written);
    fs::write(&meta, of_another).unwrap();
    fs::write(kept.folder.path().join("newsroom.db"), "precious").unwrap();
    let index = open(kept.folder.path(), "");
    assert_eq!((index.cursor(), index.searcher().texts()), (None, 0));
    assert_eq!(
        fs::read_to_string(kept.folder.path().join("newsroom.db")).unwrap(),
        "precious"
    );
}

#[test]
fn a_damaged_index_starts_empty_and_can_be_built_again() {
    for damage in ["meta.json", ".term", ".idx", ".fast"] {
        let kept = Kept::titled(&["Media"]);
        drop(kept.index);
        let folder = kept.folder.path();
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let damaged = files
            .filter(|path| path.to_str().unwrap().ends_with(damage))
            .map(|path| {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0xff;
                fs::write(path, bytes).unwrap();
            });
        assert_eq!(damaged.count(), 1, "{damage}");
        let mut index = open(folder, "");
        if index.cursor().is_some() {
            // What it does not tell at once, it does when all is read.
            assert_eq!(index.check().damaged().unwrap(), 1, "{damage}");
            index.discard(folder).unwrap();
            index = open(folder, "");
        }
        assert_eq!((index.cursor(), index.searcher().texts()), (None, 0), "{damage}");
        assert_eq!(index.check().damaged().unwrap(), 0);
        index
            .apply(&[(release(3), vec![text(3, "en", "Media", "", "")])], cursor(1))
            .unwrap();
        assert_eq!(index.searcher().texts(), 1);
    }
}

#[test]
fn an_index_of_which_a_file_was_cut_off_starts_empty() {
    for cut_off in [".term", ".idx", ".pos", ".fast"] {
        let kept = Kept::titled(&["Media"]);
        drop(kept.index);
        let files = fs::read_dir(kept.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.to_str().unwrap().ends_with(cut_off)) {
            fs::write(path, "").unwrap();
        }
        let index = open(kept.folder.path(), "");
        assert_eq!((index.cursor(), index.searcher().texts()), (None, 0), "{cut_off}");
    }
}

#[test]
fn a_folder_has_one_index_and_what_a_killed_process_left_is_in_nobodys_way() {
    let kept = Kept::titled(&["Media"]);
    let second = SearchIndex::open(kept.folder.path(), Synonyms::default());
    assert!(matches!(second, Err(SearchError::Busy)));
    drop(second);
    assert_eq!(found(&kept, "media"), [0]);
    let folder = kept.folder;
    drop(kept.index);
    // The lock's file is there, as a killed process leaves it.
    fs::write(folder.path().join(".tantivy-writer.lock"), "").unwrap();
    assert_eq!(open(folder.path(), "").cursor(), Some(&cursor(1)));
}
