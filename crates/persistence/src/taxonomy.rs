//! The taxonomy in the database: read whole, kept in memory as long as it is current.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use newsroom_domain::Slug;
use newsroom_domain::taxonomy::command::Entry;
use newsroom_domain::taxonomy::{ContentType, Merged, MergedEntry, Names, Office, OfficeKind, Taxonomy, Theme};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{content_type, former_slug, merged_entry, office, theme};
use crate::head::to_json;
use crate::live::row::{from_json, parsed};
use crate::sql::Sql;

/// The taxonomy that was read last, and of which revision it is.
#[derive(Debug, Default)]
pub(crate) struct TaxonomyCache(Mutex<Option<(i64, Arc<Taxonomy>)>>);

impl TaxonomyCache {
    /// The taxonomy of the revision that the transaction sees.
    pub(crate) async fn at(
        &self,
        revision: i64,
        transaction: &DatabaseTransaction,
    ) -> Result<Arc<Taxonomy>, StoreError> {
        if let Some((_, kept)) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|(of, _)| *of == revision)
        {
            return Ok(Arc::clone(kept));
        }
        let read = Arc::new(read(transaction).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((revision, Arc::clone(&read)));
        Ok(read)
    }
}

pub(crate) async fn read(transaction: &DatabaseTransaction) -> Result<Taxonomy, StoreError> {
    let mut former = FormerSlugs::read(transaction).await?;
    let offices = office::Entity::find()
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| office_of(row, &mut former))
        .collect::<Result<_, _>>()?;
    let themes = theme::Entity::find()
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| theme_of(row, &mut former))
        .collect::<Result<_, _>>()?;
    let types = content_type::Entity::find()
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| content_type_of(row, &mut former))
        .collect::<Result<_, _>>()?;
    let mut taxonomy = Taxonomy::new(offices, themes, types).map_err(|fault| StoreError::corrupt("taxonomy", fault))?;
    for row in merged_entry::Entity::find().all(transaction).await? {
        taxonomy.put_merged(merged_of(row)?);
    }
    Ok(taxonomy)
}

/// The slugs that entries had, by whose they are: identities of different kinds are different too.
struct FormerSlugs(BTreeMap<Uuid, BTreeSet<Slug>>);

impl FormerSlugs {
    async fn read(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        let mut slugs: BTreeMap<Uuid, BTreeSet<Slug>> = BTreeMap::new();
        for row in former_slug::Entity::find().all(transaction).await? {
            slugs
                .entry(row.entry_id)
                .or_default()
                .insert(parsed("slug", &row.slug)?);
        }
        Ok(Self(slugs))
    }

    /// Those of one entry, which are asked for once.
    fn of(&mut self, id: Uuid) -> BTreeSet<Slug> {
        self.0.remove(&id).unwrap_or_default()
    }
}

fn office_of(row: office::Model, former: &mut FormerSlugs) -> Result<Office, StoreError> {
    let kind = |name: String| OfficeKind::from_name(&name).ok_or_else(|| StoreError::corrupt("kind of office", name));
    Ok(Office {
        id: row.id.into(),
        slug: parsed("slug", &row.slug)?,
        former_slugs: former.of(row.id),
        names: from_json::<Names>("names", &row.names)?,
        closed: row.closed,
        kind: row.kind.map(kind).transpose()?,
        version: row.version,
    })
}

fn theme_of(row: theme::Model, former: &mut FormerSlugs) -> Result<Theme, StoreError> {
    Ok(Theme {
        id: row.id.into(),
        slug: parsed("slug", &row.slug)?,
        former_slugs: former.of(row.id),
        names: from_json("names", &row.names)?,
        parent: row.parent_id.map(Into::into),
        version: row.version,
    })
}

