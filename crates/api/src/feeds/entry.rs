//! A feed and its entries, as every format has them.
//!
//! All texts have passed [`clean`]: no format has to look at them again.

use std::collections::BTreeSet;

use newsroom_domain::{
    Fallbacks, Instant, Locale, Reader,
    change::{ChangeScope, Facets},
    release::{Attachment, with_absolute_links},
    taxonomy::Taxonomy,
};
use newsroom_persistence::{GoneRelease, RetoldRelease, ShownRelease, ShownText};
use url::Url;
use uuid::Uuid;

use super::{question::Content, site::Site, words::words, xml::clean};

/// A document of a feed: the feed itself, or an archive of it.
#[derive(Debug)]
pub(super) struct Feed {
    /// For ever the same for the same question, in whatever format and under whatever slugs.
    pub(super) id: Uuid,
    pub(super) title: String,
    pub(super) description: String,
    /// What whoever made it is called.
    pub(super) author: String,
    /// The language that its entries are in, where it is one.
    pub(super) language: Option<Locale>,
    /// The page of the site.
    pub(super) home: String,
    pub(super) links: Links,
    pub(super) updated: Instant,
    pub(super) entries: Vec<Entry>,
    pub(super) gone: Vec<Gone>,
}

/// Where a document is, and those about it (RFC 5005, section 4).
#[derive(Debug)]
pub(super) struct Links {
    pub(super) own: String,
    /// The feed that it is an archive of; `None` where it is no archive.
    pub(super) current: Option<String>,
    pub(super) previous_archive: Option<String>,
    pub(super) next_archive: Option<String>,
}

impl Links {
    /// The addresses with their link relations.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let own = [("self", self.own.as_str())].into_iter();
        let about = [
            ("current", &self.current),
            ("prev-archive", &self.previous_archive),
            ("next-archive", &self.next_archive),
        ];
        own.chain(
            about
                .into_iter()
                .filter_map(|(relation, address)| Some((relation, address.as_deref()?))),
        )
    }
}

/// A release in one language.
#[derive(Debug)]
pub(super) struct Entry {
    /// The translation's.
    pub(super) id: Uuid,
    /// The release's.
    pub(super) release: Uuid,
    pub(super) link: String,
    pub(super) language: Locale,
    pub(super) title: String,
    /// Plain text; empty where there is no lead, and the title where there is no content beside it.
    pub(super) summary: String,
    /// HTML; `None` where summaries were asked for.
    pub(super) content: Option<String>,
    pub(super) published: Instant,
    /// Moved by corrections with a public note alone.
    pub(super) updated: Instant,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<Category>,
    pub(super) enclosures: Vec<Enclosure>,
    pub(super) withdrawal: Option<Withdrawn>,
    /// The public notes on its corrections, each with when it was made.
    pub(super) corrections: Vec<(Instant, String)>,
}

/// What an entry is filed under.
#[derive(Debug)]
pub(super) struct Category {
    /// Of what kind that is, as an address that is nobody's page.
    pub(super) scheme: String,
    /// The slug.
    pub(super) term: String,
    /// What it is called.
    pub(super) label: String,
}

/// What is attached to an entry.
#[derive(Debug)]
pub(super) struct Enclosure {
    pub(super) url: String,
    pub(super) media_type: Option<String>,
    pub(super) length: Option<i64>,
    pub(super) title: String,
}

/// That an entry was withdrawn.
#[derive(Debug)]
pub(super) struct Withdrawn {
    pub(super) at: Instant,
    pub(super) notice: Option<String>,
    /// The word for it in the entry's language.
    pub(super) word: &'static str,
}

/// An entry that is gone (RFC 6721).
#[derive(Debug)]
pub(super) struct Gone {
    /// The translation's.
    pub(super) id: Uuid,
    pub(super) at: Instant,
    /// Why; `None` where the text was taken down, or has given way to another of the release.
    pub(super) reason: Option<String>,
}

