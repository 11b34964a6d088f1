//! What is asked of the desk, and by whom. Locales, slugs and dates are few, so that what is asked meets.

use proptest::prelude::*;

use super::super::desk::*;
use super::super::*;
use super::memory::Memory;
use crate::account::{Caller, Role};
use crate::refusal::Denial;

pub(super) const PAST: &str = "2001-02-03T04:05:06Z";
pub(super) const FUTURE: &str = "2999-02-03T04:05:06Z";

/// All fields that may clash.
pub(super) const FIELDS: [DraftField; 9] = [
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

/// Something asked of the desk.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    Save(&'static str),
    SaveTheSame(&'static str),
    Rename(&'static str),
    Date(Option<&'static str>),
    Add(&'static str),
    Submit(&'static str),
    RequestChanges(&'static str),
    Approve(&'static str),
    /// Perhaps in an emergency.
    Publish(&'static str, Option<CorrectionLevel>, bool),
    /// In so many seconds, perhaps in an emergency.
    Schedule(&'static str, i64, bool),
    Unschedule(&'static str),
    Endorse(&'static str),
    Discard(&'static str),
    /// Which of the translation's editions, counted round and round.
    Restore(&'static str, usize),
    /// With all that clashes as one side has it, if one is named.
    Rebase(&'static str, Option<Side>),
    Confirm(&'static str),
    TakeDown(&'static str),
    Back(&'static str),
    Withdraw,
    Remove,
    Reinstate,
    /// Any of them, by somebody who has seen another version.
    Stale(Box<Ask>),
}

/// The people: an author, whose release it is, an editor, and two publishers.
pub(super) fn people() -> [Caller; 4] {
    [
        somebody(0xe1, Role::Author),
        somebody(0xe2, Role::Editor),
        somebody(0xe3, Role::Publisher),
        somebody(0xe4, Role::Publisher),
    ]
}

/// What was asked before: nothing, or what takes long to come about.
pub(super) fn beginnings() -> impl Strategy<Value = Vec<Ask>> {
    let both_live = [
        Ask::Add("ru"),
        Ask::Publish("en", None, true),
        Ask::Publish("ru", None, true),
    ];
    let newer = [Ask::Save("en"), Ask::Publish("en", None, true), Ask::Save("ru")];
    let overtaken = both_live.iter().chain(&newer).cloned().collect();
    let both_scheduled = vec![
        Ask::Add("ru"),
        Ask::Schedule("en", 40, true),
        Ask::Schedule("ru", 40, true),
    ];
    prop::sample::select(vec![
        Vec::new(),
        vec![Ask::Add("ru")],
        both_scheduled,
        both_live.to_vec(),
        overtaken,
    ])
}

pub(super) fn locale() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("en"), 4 => Just("ru"), 1 => Just("sq")]
}

pub(super) fn asks() -> impl Strategy<Value = Ask> {
    let level = prop::sample::select(vec![None, Some(CorrectionLevel::Minor), Some(CorrectionLevel::Major)]);
    let side = prop::sample::select(vec![None, Some(Side::Draft), Some(Side::Live)]);
    let seconds = prop::sample::select(vec![0, 1, 5, 40]);
    let rarely = || prop::bool::weighted(0.2);
    let ask = prop_oneof![
        5 => locale().prop_map(Ask::Save),
        1 => locale().prop_map(Ask::SaveTheSame),
        2 => prop::sample::select(vec!["a", "b", "c"]).prop_map(Ask::Rename),
        1 => prop::sample::select(vec![None, Some(PAST), Some(FUTURE)]).prop_map(Ask::Date),
        3 => locale().prop_map(Ask::Add),
        2 => locale().prop_map(Ask::Submit),
        1 => locale().prop_map(Ask::RequestChanges),
        3 => locale().prop_map(Ask::Approve),
        5 => (locale(), level, rarely()).prop_map(|(locale, level, emergency)| Ask::Publish(locale, level, emergency)),
        4 => (locale(), seconds, rarely()).prop_map(|(locale, seconds, emergency)| {
            Ask::Schedule(locale, seconds, emergency)
        }),
        2 => locale().prop_map(Ask::Unschedule),
        2 => locale().prop_map(Ask::Endorse),
        2 => locale().prop_map(Ask::Discard),
        3 => (locale(), any::<usize>()).prop_map(|(locale, which)| Ask::Restore(locale, which)),
        4 => (locale(), side).prop_map(|(locale, side)| Ask::Rebase(locale, side)),
        3 => locale().prop_map(Ask::Confirm),
        2 => locale().prop_map(Ask::TakeDown),
        2 => locale().prop_map(Ask::Back),
        1 => Just(Ask::Withdraw),
        1 => Just(Ask::Remove),
        2 => Just(Ask::Reinstate),
    ];
    (ask, prop::bool::weighted(0.05)).prop_map(|(ask, stale)| if stale { Ask::Stale(Box::new(ask)) } else { ask })
}

impl Ask {
    /// The locale that it is about, where it is about one.
    pub(super) fn locale(&self) -> Option<&'static str> {
        match self {
            Self::Save(locale)
            | Self::SaveTheSame(locale)
            | Self::Add(locale)
            | Self::Submit(locale)
            | Self::RequestChanges(locale)
            | Self::Approve(locale)
            | Self::Publish(locale, ..)
            | Self::Schedule(locale, ..)
            | Self::Unschedule(locale)
            | Self::Endorse(locale)
            | Self::Discard(locale)
            | Self::Restore(locale, _)
            | Self::Rebase(locale, _)
            | Self::Confirm(locale)
            | Self::TakeDown(locale)
            | Self::Back(locale) => Some(locale),
            Self::Rename(_) | Self::Date(_) | Self::Withdraw | Self::Remove | Self::Reinstate => None,
            Self::Stale(ask) => ask.locale(),
        }
    }

    /// The step that it is.
    pub(super) fn step(&self, desk: &Desk, memory: &Memory, release: &Release, title: &str) -> Step {
        let said = |level: Option<CorrectionLevel>, emergency: bool| PublishTranslation {
            correction: level.map(|level| Correction {
                level,
                change_note: (level == CorrectionLevel::Major).then(|| "A note.".to_owned()),
            }),
            emergency: emergency.then(|| "It burns.".to_owned()),
            waive: Vec::new(),
        };
        let refile = |shared| {
            Step::Update(UpdateRelease {
                shared,
                ..UpdateRelease::default()
            })
        };
        match self {
            Self::Save(locale) => save(locale, title),
            Self::SaveTheSame(locale) => Step::UpdateTranslation {
                locale: (*locale).into(),
                text: TextFields::default(),
            },
            Self::Rename(slug) => refile(SharedFields {
                slug: set((*slug).into()),
                ..SharedFields::default()
            }),
            Self::Date(date) => refile(SharedFields {
                published_at: set(date.map(str::to_owned)),
                ..SharedFields::default()
            }),
            Self::Add(locale) => Step::AddTranslation(AddTranslation {
                locale: (*locale).into(),
                text: text(title),
            }),
            Self::Submit(locale) => submit(locale),
            Self::RequestChanges(locale) => request_changes(locale, "How many?"),
            Self::Approve(locale) => approve(locale),
            Self::Publish(locale, level, emergency) => Step::Publish {
                locale: (*locale).into(),
                asked: said(*level, *emergency),
            },
            Self::Schedule(locale, seconds, emergency) => {
                schedule_as(locale, desk.in_seconds(*seconds), said(None, *emergency))
            }
            Self::Unschedule(locale) => unschedule(locale),
            Self::Endorse(locale) => endorse(locale),
            Self::Discard(locale) => discard(locale),
            Self::Restore(locale, which) => Step::Restore {
                locale: (*locale).into(),
                edition: memory
                    .nth(release, locale, *which)
                    .unwrap_or_else(|| shown(release, "en"))
                    .id,
                slug: None,
            },
            Self::Rebase(locale, side) => {
                let all = side.map(|side| FIELDS.map(|field| (field, side)));
                rebase(locale, all.as_ref().map_or(&[], |all| all.as_slice()))
            }
            Self::Confirm(locale) => confirm(locale),
            Self::TakeDown(locale) => take_down(locale),
            Self::Back(locale) => reinstate(locale),
            Self::Withdraw => Step::Withdraw {
                notice: vec![LocalNote {
                    locale: "en".into(),
                    text: "A notice.".into(),
                }],
            },
            Self::Remove => Step::Remove {
                reason: "A reason.".into(),
            },
            Self::Reinstate => Step::Reinstate,
            Self::Stale(ask) => ask.step(desk, memory, release, title),
        }
    }

    /// What comes of it when somebody asks.
    pub(super) fn come(
        &self,
        desk: &mut Desk,
        memory: &Memory,
        who: &Caller,
        release: &Release,
        title: &str,
    ) -> Result<Release, Denial> {
        let step = self.step(desk, memory, release, title);
        let seen = version_for(release, &step) + i64::from(matches!(self, Self::Stale(_)));
        let command = ReleaseCommand::Take {
            release: release.id,
            seen,
            step: step.clone(),
        };
        desk.earlier = command.earlier(release).and_then(|id| memory.earlier(id));
        desk.take_at(who, release, seen, step)
    }
}
