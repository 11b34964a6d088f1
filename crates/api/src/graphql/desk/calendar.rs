//! What is to come: the calendar of what is scheduled, and the translations that are owed.

use async_graphql::{Context, Object, Result, SimpleObject};
use newsroom_domain::ReleaseId;
use newsroom_persistence::{Store, TalkWants};

use super::release::DeskRelease;
use crate::{
    error::{ApiError, FieldFault},
    graphql::{
        request::caller,
        scalars::{DateTime, LocaleTag},
    },
    store_failure::present,
};

/// The most entries of the calendar.
const MOST_SCHEDULED: u64 = 200;
/// The most translations that are owed.
const MOST_OWED: usize = 100;

/// A translation that is scheduled.
#[derive(SimpleObject)]
pub(crate) struct ScheduledTranslation {
    /// When it goes live, in UTC.
    at: DateTime,
    /// Its locale.
    locale: LocaleTag,
    /// Its release.
    release: DeskRelease,
}

/// A translation that the rules of the house ask for and readers do not have.
#[derive(SimpleObject)]
pub(crate) struct OwedTranslation {
    /// The locale that it is to be in.
    locale: LocaleTag,
    /// When readers are to have it by, in UTC.
    due_at: DateTime,
    /// The release that lacks it.
    release: DeskRelease,
}

#[derive(Debug, Default)]
pub(crate) struct CalendarQueries;

#[Object]
impl CalendarQueries {
    /// What is scheduled from one instant to another, both included, in the order in which it goes live: the first 200 of it.
    /// What is held by a freeze, or was due and is about to be taken, is there too. Needs credentials.
    async fn calendar(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first instant.")] from: DateTime,
        #[graphql(desc = "The last instant.")] to: DateTime,
    ) -> Result<Vec<ScheduledTranslation>> {
        let standing = &caller(context)?.standing;
        if from.0 > to.0 {
            let message = format!(
                "the range ends at {}, before it begins at {}: swap the two",
                to.0, from.0
            );
            return Err(ApiError::validation(vec![FieldFault::new("to", "RANGE_REVERSED", message)]).into());
        }
        let store = context.data::<Store>()?;
        let found = store.scheduled(standing, from.0, to.0, MOST_SCHEDULED).await;
        let found = found.map_err(|error| present(&error))?;
        let releases = releases(context, found.iter().map(|(id, _)| *id).collect()).await?;
        let entries = found.into_iter().filter_map(|(id, locale)| {
            let release = releases.iter().find(|release| release.release.id == id)?;
            Some(ScheduledTranslation {
                at: DateTime(release.release.planned(&locale)?.schedule.at),
                locale: LocaleTag(locale),
                release: release.clone(),
            })
        });
        Ok(entries.collect())
    }

    /// The translations that the rules of the house ask for and readers do not have, by when they are due: the first 100 of
    /// them. Needs credentials.
    async fn owed_translations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of releases published from this instant on: what is older owes nothing.")]
        published_from: DateTime,
    ) -> Result<Vec<OwedTranslation>> {
        let standing = &caller(context)?.standing;
        let store = context.data::<Store>()?;
        let owed = store.owed_translations(standing, published_from.0, MOST_OWED).await;
        let owed = owed.map_err(|error| present(&error))?;
        let releases = releases(context, owed.iter().map(|owed| owed.release).collect()).await?;
        let entries = owed.into_iter().filter_map(|owed| {
            let release = releases.iter().find(|release| release.release.id == owed.release)?;
            Some(OwedTranslation {
                locale: LocaleTag(owed.locale),
                due_at: DateTime(owed.due_at),
                release: release.clone(),
            })
        });
        Ok(entries.collect())
    }
}

/// These releases as they are now, in no particular order: those of them that the caller may read.
pub(super) async fn releases(context: &Context<'_>, mut ids: Vec<ReleaseId>) -> Result<Vec<DeskRelease>> {
    ids.sort_unstable();
    ids.dedup();
    let store = context.data::<Store>()?;
    let read = store
        .desk_releases_by_id(&caller(context)?.standing, &ids, TalkWants::ALL)
        .await;
    let read = read.map_err(|error| present(&error))?;
    Ok(DeskRelease::all(read, store.time_zone()).items)
}
