//! Accepting connections, so many at once, and letting go of them in time.
//!
//! `axum::serve` sets neither a limit of connections nor a time for a request's head, so that a few idle clients could
//! hold the server; hyper, which is under it, has the second, and a semaphore is the first.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use newsroom_api::Draining;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::Service as _;

use crate::settings::Settings;

/// How long a client may read nothing while there is something for it.
const UNREAD: Duration = Duration::from_secs(30);

/// How long to wait after a connection could not be accepted, for want of file handles, say.
const RESPITE: Duration = Duration::from_millis(500);

/// Serves until `ending`, then begins to drain, and returns when what is in flight is done or the grace is over.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    draining: Draining,
    ending: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(settings.header_timeout.get()));
    let places = Arc::new(Semaphore::new(
        settings.max_connections.get().min(Semaphore::MAX_PERMITS),
    ));
    let graceful = GracefulShutdown::new();
    let last_call = async {
        ending.cancelled().await;
        draining.begin();
        sleep(Duration::from_secs(settings.shutdown_delay)).await;
    };
    tokio::pin!(last_call);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut last_call => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let router = router.clone();
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().call(request)
        });
        // A client that reads nothing of what it asked for is let go of; a stream of changes would else hold its place for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    let in_flight = graceful.count();
    if timeout(settings.grace(), graceful.shutdown()).await.is_err() {
        tracing::warn!(of = in_flight, grace = ?settings.grace(), "some requests were not finished within the grace");
    }
}

type Accepted = (TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit);

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are written whole, so that there is nothing to wait for before sending.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) if is_the_clients(&error) => None,
        Err(error) => {
            tracing::error!(%error, "cannot accept a connection");
            sleep(RESPITE).await;
            None
        }
    }
}

/// Whether the client was gone before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::JoinHandle;

    use super::*;

    const ASKED: &[u8] = b"GET / HTTP/1.1\r\nHost: newsroom\r\n\r\n";

    /// A server whose answers take half a second, with room for one connection.
    async fn server() -> (SocketAddr, Draining, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            sleep(Duration::from_millis(500)).await;
            "done"
        };
        let settings = Settings {
            max_connections: 1.try_into().unwrap(),
            header_timeout: 1.try_into().unwrap(),
            ..Settings::default()
        };
        let (draining, ending) = (Draining::default(), CancellationToken::new());
        let (drained, ended) = (draining.clone(), ending.clone());
        let router = Router::new().route("/", get(slow));
        let serving = tokio::spawn(async move { serve(listener, router, &settings, drained, ended).await });
        (address, draining, ending, serving)
    }

    async fn read_all(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn what_is_in_flight_is_finished_before_the_server_ends() {
        let (address, draining, ending, serving) = server().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(ASKED).await.unwrap();
        sleep(Duration::from_millis(200)).await;
        assert!(!draining.has_begun());
        ending.cancel();
        assert!(read_all(stream).await.ends_with("done"));
        serving.await.unwrap();
        assert!(draining.has_begun());
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_client_that_sends_no_request_gives_its_place_up_in_time() {
        let (address, _, ending, serving) = server().await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HT").await.unwrap();
        sleep(Duration::from_millis(100)).await;
        let mut next = TcpStream::connect(address).await.unwrap();
        next.write_all(ASKED).await.unwrap();
        assert_eq!(read_all(idle).await, "");
        let mut answer = vec![0; 15];
        next.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 200 OK");
        ending.cancel();
        serving.await.unwrap();
    }
}
