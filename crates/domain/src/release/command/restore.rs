//! Going back and forth in a translation's editions: discarding a draft, restoring an edition, bringing a draft up to what is live.

use serde::Serialize;

use super::super::{CommandContext, Draft, Edition, Release, Shared, Text, Translation};
use crate::audit::Actor;
use crate::fault::FieldFault;
use crate::refusal::Refusal;
use crate::{Locale, Slug};

/// A field of a draft that may clash with what is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum DraftField {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
    /// The slug.
    Slug,
    /// The publishing date.
    PublishingDate,
    /// The content type.
    ContentType,
    /// The offices.
    Offices,
    /// The themes.
    Themes,
    /// What is attached.
    Attachments,
}

/// One of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Side {
    /// What the draft has.
    Draft,
    /// What readers have.
    Live,
}

/// Which side's value a field gets that clashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The field.
    pub field: DraftField,
    /// The side.
    pub take: Side,
}

impl DraftField {
    /// The field's path in an input.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Title => "text.title",
            Self::Lead => "text.lead",
            Self::Body => "text.body",
            Self::Slug => "slug",
            Self::PublishingDate => "publishedAt",
            Self::ContentType => "type",
            Self::Offices => "offices",
            Self::Themes => "themes",
            Self::Attachments => "attachments",
        }
    }
}

/// Brings three values together, and notes where that cannot be done.
struct Merge<'a> {
    resolutions: &'a [Resolution],
    clashes: Vec<DraftField>,
}

impl Merge<'_> {
    /// What only one side has changed is as that side has it. `base` is `None` where nobody knows what there was.
    fn field<T: PartialEq + Clone>(&mut self, field: DraftField, base: Option<&T>, draft: &T, live: &T) -> T {
        if draft == live || base == Some(live) {
            return draft.clone();
        }
        if base == Some(draft) {
            return live.clone();
        }
        let resolved = self.resolutions.iter().find(|resolution| resolution.field == field);
        match resolved.map(|resolution| resolution.take) {
            Some(Side::Draft) => draft.clone(),
            Some(Side::Live) => live.clone(),
            None => {
                self.clashes.push(field);
                draft.clone()
            }
        }
    }

    fn text(&mut self, base: Option<&Text>, draft: &Text, live: &Text) -> Text {
        Text {
            title: self.field(DraftField::Title, base.map(|b| &b.title), &draft.title, &live.title),
            lead: self.field(DraftField::Lead, base.map(|b| &b.lead), &draft.lead, &live.lead),
            body: self.field(DraftField::Body, base.map(|b| &b.body), &draft.body, &live.body),
        }
    }

    fn shared(&mut self, base: Option<&Shared>, draft: &Shared, live: &Shared) -> Shared {
        use DraftField::{Attachments, ContentType, Offices, PublishingDate, Slug, Themes};
        Shared {
            slug: self.field(Slug, base.map(|b| &b.slug), &draft.slug, &live.slug),
            // What has been published has a publishing date, and a draft from before may have none.
            published_at: self.field(
                PublishingDate,
                base.map(|b| &b.published_at),
                &draft.published_at.or(live.published_at),
                &live.published_at,
            ),
            content_type: self.field(
                ContentType,
                base.map(|b| &b.content_type),
                &draft.content_type,
                &live.content_type,
            ),
            offices: self.field(Offices, base.map(|b| &b.offices), &draft.offices, &live.offices),
            themes: self.field(Themes, base.map(|b| &b.themes), &draft.themes, &live.themes),
            attachments: self.field(
                Attachments,
                base.map(|b| &b.attachments),
                &draft.attachments,
                &live.attachments,
            ),
        }
    }
}

impl Release {
    /// The release without a translation's draft. What the draft reserved as its slug is free; its editions stay, and can be
    /// restored.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: there is no draft, or it is scheduled. `Invalid`:
    /// there is no such translation.
    pub fn discard_draft(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        self.editable(locale, known)?;
        let mut translation = known.clone();
        translation.discarded = known.live.is_none().then(|| draft.edition.clone());
        translation.draft = None;
        Ok(self.with_next(locale, translation, by, context.now))
    }

