//! Which releases a list has, and in which order.
//!
//! A [`ReleaseFilter`] is what was asked, in slugs; [`ReleaseFilter::resolve`] is the one place that turns it into
//! what the store looks for, and refuses what it cannot be.

use crate::fault::FieldFault;
use crate::release::{ReleaseState, StageName};
use crate::taxonomy::{Taxonomy, Theme};
use crate::{AccountId, ContentTypeId, Day, Instant, Locale, OfficeId, ThemeId, Zone};

/// The most values that one filter takes.
pub const MOST_VALUES: usize = 100;

/// What was asked of a list of releases. Several values of one filter mean any of them; different filters mean all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    /// Slugs of offices; empty for no restriction.
    pub offices: Vec<String>,
    /// Slugs of themes, each with all themes under it; empty for no restriction.
    pub themes: Vec<String>,
    /// Slugs of content types; empty for no restriction.
    pub types: Vec<String>,
    /// Releases without an office, as one more value beside `offices`.
    pub without_office: bool,
    /// Releases without a theme, as one more value beside `themes`.
    pub without_theme: bool,
    /// Releases without a content type, as one more value beside `types`.
    pub without_type: bool,
    /// Locales of which readers can have a text; empty for no restriction.
    pub locales: Vec<Locale>,
    /// The first publishing date.
    pub published_from: Option<Day>,
    /// The last publishing date, included.
    pub published_to: Option<Day>,
}

/// Any of some values, where having none is one more value. Nothing at all is no restriction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyOf<T> {
    /// The values, each once.
    pub values: Vec<T>,
    /// Whether having none will do.
    pub none: bool,
}

impl<T> AnyOf<T> {
    /// Whether anything will do.
    #[must_use]
    pub fn is_anything(&self) -> bool {
        self.values.is_empty() && !self.none
    }
}

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            none: false,
        }
    }
}

/// What the store looks for. A release is in the list if it meets every field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedFilter {
    /// Filed under any of these offices.
    pub offices: AnyOf<OfficeId>,
    /// Filed under any of these themes, or under one below them.
    pub themes: AnyOf<ThemeId>,
    /// Of any of these content types.
    pub types: AnyOf<ContentTypeId>,
    /// With a text in any of these locales, each once; empty for no restriction.
    pub locales: Vec<Locale>,
    /// Published at this instant or later.
    pub from: Option<Instant>,
    /// Published before this instant.
    pub before: Option<Instant>,
}

impl ReleaseFilter {
    /// What to look for, in this taxonomy and time zone.
    ///
    /// # Errors
    /// Every fault that it has: slugs that name nothing, too many values, a range that ends before it begins.
    pub fn resolve(&self, taxonomy: &Taxonomy, zone: Zone) -> Result<ResolvedFilter, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let offices = offices(&self.offices, self.without_office, taxonomy, &mut faults);
        let themes = any_of(
            "themes",
            "theme",
            &self.themes,
            self.without_theme,
            |slug| taxonomy.themes().by_slug(slug).map(|t| t.id),
            &mut faults,
        );
        let types = any_of(
            "types",
            "content type",
            &self.types,
            self.without_type,
            |slug| taxonomy.content_type_by_slug(slug).map(|t| t.id),
            &mut faults,
        );
        let mut locales = self.locales.clone();
        locales.sort_unstable();
        locales.dedup();
        faults.extend(too_many("locales", locales.len()));
        if let (Some(from), Some(to)) = (self.published_from, self.published_to)
            && from > to
        {
            faults.push(FieldFault::new(
                "publishedTo",
                "RANGE_REVERSED",
                format!("the range ends on {to}, before it begins on {from}: swap the two"),
            ));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let from = self.published_from.and_then(|day| zone.first_instant(day));
        let before = self.published_to.and_then(|day| zone.end_of(day));
        Ok(ResolvedFilter {
            offices,
            themes,
            types,
            locales,
            from,
            before,
        })
    }
}

