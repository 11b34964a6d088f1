//! Mails with links: what is to be sent, who sends it, and what came of it.
//!
//! A mail is put there in the transaction that gives its link. Some host takes it on for a while, in a transaction of its own
//! that also keeps the hash of the token that the mail will bring; then it talks to the mail server, in no transaction;
//! then it says what came of it. A host that is gone by then is taken for one that failed.

use std::net::IpAddr;

use newsroom_domain::account::{Account, AccountLink, Email, next_mail_attempt};
use newsroom_domain::audit::Actor;
use newsroom_domain::{AccountLinkId, Instant};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::accounts::lock;
use super::links::{put_link, put_token};
use super::{detail, row};
use crate::acting::{Acting, CommandError, Done};
use crate::database::now;
use crate::entity::{account, account_link, mail, password_request};
use crate::sql::Sql;
use crate::{Store, StoreError};

/// For how long a mail is its sender's alone, in microseconds: five minutes. Whoever sends gives up long before.
const TAKEN_ON: i64 = 5 * 60 * 1_000_000;

/// A mail that is to be sent now.
#[derive(Debug, Clone)]
pub struct DueMail {
    /// To whom.
    pub account: Account,
    /// The link that it brings.
    pub link: AccountLink,
    /// The which attempt this is, from 1.
    pub attempt: i64,
}

impl Store {
    /// Notes that somebody has forgotten the password of that address. Whether there is such an account is not looked at: what
    /// is done here is the same for any.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn request_password_reset(&self, email: &Email, address: Option<IpAddr>) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        let request = password_request::ActiveModel {
            email: Set(email.to_string()),
            address: Set(address.map(|address| address.to_string())),
            asked_at: Set(now(&transaction).await?.micros()),
        };
        let mut again = OnConflict::column(password_request::Column::Email);
        again.update_columns([password_request::Column::Address, password_request::Column::AskedAt]);
        password_request::Entity::insert(request)
            .on_conflict(again)
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether there is anything to do for who sends mail: a request that nobody has looked at, or a mail that is due. Looking
    /// takes no writer's place.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has_mail_to_send(&self) -> Result<bool, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let requested = password_request::Entity::find().one(&transaction).await?.is_some();
        let has = requested || due(&transaction, at, false).await?.is_some();
        transaction.commit().await?;
        Ok(has)
    }

    /// Looks at one request of somebody who has forgotten a password: where there is such an account, a mail with a link is to
    /// go there. Answers whether there was a request.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn answer_password_request(&self) -> Result<bool, CommandError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        let Some(request) = take_request(&acting.transaction).await? else {
            acting.transaction.rollback().await?;
            return Ok(false);
        };
        let found = account::Entity::find().filter(account::Column::Email.eq(&request.email));
        let found = match found.one(&acting.transaction).await? {
            Some(found) => lock(&acting.transaction, found.id.into()).await?,
            None => None,
        };
        let account = found.map(row::account).transpose()?;
        self.ids.open(&acting.transaction).await?;
        let link =
            account.and_then(|account| AccountLink::request(self.ids.next(acting.now).into(), &account, acting.now));
        let Some(link) = link else {
            acting.done_quietly(()).await?;
            return Ok(true);
        };
        // Its tokens are made when it is sent.
        let link = put_link(&acting, link, None, true).await?;
        let mut said = detail([
            ("account", link.account.to_string().into()),
            ("link", link.id.to_string().into()),
        ]);
        if let Some(address) = request.address {
            said.insert("from".to_owned(), address.into());
        }
        let done = Done {
            changes: Vec::new(),
            actor: Actor::Account(link.account),
            action: "password-reset-requested",
            details: vec![said],
            taxonomy_changed: false,
        };
        acting.done(done, |_| ()).await?;
        Ok(true)
    }

    /// Takes a mail on that is due, if there is one: from now on its link is good by the token of that hash too.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn take_mail(&self, hash: &str) -> Result<Option<DueMail>, StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?;
        let Some(id) = due(&transaction, at, true).await? else {
            transaction.rollback().await?;
            return Ok(None);
        };
        let mut update = Sql::new(
            transaction.get_database_backend(),
            "UPDATE mail SET attempts = attempts + 1, due_at = ",
        );
        update.bind(at.micros() + TAKEN_ON).push(" WHERE link_id = ").bind(id);
        transaction.execute_raw(update.finish()).await?;
        put_token(&transaction, id.into(), hash).await?;
        let gone = || StoreError::corrupt("mail", "what it is for is gone");
        let mail = mail::Entity::find_by_id(id).one(&transaction).await?.ok_or_else(gone)?;
        let link = account_link::Entity::find_by_id(id).one(&transaction).await?;
        let link = link.ok_or_else(gone)?;
        let account = account::Entity::find_by_id(link.account_id).one(&transaction).await?;
        let account = account.ok_or_else(gone)?;
        transaction.commit().await?;
        Ok(Some(DueMail {
            attempt: mail.attempts,
            link: row::account_link(link, Some(mail))?,
            account: row::account(account)?,
        }))
    }

    /// Notes that a mail server has taken a mail.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn note_mail_sent(&self, id: AccountLinkId) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        let row = mail::ActiveModel {
            due_at: Set(None),
            sent_at: Set(Some(now(&transaction).await?.micros())),
            failed_at: Set(None),
            error: Set(None),
            ..mail::ActiveModel::default()
        };
        let update = mail::Entity::update_many().set(row);
        let update = update.filter(mail::Column::LinkId.eq(id.uuid()));
        update.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Notes that an attempt to send a mail has failed, and why. Answers when it is tried again; nothing where it is given up,
    /// since it was tried often enough or no other attempt would end otherwise. What another host has done with it since stands.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn note_mail_failed(
        &self,
        mail: &DueMail,
        error: &str,
        is_final: bool,
    ) -> Result<Option<Instant>, StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?;
        let next = Some(mail.attempt).filter(|_| !is_final);
        let next = next.and_then(|attempt| next_mail_attempt(attempt, at, mail.link.expires_at));
        let row = mail::ActiveModel {
            due_at: Set(next.map(Instant::micros)),
            failed_at: Set(next.is_none().then(|| at.micros())),
            error: Set(Some(error.to_owned())),
            ..mail::ActiveModel::default()
        };
        mail::Entity::update_many()
            .set(row)
            .filter(mail::Column::LinkId.eq(mail.link.id.uuid()))
            .filter(mail::Column::Attempts.eq(mail.attempt))
            .filter(mail::Column::SentAt.is_null())
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(next)
    }
}

