//! Editions that come and go: discarded, restored, rebased, copied; and translations that are behind their original.

use super::desk::{confirm, discard, in_locale, original_version, publish, rebase, save, shown, somebody, take_down};
use super::refusals::refused;
use super::*;
use crate::Slug;
use crate::account::{PublishRule, Role};
use crate::release::{Behind, Earlier, Edition};

fn slugs(release: &Release) -> Vec<String> {
    release.slugs().map(ToString::to_string).collect()
}

fn slug(slug: &str) -> SharedFields {
    SharedFields {
        slug: set(slug.into()),
        ..SharedFields::default()
    }
}

/// All that a release can be filed under and have attached.
fn all_relations() -> SharedFields {
    SharedFields {
        slug: set("arrival".into()),
        published_at: set(Some("2024-11-22T09:00:00Z".into())),
        publishing_date: Patch::Keep,
        content_type: set(Some("news".into())),
        offices: set(vec!["vienna".into(), "odihr".into()]),
        themes: set(vec!["elections".into()]),
        attachments: set(vec![AttachmentFields {
            url: "https://example.org/a.pdf".into(),
            media_type: None,
            length: None,
            title: "The report".into(),
        }]),
    }
}

fn no_relations() -> SharedFields {
    SharedFields {
        slug: set("departure".into()),
        content_type: set(None),
        offices: set(Vec::new()),
        themes: set(Vec::new()),
        attachments: set(Vec::new()),
        ..SharedFields::default()
    }
}

#[test]
fn a_discarded_draft_leaves_what_is_live_and_frees_its_slug() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let newer = desk.refile(&live, slug("arrival")).unwrap();
    assert_eq!(slugs(&newer), ["observers-arrive", "arrival"]);
    let discarded = desk.take(&newer, discard("en")).unwrap();
    assert_eq!(slugs(&discarded), ["observers-arrive"]);
    assert_eq!(desk.changes(Some(&newer), &discarded), []);
    let again = desk.save(&discarded, "en", text("Observers arrived")).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&newer), &discarded),
            desk.became(Some(&discarded), &again)
        ]
        .join("\n")
    );
}

#[test]
fn a_discarded_first_draft_leaves_the_release_which_goes_on_from_it() {
    let mut desk = Desk::default();
    let draft = desk.create(CreateRelease {
        shared: all_relations(),
        ..titled("Observers arrive")
    });
    let draft = desk.add(&draft, "ru", "Прибыли наблюдатели").unwrap();
    let discarded = desk.take(&draft, discard("en")).unwrap();
    assert_eq!(slugs(&discarded), <[&str; 0]>::default());
    let again = desk.save(&discarded, "en", text("Observers arrived")).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&draft), &discarded),
            desk.became(Some(&discarded), &again)
        ]
        .join("\n")
    );
    assert!(
        desk.save(&discarded, "en", text("Observers arrive")).unwrap() != discarded,
        "the same words are a draft"
    );

    // Its slug may be another's by now: whoever stores what comes of a save looks it up.
    let command = |step| ReleaseCommand::Take {
        release: draft.id,
        seen: 2,
        step,
    };
    let asked = command(save("en", "Observers arrived")).asked_slugs(Some(&discarded), None);
    assert_eq!(asked.iter().map(Slug::as_str).collect::<Vec<_>>(), ["arrival"]);
}

#[test]
fn a_restored_edition_brings_back_relations_and_slug() {
    let mut desk = Desk::default();
    let first = desk.create(CreateRelease {
        shared: all_relations(),
        ..titled("Observers arrive")
    });
    let edition = shown(&first, "en");
    let live = desk.publish(&first, "en").unwrap();
    let asked = UpdateRelease {
        shared: no_relations(),
        text: text("Observers leave"),
    };
    let other = live.update(&asked, 2, desk.editor(), &mut desk.context()).unwrap();
    let other = desk.publish(&other, "en").unwrap();
    let restored = desk.restore(&other, "en", &edition).unwrap();
    let back = desk.publish(&restored, "en").unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&other), &restored),
            desk.became(Some(&restored), &back)
        ]
        .join("\n")
    );

    let step = desk.restoring(&other, "en", &edition, Some("another"));
    let command = ReleaseCommand::Take {
        release: other.id,
        seen: 4,
        step: step.clone(),
    };
    let asked = command.asked_slugs(Some(&other), desk.earlier.as_ref());
    assert_eq!(
        asked.iter().map(Slug::as_str).collect::<Vec<_>>(),
        ["another", "departure", "arrival"]
    );
    assert_eq!(command.earlier(&other), Some(edition.id));
    let elsewhere = desk.take(&other, step).unwrap();
    assert_eq!(slugs(&elsewhere), ["departure", "another", "arrival"]);
}

