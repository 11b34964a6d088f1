//! All that has ever been seen of a release, which a later look must not contradict.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::desk::in_locale;
use super::super::*;
use super::ask::Ask;
use crate::release::{Earlier, Edition, PublicFace, Text};
use crate::{EditionId, Slug, TranslationId, Zone};

#[derive(Default)]
pub(super) struct Memory {
    pub(super) editions: BTreeMap<EditionId, Earlier>,
    versions: BTreeMap<TranslationId, (i64, i64)>,
    published_slugs: BTreeSet<Slug>,
    published_titles: BTreeSet<String>,
    all_titles: BTreeSet<String>,
    /// The texts that readers have had of the original, one after the other.
    original_texts: Vec<Text>,
    /// How many of these there were when an edition was saved.
    written: BTreeMap<EditionId, usize>,
    /// How many of these an edition is said to follow.
    follows: BTreeMap<EditionId, usize>,
}

impl Memory {
    pub(super) fn earlier(&self, id: EditionId) -> Option<Earlier> {
        self.editions.get(&id).cloned()
    }

    /// One of the editions of the translation in a locale, counted round and round.
    pub(super) fn nth(&self, release: &Release, locale: &str, which: usize) -> Option<Edition> {
        let translation = release.translations.get(&locale.parse::<Locale>().unwrap())?.id;
        let of_it = self
            .editions
            .values()
            .filter(|earlier| earlier.translation == translation);
        let of_it: Vec<&Earlier> = of_it.collect();
        Some(of_it[which % of_it.len()].edition.clone())
    }

    /// Whether what readers have in a locale says what the original no longer does.
    pub(super) fn is_behind(&self, release: &Release, locale: &str) -> bool {
        let text = release.translations.get(&locale.parse::<Locale>().unwrap());
        let live = text
            .and_then(|text| text.live.as_ref())
            .filter(|live| live.taken_down_at.is_none());
        live.is_some_and(|live| {
            let follows = self.follows[&live.edition.id].max(1);
            locale != release.original_locale.as_str()
                && release.removal.is_none()
                && self.original_texts.len() > follows
        })
    }

    /// Looks at what came of something that was asked, and keeps what that says of the texts that a translation follows.
    pub(super) fn look_at_what_came(
        &mut self,
        ask: &Ask,
        before: &Release,
        after: &Release,
    ) -> Result<(), TestCaseError> {
        if let Ask::Confirm(locale) = ask {
            // What somebody says is up to date follows all that there is.
            let text = in_locale(before, locale);
            let live = text.live.as_ref().map(|live| live.edition.id);
            for id in live
                .into_iter()
                .chain(text.draft.as_ref().map(|draft| draft.edition.id))
            {
                self.follows.insert(id, self.original_texts.len());
            }
        }
        let restored = match ask {
            Ask::Restore(locale, which) if before != after => self.nth(before, locale, *which).zip(Some(locale)),
            _ => None,
        };
        self.look_at(after)?;
        if let Some((from, locale)) = restored {
            // What was restored follows what it followed when it was written.
            let id = in_locale(after, locale).draft.as_ref().unwrap().edition.id;
            self.follows.insert(id, self.written[&from.id]);
        }
        Ok(())
    }

    pub(super) fn look_at(&mut self, release: &Release) -> Result<(), TestCaseError> {
        self.look_at_editions(release)?;
        let original = release.original().unwrap();
        let live = original.live.as_ref().map(|live| &live.edition.text);
        self.original_texts
            .extend(live.filter(|text| self.original_texts.last() != Some(text)).cloned());
        for locale in release.translations.keys() {
            let behind = release.behind(locale);
            prop_assert_eq!(
                behind.is_some(),
                self.is_behind(release, locale.as_str()),
                "{} {:?}",
                locale,
                release
            );
        }
        prop_assert!(
            original.live.is_some() || release.translations.values().all(|text| text.live.is_none()),
            "no translation is live before the original"
        );
        self.published_slugs
            .extend(release.live_shared().map(|shared| shared.slug.clone()));
        let drafted = release.draft_shared().map(|shared| shared.slug.clone());
        prop_assert_eq!(
            release.slugs().cloned().collect::<BTreeSet<_>>(),
            self.published_slugs
                .iter()
                .cloned()
                .chain(drafted)
                .collect::<BTreeSet<_>>(),
            "it holds the slugs that it has had, and its draft's, and no discarded one"
        );
        let face = release.public_face(Zone::default());
        let addresses: BTreeSet<Slug> = match &face {
            PublicFace::Nothing => BTreeSet::new(),
            PublicFace::Live(live) => live.redirects.iter().chain([&live.slug]).cloned().collect(),
            PublicFace::Tombstone(tombstone) => tombstone.slugs().cloned().collect(),
        };
        prop_assert_eq!(
            &addresses,
            &self.published_slugs,
            "a published slug is for ever, and a draft's is nowhere"
        );
        let shown = format!("{face:?}");
        for draft in self.all_titles.difference(&self.published_titles) {
            prop_assert!(!shown.contains(draft), "{} is a draft's", draft);
        }
        Ok(())
    }

    fn look_at_editions(&mut self, release: &Release) -> Result<(), TestCaseError> {
        for translation in release.translations.values() {
            let live = translation.live.as_ref().map(|live| &live.edition);
            let draft = translation.draft.as_ref().map(|draft| &draft.edition);
            for edition in live.into_iter().chain(draft).chain(&translation.discarded) {
                let seen = Earlier {
                    translation: translation.id,
                    edition: edition.clone(),
                };
                let known = self.editions.entry(edition.id).or_insert_with(|| seen.clone());
                prop_assert_eq!(&*known, &seen, "an edition never changes");
                prop_assert!(edition.number <= translation.editions);
                let texts = self.original_texts.len();
                self.written.entry(edition.id).or_insert(texts);
                self.follows.entry(edition.id).or_insert(texts);
            }
            let numbers = self
                .editions
                .values()
                .filter(|earlier| earlier.translation == translation.id);
            let numbers: BTreeSet<i64> = numbers.map(|earlier| earlier.edition.number).collect();
            prop_assert!(
                numbers.into_iter().eq(1..=translation.editions),
                "each edition was seen, and has a number"
            );
            let now = (translation.version, translation.editions);
            let (version, editions) = self.versions.insert(translation.id, now).unwrap_or_default();
            prop_assert!(translation.version >= version && translation.version <= version + 1);
            prop_assert!(translation.editions >= editions && translation.editions <= editions + 1);
            if now != (version, editions) {
                prop_assert!(translation.version > version, "no edition without a version");
            }
            prop_assert!(translation.discarded.is_none() || (live.is_none() && draft.is_none()));
            self.published_titles
                .extend(live.map(|edition| edition.text.title.to_string()));
            self.all_titles
                .extend(draft.map(|edition| edition.text.title.to_string()));
        }
        Ok(())
    }
}
