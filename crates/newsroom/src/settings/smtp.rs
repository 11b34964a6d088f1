//! The settings by which mail is sent: through which server, and from whom.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::values::without_password;

/// How mail is sent; not at all, where no server is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Smtp {
    pub(crate) url: Option<SmtpUrl>,
    pub(crate) from: Option<Sender>,
}

impl Smtp {
    /// The server and the sender, where mail is sent.
    ///
    /// # Errors
    /// Where there is a server and no sender.
    pub(crate) fn both(&self) -> Result<Option<(&SmtpUrl, &Sender)>> {
        match (&self.url, &self.from) {
            (None, _) => Ok(None),
            (Some(url), Some(from)) => Ok(Some((url, from))),
            (Some(_), None) => {
                bail!(
                    "smtp.url is set and smtp.from is not: say from whom mail comes, with NEWSROOM_SMTP_FROM or in [smtp]"
                )
            }
        }
    }
}

/// How the connection to the mail server is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Not at all.
    Plain,
    /// By TLS, which the server has to offer (STARTTLS, RFC 3207).
    StartTls,
    /// By TLS from the start (RFC 8314).
    Tls,
}

/// The mail server. What is displayed has no password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct SmtpUrl {
    url: Url,
    /// The host, without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) secrecy: Secrecy,
    /// The user and the password.
    pub(crate) credentials: Option<(String, String)>,
}

// What stands in a URL of this kind may be a password: no message repeats it.
impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const MEND: &str = "give one such as smtps://USER:PASSWORD@mail.example.org";
        let refused = |why: &str| Err(format!("this is no address of a mail server ({why}): {MEND}"));
        let Ok(url) = Url::parse(text) else {
            return refused("it is no URL");
        };
        let (secrecy, port) = match url.scheme() {
            "smtp" => (Secrecy::Plain, 25),
            "starttls" => (Secrecy::StartTls, 587),
            "smtps" => (Secrecy::Tls, 465),
            _ => return refused("it begins with none of smtps://, starttls:// and smtp://"),
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return refused("it has no host");
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return refused("something stands behind the host and the port");
        }
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(Cow::into_owned);
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return refused("of user and password one is missing"),
            (user, Some(password)) => match (decoded(user), decoded(password)) {
                (Ok(user), Ok(password)) => Some((user, password)),
                _ => return refused("its user or password is no UTF-8"),
            },
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if secrecy == Secrecy::Plain && credentials.is_some() && !is_this_machine(&host) {
            return refused(
                "smtp:// would send the password as it is to another machine: take smtps:// or starttls://",
            );
        }
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            secrecy,
            credentials,
            url,
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(self.url.as_str()))
    }
}

/// From whom mail comes: an address, with what the newsroom is called in front, if it is called something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Sender(Mailbox);

impl Sender {
    /// The sender as it stands in a mail.
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// What the newsroom is called, if it is called something.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.name.as_deref().filter(|name| !name.trim().is_empty())
    }

    /// The domain of its address, in ASCII.
    pub(crate) fn domain(&self) -> String {
        let domain = self.0.email.domain();
        Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string())
    }
}

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("“{text}” is no sender: give one such as Newsroom <newsroom@example.org>");
        if text.chars().any(char::is_control) {
            return Err(
                "a sender has no control characters: give one such as Newsroom <newsroom@example.org>".to_owned(),
            );
        }
        text.parse().map(Self).map_err(|_| refused())
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

read_from_text!(SmtpUrl, Sender);

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> SmtpUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_mail_server_is_reached_as_its_scheme_says() {
        let tls = url("smtps://desk%40example.org:p%3Aw%40rd@mail.example.org");
        assert_eq!(
            (tls.host.as_str(), tls.port, tls.secrecy),
            ("mail.example.org", 465, Secrecy::Tls)
        );
        assert_eq!(
            tls.credentials,
            Some(("desk@example.org".to_owned(), "p:w@rd".to_owned()))
        );
        let start = url("starttls://mail.example.org:2587/");
        assert_eq!(
            (start.port, start.secrecy, start.credentials),
            (2587, Secrecy::StartTls, None)
        );
        let own = url("smtp://user:hush@[::1]:1025");
        assert_eq!((own.host.as_str(), own.port), ("::1", 1025));
    }

    #[test]
    fn the_password_is_neither_shown_nor_sent_as_it_is() {
        let shown = url("smtps://user:hush@mail.example.org:465").to_string();
        assert_eq!(shown, "smtps://user:***@mail.example.org:465");
        for text in [
            "smtp://user:hush@mail.example.org",
            "smtps://user:hush@",
            "http://user:hush@mail.example.org",
            "smtps://user:hush@mail.example.org/box",
            "smtps://user:hush@mail.example.org?tls=no",
            "smtps://:hush@mail.example.org",
            "smtps://hush@mail.example.org",
            "user:hush@mail.example.org",
            "smtps://user:%ff%fehush@mail.example.org",
        ] {
            let said = text.parse::<SmtpUrl>().unwrap_err();
            assert!(!said.contains("hush"), "{said}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_a_name_or_without() {
        let sender = |text: &str| text.parse::<Sender>();
        let named = sender("Newsroom of Élan <newsroom@example.org>").unwrap();
        assert_eq!(
            (named.name(), named.domain().as_str()),
            (Some("Newsroom of Élan"), "example.org")
        );
        let bare = sender("newsroom@bücher.example").unwrap();
        assert_eq!((bare.name(), bare.domain().as_str()), (None, "xn--bcher-kva.example"));
        for bad in [
            "",
            "newsroom",
            "Newsroom <newsroom>",
            "A <a@example.org>, B <b@example.org>",
            "A\r\nBcc: b@example.org <a@example.org>",
        ] {
            assert!(sender(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_needs_a_sender() {
        let mut smtp = Smtp::default();
        assert!(smtp.both().unwrap().is_none());
        smtp.url = Some(url("smtp://127.0.0.1:25"));
        assert!(
            smtp.both()
                .unwrap_err()
                .to_string()
                .starts_with("smtp.url is set and smtp.from is not")
        );
        smtp.from = Some("newsroom@example.org".parse().unwrap());
        assert!(smtp.both().unwrap().is_some());
    }
}
