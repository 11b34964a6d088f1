//! What a preview shows, of releases that a desk made.

use uuid::Uuid;

use super::*;
use crate::Slug;
use crate::release::test_desk::{Desk, set, text, titled};
use crate::release::{CreateRelease, SharedFields};

const NOW: &str = "2026-02-01T10:00:00Z";

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

/// The edition that the desk works on.
fn draft(release: &Release, tag: &str) -> Edition {
    release.translations[&locale(tag)].desk_edition().unwrap().clone()
}

/// The edition that readers have.
fn live(release: &Release, tag: &str) -> Edition {
    release.translations[&locale(tag)]
        .live
        .as_ref()
        .unwrap()
        .edition
        .clone()
}

fn preview(release: &Release, tag: &str, edition: &Edition) -> Result<LiveRelease, Refusal> {
    release.preview(&locale(tag), edition, NOW.parse().unwrap(), Zone::default())
}

fn titles(shown: &LiveRelease) -> Vec<String> {
    let texts = shown.translations.iter();
    texts.map(|text| format!("{} {}", text.locale, text.title)).collect()
}

fn published(desk: &mut Desk, title: &str) -> Release {
    let release = desk.create(titled(title));
    desk.publish(&release, "en").unwrap()
}

fn public(release: &Release) -> PublicFace {
    release.public_face(Zone::default())
}

#[test]
fn what_is_shown_of_a_draft_is_what_readers_have_once_it_is_published() {
    let mut desk = Desk::default();
    let release = published(&mut desk, "Observers arrive");
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let release = desk.publish(&release, "ru").unwrap();
    let release = desk.save(&release, "en", text("Observers stay")).unwrap();
    let shared = SharedFields {
        slug: set("observers-stay".into()),
        offices: set(vec!["odihr".into()]),
        ..SharedFields::default()
    };
    let release = desk.refile(&release, shared).unwrap();
    let shown = preview(&release, "en", &draft(&release, "en")).unwrap();
    assert_eq!(titles(&shown), ["en Observers stay", "ru Прибыли наблюдатели"]);
    assert_eq!(shown.redirects, ["observers-arrive".parse::<Slug>().unwrap()]);
    let after = desk.publish(&release, "en").unwrap();
    assert_eq!(public(&after), PublicFace::Live(Box::new(shown)));
}

#[test]
fn of_what_was_never_published_the_original_is_shown_alone() {
    let mut desk = Desk::default();
    let release = desk.create(titled("Observers arrive"));
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let shown = preview(&release, "en", &draft(&release, "en")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive"]);
    let now: Instant = NOW.parse().unwrap();
    assert_eq!(
        (
            shown.published_at,
            shown.translations[0].published_at,
            shown.translations[0].updated_at
        ),
        (now, now, now)
    );
}

#[test]
fn a_translation_is_shown_beside_what_is_live_and_no_other_draft_is() {
    let mut desk = Desk::default();
    let release = published(&mut desk, "Observers arrive");
    let release = desk.save(&release, "en", text("Half done")).unwrap();
    let release = desk.add(&release, "sq", "Vijnë vëzhguesit").unwrap();
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let shown = preview(&release, "ru", &draft(&release, "ru")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive", "ru Прибыли наблюдатели"]);
}

#[test]
fn a_translation_of_what_was_never_published_is_shown_beside_the_originals_draft() {
    let mut desk = Desk::default();
    let release = desk.create(CreateRelease {
        shared: SharedFields {
            publishing_date: set(Some("2026-03-01".into())),
            ..SharedFields::default()
        },
        ..titled("Observers arrive")
    });
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let shown = preview(&release, "ru", &draft(&release, "ru")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive", "ru Прибыли наблюдатели"]);
    assert_eq!(shown.publishing_date.to_string(), "2026-03-01");
}

#[test]
fn an_edition_of_earlier_days_is_shown_as_it_was() {
    let mut desk = Desk::default();
    let first = published(&mut desk, "Observers arrive");
    let release = desk.save(&first, "en", text("Observers stay")).unwrap();
    let release = desk.correct(&release, "en", "They stay.").unwrap();
    let shown = preview(&release, "en", &live(&first, "en")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive"]);
    // What is known of the translation is as it is now.
    assert_eq!(shown.translations[0].change_notes.len(), 1);
}

#[test]
fn a_removed_release_is_shown_as_if_it_were_live_and_a_withdrawn_one_with_its_notice() {
    let mut desk = Desk::default();
    let release = published(&mut desk, "Observers arrive");
    let withdrawn = desk.withdraw(&release).unwrap();
    let removed = desk.remove(&withdrawn).unwrap();
    assert!(matches!(public(&removed), PublicFace::Tombstone(_)));
    let shown = preview(&removed, "en", &live(&removed, "en")).unwrap();
    assert_eq!(public(&withdrawn), PublicFace::Live(Box::new(shown)));
}

#[test]
fn a_translation_that_is_taken_down_is_shown() {
    let mut desk = Desk::default();
    let release = published(&mut desk, "Observers arrive");
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let mut release = desk.publish(&release, "ru").unwrap();
    let russian = release.translations.get_mut(&locale("ru")).unwrap();
    russian.live.as_mut().unwrap().taken_down_at = Some(NOW.parse().unwrap());
    let shown = preview(&release, "ru", &live(&release, "ru")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive", "ru Прибыли наблюдатели"]);
    let shown = preview(&release, "en", &live(&release, "en")).unwrap();
    assert_eq!(titles(&shown), ["en Observers arrive"]);
}

#[test]
fn without_a_text_of_the_original_or_without_the_translation_nothing_is_shown() {
    let mut desk = Desk::default();
    let release = desk.create(titled("Observers arrive"));
    let release = desk.add(&release, "ru", "Прибыли наблюдатели").unwrap();
    let russian = draft(&release, "ru");
    let mut without = release.clone();
    without.translations.get_mut(&locale("en")).unwrap().draft = None;
    for refused in [preview(&without, "ru", &russian), preview(&release, "sq", &russian)] {
        assert!(matches!(refused, Err(Refusal::WrongState { .. })), "{refused:?}");
    }
}

#[test]
fn a_preview_holds_for_seven_days_or_for_as_long_as_was_asked_within_bounds() {
    let mut desk = Desk::default();
    let release = desk.create(titled("Observers arrive"));
    let edition = draft(&release, "en");
    let made = |expires_in, holding| {
        let asked = NewPreview {
            edition: edition.id,
            expires_in,
        };
        let (id, by) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let of = (&release, &locale("en"), &edition);
        let made = Preview::create(id, &asked, of, holding, (by, NOW.parse().unwrap()));
        made.map(|preview| preview.expires_at.to_string())
    };
    assert_eq!(made(None, 0).unwrap(), "2026-02-08T10:00:00Z");
    assert_eq!(made(Some(60), 19).unwrap(), "2026-02-01T10:01:00Z");
    assert_eq!(made(Some(30 * 86_400), 0).unwrap(), "2026-03-03T10:00:00Z");
    for outside in [59, 0, -1, 30 * 86_400 + 1, i64::MAX, i64::MIN] {
        let Err(Refusal::Invalid(faults)) = made(Some(outside), 0) else {
            panic!("{outside} is taken");
        };
        assert_eq!(
            (faults[0].path.as_str(), &*faults[0].code),
            ("expiresIn", "OUT_OF_RANGE")
        );
    }
    assert!(matches!(made(None, MOST_PREVIEWS), Err(Refusal::WrongState { .. })));
}
