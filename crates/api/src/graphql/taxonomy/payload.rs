//! What commands on the taxonomy answer.

use std::sync::Arc;

use async_graphql::{ID, Object, Result, SimpleObject};
use newsroom_domain::{Reader, taxonomy::Taxonomy};
use newsroom_persistence::AcceptedTaxonomy;

use super::{ContentType, Office, Theme, version_of};
use crate::{
    command_failure::deleted_since,
    graphql::{global_id::GlobalId, scalars::Long},
};

/// What came of a command, and the taxonomy after it. What was merged, by this or since, is shown as what is there in its stead.
pub(crate) struct Kept {
    pub(crate) accepted: AcceptedTaxonomy,
    pub(crate) taxonomy: Arc<Taxonomy>,
}

impl Kept {
    fn office(&self) -> Option<Office<'_>> {
        let office = self
            .taxonomy
            .office(self.taxonomy.current_office(self.accepted.id.into()))?;
        Some(Office::new(office, &Reader::default()))
    }

    fn theme(&self) -> Option<Theme<'_>> {
        let themes = self.taxonomy.themes();
        Some(Theme::new(
            themes.get(self.taxonomy.current_theme(self.accepted.id.into()))?,
            themes,
            &Reader::default(),
        ))
    }

    fn content_type(&self) -> Option<ContentType<'_>> {
        let id = self.taxonomy.current_content_type(self.accepted.id.into());
        let content_type = self.taxonomy.content_type(id)?;
        Some(ContentType::new(content_type, &Reader::default()))
    }
}

macro_rules! payloads {
    ($($name:ident, $doc:literal, $field:ident: $shown:ident, $said:literal;)+) => {$(
        pub(crate) struct $name(Kept);

        impl From<Kept> for $name {
            fn from(kept: Kept) -> Self {
                Self(kept)
            }
        }

        #[doc = $doc]
        #[Object]
        impl $name {
            #[doc = $said]
            async fn $field(&self) -> Result<$shown<'_>> {
                Ok(self.0.$field().ok_or_else(deleted_since)?)
            }

            /// The version that the command made of it. A repeated request is told that of the first time, whatever has
            /// happened since.
            async fn version(&self) -> i32 {
                version_of(self.0.accepted.version)
            }

            /// Where the change log was when the command was done: whoever has read up to there has seen what came of it.
            async fn sequence(&self) -> Long {
                Long(self.0.accepted.sequence)
            }
        }
    )+};
}

payloads! {
    CreateOfficePayload, "What came of `createOffice`.", office: Office, "The office as it is now.";
    UpdateOfficePayload, "What came of `updateOffice`.", office: Office, "The office as it is now.";
    CreateThemePayload, "What came of `createTheme`.", theme: Theme, "The theme as it is now.";
    UpdateThemePayload, "What came of `updateTheme`.", theme: Theme, "The theme as it is now.";
    CreateContentTypePayload, "What came of `createContentType`.", content_type: ContentType, "The content type as it is now.";
    UpdateContentTypePayload, "What came of `updateContentType`.", content_type: ContentType, "The content type as it is now.";
}

macro_rules! delete_payloads {
    ($($name:ident, $doc:literal, $kind:ident;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $name {
            /// The global id of what is no more.
            deleted_id: ID,
            /// Where the change log was when the command was done: whoever has read up to there has seen what came of it.
            sequence: Long,
        }

        impl From<Kept> for $name {
            fn from(kept: Kept) -> Self {
                Self {
                    deleted_id: GlobalId::$kind(kept.accepted.id.into()).into(),
                    sequence: Long(kept.accepted.sequence),
                }
            }
        }
    )+};
}

delete_payloads! {
    DeleteOfficePayload, "What came of `deleteOffice`.", Office;
    DeleteThemePayload, "What came of `deleteTheme`.", Theme;
    DeleteContentTypePayload, "What came of `deleteContentType`.", ContentType;
}

macro_rules! merge_payloads {
    ($($name:ident, $doc:literal, $kind:ident, $field:ident: $shown:ident, $said:literal;)+) => {$(
        pub(crate) struct $name(Kept);

        impl From<Kept> for $name {
            fn from(kept: Kept) -> Self {
                Self(kept)
            }
        }

        #[doc = $doc]
        #[Object]
        impl $name {
            /// The global id of what is no more.
            async fn merged_id(&self) -> ID {
                GlobalId::$kind(self.0.accepted.id.into()).into()
            }

            #[doc = $said]
            async fn $field(&self) -> Result<$shown<'_>> {
                Ok(self.0.$field().ok_or_else(deleted_since)?)
            }

            /// The version that the command made of what is there in its stead. A repeated request is told that of the first
            /// time, whatever has happened since.
            async fn version(&self) -> i32 {
                version_of(self.0.accepted.version)
            }

            /// Where the change log was when the command was done: whoever has read up to there has seen what came of it.
            async fn sequence(&self) -> Long {
                Long(self.0.accepted.sequence)
            }
        }
    )+};
}

merge_payloads! {
    MergeOfficePayload, "What came of `mergeOffice`.", Office, office: Office, "The office that is there in its stead, as it is now.";
    MergeThemePayload, "What came of `mergeTheme`.", Theme, theme: Theme, "The theme that is there in its stead, as it is now.";
    MergeContentTypePayload, "What came of `mergeContentType`.", ContentType, content_type: ContentType, "The content type that is there in its stead, as it is now.";
}