/// What was asked of a list of the desk's releases. Several values of one filter mean any of them; different filters mean
/// all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFilter {
    /// The states that they may be in; empty for any.
    pub states: Vec<ReleaseState>,
    /// Slugs of offices that readers find them under, or that their drafts have; empty for no restriction.
    pub offices: Vec<String>,
    /// Releases without an office, as one more value beside `offices`.
    pub without_office: bool,
    /// Locales of which they have a translation, in whatever state; empty for no restriction.
    pub locales: Vec<Locale>,
    /// Whether they have a draft in any locale.
    pub has_draft: Option<bool>,
    /// The stages that a draft of theirs may be at; empty for no restriction.
    pub stages: Vec<StageName>,
    /// Slugs of themes, each with all themes under it, that they are filed under as the desk has them; empty for no
    /// restriction.
    pub themes: Vec<String>,
    /// Slugs of content types that they have at the desk; empty for no restriction.
    pub types: Vec<String>,
    /// Those that created them; empty for no restriction.
    pub authors: Vec<AccountId>,
    /// What the title of a draft, or of what is live, has in it, in capital or small letters.
    pub text: Option<String>,
    /// Only those that have something scheduled from this instant on.
    pub scheduled_from: Option<Instant>,
    /// Only those that have something scheduled up to this instant.
    pub scheduled_to: Option<Instant>,
    /// Only those that have a translation that is behind the original.
    pub behind: bool,
    /// Only those that have something that went live in an emergency and waits for a second approval.
    pub in_emergency: bool,
    /// Only those that the caller created.
    pub mine: bool,
    /// Only those of which a translation is assigned to the caller.
    pub assigned_to_me: bool,
}

/// What the store looks for at the desk, beside what the filter says in words of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedDeskFilter {
    /// Filed under any of these offices.
    pub offices: AnyOf<OfficeId>,
    /// Filed under any of these themes: those asked for, all under them, and what was merged into those, which editions go on
    /// naming. `None` for no restriction.
    pub themes: Option<Vec<ThemeId>>,
    /// Of any of these content types, or of what was merged into them. `None` for no restriction.
    pub types: Option<Vec<ContentTypeId>>,
}

/// The most characters of a text to look for.
const LONGEST_TEXT: usize = 200;

impl DeskFilter {
    /// What to look for, in this taxonomy.
    ///
    /// # Errors
    /// Every fault that it has: slugs that name nothing, too many values, a text that is too long, a range that ends before
    /// it begins.
    pub fn resolve(&self, taxonomy: &Taxonomy) -> Result<ResolvedDeskFilter, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let offices = offices(&self.offices, self.without_office, taxonomy, &mut faults);
        let theme = |slug: &str| taxonomy.themes().by_slug(slug).map(|theme| theme.id);
        let themes = any_of("themes", "theme", &self.themes, false, theme, &mut faults);
        let content_type = |slug: &str| taxonomy.content_type_by_slug(slug).map(|found| found.id);
        let types = any_of("types", "content type", &self.types, false, content_type, &mut faults);
        faults.extend(too_many("locales", self.locales.len()));
        faults.extend(too_many("authors", self.authors.len()));
        if self
            .text
            .as_ref()
            .is_some_and(|text| text.chars().count() > LONGEST_TEXT)
        {
            let message = format!("give at most {LONGEST_TEXT} characters to look for");
            faults.push(FieldFault::new("text", "TOO_LONG", message));
        }
        if self
            .text
            .as_ref()
            .is_some_and(|text| text.chars().any(char::is_control))
        {
            let message = "no title has control characters: take them out";
            faults.push(FieldFault::new("text", "CONTROL_CHARACTER", message));
        }
        if let (Some(from), Some(to)) = (self.scheduled_from, self.scheduled_to)
            && from > to
        {
            let message = format!("the range ends at {to}, before it begins at {from}: swap the two");
            faults.push(FieldFault::new("scheduledTo", "RANGE_REVERSED", message));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let all = taxonomy.themes().in_tree_order().into_iter();
        let themes = (!themes.is_anything()).then(|| {
            let under = all.filter(|theme| {
                let above = taxonomy.themes().closure(&[theme.id]);
                themes.values.iter().any(|asked| above.contains(asked))
            });
            let with_merged = |theme: &Theme| [theme.id].into_iter().chain(taxonomy.merged_into_theme(theme.id));
            under.flat_map(with_merged).collect()
        });
        let with_merged = |id: ContentTypeId| [id].into_iter().chain(taxonomy.merged_into_content_type(id));
        let types = (!types.is_anything()).then(|| types.values.into_iter().flat_map(with_merged).collect());
        Ok(ResolvedDeskFilter { offices, themes, types })
    }
}