/// A mail that is due, whose link is still good and whose account may use it; `locked`, past those that others are taking
/// on. SQLite has one writer, and needs no such lock.
async fn due(transaction: &DatabaseTransaction, at: Instant, locked: bool) -> Result<Option<Uuid>, StoreError> {
    let backend = transaction.get_database_backend();
    let mut sql = Sql::new(
        backend,
        "SELECT mail.link_id AS id FROM mail \
         JOIN account_link ON account_link.id = mail.link_id \
         JOIN account ON account.id = account_link.account_id WHERE mail.due_at <= ",
    );
    sql.bind(at.micros())
        .push(" AND account_link.ended_at IS NULL AND account_link.expires_at > ")
        .bind(at.micros())
        .push(" AND account.suspended_at IS NULL ORDER BY mail.due_at, mail.link_id LIMIT 1");
    if locked && backend == DbBackend::Postgres {
        sql.push(" FOR UPDATE OF mail SKIP LOCKED");
    }
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "id")).transpose()?)
}

/// Takes the request out that has waited longest, past those that others are looking at.
async fn take_request(transaction: &DatabaseTransaction) -> Result<Option<password_request::Model>, StoreError> {
    let backend = transaction.get_database_backend();
    let lock = match backend {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let mut sql = Sql::new(
        backend,
        "DELETE FROM password_request WHERE email = \
         (SELECT email FROM password_request ORDER BY asked_at, email LIMIT 1",
    );
    sql.push(lock).push(") RETURNING email, address, asked_at");
    let Some(row) = transaction.query_one_raw(sql.finish()).await? else {
        return Ok(None);
    };
    Ok(Some(password_request::Model {
        email: row.try_get("", "email")?,
        address: row.try_get("", "address")?,
        asked_at: row.try_get("", "asked_at")?,
    }))
}
