//! Mail: one mail at a time, handed to one mail server.

mod letter;

use std::time::Duration;

use anyhow::Result;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use newsroom_api::AccountUrl;
use newsroom_persistence::DueMail;
use tokio::time::timeout;
use url::Url;

use self::letter::Letterhead;
use crate::settings::{Secrecy, Settings};

/// How long one step of the talk with a mail server may take.
const STEP: Duration = Duration::from_secs(20);
/// How long all of it may take: well below the time for which a mail is its sender's alone.
const WHOLE: Duration = Duration::from_mins(1);

/// What a mail server says of who signs in rather than of the mail (RFC 4954, section 6): the operator mends that, and then
/// the mail goes through.
const OF_SIGNING_IN: [&str; 4] = ["530", "534", "535", "538"];

/// Sends mail.
#[derive(Debug, Clone)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    letterhead: Letterhead,
    account_url: Option<AccountUrl>,
}

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// In the mail server's words, where it said any. What it was sent may stand in it.
    pub(crate) said: String,
    /// Whether no other attempt would end otherwise.
    pub(crate) is_final: bool,
}

impl Mailer {
    /// The mailer of these settings; none, where no mail is sent.
    ///
    /// # Errors
    /// Where they lack a sender, or TLS cannot be had.
    pub(crate) fn new(settings: &Settings) -> Result<Option<Self>> {
        let Some((server, from)) = settings.smtp.both()? else {
            return Ok(None);
        };
        let host = server.host.as_str();
        let builder = match server.secrecy {
            Secrecy::Plain => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
            Secrecy::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host)?,
            Secrecy::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host)?,
        };
        let mut builder = builder.port(server.port).timeout(Some(STEP));
        if let Some((user, password)) = &server.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        // Without a name of its own a host greets by its address, as RFC 5321 has it (section 4.1.4).
        let public = settings.public_url.as_ref().and_then(|url| domain_of(url.url()));
        if let Some(domain) = public {
            builder = builder.hello_name(ClientId::Domain(domain));
        }
        Ok(Some(Self {
            transport: builder.build(),
            letterhead: Letterhead::new(from),
            account_url: settings.account_url.clone(),
        }))
    }

    /// Sends a mail with that token.
    ///
    /// # Errors
    /// Where the mail server does not take it.
    pub(crate) async fn send(&self, mail: &DueMail, token: &str) -> Result<(), Failure> {
        let page = self.account_url.as_ref().map(|page| page.fill(token));
        let message = self.letterhead.message(mail, token, page.as_deref());
        let message = message.map_err(|error| Failure {
            said: format!("no mail can be written to this account: {error}"),
            is_final: true,
        })?;
        match timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure {
                said: format!("the mail server took longer than {} seconds", WHOLE.as_secs()),
                is_final: false,
            }),
        }
    }
}

fn failure(error: &smtp::Error) -> Failure {
    let code = error.status().map(|code| code.to_string());
    let of_signing_in = code.is_some_and(|code| OF_SIGNING_IN.contains(&code.as_str()));
    Failure {
        said: error.to_string(),
        is_final: error.is_permanent() && !of_signing_in,
    }
}

fn domain_of(url: &Url) -> Option<String> {
    url.domain().map(str::to_owned)
}
