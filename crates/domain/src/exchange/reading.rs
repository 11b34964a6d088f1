//! Reading a line of a public export back: as what readers have of a release.

use super::{ReleaseLine, TranslationLine};
use crate::fault::FieldFault;
use crate::release::{LiveRelease, LiveTranslation, PublicFace, Tombstone};
use crate::taxonomy::Taxonomy;
use crate::text::Lead;
use crate::{Locale, Slug, Zone};

impl ReleaseLine {
    /// What readers have of the release, by a line that has all of it: one that a public export has written.
    ///
    /// # Errors
    /// Where a key is missing, or names what is not in the taxonomy.
    pub fn into_public_face(self, taxonomy: &Taxonomy, zone: Zone) -> Result<PublicFace, FieldFault> {
        let id = required("id", self.id)?;
        let slug = required("slug", self.slug)?;
        let redirects = self.redirects.unwrap_or_default();
        let texts = self.translations.unwrap_or_default();
        if let Some(removal) = self.removal {
            let ids = texts
                .into_iter()
                .map(|(locale, text)| Ok((locale, required("translations.id", text.id)?)));
            return Ok(PublicFace::Tombstone(Tombstone {
                id,
                slug,
                redirects,
                translations: ids.collect::<Result<_, _>>()?,
                removal,
            }));
        }
        let published_at = required("publishedAt", self.published_at.flatten())?;
        let original_locale = required("originalLocale", self.original_locale)?;
        if !texts.contains_key(&original_locale) {
            return Err(missing(&format!("translations.{original_locale}")));
        }
        let find_office = |slug: &Slug| taxonomy.office_by_slug(slug.as_str()).map(|office| office.id);
        let find_theme = |slug: &Slug| taxonomy.themes().by_slug(slug.as_str()).map(|theme| theme.id);
        let find_type = |slug: &Slug| taxonomy.content_type_by_slug(slug.as_str()).map(|kind| kind.id);
        let content_type = match self.content_type.flatten() {
            Some(slug) => Some(find_type(&slug).ok_or_else(|| unknown("type", &slug))?),
            None => None,
        };
        Ok(PublicFace::Live(Box::new(LiveRelease {
            id,
            slug,
            redirects,
            published_at,
            publishing_date: zone.day_of(published_at),
            content_type,
            offices: each("offices", self.offices.unwrap_or_default(), find_office)?,
            themes: each("themes", self.themes.unwrap_or_default(), find_theme)?,
            attachments: self.attachments.unwrap_or_default(),
            withdrawal: self.withdrawal.flatten(),
            original_locale,
            translations: texts
                .into_iter()
                .map(|(locale, text)| live_translation(locale, text))
                .collect::<Result<_, _>>()?,
        })))
    }
}

fn live_translation(locale: Locale, line: TranslationLine) -> Result<LiveTranslation, FieldFault> {
    let within = |fault: FieldFault| fault.within(&format!("translations.{locale}"));
    let text = || -> Result<LiveTranslation, FieldFault> {
        Ok(LiveTranslation {
            id: required("id", line.id)?,
            locale: locale.clone(),
            title: required("title", line.title)?,
            lead: line
                .lead
                .map_or_else(|| Lead::new("").map_err(|fault| fault.at("lead")), Ok)?,
            body: line.body.flatten(),
            published_at: required("publishedAt", line.published_at)?,
            updated_at: required("updatedAt", line.updated_at)?,
            change_notes: line.change_notes.unwrap_or_default(),
        })
    };
    text().map_err(within)
}

fn each<T>(path: &str, slugs: Vec<Slug>, find: impl Fn(&Slug) -> Option<T>) -> Result<Vec<T>, FieldFault> {
    let found = slugs
        .iter()
        .enumerate()
        .map(|(index, slug)| find(slug).ok_or_else(|| unknown(&format!("{path}.{index}"), slug)));
    found.collect()
}

fn required<T>(path: &str, value: Option<T>) -> Result<T, FieldFault> {
    value.ok_or_else(|| missing(path))
}

fn missing(path: &str) -> FieldFault {
    FieldFault::new(path, "REQUIRED", "a line of a public export has this")
}

fn unknown(path: &str, slug: &Slug) -> FieldFault {
    FieldFault::new(path, "UNKNOWN_SLUG", format!("the taxonomy has no “{slug}”"))
}
