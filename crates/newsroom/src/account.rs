//! `newsroom account`: the accounts of the desk, as the operator keeps them.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use newsroom_domain::account::{self, Account, AccountChanges, Email, NewAccount, OfficeScope, OfficesAsked, Password};
use newsroom_domain::refusal::Denial;
use newsroom_persistence::{By, CommandError, Store};

use crate::settings::Settings;
use crate::{Outcome, print, store};

/// What `account` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an account. Its password is asked for at the terminal, or read from standard input: one line.
    Add {
        /// The email address that it signs in with.
        #[arg(long)]
        email: Email,
        /// What it is called; the email address where nothing is said.
        #[arg(long)]
        name: Option<String>,
        /// Its role.
        #[arg(long, value_enum)]
        role: Role,
        /// The slug of an office that it acts for; once for each. Without any, it acts for all.
        #[arg(long = "office", value_name = "SLUG")]
        offices: Vec<String>,
    },
    /// List the accounts: email address, role, offices, name.
    List,
    /// Suspend an account: its sessions end at once, and its API keys serve no more.
    Suspend {
        /// Its email address.
        email: Email,
    },
    /// Undo a suspension.
    Reinstate {
        /// Its email address.
        email: Email,
    },
    /// Give an account another password, read as `add` reads it. Its sessions end.
    SetPassword {
        /// Its email address.
        email: Email,
    },
    /// Take an account away from whoever has it by single sign-on. It stays as it is; to keep them out, suspend it.
    Unlink {
        /// Its email address.
        email: Email,
    },
}

/// The roles, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Author,
    Editor,
    Publisher,
    Administrator,
}

impl From<Role> for account::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Author => Self::Author,
            Role::Editor => Self::Editor,
            Role::Publisher => Self::Publisher,
            Role::Administrator => Self::Administrator,
        }
    }
}

/// Does what is asked of the accounts. The server may be running.
///
/// # Errors
/// Where the store cannot be used, or what is asked cannot be done.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let store = store::open(settings).await?;
    let suspend = |suspended| AccountChanges {
        suspended: Some(suspended),
        ..AccountChanges::default()
    };
    let done = match arguments.command {
        Command::Add {
            email,
            name,
            role,
            offices,
        } => add(&store, email, name, role.into(), offices).await,
        Command::List => list(&store).await,
        Command::Suspend { email } => change(&store, &email, suspend(true), "suspended").await,
        Command::Reinstate { email } => change(&store, &email, suspend(false), "reinstated").await,
        Command::SetPassword { email } => set_password(&store, &email).await,
        Command::Unlink { email } => unlink(&store, &email).await,
    };
    store.close().await?;
    done
}

async fn add(
    store: &Store,
    email: Email,
    name: Option<String>,
    role: account::Role,
    offices: Vec<String>,
) -> Result<Outcome> {
    let (password, hash) = new_password(&email)?;
    let asked = NewAccount {
        name: name.unwrap_or_else(|| email.to_string()),
        email: email.to_string(),
        role,
        offices: if offices.is_empty() {
            OfficesAsked::all()
        } else {
            OfficesAsked {
                offices: Some(offices),
                all_offices: None,
            }
        },
        password: Some(password),
    };
    let created = store.create_account(By::Operator, &asked, Some(hash), None).await;
    print(&created.map_err(failure)?.id.to_string())
}

async fn list(store: &Store) -> Result<Outcome> {
    let taxonomy = store.taxonomy().await?;
    let slugs = |account: &Account| match account.scope_in_force() {
        OfficeScope::All => "all offices".to_owned(),
        OfficeScope::Only(offices) if offices.is_empty() => "no office".to_owned(),
        OfficeScope::Only(offices) => {
            let all = taxonomy.offices().filter(|office| offices.contains(&office.id));
            all.map(|office| office.slug.to_string()).collect::<Vec<_>>().join(",")
        }
    };
    let mut text = String::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.accounts(after.as_deref(), 500).await?;
        for account in &page.items {
            let (email, role) = (&account.email, account.role.as_str());
            let suspended = if account.suspended_at.is_some() {
                "  suspended"
            } else {
                ""
            };
            let _infallible = writeln!(text, "{email}  {role}  {}  {}{suspended}", slugs(account), account.name);
        }
        match page.items.last() {
            Some(last) if page.has_next => after = Some(last.email.to_string()),
            _ => break,
        }
    }
    print(text.trim_end())
}

async fn set_password(store: &Store, email: &Email) -> Result<Outcome> {
    let (password, hash) = new_password(email)?;
    let asked = AccountChanges {
        password: Some(password),
        ..AccountChanges::default()
    };
    let account = find(store, email).await?;
    let changed = store
        .change_account(By::Operator, account.id, &asked, Some(hash), None)
        .await;
    changed.map_err(failure)?;
    print(&format!("{email} has another password"))
}

async fn unlink(store: &Store, email: &Email) -> Result<Outcome> {
    let account = find(store, email).await?;
    match store.unlink_account(By::Operator, account.id).await {
        Ok(_) => print(&format!("{email} is nobody's by single sign-on")),
        Err(CommandError::Denied(Denial::NotFound)) => bail!("{email} is nobody's by single sign-on as it is"),
        Err(error) => Err(failure(error)),
    }
}

async fn change(store: &Store, email: &Email, asked: AccountChanges, what: &str) -> Result<Outcome> {
    let account = find(store, email).await?;
    let changed = store.change_account(By::Operator, account.id, &asked, None, None).await;
    changed.map_err(failure)?;
    print(&format!("{email} is {what}"))
}

async fn find(store: &Store, email: &Email) -> Result<Account> {
    let found = store.account_by_email(email).await?;
    let found = found.ok_or_else(|| anyhow!("there is no account of {email}: `newsroom account list` lists them"))?;
    Ok(found.account)
}

/// Reads a password, and answers it with its hash.
fn new_password(email: &Email) -> Result<(String, String)> {
    let text = read_password()?;
    let password = Password::new(&text, email)?;
    let hash = newsroom_api::hash_password(&password)?;
    Ok((text, hash))
}

/// The password: typed twice at a terminal, where it is not shown; or else the one line of standard input.
fn read_password() -> Result<String> {
    /// More than any password has.
    const LONGEST: u64 = 8192;
    if io::stdin().is_terminal() {
        let once = rpassword::prompt_password("Password: ").context("cannot read the password")?;
        let twice = rpassword::prompt_password("The same again: ").context("cannot read the password")?;
        if once != twice {
            bail!("those were two passwords: try again");
        }
        return Ok(once);
    }
    let mut line = String::new();
    let mut input = io::stdin().lock().take(LONGEST);
    input
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input: give it there, in one line");
    }
    Ok(password.to_owned())
}

fn failure(error: CommandError) -> anyhow::Error {
    match error {
        CommandError::Denied(Denial::Refused(refusal)) => anyhow!("{refusal}"),
        CommandError::Denied(Denial::Forbidden(message)) => anyhow!(message),
        other => other.into(),
    }
}
