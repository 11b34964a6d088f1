//! The change log, by pages and as it is written.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, Subscription};
use futures_util::{Stream, stream};
use newsroom_domain::{
    Reader,
    change::{self, ChangeCursor, Subject},
    filter::ReleaseFilter,
    page::{DEFAULT_SIZE, LARGEST},
    release::PublicFace,
};
use newsroom_persistence::{ChangePage, ReportedChange, ReportedRelease, Snapshot, Store, Wants};

use super::{
    Settings,
    address::Tombstone,
    connection::PageInfo,
    filter::refuse_filter,
    global_id::GlobalId,
    release::Release,
    request::CountsOfRequest,
    scalars::{DateTime, LocaleTag, Long, PlainUuid},
    taxonomy::{ContentType, Office, Theme},
};
use crate::{
    changes::{ChangeHub, DigestedLine, Follower, check_cursor, scope_of},
    error::{ApiError, ErrorCode, FieldFault},
    store_failure::present,
};

/// Which changes to be told of. Several values of one filter mean any of them, and `without…` is one more value of its kind;
/// different filters mean all of them. Changes of offices, themes and content types are told whatever the filter, since they say
/// what slugs mean.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ChangeFilter {
    /// Slugs of offices, at most 100: releases that are or were of any of them.
    offices: Option<Vec<String>>,
    /// Slugs of themes, at most 100: releases that are or were on any of them, or on a theme below one of them.
    themes: Option<Vec<String>>,
    /// Slugs of content types, at most 100: releases that are or were of any of them.
    types: Option<Vec<String>>,
    /// Releases that are or were of no office, beside those of `offices`.
    without_office: Option<bool>,
    /// Releases that are or were on no theme, beside those on `themes`.
    without_theme: Option<bool>,
    /// Releases that are or were of no content type, beside those of `types`.
    without_type: Option<bool>,
    /// Locales, at most 100: releases that can or could be read in any of them.
    locales: Option<Vec<LocaleTag>>,
}

impl From<ChangeFilter> for ReleaseFilter {
    fn from(filter: ChangeFilter) -> Self {
        let locales = filter.locales.unwrap_or_default().into_iter().map(|tag| tag.0);
        Self {
            offices: filter.offices.unwrap_or_default(),
            themes: filter.themes.unwrap_or_default(),
            types: filter.types.unwrap_or_default(),
            without_office: filter.without_office.unwrap_or_default(),
            without_theme: filter.without_theme.unwrap_or_default(),
            without_type: filter.without_type.unwrap_or_default(),
            locales: locales.collect(),
            published_from: None,
            published_to: None,
        }
    }
}

/// What happened.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// A release went live for the first time.
    Published,
    /// A translation that is not the original went live for the first time; `locale` says which.
    TranslationPublished,
    /// What is live was changed without a public note; of an office, theme or content type: it was changed.
    Updated,
    /// What is live was corrected, with a public note.
    Corrected,
    /// A translation was taken down: readers get the original. `locale` says which.
    TranslationTakenDown,
    /// A translation that was taken down is back; `locale` says which.
    TranslationReinstated,
    /// The release's address changed; the old one redirects.
    SlugChanged,
    /// The release was withdrawn: it stays readable, marked, with a notice.
    Withdrawn,
    /// The release was removed: what is left of it is a tombstone.
    Removed,
    /// A release that was withdrawn or removed is back.
    Reinstated,
    /// The release is filed otherwise, since a theme moved or two entries were merged; or what it is filed under has another slug.
    Reclassified,
    /// An office, theme or content type was created.
    Created,
    /// An office, theme or content type was merged into another of its kind, and is gone.
    Merged,
    /// An office, theme or content type under which nothing was filed was deleted.
    Deleted,
}

impl From<&change::ChangeKind> for ChangeKind {
    fn from(kind: &change::ChangeKind) -> Self {
        use change::ChangeKind as Of;
        match kind {
            Of::Published => Self::Published,
            Of::TranslationPublished(_) => Self::TranslationPublished,
            Of::Updated => Self::Updated,
            Of::Corrected => Self::Corrected,
            Of::TranslationTakenDown(_) => Self::TranslationTakenDown,
            Of::TranslationReinstated(_) => Self::TranslationReinstated,
            Of::SlugChanged => Self::SlugChanged,
            Of::Withdrawn => Self::Withdrawn,
            Of::Removed => Self::Removed,
            Of::Reinstated => Self::Reinstated,
            Of::Reclassified => Self::Reclassified,
            Of::Created => Self::Created,
            Of::Merged { .. } => Self::Merged,
            Of::Deleted => Self::Deleted,
        }
    }
}

