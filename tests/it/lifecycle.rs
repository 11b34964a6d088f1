//! The server's life: how it starts, what it refuses to start on, and how it ends.

use std::process::Stdio;
use std::time::{Duration, Instant};

use newsroom_tests::{Kind, Newsroom, Server, on_both};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::archive::newsroom_with_seed;

on_both!(
    a_server_that_is_told_to_end_finishes_what_is_in_flight,
    a_server_that_is_about_to_end_says_so_and_still_answers,
    a_server_is_alive_and_ready,
    the_health_command_tells_a_server_from_none,
    the_explorer_is_at_the_root,
    another_time_zone_than_the_one_recorded_is_refused,
    a_schema_that_needs_a_newer_program_is_refused_in_one_line,
    an_older_program_goes_on_beside_a_schema_that_only_adds,
    a_database_without_tables_is_migrated_or_refused,
    two_migrations_at_once_both_succeed,
    a_port_that_is_taken_is_said_in_one_line,
    a_database_that_goes_away_makes_the_server_unready,
    two_servers_read_one_newsroom,
);

fn address(server: &Server) -> String {
    server.root().trim_start_matches("http://").to_owned()
}

/// A request of which all but the last byte is sent.
async fn half_a_request(server: &Server) -> (TcpStream, &'static [u8]) {
    let body = br#"{"query": "{ releases { totalCount } }"}"#;
    let mut stream = TcpStream::connect(address(server)).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() - 1]).await.unwrap();
    stream.flush().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    (stream, b"}")
}

async fn a_server_that_is_told_to_end_finishes_what_is_in_flight(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let (mut stream, rest) = half_a_request(&server).await;
    // A connection that only waits for the next request keeps nobody.
    let mut idle = TcpStream::connect(address(&server)).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    server.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        TcpStream::connect(address(&server)).await.is_err(),
        "it takes nothing new"
    );
    stream.write_all(rest).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"data":{"releases":{"totalCount":7}}}"#),
        "{answer}"
    );
    let begun = Instant::now();
    let (status, log) = server.stopped().await;
    assert!(
        status.code() == Some(0) && begun.elapsed() < Duration::from_secs(10),
        "{status} after {:?}: {log:#?}",
        begun.elapsed()
    );
}

async fn a_server_that_is_about_to_end_says_so_and_still_answers(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&["--shutdown-delay", "2"], &[]).await;
    server.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.client().get("/readyz").await.status, 503);
    assert_eq!(server.client().get("/livez").await.status, 200);
    assert_eq!(
        server.client().ask("{ releases { totalCount } }", json!({})).await["releases"]["totalCount"],
        7
    );
    assert_eq!(server.stopped().await.0.code(), Some(0));
}

async fn a_server_is_alive_and_ready(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    for path in ["/livez", "/readyz"] {
        let answer = server.client().get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("cache-control")),
            (200, "no-store"),
            "{path}"
        );
    }
    // Asked a hundred times, the database is asked once or twice.
    let logging = newsroom
        .serve_with(
            &[],
            &[
                ("NEWSROOM_LOG", "warn,sqlx::query=debug"),
                ("NEWSROOM_LOG_FORMAT", "json"),
            ],
        )
        .await;
    // Once the read index is loaded, which asks too.
    logging.client().ask("{ releases { lastModified } }", json!({})).await;
    let asking = async {
        for _ in 0..100 {
            assert_eq!(logging.client().get("/readyz").await.status, 200);
        }
    };
    let begun = Instant::now();
    let ((), log) = logging.logged_by(asking).await;
    // The scheduler and the read index look beside it, for less.
    let is_probe = |line: &&String| line.contains("sqlx::query") && line.contains("SELECT sequence, taxonomy_revision");
    let probes = log.iter().filter(is_probe).count() as u64;
    assert!(probes <= 2 + begun.elapsed().as_secs(), "{log:#?}");
}

async fn the_health_command_tells_a_server_from_none(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let url = server.root().to_owned();
    newsroom.run(&["health", "--url", &url]).expect_success();
    newsroom
        .run(&["health", "--listen", &address(&server)])
        .expect_success();
    drop(server);
    let ran = newsroom.run(&["health", "--url", &url]);
    assert!(
        ran.code() == 1 && ran.said.lines().count() == 1,
        "{} {}",
        ran.code(),
        ran.all()
    );
}

async fn the_explorer_is_at_the_root(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let answer = server.client().get("/").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.header("content-type").starts_with("text/html")
            && answer.text.to_lowercase().starts_with("<!doctype html>"),
        "{}",
        answer.text
    );
}

