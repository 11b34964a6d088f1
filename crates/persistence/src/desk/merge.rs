//! Merging two entries of the taxonomy: whatever names the one in rows of its own gets the other, in one act. Editions are left
//! as they are, and brought up as they are loaded.

use newsroom_domain::OfficeId;
use newsroom_domain::account::Caller;
use newsroom_domain::audit::Actor;
use newsroom_domain::change::{Change, ChangeKind, Origin, Subject};
use newsroom_domain::release::Changed;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::taxonomy::command::{Entry, Merging};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{freeze, house};
use crate::StoreError;
use crate::account::{Rescoped, rescope};
use crate::acting::Acting;
use crate::live::reclassify::reclassify;
use crate::sql::Sql;
use crate::taxonomy::{put, read, replace};

/// Puts the one entry in the place of the other wherever that is named. Answers what readers are told of it, and whose scope it
/// has changed.
pub(super) async fn merge(
    acting: &Acting,
    taxonomy: &Taxonomy,
    merging: &Merging,
    caller: &Caller,
) -> Result<(Vec<Change>, Rescoped), StoreError> {
    let Acting { transaction, now, .. } = acting;
    let Merging { gone, into, moved } = merging;
    for theme in moved {
        put(transaction, &theme.clone().into()).await?;
    }
    replace(transaction, gone, into).await?;
    let after = read(transaction).await?;
    let changed = Changed {
        by: Actor::Account(caller.standing.account),
        at: *now,
    };
    let mut rescoped = Rescoped::default();
    match (gone, into) {
        (Entry::Office(gone), Entry::Office(into)) => {
            rescoped = rescope(transaction, gone.id, into.id).await?;
            relist_at_the_desk(transaction, gone.id, into.id).await?;
            house::merge_offices(transaction, (gone.id, into.id), changed).await?;
        }
        (Entry::Theme(_), Entry::Theme(_)) | (Entry::ContentType(_), Entry::ContentType(_)) => {}
        // The domain merges two of one kind.
        _ => return Err(StoreError::corrupt("merger", "it is of two kinds")),
    }
    house::bring_up(transaction, &after, changed).await?;
    freeze::bring_up(transaction, &after).await?;
    let told = |subject, kind| Change {
        at: *now,
        subject,
        kind,
        origin: Origin::Desk,
        before: None,
        after: None,
    };
    let merged = ChangeKind::Merged { into: into.subject() };
    let mut changes = vec![told(gone.subject(), merged)];
    changes.extend(
        moved
            .iter()
            .map(|theme| told(Subject::Theme(theme.id), ChangeKind::Updated)),
    );
    changes.extend(reclassify(transaction, (taxonomy, &after), *now, Origin::Desk).await?);
    Ok((changes, rescoped))
}

/// Puts the releases of the one office into the other's list at the desk, each once.
async fn relist_at_the_desk(
    transaction: &DatabaseTransaction,
    gone: OfficeId,
    into: OfficeId,
) -> Result<(), StoreError> {
    let backend = transaction.get_database_backend();
    let mut both = Sql::new(backend, "DELETE FROM desk_release_office WHERE office_id = ");
    both.bind(gone.uuid())
        .push(" AND release_id IN (SELECT release_id FROM desk_release_office WHERE office_id = ")
        .bind(into.uuid())
        .push(")");
    transaction.execute_raw(both.finish()).await?;
    let mut one = Sql::new(backend, "UPDATE desk_release_office SET office_id = ");
    one.bind(into.uuid()).push(" WHERE office_id = ").bind(gone.uuid());
    transaction.execute_raw(one.finish()).await?;
    Ok(())
}
