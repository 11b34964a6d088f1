//! The audit trail, as the desk reads it.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{
    ApiKeyId,
    account::Standing,
    audit::{AuditFilter, Recorded, Said},
    page::{Page, PageArguments, audit_cursor, audit_page},
};
use newsroom_persistence::{AuditQuery, AuditTrail, Store};

use super::people::{Actor, People};
use crate::{
    error::ApiError,
    graphql::{
        connection::PageInfo,
        desk_id,
        filter::{refuse_list, refuse_page},
        global_id::GlobalId,
        request::caller,
        scalars::{DateTime, LocaleTag, Long, PlainUuid},
    },
};

/// Which entries of the audit trail. Several actions mean any of them; different filters mean all of them. A filter that is
/// left out, null or empty restricts nothing.
#[derive(Debug, Default, InputObject)]
#[graphql(name = "AuditEntryFilter")]
pub(crate) struct AuditEntryFilterInput {
    /// What was done to this release: its global id, or its UUID.
    release: Option<ID>,
    /// What this account did, in its sessions and with its API keys: its id, or its UUID.
    account: Option<ID>,
    /// What was done, as `action` has it: at most 100. One that nobody has ever done finds nothing.
    actions: Option<Vec<String>>,
    /// Since when, that instant included.
    from: Option<DateTime>,
    /// Until when, that instant included. Not before `from`.
    to: Option<DateTime>,
}

impl AuditEntryFilterInput {
    /// The domain's filter; `None` where an id is that of something else, so that there is nothing to be found.
    fn read(self) -> Result<Option<AuditFilter>, ApiError> {
        let release = self.release.map(|id| GlobalId::read_release("filter.release", &id));
        let account = self.account.map(|id| desk_id::read("filter.account", &id));
        let (release, account) = (release.transpose()?, account.transpose()?);
        if matches!(release, Some(None)) || matches!(account, Some(None)) {
            return Ok(None);
        }
        Ok(Some(AuditFilter {
            release: release.flatten(),
            account: account.flatten(),
            actions: self.actions.unwrap_or_default(),
            from: self.from.map(|from| from.0),
            to: self.to.map(|to| to.0),
        }))
    }
}

/// What the entries of a page are shown with.
#[derive(Debug)]
struct Beside {
    people: People,
    keys: BTreeMap<ApiKeyId, String>,
    reader: Standing,
}

pub(crate) struct AuditEntryConnection {
    page: Page<AuditEntry>,
}

/// A page of the audit trail, the newest entries first. Entries never change and none is ever taken out: what you have read
/// once stays as it was, and new ones come in front of it.
#[Object]
impl AuditEntryConnection {
    /// The entries of this page, each with its cursor.
    async fn edges(&self) -> Vec<AuditEntryEdge<'_>> {
        self.page.items.iter().map(AuditEntryEdge).collect()
    }

    /// The entries of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> &[AuditEntry] {
        &self.page.items
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |entry: Option<&AuditEntry>| entry.map(|entry| audit_cursor(entry.recorded.number));
        PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        }
    }
}

pub(crate) struct AuditEntryEdge<'a>(&'a AuditEntry);

/// An entry in a list of the audit trail.
#[Object]
impl AuditEntryEdge<'_> {
    /// Where the entry stands in the list, for `after` and `before`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        audit_cursor(self.0.recorded.number)
    }

    /// The entry.
    async fn node(&self) -> &AuditEntry {
        self.0
    }
}

pub(crate) struct AuditEntry {
    recorded: Recorded,
    said: Said,
    beside: Arc<Beside>,
}

impl AuditEntry {
    fn is_seen_whole(&self) -> bool {
        self.beside.reader.sees_whole(&self.recorded.entry)
    }
}

/// An act, as the audit trail has it: who did what, when, and to what.
#[Object]
impl AuditEntry {
    /// Its number in the trail, from 1, without gaps.
    async fn number(&self) -> Long {
        Long(self.recorded.number)
    }

