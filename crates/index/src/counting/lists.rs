//! Which releases have which value of a filter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use newsroom_domain::filter::AnyOf;
use roaring::{MultiOps, RoaringBitmap};

/// The releases of each value of one filter.
#[derive(Debug, Clone)]
pub(super) struct Lists<T> {
    /// Those that have the value; values that no release has are not there.
    each: BTreeMap<T, Arc<RoaringBitmap>>,
    /// Those that have no value.
    none: Arc<RoaringBitmap>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            each: BTreeMap::new(),
            none: Arc::default(),
        }
    }
}

impl<T: Ord + Clone> Lists<T> {
    /// The lists of these values, of which all others of `all` have none; `None` where a list is empty, or has what `all` has not.
    pub(super) fn of_each(each: BTreeMap<T, Arc<RoaringBitmap>>, all: &RoaringBitmap) -> Option<Self> {
        if !each.values().all(|list| !list.is_empty() && list.is_subset(all)) {
            return None;
        }
        let mut none = all - each.values().map(Arc::as_ref).union();
        none.optimize();
        Some(Self {
            each,
            none: Arc::new(none),
        })
    }

    pub(super) fn of(&self, value: &T) -> Option<&RoaringBitmap> {
        self.each.get(value).map(Arc::as_ref)
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (&T, &RoaringBitmap)> {
        self.each.iter().map(|(value, list)| (value, list.as_ref()))
    }

    pub(super) fn none(&self) -> &RoaringBitmap {
        &self.none
    }

    /// The releases that have any of these values; `None` where anything will do.
    pub(super) fn any_of(&self, asked: &AnyOf<T>) -> Option<RoaringBitmap> {
        if asked.is_anything() {
            return None;
        }
        let values = asked.values.iter().filter_map(|value| self.of(value));
        let lists: Vec<&RoaringBitmap> = values.chain(asked.none.then_some(self.none())).collect();
        Some(lists.union())
    }

    /// Puts a number that is in no list yet into those of these values.
    pub(super) fn put_in<'a>(&mut self, number: u32, values: impl IntoIterator<Item = &'a T>)
    where
        T: 'a,
    {
        let mut any = false;
        for value in values {
            any = true;
            match self.each.get_mut(value) {
                Some(list) => {
                    Arc::make_mut(list).insert(number);
                }
                None => {
                    self.each
                        .insert(value.clone(), Arc::new(RoaringBitmap::from_iter([number])));
                }
            }
        }
        if !any {
            Arc::make_mut(&mut self.none).insert(number);
        }
    }

    /// Takes a number out of all lists but those of these values, and puts it into the latter.
    pub(super) fn refile<'a>(&mut self, number: u32, values: impl IntoIterator<Item = &'a T>)
    where
        T: 'a,
    {
        let values: BTreeSet<&T> = values.into_iter().collect();
        self.take_out_of(number, !values.is_empty(), |value| !values.contains(value));
        let lists = &self.each;
        let is_in = |value: &T| lists.get(value).is_some_and(|list| list.contains(number));
        let new: Vec<&T> = values.iter().copied().filter(|value| !is_in(value)).collect();
        if !new.is_empty() || (values.is_empty() && !self.none.contains(number)) {
            self.put_in(number, new);
        }
    }

    /// Takes a number out of every list.
    pub(super) fn take_out(&mut self, number: u32) {
        self.take_out_of(number, true, |_| true);
    }

    fn take_out_of(&mut self, number: u32, none: bool, these: impl Fn(&T) -> bool) {
        // Lists are looked at before they are copied: most do not have the number.
        self.each.retain(|value, list| {
            if list.contains(number) && these(value) {
                Arc::make_mut(list).remove(number);
            }
            !list.is_empty()
        });
        if none && self.none.contains(number) {
            Arc::make_mut(&mut self.none).remove(number);
        }
    }

    /// Gives each number the one that `renumbered` has for it.
    pub(super) fn renumber(&mut self, renumbered: &[u32]) {
        for list in self.each.values_mut().chain([&mut self.none]) {
            let mut numbers: Vec<u32> = list.iter().map(|number| renumbered[number as usize]).collect();
            numbers.sort_unstable();
            let mut anew: RoaringBitmap = numbers.into_iter().collect();
            // What nearly all have takes next to nothing as runs, also when it is copied.
            anew.optimize();
            *list = Arc::new(anew);
        }
    }
}
