//! The real program, serving.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::client::Client;

/// How long the program may take to start, and to stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// How many of its last lines a failed test shows.
const SHOWN: usize = 40;

/// The folder that cargo builds this profile into: the tests are in its `deps`.
pub(crate) fn build_folder() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(Path::parent).unwrap().to_owned()
}

/// The program: what `NEWSROOM_BIN` names, else what cargo builds now.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        if let Some(named) = std::env::var_os("NEWSROOM_BIN") {
            let named = PathBuf::from(named);
            assert!(
                named.is_file(),
                "NEWSROOM_BIN names {}, which is not there: cargo build -p newsroom",
                named.display()
            );
            return named;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--package", "newsroom", "--quiet"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if build_folder().ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the program cannot be built");
        build_folder().join(format!("newsroom{}", std::env::consts::EXE_SUFFIX))
    });
    &PROGRAM
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    said: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
    root: String,
    client: Client,
}

impl Server {
    /// Starts what `command` makes for an address to listen at, and waits until it is ready.
    pub async fn begin(command: impl Fn(&str) -> Command) -> Self {
        Self::start(command)
            .await
            .unwrap_or_else(|(status, said)| panic!("it ended with {status}:\n{said}"))
    }

    /// Starts what `command` makes for an address to listen at, and waits until it is ready.
    ///
    /// # Errors
    /// Where it ends before it is ready: with what, and what it said.
    pub(crate) async fn start(command: impl Fn(&str) -> Command) -> Result<Self, (ExitStatus, String)> {
        for _ in 0..5 {
            let address = free_address();
            let mut server = Self::spawn(command(&address), &address);
            match server.until_ready().await {
                Ok(()) => return Ok(server),
                // Somebody else took the port in between.
                Err((_, said)) if said.contains("ddress already in use") || said.contains("os error 98") => {}
                Err(ended) => return Err(ended),
            }
        }
        panic!("no free port in five attempts");
    }

    fn spawn(mut command: Command, address: &str) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = Arc::<Mutex<Vec<String>>>::default();
        let readers = vec![
            keep(process.stdout.take().unwrap(), &said),
            keep(process.stderr.take().unwrap(), &said),
        ];
        let root = format!("http://{address}");
        Self {
            process,
            said,
            readers,
            client: Client::new(&root),
            root,
        }
    }

    async fn until_ready(&mut self) -> Result<(), (ExitStatus, String)> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                self.read_to_end();
                return Err((status, self.log().join("\n")));
            }
            let asked = self.client.request("GET", "/readyz").send().await;
            if asked.is_ok_and(|answer| answer.status() == 200) {
                return Ok(());
            }
            assert!(begun.elapsed() < PATIENCE, "the server is not ready after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where it is: `http://127.0.0.1:12345`.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The lines that it has logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// The lines that it logs while `work` is done, and for as long as more keep coming, but two seconds at most: its workers look
    /// again and again whether there is anything to do.
    pub async fn logged_by<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
        let before = self.said.lock().unwrap().len();
        let done = work.await;
        let mut seen = before;
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.said.lock().unwrap().len();
            if now == seen {
                break;
            }
            seen = now;
        }
        let lines = self.said.lock().unwrap();
        (done, lines[before..].to_vec())
    }

    /// Asks it to stop, as a service manager does, and does not wait.
    pub fn ask_to_stop(&self) {
        let killed = Command::new("kill")
            .args(["-TERM", &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
    }

    /// Ends it at once, in the middle of whatever it does (SIGKILL).
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits until it has stopped, and answers with what, and what it has logged.
    pub async fn stopped(mut self) -> (ExitStatus, Vec<String>) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                self.read_to_end();
                return (status, self.log());
            }
            assert!(begun.elapsed() < PATIENCE, "the server goes on after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    fn read_to_end(&mut self) {
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let said = self.log();
            let last = &said[said.len().saturating_sub(SHOWN)..];
            eprintln!("--- the last of what the server said ---\n{}", last.join("\n"));
        }
    }
}

fn keep(from: impl Read + Send + 'static, said: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            said.lock().unwrap().push(String::from_utf8_lossy(&line).into_owned());
        }
    })
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}
