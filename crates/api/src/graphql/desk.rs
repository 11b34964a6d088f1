//! The desk: what editors read and do. Everything here needs credentials.

mod audit;
mod bulk;
mod bundle;
mod calendar;
mod checks;
mod connection;
mod difference;
mod edition;
mod editions;
mod freeze;
mod input;
mod life;
mod life_input;
mod mutation;
mod people;
mod preview;
mod query;
mod release;
mod rules;
mod stage;
mod talk;
mod translation;

pub(crate) use audit::AuditQueries;
pub(crate) use bulk::BulkMutation;
pub(crate) use bundle::BundleMutation;
pub(crate) use calendar::CalendarQueries;
pub(crate) use freeze::{FreezeMutation, FreezeQueries};
pub(crate) use life::LifeMutation;
pub(crate) use mutation::ReleaseMutation;
pub(crate) use preview::PreviewMutation;
pub(crate) use query::DeskQueries;
pub(crate) use rules::{RulesMutation, RulesQueries};
pub(crate) use talk::TalkMutation;
