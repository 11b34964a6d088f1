//! Who asks.

use async_graphql::{Context, Object, Result};
use newsroom_domain::account::{self, Caller, Credential, OfficeScope};
use newsroom_persistence::Store;

use super::types::{Account, ApiKey, Role, Session, offices, read_keys};
use crate::{error::ApiError, graphql::taxonomy::Office, store_failure::present};

pub(crate) struct Viewer {
    caller: Caller,
    account: account::Account,
}

impl Viewer {
    pub(crate) fn new(caller: Caller, account: account::Account) -> Self {
        Self { caller, account }
    }
}

/// Who asks, with the rights of this moment.
#[Object]
impl Viewer {
    /// The account.
    async fn account(&self) -> Account {
        self.account.clone().into()
    }

    /// The role in force: the account's, or the lower of that and the API key's.
    async fn role(&self) -> Role {
        self.caller.standing.role.into()
    }

    /// The offices in force, by slug: the account's, or those of them that the API key was given too. Empty where they are
    /// all, or none.
    async fn offices<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<Office<'ctx>>> {
        offices(context, &self.caller.standing.scope).await
    }

    /// Whether all offices are in force, those to come too.
    async fn all_offices(&self) -> bool {
        self.caller.standing.scope == OfficeScope::All
    }

    /// The API key that is asked by. Null in a session, and by single sign-on.
    async fn api_key(&self, context: &Context<'_>) -> Result<Option<ApiKey>> {
        let Credential::ApiKey(id) = self.caller.credential else {
            return Ok(None);
        };
        let key = context.data::<Store>()?.api_key(id).await;
        Ok(key.map_err(|error| present(&error))?.map(ApiKey))
    }

    /// The sessions of the account that go on, the newest first.
    async fn sessions(&self, context: &Context<'_>) -> Result<Vec<Session>> {
        let sessions = context.data::<Store>()?.sessions_of(self.account.id).await;
        let sessions = sessions.map_err(|error| present(&error))?;
        let is_current =
            |session: &newsroom_persistence::Session| self.caller.credential == Credential::Session(session.id);
        let session = |session| Session {
            is_current: is_current(&session),
            session,
        };
        Ok(sessions.into_iter().map(session).collect())
    }

    /// The API keys of the account that are neither revoked nor expired, the newest first; at most 100.
    async fn api_keys(&self, context: &Context<'_>) -> Result<Vec<ApiKey>> {
        let keys = read_keys(context, self.account.id).await?;
        Ok(keys.into_iter().map(ApiKey).collect())
    }
}

/// Who asks; nobody, without credentials.
///
/// # Errors
/// That of a store that fails.
pub(crate) async fn viewer(context: &Context<'_>) -> Result<Option<Viewer>> {
    let Some(caller) = context.data_opt::<Caller>() else {
        return Ok(None);
    };
    let account = context.data::<Store>()?.account(caller.standing.account).await;
    let account = account
        .map_err(|error| present(&error))?
        .ok_or_else(ApiError::internal)?;
    Ok(Some(Viewer::new(caller.clone(), account)))
}
