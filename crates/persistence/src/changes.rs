//! Reading the change log, as those who follow the newsroom read it: each change with what its subject is now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use newsroom_domain::change::{
    Change, ChangeCursor, ChangeKind, ChangeScope, Facets, LogMark, Origin, SnapshotCursor, Subject,
};
use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::release::PublicFace;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, ReleaseId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::change;
use crate::live::face::{faces, shown_after};
use crate::live::row::{from_json, instant, parsed};
use crate::{Moment, StoreError};

/// How many changes one page looks at. With a filter that matches few of them, a page ends there, with less on it than was asked for.
const MOST_LOOKED_AT: u64 = 5_000;

/// A change as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its place.
    pub cursor: ChangeCursor,
    /// What happened.
    pub change: Change,
    /// Whether webhooks and subscribers are told.
    pub announced: bool,
}

/// A change with what readers have of its subject, before anybody's filter.
#[derive(Debug, Clone)]
pub struct ChangeEvent {
    /// The change.
    pub logged: LoggedChange,
    /// What readers have of the release that it is about; `None` of an office, theme or content type.
    pub face: Option<Arc<PublicFace>>,
    /// The taxonomy of the moment that it was read at.
    pub taxonomy: Arc<Taxonomy>,
    /// The revision of that.
    pub taxonomy_revision: i64,
}

/// A change, with what becomes of a follower's copy.
#[derive(Debug, Clone)]
pub struct ReportedChange {
    /// The change, and the taxonomy that it was read in.
    pub event: ChangeEvent,
    /// What the follower has of a release from now on; `None` of an office, theme or content type.
    pub release: Option<ReportedRelease>,
    /// Whether the follower's filter means more from here on than it did: something was merged into what it names. What that had
    /// before is nowhere in the log, and takes a new snapshot.
    pub widens: bool,
}

/// What a follower has of a release from now on. It is told as it is now, however long ago the change was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportedRelease {
    /// It is wanted, and this is it: live, or what is left of it, where all is followed.
    Here(Arc<PublicFace>),
    /// It is gone from what is wanted: it matches the filter no longer, or was removed.
    Gone(Arc<PublicFace>),
}

impl ChangeEvent {
    /// The change as whoever follows that is told of it; `None` where it does not concern them.
    #[must_use]
    pub fn report(&self, scope: &ChangeScope) -> Option<ReportedChange> {
        if !concerns(&self.logged.change, scope) {
            return None;
        }
        let release = self.face.clone().map(|face| {
            let is_here = match &*face {
                PublicFace::Live(live) => scope.is_everything() || scope.matches(&live.facets(&self.taxonomy)),
                PublicFace::Tombstone(_) => scope.is_everything(),
                PublicFace::Nothing => false,
            };
            if is_here {
                ReportedRelease::Here(face)
            } else {
                ReportedRelease::Gone(face)
            }
        });
        let into = self.logged.change.kind.merged_into();
        Some(ReportedChange {
            widens: into.is_some_and(|into| scope.names(into)),
            release,
            event: self.clone(),
        })
    }
}

/// A page of the change log.
#[derive(Debug, Clone)]
pub struct ChangePage {
    /// The changes that concern the follower.
    pub changes: Vec<ReportedChange>,
    /// Where the page ends: what the follower goes on from.
    pub cursor: ChangeCursor,
    /// Where the log ends.
    pub head: ChangeCursor,
}

impl ChangePage {
    /// Whether the log goes on behind the page.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.cursor.sequence < self.head.sequence
    }
}

/// A page of a snapshot of all that readers have.
#[derive(Debug, Clone)]
pub struct SnapshotPage {
    /// What they have, in the order of creation.
    pub releases: Vec<(ReleaseId, PublicFace)>,
    /// Where the change log was when the snapshot was begun: what to go on from when it is whole.
    pub head: ChangeCursor,
    /// Where to go on, where there is more.
    pub next: Option<SnapshotCursor>,
}

