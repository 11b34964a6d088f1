//! What is at a public address.

use async_graphql::{Context, ID, Object, Result, Union};
use newsroom_domain::{ReleaseId, Slug, release::Removal};
use newsroom_persistence::{self as persistence, Store, Wants};

use super::{
    Settings,
    global_id::GlobalId,
    loading::Selected,
    release::Release,
    request::previewed,
    scalars::{DateTime, LocaleTag, PlainUuid},
};
use crate::store_failure::present;

/// What is at a public address. An address that was once published always has one of these.
#[derive(Union)]
pub(crate) enum Address {
    Release(Box<Release>),
    Redirect(Box<Redirect>),
    Tombstone(Tombstone),
}

pub(crate) struct Redirect {
    from: String,
    release: Release,
}

/// An address that a release had before. Send readers on for good, as by HTTP status 308.
#[Object]
impl Redirect {
    /// The slug that was asked for.
    async fn from(&self) -> &str {
        &self.from
    }

    /// The slug that the release has now.
    async fn slug(&self) -> &str {
        self.release.shown.slug.as_str()
    }

    /// The release.
    async fn release(&self) -> &Release {
        &self.release
    }
}

pub(crate) struct Tombstone {
    pub(crate) id: ReleaseId,
    pub(crate) slug: String,
    pub(crate) removal: Removal,
}

/// What is left of a release that was removed: tell readers that it is gone, as by HTTP status 410, and why. Delete your copies.
#[Object]
impl Tombstone {
    /// The global id that the release had. `node` and `release` find nothing by it.
    async fn id(&self) -> ID {
        GlobalId::Release(self.id).into()
    }

    /// The UUID that the release had.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.id.uuid())
    }

    /// The slug that was asked for; in the change log, the one that it had last.
    async fn slug(&self) -> &str {
        &self.slug
    }

    /// When the release was removed, in UTC.
    async fn removed_at(&self) -> DateTime {
        DateTime(self.removal.at)
    }

    /// Why it was removed, as plain text: escape it for HTML.
    async fn reason(&self) -> &str {
        self.removal.reason.as_str()
    }
}

/// Reads what is at an address.
///
/// # Errors
/// `VALIDATION_FAILED` for a locale that the newsroom does not offer, or that of a store that fails.
pub(crate) async fn read_address(
    context: &Context<'_>,
    slug: &str,
    locale: Option<LocaleTag>,
) -> Result<Option<Address>> {
    let reader = context.data::<Settings>()?.reader(locale)?;
    let Ok(slug) = slug.parse::<Slug>() else {
        return Ok(None);
    };
    let store = context.data::<Store>()?;
    let (slug, under) = (slug.as_str(), previewed(context));
    let found = store.address(slug, &reader, wants(context), under).await;
    let found = found.map_err(|error| present(&error))?;
    Ok(found.map(|(taxonomy, address)| match address {
        persistence::Address::Release(shown) => Address::Release(Box::new(Release::new(shown, &taxonomy, &reader))),
        persistence::Address::Redirect { from, release } => Address::Redirect(Box::new(Redirect {
            from,
            release: Release::new(release, &taxonomy, &reader),
        })),
        persistence::Address::Tombstone { slug, id, removal } => Address::Tombstone(Tombstone { id, slug, removal }),
    }))
}

/// What is wanted of the release, which is at the address itself or where it redirects to.
fn wants(context: &Context<'_>) -> Wants {
    let here = Selected::now(context);
    let there = here.below("release");
    here.and(there).wants_of_releases()
}
