//! Sessions: each begins with a sign-in, goes on by refresh tokens that serve once, and ends in a month at the latest.

use newsroom_domain::account::{Account, Caller, Credential};
use newsroom_domain::audit::Actor;
use newsroom_domain::refusal::Denial;
use newsroom_domain::{AccountId, Instant, SessionId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::accounts::lock;
use super::links::{LinkEnd, end_links};
use super::{By, Session, detail, row};
use crate::acting::{Acting, CommandError, Done};
use crate::database::now;
use crate::entity::{account, refresh_token, session};
use crate::sql::Sql;
use crate::{Store, StoreError};

/// How long a refresh token is good for, in microseconds: 14 days.
const REFRESH: i64 = 14 * 24 * 3600 * 1_000_000;
/// How long a session lasts at the most: 30 days.
const SESSION: i64 = 30 * 24 * 3600 * 1_000_000;

/// Why a session was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its owner signed out.
    SignedOut,
    /// Its owner signed out everywhere.
    SignedOutEverywhere,
    /// The password was changed.
    PasswordChanged,
    /// The account was suspended.
    Suspended,
    /// A refresh token was used a second time: somebody else may have it.
    RefreshTokenReused,
}

impl SessionEnd {
    /// The reason's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignedOutEverywhere => "signed-out-everywhere",
            Self::PasswordChanged => "password-changed",
            Self::Suspended => "suspended",
            Self::RefreshTokenReused => "refresh-token-reused",
        }
    }
}

/// A session as it begins, or goes on.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// Its account.
    pub account: Account,
    /// Until when the refresh token that it goes on by is good.
    pub refresh_expires_at: Instant,
}

/// What came of a refresh token.
#[derive(Debug, Clone)]
pub enum Refreshed {
    /// The session goes on, by the new token.
    Now(Box<NewSession>),
    /// The token had been used before, and so its session has ended.
    Reused,
    /// It is none that is good.
    Unknown,
}

