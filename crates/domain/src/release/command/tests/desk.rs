//! A desk to test at: a clock that is set, a small taxonomy, people of each role, ids that count up.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::*;
use super::summary::summary;
use crate::EditionId;
use crate::account::{Caller, Credential, OfficeScope, PublishRule, Role, Standing};
use crate::change::{ChangeKind, changes_between};
use crate::check::Finding;
use crate::exchange::ReleaseLine;
use crate::fault::FieldFault;
use crate::house::HouseBook;
use crate::refusal::Denial;
use crate::release::{BodyFormat, CommandContext, Earlier, Edition, PublicFace};
use crate::schedule::ScheduleFields;
use crate::taxonomy::{ContentType, Office, Taxonomy, Theme};
use crate::{AccountId, BundleId, Instant, ReleaseId, Slug, Zone};

pub(crate) struct Desk {
    taxonomy: Taxonomy,
    locales: Vec<Locale>,
    /// Seconds since the desk was opened. Each context is one later.
    clock: i64,
    ids: u128,
    context: Option<Hands>,
    /// The rules of the house; none, until somebody makes some.
    pub(crate) house: HouseBook,
    /// The edition of earlier days that the next command sees.
    pub(crate) earlier: Option<Earlier>,
    /// What the checks have found in drafts.
    pub(crate) findings: BTreeMap<EditionId, Vec<Finding>>,
}

/// What a context borrows.
struct Hands {
    new_id: Box<dyn FnMut() -> Uuid>,
    free_slug: fn(&str) -> Slug,
}

