//! Making and revoking previews.

use newsroom_domain::account::Filing;
use newsroom_domain::account::{Action, Caller, Matter};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::Denial;
use newsroom_domain::release::{Edition, NewPreview, Preview, Release};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{EditionId, Locale, PreviewId, ReleaseId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::read::holding;
use super::{Row, Snapshot};
use crate::account::detail;
use crate::acting::{Acting, Begun, CommandError, Done, Once};
use crate::database::Turn;
use crate::desk::load::{Purpose, edition_of, load};
use crate::entity::{edition, preview, translation};
use crate::head::to_json;
use crate::live::row::parsed;
use crate::{Store, StoreError};

impl Store {
    /// Makes a preview of an edition, whose token has this hash. The second answer is whether it was made now, or before under
    /// the same idempotency key: its token is then another one, which nobody has any more but whoever got it then.
    ///
    /// # Errors
    /// Where there is no such edition that the caller may read, what is asked cannot be, or the database fails.
    pub async fn create_preview(
        &self,
        caller: &Caller,
        asked: &NewPreview,
        hash: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Preview, bool), CommandError> {
        let by = caller.standing.account;
        let once = Once::new(key, "createPreview", asked)?;
        let acting = match Acting::begin::<Preview>(&self.connections, by, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(made) => return Ok((made, false)),
        };
        let taxonomy = self.taxonomy_in(&acting.transaction).await?;
        // Its release is locked, so that two at once are counted one after the other.
        let Some((release, locale, edition)) = find(&acting.transaction, &taxonomy, asked.edition).await? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        if let Err(denial) = self.allow_reading(caller, &release) {
            return Err(acting.denied(denial).await?);
        }
        let holding = preview::Entity::find()
            .filter(preview::Column::ReleaseId.eq(release.id.uuid()))
            .filter(holding(acting.now));
        let holding = usize::try_from(holding.count(&acting.transaction).await?).unwrap_or(usize::MAX);
        self.ids.open(&acting.transaction).await?;
        let id = self.ids.next(acting.now).into();
        let of = (&release, &locale, &edition);
        let made = Preview::create(id, asked, of, holding, (by, acting.now)).and_then(|made| {
            let shown = release.preview(&locale, &edition, acting.now, self.zone)?;
            Ok((made, Snapshot::from(shown)))
        });
        let (made, snapshot) = match made {
            Ok(made) => made,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        insert(&acting.transaction, &made, &snapshot, hash).await?;
        let said = detail([
            ("preview", made.id.to_string().into()),
            ("release", made.release.to_string().into()),
            ("locale", made.locale.to_string().into()),
            ("edition", made.edition.to_string().into()),
            ("expiresAt", made.expires_at.to_string().into()),
        ]);
        let done = Done::by(caller, "preview-created", said);
        Ok((acting.done(done, |_| made).await?, true))
    }

    /// Revokes a preview of a release that the caller may read. One that is revoked stays so.
    ///
    /// # Errors
    /// Where there is none for the caller, or the database fails.
    pub async fn revoke_preview(
        &self,
        caller: &Caller,
        id: PreviewId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Preview, CommandError> {
        let once = Once::new(key, "revokePreview", &id)?;
        let by = caller.standing.account;
        let acting = match Acting::begin::<Preview>(&self.connections, by, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(revoked) => return Ok(revoked),
        };
        let found = preview::Entity::find_by_id(id.uuid())
            .lock_exclusive()
            .into_partial_model::<Row>()
            .one(&acting.transaction)
            .await?;
        let Some(mut revoked) = found.map(Row::read).transpose()? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        let taxonomy = self.taxonomy_in(&acting.transaction).await?;
        let release = load(&acting.transaction, &taxonomy, &[revoked.release], Purpose::Read).await?;
        let release = release.get(&revoked.release);
        if release.is_none_or(|release| self.allow_reading(caller, release).is_err()) {
            return Err(acting.denied(Denial::NotFound).await?);
        }
        if revoked.revoked_at.is_some() {
            return acting.done_quietly(revoked).await;
        }
        revoked.revoked_at = Some(acting.now);
        let change = preview::ActiveModel {
            revoked_at: Set(Some(acting.now.micros())),
            ..preview::ActiveModel::default()
        };
        let update = preview::Entity::update_many()
            .set(change)
            .filter(preview::Column::Id.eq(id.uuid()));
        update.exec(&acting.transaction).await?;
        let said = detail([
            ("preview", id.to_string().into()),
            ("release", revoked.release.to_string().into()),
        ]);
        acting
            .done(Done::by(caller, "preview-revoked", said), |_| revoked)
            .await
    }

    fn allow_reading(&self, caller: &Caller, release: &Release) -> Result<(), Denial> {
        let filing = Filing::of(release);
        caller
            .standing
            .allow(Action::ReadRelease, Matter::Release(&filing), self.rules.publish)
    }
}

/// An edition, with its release and the locale that it is in. The release's row is locked.
async fn find(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    id: EditionId,
) -> Result<Option<(Release, Locale, Edition)>, StoreError> {
    let Some(edition) = edition::Entity::find_by_id(id.uuid()).one(transaction).await? else {
        return Ok(None);
    };
    let of = translation::Entity::find_by_id(edition.translation_id)
        .one(transaction)
        .await?;
    let of = of.ok_or_else(|| StoreError::corrupt("edition", format!("the translation of {id} is missing")))?;
    let release = ReleaseId::from(of.release_id);
    let mut loaded = load(transaction, taxonomy, &[release], Purpose::Change).await?;
    let release = loaded.remove(&release);
    let release = release.ok_or_else(|| StoreError::corrupt("edition", format!("the release of {id} is missing")))?;
    let edition = edition_of(edition, taxonomy)?;
    Ok(Some((release, parsed("locale", &of.locale)?, edition)))
}

async fn insert(
    transaction: &DatabaseTransaction,
    made: &Preview,
    snapshot: &Snapshot,
    hash: &str,
) -> Result<(), StoreError> {
    let inserted = preview::ActiveModel {
        id: Set(made.id.uuid()),
        hash: Set(hash.to_owned()),
        release_id: Set(made.release.uuid()),
        locale: Set(made.locale.to_string()),
        edition_id: Set(made.edition.uuid()),
        edition_number: Set(made.edition_number),
        created_by: Set(made.created_by.uuid()),
        created_at: Set(made.created_at.micros()),
        expires_at: Set(made.expires_at.micros()),
        revoked_at: Set(None),
        snapshot: Set(to_json("preview", snapshot)?),
    };
    preview::Entity::insert(inserted)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
