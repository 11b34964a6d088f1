//! A mirror: a newsroom that holds what another one's readers have, and nothing else.
//!
//! What the source gives is written to the public side alone, as it is there: with its identities, and no desk behind it. Each page
//! is one transaction with the place that it ends at, so that a mirror which is killed goes on where it was. A mirror has a change
//! log of its own, which its indexes and its own followers go by; its desk refuses whoever asks.

mod taxonomy;

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::audit::{Actor, AuditEntry};
use newsroom_domain::change::{Change, ChangeCursor, ChangeKind, Origin, SnapshotCursor, Subject, changes_between};
use newsroom_domain::exchange::{ReleaseLine, TaxonomySnapshot};
use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::release::PublicFace;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, ReleaseId, Zone};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use crate::database::{Turn, take_turn};
use crate::entity::{live_address, mirror, release};
use crate::head::{Act, Head};
use crate::live::face::{faces, shown_after};
use crate::live::projection::{Showing, show};
use crate::live::row::parsed;
use crate::schema::record_zone_anew;
use crate::sql::in_chunks;
use crate::{Store, StoreError};

/// The one row's key.
const ONLY: i64 = 1;

/// The revision of a taxonomy that a mirror does not have: none has it, so that the source's comes with the next page.
const NO_TAXONOMY: i64 = -1;

/// How many releases of its own a mirror looks at at once, for those that a snapshot no longer has.
const PORTION: u64 = 1_000;

/// Of which newsroom a mirror is, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The address of the newsroom's API.
    pub source: String,
    /// What of it, as the parameters of an address; empty for all.
    pub filter: String,
    /// How far it has come.
    pub place: MirrorPlace,
    /// The revision of the source's taxonomy that it has; 0 before the first.
    pub taxonomy_revision: i64,
}

/// How far a mirror has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorPlace {
    /// It reads all that there is: behind that release, or from the start.
    Snapshot(Option<SnapshotCursor>),
    /// It follows the change log, behind that change.
    Log(ChangeCursor),
}

/// What a mirror takes in at once.
#[derive(Debug)]
pub struct MirrorPage {
    /// The source's taxonomy with its revision, where the mirror has it at another.
    pub taxonomy: Option<(i64, TaxonomySnapshot)>,
    /// What readers have of releases now.
    pub releases: Vec<ReleaseLine>,
    /// What is gone from the source, or from what of it is mirrored.
    pub gone: Gone,
    /// How far this takes the mirror.
    pub place: MirrorPlace,
}

/// What a page says is gone.
#[derive(Debug)]
pub enum Gone {
    /// These.
    These(Vec<ReleaseId>),
    /// Of a snapshot: whatever is not among its releases, up to the last of them; up to the end on the last page.
    Others {
        /// Behind this one.
        after: Option<ReleaseId>,
        /// Whether the page is the last one.
        to_the_end: bool,
    },
}

/// What became of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// How many releases changed.
    pub changed: usize,
    /// How many are gone.
    pub gone: usize,
}