impl Moment {
    /// Where the change log ends.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn head(&self) -> Result<ChangeCursor, StoreError> {
        let sequence = self.sequence();
        let mark = mark_at(&self.transaction, sequence).await?;
        let mark = mark.ok_or_else(|| no_change(sequence))?;
        Ok(ChangeCursor { sequence, mark })
    }

    /// Whether a cursor is of this log: not of another database's, or of one that was set back since.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn knows(&self, cursor: &ChangeCursor) -> Result<bool, StoreError> {
        Ok(cursor.sequence <= self.sequence()
            && mark_at(&self.transaction, cursor.sequence).await? == Some(cursor.mark))
    }

    /// The next changes behind a place that concern a follower, at most so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn changes_after(
        &self,
        after: &ChangeCursor,
        scope: &ChangeScope,
        most: usize,
    ) -> Result<ChangePage, StoreError> {
        let head = self.head().await?;
        let mut cursor = *after;
        let mut wanted: Vec<LoggedChange> = Vec::new();
        let mut looked_at = 0;
        while wanted.len() < most && looked_at < MOST_LOOKED_AT && cursor.sequence < head.sequence {
            let portion = if scope.is_everything() { most as u64 } else { 1_000 };
            let rows = logged_after(&self.transaction, cursor.sequence, portion).await?;
            looked_at += portion;
            for logged in rows {
                if wanted.len() == most {
                    break;
                }
                cursor = logged.cursor;
                if concerns(&logged.change, scope) {
                    wanted.push(logged);
                }
            }
        }
        let events = self.with_faces(wanted).await?.into_iter();
        let changes = events.filter_map(|event| event.report(scope)).collect();
        Ok(ChangePage { changes, cursor, head })
    }

    /// The changes behind a sequence, before anybody's filter, at most so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn events_after(&self, sequence: i64, most: u64) -> Result<Vec<ChangeEvent>, StoreError> {
        let logged = logged_after(&self.transaction, sequence, most).await?;
        self.with_faces(logged).await
    }

    async fn with_faces(&self, changes: Vec<LoggedChange>) -> Result<Vec<ChangeEvent>, StoreError> {
        let of_release = |logged: &LoggedChange| match logged.change.subject {
            Subject::Release(id) => Some(id),
            Subject::Office(_) | Subject::Theme(_) | Subject::ContentType(_) => None,
        };
        let ids: BTreeSet<ReleaseId> = changes.iter().filter_map(of_release).collect();
        let faces = faces(&self.transaction, &ids.into_iter().collect::<Vec<_>>()).await?;
        let faces: BTreeMap<_, _> = faces.into_iter().map(|(id, face)| (id, Arc::new(face))).collect();
        let nothing = Arc::new(PublicFace::Nothing);
        let event = |logged: LoggedChange| ChangeEvent {
            face: of_release(&logged).map(|id| Arc::clone(faces.get(&id).unwrap_or(&nothing))),
            logged,
            taxonomy: Arc::clone(self.taxonomy()),
            taxonomy_revision: self.taxonomy_revision(),
        };
        Ok(changes.into_iter().map(event).collect())
    }

    /// The next releases of a snapshot, in the order of creation, at most so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn snapshot_after(
        &self,
        after: Option<&SnapshotCursor>,
        filter: &ResolvedFilter,
        most: usize,
    ) -> Result<SnapshotPage, StoreError> {
        let (head, last) = match after {
            Some(after) => (after.head, after.last),
            None => (self.head().await?, ReleaseId::from(uuid::Uuid::nil())),
        };
        let mut ids = shown_after(&self.transaction, filter, true, last, most as u64 + 1).await?;
        let has_more = ids.len() > most;
        ids.truncate(most);
        let next = ids
            .last()
            .filter(|_| has_more)
            .map(|last| SnapshotCursor { head, last: *last });
        let releases = faces(&self.transaction, &ids).await?.into_iter().collect();
        Ok(SnapshotPage { releases, head, next })
    }
}

/// Whether a change concerns a follower: all of the taxonomy's do, since it says what slugs mean; of a release's those that found it
/// within what is wanted, or left it there.
fn concerns(change: &Change, scope: &ChangeScope) -> bool {
    let in_scope = |facets: &Option<Facets>| facets.as_ref().is_some_and(|facets| scope.matches(facets));
    !matches!(change.subject, Subject::Release(_))
        || scope.is_everything()
        || in_scope(&change.before)
        || in_scope(&change.after)
}

