//! Moving releases along with a theme that moves, and with what is merged.

use std::collections::BTreeSet;

use newsroom_domain::change::{Change, ChangeKind, Facets, Origin, Subject};
use newsroom_domain::taxonomy::{Taxonomy, Theme};
use newsroom_domain::{ContentTypeId, Instant, Locale, OfficeId, Slug, ThemeId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ListKind;
use super::projection::{Listed, relist};
use super::row::{from_json, instant};
use crate::StoreError;
use crate::entity::live_release;
use crate::head::to_json;
use crate::sql::Sql;

/// How many releases are moved at once.
const PORTION: usize = 500;

/// Puts the releases of themes that have moved, and of what was merged or is gone, into the lists that they belong in now. Answers
/// what readers are told of it: of those, and of releases whose lines name something by another slug than before.
///
/// All that lies between the two taxonomies is done at once: a release is taken out of the lists that it was in before, which another
/// time it would be in no more.
pub(crate) async fn reclassify(
    transaction: &DatabaseTransaction,
    (before, after): (&Taxonomy, &Taxonomy),
    now: Instant,
    origin: Origin,
) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    let filed = releases_in(transaction, &refiled(before, after)).await?;
    for ids in filed.chunks(PORTION) {
        let mut moves = Vec::new();
        for row in live_release::Entity::find()
            .filter(live_release::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(live_release::Column::Id)
            .all(transaction)
            .await?
        {
            let filed = Filed::of(&row)?;
            let is_filed = filed.clone().brought_up(after);
            if is_filed != filed {
                is_filed.write(transaction, row.id).await?;
            }
            let was = filed.facets(&row, before)?;
            let is = is_filed.facets(&row, after)?;
            if was != is || filed.named(before) != is_filed.named(after) {
                let (id, published_at) = (row.id.into(), instant(row.published_at)?);
                changes.push(Change {
                    at: now,
                    subject: Subject::Release(id),
                    kind: ChangeKind::Reclassified,
                    origin,
                    before: Some(was.clone()),
                    after: Some(is.clone()),
                });
                moves.push((
                    Listed {
                        id,
                        published_at,
                        facets: was,
                    },
                    Listed {
                        id,
                        published_at,
                        facets: is,
                    },
                ));
            }
        }
        relist(transaction, &moves).await?;
    }
    Ok(changes)
}

/// The lists whose releases are filed otherwise in the one taxonomy than in the other, or under another name: those of what is gone,
/// of what has another slug, and of themes that moved.
fn refiled(before: &Taxonomy, after: &Taxonomy) -> [(ListKind, Vec<Uuid>); 3] {
    let offices = before.offices();
    let offices = offices.filter(|was| after.office(was.id).is_none_or(|is| is.slug != was.slug));
    let themes = before.themes().in_tree_order().into_iter();
    let stays = |was: &Theme, is: &Theme| (&is.slug, is.parent) == (&was.slug, was.parent);
    let themes = themes.filter(|was| after.themes().get(was.id).is_none_or(|is| !stays(was, is)));
    let types = before.content_types();
    let types = types.filter(|was| after.content_type(was.id).is_none_or(|is| is.slug != was.slug));
    [
        (ListKind::Office, offices.map(|office| office.id.uuid()).collect()),
        (ListKind::Theme, themes.map(|theme| theme.id.uuid()).collect()),
        (ListKind::Type, types.map(|entry| entry.id.uuid()).collect()),
    ]
}

/// The releases in any of these lists, each once, in the order of creation.
async fn releases_in(
    transaction: &DatabaseTransaction,
    lists: &[(ListKind, Vec<Uuid>)],
) -> Result<Vec<Uuid>, StoreError> {
    let mut releases = BTreeSet::new();
    for (kind, values) in lists.iter().filter(|(_, values)| !values.is_empty()) {
        let mut sql = Sql::new(transaction.get_database_backend(), "SELECT DISTINCT release_id FROM ");
        sql.push(kind.table())
            .push(" WHERE ")
            .is_in("value", values.iter().copied());
        for row in transaction.query_all_raw(sql.finish()).await? {
            releases.insert(row.try_get::<Uuid>("", "release_id")?);
        }
    }
    Ok(releases.into_iter().collect())
}

/// What a release is filed under, in order, as its row has it.
#[derive(Clone, PartialEq, Eq)]
struct Filed {
    offices: Vec<OfficeId>,
    themes: Vec<ThemeId>,
    content_type: Option<ContentTypeId>,
}

impl Filed {
    fn of(row: &live_release::Model) -> Result<Self, StoreError> {
        Ok(Self {
            offices: from_json("list of offices", &row.offices)?,
            themes: from_json("list of themes", &row.themes)?,
            content_type: row.content_type_id.map(Into::into),
        })
    }

    /// The same, with what was merged replaced by what it was merged into.
    fn brought_up(mut self, taxonomy: &Taxonomy) -> Self {
        taxonomy.bring_up(&mut self.offices, &mut self.themes, &mut self.content_type);
        self
    }

    /// The slugs by which its line names all that, in that taxonomy.
    fn named<'a>(&self, taxonomy: &'a Taxonomy) -> Vec<Option<&'a Slug>> {
        let offices = self.offices.iter().map(|id| Some(&taxonomy.office(*id)?.slug));
        let themes = self.themes.iter().map(|id| Some(&taxonomy.themes().get(*id)?.slug));
        let types = self
            .content_type
            .iter()
            .map(|id| Some(&taxonomy.content_type(*id)?.slug));
        offices.chain(themes).chain(types).collect()
    }

    fn facets(&self, row: &live_release::Model, taxonomy: &Taxonomy) -> Result<Facets, StoreError> {
        Ok(Facets {
            offices: self.offices.iter().copied().collect(),
            themes: taxonomy.themes().closure(&self.themes),
            content_type: self.content_type,
            locales: from_json::<BTreeSet<Locale>>("list of locales", &row.locales)?,
        })
    }

    async fn write(&self, transaction: &DatabaseTransaction, id: Uuid) -> Result<(), StoreError> {
        let row = live_release::ActiveModel {
            offices: Set(to_json("offices", &self.offices)?),
            themes: Set(to_json("themes", &self.themes)?),
            content_type_id: Set(self.content_type.map(Into::into)),
            ..live_release::ActiveModel::default()
        };
        live_release::Entity::update_many()
            .set(row)
            .filter(live_release::Column::Id.eq(id))
            .exec(transaction)
            .await?;
        Ok(())
    }
}
