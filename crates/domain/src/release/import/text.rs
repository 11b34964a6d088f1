//! One text of a release, as a line says it.

use std::collections::BTreeSet;

use super::shared::resolve_shared;
use super::{ImportContext, ImportRefusal};
use crate::audit::Actor;
use crate::exchange::{DraftLine, TranslationLine, TranslationState};
use crate::fault::{FieldFault, Malformed};
use crate::release::{Changed, Draft, Edition, Live, ReleaseState, Shared, Stage, Text, Translation};
use crate::taxonomy::Taxonomy;
use crate::text::Lead;
use crate::{EditionId, Instant, TranslationId};

/// Importing one text of a release.
pub(super) struct TextImport<'a, 'c> {
    pub(super) text: &'a TranslationLine,
    /// The state that the release will be in.
    pub(super) state: ReleaseState,
    /// When the release counts as published, where the line publishes it for the first time.
    pub(super) first_published: Option<Instant>,
    /// What translations share, where this is the original.
    pub(super) shared: Option<&'a Shared>,
    pub(super) known: Option<&'a Translation>,
    /// How many texts of the original have gone live: what a translation that the line brings follows.
    pub(super) original_texts: usize,
    pub(super) context: &'a mut ImportContext<'c>,
}

impl TextImport<'_, '_> {
    pub(super) fn run(self) -> Result<Translation, ImportRefusal> {
        let state = self.text_state()?;
        if let (Some(known), Some(given)) = (self.known, self.text.id)
            && known.id != given
        {
            return Err(FieldFault::new(
                "id",
                "CONFLICT",
                "this translation has another id: leave the id out, or give the one that it has",
            ));
        }
        let known_live = self.known.and_then(|known| known.live.as_ref());
        let known_draft = self.known.and_then(|known| known.draft.as_ref());
        let by_import = Changed {
            by: Actor::Import,
            at: self.context.now,
        };
        let mut translation = Translation {
            id: self
                .known
                .map(|known| known.id)
                .or(self.text.id)
                .unwrap_or_else(|| TranslationId::from((self.context.new_id)())),
            version: self.known.map_or(0, |known| known.version),
            editions: self.known.map_or(0, |known| known.editions),
            changed: self.known.map_or(by_import, |known| known.changed),
            live: known_live.cloned(),
            draft: known_draft.cloned(),
            discarded: self.known.and_then(|known| known.discarded.clone()),
        };
        let follows = if self.shared.is_some() { 0 } else { self.original_texts };
        let written = |edition: Edition, based_on: Option<EditionId>| Draft {
            edition,
            based_on,
            stage: Stage::default(),
            writers: BTreeSet::new(),
            follows,
        };
        let context = self.context;
        let mut edition = |text: Text, shared: Option<Shared>| {
            translation.editions += 1;
            Edition {
                id: EditionId::from((context.new_id)()),
                number: translation.editions,
                saved_at: context.now,
                saved_by: Actor::Import,
                text,
                shared,
            }
        };
        let before = known_live
            .map(|live| &live.edition)
            .or_else(|| self.known.and_then(Translation::desk_edition));
        let text = read_text(self.text, before.map(|edition| &edition.text))?;
        let unchanged = |edition: &Edition| edition.text == text && edition.shared.as_ref() == self.shared;
        if state == TranslationState::Draft {
            if known_draft.is_none_or(|draft| !unchanged(&draft.edition)) {
                let edition = edition(text, self.shared.cloned());
                translation.draft = Some(written(edition, None));
            }
        } else {
            let (edition_now, follows) = match known_live {
                Some(live) if unchanged(&live.edition) => (live.edition.clone(), live.follows),
                _ => (edition(text, self.shared.cloned()), follows),
            };
            let by_release = self.shared.map_or(self.first_published, |shared| shared.published_at);
            let mut live = live_side(self.text, state, edition_now, known_live, by_release, context.now)?;
            live.follows = follows;
            // What was a draft alone is live now; a draft beside what is live stays, unless the line says otherwise.
            let mut draft = known_live.and(known_draft.cloned());
            if let Some(said) = &self.text.draft {
                draft = match said {
                    None => None,
                    Some(line) => {
                        let (text, shared) = read_draft(line, self.shared.is_some(), context.taxonomy)
                            .map_err(|fault| fault.within("draft"))?;
                        match draft {
                            Some(known) if known.edition.text == text && known.edition.shared == shared => Some(known),
                            _ => Some(written(edition(text, shared), Some(live.edition.id))),
                        }
                    }
                };
            }
            (translation.live, translation.draft) = (Some(live), draft);
        }
        let plan = known_draft.and_then(|draft| draft.stage.planned());
        if let Some(plan) = plan.filter(|_| translation.draft.as_ref() != known_draft) {
            let at = plan.schedule.at;
            let message = format!("its draft is scheduled for {at}, and is not edited meanwhile: unschedule it first");
            return Err(FieldFault::new("", "CONFLICT", message));
        }
        if translation.live.is_some() || translation.draft.is_some() {
            translation.discarded = None;
        }
        if self.known.is_none_or(|known| *known != translation) {
            translation.version += 1;
            translation.changed = by_import;
        }
        Ok(translation)
    }

