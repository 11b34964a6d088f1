//! Endpoints as the domain has them.

use newsroom_domain::change::ChangeCursor;
use newsroom_domain::text::Name;
use newsroom_domain::webhook::{SecretTimes, Webhook, WebhookFilter, WebhookState};

use crate::StoreError;
use crate::entity::webhook;
use crate::live::row::{from_json, instant};

pub(super) fn webhook(
    row: webhook::Model,
    secrets: Vec<SecretTimes>,
    missed_after: Option<ChangeCursor>,
) -> Result<Webhook, StoreError> {
    let name = |text: String| Name::new(&text).map_err(|fault| StoreError::corrupt("name of a webhook", fault));
    Ok(Webhook {
        id: row.id.into(),
        url: row.url,
        description: row.description.map(name).transpose()?,
        events: from_json("list of events", &row.events)?,
        filter: filter(&row.filter)?,
        state: state(&row.state)?,
        state_since: instant(row.state_since)?,
        state_reason: row.state_reason,
        failing_since: row.failing_since.map(instant).transpose()?,
        last_delivered_at: row.last_delivered_at.map(instant).transpose()?,
        missed_after,
        version: row.version,
        created_by: row.created_by.into(),
        created_at: instant(row.created_at)?,
        secrets,
    })
}

pub(super) fn filter(json: &str) -> Result<WebhookFilter, StoreError> {
    from_json("webhook's filter", json)
}

pub(super) fn state(name: &str) -> Result<WebhookState, StoreError> {
    WebhookState::from_name(name).ok_or_else(|| StoreError::corrupt("state of a webhook", name))
}
