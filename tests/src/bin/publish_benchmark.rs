//! How long the newsroom takes to publish, one client after the other and several at once:
//!
//! ```text
//! PRESS_PASSWORD=… cargo run --release -p newsroom-tests --bin publish_benchmark -- http://127.0.0.1:8080 press@example.org
//! ```
//!
//! Each round creates a release with a body of some 4 kB and publishes it; after each, the very next query has to have it,
//! or the run ends. Medians and 99th percentiles of whole HTTP requests are printed in microseconds.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: PRESS_PASSWORD=… publish_benchmark NEWSROOM_URL EMAIL [ROUNDS] [CLIENTS]";
const CREATE: &str = "mutation($input: CreateReleaseInput!) { done: createRelease(input: $input) { release { id } } }";
const PUBLISH: &str =
    "mutation($input: PublishTranslationInput!) { done: publishTranslation(input: $input) { release { slug } } }";
const READ: &str = "query($slug: String!) { releases(first: 1) { totalCount } release(slug: $slug) { title } }";

#[tokio::main]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (newsroom, email, rounds, clients) = match &arguments[..] {
        [newsroom, email] => (newsroom, email, 200, 8),
        [newsroom, email, rounds] => (newsroom, email, rounds.parse()?, 8),
        [newsroom, email, rounds, clients] => (newsroom, email, rounds.parse()?, clients.parse()?),
        _ => return Err(USAGE.into()),
    };
    let password = std::env::var("PRESS_PASSWORD").map_err(|_| USAGE)?;
    let desk = Arc::new(Desk::open(newsroom, email, &password).await?);
    let offices = desk.ask("{ offices { slug } themes { slug } }", json!({})).await?;
    let filed = Arc::new((
        offices["offices"][0]["slug"].clone(),
        offices["themes"][0]["slug"].clone(),
    ));

    println!("{:<28} {:>10} {:>10}", "", "median", "99th");
    let alone = rounds_of(Arc::clone(&desk), Arc::clone(&filed), "alone".to_owned(), rounds).await?;
    print(&alone, "one client");
    let began = Instant::now();
    let mut together = JoinSet::new();
    for client in 0..clients {
        let name = format!("together {client}");
        together.spawn(rounds_of(Arc::clone(&desk), Arc::clone(&filed), name, rounds / clients));
    }
    let mut all = Times::default();
    for times in together.join_all().await {
        all.add(times?);
    }
    let a_second = all.publish.len() * 1_000 / usize::try_from(began.elapsed().as_millis())?.max(1);
    print(&all, &format!("{clients} clients"));
    println!("{a_second} releases created and published a second, by {clients} clients");
    Ok(())
}

/// How long each kind of request took.
#[derive(Default)]
struct Times {
    create: Vec<Duration>,
    publish: Vec<Duration>,
    read: Vec<Duration>,
}

impl Times {
    fn add(&mut self, other: Self) {
        self.create.extend(other.create);
        self.publish.extend(other.publish);
        self.read.extend(other.read);
    }
}

fn print(times: &Times, who: &str) {
    for (what, times) in [
        ("create", &times.create),
        ("publish", &times.publish),
        ("the next query", &times.read),
    ] {
        let mut times = times.clone();
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_micros();
        println!("{:<28} {:>10} {:>10}", format!("{who}: {what}"), at(50), at(99));
    }
}

async fn rounds_of(desk: Arc<Desk>, filed: Arc<(Value, Value)>, name: String, rounds: usize) -> Fallible<Times> {
    let mut times = Times::default();
    let body =
        "Observers from **forty** countries came, and [more](https://example.org/more) will come.\n\n".repeat(45);
    let run = std::process::id();
    for round in 0..rounds {
        let title = format!("Benchmark {run} {name} {round}");
        let input = json!({"originalLocale": "en", "offices": [filed.0], "themes": [filed.1],
            "text": {"title": title, "lead": "They came.", "body": {"format": "MARKDOWN", "text": body}}});
        let clock = Instant::now();
        let created = desk.ask(CREATE, json!({"input": input})).await?;
        times.create.push(clock.elapsed());
        let input = json!({"id": created["done"]["release"]["id"], "locale": "en", "version": 1});
        let clock = Instant::now();
        let published = desk.ask(PUBLISH, json!({"input": input})).await?;
        times.publish.push(clock.elapsed());
        let slug = json!({"slug": published["done"]["release"]["slug"]});
        let clock = Instant::now();
        let read = desk.ask(READ, slug).await?;
        times.read.push(clock.elapsed());
        if read["release"]["title"] != title {
            return Err(format!("“{title}” is not in the next query: {read}").into());
        }
    }
    Ok(times)
}

/// A client that is signed in.
struct Desk {
    http: reqwest::Client,
    endpoint: String,
    token: String,
}

impl Desk {
    async fn open(newsroom: &str, email: &str, password: &str) -> Fallible<Self> {
        let mut desk = Self {
            http: reqwest::Client::new(),
            endpoint: format!("{newsroom}/graphql"),
            token: String::new(),
        };
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken } }";
        let input = json!({"input": {"email": email, "password": password}});
        let signed_in = desk.ask(query, input).await?;
        let token = signed_in["signIn"]["accessToken"].as_str();
        token.unwrap_or_default().clone_into(&mut desk.token);
        Ok(desk)
    }

    async fn ask(&self, query: &str, variables: Value) -> Fallible<Value> {
        let body = json!({"query": query, "variables": variables});
        let mut request = self.http.post(&self.endpoint).json(&body);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        let mut answer: Value = request.send().await?.json().await?;
        if answer["errors"].is_null() {
            Ok(answer["data"].take())
        } else {
            Err(format!("{}", answer["errors"]).into())
        }
    }
}
