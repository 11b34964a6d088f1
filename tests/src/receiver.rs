//! A partner's endpoint for webhooks, on this machine: it keeps what it is sent, and answers as a test wants.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_mins(2);

/// The endpoint. It serves for as long as the test runs.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: Mutex<Vec<Received>>,
    next: Mutex<VecDeque<Reply>>,
    usual: Mutex<Reply>,
}

/// How it answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status line behind the version, and further header lines, each after a line's end: `204 No Content`.
    pub head: String,
    /// The body.
    pub body: String,
    /// What it waits before it answers.
    pub after: Duration,
}

impl Default for Reply {
    fn default() -> Self {
        Self::of("204 No Content")
    }
}

impl Reply {
    /// An answer of that status, at once and without a body.
    #[must_use]
    pub fn of(head: &str) -> Self {
        Self {
            head: head.to_owned(),
            body: String::new(),
            after: Duration::ZERO,
        }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path that was asked.
    pub path: String,
    /// The headers, by their names in small letters.
    pub headers: HashMap<String, String>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON.
    pub body: Value,
    /// The status that it was answered with: 204 counts as taken.
    pub answered: String,
}

impl Received {
    /// What is in the body at a JSON pointer.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// A header; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// What it tells: `release.published`.
    #[must_use]
    pub fn event(&self) -> &str {
        self.at("/type").as_str().unwrap_or_default()
    }
}

impl Receiver {
    /// Starts it, on a free port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::<Kept>::default();
        let keeping = Arc::clone(&kept);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let keeping = Arc::clone(&keeping);
                // Whoever hangs up in the middle has sent nothing.
                std::thread::spawn(move || connection.and_then(|connection| talk(connection, &keeping)));
            }
        });
        Self { port, kept }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Answers so from now on.
    pub fn answer(&self, reply: Reply) {
        *self.kept.usual.lock().unwrap() = reply;
    }

    /// Answers the next request so, behind those that this was said of before.
    pub fn answer_next(&self, reply: Reply) {
        self.kept.next.lock().unwrap().push_back(reply);
    }

    /// All requests, in the order in which they arrived.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.kept.requests.lock().unwrap().clone()
    }

    /// The requests that it has answered with 2xx.
    #[must_use]
    pub fn taken(&self) -> Vec<Received> {
        let mut requests = self.requests();
        requests.retain(|request| request.answered.starts_with('2'));
        requests
    }

    /// Waits until so many requests have arrived, and answers them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_until(|requests| requests.len() >= count).await
    }

    /// Waits until the requests are as they should be, and answers them.
    pub async fn wait_until(&self, are_so: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let begun = Instant::now();
        loop {
            let requests = self.requests();
            if are_so(&requests) {
                return requests;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "only these have arrived: {:?}",
                requests.iter().map(Received::event).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn talk(connection: TcpStream, kept: &Kept) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writing = connection.try_clone()?;
    let mut reading = BufReader::new(connection);
    loop {
        let mut first = String::new();
        if reading.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reading.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut text = vec![0; length.unwrap_or(0)];
        reading.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let reply = kept.next.lock().unwrap().pop_front();
        let reply = reply.unwrap_or_else(|| kept.usual.lock().unwrap().clone());
        kept.requests.lock().unwrap().push(Received {
            path,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            answered: reply.head.clone(),
        });
        std::thread::sleep(reply.after);
        let length = reply.body.len();
        let head = &reply.head;
        write!(
            writing,
            "HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{}",
            reply.body
        )?;
        writing.flush()?;
    }
}
