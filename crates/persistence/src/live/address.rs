//! What is at a public address.

use newsroom_domain::release::Removal;
use newsroom_domain::{Reader, ReleaseId};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::row::{from_json, read_releases};
use super::shown::{Address, Wants};
use crate::entity::{live_address, live_tombstone};
use crate::{Snapshot, StoreError};

/// The kinds of address, as `live_address` names them.
pub(crate) const CURRENT: &str = "release";
pub(crate) const REDIRECT: &str = "redirect";
pub(crate) const TOMBSTONE: &str = "tombstone";

/// Reads what is left of a release, where it was removed.
pub(crate) async fn read_tombstone(
    transaction: &DatabaseTransaction,
    id: ReleaseId,
) -> Result<Option<Removal>, StoreError> {
    let row = live_tombstone::Entity::find_by_id(id.uuid()).one(transaction).await?;
    row.map(|row| from_json("removal", &row.removal)).transpose()
}

/// Reads what is at an address. Under a preview, its release is at the slug that it would have, and all other addresses of it
/// redirect there.
pub(crate) async fn read_address(
    transaction: &DatabaseTransaction,
    slug: &str,
    reader: &Reader,
    wants: Wants,
    under: Option<&Snapshot>,
) -> Result<Option<Address>, StoreError> {
    if let Some(snapshot) = under.filter(|snapshot| snapshot.is_at(slug)) {
        return Ok(Some(Address::Release(snapshot.show(reader, wants)?)));
    }
    let Some(row) = live_address::Entity::find_by_id(slug).one(transaction).await? else {
        return Ok(None);
    };
    let id = ReleaseId::from(row.release_id);
    if let Some(snapshot) = under.filter(|snapshot| snapshot.id() == id) {
        return Ok(Some(Address::Redirect {
            from: row.slug,
            release: snapshot.show(reader, wants)?,
        }));
    }
    if row.kind == TOMBSTONE {
        let removal = read_tombstone(transaction, id).await?;
        let removal = removal.ok_or_else(|| StoreError::corrupt("address", slug))?;
        return Ok(Some(Address::Tombstone {
            slug: row.slug,
            id,
            removal,
        }));
    }
    let release = read_releases(transaction, &[id], reader, wants)
        .await?
        .pop()
        .ok_or_else(|| StoreError::corrupt("address", slug))?;
    Ok(Some(if row.kind == REDIRECT {
        Address::Redirect {
            from: row.slug,
            release,
        }
    } else {
        Address::Release(release)
    }))
}
