//! The sitemap (<https://www.sitemaps.org/protocol.html>): the pages of all releases, for whoever looks for what there is to read.
//!
//! It is cut by the order of going live, so that a release stays in the part that it is in, and only the last part grows. Where
//! releases are in so many languages that a part would be longer than sitemaps may be, it goes on in further files of its own. A
//! file is read from the database when it is asked for, and no more than that one.

use std::{collections::BTreeMap, io, sync::Arc};

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use newsroom_domain::{
    Instant, Reader, ReleaseId, filter::ReleaseOrder, filter::ResolvedFilter, release_url::ReleaseUrl,
};
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

/// How many changes a part goes over, so that it has no more than that many releases.
const PART: i64 = 500;

/// How many addresses a file has at most, with those of the same page in other languages: of 300 bytes each with all that is
/// about it, 30 MB. A file may have 50 MB, and 50,000 pages; of fewer addresses than this, half are pages at most. A release has a
/// hundred translations at most, and with that a tenth of this.
const MOST_ADDRESSES: usize = 100_000;

/// How long it may be kept: search engines come once a day.
const KEPT: &str = "public, max-age=3600";
const MEDIA_TYPE: &str = "application/xml; charset=utf-8";
const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// A file: its name without the ending, and when it changed last.
type File = (String, Instant);

/// The files that there are, with the change log's sequence at which that was found out: it takes a look at all of the log.
#[derive(Default)]
pub(super) struct Sitemap(Mutex<Option<(i64, Arc<[File]>)>>);

impl Sitemap {
    async fn at(&self, moment: &Moment) -> Result<Arc<[File]>, StoreError> {
        // Whoever comes meanwhile waits, and has it then.
        let mut known = self.0.lock().await;
        if let Some((sequence, files)) = &*known
            && *sequence == moment.sequence()
        {
            return Ok(Arc::clone(files));
        }
        let files: Arc<[File]> = files(moment).await?.into();
        *known = Some((moment.sequence(), Arc::clone(&files)));
        Ok(files)
    }
}

async fn files(moment: &Moment) -> Result<Vec<File>, StoreError> {
    let mut files = Vec::new();
    for part in moment.parts_by_going_live(PART).await? {
        let is_one = usize::try_from(part.addresses).is_ok_and(|addresses| addresses <= MOST_ADDRESSES);
        let count = if is_one {
            1
        } else {
            cut(moment, part.number).await?.len()
        };
        files.extend((1..=count).map(|file| (name(part.number, file), part.changed_at)));
    }
    Ok(files)
}

/// What a part's first file is called, and what the others are.
fn name(part: i64, file: usize) -> String {
    if file == 1 {
        part.to_string()
    } else {
        format!("{part}-{file}")
    }
}

/// The part and the file of a name. Each has one name alone: a zero in front would be another address of the same.
fn named(name: &str) -> Option<(i64, usize)> {
    let (part, file) = match name.split_once('-') {
        Some((part, file)) => (part.parse().ok()?, file.parse().ok()?),
        None => (name.parse().ok()?, 1),
    };
    (file > 0 && self::name(part, file) == name).then_some((part, file))
}

/// Answers with the list of parts.
pub(super) async fn index(State(feeds): State<Arc<Feeds>>, request: Request) -> Response {
    feeds.part_of_sitemap(request, None).await
}

/// Answers with a part.
pub(super) async fn part(State(feeds): State<Arc<Feeds>>, Path(part): Path<String>, request: Request) -> Response {
    // None has the number 0.
    let file = part.strip_suffix(".xml").and_then(named).unwrap_or((0, 1));
    feeds.part_of_sitemap(request, Some(file)).await
}

fn no_such_part() -> ApiError {
    let message = "There is no such part of the sitemap; /sitemap.xml lists those that there are.";
    ApiError::new(ErrorCode::NotFound, message)
}

impl Feeds {
    /// Answers with a file of the part of that number, or with the list of all.
    async fn part_of_sitemap(&self, request: Request, file: Option<(i64, usize)>) -> Response {
        let id = request_id(&request);
        let (asked, _) = request.into_parts();
        match self.read_sitemap(file).await {
            Ok(representation) => representation.answer(&asked.headers),
            Err(error) => error.into_problem(id.as_deref()),
        }
    }

