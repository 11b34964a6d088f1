//! Links by which accounts get their passwords: giving, finding, taking back and using them.
//!
//! Whoever ends a link has its account's row locked first, so that of two who use one at once the second finds it used.

use std::collections::HashMap;
use std::net::IpAddr;

use newsroom_domain::account::{Account, AccountLink, Caller, LinkKind, LinkMail, NewAccount};
use newsroom_domain::audit::Actor;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::Denial;
use newsroom_domain::{AccountId, AccountLinkId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Map, Value};

use super::accounts::{allow, lock};
use super::sessions::{SessionEnd, end_sessions, put_hash};
use super::{By, NewSession, accounts, detail, row, sessions};
use crate::acting::{Acting, Begun, CommandError, Done, Once};
use crate::database::{Turn, now};
use crate::entity::{account, account_link, account_link_token, mail};
use crate::{Store, StoreError};

/// What a link is given with.
#[derive(Debug, Clone, Copy)]
pub struct LinkOffer<'a> {
    /// The hash of the token that whoever asks is given.
    pub hash: &'a str,
    /// Whether a mail is to bring it as well.
    pub mailed: bool,
}

/// A link as it was given.
#[derive(Debug, Clone)]
pub struct GivenLink {
    /// The account.
    pub account: Account,
    /// The link.
    pub link: AccountLink,
    /// Whether it was given now, and not before under the same idempotency key: its token is then another one, which nobody
    /// has any more but whoever got it then.
    pub is_new: bool,
}

/// Why a link is good no more, before it has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkEnd {
    /// The password was set by it.
    Used,
    /// An administrator took it back.
    Revoked,
    /// Another one of its kind was given.
    Replaced,
    /// The account has got a password in another way.
    PasswordChanged,
}

impl LinkEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::PasswordChanged => "password-changed",
        }
    }
}

