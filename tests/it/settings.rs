//! Settings: from the defaults, a file, the environment and flags; a wrong or unknown one is refused by its name.

use std::process::Command;

use newsroom_tests::newsroom::ended;
use newsroom_tests::{Kind, Newsroom, Ran};

fn config(change: impl FnOnce(&Newsroom, &mut Command)) -> Ran {
    let newsroom = Newsroom::without_tables(Kind::Sqlite);
    let mut command = newsroom.command(&["config"]);
    change(&newsroom, &mut command);
    ended(command)
}

/// The value and the source of a setting, as `newsroom config` lists them.
fn listed(ran: &Ran, key: &str) -> (String, String) {
    let line = ran
        .output
        .lines()
        .find(|line| line.split_whitespace().next() == Some(key))
        .unwrap_or_else(|| panic!("no {key} in\n{}", ran.output));
    let (value, source) = line[key.len()..].trim_start().split_once("  ").unwrap();
    (value.to_owned(), source.trim().to_owned())
}

#[test]
fn every_setting_is_listed_with_its_value_and_where_that_came_from() {
    let ran = config(|newsroom, command| {
        let file = newsroom.file("settings.toml", "time_zone = 'UTC'\n[limits]\ndepth = 9\n");
        command
            .args(["--config", &file, "--listen", "127.0.0.1:1234"])
            .env("NEWSROOM_LOCALES", "en,ru");
    })
    .expect_success();
    assert_eq!(
        listed(&ran, "listen"),
        ("127.0.0.1:1234".to_owned(), "flag: --listen".to_owned())
    );
    assert_eq!(
        listed(&ran, "locales"),
        ("en,ru".to_owned(), "environment: NEWSROOM_LOCALES".to_owned())
    );
    assert_eq!(listed(&ran, "limits.aliases"), ("50".to_owned(), "default".to_owned()));
    for (key, value) in [("time_zone", "UTC"), ("limits.depth", "9")] {
        let (shown, source) = listed(&ran, key);
        assert!(
            shown == value && source.starts_with("file ") && source.contains("settings.toml"),
            "{key}: {shown}, {source}"
        );
    }
    for key in [
        "data_dir",
        "database_url",
        "public_url",
        "release_url",
        "introspection",
        "log",
        "log_format",
        "limits.price",
    ] {
        listed(&ran, key);
    }
}

#[test]
fn a_file_in_the_folder_is_read_and_flags_and_environment_go_before_it() {
    let ran = config(|newsroom, command| {
        let _ = newsroom.file(
            "newsroom.toml",
            "listen = '127.0.0.1:1'\ntime_zone = 'UTC'\nlocales = ['en']\n",
        );
        command
            .args(["--time-zone", "Europe/Paris"])
            .env("NEWSROOM_LISTEN", "127.0.0.1:2")
            .env("NEWSROOM_TIME_ZONE", "Europe/Rome");
    })
    .expect_success();
    assert_eq!(
        (
            listed(&ran, "listen").0,
            listed(&ran, "time_zone").0,
            listed(&ran, "locales").0
        ),
        ("127.0.0.1:2".into(), "Europe/Paris".into(), "en".into())
    );
}

#[test]
fn a_password_is_not_shown() {
    let ran = config(|_, command| {
        command.env("DATABASE_URL", "postgres://editor:hunter2@db.example/newsroom");
    })
    .expect_success();
    assert!(
        !ran.all().contains("hunter2") && listed(&ran, "database_url").0.contains("db.example"),
        "{}",
        ran.all()
    );
}

#[test]
fn a_wrong_or_unknown_setting_is_refused_by_its_name_in_one_line() {
    type Change = fn(&Newsroom, &mut Command);
    let cases: [(&str, Change); 8] = [
        ("NEWSROOM_LISTEN", |_, command| {
            command.env("NEWSROOM_LISTEN", "nowhere");
        }),
        ("NEWSROOM_TIME_ZONE", |_, command| {
            command.env("NEWSROOM_TIME_ZONE", "Mars/Olympus");
        }),
        ("NEWSROOM_LIMITS_PRICE", |_, command| {
            command.env("NEWSROOM_LIMITS_PRICE", "dear");
        }),
        ("NEWSROOM_COLOUR", |_, command| {
            command.env("NEWSROOM_COLOUR", "red");
        }),
        ("NEWSROOM_LOCALE", |_, command| {
            command.env("NEWSROOM_LOCALE", "en");
        }),
        ("colour", |newsroom, command| {
            command.args(["--config", &newsroom.file("s.toml", "colour = 'red'\n")]);
        }),
        ("limits.deepness", |newsroom, command| {
            command.args(["--config", &newsroom.file("s.toml", "[limits]\ndeepness = 3\n")]);
        }),
        ("no-such.toml", |_, command| {
            command.args(["--config", "no-such.toml"]);
        }),
    ];
    for (name, change) in cases {
        let ran = config(change);
        assert!(
            ran.code() == 2 && ran.said.contains(name) && ran.said.lines().count() == 1 && ran.output.is_empty(),
            "{name}: {} {}",
            ran.code(),
            ran.all()
        );
    }
}

#[test]
fn what_needs_no_database_makes_none() {
    let newsroom = Newsroom::without_tables(Kind::Sqlite);
    for arguments in [&["schema"][..], &["config"], &["--help"], &["--version"]] {
        newsroom.run(arguments).expect_success();
    }
    let made: Vec<_> = std::fs::read_dir(newsroom.folder().join("data")).unwrap().collect();
    assert!(made.is_empty(), "{made:?}");
}