    async fn read_sitemap(&self, file: Option<(i64, usize)>) -> Result<Representation, ApiError> {
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
        let body = match file {
            None => {
                let files = self.sitemap.at(&moment).await.map_err(|error| present(&error))?;
                if files.is_empty() {
                    let message = "There is nothing in the sitemap yet: no release has been published.";
                    return Err(ApiError::new(ErrorCode::NotFound, message));
                }
                self.write_index(&files)
            }
            Some((part, file)) => {
                let releases = read_file(&moment, part, file).await.map_err(|error| present(&error))?;
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

    fn write_index(&self, files: &[File]) -> io::Result<Vec<u8>> {
        let mut xml = Xml::new()?;
        xml.open("sitemapindex", &[("xmlns", SITEMAP)])?;
        for (name, changed_at) in files {
            xml.open("sitemap", &[])?;
            xml.text("loc", &[], &self.site.address(&format!("/sitemaps/{name}.xml")))?;
            xml.text("lastmod", &[], &changed_at.to_string())?;
            xml.close("sitemap")?;
        }
        xml.close("sitemapindex")?;
        Ok(xml.finish())
    }
}

/// The releases of a file, in the order of going live; none where there is no such file.
async fn read_file(moment: &Moment, part: i64, file: usize) -> Result<Vec<ShownRelease>, StoreError> {
    let ids = cut(moment, part).await?.into_iter().nth(file - 1).unwrap_or_default();
    let wants = Wants {
        bodies: false,
        translations: true,
    };
    moment.releases(&ids, &Reader::default(), wants).await
}

/// The releases of a part, in the order of going live, cut into as many files as they need.
async fn cut(moment: &Moment, part: i64) -> Result<Vec<Vec<ReleaseId>>, StoreError> {
    let last = moment.sequence() / PART + 1;
    if !(1..=last).contains(&part) {
        return Ok(Vec::new());
    }
    let span = LogSpan {
        after: (part - 1) * PART,
        up_to: part * PART,
    };
    let most = u64::try_from(PART).unwrap_or(u64::MAX);
    let everything = ResolvedFilter::default();
    let live = moment
        .acts((Acts::GoingLive, span), &everything, ReleaseOrder::OldestFirst, most)
        .await?;
    let ids: Vec<_> = live.into_iter().map(|(_, id)| id).collect();
    let releases = moment.releases(&ids, &Reader::default(), Wants::default()).await?;
    Ok(portions(
        releases
            .iter()
            .map(|release| (release.id, release.available_locales.len())),
    ))
}

/// As many of these at a time as a file takes, by how many texts each has.
fn portions(releases: impl Iterator<Item = (ReleaseId, usize)>) -> Vec<Vec<ReleaseId>> {
    let mut portions: Vec<Vec<ReleaseId>> = Vec::new();
    let mut addresses = 0;
    for (id, texts) in releases {
        // Each page with its own address, and with those of all.
        let own = texts + texts * texts;
        match portions.last_mut() {
            Some(portion) if addresses + own <= MOST_ADDRESSES => {
                portion.push(id);
                addresses += own;
            }
            _ => {
                portions.push(vec![id]);
                addresses = own;
            }
        }
    }
    portions
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_has_one_name() {
        for (written, expected) in [("7", (7, 1)), ("7-2", (7, 2)), ("12-10", (12, 10))] {
            assert_eq!(named(written), Some(expected));
            assert_eq!(name(expected.0, expected.1), written);
        }
        for none in [
            "",
            "07",
            "7-1",
            "7-02",
            "7-0",
            "7-",
            "-7-2",
            "7-2-2",
            "x",
            "7-99999999999999999999",
        ] {
            let found = named(none).filter(|(part, _)| *part > 0);
            assert_eq!(found, None, "{none}");
        }
    }

    #[test]
    fn a_part_that_is_too_long_is_cut_and_no_file_has_more_than_it_may() {
        let id = |number: u128| ReleaseId::from(Uuid::from_u128(number));
        let of = |texts: usize| (0..500).map(move |number| (id(number), texts));
        assert_eq!(portions(of(1)).len(), 1);
        assert_eq!(portions(std::iter::empty()).len(), 0);
        for texts in [40, 100] {
            let files = portions(of(texts));
            assert!(files.len() > 5);
            let most = MOST_ADDRESSES / (texts + texts * texts);
            assert!(files.iter().all(|file| (1..=most).contains(&file.len())));
            let all: Vec<ReleaseId> = files.concat();
            assert_eq!(all, of(texts).map(|(id, _)| id).collect::<Vec<_>>());
        }
    }
}
