//! What holds after whatever commands, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::desk::original_version;
use super::*;
use crate::Slug;
use crate::release::{Edition, PublicFace};
use crate::{EditionId, TranslationId, Zone};

/// Something asked of the desk. Locales and slugs are few, so that the steps meet.
#[derive(Debug, Clone)]
enum Step {
    Save(&'static str),
    SaveTheSame(&'static str),
    Rename(&'static str),
    Date(Option<&'static str>),
    Add(&'static str),
    Publish(&'static str, Option<CorrectionLevel>),
    Withdraw,
    Remove,
    Reinstate,
    /// Any of them, by somebody who has seen another version.
    Stale(Box<Step>),
}

const PAST: &str = "2001-02-03T04:05:06Z";
const FUTURE: &str = "2999-02-03T04:05:06Z";

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let locale = || prop::sample::select(vec!["en", "ru", "sq"]);
    let level = prop::sample::select(vec![None, Some(CorrectionLevel::Minor), Some(CorrectionLevel::Major)]);
    let step = prop_oneof![
        4 => locale().prop_map(Step::Save),
        1 => locale().prop_map(Step::SaveTheSame),
        2 => prop::sample::select(vec!["a", "b", "c"]).prop_map(Step::Rename),
        1 => prop::sample::select(vec![None, Some(PAST), Some(FUTURE)]).prop_map(Step::Date),
        2 => locale().prop_map(Step::Add),
        5 => (locale(), level).prop_map(|(locale, level)| Step::Publish(locale, level)),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Remove),
        2 => Just(Step::Reinstate),
    ];
    let step = (step, prop::bool::weighted(0.1)).prop_map(
        |(step, stale)| {
            if stale { Step::Stale(Box::new(step)) } else { step }
        },
    );
    prop::collection::vec(step, 1..60)
}

/// What a second look at the rules says of a step, without doing it.
fn is_legal(release: &Release, step: &Step) -> bool {
    let at = |locale: &str| release.translations.iter().find(|(l, _)| l.as_str() == locale);
    let live = release.live_shared().is_some();
    match step {
        Step::Stale(_) => false,
        Step::Save(locale) | Step::SaveTheSame(locale) => at(locale).is_some(),
        Step::Rename(_) => true,
        Step::Date(date) => date.is_some() || !live,
        Step::Add(locale) => at(locale).is_none(),
        Step::Publish(locale, level) => at(locale).is_some_and(|(locale, text)| {
            let original = *locale == release.original_locale;
            let future = release
                .draft_shared()
                .and_then(|shared| shared.published_at)
                .map(|at| at.to_string());
            text.draft.is_some()
                && release.removal.is_none()
                && (original || live)
                && !(original && future.as_deref() == Some(FUTURE))
                && (text.live.is_some() || *level != Some(CorrectionLevel::Major))
        }),
        Step::Withdraw => live && release.withdrawal.is_none() && release.removal.is_none(),
        Step::Remove => live && release.removal.is_none(),
        Step::Reinstate => release.withdrawal.is_some() || release.removal.is_some(),
    }
}

/// Asks for a step, at the versions that there are or `off` beside them.
fn ask(desk: &mut Desk, release: &Release, step: &Step, title: &str, off: i64) -> Result<Release, Refusal> {
    let by = desk.editor();
    let original = original_version(release) + off;
    let in_locale = |locale: &str| {
        let locale: Locale = locale.parse().unwrap();
        let version = release.translations.get(&locale).map_or(0, |text| text.version);
        (locale, version + off)
    };
    let refile = |shared, desk: &mut Desk| {
        let asked = UpdateRelease {
            shared,
            ..UpdateRelease::default()
        };
        release.update(&asked, original, by, &mut desk.context())
    };
    match step {
        Step::Stale(step) => ask(desk, release, step, title, 1),
        Step::Save(locale) => {
            let (locale, seen) = in_locale(locale);
            release.update_translation(&locale, &text(title), seen, by, &mut desk.context())
        }
        Step::SaveTheSame(locale) => {
            let (locale, seen) = in_locale(locale);
            release.update_translation(&locale, &TextFields::default(), seen, by, &mut desk.context())
        }
        Step::Rename(slug) => {
            let shared = SharedFields {
                slug: set((*slug).into()),
                ..SharedFields::default()
            };
            refile(shared, desk)
        }
        Step::Date(date) => {
            let shared = SharedFields {
                published_at: set(date.map(str::to_owned)),
                ..SharedFields::default()
            };
            refile(shared, desk)
        }
        Step::Add(locale) => {
            let asked = AddTranslation {
                locale: (*locale).into(),
                text: text(title),
            };
            release.add_translation(&asked, original, by, &mut desk.context())
        }
        Step::Publish(locale, level) => {
            let (locale, seen) = in_locale(locale);
            let correction = level.map(|level| Correction {
                level,
                change_note: (level == CorrectionLevel::Major).then(|| "A note.".to_owned()),
            });
            let asked = PublishTranslation {
                correction,
                emergency: None,
            };
            release.publish_translation(&locale, &asked, seen, by, &mut desk.context())
        }
        Step::Withdraw => {
            let notice = LocalNote {
                locale: "en".into(),
                text: "A notice.".into(),
            };
            release.withdraw(&[notice], original, desk.editor(), &desk.context())
        }
        Step::Remove => release.remove("A reason.", original, desk.editor(), &desk.context()),
        Step::Reinstate => release.reinstate(original, desk.editor(), &desk.context()),
    }
}

/// All that has ever been seen of a release, which a later look must not contradict.
#[derive(Default)]
struct Memory {
    editions: BTreeMap<EditionId, Edition>,
    versions: BTreeMap<TranslationId, (i64, i64)>,
    published_slugs: BTreeSet<Slug>,
    published_titles: BTreeSet<String>,
    all_titles: BTreeSet<String>,
}

impl Memory {
    fn look_at(&mut self, release: &Release) -> Result<(), TestCaseError> {
        for translation in release.translations.values() {
            let live = translation.live.as_ref().map(|live| &live.edition);
            let draft = translation.draft.as_ref().map(|draft| &draft.edition);
            for edition in live.into_iter().chain(draft) {
                let known = self.editions.entry(edition.id).or_insert_with(|| edition.clone());
                prop_assert_eq!(&*known, edition, "an edition never changes");
                prop_assert!(edition.number <= translation.editions);
            }
            let now = (translation.version, translation.editions);
            let (version, editions) = self.versions.insert(translation.id, now).unwrap_or_default();
            prop_assert!(translation.version >= version && translation.version <= version + 1);
            prop_assert!(translation.editions >= editions && translation.editions <= editions + 1);
            if now != (version, editions) {
                prop_assert!(translation.version > version, "no edition without a version");
            }
            self.published_titles
                .extend(live.map(|edition| edition.text.title.to_string()));
            self.all_titles
                .extend(draft.map(|edition| edition.text.title.to_string()));
        }
        self.published_slugs
            .extend(release.live_shared().map(|shared| shared.slug.clone()));
        let face = release.public_face(Zone::default());
        let addresses: BTreeSet<Slug> = match &face {
            PublicFace::Nothing => BTreeSet::new(),
            PublicFace::Live(live) => live.redirects.iter().chain([&live.slug]).cloned().collect(),
            PublicFace::Tombstone(tombstone) => tombstone.slugs.iter().cloned().collect(),
        };
        prop_assert_eq!(
            &addresses,
            &self.published_slugs,
            "a published slug is for ever, and a draft's is nowhere"
        );
        let shown = format!("{face:?}");
        for draft in self.all_titles.difference(&self.published_titles) {
            prop_assert!(!shown.contains(draft), "{} is a draft's", draft);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_in_whatever_order_the_rules_hold(steps in steps()) {
        let mut desk = Desk::default();
        let mut release = desk.create(titled("title 0."));
        let mut memory = Memory::default();
        memory.look_at(&release)?;
        for (number, step) in steps.iter().enumerate() {
            let title = format!("title {}.", number + 1);
            let answer = ask(&mut desk, &release, step, &title, 0);
            prop_assert_eq!(answer.is_ok(), is_legal(&release, step), "{:?} on {:?}: {:?}", step, release, answer);
            let stale = matches!(answer, Err(Refusal::Stale { .. }));
            if let Step::Stale(of) = step {
                let no_such_text = matches!(**of, Step::Save(l) | Step::SaveTheSame(l) | Step::Publish(l, _)
                    if release.translations.keys().all(|locale| locale.as_str() != l));
                prop_assert!(stale || no_such_text);
            } else {
                prop_assert!(!stale);
            }
            if let Ok(after) = answer {
                let told = desk.changes(Some(&release), &after);
                let same_face = release.public_face(Zone::default()) == after.public_face(Zone::default());
                prop_assert_eq!(told.is_empty(), same_face, "readers are told of what changes for them, and of no more");
                let raised = release.translations.iter().filter(|(locale, text)| after.translations[*locale].version > text.version);
                let added = after.translations.len() - release.translations.len();
                let expected = usize::from(after != release);
                prop_assert_eq!(raised.count() + added, expected, "one command, one version");
                release = after;
            }
            memory.look_at(&release)?;
        }
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
