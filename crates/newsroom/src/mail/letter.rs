//! What mails say: plain text, in English.

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use newsroom_domain::Instant;
use newsroom_domain::account::LinkKind;
use newsroom_persistence::DueMail;

use crate::settings::Sender;

/// From whom mails come.
#[derive(Debug, Clone)]
pub(super) struct Letterhead {
    from: Mailbox,
    /// What the newsroom is called in a sentence.
    newsroom: String,
    /// What stands behind the `@` of the mails' identities.
    domain: String,
}

impl Letterhead {
    pub(super) fn new(from: &Sender) -> Self {
        Self {
            from: from.mailbox().clone(),
            newsroom: from.name().unwrap_or("the newsroom").to_owned(),
            domain: from.domain(),
        }
    }

    /// A mail with a link: to its page, or where there is none the token alone.
    ///
    /// Each attempt has the same `Message-ID`, so that one that arrives twice can be told for one.
    ///
    /// # Errors
    /// Where the account's address is none that mail goes to, and why.
    pub(super) fn message(&self, mail: &DueMail, token: &str, page: Option<&str>) -> Result<Message, String> {
        let to = mail.account.email.as_str().parse();
        let to = to.map_err(|error: lettre::address::AddressError| error.to_string())?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(self.subject(mail.link.kind))
            .message_id(Some(format!("<{}@{}>", mail.link.id, self.domain)))
            .date_now()
            .singlepart(SinglePart::plain(self.text(mail, token, page)))
            .map_err(|error| error.to_string())?;
        // So that no absence note comes back (RFC 3834, section 5).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let value = HeaderValue::new(automatic, "auto-generated".to_owned());
        message.headers_mut().insert_raw(value);
        Ok(message)
    }

    fn subject(&self, kind: LinkKind) -> String {
        let newsroom = &self.newsroom;
        match kind {
            LinkKind::Invitation => format!("Your invitation to {newsroom}"),
            LinkKind::Reset | LinkKind::RequestedReset => format!("A new password for {newsroom}"),
        }
    }

    fn text(&self, mail: &DueMail, token: &str, page: Option<&str>) -> String {
        let (newsroom, name, email) = (&self.newsroom, &mail.account.name, &mail.account.email);
        let why = match mail.link.kind {
            LinkKind::Invitation => format!("You have been invited to {newsroom}, where you sign in as {email}."),
            LinkKind::Reset => format!(
                "An administrator of {newsroom} has given you this to set a new password, with which you sign in as {email}."
            ),
            LinkKind::RequestedReset => {
                format!("Somebody has asked to set a new password for {email} at {newsroom}; you, we hope.")
            }
        };
        let how = match page {
            Some(page) => format!("Set your password on this page:\n\n{page}"),
            None => format!("Set your password where you sign in, with this token:\n\n{token}"),
        };
        let otherwise = match mail.link.kind {
            LinkKind::Invitation => "If you expected no invitation, there is nothing that you have to do.",
            LinkKind::Reset | LinkKind::RequestedReset => {
                "If you want no new password, there is nothing that you have to do: the old one stays as it is."
            }
        };
        let until = until(mail.link.expires_at);
        format!(
            "Hello {name},\n\n{why}\n\n{how}\n\nIt serves once, until {until}. Give it to nobody else.\n\n{otherwise}\n"
        )
    }
}

/// An instant as people read it, to the minute.
fn until(at: Instant) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take("2026-12-02T10:00".len()).collect();
    format!("{} UTC", minute.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use newsroom_domain::account::{Account, AccountLink, OfficeScope, Role};
    use newsroom_domain::text::Name;

    use super::*;

    fn due(kind: LinkKind, name: &str, email: &str) -> DueMail {
        let at = |text: &str| text.parse().unwrap();
        DueMail {
            account: Account {
                id: "0192f3a4-7b5c-7def-8123-456789abcdef".parse().unwrap(),
                email: email.parse().unwrap(),
                name: Name::new(name).unwrap(),
                role: Role::Editor,
                scope: OfficeScope::All,
                created_at: at("2026-01-01T00:00:00Z"),
                suspended_at: None,
                version: 1,
                has_password: kind != LinkKind::Invitation,
            },
            link: AccountLink {
                id: "0192f3a4-7b5c-7def-8123-000000000001".parse().unwrap(),
                account: "0192f3a4-7b5c-7def-8123-456789abcdef".parse().unwrap(),
                kind,
                created_by: None,
                created_at: at("2026-11-25T10:00:00Z"),
                expires_at: at("2026-12-02T10:00:00.123456Z"),
                ended_at: None,
                mail: None,
            },
            attempt: 1,
        }
    }

    fn written(from: &str, mail: &DueMail, page: Option<&str>) -> String {
        let letterhead = Letterhead::new(&from.parse().unwrap());
        let message = letterhead.message(mail, "nrl_token", page).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("Date: "));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_invitation_says_where_to_set_a_password_and_until_when() {
        let mail = due(LinkKind::Invitation, "Anna", "anna@example.org");
        let page = "https://desk.example/password#nrl_token";
        insta::assert_snapshot!(written("Newsroom <newsroom@example.org>", &mail, Some(page)));
    }

    #[test]
    fn a_reset_says_who_asked_for_it_and_has_the_token_where_there_is_no_page() {
        let of = |kind| {
            let mail = due(kind, "Anna", "anna@example.org");
            written("newsroom@example.org", &mail, None)
        };
        insta::assert_snapshot!([of(LinkKind::Reset), of(LinkKind::RequestedReset)].join("\n---\n"));
    }

    #[test]
    fn a_name_of_any_letters_stays_in_the_text_and_makes_no_header() {
        let mail = due(
            LinkKind::Invitation,
            "Анна «Bcc: b@example.org»\u{2028}",
            "anna@example.org",
        );
        let text = written("\"Élan, press\" <newsroom@example.org>", &mail, None);
        let (headers, _) = text.split_once("\n\n").unwrap();
        let names: Vec<_> = headers
            .lines()
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "Message-ID",
                "MIME-Version",
                "Auto-Submitted",
                "Content-Type",
                "Content-Transfer-Encoding"
            ]
        );
        assert!(headers.is_ascii(), "{headers}");
    }
}
