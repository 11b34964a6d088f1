//! What holds in the database of any newsroom, whatever was done to it and whatever interrupted that.

use newsroom_tests::Newsroom;

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
];

/// Asserts all of it.
pub(crate) async fn assert_whole(newsroom: &Newsroom) {
    for (fault, count) in MUST_BE_NONE {
        assert_eq!(newsroom.number(count).await, 0, "{fault}");
    }
}
