//! Links by which accounts get their passwords, as administrators give them.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::account::{self, NewAccount, OfficesAsked};
use newsroom_persistence::Store;

use super::{
    input::not_found,
    types::{Account, Role},
};
use crate::{
    auth::Given,
    command_failure::present_command,
    graphql::{
        command::read_key,
        desk_id,
        request::caller,
        scalars::{DateTime, PlainUuid},
        session::authentication,
    },
};

/// What a link is for, and who gave it.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::account::LinkKind")]
pub(crate) enum AccountLinkKind {
    /// An administrator gave it to an account that has no password yet. Good for 7 days.
    Invitation,
    /// An administrator gave it to an account that has one. Good for an hour.
    Reset,
    /// Somebody asked for it by `requestPasswordReset`, and it went to the account's address alone. Good for an hour.
    RequestedReset,
}

/// How far a mail is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailState {
    /// It is to be sent, or to be tried again.
    Waiting,
    /// A mail server has taken it. Whether it arrives, only who gets it can tell.
    Sent,
    /// It was given up: it was tried ten times, the link would be over before the next time, or it was refused for good.
    Failed,
}

pub(crate) struct LinkMail(account::LinkMail);

/// A mail that brings a link.
#[Object]
impl LinkMail {
    /// How far it is.
    async fn state(&self) -> MailState {
        match (self.0.sent_at, self.0.failed_at) {
            (Some(_), _) => MailState::Sent,
            (None, Some(_)) => MailState::Failed,
            (None, None) => MailState::Waiting,
        }
    }

    /// How often it has been tried.
    async fn attempts(&self) -> i32 {
        i32::try_from(self.0.attempts).unwrap_or(i32::MAX)
    }

    /// When a mail server took it. Null where none has.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// Why the last attempt failed, in the mail server's words where it said any. Null where it did not fail.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}

pub(crate) struct AccountLink(pub(super) account::AccountLink);

/// A link by which somebody sets the account's password, once. The token itself is shown once, by the mutation that gives it, or
/// is in a mail.
#[Object]
impl AccountLink {
    /// Its id, for `revokeAccountLink` and for clients' caches. It never changes.
    async fn id(&self) -> ID {
        desk_id::write(self.0.id)
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.id.uuid())
    }

    /// What it is for, and who gave it.
    async fn kind(&self) -> AccountLinkKind {
        self.0.kind.into()
    }

    /// The id of the account of the administrator who gave it. Null where somebody asked for it by `requestPasswordReset`.
    async fn created_by_id(&self) -> Option<ID> {
        self.0.created_by.map(desk_id::write)
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// From when on it is good no more.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// The mail that brings it. Null where none is sent.
    async fn mail(&self) -> Option<LinkMail> {
        self.0.mail.clone().map(LinkMail)
    }
}

/// A new account, for somebody who is to set its password.
#[derive(InputObject)]
pub(crate) struct InviteAccountInput {
    /// The email address that it signs in with; no other account's. Where the newsroom sends mail, the invitation goes there.
    email: String,
    /// What it is called: plain text of 1 to 300 characters.
    name: String,
    /// Its role.
    role: Role,
    /// The slugs of the offices that it acts for; an empty list for none. Either this or `allOffices` has to be said, but for
    /// an administrator.
    offices: Option<Vec<String>>,
    /// True for all offices, those to come too.
    all_offices: Option<bool>,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has neither `token` nor `url`, and no second mail is sent.
    idempotency_key: Option<String>,
}

/// Whose password is to be set anew.
#[derive(InputObject)]
pub(crate) struct ResetPasswordInput {
    /// The account's id, or its UUID.
    id: ID,
    /// A key of your own for this request, such as a new UUID. Asked again under the same key within 24 hours, it is done
    /// once and answered twice; the second answer has neither `token` nor `url`, and no second mail is sent.
    idempotency_key: Option<String>,
}

/// The link that is to serve no more.
#[derive(InputObject)]
pub(crate) struct RevokeAccountLinkInput {
    /// Its id, or its UUID.
    id: ID,
    /// A key of your own for this request, such as a new UUID.
    idempotency_key: Option<String>,
}

/// Payloads with a link: each with what it says of itself.
macro_rules! payloads_of_links {
    ($($payload:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $payload {
            /// The account.
            account: Account,
            /// The link, as `Account.pendingLinks` has it.
            link: AccountLink,
            /// What whoever is to set the password gives to `setPassword`. It is shown this once: only its hash is kept. Null where
            /// the link was given before, under the same `idempotencyKey`: if that answer did not reach you, ask `resetPassword` for
            /// another link, under another key.
            token: Option<String>,
            /// The page where they do so, with the token in it. Null where `token` is, and where the newsroom has no such page
            /// (the setting `account_url`).
            url: Option<String>,
        }

        impl From<Given> for $payload {
            fn from(given: Given) -> Self {
                Self {
                    account: given.account.into(),
                    link: AccountLink(given.link),
                    token: given.token,
                    url: given.url,
                }
            }
        }
    )+};
}

payloads_of_links! {
    InviteAccountPayload, "The new account, with the invitation to it.";
    ResetPasswordPayload, "The account as it is, with the link by which its password is set.";
}

/// The account of the link.
#[derive(SimpleObject)]
pub(crate) struct RevokeAccountLinkPayload {
    /// The account.
    account: Account,
}

#[derive(Default)]
pub(crate) struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Creates an account without a password, and an invitation by which somebody sets it, within 7 days. It is in the payload, and
    /// goes to the account's address where the newsroom sends mail. For administrators, and not by an API key.
    async fn invite_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new account.")] input: InviteAccountInput,
    ) -> Result<InviteAccountPayload> {
        let key = read_key(input.idempotency_key.as_deref())?;
        let given = authentication(context)?
            .invite(caller(context)?, &input.into_domain(), key.as_ref())
            .await?;
        Ok(given.into())
    }

    /// Gives a link by which somebody sets an account's password: a reset that is good for an hour, or another invitation where the
    /// account has no password yet. It is in the payload, and goes to the account's address where the newsroom sends mail. The
    /// link of its kind that was given before is good no more. The password of now, and sessions, go on until the new one is set. An
    /// account that is suspended is CONFLICT. For administrators, and not by an API key.
    async fn reset_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose password.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = desk_id::read("input.id", &input.id)?.ok_or_else(not_found)?;
        let given = authentication(context)?
            .give_link(caller(context)?, id, key.as_ref())
            .await?;
        Ok(given.into())
    }

    /// Takes an invitation or a reset back: it serves no more. For administrators.
    async fn revoke_account_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which link.")] input: RevokeAccountLinkInput,
    ) -> Result<RevokeAccountLinkPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let id = desk_id::read("input.id", &input.id)?.ok_or_else(not_found)?;
        let account = store.revoke_account_link(caller, id, key.as_ref()).await;
        let account = account.map_err(|error| present_command(error, "input"))?.into();
        Ok(RevokeAccountLinkPayload { account })
    }
}

impl InviteAccountInput {
    /// What is asked, in the words of the domain.
    fn into_domain(self) -> NewAccount {
        NewAccount {
            email: self.email,
            name: self.name,
            role: self.role.into(),
            offices: OfficesAsked {
                offices: self.offices,
                all_offices: self.all_offices,
            },
            password: None,
        }
    }
}
