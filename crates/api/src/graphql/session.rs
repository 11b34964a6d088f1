//! Signing in and out, and going on.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{account::Viewer, request::caller, scalars::DateTime};
use crate::{
    auth::{Authentication, ClientAddress, Tokens},
    error::ApiError,
};

/// Who signs in.
#[derive(InputObject)]
pub(crate) struct SignInInput {
    /// The email address of the account, in capital or small letters.
    email: String,
    /// Its password.
    password: String,
}

/// How a session goes on.
#[derive(InputObject)]
pub(crate) struct RefreshSessionInput {
    /// The refresh token that `signIn`, `refreshSession` or `changePassword` gave last. One that has been used before ends
    /// the session: somebody else may have it.
    refresh_token: String,
}

/// Which session ends.
#[derive(InputObject)]
pub(crate) struct SignOutInput {
    /// Its refresh token, used or not. Null or left out for the session of the request's access token; by single sign-on
    /// there is none.
    refresh_token: Option<String>,
}

/// The session has ended.
#[derive(SimpleObject)]
pub(crate) struct SignOutPayload {
    /// Always true: after this, nobody is signed in by those tokens, whether or not somebody was.
    signed_out: bool,
}

/// All sessions have ended.
#[derive(SimpleObject)]
pub(crate) struct SignOutEverywherePayload {
    /// How many sessions were ended.
    sessions: i32,
}

/// A new password for whoever asks.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password that the account has. A wrong one counts as a sign-in that failed.
    current_password: String,
    /// The password that it is to have: 12 to 256 characters of any kind, and not the email address.
    new_password: String,
}

/// Who has forgotten a password.
#[derive(InputObject)]
pub(crate) struct RequestPasswordResetInput {
    /// The email address of the account, in capital or small letters.
    email: String,
}

/// The request is noted.
#[derive(SimpleObject)]
pub(crate) struct RequestPasswordResetPayload {
    /// Always true: whether there is such an account is not told. If there is, a mail is on its way to it.
    requested: bool,
}

/// A password, by an invitation or a reset.
#[derive(InputObject)]
pub(crate) struct SetPasswordInput {
    /// The token of the link.
    token: String,
    /// The password that the account is to have: 12 to 256 characters of any kind, and not the email address.
    new_password: String,
}

/// Payloads that hold tokens: each with what it says of itself, and of its refresh token.
macro_rules! payloads_of_tokens {
    ($($payload:ident, $doc:literal, $refresh_token:literal;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $payload {
            /// The access token: send it with each request, as `Authorization: Bearer …`. A JWT; treat it as opaque.
            access_token: String,
            /// How it is sent: always `Bearer`.
            token_type: &'static str,
            /// Until when it is good.
            expires_at: DateTime,
            /// For how many seconds from now.
            expires_in: i32,
            #[doc = $refresh_token]
            refresh_token: String,
            /// Until when it is good: 14 days, but never longer than the session, which ends 30 days after the sign-in.
            refresh_token_expires_at: DateTime,
            /// Who is signed in.
            viewer: Viewer,
        }

        impl From<Tokens> for $payload {
            fn from(tokens: Tokens) -> Self {
                Self {
                    access_token: tokens.access_token,
                    token_type: "Bearer",
                    expires_at: DateTime(tokens.expires_at),
                    expires_in: i32::try_from(tokens.expires_in).unwrap_or(i32::MAX),
                    refresh_token: tokens.refresh_token,
                    refresh_token_expires_at: DateTime(tokens.refresh_token_expires_at),
                    viewer: Viewer::new(tokens.caller, tokens.account),
                }
            }
        }
    )+};
}

payloads_of_tokens! {
    SignInPayload,
    "What somebody has who is signed in.",
    "The refresh token, for `refreshSession`. It serves once: keep the one that you get in its place.";
    RefreshSessionPayload,
    "What somebody has whose session goes on. The old access token is good until it expires; the old refresh token is not.",
    "The next refresh token. It serves once.";
    ChangePasswordPayload,
    "The password is changed and all sessions have ended; these are the tokens of a new one, for whoever asked.",
    "The refresh token of the new session. It serves once.";
    SetPasswordPayload,
    "The password is set and all sessions of before have ended; these are the tokens of a new one.",
    "The refresh token of the new session. It serves once.";
}

#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in by email address and password. Whatever is wrong with them is UNAUTHENTICATED, in one form and one time.
    /// Too many attempts for an account, or from an address, are `RATE_LIMITED`, with the seconds to wait in `retryAfter`; right
    /// ones count until they have been answered. Too many at once for the server are `UNAVAILABLE`.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let tokens = authentication(context)?
            .sign_in(&input.email, &input.password, address(context))
            .await?;
        Ok(tokens.into())
    }

    /// Goes on with a session: gives a new access token and a new refresh token for a refresh token, which serves once.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How the session goes on.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let tokens = authentication(context)?
            .refresh(&input.refresh_token, address(context))
            .await?;
        Ok(tokens.into())
    }

    /// Ends a session: its refresh token and its access tokens are good no more.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session ends.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        authentication(context)?
            .sign_out(input.refresh_token.as_deref(), context.data_opt())
            .await?;
        Ok(SignOutPayload { signed_out: true })
    }

    /// Ends all sessions of the account, this one too. Its API keys stay. Not by an API key.
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> Result<SignOutEverywherePayload> {
        let sessions = authentication(context)?.sign_out_everywhere(caller(context)?).await?;
        Ok(SignOutEverywherePayload {
            sessions: i32::try_from(sessions).unwrap_or(i32::MAX),
        })
    }

    /// Gives the account another password. All its sessions end; whoever asked goes on by the tokens in the payload. Not by
    /// an API key, nor by single sign-on.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passwords before and after.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let tokens = authentication(context)?
            .change_password(caller(context)?, &input.current_password, &input.new_password)
            .await?;
        Ok(tokens.into())
    }

    /// Has a link by which a password is set anew sent to the email address of an account. The answer is the same, in the same
    /// time, whether or not there is such an account. Too many for one address, or from one place, are `RATE_LIMITED`, with the
    /// seconds to wait in `retryAfter`. CONFLICT where the newsroom sends no mail: an administrator gives links then. Not by an API
    /// key.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who has forgotten a password.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload> {
        authentication(context)?
            .request_password_reset(&input.email, context.data_opt(), address(context))
            .await?;
        Ok(RequestPasswordResetPayload { requested: true })
    }

    /// Sets a password by the token of an invitation or of a reset, which serves once, and signs in. All sessions of before, and
    /// all other links of the account, end. A token that is not good, whyever, is UNAUTHENTICATED; one that came with a password
    /// that cannot be one is good as before. Not by an API key.
    async fn set_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The token and the password.")] input: SetPasswordInput,
    ) -> Result<SetPasswordPayload> {
        let (token, new) = (&input.token, &input.new_password);
        let tokens = authentication(context)?
            .set_password(token, new, context.data_opt(), address(context))
            .await?;
        Ok(tokens.into())
    }
}

/// What tells callers apart.
pub(super) fn authentication<'ctx>(context: &Context<'ctx>) -> Result<&'ctx Arc<Authentication>, ApiError> {
    context.data().map_err(|_| ApiError::internal())
}

fn address(context: &Context<'_>) -> Option<std::net::IpAddr> {
    context.data_opt::<ClientAddress>().and_then(|address| address.0)
}