    fn text_state(&self) -> Result<TranslationState, ImportRefusal> {
        let contradiction = |message: &str| FieldFault::new("state", "CONTRADICTION", message);
        let known = self.known.map(|known| match &known.live {
            None => TranslationState::Draft,
            Some(live) if live.taken_down_at.is_some() => TranslationState::TakenDown,
            Some(_) => TranslationState::Live,
        });
        let published = self.state != ReleaseState::Draft;
        let by_release = if published {
            TranslationState::Live
        } else {
            TranslationState::Draft
        };
        let state = match (self.text.state, known) {
            (Some(said), _) => said,
            (None, Some(TranslationState::Draft)) if self.shared.is_some() || self.first_published.is_some() => {
                by_release
            }
            (None, Some(known)) => known,
            (None, None) => by_release,
        };
        match state {
            TranslationState::Draft if known.is_some_and(|known| known != TranslationState::Draft) => Err(
                contradiction("what has been published cannot become a draft again: say taken-down"),
            ),
            TranslationState::Draft if published && self.shared.is_some() => {
                Err(contradiction("the original of a published release is live"))
            }
            TranslationState::TakenDown if self.shared.is_some() => Err(contradiction(
                "an original is never taken down: withdraw or remove the release",
            )),
            TranslationState::Live | TranslationState::TakenDown if !published => {
                Err(contradiction("no text of a draft release is live"))
            }
            TranslationState::Draft if self.text.draft.as_ref().is_some_and(Option::is_some) => Err(FieldFault::new(
                "draft",
                "CONTRADICTION",
                "this text is a draft itself: “draft” stands beside what is live",
            )),
            state => Ok(state),
        }
    }
}

fn live_side(
    line: &TranslationLine,
    state: TranslationState,
    edition: Edition,
    known: Option<&Live>,
    by_release: Option<Instant>,
    now: Instant,
) -> Result<Live, ImportRefusal> {
    // An original went live when its release counts as published, and so did what came with it, unless the line says
    // otherwise. Where the release's date is mended, its original's goes along.
    let of_its_own = |live: &&Live| {
        let shared = live.edition.shared.as_ref();
        shared.is_none_or(|shared| shared.published_at != Some(live.published_at))
    };
    let before = known.filter(of_its_own).map(|live| live.published_at);
    let published_at = line.published_at.or(before).or(by_release).unwrap_or(now);
    let before = known
        .filter(|live| live.updated_at != live.published_at)
        .map(|live| live.updated_at);
    let updated_at = line.updated_at.or(before).unwrap_or(published_at);
    for (key, at) in [
        ("publishedAt", Some(published_at)),
        ("updatedAt", Some(updated_at)),
        ("takenDownAt", line.taken_down_at),
    ] {
        if at.is_some_and(|at| at > now) {
            return Err(FieldFault::new(
                key,
                "IN_FUTURE",
                "what has happened has a date that is not in the future",
            ));
        }
    }
    let taken_down_at = match state {
        TranslationState::TakenDown => line.taken_down_at.or_else(|| known?.taken_down_at).or(Some(now)),
        TranslationState::Live | TranslationState::Draft => None,
    };
    let change_notes = line
        .change_notes
        .clone()
        .or_else(|| known.map(|live| live.change_notes.clone()))
        .unwrap_or_default();
    if let Some(index) = change_notes.iter().position(|note| note.at > now) {
        let message = "what has happened has a date that is not in the future";
        return Err(FieldFault::new(format!("changeNotes.{index}.at"), "IN_FUTURE", message));
    }
    Ok(Live {
        texts: Live::texts_with(known, edition.id, &edition.text, now),
        follows: 0,
        emergency: known.and_then(|live| live.emergency.clone()),
        edition,
        published_at,
        updated_at,
        change_notes,
        taken_down_at,
    })
}

fn read_text(line: &TranslationLine, known: Option<&Text>) -> Result<Text, ImportRefusal> {
    let title = line.title.clone().or_else(|| known.map(|text| text.title.clone()));
    Ok(Text {
        title: title.ok_or_else(|| FieldFault::new("title", "REQUIRED", "a text has a title"))?,
        lead: match (&line.lead, known) {
            (Some(lead), _) => lead.clone(),
            (None, Some(text)) => text.lead.clone(),
            (None, None) => Lead::new("").map_err(|fault: Malformed| fault.at("lead"))?,
        },
        body: match &line.body {
            Some(said) => said
                .as_ref()
                .map(|body| body.or_known(known.and_then(|text| text.body.as_ref()))),
            None => known.and_then(|text| text.body.clone()),
        },
    })
}

fn read_draft(
    line: &DraftLine,
    is_original: bool,
    taxonomy: &Taxonomy,
) -> Result<(Text, Option<Shared>), ImportRefusal> {
    let text = Text {
        title: line.title.clone(),
        lead: line.lead.clone(),
        body: line.body.clone(),
    };
    match (&line.shared, is_original) {
        (Some(shared), true) => Ok((
            text,
            Some(resolve_shared(shared, taxonomy).map_err(|fault| fault.within("shared"))?),
        )),
        (None, false) => Ok((text, None)),
        (Some(_), false) => Err(FieldFault::new(
            "shared",
            "CONTRADICTION",
            "only the original's draft has what translations share",
        )),
        (None, true) => Err(FieldFault::new(
            "shared",
            "REQUIRED",
            "the original's draft has what translations share",
        )),
    }
}