impl Store {
    /// Begins a session of an account, if that still has the password of this hash and is not suspended. With `rehashed`
    /// it has that hash from now on. `refresh` is the hash of the token by which the session goes on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn begin_session(
        &self,
        id: AccountId,
        (hash, rehashed): (&str, Option<String>),
        refresh: &str,
        address: Option<std::net::IpAddr>,
    ) -> Result<Option<NewSession>, CommandError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        let Some(row) = lock(&acting.transaction, id).await?.filter(|row| is_usable(row, hash)) else {
            acting.transaction.rollback().await?;
            return Ok(None);
        };
        if rehashed.is_some() {
            put_hash(&acting, id, rehashed, None).await?;
        }
        let begun = self.begin(&acting, row, refresh, address).await?;
        let done = Done {
            changes: Vec::new(),
            actor: Actor::Account(id),
            action: "signed-in",
            details: vec![said_of(&begun.session)],
            taxonomy_changed: false,
        };
        acting.done(done, |_| ()).await?;
        Ok(Some(begun))
    }

    /// Goes on with the session of a refresh token, which serves once: `next` is the hash of the one that comes after it.
    /// A token that comes a second time ends the session.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn refresh_session(&self, used: &str, next: &str) -> Result<Refreshed, CommandError> {
        if !self.is_refresh_token(used).await? {
            return Ok(Refreshed::Unknown);
        }
        let acting = Acting::unkeyed(&self.connections).await?;
        let (transaction, at) = (&acting.transaction, acting.now.micros());
        let mut take = Sql::new(
            transaction.get_database_backend(),
            "UPDATE refresh_token SET used_at = ",
        );
        take.bind(at)
            .push(" WHERE hash = ")
            .bind(used)
            .push(" AND used_at IS NULL AND expires_at > ")
            .bind(at);
        let is_taken = transaction.execute_raw(take.finish()).await?.rows_affected() == 1;
        let token = refresh_token::Entity::find_by_id(used.to_owned())
            .one(transaction)
            .await?;
        let Some((session, account)) = (match &token {
            Some(token) => of_session(transaction, token.session_id.into()).await?,
            None => None,
        }) else {
            acting.transaction.rollback().await?;
            return Ok(Refreshed::Unknown);
        };
        if !is_alive(&session, &account, acting.now) {
            acting.transaction.rollback().await?;
            return Ok(Refreshed::Unknown);
        }
        if is_taken {
            let refresh_expires_at = put_token(&acting, &session, next).await?;
            acting.done_quietly(()).await?;
            return Ok(Refreshed::Now(Box::new(NewSession {
                session,
                account,
                refresh_expires_at,
            })));
        }
        if token.is_none_or(|token| token.used_at.is_none()) {
            acting.transaction.rollback().await?;
            return Ok(Refreshed::Unknown);
        }
        end(
            &acting,
            session::Column::Id.eq(session.id.uuid()),
            SessionEnd::RefreshTokenReused,
        )
        .await?;
        let done = Done {
            changes: Vec::new(),
            actor: Actor::Account(account.id),
            action: "refresh-token-reused",
            details: vec![said_of(&session)],
            taxonomy_changed: false,
        };
        acting.done(done, |_| ()).await?;
        Ok(Refreshed::Reused)
    }

    /// Gives the caller another password, ends all sessions of theirs, and begins a new one by the token of that hash.
    /// `Ok(None)` where the password is not that of `before` any more.
    ///
    /// # Errors
    /// Where the caller is an API key, or the database fails.
    pub async fn change_password(
        &self,
        caller: &Caller,
        (before, after): (&str, String),
        refresh: &str,
    ) -> Result<Option<NewSession>, CommandError> {
        caller.allow_secrets()?;
        let id = caller.standing.account;
        let acting = Acting::unkeyed(&self.connections).await?;
        let Some(mut row) = lock(&acting.transaction, id)
            .await?
            .filter(|row| is_usable(row, before))
        else {
            acting.transaction.rollback().await?;
            return Ok(None);
        };
        row.version += 1;
        put_hash(&acting, id, Some(after), Some(row.version)).await?;
        end_sessions(&acting, id, SessionEnd::PasswordChanged).await?;
        end_links(&acting, id, None, LinkEnd::PasswordChanged).await?;
        let begun = self.begin(&acting, row, refresh, caller.address).await?;
        let done = Done::by(caller, "password-changed", said_of(&begun.session));
        acting.done(done, |_| ()).await?;
        Ok(Some(begun))
    }

    /// Ends the session of a refresh token, whether it has been used or not. Nothing happens where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_session_of_token(&self, hash: &str) -> Result<(), CommandError> {
        if !self.is_refresh_token(hash).await? {
            return Ok(());
        }
        let acting = Acting::unkeyed(&self.connections).await?;
        let token = refresh_token::Entity::find_by_id(hash.to_owned());
        if let Some(token) = token.one(&acting.transaction).await? {
            end(&acting, session::Column::Id.eq(token.session_id), SessionEnd::SignedOut).await?;
        }
        acting.done_quietly(()).await
    }

    /// Whether there is such a refresh token at all. Anybody may ask with what is none: that takes no writer's place.
    async fn is_refresh_token(&self, hash: &str) -> Result<bool, StoreError> {
        let transaction = self.connections.read().await?;
        let found = refresh_token::Entity::find_by_id(hash.to_owned())
            .one(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(found.is_some())
    }

    /// Ends the session that the caller asks in.
    ///
    /// # Errors
    /// Where they ask by what is in no session, or the database fails.
    pub async fn end_session(&self, caller: &Caller) -> Result<(), CommandError> {
        let id = match caller.credential {
            Credential::Session(id) => id,
            Credential::ApiKey(_) => {
                let message = "an API key is in no session: revoke it, if it is to serve no more";
                return Err(Denial::Forbidden(message).into());
            }
            Credential::SignOn => {
                let message = "who is here by single sign-on is in no session: sign out where you have signed in";
                return Err(Denial::Forbidden(message).into());
            }
        };
        let acting = Acting::unkeyed(&self.connections).await?;
        end(&acting, session::Column::Id.eq(id.uuid()), SessionEnd::SignedOut).await?;
        acting.done_quietly(()).await
    }

    /// Ends all sessions of the caller's account, and answers how many there were.
    ///
    /// # Errors
    /// Where they ask by an API key, or the database fails. (By single sign-on one may: it only takes away.)
    pub async fn end_all_sessions(&self, caller: &Caller) -> Result<u64, CommandError> {
        if let Credential::ApiKey(_) = caller.credential {
            return Err(Denial::Forbidden("an API key does not sign anybody out: sign in for that").into());
        }
        let acting = Acting::unkeyed(&self.connections).await?;
        let ended = end_sessions(&acting, caller.standing.account, SessionEnd::SignedOutEverywhere).await?;
        let said = detail([("sessions", ended.into())]);
        acting
            .done(By::Caller(caller).done("signed-out-everywhere", said), |_| ended)
            .await
    }

    /// The account of a session that goes on.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_in_session(&self, id: SessionId) -> Result<Option<Account>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let found = of_session(&transaction, id).await?;
        transaction.commit().await?;
        Ok(found
            .filter(|(session, account)| is_alive(session, account, at))
            .map(|(_, account)| account))
    }

    /// The sessions of an account that go on, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sessions_of(&self, id: AccountId) -> Result<Vec<Session>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let rows = session::Entity::find()
            .filter(session::Column::AccountId.eq(id.uuid()))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(at.micros()))
            .order_by_desc(session::Column::Id);
        let rows = rows.all(&transaction).await?;
        transaction.commit().await?;
        rows.into_iter().map(row::session).collect()
    }

    /// Begins a session of an account, within an act.
    pub(super) async fn begin(
        &self,
        acting: &Acting,
        of: account::Model,
        refresh: &str,
        address: Option<std::net::IpAddr>,
    ) -> Result<NewSession, CommandError> {
        self.ids.open(&acting.transaction).await?;
        let expires_at = Instant::from_micros(acting.now.micros() + SESSION).unwrap_or(acting.now);
        let session = Session {
            id: self.ids.next(acting.now).into(),
            account: of.id.into(),
            created_at: acting.now,
            expires_at,
            ended_at: None,
            address: address.map(|address| address.to_string()),
        };
        let inserted = session::ActiveModel {
            id: Set(session.id.uuid()),
            account_id: Set(of.id),
            created_at: Set(session.created_at.micros()),
            expires_at: Set(session.expires_at.micros()),
            ended_at: Set(None),
            ended_why: Set(None),
            address: Set(session.address.clone()),
        };
        session::Entity::insert(inserted)
            .exec_without_returning(&acting.transaction)
            .await?;
        let refresh_expires_at = put_token(acting, &session, refresh).await?;
        let account = row::account(of)?;
        Ok(NewSession {
            session,
            account,
            refresh_expires_at,
        })
    }
}

