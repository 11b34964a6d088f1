//! Commands on the taxonomy: let the domain decide, see that nothing uses what is to go, write, move releases along, close
//! the act.

use newsroom_domain::account::Caller;
use newsroom_domain::change::{Change, Origin};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::Denial;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::taxonomy::command::{Decided, Entry, TaxonomyCommand};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::in_use::find_use;
use super::merge::merge;
use crate::account::Rescoped;
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::head::Head;
use crate::live::reclassify::reclassify;
use crate::taxonomy::{delete, forget_merged, merged_into, put};
use crate::{CommandError, Store, StoreError};

/// A command on the taxonomy that was done: now, or before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedTaxonomy {
    /// The office, theme or content type that it was about, or that it made; which of the three the command says.
    pub id: Uuid,
    /// The version that it made of that, or found where it changed nothing; the last one of what it deleted, and that of what
    /// it merged it into.
    pub version: i64,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

impl Store {
    /// Does a command on the taxonomy, once. A theme that moves takes its releases along, and so does what is merged; another slug
    /// is told of each release whose line has it.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn keep_taxonomy(
        &self,
        caller: &Caller,
        command: &TaxonomyCommand,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedTaxonomy, CommandError> {
        let once = Once::new(key, command.name(), command)?;
        until_done(|| self.try_to_keep(caller, command, once.as_ref())).await
    }

    /// The same, always `Some`: acts on the taxonomy are alone, so that nobody takes a slug meanwhile.
    async fn try_to_keep(
        &self,
        caller: &Caller,
        command: &TaxonomyCommand,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedTaxonomy>, CommandError> {
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Alone, once).await? {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let head = Head::read(&acting.transaction).await?;
        let taxonomy = self.taxonomy.at(head.taxonomy_revision, &acting.transaction).await?;
        self.ids.open(&acting.transaction).await?;
        let decided = command.decide(&taxonomy, &caller.standing, || self.ids.next(acting.now));
        let decided = match decided {
            Ok(decided) => decided,
            Err(denial) => return Err(acting.denied(denial).await?),
        };
        if let Decided::Deleted(entry) = &decided
            && let Some(by) = find_use(&acting.transaction, entry, &merged_into(&taxonomy, entry), acting.now).await?
        {
            return Err(acting.denied(Denial::Refused(entry.in_use(by))).await?);
        }
        let accepted = |sequence| AcceptedTaxonomy {
            id: decided.entry().subject().uuid(),
            version: decided.version(),
            sequence,
        };
        if decided.change().is_none() {
            return Ok(Some(acting.done_quietly(accepted(head.sequence)).await?));
        }
        let (changes, rescoped) = apply(&acting, &taxonomy, &decided, caller).await?;
        let done = Done {
            changes,
            taxonomy_changed: true,
            ..Done::by(caller, command.name(), detail(&decided, &rescoped))
        };
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// Writes what was decided. Answers what readers are told of it, and whose scope it has changed.
async fn apply(
    acting: &Acting,
    taxonomy: &Taxonomy,
    decided: &Decided,
    caller: &Caller,
) -> Result<(Vec<Change>, Rescoped), StoreError> {
    let Acting { transaction, now, .. } = acting;
    let entry = decided.entry();
    match decided {
        Decided::Merged(merging) => return merge(acting, taxonomy, merging, caller).await,
        Decided::Deleted(entry) => {
            delete(transaction, entry).await?;
            forget_merged(transaction, merged_into(taxonomy, entry)).await?;
        }
        Decided::Created(entry) | Decided::Updated { after: entry, .. } | Decided::Unchanged(entry) => {
            put(transaction, entry).await?;
        }
    }
    let of_entry = decided.change().map(|kind| Change {
        at: *now,
        subject: entry.subject(),
        kind,
        origin: Origin::Desk,
        before: None,
        after: None,
    });
    let mut changes = Vec::from_iter(of_entry);
    if let Decided::Updated { after, .. } = decided {
        let after = with(taxonomy, after)?;
        changes.extend(reclassify(transaction, (taxonomy, &after), *now, Origin::Desk).await?);
    }
    Ok((changes, Rescoped::default()))
}

/// The taxonomy with an entry in the place of what it was.
fn with(taxonomy: &Taxonomy, entry: &Entry) -> Result<Taxonomy, StoreError> {
    let mut taxonomy = taxonomy.clone();
    match entry.clone() {
        Entry::Office(office) => taxonomy.put_office(office),
        Entry::Theme(theme) => taxonomy
            .put_theme(theme)
            .map_err(|fault| StoreError::corrupt("taxonomy", fault))?,
        Entry::ContentType(content_type) => taxonomy.put_content_type(content_type),
    }
    Ok(taxonomy)
}

/// What the audit trail says of a command: which entry, and all of it before and after, since nothing else keeps that. What is
/// after a merger is the other one; whose scope it changed is said too.
fn detail(decided: &Decided, rescoped: &Rescoped) -> Map<String, Value> {
    let subject = decided.entry().subject();
    let mut detail = Map::new();
    detail.insert(subject.kind().to_owned(), json!(subject.uuid()));
    detail.insert("before".to_owned(), json!(decided.before()));
    detail.insert("after".to_owned(), json!(decided.after()));
    for (name, ids) in [("accounts", &rescoped.accounts), ("apiKeys", &rescoped.api_keys)] {
        if !ids.is_empty() {
            detail.insert(name.to_owned(), json!(ids));
        }
    }
    detail
}
