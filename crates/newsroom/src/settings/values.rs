//! The kinds of values that settings have, each read by its one constructor.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderValue;
use ipnet::IpNet;
use newsroom_domain::Zone;
use newsroom_domain::account::PublishRule;
use newsroom_persistence::Database;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use url::Url;

/// Gives a type that is read from text the ways that serde and the settings ask for.
macro_rules! read_from_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

read_from_text!(
    Listen,
    DatabaseUrl,
    PublicUrl,
    TimeZone,
    LogFilter,
    TrustedProxy,
    CorsOrigin
);

/// Where the server listens: an address or a host name, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Listen(String);

impl Listen {
    /// `HOST:PORT`, as a socket takes it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `HOST:PORT` by which this machine reaches the server: where it listens on every address, its own one.
    pub(crate) fn as_reached_from_here(&self) -> String {
        match self.0.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_unspecified() => {
                let own = match address.ip() {
                    IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                    IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
                };
                SocketAddr::new(own, address.port()).to_string()
            }
            _ => self.0.clone(),
        }
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self("127.0.0.1:8080".to_owned())
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_host = |host: &str| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        };
        let well_formed = text.parse::<SocketAddr>().is_ok()
            || text
                .rsplit_once(':')
                .is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok());
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "“{text}” is no place to listen: give HOST:PORT, such as 127.0.0.1:8080"
            ))
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which database the newsroom is in. What is displayed has no password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct DatabaseUrl(Database);

impl DatabaseUrl {
    pub(crate) fn database(&self) -> Database {
        self.0.clone()
    }
}

impl From<Database> for DatabaseUrl {
    fn from(database: Database) -> Self {
        Self(database)
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Database::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Database::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

/// A URL whose password, which may stand before the host or among the parameters, is three asterisks.
pub(super) fn without_password(url: &str) -> String {
    const HIDDEN: &str = "***";
    let Ok(mut url) = Url::parse(url) else {
        return HIDDEN.to_owned();
    };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    if url.query().is_some() {
        let hidden = |key: &str, value: &str| {
            if key == "password" {
                HIDDEN.to_owned()
            } else {
                value.to_owned()
            }
        };
        let pairs: Vec<_> = url
            .query_pairs()
            .map(|(key, value)| (key.to_string(), hidden(&key, &value)))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string()
}

/// Where readers reach this API, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicUrl(Url);

impl PublicUrl {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = web_address(text).map_err(|why| {
            format!("“{text}” is no public address ({why}): give one such as https://newsroom.example.org")
        })?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!(
                "“{text}” has a query or a fragment: give the address that paths are added to"
            ));
        }
        Ok(Self(url))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins with neither https:// nor http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user or a password".to_owned());
    }
    Ok(url)
}

/// A proxy, or a network of proxies, whose word on a client's address is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TrustedProxy(pub(crate) IpNet);

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.parse::<IpAddr>().map(|address| address.to_canonical().into());
        address.or_else(|_| text.parse()).map(Self).map_err(|_| {
            format!("“{text}” is neither an address nor a network: give one such as 10.0.0.7 or 10.0.0.0/8")
        })
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An origin whose pages may read what is answered, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct CorsOrigin(String);

const ANY_ORIGIN: &str = "*";

impl CorsOrigin {
    /// The origin, as a browser names it; nothing where it stands for all.
    pub(crate) fn named(&self) -> Option<HeaderValue> {
        let named = Some(&self.0).filter(|origin| *origin != ANY_ORIGIN);
        named.and_then(|origin| HeaderValue::from_str(origin).ok())
    }
}

impl Default for CorsOrigin {
    fn default() -> Self {
        Self(ANY_ORIGIN.to_owned())
    }
}

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == ANY_ORIGIN {
            return Ok(Self::default());
        }
        let origin = web_address(text).map(|url| url.origin().ascii_serialization());
        match origin {
            // Browsers write it so, without a slash at its end.
            Ok(origin) if origin == text.trim_end_matches('/') && !origin.contains('*') => Ok(Self(origin)),
            _ => Err(format!(
                "“{text}” is no origin: give one such as https://www.example.org, without a path, or * for all"
            )),
        }
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The newsroom's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TimeZone(pub(crate) Zone);

