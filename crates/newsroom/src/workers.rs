//! What the server does by itself, beside answering.

pub(crate) mod purge;
pub(crate) mod schedule;
