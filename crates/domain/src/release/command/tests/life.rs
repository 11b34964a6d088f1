//! The life of a translation: in review, approved, scheduled, live, taken down.

use super::desk::{
    approve, at, for_instant, in_locale, publish, rebase, reinstate, request_changes, save, schedule, schedule_as,
    somebody, submit, take_down, unschedule,
};
use super::refusals::refused;
use super::*;
use crate::account::{Caller, Role};
use crate::refusal::Denial;
use crate::release::StageName;
use crate::schedule::ScheduleFields;

fn editor() -> Caller {
    somebody(0xe1, Role::Administrator)
}

fn stage_of(release: &Release, locale: &str) -> Option<StageName> {
    let draft = in_locale(release, locale).draft.as_ref();
    draft.map(|draft| draft.stage.name())
}

/// A release at each stage that its draft can be at by itself, and what it took to get there.
fn at_each_stage(desk: &mut Desk) -> Vec<(StageName, Release)> {
    let written = desk.create(titled("Observers arrive"));
    let in_review = desk.take(&written, submit("en")).unwrap();
    let approved = desk.take(&in_review, approve("en")).unwrap();
    let scheduled = desk.schedule(&written, "en", 60).unwrap();
    let failed = scheduled.fail_scheduled(&scheduled.original_locale, "It could not.", &desk.context());
    let all = [written, in_review, approved, scheduled, failed];
    StageName::ALL.into_iter().zip(all).collect()
}

#[test]
fn a_draft_is_submitted_comes_back_with_a_comment_and_is_approved_in_the_end() {
    let mut desk = Desk::default();
    let written = desk.create(titled("Observers arrive"));
    let submitted = desk.take(&written, submit("en")).unwrap();
    let returned = desk.take(&submitted, request_changes("en", "How many?")).unwrap();
    let mended = desk.save(&returned, "en", text("Ten observers arrive")).unwrap();
    let again = desk.take(&mended, submit("en")).unwrap();
    let approved = desk.take(&again, approve("en")).unwrap();
    let live = desk.take(&approved, publish("en")).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&written), &submitted),
            desk.became(Some(&submitted), &returned),
            desk.became(Some(&returned), &mended),
            desk.became(Some(&again), &approved),
            desk.became(Some(&approved), &live),
        ]
        .join("\n")
    );
}

#[test]
fn what_is_live_stays_while_a_newer_draft_goes_its_way() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let mut newer = desk.save(&live, "en", text("Observers arrived")).unwrap();
    for step in [
        submit("en"),
        approve("en"),
        request_changes("en", "Not yet."),
        approve("en"),
    ] {
        newer = desk.take(&newer, step).unwrap();
        assert_eq!(desk.changes(Some(&live), &newer), []);
    }
    let planned = desk.schedule(&newer, "en", 60).unwrap();
    assert_eq!(desk.changes(Some(&live), &planned), []);
    insta::assert_snapshot!(desk.became(Some(&live), &planned));
}

#[test]
fn a_save_makes_a_draft_of_what_was_in_review_approved_or_failed() {
    let mut desk = Desk::default();
    for (stage, release) in at_each_stage(&mut desk) {
        if stage == StageName::Scheduled {
            insta::assert_snapshot!(
                refused(desk.save(&release, "en", text("Observers arrived"))),
                @"draft: the draft in en is scheduled for 2026-01-01T00:01:04Z: unschedule it first"
            );
        } else {
            let saved = desk.save(&release, "en", text("Observers arrived")).unwrap();
            assert_eq!(stage_of(&saved, "en"), Some(StageName::Written), "{stage:?}");
        }
        // The state comes before the faults of a form.
        let refused = desk.save(&release, "en", text("")).unwrap_err();
        assert_eq!(
            matches!(refused, Refusal::WrongState { .. }),
            stage == StageName::Scheduled
        );
        let faulty = UpdateRelease {
            text: text(""),
            ..UpdateRelease::default()
        };
        let refused = desk.take(&release, Step::Update(faulty)).unwrap_err();
        let in_the_way = matches!(refused, Denial::Refused(Refusal::WrongState { .. }));
        assert_eq!(in_the_way, stage == StageName::Scheduled);
        // What says nothing new is no edit.
        assert_eq!(desk.save(&release, "en", text("Observers arrive")), Ok(release));
    }
}

#[test]
fn publishing_and_scheduling_imply_approval_from_any_stage() {
    let mut desk = Desk::default();
    for (stage, release) in at_each_stage(&mut desk) {
        let live = desk.take(&release, publish("en")).unwrap();
        assert_eq!(live.state(), crate::release::ReleaseState::Live, "{stage:?}");
        assert_eq!(stage_of(&live, "en"), None);
        if stage != StageName::Scheduled {
            let planned = desk.schedule(&release, "en", 60).unwrap();
            assert_eq!(stage_of(&planned, "en"), Some(StageName::Scheduled), "{stage:?}");
        }
    }
}

