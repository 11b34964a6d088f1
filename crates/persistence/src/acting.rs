//! Acts of the desk: each is one transaction that ends with the head, the audit entry and the outcome under its key, or nothing.
//!
//! Whoever stores a command begins here, does what it decides within the transaction, and ends here, with what was done
//! or with the refusal. What was asked under a key before is answered as it was then.

use newsroom_domain::account::{Caller, Credential};
use newsroom_domain::audit::{Actor, AuditEntry};
use newsroom_domain::change::Change;
use newsroom_domain::idempotency::{IdempotencyKey, KEPT_HOURS};
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::{AccountId, Instant};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::database::{Connections, Turn, now, take_turn};
use crate::head::{Act, to_json};
use crate::live::row::from_json;
use crate::mirror::refuse_on_mirror;
use crate::sql::Sql;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Its caller does not get it. Only a [`Refusal`] is kept under the key: for want of rights nothing was decided.
    #[error("{0:?}")]
    Denied(Denial),
    /// Something else was asked under this key before.
    #[error("something else was asked under this idempotency key before")]
    KeyReused,
    /// It was done, now or before under the same key, and what could be answered has been deleted since.
    #[error("this was done, and it has been deleted since")]
    DeletedSince,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for CommandError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl From<Denial> for CommandError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(Denial::Refused(refusal))
    }
}

/// The key under which something is asked, with a hash of what is asked.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    key: IdempotencyKey,
    input_hash: String,
}

impl Once {
    /// The key for an input, which `name` tells from one of another command.
    pub(crate) fn new(
        key: Option<&IdempotencyKey>,
        name: &'static str,
        input: &impl Serialize,
    ) -> Result<Option<Self>, StoreError> {
        let Some(key) = key else { return Ok(None) };
        let input = to_json("input", &(name, input))?;
        Ok(Some(Self {
            key: key.clone(),
            input_hash: newsroom_domain::audit::hex(&Sha256::digest(input)),
        }))
    }
}

/// What came of a command, as it is kept under its key.
#[derive(Debug, Serialize, Deserialize)]
enum Outcome<T> {
    Done(T),
    Refused(Refusal),
}

/// How an act begins.
pub(crate) enum Begun<T> {
    /// It is to be done.
    Now(Acting),
    /// It was done before, and this came of it.
    Before(T),
}

/// An act that goes on.
pub(crate) struct Acting {
    pub(crate) transaction: DatabaseTransaction,
    /// The database's wall clock when it began.
    pub(crate) now: Instant,
    under: Option<(AccountId, Once)>,
}

/// What an act is, for the logs.
pub(crate) struct Done {
    /// What readers are told.
    pub(crate) changes: Vec<Change>,
    pub(crate) actor: Actor,
    pub(crate) action: &'static str,
    /// What of: of one thing, or of each of several.
    pub(crate) details: Vec<Map<String, Value>>,
    pub(crate) taxonomy_changed: bool,
}

impl Done {
    /// A caller's act.
    pub(crate) fn by(caller: &Caller, action: &'static str, detail: Map<String, Value>) -> Self {
        Self::by_each(caller, action, vec![detail])
    }

    /// A caller's act on several things.
    pub(crate) fn by_each(caller: &Caller, action: &'static str, mut details: Vec<Map<String, Value>>) -> Self {
        for detail in &mut details {
            match caller.credential {
                Credential::ApiKey(key) => {
                    detail.insert("apiKey".to_owned(), key.to_string().into());
                }
                Credential::SignOn => {
                    detail.insert("signOn".to_owned(), true.into());
                }
                Credential::Session(_) => {}
            }
            if let Some(address) = caller.address {
                detail.insert("from".to_owned(), address.to_string().into());
            }
        }
        Self::of(Actor::Account(caller.standing.account), action, details)
    }

    /// Somebody's act.
    pub(crate) fn of(actor: Actor, action: &'static str, details: Vec<Map<String, Value>>) -> Self {
        Self {
            changes: Vec::new(),
            actor,
            action,
            details,
            taxonomy_changed: false,
        }
    }
}

/// How often an act is tried that other writers get in the way of.
const TRIES: u32 = 20;

