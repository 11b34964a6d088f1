//! Newsroom: a headless content API for the newsroom of an international organisation.
//!
//! This room is the one binary: the command line, the settings, and the wiring of the other rooms.

mod account;
mod bench;
mod export;
mod health;
mod import;
mod keys;
mod logging;
mod mail;
mod mirror;
mod pages;
mod progress;
mod reindex;
mod retry_after;
mod serve;
mod settings;
mod store;
mod verify;
mod webhooks;
mod workers;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::{Parser, Subcommand};

use crate::settings::{Flags, Inputs, Loaded};

/// A headless content API for a newsroom: releases by office, theme, type and date, over GraphQL.
#[derive(Debug, Parser)]
#[command(name = "newsroom", version, max_term_width = 100)]
struct CommandLine {
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Settings",
        help = "The TOML file of settings; without, newsroom.toml in this folder, if it is there [env: NEWSROOM_CONFIG]"
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the newsroom.
    Serve {
        /// Import the seed newsroom that is built in, before serving.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database's schema up to this program's.
    Migrate,
    /// Import releases: JSON Lines, or the text of listing pages.
    Import(import::Arguments),
    /// Export releases as JSON Lines, which `import` takes back.
    Export(export::Arguments),
    /// Hold a copy of what another newsroom's readers have, and keep it up.
    Mirror(mirror::Arguments),
    /// Make and change the accounts of the desk.
    Account(account::Arguments),
    /// See, renew and retire the keys that sign access tokens.
    Keys(keys::Arguments),
    /// Check that the audit trail and the change log are as they were written, and that counts agree: exits with 3 where not.
    Verify(verify::Arguments),
    /// Build the search index anew; where a server has it, have that do it.
    Reindex,
    /// Measure how fast readers are answered: asks this newsroom, which it serves itself, and changes nothing.
    Bench(bench::Arguments),
    /// Print the GraphQL schema.
    Schema,
    /// Print the OpenAPI document of the JSON API.
    Openapi,
    /// Print every setting, its value and where that came from.
    Config {
        /// Print the tables of docs/configuration.md instead.
        #[arg(long)]
        markdown: bool,
    },
    /// Print a page of the documentation that is made from the code.
    Docs {
        /// Which page.
        page: pages::Page,
    },
    /// Ask a running server whether it is ready: exits with 0 if so, else with 1.
    Health(health::Arguments),
}

/// How a command ended, where it could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Good,
    /// Some of it was bad; the rest was done.
    SomeBad,
    /// What is kept is not as it was written.
    Broken,
}

/// The stack of each thread, in bytes. A query goes down through as many calls as it is deep, and each is large where nothing is
/// optimised: with the usual 2 MiB a deep one of the desk ends the process. What is not used costs nothing.
const STACK: usize = 16 * 1024 * 1024;

/// The exit code of a command that could not run, as clap has it for one that cannot be read.
const COULD_NOT_RUN: u8 = 2;
/// That of a command which has found what is kept changed behind the program's back.
const BROKEN: u8 = 3;

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Good => Self::SUCCESS,
            Outcome::SomeBad => Self::FAILURE,
            Outcome::Broken => Self::from(BROKEN),
        }
    }
}

fn main() -> ExitCode {
    let CommandLine { config, flags, command } = CommandLine::parse();
    let asks_for_health = matches!(command, Command::Health(_));
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .context("cannot start")
        .and_then(|runtime| runtime.block_on(run(command, config, flags)));
    match ran {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let line = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(io::stderr(), "newsroom: {line}");
            // Docker knows 0 and 1 of a health check.
            ExitCode::from(if asks_for_health { 1 } else { COULD_NOT_RUN })
        }
    }
}

async fn run(command: Command, config: Option<PathBuf>, flags: Flags) -> Result<Outcome> {
    // What needs no setting is not held up by a wrong one.
    match command {
        Command::Schema => return print(newsroom_api::schema_sdl().trim_end()),
        Command::Openapi => return print(&newsroom_api::openapi_json().map_err(|why| anyhow!(why))?),
        Command::Docs { page } => return print(page.text().trim_end()),
        Command::Config { markdown: true } => return print(settings::markdown().trim_end()),
        _ => {}
    }
    let loaded = Loaded::read(&Inputs::of_process(config, flags)?)?;
    logging::start(&loaded, matches!(command, Command::Serve { .. } | Command::Mirror(_)));
    let settings = &loaded.settings;
    match command {
        Command::Serve { demo } => serve::run(settings, demo).await,
        Command::Migrate => print(&store::migrate(settings).await?.to_string()),
        Command::Import(arguments) => import::run(settings, arguments).await,
        Command::Export(arguments) => export::run(settings, arguments).await,
        Command::Mirror(arguments) => Box::pin(mirror::run(settings, arguments)).await,
        Command::Account(arguments) => account::run(settings, arguments).await,
        Command::Keys(arguments) => keys::run(settings, arguments).await,
        Command::Verify(arguments) => verify::run(settings, arguments).await,
        Command::Reindex => reindex::run(settings).await,
        Command::Bench(arguments) => bench::run(&loaded, arguments).await,
        Command::Config { .. } | Command::Schema | Command::Openapi | Command::Docs { .. } => {
            print(settings::listed(&loaded).trim_end())
        }
        Command::Health(arguments) => health::run(settings, &arguments).await,
    }
}

/// Prints on standard output. A reader that has gone away is no failure.
fn print(text: &str) -> Result<Outcome> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(Outcome::Good),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_setting_may_be_given_before_the_command_or_after_it() {
        for line in [
            ["newsroom", "--listen", "a:1", "serve"],
            ["newsroom", "serve", "--listen", "a:1"],
        ] {
            let CommandLine { flags, .. } = CommandLine::try_parse_from(line).unwrap();
            assert_eq!(flags.0, [("listen", "a:1".to_owned())].into());
        }
    }

    #[test]
    fn what_cannot_be_read_ends_like_what_cannot_run() {
        let error = CommandLine::try_parse_from(["newsroom", "sreve"]).unwrap_err();
        assert_eq!(error.exit_code(), i32::from(COULD_NOT_RUN));
    }
}
