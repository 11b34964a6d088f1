//! What there is to choose beside a list, with how many releases each choice has.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Enum, Object, SimpleObject};
use newsroom_domain::{
    Day, Reader, ThemeId,
    filter::ResolvedFilter,
    taxonomy::{self, Taxonomy},
};
use newsroom_index::{Selection, State};

use super::{
    scalars::{Date, LocaleTag, count},
    searched::Searched,
    taxonomy::{ContentType, Office, Theme},
};

/// A list as the read index has it.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) state: Arc<State>,
    pub(crate) filter: ResolvedFilter,
    /// The first and the last day that the filter asks for.
    pub(crate) dates: (Option<Day>, Option<Day>),
    pub(crate) taxonomy: Arc<Taxonomy>,
    pub(crate) reader: Reader,
    /// What the search found, where there is one.
    pub(crate) searched: Option<Arc<Searched>>,
}

impl Counted {
    pub(crate) fn selection(&self) -> Selection<'_> {
        let found = self.searched.as_ref().map(|searched| &searched.hits.numbers);
        self.state.select(&self.filter, found)
    }
}

/// The most offices and content types that are listed where nothing is said.
const MOST_CHOICES: i32 = 100;

pub(crate) struct ReleaseFacets<'a>(pub(crate) &'a Counted);

/// The choices beside a list. Those of a kind ignore their own filter and obey all others and the search; those without any release are left
/// out, unless they are chosen.
#[Object]
impl<'a> ReleaseFacets<'a> {
    /// The offices, those with the most releases first and by slug among equals.
    async fn offices(
        &self,
        #[graphql(desc = "The most to list; what is chosen is listed beside. Null or below 0 means 100.")]
        first: Option<i32>,
    ) -> Vec<OfficeFacet<'a>> {
        let Counted {
            filter,
            taxonomy,
            reader,
            ..
        } = self.0;
        let each = self.0.selection().offices().each.into_iter();
        let facets = each.filter_map(|(id, releases)| {
            Some(OfficeFacet {
                office: Office::new(taxonomy.office(id)?, reader),
                slug: taxonomy.office(id)?.slug.as_str(),
                count: releases,
                selected: filter.offices.values.contains(&id),
            })
        });
        largest(facets.collect(), first, |facet| {
            (facet.count, facet.slug, facet.selected)
        })
    }

    /// The themes, as a tree: the roots, each with those below it. A theme has the releases of all that are below it, each once.
    async fn themes(&self) -> Vec<ThemeFacet<'a>> {
        let counts: BTreeMap<_, _> = self.0.selection().themes().each.into_iter().collect();
        let roots = self.0.taxonomy.themes().children(None);
        branches(self.0, roots, &Arc::new(counts))
    }

    /// The content types, those with the most releases first and by slug among equals.
    async fn types(
        &self,
        #[graphql(desc = "The most to list; what is chosen is listed beside. Null or below 0 means 100.")]
        first: Option<i32>,
    ) -> Vec<TypeFacet<'a>> {
        let Counted {
            filter,
            taxonomy,
            reader,
            ..
        } = self.0;
        let each = self.0.selection().types().each.into_iter();
        let facets = each.filter_map(|(id, releases)| {
            Some(TypeFacet {
                content_type: ContentType::new(taxonomy.content_type(id)?, reader),
                slug: taxonomy.content_type(id)?.slug.as_str(),
                count: releases,
                selected: filter.types.values.contains(&id),
            })
        });
        largest(facets.collect(), first, |facet| {
            (facet.count, facet.slug, facet.selected)
        })
    }

    /// The years of publishing dates, the newest first, each with its months. They ignore `publishedFrom` and `publishedTo`.
    async fn years(&self) -> Vec<YearFacet> {
        years(self.0)
    }

    /// The locales that releases can be read in, by tag. A release counts for each that it has.
    async fn locales(&self) -> Vec<LocaleFacet> {
        let each = self.0.selection().locales().each.into_iter();
        let facets = each.map(|(locale, releases)| LocaleFacet {
            selected: self.0.filter.locales.contains(&locale),
            locale: LocaleTag(locale),
            count: count(releases),
        });
        facets.collect()
    }

    /// The releases that have none of a kind, which is a choice as well: `withoutOffice`, `withoutTheme` and `withoutType`.
    async fn none(&self) -> NoneFacets<'a> {
        NoneFacets(self.0)
    }
}

