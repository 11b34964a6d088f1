//! What the checks before publishing find in a text.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result};
use newsroom_domain::{TranslationId, check, release::Release};
use newsroom_persistence::{Findings, Store};
use tokio::sync::OnceCell;

use crate::store_failure::present;

/// What is looked for in a text before it is published.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "check::CheckName")]
pub(crate) enum CheckName {
    /// There is no lead.
    EmptyLead,
    /// A link to the page of a release that readers have not. Looked for where the operator has said where releases are read.
    BrokenLink,
    /// A link within the body, such as `#results`, to an id that nothing in the body has.
    BrokenAnchor,
    /// A heading that is more than one level below the one before it. The title is of level 1.
    HeadingSkipsLevel,
    /// An image without an alternative text. One that is there for show alone has an empty one: `alt=""`.
    ImageWithoutAlt,
    /// A link whose text says nothing of where it leads: none, or “here”, “read more” and the like, in English and in the
    /// text's own language.
    VagueLinkText,
    /// A word with letters of more than one of the Latin, Cyrillic and Greek scripts, which looks right and is found by no
    /// search. Words with digits in them are left alone.
    MixedScripts,
}

/// How much a finding matters. The newsroom's settings say so for each check.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "check::Severity")]
pub(crate) enum CheckSeverity {
    /// The text can be published.
    Warning,
    /// The text is not fit to be published, unless the finding can be waived and is.
    Blocker,
}

/// A part of a text.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "check::Place")]
pub(crate) enum CheckPlace {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
}

pub(crate) struct CheckFinding<'a>(pub(crate) &'a check::Finding);

/// One thing that a check found in a text.
#[Object]
impl CheckFinding<'_> {
    /// Which check found it.
    async fn check(&self) -> CheckName {
        self.0.check.into()
    }

    /// How much it matters.
    async fn severity(&self) -> CheckSeverity {
        self.0.severity.into()
    }

    /// Whether the text can be published in spite of it: true for a warning, and for a blocker that the newsroom lets its
    /// publishers waive.
    async fn can_be_waived(&self) -> bool {
        self.0.can_be_waived
    }

    /// In which part of the text it is.
    async fn place(&self) -> CheckPlace {
        self.0.place.into()
    }

    /// What it is about, as plain text of at most 61 characters, cut with `…`: the link's text or address, the heading, the
    /// word. Empty where nothing stands there.
    async fn excerpt(&self) -> &str {
        &self.0.excerpt
    }

    /// What is wrong, and the mend: one sentence for a person.
    async fn message(&self) -> &str {
        &self.0.message
    }
}

/// The releases of one page, whose texts are checked together when the first of them is asked for its findings: one
/// question to the store for the page, and none where nobody asks.
#[derive(Debug)]
pub(crate) struct PageChecks {
    releases: Vec<Arc<Release>>,
    findings: OnceCell<Findings>,
}

impl PageChecks {
    pub(crate) fn of(releases: Vec<Arc<Release>>) -> Self {
        Self {
            releases,
            findings: OnceCell::new(),
        }
    }

    /// What was found in a translation.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn findings(&self, context: &Context<'_>, of: TranslationId) -> Result<Vec<CheckFinding<'_>>> {
        let store = context.data::<Store>()?;
        let check = async || store.check(self.releases.iter().map(AsRef::as_ref)).await;
        let findings = self.findings.get_or_try_init(check).await;
        let findings = findings.map_err(|error| present(&error))?;
        Ok(findings.get(&of).into_iter().flatten().map(CheckFinding).collect())
    }
}