#[test]
fn an_original_gets_the_scheduled_instant_as_its_publishing_date_when_it_first_goes_live() {
    let mut desk = Desk::default();
    for date in ["1994-12-06T10:00:00Z", "2999-12-06T10:00:00Z"] {
        let draft = desk.create(CreateRelease {
            shared: SharedFields {
                published_at: set(Some(date.into())),
                ..SharedFields::default()
            },
            ..titled("Observers arrive")
        });
        let planned = desk.schedule(&draft, "en", 60).unwrap();
        let hour = desk.in_seconds(59);
        desk.wait(100);
        let live = desk.when_due(&planned, &[editor()]);
        assert_eq!(live.live_shared().unwrap().published_at, Some(hour));
    }
    let draft = desk.create(titled("Observers arrive"));
    let planned = desk.schedule(&draft, "en", 60).unwrap();
    assert_eq!(desk.when_due(&planned, &[editor()]), planned, "it is not due yet");
    desk.wait(100);
    let live = desk.when_due(&planned, &[editor()]);
    insta::assert_snapshot!([desk.became(Some(&draft), &planned), desk.became(Some(&planned), &live)].join("\n"));
}

#[test]
fn a_scheduled_correction_leaves_the_publishing_date_and_tells_its_note() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let draft = desk.save(&live, "en", text("Observers left")).unwrap();
    let hour = desk.in_seconds(60);
    let major = PublishTranslation {
        correction: Some(Correction {
            level: CorrectionLevel::Major,
            change_note: Some("They left.".into()),
        }),
        emergency: None,
        waive: Vec::new(),
    };
    let planned = desk.take(&draft, schedule_as("en", hour, major)).unwrap();
    desk.wait(100);
    let corrected = desk.when_due(&planned, &[editor()]);
    insta::assert_snapshot!(
        [
            desk.became(Some(&draft), &planned),
            desk.became(Some(&planned), &corrected)
        ]
        .join("\n")
    );
}

#[test]
fn a_translation_is_scheduled_with_its_original_or_after_it_and_goes_live_after_it() {
    let mut desk = Desk::default();
    let both = desk.create(titled("Observers arrive"));
    let both = desk.add(&both, "ru", "Прибыли наблюдатели").unwrap();
    let alone = refused(desk.schedule(&both, "ru", 60));
    let hour = desk.in_seconds(60);
    let original = desk.take(&both, schedule("en", hour)).unwrap();
    let too_early = refused(desk.take(&original, schedule("ru", at(hour.micros() / 1_000_000 - 1_767_225_601))));
    let planned = desk.take(&original, schedule("ru", hour)).unwrap();
    let stays = refused(desk.take(&planned, unschedule("en")));
    insta::assert_snapshot!(
        [alone, too_early, stays].concat(),
        @r"
    draft: no translation goes live before the original: publish en first
    schedule.at BEFORE_ORIGINAL: no translation goes live before the original, which is scheduled for 2026-01-01T00:01:04Z: give that instant or a later one
    draft: the draft in ru is scheduled too, and goes live after the original: unschedule that first
    "
    );
    desk.wait(100);
    let due: Vec<String> = planned.due(None, hour).iter().map(ToString::to_string).collect();
    assert_eq!(due, ["en", "ru"]);
    let live = desk.when_due(&planned, &[editor()]);
    insta::assert_snapshot!(desk.became(Some(&planned), &live));
}

#[test]
fn a_schedule_keeps_the_local_time_that_it_was_given_as() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let step = Step::Schedule {
        locale: "en".into(),
        asked: ScheduleTranslation {
            schedule: ScheduleFields {
                local_time: Some("2026-07-01T09:30".into()),
                time_zone: Some("America/St_Johns".into()),
                ..ScheduleFields::default()
            },
            publish: PublishTranslation::default(),
        },
    };
    let planned = desk.take(&draft, step).unwrap();
    insta::assert_snapshot!(desk.became(Some(&draft), &planned));
}

#[test]
fn what_is_wrong_with_a_schedule_is_told_at_once() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let asked = ScheduleTranslation {
        schedule: for_instant(at(0)),
        publish: PublishTranslation {
            correction: Some(Correction {
                level: CorrectionLevel::Major,
                change_note: None,
            }),
            emergency: Some(String::new()),
            waive: Vec::new(),
        },
    };
    let locale = "en".to_owned();
    let faults = refused(desk.take(&draft, Step::Schedule { locale, asked }));
    let live = desk.publish(&draft, "en").unwrap();
    let later = SharedFields {
        published_at: set(Some("2026-06-01T00:00:00Z".into())),
        ..SharedFields::default()
    };
    let later = desk.refile(&live, later).unwrap();
    let before_its_date = refused(desk.schedule(&later, "en", 60));
    let in_time = schedule("en", "2026-06-01T00:00:00Z".parse().unwrap());
    assert!(desk.take(&later, in_time).is_ok());
    insta::assert_snapshot!(faults + &before_its_date);
}

