//! A clock that a test sets, for a program that then knows no other: Debian's `libfaketime`, put before the system's own
//! functions. Only the wall clock is another one; what the program waits by goes on as ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

/// A clock, a file beside a newsroom: how far it is from the machine's.
#[derive(Debug)]
pub struct Clock {
    file: PathBuf,
    ahead: Mutex<TimeDelta>,
}

impl Clock {
    /// A clock that is so far ahead of the machine's, or behind it, kept in a folder.
    #[must_use]
    pub fn ahead_by(folder: &Path, ahead: TimeDelta) -> Self {
        let clock = Self {
            file: folder.join("clock"),
            ahead: Mutex::new(ahead),
        };
        clock.write();
        clock
    }

    /// The settings with which a program has this clock.
    #[must_use]
    pub fn settings(&self) -> Vec<(&str, &str)> {
        vec![
            ("LD_PRELOAD", library()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }

    /// What it says.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.ahead.lock().unwrap()
    }

    /// What it will say so many milliseconds from now.
    #[must_use]
    pub fn soon(&self, milliseconds: i64) -> DateTime<Utc> {
        self.now() + TimeDelta::milliseconds(milliseconds)
    }

    /// Sets it to an instant, from which it goes on.
    pub fn set(&self, to: DateTime<Utc>) {
        *self.ahead.lock().unwrap() = to - Utc::now();
        self.write();
    }

    /// Sets it forward, or back.
    pub fn move_by(&self, by: TimeDelta) {
        *self.ahead.lock().unwrap() += by;
        self.write();
    }

    fn write(&self) {
        let micros = self.ahead.lock().unwrap().num_microseconds().unwrap();
        let sign = if micros < 0 { '-' } else { '+' };
        let micros = micros.unsigned_abs();
        let new = self.file.with_extension("new");
        fs::write(
            &new,
            format!("{sign}{}.{:06}\n", micros / 1_000_000, micros % 1_000_000),
        )
        .unwrap();
        // Whole at once: it is read again and again.
        fs::rename(new, &self.file).unwrap();
    }
}

/// Where Debian has it.
fn library() -> &'static str {
    static FOUND: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| {
        let folders = fs::read_dir("/usr/lib").ok()?;
        let mut found = folders
            .map_while(Result::ok)
            .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        found.find(|path| path.is_file()).map(|path| path.display().to_string())
    });
    FOUND.as_deref().unwrap_or_else(|| {
        panic!("no libfaketime to set a clock with: run scripts/test, or apt-get install libfaketime")
    })
}
