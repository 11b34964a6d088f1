//! Accounts, their sessions and their API keys, as those who are signed in see them.

mod connection;
mod input;
mod mutation;
mod types;
mod viewer;

pub(crate) use connection::{AccountConnection, find_account, list_accounts};
pub(crate) use mutation::AccountMutation;
pub(crate) use types::{Account, Role};
pub(crate) use viewer::{Viewer, viewer};