/// Where a change came from.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::change::Origin")]
pub(crate) enum ChangeOrigin {
    /// The operator's importer.
    Import,
    /// The desk.
    Desk,
}

/// A change for a reader.
pub(crate) struct Change {
    reported: ReportedChange,
    reader: Reader,
}

impl Change {
    const fn subject(&self) -> Subject {
        self.reported.event.logged.change.subject
    }

    /// What readers have of the release that it is about, or what is left of it.
    fn face(&self) -> Option<&PublicFace> {
        match &self.reported.release {
            Some(ReportedRelease::Here(face)) => Some(face),
            Some(ReportedRelease::Gone(face)) => Some(&**face).filter(|face| matches!(face, PublicFace::Tombstone(_))),
            None => None,
        }
    }

    fn line_of(&self) -> Result<Option<DigestedLine>, ApiError> {
        let face = self.face();
        let line = face.map(|face| DigestedLine::of(face, &self.reported.event.taxonomy));
        Ok(line.transpose()?.flatten())
    }
}

fn id_of(subject: Subject) -> ID {
    match subject {
        Subject::Release(id) => GlobalId::Release(id),
        Subject::Office(id) => GlobalId::Office(id),
        Subject::Theme(id) => GlobalId::Theme(id),
        Subject::ContentType(id) => GlobalId::ContentType(id),
    }
    .into()
}

/// An entry of the change log. What it is about is given as it is now, however long ago the change was: whoever puts that in the
/// place of what they had has the newsroom as it is.
#[Object]
impl Change {
    /// Where it is in the log: give it as `after` to go on behind it. It holds for ever. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        self.reported.event.logged.cursor.to_string()
    }

    /// Its number: each change has the next one, without gaps.
    async fn sequence(&self) -> Long {
        Long(self.reported.event.logged.cursor.sequence)
    }

    /// When it happened, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.reported.event.logged.change.at)
    }

    /// What happened.
    async fn kind(&self) -> ChangeKind {
        (&self.reported.event.logged.change.kind).into()
    }

    /// The locale of the translation that it is about, where it is about one alone.
    async fn locale(&self) -> Option<LocaleTag> {
        self.reported.event.logged.change.kind.locale().cloned().map(LocaleTag)
    }

    /// Where it came from.
    async fn origin(&self) -> ChangeOrigin {
        self.reported.event.logged.change.origin.into()
    }

    /// Whether subscribers and webhooks are told. An import is not announced, unless its operator wants it to be.
    async fn announced(&self) -> bool {
        self.reported.event.logged.announced
    }

    /// The global id of the release, office, theme or content type that it is about.
    async fn subject_id(&self) -> ID {
        id_of(self.subject())
    }

    /// The UUID of that.
    async fn subject_uuid(&self) -> PlainUuid {
        PlainUuid(self.subject().uuid())
    }

    /// The global id of what the subject was merged into, where it was.
    async fn merged_into_id(&self) -> Option<ID> {
        self.reported.event.logged.change.kind.merged_into().map(id_of)
    }

    /// Whether the subject is gone from what is followed: it matches the filter no longer, or is there no more. Delete your copy. Where
    /// all is followed, a removed release is not gone: there is its `tombstone`.
    async fn is_gone(&self) -> bool {
        let taxonomy = &self.reported.event.taxonomy;
        match (&self.reported.release, self.subject()) {
            (Some(release), _) => matches!(release, ReportedRelease::Gone(_)),
            (None, Subject::Release(_)) => true,
            (None, Subject::Office(id)) => taxonomy.office(id).is_none(),
            (None, Subject::Theme(id)) => taxonomy.themes().get(id).is_none(),
            (None, Subject::ContentType(id)) => taxonomy.content_type(id).is_none(),
        }
    }

    /// Whether the filter means more from here on, since something was merged into what it names. What that had before is nowhere
    /// in the log: take a new snapshot.
    async fn filter_widened(&self) -> bool {
        self.reported.widens
    }

    /// The release as it is now; null where it is gone, and where the change is of something else.
    async fn release(&self) -> Result<Option<Release>> {
        let Some(PublicFace::Live(live)) = self.face() else {
            return Ok(None);
        };
        // All of it is in hand.
        let wants = Wants {
            bodies: true,
            translations: true,
        };
        let shown = Snapshot::from((**live).clone()).show(&self.reader, wants);
        let shown = shown.map_err(|error| present(&error))?;
        Ok(Some(Release::new(shown, &self.reported.event.taxonomy, &self.reader)))
    }

    /// What is left of the release, where it was removed.
    async fn tombstone(&self) -> Option<Tombstone> {
        match self.face() {
            Some(PublicFace::Tombstone(tombstone)) => Some(Tombstone {
                id: tombstone.id,
                slug: tombstone.slug.to_string(),
                removal: tombstone.removal.clone(),
            }),
            _ => None,
        }
    }

    /// The office as it is now; null where it is gone, and where the change is of something else.
    async fn office(&self) -> Option<Office<'_>> {
        let Subject::Office(id) = self.subject() else {
            return None;
        };
        let office = self.reported.event.taxonomy.office(id)?;
        Some(Office::new(office, &self.reader))
    }

    /// The theme as it is now; null where it is gone, and where the change is of something else.
    async fn theme(&self) -> Option<Theme<'_>> {
        let Subject::Theme(id) = self.subject() else {
            return None;
        };
        let taxonomy = &self.reported.event.taxonomy;
        Some(Theme::new(taxonomy.themes().get(id)?, taxonomy.themes(), &self.reader))
    }

    /// The content type as it is now; null where it is gone, and where the change is of something else.
    async fn content_type(&self) -> Option<ContentType<'_>> {
        let Subject::ContentType(id) = self.subject() else {
            return None;
        };
        let content_type = self.reported.event.taxonomy.content_type(id)?;
        Some(ContentType::new(content_type, &self.reader))
    }

    /// The release, or what is left of it, as a line of the exchange format: a JSON document, the same one as in an export.
    async fn line(&self) -> Result<Option<String>> {
        Ok(self.line_of()?.map(|line| line.line.get().to_owned()))
    }

    /// `sha-256:` and the SHA-256 of the line's canonical form (RFC 8785), in hexadecimal: check a copy by it.
    async fn digest(&self) -> Result<Option<String>> {
        Ok(self.line_of()?.map(|line| line.digest))
    }
}

