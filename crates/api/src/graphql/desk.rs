//! The desk: what editors read and do. Everything here needs credentials.

mod audit;
mod connection;
mod edition;
mod input;
mod mutation;
mod people;
mod query;
mod release;
mod talk;
mod translation;

pub(crate) use audit::AuditQueries;
pub(crate) use mutation::ReleaseMutation;
pub(crate) use query::DeskQueries;
pub(crate) use talk::TalkMutation;
