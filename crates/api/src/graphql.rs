//! The GraphQL schema: what readers can ask and the desk can do, and the resolvers that answer.
//!
//! A resolver reads its input, calls the store once and presents what came. What a connection or a release needs is found
//! by looking ahead (`loading`), so that a page costs the same statements whatever its length, and nothing below a release
//! asks the store again, but for the `releases` of its offices, themes and type.
//!
//! The doc comments of types, fields and arguments are the schema's descriptions: they are written for frontend developers.

#![expect(
    clippy::unused_async,
    clippy::too_many_arguments,
    reason = "async-graphql takes async resolvers only, and a field's arguments are its resolver's"
)]

use std::sync::Arc;

use async_graphql::{Data, SDLExportOptions, Schema};
use http::request::Parts;
use newsroom_domain::{Fallbacks, Locale, Reader, release_url::ReleaseUrl, webhook::Reach};
use newsroom_persistence::Store;

use self::{
    changes::Subscriptions,
    lists::Lists,
    mutation::Mutation,
    query::Query,
    request::{CountsOfRequest, TaxonomyOfRequest},
    scalars::LocaleTag,
};
pub(crate) use self::{global_id::global_entry_id, request::needs_credentials};
use crate::{
    auth::{Authentication, Identified},
    changes::ChangeHub,
    error::{ApiError, FieldFault},
    finding::Finder,
    preview::Previewed,
};

mod account;
mod address;
mod body;
mod changes;
mod command;
mod connection;
mod desk;
mod desk_id;
mod facets;
mod filter;
mod global_id;
mod lists;
mod loading;
mod mutation;
mod neighbours;
mod newsroom;
mod node;
mod query;
mod release;
mod request;
mod scalars;
mod searched;
mod session;
mod suggest;
mod taxonomy;
mod translation;
mod webhook;

/// The schema: what readers ask and what the desk does.
pub(crate) type NewsroomSchema = Schema<Query, Mutation, Subscriptions>;

/// What resolvers know beside the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Where releases are shown; without, they have no `url`.
    pub(crate) release_url: Option<ReleaseUrl>,
    /// The locales that may be asked for; any where empty.
    pub(crate) locales: Vec<Locale>,
    /// What is given to readers for whom there is nothing in the locale that they ask for.
    pub(crate) fallbacks: Fallbacks,
    /// Where webhooks may go.
    pub(crate) webhooks: Reach,
}

impl Settings {
    /// Whoever asks for that locale by an argument `locale`, or names none.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a locale that the newsroom does not offer.
    pub(crate) fn reader(&self, asked: Option<LocaleTag>) -> Result<Reader, ApiError> {
        let asked = asked.map(|tag| tag.0);
        self.check_locale("locale", asked.as_ref())?;
        Ok(self.fallbacks.reader(asked.as_ref()))
    }

    /// Lets a locale pass that readers may ask for.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` that names those that they may, at `path`.
    pub(crate) fn check_locale(&self, path: &str, asked: Option<&Locale>) -> Result<(), ApiError> {
        match asked {
            Some(asked) if !self.locales.is_empty() && !self.locales.contains(asked) => {
                let offered = self.locales.iter().map(Locale::as_str).collect::<Vec<_>>().join(", ");
                let message = format!("this newsroom has no locale “{asked}”; it has {offered}");
                Err(ApiError::validation(vec![FieldFault::new(
                    path,
                    "UNKNOWN_LOCALE",
                    message,
                )]))
            }
            _ => Ok(()),
        }
    }
}

/// The schema over `store`; without `introspection`, one that tells no names that were not asked for.
pub(crate) fn schema(
    settings: Settings,
    store: Store,
    finder: Arc<Finder>,
    hub: Arc<ChangeHub>,
    authentication: Arc<Authentication>,
    introspection: bool,
) -> NewsroomSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscriptions)
        .data(settings)
        .data(store)
        .data(finder)
        .data(hub)
        .data(authentication);
    // No extension, ever: with a single one async-graphql takes its slow way through every field.
    if introspection {
        builder.finish()
    } else {
        builder.disable_introspection().disable_suggestions().finish()
    }
}

/// Puts what belongs to one request alone into its data: what it previews, who asks, and from where.
///
/// # Errors
/// Where the request has credentials or a preview's token that do not hold.
pub(crate) fn prepare(parts: &Parts, data: &mut Data) -> Result<(), ApiError> {
    data.insert(TaxonomyOfRequest::default());
    data.insert(Lists::default());
    data.insert(Arc::<CountsOfRequest>::default());
    if let Some(Previewed(previewed)) = parts.extensions.get() {
        data.insert(previewed.clone()?);
    }
    if let Some(Identified { caller, address }) = parts.extensions.get() {
        data.insert(*address);
        if let Some(caller) = caller.clone()? {
            data.insert(caller);
        }
    }
    Ok(())
}

/// The schema in GraphQL's schema language, as `schema.graphql` has it.
///
/// It needs no store, and is the same for every configuration.
#[must_use]
pub fn schema_sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by();
    let sdl = Schema::build(Query::default(), Mutation::default(), Subscriptions)
        .finish()
        .sdl_with_options(options);
    without_hidden_argument(&sdl).unwrap_or(sdl)
}

/// The library prints what it does not show by introspection: the argument `locale` of `node`, the only one that is hidden.
fn without_hidden_argument(sdl: &str) -> Option<String> {
    let (before, field) = sdl.split_once("\tnode(")?;
    let (arguments, after) = field.split_once("): Node\n")?;
    let shown = arguments
        .strip_suffix("\t\tlocale: Locale\n\t")?
        .trim_end_matches([',', '\n', '\t']);
    Some(format!("{before}\tnode({shown}\n\t): Node\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_shown_to_take_an_id_and_nothing_else() {
        let sdl = schema_sdl();
        let (_, field) = sdl.split_once("\tnode(").unwrap();
        let (arguments, _) = field.split_once("\t): Node\n").unwrap();
        assert_eq!(
            arguments,
            "\n\t\t\"\"\"\n\t\tA global id, as the `id` fields have it. Something else is VALIDATION_FAILED.\n\t\t\"\"\"\n\t\tid: ID!\n"
        );
    }

    #[test]
    fn a_newsroom_with_locales_refuses_others_and_one_without_takes_any() {
        let locale = |tag: &str| tag.parse::<Locale>().unwrap();
        let settings = Settings {
            locales: vec![locale("en"), locale("ru")],
            ..Settings::default()
        };
        assert_eq!(settings.check_locale("locale", Some(&locale("ru"))), Ok(()));
        assert_eq!(settings.check_locale("locale", None), Ok(()));
        let refused = settings.check_locale("locale", Some(&locale("fr"))).unwrap_err();
        assert_eq!(
            refused.message,
            "locale: this newsroom has no locale “fr”; it has en, ru"
        );
        assert_eq!(Settings::default().check_locale("locale", Some(&locale("fr"))), Ok(()));
    }
}
