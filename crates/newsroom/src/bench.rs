//! `newsroom bench`: how fast readers are answered by this newsroom, and what the indexes cost.
//!
//! The newsroom is served by this process to itself, over HTTP on the loopback interface, and asked one thing at a time on one
//! connection. No request is like one before it: its operation has a name of its own and its filters are taken from
//! elsewhere in the archive, and parsed documents are not kept. What is measured lasts from the first byte of a request to the
//! last one of its answer.

mod connection;
mod memory;
mod queries;
mod report;
mod sample;
mod server;

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use clap::builder::PossibleValuesParser;

use self::connection::Connection;
use self::queries::{QUERIES, Query};
use self::report::{Figures, Report};
use self::sample::Sample;
use self::server::BenchServer;
use crate::settings::{Loaded, Settings};
use crate::{Outcome, print};

/// Requests of each query that go before, and are not counted: statements are prepared by them.
const UNCOUNTED: usize = 5;

/// What `bench` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many requests of each query are measured.
    #[arg(long, value_name = "NUMBER", default_value = "200")]
    requests: NonZeroUsize,
    /// How long one query is measured at the most; with fewer requests, if need be.
    #[arg(long, value_name = "SECONDS", default_value = "20")]
    seconds: NonZeroU64,
    /// Only this query; as often as you want some.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(QUERIES.iter().map(|query| query.name)))]
    only: Vec<String>,
    /// What the choice of filters begins with: the same seed asks the same of the same archive.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn wants(&self, query: &Query) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == query.name)
    }

    /// When a query that begins now is given up.
    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.seconds.get())
    }
}

/// Measures the newsroom that the settings name. A server may be running beside it; where that has the search index, searches
/// are left out.
///
/// # Errors
/// Where there is no newsroom or nothing in it, or a query is not answered.
pub(crate) async fn run(loaded: &Loaded, arguments: Arguments) -> Result<Outcome> {
    let mut settings = loaded.settings.clone();
    prepare(&mut settings, loaded.is_default("readers"));
    let server = BenchServer::start(&settings).await?;
    let mut connection = Connection::open(server.address()).await?;
    let sample = Sample::take(
        &mut connection,
        arguments.seed,
        arguments.requests.get(),
        arguments.deadline(),
    )
    .await?;
    let mut figures = Vec::new();
    let can_search = server.started().search.is_some();
    let asked = QUERIES.iter().filter(|query| can_search || !query.searches());
    for query in asked.filter(|query| arguments.wants(query)) {
        let measured = measure(&mut connection, query, &sample, &arguments).await;
        figures.push(measured.with_context(|| format!("the query {} cannot be measured", query.name))?);
    }
    let report = Report::new(&settings, &sample, server.started(), arguments.seed, figures);
    drop(connection);
    server.end().await?;
    if arguments.json {
        print(&serde_json::to_string_pretty(&report)?)
    } else {
        print(report.to_string().trim_end())
    }
}

/// Makes of the settings of a server those of one that is measured.
fn prepare(settings: &mut Settings, readers_by_default: bool) {
    settings.document_cache_bytes = 0;
    settings.shutdown_delay = 0;
    // One connection to the database as well, so that a request's parts cannot be read beside one another.
    if readers_by_default {
        settings.readers = std::num::NonZeroU32::MIN;
    }
}

/// Asks one query again and again.
async fn measure(
    connection: &mut Connection,
    query: &Query,
    sample: &Sample,
    arguments: &Arguments,
) -> Result<Figures> {
    let deadline = arguments.deadline();
    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for number in 0..UNCOUNTED + arguments.requests.get() {
        let answer = connection.ask(&query.request(sample, number)).await?;
        if number >= UNCOUNTED {
            times.push(answer.time);
            bytes.push(answer.bytes);
        }
        if !times.is_empty() && Instant::now() >= deadline {
            break;
        }
    }
    Ok(Figures::new(query.name, times, bytes))
}