impl Default for Desk {
    fn default() -> Self {
        let names = |slug: &str| serde_json::from_str(&format!(r#"{{"en": "{slug}"}}"#)).unwrap();
        let id = Uuid::from_u128;
        let office = |n, slug: &str| Office {
            id: id(n).into(),
            slug: slug.parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names(slug),
            closed: false,
            kind: None,
            version: 1,
        };
        let theme = Theme {
            id: id(0xa3).into(),
            slug: "elections".parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names("elections"),
            parent: None,
            version: 1,
        };
        let news = ContentType {
            id: id(0xa4).into(),
            slug: "news".parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names("news"),
            version: 1,
        };
        let offices = vec![office(0xa1, "odihr"), office(0xa2, "vienna")];
        Self {
            taxonomy: Taxonomy::new(offices, vec![theme], vec![news]).unwrap(),
            locales: ["en", "ru", "sq"].map(|tag| tag.parse().unwrap()).to_vec(),
            clock: 0,
            ids: 0,
            context: None,
            house: HouseBook::default(),
            earlier: None,
            findings: BTreeMap::new(),
        }
    }
}

/// Somebody of a role, for all offices.
pub(crate) fn somebody(number: u128, role: Role) -> Caller {
    Caller {
        standing: Standing {
            account: Uuid::from_u128(number).into(),
            role,
            scope: OfficeScope::All,
        },
        credential: Credential::Session(Uuid::from_u128(number).into()),
        address: None,
    }
}

/// 2026-01-01 and that many seconds.
pub(crate) fn at(seconds: i64) -> Instant {
    Instant::from_micros((1_767_225_600 + seconds) * 1_000_000).unwrap()
}

impl Desk {
    #[expect(clippy::unused_self, reason = "it reads better beside the desk's context")]
    pub(crate) fn editor(&self) -> Actor {
        Actor::Account(Uuid::from_u128(0xe1).into())
    }

    pub(crate) fn context(&mut self) -> CommandContext<'_> {
        self.clock += 1;
        self.ids += 0x100;
        let mut next = self.ids;
        let hands = self.context.insert(Hands {
            new_id: Box::new(move || {
                next += 1;
                Uuid::from_u128(next)
            }),
            free_slug: |title| Slug::from_title(title, "release"),
        });
        CommandContext {
            now: at(self.clock),
            zone: Zone::default(),
            taxonomy: &self.taxonomy,
            locales: &self.locales,
            house: &self.house,
            findings: &self.findings,
            earlier: self.earlier.as_ref(),
            new_id: &mut hands.new_id,
            free_slug: &mut hands.free_slug,
        }
    }

    pub(crate) fn create(&mut self, asked: CreateRelease) -> Release {
        Release::create(&asked, self.editor(), &mut self.context()).unwrap()
    }

    pub(crate) fn save(&mut self, release: &Release, locale: &str, text: TextFields) -> Result<Release, Refusal> {
        let (locale, seen) = seen(release, locale);
        release.update_translation(&locale, &text, seen, self.editor(), &mut self.context())
    }

    pub(crate) fn refile(&mut self, release: &Release, shared: SharedFields) -> Result<Release, Refusal> {
        let asked = UpdateRelease {
            shared,
            ..UpdateRelease::default()
        };
        release.update(&asked, original_version(release), self.editor(), &mut self.context())
    }

    pub(crate) fn add(&mut self, release: &Release, locale: &str, title: &str) -> Result<Release, Refusal> {
        let asked = AddTranslation {
            locale: locale.into(),
            text: text(title),
        };
        release.add_translation(&asked, original_version(release), self.editor(), &mut self.context())
    }

    pub(crate) fn publish(&mut self, release: &Release, locale: &str) -> Result<Release, Refusal> {
        self.publish_as(release, locale, None)
    }

    pub(crate) fn correct(&mut self, release: &Release, locale: &str, note: &str) -> Result<Release, Refusal> {
        let correction = Correction {
            level: CorrectionLevel::Major,
            change_note: Some(note.into()),
        };
        self.publish_as(release, locale, Some(correction))
    }

    pub(crate) fn publish_as(
        &mut self,
        release: &Release,
        locale: &str,
        correction: Option<Correction>,
    ) -> Result<Release, Refusal> {
        let (locale, seen) = seen(release, locale);
        let asked = PublishTranslation {
            correction,
            emergency: None,
            waive: Vec::new(),
        };
        release.publish_translation(&locale, &asked, seen, self.editor(), &mut self.context())
    }

    pub(crate) fn withdraw(&mut self, release: &Release) -> Result<Release, Refusal> {
        let notice = LocalNote {
            locale: "en".into(),
            text: "Withdrawn for review.".into(),
        };
        release.withdraw(&[notice], original_version(release), self.editor(), &self.context())
    }

    pub(crate) fn remove(&mut self, release: &Release) -> Result<Release, Refusal> {
        release.remove(
            "Published in error.",
            original_version(release),
            self.editor(),
            &self.context(),
        )
    }

    /// Takes a step, as an administrator whose account is the editor's.
    pub(crate) fn take(&mut self, release: &Release, step: Step) -> Result<Release, Denial> {
        self.take_as(&somebody(0xe1, Role::Administrator), release, step)
    }

    /// Takes a step as somebody who has seen the version that there is.
    pub(crate) fn take_as(&mut self, who: &Caller, release: &Release, step: Step) -> Result<Release, Denial> {
        let seen = version_for(release, &step);
        self.take_at(who, release, seen, step)
    }

    pub(crate) fn take_at(
        &mut self,
        who: &Caller,
        release: &Release,
        seen: i64,
        step: Step,
    ) -> Result<Release, Denial> {
        let command = ReleaseCommand::Take {
            release: release.id,
            seen,
            step,
        };
        let decided = command.decide(Some(release), who, PublishRule::default(), &mut self.context())?;
        Ok(decided.release)
    }

    /// The instant at which the next command is, in so many seconds.
    pub(crate) fn in_seconds(&self, seconds: i64) -> Instant {
        at(self.clock + 1 + seconds)
    }

    /// A draft that goes live in so many seconds.
    pub(crate) fn schedule(&mut self, release: &Release, locale: &str, seconds: i64) -> Result<Release, Denial> {
        let step = schedule(locale, self.in_seconds(seconds));
        self.take(release, step)
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.clock += seconds;
    }

    /// What comes of a release once what it has scheduled by itself is due, translation by translation; those who scheduled
    /// it are as `people` says.
    pub(crate) fn when_due(&mut self, release: &Release, people: &[Caller]) -> Release {
        let mut release = release.clone();
        let locales = release.due(None, self.in_seconds(0));
        for locale in locales {
            let planner = release.planned(&locale).and_then(|plan| plan.planned.by.account());
            let planner = people
                .iter()
                .map(|who| &who.standing)
                .find(|who| Some(who.account) == planner);
            let published = release.publish_scheduled(&locale, planner, PublishRule::default(), &mut self.context());
            release = published.unwrap_or_else(|reason| release.fail_scheduled(&locale, &reason, &self.context()));
        }
        release
    }

    /// What comes of releases once a bundle is due.
    pub(crate) fn when_bundle_is_due(
        &mut self,
        known: &BTreeMap<ReleaseId, Release>,
        bundle: BundleId,
        people: &[Caller],
    ) -> BTreeMap<ReleaseId, Release> {
        let now = self.in_seconds(0);
        let of_release = |(id, release): (&ReleaseId, &Release)| {
            let due = release.due(Some(bundle), now).into_iter();
            due.map(|locale| (*id, locale)).collect::<Vec<_>>()
        };
        let due: Vec<_> = known.iter().flat_map(of_release).collect();
        let planners: BTreeMap<AccountId, Standing> = people
            .iter()
            .map(|who| (who.standing.account, who.standing.clone()))
            .collect();
        let published = due_published(known, &due, &planners, PublishRule::default(), &mut self.context());
        published.unwrap_or_else(|(_, reason)| due_failed(known, &due, &reason, &self.context()))
    }

    /// A newer text goes live beside whatever draft there is, as an import makes it.
    pub(crate) fn import(&mut self, release: &Release, locale: &str, title: &str) -> Result<Release, FieldFault> {
        let line = format!(r#"{{"sourceId": "1", "translations": {{"{locale}": {{"title": "{title}"}}}}}}"#);
        Release::import(Some(release), &ReleaseLine::parse(&line)?, &mut self.context())
    }

    /// An edition comes back as a draft.
    pub(crate) fn restore(&mut self, release: &Release, locale: &str, edition: &Edition) -> Result<Release, Denial> {
        let step = self.restoring(release, locale, edition, None);
        self.take(release, step)
    }

    /// The step that restores an edition, which the next command sees.
    pub(crate) fn restoring(&mut self, release: &Release, locale: &str, edition: &Edition, slug: Option<&str>) -> Step {
        self.earlier = Some(Earlier {
            translation: in_locale(release, locale).id,
            edition: edition.clone(),
        });
        Step::Restore {
            locale: locale.into(),
            edition: edition.id,
            slug: slug.map(str::to_owned),
        }
    }

    #[expect(clippy::unused_self, reason = "it reads better beside the desk's commands")]
    pub(crate) fn changes(&self, before: Option<&Release>, after: &Release) -> Vec<ChangeKind> {
        let was = before.map_or(PublicFace::Nothing, |before| before.public_face(Zone::default()));
        changes_between(before, &was, &after.public_face(Zone::default()))
    }

    /// What a release is now, and what readers are told of what became of it.
    pub(crate) fn became(&self, before: Option<&Release>, after: &Release) -> String {
        let kinds = self.changes(before, after);
        let kinds: Vec<String> = kinds
            .iter()
            .map(|kind| {
                kind.locale()
                    .map_or(kind.as_str().to_owned(), |l| format!("{} {l}", kind.as_str()))
            })
            .collect();
        format!("{}changes: [{}]\n", summary(after), kinds.join(", "))
    }
}

pub(crate) fn original_version(release: &Release) -> i64 {
    release.original().unwrap().version
}

/// The version that a step names which has seen what there is.
pub(crate) fn version_for(release: &Release, step: &Step) -> i64 {
    match step {
        Step::UpdateTranslation { locale, .. }
        | Step::Publish { locale, .. }
        | Step::Submit { locale }
        | Step::RequestChanges { locale, .. }
        | Step::Approve { locale }
        | Step::Schedule { locale, .. }
        | Step::Unschedule { locale }
        | Step::Endorse { locale }
        | Step::Discard { locale }
        | Step::Rebase { locale, .. }
        | Step::Restore { locale, .. }
        | Step::Confirm { locale }
        | Step::TakeDown { locale }
        | Step::ReinstateTranslation { locale } => locale.parse::<Locale>().map_or(0, |_| seen(release, locale).1),
        Step::Update(_) | Step::AddTranslation(_) | Step::Withdraw { .. } | Step::Remove { .. } | Step::Reinstate => {
            original_version(release)
        }
    }
}

/// The translation in a locale.
pub(crate) fn in_locale<'a>(release: &'a Release, locale: &str) -> &'a Translation {
    &release.translations[&locale.parse::<Locale>().unwrap()]
}