impl Store {
    /// Of which newsroom this one is the mirror, where it is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn mirror(&self) -> Result<Option<Mirror>, StoreError> {
        let transaction = self.connections.read().await?;
        let mirror = read(&transaction).await?;
        transaction.commit().await?;
        Ok(mirror)
    }

    /// Whether there is nothing in this newsroom yet: nothing that readers ever had, and no draft.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let transaction = self.connections.read().await?;
        let is_empty = holds_nothing(&transaction).await?;
        transaction.commit().await?;
        Ok(is_empty)
    }

    /// Makes this newsroom, in which there is nothing yet, the mirror of another, whose days are those of that zone. Where it had
    /// another zone itself, it is to be opened anew.
    ///
    /// # Errors
    /// Where there is something in it, or the database fails.
    pub async fn become_mirror(&self, mirror: &Mirror, zone: Zone) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        take_turn(&transaction, Turn::Alone).await?;
        if !holds_nothing(&transaction).await? {
            return Err(StoreError::NotEmpty);
        }
        record_zone_anew(&transaction, zone).await?;
        write(&transaction, mirror).await?;
        Ok(transaction.commit().await?)
    }

    /// Whether the mirror holds any of these releases, or none at all: whether they may be its source's.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn may_mirror(&self, ids: &[ReleaseId]) -> Result<bool, StoreError> {
        let transaction = self.connections.read().await?;
        let held = live_address::Entity::find();
        let of_these = live_address::Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid()));
        let one = held.clone().filter(of_these).one(&transaction).await?;
        let any = held.one(&transaction).await?;
        transaction.commit().await?;
        Ok(one.is_some() || any.is_none())
    }

    /// Notes that the mirror's source has another address now.
    ///
    /// # Errors
    /// Where this is no mirror, or the database fails.
    pub async fn source_moved(&self, source: String) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        take_turn(&transaction, Turn::Alone).await?;
        let mut mirror = known(&transaction).await?;
        mirror.source = source;
        write(&transaction, &mirror).await?;
        Ok(transaction.commit().await?)
    }

    /// Has the mirror read all of its source anew, the taxonomy too: what it has read is not what the source says now.
    ///
    /// # Errors
    /// Where this is no mirror, or the database fails.
    pub async fn begin_anew(&self) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        take_turn(&transaction, Turn::Alone).await?;
        let mut mirror = known(&transaction).await?;
        mirror.place = MirrorPlace::Snapshot(None);
        mirror.taxonomy_revision = NO_TAXONOMY;
        write(&transaction, &mirror).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes in what a page of the source says, whole, with the place that it ends at.
    ///
    /// # Errors
    /// Where a line cannot be what readers have, this is no mirror, or the database fails; nothing has then been taken in.
    pub async fn take_in(&self, page: MirrorPage) -> Result<TakenIn, StoreError> {
        let transaction = self.connections.write().await?;
        let now = take_turn(&transaction, Turn::Alone).await?;
        let mut mirror = known(&transaction).await?;
        let mut taking = Taking {
            taxonomy: crate::taxonomy::read(&transaction).await?,
            now,
            changes: Vec::new(),
        };
        let MirrorPage {
            taxonomy,
            releases,
            gone,
            place,
        } = page;
        if let Some((revision, snapshot)) = taxonomy {
            taking.taxonomy(&transaction, snapshot).await?;
            mirror.taxonomy_revision = revision;
        }
        let is_following = matches!(mirror.place, MirrorPlace::Log(_));
        let faces = self.faces_of(releases, &taking.taxonomy)?;
        let mut gone = gone.among(&transaction, &faces).await?;
        let evicted = evicted(&transaction, &faces).await?;
        // Whoever is evicted may be there still, at another address: a snapshot that is being read comes to it, the log does not.
        let place = if is_following && !evicted.is_empty() {
            MirrorPlace::Snapshot(None)
        } else {
            place
        };
        gone.extend(evicted);
        let taken_in = taking.releases(&transaction, faces, gone).await?;
        taking.close(&transaction, taken_in, is_following).await?;
        mirror.place = place;
        write(&transaction, &mirror).await?;
        transaction.commit().await?;
        Ok(taken_in)
    }

    fn faces_of(
        &self,
        lines: Vec<ReleaseLine>,
        taxonomy: &Taxonomy,
    ) -> Result<BTreeMap<ReleaseId, PublicFace>, StoreError> {
        let face = |line: ReleaseLine| {
            let name = line
                .id
                .map_or_else(|| "a release without an id".to_owned(), |id| id.to_string());
            let face = line
                .into_public_face(taxonomy, self.zone)
                .map_err(|fault| StoreError::Unmirrored { name, fault })?;
            let id = match &face {
                PublicFace::Live(live) => live.id,
                PublicFace::Tombstone(tombstone) => tombstone.id,
                PublicFace::Nothing => return Err(StoreError::corrupt("line", "it says nothing")),
            };
            Ok((id, face))
        };
        lines.into_iter().map(face).collect()
    }
}

