//! What the server does by itself, beside answering.

pub(crate) mod changes;
pub(crate) mod index;
pub(crate) mod issuer_keys;
pub(crate) mod mail;
pub(crate) mod purge;
pub(crate) mod schedule;
pub(crate) mod webhooks;