/// A page of the change log.
pub(crate) struct ChangeConnection {
    page: ChangePage,
    after: ChangeCursor,
    reader: Reader,
}

/// A page of the change log, in the order in which things changed.
///
/// To read on, ask again with `after:` set to `cursor`: also where the page is empty, and for as long as you like.
#[Object]
impl ChangeConnection {
    /// The changes of this page, each with its cursor.
    async fn edges(&self) -> Vec<ChangeEdge> {
        self.changes().map(|node| ChangeEdge { node }).collect()
    }

    /// The changes of this page: the same as `edges { node }`.
    async fn nodes(&self) -> Vec<Change> {
        self.changes().collect()
    }

    /// Where this page lies in the log.
    async fn page_info(&self) -> PageInfo {
        let cursor = |change: Option<&ReportedChange>| change.map(|change| change.event.logged.cursor.to_string());
        PageInfo {
            has_next_page: self.page.has_more(),
            has_previous_page: self.after.sequence > 0,
            start_cursor: cursor(self.page.changes.first()),
            end_cursor: Some(self.page.cursor.to_string()),
        }
    }

    /// What to give as `after` for what comes next.
    async fn cursor(&self) -> String {
        self.page.cursor.to_string()
    }

    /// Where the log ends.
    async fn head(&self) -> String {
        self.page.head.to_string()
    }
}

impl ChangeConnection {
    fn changes(&self) -> impl Iterator<Item = Change> {
        self.page.changes.iter().map(|reported| Change {
            reported: reported.clone(),
            reader: self.reader.clone(),
        })
    }
}

pub(crate) struct ChangeEdge {
    node: Change,
}

/// A change in the log.
#[Object]
impl ChangeEdge {
    /// Where it is in the log.
    async fn cursor(&self) -> String {
        self.node.reported.event.logged.cursor.to_string()
    }

    /// The change.
    async fn node(&self) -> &Change {
        &self.node
    }
}