/// An id as feeds have it (RFC 9562, section 4).
pub(super) fn urn(id: Uuid) -> String {
    id.urn().to_string()
}

/// What entries are made with, beside the releases.
pub(super) struct Known<'a> {
    pub(super) taxonomy: &'a Taxonomy,
    pub(super) reader: &'a Reader,
    pub(super) fallbacks: &'a Fallbacks,
    pub(super) site: &'a Site,
}

impl Entry {
    /// The entry of a release as it is shown to a reader.
    pub(super) fn new(shown: &ShownRelease, content: Content, known: &Known<'_>) -> Self {
        let text = &shown.text;
        let withdrawal = Withdrawn::of(shown, known);
        let title = match &withdrawal {
            Some(Withdrawn { word, .. }) => format!("[{word}] {}", text.title),
            None => text.title.clone(),
        };
        let summary = match summary(text, withdrawal.as_ref()) {
            // An entry has to say something (RFC 4287, section 4.1.2; JSON Feed's `content_text`).
            nothing if nothing.is_empty() && content == Content::Summary => text.title.clone(),
            summary => summary,
        };
        let link = known.site.page_of(text, shown.id);
        let offices = shown.offices.iter().filter_map(|id| known.taxonomy.office(*id));
        Self {
            id: text.id.uuid(),
            release: shown.id.uuid(),
            language: text.locale.clone(),
            title: clean(&title),
            summary: clean(&summary),
            content: (content == Content::Full).then(|| clean(&html(text, withdrawal.as_ref(), &link))),
            link,
            published: shown.published_at,
            updated: text.updated_at,
            authors: offices
                .map(|office| clean(office.names.for_reader(known.reader)))
                .collect(),
            categories: categories(shown, withdrawal.as_ref(), known),
            enclosures: shown.attachments.iter().map(Enclosure::of).collect(),
            withdrawal,
            corrections: text
                .change_notes
                .iter()
                .map(|note| (note.at, clean(note.note.as_str())))
                .collect(),
        }
    }
}

impl Withdrawn {
    fn of(shown: &ShownRelease, known: &Known<'_>) -> Option<Self> {
        let withdrawal = shown.withdrawal.as_ref()?;
        let locale = &shown.text.locale;
        let reader = known.reader.clone().or(&known.fallbacks.reader(Some(locale)));
        let notice = withdrawal.notice_for(&reader, &shown.original_locale);
        Some(Self {
            at: withdrawal.at,
            notice: notice.map(|notice| clean(notice.as_str())),
            word: words(Some(locale)).withdrawn,
        })
    }

    /// What stands before the text.
    fn line(&self) -> String {
        match &self.notice {
            Some(notice) => format!("{}: {notice}", self.word),
            None => self.word.to_owned(),
        }
    }
}

impl Enclosure {
    fn of(attachment: &Attachment) -> Self {
        Self {
            url: attachment.url.to_string(),
            media_type: attachment.media_type.as_deref().map(clean),
            length: attachment.length,
            title: clean(attachment.title.as_str()),
        }
    }
}

impl Gone {
    /// Each text that readers had of a removed release.
    pub(super) fn of(release: GoneRelease) -> impl Iterator<Item = Self> {
        let GoneRelease { id: _, texts, removal } = release;
        texts.into_iter().map(move |id| Self {
            id: id.uuid(),
            at: removal.at,
            reason: Some(clean(removal.reason.as_str())),
        })
    }
}

impl Gone {
    /// The texts of a release that this reader was shown while it was of a scope, and that another has taken the place of, or none.
    pub(super) fn given_way(release: &RetoldRelease, reader: &Reader, scope: &ChangeScope) -> Vec<Self> {
        let shown = |facets: &Facets| {
            let shown = reader.find_in(&facets.locales).unwrap_or(&release.original_locale);
            scope.matches(facets).then(|| shown.clone())
        };
        let is = shown(&release.is);
        let were: BTreeSet<Locale> = release.were.iter().filter_map(shown).collect();
        let gone = were.into_iter().filter(|locale| Some(locale) != is.as_ref());
        gone.filter_map(|locale| release.texts.get(&locale))
            .map(|id| Self {
                id: id.uuid(),
                at: release.at,
                reason: None,
            })
            .collect()
    }
}

