//! What holds in the database of any newsroom, whatever was done to it and whatever interrupted that.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use newsroom_tests::{Kind, Newsroom};
use serde_json::Value;

/// Each counts what must not be there.
const MUST_BE_NONE: &[(&str, &str)] = &[
    (
        "changes have a gap",
        "SELECT count(*) FROM change_head h WHERE h.sequence <> (SELECT count(*) FROM change) OR h.sequence <> (SELECT COALESCE(max(sequence), 0) FROM change)",
    ),
    (
        "audit entries have a gap",
        "SELECT count(*) FROM change_head h WHERE h.audit_number <> (SELECT count(*) FROM audit_entry) OR h.audit_number <> (SELECT COALESCE(max(number), 0) FROM audit_entry)",
    ),
    (
        "the head has another seal than its last entry",
        "SELECT count(*) FROM change_head h JOIN audit_entry a ON a.number = h.audit_number WHERE a.seal <> h.audit_seal",
    ),
    (
        "the kept total is wrong",
        "SELECT count(*) FROM live_count c WHERE c.list = 'release' AND c.releases <> (SELECT count(*) FROM live_release)",
    ),
    (
        "an office's kept count is wrong",
        "SELECT count(*) FROM live_count c WHERE c.list = 'office' AND c.releases <> (SELECT count(*) FROM live_release_office o WHERE o.value = c.value)",
    ),
    (
        "a live release has no live original",
        "SELECT count(*) FROM live_release l WHERE NOT EXISTS (SELECT 1 FROM translation t WHERE t.release_id = l.id AND t.locale = l.original_locale AND t.live_edition_id IS NOT NULL)",
    ),
    (
        "a live original is not shown",
        "SELECT count(*) FROM release r JOIN translation t ON t.release_id = r.id AND t.locale = r.original_locale WHERE t.live_edition_id IS NOT NULL AND r.removal IS NULL AND NOT EXISTS (SELECT 1 FROM live_release l WHERE l.id = r.id)",
    ),
    (
        "what is shown is not the live edition",
        "SELECT count(*) FROM live_translation l JOIN translation t ON t.id = l.id JOIN edition e ON e.id = t.live_edition_id WHERE e.title <> l.title",
    ),
    (
        "a release has no translation",
        "SELECT count(*) FROM release r WHERE NOT EXISTS (SELECT 1 FROM translation t WHERE t.release_id = r.id)",
    ),
    (
        "a translation points to an edition that is not there",
        "SELECT count(*) FROM translation t WHERE (t.live_edition_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM edition e WHERE e.id = t.live_edition_id)) OR (t.draft_edition_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM edition e WHERE e.id = t.draft_edition_id))",
    ),
    (
        "a translation has not as many editions as it says",
        "SELECT count(*) FROM translation t WHERE t.editions <> (SELECT count(*) FROM edition e WHERE e.translation_id = t.id)",
    ),
    (
        "a release's desk has it in no list, or twice",
        "SELECT count(*) FROM release r WHERE NOT EXISTS (SELECT 1 FROM desk_release_office o WHERE o.release_id = r.id AND o.edited_at = r.edited_at) OR EXISTS (SELECT 1 FROM desk_release_office o WHERE o.release_id = r.id AND o.edited_at <> r.edited_at)",
    ),
    (
        "a release is not in the list of somebody whose work it is, or in another's, or elsewhere in it",
        "SELECT (SELECT count(*) FROM translation_assignee a JOIN translation t ON t.id = a.translation_id JOIN release r ON r.id = t.release_id WHERE NOT EXISTS (SELECT 1 FROM desk_release_assignee l WHERE l.release_id = r.id AND l.account_id = a.account_id AND l.edited_at = r.edited_at)) + (SELECT count(*) FROM desk_release_assignee l WHERE NOT EXISTS (SELECT 1 FROM translation_assignee a JOIN translation t ON t.id = a.translation_id JOIN release r ON r.id = t.release_id WHERE r.id = l.release_id AND a.account_id = l.account_id AND l.edited_at = r.edited_at))",
    ),
    (
        "a release that is live has no slug of its own, or not its address",
        "SELECT count(*) FROM live_release l WHERE NOT EXISTS (SELECT 1 FROM slug s WHERE s.slug = l.slug AND s.release_id = l.id) OR NOT EXISTS (SELECT 1 FROM live_address a WHERE a.slug = l.slug AND a.release_id = l.id)",
    ),
    (
        "a key has no outcome",
        "SELECT count(*) FROM idempotency WHERE outcome IS NULL",
    ),
    (
        "what the desk published is not in the change log",
        "SELECT count(*) FROM live_release l JOIN release r ON r.id = l.id WHERE r.created_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM change c WHERE c.subject_id = l.id AND c.kind = 'published')",
    ),
    (
        "a release was published twice",
        "SELECT count(*) FROM (SELECT subject_id FROM change WHERE kind = 'published' GROUP BY subject_id HAVING count(*) > 1) AS twice",
    ),
    (
        "a translation was published twice",
        "SELECT count(*) FROM (SELECT subject_id, locale FROM change WHERE kind = 'translation-published' GROUP BY subject_id, locale HAVING count(*) > 1) AS twice",
    ),
    (
        "a translation is live, and its original is not",
        "SELECT count(*) FROM translation t JOIN release r ON r.id = t.release_id WHERE t.live_edition_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM translation o WHERE o.release_id = r.id AND o.locale = r.original_locale AND o.live_edition_id IS NOT NULL)",
    ),
    (
        "a translation has a draft without a stage, or a stage without a draft",
        "SELECT count(*) FROM translation WHERE (draft_edition_id IS NULL) <> (draft_stage IS NULL) OR (draft_edition_id IS NULL) <> (draft_stage_detail IS NULL)",
    ),
    (
        "a draft is due that is not scheduled, or scheduled and never due",
        "SELECT count(*) FROM translation WHERE (draft_due_at IS NOT NULL) <> (COALESCE(draft_stage, '') = 'scheduled')",
    ),
    (
        "a draft is in a bundle, or held, and not scheduled",
        "SELECT count(*) FROM translation WHERE (draft_bundle_id IS NOT NULL OR draft_held) AND draft_due_at IS NULL",
    ),
    (
        "the drafts of a bundle are due at different instants",
        "SELECT count(*) FROM (SELECT draft_bundle_id FROM translation WHERE draft_bundle_id IS NOT NULL GROUP BY draft_bundle_id HAVING count(DISTINCT draft_due_at) > 1) AS torn",
    ),
    (
        "a draft's stage is no mark of its release",
        "SELECT count(*) FROM translation t WHERE t.draft_stage IS NOT NULL AND NOT EXISTS (SELECT 1 FROM desk_release_mark m WHERE m.release_id = t.release_id AND m.mark = t.draft_stage)",
    ),
    (
        "a release has the mark of a stage that no draft of it is at",
        "SELECT count(*) FROM desk_release_mark m WHERE m.mark IN ('written', 'in-review', 'approved', 'scheduled', 'failed') AND NOT EXISTS (SELECT 1 FROM translation t WHERE t.release_id = m.release_id AND t.draft_stage = m.mark)",
    ),
    (
        "a mark has another time of editing than its release",
        "SELECT count(*) FROM desk_release_mark m JOIN release r ON r.id = m.release_id WHERE r.edited_at <> m.edited_at",
    ),
    (
        "a former slug leads to nobody, or is one that another has",
        "SELECT count(*) FROM former_slug f LEFT JOIN (SELECT 'office' AS kind, id, slug FROM office UNION ALL SELECT 'theme', id, slug FROM theme UNION ALL SELECT 'type', id, slug FROM content_type) e ON e.kind = f.kind AND e.id = f.entry_id WHERE e.id IS NULL OR (f.kind = 'office' AND f.slug IN (SELECT slug FROM office)) OR (f.kind = 'theme' AND f.slug IN (SELECT slug FROM theme)) OR (f.kind = 'type' AND f.slug IN (SELECT slug FROM content_type))",
    ),
    (
        "what was merged is there nevertheless, or leads to nothing",
        "SELECT count(*) FROM merged_entry m WHERE m.id IN (SELECT id FROM office UNION ALL SELECT id FROM theme UNION ALL SELECT id FROM content_type) OR m.into_id NOT IN (SELECT id FROM office UNION ALL SELECT id FROM theme UNION ALL SELECT id FROM content_type UNION ALL SELECT id FROM merged_entry)",
    ),
    (
        "something is filed under what was merged",
        "SELECT count(*) FROM merged_entry m WHERE EXISTS (SELECT 1 FROM live_release_office l WHERE l.value = m.id) OR EXISTS (SELECT 1 FROM live_release_theme l WHERE l.value = m.id) OR EXISTS (SELECT 1 FROM live_release_type l WHERE l.value = m.id) OR EXISTS (SELECT 1 FROM live_release l WHERE l.content_type_id = m.id) OR EXISTS (SELECT 1 FROM desk_release_office l WHERE l.office_id = m.id) OR EXISTS (SELECT 1 FROM theme t WHERE t.parent_id = m.id) OR EXISTS (SELECT 1 FROM house_rules h WHERE h.office_id = m.id)",
    ),
    (
        "a change says that its subject was merged and not into what, or the other way round",
        "SELECT count(*) FROM change WHERE (kind = 'merged') <> (into_id IS NOT NULL)",
    ),
    (
        "an emergency is no mark, or the mark is of none",
        "SELECT count(*) FROM release r WHERE EXISTS (SELECT 1 FROM translation t WHERE t.release_id = r.id AND t.emergency IS NOT NULL) <> EXISTS (SELECT 1 FROM desk_release_mark m WHERE m.release_id = r.id AND m.mark = 'emergency')",
    ),
];

