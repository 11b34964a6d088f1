//! Reading a feed: from one moment, the newest by publishing date, or what the changes of an archive are about.
//!
//! An archive goes by the change log and not by dates, so that what is dated back is in none that anybody has read already. It
//! begins right behind a whole number of [`BLOCK`]s and is named by the last change in it. The changes up to that one are there
//! and stay as they are. Each release on which readers are told of anything by one of them is in it, as it is now; and whatever is
//! told of a release later is in a later archive too. So whoever follows the archives from the feed on, and stops at one that
//! they know, comes past everything, however many entries the feed itself has. What was told since the last whole block
//! is in an archive too, which is named anew with each such change.

use std::collections::BTreeSet;

use newsroom_domain::{
    Locale, Reader, ReleaseId,
    change::ChangeScope,
    filter::{AnyOf, ReleaseOrder, ResolvedFilter},
    page::PageRequest,
    taxonomy::Taxonomy,
};
use newsroom_persistence::{Acts, LogSpan, Moment, ReadError, StoreError, Wants};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Feeds,
    address::{Kind, Topic},
    entry::{Entry, Feed, Gone, Known, Links, language_of, updated},
    question::{Content, Question},
    words::words,
    xml::clean,
};
use crate::{
    error::{ApiError, ErrorCode},
    finding::{Found, Patience},
    parameters::named_as_parameters,
    store_failure::present,
};

/// How many changes an archive goes over, so that it has no more releases than that.
const BLOCK: i64 = 100;
/// How many changes are looked through for the next archive that has anything; where none of them has, whoever follows is given
/// one that is empty, and looks on from there.
const LOOKED_THROUGH: i64 = 200 * BLOCK;
/// The most removed releases of the feed itself; the archives have all.
const MOST_GONE: usize = 100;
/// The changes through which the feed itself looks for what was taken down, or has given way to another language.
const LATEST: i64 = 10 * BLOCK;

/// What a question comes to.
pub(super) enum Outcome {
    /// A document, and when the newsroom changed last.
    Feed(Box<Feed>, Option<newsroom_domain::Instant>),
    /// What it is of has another slug now.
    Moved(Topic),
}

/// Reads what is asked for.
///
/// # Errors
/// `NOT_FOUND` where there is no such office, theme, type or archive, `VALIDATION_FAILED`, or that of a store that fails.
pub(super) async fn read(feeds: &Feeds, question: &Question) -> Result<Outcome, ApiError> {
    let found = feeds
        .finder
        .moment(Patience::Little, false)
        .await
        .map_err(|error| present(&error))?;
    let taxonomy = found.moment.taxonomy().clone();
    if let Some(topic) = &question.address.topic {
        let slug = current_slug(topic, &taxonomy).ok_or_else(no_such_feed)?;
        if slug != topic.slug {
            let kind = topic.kind;
            return Ok(Outcome::Moved(Topic { kind, slug }));
        }
    }
    let filter = found.moment.resolve(&question.filter).map_err(|error| match error {
        ReadError::Filter(faults) => ApiError::validation(named(faults)),
        ReadError::Store(error) => present(&error),
    })?;
    if question
        .archive
        .is_some_and(|archive| archive > found.moment.sequence())
    {
        let message = "There is no such archive; follow the links of the feed to those that there are.";
        return Err(ApiError::new(ErrorCode::NotFound, message));
    }
    let reader = feeds.settings.fallbacks.reader(question.locale.as_ref());
    let reading = Reading {
        feeds,
        question: &question.by_current_slugs(&taxonomy),
        filter,
        reader,
        taxonomy: &taxonomy,
    };
    let feed = reading.feed(&found).await.map_err(|error| present(&error))?;
    let changed_at = found.moment.changed_at().await.map_err(|error| present(&error))?;
    found.moment.end().await.map_err(|error| present(&error))?;
    Ok(Outcome::Feed(Box::new(feed), changed_at))
}

/// The parameter of locales has another name here.
fn named(faults: Vec<newsroom_domain::FieldFault>) -> Vec<crate::error::FieldFault> {
    let mut faults = named_as_parameters(faults);
    for fault in &mut faults {
        if fault.path == "locale" || fault.path.starts_with("locale.") {
            fault.path.replace_range(.."locale".len(), "availableIn");
        }
    }
    faults
}

