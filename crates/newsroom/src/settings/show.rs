//! Showing the settings: as they are now, and as the documentation lists them.

use std::fmt::Write as _;

use figment::value::Value;

use super::table::{Group, SETTINGS, Setting};
use super::{DatabaseUrl, Loaded, Settings, sources};

/// Every setting, its value and where that came from, a line each. Passwords are hidden.
pub(crate) fn listed(loaded: &Loaded) -> String {
    let rows: Vec<[String; 3]> = SETTINGS
        .iter()
        .map(|setting| {
            let source = match loaded.source(setting.key).as_str() {
                sources::ENVIRONMENT => format!("environment: {}", setting.variable),
                sources::FLAG => format!("flag: {}", setting.typed_flag().unwrap_or_default()),
                other => other.to_owned(),
            };
            [setting.key.to_owned(), value_of(loaded, setting), source]
        })
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let (keys, values) = (width(0), width(1));
    rows.iter().fold(String::new(), |mut text, [key, value, source]| {
        let _ = writeln!(text, "{key:keys$}  {value:values$}  {source}");
        text
    })
}

fn value_of(loaded: &Loaded, setting: &Setting) -> String {
    let settings = &loaded.settings;
    let derived = match setting.key {
        "database_url" => Some(DatabaseUrl::from(settings.database()).to_string()),
        "fallbacks" => Some(settings.fallbacks.to_string()).filter(|chains| !chains.is_empty()),
        "smtp.url" => settings.smtp.url.as_ref().map(ToString::to_string),
        "public_url" => settings.public_url_at(&settings.listen).ok().map(|url| url.to_string()),
        _ => None,
    };
    derived
        .or_else(|| written(&loaded.figment.find_value(setting.key).ok()?))
        .unwrap_or_else(|| "-".to_owned())
}

/// A plain value as text; nothing where there is none.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Array(_, items) if items.is_empty() => None,
        Value::Array(_, items) => Some(items.iter().filter_map(written).collect::<Vec<_>>().join(",")),
        Value::Bool(_, truth) => Some(truth.to_string()),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Empty(..) | Value::Dict(..) => None,
    }
}

/// The tables of docs/configuration.md.
pub(crate) fn markdown() -> String {
    let defaults = figment::Figment::from(figment::providers::Serialized::defaults(Settings::default()));
    let mut text = String::new();
    for (group, heading) in Group::ALL {
        let _ = writeln!(
            text,
            "### {heading}\n\n| key in the file | environment | flag | default | what it says |\n|---|---|---|---|---|"
        );
        for setting in SETTINGS.iter().filter(|setting| setting.group == group) {
            let flag = setting
                .typed_flag()
                .map_or_else(String::new, |flag| format!("`{flag}`"));
            let value = defaults.find_value(setting.key).ok().and_then(|value| written(&value));
            let default = match (setting.default_note, value) {
                (Some(note), _) => note.to_owned(),
                (None, Some(value)) => format!("`{value}`"),
                (None, None) => String::new(),
            };
            let _ = writeln!(
                text,
                "| `{}` | `{}` | {flag} | {default} | {} |",
                setting.key,
                setting.variable,
                setting.about.replace('|', "\\|")
            );
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