fn is_usable(row: &account::Model, hash: &str) -> bool {
    row.suspended_at.is_none() && row.password_hash.as_deref() == Some(hash)
}

fn is_alive(session: &Session, account: &Account, now: Instant) -> bool {
    session.ended_at.is_none() && now < session.expires_at && account.suspended_at.is_none()
}

async fn of_session(
    transaction: &DatabaseTransaction,
    id: SessionId,
) -> Result<Option<(Session, Account)>, StoreError> {
    let Some(session) = session::Entity::find_by_id(id.uuid()).one(transaction).await? else {
        return Ok(None);
    };
    let account = account::Entity::find_by_id(session.account_id).one(transaction).await?;
    let account = account.ok_or_else(|| StoreError::corrupt("session", "it is of no account"))?;
    Ok(Some((row::session(session)?, row::account(account)?)))
}

/// Adds the token by which a session goes on, and answers until when it is good.
async fn put_token(acting: &Acting, session: &Session, hash: &str) -> Result<Instant, StoreError> {
    let until = acting.now.micros() + REFRESH;
    let expires_at = Instant::from_micros(until).map_or(session.expires_at, |until| until.min(session.expires_at));
    let token = refresh_token::ActiveModel {
        hash: Set(hash.to_owned()),
        session_id: Set(session.id.uuid()),
        created_at: Set(acting.now.micros()),
        expires_at: Set(expires_at.micros()),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(token)
        .exec_without_returning(&acting.transaction)
        .await?;
    Ok(expires_at)
}

pub(super) async fn put_hash(
    acting: &Acting,
    id: AccountId,
    hash: Option<String>,
    version: Option<i64>,
) -> Result<(), StoreError> {
    let mut row = account::ActiveModel {
        password_hash: Set(hash),
        ..account::ActiveModel::default()
    };
    if let Some(version) = version {
        row.password_changed_at = Set(acting.now.micros());
        row.version = Set(version);
    }
    let update = account::Entity::update_many()
        .set(row)
        .filter(account::Column::Id.eq(id.uuid()));
    update.exec(&acting.transaction).await?;
    Ok(())
}

/// Ends all sessions of an account, and answers how many there were.
pub(super) async fn end_sessions(acting: &Acting, of: AccountId, why: SessionEnd) -> Result<u64, StoreError> {
    end(acting, session::Column::AccountId.eq(of.uuid()), why).await
}

async fn end(acting: &Acting, which: sea_orm::sea_query::SimpleExpr, why: SessionEnd) -> Result<u64, StoreError> {
    let row = session::ActiveModel {
        ended_at: Set(Some(acting.now.micros())),
        ended_why: Set(Some(why.as_str().to_owned())),
        ..session::ActiveModel::default()
    };
    let update = session::Entity::update_many()
        .set(row)
        .filter(which)
        .filter(session::Column::EndedAt.is_null());
    Ok(update.exec(&acting.transaction).await?.rows_affected)
}

pub(super) fn said_of(session: &Session) -> serde_json::Map<String, Value> {
    let mut said = detail([("session", session.id.to_string().into())]);
    if let Some(address) = &session.address {
        said.insert("from".to_owned(), address.as_str().into());
    }
    said
}