    /// The release with an earlier edition of a translation as its draft, in an edition of its own: its text, and what it
    /// had of the shared fields. `slug` stands for the slug that it had, where that is another's by now.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: its draft is scheduled. `Invalid`: there is no such
    /// translation or edition; the slug cannot be read, or is given for another translation than the original.
    pub fn restore_edition(
        &self,
        locale: &Locale,
        slug: Option<&str>,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let earlier = context.earlier.filter(|earlier| earlier.translation == known.id);
        let Some(earlier) = earlier else {
            let message = format!("{locale} has no such edition: take the id of one of its editions");
            return Err(Refusal::of("edition", "UNKNOWN", message));
        };
        let Edition {
            text,
            mut shared,
            saved_at,
            saved_by,
            ..
        } = earlier.edition.clone();
        if let (Some(_), None) = (slug, &shared) {
            let message = format!("{locale} shares the original's slug: leave it out");
            return Err(Refusal::of("slug", "CONTRADICTION", message));
        }
        if let Some(shared) = &mut shared {
            if let Some(slug) = slug {
                let read = slug.parse::<Slug>();
                shared.slug = read.map_err(|fault| Refusal::Invalid(vec![fault.at("slug")]))?;
            }
            // What has been published has a publishing date, and first drafts may have none.
            let live = known.live.as_ref().and_then(|live| live.edition.shared.as_ref());
            shared.published_at = shared.published_at.or(live.and_then(|live| live.published_at));
        }
        if known
            .shown_edition()
            .is_some_and(|edition| edition.text == text && edition.shared == shared)
        {
            return Ok(self.clone());
        }
        self.editable(locale, known)?;
        let based_on = known.live.as_ref().map(|live| live.edition.id);
        let mut release = self
            .with_draft(locale, known, (text, shared), based_on, by, context)
            .with_writers(locale, saved_by.account());
        // An old text says what the original said then.
        let translation = release.translations.get_mut(locale);
        if let Some(draft) = translation.and_then(|translation| translation.draft.as_mut()) {
            draft.follows = draft.follows.min(self.original_texts_by(saved_at));
        }
        Ok(release)
    }

    /// The release with a draft brought up to what is live: what only one side has changed is as that side has it, and what
    /// both have, as the resolutions say.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: there is no draft that is behind what is live, or it
    /// is scheduled. `Invalid`: there is no such translation; a field is resolved twice; or both sides have changed a field that no resolution names:
    /// all such fields, each with the code `CLASH`.
    pub fn rebase_draft(
        &self,
        locale: &Locale,
        resolutions: &[Resolution],
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        let live = known.live.as_ref().map(|live| &live.edition);
        let Some(live) = live.filter(|live| draft.based_on != Some(live.id)) else {
            return Err(self.wrong_state(format!(
                "the draft in {locale} is based on what readers have: there is nothing to rebase"
            )));
        };
        self.editable(locale, known)?;
        for (index, Resolution { field, .. }) in resolutions.iter().enumerate() {
            if resolutions[..index].iter().any(|other| other.field == *field) {
                let message = format!("{} is resolved twice: say once which side to take", field.path());
                let path = format!("resolutions.{index}.field");
                return Err(Refusal::of(&path, "DUPLICATE", message));
            }
        }
        let base = context.earlier.map(|earlier| &earlier.edition);
        let base = base.filter(|base| Some(base.id) == draft.based_on);
        let mut merge = Merge {
            resolutions,
            clashes: Vec::new(),
        };
        let text = merge.text(base.map(|base| &base.text), &draft.edition.text, &live.text);
        let shared = match (&draft.edition.shared, &live.shared) {
            (Some(of_draft), Some(of_live)) => {
                Some(merge.shared(base.and_then(|base| base.shared.as_ref()), of_draft, of_live))
            }
            (of_draft, _) => of_draft.clone(),
        };
        if !merge.clashes.is_empty() {
            let faults = merge.clashes.into_iter().map(|field| {
                let message =
                    "the draft and what is live both have another value than before: say in resolutions which to take";
                FieldFault::new(field.path(), "CLASH", message)
            });
            return Err(Refusal::Invalid(faults.collect()));
        }
        let live = live.id;
        Ok(self.with_draft(locale, known, (text, shared), Some(live), by, context))
    }

    /// A new release with the texts of this one as drafts, filed as it is, at an address and with a date of its own.
    pub(super) fn duplicate(&self, by: Actor, context: &mut CommandContext<'_>) -> Self {
        let mut translations = std::collections::BTreeMap::new();
        let id = (context.new_id)().into();
        for (locale, known) in &self.translations {
            let Some(edition) = known.shown_edition() else { continue };
            let shared = edition.shared.clone().map(|shared| Shared {
                slug: (context.free_slug)(edition.text.title.as_str()),
                published_at: None,
                ..shared
            });
            let mut begun = Translation::begun(edition.text.clone(), shared, 0, by, context);
            // A draft that nobody else has seen is still theirs who wrote it.
            if let (Some(draft), Some(known)) = (&mut begun.draft, &known.draft) {
                draft.writers.extend(&known.writers);
            }
            translations.insert(locale.clone(), begun);
        }
        Self {
            id,
            created_by: by.account(),
            original_locale: self.original_locale.clone(),
            redirects: Vec::new(),
            withdrawal: None,
            removal: None,
            translations,
        }
    }

    /// The release with a translation that is said to be up to the original as that is now.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: it is not behind. `Invalid`: there is no such
    /// translation.
    pub fn confirm_translation(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        if self.behind(locale).is_none() {
            return Err(self.wrong_state(format!(
                "{locale} is not behind the original: there is nothing to confirm"
            )));
        }
        let mut translation = known.clone();
        let follows = self.original_texts();
        if let Some(live) = &mut translation.live {
            live.follows = follows;
        }
        if let Some(Draft { follows: of_draft, .. }) = &mut translation.draft {
            *of_draft = follows;
        }
        Ok(self.with_next(locale, translation, by, context.now))
    }
}