impl Store {
    /// Creates an account without a password, and gives an invitation to it.
    ///
    /// # Errors
    /// Where the caller may not, the form is wrong, the address is another account's, or the database fails.
    pub async fn invite_account(
        &self,
        caller: &Caller,
        asked: &NewAccount,
        offer: LinkOffer<'_>,
        key: Option<&IdempotencyKey>,
    ) -> Result<GivenLink, CommandError> {
        allow_links(caller)?;
        let own = caller.standing.account;
        let once = Once::new(key, "inviteAccount", &asked.twin())?;
        let acting = match Acting::begin::<AccountLinkId>(&self.connections, own, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return self.link_that_was_given(id).await,
        };
        let account = match self.put_account(&acting, asked, None).await? {
            Ok(created) => created,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        let link = match AccountLink::give(self.ids.next(acting.now).into(), &account, own, acting.now) {
            Ok(link) => link,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        let said = accounts::said_of(&account);
        self.give(acting, caller, (account, link), offer, said).await
    }

    /// Gives a link to an account: an invitation, where it has no password yet, or else a reset. One of its kind that was given
    /// before is good no more.
    ///
    /// # Errors
    /// Where the caller may not, there is no such account, it is suspended, or the database fails.
    pub async fn give_account_link(
        &self,
        caller: &Caller,
        id: AccountId,
        offer: LinkOffer<'_>,
        key: Option<&IdempotencyKey>,
    ) -> Result<GivenLink, CommandError> {
        allow_links(caller)?;
        let own = caller.standing.account;
        let once = Once::new(key, "resetPassword", &id)?;
        let acting = match Acting::begin::<AccountLinkId>(&self.connections, own, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return self.link_that_was_given(id).await,
        };
        let Some(account) = lock(&acting.transaction, id).await? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        let account = row::account(account)?;
        self.ids.open(&acting.transaction).await?;
        let link = match AccountLink::give(self.ids.next(acting.now).into(), &account, own, acting.now) {
            Ok(link) => link,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        let said = detail([("account", id.to_string().into())]);
        self.give(acting, caller, (account, link), offer, said).await
    }

    async fn give(
        &self,
        acting: Acting,
        caller: &Caller,
        (account, link): (Account, AccountLink),
        offer: LinkOffer<'_>,
        mut said: Map<String, Value>,
    ) -> Result<GivenLink, CommandError> {
        let link = put_link(&acting, link, Some(offer.hash), offer.mailed).await?;
        let action = match link.kind {
            LinkKind::Invitation => "account-invited",
            LinkKind::Reset | LinkKind::RequestedReset => "password-reset-given",
        };
        said.insert("link".to_owned(), link.id.to_string().into());
        said.insert("mailed".to_owned(), offer.mailed.into());
        acting.done(Done::by(caller, action, said), |_| link.id).await?;
        Ok(GivenLink {
            account,
            link,
            is_new: true,
        })
    }

    /// Takes a link back, and answers its account. One that is good no more stays so.
    ///
    /// # Errors
    /// Where the caller may not, there is no such link, or the database fails.
    pub async fn revoke_account_link(
        &self,
        caller: &Caller,
        id: AccountLinkId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Account, CommandError> {
        allow(By::Caller(caller))?;
        let once = Once::new(key, "revokeAccountLink", &id)?;
        let own = caller.standing.account;
        let acting = match Acting::begin::<AccountId>(&self.connections, own, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return self.account_that_is_there(id).await,
        };
        let Some((account, link)) = lock_link(&acting.transaction, id).await? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        if !link.holds_at(acting.now) {
            acting.done_quietly(account.id).await?;
            return Ok(account);
        }
        end(&acting, account_link::Column::Id.eq(id.uuid()), LinkEnd::Revoked).await?;
        let said = detail([
            ("account", account.id.to_string().into()),
            ("link", id.to_string().into()),
            ("kind", link.kind.as_str().into()),
        ]);
        let done = Done::by(caller, "account-link-revoked", said);
        acting.done(done, |_| account.id).await?;
        Ok(account)
    }

    /// The account whose password may be set by the token of that hash now. Anybody may ask with what is none: that takes no
    /// writer's place.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_of_link(&self, hash: &str) -> Result<Option<Account>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let found = match link_of_token(&transaction, hash).await? {
            Some(link) => account::Entity::find_by_id(link.account.uuid())
                .one(&transaction)
                .await?
                .map(row::account)
                .transpose()?
                .filter(|account| link.opens(account, at)),
            None => None,
        };
        transaction.commit().await?;
        Ok(found)
    }

    /// Gives the account of a link's token the password of this hash: the link has served, all sessions of the account end, and a
    /// new one begins by the refresh token of that hash. `Ok(None)` where the token is not good any more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn set_password_by_link(
        &self,
        token: &str,
        password: String,
        refresh: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<NewSession>, CommandError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        let found = match link_of_token(&acting.transaction, token).await? {
            Some(link) => lock_link(&acting.transaction, link.id).await?,
            None => None,
        };
        let Some((account, link)) = found.filter(|(account, link)| link.opens(account, acting.now)) else {
            acting.transaction.rollback().await?;
            return Ok(None);
        };
        put_hash(&acting, account.id, Some(password), Some(account.version + 1)).await?;
        end(&acting, account_link::Column::Id.eq(link.id.uuid()), LinkEnd::Used).await?;
        end_links(&acting, account.id, None, LinkEnd::PasswordChanged).await?;
        end_sessions(&acting, account.id, SessionEnd::PasswordChanged).await?;
        let Some(row) = lock(&acting.transaction, account.id).await? else {
            return Err(StoreError::corrupt("account", "it is gone").into());
        };
        let begun = self.begin(&acting, row, refresh, address).await?;
        let mut said = sessions::said_of(&begun.session);
        said.insert("link".to_owned(), link.id.to_string().into());
        let done = Done {
            changes: Vec::new(),
            actor: Actor::Account(account.id),
            action: match link.kind {
                LinkKind::Invitation => "invitation-accepted",
                LinkKind::Reset | LinkKind::RequestedReset => "password-reset",
            },
            details: vec![said],
            taxonomy_changed: false,
        };
        acting.done(done, |_| ()).await?;
        Ok(Some(begun))
    }

    /// The links of these accounts that are good now, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_links_of(&self, ids: &[AccountId]) -> Result<Vec<AccountLink>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let rows = account_link::Entity::find()
            .filter(account_link::Column::AccountId.is_in(ids.iter().map(|id| id.uuid())))
            .filter(account_link::Column::EndedAt.is_null())
            .filter(account_link::Column::ExpiresAt.gt(at.micros()))
            .order_by_desc(account_link::Column::Id)
            .all(&transaction)
            .await?;
        let mails = mail::Entity::find().filter(mail::Column::LinkId.is_in(rows.iter().map(|row| row.id)));
        let mails = mails.all(&transaction).await?;
        transaction.commit().await?;
        let mut mails: HashMap<_, _> = mails.into_iter().map(|mail| (mail.link_id, mail)).collect();
        let link = |row: account_link::Model| {
            let mail = mails.remove(&row.id);
            row::account_link(row, mail)
        };
        rows.into_iter().map(link).collect()
    }

