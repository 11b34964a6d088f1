//! Rows as the domain has them.

use newsroom_domain::account::{Account, AccountLink, ApiKey, LinkKind, LinkMail, OfficeScope, Role};
use newsroom_domain::text::Name;

use super::Session;
use crate::StoreError;
use crate::entity::{account, account_link, api_key, mail, session};
use crate::head::to_json;
use crate::live::row::{from_json, instant, parsed};

pub(super) fn account(row: account::Model) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id.into(),
        email: parsed("email", &row.email)?,
        name: name(&row.name)?,
        role: role(&row.role)?,
        scope: scope(row.offices.as_deref())?,
        created_at: instant(row.created_at)?,
        suspended_at: row.suspended_at.map(instant).transpose()?,
        version: row.version,
        has_password: row.password_hash.is_some(),
    })
}

pub(super) fn api_key(row: api_key::Model) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.id.into(),
        account: row.account_id.into(),
        name: name(&row.name)?,
        role: role(&row.role)?,
        scope: scope(row.offices.as_deref())?,
        created_by: row.created_by.into(),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        last_used_at: row.last_used_at.map(instant).transpose()?,
        revoked_at: row.revoked_at.map(instant).transpose()?,
    })
}

pub(super) fn session(row: session::Model) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id.into(),
        account: row.account_id.into(),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        ended_at: row.ended_at.map(instant).transpose()?,
        address: row.address,
    })
}

pub(super) fn account_link(row: account_link::Model, mail: Option<mail::Model>) -> Result<AccountLink, StoreError> {
    Ok(AccountLink {
        id: row.id.into(),
        account: row.account_id.into(),
        kind: LinkKind::from_name(&row.kind).ok_or_else(|| StoreError::corrupt("kind of link", &row.kind))?,
        created_by: row.created_by.map(Into::into),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        ended_at: row.ended_at.map(instant).transpose()?,
        mail: mail.map(link_mail).transpose()?,
    })
}

fn link_mail(row: mail::Model) -> Result<LinkMail, StoreError> {
    Ok(LinkMail {
        attempts: row.attempts,
        sent_at: row.sent_at.map(instant).transpose()?,
        failed_at: row.failed_at.map(instant).transpose()?,
        error: row.error,
    })
}

/// The column for a scope: nothing for all offices, else a list.
pub(super) fn offices(scope: &OfficeScope) -> Result<Option<String>, StoreError> {
    match scope {
        OfficeScope::All => Ok(None),
        OfficeScope::Only(offices) => to_json("list of offices", offices).map(Some),
    }
}

fn scope(offices: Option<&str>) -> Result<OfficeScope, StoreError> {
    match offices {
        None => Ok(OfficeScope::All),
        Some(json) => from_json("list of offices", json).map(OfficeScope::Only),
    }
}

fn role(name: &str) -> Result<Role, StoreError> {
    Role::from_name(name).ok_or_else(|| StoreError::corrupt("role", name))
}

fn name(text: &str) -> Result<Name, StoreError> {
    Name::new(text).map_err(|fault| StoreError::corrupt("name", fault))
}
