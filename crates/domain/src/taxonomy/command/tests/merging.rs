//! What becomes of two entries that are merged.

use super::*;
use crate::change::Subject;

fn merge_offices(number: u128, seen: i64, into: u128) -> TaxonomyCommand {
    let (gone, into) = (id(number), id(into));
    TaxonomyCommand::Office(EntryCommand::Merge { id: gone, seen, into })
}

fn merge_themes(number: u128, seen: i64, into: u128) -> TaxonomyCommand {
    let (gone, into) = (id(number), id(into));
    TaxonomyCommand::Theme(EntryCommand::Merge { id: gone, seen, into })
}

#[test]
fn all_slugs_of_the_one_lead_to_the_other_and_are_nobody_elses() {
    let mut keeper = Keeper::default();
    let renamed = OfficeFields {
        slug: slug("warsaw"),
        ..OfficeFields::default()
    };
    keeper.keep(&update_office(ODIHR, 1, renamed)).unwrap();
    let decided = keeper.keep(&merge_offices(ODIHR, 2, VIENNA)).unwrap();
    let into = Subject::Office(id(VIENNA));
    assert_eq!(decided.change(), Some(ChangeKind::Merged { into }));
    assert_eq!(decided.entry().subject(), Subject::Office(id(ODIHR)));
    assert_eq!((decided.version(), keeper.taxonomy.offices().count()), (2, 1));
    for slug in ["odihr", "warsaw", "vienna"] {
        let found = keeper.taxonomy.office_by_slug(slug).unwrap();
        assert_eq!((found.slug.as_str(), found.names.iter().count()), ("vienna", 1));
    }
    let taken = new_office(OfficeFields {
        slug: slug("odihr"),
        names: names(&[("en", "ODIHR")]),
        ..OfficeFields::default()
    });
    let refused = Denial::Refused(Refusal::SlugTaken("odihr".parse().unwrap()));
    assert_eq!(keeper.keep(&taken), Err(refused));
    assert_eq!(keeper.keep(&merge_offices(ODIHR, 2, VIENNA)), Err(Denial::NotFound));
}

#[test]
fn themes_under_the_one_are_under_the_other() {
    let mut keeper = Keeper::default();
    let Ok(Decided::Merged(merging)) = keeper.keep(&merge_themes(ELECTIONS, 1, MEDIA)) else {
        panic!("it is refused")
    };
    let moved = merging.moved.iter().map(|theme| (theme.slug.as_str(), theme.version));
    assert_eq!(moved.collect::<Vec<_>>(), [("observation", 2)]);
    let tree = keeper.taxonomy.themes();
    let above: Vec<_> = tree.ancestors(id(OBSERVATION)).map(|theme| theme.id).collect();
    assert_eq!(above, [id(MEDIA)]);
    // Up the tree it goes as well.
    keeper.keep(&merge_themes(OBSERVATION, 2, MEDIA)).unwrap();
    assert_eq!(keeper.taxonomy.themes().in_tree_order().len(), 1);
}

#[test]
fn what_cannot_be_merged_is_refused_with_the_mend() {
    let mut keeper = Keeper::default();
    let said = [
        merge_themes(ELECTIONS, 1, OBSERVATION),
        merge_themes(ELECTIONS, 1, ELECTIONS),
        merge_themes(ELECTIONS, 1, VIENNA),
        merge_themes(ELECTIONS, 2, MEDIA),
        merge_offices(VIENNA, 1, MEDIA),
        merge_offices(MEDIA, 1, VIENNA),
    ]
    .map(|command| keeper.said(&command));
    insta::assert_snapshot!(said.join("\n"), @r#"
    into CYCLE: “observation” is under “elections” itself: move it out first, or merge the two the other way round
    into CYCLE: this is the theme itself: give the id of another one
    into UNKNOWN_ID: there is no theme with this id: give that of another one that there is
    conflict: it is at version 1, and you have seen 2: read it again and repeat what you want of it
    into UNKNOWN_ID: there is no office with this id: give that of another one that there is
    not found
    "#);
    keeper.standing.role = Role::Publisher;
    assert!(matches!(
        keeper.keep(&merge_offices(ODIHR, 1, VIENNA)),
        Err(Denial::Forbidden(_))
    ));
}
