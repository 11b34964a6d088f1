//! What holds after whatever commands, in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Something asked of the tree of themes. Themes are few, so that the steps meet.
#[derive(Debug, Clone, Copy)]
enum Step {
    Plant(Option<usize>),
    Move(usize, Option<usize>),
    Fell(usize),
    StaleMove(usize),
    Merge(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..12_usize;
    let step = prop_oneof![
        3 => prop::option::of(which.clone()).prop_map(Step::Plant),
        5 => (which.clone(), prop::option::of(which.clone())).prop_map(|(theme, parent)| Step::Move(theme, parent)),
        1 => which.clone().prop_map(Step::Fell),
        1 => which.clone().prop_map(Step::StaleMove),
        2 => (which.clone(), which).prop_map(|(theme, into)| Step::Merge(theme, into)),
    ];
    prop::collection::vec(step, 1..60)
}

/// The `n`th theme, as long as there are so many.
fn nth(keeper: &Keeper, n: usize) -> Option<Theme> {
    let mut all = keeper.taxonomy.themes().in_tree_order();
    all.sort_by_key(|theme| theme.id);
    all.get(n).map(|theme| (*theme).clone())
}

/// The command for a step, and whether it is one that a second look at the rules allows.
fn ask(keeper: &Keeper, step: Step) -> Option<(TaxonomyCommand, bool)> {
    let slug_of = |n: usize| nth(keeper, n).map(|theme| theme.slug.to_string());
    let asked = match step {
        Step::Plant(parent) => {
            let fields = ThemeFields {
                names: names(&[("en", "Theme")]),
                parent: set(parent.and_then(slug_of)),
                ..ThemeFields::default()
            };
            (new_theme(fields), true)
        }
        Step::Move(n, parent) => {
            let theme = nth(keeper, n)?;
            let parent = parent.and_then(|n| nth(keeper, n));
            let below = below(keeper, &theme);
            let allowed = parent.as_ref().is_none_or(|parent| !below.contains(&parent.id));
            let parent = parent.map(|parent| parent.slug.to_string());
            let number = theme.id.uuid().as_u128();
            (move_theme(number, theme.version, parent.as_deref()), allowed)
        }
        Step::Fell(n) => {
            let theme = nth(keeper, n)?;
            let is_leaf = keeper.taxonomy.themes().children(Some(theme.id)).next().is_none();
            (delete_theme(theme.id.uuid().as_u128(), theme.version), is_leaf)
        }
        Step::StaleMove(n) => {
            let theme = nth(keeper, n)?;
            (move_theme(theme.id.uuid().as_u128(), theme.version + 1, None), false)
        }
        Step::Merge(n, into) => {
            let (theme, into) = (nth(keeper, n)?, nth(keeper, into)?);
            let allowed = !below(keeper, &theme).contains(&into.id);
            let command = EntryCommand::Merge {
                id: theme.id,
                seen: theme.version,
                into: into.id,
            };
            (TaxonomyCommand::Theme(command), allowed)
        }
    };
    Some(asked)
}

/// Whoever is found below the theme, walking down from it, with itself: nobody of it can be above it, or in its stead.
fn below(keeper: &Keeper, theme: &Theme) -> Vec<ThemeId> {
    let mut below = vec![theme.id];
    let mut next = 0;
    while let Some(id) = below.get(next).copied() {
        below.extend(keeper.taxonomy.themes().children(Some(id)).map(|child| child.id));
        next += 1;
    }
    below
}

proptest! {
    #[test]
    fn the_themes_stay_a_tree_whatever_is_asked(steps in steps()) {
        let mut keeper = Keeper::default();
        for step in steps {
            let Some((command, allowed)) = ask(&keeper, step) else { continue };
            let before: Vec<Theme> = keeper.taxonomy.themes().in_tree_order().into_iter().cloned().collect();
            let decided = keeper.keep(&command);
            prop_assert_eq!(decided.is_ok(), allowed, "{:?}: {:?}", command, decided);

            let after: Vec<Theme> = keeper.taxonomy.themes().in_tree_order().into_iter().cloned().collect();
            // A theme that is on a cycle would not be reached from a root.
            let planted = matches!(&decided, Ok(Decided::Created(_)));
            let felled = matches!(&decided, Ok(Decided::Deleted(_) | Decided::Merged(_)));
            prop_assert_eq!(after.len() + usize::from(felled), before.len() + usize::from(planted));
            let slugs: BTreeSet<_> = after.iter().map(|theme| &theme.slug).collect();
            prop_assert_eq!(slugs.len(), after.len());
            // A version rises by one where its theme changes, and else stays.
            for theme in &after {
                match before.iter().find(|was| was.id == theme.id) {
                    None => prop_assert_eq!(theme.version, 1),
                    Some(was) => {
                        let changed = was.parent != theme.parent || was.former_slugs != theme.former_slugs;
                        prop_assert_eq!(theme.version, was.version + i64::from(changed));
                    }
                }
            }
            // No slug that led to a theme leads to none, but where that was deleted.
            if !matches!(&decided, Ok(Decided::Deleted(_))) {
                for slug in before.iter().flat_map(|was| was.former_slugs.iter().chain([&was.slug])) {
                    prop_assert!(keeper.taxonomy.themes().by_slug(slug.as_str()).is_some(), "{}", slug);
                }
            }
        }
    }
}
