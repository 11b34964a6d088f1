//! What is asked of endpoints, and what is wrong with it.

use serde::Serialize;

use super::{EventName, Reach, WebhookFilter, WebhookUrl};
use crate::Instant;
use crate::change::ChangeCursor;
use crate::fault::{Faults, FieldFault};
use crate::filter::ReleaseFilter;
use crate::refusal::Refusal;
use crate::release::Patch;
use crate::taxonomy::Taxonomy;
use crate::text::Name;
use crate::time::Zone;

/// What a new endpoint is to be.
#[derive(Debug, Clone, Serialize)]
pub struct NewWebhook {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub description: Option<String>,
    /// The names of what it is told of; empty for everything.
    pub events: Vec<String>,
    /// Of which releases.
    #[serde(serialize_with = "as_debug")]
    pub filter: ReleaseFilter,
}

/// What is to change of an endpoint.
#[derive(Debug, Clone, Serialize)]
pub struct WebhookChanges {
    /// The version that the caller has seen.
    pub seen: i64,
    /// Where it is.
    #[serde(serialize_with = "as_debug")]
    pub url: Patch<String>,
    /// What it is called.
    #[serde(serialize_with = "as_debug")]
    pub description: Patch<Option<String>>,
    /// The names of what it is told of, all of them; empty for everything.
    #[serde(serialize_with = "as_debug")]
    pub events: Patch<Vec<String>>,
    /// Of which releases, all of it.
    #[serde(serialize_with = "as_debug")]
    pub filter: Patch<ReleaseFilter>,
}

/// From where on an endpoint is told again of what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum RedeliverFrom {
    /// Of the changes behind that one.
    Behind(#[serde(serialize_with = "as_debug")] ChangeCursor),
    /// Of the changes from that instant on.
    Since(Instant),
}

/// For the hash of what is asked under an idempotency key: it needs to tell one from another, and is never read back.
fn as_debug<T: std::fmt::Debug, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:?}"))
}

/// What an endpoint is, once its form has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadForm {
    /// Where it is.
    pub url: Option<WebhookUrl>,
    /// What it is called.
    pub description: Option<Option<Name>>,
    /// What it is told of, each once; empty for everything.
    pub events: Option<Vec<EventName>>,
    /// Of which releases.
    pub filter: Option<WebhookFilter>,
}

impl NewWebhook {
    /// Reads the form.
    ///
    /// # Errors
    /// All that is wrong with it at once.
    pub fn read(&self, reach: &Reach, taxonomy: &Taxonomy, zone: Zone) -> Result<ReadForm, Refusal> {
        let all = WebhookChanges {
            seen: 0,
            url: Patch::Set(self.url.clone()),
            description: Patch::Set(self.description.clone()),
            events: Patch::Set(self.events.clone()),
            filter: Patch::Set(self.filter.clone()),
        };
        all.read(reach, taxonomy, zone)
    }
}

impl WebhookChanges {
    /// Reads the form: `None` for what stays.
    ///
    /// # Errors
    /// All that is wrong with it at once.
    pub fn read(&self, reach: &Reach, taxonomy: &Taxonomy, zone: Zone) -> Result<ReadForm, Refusal> {
        let mut faults = Faults::default();
        let url = match &self.url {
            Patch::Set(text) => faults.read("url", WebhookUrl::parse(text, reach)),
            Patch::Keep => None,
        };
        let description = match &self.description {
            Patch::Set(Some(text)) => faults.read("description", Name::new(text)).map(Some),
            Patch::Set(None) => Some(None),
            Patch::Keep => None,
        };
        let events = match &self.events {
            Patch::Set(names) => Some(read_events(names, &mut faults)),
            Patch::Keep => None,
        };
        let filter = match &self.filter {
            Patch::Set(filter) => match filter.resolve(taxonomy, zone) {
                Ok(resolved) => Some(resolved.into()),
                Err(found) => {
                    for fault in found {
                        faults.push(fault.within("filter"));
                    }
                    None
                }
            },
            Patch::Keep => None,
        };
        if !faults.is_empty() {
            return Err(Refusal::all(faults));
        }
        Ok(ReadForm {
            url,
            description,
            events,
            filter,
        })
    }
}

fn read_events(names: &[String], faults: &mut Faults) -> Vec<EventName> {
    let most = EventName::ALL.len();
    if names.len() > most {
        let message = format!("there are {most} events: name each once, or none for all of them");
        faults.push(FieldFault::new("events", "TOO_MANY", message));
        return Vec::new();
    }
    let read = names.iter().enumerate();
    let mut events: Vec<EventName> = read
        .filter_map(|(index, name)| faults.read(&format!("events.{index}"), name.parse()))
        .collect();
    events.sort_unstable();
    events.dedup();
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_a_form_are_named_at_once() {
        let asked = NewWebhook {
            url: "http://10.0.0.1/".to_owned(),
            description: Some(String::new()),
            events: vec!["release.published".to_owned(), "release.vanished".to_owned()],
            filter: ReleaseFilter {
                themes: vec!["nothing".to_owned()],
                ..ReleaseFilter::default()
            },
        };
        let refused = asked
            .read(&Reach::default(), &Taxonomy::default(), Zone::default())
            .unwrap_err();
        let Refusal::Invalid(faults) = refused else {
            panic!("{refused:?}");
        };
        let paths: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), &*fault.code)).collect();
        assert_eq!(
            paths,
            [
                ("url", "INSECURE_URL"),
                ("description", "EMPTY"),
                ("events.1", "UNKNOWN_EVENT"),
                ("filter.themes.0", "UNKNOWN_SLUG"),
            ]
        );
    }

    #[test]
    fn what_is_kept_is_not_read() {
        let nothing = WebhookChanges {
            seen: 1,
            url: Patch::Keep,
            description: Patch::Keep,
            events: Patch::Set(vec!["theme.merged".to_owned(), "theme.merged".to_owned()]),
            filter: Patch::Keep,
        };
        let read = nothing
            .read(&Reach::default(), &Taxonomy::default(), Zone::default())
            .unwrap();
        assert_eq!(read.events, Some(vec!["theme.merged".parse().unwrap()]));
        assert_eq!((read.url, read.description, read.filter), (None, None, None));
    }
}
