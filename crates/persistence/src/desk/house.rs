//! The rules of the house: read with each command, changed by administrators.

use std::collections::BTreeMap;

use newsroom_domain::OfficeId;
use newsroom_domain::account::{Action, Caller, Matter};
use newsroom_domain::audit::Actor;
use newsroom_domain::check::CheckRules;
use newsroom_domain::house::{HouseBook, HouseRules};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::Refusal;
use newsroom_domain::release::Changed;
use newsroom_domain::taxonomy::Taxonomy;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::load::actor;
use crate::account::detail;
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::entity::house_rules;
use crate::head::to_json;
use crate::live::row::{from_json, instant};
use crate::{CommandError, Store, StoreError};

/// The rules of an office, or those for all, with who changed them last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptRules {
    /// The office; none, for all.
    pub office: Option<OfficeId>,
    /// The rules.
    pub rules: HouseRules,
    /// Raised by every change.
    pub version: i64,
    /// Who changed them last, and when; nobody, where nobody has made any yet.
    pub changed: Option<Changed>,
}

/// Rules that were changed: now, or before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedRules {
    /// The version that it made of them.
    pub version: i64,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

/// Other rules, as somebody wants them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRules {
    /// For which office; none, for all.
    pub office: Option<OfficeId>,
    /// The version that the caller has seen; 0 where there were none yet.
    pub seen: i64,
    /// The rules.
    pub rules: HouseRules,
}

impl Store {
    /// The rules of the house: those for all first, also where nobody has made any yet; then those of offices.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn house_rules(&self) -> Result<Vec<KeptRules>, StoreError> {
        let transaction = self.connections.read().await?;
        let mut rules = read(&transaction).await?;
        transaction.commit().await?;
        if rules.first().is_none_or(|first| first.office.is_some()) {
            rules.insert(0, KeptRules::default());
        }
        Ok(rules)
    }

    /// What becomes of the findings of checks.
    #[must_use]
    pub fn check_rules(&self) -> &CheckRules {
        &self.rules.checks
    }

    /// Gives an office, or all, other rules.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn change_house_rules(
        &self,
        caller: &Caller,
        new: &NewRules,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedRules, CommandError> {
        let once = Once::new(key, "change-rules", new)?;
        until_done(|| self.try_to_change_rules(caller, new, once.as_ref())).await
    }

    /// The same, always `Some`.
    async fn try_to_change_rules(
        &self,
        caller: &Caller,
        new: &NewRules,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedRules>, CommandError> {
        // Alone, so that nothing is published by rules that end meanwhile.
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Alone, once).await? {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let allowed = caller
            .standing
            .allow(Action::KeepRules, Matter::Newsroom, self.rules.publish);
        if let Err(denial) = allowed {
            return Err(acting.denied(denial).await?);
        }
        // What they are for was named before the act began, and may have been merged since.
        let taxonomy = self.taxonomy_in(&acting.transaction).await?;
        let office = new.office.map(|office| taxonomy.current_office(office));
        let rules = new.rules.clone().brought_up(&taxonomy);
        let known = read(&acting.transaction).await?;
        let known = known.into_iter().find(|known| known.office == office);
        let current = known.as_ref().map_or(0, |known| known.version);
        if current != new.seen {
            let refusal = Refusal::Stale {
                locale: None,
                seen: new.seen,
                current,
                changed: known.and_then(|known| known.changed),
            };
            return Err(acting.denied(refusal.into()).await?);
        }
        let by = Actor::Account(caller.standing.account);
        let changed = Changed { by, at: acting.now };
        put(&acting.transaction, (office, current + 1), &rules, changed).await?;
        let detail = detail([
            ("office", json!(office)),
            ("before", json!(known.map(|known| known.rules))),
            ("after", json!(rules)),
        ]);
        let done = Done::by(caller, "change-rules", detail);
        let accepted = |sequence| AcceptedRules {
            version: current + 1,
            sequence,
        };
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// Writes the rules of an office, or those for all, with the version that they have.
async fn put(
    transaction: &DatabaseTransaction,
    (office, version): (Option<OfficeId>, i64),
    rules: &HouseRules,
    changed: Changed,
) -> Result<(), StoreError> {
    use house_rules::Column;
    let row = house_rules::ActiveModel {
        office_id: Set(office.map_or(Uuid::nil(), Uuid::from)),
        rules: Set(to_json("rules", rules)?),
        version: Set(version),
        changed_by: Set(changed.by.name()),
        changed_at: Set(changed.at.micros()),
    };
    let replace = OnConflict::column(Column::OfficeId)
        .update_columns([Column::Rules, Column::Version, Column::ChangedBy, Column::ChangedAt])
        .to_owned();
    house_rules::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Gives an office the rules of one that was merged into it beside its own, the stricter of two.
pub(super) async fn merge_offices(
    transaction: &DatabaseTransaction,
    (gone, into): (OfficeId, OfficeId),
    changed: Changed,
) -> Result<(), StoreError> {
    let known = read(transaction).await?;
    let of = |office| known.iter().find(|known| known.office == Some(office));
    let Some(of_gone) = of(gone) else { return Ok(()) };
    let of_other = of(into).cloned().unwrap_or_default();
    let rules = of_other.rules.and(&of_gone.rules);
    put(transaction, (Some(into), of_other.version + 1), &rules, changed).await?;
    house_rules::Entity::delete_by_id(gone.uuid()).exec(transaction).await?;
    Ok(())
}

/// Brings up the rules for content types that were merged.
pub(super) async fn bring_up(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    changed: Changed,
) -> Result<(), StoreError> {
    for known in read(transaction).await? {
        let rules = known.rules.clone().brought_up(taxonomy);
        if rules != known.rules {
            put(transaction, (known.office, known.version + 1), &rules, changed).await?;
        }
    }
    Ok(())
}

/// The rules as commands go by them.
pub(super) async fn book(transaction: &DatabaseTransaction) -> Result<HouseBook, StoreError> {
    let mut book = HouseBook {
        general: HouseRules::default(),
        of_offices: BTreeMap::new(),
    };
    for kept in read(transaction).await? {
        match kept.office {
            None => book.general = kept.rules,
            Some(office) => {
                book.of_offices.insert(office, kept.rules);
            }
        }
    }
    Ok(book)
}

async fn read(transaction: &DatabaseTransaction) -> Result<Vec<KeptRules>, StoreError> {
    let mut rows = house_rules::Entity::find().all(transaction).await?;
    rows.sort_by_key(|row| row.office_id);
    rows.into_iter()
        .map(|row| {
            Ok(KeptRules {
                office: (!row.office_id.is_nil()).then(|| row.office_id.into()),
                rules: from_json("rules", &row.rules)?,
                version: row.version,
                changed: Some(Changed {
                    by: actor(&row.changed_by)?,
                    at: instant(row.changed_at)?,
                }),
            })
        })
        .collect()
}
