//! The rules of the house: shown to the desk, changed by administrators.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{
    Reader,
    check::{CheckName, CheckRules},
    house::{HouseRules, RequiredLanguages},
    taxonomy::Taxonomy,
    text::excerpt,
};
use newsroom_persistence::{KeptRules, NewRules, Store};

use super::{
    checks::{self, CheckSeverity},
    people::{Changed, People},
};
use crate::{
    command_failure::present_command,
    error::{ApiError, FieldFault},
    graphql::{
        account::Role,
        command::read_key,
        request::{caller, taxonomy},
        scalars::{LocaleTag, Long},
        taxonomy::{ContentType, Office},
    },
    store_failure::present,
};

/// The languages that releases of a type are to have.
#[derive(Debug, InputObject)]
pub(crate) struct RequiredLanguagesInput {
    /// The slug of the content type. Left out or null, it is about all releases.
    #[graphql(name = "type")]
    content_type: Option<String>,
    /// The languages.
    locales: Vec<LocaleTag>,
    /// Within how many hours of publishing, at most 8,760. With 0, they are there as drafts before the original is published.
    within_hours: i32,
}

/// Other rules for an office, or for all. They replace those that there were.
#[derive(Debug, InputObject)]
pub(crate) struct ChangePublishingRulesInput {
    /// The slug of the office. Left out or null, they are the rules for all.
    office: Option<String>,
    /// The version of these rules that you have seen: 0 where there are none yet.
    version: i32,
    /// Whether nobody publishes or approves what they have written or changed last.
    #[graphql(default)]
    four_eyes: bool,
    /// The lowest role that approves drafts before they are published, as a step of its own. Left out or null, publishing
    /// implies approval.
    approval: Option<Role>,
    /// The languages that releases are to have, at most 100 rules. Left out or null, none.
    languages: Option<Vec<RequiredLanguagesInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// What came of `changePublishingRules`.
#[derive(SimpleObject)]
pub(crate) struct ChangePublishingRulesPayload {
    /// The version of the rules now.
    version: i32,
    /// Where the change log was when the command was done.
    sequence: Long,
}

pub(crate) struct PublishingRules<'a> {
    kept: KeptRules,
    taxonomy: &'a Taxonomy,
    people: Arc<People>,
    checks: CheckRules,
}

/// What is asked for before something is published. Where a release has several offices, the stricter of two rules holds.
#[Object]
impl PublishingRules<'_> {
    /// The office whose rules they are. Null for those that hold for all.
    async fn office(&self) -> Option<Office<'_>> {
        let office = self.taxonomy.office(self.kept.office?)?;
        Some(Office::new(office, &Reader::default()))
    }

    /// Whether nobody publishes or approves what they have written or changed last. In an emergency a publisher can, with a
    /// reason; it waits for a second approval then.
    async fn four_eyes(&self) -> bool {
        self.kept.rules.four_eyes
    }

    /// The lowest role that approves drafts before they are published, as a step of its own. Null where publishing implies
    /// approval.
    async fn approval(&self) -> Option<Role> {
        self.kept.rules.approval.map(Into::into)
    }

    /// The languages that releases are to have.
    async fn languages(&self) -> Vec<RequiredLanguagesRule<'_>> {
        let rules = self.kept.rules.languages.iter();
        rules
            .map(|rule| RequiredLanguagesRule {
                rule,
                taxonomy: self.taxonomy,
            })
            .collect()
    }

    /// Their version: name it to change them. 0 where nobody has made any yet.
    async fn version(&self) -> i32 {
        i32::try_from(self.kept.version).unwrap_or(i32::MAX)
    }

    /// Who changed them last, and when. Null where nobody has made any yet.
    async fn changed(&self) -> Option<Changed> {
        self.kept.changed.map(|changed| Changed::new(changed, &self.people))
    }

    /// What becomes of what the checks find, as the operator has set it for all offices.
    async fn checks(&self) -> Vec<CheckRule> {
        let rules = CheckName::ALL.into_iter().map(|check| {
            let rule = self.checks.rule(check);
            CheckRule {
                check: check.into(),
                severity: rule.severity().map(Into::into),
                can_be_waived: rule.can_be_waived(),
            }
        });
        rules.collect()
    }
}

/// What becomes of what a check finds.
#[derive(SimpleObject)]
pub(crate) struct CheckRule {
    /// The check.
    check: checks::CheckName,
    /// How much its findings matter. Null where it does not look.
    severity: Option<CheckSeverity>,
    /// Whether whoever publishes can waive its findings.
    can_be_waived: bool,
}

pub(crate) struct RequiredLanguagesRule<'a> {
    rule: &'a RequiredLanguages,
    taxonomy: &'a Taxonomy,
}