fn content_type_of(row: content_type::Model, former: &mut FormerSlugs) -> Result<ContentType, StoreError> {
    Ok(ContentType {
        id: row.id.into(),
        slug: parsed("slug", &row.slug)?,
        former_slugs: former.of(row.id),
        names: from_json("names", &row.names)?,
        version: row.version,
    })
}

fn merged_of(row: merged_entry::Model) -> Result<MergedEntry, StoreError> {
    let slugs = from_json("slugs", &row.slugs)?;
    Ok(match row.kind.as_str() {
        "office" => MergedEntry::Office(merged(&row, slugs)),
        "theme" => MergedEntry::Theme(merged(&row, slugs)),
        "type" => MergedEntry::ContentType(merged(&row, slugs)),
        other => return Err(StoreError::corrupt("kind of what was merged", other)),
    })
}

fn merged<Id: From<Uuid>>(row: &merged_entry::Model, slugs: BTreeSet<Slug>) -> Merged<Id> {
    Merged {
        id: row.id.into(),
        into: row.into_id.into(),
        slugs,
    }
}

/// The identities of all that was merged into an entry, which editions may go on naming.
pub(crate) fn merged_into(taxonomy: &Taxonomy, entry: &Entry) -> Vec<Uuid> {
    match entry {
        Entry::Office(office) => taxonomy.merged_into_office(office.id).map(Uuid::from).collect(),
        Entry::Theme(theme) => taxonomy.merged_into_theme(theme.id).map(Uuid::from).collect(),
        Entry::ContentType(entry) => taxonomy.merged_into_content_type(entry.id).map(Uuid::from).collect(),
    }
}

