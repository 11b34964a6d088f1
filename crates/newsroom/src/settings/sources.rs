//! Where settings come from: a TOML file, the environment, and the flags of the command line.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::table::{Form, SETTINGS, Setting, by_key, by_variable};

/// What one source says, under the name by which the source is shown.
pub(super) struct Given {
    pub(super) source: String,
    pub(super) values: Dict,
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// The name of the environment as a source.
pub(super) const ENVIRONMENT: &str = "environment";
/// The name of the command line as a source.
pub(super) const FLAG: &str = "flag";
/// What the name of a file as a source begins with.
pub(super) const FILE: &str = "file ";

/// The settings that the command line gives, by their keys. Every setting of the table that has a flag is one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags(pub(crate) BTreeMap<&'static str, String>);

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let flags = SETTINGS.iter().filter_map(|setting| {
            let (name, value) = setting.flag?;
            let about = setting
                .about
                .split_inclusive(". ")
                .next()
                .unwrap_or(setting.about)
                .trim_end_matches(['.', ' ']);
            let help = format!("{} [env: {}]", about.replace('`', ""), setting.variable);
            let arg = Arg::new(setting.key)
                .long(name)
                .value_name(value)
                .help(help)
                .global(true);
            Some(
                arg.help_heading("Settings")
                    .hide_short_help(!matches!(setting.key, "data_dir" | "database_url" | "listen")),
            )
        });
        command.args(flags)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &'static Setting| Some((setting.key, matches.get_one::<String>(setting.key)?.clone()));
        Ok(Self(
            SETTINGS
                .iter()
                .filter(|setting| setting.flag.is_some())
                .filter_map(given)
                .collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

/// What the flags say.
pub(super) fn of_flags(flags: &Flags) -> Given {
    let mut values = Dict::new();
    for (key, text) in &flags.0 {
        if let Some(setting) = by_key(key) {
            put(&mut values, setting, text);
        }
    }
    Given {
        source: FLAG.to_owned(),
        values,
    }
}

/// What the environment says. An empty value says nothing.
///
/// # Errors
/// Where a name begins with `NEWSROOM_` and is none of ours.
pub(super) fn of_environment(environment: &[(String, String)]) -> Result<Given> {
    let mut values = Dict::new();
    for (name, text) in environment {
        match by_variable(name) {
            Some(setting) if !text.is_empty() => put(&mut values, setting, text),
            Some(_) => {}
            None if !name.starts_with("NEWSROOM_") || is_no_setting(name, text) => {}
            None => bail!(
                "{name} in the environment is none of the settings: {}",
                advice(name, SETTINGS.iter().map(|setting| setting.variable))
            ),
        }
    }
    Ok(Given {
        source: ENVIRONMENT.to_owned(),
        values,
    })
}

/// Names that are in the environment for other reasons: the file of settings, what tests go by, and what Kubernetes sets
/// in every container for a service whose name begins with `newsroom`
/// (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn is_no_setting(name: &str, value: &str) -> bool {
    let of_kubernetes = name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.contains("_PORT")
            && ["tcp://", "udp://", "sctp://"]
                .iter()
                .any(|scheme| value.starts_with(scheme)))
        || ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
            name.contains(&format!("{protocol}_")) && ["_ADDR", "_PORT", "_PROTO"].iter().any(|end| name.ends_with(end))
        });
    matches!(name, "NEWSROOM_CONFIG" | "NEWSROOM_BIN") || name.starts_with("NEWSROOM_TEST_") || of_kubernetes
}

/// What a TOML file says.
///
/// # Errors
/// Where it cannot be read, is no TOML, or has a key that is none of ours.
pub(super) fn of_file(path: &Path) -> Result<Given> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the settings in {shown}"))?;
    let values: Dict = Toml::from_str(text.trim_start_matches('\u{feff}'))
        .with_context(|| format!("the settings in {shown} are no TOML"))?;
    for (key, value) in &values {
        match value {
            Value::Dict(_, table) if is_table(key) => {
                for inner in table.keys() {
                    check_key(&format!("{key}.{inner}"), path)?;
                }
            }
            _ if is_table(key) => bail!("{key} in {shown} is a table: write [{key}] and a line for each"),
            _ => check_key(key, path)?,
        }
    }
    Ok(Given {
        source: format!("{FILE}{shown}"),
        values,
    })
}

/// Whether settings are below that key.
fn is_table(key: &str) -> bool {
    let above = |setting: &Setting| setting.key.split_once('.').map(|(table, _)| table);
    SETTINGS.iter().any(|setting| above(setting) == Some(key))
}

fn check_key(key: &str, path: &Path) -> Result<()> {
    if by_key(key).is_none() {
        let advice = advice(key, SETTINGS.iter().map(|setting| setting.key));
        bail!("{key} in {} is none of the settings: {advice}", path.display());
    }
    Ok(())
}

/// The mend for a name that is none.
fn advice(name: &str, names: impl Iterator<Item = &'static str>) -> String {
    // What all names have in common would make any two of them alike.
    fn comparable(name: &str) -> String {
        let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
        name.strip_prefix("newsroom_").unwrap_or(&name).to_owned()
    }
    let wanted = comparable(name);
    let nearest = names
        .map(|known| (strsim::jaro_winkler(&wanted, &comparable(known)), known))
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((likeness, known)) if likeness > 0.85 => format!("do you mean {known}?"),
        _ => "take it out; `newsroom config` lists those that there are".to_owned(),
    }
}

/// Puts a value that came as text where its key says.
fn put(values: &mut Dict, setting: &Setting, text: &str) {
    let value = match setting.form {
        Form::Text => Value::from(text),
        Form::Literal => match text.parse::<Value>() {
            Ok(value) => value,
            Err(never) => match never {},
        },
        Form::List => Value::from(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .collect::<Vec<_>>(),
        ),
    };
    match setting.key.split_once('.') {
        None => {
            values.insert(setting.key.to_owned(), value);
        }
        Some((table, key)) => {
            let table = values
                .entry(table.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, table) = table {
                table.insert(key.to_owned(), value);
            }
        }
    }
}
