//! The list of all feeds: as a page for people, and as OPML 2.0 (<http://opml.org/spec2.opml>) for their programs.

use std::{fmt::Write as _, io, sync::Arc};

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, header};
use mime::Mime;
use newsroom_domain::{Instant, Locale, taxonomy::Taxonomy};

use super::{
    Feeds, KEPT,
    address::{FeedAddress, Format, Kind, Topic},
    entry::escape,
    words::words,
    written,
    xml::{Xml, clean},
};
use crate::{
    conditional::Representation, error::ApiError, finding::Patience, parameters::Parameters, request_id::request_id,
    store_failure::present,
};

/// The media type of OPML, which nobody registered.
const OPML: &str = "text/x-opml; charset=utf-8";

/// Answers with the page, or with OPML where that is preferred.
pub(super) async fn list(State(feeds): State<Arc<Feeds>>, request: Request) -> Response {
    let write = if prefers_opml(request.headers()) { opml } else { page };
    let mut response = answer(&feeds, request, write).await;
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
    response
}

/// Answers with OPML.
pub(super) async fn outline(State(feeds): State<Arc<Feeds>>, request: Request) -> Response {
    answer(&feeds, request, opml).await
}

/// What the page may load, and who may frame it: nothing, and nobody.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Written = (&'static str, io::Result<Vec<u8>>);

async fn answer(feeds: &Feeds, request: Request, write: fn(&Listed) -> Written) -> Response {
    let id = request_id(&request);
    let (asked, _) = request.into_parts();
    let answered = match Listed::read(feeds, asked.uri.query()).await {
        Ok((listed, changed_at)) => {
            let (media_type, body) = write(&listed);
            written(body).map(|body| Representation {
                media_type,
                body,
                changed_at: feeds.changed_at(changed_at),
                kept: KEPT,
            })
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok(representation) => representation.answer(&asked.headers),
        Err(error) => error.into_problem(id.as_deref()),
    }
}

/// Whether OPML is named, and no page is wanted more (RFC 9110, section 12.5.1).
fn prefers_opml(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT).iter();
    let ranges: Vec<Mime> = given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.trim().parse().ok())
        .collect();
    let weight = |names: &[&str]| {
        let named = ranges.iter().filter(|range| names.contains(&range.essence_str()));
        let weights = named.map(|range| {
            range
                .get_param("q")
                .map_or(1.0, |q| q.as_str().parse::<f32>().unwrap_or(0.0))
        });
        weights.fold(0.0_f32, f32::max)
    };
    let opml = weight(&["text/x-opml", "text/opml", "application/opml+xml"]);
    opml > weight(&["text/html", "application/xhtml+xml"])
}

/// The feeds that there are.
struct Listed {
    /// Each in the originals' languages, then in each locale that the newsroom offers, or else has.
    languages: Vec<InLanguage>,
    /// The one that was asked for.
    locale: Option<Locale>,
    offered: Vec<Locale>,
    root: String,
}

/// The feeds of one language.
struct InLanguage {
    locale: Option<Locale>,
    all: Listing,
    groups: Vec<(Kind, Vec<Listing>)>,
}

/// One feed, in every format.
struct Listing {
    name: String,
    address: FeedAddress,
}

impl Listed {
    async fn read(feeds: &Feeds, query: Option<&str>) -> Result<(Self, Option<Instant>), ApiError> {
        let mut parameters = Parameters::parse(query)?;
        let locale = parameters.read::<Locale>("locale");
        parameters.finish()?;
        feeds.settings.check_locale("locale", locale.as_ref())?;
        let found = feeds
            .finder
            .moment(Patience::Little, false)
            .await
            .map_err(|error| present(&error))?;
        let taxonomy = found.moment.taxonomy().clone();
        let changed_at = found.moment.changed_at().await.map_err(|error| present(&error))?;
        // Where nobody has said what is offered, that is all that there is.
        let offered = if feeds.settings.locales.is_empty() {
            found.moment.locales().await.map_err(|error| present(&error))?
        } else {
            feeds.settings.locales.clone()
        };
        found.moment.end().await.map_err(|error| present(&error))?;
        let languages = match &locale {
            Some(locale) => vec![Some(locale.clone())],
            None => [None].into_iter().chain(offered.iter().cloned().map(Some)).collect(),
        };
        let in_language = |locale| InLanguage::new(locale, feeds, &taxonomy);
        let listed = Self {
            languages: languages.into_iter().map(in_language).collect(),
            locale,
            offered,
            root: feeds.site.address(""),
        };
        Ok((listed, changed_at))
    }
}

impl InLanguage {
    fn new(locale: Option<Locale>, feeds: &Feeds, taxonomy: &Taxonomy) -> Self {
        let reader = feeds.settings.fallbacks.reader(locale.as_ref());
        let listing = |name: &str, topic| Listing {
            name: clean(name),
            address: FeedAddress {
                locale: locale.clone(),
                topic,
                format: Format::Atom,
            },
        };
        let of_kind = |kind: Kind| {
            let entries: Vec<_> = match kind {
                Kind::Offices => taxonomy.offices().map(|office| (&office.slug, &office.names)).collect(),
                Kind::Themes => {
                    let themes = taxonomy.themes().in_tree_order();
                    themes.into_iter().map(|theme| (&theme.slug, &theme.names)).collect()
                }
                Kind::Types => taxonomy
                    .content_types()
                    .map(|of_type| (&of_type.slug, &of_type.names))
                    .collect(),
            };
            let listed = entries.into_iter().map(|(slug, names)| {
                let slug = slug.to_string();
                listing(names.for_reader(&reader), Some(Topic { kind, slug }))
            });
            (kind, listed.collect::<Vec<_>>())
        };
        let groups = Kind::ALL
            .into_iter()
            .map(of_kind)
            .filter(|(_, listed)| !listed.is_empty());
        Self {
            all: listing(words(locale.as_ref()).newsroom, None),
            groups: groups.collect(),
            locale,
        }
    }

