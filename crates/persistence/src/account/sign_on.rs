//! Single sign-on: the account of somebody whom the issuer vouches for, made when they are first seen.
//!
//! Most times nothing is new, and one look says so. What is new is one transaction: two hosts that see somebody at once
//! meet at the unique address or at the subject's key, and whoever comes second finds what the first has made.

use std::net::IpAddr;

use newsroom_domain::account::{Account, SignOn};
use newsroom_domain::audit::Actor;
use newsroom_domain::refusal::Denial;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{AccountId, Instant};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Map, Value};

use super::accounts::{insert, lock, said_of, update};
use super::{By, detail, row};
use crate::acting::{Acting, Begun, CommandError, Done, until_done};
use crate::database::Turn;
use crate::entity::{account, sign_on};
use crate::sql::Sql;
use crate::{Store, StoreError};

/// What came of a sign-on.
#[derive(Debug, Clone)]
pub enum SignedOn {
    /// It is this account.
    In(Box<Account>),
    /// Its account is suspended.
    Suspended,
    /// There is an account of this address, and it may not become theirs.
    AddressTaken,
    /// There is an account of this address, and it is somebody else's at the same issuer.
    AddressOfAnother,
}

impl SignedOn {
    fn of(account: Account) -> Self {
        match account.suspended_at {
            None => Self::In(Box::new(account)),
            Some(_) => Self::Suspended,
        }
    }
}

/// How somebody is linked to an account.
#[derive(Debug, Clone, Copy)]
struct Link {
    account: AccountId,
    claims_at: Instant,
}

/// A sign-on that is under way.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    sign_on: &'a SignOn,
    /// Whether an account of the same address may become theirs.
    may_link: bool,
    address: Option<IpAddr>,
}

impl Store {
    /// The account of whom the issuer vouches for: made where there is none, and changed where the issuer says something
    /// else by now. With `may_link`, an account that has their address already becomes theirs.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sign_on(
        &self,
        sign_on: &SignOn,
        may_link: bool,
        address: Option<IpAddr>,
    ) -> Result<SignedOn, CommandError> {
        if let Some(found) = self.known_sign_on(sign_on).await? {
            return Ok(found);
        }
        let asked = Asked {
            sign_on,
            may_link,
            address,
        };
        until_done(|| self.try_to_sign_on(asked)).await
    }

    /// Takes an account away from whoever has it by single sign-on, and answers how many had. It stays as it is.
    ///
    /// # Errors
    /// Where nobody has it, or the database fails.
    pub async fn unlink_account(&self, by: By<'_>, id: AccountId) -> Result<u64, CommandError> {
        super::accounts::allow(by)?;
        let acting = Acting::unkeyed(&self.connections).await?;
        let delete = sign_on::Entity::delete_many().filter(sign_on::Column::AccountId.eq(id.uuid()));
        let unlinked = delete.exec(&acting.transaction).await?.rows_affected;
        if unlinked == 0 {
            return Err(acting.denied(Denial::NotFound).await?);
        }
        let done = by.done("account-unlinked", detail([("account", id.to_string().into())]));
        acting.done(done, |_| unlinked).await
    }

    /// What comes of a sign-on that says nothing new.
    async fn known_sign_on(&self, sign_on: &SignOn) -> Result<Option<SignedOn>, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let link = link_of(&transaction, sign_on).await?;
        let account = match &link {
            Some(link) => {
                account::Entity::find_by_id(link.account.uuid())
                    .one(&transaction)
                    .await?
            }
            None => None,
        };
        transaction.commit().await?;
        let account = account.map(row::account).transpose()?;
        let (Some(link), Some(account)) = (link, account) else {
            return Ok(None);
        };
        let says_nothing_new = sign_on.issued_at < link.claims_at
            || (sign_on.issued_at == link.claims_at && sign_on.change(&account, &taxonomy) == account);
        let is_settled = says_nothing_new || account.suspended_at.is_some();
        Ok(is_settled.then(|| SignedOn::of(account)))
    }

    async fn try_to_sign_on(&self, asked: Asked<'_>) -> Result<Option<SignedOn>, CommandError> {
        let nobody = uuid::Uuid::nil().into();
        let begun = Acting::begin::<()>(&self.connections, nobody, Turn::Shared, None).await?;
        let Begun::Now(acting) = begun else { return Ok(None) };
        let taxonomy = crate::taxonomy::read(&acting.transaction).await?;
        if let Some(link) = link_of(&acting.transaction, asked.sign_on).await? {
            return take_claims(acting, link, &taxonomy, asked).await;
        }
        self.ids.open(&acting.transaction).await?;
        let id = self.ids.next(acting.now).into();
        let created = asked.sign_on.create(id, &taxonomy, acting.now);
        let of_address = account::Entity::find().filter(account::Column::Email.eq(created.email.as_str()));
        if let Some(found) = of_address.one(&acting.transaction).await? {
            return link_account(acting, found.id.into(), &taxonomy, asked).await;
        }
        let is_made = insert(&acting, &created, None).await? && put_link(&acting, id, asked.sign_on).await?;
        if !is_made {
            acting.transaction.rollback().await?;
            return Ok(None);
        }
        let done = asked.done("account-created", &created);
        acting.done(done, |_| ()).await?;
        Ok(Some(SignedOn::of(created)))
    }
}