#[derive(Debug, Default)]
pub(crate) struct ChangeQueries;

#[Object]
impl ChangeQueries {
    /// Every public change since a place in the log, in order, with what it is about as it is now. A copy that is begun with a
    /// snapshot (`GET /v1/export`) is kept up by it: nothing is missed, and nothing comes late.
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "A cursor of the log: only what comes behind it. It holds for ever. Null means from the beginning. One of another log, as after a backup was restored, is INVALID_CURSOR: begin anew with a snapshot."
        )]
        after: Option<String>,
        #[graphql(desc = "How many at most: 1 to 100. Null means 20.")] first: Option<i32>,
        #[graphql(desc = "Which changes; null for all of them.")] filter: Option<ChangeFilter>,
        #[graphql(desc = "The reader's locale; by default each release is given in its original.")] locale: Option<
            LocaleTag,
        >,
    ) -> Result<ChangeConnection> {
        let reader = context.data::<Settings>()?.reader(locale)?;
        let filter = filter.unwrap_or_default().into();
        let after = cursor(after)?.unwrap_or(ChangeCursor::BEGINNING);
        let first = size(first)?;
        let moment = context
            .data::<Store>()?
            .moment()
            .await
            .map_err(|error| present(&error))?;
        let scope = scope_of(&moment, &filter, refuse_filter)?;
        check_cursor(&moment, &after).await?;
        let page = moment.changes_after(&after, &scope, first).await;
        let page = page.map_err(|error| present(&error))?;
        moment.end().await.map_err(|error| present(&error))?;
        Ok(ChangeConnection { page, after, reader })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Subscriptions;

/// What can be listened to. Served over WebSocket (the protocol graphql-transport-ws) and as server-sent events (GraphQL over SSE) at
/// the address of all of GraphQL.
#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// Each change of a release that is announced, as it happens. Keep the last `cursor`, and give it as `after` when you come back:
    /// what happened meanwhile comes first, and nothing is missed.
    async fn release_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which releases; null for all of them.")] filter: Option<ChangeFilter>,
        #[graphql(
            desc = "A cursor of the change log: what has come behind it comes first. Null means from now on. One of another log is INVALID_CURSOR."
        )]
        after: Option<String>,
        #[graphql(desc = "The reader's locale; by default each release is given in its original.")] locale: Option<
            LocaleTag,
        >,
    ) -> Result<impl Stream<Item = Result<Change>>> {
        let reader = context.data::<Settings>()?.reader(locale)?;
        let hub = context.data::<Arc<ChangeHub>>()?;
        let follower = hub
            .follow(cursor(after)?, filter.unwrap_or_default().into(), refuse_filter)
            .await?;
        let counts = Arc::clone(context.data::<Arc<CountsOfRequest>>()?);
        Ok(stream::unfold(Some(follower), move |follower| {
            // The change before is answered.
            counts.forget();
            next(follower, reader.clone())
        }))
    }
}

/// The next change of a release that subscribers are told of. After a failure there is none.
async fn next(follower: Option<Follower>, reader: Reader) -> Option<(Result<Change>, Option<Follower>)> {
    let mut follower = follower?;
    loop {
        match follower.next().await {
            Ok(reported) if reported.event.logged.announced && reported.release.is_some() => {
                return Some((Ok(Change { reported, reader }), Some(follower)));
            }
            Ok(_) => {}
            Err(error) => return Some((Err(error.into()), None)),
        }
    }
}

fn cursor(given: Option<String>) -> Result<Option<ChangeCursor>, ApiError> {
    let cursor = given.map(|text| text.parse::<ChangeCursor>()).transpose();
    cursor.map_err(|fault| ApiError::new(ErrorCode::InvalidCursor, fault.at("after").to_string()))
}

fn size(first: Option<i32>) -> Result<usize, ApiError> {
    let Some(given) = first else {
        return Ok(usize::try_from(DEFAULT_SIZE).unwrap_or(usize::MAX));
    };
    let size = usize::try_from(given)
        .ok()
        .filter(|size| (1..=LARGEST).contains(&(*size as u64)));
    size.ok_or_else(|| {
        let message = format!("give a number from 1 to {LARGEST}, not {given}");
        ApiError::validation(vec![FieldFault::new("first", "OUT_OF_RANGE", message)])
    })
}
