//! A file that has its name once it is whole: until then the one before it stays.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};

/// A file that is being written.
#[derive(Debug)]
pub(super) struct WholeFile {
    file: File,
    path: PathBuf,
    /// Where it is meanwhile; nothing for a device or a pipe, which is written as it is.
    aside: Option<PathBuf>,
}

/// Whether a path names an ordinary file, or none yet: something that another may take the place of.
pub(super) fn is_ordinary(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

impl WholeFile {
    /// Begins to write a file.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(super) fn begin(path: &Path) -> Result<Self> {
        let shown = path.display();
        let failed = || format!("cannot write {shown}");
        if !is_ordinary(path) {
            let file = File::options().write(true).open(path).with_context(failed)?;
            return Ok(Self {
                file,
                path: path.to_owned(),
                aside: None,
            });
        }
        // The file that a link leads to, so that the link stays.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path
            .file_name()
            .ok_or_else(|| anyhow!("{shown} is no name of a file"))
            .with_context(failed)?;
        let aside = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
        let file = File::create(&aside).with_context(failed)?;
        Ok(Self {
            file,
            path,
            aside: Some(aside),
        })
    }

    /// What it is written to.
    pub(super) fn writer(&mut self) -> &mut impl Write {
        &mut self.file
    }

    /// The name that it will have.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Gives it its name, once it is on the disk.
    ///
    /// # Errors
    /// Where that fails; what had the name before still has it.
    pub(super) fn finish(mut self) -> Result<()> {
        let Some(aside) = &self.aside else { return Ok(()) };
        let placed = self.file.sync_all().and_then(|()| fs::rename(aside, &self.path));
        placed.with_context(|| format!("cannot write {}", self.path.display()))?;
        self.aside = None;
        Ok(())
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(aside) = &self.aside {
            let _ = fs::remove_file(aside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("newsroom.jsonl");
        fs::write(&path, "before").unwrap();
        let mut file = WholeFile::begin(&path).unwrap();
        file.writer().write_all(b"after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        drop(WholeFile::begin(&folder.path().join("newsroom.jsonl")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let mut file = WholeFile::begin(Path::new("/dev/null")).unwrap();
        file.writer().write_all(b"x").unwrap();
        file.finish().unwrap();
        assert!(!is_ordinary(Path::new("/dev/null")));
    }
}
