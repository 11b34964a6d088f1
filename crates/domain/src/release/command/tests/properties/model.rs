//! What a second look at the rules says of what is asked, without doing it.

use super::super::desk::at;
use super::super::*;
use super::ask::Ask;
use super::memory::Memory;
use crate::Instant;
use crate::account::{Caller, Role};
use crate::house::HouseRules;
use crate::release::{Draft, Edition, StageName};

/// What is asked of, by whom, when, under which rules.
pub(super) struct Scene<'a> {
    pub(super) release: &'a Release,
    pub(super) memory: &'a Memory,
    pub(super) who: &'a Caller,
    pub(super) rules: &'a HouseRules,
    pub(super) now: Instant,
}

fn planned_at(text: &Translation) -> Option<Instant> {
    text.draft.as_ref()?.stage.planned().map(|plan| plan.schedule.at)
}

/// The fields of an edition, each as text, in the order of [`super::ask::FIELDS`].
pub(super) fn fields(edition: &Edition, date_or: &Edition) -> Vec<String> {
    let text = &edition.text;
    let mut fields = vec![
        format!("{:?}", text.title),
        format!("{:?}", text.lead),
        format!("{:?}", text.body),
    ];
    if let (Some(shared), Some(other)) = (&edition.shared, &date_or.shared) {
        fields.push(shared.slug.to_string());
        fields.push(format!("{:?}", shared.published_at.or(other.published_at)));
        fields.push(format!("{:?}", shared.content_type));
        fields.push(format!("{:?}", shared.offices));
        fields.push(format!("{:?}", shared.themes));
        fields.push(format!("{:?}", shared.attachments));
    }
    fields
}

/// What each field of a rebased draft is to be; `None` where it clashes and no side is named.
pub(super) fn merged(
    base: Option<&Edition>,
    draft: &Edition,
    live: &Edition,
    side: Option<Side>,
) -> Vec<Option<String>> {
    let base = base.map(|base| fields(base, live)).unwrap_or_default();
    let both = fields(draft, live).into_iter().zip(fields(live, live));
    let merged = both.enumerate().map(|(index, (draft, live))| {
        let was = base.get(index);
        match (was == Some(&draft), was == Some(&live)) {
            _ if draft == live => Some(draft),
            (_, true) => Some(draft),
            (true, _) => Some(live),
            _ => side.map(|side| if side == Side::Draft { draft } else { live }),
        }
    });
    merged.collect()
}

