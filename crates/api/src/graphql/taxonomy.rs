//! What releases are filed under: offices, themes and content types.

mod content_type;
mod input;
mod mutation;
mod office;
mod payload;
#[cfg(test)]
mod tests;
mod theme;

use async_graphql::{Context, Result, SimpleObject};
use newsroom_domain::{Reader, taxonomy::Names};

pub(crate) use self::{
    content_type::ContentType,
    mutation::TaxonomyMutation,
    office::{Office, OfficeGroup, OfficeKind},
    theme::Theme,
};
use super::{Settings, scalars::LocaleTag};

/// A version, as the schema has it.
fn version_of(version: i64) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}

/// What something is called in one locale.
#[derive(Debug, SimpleObject)]
pub(crate) struct LocalizedName<'a> {
    /// The locale of the name.
    locale: LocaleTag,
    /// The name, as plain text of 1 to 300 characters: escape it for HTML.
    name: &'a str,
}

/// The name for the locale that a field was asked for in, or else for the reader's.
///
/// # Errors
/// `VALIDATION_FAILED` for a locale that the newsroom does not offer.
fn name<'a>(context: &Context<'_>, names: &'a Names, asked: Option<LocaleTag>, reader: &Reader) -> Result<&'a str> {
    let asked = context.data::<Settings>()?.reader(asked)?;
    Ok(names.for_reader(&asked.or(reader)))
}

fn all_names(names: &Names) -> Vec<LocalizedName<'_>> {
    let named = names.iter().map(|(locale, name)| LocalizedName {
        locale: LocaleTag(locale.clone()),
        name: name.as_str(),
    });
    named.collect()
}
