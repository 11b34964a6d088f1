//! Previews: what readers would have, for who has a token.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{AccountId, PreviewId, ReleaseId, audit, release};
use newsroom_persistence::{MadePreview, Store};
use tokio::sync::OnceCell;

use super::people::Actor;
use crate::{
    auth::{Secret, SecretKind},
    command_failure::present_command,
    error::{ApiError, ErrorCode},
    graphql::{
        command::read_key,
        desk_id,
        global_id::GlobalId,
        request::caller,
        scalars::{DateTime, LocaleTag, PlainUuid},
    },
    store_failure::present,
};

#[derive(Clone)]
pub(crate) struct Preview(MadePreview);

/// A preview of an edition: a snapshot of what readers would have if it were live, for whoever sends its token. The token
/// itself is shown once, by `createPreview`.
#[Object]
impl Preview {
    /// Its id, for `revokePreview` and for clients' caches. It never changes, and `node` does not find it.
    async fn id(&self) -> ID {
        desk_id::write(self.0.preview.id)
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.preview.id.uuid())
    }

    /// The id of the release that it shows: ask for that under the token.
    async fn release_id(&self) -> ID {
        GlobalId::Release(self.0.preview.release).into()
    }

    /// The locale of the translation that the edition is of.
    async fn locale(&self) -> LocaleTag {
        LocaleTag(self.0.preview.locale.clone())
    }

    /// The UUID of the edition.
    async fn edition_uuid(&self) -> PlainUuid {
        PlainUuid(self.0.preview.edition.uuid())
    }

    /// Which of its translation's editions that is, from 1.
    async fn edition_number(&self) -> i32 {
        i32::try_from(self.0.preview.edition_number).unwrap_or(i32::MAX)
    }

    /// Who made it.
    async fn created_by(&self) -> Actor {
        let MadePreview { preview, created_by } = &self.0;
        let people = BTreeMap::from([(preview.created_by, created_by.clone())]);
        Actor::new(audit::Actor::Account(preview.created_by), &people)
    }

    /// When it was made, in UTC. It shows everything as it was at that moment.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.preview.created_at)
    }

    /// From when on it holds no more, in UTC.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.preview.expires_at)
    }

    /// When it was revoked, in UTC. Null where it was not.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.preview.revoked_at.map(DateTime)
    }
}

/// The previews of a page of releases: read for all of them when they are first asked for.
#[derive(Debug)]
pub(crate) struct PagePreviews {
    of: Vec<ReleaseId>,
    read: OnceCell<BTreeMap<ReleaseId, Vec<MadePreview>>>,
}

impl PagePreviews {
    pub(crate) fn of(releases: &[release::Release]) -> Arc<Self> {
        Arc::new(Self {
            of: releases.iter().map(|release| release.id).collect(),
            read: OnceCell::new(),
        })
    }

    /// Those of one release.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn get(&self, context: &Context<'_>, id: ReleaseId) -> Result<Vec<Preview>> {
        let store = context.data::<Store>()?;
        let read = self.read.get_or_try_init(async || store.previews_of(&self.of).await);
        let read = read.await.map_err(|error| present(&error))?;
        Ok(read.get(&id).into_iter().flatten().cloned().map(Preview).collect())
    }
}

/// The edition that is to be previewed.
#[derive(InputObject)]
pub(crate) struct CreatePreviewInput {
    /// The edition's UUID, as `DeskEdition.uuid` has it, or its id: a draft's, what is live, or any of earlier days.
    edition: ID,
    /// For how many seconds the preview holds: 60 to 2,592,000, which is 30 days; where it is left out, 604,800, which is seven
    /// days.
    expires_in: Option<i32>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has no `token`.
    idempotency_key: Option<String>,
}

/// The preview that is to hold no more.
#[derive(InputObject)]
pub(crate) struct RevokePreviewInput {
    /// Its id, or its UUID.
    id: ID,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice.
    idempotency_key: Option<String>,
}

/// The new preview, with its token.
#[derive(SimpleObject)]
pub(crate) struct CreatePreviewPayload {
    /// The preview, as it was made.
    preview: Preview,
    /// What to send as the header `Preview-Token`. It is shown this once: only its hash is kept. Null where the preview was made
    /// before, under the same `idempotencyKey`: if that answer did not reach you, revoke the preview and make another.
    token: Option<String>,
}

/// The preview as it is now.
#[derive(SimpleObject)]
pub(crate) struct RevokePreviewPayload {
    /// The preview.
    preview: Preview,
}

#[derive(Debug, Default)]
pub(crate) struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Makes a preview of an edition: a token, under which `release`, `address`, `node` and `nodes` show the release as
    /// readers would have it if that edition were live, whether or not the release is published, withdrawn or removed. Lists
    /// and counts stay as they are. For who may read the release at the desk. A release has at most 20 previews at once:
    /// CONFLICT.
    async fn create_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The edition, and for how long.")] input: CreatePreviewInput,
    ) -> Result<CreatePreviewPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let asked = release::NewPreview {
            edition: desk_id::read("input.edition", &input.edition)?.ok_or_else(not_found)?,
            expires_in: input.expires_in.map(i64::from),
        };
        let secret = Secret::new(SecretKind::Preview)?;
        let made = store.create_preview(caller, &asked, secret.hash(), key.as_ref()).await;
        let (made, is_new) = made.map_err(|error| present_command(error, "input"))?;
        Ok(CreatePreviewPayload {
            preview: with_maker(store, made).await?,
            token: is_new.then(|| secret.reveal()),
        })
    }

    /// Revokes a preview: its token holds no more, from now on and for good. For who may read the release at the desk.
    async fn revoke_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which preview.")] input: RevokePreviewInput,
    ) -> Result<RevokePreviewPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id: PreviewId = desk_id::read("input.id", &input.id)?.ok_or_else(not_found)?;
        let revoked = store.revoke_preview(caller, id, key.as_ref()).await;
        let revoked = revoked.map_err(|error| present_command(error, "input"))?;
        Ok(RevokePreviewPayload {
            preview: with_maker(store, revoked).await?,
        })
    }
}

/// The preview, with what its maker is called.
async fn with_maker(store: &Store, preview: release::Preview) -> Result<Preview> {
    let id: AccountId = preview.created_by;
    let maker = store.account(id).await.map_err(|error| present(&error))?;
    Ok(Preview(MadePreview {
        preview,
        created_by: maker.map(|maker| maker.name.to_string()).unwrap_or_default(),
    }))
}

fn not_found() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "There is nothing with this id, or nothing that you may see.",
    )
}