/// The languages that releases of a type are to have.
#[Object(name = "RequiredLanguages")]
impl RequiredLanguagesRule<'_> {
    /// The content type. Null where it is about all releases.
    #[graphql(name = "type")]
    async fn content_type(&self) -> Option<ContentType<'_>> {
        let content_type = self.taxonomy.content_type(self.rule.content_type?)?;
        Some(ContentType::new(content_type, &Reader::default()))
    }

    /// The languages.
    async fn locales(&self) -> Vec<LocaleTag> {
        self.rule.locales.iter().cloned().map(LocaleTag).collect()
    }

    /// Within how many hours of publishing. 0 where they are there as drafts before the original is published.
    async fn within_hours(&self) -> i32 {
        i32::try_from(self.rule.within_hours).unwrap_or(i32::MAX)
    }
}

#[derive(Debug, Default)]
pub(crate) struct RulesQueries;

#[Object]
impl RulesQueries {
    /// The rules of the house: those for all first, then those of offices that have some. Needs credentials.
    async fn publishing_rules<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<PublishingRules<'ctx>>> {
        caller(context)?;
        let store = context.data::<Store>()?;
        let kept = store.house_rules().await.map_err(|error| present(&error))?;
        let changed = kept.iter().filter_map(|kept| Some(kept.changed?.by));
        let people = store.names_of(changed.collect()).await;
        let people = Arc::new(people.map_err(|error| present(&error))?);
        let taxonomy = taxonomy(context).await?;
        let shown = kept.into_iter().map(|kept| PublishingRules {
            kept,
            taxonomy,
            people: Arc::clone(&people),
            checks: *store.check_rules(),
        });
        Ok(shown.collect())
    }
}

#[derive(Debug, Default)]
pub(crate) struct RulesMutation;

#[Object]
impl RulesMutation {
    /// Changes the rules of the house, for an office or for all. For administrators.
    async fn change_publishing_rules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose rules, and which.")] input: ChangePublishingRulesInput,
    ) -> Result<ChangePublishingRulesPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let new = input.read(taxonomy(context).await?)?;
        let changed = store.change_house_rules(caller, &new, key.as_ref()).await;
        let changed = changed.map_err(|error| present_command(error, "input"))?;
        Ok(ChangePublishingRulesPayload {
            version: i32::try_from(changed.version).unwrap_or(i32::MAX),
            sequence: Long(changed.sequence),
        })
    }
}

/// The most rules about languages that an office has.
const MOST_LANGUAGE_RULES: usize = 100;
/// A year, in hours.
const MOST_HOURS: i32 = 8_760;

impl ChangePublishingRulesInput {
    fn read(self, taxonomy: &Taxonomy) -> Result<NewRules, ApiError> {
        let mut faults = Vec::new();
        let office = self.office.as_deref().map(|slug| {
            let found = taxonomy.office_by_slug(slug).map(|office| office.id);
            if found.is_none() {
                faults.push(unknown("input.office", "office", slug));
            }
            found
        });
        let given = self.languages.unwrap_or_default();
        if given.len() > MOST_LANGUAGE_RULES {
            let message = format!("give at most {MOST_LANGUAGE_RULES} rules, not {}", given.len());
            faults.push(FieldFault::new("input.languages", "TOO_MANY", message));
        }
        let mut languages = Vec::new();
        for (index, rule) in given.into_iter().enumerate() {
            let content_type = rule.content_type.as_deref().map(|slug| {
                let found = taxonomy.content_type_by_slug(slug).map(|found| found.id);
                if found.is_none() {
                    faults.push(unknown(format!("input.languages.{index}.type"), "content type", slug));
                }
                found
            });
            let hours = u32::try_from(rule.within_hours)
                .ok()
                .filter(|_| rule.within_hours <= MOST_HOURS);
            if hours.is_none() {
                let message = format!("give a number of hours from 0 to {MOST_HOURS}");
                faults.push(FieldFault::new(
                    format!("input.languages.{index}.withinHours"),
                    "OUT_OF_RANGE",
                    message,
                ));
            }
            if rule.locales.is_empty() {
                let message = "name at least one language, or leave the rule out";
                faults.push(FieldFault::new(
                    format!("input.languages.{index}.locales"),
                    "REQUIRED",
                    message,
                ));
            }
            languages.push(RequiredLanguages {
                content_type: content_type.flatten(),
                locales: rule.locales.into_iter().map(|locale| locale.0).collect(),
                within_hours: hours.unwrap_or_default(),
            });
        }
        if !faults.is_empty() {
            return Err(ApiError::validation(faults));
        }
        Ok(NewRules {
            office: office.flatten(),
            seen: self.version.into(),
            rules: HouseRules {
                four_eyes: self.four_eyes,
                approval: self.approval.map(Into::into),
                languages,
            },
        })
    }
}

/// The fault of a slug that names nothing.
pub(super) fn unknown(path: impl Into<String>, what: &str, slug: &str) -> FieldFault {
    FieldFault::new(path, "UNKNOWN_SLUG", format!("there is no {what} “{}”", excerpt(slug)))
}
