//! What is due: published at its hour, by whichever host comes first, or given up with a reason that the desk is shown.
//!
//! What is due is taken a release or a bundle at a time, each in one transaction: its release rows are locked first, by id,
//! and those that somebody else holds are left for the next look. The database's wall clock says what is due, so that hosts
//! whose clocks differ agree, and a jump of the clock neither skips nor repeats anything.

use std::collections::{BTreeMap, HashSet};

use newsroom_domain::account::Standing;
use newsroom_domain::audit::Actor;
use newsroom_domain::freeze::Freeze;
use newsroom_domain::release::{Release, due_failed, due_published};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{AccountId, BundleId, Instant, Locale, ReleaseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::bundle::releases_in;
use super::deciding::{Deciding, detail, savings};
use super::freeze;
use super::load::{Purpose, load};
use crate::account::accounts_of;
use crate::acting::{Acting, CommandError, Done};
use crate::database::push_now;
use crate::entity::translation;
use crate::sql::Sql;
use crate::{Store, StoreError, StoreErrorKind};

/// The most that one look takes, a release or a bundle each: whoever looks may want to end.
const MOST: usize = 100;

/// What goes live together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    Bundle(BundleId),
    Release(ReleaseId),
}

/// What came of what was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTranslation {
    /// The release.
    pub release: ReleaseId,
    /// The locale.
    pub locale: Locale,
    /// When it was due.
    pub due_at: Instant,
    /// When it was taken.
    pub taken_at: Instant,
    /// Why it did not go live, where it did not.
    pub failure: Option<String>,
}

/// What came of a look at what is due.
#[derive(Debug, Default)]
pub struct Look {
    /// What was taken.
    pub taken: Vec<DueTranslation>,
    /// What went wrong, the first of it; what was taken is done nevertheless.
    pub failure: Option<StoreError>,
}

/// What is due of some releases, in the order in which it goes live.
type Due = Vec<(ReleaseId, Locale)>;

/// What came of it: the releases then, and what did not go live, with the reason.
type Outcome = (BTreeMap<ReleaseId, Release>, BTreeMap<(ReleaseId, Locale), String>);

impl Store {
    /// Publishes what is due, the earliest first, and answers what came of it. What cannot go live is given up. What cannot
    /// be read holds up nothing else.
    pub async fn publish_due(&self) -> Look {
        let mut look = Look::default();
        let found = match self.find_due().await {
            Ok(found) => found,
            Err(error) => {
                look.failure = Some(error);
                return look;
            }
        };
        let mut took = 0;
        for together in found {
            match self.take_due(together).await {
                Ok(taken) => {
                    took += usize::from(!taken.is_empty());
                    look.taken.extend(taken);
                }
                // Another host got in the way: it is there at the next look, or was taken.
                Err(error) if error.is_contention() => {}
                Err(error) => {
                    let is_of_this_alone = error.kind() == StoreErrorKind::Internal;
                    look.failure.get_or_insert(error);
                    if !is_of_this_alone {
                        break;
                    }
                }
            }
            if took == MOST {
                break;
            }
        }
        look
    }