/// The edition that the desk sees in a locale.
pub(crate) fn shown(release: &Release, locale: &str) -> Edition {
    in_locale(release, locale).desk_edition().unwrap().clone()
}

fn seen(release: &Release, locale: &str) -> (Locale, i64) {
    let locale: Locale = locale.parse().unwrap();
    let version = release.translations.get(&locale).map_or(0, |text| text.version);
    (locale, version)
}

pub(crate) fn set<T>(value: T) -> Patch<T> {
    Patch::Set(value)
}

pub(crate) fn text(title: &str) -> TextFields {
    TextFields {
        title: set(title.into()),
        ..TextFields::default()
    }
}

pub(crate) fn markdown(text: &str) -> BodyFields {
    BodyFields {
        format: BodyFormat::Markdown,
        text: text.into(),
    }
}

/// A new release in English with that title and no more.
pub(crate) fn titled(title: &str) -> CreateRelease {
    CreateRelease {
        original_locale: "en".into(),
        text: text(title),
        ..CreateRelease::default()
    }
}

pub(crate) fn submit(locale: &str) -> Step {
    Step::Submit { locale: locale.into() }
}

pub(crate) fn request_changes(locale: &str, comment: &str) -> Step {
    Step::RequestChanges {
        locale: locale.into(),
        comment: comment.into(),
    }
}

