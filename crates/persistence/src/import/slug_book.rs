//! Which slugs are taken, as far as a batch of lines needs to know.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use newsroom_domain::exchange::ReleaseLine;
use newsroom_domain::release::Release;
use newsroom_domain::{FieldFault, ReleaseId, Slug};
use sea_orm::DatabaseTransaction;

use crate::StoreError;
use crate::desk::slugs::{greatest_number, owners};

/// What stands for a title of which nothing can be written in a slug.
const FALLBACK: &str = "release";

/// How many bases are remembered from batch to batch.
const REMEMBERED: usize = 20_000;

/// The greatest number behind slugs that several releases would have, so that the thousandth of its like costs what the second does.
#[derive(Debug, Default)]
pub(super) struct Numbers(HashMap<Slug, u64>);

/// The slugs that a batch asks for, and who has them.
#[derive(Debug)]
pub(super) struct SlugBook<'a> {
    owners: BTreeMap<Slug, ReleaseId>,
    /// What lines of the batch ask for by name, which is kept for them.
    asked_for: BTreeSet<Slug>,
    numbers: &'a mut Numbers,
}

impl<'a> SlugBook<'a> {
    pub(super) async fn open(
        transaction: &DatabaseTransaction,
        numbers: &'a mut Numbers,
        lines: &[&ReleaseLine],
    ) -> Result<Self, StoreError> {
        let mut asked_for: BTreeSet<Slug> = BTreeSet::new();
        let mut bases: BTreeMap<Slug, u64> = BTreeMap::new();
        for line in lines {
            asked_for.extend(line.slugs().cloned());
            if line.slug.is_none()
                && let Some(title) = line.original_title()
            {
                *bases.entry(Slug::from_title(title.as_str(), FALLBACK)).or_default() += 1;
            }
        }
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
    pub(super) fn free_for(&mut self, title: &str) -> Slug {
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
    pub(super) fn claim(&mut self, was: Option<&Release>, release: &Release) -> Result<(), FieldFault> {
        let theirs = |slug: &Slug| self.owners.get(slug).is_some_and(|owner| *owner != release.id);
        if let Some(taken) = release.slugs().find(|slug| theirs(slug)) {
            let redirect = release.redirects.iter().position(|redirect| redirect == taken);
            let path = redirect.map_or_else(|| "slug".to_owned(), |index| format!("redirects.{index}"));
            return Err(FieldFault::new(
                path,
                "CONFLICT",
                format!("“{taken}” is taken by another release: give another slug"),
            ));
        }
        for given_up in was.into_iter().flat_map(Release::slugs) {
            self.owners.remove(given_up);
        }
        self.owners
            .extend(release.slugs().map(|slug| (slug.clone(), release.id)));
        Ok(())
    }
}