impl Gone {
    /// Which releases of the mirror are gone, beside those that the page has.
    async fn among(
        self,
        transaction: &DatabaseTransaction,
        here: &BTreeMap<ReleaseId, PublicFace>,
    ) -> Result<Vec<ReleaseId>, StoreError> {
        let (after, to_the_end) = match self {
            Self::These(gone) => return Ok(gone),
            Self::Others { after, to_the_end } => (after, to_the_end),
        };
        let last_here = here.keys().next_back().copied();
        let mut last = after.unwrap_or_else(|| Uuid::nil().into());
        let mut gone = Vec::new();
        loop {
            let ours = shown_after(transaction, &ResolvedFilter::default(), true, last, PORTION).await?;
            let Some(newest) = ours.last() else { return Ok(gone) };
            last = *newest;
            for id in ours {
                if !to_the_end && last_here.is_none_or(|last_here| id > last_here) {
                    return Ok(gone);
                }
                if !here.contains_key(&id) {
                    gone.push(id);
                }
            }
        }
    }
}

/// Whose addresses are those of others now. That cannot be but where the source was set back: each has its address for ever.
async fn evicted(
    transaction: &DatabaseTransaction,
    here: &BTreeMap<ReleaseId, PublicFace>,
) -> Result<Vec<ReleaseId>, StoreError> {
    use live_address::Column;
    let mut evicted = Vec::new();
    let slugs = here.values().flat_map(PublicFace::slugs).map(ToString::to_string);
    for slugs in in_chunks(slugs.collect(), 1) {
        let rows = live_address::Entity::find().filter(Column::Slug.is_in(slugs));
        let owners = rows.all(transaction).await?.into_iter();
        evicted.extend(
            owners
                .map(|row| row.release_id.into())
                .filter(|id| !here.contains_key(id)),
        );
    }
    Ok(evicted)
}

/// A page on its way.
struct Taking {
    taxonomy: Taxonomy,
    now: Instant,
    changes: Vec<Change>,
}

impl Taking {
    async fn taxonomy(
        &mut self,
        transaction: &DatabaseTransaction,
        snapshot: TaxonomySnapshot,
    ) -> Result<(), StoreError> {
        let (taxonomy, changes) = taxonomy::take_in(transaction, &self.taxonomy, snapshot, self.now).await?;
        self.taxonomy = taxonomy;
        self.changes.extend(changes);
        Ok(())
    }

    async fn releases(
        &mut self,
        transaction: &DatabaseTransaction,
        here: BTreeMap<ReleaseId, PublicFace>,
        gone: Vec<ReleaseId>,
    ) -> Result<TakenIn, StoreError> {
        let ids: BTreeSet<ReleaseId> = here.keys().copied().chain(gone.iter().copied()).collect();
        let ids: Vec<ReleaseId> = ids.into_iter().collect();
        let mut had = faces(transaction, &ids).await?;
        let gone = gone.into_iter().filter(|id| !here.contains_key(id));
        let gone: Vec<_> = gone.map(|id| (id, PublicFace::Nothing)).collect();
        let mut taken_in = TakenIn::default();
        let mut showings = Vec::new();
        for (id, is) in here.into_iter().chain(gone) {
            let was = had.remove(&id).unwrap_or(PublicFace::Nothing);
            if was == is {
                continue;
            }
            match is {
                PublicFace::Nothing => taken_in.gone += 1,
                PublicFace::Live(_) | PublicFace::Tombstone(_) => taken_in.changed += 1,
            }
            let showing = Showing {
                id,
                was_in: was.facets(&self.taxonomy),
                was,
                is_in: is.facets(&self.taxonomy),
                is,
            };
            self.changes.extend(self.told(&showing));
            showings.push(showing);
        }
        show(transaction, &showings).await?;
        Ok(taken_in)
    }