#[test]
fn what_is_unscheduled_is_approved_as_it_was_or_as_scheduling_implied() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let planned = desk.schedule(&draft, "en", 60).unwrap();
    let implied = desk.take(&planned, unschedule("en")).unwrap();
    let approved = desk.take(&draft, approve("en")).unwrap();
    let planned = desk.schedule(&approved, "en", 60).unwrap();
    let kept = desk.take(&planned, unschedule("en")).unwrap();
    insta::assert_snapshot!([desk.became(Some(&draft), &implied), desk.became(Some(&draft), &kept)].join("\n"));
}

#[test]
fn what_cannot_go_live_at_its_hour_is_given_up_with_the_reason() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let both = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let both = desk.publish(&both, "ru").unwrap();
    let newer = desk.save(&both, "ru", text("Наблюдатели")).unwrap();
    let planned = desk.schedule(&newer, "ru", 60).unwrap();

    let removed = desk.remove(&planned).unwrap();
    let down = desk.take(&planned, take_down("ru")).unwrap();
    let overtaken = desk.import(&planned, "ru", "Новее").unwrap();
    let draft = desk.create(titled("Observers arrive"));
    let draft = desk.add(&draft, "ru", "Прибыли наблюдатели").unwrap();
    let draft = desk.schedule(&draft, "en", 60).unwrap();
    let draft = desk.schedule(&draft, "ru", 60).unwrap();
    let headless = draft.fail_scheduled(&draft.original_locale, "It could not.", &desk.context());
    desk.wait(100);

    let mut said = String::new();
    let reason = |release: &Release| {
        let stage = in_locale(release, "ru").draft.as_ref().map(|draft| draft.stage.clone());
        match stage {
            Some(crate::release::Stage::Failed(failed)) => failed.reason + "\n",
            stage => panic!("{stage:?}"),
        }
    };
    for release in [&removed, &down, &overtaken, &headless] {
        said += &reason(&desk.when_due(release, &[editor()]));
    }
    said += &reason(&desk.when_due(&planned, &[]));
    said += &reason(&desk.when_due(&planned, &[somebody(0xe1, Role::Editor)]));
    insta::assert_snapshot!(said);

    let failed = desk.when_due(&planned, &[]);
    assert_eq!(failed.due(None, desk.in_seconds(1_000)), [], "it is tried once");
    insta::assert_snapshot!("a_plan_that_was_given_up", desk.became(Some(&planned), &failed));
}

#[test]
fn a_plan_that_was_given_up_is_mended_and_scheduled_again() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let newer = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let approved = desk.take(&newer, approve("en")).unwrap();
    let planned = desk.schedule(&approved, "en", 60).unwrap();
    let overtaken = desk.import(&planned, "en", "Ten observers arrive").unwrap();
    desk.wait(100);
    let failed = desk.when_due(&overtaken, &[editor()]);
    desk.earlier = Some(crate::release::Earlier {
        translation: in_locale(&live, "en").id,
        edition: desk::shown(&live, "en"),
    });
    let rebased = desk
        .take(&failed, rebase("en", &[(DraftField::Title, Side::Draft)]))
        .unwrap();
    let planned = desk.schedule(&rebased, "en", 60).unwrap();
    desk.wait(100);
    let live = desk.when_due(&planned, &[editor()]);
    insta::assert_snapshot!([desk.became(Some(&failed), &rebased), desk.became(Some(&planned), &live)].join("\n"));

    // What was approved before it failed still is.
    let again = desk.take(&failed.clone(), submit("en")).unwrap();
    assert_eq!(stage_of(&again, "en"), Some(StageName::InReview));
    assert!(
        in_locale(&failed, "en")
            .draft
            .as_ref()
            .unwrap()
            .stage
            .approved()
            .is_some()
    );
}

#[test]
fn a_translation_that_is_taken_down_gives_way_to_the_original_until_it_is_reinstated() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let live = desk.publish(&live, "ru").unwrap();
    let down = desk.take(&live, take_down("ru")).unwrap();
    let newer = desk.take(&down, save("ru", "Наблюдатели")).unwrap();
    let back = desk.take(&newer, reinstate("ru")).unwrap();
    let corrected = desk.take(&back, publish("ru")).unwrap();
    insta::assert_snapshot!(
        [
            desk.became(Some(&live), &down),
            desk.became(Some(&newer), &back),
            desk.became(Some(&back), &corrected),
        ]
        .join("\n")
    );
}

#[test]
fn an_import_leaves_alone_what_is_scheduled() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let planned = desk.schedule(&draft, "en", 60).unwrap();
    let fault = desk.import(&planned, "en", "Ten observers arrive").unwrap_err();
    insta::assert_snapshot!(
        format!("{} {}", fault.code, fault),
        @"CONFLICT translations.en: its draft is scheduled for 2026-01-01T00:01:02Z, and is not edited meanwhile: unschedule it first"
    );
    assert_eq!(desk.import(&planned, "en", "Observers arrive"), Ok(planned));

    let live = published(&mut desk);
    let newer = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let planned = desk.schedule(&newer, "en", 60).unwrap();
    let imported = desk.import(&planned, "en", "Ten observers arrive").unwrap();
    let draft = |release: &Release| in_locale(release, "en").draft.clone();
    assert_eq!(draft(&imported), draft(&planned), "a newer text may go live beside it");
}