impl Asked<'_> {
    /// The act of an account that is theirs.
    fn done(self, action: &'static str, account: &Account) -> Done {
        let mut said: Map<String, Value> = said_of(account);
        said.extend(detail([
            ("issuer", self.sign_on.issuer.as_str().into()),
            ("subject", self.sign_on.subject.as_str().into()),
        ]));
        if let Some(address) = self.address {
            said.insert("from".to_owned(), address.to_string().into());
        }
        Done {
            changes: Vec::new(),
            actor: Actor::Account(account.id),
            action,
            details: vec![said],
            taxonomy_changed: false,
        }
    }
}

/// Makes of an account what the token says, unless a later one has said something already.
async fn take_claims(
    acting: Acting,
    link: Link,
    taxonomy: &Taxonomy,
    asked: Asked<'_>,
) -> Result<Option<SignedOn>, CommandError> {
    let before = lock(&acting.transaction, link.account).await?;
    // Again, now that nobody else changes it.
    let link = link_of(&acting.transaction, asked.sign_on).await?;
    let (Some(before), Some(link)) = (before, link) else {
        acting.transaction.rollback().await?;
        return Ok(None);
    };
    let before = row::account(before)?;
    if before.suspended_at.is_some() || asked.sign_on.issued_at < link.claims_at {
        acting.transaction.rollback().await?;
        return Ok(Some(SignedOn::of(before)));
    }
    let mut raise = Sql::new(
        acting.transaction.get_database_backend(),
        "UPDATE sign_on SET claims_at = ",
    );
    raise
        .bind(asked.sign_on.issued_at.micros())
        .push(" WHERE issuer = ")
        .bind(asked.sign_on.issuer.as_str())
        .push(" AND subject = ")
        .bind(asked.sign_on.subject.as_str());
    acting.transaction.execute_raw(raise.finish()).await?;
    let after = asked.sign_on.change(&before, taxonomy);
    if after == before {
        acting.done_quietly(()).await?;
    } else {
        update(&acting, &after, None).await?;
        let done = asked.done("account-changed", &after);
        acting.done(done, |_| ()).await?;
    }
    Ok(Some(SignedOn::of(after)))
}

/// Makes an account theirs that has their address, where it may be.
async fn link_account(
    acting: Acting,
    id: AccountId,
    taxonomy: &Taxonomy,
    asked: Asked<'_>,
) -> Result<Option<SignedOn>, CommandError> {
    let before = lock(&acting.transaction, id).await?.map(row::account).transpose()?;
    // Whoever has made it just now may be the same one, seen by another host.
    let is_linked = link_of(&acting.transaction, asked.sign_on).await?.is_some();
    let Some(before) = before.filter(|_| !is_linked) else {
        acting.transaction.rollback().await?;
        return Ok(None);
    };
    let others = sign_on::Entity::find()
        .filter(sign_on::Column::AccountId.eq(id.uuid()))
        .filter(sign_on::Column::Issuer.eq(asked.sign_on.issuer.as_str()));
    let refused = if others.count(&acting.transaction).await? > 0 {
        Some(SignedOn::AddressOfAnother)
    } else if !asked.may_link {
        Some(SignedOn::AddressTaken)
    } else {
        before.suspended_at.map(|_| SignedOn::Suspended)
    };
    if refused.is_some() {
        acting.transaction.rollback().await?;
        return Ok(refused);
    }
    if !put_link(&acting, id, asked.sign_on).await? {
        acting.transaction.rollback().await?;
        return Ok(None);
    }
    let after = asked.sign_on.change(&before, taxonomy);
    update(&acting, &after, None).await?;
    let done = asked.done("account-linked", &after);
    acting.done(done, |_| ()).await?;
    Ok(Some(SignedOn::of(after)))
}

async fn link_of(transaction: &DatabaseTransaction, sign_on: &SignOn) -> Result<Option<Link>, StoreError> {
    let key = (sign_on.issuer.clone(), sign_on.subject.clone());
    let found = sign_on::Entity::find_by_id(key).one(transaction).await?;
    let link = |row: sign_on::Model| {
        Ok(Link {
            account: row.account_id.into(),
            claims_at: crate::live::row::instant(row.claims_at)?,
        })
    };
    found.map(link).transpose()
}

/// Links; `false` where the subject or the account is linked already.
async fn put_link(acting: &Acting, to: AccountId, sign_on: &SignOn) -> Result<bool, StoreError> {
    let mut link = Sql::new(
        acting.transaction.get_database_backend(),
        "INSERT INTO sign_on (issuer, subject, account_id, created_at, claims_at) VALUES (",
    );
    link.bind(sign_on.issuer.as_str())
        .push(", ")
        .bind(sign_on.subject.as_str())
        .push(", ")
        .bind(to.uuid())
        .push(", ")
        .bind(acting.now.micros())
        .push(", ")
        .bind(sign_on.issued_at.micros())
        .push(") ON CONFLICT DO NOTHING");
    Ok(acting.transaction.execute_raw(link.finish()).await?.rows_affected() == 1)
}
