//! Opening the store that the settings name.

use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use newsroom_persistence::{Database, MigrationOutcome, Store, StoreError};

use crate::settings::Settings;

/// Opens the store; the folder of an embedded one is made where it is missing.
///
/// # Errors
/// Where it cannot be made or opened.
pub(crate) async fn open(settings: &Settings) -> Result<Store> {
    make_folder(settings)?;
    Store::open(settings.store_options()).await.map_err(with_the_mend)
}

/// Opens the store of a newsroom that there is.
///
/// # Errors
/// Where there is none, or it cannot be opened.
pub(crate) async fn open_existing(settings: &Settings) -> Result<Store> {
    if let Database::Sqlite(path) = settings.database()
        && !path.is_file()
    {
        bail!(
            "there is no newsroom in {}: import one, or say where it is with --data-dir or DATABASE_URL",
            path.display()
        );
    }
    open(settings).await
}

/// Brings the schema of the store's database up to this program's.
///
/// # Errors
/// Where it cannot be opened, or that fails.
pub(crate) async fn migrate(settings: &Settings) -> Result<MigrationOutcome> {
    make_folder(settings)?;
    Store::migrate(&settings.store_options()).await.map_err(with_the_mend)
}

fn with_the_mend(error: StoreError) -> Error {
    match error {
        StoreError::Open { .. } => {
            anyhow!("{error}: see that it is there and may be used, and that DATABASE_URL or --data-dir names it")
        }
        StoreError::OtherTimeZone { .. } => anyhow!("{error}, with NEWSROOM_TIME_ZONE or --time-zone"),
        other => other.into(),
    }
}

/// Makes the folder that an embedded database is to be in.
fn make_folder(settings: &Settings) -> Result<()> {
    let Database::Sqlite(path) = settings.database() else {
        return Ok(());
    };
    match path.parent() {
        Some(folder) if folder != Path::new("") => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}
