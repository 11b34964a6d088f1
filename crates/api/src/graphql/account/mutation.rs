//! Making and changing accounts and keys.

use async_graphql::{Context, Object, Result, SimpleObject};
use newsroom_domain::account::{Action, Caller, Email, Matter, Password, PublishRule, Verdict};
use newsroom_persistence::{By, Store};

use super::{
    input::{CreateAccountInput, CreateApiKeyInput, RevokeApiKeyInput, UpdateAccountInput},
    types::{Account, ApiKey},
};
use crate::{
    auth::{Authentication, Secret, SecretKind},
    command_failure::present_command,
    error::ApiError,
    graphql::{command::read_key, request::caller, session::authentication},
    store_failure::present,
};

/// The account as it is now.
#[derive(SimpleObject)]
pub(crate) struct CreateAccountPayload {
    /// The account.
    account: Account,
}

/// The account as it is now.
#[derive(SimpleObject)]
pub(crate) struct UpdateAccountPayload {
    /// The account.
    account: Account,
}

/// The new key, with its secret.
#[derive(SimpleObject)]
pub(crate) struct CreateApiKeyPayload {
    /// The key.
    api_key: ApiKey,
    /// What to send as `Authorization: Bearer …`. It is shown this once: only its hash is kept. Null where the key was made
    /// before, under the same `idempotencyKey`: if that answer did not reach you, revoke the key and make another.
    secret: Option<String>,
}

/// The key as it is now.
#[derive(SimpleObject)]
pub(crate) struct RevokeApiKeyPayload {
    /// The key.
    api_key: ApiKey,
}

#[derive(Default)]
pub(crate) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Creates an account. For administrators.
    async fn create_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new account.")] input: CreateAccountInput,
    ) -> Result<CreateAccountPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let asked = input.into_domain();
        let hash = match asked.email.parse() {
            Ok(email) => hash(context, caller, asked.password.as_deref(), &email).await?,
            Err(_) => None,
        };
        let created = store
            .create_account(By::Caller(caller), &asked, hash, key.as_ref())
            .await;
        let account = created.map_err(|error| present_command(error, "input"))?.into();
        Ok(CreateAccountPayload { account })
    }

    /// Changes an account: its name, its role, its offices, its password, or whether it is suspended. For administrators.
    /// The last administrator who is not suspended stays one: CONFLICT.
    async fn update_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UpdateAccountInput,
    ) -> Result<UpdateAccountPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = input.account()?;
        let asked = input.into_domain();
        let hash = match asked.password.as_deref() {
            Some(password) => match store.account(id).await.map_err(|error| present(&error))? {
                Some(account) => hash(context, caller, Some(password), &account.email).await?,
                None => None,
            },
            None => None,
        };
        let changed = store
            .change_account(By::Caller(caller), id, &asked, hash, key.as_ref())
            .await;
        authentication(context)?.forget();
        let account = changed.map_err(|error| present_command(error, "input"))?.into();
        Ok(UpdateAccountPayload { account })
    }

    /// Makes an API key, by which a machine acts for an account with no more rights than that has. Not by an API key, nor
    /// by single sign-on.
    async fn create_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new key.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let asked = input.into_domain()?;
        let secret = Secret::new(SecretKind::ApiKey)?;
        let created = store.create_api_key(caller, &asked, secret.hash(), key.as_ref()).await;
        let (api_key, is_new) = created.map_err(|error| present_command(error, "input"))?;
        Ok(CreateApiKeyPayload {
            api_key: ApiKey(api_key),
            secret: is_new.then(|| secret.reveal()),
        })
    }

    /// Revokes an API key: it serves no more, from now on and for good.
    async fn revoke_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let revoked = store.revoke_api_key(caller, input.key()?, key.as_ref()).await;
        authentication(context)?.forget();
        let revoked = revoked.map_err(|error| present_command(error, "input"))?;
        Ok(RevokeApiKeyPayload {
            api_key: ApiKey(revoked),
        })
    }
}

/// The hash of a password that an account is to have. Nothing where there is none, where it may not be one (which is told
/// with the form's other faults), or where the caller may not give one: nobody else is hashed for.
async fn hash(
    context: &Context<'_>,
    caller: &Caller,
    password: Option<&str>,
    email: &Email,
) -> Result<Option<String>, ApiError> {
    let may = caller
        .standing
        .may(Action::KeepAccounts, Matter::Newsroom, PublishRule::default());
    let read = password.and_then(|password| Password::new(password, email).ok());
    match read {
        Some(password) if may == Verdict::Allowed => {
            let authentication: &Authentication = authentication(context)?;
            authentication.hash(password).await.map(Some)
        }
        _ => Ok(None),
    }
}
