//! Commands on a release: load, let the domain decide, store what it decided, close the act.

use newsroom_domain::account::Caller;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::release::{Decided, Earlier, Release, ReleaseCommand};
use newsroom_domain::{Locale, ReleaseId};
use serde::{Deserialize, Serialize};

use super::deciding::{Deciding, detail, note_publishing, version};
use super::load::{Purpose, load, load_earlier};
use super::save::Saving;
use super::slug_book::{Asked, Numbers, SlugBook};
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
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
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Shared, once).await?
        {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let mut deciding = Deciding::begin(self, &acting).await?;
        let was = match command.release() {
            None => None,
            Some(id) => load(&acting.transaction, &deciding.taxonomy, &[id], Purpose::Change)
                .await?
                .remove(&id),
        };
        let earlier = match was.as_ref().and_then(|was| command.earlier(was)) {
            None => None,
            Some(id) => load_earlier(&acting.transaction, &deciding.taxonomy, id).await?,
        };
        let publishes = command.publishes();
        if let (Some(was), Some((locale, _))) = (&was, publishes) {
            deciding.check(&acting.transaction, &[(was, locale)]).await?;
        }
        let mut numbers = Numbers::default();
        let asked = asked(command, was.as_ref(), earlier.as_ref());
        let mut book = SlugBook::open(&acting.transaction, &mut numbers, asked).await?;
        let decided = deciding.decide(earlier.as_ref(), &mut |title| book.free_for(title), |context| {
            command.decide(was.as_ref(), caller, self.rules.publish, context)
        });
        // A new release has slugs of its own, also where it is made after another one.
        let was = was.filter(|was| decided.as_ref().is_ok_and(|decided| decided.release.id == was.id));
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
            return Ok(Some(acting.done_quietly(accepted(deciding.sequence)).await?));
        }
        let mut detail = detail(was.as_ref(), &is, &locale);
        note_publishing(&mut detail, publishes.map(|(_, asked)| asked));
        let savings = [Saving { was, is: is.clone() }];
        let Some(changes) = deciding.store(&acting.transaction, &savings).await? else {
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
fn asked(command: &ReleaseCommand, was: Option<&Release>, earlier: Option<&Earlier>) -> Asked {
    let mut asked = Asked::default();
    for slug in command.asked_slugs(was, earlier) {
        asked.name(slug);
    }
    if let Some(title) = command.title_for_slug(was) {
        asked.title(title);
    }
    asked
}
