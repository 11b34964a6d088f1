//! A newsroom for one test: a data folder, a database, and the program's commands on them.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use tempfile::TempDir;

use crate::database::{self, Database, Kind};
use crate::server::{Server, program};

/// A newsroom that is the test's own, gone with this value.
#[derive(Debug)]
pub struct Newsroom {
    kind: Kind,
    database: Database,
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub said: String,
}

impl Ran {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// The same, where it ended well.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "most only want to know that it did"
    )]
    pub fn expect_success(self) -> Self {
        assert!(self.status.success(), "{}\n{}{}", self.status, self.output, self.said);
        self
    }

    /// Both outputs.
    #[must_use]
    pub fn all(&self) -> String {
        format!("{}{}", self.output, self.said)
    }
}

/// A newsroom that is made once a run, to be copied.
struct Template {
    database: Database,
    data: PathBuf,
}

type Templates = HashMap<(Kind, String), Arc<OnceLock<Template>>>;

impl Newsroom {
    /// A newsroom whose database has no table yet. SQLite's does not even exist.
    #[must_use]
    pub fn without_tables(kind: Kind) -> Self {
        let newsroom = Self {
            kind,
            database: Database::without_tables(kind),
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(newsroom.data()).unwrap();
        newsroom
    }

    /// A newsroom with nothing in it.
    #[must_use]
    pub fn empty(kind: Kind) -> Self {
        Self::prepared(kind, "empty", |_| {})
    }

    /// A newsroom that `fill` filled. It does so once a run; `name` tells one content from another.
    #[must_use]
    pub fn prepared(kind: Kind, name: &str, fill: impl FnOnce(&Self)) -> Self {
        static TEMPLATES: LazyLock<Mutex<Templates>> = LazyLock::new(Mutex::default);
        let place = TEMPLATES
            .lock()
            .unwrap()
            .entry((kind, name.to_owned()))
            .or_default()
            .clone();
        let template = place.get_or_init(|| {
            let newsroom = Self::without_tables(kind);
            newsroom.run(&["migrate"]).expect_success();
            fill(&newsroom);
            newsroom.into_template(name)
        });
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        Self {
            kind,
            database: template.database.copy(&template.data, &data),
            folder,
        }
    }

    fn into_template(self, name: &str) -> Template {
        let data = database::template_folder().join(format!("{:?}-{name}", self.kind));
        database::copy_folder(&self.data(), &data);
        Template {
            database: self.database,
            data,
        }
    }

    /// The folder for what a test writes beside the newsroom.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The path of a file in the newsroom's data folder.
    #[must_use]
    pub fn data_file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// Writes a file beside the newsroom and answers its path.
    #[must_use]
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// A command of the program on this newsroom. Its settings are the defaults, whatever the tests' own environment has.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("NEWSROOM_") || name == "DATABASE_URL" || name == "RUST_LOG" {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NEWSROOM_DATA_DIR", self.data());
        if let Database::Postgres { url, .. } = &self.database {
            command.env("DATABASE_URL", url);
        }
        command
    }

    /// Runs a command of the program on this newsroom.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ended(self.command(arguments))
    }

    /// Serves the newsroom.
    pub async fn serve(&self) -> Server {
        self.serve_with(&[], &[]).await
    }

    /// Serves the newsroom with more arguments, and more settings in the environment.
    pub async fn serve_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Server {
        self.try_to_serve(arguments, settings)
            .await
            .unwrap_or_else(|(status, said)| panic!("the server ended with {status}:\n{said}"))
    }

    /// The same, where it may refuse.
    ///
    /// # Errors
    /// Where it ends before it is ready: with what, and what it said.
    pub async fn try_to_serve(
        &self,
        arguments: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<Server, (ExitStatus, String)> {
        Server::start(|address| {
            let mut command = self.command(&["serve", "--listen", address]);
            command.args(arguments).envs(settings.iter().copied());
            command
        })
        .await
    }

    /// Runs statements on its database, past the program.
    pub async fn execute(&self, sql: &str) {
        database::execute(&self.database, &self.data(), sql).await;
    }

    /// The first column, a text, of what a statement finds in its database, past the program.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        database::column(&self.database, &self.data(), sql).await
    }

    /// The one whole number that a statement finds in its database, past the program.
    pub async fn number(&self, sql: &str) -> i64 {
        let found = self.column(&format!("SELECT CAST(({sql}) AS TEXT)")).await;
        found[0].parse().unwrap()
    }

    /// How SQLite would run a statement: a line for each step.
    pub async fn sqlite_plan(&self, statement: &str) -> Vec<String> {
        database::sqlite_plan(&self.data(), statement).await
    }

    /// Where it is, as `mirror --into` takes it: its data folder, or the URL of its database.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.database {
            Database::Postgres { url, .. } => url.clone(),
            Database::Sqlite => self.data().display().to_string(),
        }
    }

    /// Takes its PostgreSQL database away from whoever uses it.
    pub fn take_database_away(&self) {
        database::close(self.postgres_name());
    }

    /// The name of its PostgreSQL database.
    #[must_use]
    pub fn postgres_name(&self) -> &str {
        match &self.database {
            Database::Postgres { name, .. } => name,
            Database::Sqlite => panic!("this newsroom is on SQLite"),
        }
    }

    /// Which database it is in.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// Runs a command to its end.
#[must_use]
pub fn ended(mut command: Command) -> Ran {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    ran(output)
}

/// Runs a command to its end, with that on its standard input.
#[must_use]
pub fn ended_with(mut command: Command, input: &str) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // Some read none of it, and may have ended before it is written.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    ran(process.wait_with_output().unwrap())
}

fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        status: output.status,
        output: text(output.stdout),
        said: text(output.stderr),
    }
}
