//! The settings: from defaults, a TOML file, the environment and the command line, each over the one before.
//!
//! A setting that is wrong, and one that there is not, is refused by its name, with where it was given.

mod fallbacks;
mod oidc;
mod show;
mod smtp;
mod sources;
mod table;
mod values;

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context as _, Result, anyhow};
use axum::http::HeaderValue;
use figment::Figment;
use figment::error::{Actual, Kind};
use figment::providers::Serialized;
use newsroom_api::http::Limits;
use newsroom_api::{AccountUrl, AuthConfig, DEFAULT_ISSUER, KeyFile, LinkConfig, MailBell, SearchConfig, Synonyms};
use newsroom_domain::check::{CheckRules, Site};
use newsroom_domain::release_url::{OwnOrigin, ReleaseUrl};
use newsroom_domain::webhook::Reach;
use newsroom_domain::{Fallbacks, Locale};
use newsroom_persistence::{Database, DeskRules, StoreOptions};
use serde::{Deserialize, Serialize};

pub(crate) use fallbacks::FallbackChains;
pub(crate) use oidc::Oidc;
pub(crate) use show::{listed, markdown};
pub(crate) use smtp::{Secrecy, Sender, Smtp};
pub(crate) use sources::Flags;
pub(crate) use values::{
    CorsOrigin, DatabaseUrl, Listen, LogFilter, LogFormat, PublicUrl, PublishRights, TimeZone, TrustedProxy,
};

/// The file of settings that is read where none is named, if it is there.
const FILE_BY_DEFAULT: &str = "newsroom.toml";

/// All settings. `table.rs` says what each means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: Option<DatabaseUrl>,
    pub(crate) notify_database_url: Option<DatabaseUrl>,
    pub(crate) search_dir: Option<PathBuf>,
    pub(crate) time_zone: TimeZone,
    pub(crate) locales: Vec<Locale>,
    pub(crate) fallbacks: FallbackChains,
    pub(crate) publish_rights: PublishRights,
    pub(crate) listen: Listen,
    pub(crate) metrics_listen: Option<Listen>,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) release_url: Option<ReleaseUrl>,
    pub(crate) own_origins: Vec<OwnOrigin>,
    pub(crate) readers: NonZeroU32,
    pub(crate) max_connections: NonZeroUsize,
    pub(crate) max_streams_per_client: NonZeroUsize,
    pub(crate) header_timeout: NonZeroU64,
    pub(crate) body_timeout: NonZeroU64,
    pub(crate) shutdown_delay: u64,
    pub(crate) shutdown_grace: u64,
    pub(crate) signing_key_file: Option<PathBuf>,
    pub(crate) account_url: Option<AccountUrl>,
    pub(crate) trusted_proxies: Vec<TrustedProxy>,
    pub(crate) cors_origins: Vec<CorsOrigin>,
    pub(crate) introspection: bool,
    pub(crate) graphql_timeout: NonZeroU64,
    pub(crate) document_cache_bytes: u64,
    pub(crate) log: LogFilter,
    pub(crate) log_format: LogFormat,
    pub(crate) oidc: Oidc,
    pub(crate) checks: CheckRules,
    pub(crate) smtp: Smtp,
    pub(crate) webhook_allowed_networks: Vec<TrustedProxy>,
    pub(crate) webhook_allow_http: bool,
    pub(crate) limits: Limits,
}

