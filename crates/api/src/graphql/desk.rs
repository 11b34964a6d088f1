//! The desk: what editors read and do. Everything here needs credentials.

mod checks;
mod connection;
mod difference;
mod edition;
mod editions;
mod input;
mod mutation;
mod people;
mod query;
mod release;
mod translation;

pub(crate) use mutation::ReleaseMutation;
pub(crate) use query::DeskQueries;
