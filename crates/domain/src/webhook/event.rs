//! The names of events: a change's subject and kind, with a full stop between them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::fault::Malformed;

/// What an endpoint is told of, such as `release.published`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EventName(&'static str);

impl EventName {
    /// All that there are changes of.
    pub const ALL: [Self; 23] = [
        Self("release.published"),
        Self("release.translation-published"),
        Self("release.updated"),
        Self("release.corrected"),
        Self("release.translation-taken-down"),
        Self("release.translation-reinstated"),
        Self("release.slug-changed"),
        Self("release.withdrawn"),
        Self("release.removed"),
        Self("release.reinstated"),
        Self("release.reclassified"),
        Self("office.created"),
        Self("office.updated"),
        Self("office.merged"),
        Self("office.deleted"),
        Self("theme.created"),
        Self("theme.updated"),
        Self("theme.merged"),
        Self("theme.deleted"),
        Self("type.created"),
        Self("type.updated"),
        Self("type.merged"),
        Self("type.deleted"),
    ];
    /// What is sent to try an endpoint out. Nobody subscribes to it.
    pub const TEST: Self = Self("webhook.test");
    /// What an endpoint is sent that was paused. Nobody subscribes to it.
    pub const RESUMED: Self = Self("webhook.resumed");

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The event of a change, by the names that the change log has for its subject's kind and its own.
    #[must_use]
    pub fn of_change(subject: &str, kind: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|event| event.0.split_once('.') == Some((subject, kind)))
    }

    /// The event of that name, those of endpoints themselves included.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .chain([Self::TEST, Self::RESUMED])
            .find(|event| event.0 == name)
    }
}

impl FromStr for EventName {
    type Err = Malformed;

    /// An event that can be subscribed to.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|event| event.0 == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|event| event.0).collect();
            let message = format!(
                "there is no event “{}”: give any of {}",
                crate::text::excerpt(text),
                known.join(", ")
            );
            Malformed::new("UNKNOWN_EVENT", message)
        })
    }
}

impl<'de> Deserialize<'de> for EventName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::change::{ChangeKind, Subject};

    #[test]
    fn every_change_has_an_event_of_its_own() {
        let id = Uuid::nil();
        let locale = || "ru".parse().unwrap();
        let of_releases = [
            ChangeKind::Published,
            ChangeKind::TranslationPublished(locale()),
            ChangeKind::Updated,
            ChangeKind::Corrected,
            ChangeKind::TranslationTakenDown(locale()),
            ChangeKind::TranslationReinstated(locale()),
            ChangeKind::SlugChanged,
            ChangeKind::Withdrawn,
            ChangeKind::Removed,
            ChangeKind::Reinstated,
            ChangeKind::Reclassified,
        ];
        let into = Subject::Office(id.into());
        let of_entries = [
            ChangeKind::Created,
            ChangeKind::Updated,
            ChangeKind::Merged { into },
            ChangeKind::Deleted,
        ];
        let entries = [
            Subject::Office(id.into()),
            Subject::Theme(id.into()),
            Subject::ContentType(id.into()),
        ];
        let release = Subject::Release(id.into());
        let all = of_releases.iter().map(|kind| (release, kind));
        let all = all.chain(
            entries
                .iter()
                .flat_map(|entry| of_entries.iter().map(|kind| (*entry, kind))),
        );
        let named: Vec<EventName> = all
            .map(|(subject, kind)| EventName::of_change(subject.kind(), kind.as_str()).unwrap())
            .collect();
        assert_eq!(named, EventName::ALL);
    }

    #[test]
    fn what_is_no_event_is_refused_with_all_that_there_are() {
        for name in ["release.deleted", "release", "", "webhook.test", "release.published "] {
            let refused = name.parse::<EventName>().unwrap_err();
            assert!(
                refused.message.contains("release.published, release."),
                "{}",
                refused.message
            );
        }
        assert_eq!("theme.merged".parse::<EventName>().unwrap().to_string(), "theme.merged");
        assert_eq!(EventName::from_name("webhook.test"), Some(EventName::TEST));
    }
}