#[test]
fn a_discarded_edition_and_one_without_a_date_come_back_too() {
    let mut desk = Desk::default();
    let first = desk.create(titled("Observers arrive"));
    let undated = shown(&first, "en");
    let discarded = desk.take(&first, discard("en")).unwrap();
    let back = desk.restore(&discarded, "en", &undated).unwrap();
    let live = desk.publish(&back, "en").unwrap();
    let date = live.live_shared().unwrap().published_at;
    let newer = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let newer = desk.publish(&newer, "en").unwrap();
    let restored = desk.restore(&newer, "en", &undated).unwrap();
    assert_eq!(
        restored.draft_shared().unwrap().published_at,
        date,
        "what is live has a publishing date"
    );
    assert!(desk.publish(&restored, "en").is_ok());
    insta::assert_snapshot!(
        [
            desk.became(Some(&discarded), &back),
            desk.became(Some(&newer), &restored)
        ]
        .join("\n")
    );
}

#[test]
fn restoring_what_the_desk_has_already_changes_nothing() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let shown_now = shown(&live, "en");
    assert_eq!(desk.restore(&live, "en", &shown_now), Ok(live.clone()));
    let newer = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let planned = desk.schedule(&newer, "en", 60).unwrap();
    let draft = shown(&planned, "en");
    assert_eq!(
        desk.restore(&planned, "en", &draft),
        Ok(planned.clone()),
        "even while it is scheduled"
    );
    assert!(desk.restore(&planned, "en", &shown_now).is_err());
}

#[test]
fn restoring_is_refused_with_the_mend() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let russian = shown(&live, "ru");
    let english = shown(&live, "en");
    let live = desk.save(&live, "ru", text("Наблюдатели")).unwrap();
    let live = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let mut out = String::new();
    // The edition is another translation's, or nobody knows of it.
    let mut step = desk.restoring(&live, "ru", &russian, None);
    if let Step::Restore { locale, .. } = &mut step {
        *locale = "en".into();
    }
    out += &refused(desk.take(&live, step.clone()));
    desk.earlier = None;
    out += &refused(desk.take(&live, step));
    for (locale, edition, slug) in [("ru", &russian, "other"), ("en", &english, "No Slug")] {
        let step = desk.restoring(&live, locale, edition, Some(slug));
        out += &refused(desk.take(&live, step));
    }
    insta::assert_snapshot!(out);
}

/// A live release, a draft based on it, and a newer live edition beside the draft, each changed by so much.
fn overtaken(desk: &mut Desk, draft: &UpdateRelease, live: &UpdateRelease) -> Release {
    let base = desk.create(CreateRelease {
        shared: all_relations(),
        text: TextFields {
            lead: set("Today.".into()),
            body: set(Some(markdown("They *came*."))),
            ..text("Observers arrive")
        },
        ..titled("")
    });
    let base = desk.publish(&base, "en").unwrap();
    desk.earlier = Some(Earlier {
        translation: in_locale(&base, "en").id,
        edition: shown(&base, "en"),
    });
    let editor = desk.editor();
    let seen = original_version(&base);
    let with_draft = base.update(draft, seen, editor, &mut desk.context()).unwrap();
    let newer = base.update(live, seen, editor, &mut desk.context()).unwrap();
    let mut newer = desk.publish(&newer, "en").unwrap();
    newer.translations.get_mut(&base.original_locale).unwrap().draft = in_locale(&with_draft, "en").draft.clone();
    newer
}

fn of_text(text: TextFields) -> UpdateRelease {
    UpdateRelease {
        text,
        ..UpdateRelease::default()
    }
}

#[test]
fn a_rebased_draft_has_what_each_side_changed() {
    let mut desk = Desk::default();
    let draft = UpdateRelease {
        shared: SharedFields {
            themes: set(Vec::new()),
            slug: set("departure".into()),
            attachments: set(Vec::new()),
            ..SharedFields::default()
        },
        text: TextFields {
            title: set("Observers leave".into()),
            ..TextFields::default()
        },
    };
    let live = UpdateRelease {
        shared: SharedFields {
            offices: set(vec!["odihr".into()]),
            content_type: set(None),
            published_at: set(Some("2023-01-01T00:00:00Z".into())),
            ..SharedFields::default()
        },
        text: TextFields {
            lead: set("Yesterday.".into()),
            body: set(None),
            ..TextFields::default()
        },
    };
    let behind = overtaken(&mut desk, &draft, &live);
    let command = ReleaseCommand::Take {
        release: behind.id,
        seen: 4,
        step: rebase("en", &[]),
    };
    assert_eq!(
        command.earlier(&behind),
        desk.earlier.as_ref().map(|base| base.edition.id)
    );
    let rebased = desk.take(&behind, rebase("en", &[])).unwrap();
    let published = desk.publish(&rebased, "en").unwrap();
    insta::assert_snapshot!(
        [
            desk.became(None, &behind),
            desk.became(Some(&behind), &rebased),
            desk.became(Some(&rebased), &published),
        ]
        .join("\n")
    );
}

