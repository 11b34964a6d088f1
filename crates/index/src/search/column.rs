//! Of each document of a segment: which release it is of, by number, and in which locale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use newsroom_domain::{Locale, ReleaseId};
use tantivy::columnar::Column as Stored;
use tantivy::index::SegmentId;
use tantivy::{SegmentReader, TantivyError};
use uuid::Uuid;

use super::keeper::SearchError;
use super::schema::{HIGH, LOCALE, LOW};

/// Stands for a number that is not known.
const UNKNOWN: u32 = u32::MAX;
/// Stands for a locale that is none.
const NO_LOCALE: u16 = u16::MAX;
/// How many segments' columns are kept before those of segments that are gone are dropped.
const KEPT: usize = 64;

/// The numbers and locales of a segment's documents.
#[derive(Debug)]
pub(super) struct Column {
    generation: u64,
    numbers: Vec<u32>,
    locales: Vec<u16>,
    /// What the locales' places stand for.
    pub(super) names: Vec<Locale>,
    high: Stored<u64>,
    low: Stored<u64>,
}

impl Column {
    fn read(
        reader: &SegmentReader,
        generation: u64,
        numbers: &dyn Fn(ReleaseId) -> Option<u32>,
    ) -> Result<Self, SearchError> {
        let fast = reader.fast_fields();
        let mut column = Self {
            generation,
            numbers: Vec::with_capacity(reader.max_doc() as usize),
            locales: Vec::with_capacity(reader.max_doc() as usize),
            names: Vec::new(),
            high: fast.u64(HIGH)?,
            low: fast.u64(LOW)?,
        };
        let locales = fast.str(LOCALE)?;
        if let Some(locales) = &locales {
            for place in 0..locales.num_terms() {
                let mut name = String::new();
                locales.ord_to_str(place as u64, &mut name)?;
                let locale = name
                    .parse()
                    .map_err(|_| TantivyError::InternalError(format!("{name} is no locale")))?;
                column.names.push(locale);
            }
        }
        for doc in 0..reader.max_doc() {
            let number = column.release(doc).and_then(numbers).unwrap_or(UNKNOWN);
            column.numbers.push(number);
            let place = locales.as_ref().and_then(|locales| locales.ords().first(doc));
            let place = place.and_then(|place| u16::try_from(place).ok());
            column.locales.push(place.unwrap_or(NO_LOCALE));
        }
        Ok(column)
    }

    fn release(&self, doc: u32) -> Option<ReleaseId> {
        let (high, low) = (self.high.first(doc)?, self.low.first(doc)?);
        Some(Uuid::from_u64_pair(high, low).into())
    }

    /// The number of a document's release. One that was not known when the column was read is asked for again.
    pub(super) fn number(&self, doc: u32, numbers: &dyn Fn(ReleaseId) -> Option<u32>) -> Option<u32> {
        match self.numbers.get(doc as usize) {
            Some(&UNKNOWN) | None => self.release(doc).and_then(numbers),
            Some(number) => Some(*number),
        }
    }

    /// The place of a document's locale among [`Column::names`].
    pub(super) fn locale(&self, doc: u32) -> usize {
        self.locales.get(doc as usize).copied().unwrap_or(NO_LOCALE).into()
    }
}

/// The columns of segments that were asked for.
#[derive(Debug, Default)]
pub(super) struct Columns(Mutex<HashMap<SegmentId, Arc<Column>>>);

impl Columns {
    /// The column of a segment in which releases have the numbers of this generation.
    pub(super) fn of(
        &self,
        reader: &SegmentReader,
        readers: &[SegmentReader],
        generation: u64,
        numbers: &dyn Fn(ReleaseId) -> Option<u32>,
    ) -> Result<Arc<Column>, SearchError> {
        let id = reader.segment_id();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(column) = known.filter(|column| column.generation == generation) {
            return Ok(column);
        }
        // Read without the lock, so that nobody waits for a segment that he has no need of.
        let column = Arc::new(Column::read(reader, generation, numbers)?);
        let mut columns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if columns.len() >= KEPT {
            columns.retain(|kept, _| readers.iter().any(|reader| reader.segment_id() == *kept));
        }
        columns.insert(id, Arc::clone(&column));
        Ok(column)
    }
}
