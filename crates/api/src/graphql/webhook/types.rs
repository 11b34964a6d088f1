//! A webhook.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use newsroom_domain::page::delivery_page;
use newsroom_domain::webhook;
use newsroom_persistence::Store;

use super::delivery::{DeliveryState, WebhookDeliveryConnection};
use crate::{
    graphql::{
        desk_id,
        filter::refuse_page,
        request::taxonomy,
        scalars::{DateTime, LocaleTag, PlainUuid},
    },
    store_failure::present,
};

/// Whether a webhook is told of changes. In all states but the first it is not, and is not told later of what happened meanwhile.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::webhook::WebhookState")]
pub(crate) enum WebhookState {
    /// It is told.
    Active,
    /// Somebody has paused it.
    Paused,
    /// The newsroom has paused it, since it took nothing for three days.
    Dead,
    /// The newsroom has paused it, since it answered 410: it wants no more.
    Disabled,
}

/// Of which releases a webhook is told: by slugs, as `createWebhook` takes them.
#[derive(SimpleObject)]
pub(crate) struct WebhookFilter {
    /// The slugs of offices: releases of any of them. Empty for no restriction.
    offices: Vec<String>,
    /// The slugs of themes: releases on any of them, or on a theme below one of them. Empty for no restriction.
    themes: Vec<String>,
    /// The slugs of content types: releases of any of them. Empty for no restriction.
    types: Vec<String>,
    /// Whether releases of no office are among them, beside those of `offices`.
    without_office: bool,
    /// Whether releases on no theme are among them, beside those on `themes`.
    without_theme: bool,
    /// Whether releases of no content type are among them, beside those of `types`.
    without_type: bool,
    /// Locales: releases that can be read in any of them. Empty for no restriction.
    locales: Vec<LocaleTag>,
}

/// A secret that signs deliveries. The secret itself is shown once, by the mutation that makes it.
#[derive(SimpleObject)]
pub(crate) struct WebhookSecret {
    /// When it was made.
    created_at: DateTime,
    /// Until when it signs. Null for the one that was made last.
    expires_at: Option<DateTime>,
}

pub(crate) struct Webhook(pub(super) webhook::Webhook);

/// A partner's endpoint that is told of changes, by signed requests: see `docs/webhooks.md`.
#[Object]
impl Webhook {
    /// Its id, for mutations and for clients' caches. It never changes. `node` does not find it.
    async fn id(&self) -> ID {
        desk_id::write(self.0.id)
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.id.uuid())
    }

    /// Where requests go.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is called. Null where it has no name.
    async fn description(&self) -> Option<String> {
        self.0.description.as_ref().map(ToString::to_string)
    }

    /// The events that it is told of, such as `release.published`. Empty for all.
    async fn events(&self) -> Vec<&'static str> {
        self.0.events.iter().map(|event| event.as_str()).collect()
    }

    /// Of which releases it is told: of what happens to those that meet this, before it happens or after.
    async fn filter(&self, context: &Context<'_>) -> Result<WebhookFilter> {
        let taxonomy = taxonomy(context).await?;
        let filter = self.0.filter.brought_up(taxonomy);
        let offices = filter.offices.iter().filter_map(|id| taxonomy.office(*id));
        let themes = filter.themes.iter().filter_map(|id| taxonomy.themes().get(*id));
        let types = filter.types.iter().filter_map(|id| taxonomy.content_type(*id));
        Ok(WebhookFilter {
            offices: offices.map(|office| office.slug.to_string()).collect(),
            themes: themes.map(|theme| theme.slug.to_string()).collect(),
            types: types.map(|found| found.slug.to_string()).collect(),
            without_office: filter.without_office,
            without_theme: filter.without_theme,
            without_type: filter.without_type,
            locales: filter.locales.into_iter().map(LocaleTag).collect(),
        })
    }

    /// Whether it is told of changes.
    async fn state(&self) -> WebhookState {
        self.0.state.into()
    }

    /// Since when it is in that state.
    async fn state_since(&self) -> DateTime {
        DateTime(self.0.state_since)
    }

    /// Why the newsroom has put it there. Null where somebody has.
    async fn state_reason(&self) -> Option<&str> {
        self.0.state_reason.as_deref()
    }

    /// Since when nothing has got through to it. Null where the last attempt did, or there was none yet.
    async fn failing_since(&self) -> Option<DateTime> {
        self.0.failing_since.map(DateTime)
    }

    /// When something got through last. Null where nothing has yet.
    async fn last_delivered_at(&self) -> Option<DateTime> {
        self.0.last_delivered_at.map(DateTime)
    }

    /// The cursor of the change behind which it has missed something that it has not been told of: what `redeliverSince` and
    /// `changes` take. Null where it has missed nothing.
    async fn resume_after(&self) -> Option<String> {
        self.0.missed_after.map(|cursor| cursor.to_string())
    }

    /// The secrets that sign, the newest first: two while one is being rotated.
    async fn secrets(&self) -> Vec<WebhookSecret> {
        let shown = self.0.secrets.iter().map(|secret| WebhookSecret {
            created_at: DateTime(secret.created_at),
            expires_at: secret.expires_at.map(DateTime),
        });
        shown.collect()
    }

    /// Its version, raised by `updateWebhook`: give it there.
    async fn version(&self) -> i32 {
        i32::try_from(self.0.version).unwrap_or(i32::MAX)
    }

    /// The id of the account that made it.
    async fn created_by_id(&self) -> ID {
        desk_id::write(self.0.created_by)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Its deliveries, the newest first, a page at a time. Those that have come to their end are kept for 30 days.
    async fn deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many: 0 to 100. Null means 20.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes behind it. Another is INVALID_CURSOR.")] after: Option<
            String,
        >,
        #[graphql(desc = "Only those in this state. Null for all.")] state: Option<DeliveryState>,
    ) -> Result<WebhookDeliveryConnection> {
        let (size, after) = delivery_page(first.map(i64::from), after.as_deref()).map_err(refuse_page)?;
        let store = context.data::<Store>()?;
        let state = state.map(Into::into);
        let page = store.webhook_deliveries(self.0.id, state, after, size).await;
        let page = page.map_err(|error| present(&error))?;
        Ok(WebhookDeliveryConnection::new(page, after.is_some()))
    }
}
