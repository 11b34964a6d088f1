//! What holds after whatever commands, in whatever order.

mod ask;
mod bundles;
mod memory;
mod model;

use std::collections::BTreeSet;

use ask::{Ask, PAST, asks, beginnings, locale, people};
use memory::Memory;
use model::{Scene, fields, merged};
use proptest::prelude::*;

use super::desk::in_locale;
use super::*;
use crate::Zone;
use crate::account::{Caller, Role};
use crate::change::ChangeKind;
use crate::house::{HouseBook, HouseRules, RequiredLanguages};
use crate::refusal::Denial;
use crate::release::{Stage, StageName};

/// Something that happens to a release.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody asks something.
    Asks(usize, Ask),
    /// So many seconds pass, and what is due then goes live or is given up.
    TimePasses(i64),
    /// An import brings a newer text of what is live.
    Imports(&'static str),
    /// The house has other rules.
    Rules(usize),
    /// Somebody is suspended, or no longer.
    Suspends(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let who = prop_oneof![1 => Just(0_usize), 2 => Just(1), 4 => Just(2), 4 => Just(3)];
    let event = prop_oneof![
        30 => (who, asks()).prop_map(|(who, ask)| Event::Asks(who, ask)),
        3 => prop::sample::select(vec![1, 10, 100]).prop_map(Event::TimePasses),
        4 => locale().prop_map(Event::Imports),
        1 => (0..rules().len()).prop_map(Event::Rules),
        1 => (2_usize..4).prop_map(Event::Suspends),
    ];
    prop::collection::vec(event, 1..80)
}

/// Rules that a house may have.
fn rules() -> Vec<HouseRules> {
    let russian = RequiredLanguages {
        content_type: None,
        locales: BTreeSet::from(["ru".parse().unwrap()]),
        within_hours: 0,
    };
    let of = |four_eyes, approval, languages| HouseRules {
        four_eyes,
        approval,
        languages,
    };
    vec![
        HouseRules::default(),
        of(true, None, Vec::new()),
        of(false, Some(Role::Editor), Vec::new()),
        of(true, Some(Role::Publisher), vec![russian.clone()]),
        of(false, None, vec![russian]),
    ]
}

/// A desk at work on one release.
struct World {
    desk: Desk,
    release: Release,
    memory: Memory,
    suspended: BTreeSet<usize>,
}

impl World {
    fn new(rules: HouseRules) -> Result<Self, TestCaseError> {
        let mut desk = Desk::default();
        desk.house = HouseBook {
            general: rules,
            ..HouseBook::default()
        };
        let release = desk.create(titled("title 0."));
        let mut memory = Memory::default();
        memory.look_at(&release)?;
        Ok(Self {
            desk,
            release,
            memory,
            suspended: BTreeSet::new(),
        })
    }

    fn scene<'a>(&'a self, who: &'a Caller) -> Scene<'a> {
        Scene {
            release: &self.release,
            memory: &self.memory,
            who,
            rules: &self.desk.house.general,
            now: self.desk.in_seconds(0),
        }
    }

    fn happen(&mut self, event: &Event, title: &str) -> Result<(), TestCaseError> {
        match event {
            Event::Asks(who, ask) => self.asked(&people()[*who], ask, title),
            Event::TimePasses(seconds) => {
                self.desk.wait(*seconds);
                self.hours_come()
            }
            Event::Imports(locale) => {
                let text = self.release.translations.get(&locale.parse::<Locale>().unwrap());
                if text.is_some_and(|text| text.live.is_some()) {
                    let after = self.desk.import(&self.release, locale, title);
                    let after = after.map_err(|fault| TestCaseError::fail(fault.to_string()))?;
                    self.is_now(after, |_, _| true)?;
                    self.memory.look_at(&self.release)?;
                }
                Ok(())
            }
            Event::Rules(which) => {
                self.desk.house.general = rules().swap_remove(*which);
                Ok(())
            }
            Event::Suspends(who) => {
                if !self.suspended.remove(who) {
                    self.suspended.insert(*who);
                }
                Ok(())
            }
        }
    }

    fn asked(&mut self, who: &Caller, ask: &Ask, title: &str) -> Result<(), TestCaseError> {
        let legal = self.scene(who).is_legal(ask);
        let before = self.release.clone();
        let answer = ask.come(&mut self.desk, &self.memory, who, &before, title);
        prop_assert_eq!(
            answer.is_ok(),
            legal,
            "{:?} by {:?} on {:?}: {:?}",
            ask,
            who.standing.role,
            before,
            answer
        );
        let stale = matches!(answer, Err(Denial::Refused(Refusal::Stale { .. })));
        if let Ask::Stale(of) = ask {
            let there = of
                .locale()
                .is_none_or(|locale| before.translations.contains_key(&locale.parse::<Locale>().unwrap()));
            let forbidden = matches!(answer, Err(Denial::Forbidden(_)));
            prop_assert!(stale || forbidden || !there, "{:?}", answer);
        } else {
            prop_assert!(!stale);
        }
        let Ok(after) = answer else { return Ok(()) };
        self.came_out_right(who, ask, &after)?;
        self.is_now(after, |_, kind| may_tell(ask, kind))?;
        self.memory.look_at_what_came(ask, &before, &self.release)
    }

    /// What is due goes live, translation by translation, or is given up.
    fn hours_come(&mut self) -> Result<(), TestCaseError> {
        let now = self.desk.in_seconds(0);
        let due = self.release.due(None, now);
        for (locale, text) in &self.release.translations {
            let plan = text.draft.as_ref().and_then(|draft| draft.stage.planned());
            prop_assert_eq!(plan.is_some_and(|plan| plan.schedule.at <= now), due.contains(locale));
        }
        prop_assert!(
            due.iter().skip(1).all(|locale| *locale != self.release.original_locale),
            "the original first"
        );
        for locale in due {
            let planner = self.release.planned(&locale).and_then(|plan| plan.planned.by.account());
            let planner = people()
                .into_iter()
                .enumerate()
                .find(|(_, who)| Some(who.standing.account) == planner);
            let (which, planner) = planner.unwrap();
            let is_suspended = self.suspended.contains(&which);
            let goes_live = self
                .scene(&planner)
                .goes_live_at_its_hour(locale.as_str(), is_suspended);
            let plan = in_locale(&self.release, locale.as_str())
                .draft
                .as_ref()
                .unwrap()
                .stage
                .planned()
                .unwrap()
                .clone();
            let first = self.release.live_shared().is_none();
            let standing = (!is_suspended).then_some(&planner.standing);
            let rule = crate::account::PublishRule::default();
            let published = self
                .release
                .publish_scheduled(&locale, standing, rule, &mut self.desk.context());
            prop_assert_eq!(
                published.is_ok(),
                goes_live,
                "{} of {:?}: {:?}",
                locale,
                self.release,
                published
            );
            let after = match published {
                Ok(live) => live,
                Err(reason) => self.release.fail_scheduled(&locale, &reason, &self.desk.context()),
            };
            let text = in_locale(&after, locale.as_str());
            if goes_live {
                prop_assert!(text.draft.is_none());
                if first {
                    let date = after.live_shared().and_then(|shared| shared.published_at);
                    prop_assert_eq!(
                        date,
                        Some(plan.schedule.at),
                        "the scheduled instant is its publishing date"
                    );
                }
            } else {
                let failed = text.draft.as_ref().map(|draft| &draft.stage);
                prop_assert!(matches!(failed, Some(Stage::Failed(failed)) if failed.plan == plan));
            }
            self.is_now(after, |of, kind| {
                goes_live && (*of == locale || kind.locale().is_none())
            })?;
            self.memory.look_at(&self.release)?;
        }
        Ok(())
    }

    /// The release becomes another one, of which readers are told what changes for them and nothing else.
    fn is_now(&mut self, after: Release, may_tell: impl Fn(&Locale, &ChangeKind) -> bool) -> Result<(), TestCaseError> {
        let before = std::mem::replace(&mut self.release, after);
        let after = &self.release;
        let told = self.desk.changes(Some(&before), after);
        let same_face = before.public_face(Zone::default()) == after.public_face(Zone::default());
        prop_assert_eq!(
            told.is_empty(),
            same_face,
            "readers are told of what changes for them, and of no more"
        );
        for kind in &told {
            let locale = kind.locale().unwrap_or(&after.original_locale);
            prop_assert!(may_tell(locale, kind), "{:?}", kind);
        }
        let raised = before
            .translations
            .iter()
            .filter(|(locale, text)| after.translations[*locale].version > text.version);
        let added = after.translations.len() - before.translations.len();
        let expected = usize::from(*after != before);
        prop_assert_eq!(raised.count() + added, expected, "one command, one version");
        Ok(())
    }

    /// What a second look says of what came of something that was asked.
    fn came_out_right(&self, who: &Caller, ask: &Ask, after: &Release) -> Result<(), TestCaseError> {
        let before = &self.release;
        for (locale, text) in &before.translations {
            let after = &after.translations[locale];
            let scheduled = text
                .draft
                .as_ref()
                .filter(|draft| draft.stage.name() == StageName::Scheduled);
            let frees = matches!(ask, Ask::Publish(of, ..) | Ask::Unschedule(of) if *of == locale.as_str());
            if let (Some(draft), false) = (scheduled, frees) {
                let still = after
                    .draft
                    .as_ref()
                    .map(|draft| (&draft.edition, &draft.stage, draft.based_on));
                prop_assert_eq!(
                    still,
                    Some((&draft.edition, &draft.stage, draft.based_on)),
                    "what is scheduled stays"
                );
            }
            let waits =
                |text: &crate::release::Translation| text.live.as_ref().is_some_and(|live| live.emergency.is_some());
            let endorsed = matches!(ask, Ask::Endorse(of) if *of == locale.as_str());
            prop_assert!(
                !waits(text) || waits(after) || endorsed,
                "an emergency stays until somebody has seen it"
            );
        }
        let Some(locale) = ask.locale() else { return Ok(()) };
        let text = in_locale(after, locale);
        let stage = text.draft.as_ref().map(|draft| draft.stage.name());
        let was = before.translations.get(&locale.parse::<Locale>().unwrap());
        let draft = was.and_then(|text| text.draft.as_ref());
        let expected = match ask {
            Ask::Save(_) | Ask::Add(_) | Ask::RequestChanges(_) | Ask::Rebase(..) => Some(StageName::Written),
            Ask::Restore(..) if after != before => Some(StageName::Written),
            Ask::Submit(_) => Some(StageName::InReview),
            Ask::Approve(_) => Some(StageName::Approved),
            Ask::Schedule(..) => Some(StageName::Scheduled),
            Ask::Publish(..) | Ask::Discard(_) => None,
            Ask::Unschedule(_) => {
                let plan = draft.and_then(|draft| draft.stage.planned()).unwrap();
                let implied = self.desk.house.general.approval.is_none() && plan.emergency.is_none();
                let approved = plan.approved.is_some() || implied;
                Some(if approved {
                    StageName::Approved
                } else {
                    StageName::Written
                })
            }
            _ => return Ok(()),
        };
        prop_assert_eq!(stage, expected, "{:?}", ask);
        let rules = &self.desk.house.general;
        match ask {
            Ask::Publish(_, _, false) | Ask::Schedule(_, _, false) | Ask::Approve(_) if rules.four_eyes => {
                let saved_by = draft.map(|draft| draft.edition.saved_by);
                prop_assert_ne!(saved_by, Some(Actor::Account(who.standing.account)), "four eyes see it");
            }
            Ask::Save(_) | Ask::Add(_) | Ask::Rebase(..) => {
                let writers = &text.draft.as_ref().unwrap().writers;
                prop_assert!(writers.contains(&who.standing.account));
                prop_assert!(
                    draft.is_none_or(|draft| draft.writers.is_subset(writers)),
                    "nobody unwrites it"
                );
            }
            _ => {}
        }
        if let (Ask::Rebase(_, side), Some(draft)) = (ask, draft) {
            let live = &text.live.as_ref().unwrap().edition;
            let base = draft.based_on.and_then(|id| self.memory.earlier(id));
            let expected = merged(base.as_ref().map(|base| &base.edition), &draft.edition, live, *side);
            let rebased = &text.draft.as_ref().unwrap().edition;
            prop_assert_eq!(
                fields(rebased, live).into_iter().map(Some).collect::<Vec<_>>(),
                expected
            );
        }
        Ok(())
    }

    /// Every edition that there ever was can be a draft again, with all that it had.
    fn nothing_is_lost(mut self) -> Result<(), TestCaseError> {
        let publisher = &people()[3];
        for earlier in self.memory.editions.values() {
            let text = self
                .release
                .translations
                .iter()
                .find(|(_, text)| text.id == earlier.translation);
            let (locale, text) = text.unwrap();
            let draft = text.draft.as_ref();
            if draft.is_some_and(|draft| draft.stage.name() == StageName::Scheduled) {
                continue;
            }
            let step = self
                .desk
                .restoring(&self.release, locale.as_str(), &earlier.edition, None);
            let restored = self.desk.take_as(publisher, &self.release, step);
            let restored = restored.map_err(|denial| TestCaseError::fail(format!("{denial:?}")))?;
            let shown = desk::shown(&restored, locale.as_str());
            prop_assert_eq!(&shown.text, &earlier.edition.text);
            let but_date = |edition: &crate::release::Edition| {
                edition.shared.clone().map(|shared| crate::release::Shared {
                    published_at: None,
                    ..shared
                })
            };
            prop_assert_eq!(but_date(&shown), but_date(&earlier.edition));
        }
        Ok(())
    }
}

/// Whether readers may be told so of what was asked.
fn may_tell(ask: &Ask, kind: &ChangeKind) -> bool {
    let of = ask.locale();
    let its_own = kind.locale().is_none_or(|locale| Some(locale.as_str()) == of);
    match ask {
        Ask::Publish(..) => {
            its_own
                && matches!(
                    kind,
                    ChangeKind::Published
                        | ChangeKind::TranslationPublished(_)
                        | ChangeKind::Updated
                        | ChangeKind::Corrected
                        | ChangeKind::SlugChanged
                )
        }
        Ask::TakeDown(_) => its_own && matches!(kind, ChangeKind::TranslationTakenDown(_)),
        Ask::Back(_) => its_own && matches!(kind, ChangeKind::TranslationReinstated(_)),
        Ask::Withdraw => *kind == ChangeKind::Withdrawn,
        Ask::Remove => *kind == ChangeKind::Removed,
        // What was withdrawn when it was removed is withdrawn again.
        Ask::Reinstate => matches!(kind, ChangeKind::Reinstated | ChangeKind::Withdrawn),
        _ => false,
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_in_whatever_order_the_rules_hold(
        first in 0..rules().len(),
        beginning in beginnings(),
        events in events(),
    ) {
        let mut world = World::new(rules().swap_remove(first))?;
        let beginning = beginning.into_iter().map(|ask| Event::Asks(3, ask));
        for (number, event) in beginning.chain(events).enumerate() {
            world.happen(&event, &format!("title {}.", number + 1))?;
        }
        world.nothing_is_lost()?;
    }
}

/// Forms whose fields say anything: nonsense, and what is nearly right.
fn forms() -> impl Strategy<Value = CreateRelease> {
    let word = || {
        prop_oneof![
            any::<String>(),
            prop::sample::select(vec![
                "en",
                "odihr",
                "elections",
                "news",
                "a-slug",
                PAST,
                "2024-11-22",
                "https://a.example"
            ])
            .prop_map(str::to_owned),
        ]
    };
    let field = move || prop::option::of(word()).prop_map(|given| given.map_or(Patch::Keep, Patch::Set));
    let clearable =
        move || prop::option::of(prop::option::of(word())).prop_map(|given| given.map_or(Patch::Keep, Patch::Set));
    let list = move || prop::collection::vec(word(), 0..4);
    let attachments = (word(), prop::option::of(word()), prop::option::of(any::<i64>()), word()).prop_map(
        |(url, media_type, length, title)| {
            set(vec![AttachmentFields {
                url,
                media_type,
                length,
                title,
            }])
        },
    );
    let shared = (
        field(),
        clearable(),
        clearable(),
        clearable(),
        list(),
        list(),
        attachments,
    )
        .prop_map(
            |(slug, published_at, publishing_date, content_type, offices, themes, attachments)| SharedFields {
                slug,
                published_at,
                publishing_date,
                content_type,
                offices: set(offices),
                themes: set(themes),
                attachments,
            },
        );
    let text = (field(), field(), prop::option::of(word())).prop_map(|(title, lead, body)| TextFields {
        title,
        lead,
        body: set(body.map(|text| markdown(&text))),
    });
    (word(), shared, text).prop_map(|(original_locale, shared, text)| CreateRelease {
        original_locale,
        shared,
        text,
    })
}

proptest! {
    #[test]
    fn whatever_a_form_says_it_is_read_whole_or_refused_with_its_faults(form in forms()) {
        let mut desk = Desk::default();
        match Release::create(&form, desk.editor(), &mut desk.context()) {
            Ok(release) => Memory::default().look_at(&release)?,
            Err(Refusal::Invalid(faults)) => {
                let paths: BTreeSet<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
                prop_assert!(!faults.is_empty() && paths.len() == faults.len(), "{:?}", faults);
                prop_assert!(faults.iter().all(|fault| !fault.path.is_empty() && fault.message.chars().count() < 300));
            }
            Err(refusal) => prop_assert!(false, "{:?}", refusal),
        }
    }
}