    /// When it was done, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.recorded.entry.at)
    }

    /// Who did it.
    async fn by(&self) -> Actor {
        Actor::new(self.recorded.entry.actor, &self.beside.people)
    }

    /// The API key that it was done with. Null where it was done in a session, by the importer or by the operator.
    async fn api_key(&self) -> Option<AuditApiKey> {
        let id = self.said.api_key?;
        Some(AuditApiKey {
            id: desk_id::write(id),
            name: self.beside.keys.get(&id).cloned(),
        })
    }

    /// The network address that it was asked from. Null where that is not known; and of the acts of others, for all but
    /// administrators.
    async fn address(&self) -> Option<&str> {
        self.said.address.as_deref().filter(|_| self.is_seen_whole())
    }

    /// What was done: `create-release`, `publish-translation`, `signed-in`, `import`, and so on. Those that are to come are
    /// named likewise: be ready for one that you do not know.
    async fn action(&self) -> &str {
        &self.recorded.entry.action
    }

    /// The global id of the release that it was done to. Null where it was done to no single one.
    async fn release_id(&self) -> Option<ID> {
        self.said.release.map(|id| GlobalId::Release(id).into())
    }

    /// The locale of the translation that it was done to. Null where it was done to none.
    async fn locale(&self) -> Option<LocaleTag> {
        self.said.locale.clone().map(LocaleTag)
    }

    /// The version of the translation before: 0 where it made the translation. Null where it was done to none.
    async fn version_before(&self) -> Option<Long> {
        self.said.version_before.map(Long)
    }

    /// The version that it made of what it was done to. Null where that has none.
    async fn version(&self) -> Option<Long> {
        self.said.version.map(Long)
    }

    /// The UUID of the edition that it was done to, or else of the one that the desk has had since: of the draft, or of what is live.
    /// Null where it was done to no translation.
    async fn edition_uuid(&self) -> Option<PlainUuid> {
        self.said.edition.map(|id| PlainUuid(id.uuid()))
    }

    /// All that was noted of it, as a JSON object. Null of the acts of others, for all but administrators.
    async fn detail(&self) -> Option<&str> {
        Some(self.recorded.entry.detail.as_str()).filter(|_| self.is_seen_whole())
    }

    /// Its seal, in hexadecimal: the hash (SHA-256) of the seal before it and of all that it says. `newsroom verify` checks
    /// them all.
    async fn seal(&self) -> &str {
        &self.recorded.seal
    }
}

/// An API key that something was done with.
#[derive(SimpleObject)]
pub(crate) struct AuditApiKey {
    /// Its id.
    id: ID,
    /// What it is called. Null where it is not known any more.
    name: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct AuditQueries;

#[Object]
impl AuditQueries {
    /// The audit trail, the newest entries first. Administrators see all of it. Whoever may read a release at the desk sees
    /// all that was done to it, by filtering by `release`. Beside that, everybody sees their own acts, and no others: a filter that
    /// asks for more finds no more. Needs credentials.
    async fn audit_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; null or left out for all.")] filter: Option<AuditEntryFilterInput>,
        #[graphql(
            desc = "How many from the start of the list, or behind `after`: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes behind it. Another is INVALID_CURSOR.")] after: Option<
            String,
        >,
        #[graphql(
            desc = "How many from the end of the list, or in front of `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes in front of it. Another is INVALID_CURSOR.")]
        before: Option<String>,
    ) -> Result<AuditEntryConnection> {
        let reader = caller(context)?.standing.clone();
        let page = PageArguments {
            first: first.map(i64::from),
            after,
            last: last.map(i64::from),
            before,
        };
        let page = audit_page(&page).map_err(refuse_page)?;
        let Some(filter) = filter.unwrap_or_default().read()? else {
            let page = Page::whole(Vec::new());
            return Ok(AuditEntryConnection { page });
        };
        let store = context.data::<Store>()?;
        let read = store.audit_entries(&reader, &AuditQuery { filter, page }).await;
        let AuditTrail { page, people, keys } = read.map_err(refuse_list)?;
        let beside = Arc::new(Beside { people, keys, reader });
        let entry = |recorded: Recorded| AuditEntry {
            said: recorded.entry.said(),
            recorded,
            beside: Arc::clone(&beside),
        };
        Ok(AuditEntryConnection { page: page.map(entry) })
    }
}
