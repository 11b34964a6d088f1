//! What the newsroom as a whole has settled for its readers.

use async_graphql::{Context, Object, Result};
use newsroom_domain::Locale;
use newsroom_persistence::Store;

use super::{Settings, scalars::LocaleTag};

pub(crate) struct Newsroom;

/// The newsroom itself: what its operator has settled, and frontends draw their pages by.
#[Object]
impl Newsroom {
    /// The time zone of its calendar days, such as `publishingDate`, by its IANA name.
    async fn time_zone(&self, context: &Context<'_>) -> Result<String> {
        Ok(context.data::<Store>()?.time_zone().to_string())
    }

    /// The locales that it publishes in and readers may ask for, in the operator's order: what a language switcher of the whole
    /// site offers. Empty where the operator has not settled them: then any may be asked for, and `Release.availableLocales` says
    /// what there is.
    async fn locales<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<OfferedLocale<'ctx>>> {
        let settings = context.data::<Settings>()?;
        let offered = settings.locales.iter();
        Ok(offered.map(|locale| OfferedLocale { locale, settings }).collect())
    }
}

pub(crate) struct OfferedLocale<'a> {
    locale: &'a Locale,
    settings: &'a Settings,
}

/// A locale that the newsroom publishes in.
#[Object]
impl OfferedLocale<'_> {
    /// Its tag, which arguments `locale` take.
    async fn tag(&self) -> LocaleTag {
        LocaleTag(self.locale.clone())
    }

    /// What its readers are given where there is nothing in it, the best first: its shorter forms, and those that the operator
    /// has settled for it. After them comes each release's original.
    async fn fallbacks(&self) -> Vec<LocaleTag> {
        let reader = self.settings.fallbacks.reader(Some(self.locale));
        reader.wanted().iter().skip(1).cloned().map(LocaleTag).collect()
    }
}