/// Does an act, again where its attempt answers `None`, or where the database gave it up for another writer's sake.
pub(crate) async fn until_done<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, CommandError>
where
    F: Future<Output = Result<Option<T>, CommandError>>,
{
    for _ in 0..TRIES {
        match attempt().await {
            Ok(Some(done)) => return Ok(done),
            Ok(None) => {}
            Err(CommandError::Store(error)) if error.is_contention() => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Contended.into())
}

impl Acting {
    /// Begins an act of that account, or finds what came of it before.
    pub(crate) async fn begin<T: DeserializeOwned>(
        connections: &Connections,
        by: AccountId,
        turn: Turn,
        once: Option<&Once>,
    ) -> Result<Begun<T>, CommandError> {
        let transaction = connections.write().await?;
        let now = take_turn(&transaction, turn).await?;
        let Some(once) = once else {
            return Ok(Begun::Now(Self {
                transaction,
                now,
                under: None,
            }));
        };
        if take_key(&transaction, by, once, now).await? {
            return Ok(Begun::Now(Self {
                transaction,
                now,
                under: Some((by, once.clone())),
            }));
        }
        let outcome = kept::<T>(&transaction, by, once).await?;
        transaction.commit().await?;
        match outcome {
            Outcome::Done(done) => Ok(Begun::Before(done)),
            Outcome::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// Begins an act on releases, or on what they go by, as [`Acting::begin`] does. A mirror has no desk.
    pub(crate) async fn begin_at_desk<T: DeserializeOwned>(
        connections: &Connections,
        by: AccountId,
        turn: Turn,
        once: Option<&Once>,
    ) -> Result<Begun<T>, CommandError> {
        let acting = match Self::begin(connections, by, turn, once).await? {
            Begun::Before(outcome) => return Ok(Begun::Before(outcome)),
            Begun::Now(acting) => acting,
        };
        match refuse_on_mirror(&acting.transaction).await? {
            Some(denial) => Err(acting.denied(denial).await?),
            None => Ok(Begun::Now(acting)),
        }
    }

    /// Begins an act that nobody asks for, beside those that are asked for.
    pub(crate) async fn by_itself(connections: &Connections) -> Result<Self, StoreError> {
        let transaction = connections.write().await?;
        let now = take_turn(&transaction, Turn::Shared).await?;
        Ok(Self {
            transaction,
            now,
            under: None,
        })
    }

    /// Begins an act under no key and in no turn: of sessions and keys, which are filed nowhere, so that nobody waits for a
    /// theme's move to sign in.
    pub(crate) async fn unkeyed(connections: &Connections) -> Result<Self, StoreError> {
        let transaction = connections.write().await?;
        let now = now(&transaction).await?;
        Ok(Self {
            transaction,
            now,
            under: None,
        })
    }

    /// Ends an act that nobody need be told of.
    pub(crate) async fn done_quietly<T: Serialize>(self, outcome: T) -> Result<T, CommandError> {
        self.keep(outcome).await
    }

    /// Ends the act: takes the head, writes the logs, keeps what came of it (given the change log's sequence), and commits.
    pub(crate) async fn done<T: Serialize>(
        self,
        done: Done,
        outcome: impl FnOnce(i64) -> T,
    ) -> Result<T, CommandError> {
        let entry = |detail: &Map<String, Value>| {
            Ok::<_, StoreError>(AuditEntry {
                at: self.now,
                actor: done.actor,
                action: done.action.into(),
                detail: to_json("detail", detail)?,
            })
        };
        let audit = done.details.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let act = Act {
            changes: done.changes,
            audit,
            announced: true,
            taxonomy_changed: done.taxonomy_changed,
        };
        let head = act.close(&self.transaction).await?;
        self.keep(outcome(head.sequence)).await
    }

    async fn keep<T: Serialize>(self, outcome: T) -> Result<T, CommandError> {
        let outcome = Outcome::Done(outcome);
        if let Some((by, once)) = &self.under {
            keep_outcome(&self.transaction, *by, once, &outcome).await?;
        }
        self.transaction.commit().await?;
        match outcome {
            Outcome::Done(outcome) => Ok(outcome),
            Outcome::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// Ends an act that is not done, of which nothing has been written. A refusal is kept.
    pub(crate) async fn denied(self, denial: Denial) -> Result<CommandError, StoreError> {
        match (&denial, &self.under) {
            (Denial::Refused(refusal), Some((by, once))) => {
                let outcome = Outcome::<()>::Refused(refusal.clone());
                keep_outcome(&self.transaction, *by, once, &outcome).await?;
                self.transaction.commit().await?;
            }
            _ => self.transaction.rollback().await?,
        }
        Ok(denial.into())
    }
}

/// Takes the key for this act; `false` where it is taken. Whoever takes it at the same time is waited for.
async fn take_key(
    transaction: &DatabaseTransaction,
    by: AccountId,
    once: &Once,
    now: Instant,
) -> Result<bool, StoreError> {
    let expired = now.micros() - KEPT_HOURS * 3600 * 1_000_000;
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "INSERT INTO idempotency (account_id, key, input_hash, created_at) VALUES (",
    );
    sql.bind(by.uuid())
        .push(", ")
        .bind(once.key.as_str())
        .push(", ")
        .bind(once.input_hash.as_str())
        .push(", ")
        .bind(now.micros());
    sql.push(") ON CONFLICT (account_id, key) DO UPDATE SET input_hash = excluded.input_hash, outcome = NULL, created_at = excluded.created_at WHERE idempotency.created_at < ")
        .bind(expired);
    Ok(transaction.execute_raw(sql.finish()).await?.rows_affected() == 1)
}

/// What is kept under the key.
async fn kept<T: DeserializeOwned>(
    transaction: &DatabaseTransaction,
    by: AccountId,
    once: &Once,
) -> Result<Outcome<T>, CommandError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT input_hash, outcome FROM idempotency WHERE account_id = ",
    );
    sql.bind(by.uuid()).push(" AND key = ").bind(once.key.as_str());
    let row = transaction
        .query_one_raw(sql.finish())
        .await?
        .ok_or_else(|| StoreError::corrupt("idempotency key", "it is taken and not there"))?;
    if row.try_get::<String>("", "input_hash")? != once.input_hash {
        return Err(CommandError::KeyReused);
    }
    // What holds the key has kept its outcome in the same transaction.
    let outcome = row
        .try_get::<Option<String>>("", "outcome")?
        .ok_or_else(|| StoreError::corrupt("idempotency key", "it has no outcome"))?;
    Ok(from_json("outcome", &outcome)?)
}

async fn keep_outcome<T: Serialize>(
    transaction: &DatabaseTransaction,
    by: AccountId,
    once: &Once,
    outcome: &Outcome<T>,
) -> Result<(), StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), "UPDATE idempotency SET outcome = ");
    sql.bind(to_json("outcome", outcome)?)
        .push(" WHERE account_id = ")
        .bind(by.uuid())
        .push(" AND key = ")
        .bind(once.key.as_str());
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}
