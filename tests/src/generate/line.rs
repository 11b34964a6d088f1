//! Releases as lines of the exchange format.

use serde_json::{Map, Value, json};

use super::instants::written;
use super::{Body, Release, SECRET, State, Text, TextState};

impl Release {
    /// The caller's own key for it.
    #[must_use]
    pub fn source_id(&self) -> String {
        format!("generated-{}", self.number)
    }

    /// The release as a line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = json!({
            "sourceId": self.source_id(),
            "state": match self.state {
                State::Draft => "draft",
                State::Live => "live",
                State::Withdrawn => "withdrawn",
                State::Removed => "removed",
            },
            "slug": self.slug,
            "publishedAt": self.written_instant(),
            "type": self.content_type,
            "offices": self.offices,
            "themes": self.themes,
            "originalLocale": self.original_locale,
            "translations": self.texts.iter().map(|(locale, text)| ((*locale).to_owned(), self.text_line(locale, text))).collect::<Map<_, _>>(),
        });
        let mut put = |key: &str, value: Value| line[key] = value;
        if !self.redirects.is_empty() {
            put("redirects", json!(self.redirects));
        }
        if !self.attachments.is_empty() {
            let attachments = self.attachments.iter().map(|attachment| {
                let mut entry =
                    json!({"url": attachment.url, "title": attachment.title, "mediaType": "application/pdf"});
                if let Some(length) = attachment.length {
                    entry["length"] = json!(length);
                }
                entry
            });
            put("attachments", attachments.collect());
        }
        match self.state {
            State::Withdrawn => put(
                "withdrawal",
                json!({"at": "2025-01-02T03:04:05Z", "notice": {"en": self.notice()}}),
            ),
            State::Removed => put(
                "removal",
                json!({"at": "2025-02-03T04:05:06Z", "reason": self.removal_reason()}),
            ),
            State::Draft | State::Live => {}
        }
        line.to_string()
    }

    /// What readers of a withdrawn release are told.
    #[must_use]
    pub fn notice(&self) -> String {
        format!("Withdrawn: see number {}.", self.number + 1)
    }

    /// What is said at the address of a removed release.
    #[must_use]
    pub fn removal_reason(&self) -> String {
        format!("Removed at the request of number {}.", self.number)
    }

    fn text_line(&self, locale: &str, text: &Text) -> Value {
        let mut line = json!({"title": text.title, "lead": text.lead, "body": text.body.as_ref().map(body_line)});
        let is_original = locale == self.original_locale;
        if self.state == State::Draft {
            return line;
        }
        let mut put = |key: &str, value: Value| line[key] = value;
        match text.state {
            TextState::Draft => put("state", json!("draft")),
            TextState::TakenDown => {
                put("state", json!("taken-down"));
                put("publishedAt", json!("2025-01-01T00:00:00Z"));
                put("takenDownAt", json!("2025-01-03T00:00:00Z"));
            }
            TextState::Live if is_original => {}
            TextState::Live => put("publishedAt", json!("2025-01-01T00:00:00Z")),
        }
        if let Some((at, _)) = text.change_notes.last() {
            put("updatedAt", json!(written(*at)));
            put(
                "changeNotes",
                text.change_notes
                    .iter()
                    .map(|(at, note)| json!({"at": written(*at), "note": note}))
                    .collect(),
            );
        }
        if self.has_draft_beside && is_original {
            let shared = json!({
                "slug": format!("{SECRET}-{}", self.number),
                "publishedAt": self.written_instant(),
                "type": "type-without-releases",
                "offices": ["office-without-releases"],
                "themes": ["theme-without-releases"],
            });
            put(
                "draft",
                json!({"title": format!("Next {SECRET}"), "lead": SECRET, "body": {"format": "MARKDOWN", "text": SECRET}, "shared": shared}),
            );
        }
        line
    }
}

fn body_line(body: &Body) -> Value {
    match body {
        Body::Markdown(text) => json!({"format": "MARKDOWN", "text": text}),
        Body::Html(text) => json!({"format": "HTML", "text": text}),
    }
}
