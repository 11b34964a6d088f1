//! How long the newsroom takes for a page of releases, beside the same rows read by hand-written SQL:
//!
//! ```text
//! newsroom serve --readers 1 --document-cache-bytes 0 &
//! cargo run --release -p newsroom-tests --bin benchmark -- http://127.0.0.1:8080 sqlite:var/newsroom.sqlite
//! ```
//!
//! Both are asked in turn, on one connection each, and the medians are printed in microseconds with their ratio. The SQL
//! reads the newsroom's own tables in two statements, as someone would who wants just these rows: the page with its texts
//! and its type, and the names of its offices and themes.

use std::error::Error;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};

type Fallible<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: benchmark NEWSROOM_URL DATABASE_URL [ROUNDS]";
const QUERY: &str = "query($filter: ReleaseFilter) { releases(filter: $filter) { \
     nodes { id slug title lead publishingDate type { name } offices { name } themes { name } } } }";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (newsroom, database, rounds) = match &arguments[..] {
        [newsroom, database] => (newsroom, database, 300),
        [newsroom, database, rounds] => (newsroom, database, rounds.parse()?),
        _ => return Err(USAGE.into()),
    };
    let client = reqwest::Client::new();
    let endpoint = format!("{newsroom}/graphql");
    let mut sql = Database::open(database).await?;
    let (office, theme) = sql.busy_pair().await?;

    println!("{:<28} {:>12} {:>12} {:>8}", "", "newsroom", "SQL", "ratio");
    let front = json!({});
    let two = json!({ "filter": { "offices": [office.slug], "themes": [theme.slug] } });
    for (name, variables, page) in [
        ("front page", front, Database::front_page()),
        ("an office and a theme", two, Database::filtered(&office.id, &theme.id)),
    ] {
        let body = json!({ "query": QUERY, "variables": variables });
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let clock = Instant::now();
            let answer = client.post(&endpoint).json(&body).send().await?.bytes().await?;
            ours.push(clock.elapsed());
            let clock = Instant::now();
            let slugs = sql.read(&page).await?;
            theirs.push(clock.elapsed());

            let answer: Value = serde_json::from_slice(&answer)?;
            let answered = answer["data"]["releases"]["nodes"].as_array().into_iter().flatten();
            if !answered
                .map(|node| node["slug"].as_str().unwrap_or_default())
                .eq(slugs.iter().map(String::as_str))
            {
                return Err(format!("the two do not answer alike: {answer}").into());
            }
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "{name:<28} {:>12} {:>12} {ratio:>8.2}",
            ours.as_micros(),
            theirs.as_micros()
        );
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// An office or a theme.
struct Entry {
    /// As a literal of the database's.
    id: String,
    slug: String,
}

enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    async fn open(url: &str) -> Fallible<Self> {
        Ok(match url.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(
                SqliteConnectOptions::new()
                    .filename(path)
                    .read_only(true)
                    .connect()
                    .await?,
            ),
            None => Self::Postgres(PgConnectOptions::from_str(url)?.connect().await?),
        })
    }

    /// The office that has most releases, and the theme that most of those have.
    async fn busy_pair(&mut self) -> Fallible<(Entry, Entry)> {
        let office = self
            .entry(
                "SELECT {id} AS id, o.slug FROM office AS o JOIN live_count AS c ON c.value = o.id \
                 WHERE c.list = 'office' ORDER BY c.releases DESC LIMIT 1",
            )
            .await?;
        let theme = self
            .entry(&format!(
                "SELECT {{id}} AS id, o.slug FROM theme AS o JOIN live_release_theme AS t ON t.value = o.id \
                 JOIN live_release_office AS f ON f.release_id = t.release_id AND f.published_at = t.published_at \
                 WHERE f.value = {} GROUP BY o.id, o.slug ORDER BY count(*) DESC LIMIT 1",
                office.id
            ))
            .await?;
        Ok((office, theme))
    }

    async fn entry(&mut self, statement: &str) -> Fallible<Entry> {
        let rows = match self {
            Self::Sqlite(_) => {
                self.rows(&statement.replace("{id}", "'X''' || hex(o.id) || ''''"))
                    .await?
            }
            Self::Postgres(_) => {
                self.rows(&statement.replace("{id}", "'''' || o.id || '''::uuid'"))
                    .await?
            }
        };
        let [row] = &rows[..] else {
            return Err("the newsroom is empty".into());
        };
        Ok(Entry {
            id: row[0].clone(),
            slug: row[1].clone(),
        })
    }

    fn front_page() -> String {
        Self::page("SELECT id, published_at FROM live_release ORDER BY published_at DESC, id DESC LIMIT 20")
    }

    /// A plain join of the two lists takes a hundred times as long: it finds all that are in both, and sorts them.
    fn filtered(office: &str, theme: &str) -> String {
        Self::page(&format!(
            "SELECT o.release_id AS id, o.published_at FROM live_release_office AS o WHERE o.value = {office} \
             AND EXISTS (SELECT 1 FROM live_release_theme AS m WHERE m.value = {theme} \
             AND m.published_at = o.published_at AND m.release_id = o.release_id LIMIT 1 OFFSET 0) \
             ORDER BY o.published_at DESC, o.release_id DESC LIMIT 20"
        ))
    }

    fn page(found: &str) -> String {
        format!(
            "SELECT r.slug, t.title, t.lead, r.publishing_date, coalesce(k.names, ''), r.offices, r.themes \
             FROM ({found}) AS f JOIN live_release AS r ON r.id = f.id \
             JOIN live_translation AS t ON t.release_id = r.id AND t.locale = r.original_locale \
             LEFT JOIN content_type AS k ON k.id = r.content_type_id \
             ORDER BY f.published_at DESC, f.id DESC"
        )
    }

    /// Reads a page and the names on it; answers the slugs.
    async fn read(&mut self, page: &str) -> Fallible<Vec<String>> {
        let page = self.rows(page).await?;
        let ids: Vec<&str> = page
            .iter()
            .flat_map(|row| row[5..7].iter())
            .flat_map(|list| list.split(['[', ']', ',']))
            .collect();
        let literals: Vec<String> = ids
            .into_iter()
            .filter(|id| !id.is_empty())
            .map(|id| id.trim_matches('"').to_owned())
            .map(|id| match self {
                Self::Sqlite(_) => format!("X'{}'", id.replace('-', "")),
                Self::Postgres(_) => format!("'{id}'::uuid"),
            })
            .collect();
        if !literals.is_empty() {
            let literals = literals.join(", ");
            self.rows(&format!(
                "SELECT names FROM office WHERE id IN ({literals}) UNION ALL SELECT names FROM theme WHERE id IN ({literals})"
            ))
            .await?;
        }
        Ok(page.into_iter().map(|row| row[0].clone()).collect())
    }

    /// All columns of all rows, which are text.
    async fn rows(&mut self, statement: &str) -> Fallible<Vec<Vec<String>>> {
        macro_rules! fetch {
            ($connection:expr) => {{
                let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
                    .fetch_all($connection)
                    .await?;
                let texts = rows
                    .iter()
                    .map(|row| (0..row.len()).map(|column| row.try_get(column)).collect());
                texts.collect::<Result<_, sqlx::Error>>()?
            }};
        }
        Ok(match self {
            Self::Sqlite(connection) => fetch!(connection),
            Self::Postgres(connection) => fetch!(connection),
        })
    }
}
