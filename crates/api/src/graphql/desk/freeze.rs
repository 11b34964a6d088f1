//! Freezes: schedules that are held, and resumed.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{FreezeId, Reader, freeze, freeze::FreezeScope, taxonomy::Taxonomy};
use newsroom_persistence::{HeldAndDue, Store};

use super::{
    people::{Actor, People},
    rules::unknown,
};
use crate::{
    command_failure::present_command,
    error::{ApiError, ErrorCode, FieldFault},
    graphql::{
        command::read_key,
        desk_id,
        request::{caller, taxonomy},
        scalars::{DateTime, Long},
        taxonomy::{Office, Theme},
    },
    store_failure::present,
};

/// Schedules are held: those of an office, of a theme, or all.
#[derive(Debug, InputObject)]
pub(crate) struct FreezeSchedulesInput {
    /// The slug of the office whose releases' schedules are held. Left out or null, and `theme` too, all schedules are.
    office: Option<String>,
    /// The slug of the theme whose releases' schedules are held, those of themes under it included. Not together with
    /// `office`.
    theme: Option<String>,
    /// Why: plain text of 1 to 2,000 characters.
    reason: String,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// What becomes of what came due while it was held.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldSchedules {
    /// It goes live now.
    Publish,
    /// It does not go live: its stage is `FAILED`, and somebody schedules it anew.
    AskForNewTimes,
}

/// Schedules are held no longer.
#[derive(Debug, InputObject)]
pub(crate) struct ResumeSchedulesInput {
    /// The freeze: its id, or its UUID.
    freeze: ID,
    /// What becomes of what came due meanwhile.
    due: HeldSchedules,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// What came of `freezeSchedules`.
#[derive(SimpleObject)]
pub(crate) struct FreezeSchedulesPayload {
    /// The freeze's id, for `resumeSchedules`.
    freeze: ID,
    /// Where the change log was when the command was done.
    sequence: Long,
}

/// What came of `resumeSchedules`.
#[derive(SimpleObject)]
pub(crate) struct ResumeSchedulesPayload {
    /// The id of the freeze, which is no more.
    freeze: ID,
    /// Where the change log was when the command was done.
    sequence: Long,
}

pub(crate) struct Freeze<'a> {
    held: freeze::Freeze,
    taxonomy: &'a Taxonomy,
    people: Arc<People>,
}

/// Schedules that are held.
#[Object]
impl Freeze<'_> {
    /// Its id.
    async fn id(&self) -> ID {
        desk_id::write(self.held.id)
    }

    /// The office whose releases' schedules are held. Null where it is not about an office.
    async fn office(&self) -> Option<Office<'_>> {
        match self.held.scope {
            FreezeScope::Office(office) => self
                .taxonomy
                .office(office)
                .map(|office| Office::new(office, &Reader::default())),
            FreezeScope::All | FreezeScope::Theme(_) => None,
        }
    }

    /// The theme whose releases' schedules are held. Null where it is not about a theme.
    async fn theme(&self) -> Option<Theme<'_>> {
        let tree = self.taxonomy.themes();
        match self.held.scope {
            FreezeScope::Theme(theme) => tree.get(theme).map(|theme| Theme::new(theme, tree, &Reader::default())),
            FreezeScope::All | FreezeScope::Office(_) => None,
        }
    }

    /// Why, as plain text: escape it for HTML.
    async fn reason(&self) -> String {
        self.held.reason.to_string()
    }

    /// Who began it.
    async fn by(&self) -> Actor {
        Actor::new(self.held.begun.by, &self.people)
    }

    /// When it began, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.held.begun.at)
    }
}

#[derive(Debug, Default)]
pub(crate) struct FreezeQueries;

#[Object]
impl FreezeQueries {
    /// The freezes that hold schedules now, the oldest first. Needs credentials.
    async fn freezes<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<Freeze<'ctx>>> {
        caller(context)?;
        let store = context.data::<Store>()?;
        let freezes = store.freezes().await.map_err(|error| present(&error))?;
        let people = store
            .names_of(freezes.iter().map(|freeze| freeze.begun.by).collect())
            .await;
        let people = Arc::new(people.map_err(|error| present(&error))?);
        let taxonomy = taxonomy(context).await?;
        let shown = freezes.into_iter().map(|held| Freeze {
            held,
            taxonomy,
            people: Arc::clone(&people),
        });
        Ok(shown.collect())
    }
}

#[derive(Debug, Default)]
pub(crate) struct FreezeMutation;

#[Object]
impl FreezeMutation {
    /// Holds every schedule of an office, of a theme, or of all: what comes due does not go live until they are resumed. What
    /// somebody publishes goes live all the same. For publishers of that office or of all, and for administrators.
    async fn freeze_schedules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which schedules, and why.")] input: FreezeSchedulesInput,
    ) -> Result<FreezeSchedulesPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let scope = read_scope(
            taxonomy(context).await?,
            input.office.as_deref(),
            input.theme.as_deref(),
        )?;
        let begun = store.freeze(caller, scope, &input.reason, key.as_ref()).await;
        let begun = begun.map_err(|error| present_command(error, "input"))?;
        Ok(FreezeSchedulesPayload {
            freeze: desk_id::write(begun.freeze),
            sequence: Long(begun.sequence),
        })
    }

    /// Resumes schedules that were held. What another freeze holds too stays held.
    async fn resume_schedules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which freeze ends, and what becomes of what came due meanwhile.")]
        input: ResumeSchedulesInput,
    ) -> Result<ResumeSchedulesPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let Some(freeze) = desk_id::read::<FreezeId>("input.freeze", &input.freeze)? else {
            return Err(ApiError::new(ErrorCode::NotFound, "There is no such freeze: it may have ended.").into());
        };
        let held = match input.due {
            HeldSchedules::Publish => HeldAndDue::Publish,
            HeldSchedules::AskForNewTimes => HeldAndDue::AskForNewTimes,
        };
        let ended = store.resume(caller, freeze, held, key.as_ref()).await;
        let ended = ended.map_err(|error| present_command(error, "input"))?;
        Ok(ResumeSchedulesPayload {
            freeze: desk_id::write(ended.freeze),
            sequence: Long(ended.sequence),
        })
    }
}

fn read_scope(taxonomy: &Taxonomy, office: Option<&str>, theme: Option<&str>) -> Result<FreezeScope, ApiError> {
    let scope = match (office, theme) {
        (None, None) => Ok(FreezeScope::All),
        (Some(_), Some(_)) => Err(FieldFault::new(
            "input.theme",
            "CONFLICTING",
            "give office or theme, not both",
        )),
        (Some(slug), None) => match taxonomy.office_by_slug(slug) {
            Some(office) => Ok(FreezeScope::Office(office.id)),
            None => Err(unknown("input.office", "office", slug)),
        },
        (None, Some(slug)) => match taxonomy.themes().by_slug(slug) {
            Some(theme) => Ok(FreezeScope::Theme(theme.id)),
            None => Err(unknown("input.theme", "theme", slug)),
        },
    };
    scope.map_err(|fault| ApiError::validation(vec![fault]))
}
