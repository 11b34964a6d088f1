//! A release, as the desk has it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use newsroom_domain::{
    Zone,
    account::{Action, Filing, Matter, Verdict},
    audit, release,
    taxonomy::Taxonomy,
};
use newsroom_persistence::{DeskReleases, Store, Talk};

use super::{
    checks::PageChecks,
    edition::Surroundings,
    people::{Actor, Changed, People},
    preview::{PagePreviews, Preview},
    translation::DeskTranslation,
};
use crate::graphql::{
    global_id::GlobalId,
    request::caller,
    scalars::{DateTime, LocaleTag, PlainUuid},
};

/// Where a release is in its life.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::release::ReleaseState")]
pub(crate) enum ReleaseState {
    /// It has never been published.
    Draft,
    /// Readers have it.
    Live,
    /// Readers have it, marked as withdrawn.
    Withdrawn,
    /// Readers have a tombstone.
    Removed,
}

/// What may be done to a release.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReleaseAction {
    /// Save drafts of it, submit, discard and restore them: `updateRelease`, `addTranslation`, `updateTranslation` and so on.
    Edit,
    /// Approve its drafts, or request changes: `approveDraft`, `requestChanges`.
    Review,
    /// Publish its original as the draft has it, and its translations, now or at an instant.
    Publish,
    /// Withdraw it.
    Withdraw,
    /// Remove it.
    Remove,
    /// Undo its withdrawal or removal.
    Reinstate,
}

impl ReleaseAction {
    const ALL: [(Self, Action); 6] = [
        (Self::Edit, Action::EditRelease),
        (Self::Review, Action::Review),
        (Self::Publish, Action::Publish),
        (Self::Withdraw, Action::Withdraw),
        (Self::Remove, Action::Remove),
        (Self::Reinstate, Action::Reinstate),
    ];
}

#[derive(Debug, Clone)]
pub(crate) struct DeskRelease {
    pub(crate) release: Arc<release::Release>,
    checks: Arc<PageChecks>,
    taxonomy: Arc<Taxonomy>,
    people: Arc<People>,
    previews: Arc<PagePreviews>,
    talk: Arc<Talk>,
    zone: Zone,
}

impl DeskRelease {
    /// The releases of a page, each with what it is shown with.
    pub(crate) fn all(read: DeskReleases, zone: Zone) -> newsroom_domain::page::Page<Self> {
        let DeskReleases {
            taxonomy,
            people,
            talk,
            page,
            ..
        } = read;
        let previews = PagePreviews::of(&page.items);
        let page = page.map(Arc::new);
        let checks = Arc::new(PageChecks::of(page.items.clone()));
        page.map(|release| Self {
            release,
            checks: Arc::clone(&checks),
            taxonomy: Arc::clone(&taxonomy),
            people: Arc::clone(&people),
            previews: Arc::clone(&previews),
            talk: Arc::clone(&talk),
            zone,
        })
    }

    /// What is said beside it.
    pub(super) fn talk(&self) -> &Talk {
        &self.talk
    }

    pub(super) fn with(&self) -> Surroundings<'_> {
        Surroundings {
            taxonomy: &self.taxonomy,
            people: &self.people,
            zone: self.zone,
        }
    }

    fn texts(&self) -> impl Iterator<Item = DeskTranslation<'_>> {
        let texts = self.release.translations.iter();
        texts.map(|(locale, translation)| DeskTranslation {
            locale,
            translation,
            is_original: *locale == self.release.original_locale,
            behind: self.release.behind(locale),
            with: self.with(),
            checks: &self.checks,
            talk: &self.talk,
        })
    }
}

