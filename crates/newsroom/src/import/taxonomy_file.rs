//! The file that says what slugs mean.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use newsroom_domain::exchange::TaxonomyFile;
use newsroom_persistence::Store;

/// What it is called where it stands beside the releases.
pub(crate) const NAME: &str = "taxonomy.json";

/// Reads one.
///
/// # Errors
/// Where it cannot be read, or is no taxonomy.
pub(super) fn read(path: &Path) -> Result<TaxonomyFile> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the taxonomy in {name}"))?;
    parse(&text, &name)
}

/// Reads those that stand beside files, each once. A file need not have one.
///
/// # Errors
/// As [`read`].
pub(super) fn read_beside(files: &[PathBuf]) -> Result<Vec<TaxonomyFile>> {
    let folders: Vec<&Path> = files
        .iter()
        .filter(|file| *file != Path::new("-"))
        .filter_map(|file| file.parent())
        .collect();
    let mut seen = BTreeSet::new();
    let paths = folders
        .into_iter()
        .filter(|folder| seen.insert(*folder))
        .map(|folder| folder.join(NAME));
    paths.filter(|path| path.is_file()).map(|path| read(&path)).collect()
}

/// Reads the text of one that is called `name`.
///
/// # Errors
/// Where it is no taxonomy.
pub(super) fn parse(text: &str, name: &str) -> Result<TaxonomyFile> {
    let text = text.trim_start_matches('\u{feff}');
    // Serde would take an array for an object whose keys are left out.
    if !text.trim_start().starts_with('{') {
        bail!("{name} is no taxonomy: it begins with no {{: give an object of offices, themes and types");
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let file = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let place = if matches!(path.as_str(), "." | "?") {
            String::new()
        } else {
            format!("{path}: ")
        };
        anyhow!("{name} is no taxonomy: {place}{}", error.into_inner())
    })?;
    reader
        .end()
        .map_err(|error| anyhow!("{name} is no taxonomy: {error}"))?;
    Ok(file)
}

/// What the store knows, with what files say over it. A dry run's store does not know what its files say.
///
/// # Errors
/// Where the store fails.
pub(super) async fn known(store: &Store, files: &[TaxonomyFile]) -> Result<TaxonomyFile> {
    let mut known = TaxonomyFile::of(&*store.taxonomy().await?);
    for file in files {
        put(&mut known.offices, &file.offices, |one, other| one.slug == other.slug);
        put(&mut known.themes, &file.themes, |one, other| one.slug == other.slug);
        put(&mut known.types, &file.types, |one, other| one.slug == other.slug);
    }
    Ok(known)
}

fn put<T: Clone>(known: &mut Vec<T>, said: &[T], same: impl Fn(&T, &T) -> bool) {
    for entry in said {
        match known.iter_mut().find(|there| same(there, entry)) {
            Some(there) => *there = entry.clone(),
            None => known.push(entry.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taxonomy_that_is_none_is_refused_with_the_place() {
        let refused = |text| parse(text, "taxonomy.json").unwrap_err().to_string();
        let said = [
            refused("{"),
            refused("[]"),
            refused(r#"{"places": []}"#),
            refused(r#"{"offices": [{"slug": "No Slug", "names": {"en": "x"}}]}"#),
            refused(r#"{"offices": []} {}"#),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn a_taxonomy_beside_two_files_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(NAME),
            r#"{"types": [{"slug": "news", "names": {"en": "News"}}]}"#,
        )
        .unwrap();
        let files = ["a.jsonl", "b.jsonl"].map(|name| folder.path().join(name));
        assert_eq!(read_beside(&files).unwrap().len(), 1);
        assert_eq!(
            read_beside(&[PathBuf::from("-"), folder.path().join("none/a.jsonl")])
                .unwrap()
                .len(),
            0
        );
    }
}
