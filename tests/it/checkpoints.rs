//! The read index's checkpoint: what a server begins from that was there before, and what it does with one that will not do.

use std::fs;
use std::path::PathBuf;

use newsroom_tests::{Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{done, published, version};

on_both!(
    a_server_that_starts_again_begins_from_the_checkpoint_and_answers_alike,
    what_changed_since_the_checkpoint_is_there_after_the_next_start,
    a_checkpoint_that_is_damaged_or_cut_off_or_no_checkpoint_is_not_used_and_written_anew,
    a_checkpoint_of_another_database_or_of_a_later_state_is_not_used,
    a_checkpoint_that_is_not_what_the_database_has_is_not_used,
    of_two_servers_with_one_folder_the_first_writes_the_checkpoint,
    a_server_whose_checkpoint_cannot_be_written_goes_on_without,
);

const BEGAN: &str = "the read index began from its checkpoint";
const WRITTEN: &str = "wrote a checkpoint of the read index";

const PAGE: &str = "query($filter: ReleaseFilter) { releases(filter: $filter, first: 30) { totalCount nodes { slug }
  facets { offices { office { slug } count } types { type { slug } count } locales { locale count }
    themes { theme { slug } count children { theme { slug } count } }
    years { year count months { month count } } none { offices { count } themes { count } types { count } } } } }";

/// What readers see under several filters.
async fn pages(server: &Server) -> Vec<Value> {
    let mut pages = Vec::new();
    for filter in [
        json!({}),
        json!({"withoutOffice": true}),
        json!({"publishedFrom": "2010-01-01", "publishedTo": "2019-06-30"}),
        json!({"locales": ["ru"]}),
    ] {
        pages.push(server.client().ask(PAGE, json!({"filter": filter})).await);
    }
    pages
}

async fn total(server: &Server) -> Value {
    let query = "{ releases(filter: {}) { totalCount facets { none { types { count } } } } }";
    server.client().ask(query, json!({})).await["releases"]["totalCount"].take()
}