/// A release as the desk has it: its translations with their drafts and versions, and what became of it.
#[Object]
impl DeskRelease {
    /// Its global id: the same as that of the `Release` that readers have.
    async fn id(&self) -> ID {
        GlobalId::Release(self.release.id).into()
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.release.id.uuid())
    }

    /// Where it is in its life.
    async fn state(&self) -> ReleaseState {
        self.release.state().into()
    }

    /// The version of its original: name it in a command on the shared fields or on the whole release.
    async fn version(&self) -> i32 {
        let version = self.release.original().map_or(0, |original| original.version);
        i32::try_from(version).unwrap_or(i32::MAX)
    }

    /// Its public address. Null until it is published.
    async fn slug(&self) -> Option<&str> {
        self.release.live_shared().map(|shared| shared.slug.as_str())
    }

    /// The addresses that it had before, which redirect to the one that it has.
    async fn redirects(&self) -> Vec<&str> {
        self.release
            .redirects
            .iter()
            .map(newsroom_domain::Slug::as_str)
            .collect()
    }

    /// The locale of its original, which never changes.
    async fn original_locale(&self) -> LocaleTag {
        LocaleTag(self.release.original_locale.clone())
    }

    /// Who created it.
    async fn created_by(&self) -> Actor {
        let created_by = self
            .release
            .created_by
            .map_or(audit::Actor::Import, audit::Actor::Account);
        Actor::new(created_by, &self.people)
    }

    /// The newest command on any of its translations: who, and when. Lists of the desk are ordered by it.
    async fn changed(&self) -> Option<Changed> {
        self.release
            .changed()
            .map(|changed| Changed::new(changed, &self.people))
    }

    /// Its original.
    async fn original(&self) -> Option<DeskTranslation<'_>> {
        self.texts().find(|translation| translation.is_original)
    }

    /// All its translations, the original among them, by locale.
    async fn translations(&self) -> Vec<DeskTranslation<'_>> {
        self.texts().collect()
    }

    /// Its translation in a locale. Null where there is none.
    async fn translation(
        &self,
        #[graphql(desc = "The locale: that one and no other.")] locale: LocaleTag,
    ) -> Option<DeskTranslation<'_>> {
        self.texts().find(|translation| *translation.locale == locale.0)
    }

    /// Its withdrawal. Null while it is not withdrawn.
    async fn withdrawal(&self) -> Option<DeskWithdrawal> {
        let withdrawal = self.release.withdrawal.as_ref()?;
        let notices = withdrawal.notice.iter().map(|(locale, text)| LocalNote {
            locale: LocaleTag(locale.clone()),
            text: text.to_string(),
        });
        Some(DeskWithdrawal {
            at: DateTime(withdrawal.at),
            notices: notices.collect(),
        })
    }

    /// Its removal. Null while it is not removed.
    async fn removal(&self) -> Option<DeskRemoval> {
        let removal = self.release.removal.as_ref()?;
        Some(DeskRemoval {
            at: DateTime(removal.at),
            reason: removal.reason.to_string(),
        })
    }

    /// Its previews that hold, whoever made them, the newest first; at most 20. Their tokens are not told again.
    async fn previews(&self, context: &Context<'_>) -> Result<Vec<Preview>> {
        self.previews.get(context, self.release.id).await
    }

    /// What the rights of the caller let them do to it, whatever its state lets be done.
    async fn permitted(&self, context: &Context<'_>) -> Result<Vec<ReleaseAction>> {
        let standing = &caller(context)?.standing;
        let rule = context.data::<Store>()?.publish_rule();
        let filing = Filing::of(&self.release);
        let publishing = filing.clone().publishing(&self.release, &self.release.original_locale);
        let may = |action| {
            let filing = if action == Action::Publish {
                &publishing
            } else {
                &filing
            };
            standing.may(action, Matter::Release(filing), rule) == Verdict::Allowed
        };
        let permitted = ReleaseAction::ALL.into_iter().filter(|(_, action)| may(*action));
        Ok(permitted.map(|(shown, _)| shown).collect())
    }
}

/// A release's withdrawal, as the desk has it.
#[derive(SimpleObject)]
pub(crate) struct DeskWithdrawal {
    /// When it was withdrawn, in UTC.
    at: DateTime,
    /// The public notice, in each locale that it was given in.
    notices: Vec<LocalNote>,
}

/// A public notice in one locale.
#[derive(SimpleObject)]
pub(crate) struct LocalNote {
    /// Its locale.
    locale: LocaleTag,
    /// What it says, as plain text: escape it for HTML.
    text: String,
}

/// A release's removal, as the desk has it.
#[derive(SimpleObject)]
pub(crate) struct DeskRemoval {
    /// When it was removed, in UTC.
    at: DateTime,
    /// The public reason, as plain text: escape it for HTML.
    reason: String,
}
