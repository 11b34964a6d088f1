//! Which slugs are taken, as far as a batch of lines or a command needs to know.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use newsroom_domain::release::Release;
use newsroom_domain::{ReleaseId, Slug};
use sea_orm::DatabaseTransaction;

use super::slugs::{greatest_number, owners};
use crate::StoreError;

/// What stands for a title of which nothing can be written in a slug.
const FALLBACK: &str = "release";

/// How many bases are remembered from batch to batch.
const REMEMBERED: usize = 20_000;

/// The greatest number behind slugs that several releases would have, so that the thousandth of its like costs what the second does.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<Slug, u64>);

/// The slugs that somebody needs.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Those that are asked for by name, which are kept for whoever asks.
    by_name: BTreeSet<Slug>,
    /// Those that are made from titles, and of how many.
    by_title: BTreeMap<Slug, u64>,
}

impl Asked {
    /// Asks for a slug by its name.
    pub(crate) fn name(&mut self, slug: Slug) {
        self.by_name.insert(slug);
    }

    /// Asks for a slug to be made from a title.
    pub(crate) fn title(&mut self, title: &str) {
        *self.by_title.entry(Slug::from_title(title, FALLBACK)).or_default() += 1;
    }
}

/// The slugs that are asked for, and who has them.
#[derive(Debug)]
pub(crate) struct SlugBook<'a> {
    owners: BTreeMap<Slug, ReleaseId>,
    /// What is asked for by name.
    asked_for: BTreeSet<Slug>,
    numbers: &'a mut Numbers,
}

impl<'a> SlugBook<'a> {
    pub(crate) async fn open(
        transaction: &DatabaseTransaction,
        numbers: &'a mut Numbers,
        asked: Asked,
    ) -> Result<Self, StoreError> {
        let Asked {
            by_name: asked_for,
            by_title: bases,
        } = asked;
        let all = asked_for.iter().chain(bases.keys()).map(ToString::to_string).collect();
        let owners = owners(transaction, all).await?;
        if numbers.0.len() > REMEMBERED {
            numbers.0.clear();
        }
        for (base, times) in &bases {
            // The second release titled “A” may take what the first one titled “A 2” would have.
            let of_another = base.without_number().is_some_and(|other| bases.contains_key(&other));
            let shared = *times > 1 || of_another || owners.contains_key(base) || asked_for.contains(base);
            if shared && !numbers.0.contains_key(base) {
                let greatest = greatest_number(transaction, base).await?;
                numbers.0.insert(base.clone(), greatest);
            }
        }
        Ok(Self {
            owners,
            asked_for,
            numbers,
        })
    }

    /// A free slug for a title.
    pub(crate) fn free_for(&mut self, title: &str) -> Slug {
        let base = Slug::from_title(title, FALLBACK);
        let is_free = |slug: &Slug| !self.owners.contains_key(slug) && !self.asked_for.contains(slug);
        if is_free(&base) {
            return base;
        }
        let number = self.numbers.0.entry(base.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = base.numbered(*number);
            if is_free(&numbered) {
                return numbered;
            }
        }
    }

    /// Gives a release its slugs, and takes from it what it no longer has.
    ///
    /// # Errors
    /// The slug that is another release's.
    pub(crate) fn claim(&mut self, was: Option<&Release>, release: &Release) -> Result<(), Slug> {
        let theirs = |slug: &Slug| self.owners.get(slug).is_some_and(|owner| *owner != release.id);
        if let Some(taken) = release.slugs().find(|slug| theirs(slug)) {
            return Err(taken.clone());
        }
        for given_up in was.into_iter().flat_map(Release::slugs) {
            self.owners.remove(given_up);
        }
        self.owners
            .extend(release.slugs().map(|slug| (slug.clone(), release.id)));
        Ok(())
    }
}
