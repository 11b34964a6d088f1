//! The rules of the house: what an organisation asks for before something is published, for all or for an office.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::taxonomy::Taxonomy;
use crate::{ContentTypeId, Locale, OfficeId};

/// What is asked for before something is published. By default, nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseRules {
    /// Nobody publishes what they wrote or changed last, or approves it.
    pub four_eyes: bool,
    /// What is published has been approved before, as a step of its own, by somebody of this role or a higher one.
    pub approval: Option<Role>,
    /// The languages that releases have.
    pub languages: Vec<RequiredLanguages>,
}

/// The languages that releases of a type have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredLanguages {
    /// Of which content type; of any, and of none, where nothing is said.
    pub content_type: Option<ContentTypeId>,
    /// Which languages.
    pub locales: BTreeSet<Locale>,
    /// Within how many hours of publishing. With 0, they are ready as drafts before the original is published.
    pub within_hours: u32,
}

/// The rules of all offices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HouseBook {
    /// The rules for all.
    pub general: HouseRules,
    /// The rules of some offices, beside those for all.
    pub of_offices: BTreeMap<OfficeId, HouseRules>,
}

impl HouseBook {
    /// The rules for what is filed under these offices: those for all and those of each of them, the stricter of two.
    #[must_use]
    pub fn rules_for(&self, offices: &[OfficeId]) -> HouseRules {
        let of_offices = offices.iter().filter_map(|office| self.of_offices.get(office));
        of_offices.fold(self.general.clone(), HouseRules::and)
    }
}

impl HouseRules {
    /// These rules and others, the stricter of two.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.four_eyes |= other.four_eyes;
        self.approval = self.approval.max(other.approval);
        let more = other.languages.iter().filter(|more| !self.languages.contains(more));
        let more: Vec<_> = more.cloned().collect();
        self.languages.extend(more);
        self
    }

    /// These rules, those for a content type that was merged being for what it was merged into.
    #[must_use]
    pub fn brought_up(mut self, taxonomy: &Taxonomy) -> Self {
        let mut languages = Vec::with_capacity(self.languages.len());
        for mut rule in std::mem::take(&mut self.languages) {
            rule.content_type = rule.content_type.map(|id| taxonomy.current_content_type(id));
            // Two that say the same now are one.
            if !languages.contains(&rule) {
                languages.push(rule);
            }
        }
        self.languages = languages;
        self
    }

    /// The languages that a release of that type is to have, each with the fewest hours that are asked for.
    #[must_use]
    pub fn languages_of(&self, content_type: Option<ContentTypeId>) -> BTreeMap<&Locale, u32> {
        let mut required = BTreeMap::new();
        for rule in &self.languages {
            if rule.content_type.is_none() || rule.content_type == content_type {
                for locale in &rule.locales {
                    let hours = required.entry(locale).or_insert(rule.within_hours);
                    *hours = rule.within_hours.min(*hours);
                }
            }
        }
        required
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::taxonomy::{Merged, MergedEntry};

    #[test]
    fn the_stricter_of_two_rules_holds() {
        let [vienna, odihr, other] = [1, 2, 3].map(|n| OfficeId::from(Uuid::from_u128(n)));
        let news = ContentTypeId::from(Uuid::from_u128(4));
        let languages = |content_type, locale: &str, within_hours| RequiredLanguages {
            content_type,
            locales: BTreeSet::from([locale.parse().unwrap()]),
            within_hours,
        };
        let book = HouseBook {
            general: HouseRules {
                languages: vec![languages(None, "en", 24)],
                ..HouseRules::default()
            },
            of_offices: BTreeMap::from([
                (
                    vienna,
                    HouseRules {
                        four_eyes: true,
                        approval: Some(Role::Editor),
                        languages: vec![languages(Some(news), "en", 0), languages(Some(news), "ru", 48)],
                    },
                ),
                (
                    odihr,
                    HouseRules {
                        approval: Some(Role::Publisher),
                        ..HouseRules::default()
                    },
                ),
            ]),
        };
        assert_eq!(book.rules_for(&[other]), book.general);
        let rules = book.rules_for(&[odihr, vienna]);
        assert_eq!((rules.four_eyes, rules.approval), (true, Some(Role::Publisher)));
        let hours = |content_type| {
            let required = rules.languages_of(content_type);
            required
                .into_iter()
                .map(|(locale, hours)| (locale.to_string(), hours))
                .collect::<Vec<_>>()
        };
        assert_eq!(hours(Some(news)), [("en".to_owned(), 0), ("ru".to_owned(), 48)]);
        assert_eq!(hours(None), [("en".to_owned(), 24)]);
    }

    #[test]
    fn rules_for_a_type_that_was_merged_are_for_the_other() {
        let [news, report] = [1, 2].map(|n| ContentTypeId::from(Uuid::from_u128(n)));
        let languages = |content_type, within_hours| RequiredLanguages {
            content_type,
            locales: BTreeSet::from(["ru".parse().unwrap()]),
            within_hours,
        };
        let rules = HouseRules {
            languages: vec![
                languages(Some(news), 24),
                languages(Some(report), 24),
                languages(Some(report), 1),
                languages(None, 48),
            ],
            ..HouseRules::default()
        };
        let mut taxonomy = Taxonomy::default();
        taxonomy.put_merged(MergedEntry::ContentType(Merged {
            id: report,
            into: news,
            slugs: BTreeSet::new(),
        }));
        let merged = rules.brought_up(&taxonomy);
        assert_eq!(
            merged.languages,
            [languages(Some(news), 24), languages(Some(news), 1), languages(None, 48)]
        );
        let hours: Vec<u32> = merged.languages_of(Some(news)).into_values().collect();
        assert_eq!(hours, [1]);
    }
}
