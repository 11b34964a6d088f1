//! The root of what changes anything: a part for each thing that is changed.

use async_graphql::MergedObject;

use super::{account::AccountMutation, session::SessionMutation};

/// What changes something. Each mutation takes one input and gives one payload; what is refused is an error with a code.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(SessionMutation, AccountMutation);
