//! The tree of themes: who is above whom.

use std::collections::{BTreeMap, BTreeSet};

use super::Theme;
use crate::{Slug, ThemeId};

/// Why themes are no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeTreeFault {
    /// The parent of one does not exist.
    #[error("the theme “{0}” is under a theme that does not exist")]
    NoSuchParent(Slug),
    /// One is under itself.
    #[error("the theme “{0}” would be under itself")]
    Cycle(Slug),
}

/// All themes, each under its parent. Children are in the order of their slugs.
#[derive(Debug, Clone, Default)]
pub struct ThemeTree {
    themes: BTreeMap<ThemeId, Theme>,
    by_slug: BTreeMap<Slug, ThemeId>,
    by_former_slug: BTreeMap<Slug, ThemeId>,
    children: BTreeMap<Option<ThemeId>, BTreeSet<(Slug, ThemeId)>>,
}

impl ThemeTree {
    /// The tree of these themes, which may come in any order.
    ///
    /// # Errors
    /// Where one is under a theme that does not exist, or under itself.
    pub fn new(themes: Vec<Theme>) -> Result<Self, ThemeTreeFault> {
        let mut tree = Self::default();
        for theme in themes {
            tree.insert(theme);
        }
        tree.themes.values().try_for_each(|theme| tree.check(theme))?;
        Ok(tree)
    }

    /// Adds a theme, or puts it in the place of the one that it was.
    ///
    /// # Errors
    /// Where that would not be a tree; the tree is then as before.
    pub fn put(&mut self, theme: Theme) -> Result<(), ThemeTreeFault> {
        let before = self.themes.get(&theme.id).cloned();
        let (id, slug) = (theme.id, theme.slug.clone());
        self.insert(theme);
        let checked = self
            .themes
            .get(&id)
            .map_or(Err(ThemeTreeFault::NoSuchParent(slug)), |theme| self.check(theme));
        if checked.is_err() {
            self.remove(id);
            if let Some(before) = before {
                self.insert(before);
            }
        }
        checked
    }

    /// All themes, each before those under it.
    #[must_use]
    pub fn in_tree_order(&self) -> Vec<&Theme> {
        let mut ordered = Vec::with_capacity(self.themes.len());
        let mut waiting: Vec<&Theme> = self.children(None).collect();
        waiting.reverse();
        while let Some(theme) = waiting.pop() {
            ordered.push(theme);
            let first_child = waiting.len();
            waiting.extend(self.children(Some(theme.id)));
            waiting[first_child..].reverse();
        }
        ordered
    }

    /// The theme of that identity.
    #[must_use]
    pub fn get(&self, id: ThemeId) -> Option<&Theme> {
        self.themes.get(&id)
    }

    /// The theme that has that slug, or had it.
    #[must_use]
    pub fn by_slug(&self, slug: &str) -> Option<&Theme> {
        let slug: Slug = slug.parse().ok()?;
        let found = self.by_slug.get(&slug);
        self.get(*found.or_else(|| self.by_former_slug.get(&slug))?)
    }

    /// The themes right under one (under none: the roots), by slug.
    pub fn children(&self, parent: Option<ThemeId>) -> impl Iterator<Item = &Theme> {
        self.children
            .get(&parent)
            .into_iter()
            .flatten()
            .filter_map(|(_, id)| self.get(*id))
    }

    /// The themes above one, the nearest first.
    pub fn ancestors(&self, id: ThemeId) -> impl Iterator<Item = &Theme> {
        std::iter::successors(self.get(id), |theme| self.get(theme.parent?)).skip(1)
    }

    /// These themes and all above them: what a release filed under these is found by.
    #[must_use]
    pub fn closure(&self, themes: &[ThemeId]) -> BTreeSet<ThemeId> {
        themes
            .iter()
            .copied()
            .chain(themes.iter().flat_map(|id| self.ancestors(*id).map(|theme| theme.id)))
            .collect()
    }

    fn insert(&mut self, theme: Theme) {
        self.remove(theme.id);
        self.by_slug.insert(theme.slug.clone(), theme.id);
        let former = theme.former_slugs.iter();
        self.by_former_slug.extend(former.map(|slug| (slug.clone(), theme.id)));
        self.children
            .entry(theme.parent)
            .or_default()
            .insert((theme.slug.clone(), theme.id));
        self.themes.insert(theme.id, theme);
    }

    fn remove(&mut self, id: ThemeId) {
        if let Some(before) = self.themes.remove(&id) {
            self.by_slug.remove(&before.slug);
            self.by_former_slug.retain(|_, former| *former != id);
            if let Some(siblings) = self.children.get_mut(&before.parent) {
                siblings.remove(&(before.slug, id));
            }
        }
    }

    fn check(&self, theme: &Theme) -> Result<(), ThemeTreeFault> {
        let mut above = theme.parent;
        // No path to a root is longer than there are themes.
        for _ in 0..=self.themes.len() {
            let Some(id) = above else { return Ok(()) };
            above = self
                .get(id)
                .ok_or_else(|| ThemeTreeFault::NoSuchParent(theme.slug.clone()))?
                .parent;
        }
        Err(ThemeTreeFault::Cycle(theme.slug.clone()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn theme(id: u128, slug: &str, parent: Option<u128>) -> Theme {
        Theme {
            id: Uuid::from_u128(id).into(),
            slug: slug.parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: serde_json::from_str(&format!(r#"{{"en": "{slug}"}}"#)).unwrap(),
            parent: parent.map(|id| Uuid::from_u128(id).into()),
            version: 1,
        }
    }

    #[test]
    fn themes_are_listed_in_tree_order_and_closed_over_those_above() {
        let tree = ThemeTree::new(vec![
            theme(3, "b-child", Some(2)),
            theme(1, "a", None),
            theme(2, "b", None),
            theme(4, "grandchild", Some(3)),
        ])
        .unwrap();
        assert_eq!(
            tree.in_tree_order().iter().map(|t| t.slug.as_str()).collect::<Vec<_>>(),
            ["a", "b", "b-child", "grandchild"]
        );
        let closed = tree.closure(&[Uuid::from_u128(4).into(), Uuid::from_u128(1).into()]);
        assert_eq!(
            closed.into_iter().map(|id| id.uuid().as_u128()).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
    }

    #[test]
    fn what_is_no_tree_is_refused_and_changes_nothing() {
        assert_eq!(
            ThemeTree::new(vec![theme(1, "a", Some(9))]).unwrap_err(),
            ThemeTreeFault::NoSuchParent("a".parse().unwrap())
        );
        let mut tree = ThemeTree::new(vec![theme(1, "a", None), theme(2, "b", Some(1))]).unwrap();
        assert_eq!(
            tree.put(theme(1, "a", Some(2))).unwrap_err(),
            ThemeTreeFault::Cycle("a".parse().unwrap())
        );
        assert_eq!(
            tree.put(theme(1, "a", Some(1))).unwrap_err(),
            ThemeTreeFault::Cycle("a".parse().unwrap())
        );
        assert_eq!(
            tree.in_tree_order().iter().map(|t| t.slug.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