    /// What its feeds are in.
    fn name(&self) -> &str {
        self.locale.as_ref().map_or("Original languages", Locale::as_str)
    }
}

impl Listing {
    fn path(&self, format: Format) -> String {
        let address = FeedAddress {
            format,
            ..self.address.clone()
        };
        address.path()
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Offices => "Offices",
        Kind::Themes => "Themes",
        Kind::Types => "Content types",
    }
}

fn opml(listed: &Listed) -> Written {
    (OPML, write_opml(listed))
}

/// The Atom feeds alone: of the three, they say most.
fn write_opml(listed: &Listed) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    xml.open("opml", &[("version", "2.0")])?;
    xml.open("head", &[])?;
    xml.text("title", &[], "Feeds of the newsroom")?;
    xml.text("docs", &[], "http://opml.org/spec2.opml")?;
    xml.close("head")?;
    xml.open("body", &[])?;
    for language in &listed.languages {
        xml.open("outline", &[("text", language.name())])?;
        let write = |xml: &mut Xml, listing: &Listing| {
            let address = format!("{}{}", listed.root, listing.path(Format::Atom));
            let text = ("text", &*listing.name);
            let mut attributes = vec![text, ("title", &*listing.name), ("type", "rss"), ("xmlUrl", &*address)];
            attributes.extend(language.locale.as_ref().map(|locale| ("language", locale.as_str())));
            xml.empty("outline", &attributes)
        };
        write(&mut xml, &language.all)?;
        for (kind, listings) in &language.groups {
            xml.open("outline", &[("text", title(*kind))])?;
            for listing in listings {
                write(&mut xml, listing)?;
            }
            xml.close("outline")?;
        }
        xml.close("outline")?;
    }
    xml.close("body")?;
    xml.close("opml")?;
    Ok(xml.finish())
}

fn page(listed: &Listed) -> Written {
    ("text/html; charset=utf-8", Ok(write_page(listed).into_bytes()))
}

/// A page that needs nothing from elsewhere, not even a style.
fn write_page(listed: &Listed) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Feeds of the newsroom</title>\n",
    );
    let root = escape(&listed.root);
    for format in Format::ALL {
        let address = FeedAddress {
            locale: listed.locale.clone(),
            topic: None,
            format,
        };
        let media_type = format.media_type().split(';').next().unwrap_or_default();
        push(
            &mut page,
            format_args!(
                "<link rel=\"alternate\" type=\"{media_type}\" title=\"{}\" href=\"{root}{}\">\n",
                format.name(),
                escape(&address.path())
            ),
        );
    }
    page.push_str("</head>\n<body>\n<main>\n<h1>Feeds of the newsroom</h1>\n");
    push(
        &mut page,
        format_args!("<p>For feed readers: <a href=\"{root}/feeds.opml\">all feeds as OPML</a>.</p>\n"),
    );
    if !listed.offered.is_empty() {
        page.push_str("<nav aria-label=\"Languages\">\n<ul>\n");
        push(
            &mut page,
            format_args!("<li><a href=\"{root}/feeds\">All languages</a></li>\n"),
        );
        for locale in &listed.offered {
            let is_here = listed.locale.as_ref() == Some(locale);
            let current = if is_here { " aria-current=\"page\"" } else { "" };
            push(
                &mut page,
                format_args!("<li><a href=\"{root}/feeds?locale={locale}\"{current}>{locale}</a></li>\n"),
            );
        }
        page.push_str("</ul>\n</nav>\n");
    }
    for language in &listed.languages {
        push(
            &mut page,
            format_args!("<section>\n<h2>{}</h2>\n", escape(language.name())),
        );
        table(
            &mut page,
            "All releases",
            std::slice::from_ref(&language.all),
            language,
            &root,
        );
        for (kind, listings) in &language.groups {
            table(&mut page, title(*kind), listings, language, &root);
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn table(page: &mut String, caption: &str, listings: &[Listing], language: &InLanguage, root: &str) {
    push(
        page,
        format_args!("<table>\n<caption>{caption}</caption>\n<thead>\n<tr><th scope=\"col\">Feed</th>"),
    );
    for format in Format::ALL {
        push(page, format_args!("<th scope=\"col\">{}</th>", format.name()));
    }
    page.push_str("</tr>\n</thead>\n<tbody>\n");
    let lang = language
        .locale
        .as_ref()
        .map(|locale| format!(" lang=\"{locale}\""))
        .unwrap_or_default();
    for listing in listings {
        let name = escape(&listing.name);
        push(page, format_args!("<tr><th scope=\"row\"{lang}>{name}</th>"));
        for format in Format::ALL {
            let path = escape(&listing.path(format));
            let format = format.name();
            push(
                page,
                format_args!("<td><a href=\"{root}{path}\" aria-label=\"{name}: {format}\">{format}</a></td>"),
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Into a string, nothing that is written fails.
    let _ = page.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opml_is_for_whoever_names_it_and_wants_no_page_more() {
        let prefers = |accept: &str| {
            let headers = [(header::ACCEPT, accept.parse().unwrap())];
            prefers_opml(&headers.into_iter().collect())
        };
        for accept in ["text/x-opml", "text/opml, */*", "text/html;q=0.5, text/x-opml"] {
            assert!(prefers(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/html",
            "text/html, text/x-opml;q=0.9",
            "text/x-opml;q=0",
            "text/*",
        ] {
            assert!(!prefers(accept), "{accept}");
        }
        assert!(!prefers_opml(&HeaderMap::new()));
    }
}
