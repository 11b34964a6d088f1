//! What mutations of webhooks take.

use async_graphql::{ID, InputObject, MaybeUndefined};
use newsroom_domain::WebhookId;
use newsroom_domain::filter::ReleaseFilter;
use newsroom_domain::release::Patch;
use newsroom_domain::webhook::{NewWebhook, OVERLAP_HOURS, RedeliverFrom, WebhookChanges};

use crate::{
    error::{ApiError, ErrorCode, FieldFault},
    graphql::{
        command::{cleared, kept},
        desk_id,
        scalars::{DateTime, LocaleTag},
    },
};

/// Of which releases a webhook is told. Several values of one filter mean any of them, and `without…` is one more value of its
/// kind; different filters mean all of them. A filter that is left out, null, false or empty restricts nothing. What happens to
/// offices, themes and content types themselves is not filtered: leave those events out.
#[derive(Debug, Default, InputObject)]
pub(crate) struct WebhookFilterInput {
    /// Slugs of offices, at most 100: releases of any of them.
    offices: Option<Vec<String>>,
    /// Slugs of themes, at most 100: releases on any of them, or on a theme below one of them.
    themes: Option<Vec<String>>,
    /// Slugs of content types, at most 100: releases of any of them.
    types: Option<Vec<String>>,
    /// Releases of no office, beside those of `offices`.
    without_office: Option<bool>,
    /// Releases on no theme, beside those on `themes`.
    without_theme: Option<bool>,
    /// Releases of no content type, beside those of `types`.
    without_type: Option<bool>,
    /// Locales, at most 100: releases that can be read in any of them.
    locales: Option<Vec<LocaleTag>>,
}

impl WebhookFilterInput {
    fn into_domain(self) -> ReleaseFilter {
        ReleaseFilter {
            offices: self.offices.unwrap_or_default(),
            themes: self.themes.unwrap_or_default(),
            types: self.types.unwrap_or_default(),
            without_office: self.without_office.unwrap_or_default(),
            without_theme: self.without_theme.unwrap_or_default(),
            without_type: self.without_type.unwrap_or_default(),
            locales: self.locales.unwrap_or_default().into_iter().map(|tag| tag.0).collect(),
            published_from: None,
            published_to: None,
        }
    }
}

/// A new webhook.
#[derive(Debug, InputObject)]
pub(crate) struct CreateWebhookInput {
    /// Where requests go: an https URL at a public address, without user, password and fragment; at most 2,000 characters.
    pub(super) url: String,
    /// What it is called: plain text of 1 to 300 characters, such as the partner's name.
    description: Option<String>,
    /// The events that it is told of, such as `release.published`. Left out, null or empty for all. What is none is refused with the
    /// names of all that there are.
    events: Option<Vec<String>>,
    /// Of which releases it is told. Left out or null for all.
    filter: Option<WebhookFilterInput>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has no `secret`.
    pub(super) idempotency_key: Option<String>,
}

impl CreateWebhookInput {
    pub(super) fn into_domain(self) -> NewWebhook {
        NewWebhook {
            url: self.url,
            description: self.description,
            events: self.events.unwrap_or_default(),
            filter: self.filter.unwrap_or_default().into_domain(),
        }
    }
}

/// What is to change of a webhook. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateWebhookInput {
    /// The webhook's id, or its UUID.
    id: ID,
    /// The version of the webhook that you have seen. Another is CONFLICT.
    version: i32,
    /// Where requests go, those that wait too.
    pub(super) url: Option<String>,
    /// What it is called. Null takes the name away.
    description: MaybeUndefined<String>,
    /// The events that it is told of, all of them; an empty list for all that there are.
    events: Option<Vec<String>>,
    /// Of which releases it is told: all of the filter.
    filter: Option<WebhookFilterInput>,
    /// A key of your own for this request, such as a new UUID.
    pub(super) idempotency_key: Option<String>,
}

impl UpdateWebhookInput {
    pub(super) fn webhook(&self) -> Result<WebhookId, ApiError> {
        read_webhook(&self.id)
    }