const READERS: NonZeroU32 = NonZeroU32::new(8).unwrap();
const MAX_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(900).unwrap();
// An office behind one address has more than one page open.
const MAX_STREAMS: NonZeroUsize = NonZeroUsize::new(50).unwrap();
// Above the 60 seconds for which load balancers commonly keep idle connections: else they send requests into closed ones.
const HEADER_TIMEOUT: NonZeroU64 = NonZeroU64::new(65).unwrap();
const BODY_TIMEOUT: NonZeroU64 = NonZeroU64::new(30).unwrap();
const GRAPHQL_TIMEOUT: NonZeroU64 = NonZeroU64::new(30).unwrap();

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("var"),
            database_url: None,
            notify_database_url: None,
            search_dir: None,
            time_zone: TimeZone::default(),
            locales: Vec::new(),
            fallbacks: FallbackChains::default(),
            publish_rights: PublishRights::default(),
            listen: Listen::default(),
            metrics_listen: None,
            public_url: None,
            release_url: None,
            own_origins: Vec::new(),
            readers: READERS,
            max_connections: MAX_CONNECTIONS,
            max_streams_per_client: MAX_STREAMS,
            header_timeout: HEADER_TIMEOUT,
            body_timeout: BODY_TIMEOUT,
            shutdown_delay: 0,
            shutdown_grace: 25,
            signing_key_file: None,
            account_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: vec![CorsOrigin::default()],
            introspection: true,
            graphql_timeout: GRAPHQL_TIMEOUT,
            document_cache_bytes: 16 * 1024 * 1024,
            log: LogFilter::default(),
            log_format: LogFormat::default(),
            oidc: Oidc::default(),
            checks: CheckRules::default(),
            smtp: Smtp::default(),
            webhook_allowed_networks: Vec::new(),
            webhook_allow_http: false,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// The database: the one that is set, or the file in the data folder.
    pub(crate) fn database(&self) -> Database {
        match &self.database_url {
            Some(url) => url.database(),
            None => Database::Sqlite(self.data_dir.join("newsroom.sqlite")),
        }
    }

    /// The database as new changes are heard of: past a pooler, where there is one.
    pub(crate) fn notify_database(&self) -> Database {
        let past = self.notify_database_url.as_ref().map(DatabaseUrl::database);
        past.unwrap_or_else(|| self.database())
    }

    /// How the store is opened.
    pub(crate) fn store_options(&self) -> StoreOptions {
        StoreOptions {
            database: self.database(),
            readers: self.readers.get(),
            time_zone: self.time_zone.0,
            desk: DeskRules {
                locales: self.locales.clone(),
                publish: self.publish_rights.into(),
                checks: self.checks,
                site: Site {
                    release_url: self.release_url.clone(),
                    own_origins: self.own_origins.clone(),
                },
            },
        }
    }

    /// Where the search index is, and what readers call by several names: `synonyms.txt` in the data folder, if it is there.
    ///
    /// # Errors
    /// Where that file cannot be read.
    pub(crate) fn search_config(&self) -> Result<SearchConfig> {
        let path = self.data_dir.join("synonyms.txt");
        let synonyms = match fs::read_to_string(&path) {
            Ok(text) => text.parse().map_err(anyhow::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Synonyms::default()),
            Err(error) => Err(error.into()),
        };
        Ok(SearchConfig {
            folder: self.search_dir.clone().unwrap_or_else(|| self.data_dir.join("search")),
            synonyms: synonyms.with_context(|| format!("cannot read the synonyms in {}", path.display()))?,
        })
    }

    /// What readers are given where there is nothing in the locale that they ask for.
    ///
    /// # Errors
    /// Where that is a locale which the newsroom does not offer.
    pub(crate) fn fallbacks(&self) -> Result<Fallbacks> {
        self.fallbacks.of(&self.locales)
    }

    /// Where readers reach this API, when it listens there: without the setting, by the address.
    pub(crate) fn public_url_at(&self, listen: &Listen) -> Result<PublicUrl> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None => format!("http://{}", listen.as_reached_from_here())
                .parse()
                .map_err(|why: String| anyhow!(why)),
        }
    }

    /// Where the key is that signs access tokens: where it was said, or in the data folder.
    pub(crate) fn key_file(&self) -> KeyFile {
        match &self.signing_key_file {
            Some(path) => KeyFile::Given(path.clone()),
            None => KeyFile::Own(self.data_dir.join("signing-key.pem")),
        }
    }

    /// How callers are told from one another, where mail is sent by those who hear that bell.
    ///
    /// # Errors
    /// Where single sign-on lacks a setting that it needs.
    pub(crate) fn auth_config(&self, mail: Option<MailBell>) -> Result<AuthConfig> {
        Ok(AuthConfig {
            key_file: self.key_file(),
            issuer: match &self.public_url {
                Some(url) => url.to_string(),
                None => DEFAULT_ISSUER.to_owned(),
            },
            trusted_proxies: self.trusted_proxies.iter().map(|proxy| proxy.0).collect(),
            sign_on: self.oidc.config()?,
            links: LinkConfig {
                account_url: self.account_url.clone(),
                mail,
            },
        })
    }

    /// The origins whose pages may read what is answered; any, where nothing is answered here.
    pub(crate) fn cors_origins(&self) -> Option<Vec<HeaderValue>> {
        self.cors_origins.iter().map(CorsOrigin::named).collect()
    }

    /// Where webhooks may go.
    pub(crate) fn reach(&self) -> Reach {
        Reach {
            allowed_networks: self.webhook_allowed_networks.iter().map(|network| network.0).collect(),
            allows_http: self.webhook_allow_http,
        }
    }

    /// How long requests in flight have to finish.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace)
    }
}

