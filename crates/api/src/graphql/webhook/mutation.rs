//! Making, changing and stopping webhooks.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use newsroom_persistence::{MadeSecret, Store};

use super::{
    allow,
    input::{
        CreateWebhookInput, DeleteWebhookInput, PauseWebhookInput, ResumeWebhookInput, RotateWebhookSecretInput,
        UpdateWebhookInput, given, read_webhook,
    },
    types::Webhook,
};
use crate::{
    command_failure::present_command,
    graphql::{Settings, command::read_key, desk_id, request::caller},
    webhook::{check_name, new_secret},
};

/// The new webhook, with its secret.
#[derive(SimpleObject)]
pub(crate) struct CreateWebhookPayload {
    /// The webhook.
    webhook: Webhook,
    /// The secret by which its receiver verifies deliveries: `whsec_…`. It is shown this once. Null where the webhook was made before,
    /// under the same `idempotencyKey`: if that answer did not reach you, rotate the secret.
    secret: Option<String>,
}

/// The webhook as it is now, with its new secret.
#[derive(SimpleObject)]
pub(crate) struct RotateWebhookSecretPayload {
    /// The webhook.
    webhook: Webhook,
    /// The new secret. It is shown this once. Null where it was made before, under the same `idempotencyKey`.
    secret: Option<String>,
}

/// Payloads of a webhook and nothing else: each with what it says of itself.
macro_rules! payloads_of_webhooks {
    ($($payload:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $payload {
            /// The webhook.
            webhook: Webhook,
        }
    )+};
}

payloads_of_webhooks! {
    UpdateWebhookPayload, "The webhook as it is now.";
    PauseWebhookPayload, "The webhook as it is now: paused.";
    ResumeWebhookPayload, "The webhook as it is now: active.";
}

/// The webhook is gone.
#[derive(SimpleObject)]
pub(crate) struct DeleteWebhookPayload {
    /// The id that it had.
    id: ID,
}

#[derive(Default)]
pub(crate) struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Makes a webhook, which is told of what happens from now on. A newsroom has at most 100: CONFLICT. For administrators.
    async fn create_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new webhook.")] input: CreateWebhookInput,
    ) -> Result<CreateWebhookPayload> {
        allow(context)?;
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let reach = &context.data::<Settings>()?.webhooks;
        let key = read_key(input.idempotency_key.as_deref())?;
        check_name(&input.url, reach, "input.url").await?;
        let asked = input.into_domain();
        let secret = new_secret()?;
        let made = store.create_webhook(caller, &asked, reach, MadeSecret(&secret), key.as_ref());
        let (webhook, is_new) = made.await.map_err(|error| present_command(error, "input"))?;
        Ok(CreateWebhookPayload {
            webhook: Webhook(webhook),
            secret: is_new.then_some(secret),
        })
    }

    /// Changes a webhook. For administrators.
    async fn update_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateWebhookInput,
    ) -> Result<UpdateWebhookPayload> {
        allow(context)?;
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let reach = &context.data::<Settings>()?.webhooks;
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = input.webhook()?;
        let asked = input.into_domain();
        if let Some(url) = given(&asked.url) {
            check_name(url, reach, "input.url").await?;
        }
        let changed = store.update_webhook(caller, id, &asked, reach, key.as_ref()).await;
        let webhook = Webhook(changed.map_err(|error| present_command(error, "input"))?);
        Ok(UpdateWebhookPayload { webhook })
    }

    /// Gives a webhook another secret. The one of now signs beside it for a while, so that its receiver can change over. For
    /// administrators.
    async fn rotate_webhook_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose secret.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = read_webhook(&input.id)?;
        let secret = new_secret()?;
        let rotated = store.rotate_webhook_secret(caller, id, input.hours(), MadeSecret(&secret), key.as_ref());
        let (webhook, is_new) = rotated.await.map_err(|error| present_command(error, "input"))?;
        Ok(RotateWebhookSecretPayload {
            webhook: Webhook(webhook),
            secret: is_new.then_some(secret),
        })
    }

    /// Pauses a webhook: it is told of nothing any more, what waits for it included, nor later of what happens meanwhile. For
    /// administrators.
    async fn pause_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: PauseWebhookInput,
    ) -> Result<PauseWebhookPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let paused = store
            .pause_webhook(caller, read_webhook(&input.id)?, key.as_ref())
            .await;
        let webhook = Webhook(paused.map_err(|error| present_command(error, "input"))?);
        Ok(PauseWebhookPayload { webhook })
    }

    /// Resumes a webhook, whoever paused it: it is told of what happens from now on. First it is sent `webhook.resumed`, which says
    /// behind which change it has missed something; `redeliverSince` sends it that. For administrators.
    async fn resume_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: ResumeWebhookInput,
    ) -> Result<ResumeWebhookPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let resumed = store
            .resume_webhook(caller, read_webhook(&input.id)?, key.as_ref())
            .await;
        let webhook = Webhook(resumed.map_err(|error| present_command(error, "input"))?);
        Ok(ResumeWebhookPayload { webhook })
    }

    /// Deletes a webhook, with the log of its deliveries. For administrators.
    async fn delete_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: DeleteWebhookInput,
    ) -> Result<DeleteWebhookPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let deleted = store
            .delete_webhook(caller, read_webhook(&input.id)?, key.as_ref())
            .await;
        let id = deleted.map_err(|error| present_command(error, "input"))?;
        Ok(DeleteWebhookPayload { id: desk_id::write(id) })
    }
}
