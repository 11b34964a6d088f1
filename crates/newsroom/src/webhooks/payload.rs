//! The body of an event: thin, with where to read the rest, and what it is about as it is at the sending.

use newsroom_domain::release_url::ReleaseUrl;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_persistence::{DueDelivery, EventContent, ReleaseNow, ShownRelease, ShownText, Tombstone};
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

/// Where releases are, for people and for programs.
#[derive(Debug)]
pub(super) struct Links {
    api: String,
    release_url: Option<ReleaseUrl>,
}

impl Links {
    pub(super) fn new(public_url: &Url, release_url: Option<ReleaseUrl>) -> Self {
        Self {
            api: format!("{}/v1", public_url.as_str().trim_end_matches('/')),
            release_url,
        }
    }

    fn page(&self, text: &ShownText) -> Option<String> {
        let url = self.release_url.as_ref()?;
        Some(url.fill(&text.locale, &text.slug))
    }

    fn release(&self, id: impl std::fmt::Display) -> String {
        format!("{}/releases/{id}", self.api)
    }
}

/// The body of a delivery, as JSON.
pub(super) fn body(delivery: &DueDelivery, taxonomy: &Taxonomy, links: &Links) -> String {
    let resume_after = delivery
        .missed_after
        .map(|cursor| json!({"cursor": cursor.to_string(), "sequence": cursor.sequence}));
    let mut data = Map::new();
    data.insert("resumeAfter".to_owned(), resume_after.unwrap_or(Value::Null));
    let at = match &delivery.content {
        EventContent::OfEndpoint => delivery.created_at,
        EventContent::OfChange {
            cursor,
            at,
            subject_kind,
            subject,
            locale,
            merged_into,
            leaves_filter,
            release,
        } => {
            let more = json!({
                "cursor": cursor.to_string(),
                "sequence": cursor.sequence,
                "subject": {"kind": subject_kind, "id": subject},
                "locale": locale,
                "leavesFilter": leaves_filter,
            });
            data.extend(more.as_object().cloned().unwrap_or_default());
            if subject_kind == "release" {
                let (live, tombstone) = match release {
                    Some(ReleaseNow::Live(release)) => (live(release, taxonomy, links), Value::Null),
                    Some(ReleaseNow::Removed(tombstone)) => (Value::Null, removed(tombstone, links)),
                    None => (Value::Null, Value::Null),
                };
                data.insert("release".to_owned(), live);
                data.insert("tombstone".to_owned(), tombstone);
            } else {
                data.insert("mergedInto".to_owned(), json!(merged_into));
                data.insert(subject_kind.clone(), entry(subject_kind, *subject, taxonomy));
            }
            *at
        }
    };
    json!({"type": delivery.event.as_str(), "timestamp": at.to_string(), "data": data}).to_string()
}

fn live(release: &ShownRelease, taxonomy: &Taxonomy, links: &Links) -> Value {
    let offices = release.offices.iter().filter_map(|id| taxonomy.office(*id));
    let themes = release.themes.iter().filter_map(|id| taxonomy.themes().get(*id));
    let content_type = release.content_type.and_then(|id| taxonomy.content_type(id));
    let withdrawn = release.withdrawal.is_some();
    json!({
        "id": release.id,
        "slug": release.slug,
        "state": if withdrawn { "WITHDRAWN" } else { "LIVE" },
        "locale": release.original_locale,
        "title": release.text.title,
        "lead": release.text.lead,
        "publishedAt": release.published_at,
        "publishingDate": release.publishing_date,
        "updatedAt": release.text.updated_at,
        "offices": offices.map(|office| office.slug.as_str()).collect::<Vec<_>>(),
        "themes": themes.map(|theme| theme.slug.as_str()).collect::<Vec<_>>(),
        "type": content_type.map(|found| found.slug.as_str()),
        "url": links.page(&release.text),
        "apiUrl": links.release(release.id),
        "translations": release.translations.iter().flatten().map(|text| json!({
            "locale": text.locale,
            "title": text.title,
            "updatedAt": text.updated_at,
            "url": links.page(text),
        })).collect::<Vec<_>>(),
    })
}

fn removed(tombstone: &Tombstone, links: &Links) -> Value {
    json!({
        "id": tombstone.id,
        "slugs": tombstone.slugs,
        "removedAt": tombstone.removal.at,
        "reason": tombstone.removal.reason,
        "apiUrl": links.release(tombstone.id),
    })
}

/// An office, theme or content type as it is now; null where it is gone.
fn entry(kind: &str, id: Uuid, taxonomy: &Taxonomy) -> Value {
    let found = match kind {
        "office" => taxonomy
            .office(id.into())
            .map(|office| (&office.slug, json!(office.names))),
        "theme" => {
            let theme = taxonomy.themes().get(id.into());
            theme.map(|theme| (&theme.slug, json!(theme.names)))
        }
        _ => taxonomy
            .content_type(id.into())
            .map(|found| (&found.slug, json!(found.names))),
    };
    found.map_or(
        Value::Null,
        |(slug, names)| json!({"id": id, "slug": slug, "names": names}),
    )
}
