//! Freezes: schedules are held, and resumed, each in one act.

use newsroom_domain::account::Caller;
use newsroom_domain::audit::Actor;
use newsroom_domain::freeze::{Freeze, FreezeScope};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::release::{Changed, Release, due_failed};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::text::Note;
use newsroom_domain::{FreezeId, Locale, ReleaseId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deciding::{Deciding, detail, savings};
use super::load::{Purpose, actor, load};
use super::save::Saving;
use crate::account::detail as said;
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::entity::{freeze, translation};
use crate::head::to_json;
use crate::live::row::{from_json, instant};
use crate::{CommandError, Store, StoreError};

/// A freeze that began or ended: now, or before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedFreeze {
    /// The freeze.
    pub freeze: FreezeId,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

/// What becomes of what came due while it was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HeldAndDue {
    /// It is published.
    Publish,
    /// It is given up, so that somebody chooses a new time.
    AskForNewTimes,
}

impl Store {
    /// The freezes that hold schedules now, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn freezes(&self) -> Result<Vec<Freeze>, StoreError> {
        let transaction = self.connections.read().await?;
        let freezes = read(&transaction).await?;
        transaction.commit().await?;
        Ok(freezes)
    }

    /// Holds schedules.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn freeze(
        &self,
        caller: &Caller,
        scope: FreezeScope,
        reason: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedFreeze, CommandError> {
        let once = Once::new(key, "freeze-schedules", &(scope, reason))?;
        until_done(|| self.try_to_freeze(caller, scope, reason, once.as_ref())).await
    }

    async fn try_to_freeze(
        &self,
        caller: &Caller,
        scope: FreezeScope,
        reason: &str,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedFreeze>, CommandError> {
        // Alone, so that nothing goes live any more once it is done.
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Alone, once).await? {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        // What they are of was named before the act began, and may have been merged since.
        let scope = scope.brought_up(&*self.taxonomy_in(&acting.transaction).await?);
        if let Err(denial) = scope.allow(&caller.standing) {
            return Err(acting.denied(denial).await?);
        }
        let reason = match Note::new(reason) {
            Ok(reason) => reason,
            Err(fault) => return Err(acting.denied(Refusal::Invalid(vec![fault.at("reason")]).into()).await?),
        };
        self.ids.open(&acting.transaction).await?;
        let id = FreezeId::from(self.ids.next(acting.now));
        let row = freeze::ActiveModel {
            id: Set(id.uuid()),
            scope: Set(to_json("scope", &scope)?),
            reason: Set(reason.to_string()),
            begun_by: Set(Actor::Account(caller.standing.account).name()),
            begun_at: Set(acting.now.micros()),
        };
        freeze::Entity::insert(row)
            .exec_without_returning(&acting.transaction)
            .await?;
        let detail = said([
            ("freeze", json!(id)),
            ("scope", json!(scope)),
            ("reason", json!(reason)),
        ]);
        let done = Done::by(caller, "freeze-schedules", detail);
        Ok(Some(
            acting
                .done(done, |sequence| AcceptedFreeze { freeze: id, sequence })
                .await?,
        ))
    }

    /// Ends a freeze.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn resume(
        &self,
        caller: &Caller,
        id: FreezeId,
        held: HeldAndDue,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedFreeze, CommandError> {
        let once = Once::new(key, "resume-schedules", &(id, held))?;
        until_done(|| self.try_to_resume(caller, id, held, once.as_ref())).await
    }

    async fn try_to_resume(
        &self,
        caller: &Caller,
        id: FreezeId,
        held: HeldAndDue,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedFreeze>, CommandError> {
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Alone, once).await? {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let freezes = read(&acting.transaction).await?;
        let Some(ended) = freezes.iter().find(|freeze| freeze.id == id) else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        if let Err(denial) = ended.scope.allow(&caller.standing) {
            return Err(acting.denied(denial).await?);
        }
        let detail = said([("freeze", json!(id)), ("scope", json!(ended.scope))]);
        let (mut changes, mut given_up_details) = (Vec::new(), Vec::new());
        if held == HeldAndDue::AskForNewTimes {
            let deciding = Deciding::begin(self, &acting).await?;
            let (given_up, details) = give_up(&acting, &deciding, ended).await?;
            given_up_details = details;
            let Some(told) = deciding.store(&acting.transaction, &given_up).await? else {
                acting.transaction.rollback().await?;
                return Ok(None);
            };
            changes = told;
        }
        freeze::Entity::delete_by_id(id.uuid())
            .exec(&acting.transaction)
            .await?;
        // What another freeze holds is found out at the next look. Nor does the clock matter, which may have been set back
        // since something was held.
        translation::Entity::update_many()
            .col_expr(translation::Column::DraftHeld, Expr::value(false))
            .filter(translation::Column::DraftDueAt.is_not_null())
            .filter(translation::Column::DraftHeld.eq(true))
            .exec(&acting.transaction)
            .await?;
        let done = Done {
            changes,
            ..Done::by_each(
                caller,
                "resume-schedules",
                [detail].into_iter().chain(given_up_details).collect(),
            )
        };
        Ok(Some(
            acting
                .done(done, |sequence| AcceptedFreeze { freeze: id, sequence })
                .await?,
        ))
    }
}

/// Gives up what came due while a freeze held it, a bundle as a whole.
async fn give_up(
    acting: &Acting,
    deciding: &Deciding<'_>,
    ended: &Freeze,
) -> Result<(Vec<Saving>, Vec<Map<String, Value>>), StoreError> {
    let due = translation::Entity::find()
        .select_only()
        .column(translation::Column::ReleaseId)
        .filter(translation::Column::DraftDueAt.lte(deciding.now.micros()))
        .distinct();
    let ids: Vec<Uuid> = due.into_tuple().all(&acting.transaction).await?;
    let ids: Vec<ReleaseId> = ids.into_iter().map(Into::into).collect();
    let was = load(&acting.transaction, &deciding.taxonomy, &ids, Purpose::Change).await?;
    let holds = |release: &Release| ended.scope.holds(release, &deciding.taxonomy);
    let held_bundles: Vec<_> = was
        .values()
        .filter(|release| holds(release))
        .flat_map(Release::bundles)
        .collect();
    let mut due: Vec<(ReleaseId, Locale)> = Vec::new();
    for (id, release) in &was {
        let mut locales = if holds(release) {
            release.due(None, deciding.now)
        } else {
            Vec::new()
        };
        for bundle in release.bundles().filter(|bundle| held_bundles.contains(bundle)) {
            locales.extend(release.due(Some(bundle), deciding.now));
        }
        locales.dedup();
        due.extend(locales.into_iter().map(|locale| (*id, locale)));
    }
    let reason = format!(
        "its time came while schedules were held ({}): choose a new one",
        ended.reason
    );
    let is = deciding.decide_without_slugs(|context| due_failed(&was, &due, &reason, context));
    let details = due
        .iter()
        .filter_map(|(id, locale)| Some(detail(was.get(id), is.get(id)?, locale)));
    let details = details.collect();
    Ok((savings(&was, is), details))
}

/// Has schedules that were held for what was merged be held for what it was merged into.
pub(super) async fn bring_up(transaction: &DatabaseTransaction, taxonomy: &Taxonomy) -> Result<(), StoreError> {
    for freeze in read(transaction).await? {
        let scope = freeze.scope.brought_up(taxonomy);
        if scope != freeze.scope {
            freeze::Entity::update_many()
                .col_expr(freeze::Column::Scope, Expr::value(to_json("scope", &scope)?))
                .filter(freeze::Column::Id.eq(freeze.id.uuid()))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

/// The freezes that there are, the oldest first.
pub(super) async fn read(transaction: &DatabaseTransaction) -> Result<Vec<Freeze>, StoreError> {
    let mut rows = freeze::Entity::find().all(transaction).await?;
    rows.sort_by_key(|row| row.id);
    rows.into_iter()
        .map(|row| {
            Ok(Freeze {
                id: row.id.into(),
                scope: from_json("scope", &row.scope)?,
                reason: Note::new(&row.reason).map_err(|fault| StoreError::corrupt("reason", fault))?,
                begun: Changed {
                    by: actor(&row.begun_by)?,
                    at: instant(row.begun_at)?,
                },
            })
        })
        .collect()
}
