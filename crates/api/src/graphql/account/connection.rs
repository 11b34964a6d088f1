//! The list of accounts, for administrators.

use std::collections::BTreeMap;

use async_graphql::{Context, Object, Result};
use newsroom_domain::account::{Action, ApiKey, Matter, PublishRule};
use newsroom_domain::page::{account_cursor, account_page};
use newsroom_domain::{AccountId, account};
use newsroom_persistence::Store;

use super::types::Account;
use crate::{
    command_failure::present_command,
    graphql::{connection::PageInfo, desk_id, filter::refuse_page, request::caller},
    store_failure::present,
};

pub(crate) struct AccountConnection {
    accounts: Vec<Account>,
    has_next: bool,
    has_previous: bool,
}

/// A page of the list of accounts.
#[Object]
impl AccountConnection {
    /// The accounts of this page, each with its cursor.
    async fn edges(&self) -> Vec<AccountEdge<'_>> {
        self.accounts.iter().map(AccountEdge).collect()
    }

    /// The accounts of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> &[Account] {
        &self.accounts
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |account: Option<&Account>| account.map(|account| account_cursor(&account.account.email));
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: cursor(self.accounts.first()),
            end_cursor: cursor(self.accounts.last()),
        }
    }
}

pub(crate) struct AccountEdge<'a>(&'a Account);

/// An account in a list.
#[Object]
impl AccountEdge<'_> {
    /// Where the account stands in the list, for `after`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        account_cursor(&self.0.account.email)
    }

    /// The account.
    async fn node(&self) -> &Account {
        self.0
    }
}

/// Lets those pass who keep accounts.
///
/// # Errors
/// `UNAUTHENTICATED` or `FORBIDDEN`.
fn allow(context: &Context<'_>) -> Result<()> {
    let rule = PublishRule::default();
    let allowed = caller(context)?
        .standing
        .allow(Action::KeepAccounts, Matter::Newsroom, rule);
    Ok(allowed.map_err(|denial| present_command(denial.into(), "input"))?)
}

/// Reads the page that `accounts` asks for.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`, `VALIDATION_FAILED`, `INVALID_CURSOR`, or that of a store that fails.
pub(crate) async fn list_accounts(
    context: &Context<'_>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<AccountConnection> {
    allow(context)?;
    let (size, after) = account_page(first.map(i64::from), after.as_deref()).map_err(refuse_page)?;
    let store = context.data::<Store>()?;
    let page = store.accounts(after.as_deref(), size).await;
    let page = page.map_err(|error| present(&error))?;
    let mut keys = keys_if_selected(context, store, &page.items).await?;
    let with_keys = |account: account::Account| Account {
        keys: keys.as_mut().map(|keys| keys.remove(&account.id).unwrap_or_default()),
        account,
    };
    Ok(AccountConnection {
        accounts: page.items.into_iter().map(with_keys).collect(),
        has_next: page.has_next,
        has_previous: after.is_some(),
    })
}

type KeysOfAccounts = BTreeMap<AccountId, Vec<ApiKey>>;

/// The keys of all these accounts by one question, where somebody asks for them.
async fn keys_if_selected(
    context: &Context<'_>,
    store: &Store,
    accounts: &[account::Account],
) -> Result<Option<KeysOfAccounts>> {
    let ahead = context.look_ahead();
    let nodes = ahead.field("nodes").field("apiKeys");
    if !nodes.exists() && !ahead.field("edges").field("node").field("apiKeys").exists() {
        return Ok(None);
    }
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    let mut keys = KeysOfAccounts::new();
    for key in store.api_keys_of(&ids).await.map_err(|error| present(&error))? {
        keys.entry(key.account).or_default().push(key);
    }
    Ok(Some(keys))
}

/// Reads the account that `account` asks for.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`, `VALIDATION_FAILED`, or that of a store that fails.
pub(crate) async fn find_account(context: &Context<'_>, id: &str) -> Result<Option<Account>> {
    allow(context)?;
    let Some(id) = desk_id::read("id", id)? else {
        return Ok(None);
    };
    let found = context.data::<Store>()?.account(id).await;
    Ok(found.map_err(|error| present(&error))?.map(Account::from))
}
