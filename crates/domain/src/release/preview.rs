//! Previews: what readers would have of a release if one of its editions were live, for somebody with a token.

use serde::{Deserialize, Serialize};

use super::{Edition, Live, LiveRelease, PublicFace, Release, Translation};
use crate::refusal::Refusal;
use crate::{AccountId, EditionId, Instant, Locale, PreviewId, ReleaseId, Zone};

/// The most previews of a release that hold at once.
pub const MOST_PREVIEWS: usize = 20;
/// The seconds that a preview holds where nobody says: seven days.
pub const PREVIEW_SECONDS: i64 = 7 * DAY;
/// The fewest seconds that a preview holds.
pub const SHORTEST_PREVIEW_SECONDS: i64 = 60;
/// The most seconds that a preview holds: thirty days.
pub const LONGEST_PREVIEW_SECONDS: i64 = 30 * DAY;

const DAY: i64 = 24 * 3600;

/// What a new preview is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPreview {
    /// Of which edition.
    pub edition: EditionId,
    /// For how many seconds; [`PREVIEW_SECONDS`] where nothing is said. Its path is `expiresIn`.
    pub expires_in: Option<i64>,
}

/// A preview of an edition, but for what it shows. The token is nowhere: it is told once, and only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Its identity.
    pub id: PreviewId,
    /// The release.
    pub release: ReleaseId,
    /// The locale of the translation that the edition is of.
    pub locale: Locale,
    /// The edition.
    pub edition: EditionId,
    /// Which of its translation's editions that is.
    pub edition_number: i64,
    /// Who made it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
    /// From when on it holds no more.
    pub expires_at: Instant,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

impl Preview {
    /// Makes a preview of an edition, beside so many of its release that hold already.
    ///
    /// # Errors
    /// - `Invalid`: it would hold for too long, or for no time worth while.
    /// - `WrongState`: there are as many as there may be.
    pub fn create(
        id: PreviewId,
        asked: &NewPreview,
        (release, locale, edition): (&Release, &Locale, &Edition),
        holding: usize,
        (by, now): (AccountId, Instant),
    ) -> Result<Self, Refusal> {
        let seconds = asked.expires_in.unwrap_or(PREVIEW_SECONDS);
        let expires_at = Some(seconds)
            .filter(|seconds| (SHORTEST_PREVIEW_SECONDS..=LONGEST_PREVIEW_SECONDS).contains(seconds))
            .and_then(|seconds| Instant::from_micros(now.micros() + seconds * 1_000_000));
        let Some(expires_at) = expires_at else {
            let message = format!(
                "a preview holds for {SHORTEST_PREVIEW_SECONDS} to {LONGEST_PREVIEW_SECONDS} seconds, not {seconds}"
            );
            return Err(Refusal::of("expiresIn", "OUT_OF_RANGE", message));
        };
        if holding >= MOST_PREVIEWS {
            let message =
                format!("a release has at most {MOST_PREVIEWS} previews at once: revoke one that serves no more");
            return Err(wrong_state(release, message));
        }
        Ok(Self {
            id,
            release: release.id,
            locale: locale.clone(),
            edition: edition.id,
            edition_number: edition.number,
            created_by: by,
            created_at: now,
            expires_at,
            revoked_at: None,
        })
    }
}

impl Release {
    /// What readers would have, if that edition of the translation in that locale were live from now on.
    ///
    /// The other translations are as readers have them, and so is the original, unless they have none of it: it is then as the
    /// desk has it. A removal is not looked at, nor that the translation is taken down; a withdrawal stays. What has no
    /// publishing date gets `now`, as it would when it goes live.
    ///
    /// # Errors
    /// `WrongState`: there is no such translation, or no text of the original to show it with.
    pub fn preview(
        &self,
        locale: &Locale,
        edition: &Edition,
        now: Instant,
        zone: Zone,
    ) -> Result<LiveRelease, Refusal> {
        let mut shown = Self {
            removal: None,
            ..self.clone()
        };
        let original = self
            .original()
            .filter(|original| original.live.is_none() && *locale != self.original_locale);
        if let Some(edition) = original.and_then(Translation::desk_edition) {
            shown.put_live(&self.original_locale, edition, now);
        }
        shown.put_live(locale, edition, now);
        shown.redirect_from(self.live_shared().map(|shared| &shared.slug));
        match shown.public_face(zone) {
            PublicFace::Live(live) if live.translations.iter().any(|text| text.locale == *locale) => Ok(*live),
            _ => {
                let original = &self.original_locale;
                let message = format!("there is no text in {original} to show {locale} with: save a draft of it first");
                Err(wrong_state(self, message))
            }
        }
    }

    /// Makes an edition the one that readers have of a translation, without any of what publishing asks for.
    fn put_live(&mut self, locale: &Locale, edition: &Edition, now: Instant) {
        let Some(translation) = self.translations.get_mut(locale) else {
            return;
        };
        let mut edition = edition.clone();
        if let Some(shared) = &mut edition.shared {
            let known = translation.live.as_ref().and_then(|live| live.edition.shared.as_ref());
            let dated = known.and_then(|known| known.published_at);
            shared.published_at = shared.published_at.or(dated).or(Some(now));
        }
        translation.live = Some(match translation.live.take() {
            Some(live) => Live {
                edition,
                taken_down_at: None,
                ..live
            },
            None => Live {
                edition,
                published_at: now,
                updated_at: now,
                change_notes: Vec::new(),
                taken_down_at: None,
                texts: Vec::new(),
                follows: 0,
                emergency: None,
            },
        });
    }
}

fn wrong_state(release: &Release, message: String) -> Refusal {
    Refusal::WrongState {
        state: Some(release.state()),
        message,
    }
}

#[cfg(test)]
mod tests;
