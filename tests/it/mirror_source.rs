//! A mirror and its source: which one it is, what becomes of a mirror while that is away, and of one whose own database fails.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use newsroom_tests::newsroom::ended;
use newsroom_tests::{Kind, Newsroom, Server, on_both};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::archive::newsroom_with_seed;
use crate::mirror::{mirrored_once, public};
use crate::press::published;

on_both!(
    a_source_that_is_away_at_first_is_waited_for,
    a_source_is_asked_again_when_it_says,
    a_mirror_that_is_interrupted_says_that_not_all_is_there,
    a_mirror_goes_on_serving_and_mirroring_when_its_database_fails,
    another_newsroom_takes_no_mirrors_place,
    what_has_drafts_becomes_no_mirror,
    a_mirror_has_the_time_zone_of_its_source,
);

/// What a mirror is told at first.
const AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const IN_TWO_SECONDS: &str =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A gate before a source: it answers the first so many requests itself, and lets the rest through.
struct Gate {
    root: String,
    asked: Arc<AtomicUsize>,
}

impl Gate {
    async fn before(source: &Server, refused: usize, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let behind = source.root().trim_start_matches("http://").to_owned();
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::Relaxed);
                let behind = behind.clone();
                tokio::spawn(async move {
                    if number < refused {
                        let _ = client.read(&mut [0; 4096]).await;
                        let _ = client.write_all(answer.as_bytes()).await;
                    } else {
                        let mut server = TcpStream::connect(behind).await.unwrap();
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { root, asked }
    }

    /// The command that mirrors what is behind it.
    fn mirror(&self, copy: &Newsroom, arguments: &[&str]) -> Command {
        let place = copy.place();
        copy.command(&[&["mirror", &self.root, "--into", &place], arguments].concat())
    }
}

/// Waits until a mirror has what its source shows.
async fn until_it_mirrors(copy: &Newsroom, source: &Newsroom) {
    for _ in 0..200 {
        if public(copy, &[]) == public(source, &[]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the mirror does not come to have what its source has");
}

async fn a_source_that_is_away_at_first_is_waited_for(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let gate = Gate::before(&server, 2, AWAY).await;
    let copy = Newsroom::without_tables(kind);
    let served = Server::begin(|address| gate.mirror(&copy, &["--serve", "--listen", address])).await;
    until_it_mirrors(&copy, &source).await;
    assert!(
        served.log().iter().any(|line| line.contains("tried again")),
        "{:?}",
        served.log()
    );
}

async fn a_source_is_asked_again_when_it_says(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let gate = Gate::before(&server, 2, IN_TWO_SECONDS).await;
    let copy = Newsroom::empty(kind);
    let (mut command, begun) = (gate.mirror(&copy, &["--once"]), Instant::now());
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    assert!(ran.unwrap().status.success());
    assert!(begun.elapsed() >= Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(public(&copy, &[]) == public(&source, &[]));
}

async fn a_mirror_that_is_interrupted_says_that_not_all_is_there(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let gate = Gate::before(&server, usize::MAX, AWAY).await;
    let copy = Newsroom::empty(kind);
    let mut command = gate.mirror(&copy, &["--once"]);
    let mirroring = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while gate.asked.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let said = interrupted(mirroring);
    assert!(said.contains("interrupted before all was there"), "{said}");
}

/// Asks a process to stop, sees that it does not say that all is well, and answers what it says.
fn interrupted(process: Child) -> String {
    let id = process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

async fn a_mirror_goes_on_serving_and_mirroring_when_its_database_fails(kind: Kind) {
    let source = newsroom_with_seed(kind);
    source.account("press@example.org", "publisher", &[]);
    let server = source.serve().await;
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &[]);
    let (root, place) = (server.root().to_owned(), copy.place());
    let mut served =
        Server::begin(|address| copy.command(&["mirror", &root, "--into", &place, "--serve", "--listen", address]))
            .await;
    copy.execute("ALTER TABLE live_tombstone RENAME TO elsewhere").await;
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "While it cannot be written").await;
    for _ in 0..200 {
        if served.log().iter().any(|line| line.contains("tried again")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(served.runs());
    let answer = served.client().get("/v1/offices").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    copy.execute("ALTER TABLE elsewhere RENAME TO live_tombstone").await;
    until_it_mirrors(&copy, &source).await;
}

async fn another_newsroom_takes_no_mirrors_place(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let copy = Newsroom::empty(kind);
    mirrored_once(&copy, &server, &[]);
    let held = public(&copy, &[]);
    let ran = copy.run(&["export"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.said.contains("--public"), "{}", ran.said);
    let other = crate::merging::newsroom(kind);
    let other = (other.serve().await, other);
    let place = copy.place();
    let mirror = |root: &str, arguments: &[&str]| {
        ended(copy.command(&[&["mirror", root, "--into", &place, "--once"], arguments].concat()))
    };
    let ran = mirror(other.0.root(), &[]);
    assert_eq!(ran.code(), 2, "{}", ran.all());
    assert!(
        ran.said.contains(server.root()) && ran.said.contains("--moved"),
        "{}",
        ran.said
    );
    assert!(public(&copy, &[]) == held);
    // The same newsroom elsewhere is known.
    drop(server);
    let server = source.serve().await;
    mirror(server.root(), &[]).expect_success();
    mirror(&format!("{}/", server.root()), &[]).expect_success();
    assert!(public(&copy, &[]) == held);
    // What is said to be the same is taken at its word.
    mirror(other.0.root(), &["--moved"]).expect_success();
    assert!(public(&copy, &[]) == public(&other.1, &[]));
}

async fn what_has_drafts_becomes_no_mirror(kind: Kind) {
    let source = newsroom_with_seed(kind);
    let server = source.serve().await;
    let desk = Newsroom::empty(kind);
    desk.account("press@example.org", "publisher", &[]);
    let drafting = desk.serve().await;
    let input = serde_json::json!({"originalLocale": "en", "text": {"title": "A draft"}});
    let client = drafting.client().signed_in("press@example.org").await;
    let draft = crate::press::done(&client, "createRelease", input).await;
    let place = desk.place();
    let ran = ended(desk.command(&["mirror", server.root(), "--into", &place, "--once"]));
    assert_eq!(ran.code(), 2, "{}", ran.all());
    assert!(ran.said.contains("it is no mirror"), "{}", ran.said);
    crate::press::publish(&client, &draft, "en").await;
}

async fn a_mirror_has_the_time_zone_of_its_source(kind: Kind) {
    const NEW_YORK: &[(&str, &str)] = &[("NEWSROOM_TIME_ZONE", "America/New_York")];
    let source = Newsroom::without_tables(kind);
    let mut migrate = source.command(&["migrate"]);
    migrate.envs(NEW_YORK.iter().copied());
    ended(migrate).expect_success();
    let line = r#"{"sourceId": "1", "slug": "late", "state": "live", "publishedAt": "2024-11-22T02:00:00Z", "translations": {"en": {"title": "Late"}}}"#;
    let line = source.file("line.jsonl", line);
    let mut import = source.command(&["import", &line]);
    import.envs(NEW_YORK.iter().copied());
    ended(import).expect_success();
    let server = source.serve_with(&[], NEW_YORK).await;
    // Into a database that has its tables and an account already, and with them a time zone.
    let copy = Newsroom::empty(kind);
    copy.account("press@example.org", "publisher", &[]);
    let zone = "SELECT time_zone FROM installation";
    assert_eq!(copy.column(zone).await, ["Europe/Vienna"]);
    mirrored_once(&copy, &server, &[]);
    assert_eq!(copy.column(zone).await, ["America/New_York"]);
    let days = "SELECT publishing_date FROM live_release";
    assert_eq!(copy.column(days).await, ["2024-11-21"]);
    // Its source is set up anew, in another zone.
    let anew = newsroom_with_seed(kind);
    let elsewhere = anew.serve().await;
    let ran = ended(crate::mirror::mirror(&copy, &elsewhere, &["--once", "--moved"]));
    assert_eq!(ran.code(), 2, "{}", ran.all());
    assert!(
        ran.said.contains("Europe/Vienna") && ran.said.contains("America/New_York"),
        "{}",
        ran.said
    );
    assert_eq!(copy.column(days).await, ["2024-11-21"]);
}