pub(crate) fn approve(locale: &str) -> Step {
    Step::Approve { locale: locale.into() }
}

pub(crate) fn publish(locale: &str) -> Step {
    Step::Publish {
        locale: locale.into(),
        asked: PublishTranslation::default(),
    }
}

pub(crate) fn publish_in_emergency(locale: &str, reason: &str) -> Step {
    Step::Publish {
        locale: locale.into(),
        asked: in_emergency(reason),
    }
}

pub(crate) fn in_emergency(reason: &str) -> PublishTranslation {
    PublishTranslation {
        correction: None,
        emergency: Some(reason.into()),
        waive: Vec::new(),
    }
}

/// A schedule for an instant.
pub(crate) fn for_instant(at: Instant) -> ScheduleFields {
    ScheduleFields {
        at: Some(at.to_string()),
        ..ScheduleFields::default()
    }
}

pub(crate) fn schedule(locale: &str, at: Instant) -> Step {
    schedule_as(locale, at, PublishTranslation::default())
}

pub(crate) fn schedule_as(locale: &str, at: Instant, publish: PublishTranslation) -> Step {
    Step::Schedule {
        locale: locale.into(),
        asked: ScheduleTranslation {
            schedule: for_instant(at),
            publish,
        },
    }
}

pub(crate) fn unschedule(locale: &str) -> Step {
    Step::Unschedule { locale: locale.into() }
}

pub(crate) fn endorse(locale: &str) -> Step {
    Step::Endorse { locale: locale.into() }
}

pub(crate) fn discard(locale: &str) -> Step {
    Step::Discard { locale: locale.into() }
}

pub(crate) fn rebase(locale: &str, resolutions: &[(DraftField, Side)]) -> Step {
    let resolutions = resolutions.iter().map(|(field, take)| Resolution {
        field: *field,
        take: *take,
    });
    Step::Rebase {
        locale: locale.into(),
        resolutions: resolutions.collect(),
    }
}

pub(crate) fn confirm(locale: &str) -> Step {
    Step::Confirm { locale: locale.into() }
}

pub(crate) fn take_down(locale: &str) -> Step {
    Step::TakeDown { locale: locale.into() }
}

pub(crate) fn reinstate(locale: &str) -> Step {
    Step::ReinstateTranslation { locale: locale.into() }
}

pub(crate) fn save(locale: &str, title: &str) -> Step {
    Step::UpdateTranslation {
        locale: locale.into(),
        text: text(title),
    }
}
