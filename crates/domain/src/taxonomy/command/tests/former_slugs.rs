//! What becomes of the slugs that entries had.

use super::*;
use crate::Slug;

fn rename(number: u128, seen: i64, to: &str) -> TaxonomyCommand {
    let fields = OfficeFields {
        slug: slug(to),
        ..OfficeFields::default()
    };
    update_office(number, seen, fields)
}

fn office<'a>(keeper: &'a Keeper, slug: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let office = keeper.taxonomy.office_by_slug(slug)?;
    let former = office.former_slugs.iter().map(Slug::as_str).collect();
    Some((office.slug.as_str(), former))
}

#[test]
fn a_slug_that_was_changed_leads_to_its_entry_and_is_no_others() {
    let mut keeper = Keeper::default();
    keeper.keep(&rename(ODIHR, 1, "warsaw")).unwrap();
    keeper.keep(&rename(ODIHR, 2, "poland")).unwrap();
    for slug in ["odihr", "warsaw", "poland"] {
        assert_eq!(office(&keeper, slug), Some(("poland", vec!["odihr", "warsaw"])));
    }
    let taken = Denial::Refused(Refusal::SlugTaken("odihr".parse().unwrap()));
    assert_eq!(keeper.keep(&rename(VIENNA, 1, "odihr")), Err(taken));
    let made = new_office(OfficeFields {
        names: names(&[("en", "Warsaw")]),
        ..OfficeFields::default()
    });
    assert_eq!(keeper.keep(&made).unwrap().entry().slug().as_str(), "warsaw-2");
}

#[test]
fn an_entry_takes_its_former_slug_back_and_frees_all_when_it_is_deleted() {
    let mut keeper = Keeper::default();
    keeper.keep(&rename(ODIHR, 1, "warsaw")).unwrap();
    keeper.keep(&rename(ODIHR, 2, "odihr")).unwrap();
    assert_eq!(office(&keeper, "warsaw"), Some(("odihr", vec!["warsaw"])));
    keeper.keep(&delete_office(ODIHR, 3)).unwrap();
    assert_eq!(office(&keeper, "warsaw"), None);
    keeper.keep(&rename(VIENNA, 1, "warsaw")).unwrap();
    assert_eq!(office(&keeper, "vienna"), Some(("warsaw", vec!["vienna"])));
}

#[test]
fn themes_and_types_keep_theirs_too() {
    let mut keeper = Keeper::default();
    let theme = TaxonomyCommand::Theme(EntryCommand::Update {
        id: id(MEDIA),
        seen: 1,
        fields: ThemeFields {
            slug: slug("press"),
            parent: set(Some("observation".to_owned())),
            ..ThemeFields::default()
        },
    });
    keeper.keep(&theme).unwrap();
    let found = keeper.taxonomy.themes().by_slug("media").unwrap();
    assert_eq!(found.slug.as_str(), "press");
    // A parent may be named by a slug that it had, and the tree that refuses one keeps what led to it.
    assert!(keeper.keep(&move_theme(ELECTIONS, 1, Some("media"))).is_err());
    assert!(keeper.taxonomy.themes().by_slug("media").is_some());

    let known = keeper.taxonomy.content_type_by_slug("news").unwrap().clone();
    let kind = TaxonomyCommand::ContentType(EntryCommand::Update {
        id: known.id,
        seen: 1,
        fields: ContentTypeFields {
            slug: slug("reports"),
            ..ContentTypeFields::default()
        },
    });
    keeper.keep(&kind).unwrap();
    assert_eq!(
        keeper.taxonomy.content_type_by_slug("news").unwrap().slug.as_str(),
        "reports"
    );
}
