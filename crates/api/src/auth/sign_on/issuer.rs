//! An issuer, as its tokens name it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The address of an issuer (OpenID Connect Core 1.0, section 2), kept letter for letter: tokens are compared with it.
///
/// It is `https`, or `http` on this machine, without query and fragment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IssuerUrl {
    text: String,
    is_here: bool,
}

/// Why a text is no issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{text}” is no issuer: {fault}; give its address as its tokens have it in `iss`, such as https://login.example.org"
)]
pub struct MalformedIssuerUrl {
    text: String,
    fault: &'static str,
}

impl IssuerUrl {
    /// The issuer, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is on this machine.
    pub(super) fn is_here(&self) -> bool {
        self.is_here
    }

    /// Where it says what there is of it (OpenID Connect Discovery 1.0, section 4).
    pub(super) fn discovery(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.text.trim_end_matches('/'))
    }

    /// Whether keys may be fetched from an address that the issuer names: over TLS, or from this machine where it is here
    /// itself.
    pub(super) fn may_keep_keys_at(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.is_here && is_loopback(url),
            _ => false,
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl FromStr for IssuerUrl {
    type Err = MalformedIssuerUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |fault| {
            Err(MalformedIssuerUrl {
                text: text.to_owned(),
                fault,
            })
        };
        let Ok(url) = Url::parse(text) else {
            return refused("it is no address");
        };
        let is_here = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            "http" => return refused("it is not https, so that anybody on the way could put keys of their own in"),
            _ => return refused("it is not https"),
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("it has a query or a fragment");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("it has a user or a password");
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refused("it has spaces");
        }
        Ok(Self {
            text: text.to_owned(),
            is_here,
        })
    }
}

impl TryFrom<String> for IssuerUrl {
    type Error = MalformedIssuerUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IssuerUrl> for String {
    fn from(issuer: IssuerUrl) -> Self {
        issuer.text
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for good in [
            "https://login.example.org",
            "https://login.example.org/",
            "https://login.example.org/realms/press",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://localhost/a",
        ] {
            assert_eq!(good.parse::<IssuerUrl>().map(String::from).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "login.example.org",
            "http://login.example.org",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://10.0.0.7",
            "ftp://127.0.0.1",
            "https://login.example.org?a=b",
            "https://login.example.org#a",
            "https://me:pw@login.example.org",
            " https://login.example.org",
        ] {
            assert!(bad.parse::<IssuerUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn it_is_asked_below_its_own_address() {
        for text in ["https://a.example/b", "https://a.example/b/"] {
            let issuer: IssuerUrl = text.parse().unwrap();
            assert_eq!(
                issuer.discovery(),
                "https://a.example/b/.well-known/openid-configuration"
            );
        }
    }

    #[test]
    fn keys_come_over_tls_or_from_an_issuer_on_this_machine() {
        let may = |issuer: &str, url: &str| {
            let issuer: IssuerUrl = issuer.parse().unwrap();
            issuer.may_keep_keys_at(&url.parse().unwrap())
        };
        assert!(may("https://a.example", "https://keys.example/jwks"));
        assert!(may("http://127.0.0.1:1", "http://127.0.0.1:2/jwks"));
        assert!(!may("https://a.example", "http://127.0.0.1:2/jwks"));
        assert!(!may("https://a.example", "http://a.example/jwks"));
        assert!(!may("http://127.0.0.1:1", "http://a.example/jwks"));
        assert!(!may("http://127.0.0.1:1", "file:///etc/passwd"));
    }
}
