//! `newsroom keys`: the keys that sign access tokens.

use std::fmt::Write as _;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use newsroom_api::KeyFileError;
use newsroom_domain::refusal::Denial;
use newsroom_persistence::{CommandError, Store};

use crate::settings::Settings;
use crate::{Outcome, print, store};

/// What `keys` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the keys of all hosts: name, since when, and whether one is retired.
    List,
    /// Renew this host's key: a running server signs by the new one from its next token on, and takes tokens by the old one
    /// until they have run out.
    Rotate,
    /// Retire a key: whoever has it signs no more by it, and tokens by it run out within a quarter of an hour.
    Retire {
        /// Its name, as `keys list` has it. It may begin with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

/// Does what is asked of the keys. The server may be running.
///
/// # Errors
/// Where the store or the file cannot be used, or there is no such key.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let store = store::open(settings).await?;
    let done = match arguments.command {
        Command::List => list(settings, &store).await,
        Command::Rotate => rotate(settings, &store).await,
        Command::Retire { kid } => retire(&store, &kid).await,
    };
    store.close().await?;
    done
}

async fn list(settings: &Settings, store: &Store) -> Result<Outcome> {
    let file = settings.key_file();
    let own = if file.path().exists() { Some(file.open()?) } else { None };
    let mut text = String::new();
    for key in store.signing_keys().await? {
        let retired = key
            .retired_at
            .map_or_else(|| "signs".to_owned(), |at| format!("retired {at}"));
        let is_own = own.as_ref().is_some_and(|own| own.kid() == key.kid);
        let here = if is_own { "  this host's" } else { "" };
        let _infallible = writeln!(text, "{}  {}  {retired}{here}", key.kid, key.created_at);
    }
    if text.is_empty() {
        return print("no key yet: `newsroom serve` makes one");
    }
    print(text.trim_end())
}

async fn rotate(settings: &Settings, store: &Store) -> Result<Outcome> {
    let file = settings.key_file();
    let before = file.open()?;
    let after = match file.renew() {
        Ok(after) => after,
        Err(KeyFileError::Retired(path)) => bail!(
            "the key in {} is yours to renew: put a new one there, then `newsroom keys retire {}`",
            path.display(),
            before.kid()
        ),
        Err(error) => return Err(error.into()),
    };
    let rotated = store
        .rotate_signing_key(Some(before.kid()), (after.kid(), after.public_key()))
        .await;
    rotated.map_err(|error| failure(error, before.kid()))?;
    print(after.kid())
}

async fn retire(store: &Store, kid: &str) -> Result<Outcome> {
    let retired = store.retire_signing_key(kid).await;
    retired.map_err(|error| failure(error, kid))?;
    print(&format!("{kid} is retired"))
}

fn failure(error: CommandError, kid: &str) -> anyhow::Error {
    match error {
        CommandError::Denied(Denial::NotFound) => {
            anyhow!("no key that signs is called {kid}: `newsroom keys list` lists them")
        }
        other => other.into(),
    }
}
