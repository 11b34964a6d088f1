//! How far translations are behind their original.
//!
//! The original keeps when its text was another one from then on, for readers; a translation keeps how many such texts there
//! had been when it was written. What readers have of a translation is behind by those that came after.

use serde::{Deserialize, Serialize};

use super::{Live, Release, Text};
use crate::{EditionId, Instant, Locale};

/// A text that went live: another one than readers had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentLive {
    /// The edition that it is in.
    pub edition: EditionId,
    /// When it went live.
    pub at: Instant,
}

/// How far a translation is behind its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// By how many texts of the original that have gone live since.
    pub texts: usize,
    /// Since when: when the first of these went live.
    pub since: Instant,
}

impl Live {
    /// The texts that have been live, the one that is included. Where nobody kept them, it is the only one.
    pub(super) fn texts_so_far(&self) -> Vec<WentLive> {
        if self.texts.is_empty() {
            vec![WentLive {
                edition: self.edition.id,
                at: self.published_at,
            }]
        } else {
            self.texts.clone()
        }
    }

    /// The texts that have been live, once another edition is.
    pub(super) fn texts_with(known: Option<&Self>, edition: EditionId, text: &Text, now: Instant) -> Vec<WentLive> {
        if let Some(known) = known.filter(|known| known.edition.text == *text) {
            return known.texts.clone();
        }
        let mut texts = known.map(Self::texts_so_far).unwrap_or_default();
        texts.push(WentLive { edition, at: now });
        texts
    }
}

impl Release {
    /// How many texts of the original have gone live: what a translation that is written now follows.
    #[must_use]
    pub fn original_texts(&self) -> usize {
        let live = self.original().and_then(|original| original.live.as_ref());
        live.map_or(0, |live| live.texts.len().max(1))
    }

    /// How many texts of the original had gone live by then: what a translation that was written then follows.
    pub(super) fn original_texts_by(&self, then: Instant) -> usize {
        let live = self.original().and_then(|original| original.live.as_ref());
        live.map_or(0, |live| {
            live.texts_so_far().iter().filter(|text| text.at <= then).count()
        })
    }

    /// How far what readers have in a locale is behind the original. `None` for what is not behind, for the original itself,
    /// and for what readers do not have.
    #[must_use]
    pub fn behind(&self, locale: &Locale) -> Option<Behind> {
        if *locale == self.original_locale || self.removal.is_some() {
            return None;
        }
        let live = self.translations.get(locale)?.live.as_ref();
        let live = live.filter(|live| live.taken_down_at.is_none())?;
        let texts = &self.original()?.live.as_ref()?.texts;
        // Written before the original was live, it was written from what went live first.
        let newer = texts.get(live.follows.max(1)..)?;
        Some(Behind {
            texts: newer.len(),
            since: newer.first()?.at,
        })
    }
}
