//! Checks before publishing: what an attentive reader would stumble over, found before it is live.
//!
//! A text is read once ([`Reading`]). It names the releases that it links to, whoever knows what is live looks these up,
//! and then it says what it found. What becomes of a finding is the newsroom's to say ([`CheckRules`]): nothing, a
//! warning, or a blocker.

mod outline;
mod scripts;
mod vague;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use self::outline::{Link, Outline};
use crate::fault::FieldFault;
use crate::release::{Body, Text, anchor};
use crate::release_url::{OwnOrigin, ReleaseUrl};
use crate::text::excerpt;
use crate::{Locale, Slug};

/// The most findings of one check in one text.
pub const MOST_FINDINGS: usize = 20;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckName {
    /// There is no lead.
    EmptyLead,
    /// A link to a release that readers have not.
    BrokenLink,
    /// A link within the body to what is not there.
    BrokenAnchor,
    /// A heading that is more than one level below the one before it; the title is of level 1.
    HeadingSkipsLevel,
    /// An image without an alternative text. An empty one says that it is there for show.
    ImageWithoutAlt,
    /// A link whose text says nothing of where it leads.
    VagueLinkText,
    /// A word with letters of more than one of the Latin, Cyrillic and Greek scripts.
    MixedScripts,
}

impl CheckName {
    /// All checks.
    pub const ALL: [Self; 7] = [
        Self::EmptyLead,
        Self::BrokenLink,
        Self::BrokenAnchor,
        Self::HeadingSkipsLevel,
        Self::ImageWithoutAlt,
        Self::VagueLinkText,
        Self::MixedScripts,
    ];

    /// The check's name, as faults have it for a code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmptyLead => "EMPTY_LEAD",
            Self::BrokenLink => "BROKEN_LINK",
            Self::BrokenAnchor => "BROKEN_ANCHOR",
            Self::HeadingSkipsLevel => "HEADING_SKIPS_LEVEL",
            Self::ImageWithoutAlt => "IMAGE_WITHOUT_ALT",
            Self::VagueLinkText => "VAGUE_LINK_TEXT",
            Self::MixedScripts => "MIXED_SCRIPTS",
        }
    }
}

impl fmt::Display for CheckName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a newsroom makes of the findings of one check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckRule {
    /// Nobody is told of them.
    Off,
    /// The desk is told of them.
    #[default]
    Warning,
    /// They stop publishing, unless whoever publishes waives them.
    Blocker,
    /// They stop publishing, and nobody can waive them.
    StrictBlocker,
}

impl CheckRule {
    /// How much its findings matter; nothing where there are none.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warning => Some(Severity::Warning),
            Self::Blocker | Self::StrictBlocker => Some(Severity::Blocker),
        }
    }

    /// Whether a text can be published in spite of its findings.
    #[must_use]
    pub const fn can_be_waived(self) -> bool {
        !matches!(self, Self::StrictBlocker)
    }
}

/// What a newsroom makes of each check. By default each warns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRules {
    /// Of an empty lead.
    pub empty_lead: CheckRule,
    /// Of links to releases that readers have not.
    pub broken_link: CheckRule,
    /// Of links within the body to what is not there.
    pub broken_anchor: CheckRule,
    /// Of headings that skip a level.
    pub heading_skips_level: CheckRule,
    /// Of images without an alternative text.
    pub image_without_alt: CheckRule,
    /// Of links whose text says nothing.
    pub vague_link_text: CheckRule,
    /// Of words in more than one script.
    pub mixed_scripts: CheckRule,
}

impl CheckRules {
    /// Whether any of them stops publishing.
    #[must_use]
    pub fn may_block(&self) -> bool {
        CheckName::ALL
            .into_iter()
            .any(|check| self.rule(check).severity() == Some(Severity::Blocker))
    }

    /// What the newsroom makes of one check.
    #[must_use]
    pub const fn rule(&self, check: CheckName) -> CheckRule {
        match check {
            CheckName::EmptyLead => self.empty_lead,
            CheckName::BrokenLink => self.broken_link,
            CheckName::BrokenAnchor => self.broken_anchor,
            CheckName::HeadingSkipsLevel => self.heading_skips_level,
            CheckName::ImageWithoutAlt => self.image_without_alt,
            CheckName::VagueLinkText => self.vague_link_text,
            CheckName::MixedScripts => self.mixed_scripts,
        }
    }
}

