//! The catalogue: a row for each address and method that the JSON API answers to, and the field of the schema that answers.
//!
//! What a row does not say is worked out of the schema: which parameters an address has, what a body has, and what the answer
//! is like. So a filter or a field that the schema gets is here as well.

use super::operation::{
    Finding, Operation,
    Verb::{Delete, Patch, Post, Put},
    command, desk, read,
};

/// What readers and partners ask for.
pub(super) const READS: [Operation; 11] = [
    read(
        "getNewsroom",
        "/v1/newsroom",
        "newsroom",
        "What the newsroom has settled",
        "/v1/newsroom",
    ),
    read(
        "listReleases",
        "/v1/releases",
        "releases",
        "Releases, a page at a time",
        "/v1/releases?theme=elections&from=2024-01-01&q=observers&order=relevance&limit=5&include=facets",
    )
    .shown_as("ListedRelease"),
    read(
        "getRelease",
        "/v1/releases/{release}",
        "release",
        "A release",
        "/v1/releases/ukrainian-officials-receive-training-on-investigating-crypto-asset-crimes?locale=en",
    )
    .found_as(Finding::Release),
    read(
        "suggest",
        "/v1/suggest",
        "suggest",
        "What a search may go on to",
        "/v1/suggest?q=elect&limit=3",
    ),
    read(
        "listOffices",
        "/v1/offices",
        "offices",
        "Offices",
        "/v1/offices?kind=institution&closed=false",
    ),
    read(
        "getOffice",
        "/v1/offices/{office}",
        "office",
        "An office",
        "/v1/offices/osce-office-for-democratic-institutions-and-human-rights",
    )
    .found_as(Finding::Entry("Office")),
    read(
        "listOfficeGroups",
        "/v1/office-groups",
        "officeGroups",
        "Offices in groups",
        "/v1/office-groups",
    ),
    read(
        "listThemes",
        "/v1/themes",
        "themes",
        "Themes",
        "/v1/themes?fields=slug,name,parent",
    ),
    read(
        "getTheme",
        "/v1/themes/{theme}",
        "theme",
        "A theme",
        "/v1/themes/elections",
    )
    .found_as(Finding::Entry("Theme")),
    read(
        "listTypes",
        "/v1/types",
        "contentTypes",
        "Content types",
        "/v1/types?locale=en",
    ),
    read(
        "getType",
        "/v1/types/{type}",
        "contentType",
        "A content type",
        "/v1/types/press-release",
    )
    .found_as(Finding::Entry("ContentType")),
];

/// What the desk asks for.
pub(super) const DESK: [Operation; 14] = [
    desk(
        "getViewer",
        "/v1/desk/viewer",
        "viewer",
        "Who asks",
        "/v1/desk/viewer?include=sessions",
    ),
    desk(
        "listDeskReleases",
        "/v1/desk/releases",
        "deskReleases",
        "Releases at the desk",
        "/v1/desk/releases?state=draft&include=totalCount",
    ),
    desk(
        "getDeskRelease",
        "/v1/desk/releases/{id}",
        "deskRelease",
        "A release at the desk",
        "",
    ),
    desk(
        "getDeskTranslation",
        "/v1/desk/releases/{id}/translations/{locale}",
        "deskRelease.translation",
        "A translation at the desk",
        "",
    ),
    desk(
        "listEditions",
        "/v1/desk/releases/{id}/translations/{locale}/editions",
        "deskRelease.translation.editions",
        "The editions of a translation",
        "",
    ),
    desk("getEdition", "/v1/desk/editions/{id}", "deskEdition", "An edition", ""),
    desk(
        "compareEditions",
        "/v1/desk/edition-difference",
        "editionDifference",
        "What differs between two editions",
        "/v1/desk/edition-difference?from=01934c00-0000-7000-8000-000000000000&to=01934c00-0000-7000-8000-000000000001",
    ),
    desk(
        "listAuditEntries",
        "/v1/desk/audit",
        "auditEntries",
        "The audit trail",
        "/v1/desk/audit?limit=3",
    ),
    desk(
        "listCalendar",
        "/v1/desk/calendar",
        "calendar",
        "What goes live when",
        "/v1/desk/calendar?from=2024-01-01T00:00:00Z&to=2024-12-31T00:00:00Z",
    ),
    desk(
        "listOwedTranslations",
        "/v1/desk/owed-translations",
        "owedTranslations",
        "Translations that are owed",
        "/v1/desk/owed-translations?from=2024-01-01T00:00:00Z",
    ),
    desk(
        "listFreezes",
        "/v1/desk/freezes",
        "freezes",
        "Freezes of schedules",
        "/v1/desk/freezes",
    ),
    desk(
        "listPublishingRules",
        "/v1/desk/publishing-rules",
        "publishingRules",
        "The rules of publishing",
        "/v1/desk/publishing-rules",
    ),
    desk(
        "listAccounts",
        "/v1/desk/accounts",
        "accounts",
        "Accounts",
        "/v1/desk/accounts?limit=3",
    ),
    desk("getAccount", "/v1/desk/accounts/{id}", "account", "An account", ""),
];

/// What the desk does with releases.
pub(super) const RELEASE_COMMANDS: [Operation; 25] = [
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
pub(super) const PLAN_COMMANDS: [Operation; 7] = [
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
pub(super) const TAXONOMY_COMMANDS: [Operation; 12] = [
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
pub(super) const ACCOUNT_COMMANDS: [Operation; 14] = [
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

/// Every operation.
pub(super) fn operations() -> impl Iterator<Item = Operation> {
    READS
        .into_iter()
        .chain(DESK)
        .chain(RELEASE_COMMANDS)
        .chain(PLAN_COMMANDS)
        .chain(TAXONOMY_COMMANDS)
        .chain(ACCOUNT_COMMANDS)
}