/// Puts an entry in the place of another of its kind: the other is deleted, and its identity and its slugs lead to this one.
pub(crate) async fn replace(transaction: &DatabaseTransaction, gone: &Entry, into: &Entry) -> Result<(), StoreError> {
    delete(transaction, gone).await?;
    put(transaction, into).await?;
    let slugs: BTreeSet<&Slug> = gone.former_slugs().iter().chain([gone.slug()]).collect();
    let row = merged_entry::ActiveModel {
        id: Set(gone.subject().uuid()),
        kind: Set(gone.subject().kind().to_owned()),
        into_id: Set(into.subject().uuid()),
        slugs: Set(to_json("slugs", &slugs)?),
    };
    merged_entry::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Writes what an entry was merged into, wherever that was decided.
pub(crate) async fn put_merged(transaction: &DatabaseTransaction, merged: &MergedEntry) -> Result<(), StoreError> {
    use merged_entry::Column;
    let (kind, id, into) = match merged {
        MergedEntry::Office(merged) => ("office", Uuid::from(merged.id), Uuid::from(merged.into)),
        MergedEntry::Theme(merged) => ("theme", merged.id.into(), merged.into.into()),
        MergedEntry::ContentType(merged) => ("type", merged.id.into(), merged.into.into()),
    };
    let row = merged_entry::ActiveModel {
        id: Set(id),
        kind: Set(kind.to_owned()),
        into_id: Set(into),
        slugs: Set(to_json("slugs", &BTreeSet::<Slug>::new())?),
    };
    let replace = OnConflict::column(Column::Id).update_column(Column::IntoId).to_owned();
    merged_entry::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Forgets what was merged into an entry that is deleted.
pub(crate) async fn forget_merged(transaction: &DatabaseTransaction, merged: Vec<Uuid>) -> Result<(), StoreError> {
    merged_entry::Entity::delete_many()
        .filter(merged_entry::Column::Id.is_in(merged))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Has an entry give up its slug until it is written with another: of several that change, one may get what another has. No
/// entry's slug has a space in it.
pub(crate) async fn give_up_slug(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    let table = match entry {
        Entry::Office(_) => "office",
        Entry::Theme(_) => "theme",
        Entry::ContentType(_) => "content_type",
    };
    let id = entry.subject().uuid();
    let mut sql = Sql::new(transaction.get_database_backend(), "UPDATE ");
    sql.push(table).push(" SET slug = ").bind(format!("of {id}"));
    sql.push(" WHERE id = ").bind(id);
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}

/// Writes an entry, new or not.
pub(crate) async fn put(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    match entry {
        Entry::Office(office) => put_office(transaction, office).await?,
        Entry::Theme(theme) => put_theme(transaction, theme).await?,
        Entry::ContentType(content_type) => put_content_type(transaction, content_type).await?,
    }
    put_former_slugs(transaction, entry).await
}

/// Writes the slugs that an entry had, in the place of those that were written before: it may have taken one back.
async fn put_former_slugs(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    use former_slug::Column;
    free_former_slugs(transaction, entry).await?;
    let subject = entry.subject();
    let rows: Vec<_> = entry
        .former_slugs()
        .iter()
        .map(|slug| former_slug::ActiveModel {
            kind: Set(subject.kind().to_owned()),
            slug: Set(slug.to_string()),
            entry_id: Set(subject.uuid()),
        })
        .collect();
    if !rows.is_empty() {
        // An older program beside this one deletes entries and frees none of these.
        let replace = OnConflict::columns([Column::Kind, Column::Slug])
            .update_column(Column::EntryId)
            .to_owned();
        former_slug::Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

async fn free_former_slugs(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    use former_slug::Column;
    let subject = entry.subject();
    former_slug::Entity::delete_many()
        .filter(Column::Kind.eq(subject.kind()))
        .filter(Column::EntryId.eq(subject.uuid()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Deletes an entry, and frees the slugs that it had. Nothing has it in use.
pub(crate) async fn delete(transaction: &DatabaseTransaction, entry: &Entry) -> Result<(), StoreError> {
    free_former_slugs(transaction, entry).await?;
    let id = entry.subject().uuid();
    match entry {
        Entry::Office(_) => office::Entity::delete_by_id(id).exec(transaction).await?,
        Entry::Theme(_) => theme::Entity::delete_by_id(id).exec(transaction).await?,
        Entry::ContentType(_) => content_type::Entity::delete_by_id(id).exec(transaction).await?,
    };
    Ok(())
}

/// Writes an office, new or not, without the slugs that it had.
pub(crate) async fn put_office(transaction: &DatabaseTransaction, value: &Office) -> Result<(), StoreError> {
    use office::Column;
    let row = office::ActiveModel {
        id: Set(value.id.uuid()),
        slug: Set(value.slug.to_string()),
        names: Set(to_json("names", &value.names)?),
        kind: Set(value.kind.map(|kind| kind.as_str().to_owned())),
        closed: Set(value.closed),
        version: Set(value.version),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([
            Column::Slug,
            Column::Names,
            Column::Kind,
            Column::Closed,
            Column::Version,
        ])
        .to_owned();
    office::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Writes a theme, new or not, without the slugs that it had.
pub(crate) async fn put_theme(transaction: &DatabaseTransaction, value: &Theme) -> Result<(), StoreError> {
    use theme::Column;
    let row = theme::ActiveModel {
        id: Set(value.id.uuid()),
        slug: Set(value.slug.to_string()),
        names: Set(to_json("names", &value.names)?),
        parent_id: Set(value.parent.map(Into::into)),
        version: Set(value.version),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([Column::Slug, Column::Names, Column::ParentId, Column::Version])
        .to_owned();
    theme::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Writes a content type, new or not, without the slugs that it had.
pub(crate) async fn put_content_type(transaction: &DatabaseTransaction, value: &ContentType) -> Result<(), StoreError> {
    use content_type::Column;
    let row = content_type::ActiveModel {
        id: Set(value.id.uuid()),
        slug: Set(value.slug.to_string()),
        names: Set(to_json("names", &value.names)?),
        version: Set(value.version),
    };
    let replace = OnConflict::column(Column::Id)
        .update_columns([Column::Slug, Column::Names, Column::Version])
        .to_owned();
    content_type::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
