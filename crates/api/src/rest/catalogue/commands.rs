//! The commands of the desk: a row for each mutation of the schema.

use super::super::operation::{
    Operation,
    Verb::{Delete, Patch, Post, Put},
    command,
};

/// What the desk does with releases.
pub(in crate::rest) const RELEASE_COMMANDS: [Operation; 25] = [
    command(
        Post,
        "/v1/desk/releases",
        "createRelease",
        "Write a release",
        r#"{"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "type": "press-release",
            "text": {"title": "Observers arrive", "lead": "They stay a month.", "body": {"format": "MARKDOWN", "text": "On **Monday**."}}}"#,
    )
    .makes("/v1/desk/releases", "release"),
    command(
        Patch,
        "/v1/desk/releases/{id}",
        "updateRelease",
        "Change a release",
        r#"{"slug": "observers-arrive-early", "themes": ["elections"], "text": {"title": "Observers arrive early"}}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/withdraw",
        "withdrawRelease",
        "Withdraw a release",
        r#"{"notice": [{"locale": "en", "text": "Withdrawn: the figures were wrong."}]}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/remove",
        "removeRelease",
        "Remove a release",
        r#"{"reason": "Published by mistake."}"#,
    ),
    command(Post, "/v1/desk/releases/{id}/reinstate", "reinstateRelease", "Reinstate a release", ""),
    command(Post, "/v1/desk/releases/{id}/duplicate", "duplicateRelease", "Duplicate a release", "")
        .makes("/v1/desk/releases", "release"),
    command(
        Post,
        "/v1/desk/releases/{id}/translations",
        "addTranslation",
        "Add a translation",
        r#"{"locale": "ru", "text": {"title": "Наблюдатели прибыли"}}"#,
    ),
    command(
        Patch,
        "/v1/desk/releases/{id}/translations/{locale}",
        "updateTranslation",
        "Change a translation",
        r#"{"text": {"title": "Observers have arrived"}}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/publish",
        "publishTranslation",
        "Publish a translation",
        r#"{"correction": {"level": "MAJOR", "changeNote": "The date was wrong."}}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/submit",
        "submitForReview",
        "Submit a draft for review",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/request-changes",
        "requestChanges",
        "Ask for changes of a draft",
        r#"{"comment": "Name the source."}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/approve",
        "approveDraft",
        "Approve a draft",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/approve-emergency",
        "approveEmergency",
        "Approve what was published in an emergency",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/schedule",
        "scheduleTranslation",
        "Schedule a translation",
        r#"{"schedule": {"at": "2099-11-22T09:00:00Z"}}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/unschedule",
        "unscheduleTranslation",
        "Take a translation off the schedule",
        "",
    ),
    command(
        Delete,
        "/v1/desk/releases/{id}/translations/{locale}/draft",
        "discardDraft",
        "Discard a draft",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/rebase",
        "rebaseDraft",
        "Rebase a draft",
        r#"{"resolutions": [{"field": "TITLE", "take": "DRAFT"}]}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/restore",
        "restoreEdition",
        "Restore an edition as a draft",
        r#"{"edition": "01934c00-0000-7000-8000-000000000000"}"#,
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/confirm",
        "confirmTranslation",
        "Confirm a translation",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/take-down",
        "takeDownTranslation",
        "Take a translation down",
        "",
    ),
    command(
        Post,
        "/v1/desk/releases/{id}/translations/{locale}/reinstate",
        "reinstateTranslation",
        "Reinstate a translation",
        "",
    ),
    command(
        Put,
        "/v1/desk/releases/{id}/translations/{locale}/assignees",
        "assignTranslation",
        "Assign a translation",
        r#"{"assignees": []}"#,
    ),
    command(
        Post,
        "/v1/desk/editions/{edition}/comments",
        "commentOnEdition",
        "Comment on an edition",
        r#"{"text": "Well written."}"#,
    ),
    command(
        Post,
        "/v1/desk/previews",
        "createPreview",
        "Make a preview",
        r#"{"edition": "01934c00-0000-7000-8000-000000000000", "expiresIn": 86400}"#,
    ),
    command(Post, "/v1/desk/previews/{id}/revoke", "revokePreview", "Revoke a preview", ""),
];

