//! What was measured, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use newsroom_persistence::Database;
use serde::Serialize;

use super::memory::Memory;
use super::sample::Sample;
use super::server::Started;
use crate::settings::Settings;

/// All that was measured. Times are in microseconds, memory and answers in bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    version: &'static str,
    /// `release` or `debug`.
    build: &'static str,
    /// `sqlite` or `postgresql`.
    database: &'static str,
    database_connections: u32,
    /// How many releases readers have.
    releases: u64,
    seed: u64,
    start: Start,
    memory: MemoryFigures,
    queries: Vec<Figures>,
}

/// How long a start took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "each says its unit to whoever reads the JSON")]
struct Start {
    /// Until the store was open.
    store_micros: u64,
    /// From there until the read index was loaded.
    index_micros: u64,
    /// From there until the search index was there; null where another process has it.
    search_micros: Option<u64>,
}

/// The memory that this process had.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemoryFigures {
    before_index: Memory,
    with_index: Memory,
    with_search: Memory,
    at_end: Memory,
}

/// What one query took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    name: &'static str,
    /// How many were measured.
    requests: usize,
    p50_micros: u64,
    p95_micros: u64,
    p99_micros: u64,
    max_micros: u64,
    /// The median length of the answers' bodies, not compressed.
    bytes: usize,
}

impl Figures {
    /// Of the times and lengths of at least one answer.
    pub(super) fn new(name: &'static str, mut times: Vec<Duration>, mut bytes: Vec<usize>) -> Self {
        times.sort_unstable();
        bytes.sort_unstable();
        let time = |percent| percentile(&times, percent).map_or(0, micros);
        Self {
            name,
            requests: times.len(),
            p50_micros: time(50),
            p95_micros: time(95),
            p99_micros: time(99),
            max_micros: time(100),
            bytes: percentile(&bytes, 50).unwrap_or_default(),
        }
    }
}

/// By the nearest rank: the least value that so many of a hundred are not above.
fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Report {
    pub(super) fn new(
        settings: &Settings,
        sample: &Sample,
        started: Started,
        seed: u64,
        queries: Vec<Figures>,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            database: match settings.database() {
                Database::Sqlite(_) => "sqlite",
                Database::Postgres(_) => "postgresql",
            },
            database_connections: settings.readers.get(),
            releases: sample.releases,
            seed,
            start: Start {
                store_micros: micros(started.store),
                index_micros: micros(started.index),
                search_micros: started.search.map(micros),
            },
            memory: MemoryFigures {
                before_index: started.before_index,
                with_index: started.with_index,
                with_search: started.with_search,
                at_end: Memory::now(),
            },
            queries,
        }
    }
}

/// Microseconds, in milliseconds.
fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, memory, .. } = self;
        writeln!(
            f,
            "newsroom {} ({} build) on {}, {} releases; {} connection(s) to the database; seed {}",
            self.version, self.build, self.database, self.releases, self.database_connections, self.seed
        )?;
        if self.build == "debug" {
            writeln!(f, "This is a debug build: its times say nothing.")?;
        }
        writeln!(
            f,
            "start: {} ms until the store was open, {} ms more until the read index was loaded, {}",
            millis(start.store_micros),
            millis(start.index_micros),
            match start.search_micros {
                Some(micros) => format!("{} ms more until the search index was there", millis(micros)),
                None => "and no search index: a server has it, so give --search-dir another folder".to_owned(),
            }
        )?;
        writeln!(
            f,
            "memory: {} before the read index, {} with it, {} with the search index, {} at the end",
            memory.before_index, memory.with_index, memory.with_search, memory.at_end
        )?;
        writeln!(
            f,
            "\n{:<22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "query", "requests", "p50 ms", "p95 ms", "p99 ms", "max ms", "bytes"
        )?;
        for query in &self.queries {
            writeln!(
                f,
                "{:<22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}",
                query.name,
                query.requests,
                millis(query.p50_micros),
                millis(query.p95_micros),
                millis(query.p99_micros),
                millis(query.max_micros),
                query.bytes
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_the_nearest_rank() {
        let hundred: Vec<usize> = (1..=100).collect();
        assert_eq!(
            [50, 95, 99, 100].map(|percent| percentile(&hundred, percent)),
            [Some(50), Some(95), Some(99), Some(100)]
        );
        assert_eq!(
            [50, 99].map(|percent| percentile(&[7, 8, 9], percent)),
            [Some(8), Some(9)]
        );
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile::<usize>(&[], 50), None);
    }

    #[test]
    fn times_are_written_in_milliseconds() {
        assert_eq!([0, 999, 12_345].map(millis), ["0.00", "0.99", "12.34"]);
    }
}