    async fn link_that_was_given(&self, id: AccountLinkId) -> Result<GivenLink, CommandError> {
        let transaction = self.connections.read().await?;
        let found = find_link(&transaction, id).await?;
        transaction.commit().await?;
        let link = found.ok_or_else(|| StoreError::corrupt("link", "it is gone"))?;
        Ok(GivenLink {
            account: self.account_that_is_there(link.account).await?,
            link,
            is_new: false,
        })
    }
}

/// Lets those pass who may make links.
fn allow_links(caller: &Caller) -> Result<(), Denial> {
    allow(By::Caller(caller))?;
    caller.allow_secrets()
}

/// Puts a link there in place of the one of its kind before it, with the hash of its first token, and the mail with it.
pub(super) async fn put_link(
    acting: &Acting,
    link: AccountLink,
    hash: Option<&str>,
    mailed: bool,
) -> Result<AccountLink, StoreError> {
    end_links(acting, link.account, Some(link.kind), LinkEnd::Replaced).await?;
    let inserted = account_link::ActiveModel {
        id: Set(link.id.uuid()),
        account_id: Set(link.account.uuid()),
        kind: Set(link.kind.as_str().to_owned()),
        created_by: Set(link.created_by.map(AccountId::uuid)),
        created_at: Set(link.created_at.micros()),
        expires_at: Set(link.expires_at.micros()),
        ended_at: Set(None),
        ended_why: Set(None),
    };
    account_link::Entity::insert(inserted)
        .exec_without_returning(&acting.transaction)
        .await?;
    if let Some(hash) = hash {
        put_token(&acting.transaction, link.id, hash).await?;
    }
    if !mailed {
        return Ok(link);
    }
    let put = mail::ActiveModel {
        link_id: Set(link.id.uuid()),
        attempts: Set(0),
        due_at: Set(Some(acting.now.micros())),
        ..mail::ActiveModel::default()
    };
    mail::Entity::insert(put)
        .exec_without_returning(&acting.transaction)
        .await?;
    Ok(AccountLink {
        mail: Some(LinkMail::default()),
        ..link
    })
}

/// Adds the hash of a token of a link.
pub(super) async fn put_token(
    transaction: &DatabaseTransaction,
    link: AccountLinkId,
    hash: &str,
) -> Result<(), StoreError> {
    let token = account_link_token::ActiveModel {
        hash: Set(hash.to_owned()),
        link_id: Set(link.uuid()),
    };
    account_link_token::Entity::insert(token)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn link_of_token(transaction: &DatabaseTransaction, hash: &str) -> Result<Option<AccountLink>, StoreError> {
    let token = account_link_token::Entity::find_by_id(hash.to_owned());
    match token.one(transaction).await? {
        Some(token) => find_link(transaction, token.link_id.into()).await,
        None => Ok(None),
    }
}

async fn find_link(transaction: &DatabaseTransaction, id: AccountLinkId) -> Result<Option<AccountLink>, StoreError> {
    let Some(found) = account_link::Entity::find_by_id(id.uuid()).one(transaction).await? else {
        return Ok(None);
    };
    let mail = mail::Entity::find_by_id(id.uuid()).one(transaction).await?;
    row::account_link(found, mail).map(Some)
}

/// A link with its account, whose row is locked: what the link is now, it stays until the transaction ends.
async fn lock_link(
    transaction: &DatabaseTransaction,
    id: AccountLinkId,
) -> Result<Option<(Account, AccountLink)>, StoreError> {
    let Some(link) = find_link(transaction, id).await? else {
        return Ok(None);
    };
    let Some(account) = lock(transaction, link.account).await? else {
        return Ok(None);
    };
    let link = find_link(transaction, id).await?;
    Ok(link
        .zip(Some(row::account(account)?))
        .map(|(link, account)| (account, link)))
}

/// Ends the links of an account, whose row is locked: those of one kind, or all.
pub(super) async fn end_links(
    acting: &Acting,
    of: AccountId,
    kind: Option<LinkKind>,
    why: LinkEnd,
) -> Result<(), StoreError> {
    let mut which = Condition::all().add(account_link::Column::AccountId.eq(of.uuid()));
    if let Some(kind) = kind {
        which = which.add(account_link::Column::Kind.eq(kind.as_str()));
    }
    end(acting, which, why).await
}

async fn end(acting: &Acting, which: impl sea_orm::sea_query::IntoCondition, why: LinkEnd) -> Result<(), StoreError> {
    let row = account_link::ActiveModel {
        ended_at: Set(Some(acting.now.micros())),
        ended_why: Set(Some(why.as_str().to_owned())),
        ..account_link::ActiveModel::default()
    };
    let update = account_link::Entity::update_many()
        .set(row)
        .filter(which)
        .filter(account_link::Column::EndedAt.is_null());
    update.exec(&acting.transaction).await?;
    Ok(())
}