/// Two changes of every field, different from one another.
fn everything_twice() -> [UpdateRelease; 2] {
    let change = |shared, title: &str, lead: &str, body: &str| UpdateRelease {
        shared,
        text: TextFields {
            title: set(title.into()),
            lead: set(lead.into()),
            body: set(Some(markdown(body))),
        },
    };
    let dated = |date: &str, shared| SharedFields {
        published_at: set(Some(date.into())),
        ..shared
    };
    let other = SharedFields {
        slug: set("coming".into()),
        content_type: set(None),
        offices: set(vec!["odihr".into()]),
        themes: set(Vec::new()),
        attachments: set(vec![AttachmentFields {
            url: "https://example.org/b.pdf".into(),
            media_type: None,
            length: None,
            title: "Another".into(),
        }]),
        ..SharedFields::default()
    };
    [
        change(dated("2023-01-01T00:00:00Z", no_relations()), "Left", "Left.", "Left."),
        change(dated("2022-01-01T00:00:00Z", other), "Came", "Came.", "Came."),
    ]
}

const FIELDS: [DraftField; 9] = [
    DraftField::Title,
    DraftField::Lead,
    DraftField::Body,
    DraftField::Slug,
    DraftField::PublishingDate,
    DraftField::ContentType,
    DraftField::Offices,
    DraftField::Themes,
    DraftField::Attachments,
];

#[test]
fn all_that_clashes_is_listed_and_none_of_it_is_guessed() {
    let mut desk = Desk::default();
    let [draft, live] = everything_twice();
    let behind = overtaken(&mut desk, &draft, &live);
    // What both have made the same of it does not clash: neither has a type or a theme any more.
    let mut out = refused(desk.take(&behind, rebase("en", &[])));
    out += &refused(desk.take(
        &behind,
        rebase(
            "en",
            &[(DraftField::Title, Side::Live), (DraftField::Slug, Side::Draft)],
        ),
    ));
    out += &refused(desk.take(
        &behind,
        rebase(
            "en",
            &[(DraftField::Title, Side::Live), (DraftField::Title, Side::Draft)],
        ),
    ));
    // Where nobody knows what there was, whatever differs clashes.
    let came = TextFields {
        lead: set("Came.".into()),
        ..TextFields::default()
    };
    let narrow = overtaken(&mut desk, &of_text(text("Left")), &of_text(came));
    desk.earlier = None;
    out += &refused(desk.take(&narrow, rebase("en", &[])));
    insta::assert_snapshot!(out);
}

#[test]
fn what_clashes_is_as_the_side_that_was_named() {
    let mut desk = Desk::default();
    let [draft, live] = everything_twice();
    let behind = overtaken(&mut desk, &draft, &live);
    let all = |side: Side| FIELDS.map(|field| (field, side));
    let text_and_shared = |edition: Edition| (edition.text, edition.shared);
    let live = in_locale(&behind, "en").live.clone().unwrap().edition;
    let of_draft = desk.take(&behind, rebase("en", &all(Side::Draft))).unwrap();
    assert_eq!(
        text_and_shared(shown(&of_draft, "en")),
        text_and_shared(shown(&behind, "en"))
    );
    let of_live = desk.take(&behind, rebase("en", &all(Side::Live))).unwrap();
    assert_eq!(text_and_shared(shown(&of_live, "en")), text_and_shared(live));
    for field in FIELDS {
        let mixed = FIELDS.map(|other| (other, if other == field { Side::Live } else { Side::Draft }));
        let mixed = desk.take(&behind, rebase("en", &mixed)).unwrap();
        let same_on_both = [DraftField::ContentType, DraftField::Themes].contains(&field);
        let untouched = text_and_shared(shown(&mixed, "en")) == text_and_shared(shown(&of_draft, "en"));
        assert_eq!(untouched, same_on_both, "{field:?}");
    }
    insta::assert_snapshot!(
        refused(desk.take(&of_live, rebase("en", &[]))),
        @"live: the draft in en is based on what readers have: there is nothing to rebase"
    );
}

#[test]
fn a_first_draft_without_a_date_takes_that_of_what_went_live_beside_it() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let mut live = desk.publish(&draft, "en").unwrap();
    live.translations.get_mut(&draft.original_locale).unwrap().draft = in_locale(&draft, "en").draft.clone();
    let rebased = desk.take(&live, rebase("en", &[])).unwrap();
    assert_eq!(rebased.draft_shared(), rebased.live_shared());
    assert!(desk.take(&rebased, publish("en")).is_ok());
}

