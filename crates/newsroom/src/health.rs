//! `newsroom health`: asks a server on this machine whether it is ready.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::Outcome;
use crate::settings::Settings;

/// How long a server has to answer. A health check that waits longer is itself found unhealthy.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// How much of the answer is looked at.
const ENOUGH: u64 = 4096;

/// What `health` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The server to ask, instead of the one that the settings say: http://HOST:PORT.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
}

/// Asks `/readyz`.
///
/// # Errors
/// Where the server is not ready, says nothing in time, or cannot be reached.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Result<Outcome> {
    let (host, path) = match &arguments.url {
        None => (settings.listen.as_reached_from_here(), "/readyz".to_owned()),
        Some(url) => asked_by(url)?,
    };
    let status = timeout(PATIENCE, status_of(&host, &path))
        .await
        .with_context(|| format!("the server at {host} did not answer within {PATIENCE:?}"))??;
    match status {
        200..=299 => Ok(Outcome::Good),
        _ => bail!("the server at {host} is not ready: it answered {path} with {status}"),
    }
}

/// The host with its port, and the path, that a URL asks for.
fn asked_by(url: &Url) -> Result<(String, String)> {
    let (Some(host), Some(port), "http") = (url.host_str(), url.port_or_known_default(), url.scheme()) else {
        bail!("cannot ask {url}: give http://HOST:PORT, as the server itself speaks no TLS");
    };
    let path = if url.path() == "/" { "/readyz" } else { url.path() };
    Ok((format!("{host}:{port}"), path.to_owned()))
}

/// The status with which a server answers GET (RFC 9112).
async fn status_of(host: &str, path: &str) -> Result<u16> {
    let mut stream = TcpStream::connect(host)
        .await
        .with_context(|| format!("cannot reach the server at {host}"))?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: newsroom-health\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .with_context(|| format!("cannot ask the server at {host}"))?;
    let mut answer = Vec::new();
    stream
        .take(ENOUGH)
        .read_to_end(&mut answer)
        .await
        .with_context(|| format!("the server at {host} broke off"))?;
    status_in(&answer).with_context(|| format!("what answers at {host} does not speak HTTP"))
}

fn status_in(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|&b| b == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn answered_with(status: &'static str) -> Result<Outcome> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 512];
            let length = stream.read(&mut asked).await.unwrap();
            stream
                .write_all(format!("{status}\r\nContent-Length: 0\r\n\r\n").as_bytes())
                .await
                .unwrap();
            String::from_utf8_lossy(&asked[..length])
                .lines()
                .next()
                .unwrap()
                .to_owned()
        });
        let arguments = Arguments {
            url: Some(format!("http://{address}").parse().unwrap()),
        };
        let outcome = run(&Settings::default(), &arguments).await;
        assert_eq!(server.await.unwrap(), "GET /readyz HTTP/1.1");
        outcome
    }

    #[tokio::test]
    async fn a_server_is_healthy_when_it_says_that_it_is_ready() {
        assert_eq!(answered_with("HTTP/1.1 200 OK").await.unwrap(), Outcome::Good);
        assert!(
            answered_with("HTTP/1.1 503 Service Unavailable")
                .await
                .unwrap_err()
                .to_string()
                .ends_with("with 503")
        );
        assert!(answered_with("SSH-2.0-server").await.is_err());
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_not_healthy() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let arguments = Arguments {
            url: Some(format!("http://{nobody}").parse().unwrap()),
        };
        assert!(run(&Settings::default(), &arguments).await.is_err());
    }
}