/// What the settings are read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// The TOML file that was named, if any.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) environment: Vec<(String, String)>,
    /// The command line.
    pub(crate) flags: Flags,
}

impl Inputs {
    /// The process's own environment, and what its command line says.
    ///
    /// # Errors
    /// Where a variable of ours is no Unicode.
    pub(crate) fn of_process(file: Option<PathBuf>, flags: Flags) -> Result<Self> {
        let mut environment = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => environment.push((name, value)),
                Err(_) if name.starts_with("NEWSROOM_") || table::by_variable(&name).is_some() => {
                    return Err(anyhow!("{name} in the environment is not Unicode: give it in UTF-8"));
                }
                Err(_) => {}
            }
        }
        let named = environment
            .iter()
            .find(|(name, value)| name == "NEWSROOM_CONFIG" && !value.is_empty());
        let found = Some(PathBuf::from(FILE_BY_DEFAULT)).filter(|path| path.is_file());
        let file = file.or_else(|| named.map(|(_, value)| value.into())).or(found);
        Ok(Self {
            file,
            environment,
            flags,
        })
    }
}

/// The settings, and where each came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    figment: Figment,
}

impl Loaded {
    /// Reads the settings.
    ///
    /// # Errors
    /// Names the first one that is wrong or unknown, where it was given, and the mend.
    pub(crate) fn read(inputs: &Inputs) -> Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Settings::default()));
        if let Some(path) = &inputs.file {
            figment = figment.merge(sources::of_file(path)?);
        }
        figment = figment
            .merge(sources::of_environment(&inputs.environment)?)
            .merge(sources::of_flags(&inputs.flags));
        match figment.extract() {
            Ok(settings) => Ok(Self { settings, figment }),
            Err(error) => Err(refusal(&figment, &error)),
        }
    }

    /// Where the value of a setting came from: `default`, `file PATH`, `environment` or `flag`.
    fn source(&self, key: &str) -> String {
        source_of(&self.figment, key)
    }

    /// Whether nobody set it.
    pub(crate) fn is_default(&self, key: &str) -> bool {
        self.source(key) == DEFAULT
    }
}

const DEFAULT: &str = "default";

fn source_of(figment: &Figment, key: &str) -> String {
    let given = |name: &str| name == sources::ENVIRONMENT || name == sources::FLAG || name.starts_with(sources::FILE);
    let name = figment
        .find_metadata(key)
        .map(|metadata| metadata.name.as_ref())
        .filter(|name| given(name));
    name.unwrap_or(DEFAULT).to_owned()
}

fn refusal(figment: &Figment, error: &figment::Error) -> anyhow::Error {
    let path = error.path.join(".");
    let Some(setting) = table::SETTINGS
        .iter()
        .find(|setting| path == setting.key || path.starts_with(&format!("{}.", setting.key)))
    else {
        return anyhow!("the settings cannot be read: {error}");
    };
    let source = source_of(figment, setting.key);
    let place = match source.as_str() {
        sources::ENVIRONMENT => format!("{} in the environment", setting.variable),
        sources::FLAG => format!("the flag {}", setting.typed_flag().unwrap_or_default()),
        _ => format!("{path} in {}", source.trim_start_matches(sources::FILE)),
    };
    let said = match &error.kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("it is {}: give {}", unquoted(found), in_words(expected))
        }
        Kind::UnknownVariant(found, known) => format!("it is “{found}”: give one of {}", known.join(", ")),
        other => other.to_string(),
    };
    anyhow!("{place} is wrong: {said}")
}

/// What was found, with the quotes that people use.
fn unquoted(found: &Actual) -> String {
    match found {
        Actual::Str(text) => format!("“{text}”"),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Bool(truth) => truth.to_string(),
        other => other.to_string(),
    }
}

/// What serde expected, in words that are not Rust's.
fn in_words(expected: &str) -> String {
    match expected {
        "u32" | "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more".to_owned(),
        "a boolean" => "true or false".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests;
