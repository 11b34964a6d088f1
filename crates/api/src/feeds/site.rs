//! Where things are: the API's own addresses, and the pages of the site that shows the releases. Both are settings, and never
//! made from what a request says.

use newsroom_domain::{Locale, ReleaseId, Slug, release_url::ReleaseUrl};
use newsroom_persistence::ShownText;
use url::Url;

use super::entry::origin_of;

/// The addresses.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The API's, without a slash at its end.
    root: String,
    /// Where releases are read.
    release_url: Option<ReleaseUrl>,
}

impl Site {
    pub(crate) fn new(public_url: &Url, release_url: Option<ReleaseUrl>) -> Self {
        Self {
            root: public_url.as_str().trim_end_matches('/').to_owned(),
            release_url,
        }
    }

    /// The address of a path of this API.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// The page of a text, or else where this API has it.
    pub(super) fn page_of(&self, text: &ShownText, release: ReleaseId) -> String {
        match &self.release_url {
            Some(release_url) => release_url.fill(&text.locale, &text.slug),
            None => self.address(&format!("/v1/releases/{}?locale={}", release.uuid(), text.locale)),
        }
    }

    /// The first page of the site.
    pub(super) fn home(&self) -> String {
        let home = self.release_url.as_ref().and_then(|release_url| {
            let (locale, slug) = ("en".parse::<Locale>().ok()?, "a".parse::<Slug>().ok()?);
            origin_of(&release_url.fill(&locale, &slug))
        });
        home.unwrap_or_else(|| self.address("/feeds"))
    }

    pub(super) fn release_url(&self) -> Option<&ReleaseUrl> {
        self.release_url.as_ref()
    }
}