/// Asserts all of it.
pub(crate) async fn assert_whole(newsroom: &Newsroom) {
    for (fault, count) in MUST_BE_NONE {
        assert_eq!(newsroom.number(count).await, 0, "{fault}");
    }
    assert_sealed(newsroom).await;
}

/// Asserts that each entry of the audit trail is sealed with the one before: SHA-256 over the seal before it, its number, when,
/// who, what and what of, each with its length in front.
async fn assert_sealed(newsroom: &Newsroom) {
    let entries = newsroom
        .column("SELECT number || '\u{1f}' || at || '\u{1f}' || actor || '\u{1f}' || action || '\u{1f}' || detail || '\u{1f}' || seal FROM audit_entry ORDER BY number")
        .await;
    let mut before = "";
    for entry in &entries {
        let parts: Vec<&str> = entry.split('\u{1f}').collect();
        let [number, at, actor, action, detail, seal] = parts[..] else {
            panic!("{entry}")
        };
        let at = chrono::DateTime::from_timestamp_micros(at.parse().unwrap()).unwrap();
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [before, number, &at, actor, action, detail] {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut sealed = String::new();
        for byte in hash.finish().as_ref() {
            let _ = write!(sealed, "{byte:02x}");
        }
        assert_eq!(seal, sealed, "the audit trail's chain breaks at {entry}");
        before = seal;
    }
}

/// What the audit trail says was done to translations, the oldest first.
pub(crate) async fn audited_translations(newsroom: &Newsroom) -> Vec<(String, Value)> {
    let entries = newsroom
        .column("SELECT action || ' ' || detail FROM audit_entry WHERE detail LIKE '%versionBefore%' ORDER BY number")
        .await;
    let mut found = Vec::new();
    for entry in &entries {
        let (action, detail) = entry.split_once(' ').unwrap();
        let detail: Value = serde_json::from_str(detail).unwrap();
        found.push((action.to_owned(), detail));
    }
    found
}

/// Asserts that whatever was done to a translation is in the audit trail: each entry raises its version by one, from the one
/// before, up to what it is now.
pub(crate) async fn assert_accounted_for(newsroom: &Newsroom) {
    let mut versions: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (action, detail) in audited_translations(newsroom).await {
        let text = |key: &str| detail[key].as_str().unwrap().to_owned();
        let (before, version) = (&detail["versionBefore"], detail["version"].as_i64().unwrap());
        let known = versions.insert((text("release"), text("locale")), version);
        assert!(
            known.is_none_or(|known| *before == known) && *before == version - 1,
            "{action} {detail}, and it was at version {known:?}"
        );
    }
    for ((release, locale), version) in versions {
        let release = match newsroom.kind() {
            Kind::Sqlite => format!("x'{}'", release.replace('-', "")),
            Kind::Postgres => format!("'{release}'"),
        };
        let now = format!("SELECT version FROM translation WHERE release_id = {release} AND locale = '{locale}'");
        assert_eq!(newsroom.number(&now).await, version, "{release} {locale}");
    }
}

/// Waits until nothing is scheduled any more: whatever was is due, or will be in a moment.
pub(crate) async fn until_nothing_is_scheduled(newsroom: &Newsroom) {
    let begun = Instant::now();
    let scheduled = "SELECT count(*) FROM translation WHERE draft_due_at IS NOT NULL AND NOT draft_held";
    while newsroom.number(scheduled).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "what is due stays scheduled");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// However noisy the machine is, what is due goes live within this.
const PATIENCE: Duration = Duration::from_mins(1);
