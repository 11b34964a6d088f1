//! The explorer: GraphiQL at `/`, out of the binary.
//!
//! Where the npm package in `explorer/` was built, its bundle is in the binary and works without the internet. Where not,
//! there is one page, which takes pinned versions with integrity hashes from a CDN. `build.rs` decides.

use axum::{
    Router,
    body::Bytes,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderName, HeaderValue, header};

/// A file of the explorer: its path below `/` and its content.
type File = (&'static str, &'static [u8]);

include!(concat!(env!("OUT_DIR"), "/explorer_files.rs"));

/// The page's own name; it stands at `/`.
const PAGE: &str = "index.html";

/// `/`, and each file that the page asks for.
pub(crate) fn explorer_routes() -> Router {
    FILES.iter().fold(Router::new(), |routes, file| {
        let path = if file.0 == PAGE { "" } else { file.0 };
        routes.route(&format!("/{path}"), get(async move || serve(*file)))
    })
}

fn serve((path, content): File) -> Response {
    // What is in `assets` has a hash of its content in its name.
    let kept = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        // The page itself says what it may load; that no other page may frame it can only be said here.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("frame-ancestors 'none'"),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, Bytes::from_static(content)).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "ttf" => "font/ttf",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_and_every_file_has_a_known_media_type() {
        assert!(FILES.iter().any(|(path, _)| *path == PAGE));
        for (path, _) in FILES {
            assert_ne!(media_type(path), "application/octet-stream", "{path}");
        }
    }

    #[test]
    fn only_files_with_a_hash_in_their_name_are_kept_for_ever() {
        let kept = |path| {
            serve((path, b"")).headers()[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(kept("index.html"), "no-cache");
        assert_eq!(kept("assets/index-C4fEx.js"), "public, max-age=31536000, immutable");
    }
}
