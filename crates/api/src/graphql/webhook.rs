//! Webhooks, as administrators keep them.

mod delivery;
mod input;
mod mutation;
mod redelivery;
mod types;

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::account::{Action, Matter, PublishRule};
use newsroom_persistence::Store;

use self::types::Webhook;
use super::{desk_id, request::caller};
use crate::{command_failure::present_command, store_failure::present};

pub(crate) use mutation::WebhookMutation;
pub(crate) use redelivery::WebhookDeliveryMutation;

/// Lets those pass who keep webhooks.
///
/// # Errors
/// `UNAUTHENTICATED` or `FORBIDDEN`.
fn allow(context: &Context<'_>) -> Result<()> {
    let rule = PublishRule::default();
    let allowed = caller(context)?
        .standing
        .allow(Action::KeepWebhooks, Matter::Newsroom, rule);
    Ok(allowed.map_err(|denial| present_command(denial.into(), "input"))?)
}

#[derive(Debug, Default)]
pub(crate) struct WebhookQueries;

#[Object]
impl WebhookQueries {
    /// The webhooks, the oldest first: at most 100. For administrators.
    async fn webhooks(&self, context: &Context<'_>) -> Result<Vec<Webhook>> {
        allow(context)?;
        let webhooks = context.data::<Store>()?.webhooks().await;
        let webhooks = webhooks.map_err(|error| present(&error))?;
        Ok(webhooks.into_iter().map(Webhook).collect())
    }

    /// The webhook of that id. Null where there is none. For administrators.
    async fn webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id, or its UUID.")] id: ID,
    ) -> Result<Option<Webhook>> {
        allow(context)?;
        let Some(id) = desk_id::read("id", &id)? else {
            return Ok(None);
        };
        let found = context.data::<Store>()?.webhook(id).await;
        Ok(found.map_err(|error| present(&error))?.map(Webhook))
    }
}
