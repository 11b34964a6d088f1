//! Opening the store that the settings name.

use std::path::Path;

use anyhow::{Context as _, Result};
use newsroom_persistence::{Database, Store};

use crate::settings::Settings;

/// Opens the store; the folder of an embedded one is made where it is missing.
///
/// # Errors
/// Where it cannot be made or opened.
pub(crate) async fn open(settings: &Settings) -> Result<Store> {
    make_folder(settings)?;
    Ok(Store::open(settings.store_options()).await?)
}

/// Makes the folder that an embedded database is to be in.
///
/// # Errors
/// Where it cannot be made.
pub(crate) fn make_folder(settings: &Settings) -> Result<()> {
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