#[test]
fn a_copy_has_the_texts_and_an_address_and_a_life_of_its_own() {
    let mut desk = Desk::default();
    let draft = desk.create(CreateRelease {
        shared: all_relations(),
        ..titled("Observers arrive")
    });
    let live = desk.publish(&draft, "en").unwrap();
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let live = desk.publish(&live, "ru").unwrap();
    let live = desk.add(&live, "sq", "Vijnë vëzhguesit").unwrap();
    let live = desk.take(&live, discard("sq")).unwrap();
    let live = desk.save(&live, "en", text("Observers are here")).unwrap();
    let live = desk.withdraw(&live).unwrap();
    let command = ReleaseCommand::Duplicate(live.id);
    assert_eq!(command.title_for_slug(Some(&live)), Some("Observers are here"));
    let who = somebody(0xe2, Role::Editor);
    let decided = command
        .decide(Some(&live), &who, PublishRule::default(), &mut desk.context())
        .unwrap();
    let copy = decided.release;
    assert!(copy.id != live.id && copy.created_by == Some(who.standing.account));
    insta::assert_snapshot!(desk.became(None, &copy));

    let gone = desk.create(titled("Observers arrive"));
    let gone = desk.take(&gone, discard("en")).unwrap();
    let decided = command.decide(Some(&gone), &who, PublishRule::default(), &mut desk.context());
    insta::assert_snapshot!(
        refused(decided),
        @"draft: its draft was discarded: restore an edition first"
    );
}

/// By how many texts Russian is behind.
fn behind(release: &Release) -> Option<usize> {
    release.behind(&"ru".parse().unwrap()).map(|behind| behind.texts)
}

#[test]
fn a_translation_is_behind_by_the_texts_of_the_original_that_came_after_it() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let live = desk.publish(&live, "ru").unwrap();
    assert_eq!(behind(&live), None);
    let saved = desk.save(&live, "en", text("Observers arrived")).unwrap();
    assert_eq!(behind(&saved), None, "readers have the original as it was");
    let mut release = desk.publish(&saved, "en").unwrap();
    let at = in_locale(&release, "en").changed.at;
    assert_eq!(
        release.behind(&"ru".parse().unwrap()),
        Some(Behind { texts: 1, since: at })
    );
    let refiled = desk.refile(&release, slug("arrival")).unwrap();
    release = desk.publish(&refiled, "en").unwrap();
    assert_eq!(behind(&release), Some(1), "the text has stayed");
    let saved = desk.save(&release, "en", text("Observers left")).unwrap();
    release = desk.publish(&saved, "en").unwrap();
    assert_eq!(behind(&release), Some(2));
    assert_eq!(release.behind(&release.original_locale), None);

    let confirmed = desk.take(&release, confirm("ru")).unwrap();
    assert_eq!(behind(&confirmed), None);
    insta::assert_snapshot!([desk.became(None, &release), desk.became(Some(&release), &confirmed)].join("\n"));

    let translated = desk.save(&release, "ru", text("Наблюдатели уехали")).unwrap();
    assert_eq!(behind(&translated), Some(2), "readers have the old one still");
    let translated = desk.publish(&translated, "ru").unwrap();
    assert_eq!(behind(&translated), None);

    let down = desk.take(&release, take_down("ru")).unwrap();
    let removed = desk.remove(&release).unwrap();
    assert_eq!(
        (behind(&down), behind(&removed)),
        (None, None),
        "readers have none of it"
    );
}

#[test]
fn what_was_written_before_the_original_was_live_follows_its_first_text() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let both = desk.add(&draft, "ru", "Прибыли наблюдатели").unwrap();
    let live = desk.publish(&both, "en").unwrap();
    let saved = desk.save(&live, "en", text("Observers left")).unwrap();
    let second = desk.publish(&saved, "en").unwrap();
    let late = desk.publish(&second, "ru").unwrap();
    assert_eq!(behind(&late), Some(1), "it was not translated anew");
    let soon = desk.publish(&live, "ru").unwrap();
    assert_eq!(behind(&soon), None);
}

#[test]
fn a_restored_text_follows_what_it_followed_then() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let old = shown(&live, "ru");
    let live = desk.publish(&live, "ru").unwrap();
    let saved = desk.save(&live, "en", text("Observers left")).unwrap();
    let release = desk.publish(&saved, "en").unwrap();
    let saved = desk.save(&release, "ru", text("Наблюдатели уехали")).unwrap();
    let release = desk.publish(&saved, "ru").unwrap();
    assert_eq!(behind(&release), None);
    let restored = desk.restore(&release, "ru", &old).unwrap();
    let restored = desk.publish(&restored, "ru").unwrap();
    assert_eq!(behind(&restored), Some(1));
    let confirmed = desk.take(&restored, confirm("ru")).unwrap();
    assert_eq!(behind(&confirmed), None);
}
