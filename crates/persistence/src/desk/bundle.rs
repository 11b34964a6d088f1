//! Commands on bundles: several releases in one act, all or none.

use newsroom_domain::account::Caller;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::release::{BundleCommand, DecidedBundle};
use newsroom_domain::{BundleId, Locale, ReleaseId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::deciding::{Deciding, detail, note_publishing, savings, version};
use super::load::{Purpose, load};
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::entity::translation;
use crate::{CommandError, Store, StoreError};

/// A command on a bundle that was done: now, or before under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedBundle {
    /// The bundle, where it is one that is or was scheduled.
    pub bundle: Option<BundleId>,
    /// Its translations, with the version that the command made of each.
    pub translations: Vec<(ReleaseId, Locale, i64)>,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

impl Store {
    /// Does a command on a bundle, once: on all its translations, or on none.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn bundle_command(
        &self,
        caller: &Caller,
        command: &BundleCommand,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedBundle, CommandError> {
        let once = Once::new(key, command.name(), command)?;
        until_done(|| self.try_bundle_command(caller, command, once.as_ref())).await
    }

    async fn try_bundle_command(
        &self,
        caller: &Caller,
        command: &BundleCommand,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedBundle>, CommandError> {
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Shared, once).await?
        {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let mut deciding = Deciding::begin(self, &acting).await?;
        let ids = match command {
            BundleCommand::Take { items, .. } => items.iter().map(|item| item.release).collect(),
            BundleCommand::Unschedule(bundle) => releases_in(&acting.transaction, *bundle).await?,
        };
        let was = load(&acting.transaction, &deciding.taxonomy, &ids, Purpose::Change).await?;
        if let BundleCommand::Take { items, .. } = command {
            let drafts = items
                .iter()
                .filter_map(|item| Some((was.get(&item.release)?, item.locale.as_str())));
            deciding.check(&acting.transaction, &drafts.collect::<Vec<_>>()).await?;
        }
        let decided =
            deciding.decide_without_slugs(|context| command.decide(&was, caller, self.rules.publish, context));
        let DecidedBundle {
            releases,
            bundle,
            translations,
        } = match decided {
            Ok(decided) => decided,
            Err(denial) => return Err(acting.denied(denial).await?),
        };
        let translations: Vec<_> = translations
            .into_iter()
            .filter_map(|(id, locale)| {
                let version = version(releases.get(&id)?, &locale);
                Some((id, locale, version))
            })
            .collect();
        let details = translations.iter().filter_map(|(id, locale, _)| {
            let mut detail = detail(was.get(id), releases.get(id)?, locale);
            detail.insert("bundle".to_owned(), json!(bundle));
            note_publishing(&mut detail, command.publishes());
            Some(detail)
        });
        let details = details.collect();
        let savings = savings(&was, releases);
        let Some(changes) = deciding.store(&acting.transaction, &savings).await? else {
            acting.transaction.rollback().await?;
            return Ok(None);
        };
        let done = Done {
            changes,
            ..Done::by_each(caller, command.name(), details)
        };
        let accepted = |sequence| AcceptedBundle {
            bundle,
            translations,
            sequence,
        };
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// The releases that have something scheduled in a bundle, in the order of their identities.
pub(super) async fn releases_in(
    transaction: &DatabaseTransaction,
    bundle: BundleId,
) -> Result<Vec<ReleaseId>, StoreError> {
    let found = translation::Entity::find()
        .select_only()
        .column(translation::Column::ReleaseId)
        .filter(translation::Column::DraftBundleId.eq(bundle.uuid()))
        .distinct();
    let mut ids: Vec<ReleaseId> = (found.into_tuple::<Uuid>().all(transaction).await?)
        .into_iter()
        .map(Into::into)
        .collect();
    ids.sort_unstable();
    Ok(ids)
}
