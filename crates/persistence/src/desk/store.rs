//! Storing what became of releases: the desk's side, their slugs, and what readers have. The importer and commands share it.

use std::collections::BTreeSet;

use newsroom_domain::change::{Change, Origin, Subject, changes_between};
use newsroom_domain::release::{PublicFace, Release};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, ReleaseId, Slug, Zone};
use sea_orm::DatabaseTransaction;

use super::save::{Saving, save};
use super::slugs;
use crate::StoreError;
use crate::live::projection::{Showing, show};

/// In what circumstances releases change.
pub(crate) struct Circumstances<'a> {
    pub(crate) taxonomy: &'a Taxonomy,
    pub(crate) zone: Zone,
    pub(crate) now: Instant,
    pub(crate) origin: Origin,
}

/// Stores these releases and answers what readers are told of them; `None` where another writer has taken a slug
/// meanwhile, so that all is to be undone and tried again.
pub(crate) async fn store(
    transaction: &DatabaseTransaction,
    savings: &[Saving],
    circumstances: &Circumstances<'_>,
) -> Result<Option<Vec<Change>>, StoreError> {
    save(transaction, savings).await?;
    let mut taken: Vec<(&Slug, ReleaseId)> = Vec::new();
    let mut freed: Vec<(&Slug, ReleaseId)> = Vec::new();
    let mut showings = Vec::with_capacity(savings.len());
    let mut changes = Vec::new();
    for Saving { was, is } in savings {
        let had: BTreeSet<&Slug> = was.iter().flat_map(Release::slugs).collect();
        let has: BTreeSet<&Slug> = is.slugs().collect();
        taken.extend(has.difference(&had).map(|slug| (*slug, is.id)));
        freed.extend(had.difference(&has).map(|slug| (*slug, is.id)));
        let (showing, told) = circumstances.showing(was.as_ref(), is);
        showings.extend(showing);
        changes.extend(told);
    }
    slugs::free(transaction, &freed).await?;
    if !slugs::take(transaction, &taken).await? {
        return Ok(None);
    }
    show(transaction, &showings).await?;
    Ok(Some(changes))
}

impl Circumstances<'_> {
    /// What readers have of a release now, where that is not what they had, and what they are told.
    fn showing(&self, was: Option<&Release>, is: &Release) -> (Option<Showing>, Vec<Change>) {
        let face = was.map_or(PublicFace::Nothing, |was| was.public_face(self.zone));
        let new_face = is.public_face(self.zone);
        let kinds = changes_between(was, &face, &new_face);
        let showing = Showing {
            id: is.id,
            was_in: face.facets(self.taxonomy),
            was: face,
            is_in: new_face.facets(self.taxonomy),
            is: new_face,
        };
        let changes = kinds.into_iter().map(|kind| Change {
            at: self.now,
            subject: Subject::Release(is.id),
            kind,
            origin: self.origin,
            before: showing.was_in.clone(),
            after: showing.is_in.clone(),
        });
        let changes = changes.collect();
        ((showing.was != showing.is).then_some(showing), changes)
    }
}
