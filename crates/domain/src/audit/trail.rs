//! Reading the audit trail: which entries somebody asks for, which of them they see, and what each says.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{AuditEntry, Seal};
use crate::account::{Action, Matter, PublishRule, Standing, Verdict};
use crate::fault::FieldFault;
use crate::filter::MOST_VALUES;
use crate::release::Release;
use crate::text::excerpt;
use crate::{AccountId, ApiKeyId, EditionId, Instant, Locale, ReleaseId};

/// An entry as it stands in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number, from 1, without gaps.
    pub number: i64,
    /// What it says.
    pub entry: AuditEntry,
    /// Its seal.
    pub seal: Seal,
}

/// What was asked of the trail. Several actions mean any of them; different filters mean all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What was done to this release.
    pub release: Option<ReleaseId>,
    /// What this account did.
    pub account: Option<AccountId>,
    /// What was done; empty for anything.
    pub actions: Vec<String>,
    /// Since when, included.
    pub from: Option<Instant>,
    /// Until when, included.
    pub to: Option<Instant>,
}

impl AuditFilter {
    /// Lets a filter pass that can be.
    ///
    /// # Errors
    /// Too many values, what cannot be an action's name, and a range that ends before it begins.
    pub fn check(&self) -> Result<(), Vec<FieldFault>> {
        let mut faults = Vec::new();
        if self.actions.len() > MOST_VALUES {
            let message = format!(
                "one filter takes at most {MOST_VALUES} values, this one has {}",
                self.actions.len()
            );
            faults.push(FieldFault::new("actions", "TOO_MANY", message));
        }
        let is_name = |action: &String| action.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        for (index, action) in self.actions.iter().enumerate().filter(|(_, action)| !is_name(action)) {
            let message = format!(
                "“{}” is no action: they are words in small letters with hyphens, such as `publish-translation`",
                excerpt(action)
            );
            faults.push(FieldFault::new(format!("actions.{index}"), "MALFORMED", message));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            let message = format!("the range ends at {to}, before it begins at {from}: swap the two");
            faults.push(FieldFault::new("to", "RANGE_REVERSED", message));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// Which entries somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibleTrail {
    /// All that they ask for.
    Everything,
    /// What this account did.
    ActsOf(AccountId),
}

impl Standing {
    /// Which entries they see of those that they ask for: all, where they may read the whole trail, or where they ask for
    /// those of one release that they may read at the desk; else those of their own acts.
    #[must_use]
    pub fn visible_trail(&self, release: Option<&Release>) -> VisibleTrail {
        if self.reads_whole_trail() || release.is_some_and(|release| self.readable().includes(release)) {
            VisibleTrail::Everything
        } else {
            VisibleTrail::ActsOf(self.account)
        }
    }

    /// Whether they may read the whole trail.
    #[must_use]
    pub fn reads_whole_trail(&self) -> bool {
        let rule = PublishRule::default();
        self.may(Action::ReadAudit, Matter::Newsroom, rule) == Verdict::Allowed
    }

    /// Whether they are told from where an act came and all that was noted of it: of colleagues, those who may read the
    /// whole trail alone.
    #[must_use]
    pub fn sees_whole(&self, entry: &AuditEntry) -> bool {
        self.reads_whole_trail() || entry.actor.account() == Some(self.account)
    }
}

/// What an entry's detail says, as far as it is said in one way of all acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The release that it was about.
    pub release: Option<ReleaseId>,
    /// The locale of the translation that it was about.
    pub locale: Option<Locale>,
    /// The version before.
    pub version_before: Option<i64>,
    /// The version that it made.
    pub version: Option<i64>,
    /// The edition that the desk has had since.
    pub edition: Option<EditionId>,
    /// The API key that it was done with.
    pub api_key: Option<ApiKeyId>,
    /// The network address that it was asked from.
    pub address: Option<String>,
}

impl AuditEntry {
    /// What its detail says. What is not there, or is no such thing, is not said.
    #[must_use]
    pub fn said(&self) -> Said {
        let detail: Map<String, Value> = serde_json::from_str(&self.detail).unwrap_or_default();
        let text = |key: &str| detail.get(key).and_then(Value::as_str);
        let number = |key: &str| detail.get(key).and_then(Value::as_i64);
        let id = |key: &str| text(key).and_then(|text| text.parse::<Uuid>().ok());
        Said {
            release: id("release").map(Into::into),
            locale: text("locale").and_then(|text| text.parse().ok()),
            version_before: number("versionBefore"),
            version: number("version"),
            edition: id("edition").map(Into::into),
            api_key: id("apiKey").map(Into::into),
            address: text("from").map(ToOwned::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::account::{OfficeScope, Role};
    use crate::audit::Actor;
    use crate::release::test_desk::{Desk, titled};

    fn standing(account: u128, role: Role, offices: OfficeScope) -> Standing {
        Standing {
            account: Uuid::from_u128(account).into(),
            role,
            scope: offices,
        }
    }

    fn entry(by: u128, detail: &str) -> AuditEntry {
        AuditEntry {
            at: "2024-11-22T00:00:00Z".parse().unwrap(),
            actor: Actor::Account(Uuid::from_u128(by).into()),
            action: "update-release".into(),
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn a_filter_has_few_actions_and_a_range_that_begins_before_it_ends() {
        let filter = AuditFilter {
            actions: vec!["import".to_owned(); 101],
            from: Some("2024-11-23T00:00:00Z".parse().unwrap()),
            to: Some("2024-11-22T00:00:00Z".parse().unwrap()),
            ..AuditFilter::default()
        };
        let faults = filter.check().unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), &*fault.code)).collect();
        assert_eq!(codes, [("actions", "TOO_MANY"), ("to", "RANGE_REVERSED")]);
        let at_once = AuditFilter {
            from: filter.to,
            to: filter.to,
            ..AuditFilter::default()
        };
        assert_eq!(at_once.check(), Ok(()));
    }

    #[test]
    fn administrators_see_all_others_a_release_that_they_may_read_and_their_own_acts() {
        let release = Desk::default().create(titled("Observers arrive"));
        let editor = standing(5, Role::Editor, OfficeScope::All);
        let stranger = standing(6, Role::Editor, OfficeScope::Only(BTreeSet::new()));
        let administrator = standing(7, Role::Administrator, OfficeScope::All);
        for of in [None, Some(&release)] {
            assert_eq!(administrator.visible_trail(of), VisibleTrail::Everything);
            assert_eq!(stranger.visible_trail(of), VisibleTrail::ActsOf(stranger.account));
        }
        assert_eq!(editor.visible_trail(Some(&release)), VisibleTrail::Everything);
        assert_eq!(editor.visible_trail(None), VisibleTrail::ActsOf(editor.account));
        assert!(administrator.sees_whole(&entry(5, "{}")));
        assert!(editor.sees_whole(&entry(5, "{}")));
        assert!(!editor.sees_whole(&entry(6, "{}")));
    }

    #[test]
    fn a_detail_says_what_it_says_and_nothing_of_the_rest() {
        let id = Uuid::from_u128(9);
        let detail = format!(
            r#"{{"apiKey":"{id}","edition":null,"from":"192.0.2.1","locale":"sr-Latn","release":"{id}","version":3,"versionBefore":2}}"#
        );
        let said = Said {
            release: Some(id.into()),
            locale: Some("sr-Latn".parse().unwrap()),
            version_before: Some(2),
            version: Some(3),
            edition: None,
            api_key: Some(id.into()),
            address: Some("192.0.2.1".to_owned()),
        };
        assert_eq!(entry(1, &detail).said(), said);
        for nothing in ["", "[]", "{}", r#"{"release":7,"version":"x","locale":"?"}"#] {
            assert_eq!(entry(1, nothing).said(), Said::default(), "{nothing}");
        }
    }
}
