//! Writing a release as a line: all of it, or what readers can see.

use std::collections::BTreeMap;

use super::{DraftLine, ReleaseLine, SharedLine, TranslationLine, TranslationState};
use crate::release::{Draft, LiveRelease, PublicFace, Release, ReleaseState, Shared, Text, Tombstone, Translation};
use crate::taxonomy::Taxonomy;
use crate::{ContentTypeId, Locale, OfficeId, Slug, ThemeId, TranslationId};

/// How much of the newsroom an export has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportScope {
    /// Everything, drafts and `sourceId`s included.
    Everything,
    /// What readers can see.
    Public {
        /// What is left of removed releases as well, where nothing is filtered.
        tombstones: bool,
    },
}

impl ReleaseLine {
    /// A release as a line, with all that it has.
    #[must_use]
    pub fn of_release(release: &Release, source_id: Option<String>, taxonomy: &Taxonomy) -> Self {
        let shared = release.live_shared().or_else(|| release.draft_shared());
        let texts = release.translations.iter().map(|(locale, translation)| {
            let is_original = *locale == release.original_locale;
            (locale.clone(), translation_line(translation, is_original, taxonomy))
        });
        let mut line = Self {
            source_id,
            id: Some(release.id),
            state: Some(release.state()),
            original_locale: Some(release.original_locale.clone()),
            redirects: some_unless_empty(&release.redirects),
            // Beneath a removal there may be one or none, and the state does not say which.
            withdrawal: (release.withdrawal.is_some() || release.removal.is_some()).then(|| release.withdrawal.clone()),
            removal: release.removal.clone(),
            translations: Some(texts.collect()),
            ..Self::default()
        };
        if let Some(shared) = shared {
            line.put_shared(&shared_line(shared, taxonomy));
        }
        line
    }

    /// A release as a line, with what readers can see.
    #[must_use]
    pub fn of_live_release(live: &LiveRelease, taxonomy: &Taxonomy) -> Self {
        let texts = live.translations.iter().map(|text| {
            let line = TranslationLine {
                id: Some(text.id),
                state: Some(TranslationState::Live),
                published_at: Some(text.published_at),
                updated_at: Some(text.updated_at),
                title: Some(text.title.clone()),
                lead: Some(text.lead.clone()),
                body: Some(text.body.clone()),
                change_notes: Some(text.change_notes.clone()),
                ..TranslationLine::default()
            };
            (text.locale.clone(), line)
        });
        let shared = Shared {
            slug: live.slug.clone(),
            published_at: Some(live.published_at),
            content_type: live.content_type,
            offices: live.offices.clone(),
            themes: live.themes.clone(),
            attachments: live.attachments.clone(),
        };
        let mut line = Self {
            id: Some(live.id),
            state: Some(if live.withdrawal.is_some() {
                ReleaseState::Withdrawn
            } else {
                ReleaseState::Live
            }),
            original_locale: Some(live.original_locale.clone()),
            redirects: some_unless_empty(&live.redirects),
            withdrawal: live.withdrawal.clone().map(Some),
            translations: Some(texts.collect::<BTreeMap<Locale, _>>()),
            ..Self::default()
        };
        line.put_shared(&shared_line(&shared, taxonomy));
        line
    }

    /// What is left of a removed release as a line: its addresses, the identities of the texts that it had, and why.
    #[must_use]
    pub fn of_tombstone(tombstone: &Tombstone) -> Self {
        let text = |id: &TranslationId| TranslationLine {
            id: Some(*id),
            ..TranslationLine::default()
        };
        let texts = tombstone
            .translations
            .iter()
            .map(|(locale, id)| (locale.clone(), text(id)));
        Self {
            id: Some(tombstone.id),
            state: Some(ReleaseState::Removed),
            slug: Some(tombstone.slug.clone()),
            redirects: some_unless_empty(&tombstone.redirects),
            removal: Some(tombstone.removal.clone()),
            translations: (!tombstone.translations.is_empty()).then(|| texts.collect()),
            ..Self::default()
        }
    }

    /// What readers have of a release as a line; none where they have nothing.
    #[must_use]
    pub fn of_public_face(face: &PublicFace, taxonomy: &Taxonomy) -> Option<Self> {
        match face {
            PublicFace::Nothing => None,
            PublicFace::Live(live) => Some(Self::of_live_release(live, taxonomy)),
            PublicFace::Tombstone(tombstone) => Some(Self::of_tombstone(tombstone)),
        }
    }

    fn put_shared(&mut self, shared: &SharedLine) {
        self.slug = Some(shared.slug.clone());
        self.published_at = Some(shared.published_at);
        self.content_type = Some(shared.content_type.clone());
        self.offices = Some(shared.offices.clone());
        self.themes = Some(shared.themes.clone());
        self.attachments = Some(shared.attachments.clone());
    }
}

fn translation_line(translation: &Translation, is_original: bool, taxonomy: &Taxonomy) -> TranslationLine {
    let id = Some(translation.id);
    match (&translation.live, &translation.draft) {
        (Some(live), draft) => {
            let text = text_line(&live.edition.text);
            TranslationLine {
                id,
                state: Some(if live.taken_down_at.is_some() {
                    TranslationState::TakenDown
                } else {
                    TranslationState::Live
                }),
                published_at: Some(live.published_at),
                updated_at: Some(live.updated_at),
                taken_down_at: live.taken_down_at,
                change_notes: Some(live.change_notes.clone()),
                draft: Some(draft.as_ref().map(|draft| draft_line(draft, is_original, taxonomy))),
                ..text
            }
        }
        (None, Some(draft)) => TranslationLine {
            id,
            state: Some(TranslationState::Draft),
            ..text_line(&draft.edition.text)
        },
        (None, None) => TranslationLine {
            id,
            ..TranslationLine::default()
        },
    }
}

fn text_line(text: &Text) -> TranslationLine {
    TranslationLine {
        title: Some(text.title.clone()),
        lead: Some(text.lead.clone()),
        body: Some(text.body.clone()),
        ..TranslationLine::default()
    }
}

fn draft_line(draft: &Draft, is_original: bool, taxonomy: &Taxonomy) -> DraftLine {
    let text = &draft.edition.text;
    DraftLine {
        title: text.title.clone(),
        lead: text.lead.clone(),
        body: text.body.clone(),
        shared: draft
            .edition
            .shared
            .as_ref()
            .filter(|_| is_original)
            .map(|shared| shared_line(shared, taxonomy)),
    }
}

fn shared_line(shared: &Shared, taxonomy: &Taxonomy) -> SharedLine {
    let type_slug = |id: ContentTypeId| taxonomy.content_type(id).map(|kind| kind.slug.clone());
    let office_slug = |id: &OfficeId| taxonomy.office(*id).map(|office| office.slug.clone());
    let theme_slug = |id: &ThemeId| taxonomy.themes().get(*id).map(|theme| theme.slug.clone());
    SharedLine {
        slug: shared.slug.clone(),
        published_at: shared.published_at,
        content_type: shared.content_type.and_then(type_slug),
        offices: shared.offices.iter().filter_map(office_slug).collect::<Vec<Slug>>(),
        themes: shared.themes.iter().filter_map(theme_slug).collect::<Vec<Slug>>(),
        attachments: shared.attachments.clone(),
    }
}

fn some_unless_empty<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}
