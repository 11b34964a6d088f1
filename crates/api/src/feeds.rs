//! Feeds: RSS, Atom and JSON Feed of whatever a list can be asked for, their archives, a list of them, and the sitemap.
//!
//! Every format is written from one [`entry::Feed`]. An entry is a release in the reader's language, and has the identity of the
//! translation that is shown. The feed itself has the newest by publishing date, as readers expect; its archives go by the order
//! of going live, so that whoever follows them misses nothing that is dated back (see [`reading`]). All of it is read from the
//! public side, like every list.

mod address;
mod atom;
mod entry;
mod json;
mod list;
mod question;
mod reading;
mod rss;
mod site;
mod sitemap;
mod words;
mod xml;

use std::{
    io,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use newsroom_domain::Instant;

pub(crate) use self::site::Site;
use self::{
    address::{FeedAddress, Format},
    entry::Feed,
    question::Question,
    reading::{Outcome, no_such_feed},
    sitemap::Sitemap,
};
use crate::{conditional::Representation, error::ApiError, finding::Finder, graphql::Settings, request_id::request_id};

/// How long a feed may be kept. The same for all, so that nobody has to guess how old what they have may be.
const KEPT: &str = "public, max-age=300";

/// What feeds are made from.
pub(crate) struct Feeds {
    finder: Arc<Finder>,
    settings: Settings,
    site: Site,
    sitemap: Sitemap,
    /// When this process began to serve them.
    began: Option<Instant>,
}

/// `/feeds` and all below, `/sitemap.xml` and its parts.
pub(crate) fn feed_routes(finder: Arc<Finder>, settings: Settings, site: Site) -> Router {
    let feeds = Feeds {
        finder,
        settings,
        site,
        sitemap: Sitemap::default(),
        began: now(),
    };
    Router::new()
        .route("/feeds", get(list::list))
        .route("/feeds.opml", get(list::outline))
        .route("/feeds/{*feed}", get(feed))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemaps/{part}", get(sitemap::part))
        .with_state(Arc::new(feeds))
}

fn now() -> Option<Instant> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Instant::from_micros(i64::try_from(since.as_micros()).ok()?)
}

/// Answers with a feed, or an archive of one.
async fn feed(State(feeds): State<Arc<Feeds>>, request: Request) -> Response {
    let id = request_id(&request);
    let (asked, _) = request.into_parts();
    let answered = feeds.answer(&asked).await;
    answered.unwrap_or_else(|error| error.into_problem(id.as_deref()))
}

impl Feeds {
    /// When an answer may have changed last, by the newsroom's last change. A process may have begun with other settings than the one
    /// before, of which nothing else tells: whoever has a date alone asks anew once it has begun.
    fn changed_at(&self, newsroom: Option<Instant>) -> Option<Instant> {
        newsroom.max(self.began)
    }

    async fn answer(&self, asked: &Parts) -> Result<Response, ApiError> {
        let uri = &asked.uri;
        let path = uri.path().strip_prefix("/feeds/").ok_or_else(no_such_feed)?;
        let address = FeedAddress::parse(path).ok_or_else(no_such_feed)?;
        if self.settings.check_locale("locale", address.locale.as_ref()).is_err() {
            return Err(no_such_feed());
        }
        let question = Question::read(address, uri.query())?;
        self.settings.check_locale("locale", question.locale.as_ref())?;
        let (feed, changed_at) = match reading::read(self, &question).await? {
            Outcome::Feed(feed, changed_at) => (feed, changed_at),
            Outcome::Moved(topic) => {
                let address = FeedAddress {
                    topic: Some(topic),
                    ..question.address
                };
                return self.moved(&address, uri.query());
            }
        };
        let format = question.address.format;
        let representation = Representation {
            media_type: format.media_type(),
            body: written(write(format, &feed))?,
            changed_at: self.changed_at(changed_at),
            kept: KEPT,
        };
        Ok(representation.answer(&asked.headers))
    }

    /// Sends whoever asks by a former slug to the address that is used now, for good.
    fn moved(&self, address: &FeedAddress, query: Option<&str>) -> Result<Response, ApiError> {
        let mut location = self.site.address(&address.path());
        if let Some(query) = query {
            location.push('?');
            location.push_str(query);
        }
        let location = HeaderValue::try_from(location).map_err(|_| ApiError::internal())?;
        let headers = [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, HeaderValue::from_static(KEPT)),
        ];
        Ok((StatusCode::PERMANENT_REDIRECT, headers).into_response())
    }
}

fn write(format: Format, feed: &Feed) -> io::Result<Vec<u8>> {
    match format {
        Format::Rss => rss::write(feed),
        Format::Atom => atom::write(feed),
        Format::Json => json::write(feed),
    }
}

/// What was written. Into memory, nothing that is written fails.
fn written(document: io::Result<Vec<u8>>) -> Result<Vec<u8>, ApiError> {
    document.map_err(|error| {
        tracing::error!(%error, "a feed could not be written");
        ApiError::internal()
    })
}
