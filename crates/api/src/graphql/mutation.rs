//! The root of what changes the newsroom.

use async_graphql::MergedObject;

use super::{desk::ReleaseMutation, taxonomy::TaxonomyMutation};

/// What can be done, by whoever has the rights to it. Each field takes one input and answers with what came of it; the
/// fields of one request are done one after the other, each in a transaction of its own.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(ReleaseMutation, TaxonomyMutation);
