//! What differs between two editions of a release.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Context, Enum, Object, Result};
use newsroom_domain::{EditionId, difference, release::Edition};
use newsroom_persistence::Store;

use super::{
    edition::{DeskEdition, OwnSurroundings},
    editions::taken_apart,
};
use crate::{
    error::{ApiError, FieldFault},
    graphql::{desk_id, request::caller},
    store_failure::present,
};

/// How long two editions are compared. Texts as people edit them take some milliseconds, whatever their length.
const PATIENCE: Duration = Duration::from_millis(500);

/// Which of two texts have a segment.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "difference::SegmentKind")]
pub(crate) enum SegmentKind {
    /// Both have it.
    Same,
    /// Only the later one has it.
    Added,
    /// Only the earlier one has it.
    Removed,
}

/// What is compared of two bodies.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "difference::BodyForm")]
pub(crate) enum ComparedBody {
    /// What was written.
    Source,
    /// Plain text, since one was written in Markdown and the other in HTML.
    Text,
}

/// A field that all translations of a release share.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "difference::SharedField")]
pub(crate) enum SharedField {
    /// The slug.
    Slug,
    /// The publishing date: `publishedAt` and `publishingDate`.
    PublishedAt,
    /// The content type: `type`.
    #[graphql(name = "TYPE")]
    ContentType,
    /// The offices, their order included.
    Offices,
    /// The themes, their order included.
    Themes,
    /// What is attached, its order included.
    Attachments,
}

pub(crate) struct DifferenceSegment<'a>(&'a difference::Segment);

/// A part of one text or of both.
#[Object]
impl DifferenceSegment<'_> {
    /// Which of them have it.
    async fn kind(&self) -> SegmentKind {
        self.0.kind.into()
    }

    /// What stands there, as plain text, spaces included; never empty. Escape it for HTML.
    async fn text(&self) -> &str {
        &self.0.text
    }
}

pub(crate) struct TextDifference<'a>(&'a [difference::Segment]);

/// What differs between two texts, word by word.
#[Object]
impl TextDifference<'_> {
    /// Whether they differ at all.
    async fn differs(&self) -> bool {
        self.0
            .iter()
            .any(|segment| segment.kind != difference::SegmentKind::Same)
    }

    /// The two texts in segments, in order. Those that are not `ADDED` are the earlier text, those that are not `REMOVED` the
    /// later one, each exactly as it is. What is removed stands before what is added in its place.
    async fn segments(&self) -> Vec<DifferenceSegment<'_>> {
        self.0.iter().map(DifferenceSegment).collect()
    }
}

pub(crate) struct EditionDifference {
    before: Arc<Edition>,
    after: Arc<Edition>,
    difference: difference::Difference,
    with: OwnSurroundings,
}

/// What differs between two editions of a release.
#[Object]
impl EditionDifference {
    /// The earlier edition: the one that was named as `from`.
    async fn from(&self) -> DeskEdition<'_> {
        DeskEdition::new(&self.before, self.with.lent())
    }

    /// The later edition: the one that was named as `to`.
    async fn to(&self) -> DeskEdition<'_> {
        DeskEdition::new(&self.after, self.with.lent())
    }

    /// What differs between their titles.
    async fn title(&self) -> TextDifference<'_> {
        TextDifference(&self.difference.title)
    }

    /// What differs between their leads.
    async fn lead(&self) -> TextDifference<'_> {
        TextDifference(&self.difference.lead)
    }

    /// What differs between their bodies. One that there is not counts as empty.
    async fn body(&self) -> TextDifference<'_> {
        TextDifference(&self.difference.body)
    }

    /// What of the bodies `body` compares.
    async fn compared_body(&self) -> ComparedBody {
        self.difference.body_form.into()
    }

    /// The shared fields that differ: `from { shared }` and `to { shared }` have them as they were before and after. All of
    /// them where only one of the two editions is of the original.
    async fn shared_fields_that_differ(&self) -> Vec<SharedField> {
        self.difference.shared.iter().map(|field| (*field).into()).collect()
    }
}

/// Compares the editions that `editionDifference` asks for.
///
/// # Errors
/// `UNAUTHENTICATED`, `VALIDATION_FAILED`, or that of a store that fails.
pub(crate) async fn compare(context: &Context<'_>, from: &str, to: &str) -> Result<Option<EditionDifference>> {
    let standing = &caller(context)?.standing;
    let ids = (
        desk_id::read::<EditionId>("from", from)?,
        desk_id::read::<EditionId>("to", to)?,
    );
    let (Some(from), Some(to)) = ids else {
        return Ok(None);
    };
    let store = context.data::<Store>()?;
    let read = store.editions_by_id(standing, &[from, to]).await;
    let (read, releases) = read.map_err(|error| present(&error))?;
    let (page, with) = taken_apart(read, store);
    let mut editions = page.items.into_iter().map(Arc::new);
    let (Some(before), Some(after)) = (editions.next(), editions.next()) else {
        return Ok(None);
    };
    if releases.first() != releases.last() {
        let message = "these editions are of two releases: name two of one";
        return Err(ApiError::validation(vec![FieldFault::new("to", "OTHER_RELEASE", message)]).into());
    }
    let pair = (Arc::clone(&before), Arc::clone(&after));
    let until = Instant::now() + PATIENCE;
    let compared = tokio::task::spawn_blocking(move || difference::Difference::between(&pair.0, &pair.1, until)).await;
    let difference = compared.map_err(|error| {
        tracing::error!(%error, "two editions could not be compared");
        ApiError::internal()
    })?;
    Ok(Some(EditionDifference {
        before,
        after,
        difference,
        with,
    }))
}
