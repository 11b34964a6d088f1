//! What the settings are, where they come from, and which are refused.

use std::collections::BTreeSet;

use super::*;

fn inputs(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Inputs {
    Inputs {
        file: None,
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        flags: Flags(flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()),
    }
}

fn read(environment: &[(&str, &str)]) -> Result<Loaded> {
    Loaded::read(&inputs(environment, &[]))
}

fn refused(environment: &[(&str, &str)]) -> String {
    format!("{:#}", read(environment).unwrap_err())
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newsroom.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn without_any_source_the_settings_are_the_defaults() {
    assert_eq!(read(&[("PATH", "/bin")]).unwrap().settings, Settings::default());
}

#[test]
fn flags_go_before_the_environment_which_goes_before_the_file() {
    let (_folder, path) =
        file("listen = '127.0.0.1:1'\nreaders = 3\ntime_zone = 'UTC'\n[limits]\ndepth = 9\nprice = 1\n");
    let mut inputs = inputs(
        &[
            ("NEWSROOM_LISTEN", "127.0.0.1:2"),
            ("NEWSROOM_READERS", "4"),
            ("NEWSROOM_LIMITS_PRICE", "2"),
        ],
        &[("listen", "127.0.0.1:3")],
    );
    inputs.file = Some(path);
    let loaded = Loaded::read(&inputs).unwrap();
    let settings = &loaded.settings;
    assert_eq!(
        (
            settings.listen.as_str(),
            settings.readers.get(),
            settings.time_zone.to_string(),
            settings.limits.depth,
            settings.limits.price
        ),
        ("127.0.0.1:3", 4, "UTC".to_owned(), 9, 2)
    );
    let sources = ["listen", "readers", "limits.price", "data_dir", "limits.aliases"].map(|key| loaded.source(key));
    assert_eq!(sources, ["flag", "environment", "environment", "default", "default"]);
    assert!(loaded.source("time_zone").starts_with("file "));
}

#[test]
fn a_wrong_setting_is_refused_by_its_name_with_where_it_was_given_and_the_mend() {
    let said = [
        refused(&[("NEWSROOM_LISTEN", "8080")]),
        refused(&[("NEWSROOM_READERS", "many")]),
        refused(&[("NEWSROOM_READERS", "0")]),
        refused(&[("NEWSROOM_TIME_ZONE", "Vienna")]),
        refused(&[("NEWSROOM_LOCALES", "en, not a locale")]),
        refused(&[("NEWSROOM_LIMITS_DEPTH", "-1")]),
        refused(&[("NEWSROOM_LOG_FORMAT", "xml")]),
        refused(&[("NEWSROOM_RELEASE_URL", "https://www.example.org/")]),
        refused(&[("DATABASE_URL", "mysql://root:secret@db/newsroom")]),
        refused(&[("NEWSROOM_SMTP_URL", "smtp://me:secret@mail.example.org")]),
        refused(&[("NEWSROOM_SMTP_FROM", "Newsroom")]),
        refused(&[("NEWSROOM_ACCOUNT_URL", "https://desk.example/password")]),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn an_unknown_name_in_the_environment_is_refused() {
    let said = [
        refused(&[("NEWSROOM_LISTEN_ON", "127.0.0.1:1")]),
        refused(&[("NEWSROOM_DATABASE_URL", "sqlite:a")]),
        refused(&[("NEWSROOM_COLOUR", "red")]),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn names_that_are_there_for_other_reasons_are_left_alone() {
    let environment = [
        ("NEWSROOM_TEST_DATABASE_URL", "postgres://127.0.0.1/postgres"),
        ("NEWSROOM_CONFIG", ""),
        ("NEWSROOM_SERVICE_HOST", "10.0.0.1"),
        ("NEWSROOM_SERVICE_PORT_HTTP", "80"),
        ("NEWSROOM_PORT", "tcp://10.0.0.1:80"),
        ("NEWSROOM_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("NEWSROOM_PORT_80_TCP_PROTO", "tcp"),
        ("NEWSROOM_LISTEN", ""),
    ];
    assert_eq!(read(&environment).unwrap().settings, Settings::default());
    assert!(
        refused(&[("NEWSROOM_PORT", "8080")]).starts_with("NEWSROOM_PORT in the environment is none of the settings")
    );
}

#[test]
fn a_file_is_refused_by_the_name_of_what_is_wrong_in_it() {
    let refused = |text: &str| {
        let (folder, path) = file(text);
        let inputs = Inputs {
            file: Some(path),
            ..Inputs::default()
        };
        let said = format!("{:#}", Loaded::read(&inputs).unwrap_err());
        said.replace(folder.path().to_str().unwrap(), "").replace('\n', "⏎")
    };
    let said = [
        refused("data-dir = 'x'"),
        refused("colour = 'red'"),
        refused("limits = 3"),
        refused("[limits]\ndeep = 3"),
        refused("readers = 'many'"),
        refused("[limits]\ndepth = 'deep'"),
        refused("locales = ['en', 'x y']"),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert!(refused("listen = ").starts_with("the settings in /newsroom.toml are no TOML: "));
}

#[test]
fn an_issuer_is_set_in_a_table_of_its_own() {
    let oidc =
        "[oidc]\nissuer = 'https://login.example.org'\naudience = 'newsroom'\nroles = ['CN=Desk,DC=example=editor']\n";
    let (folder, path) = file(oidc);
    let read = |path: PathBuf| {
        Loaded::read(&Inputs {
            file: Some(path),
            ..Inputs::default()
        })
    };
    let config = read(path).unwrap().settings.auth_config(None).unwrap().sign_on.unwrap();
    assert_eq!(config.issuer.as_str(), "https://login.example.org");
    assert!(config.rules.roles.contains_key("CN=Desk,DC=example"));
    drop(folder);
    for (text, said) in [
        ("oidc = 'https://login.example.org'\n", "oidc in"),
        ("[oidc]\nissuers = []\n", "oidc.issuers in"),
        ("[oidc]\nissuer = 'http://login.example.org'\n", "is not https"),
        ("[oidc]\nroles = ['desk']\n", "VALUE=ROLE"),
    ] {
        let (_folder, path) = file(text);
        let refused = format!("{:#}", read(path).unwrap_err());
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn every_setting_is_in_the_table_and_every_line_of_the_table_is_a_setting() {
    let serde_json::Value::Object(fields) = serde_json::to_value(Settings::default()).unwrap() else {
        unreachable!()
    };
    let mut keys = BTreeSet::new();
    for (key, value) in fields {
        match value {
            serde_json::Value::Object(inner) => keys.extend(inner.keys().map(|name| format!("{key}.{name}"))),
            _ => {
                keys.insert(key);
            }
        }
    }
    assert_eq!(
        table::SETTINGS
            .iter()
            .map(|setting| setting.key.to_owned())
            .collect::<BTreeSet<_>>(),
        keys
    );
    for setting in table::SETTINGS {
        let name = setting.key.replace('.', "_").to_uppercase();
        assert!(
            setting.variable == format!("NEWSROOM_{name}") || setting.key == "database_url",
            "{}",
            setting.variable
        );
        assert!(
            setting
                .flag
                .is_none_or(|(name, _)| name == setting.key.replace('_', "-")),
            "{}",
            setting.key
        );
    }
}

#[test]
fn what_is_listed_hides_the_databases_password() {
    let loaded = read(&[
        ("DATABASE_URL", "postgres://me:hush@db/newsroom"),
        ("NEWSROOM_LOCALES", "en,ru"),
    ])
    .unwrap();
    let listed = listed(&loaded);
    assert!(!listed.contains("hush"));
    insta::assert_snapshot!(listed);
}

#[test]
fn what_is_listed_hides_the_mail_servers_password() {
    let (_folder, path) = file("[smtp]\nurl = 'smtps://me:hush@mail.example.org'\nfrom = 'newsroom@example.org'\n");
    let inputs = Inputs {
        file: Some(path),
        ..Inputs::default()
    };
    let listed = listed(&Loaded::read(&inputs).unwrap());
    assert!(
        listed.contains("smtps://me:***@mail.example.org") && !listed.contains("hush"),
        "{listed}"
    );
}

#[test]
fn the_documentation_has_the_table_that_the_program_prints() {
    let documentation =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md")).unwrap();
    assert!(
        documentation.contains(&markdown()),
        "put what `newsroom config --markdown` prints into docs/configuration.md"
    );
}
