//! Identities: those of this process rise from the newest that it found in the database.

use std::sync::{Mutex, PoisonError};

use newsroom_domain::Instant;
use newsroom_domain::id::IdSequence;
use sea_orm::{DatabaseTransaction, EntityTrait, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{content_type, edition, office, release, theme, translation};

/// Makes identities.
#[derive(Debug)]
pub(crate) struct Ids {
    sequence: IdSequence,
    newest: Uuid,
}

impl Ids {
    /// Goes on above the newest identity that there is.
    pub(crate) async fn open(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        macro_rules! newest {
            ($($entity:ident),+) => {
                [$($entity::Entity::find().select_only().column($entity::Column::Id).order_by_desc($entity::Column::Id).into_tuple::<Uuid>().one(transaction).await?),+]
            };
        }
        let newest = newest!(release, translation, edition, office, theme, content_type)
            .into_iter()
            .flatten()
            .max();
        Ok(Self {
            sequence: IdSequence::after(newest),
            newest: newest.unwrap_or_default(),
        })
    }

    pub(crate) fn next(&mut self, now: Instant) -> Uuid {
        let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
        self.newest = self.sequence.next(millis, Uuid::new_v4().as_u128());
        self.newest
    }

    /// Takes note of an identity that came from elsewhere.
    pub(crate) fn saw(&mut self, id: Uuid) {
        if id > self.newest {
            self.sequence = IdSequence::after(Some(id));
            self.newest = id;
        }
    }
}

/// The identities that a process's commands make, opened with the first of them.
#[derive(Debug, Default)]
pub(crate) struct ProcessIds(Mutex<Option<Ids>>);

impl ProcessIds {
    /// Sees to it that [`ProcessIds::next`] knows where to go on.
    pub(crate) async fn open(&self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        let opened = Ids::open(transaction).await?;
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(opened);
        Ok(())
    }

    /// The next identity. The process's identities are open.
    pub(crate) fn next(&self, now: Instant) -> Uuid {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is not open begins at the clock, which is as good unless the clock went back.
        let ids = ids.get_or_insert_with(|| Ids {
            sequence: IdSequence::after(None),
            newest: Uuid::nil(),
        });
        ids.next(now)
    }
}
