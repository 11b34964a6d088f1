//! What is related to a release: others that share themes and offices with it.

use std::collections::BTreeSet;

use newsroom_domain::ReleaseId;
use newsroom_domain::change::Facets;
use roaring::RoaringBitmap;

use super::state::State;

/// How many of the newest releases of each theme and office are looked at.
const LOOKED_AT: usize = 200;

impl State {
    /// Releases that share themes or offices with one that is filed so, at most so many: those that share the most come first, and of
    /// equals the newest. What few releases have counts for more than what most have. The newest alone are looked at. The
    /// release `but` is not among them.
    #[must_use]
    pub fn related(&self, to: &Facets, but: ReleaseId, most: usize) -> Vec<ReleaseId> {
        let offices = to.offices.iter().filter_map(|office| self.offices.of(office));
        let themes = to.themes.iter().filter_map(|theme| self.themes.of(theme));
        let shared: Vec<(&RoaringBitmap, u32)> = offices
            .chain(themes)
            .map(|list| (list, rarity(list.len(), self.len())))
            .collect();
        let newest = shared.iter().flat_map(|(list, _)| list.iter().rev().take(LOOKED_AT));
        let but = self.number(but);
        let candidates: BTreeSet<u32> = newest.filter(|number| Some(*number) != but).collect();
        let mut scored: Vec<_> = candidates
            .into_iter()
            .map(|number| {
                let common = shared.iter().filter(|(list, _)| list.contains(number));
                let score: u32 = common.map(|(_, rarity)| rarity).sum();
                (score, self.columns.place(number), number)
            })
            .collect();
        scored.sort_unstable_by(|a, b| b.cmp(a));
        let best = scored.into_iter().take(most);
        best.map(|(_, _, number)| self.columns.id(number)).collect()
    }
}

/// What it counts to share something that so many of all have: one, and one more for each time that they are half as many.
fn rarity(having: u64, all: u64) -> u32 {
    1 + (all / having.max(1)).max(1).ilog2()
}