fn summary(text: &ShownText, withdrawal: Option<&Withdrawn>) -> String {
    match withdrawal {
        Some(withdrawal) if text.lead.is_empty() => withdrawal.line(),
        Some(withdrawal) => format!("{}\n\n{}", withdrawal.line(), text.lead),
        None => text.lead.clone(),
    }
}

/// The lead and the body, below the notice of a withdrawal. RSS and JSON Feed do not say what links are relative to, so that none is.
fn html(text: &ShownText, withdrawal: Option<&Withdrawn>, page: &str) -> String {
    let notice = withdrawal.map(|withdrawal| format!("<p><strong>{}</strong></p>\n", escape(&withdrawal.line())));
    let lead = (!text.lead.is_empty()).then(|| format!("{}\n", paragraphs(&text.lead)));
    let body = text.body.as_ref().and_then(Option::as_ref);
    let body = body.map(|body| match Url::parse(page) {
        Ok(page) => with_absolute_links(&body.html, &page).into_owned(),
        Err(_) => body.html.clone(),
    });
    notice.into_iter().chain(lead).chain(body).collect()
}

/// A plain text as HTML: its paragraphs, and their lines.
pub(super) fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let html = paragraphs.map(|text| format!("<p>{}</p>", escape(text).replace('\n', "<br>\n")));
    html.collect::<Vec<_>>().join("\n")
}

/// A text as HTML.
pub(super) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

fn categories(shown: &ShownRelease, withdrawal: Option<&Withdrawn>, known: &Known<'_>) -> Vec<Category> {
    let Known {
        taxonomy, reader, site, ..
    } = known;
    let category = |kind: &str, term: &str, label: &str| Category {
        scheme: site.address(&format!("/schemes/{kind}")),
        term: term.to_owned(),
        label: clean(label),
    };
    let offices = shown.offices.iter().filter_map(|id| taxonomy.office(*id));
    let offices = offices.map(|office| ("offices", &office.slug, &office.names));
    let themes = shown.themes.iter().filter_map(|id| taxonomy.themes().get(*id));
    let themes = themes.map(|theme| ("themes", &theme.slug, &theme.names));
    let of_type = shown.content_type.and_then(|id| taxonomy.content_type(id));
    let of_type = of_type.map(|content_type| ("types", &content_type.slug, &content_type.names));
    let filed = offices.chain(themes).chain(of_type);
    filed
        .map(|(kind, slug, names)| category(kind, slug.as_str(), names.for_reader(reader)))
        .chain(withdrawal.map(|withdrawal| category("states", "withdrawn", withdrawal.word)))
        .collect()
}

/// The latest of what happened to what a document has; the beginning of Unix time where nothing has, so that an empty one
/// is always the same.
pub(super) fn updated(entries: &[Entry], gone: &[Gone]) -> Instant {
    let withdrawn = entries
        .iter()
        .filter_map(|entry| entry.withdrawal.as_ref().map(|withdrawal| withdrawal.at));
    let entries = entries.iter().map(|entry| entry.updated.max(entry.published));
    let latest = entries.chain(withdrawn).chain(gone.iter().map(|gone| gone.at)).max();
    latest.unwrap_or(Instant::UNIX_EPOCH)
}

/// The language of all entries, where they have one.
pub(super) fn language_of(entries: &[Entry]) -> Option<Locale> {
    let (first, others) = entries.split_first()?;
    let same = others.iter().all(|entry| entry.language == first.language);
    same.then(|| first.language.clone())
}

/// The scheme and host of an address, as a page.
pub(super) fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(format!("{}/", url.origin().ascii_serialization()))
}