    /// What is due and not held, the earliest first. All of it, so that what waits for something else crowds nothing out.
    async fn find_due(&self) -> Result<Vec<Together>, StoreError> {
        let transaction = self.connections.read().await?;
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT release_id, draft_bundle_id FROM translation WHERE draft_due_at <= ",
        );
        push_now(&mut sql);
        sql.push(" AND draft_held = ").bind(false);
        sql.push(" ORDER BY draft_due_at");
        let rows = transaction.query_all_raw(sql.finish()).await?;
        transaction.commit().await?;
        let mut found = Vec::new();
        let mut known = HashSet::new();
        for row in rows {
            let bundle = row.try_get::<Option<Uuid>>("", "draft_bundle_id")?;
            let release: Uuid = row.try_get("", "release_id")?;
            let together = match bundle {
                Some(bundle) => Together::Bundle(bundle.into()),
                None => Together::Release(release.into()),
            };
            if known.insert((bundle.is_some(), bundle.unwrap_or(release))) {
                found.push(together);
            }
        }
        Ok(found)
    }

    async fn take_due(&self, together: Together) -> Result<Vec<DueTranslation>, StoreError> {
        let acting = Acting::by_itself(&self.connections).await?;
        let ids = match together {
            Together::Bundle(bundle) => releases_in(&acting.transaction, bundle).await?,
            Together::Release(release) => vec![release],
        };
        let deciding = Deciding::begin(self, &acting).await?;
        let was = load(&acting.transaction, &deciding.taxonomy, &ids, Purpose::ChangeWhatIsFree).await?;
        if was.len() < ids.len() {
            acting.transaction.rollback().await?;
            return Ok(Vec::new());
        }
        let due = due(together, &was, deciding.now);
        if due.is_empty() || waits(&was, &due) {
            acting.transaction.rollback().await?;
            return Ok(Vec::new());
        }
        let freezes = freeze::read(&acting.transaction).await?;
        if is_held(&freezes, &was, &deciding.taxonomy) {
            hold(&acting.transaction, &due).await?;
            acting.transaction.commit().await?;
            return Ok(Vec::new());
        }
        let planners = self.planners(&acting.transaction, &was, &due).await?;
        let (is, failures) = self.decide_due(together, &deciding, &was, &due, &planners);
        let (taken, details) = account_for(&was, &is, &due, &failures, deciding.now);
        let savings = savings(&was, is);
        let Some(changes) = deciding.store(&acting.transaction, &savings).await? else {
            acting.transaction.rollback().await?;
            return Ok(Vec::new());
        };
        let action = if failures.len() < due.len() {
            "publish-scheduled"
        } else {
            "give-up-schedule"
        };
        let done = Done {
            changes,
            ..Done::of(Actor::Scheduler, action, details)
        };
        match acting.done(done, |_| ()).await {
            Ok(()) => Ok(taken),
            Err(CommandError::Store(error)) => Err(error),
            // No caller is denied what nobody asks for.
            Err(error) => Err(StoreError::corrupt("schedule", error)),
        }
    }

    /// Decides what comes of what is due: of a bundle all or nothing, of a release each translation by itself.
    fn decide_due(
        &self,
        together: Together,
        deciding: &Deciding<'_>,
        was: &BTreeMap<ReleaseId, Release>,
        due: &Due,
        planners: &BTreeMap<AccountId, Standing>,
    ) -> Outcome {
        let rule = self.rules.publish;
        deciding.decide_without_slugs(|context| {
            let mut releases = was.clone();
            let mut failures = BTreeMap::new();
            let portions: Vec<&[(ReleaseId, Locale)]> = match together {
                Together::Bundle(_) => vec![due],
                Together::Release(_) => due.chunks(1).collect(),
            };
            for portion in portions {
                match due_published(&releases, portion, planners, rule, context) {
                    Ok(published) => releases = published,
                    Err(((id, locale), reason)) => {
                        let reason = if portion.len() > 1 {
                            format!(
                                "nothing of the bundle went live, since {locale} of release {id} could not: {reason}"
                            )
                        } else {
                            reason
                        };
                        releases = due_failed(&releases, portion, &reason, context);
                        failures.extend(portion.iter().map(|failed| (failed.clone(), reason.clone())));
                    }
                }
            }
            (releases, failures)
        })
    }

    /// What those may do who scheduled what is due, where they may do anything.
    async fn planners(
        &self,
        transaction: &DatabaseTransaction,
        was: &BTreeMap<ReleaseId, Release>,
        due: &Due,
    ) -> Result<BTreeMap<AccountId, Standing>, StoreError> {
        let accounts = due
            .iter()
            .filter_map(|(id, locale)| was.get(id)?.planned(locale)?.planned.by.account());
        let accounts = accounts_of(transaction, &accounts.collect::<Vec<_>>()).await?;
        let active = accounts.values().filter(|account| account.suspended_at.is_none());
        Ok(active.map(|account| (account.id, account.standing())).collect())
    }
}

/// Whether a freeze holds one of these releases.
fn is_held(freezes: &[Freeze], was: &BTreeMap<ReleaseId, Release>, taxonomy: &Taxonomy) -> bool {
    let holds = |release: &Release| freezes.iter().any(|freeze| freeze.scope.holds(release, taxonomy));
    was.values().any(holds)
}

/// What is due of these releases, the originals first.
fn due(together: Together, was: &BTreeMap<ReleaseId, Release>, now: Instant) -> Due {
    let bundle = match together {
        Together::Bundle(bundle) => Some(bundle),
        Together::Release(_) => None,
    };
    let due = was.iter().flat_map(|(id, release)| {
        let locales = release.due(bundle, now).into_iter();
        locales.map(|locale| (*id, locale))
    });
    due.collect()
}

/// Whether something of it waits for an original that is due by itself, or in another bundle: that goes live first.
fn waits(was: &BTreeMap<ReleaseId, Release>, due: &Due) -> bool {
    due.iter().any(|(id, locale)| {
        was.get(id).is_some_and(|release| {
            release.waits_for_original(locale) && !due.contains(&(*id, release.original_locale.clone()))
        })
    })
}

/// What came of each translation, and what the audit trail says of it.
fn account_for(
    was: &BTreeMap<ReleaseId, Release>,
    is: &BTreeMap<ReleaseId, Release>,
    due: &Due,
    failures: &BTreeMap<(ReleaseId, Locale), String>,
    taken_at: Instant,
) -> (Vec<DueTranslation>, Vec<Map<String, Value>>) {
    let mut taken = Vec::new();
    let mut details = Vec::new();
    for (id, locale) in due {
        let (Some(before), Some(after)) = (was.get(id), is.get(id)) else {
            continue;
        };
        let Some(plan) = before.planned(locale) else { continue };
        let failure = failures.get(&(*id, locale.clone())).cloned();
        let mut detail = detail(Some(before), after, locale);
        detail.insert("scheduledBy".to_owned(), json!(plan.planned.by));
        detail.insert("scheduledFor".to_owned(), json!(plan.schedule.at));
        if let Some(bundle) = plan.bundle {
            detail.insert("bundle".to_owned(), json!(bundle));
        }
        if let Some(failure) = &failure {
            detail.insert("failure".to_owned(), json!(failure));
        }
        details.push(detail);
        taken.push(DueTranslation {
            release: *id,
            locale: locale.clone(),
            due_at: plan.schedule.at,
            taken_at,
            failure,
        });
    }
    (taken, details)
}

/// Notes that a freeze holds what is due, so that it is not looked at again until one ends.
async fn hold(transaction: &DatabaseTransaction, due: &Due) -> Result<(), StoreError> {
    for (id, locale) in due {
        translation::Entity::update_many()
            .col_expr(translation::Column::DraftHeld, Expr::value(true))
            .filter(translation::Column::ReleaseId.eq(id.uuid()))
            .filter(translation::Column::Locale.eq(locale.as_str()))
            .exec(transaction)
            .await?;
    }
    Ok(())
}
