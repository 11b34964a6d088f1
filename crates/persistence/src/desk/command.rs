//! Commands on a release: load, let the domain decide, store what it decided, close the act.

use newsroom_domain::account::Caller;
use newsroom_domain::change::Origin;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::release::{CommandContext, Decided, Release, ReleaseCommand};
use newsroom_domain::{Locale, ReleaseId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::load::{Purpose, load};
use super::save::Saving;
use super::slug_book::{Asked, Numbers, SlugBook};
use super::store::{Circumstances, store};
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::head::Head;
use crate::{CommandError, Store};

/// A command that was done: now, or before under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The release that it was about, or that it made.
    pub release: ReleaseId,
    /// The translation whose version tells of it.
    pub locale: Locale,
    /// The version that it made of that.
    pub version: i64,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

impl Store {
    /// Does a command on a release, once.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn command(
        &self,
        caller: &Caller,
        command: &ReleaseCommand,
        key: Option<&IdempotencyKey>,
    ) -> Result<Accepted, CommandError> {
        let once = Once::new(key, command.name(), command)?;
        until_done(|| self.try_command(caller, command, once.as_ref())).await
    }

    /// The same, `None` where another writer has taken its slug meanwhile and it is to be tried again.
    async fn try_command(
        &self,
        caller: &Caller,
        command: &ReleaseCommand,
        once: Option<&Once>,
    ) -> Result<Option<Accepted>, CommandError> {
        let acting = match Acting::begin(&self.connections, caller.standing.account, Turn::Shared, once).await? {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let head = Head::read(&acting.transaction).await?;
        let taxonomy = self.taxonomy.at(head.taxonomy_revision, &acting.transaction).await?;
        self.ids.open(&acting.transaction).await?;
        let was = match command.release() {
            None => None,
            Some(id) => load(&acting.transaction, &[id], Purpose::Change).await?.remove(&id),
        };
        let mut numbers = Numbers::default();
        let mut book = SlugBook::open(&acting.transaction, &mut numbers, asked(command)).await?;
        let now = acting.now;
        let decided = command.decide(
            was.as_ref(),
            caller,
            self.rules.publish,
            &mut CommandContext {
                now,
                zone: self.zone,
                taxonomy: &taxonomy,
                locales: &self.rules.locales,
                new_id: &mut || self.ids.next(now),
                free_slug: &mut |title| book.free_for(title),
            },
        );
        let decided = decided.and_then(|decided| match book.claim(was.as_ref(), &decided.release) {
            Ok(()) => Ok(decided),
            Err(taken) => Err(Denial::Refused(Refusal::SlugTaken(taken))),
        });
        let Decided { release: is, locale } = match decided {
            Ok(decided) => decided,
            Err(denial) => return Err(acting.denied(denial).await?),
        };
        let accepted = |sequence| Accepted {
            release: is.id,
            version: version(&is, &locale),
            locale: locale.clone(),
            sequence,
        };
        if was.as_ref() == Some(&is) {
            return Ok(Some(acting.done_quietly(accepted(head.sequence)).await?));
        }
        let detail = detail(was.as_ref(), &is, &locale);
        let savings = [Saving { was, is: is.clone() }];
        let circumstances = Circumstances {
            taxonomy: &taxonomy,
            zone: self.zone,
            now,
            origin: Origin::Desk,
        };
        let Some(changes) = store(&acting.transaction, &savings, &circumstances).await? else {
            acting.transaction.rollback().await?;
            return Ok(None);
        };
        let done = Done {
            changes,
            ..Done::by(caller, command.name(), detail)
        };
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// The slugs that a command needs.
fn asked(command: &ReleaseCommand) -> Asked {
    let mut asked = Asked::default();
    if let Some(slug) = command.asked_slug() {
        asked.name(slug);
    }
    if let Some(title) = command.title_for_slug() {
        asked.title(title);
    }
    asked
}

fn version(release: &Release, locale: &Locale) -> i64 {
    release.translations.get(locale).map_or(0, |text| text.version)
}

/// What the audit trail says of a command: which release and translation, and the versions before and after.
fn detail(was: Option<&Release>, is: &Release, locale: &Locale) -> Map<String, Value> {
    let before = was.map_or(0, |was| version(was, locale));
    let edition = is.translations.get(locale).and_then(|text| text.desk_edition());
    let mut detail = Map::new();
    detail.insert("release".to_owned(), json!(is.id));
    detail.insert("locale".to_owned(), json!(locale));
    detail.insert("versionBefore".to_owned(), json!(before));
    detail.insert("version".to_owned(), json!(version(is, locale)));
    detail.insert("edition".to_owned(), json!(edition.map(|edition| edition.id)));
    detail
}
