//! What administrators do to offices, themes and content types.

use async_graphql::{Context, Object, Result};
use newsroom_persistence::Store;

use super::{
    input::{
        Asked, Asks, CreateContentTypeInput, CreateOfficeInput, CreateThemeInput, DeleteContentTypeInput,
        DeleteOfficeInput, DeleteThemeInput, MergeContentTypeInput, MergeOfficeInput, MergeThemeInput,
        UpdateContentTypeInput, UpdateOfficeInput, UpdateThemeInput,
    },
    payload::{
        CreateContentTypePayload, CreateOfficePayload, CreateThemePayload, DeleteContentTypePayload,
        DeleteOfficePayload, DeleteThemePayload, Kept, MergeContentTypePayload, MergeOfficePayload, MergeThemePayload,
        UpdateContentTypePayload, UpdateOfficePayload, UpdateThemePayload,
    },
};
use crate::{
    command_failure::present_command,
    graphql::{command::read_key, request::caller, session::authentication},
    store_failure::present,
};

/// Does what is asked for, and reads the taxonomy as it is then.
async fn keep<T: From<Kept>>(context: &Context<'_>, input: impl Asks) -> Result<T> {
    let caller = caller(context)?;
    let Asked { command, key } = input.asked()?;
    let key = read_key(key.as_deref())?;
    let store = context.data::<Store>()?;
    let accepted = store.keep_taxonomy(caller, &command, key.as_ref()).await;
    let accepted = accepted.map_err(|error| present_command(error, "input"))?;
    let taxonomy = store.taxonomy().await.map_err(|error| present(&error))?;
    Ok(Kept { accepted, taxonomy }.into())
}

#[derive(Debug, Default)]
pub(crate) struct TaxonomyMutation;

#[Object]
impl TaxonomyMutation {
    /// Creates an office, which releases can be filed under at once. Only administrators may.
    async fn create_office(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The office.")] input: CreateOfficeInput,
    ) -> Result<CreateOfficePayload> {
        keep(context, input).await
    }

    /// Gives an office other names, another slug or kind, closes it or opens it again. Only administrators may.
    async fn update_office(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The office, and what is to change.")] input: UpdateOfficeInput,
    ) -> Result<UpdateOfficePayload> {
        keep(context, input).await
    }

    /// Deletes an office that has never been used. One that has been used is closed instead, or merged into another. Only administrators may.
    async fn delete_office(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The office.")] input: DeleteOfficeInput,
    ) -> Result<DeleteOfficePayload> {
        keep(context, input).await
    }

    /// Merges an office into another: it is gone, and the other is there in its stead. All that was filed under it, live, draft
    /// or earlier, is filed under the other, once, at the better place; its slugs are `formerSlugs` of the other, so that they go on
    /// working in filters, imports and wherever else a slug is taken. Accounts and API keys that act for it act for the other from
    /// then on; schedules that are held for it are held for the other; of its publishing rules and the other's the stricter hold.
    /// The names of the one that stays are as they were. It cannot be undone. Only administrators may.
    async fn merge_office(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The office, and the one that it is merged into.")] input: MergeOfficeInput,
    ) -> Result<MergeOfficePayload> {
        let merged = keep(context, input).await?;
        // What is kept of who may do what names the office that is gone.
        authentication(context)?.forget();
        Ok(merged)
    }

    /// Creates a theme, as a root or below another. Only administrators may.
    async fn create_theme(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The theme.")] input: CreateThemeInput,
    ) -> Result<CreateThemePayload> {
        keep(context, input).await
    }

    /// Gives a theme other names or another slug, or moves it with all that are below it: every reader's next query finds
    /// its releases by the themes above it then. Only administrators may.
    async fn update_theme(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The theme, and what is to change.")] input: UpdateThemeInput,
    ) -> Result<UpdateThemePayload> {
        keep(context, input).await
    }

    /// Deletes a theme that has never been used and has none below it. One that has been used is merged into another instead. Only
    /// administrators may.
    async fn delete_theme(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The theme.")] input: DeleteThemeInput,
    ) -> Result<DeleteThemePayload> {
        keep(context, input).await
    }

    /// Merges a theme into another: it is gone, and the other is there in its stead. All that was filed under it, live, draft or
    /// earlier, is filed under the other, once, at the better place, and found by the themes above that; themes below it are below
    /// the other; its slugs are `formerSlugs` of the other, so that they go on working in filters, imports and wherever else a
    /// slug is taken. Schedules that are held for it are held for the other. The names of the one that stays are as they were. It
    /// cannot be undone. Only administrators may.
    async fn merge_theme(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The theme, and the one that it is merged into.")] input: MergeThemeInput,
    ) -> Result<MergeThemePayload> {
        keep(context, input).await
    }

    /// Creates a content type. Only administrators may.
    async fn create_content_type(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content type.")] input: CreateContentTypeInput,
    ) -> Result<CreateContentTypePayload> {
        keep(context, input).await
    }

    /// Gives a content type other names or another slug. Only administrators may.
    async fn update_content_type(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content type, and what is to change.")] input: UpdateContentTypeInput,
    ) -> Result<UpdateContentTypePayload> {
        keep(context, input).await
    }

    /// Deletes a content type that has never been used. One that has been used is merged into another instead. Only administrators
    /// may.
    async fn delete_content_type(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content type.")] input: DeleteContentTypeInput,
    ) -> Result<DeleteContentTypePayload> {
        keep(context, input).await
    }

    /// Merges a content type into another: it is gone, and the other is there in its stead. All that has it, live, draft or
    /// earlier, has the other; its slugs are `formerSlugs` of the other, so that they go on working in filters, imports and
    /// wherever else a slug is taken. Languages that publishing rules ask of it are asked of the other. The names of the one that
    /// stays are as they were. It cannot be undone. Only administrators may.
    async fn merge_content_type(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content type, and the one that it is merged into.")] input: MergeContentTypeInput,
    ) -> Result<MergeContentTypePayload> {
        keep(context, input).await
    }
}