/// There is no feed at an address.
pub(super) fn no_such_feed() -> ApiError {
    let message = "There is no feed at this address; /feeds lists those that there are.";
    ApiError::new(ErrorCode::NotFound, message)
}

/// The slug of what a feed is of, which may be another than the one that it was asked by.
fn current_slug(topic: &Topic, taxonomy: &Taxonomy) -> Option<String> {
    let slug = match topic.kind {
        Kind::Offices => &taxonomy.office_by_slug(&topic.slug)?.slug,
        Kind::Themes => &taxonomy.themes().by_slug(&topic.slug)?.slug,
        Kind::Types => &taxonomy.content_type_by_slug(&topic.slug)?.slug,
    };
    Some(slug.to_string())
}

struct Reading<'a> {
    feeds: &'a Feeds,
    question: &'a Question,
    filter: ResolvedFilter,
    reader: Reader,
    taxonomy: &'a Taxonomy,
}

impl Reading<'_> {
    async fn feed(&self, found: &Found) -> Result<Feed, StoreError> {
        let moment = &found.moment;
        let span = self.question.archive.map(span_of);
        let ids = match span {
            Some(span) => self.archived(moment, span).await?,
            None => self.newest(found).await?,
        };
        let wants = Wants {
            bodies: self.question.content == Content::Full,
            translations: false,
        };
        let shown = moment.releases(&ids, &self.reader, wants).await?;
        let known = Known {
            taxonomy: self.taxonomy,
            reader: &self.reader,
            fallbacks: &self.feeds.settings.fallbacks,
            site: &self.feeds.site,
        };
        let entry = |release| Entry::new(release, self.question.content, &known);
        let entries: Vec<Entry> = shown.iter().map(entry).collect();
        let gone = self.gone(moment, span, &entries).await?;
        let links = match self.question.archive {
            Some(archive) => self.links_of_archive(moment, archive).await?,
            None => self.links_of_feed(moment).await?,
        };
        let words = words(self.question.locale.as_ref());
        Ok(Feed {
            id: self.id(),
            title: clean(&self.title(words.newsroom)),
            description: words.description.to_owned(),
            author: words.newsroom.to_owned(),
            language: self.question.locale.clone().or_else(|| language_of(&entries)),
            home: self.feeds.site.home(),
            links,
            updated: updated(&entries, &gone),
            entries,
            gone,
        })
    }

    /// The newest releases by publishing date, as every list has them.
    async fn newest(&self, found: &Found) -> Result<Vec<ReleaseId>, StoreError> {
        let (order, page) = (ReleaseOrder::NewestFirst, PageRequest::first(self.question.limit));
        if let Some(state) = &found.state {
            return Ok(state.select(&self.filter, None).page(order, &page).items);
        }
        let (page, _) = found.moment.find(&self.filter, order, Some(&page), false).await?;
        Ok(page.map(|page| page.items).unwrap_or_default())
    }

    /// What is told of by the changes of an archive, the latest first, each once.
    async fn archived(&self, moment: &Moment, span: LogSpan) -> Result<Vec<ReleaseId>, StoreError> {
        let most = u64::try_from(BLOCK).unwrap_or(u64::MAX);
        let acts = moment
            .acts((Acts::Told, span), &self.filter, ReleaseOrder::NewestFirst, most)
            .await?;
        let mut named = BTreeSet::new();
        let ids = acts.into_iter().map(|(_, id)| id);
        Ok(ids.filter(|id| named.insert(*id)).collect())
    }

    /// What whoever reads the feed is to take down: by the changes of an archive, or else of late.
    async fn gone(&self, moment: &Moment, span: Option<LogSpan>, entries: &[Entry]) -> Result<Vec<Gone>, StoreError> {
        let Some(scope) = self.scope() else {
            return Ok(Vec::new());
        };
        let removed = moment.gone(&scope, span, MOST_GONE).await?;
        let mut gone: Vec<Gone> = removed.into_iter().flat_map(Gone::of).collect();
        // Who has named no language is shown originals, which stay what they are.
        if !self.reader.wanted().is_empty() {
            let up_to = moment.sequence();
            let after = up_to - LATEST;
            let span = span.unwrap_or(LogSpan { after, up_to });
            let retold = moment.retold(span, MOST_GONE).await?;
            gone.extend(
                retold
                    .iter()
                    .flat_map(|release| Gone::given_way(release, &self.reader, &scope)),
            );
        }
        let shown: BTreeSet<Uuid> = entries.iter().map(|entry| entry.id).collect();
        gone.retain(|gone| !shown.contains(&gone.id));
        Ok(gone)
    }

    /// The releases of whose going this feed tells. The log does not say how releases were dated, so that one by date tells of none.
    fn scope(&self) -> Option<ChangeScope> {
        let is_dated = self.filter.from.is_some() || self.filter.before.is_some();
        (!is_dated).then(|| ChangeScope::of(&self.filter, self.taxonomy))
    }

    async fn links_of_feed(&self, moment: &Moment) -> Result<Links, StoreError> {
        let head = moment.sequence();
        let previous = match self.nearest_before(moment, head).await? {
            // In the block that is not full: named by the last change that is told of, so that it has another name with the next.
            Some(sequence) if sequence > full_blocks(head) => Some(sequence),
            other => other.map(end_of_block),
        };
        Ok(Links {
            own: self.address(&self.question.own_address()),
            current: None,
            previous_archive: previous.map(|archive| self.archive(archive)),
            next_archive: None,
        })
    }

    async fn links_of_archive(&self, moment: &Moment, archive: i64) -> Result<Links, StoreError> {
        let previous = self.nearest_before(moment, span_of(archive).after).await?;
        // One that ends within a block has none behind it: the block's own archive has all of it.
        let next = if archive == end_of_block(archive) {
            self.nearest_behind(moment, archive).await?
        } else {
            None
        };
        Ok(Links {
            own: self.address(&self.question.own_address()),
            current: Some(self.address(&self.question.current_address())),
            previous_archive: previous.map(|sequence| self.archive(end_of_block(sequence))),
            next_archive: next.map(|sequence| self.archive(end_of_block(sequence))),
        })
    }

    /// The last change up to that one of which this feed tells. Where there is none among those that are looked through, and there
    /// are more, the last that was not looked at.
    async fn nearest_before(&self, moment: &Moment, up_to: i64) -> Result<Option<i64>, StoreError> {
        let after = (full_blocks(up_to) - LOOKED_THROUGH).max(0);
        let span = LogSpan { after, up_to };
        let told = self.nearest(moment, span, ReleaseOrder::NewestFirst).await?;
        Ok(told.into_iter().max().or((after > 0).then_some(after)))
    }

    /// The first change behind that one, in a block that is full, of which this feed tells; or the last that was looked at.
    async fn nearest_behind(&self, moment: &Moment, after: i64) -> Result<Option<i64>, StoreError> {
        let full = full_blocks(moment.sequence());
        let up_to = full.min(after + LOOKED_THROUGH);
        let span = LogSpan { after, up_to };
        let told = self.nearest(moment, span, ReleaseOrder::OldestFirst).await?;
        Ok(told.into_iter().min().or((up_to < full).then_some(up_to)))
    }

    /// The first of a span, in that order, by which something is told of a release, and by which one went.
    async fn nearest(&self, moment: &Moment, span: LogSpan, order: ReleaseOrder) -> Result<Vec<i64>, StoreError> {
        let told = moment.acts((Acts::Told, span), &self.filter, order, 1).await?;
        let gone = match self.scope() {
            Some(scope) => moment.nearest_gone(&scope, span, order).await?,
            None => None,
        };
        Ok(told.into_iter().map(|(sequence, _)| sequence).chain(gone).collect())
    }

    fn archive(&self, archive: i64) -> String {
        self.address(&self.question.archive_address(archive))
    }

    fn address(&self, path: &str) -> String {
        self.feeds.site.address(path)
    }

    /// The names of what the filter asks for, behind that of the newsroom.
    fn title(&self, newsroom: &str) -> String {
        let ResolvedFilter {
            offices, themes, types, ..
        } = &self.filter;
        let offices = offices.values.iter().filter_map(|id| self.taxonomy.office(*id));
        let themes = themes.values.iter().filter_map(|id| self.taxonomy.themes().get(*id));
        let types = types.values.iter().filter_map(|id| self.taxonomy.content_type(*id));
        let names: Vec<&str> = offices
            .map(|office| &office.names)
            .chain(themes.map(|theme| &theme.names))
            .chain(types.map(|content_type| &content_type.names))
            .map(|names| names.for_reader(&self.reader))
            .collect();
        if names.is_empty() {
            newsroom.to_owned()
        } else {
            format!("{newsroom}: {}", names.join(", "))
        }
    }

    /// Made of what is asked for, by identities, since slugs change. A UUID of version 8 (RFC 9562, section 5.8).
    fn id(&self) -> Uuid {
        let digest = Sha256::digest(asked(&self.filter, self.question.locale.as_ref()));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// What is asked for, in a line that never changes: of a filter that restricts nothing it has no word, so that one which is added
/// makes no feed another.
fn asked(filter: &ResolvedFilter, locale: Option<&Locale>) -> String {
    // Taken apart, so that a filter that is added has to be dealt with here.
    let ResolvedFilter {
        offices,
        themes,
        types,
        locales,
        from,
        before,
    } = filter;
    let mut words = vec!["feed".to_owned()];
    words.extend(locale.map(|locale| format!("locale={locale}")));
    words.extend(any_of("office", offices));
    words.extend(any_of("theme", themes));
    words.extend(any_of("type", types));
    words.extend(locales.iter().map(|locale| format!("available={locale}")));
    words.extend(from.map(|from| format!("from={from}")));
    words.extend(before.map(|before| format!("before={before}")));
    words.join(" ")
}

fn any_of<T: Copy + Into<Uuid>>(kind: &str, any_of: &AnyOf<T>) -> Vec<String> {
    let mut values: Vec<Uuid> = any_of.values.iter().map(|id| (*id).into()).collect();
    values.sort_unstable();
    let none = any_of.none.then(|| format!("{kind}=none"));
    let values = values.into_iter().map(|id| format!("{kind}={id}"));
    values.chain(none).collect()
}

/// The changes that an archive goes over.
const fn span_of(archive: i64) -> LogSpan {
    LogSpan {
        after: full_blocks(archive - 1),
        up_to: archive,
    }
}

/// The last change of the last block that is full when there are so many changes.
const fn full_blocks(changes: i64) -> i64 {
    changes / BLOCK * BLOCK
}

/// The last change of the block that a change is in.
const fn end_of_block(change: i64) -> i64 {
    full_blocks(change - 1) + BLOCK
}

#[cfg(test)]
mod tests {
    use newsroom_domain::OfficeId;

    use super::*;

    #[test]
    fn what_is_asked_for_is_one_line_in_whatever_order_it_is_asked() {
        let id = |number| OfficeId::from(Uuid::from_u128(number));
        let filter = |offices: [OfficeId; 2]| ResolvedFilter {
            offices: AnyOf {
                values: offices.into(),
                none: true,
            },
            ..ResolvedFilter::default()
        };
        let locale = "ru".parse().unwrap();
        let line = "feed locale=ru office=00000000-0000-0000-0000-000000000001 office=00000000-0000-0000-0000-000000000002 office=none";
        assert_eq!(asked(&filter([id(1), id(2)]), Some(&locale)), line);
        assert_eq!(asked(&filter([id(2), id(1)]), Some(&locale)), line);
        assert_eq!(asked(&ResolvedFilter::default(), None), "feed", "never another");
    }

    #[test]
    fn every_change_is_in_one_block_and_an_archive_begins_where_its_block_does() {
        for (archive, after, end) in [
            (1, 0, 100),
            (99, 0, 100),
            (100, 0, 100),
            (101, 100, 200),
            (200, 100, 200),
        ] {
            assert_eq!(span_of(archive), LogSpan { after, up_to: archive });
            assert_eq!(end_of_block(archive), end, "{archive}");
        }
        assert_eq!([0, 99, 100, 199].map(full_blocks), [0, 0, 100, 100]);
    }
}