fn offices(slugs: &[String], none: bool, taxonomy: &Taxonomy, faults: &mut Vec<FieldFault>) -> AnyOf<OfficeId> {
    let find = |slug: &str| taxonomy.office_by_slug(slug).map(|office| office.id);
    any_of("offices", "office", slugs, none, find, faults)
}

fn too_many(field: &str, values: usize) -> Option<FieldFault> {
    let message = format!("one filter takes at most {MOST_VALUES} values, this one has {values}");
    (values > MOST_VALUES).then(|| FieldFault::new(field, "TOO_MANY", message))
}

fn any_of<T: Ord + Copy>(
    field: &str,
    what: &str,
    slugs: &[String],
    none: bool,
    find: impl Fn(&str) -> Option<T>,
    faults: &mut Vec<FieldFault>,
) -> AnyOf<T> {
    if let Some(fault) = too_many(field, slugs.len()) {
        faults.push(fault);
        return AnyOf::default();
    }
    let mut values = Vec::with_capacity(slugs.len());
    for (index, slug) in slugs.iter().enumerate() {
        match find(slug) {
            Some(value) => values.push(value),
            None => faults.push(FieldFault::new(
                format!("{field}.{index}"),
                "UNKNOWN_SLUG",
                format!(
                    "there is no {what} “{}”: take a slug from the list of all",
                    crate::text::excerpt(slug)
                ),
            )),
        }
    }
    values.sort_unstable();
    values.dedup();
    AnyOf { values, none }
}

/// The order of a list of releases. Both are total: of two with one publishing instant, the later created is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReleaseOrder {
    /// By publishing instant, the newest first.
    #[default]
    NewestFirst,
    /// By publishing instant, the oldest first.
    OldestFirst,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_filter_is_named_at_once() {
        let filter = ReleaseFilter {
            offices: vec!["nowhere".to_owned(), "Not A Slug".to_owned()],
            types: vec!["x".to_owned(); 101],
            published_from: Some("2024-11-23".parse().unwrap()),
            published_to: Some("2024-11-22".parse().unwrap()),
            ..ReleaseFilter::default()
        };
        let faults = filter.resolve(&Taxonomy::default(), Zone::default()).unwrap_err();
        let listed: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), &*fault.code)).collect();
        assert_eq!(
            listed,
            [
                ("offices.0", "UNKNOWN_SLUG"),
                ("offices.1", "UNKNOWN_SLUG"),
                ("types", "TOO_MANY"),
                ("publishedTo", "RANGE_REVERSED")
            ]
        );
    }

    #[test]
    fn a_range_of_days_has_both_its_ends_in_the_newsrooms_zone() {
        let day = Some("2024-11-22".parse().unwrap());
        let filter = ReleaseFilter {
            published_from: day,
            published_to: day,
            ..ReleaseFilter::default()
        };
        let resolved = filter.resolve(&Taxonomy::default(), Zone::default()).unwrap();
        assert_eq!(resolved.from.unwrap().to_string(), "2024-11-21T23:00:00Z");
        assert_eq!(resolved.before.unwrap().to_string(), "2024-11-22T23:00:00Z");
    }
}