/// Where the newsroom's releases are read, so that links to them are told from others.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The addresses of releases; without, no link is known to lead to one.
    pub release_url: Option<ReleaseUrl>,
    /// Other origins that have the same pages.
    pub own_origins: Vec<OwnOrigin>,
}

impl Site {
    fn slug_in(&self, link: &str) -> Option<Slug> {
        self.release_url.as_ref()?.slug_in(link, &self.own_origins)
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The text can be published.
    Warning,
    /// The text cannot be published, unless the finding can be waived and is.
    Blocker,
}

/// Which part of a text a finding is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
}

impl Place {
    /// The part's name, as faults have it for a path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Lead => "lead",
            Self::Body => "body",
        }
    }
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: CheckName,
    /// How much it matters.
    pub severity: Severity,
    /// Whether the text can be published in spite of it.
    pub can_be_waived: bool,
    /// In which part of the text it is.
    pub place: Place,
    /// What it is about, as it stands there: plain text of at most 61 characters, empty where nothing stands there.
    pub excerpt: String,
    /// One sentence for a person, with the mend.
    pub message: String,
}

/// A text that has been read for its checks.
#[derive(Debug)]
pub struct Reading<'a> {
    text: &'a Text,
    locale: &'a Locale,
    outline: Outline,
    /// The slugs of the releases that its links lead to, by the links' numbers.
    internal: BTreeMap<usize, Slug>,
}

impl<'a> Reading<'a> {
    /// Reads a text. It takes time that grows with its length, and no more.
    #[must_use]
    pub fn of(text: &'a Text, locale: &'a Locale, site: &Site) -> Self {
        let outline = text.body.as_ref().map(Body::html).map(Outline::of).unwrap_or_default();
        let links = outline.links.iter().enumerate();
        let internal = links
            .filter_map(|(number, link)| Some((number, site.slug_in(&link.href)?)))
            .collect();
        Self {
            text,
            locale,
            outline,
            internal,
        }
    }

    /// The slugs of the releases that it links to.
    pub fn internal_links(&self) -> impl Iterator<Item = &Slug> {
        self.internal.values()
    }

    /// What the checks find, in the order of their names; at most [`MOST_FINDINGS`] of each. `live` has those of its
    /// [internal links](Self::internal_links) that readers have, whether by an address or by a redirect.
    #[must_use]
    pub fn findings(&self, rules: &CheckRules, live: &BTreeSet<Slug>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for check in CheckName::ALL {
            let rule = rules.rule(check);
            let Some(severity) = rule.severity() else { continue };
            let found = self.found(check, live).into_iter().take(MOST_FINDINGS);
            findings.extend(found.map(|found| Finding {
                check,
                severity,
                can_be_waived: rule.can_be_waived(),
                place: found.place,
                excerpt: excerpt(&found.what),
                message: found.message,
            }));
        }
        findings
    }

