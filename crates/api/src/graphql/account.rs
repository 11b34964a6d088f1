//! Accounts, their sessions, API keys and links, as those who are signed in see them.

mod connection;
mod input;
mod link;
mod mutation;
mod types;
mod viewer;

pub(crate) use connection::{AccountConnection, find_account, list_accounts};
pub(crate) use link::LinkMutation;
pub(crate) use mutation::AccountMutation;
pub(crate) use types::{Account, Role};
pub(crate) use viewer::{Viewer, viewer};
