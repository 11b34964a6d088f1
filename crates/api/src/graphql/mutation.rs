//! The root of what changes anything: a part for each thing that is changed.

use async_graphql::MergedObject;

use super::{
    account::{AccountMutation, LinkMutation},
    desk::{
        BulkMutation, BundleMutation, FreezeMutation, LifeMutation, PreviewMutation, ReleaseMutation, RulesMutation,
        TalkMutation,
    },
    session::SessionMutation,
    taxonomy::TaxonomyMutation,
    webhook::{WebhookDeliveryMutation, WebhookMutation},
};

/// What changes something. Each mutation takes one input and gives one payload; what is refused is an error with a code.
/// Those of one request are done one after the other, each in a transaction of its own.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    ReleaseMutation,
    LifeMutation,
    BulkMutation,
    BundleMutation,
    FreezeMutation,
    RulesMutation,
    PreviewMutation,
    TaxonomyMutation,
    SessionMutation,
    AccountMutation,
    LinkMutation,
    TalkMutation,
    WebhookMutation,
    WebhookDeliveryMutation,
);