/// The largest of these, at most `first`, and what is chosen beside.
fn largest<T>(mut facets: Vec<T>, first: Option<i32>, key: impl Fn(&T) -> (u64, &str, bool)) -> Vec<T> {
    facets.sort_by(|a, b| {
        let ((of_a, slug_a, _), (of_b, slug_b, _)) = (key(a), key(b));
        of_b.cmp(&of_a).then_with(|| slug_a.cmp(slug_b))
    });
    let most = usize::try_from(first.unwrap_or(MOST_CHOICES)).unwrap_or(100);
    let mut place = 0;
    facets.retain(|facet| {
        place += 1;
        place <= most || key(facet).2
    });
    facets
}

pub(crate) struct OfficeFacet<'a> {
    office: Office<'a>,
    slug: &'a str,
    count: u64,
    selected: bool,
}

/// An office to choose.
#[Object]
impl<'a> OfficeFacet<'a> {
    /// The office.
    async fn office(&self) -> &Office<'a> {
        &self.office
    }

    /// How many releases it has.
    async fn count(&self) -> i32 {
        count(self.count)
    }

    /// Whether the list's filter has it.
    async fn selected(&self) -> bool {
        self.selected
    }
}

pub(crate) struct TypeFacet<'a> {
    content_type: ContentType<'a>,
    slug: &'a str,
    count: u64,
    selected: bool,
}

/// A content type to choose.
#[Object]
impl<'a> TypeFacet<'a> {
    /// The content type.
    #[graphql(name = "type")]
    async fn content_type(&self) -> &ContentType<'a> {
        &self.content_type
    }

    /// How many releases are of it.
    async fn count(&self) -> i32 {
        count(self.count)
    }

    /// Whether the list's filter has it.
    async fn selected(&self) -> bool {
        self.selected
    }
}

type ThemeCounts = Arc<BTreeMap<ThemeId, u64>>;

pub(crate) struct ThemeFacet<'a> {
    counted: &'a Counted,
    theme: &'a taxonomy::Theme,
    counts: ThemeCounts,
}

/// A theme to choose.
#[Object]
impl<'a> ThemeFacet<'a> {
    /// The theme.
    async fn theme(&self) -> Theme<'a> {
        let Counted { taxonomy, reader, .. } = self.counted;
        Theme::new(self.theme, taxonomy.themes(), reader)
    }

    /// How many releases are on it or on a theme below it.
    async fn count(&self) -> i32 {
        count(self.counts.get(&self.theme.id).copied().unwrap_or(0))
    }

    /// Whether the list's filter has it.
    async fn selected(&self) -> bool {
        self.counted.filter.themes.values.contains(&self.theme.id)
    }

    /// The themes right below it that there is something to choose of.
    async fn children(&self) -> Vec<ThemeFacet<'a>> {
        let children = self.counted.taxonomy.themes().children(Some(self.theme.id));
        branches(self.counted, children, &self.counts)
    }
}

/// Those of these themes that have releases, or something chosen below them.
fn branches<'a>(
    counted: &'a Counted,
    themes: impl Iterator<Item = &'a taxonomy::Theme>,
    counts: &ThemeCounts,
) -> Vec<ThemeFacet<'a>> {
    let chosen = counted.taxonomy.themes().closure(&counted.filter.themes.values);
    themes
        .filter(|theme| counts.contains_key(&theme.id) || chosen.contains(&theme.id))
        .map(|theme| ThemeFacet {
            counted,
            theme,
            counts: Arc::clone(counts),
        })
        .collect()
}

/// A year to choose.
#[derive(Debug, SimpleObject)]
pub(crate) struct YearFacet {
    /// The year, of the newsroom's time zone.
    year: i32,
    /// How many releases were published in it.
    count: i32,
    /// Whether the dates of the list's filter take in all of it.
    selected: bool,
    /// Its months that have releases, the newest first.
    months: Vec<MonthFacet>,
}