    fn found(&self, check: CheckName, live: &BTreeSet<Slug>) -> Vec<Found<'_>> {
        match check {
            CheckName::EmptyLead => self.empty_lead().into_iter().collect(),
            CheckName::BrokenLink => self.broken_links(live).take(MOST_FINDINGS).collect(),
            CheckName::BrokenAnchor => self.broken_anchors().take(MOST_FINDINGS).collect(),
            CheckName::HeadingSkipsLevel => self.headings_that_skip(),
            CheckName::ImageWithoutAlt => self.images_without_alt().take(MOST_FINDINGS).collect(),
            CheckName::VagueLinkText => self.vague_links().take(MOST_FINDINGS).collect(),
            CheckName::MixedScripts => self.mixed_scripts().take(MOST_FINDINGS).collect(),
        }
    }

    fn empty_lead(&self) -> Option<Found<'_>> {
        let message = "there is no lead: say in a sentence or two what this is about, for lists and previews";
        let is_empty = self.text.lead.as_str().trim().is_empty();
        is_empty.then(|| Found::new(Place::Lead, "", message.to_owned()))
    }

    fn broken_links(&self, live: &BTreeSet<Slug>) -> impl Iterator<Item = Found<'_>> {
        let broken = self.internal.iter().filter(|(_, slug)| !live.contains(slug));
        broken.filter_map(|(number, slug)| {
            let link = self.outline.links.get(*number)?;
            let message = format!(
                "readers have no release at “{}”: correct the link, publish that release first, or take the link away",
                excerpt(slug.as_str())
            );
            Some(Found::new(Place::Body, &link.href, message))
        })
    }

    fn broken_anchors(&self) -> impl Iterator<Item = Found<'_>> {
        let within = self
            .outline
            .links
            .iter()
            .filter_map(|link| Some((link, anchor::of_link(&link.href)?)));
        let leads_nowhere = |(_, name): &(&Link, &str)| {
            !self.outline.has_anchor(name) && !self.outline.has_anchor(&anchor::decoded(name))
        };
        within.filter(leads_nowhere).map(|(_, name)| {
            let name = anchor::decoded(anchor::as_written(name));
            let message = format!(
                "nothing in this body has the id “{0}”: give it to what the link leads to, as in <h2 id=\"{0}\">, or take the link away",
                excerpt(&name)
            );
            Found::new(Place::Body, format!("#{name}"), message)
        })
    }

    fn headings_that_skip(&self) -> Vec<Found<'_>> {
        let mut before = 1;
        let mut found = Vec::new();
        for heading in &self.outline.headings {
            if heading.level > before + 1 {
                let message = format!(
                    "this heading is of level {}, below {} of level {before}: make it one of level {}",
                    heading.level,
                    if before == 1 { "the title" } else { "one" },
                    before + 1
                );
                found.push(Found::new(Place::Body, &heading.text, message));
            }
            before = heading.level;
        }
        found
    }

    fn images_without_alt(&self) -> impl Iterator<Item = Found<'_>> {
        self.outline.images_without_alt.iter().map(|source| {
            let message = "this image has no alternative text: say what it shows, or give an empty one (alt=\"\") if it is there for show alone";
            Found::new(Place::Body, source, message.to_owned())
        })
    }

    fn vague_links(&self) -> impl Iterator<Item = Found<'_>> {
        let vague = |link: &&Link| vague::is_vague(&link.text, self.locale);
        self.outline.links.iter().filter(vague).map(|link| {
            if link.text.trim().is_empty() {
                let message = "this link has no text: name what it leads to";
                return Found::new(Place::Body, &link.href, message.to_owned());
            }
            let message = "the text of this link says nothing of where it leads, to those who hear it or skim: name what is there";
            Found::new(Place::Body, &link.text, message.to_owned())
        })
    }

    fn mixed_scripts(&self) -> impl Iterator<Item = Found<'_>> {
        let body = self.text.body.as_ref().map_or("", Body::text);
        let parts = [
            (Place::Title, self.text.title.as_str()),
            (Place::Lead, self.text.lead.as_str()),
            (Place::Body, body),
        ];
        parts.into_iter().flat_map(|(place, text)| {
            scripts::mixed_words(text).map(move |mixed| {
                let message = format!(
                    "this word is in the {} script, but its “{}” (U+{:04X}) is {}: write all of it in one script",
                    mixed.script,
                    mixed.stranger,
                    u32::from(mixed.stranger),
                    mixed.stranger_script
                );
                Found::new(place, mixed.word, message)
            })
        })
    }
}

/// Something that a check found, before the newsroom says what it makes of it.
struct Found<'a> {
    place: Place,
    what: Cow<'a, str>,
    message: String,
}

impl<'a> Found<'a> {
    fn new(place: Place, what: impl Into<Cow<'a, str>>, message: String) -> Self {
        let what = what.into();
        Self { place, what, message }
    }
}

/// What keeps a text from being published: its blockers, but for those that can be waived and are. The path of each is
/// `title`, `lead` or `body`, its code the check's name.
#[must_use]
pub fn blockers(findings: &[Finding], waived: &[CheckName]) -> Vec<FieldFault> {
    let blocks = |finding: &&Finding| {
        finding.severity == Severity::Blocker && !(finding.can_be_waived && waived.contains(&finding.check))
    };
    let blocking = findings.iter().filter(blocks);
    blocking
        .map(|finding| {
            let message = if finding.excerpt.is_empty() {
                finding.message.clone()
            } else {
                format!("“{}”: {}", finding.excerpt, finding.message)
            };
            FieldFault::new(finding.place.as_str(), finding.check.as_str(), message)
        })
        .collect()
}

#[cfg(test)]
mod tests;