/// What the desk does with many releases at once, and with the schedule.
pub(in crate::rest) const PLAN_COMMANDS: [Operation; 7] = [
    command(
        Post,
        "/v1/desk/bulk",
        "bulk",
        "Do one thing with many releases",
        r#"{"items": [{"id": "01934c00-0000-7000-8000-000000000000", "locale": "en", "version": 1}], "step": {"plain": "SUBMIT_FOR_REVIEW"}}"#,
    ),
    command(
        Post,
        "/v1/desk/bundles/publish",
        "publishBundle",
        "Publish a bundle",
        r#"{"items": [{"id": "01934c00-0000-7000-8000-000000000000", "locale": "en", "version": 1}]}"#,
    ),
    command(
        Post,
        "/v1/desk/bundles/schedule",
        "scheduleBundle",
        "Schedule a bundle",
        r#"{"items": [{"id": "01934c00-0000-7000-8000-000000000000", "locale": "en", "version": 1}],
            "schedule": {"localTime": "2099-11-22T09:00:00", "timeZone": "Europe/Vienna"}}"#,
    ),
    command(
        Post,
        "/v1/desk/bundles/{bundle}/unschedule",
        "unscheduleBundle",
        "Take a bundle off the schedule",
        "",
    ),
    command(
        Post,
        "/v1/desk/freezes",
        "freezeSchedules",
        "Freeze the schedule",
        r#"{"theme": "elections", "reason": "Quiet on election day."}"#,
    ),
    command(
        Post,
        "/v1/desk/freezes/{freeze}/resume",
        "resumeSchedules",
        "End a freeze",
        r#"{"due": "PUBLISH"}"#,
    ),
    command(
        Put,
        "/v1/desk/publishing-rules",
        "changePublishingRules",
        "Change the rules of publishing",
        r#"{"office": null, "fourEyes": true, "approval": "PUBLISHER"}"#,
    ),
];

/// What the desk does with offices, themes and content types.
pub(in crate::rest) const TAXONOMY_COMMANDS: [Operation; 12] = [
    command(
        Post,
        "/v1/desk/offices",
        "createOffice",
        "Add an office",
        r#"{"names": [{"locale": "en", "name": "Mission to Skopje"}], "kind": "FIELD_OPERATION"}"#,
    )
    .makes("/v1/offices", "office"),
    command(
        Patch,
        "/v1/desk/offices/{id}",
        "updateOffice",
        "Change an office",
        r#"{"closed": true}"#,
    ),
    command(Delete, "/v1/desk/offices/{id}", "deleteOffice", "Delete an office", ""),
    command(
        Post,
        "/v1/desk/offices/{id}/merge",
        "mergeOffice",
        "Merge an office into another",
        r#"{"into": "01934c00-0000-7000-8000-000000000000"}"#,
    ),
    command(
        Post,
        "/v1/desk/themes",
        "createTheme",
        "Add a theme",
        r#"{"names": [{"locale": "en", "name": "Observation"}], "parent": "elections"}"#,
    )
    .makes("/v1/themes", "theme"),
    command(
        Patch,
        "/v1/desk/themes/{id}",
        "updateTheme",
        "Change a theme",
        r#"{"slug": "observing", "parent": null}"#,
    ),
    command(Delete, "/v1/desk/themes/{id}", "deleteTheme", "Delete a theme", ""),
    command(
        Post,
        "/v1/desk/themes/{id}/merge",
        "mergeTheme",
        "Merge a theme into another",
        r#"{"into": "01934c00-0000-7000-8000-000000000000"}"#,
    ),
    command(
        Post,
        "/v1/desk/types",
        "createContentType",
        "Add a content type",
        r#"{"names": [{"locale": "en", "name": "Spot report"}]}"#,
    )
    .makes("/v1/types", "contentType"),
    command(
        Patch,
        "/v1/desk/types/{id}",
        "updateContentType",
        "Change a content type",
        r#"{"names": [{"locale": "en", "name": "Spot reports"}]}"#,
    ),
    command(
        Delete,
        "/v1/desk/types/{id}",
        "deleteContentType",
        "Delete a content type",
        "",
    ),
    command(
        Post,
        "/v1/desk/types/{id}/merge",
        "mergeContentType",
        "Merge a content type into another",
        r#"{"into": "01934c00-0000-7000-8000-000000000000"}"#,
    ),
];

