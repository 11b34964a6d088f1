//! How a state becomes the next one: releases put in and taken out, and all numbered anew.

use std::sync::Arc;

use newsroom_domain::findable::FindableRelease;
use newsroom_domain::{Day, ReleaseId};
use roaring::RoaringBitmap;

use super::by_id::ById;
use super::columns::Columns;
use super::state::State;

impl State {
    /// Puts in a release as it is now.
    pub(super) fn put(&mut self, release: &FindableRelease) {
        if let Some(number) = self.refile_or_number(release) {
            self.find_place(number);
        }
    }

    /// Puts in a release as it is now, out of all order: [`State::renumber`] must follow.
    pub(super) fn load(&mut self, release: &FindableRelease) {
        self.refile_or_number(release);
    }

    /// Puts in a release; its number, if it got a new one, is in no order yet.
    fn refile_or_number(&mut self, release: &FindableRelease) -> Option<u32> {
        let number = self.by_id.get(release.id, &self.columns);
        let is_there = |number: &u32| {
            self.columns.published(*number) == release.published_at.micros()
                && self.columns.day(*number) == release.publishing_date
        };
        let same_place = number.filter(is_there);
        if let Some(number) = same_place {
            self.columns.set(number, release);
            self.refile(number, release);
            return None;
        }
        if let Some(number) = number {
            self.take_out_number(number);
        }
        let number = self.columns.len();
        self.columns.push(release);
        self.by_id.put(release.id, number, &self.columns);
        Arc::make_mut(&mut self.all).insert(number);
        self.file(number, release);
        Some(number)
    }

    /// Takes a release out of every list.
    pub(super) fn take_out(&mut self, id: ReleaseId) {
        if let Some(number) = self.by_id.get(id, &self.columns) {
            self.take_out_number(number);
        }
    }

    /// How many numbers are of nothing live, or out of order.
    pub(super) fn out_of_order(&self) -> u64 {
        let numbers = u64::from(self.columns.len());
        let strays = numbers - self.ordered.len();
        strays + numbers - self.all.len()
    }

    /// Gives all that is live new numbers, in the list's order.
    pub(super) fn renumber(&mut self) {
        let mut old: Vec<u32> = self.all.iter().collect();
        old.sort_by_key(|number| self.columns.place(*number));
        let mut columns = Columns::default();
        let mut renumbered = vec![u32::MAX; self.columns.len() as usize];
        for number in old {
            renumbered[number as usize] = columns.len();
            columns.push_from(&self.columns, number);
        }
        self.days = Arc::default();
        for number in 0..columns.len() {
            note_day(&mut self.days, number, &columns);
        }
        self.offices.renumber(&renumbered);
        self.themes.renumber(&renumbered);
        self.types.renumber(&renumbered);
        self.locales.renumber(&renumbered);
        self.originals.renumber(&renumbered);
        let mut all = RoaringBitmap::new();
        all.insert_range(0..columns.len());
        self.all = Arc::new(all);
        self.ordered = Arc::clone(&self.all);
        self.strays = Arc::default();
        self.by_id = ById::of(&columns);
        self.columns = columns;
        self.generation += 1;
    }

    /// Puts all numbers into the list's order, where these are in it already and the others are strays; `false` where these are not.
    pub(super) fn order(&mut self, ordered: RoaringBitmap) -> bool {
        let mut last = None;
        for number in &ordered {
            let place = (number < self.columns.len()).then(|| self.columns.place(number));
            if place.is_none() || last >= place {
                return false;
            }
            last = place;
            note_day(&mut self.days, number, &self.columns);
        }
        let mut others = RoaringBitmap::new();
        others.insert_range(0..self.columns.len());
        others -= &ordered;
        let mut strays: Vec<u32> = others.iter().collect();
        strays.sort_by_key(|stray| self.columns.place(*stray));
        self.strays = Arc::new(strays);
        self.ordered = Arc::new(ordered);
        // The first number came when nothing was before it.
        self.ordered.min() == (self.columns.len() > 0).then_some(0)
    }

    fn find_place(&mut self, number: u32) {
        let place = self.columns.place(number);
        // Numbers of what is not live count too: what comes back at its old instant has its old number.
        let newest = self.ordered.max().map(|number| self.columns.place(number));
        if newest.is_none_or(|newest| newest < place) {
            Arc::make_mut(&mut self.ordered).insert(number);
            note_day(&mut self.days, number, &self.columns);
        } else {
            let strays = Arc::make_mut(&mut self.strays);
            let index = strays.partition_point(|stray| self.columns.place(*stray) < place);
            strays.insert(index, number);
        }
    }

    fn file(&mut self, number: u32, release: &FindableRelease) {
        let facets = &release.facets;
        self.offices.put_in(number, &facets.offices);
        self.themes.put_in(number, &facets.themes);
        self.types.put_in(number, &facets.content_type);
        self.locales.put_in(number, &facets.locales);
        self.originals.put_in(number, [&release.original_locale]);
    }

    fn refile(&mut self, number: u32, release: &FindableRelease) {
        if !self.all.contains(number) {
            Arc::make_mut(&mut self.all).insert(number);
        }
        let facets = &release.facets;
        self.offices.refile(number, &facets.offices);
        self.themes.refile(number, &facets.themes);
        self.types.refile(number, &facets.content_type);
        self.locales.refile(number, &facets.locales);
        self.originals.refile(number, [&release.original_locale]);
    }

    fn take_out_number(&mut self, number: u32) {
        if !self.all.contains(number) {
            return;
        }
        Arc::make_mut(&mut self.all).remove(number);
        self.offices.take_out(number);
        self.themes.take_out(number);
        self.types.take_out(number);
        self.locales.take_out(number);
        self.originals.take_out(number);
    }
}

/// Notes the day of the newest number in order.
fn note_day(days: &mut Arc<Vec<(u32, Day)>>, number: u32, columns: &Columns) {
    let day = columns.day(number);
    if days.last().is_none_or(|(_, last)| *last != day) {
        Arc::make_mut(days).push((number, day));
    }
}
