//! Whoever acts for an office that was merged into another acts for that one.

use std::collections::BTreeSet;

use newsroom_domain::OfficeId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{account, api_key};
use crate::head::to_json;
use crate::live::row::from_json;

/// Whose scope was changed.
#[derive(Debug, Default)]
pub(crate) struct Rescoped {
    pub(crate) accounts: Vec<Uuid>,
    pub(crate) api_keys: Vec<Uuid>,
}

/// Gives accounts and API keys the one office in the place of the other. API keys that are revoked or have expired are shown
/// with theirs still, and get it too.
pub(crate) async fn rescope(
    transaction: &DatabaseTransaction,
    gone: OfficeId,
    into: OfficeId,
) -> Result<Rescoped, StoreError> {
    let mut rescoped = Rescoped::default();
    // An identity is written in full there and in small letters, and has no wildcard of `LIKE` in it.
    let accounts = account::Entity::find()
        .filter(account::Column::Offices.contains(gone.to_string()))
        .all(transaction)
        .await?;
    for row in accounts {
        let changed = account::ActiveModel {
            offices: Set(row
                .offices
                .as_deref()
                .map(|json| replaced(json, gone, into))
                .transpose()?),
            version: Set(row.version + 1),
            ..account::ActiveModel::default()
        };
        account::Entity::update_many()
            .set(changed)
            .filter(account::Column::Id.eq(row.id))
            .exec(transaction)
            .await?;
        rescoped.accounts.push(row.id);
    }
    let keys = api_key::Entity::find()
        .filter(api_key::Column::Offices.contains(gone.to_string()))
        .all(transaction)
        .await?;
    for row in keys {
        let offices = row
            .offices
            .as_deref()
            .map(|json| replaced(json, gone, into))
            .transpose()?;
        api_key::Entity::update_many()
            .col_expr(api_key::Column::Offices, Expr::value(offices))
            .filter(api_key::Column::Id.eq(row.id))
            .exec(transaction)
            .await?;
        rescoped.api_keys.push(row.id);
    }
    rescoped.accounts.sort_unstable();
    rescoped.api_keys.sort_unstable();
    Ok(rescoped)
}

fn replaced(json: &str, gone: OfficeId, into: OfficeId) -> Result<String, StoreError> {
    let mut offices: BTreeSet<OfficeId> = from_json("list of offices", json)?;
    if offices.remove(&gone) {
        offices.insert(into);
    }
    to_json("list of offices", &offices)
}