    pub(super) fn into_domain(self) -> WebhookChanges {
        WebhookChanges {
            seen: self.version.into(),
            url: kept(self.url, |url| url),
            description: cleared(self.description, |name| name),
            events: kept(self.events, |events| events),
            filter: kept(self.filter, WebhookFilterInput::into_domain),
        }
    }
}

/// Whose secret is to be another.
#[derive(Debug, InputObject)]
pub(crate) struct RotateWebhookSecretInput {
    /// The webhook's id, or its UUID.
    pub(super) id: ID,
    /// For how many hours the secret of now signs beside the new one: 0 to 168; null or left out for 24. An older one ends now.
    overlap_hours: Option<i32>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has no `secret`.
    pub(super) idempotency_key: Option<String>,
}

impl RotateWebhookSecretInput {
    pub(super) fn hours(&self) -> i64 {
        self.overlap_hours.map_or(OVERLAP_HOURS, i64::from)
    }
}

/// Inputs that name a webhook and nothing else: each with what it says of itself.
macro_rules! inputs_of_webhooks {
    ($($input:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(Debug, InputObject)]
        pub(crate) struct $input {
            /// The webhook's id, or its UUID.
            pub(super) id: ID,
            /// A key of your own for this request, such as a new UUID.
            pub(super) idempotency_key: Option<String>,
        }
    )+};
}

inputs_of_webhooks! {
    PauseWebhookInput, "The webhook that is to be told no more, for a while.";
    ResumeWebhookInput, "The webhook that is to be told again.";
    DeleteWebhookInput, "The webhook that is to be told no more.";
    TestWebhookInput, "The webhook that is to be tried out.";
}

/// What is to be delivered once more.
#[derive(Debug, InputObject)]
pub(crate) struct RedeliverInput {
    /// The delivery's id, or its UUID.
    pub(super) delivery: ID,
    /// A key of your own for this request, such as a new UUID.
    pub(super) idempotency_key: Option<String>,
}

/// From where on a webhook is to be told again. Give exactly one of `after` and `at`.
#[derive(Debug, InputObject)]
pub(crate) struct RedeliverSinceInput {
    /// The webhook's id, or its UUID.
    pub(super) webhook: ID,
    /// The cursor of a change, as events, `resumeAfter` and the change log have it: what came behind it.
    after: Option<String>,
    /// An instant: what happened from then on.
    at: Option<DateTime>,
    /// A key of your own for this request, such as a new UUID.
    pub(super) idempotency_key: Option<String>,
}

impl RedeliverSinceInput {
    pub(super) fn from(&self) -> Result<RedeliverFrom, ApiError> {
        match (&self.after, self.at) {
            (Some(cursor), None) => cursor
                .parse()
                .map(RedeliverFrom::Behind)
                .map_err(|fault| ApiError::new(ErrorCode::InvalidCursor, fault.at("input.after").to_string())),
            (None, Some(at)) => Ok(RedeliverFrom::Since(at.0)),
            (after, _) => {
                let (code, message) = match after {
                    None => ("REQUIRED", "give the cursor of a change, or an instant in `at`"),
                    Some(_) => ("CONFLICTING", "give `after` or `at`, not both"),
                };
                Err(ApiError::validation(vec![FieldFault::new(
                    "input.after",
                    code,
                    message,
                )]))
            }
        }
    }
}

/// Reads which webhook an input is about.
///
/// # Errors
/// `VALIDATION_FAILED`, or `NOT_FOUND` for the id of something else.
pub(super) fn read_webhook(id: &ID) -> Result<WebhookId, ApiError> {
    desk_id::read("input.id", id)?.ok_or_else(not_found)
}

pub(super) fn not_found() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "There is nothing with this id, or nothing that you may see.",
    )
}

/// The URL that is given, where one is.
pub(super) fn given(url: &Patch<String>) -> Option<&str> {
    match url {
        Patch::Set(url) => Some(url),
        Patch::Keep => None,
    }
}
