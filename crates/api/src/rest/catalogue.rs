//! The catalogue: a row for each address and method that the JSON API answers to, and the field of the schema that answers.
//!
//! What a row does not say is worked out of the schema: which parameters an address has, what a body has, and what the answer
//! is like. So a filter or a field that the schema gets is here as well.

use self::commands::{ACCOUNT_COMMANDS, PLAN_COMMANDS, RELEASE_COMMANDS, TAXONOMY_COMMANDS, WEBHOOK_COMMANDS};
use super::operation::{Finding, Operation, desk, read};

mod commands;

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
pub(super) const DESK: [Operation; 17] = [
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
    desk(
        "listWebhooks",
        "/v1/desk/webhooks",
        "webhooks",
        "Webhooks",
        "/v1/desk/webhooks",
    ),
    desk("getWebhook", "/v1/desk/webhooks/{id}", "webhook", "A webhook", ""),
    desk(
        "listWebhookDeliveries",
        "/v1/desk/webhooks/{id}/deliveries",
        "webhook.deliveries",
        "What a webhook was sent",
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
        .chain(WEBHOOK_COMMANDS)
}