/// How one gets to the desk, and who may.
pub(in crate::rest) const ACCOUNT_COMMANDS: [Operation; 14] = [
    command(
        Post,
        "/v1/desk/sessions",
        "signIn",
        "Sign in",
        r#"{"email": "desk@example.org", "password": "correct horse battery"}"#,
    )
    .at_the_door(),
    command(
        Post,
        "/v1/desk/sessions/refresh",
        "refreshSession",
        "Get a new access token",
        r#"{"refreshToken": "a refresh token"}"#,
    )
    .at_the_door(),
    command(Post, "/v1/desk/sessions/sign-out", "signOut", "Sign out", "{}").at_the_door(),
    command(
        Post,
        "/v1/desk/sessions/sign-out-everywhere",
        "signOutEverywhere",
        "Sign out everywhere",
        "",
    ),
    command(
        Post,
        "/v1/desk/password/change",
        "changePassword",
        "Change one's password",
        r#"{"currentPassword": "correct horse battery", "newPassword": "a longer horse battery"}"#,
    ),
    command(
        Post,
        "/v1/desk/password/request-reset",
        "requestPasswordReset",
        "Ask for a link to set a password",
        r#"{"email": "desk@example.org"}"#,
    )
    .at_the_door(),
    command(
        Post,
        "/v1/desk/password/set",
        "setPassword",
        "Set a password by a link",
        r#"{"token": "the token of a link", "newPassword": "a longer horse battery"}"#,
    )
    .at_the_door(),
    command(
        Post,
        "/v1/desk/accounts",
        "createAccount",
        "Make an account",
        r#"{"email": "editor@example.org", "name": "An editor", "role": "EDITOR", "allOffices": true}"#,
    )
    .makes("/v1/desk/accounts", "account"),
    command(
        Patch,
        "/v1/desk/accounts/{id}",
        "updateAccount",
        "Change an account",
        r#"{"name": "Another name"}"#,
    ),
    command(
        Post,
        "/v1/desk/invitations",
        "inviteAccount",
        "Invite somebody",
        r#"{"email": "author@example.org", "name": "An author", "role": "AUTHOR", "allOffices": true}"#,
    )
    .makes("/v1/desk/accounts", "account"),
    command(
        Post,
        "/v1/desk/accounts/{id}/reset-password",
        "resetPassword",
        "Make a link to set a password",
        "",
    ),
    command(
        Post,
        "/v1/desk/account-links/{id}/revoke",
        "revokeAccountLink",
        "Revoke a link",
        "",
    ),
    command(
        Post,
        "/v1/desk/api-keys",
        "createApiKey",
        "Make an API key",
        r#"{"name": "A script", "role": "AUTHOR"}"#,
    ),
    command(
        Post,
        "/v1/desk/api-keys/{id}/revoke",
        "revokeApiKey",
        "Revoke an API key",
        "",
    ),
];

/// What is done with webhooks.
pub(in crate::rest) const WEBHOOK_COMMANDS: [Operation; 9] = [
    command(
        Post,
        "/v1/desk/webhooks",
        "createWebhook",
        "Make a webhook",
        r#"{"url": "https://partner.example.org/newsroom", "events": ["release.published", "release.removed"]}"#,
    )
    .makes("/v1/desk/webhooks", "webhook"),
    command(
        Patch,
        "/v1/desk/webhooks/{id}",
        "updateWebhook",
        "Change a webhook",
        r#"{"description": "The partner's site"}"#,
    ),
    command(
        Post,
        "/v1/desk/webhooks/{id}/rotate-secret",
        "rotateWebhookSecret",
        "Give a webhook a new secret",
        r#"{"overlapHours": 24}"#,
    ),
    command(
        Post,
        "/v1/desk/webhooks/{id}/pause",
        "pauseWebhook",
        "Pause a webhook",
        "",
    ),
    command(
        Post,
        "/v1/desk/webhooks/{id}/resume",
        "resumeWebhook",
        "Go on with a webhook",
        "",
    ),
    command(
        Post,
        "/v1/desk/webhooks/{id}/test",
        "testWebhook",
        "Send a webhook a test",
        "",
    ),
    command(
        Delete,
        "/v1/desk/webhooks/{id}",
        "deleteWebhook",
        "Delete a webhook",
        "",
    ),
    command(
        Post,
        "/v1/desk/webhooks/{webhook}/redeliver",
        "redeliverSince",
        "Tell a webhook again",
        r#"{"at": "2024-11-22T00:00:00Z"}"#,
    ),
    command(
        Post,
        "/v1/desk/webhook-deliveries/{delivery}/redeliver",
        "redeliver",
        "Send a delivery again",
        "",
    ),
];
