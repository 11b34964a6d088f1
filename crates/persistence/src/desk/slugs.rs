//! Slugs: each belongs to one release, whether it is an address, a redirect or reserved by a draft.

use std::collections::BTreeMap;

use newsroom_domain::{ReleaseId, Slug};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::slug;
use crate::live::row::parsed;
use crate::sql::{Sql, in_chunks};

/// Which of these slugs are taken, and by which release.
pub(crate) async fn owners(
    transaction: &DatabaseTransaction,
    slugs: Vec<String>,
) -> Result<BTreeMap<Slug, ReleaseId>, StoreError> {
    let mut owners = BTreeMap::new();
    for slugs in in_chunks(slugs, 1) {
        for row in slug::Entity::find()
            .filter(slug::Column::Slug.is_in(slugs))
            .all(transaction)
            .await?
        {
            owners.insert(parsed("slug", &row.slug)?, row.release_id.into());
        }
    }
    Ok(owners)
}

/// The greatest number that a taken slug has behind `base`, 1 where there is none.
pub(crate) async fn greatest_number(transaction: &DatabaseTransaction, base: &Slug) -> Result<u64, StoreError> {
    // `:` comes right after `9`, so that this is the range of all that begin with `base-` and a digit.
    let numbered = slug::Entity::find()
        .filter(slug::Column::Slug.gte(format!("{base}-0")))
        .filter(slug::Column::Slug.lt(format!("{base}-:")));
    let rows = numbered.all(transaction).await?;
    let numbers = rows
        .iter()
        .filter_map(|row| row.slug.parse::<Slug>().ok()?.number_after(base));
    Ok(numbers.max().unwrap_or(1))
}

/// Takes these slugs. `false` where another writer has taken one of them meanwhile.
pub(crate) async fn take(transaction: &DatabaseTransaction, slugs: &[(&Slug, ReleaseId)]) -> Result<bool, StoreError> {
    let mut taken = 0;
    for slugs in in_chunks(slugs.to_vec(), 2) {
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "INSERT INTO slug (slug, release_id) VALUES ",
        );
        for (index, (slug, id)) in slugs.into_iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" })
                .bind(slug.as_str())
                .push(", ")
                .bind(id.uuid())
                .push(")");
        }
        // A violation would abort PostgreSQL's transaction.
        sql.push(" ON CONFLICT DO NOTHING");
        taken += transaction.execute_raw(sql.finish()).await?.rows_affected();
    }
    Ok(taken == slugs.len() as u64)
}

/// Gives up these slugs.
pub(crate) async fn free(transaction: &DatabaseTransaction, slugs: &[(&Slug, ReleaseId)]) -> Result<(), StoreError> {
    for (slug, id) in slugs {
        let theirs = slug::Entity::delete_many()
            .filter(slug::Column::Slug.eq(slug.as_str()))
            .filter(slug::Column::ReleaseId.eq(Uuid::from(*id)));
        theirs.exec(transaction).await?;
    }
    Ok(())
}
