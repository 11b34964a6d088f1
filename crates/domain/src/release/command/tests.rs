//! Given a release, when somebody asks something of it, then this is what becomes of it.

mod bundles;
pub(crate) mod desk;
mod editions;
mod eyes;
mod life;
mod properties;
mod refusals;
mod summary;

use desk::{Desk, markdown, set, text, titled};

use super::*;
use crate::change::ChangeKind;

/// A published release in English, at version 2.
fn published(desk: &mut Desk) -> Release {
    let draft = desk.create(titled("Observers arrive"));
    desk.publish(&draft, "en").unwrap()
}

#[test]
fn a_new_release_is_a_draft_that_readers_have_nothing_of() {
    let mut desk = Desk::default();
    let release = desk.create(CreateRelease {
        shared: SharedFields {
            publishing_date: set(Some("2024-11-22".into())),
            content_type: set(Some("news".into())),
            offices: set(vec!["vienna".into(), "odihr".into()]),
            themes: set(vec!["elections".into()]),
            attachments: set(vec![AttachmentFields {
                url: "https://example.org/a.pdf".into(),
                media_type: Some("application/pdf".into()),
                length: Some(12),
                title: "The report".into(),
            }]),
            ..SharedFields::default()
        },
        text: TextFields {
            body: set(Some(markdown("They *came*."))),
            ..text("Observers arrive")
        },
        ..titled("")
    });
    insta::assert_snapshot!(desk.became(None, &release));
}

#[test]
fn shared_fields_and_the_text_change_in_one_edition_which_readers_do_not_have_yet() {
    let mut desk = Desk::default();
    let before = published(&mut desk);
    let asked = UpdateRelease {
        shared: SharedFields {
            slug: set("observers-are-here".into()),
            offices: set(vec!["odihr".into()]),
            ..SharedFields::default()
        },
        text: text("Observers are here"),
    };
    let after = before.update(&asked, 2, desk.editor(), &mut desk.context()).unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn a_field_is_kept_set_or_cleared() {
    let mut desk = Desk::default();
    let before = desk.create(CreateRelease {
        shared: SharedFields {
            content_type: set(Some("news".into())),
            published_at: set(Some("2024-11-22T09:00:00+01:00".into())),
            themes: set(vec!["elections".into()]),
            ..SharedFields::default()
        },
        text: TextFields {
            body: set(Some(markdown("They *came*."))),
            ..text("Observers arrive")
        },
        ..titled("")
    });
    let cleared = UpdateRelease {
        shared: SharedFields {
            content_type: set(None),
            published_at: set(None),
            ..SharedFields::default()
        },
        text: TextFields {
            lead: set("Today.".into()),
            body: set(None),
            ..TextFields::default()
        },
    };
    let after = before.update(&cleared, 1, desk.editor(), &mut desk.context()).unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn a_save_that_changes_nothing_leaves_the_release_as_it_is() {
    let mut desk = Desk::default();
    let before = published(&mut desk);
    let same = UpdateRelease {
        shared: SharedFields {
            slug: set("observers-arrive".into()),
            ..SharedFields::default()
        },
        text: text("Observers arrive"),
    };
    assert_eq!(
        before.update(&same, 2, desk.editor(), &mut desk.context()),
        Ok(before.clone())
    );
    assert_eq!(desk.save(&before, "en", TextFields::default()), Ok(before));
}

#[test]
fn an_original_without_a_publishing_date_gets_now_when_it_first_goes_live() {
    let mut desk = Desk::default();
    let before = desk.create(titled("Observers arrive"));
    let after = desk.publish(&before, "en").unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn an_original_keeps_the_publishing_date_that_it_has() {
    let mut desk = Desk::default();
    let before = desk.create(CreateRelease {
        shared: SharedFields {
            published_at: set(Some("1994-12-06T10:00:00Z".into())),
            ..SharedFields::default()
        },
        ..titled("Observers arrive")
    });
    let after = desk.publish(&before, "en").unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn a_translation_goes_live_alone() {
    let mut desk = Desk::default();
    let before = published(&mut desk);
    let before = desk.save(&before, "en", text("Half done")).unwrap();
    let before = desk.add(&before, "ru", "Прибыли наблюдатели").unwrap();
    let before = desk.add(&before, "sq", "Vijnë vëzhguesit").unwrap();
    let after = desk.publish(&before, "ru").unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn a_minor_correction_is_an_update_and_leaves_updated_at() {
    let mut desk = Desk::default();
    let before = published(&mut desk);
    let before = desk.save(&before, "en", text("Observers arrived")).unwrap();
    let after = desk.publish(&before, "en").unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn a_major_correction_has_a_note_and_moves_updated_at() {
    let mut desk = Desk::default();
    let before = published(&mut desk);
    let asked = UpdateRelease {
        shared: SharedFields {
            themes: set(vec!["elections".into()]),
            ..SharedFields::default()
        },
        text: text("Observers left"),
    };
    let before = before.update(&asked, 2, desk.editor(), &mut desk.context()).unwrap();
    let after = desk.correct(&before, "en", "They left.").unwrap();
    insta::assert_snapshot!(desk.became(Some(&before), &after));
}

#[test]
fn what_alone_changes_in_the_shared_fields_is_named_once() {
    let mut desk = Desk::default();
    let first = published(&mut desk);
    let refile = SharedFields {
        themes: set(vec!["elections".into()]),
        ..SharedFields::default()
    };
    let draft = desk.refile(&first, refile).unwrap();
    let minor = desk.publish(&draft, "en").unwrap();
    assert_eq!(desk.changes(Some(&draft), &minor), [ChangeKind::Updated]);
    let major = desk.correct(&draft, "en", "Filed anew.").unwrap();
    assert_eq!(desk.changes(Some(&draft), &major), [ChangeKind::Corrected]);
}

#[test]
fn a_slug_changes_when_it_goes_live_and_may_be_taken_back() {
    let mut desk = Desk::default();
    let slug = |slug: &str| SharedFields {
        slug: set(slug.into()),
        ..SharedFields::default()
    };
    let first = published(&mut desk);
    let draft = desk.refile(&first, slug("second")).unwrap();
    assert_eq!(desk.changes(Some(&first), &draft), []);
    let second = desk.publish(&draft, "en").unwrap();
    assert_eq!(desk.changes(Some(&draft), &second), [ChangeKind::SlugChanged]);
    let draft = desk.refile(&second, slug("observers-arrive")).unwrap();
    let third = desk.publish(&draft, "en").unwrap();
    insta::assert_snapshot!(desk.became(Some(&draft), &third));
}

#[test]
fn a_withdrawn_release_stays_with_its_notice_and_is_reinstated() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let withdrawn = desk.withdraw(&live).unwrap();
    let corrected = desk.save(&withdrawn, "en", text("Observers arrived")).unwrap();
    let corrected = desk.publish(&corrected, "en").unwrap();
    let back = corrected.reinstate(5, desk.editor(), &desk.context()).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&live), &withdrawn),
            desk.became(Some(&withdrawn), &corrected),
            desk.became(Some(&corrected), &back),
        ]
        .join("\n")
    );
}

#[test]
fn a_removed_release_is_a_tombstone_and_comes_back_as_it_was() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let withdrawn = desk.withdraw(&live).unwrap();
    let removed = desk.remove(&withdrawn).unwrap();
    let back = removed.reinstate(4, desk.editor(), &desk.context()).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&withdrawn), &removed),
            desk.became(Some(&removed), &back)
        ]
        .join("\n")
    );
}
