//! The sitemap (<https://www.sitemaps.org/protocol.html>): the pages of all releases, for whoever looks for what there is to read.
//!
//! It is cut by the order of going live, so that a release stays in the part that it is in, and only the last part grows. A part
//! is read from the database when it is asked for, and no more than that one.

use std::{collections::BTreeMap, io, sync::Arc};

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use newsroom_domain::{Instant, Reader, filter::ReleaseOrder, filter::ResolvedFilter, release_url::ReleaseUrl};
use newsroom_persistence::{Acts, LogSpan, Moment, ShownRelease, StoreError, Wants};
use tokio::sync::Mutex;

use super::{Feeds, written, xml::Xml};
use crate::{
    conditional::Representation,
    error::{ApiError, ErrorCode},
    finding::Patience,
    request_id::request_id,
    store_failure::present,
};

/// How many changes a part goes over, so that it has no more than that many releases; each has at most a hundred translations,
/// and a part may have 50,000 addresses.
const PART: i64 = 500;

/// How long it may be kept: search engines come once a day.
const KEPT: &str = "public, max-age=3600";
const MEDIA_TYPE: &str = "application/xml; charset=utf-8";
const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// A part's number, and when a text in it was corrected last.
type Part = (i64, Instant);

/// The parts that there are, with the change log's sequence at which that was found out: it takes a look at all of the log.
#[derive(Default)]
pub(super) struct Sitemap(Mutex<Option<(i64, Arc<[Part]>)>>);

impl Sitemap {
    async fn at(&self, moment: &Moment) -> Result<Arc<[Part]>, StoreError> {
        // Whoever comes meanwhile waits, and has it then.
        let mut known = self.0.lock().await;
        if let Some((sequence, parts)) = &*known
            && *sequence == moment.sequence()
        {
            return Ok(Arc::clone(parts));
        }
        let parts: Arc<[Part]> = moment.parts_by_going_live(PART).await?.into();
        *known = Some((moment.sequence(), Arc::clone(&parts)));
        Ok(parts)
    }
}

/// Answers with the list of parts.
pub(super) async fn index(State(feeds): State<Arc<Feeds>>, request: Request) -> Response {
    feeds.part_of_sitemap(request, None).await
}

/// Answers with a part.
pub(super) async fn part(State(feeds): State<Arc<Feeds>>, Path(part): Path<String>, request: Request) -> Response {
    let number = part.strip_suffix(".xml").and_then(|number| number.parse::<i64>().ok());
    // Written in one way alone: a zero in front would be another address of the same. None has the number 0.
    let number = number.filter(|number| format!("{number}.xml") == part).unwrap_or(0);
    feeds.part_of_sitemap(request, Some(number)).await
}

fn no_such_part() -> ApiError {
    let message = "There is no such part of the sitemap; /sitemap.xml lists those that there are.";
    ApiError::new(ErrorCode::NotFound, message)
}

impl Feeds {
    /// Answers with the part of that number, or with the list of parts.
    async fn part_of_sitemap(&self, request: Request, number: Option<i64>) -> Response {
        let id = request_id(&request);
        let (asked, _) = request.into_parts();
        match self.read_sitemap(number).await {
            Ok(representation) => representation.answer(&asked.headers),
            Err(error) => error.into_problem(id.as_deref()),
        }
    }

    async fn read_sitemap(&self, number: Option<i64>) -> Result<Representation, ApiError> {
        let release_url = self.site.release_url().ok_or_else(|| {
            let message = "There is no sitemap, since the setting release_url does not say where releases are read.";
            ApiError::new(ErrorCode::NotFound, message)
        })?;
        let found = self
            .finder
            .moment(Patience::Little, false)
            .await
            .map_err(|error| present(&error))?;
        let moment = found.moment;
        let body = match number {
            None => {
                let parts = self.sitemap.at(&moment).await.map_err(|error| present(&error))?;
                if parts.is_empty() {
                    let message = "There is nothing in the sitemap yet: no release has been published.";
                    return Err(ApiError::new(ErrorCode::NotFound, message));
                }
                self.write_index(&parts)
            }
            Some(number) => {
                let releases = read_part(&moment, number).await.map_err(|error| present(&error))?;
                if releases.is_empty() {
                    return Err(no_such_part());
                }
                write_part(&releases, release_url)
            }
        };
        let changed_at = moment.changed_at().await.map_err(|error| present(&error))?;
        moment.end().await.map_err(|error| present(&error))?;
        Ok(Representation {
            media_type: MEDIA_TYPE,
            body: written(body)?,
            changed_at: self.changed_at(changed_at),
            kept: KEPT,
        })
    }

    fn write_index(&self, parts: &[Part]) -> io::Result<Vec<u8>> {
        let mut xml = Xml::new()?;
        xml.open("sitemapindex", &[("xmlns", SITEMAP)])?;
        for (number, updated_at) in parts {
            xml.open("sitemap", &[])?;
            xml.text("loc", &[], &self.site.address(&format!("/sitemaps/{number}.xml")))?;
            xml.text("lastmod", &[], &updated_at.to_string())?;
            xml.close("sitemap")?;
        }
        xml.close("sitemapindex")?;
        Ok(xml.finish())
    }
}

/// The releases of a part, in the order of going live.
async fn read_part(moment: &Moment, number: i64) -> Result<Vec<ShownRelease>, StoreError> {
    let last = moment.sequence() / PART + 1;
    if !(1..=last).contains(&number) {
        return Ok(Vec::new());
    }
    let span = LogSpan {
        after: (number - 1) * PART,
        up_to: number * PART,
    };
    let most = u64::try_from(PART).unwrap_or(u64::MAX);
    let everything = ResolvedFilter::default();
    let live = moment
        .acts((Acts::GoingLive, span), &everything, ReleaseOrder::OldestFirst, most)
        .await?;
    let ids: Vec<_> = live.into_iter().map(|(_, id)| id).collect();
    let wants = Wants {
        bodies: false,
        translations: true,
    };
    moment.releases(&ids, &Reader::default(), wants).await
}

fn write_part(releases: &[ShownRelease], release_url: &ReleaseUrl) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    xml.open("urlset", &[("xmlns", SITEMAP), ("xmlns:xhtml", XHTML)])?;
    for release in releases {
        write_release(&mut xml, release, release_url)?;
    }
    xml.close("urlset")?;
    Ok(xml.finish())
}

/// Each page of a release, with what it is in the other languages. Where all have one address, there is one page.
fn write_release(xml: &mut Xml, release: &ShownRelease, release_url: &ReleaseUrl) -> io::Result<()> {
    let texts = release.translations.as_deref().unwrap_or_default();
    let mut pages: BTreeMap<String, Instant> = BTreeMap::new();
    for text in texts {
        let page = pages
            .entry(release_url.fill(&text.locale, &text.slug))
            .or_insert(text.updated_at);
        *page = (*page).max(text.updated_at);
    }
    let has_others = pages.len() > 1;
    for (page, updated_at) in pages {
        xml.open("url", &[])?;
        xml.text("loc", &[], &page)?;
        xml.text("lastmod", &[], &updated_at.to_string())?;
        for text in texts.iter().filter(|_| has_others) {
            let address = release_url.fill(&text.locale, &text.slug);
            let language = ("hreflang", text.locale.as_str());
            xml.empty("xhtml:link", &[("rel", "alternate"), language, ("href", &address)])?;
        }
        xml.close("url")?;
    }
    Ok(())
}
