//! What readers have of a release: the one projection from the desk's side to the public one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attachment, Body, ChangeNote, Release, Removal, Withdrawal};
use crate::change::Facets;
use crate::taxonomy::Taxonomy;
use crate::text::{Lead, Title};
use crate::{ContentTypeId, Day, Instant, Locale, OfficeId, ReleaseId, Slug, ThemeId, TranslationId, Zone};

/// The face that a release shows to readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicFace {
    /// None: it has never been published.
    Nothing,
    /// It is in lists and can be read.
    Live(Box<LiveRelease>),
    /// It is gone, and its addresses say so.
    Tombstone(Tombstone),
}

/// A release as readers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRelease {
    /// Its identity.
    pub id: ReleaseId,
    /// Its address.
    pub slug: Slug,
    /// Former addresses, which redirect to this one.
    pub redirects: Vec<Slug>,
    /// When it counts as published.
    pub published_at: Instant,
    /// The day of that in the newsroom's time zone.
    pub publishing_date: Day,
    /// Its content type.
    pub content_type: Option<ContentTypeId>,
    /// Its offices, in order.
    pub offices: Vec<OfficeId>,
    /// Its themes, in order.
    pub themes: Vec<ThemeId>,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
    /// Set while it is withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// The locale of its original.
    pub original_locale: Locale,
    /// The texts that readers can have, by locale. The original's is among them.
    pub translations: Vec<LiveTranslation>,
}

/// A text as readers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveTranslation {
    /// Its identity.
    pub id: TranslationId,
    /// Its locale.
    pub locale: Locale,
    /// The title.
    pub title: Title,
    /// The lead.
    pub lead: Lead,
    /// The body, if it has one.
    pub body: Option<Body>,
    /// When it first went live.
    pub published_at: Instant,
    /// When it was last corrected with a public note; at first, when it went live.
    pub updated_at: Instant,
    /// The public notes on its corrections, the oldest first.
    pub change_notes: Vec<ChangeNote>,
}

/// What is left of a removed release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The identity that it had.
    pub id: ReleaseId,
    /// The address that it had last.
    pub slug: Slug,
    /// The addresses that redirected to it.
    pub redirects: Vec<Slug>,
    /// The identities of the texts that readers have ever had, so that whoever has a copy of one knows that it is gone.
    pub translations: BTreeMap<Locale, TranslationId>,
    /// When and why it was removed.
    pub removal: Removal,
}

impl Tombstone {
    /// All addresses that it had.
    pub fn slugs(&self) -> impl Iterator<Item = &Slug> {
        [&self.slug].into_iter().chain(&self.redirects)
    }
}

impl PublicFace {
    /// All addresses that it has: the one where it is or was, and those that lead there.
    #[must_use]
    pub fn slugs(&self) -> Vec<&Slug> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Live(live) => [&live.slug].into_iter().chain(&live.redirects).collect(),
            Self::Tombstone(tombstone) => tombstone.slugs().collect(),
        }
    }

    /// What filters match of it: nothing where it is in no list.
    #[must_use]
    pub fn facets(&self, taxonomy: &Taxonomy) -> Option<Facets> {
        match self {
            Self::Live(live) => Some(live.facets(taxonomy)),
            Self::Nothing | Self::Tombstone(_) => None,
        }
    }
}

impl LiveRelease {
    /// What filters match of it, its themes closed over those above them.
    #[must_use]
    pub fn facets(&self, taxonomy: &Taxonomy) -> Facets {
        Facets {
            offices: self.offices.iter().copied().collect::<BTreeSet<_>>(),
            themes: taxonomy.themes().closure(&self.themes),
            content_type: self.content_type,
            locales: self
                .translations
                .iter()
                .map(|translation| translation.locale.clone())
                .collect(),
        }
    }
}

impl Release {
    /// The face that it shows to readers.
    #[must_use]
    pub fn public_face(&self, zone: Zone) -> PublicFace {
        let Some(shared) = self.live_shared() else {
            return PublicFace::Nothing;
        };
        let published = self.translations.iter().filter_map(|(locale, translation)| {
            let live = translation.live.as_ref()?;
            Some((locale, translation.id, live))
        });
        if let Some(removal) = &self.removal {
            return PublicFace::Tombstone(Tombstone {
                id: self.id,
                slug: shared.slug.clone(),
                redirects: self.redirects.clone(),
                translations: published.map(|(locale, id, _)| (locale.clone(), id)).collect(),
                removal: removal.clone(),
            });
        }
        // What is live has a publishing date: publishing and importing refuse without one.
        let Some(published_at) = shared.published_at else {
            return PublicFace::Nothing;
        };
        let shown = published.filter(|(_, _, live)| live.taken_down_at.is_none());
        let translations = shown.map(|(locale, id, live)| {
            let text = live.edition.text.clone();
            LiveTranslation {
                id,
                locale: locale.clone(),
                title: text.title,
                lead: text.lead,
                body: text.body,
                published_at: live.published_at,
                updated_at: live.updated_at,
                change_notes: live.change_notes.clone(),
            }
        });
        PublicFace::Live(Box::new(LiveRelease {
            id: self.id,
            slug: shared.slug.clone(),
            redirects: self.redirects.clone(),
            published_at,
            publishing_date: zone.day_of(published_at),
            content_type: shared.content_type,
            offices: shared.offices.clone(),
            themes: shared.themes.clone(),
            attachments: shared.attachments.clone(),
            withdrawal: self.withdrawal.clone(),
            original_locale: self.original_locale.clone(),
            translations: translations.collect(),
        }))
    }
}
