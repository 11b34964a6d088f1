//! What is imported from: a file, standard input, or what is built in.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// How much of a file is read at once.
const PORTION: usize = 256 * 1024;

/// Something to read, under the name by which it is told of.
#[derive(Debug)]
pub(super) struct Source {
    name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(File, Option<u64>),
    StandardInput,
    BuiltIn(&'static str),
}

impl Source {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self {
                name: "-".to_owned(),
                content: Content::StandardInput,
            });
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        let metadata = file.metadata().with_context(|| format!("cannot open {name}"))?;
        if metadata.is_dir() {
            bail!("{name} is a folder: name the files in it");
        }
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Self {
            name,
            content: Content::File(file, length),
        })
    }

    /// What the program brings with it.
    pub(super) fn built_in(name: &str, text: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::BuiltIn(text),
        }
    }

    /// The name by which it is told of.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// How many bytes it has, where that is known.
    pub(super) fn length(&self) -> Option<u64> {
        match &self.content {
            Content::File(_, length) => *length,
            Content::StandardInput => None,
            Content::BuiltIn(text) => Some(text.len() as u64),
        }
    }

    /// Its content, to be read on the thread that asks.
    pub(super) fn reader(self) -> Box<dyn BufRead> {
        match self.content {
            Content::File(file, _) => Box::new(BufReader::with_capacity(PORTION, file)),
            Content::StandardInput => Box::new(BufReader::with_capacity(PORTION, io::stdin())),
            Content::BuiltIn(text) => Box::new(text.as_bytes()),
        }
    }

    /// All of its text.
    ///
    /// # Errors
    /// Where it cannot be read, or is no UTF-8.
    pub(super) fn text(self) -> Result<String> {
        let name = self.name();
        let mut bytes = Vec::new();
        self.reader()
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {name}"))?;
        String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|&b| b == b'\n').count();
            anyhow::anyhow!("{name} is not UTF-8 (from line {line} on): write the file in UTF-8")
        })
    }
}
