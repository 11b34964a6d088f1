//! What commands on the taxonomy are asked with: one input object each, read by the domain, all its faults at once.

use async_graphql::{ID, InputObject, MaybeUndefined, Result};
use newsroom_domain::{
    release::Patch,
    taxonomy::command::{ContentTypeFields, EntryCommand, NameFields, OfficeFields, TaxonomyCommand, ThemeFields},
};

use super::office::OfficeKind;
use crate::{
    error::{ApiError, ErrorCode},
    graphql::{
        command::{cleared, kept},
        global_id::GlobalId,
        scalars::{LocaleTag, Unread},
    },
};

/// What something is to be called in one locale.
#[derive(Debug, InputObject)]
pub(crate) struct LocalizedNameInput {
    /// The locale of the name: any language tag, also one that no release is in.
    locale: Unread<LocaleTag>,
    /// The name: plain text of 1 to 300 characters, without line breaks.
    name: String,
}

/// A new office.
#[derive(Debug, InputObject)]
pub(crate) struct CreateOfficeInput {
    /// The slug that it is to have: small letters, digits and single hyphens, at most 200. One that another office has or had is
    /// `CONFLICT`. Left out or null, one is made from the English name, or else the first, with a number behind it where it
    /// is taken.
    slug: Option<String>,
    /// What it is called, in one locale or several, each once, at most 100.
    names: Vec<LocalizedNameInput>,
    /// What kind of office it is. Left out or null, that is not known.
    kind: Option<OfficeKind>,
    /// Whether it is closed. Left out or null, it is not.
    closed: Option<bool>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// Other fields of an office. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateOfficeInput {
    /// The office: its global id, or its UUID.
    id: ID,
    /// The version of the office that you have seen.
    version: i32,
    /// The slug that it is to have. The old one becomes one of its `formerSlugs`: it goes on leading to the office, in filters
    /// and wherever else a slug is taken, and the office may take it back. One that another office has or had is
    /// `CONFLICT`. Null means left out.
    slug: Option<String>,
    /// All that it is to be called, in one locale or several, each once, at most 100: a name that is not in the list is gone.
    /// Null means left out.
    names: Option<Vec<LocalizedNameInput>>,
    /// What kind of office it is. Null takes it away: that is not known.
    kind: MaybeUndefined<OfficeKind>,
    /// Whether it is closed. A closed office keeps its releases, and can be filtered by. Null means left out.
    closed: Option<bool>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A new theme.
#[derive(Debug, InputObject)]
pub(crate) struct CreateThemeInput {
    /// The slug that it is to have: small letters, digits and single hyphens, at most 200. One that another theme has or had is
    /// `CONFLICT`. Left out or null, one is made from the English name, or else the first, with a number behind it where it
    /// is taken.
    slug: Option<String>,
    /// What it is called, in one locale or several, each once, at most 100.
    names: Vec<LocalizedNameInput>,
    /// The theme right above it: its slug, its global id, or its UUID. Left out or null, the theme is a root.
    parent: Option<String>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// Other fields of a theme. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateThemeInput {
    /// The theme: its global id, or its UUID.
    id: ID,
    /// The version of the theme that you have seen.
    version: i32,
    /// The slug that it is to have. The old one becomes one of its `formerSlugs`: it goes on leading to the theme, in filters
    /// and wherever else a slug is taken, and the theme may take it back. One that another theme has or had is
    /// `CONFLICT`. Null means left out.
    slug: Option<String>,
    /// All that it is to be called, in one locale or several, each once, at most 100: a name that is not in the list is gone.
    /// Null means left out.
    names: Option<Vec<LocalizedNameInput>>,
    /// The theme right above it: its slug, its global id, or its UUID, and not one below it. The theme moves with all that
    /// are below it, and their releases are found by the themes above them from then on. Null makes it a root.
    parent: MaybeUndefined<String>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A new content type.
#[derive(Debug, InputObject)]
pub(crate) struct CreateContentTypeInput {
    /// The slug that it is to have: small letters, digits and single hyphens, at most 200. One that another content type has
    /// is `CONFLICT`. Left out or null, one is made from the English name, or else the first, with a number behind it where
    /// it is taken.
    slug: Option<String>,
    /// What it is called, in one locale or several, each once, at most 100.
    names: Vec<LocalizedNameInput>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// Other fields of a content type. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateContentTypeInput {
    /// The content type: its global id, or its UUID.
    id: ID,
    /// The version of the content type that you have seen.
    version: i32,
    /// The slug that it is to have. The old one becomes one of its `formerSlugs`: it goes on leading to the content type, in filters
    /// and wherever else a slug is taken, and the content type may take it back. One that another content type has or had is
    /// `CONFLICT`. Null means left out.
    slug: Option<String>,
    /// All that it is to be called, in one locale or several, each once, at most 100: a name that is not in the list is gone.
    /// Null means left out.
    names: Option<Vec<LocalizedNameInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// An office that is to go. One that a release, a draft or an earlier edition is filed under, or that an account or an API
/// key acts for, is in use, which is `CONFLICT`.
#[derive(Debug, InputObject)]
pub(crate) struct DeleteOfficeInput {
    /// The office: its global id, or its UUID.
    id: ID,
    /// The version of the office that you have seen.
    version: i32,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A theme that is to go. One that has themes below it, or that a release, a draft or an earlier edition is filed under, is
/// in use, which is `CONFLICT`.
#[derive(Debug, InputObject)]
pub(crate) struct DeleteThemeInput {
    /// The theme: its global id, or its UUID.
    id: ID,
    /// The version of the theme that you have seen.
    version: i32,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A content type that is to go. One that a release, a draft or an earlier edition has is in use, which is `CONFLICT`.
#[derive(Debug, InputObject)]
pub(crate) struct DeleteContentTypeInput {
    /// The content type: its global id, or its UUID.
    id: ID,
    /// The version of the content type that you have seen.
    version: i32,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// An office that is to be merged into another.
#[derive(Debug, InputObject)]
pub(crate) struct MergeOfficeInput {
    /// The office that is to go: its global id, or its UUID.
    id: ID,
    /// The version of it that you have seen.
    version: i32,
    /// The office that it is merged into: its global id, or its UUID.
    into: ID,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A theme that is to be merged into another.
#[derive(Debug, InputObject)]
pub(crate) struct MergeThemeInput {
    /// The theme that is to go: its global id, or its UUID.
    id: ID,
    /// The version of it that you have seen.
    version: i32,
    /// The theme that it is merged into, which is not one below it: its global id, or its UUID.
    into: ID,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A content type that is to be merged into another.
#[derive(Debug, InputObject)]
pub(crate) struct MergeContentTypeInput {
    /// The content type that is to go: its global id, or its UUID.
    id: ID,
    /// The version of it that you have seen.
    version: i32,
    /// The content type that it is merged into: its global id, or its UUID.
    into: ID,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A command as it is asked for, with its idempotency key as it came.
pub(crate) struct Asked {
    pub(crate) command: TaxonomyCommand,
    pub(crate) key: Option<String>,
}

/// An input that asks for a command.
pub(crate) trait Asks {
    /// The command.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for an id that is none, `NOT_FOUND` for that of something else.
    fn asked(self) -> Result<Asked>;
}

/// The identity, if it was of the right kind.
fn known<T>(id: Option<T>) -> Result<T> {
    let message = "There is nothing of that kind with this id: see that the id is right.";
    Ok(id.ok_or_else(|| ApiError::new(ErrorCode::NotFound, message))?)
}

fn names(given: Vec<LocalizedNameInput>) -> Vec<NameFields> {
    let names = given.into_iter().map(|given| NameFields {
        locale: given.locale.text,
        name: given.name,
    });
    names.collect()
}

/// A theme's slug or UUID, as the domain takes it, of what may be a global id: no slug has capital letters, and those do.
fn slug_or_uuid(given: String) -> String {
    match GlobalId::read(&given) {
        Some(GlobalId::Theme(id)) => id.to_string(),
        _ => given,
    }
}

impl Asks for CreateOfficeInput {
    fn asked(self) -> Result<Asked> {
        let fields = OfficeFields {
            slug: kept(self.slug, |slug| slug),
            names: Patch::Set(names(self.names)),
            kind: kept(self.kind, |kind| Some(kind.into())),
            closed: kept(self.closed, |closed| closed),
        };
        let (command, key) = (
            TaxonomyCommand::Office(EntryCommand::Create(fields)),
            self.idempotency_key,
        );
        Ok(Asked { command, key })
    }
}

impl Asks for UpdateOfficeInput {
    fn asked(self) -> Result<Asked> {
        let (id, seen) = (
            known(GlobalId::read_office("input.id", &self.id)?)?,
            self.version.into(),
        );
        let fields = OfficeFields {
            slug: kept(self.slug, |slug| slug),
            names: kept(self.names, names),
            kind: cleared(self.kind, Into::into),
            closed: kept(self.closed, |closed| closed),
        };
        let command = TaxonomyCommand::Office(EntryCommand::Update { id, seen, fields });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for DeleteOfficeInput {
    fn asked(self) -> Result<Asked> {
        let (id, seen) = (
            known(GlobalId::read_office("input.id", &self.id)?)?,
            self.version.into(),
        );
        let command = TaxonomyCommand::Office(EntryCommand::Delete { id, seen });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for CreateThemeInput {
    fn asked(self) -> Result<Asked> {
        let fields = ThemeFields {
            slug: kept(self.slug, |slug| slug),
            names: Patch::Set(names(self.names)),
            parent: kept(self.parent, |parent| Some(slug_or_uuid(parent))),
        };
        let (command, key) = (
            TaxonomyCommand::Theme(EntryCommand::Create(fields)),
            self.idempotency_key,
        );
        Ok(Asked { command, key })
    }
}

impl Asks for UpdateThemeInput {
    fn asked(self) -> Result<Asked> {
        let (id, seen) = (known(GlobalId::read_theme("input.id", &self.id)?)?, self.version.into());
        let fields = ThemeFields {
            slug: kept(self.slug, |slug| slug),
            names: kept(self.names, names),
            parent: cleared(self.parent, slug_or_uuid),
        };
        let command = TaxonomyCommand::Theme(EntryCommand::Update { id, seen, fields });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for DeleteThemeInput {
    fn asked(self) -> Result<Asked> {
        let (id, seen) = (known(GlobalId::read_theme("input.id", &self.id)?)?, self.version.into());
        let command = TaxonomyCommand::Theme(EntryCommand::Delete { id, seen });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for CreateContentTypeInput {
    fn asked(self) -> Result<Asked> {
        let fields = ContentTypeFields {
            slug: kept(self.slug, |slug| slug),
            names: Patch::Set(names(self.names)),
        };
        let command = TaxonomyCommand::ContentType(EntryCommand::Create(fields));
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for UpdateContentTypeInput {
    fn asked(self) -> Result<Asked> {
        let id = known(GlobalId::read_content_type("input.id", &self.id)?)?;
        let fields = ContentTypeFields {
            slug: kept(self.slug, |slug| slug),
            names: kept(self.names, names),
        };
        let seen = self.version.into();
        let command = TaxonomyCommand::ContentType(EntryCommand::Update { id, seen, fields });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for DeleteContentTypeInput {
    fn asked(self) -> Result<Asked> {
        let id = known(GlobalId::read_content_type("input.id", &self.id)?)?;
        let seen = self.version.into();
        let command = TaxonomyCommand::ContentType(EntryCommand::Delete { id, seen });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for MergeOfficeInput {
    fn asked(self) -> Result<Asked> {
        let id = known(GlobalId::read_office("input.id", &self.id)?)?;
        let into = known(GlobalId::read_office("input.into", &self.into)?)?;
        let seen = self.version.into();
        let command = TaxonomyCommand::Office(EntryCommand::Merge { id, seen, into });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for MergeThemeInput {
    fn asked(self) -> Result<Asked> {
        let id = known(GlobalId::read_theme("input.id", &self.id)?)?;
        let into = known(GlobalId::read_theme("input.into", &self.into)?)?;
        let seen = self.version.into();
        let command = TaxonomyCommand::Theme(EntryCommand::Merge { id, seen, into });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}

impl Asks for MergeContentTypeInput {
    fn asked(self) -> Result<Asked> {
        let id = known(GlobalId::read_content_type("input.id", &self.id)?)?;
        let into = known(GlobalId::read_content_type("input.into", &self.into)?)?;
        let seen = self.version.into();
        let command = TaxonomyCommand::ContentType(EntryCommand::Merge { id, seen, into });
        let key = self.idempotency_key;
        Ok(Asked { command, key })
    }
}