/// A month to choose.
#[derive(Debug, SimpleObject)]
pub(crate) struct MonthFacet {
    /// The month, 1 to 12.
    month: i32,
    /// How many releases were published in it.
    count: i32,
    /// Whether the dates of the list's filter take in all of it.
    selected: bool,
}

/// Whether the dates of a filter take in all of these months of a year.
fn takes_in(dates: (Option<Day>, Option<Day>), year: i32, (first, last): (u32, u32)) -> bool {
    match (dates, Day::of_months(year, first, last)) {
        ((Some(from), Some(to)), Some((begins, ends))) => from <= begins && ends <= to,
        _ => false,
    }
}

fn years(counted: &Counted) -> Vec<YearFacet> {
    let dates = counted.dates;
    let mut each: BTreeMap<i32, (u64, BTreeMap<u32, u64>)> = BTreeMap::new();
    for of_year in counted.selection().years() {
        each.insert(of_year.year, (of_year.count, of_year.months.into_iter().collect()));
    }
    // Whoever has chosen a year, or months of one, finds them there even without releases.
    if let (Some(from), Some(to)) = dates
        && from.year() == to.year()
    {
        for month in (from.month()..=to.month()).filter(|month| takes_in(dates, from.year(), (*month, *month))) {
            each.entry(from.year()).or_default().1.entry(month).or_default();
        }
    }
    let month = |year, (month, releases)| MonthFacet {
        month: i32::try_from(month).unwrap_or_default(),
        count: count(releases),
        selected: takes_in(dates, year, (month, month)),
    };
    let year = |(year, (releases, months)): (i32, (u64, BTreeMap<u32, u64>))| YearFacet {
        year,
        count: count(releases),
        selected: takes_in(dates, year, (1, 12)),
        months: months.into_iter().rev().map(|each| month(year, each)).collect(),
    };
    each.into_iter().rev().map(year).collect()
}

/// A locale to choose.
#[derive(Debug, SimpleObject)]
pub(crate) struct LocaleFacet {
    /// The locale.
    locale: LocaleTag,
    /// How many releases can be read in it.
    count: i32,
    /// Whether the list's filter has it.
    selected: bool,
}

pub(crate) struct NoneFacets<'a>(&'a Counted);

/// The choices to have none of a kind.
#[Object]
impl NoneFacets<'_> {
    /// Releases without an office: `withoutOffice`.
    async fn offices(&self) -> NoneFacet {
        let releases = self.0.selection().offices().none;
        NoneFacet::new(releases, self.0.filter.offices.none)
    }

    /// Releases without a theme: `withoutTheme`.
    async fn themes(&self) -> NoneFacet {
        let releases = self.0.selection().themes().none;
        NoneFacet::new(releases, self.0.filter.themes.none)
    }

    /// Releases without a content type: `withoutType`.
    async fn types(&self) -> NoneFacet {
        let releases = self.0.selection().types().none;
        NoneFacet::new(releases, self.0.filter.types.none)
    }
}

/// The choice to have none of a kind.
#[derive(Debug, SimpleObject)]
pub(crate) struct NoneFacet {
    /// How many releases have none.
    count: i32,
    /// Whether the list's filter has it.
    selected: bool,
}

impl NoneFacet {
    fn new(releases: u64, selected: bool) -> Self {
        Self {
            count: count(releases),
            selected,
        }
    }
}

/// How long the spans of a histogram are.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_index::Interval")]
pub(crate) enum HistogramInterval {
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// A span of time in a histogram.
#[derive(Debug, SimpleObject)]
pub(crate) struct HistogramBar {
    /// The first day of the span, in the newsroom's time zone.
    date: Date,
    /// How many of the list's releases were published in it.
    count: i32,
}

pub(crate) fn histogram(counted: &Counted, interval: HistogramInterval) -> Vec<HistogramBar> {
    let bars = counted.selection().histogram(interval.into()).into_iter();
    bars.map(|(day, releases)| HistogramBar {
        date: Date(day),
        count: count(releases),
    })
    .collect()
}