async fn another_time_zone_than_the_one_recorded_is_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let (status, said) = newsroom
        .try_to_serve(&[], &[("NEWSROOM_TIME_ZONE", "America/New_York")])
        .await
        .unwrap_err();
    assert!(
        status.code() == Some(2) && said.contains("Europe/Vienna") && said.contains("America/New_York"),
        "{status} {said}"
    );
    newsroom.serve().await;
    let elsewhere = Newsroom::without_tables(kind);
    let mut migrate = elsewhere.command(&["migrate"]);
    assert!(
        migrate
            .env("NEWSROOM_TIME_ZONE", "Asia/Tokyo")
            .output()
            .unwrap()
            .status
            .success()
    );
    let (_, said) = elsewhere.try_to_serve(&[], &[]).await.unwrap_err();
    assert!(said.contains("Asia/Tokyo"), "{said}");
    let server = elsewhere.serve_with(&[], &[("NEWSROOM_TIME_ZONE", "Asia/Tokyo")]).await;
    let line = json!({"sourceId": "1", "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": "In Tokyo"}}});
    let file = elsewhere.file("one.jsonl", &line.to_string());
    assert!(
        elsewhere
            .command(&["import", &file])
            .env("NEWSROOM_TIME_ZONE", "Asia/Tokyo")
            .output()
            .unwrap()
            .status
            .success()
    );
    let data = server
        .client()
        .ask("{ releases { nodes { publishedAt publishingDate } } }", json!({}))
        .await;
    assert_eq!(
        data["releases"]["nodes"],
        json!([{"publishedAt": "2024-11-21T15:00:00Z", "publishingDate": "2024-11-22"}])
    );
}

async fn a_schema_that_needs_a_newer_program_is_refused_in_one_line(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom
        .execute("UPDATE schema_compat SET version = 99, oldest_program = 99")
        .await;
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["export"]] {
        let ran = newsroom.run(arguments);
        assert!(
            ran.code() == 2 && ran.said.contains("too new") && ran.said.contains("99") && ran.said.lines().count() == 1,
            "{arguments:?}: {} {}",
            ran.code(),
            ran.all()
        );
    }
}

async fn an_older_program_goes_on_beside_a_schema_that_only_adds(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.execute("UPDATE schema_compat SET version = version + 1; CREATE TABLE of_the_future (id integer); ALTER TABLE office ADD COLUMN of_the_future integer").await;
    // What a newer program's steps leave behind, and sea-orm-migration's own status calls stumble over.
    newsroom
        .execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_of_the_future', 0)")
        .await;
    newsroom.run(&["migrate"]).expect_success();
    let server = newsroom.serve().await;
    assert_eq!(
        server.client().ask("{ releases { totalCount } }", json!({})).await["releases"]["totalCount"],
        7
    );
}

async fn a_database_without_tables_is_migrated_or_refused(kind: Kind) {
    let newsroom = Newsroom::without_tables(kind);
    match (kind, newsroom.try_to_serve(&[], &[]).await) {
        (Kind::Sqlite, Ok(server)) => assert_eq!(
            server.client().ask("{ releases { totalCount } }", json!({})).await["releases"]["totalCount"],
            0
        ),
        (Kind::Sqlite, Err((status, said))) => panic!("an embedded database is made and migrated: {status} {said}"),
        (Kind::Postgres, Ok(_)) => panic!("it serves without tables"),
        (Kind::Postgres, Err((status, said))) => {
            assert!(
                status.code() == Some(2) && said.contains("newsroom migrate"),
                "{status} {said}"
            );
            let ran = newsroom.run(&["migrate"]).expect_success();
            assert!(ran.output.contains("now"), "{}", ran.all());
            let version = newsroom.number("SELECT version FROM schema_compat").await;
            assert!(ran.output.contains(&format!("version {version}")), "{}", ran.all());
            newsroom.serve().await;
        }
    }
    let ran = newsroom.run(&["migrate"]).expect_success();
    assert!(ran.output.contains("already"), "{}", ran.all());
}

async fn two_migrations_at_once_both_succeed(kind: Kind) {
    let newsroom = Newsroom::without_tables(kind);
    let mut running: Vec<_> = (0..4)
        .map(|_| {
            newsroom
                .command(&["migrate"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in running.drain(..) {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    newsroom.run(&["export"]).expect_success();
    newsroom.serve().await;
}

async fn a_port_that_is_taken_is_said_in_one_line(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let ran = newsroom.run(&["serve", "--listen", &address(&server)]);
    assert!(
        ran.code() == 2 && ran.said.contains(&address(&server)) && ran.said.lines().count() == 1,
        "{} {}",
        ran.code(),
        ran.all()
    );
}

async fn a_database_that_goes_away_makes_the_server_unready(kind: Kind) {
    // A file that is open does not go away.
    if kind == Kind::Sqlite {
        return;
    }
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    newsroom.take_database_away();
    let begun = Instant::now();
    while server.client().get("/readyz").await.status != 503 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it says that it is ready without its database"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.client().get("/livez").await.status, 200);
    let answer = server.client().graphql("{ releases { totalCount } }", json!({})).await;
    let code = answer.codes().first().copied().unwrap_or_default();
    assert!(["UNAVAILABLE", "TIMEOUT"].contains(&code), "{}", answer.text);
    assert!(
        !answer.text.to_lowercase().contains("sql") && !answer.text.contains(newsroom.postgres_name()),
        "{}",
        answer.text
    );
}

async fn two_servers_read_one_newsroom(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let (one, other) = (newsroom.serve().await, newsroom.serve().await);
    let query = "{ releases { totalCount nodes { slug } } }";
    assert_eq!(
        one.client().ask(query, json!({})).await,
        other.client().ask(query, json!({})).await
    );
}