/// Waits until a server has said something.
async fn said(server: &Server, what: &str) {
    for _ in 0..600 {
        if server.log().iter().any(|line| line.contains(what)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the server never says “{what}”");
}

/// A server whose read index is there, and whether it began from a checkpoint.
async fn served_in(newsroom: &Newsroom, folder: &str) -> (Server, bool) {
    let folder = newsroom.folder().join(folder).display().to_string();
    let server = newsroom.serve_with(&["--search-dir", &folder], &[]).await;
    said(&server, "the read index is there").await;
    let began = server.log().iter().any(|line| line.contains(BEGAN));
    (server, began)
}

async fn served(newsroom: &Newsroom) -> (Server, bool) {
    served_in(newsroom, "data/search").await
}

async fn stop(server: Server) -> Vec<String> {
    server.ask_to_stop();
    let (status, log) = server.stopped().await;
    assert!(status.success(), "{status}: {}", log.join("\n"));
    log
}

fn checkpoint(newsroom: &Newsroom) -> PathBuf {
    newsroom.data_file("search").join("read-index.checkpoint")
}

fn import(newsroom: &Newsroom, name: &str) {
    let line = json!({"sourceId": name, "state": "live", "slug": name, "publishedAt": "2011-11-22T00:00:00Z", "originalLocale": "ru",
        "offices": [], "themes": [], "translations": {"ru": {"title": name, "lead": "", "body": {"format": "HTML", "text": ""}}}});
    let file = newsroom.file(&format!("{name}.jsonl"), &line.to_string());
    newsroom.run(&["import", &file]).expect_success();
}

async fn a_server_that_starts_again_begins_from_the_checkpoint_and_answers_alike(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let (first, began) = served(&newsroom).await;
    assert!(!began);
    said(&first, WRITTEN).await;
    let before = pages(&first).await;
    let log = stop(first).await;
    // Nothing had changed, so that it was not written again at the end.
    assert_eq!(log.iter().filter(|line| line.contains(WRITTEN)).count(), 1);
    let (second, began) = served(&newsroom).await;
    assert!(began);
    assert_eq!(pages(&second).await, before);
}

async fn what_changed_since_the_checkpoint_is_there_after_the_next_start(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let (mut first, _) = served(&newsroom).await;
    said(&first, WRITTEN).await;
    let desk = first.client().signed_in("press@example.org").await;
    let live = published(&desk, "A quokka arrives").await;
    published(&desk, "A numbat arrives").await;
    let removal = json!({"id": live["id"], "version": version(&live, "en"), "reason": "Published in error."});
    done(&desk, "removeRelease", removal).await;
    let before = total(&first).await.as_u64().unwrap();
    // It writes nothing on its way.
    first.kill();
    drop(first);
    import(&newsroom, "quoll");
    let (second, began) = served(&newsroom).await;
    assert!(began);
    assert_eq!(total(&second).await, before + 1);
    let (anew, began) = served_in(&newsroom, "other").await;
    assert!(!began);
    assert_eq!(pages(&second).await, pages(&anew).await);
    // What ends in order has nothing left to be fed.
    let log = stop(second).await;
    assert_eq!(log.iter().filter(|line| line.contains(WRITTEN)).count(), 1);
    let (third, began) = served(&newsroom).await;
    assert!(began);
    let head = newsroom.number("SELECT sequence FROM change_head WHERE id = 1").await;
    let line = third.log().into_iter().find(|line| line.contains(BEGAN)).unwrap();
    assert!(line.contains(&format!("\"sequence\":{head},")), "{line}");
    assert_eq!(pages(&third).await, pages(&anew).await);
}

async fn a_checkpoint_that_is_damaged_or_cut_off_or_no_checkpoint_is_not_used_and_written_anew(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let (server, _) = served(&newsroom).await;
    said(&server, WRITTEN).await;
    let expected = pages(&server).await;
    drop(server);
    let path = checkpoint(&newsroom);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let cut_off = whole[..whole.len() - 7].to_vec();
    for bytes in [flipped, cut_off, Vec::new(), b"{\"version\": 1}".to_vec()] {
        fs::write(&path, bytes).unwrap();
        let (server, began) = served(&newsroom).await;
        assert!(!began);
        said(&server, "the read index's checkpoint cannot be read and is not used").await;
        said(&server, WRITTEN).await;
        assert_eq!(pages(&server).await, expected);
        drop(server);
        assert!(served(&newsroom).await.1);
    }
    // What a killed process has left half written is nobody's.
    fs::write(path.with_extension("checkpoint.new"), &whole[..20]).unwrap();
    let (server, began) = served(&newsroom).await;
    assert!(began);
    assert_eq!(pages(&server).await, expected);
}

async fn a_checkpoint_of_another_database_or_of_a_later_state_is_not_used(kind: Kind) {
    // Two copies of one database: the second is as the first one was before it went on.
    let (newsroom, older) = (newsroom_with_seed(kind), newsroom_with_seed(kind));
    import(&newsroom, "quokka");
    import(&newsroom, "numbat");
    let (server, _) = served(&newsroom).await;
    said(&server, WRITTEN).await;
    drop(server);
    let bytes = fs::read(checkpoint(&newsroom)).unwrap();
    let refuses = async |newsroom: &Newsroom| {
        fs::create_dir_all(newsroom.data_file("search")).unwrap();
        fs::write(checkpoint(newsroom), &bytes).unwrap();
        let (server, began) = served(newsroom).await;
        assert!(!began);
        said(&server, "is of another state of the database and is not used").await;
        total(&server).await
    };
    assert_eq!(refuses(&older).await, 7);
    // It goes on otherwise, beyond where the first one was.
    for name in ["quoll", "bilby", "dunnart"] {
        import(&older, name);
    }
    assert_eq!(refuses(&older).await, 10);
    let other = newsroom_with_archive(kind);
    let expected = total(&served_in(&other, "own").await.0).await;
    assert_eq!(refuses(&other).await, expected);
}

async fn a_checkpoint_that_is_not_what_the_database_has_is_not_used(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let (server, _) = served(&newsroom).await;
    said(&server, WRITTEN).await;
    assert_eq!(total(&server).await, 7);
    drop(server);
    // Somebody's hand, past the program.
    for table in ["live_release_office", "live_release_theme", "live_release_type"] {
        let gone = format!("DELETE FROM {table} WHERE release_id = (SELECT id FROM live_release ORDER BY id LIMIT 1)");
        newsroom.execute(&gone).await;
    }
    newsroom
        .execute("DELETE FROM live_release WHERE id = (SELECT id FROM live_release ORDER BY id LIMIT 1)")
        .await;
    newsroom
        .execute("UPDATE live_count SET releases = releases - 1 WHERE list = 'release'")
        .await;
    let (server, began) = served(&newsroom).await;
    assert!(!began);
    said(&server, "the read index's checkpoint is not what the database has").await;
    assert_eq!(total(&server).await, 6);
}

async fn of_two_servers_with_one_folder_the_first_writes_the_checkpoint(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let (first, _) = served(&newsroom).await;
    said(&first, WRITTEN).await;
    let (second, began) = served(&newsroom).await;
    assert!(began);
    let bytes = fs::read(checkpoint(&newsroom)).unwrap();
    let desk = second.client().signed_in("press@example.org").await;
    published(&desk, "A quokka arrives").await;
    assert_eq!((total(&first).await, total(&second).await), (json!(8), json!(8)));
    let log = stop(second).await.join("\n");
    assert!(
        log.contains("another process writes the read index's checkpoint in this folder"),
        "{log}"
    );
    assert_eq!(fs::read(checkpoint(&newsroom)).unwrap(), bytes);
    let log = stop(first).await;
    assert_eq!(log.iter().filter(|line| line.contains(WRITTEN)).count(), 2);
    assert_ne!(fs::read(checkpoint(&newsroom)).unwrap(), bytes);
}

async fn a_server_whose_checkpoint_cannot_be_written_goes_on_without(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let unfinished = newsroom.data_file("search").join("read-index.checkpoint.new");
    fs::create_dir_all(unfinished).unwrap();
    let (server, _) = served(&newsroom).await;
    said(&server, "no checkpoint of the read index could be written").await;
    assert_eq!(total(&server).await, 7);
    stop(server).await;
    assert!(!checkpoint(&newsroom).exists());
    assert!(!served(&newsroom).await.1);
}