impl FromStr for TimeZone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|fault: newsroom_domain::fault::Malformed| fault.message)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is logged, in `tracing_subscriber`'s language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct LogFilter(String);

impl LogFilter {
    /// The filter, to be used once.
    pub(crate) fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match EnvFilter::try_new(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(format!(
                "“{text}” is no log filter ({error}): give one such as info,newsroom=debug"
            )),
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// On which of a release's offices a publisher needs rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PublishRights {
    /// On all of them.
    #[default]
    AllOffices,
    /// On one of them.
    OneOffice,
}

impl From<PublishRights> for PublishRule {
    fn from(rights: PublishRights) -> Self {
        match rights {
            PublishRights::AllOffices => Self::EveryOffice,
            PublishRights::OneOffice => Self::OneOffice,
        }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people on a terminal, as JSON elsewhere.
    #[default]
    Auto,
    /// A JSON object a line.
    Json,
    /// For people.
    Pretty,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_listen_is_a_host_and_a_port() {
        for good in ["127.0.0.1:8080", "[::]:80", "0.0.0.0:0", "localhost:8080"] {
            assert_eq!(good.parse::<Listen>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "8080",
            ":8080",
            "127.0.0.1",
            "127.0.0.1:99999",
            "http://localhost:80",
            "a b:1",
        ] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_on_every_address_is_reached_on_its_own() {
        let reached = |text: &str| text.parse::<Listen>().unwrap().as_reached_from_here();
        assert_eq!(
            ["0.0.0.0:80", "[::]:81", "10.0.0.7:82"].map(reached),
            ["127.0.0.1:80", "[::1]:81", "10.0.0.7:82"]
        );
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let proxy = |text: &str| text.parse::<TrustedProxy>().map(|proxy| proxy.to_string());
        assert_eq!(proxy("10.0.0.7").as_deref(), Ok("10.0.0.7/32"));
        assert_eq!(proxy("2001:db8::/32").as_deref(), Ok("2001:db8::/32"));
        for bad in ["", "proxy.example", "10.0.0.0/33", "10.0.0.7:80"] {
            assert!(proxy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        let origin = |text: &str| text.parse::<CorsOrigin>().map(|origin| origin.to_string());
        assert_eq!(origin("https://a.example/").as_deref(), Ok("https://a.example"));
        assert_eq!(origin("http://a.example:8080").as_deref(), Ok("http://a.example:8080"));
        assert_eq!(origin("*").as_deref(), Ok("*"));
        for bad in ["", "a.example", "https://a.example/path", "https://*.example", "null"] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = |text: &str| text.parse::<DatabaseUrl>().unwrap().to_string();
        assert_eq!(
            shown("postgres://me:se%40cret@db:5433/newsroom"),
            "postgres://me:***@db:5433/newsroom"
        );
        assert_eq!(
            shown("postgres://me@db/newsroom?sslmode=require&password=secret"),
            "postgres://me@db/newsroom?sslmode=require&password=***"
        );
        assert_eq!(shown("sqlite:var/newsroom.sqlite"), "sqlite:var/newsroom.sqlite");
    }

    #[test]
    fn a_public_url_is_a_web_address_without_a_slash_at_its_end() {
        let public = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(public("https://a.example/").as_deref(), Ok("https://a.example"));
        assert_eq!(
            public("https://a.example/newsroom/").as_deref(),
            Ok("https://a.example/newsroom")
        );
        for bad in [
            "a.example",
            "https://",
            "https://a.example/?q=1",
            "https://me:pw@a.example/",
        ] {
            assert!(public(bad).is_err(), "{bad}");
        }
    }
}