    /// What the mirror's own followers are told.
    fn told(&self, showing: &Showing) -> Vec<Change> {
        let mut kinds = changes_between(None, &showing.was, &showing.is);
        if showing.is == PublicFace::Nothing {
            kinds.push(ChangeKind::Removed);
        }
        let change = |kind| Change {
            at: self.now,
            subject: Subject::Release(showing.id),
            kind,
            origin: Origin::Import,
            before: showing.was_in.clone(),
            after: showing.is_in.clone(),
        };
        kinds.into_iter().map(change).collect()
    }

    async fn close(
        self,
        transaction: &DatabaseTransaction,
        taken_in: TakenIn,
        announced: bool,
    ) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let taxonomy_changed = self
            .changes
            .iter()
            .any(|change| !matches!(change.subject, Subject::Release(_)));
        let audit = AuditEntry {
            at: self.now,
            actor: Actor::Operator,
            action: "mirror".into(),
            detail: json!({ "changed": taken_in.changed, "gone": taken_in.gone }).to_string(),
        };
        let act = Act {
            changes: self.changes,
            audit: vec![audit],
            announced,
            taxonomy_changed,
        };
        act.close(transaction).await?;
        Ok(())
    }
}

/// Refuses what a desk asks of a mirror.
pub(crate) async fn refuse_on_mirror(transaction: &DatabaseTransaction) -> Result<Option<Denial>, StoreError> {
    let Some(mirror) = read(transaction).await? else {
        return Ok(None);
    };
    let message = format!("this newsroom is a mirror: ask {}, which it is one of", mirror.source);
    Ok(Some(Denial::Refused(Refusal::WrongState { state: None, message })))
}

async fn holds_nothing(transaction: &DatabaseTransaction) -> Result<bool, StoreError> {
    let is_unchanged = Head::read(transaction).await?.sequence == 0;
    Ok(is_unchanged && release::Entity::find().one(transaction).await?.is_none())
}

async fn known(transaction: &DatabaseTransaction) -> Result<Mirror, StoreError> {
    let mirror = read(transaction).await?;
    mirror.ok_or_else(|| StoreError::corrupt("mirror", "it is none"))
}

async fn read(transaction: &DatabaseTransaction) -> Result<Option<Mirror>, StoreError> {
    let Some(row) = mirror::Entity::find_by_id(ONLY).one(transaction).await? else {
        return Ok(None);
    };
    let place = match (row.change_cursor, row.snapshot_cursor) {
        (Some(cursor), _) => MirrorPlace::Log(parsed_cursor(&cursor)?),
        (None, Some(cursor)) => MirrorPlace::Snapshot(Some(parsed_cursor(&cursor)?)),
        (None, None) => MirrorPlace::Snapshot(None),
    };
    Ok(Some(Mirror {
        source: row.source,
        filter: row.filter,
        place,
        taxonomy_revision: row.taxonomy_revision,
    }))
}

fn parsed_cursor<T: std::str::FromStr<Err = newsroom_domain::fault::Malformed>>(text: &str) -> Result<T, StoreError> {
    parsed("mirror's cursor", text)
}

async fn write(transaction: &DatabaseTransaction, mirror: &Mirror) -> Result<(), StoreError> {
    use mirror::Column;
    let (snapshot_cursor, change_cursor) = match mirror.place {
        MirrorPlace::Snapshot(cursor) => (cursor.map(|cursor| cursor.to_string()), None),
        MirrorPlace::Log(cursor) => (None, Some(cursor.to_string())),
    };
    let row = mirror::ActiveModel {
        id: Set(ONLY),
        source: Set(mirror.source.clone()),
        filter: Set(mirror.filter.clone()),
        snapshot_cursor: Set(snapshot_cursor),
        change_cursor: Set(change_cursor),
        taxonomy_revision: Set(mirror.taxonomy_revision),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([
            Column::Source,
            Column::SnapshotCursor,
            Column::ChangeCursor,
            Column::TaxonomyRevision,
        ])
        .to_owned();
    mirror::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