impl Scene<'_> {
    fn translation(&self, locale: &str) -> Option<&Translation> {
        self.release.translations.get(&locale.parse::<Locale>().unwrap())
    }

    fn is_original(&self, locale: &str) -> bool {
        self.release.original_locale.as_str() == locale
    }

    fn is_live(&self) -> bool {
        self.release.live_shared().is_some()
    }

    fn role(&self) -> Role {
        self.who.standing.role
    }

    fn may_edit(&self) -> bool {
        self.role() > Role::Author || !self.is_live()
    }

    fn wrote(&self, draft: &Draft) -> bool {
        draft.writers.contains(&self.who.standing.account)
    }

    /// Whether a draft is there that somebody may work on, at one of these stages.
    fn has_draft_at(&self, locale: &str, stages: &[StageName]) -> bool {
        let draft = self.translation(locale).and_then(|text| text.draft.as_ref());
        draft.is_some_and(|draft| stages.contains(&draft.stage.name()))
    }

    /// Whether what is saved of the original is not scheduled, or says what there is.
    fn can_refile(&self, is_the_same: impl FnOnce(&Edition) -> bool) -> bool {
        let original = self.release.original().unwrap();
        planned_at(original).is_none() || original.draft.as_ref().is_some_and(|draft| is_the_same(&draft.edition))
    }

    pub(super) fn is_legal(&self, ask: &Ask) -> bool {
        use StageName::{Approved, Failed, InReview, Scheduled, Written};
        let publisher = self.role() >= Role::Publisher;
        let withdrawn = self.release.withdrawal.is_some();
        let removed = self.release.removal.is_some();
        match ask {
            Ask::Stale(_) => false,
            Ask::Save(locale) => {
                self.may_edit() && self.translation(locale).is_some() && !self.has_draft_at(locale, &[Scheduled])
            }
            Ask::SaveTheSame(locale) => self.may_edit() && self.translation(locale).is_some(),
            Ask::Rename(slug) => {
                let same = |edition: &Edition| {
                    edition
                        .shared
                        .as_ref()
                        .is_some_and(|shared| shared.slug.as_str() == *slug)
                };
                self.may_edit() && self.can_refile(same)
            }
            Ask::Date(date) => {
                let date_of = |edition: &Edition| edition.shared.as_ref()?.published_at.map(|at| at.to_string());
                let same = |edition: &Edition| date_of(edition).as_deref() == *date;
                self.may_edit() && (date.is_some() || !self.is_live()) && self.can_refile(same)
            }
            Ask::Add(locale) => self.may_edit() && self.translation(locale).is_none(),
            Ask::Submit(locale) => self.may_edit() && self.has_draft_at(locale, &[Written, Failed]),
            Ask::RequestChanges(locale) => {
                self.role() >= Role::Editor && self.has_draft_at(locale, &[InReview, Approved])
            }
            Ask::Approve(locale) => {
                let text = self.translation(locale);
                let alone = |draft: &Draft| self.rules.four_eyes && self.wrote(draft);
                self.role() >= Role::Editor.max(self.rules.approval.unwrap_or(Role::Author))
                    && self.has_draft_at(locale, &[Written, InReview, Failed])
                    && !text.and_then(|text| text.draft.as_ref()).is_some_and(alone)
            }
            Ask::Publish(locale, level, emergency) => {
                publisher
                    && (self.is_original(locale) || self.is_live())
                    && self.can_go(locale, self.now, false, *emergency)
                    && (*level != Some(CorrectionLevel::Major) || self.is_correction(locale))
            }
            Ask::Schedule(locale, seconds, emergency) => {
                let then = at(self.now.micros() / 1_000_000 - at(0).micros() / 1_000_000 + seconds);
                let original = planned_at(self.release.original().unwrap());
                publisher
                    && *seconds > 0
                    && !self.has_draft_at(locale, &[Scheduled])
                    && (self.is_original(locale) || self.is_live() || original.is_some_and(|at| at <= then))
                    && self.can_go(locale, then, true, *emergency)
            }
            Ask::Unschedule(locale) => {
                let others = self
                    .release
                    .translations
                    .iter()
                    .filter(|(other, _)| other.as_str() != *locale);
                let waits = others.filter(|(_, text)| planned_at(text).is_some()).count() > 0;
                publisher
                    && self.has_draft_at(locale, &[Scheduled])
                    && (!self.is_original(locale) || self.is_live() || !waits)
            }
            Ask::Endorse(locale) => {
                let live = self.translation(locale).and_then(|text| text.live.as_ref());
                let account = self.who.standing.account;
                publisher
                    && live.and_then(|live| live.emergency.as_ref()).is_some_and(|emergency| {
                        emergency.published.by != Actor::Account(account) && !emergency.writers.contains(&account)
                    })
            }
            Ask::Discard(locale) => {
                self.may_edit() && self.has_draft_at(locale, &[Written, InReview, Approved, Failed])
            }
            Ask::Restore(locale, which) => self.may_edit() && self.can_restore(locale, *which),
            Ask::Rebase(locale, side) => self.may_edit() && self.can_rebase(locale, *side),
            Ask::Confirm(locale) => self.may_edit() && self.memory.is_behind(self.release, locale),
            Ask::TakeDown(locale) => publisher && !self.is_original(locale) && self.has_live(locale, false),
            Ask::Back(locale) => publisher && self.has_live(locale, true),
            Ask::Withdraw => publisher && self.is_live() && !withdrawn && !removed,
            Ask::Remove => publisher && self.is_live() && !removed,
            Ask::Reinstate => publisher && (withdrawn || removed),
        }
    }

    fn has_live(&self, locale: &str, taken_down: bool) -> bool {
        let live = self.translation(locale).and_then(|text| text.live.as_ref());
        live.is_some_and(|live| live.taken_down_at.is_some() == taken_down)
    }

    fn is_correction(&self, locale: &str) -> bool {
        self.translation(locale).is_some_and(|text| text.live.is_some())
    }

    /// Whether a draft may go live then, but for the order of original and translations.
    fn can_go(&self, locale: &str, then: Instant, scheduled: bool, emergency: bool) -> bool {
        let Some(text) = self.translation(locale) else {
            return false;
        };
        let Some(draft) = &text.draft else { return false };
        let overtaken = text
            .live
            .as_ref()
            .is_some_and(|live| draft.based_on != Some(live.edition.id));
        let date = draft.edition.shared.as_ref().and_then(|shared| shared.published_at);
        // What is scheduled to go live for the first time gets its date from the schedule.
        let in_time = (scheduled && text.live.is_none()) || date.is_none_or(|date| date <= then);
        let eyes = emergency || !(self.rules.four_eyes && self.wrote(draft));
        self.release.removal.is_none()
            && !self.has_live(locale, true)
            && !overtaken
            && in_time
            && eyes
            && self.has_what_rules_ask(locale, draft, emergency)
    }

    fn has_what_rules_ask(&self, locale: &str, draft: &Draft, emergency: bool) -> bool {
        let approved = self.rules.approval.is_none() || draft.stage.approved().is_some() || emergency;
        let mut wanted = self.rules.languages.iter().flat_map(|rule| &rule.locales);
        let has = |text: &Translation| text.draft.is_some() || text.live.is_some();
        let translated = wanted.all(|wanted| self.release.translations.get(wanted).is_some_and(has));
        approved && (!self.is_original(locale) || self.is_live() || translated)
    }

    /// Whether what is scheduled in a locale goes live now that its hour has come. Who is asked is who scheduled it.
    pub(super) fn goes_live_at_its_hour(&self, locale: &str, is_suspended: bool) -> bool {
        let plan = self
            .translation(locale)
            .and_then(|text| text.draft.as_ref()?.stage.planned());
        let emergency = plan.is_some_and(|plan| plan.emergency.is_some());
        !is_suspended && (self.is_original(locale) || self.is_live()) && self.can_go(locale, self.now, true, emergency)
    }

    fn can_restore(&self, locale: &str, which: usize) -> bool {
        let Some(text) = self.translation(locale) else {
            return false;
        };
        let Some(mut edition) = self.memory.nth(self.release, locale, which) else {
            return false;
        };
        let live = text.live.as_ref().and_then(|live| live.edition.shared.as_ref());
        if let Some(shared) = &mut edition.shared {
            shared.published_at = shared.published_at.or(live.and_then(|live| live.published_at));
        }
        let same = |draft: &Draft| draft.edition.text == edition.text && draft.edition.shared == edition.shared;
        planned_at(text).is_none() || text.draft.as_ref().is_some_and(same)
    }

    fn can_rebase(&self, locale: &str, side: Option<Side>) -> bool {
        let text = self.translation(locale);
        let both = text.and_then(|text| Some((text.draft.as_ref()?, &text.live.as_ref()?.edition)));
        both.is_some_and(|(draft, live)| {
            let base = draft.based_on.and_then(|id| self.memory.earlier(id));
            let merged = merged(base.as_ref().map(|base| &base.edition), &draft.edition, live, side);
            draft.based_on != Some(live.id)
                && draft.stage.name() != StageName::Scheduled
                && merged.iter().all(Option::is_some)
        })
    }
}
