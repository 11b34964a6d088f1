//! Previews: a snapshot of what readers would have, made with the desk's rights and then read by its token alone.
//!
//! A preview is a finished answer. Whoever reads it touches this table and the public ones, and none of the desk's.

mod commands;
mod read;
mod snapshot;

use newsroom_domain::release::Preview;
use sea_orm::DerivePartialModel;
use uuid::Uuid;

pub use snapshot::Snapshot;

use crate::StoreError;
use crate::entity::preview;
use crate::live::row::{instant, parsed};

/// A preview, and what its maker is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePreview {
    /// The preview.
    pub preview: Preview,
    /// The name of the account that made it.
    pub created_by: String,
}

/// A preview's row without its snapshot, which may be long.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "preview::Entity")]
struct Row {
    id: Uuid,
    release_id: Uuid,
    locale: String,
    edition_id: Uuid,
    edition_number: i64,
    created_by: Uuid,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Preview, StoreError> {
        Ok(Preview {
            id: self.id.into(),
            release: self.release_id.into(),
            locale: parsed("locale", &self.locale)?,
            edition: self.edition_id.into(),
            edition_number: self.edition_number,
            created_by: self.created_by.into(),
            created_at: instant(self.created_at)?,
            expires_at: instant(self.expires_at)?,
            revoked_at: self.revoked_at.map(instant).transpose()?,
        })
    }
}