/// The mark of the change at that sequence, where there is one.
pub(crate) async fn mark_at(transaction: &DatabaseTransaction, sequence: i64) -> Result<Option<LogMark>, StoreError> {
    use change::Column;
    if sequence == 0 {
        return Ok(Some(LogMark::BEGINNING));
    }
    let row = change::Entity::find()
        .select_only()
        .columns([Column::At, Column::SubjectId])
        .filter(Column::Sequence.eq(sequence));
    let row: Option<(i64, uuid::Uuid)> = row.into_tuple().one(transaction).await?;
    row.map(|(at, subject)| Ok(LogMark::of(sequence, instant(at)?, subject)))
        .transpose()
}

/// The marks of the changes at these sequences, of those that there are, read at once.
pub(crate) async fn marks_at(
    transaction: &DatabaseTransaction,
    sequences: impl IntoIterator<Item = i64>,
) -> Result<Marks, StoreError> {
    use change::Column;
    let wanted: BTreeSet<i64> = sequences.into_iter().filter(|sequence| *sequence != 0).collect();
    let mut marks = BTreeMap::from([(0, LogMark::BEGINNING)]);
    if wanted.is_empty() {
        return Ok(Marks(marks));
    }
    let rows = change::Entity::find()
        .select_only()
        .columns([Column::Sequence, Column::At, Column::SubjectId])
        .filter(Column::Sequence.is_in(wanted));
    let rows: Vec<(i64, i64, uuid::Uuid)> = rows.into_tuple().all(transaction).await?;
    for (sequence, at, subject) in rows {
        marks.insert(sequence, LogMark::of(sequence, instant(at)?, subject));
    }
    Ok(Marks(marks))
}

/// The marks of some changes, by their sequences.
pub(crate) struct Marks(BTreeMap<i64, LogMark>);

impl Marks {
    /// The cursor of one of those changes.
    pub(crate) fn cursor(&self, sequence: i64) -> Result<ChangeCursor, StoreError> {
        let mark = self.0.get(&sequence).copied();
        let mark = mark.ok_or_else(|| no_change(sequence))?;
        Ok(ChangeCursor { sequence, mark })
    }
}

fn no_change(sequence: i64) -> StoreError {
    StoreError::corrupt("change log", format!("it has no change {sequence}"))
}

/// The changes behind a sequence, as they are in the log.
async fn logged_after(
    transaction: &DatabaseTransaction,
    sequence: i64,
    most: u64,
) -> Result<Vec<LoggedChange>, StoreError> {
    let rows = change::Entity::find()
        .filter(change::Column::Sequence.gt(sequence))
        .order_by_asc(change::Column::Sequence)
        .limit(most)
        .all(transaction)
        .await?;
    rows.into_iter().map(logged).collect()
}

/// The cursor of a change.
pub(crate) fn cursor_of(row: &change::Model) -> Result<ChangeCursor, StoreError> {
    Ok(ChangeCursor {
        sequence: row.sequence,
        mark: LogMark::of(row.sequence, instant(row.at)?, row.subject_id),
    })
}

fn logged(row: change::Model) -> Result<LoggedChange, StoreError> {
    let corrupt = |what: &str| StoreError::corrupt("change", format!("{} has the {what}", row.sequence));
    let subject = |id| Subject::named(&row.subject_kind, id).ok_or_else(|| corrupt(&row.subject_kind));
    let locale = row
        .locale
        .as_deref()
        .map(|locale| parsed("locale", locale))
        .transpose()?;
    let kind = ChangeKind::named(&row.kind, locale, row.into_id.map(subject).transpose()?);
    let facets = |json: &Option<String>| json.as_deref().map(|json| from_json("facets", json)).transpose();
    let at: Instant = instant(row.at)?;
    Ok(LoggedChange {
        cursor: cursor_of(&row)?,
        change: Change {
            at,
            subject: subject(row.subject_id)?,
            kind: kind.ok_or_else(|| corrupt(&row.kind))?,
            origin: Origin::named(&row.origin).ok_or_else(|| corrupt(&row.origin))?,
            before: facets(&row.before)?,
            after: facets(&row.after)?,
        },
        announced: row.announced,
    })
}
