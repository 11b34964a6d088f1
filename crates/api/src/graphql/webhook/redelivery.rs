//! Deliveries that somebody asks for: to try a webhook out, and once more.

use async_graphql::{Context, Object, Result, SimpleObject};
use newsroom_domain::DeliveryId;
use newsroom_persistence::Store;

use super::{
    delivery::WebhookDelivery,
    input::{RedeliverInput, RedeliverSinceInput, TestWebhookInput, not_found, read_webhook},
    types::Webhook,
};
use crate::{
    command_failure::present_command,
    graphql::{command::read_key, desk_id, request::caller},
    store_failure::present,
};

/// The test is on its way.
#[derive(SimpleObject)]
pub(crate) struct TestWebhookPayload {
    /// The webhook.
    webhook: Webhook,
    /// The delivery: read it again in `deliveries` to see what came of it.
    delivery: WebhookDelivery,
}

/// The delivery is on its way once more.
#[derive(SimpleObject)]
pub(crate) struct RedeliverPayload {
    /// The webhook.
    webhook: Webhook,
    /// The delivery, as it is now.
    delivery: WebhookDelivery,
}

/// The webhook is being told again.
#[derive(SimpleObject)]
pub(crate) struct RedeliverSincePayload {
    /// The webhook.
    webhook: Webhook,
}

#[derive(Default)]
pub(crate) struct WebhookDeliveryMutation;

#[Object]
impl WebhookDeliveryMutation {
    /// Sends an active webhook the event `webhook.test`. For administrators.
    async fn test_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: TestWebhookInput,
    ) -> Result<TestWebhookPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let tested = store.test_webhook(caller, read_webhook(&input.id)?, key.as_ref()).await;
        let (webhook, delivery) = tested.map_err(|error| present_command(error, "input"))?;
        Ok(TestWebhookPayload {
            webhook: Webhook(webhook),
            delivery: read_delivery(store, delivery).await?,
        })
    }

    /// Sends an active webhook a delivery once more, whatever came of it; one that waits for its next attempt is sent now. It comes under
    /// the same `webhook-id`, and is tried as if it were new. One that is being sent at this moment is CONFLICT. For administrators.
    async fn redeliver(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: RedeliverInput,
    ) -> Result<RedeliverPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id: DeliveryId = desk_id::read("input.delivery", &input.delivery)?.ok_or_else(not_found)?;
        let webhook = store.redeliver(caller, id, key.as_ref()).await;
        let webhook = webhook.map_err(|error| present_command(error, "input"))?;
        Ok(RedeliverPayload {
            webhook: Webhook(webhook),
            delivery: read_delivery(store, id).await?,
        })
    }

    /// Tells an active webhook again of all that has happened since, of what it is told of now, whether it was told then or not. That
    /// takes a while. What it was sent before comes under the same `webhook-id`; what waits for its next attempt is sent now. For
    /// administrators.
    async fn redeliver_since(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which webhook, and since when.")] input: RedeliverSinceInput,
    ) -> Result<RedeliverSincePayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = desk_id::read("input.webhook", &input.webhook)?.ok_or_else(not_found)?;
        let webhook = store.redeliver_since(caller, id, input.from()?, key.as_ref()).await;
        let webhook = Webhook(webhook.map_err(|error| present_command(error, "input"))?);
        Ok(RedeliverSincePayload { webhook })
    }
}

async fn read_delivery(store: &Store, id: DeliveryId) -> Result<WebhookDelivery> {
    let found = store.webhook_delivery(id).await.map_err(|error| present(&error))?;
    Ok(WebhookDelivery(found.ok_or_else(not_found)?))
}
