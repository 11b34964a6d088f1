//! A state as bytes, for a later process to begin from.
//!
//! What follows from the rest is not written: strays, days, and what has no value of a filter. All numbers are little-endian,
//! and what has a length has it before it, in four bytes:
//!
//! | | |
//! |---|---|
//! | magic, version | eight bytes and four |
//! | sequence | eight bytes |
//! | fingerprint | text |
//! | rows | how many; of each the release, its instant, its day's ordinal, its update: 16, 8, 4 and 8 bytes |
//! | numbers by release | how many; four bytes each |
//! | live, in order | bitmaps, as roaring's own portable format has them |
//! | offices, themes, types, locales, originals | how many values; of each the value and its bitmap |
//! | checksum | SHA-256 of all before it |

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::sync::Arc;

use newsroom_domain::{ContentTypeId, Day, Instant, Locale, OfficeId, ThemeId};
use roaring::RoaringBitmap;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::by_id::ById;
use super::columns::Columns;
use super::lists::Lists;
use super::state::State;

const MAGIC: &[u8; 8] = b"newsread";
/// To be raised with every change of the format, and of what a state keeps of a release.
const VERSION: u32 = 1;
const ROW: usize = 16 + 8 + 4 + 8;
const CHECKSUM: usize = 32;

/// Why bytes are no state to begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// They are something else.
    #[error("it is no checkpoint of a read index")]
    Foreign,
    /// Another version of the program wrote them.
    #[error("it is of version {0}, and not of version {VERSION}")]
    Version(u32),
    /// They are not what was written.
    #[error("it is damaged: its checksum does not hold")]
    Damaged,
    /// They are what was written, and make no sense.
    #[error("it makes no sense: {0}")]
    Nonsense(&'static str),
}

/// A state that was written, and read again.
#[derive(Debug)]
pub struct Checkpoint {
    state: State,
    fingerprint: String,
}

impl Checkpoint {
    /// Reads what [`State::write_checkpoint`] has written. Nothing in it is trusted.
    ///
    /// # Errors
    /// Where it is anything else.
    pub fn read(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let mut input = Input(bytes);
        if input.take(MAGIC.len()) != Ok(MAGIC) {
            return Err(CheckpointError::Foreign);
        }
        let version = u32::from_le_bytes(input.array()?);
        if version != VERSION {
            return Err(CheckpointError::Version(version));
        }
        let (body, checksum) = bytes
            .len()
            .checked_sub(CHECKSUM)
            .and_then(|end| bytes.split_at_checked(end))
            .ok_or(CheckpointError::Damaged)?;
        if Sha256::digest(body)[..] != *checksum {
            return Err(CheckpointError::Damaged);
        }
        let header = MAGIC.len() + size_of_val(&version);
        let mut input = Input(body.get(header..).unwrap_or_default());
        let sequence = i64::from_le_bytes(input.array()?);
        let fingerprint = input.text()?.to_owned();
        let state = State {
            sequence,
            ..input.state()?
        };
        if input.0.is_empty() {
            Ok(Self { state, fingerprint })
        } else {
            Err(CheckpointError::Nonsense("more follows its end"))
        }
    }

    /// The sequence of the change log that it is as of.
    #[must_use]
    pub fn sequence(&self) -> i64 {
        self.state.sequence
    }

    /// What it was written with.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }
}

impl State {
    /// Writes all that is live, for [`Checkpoint::read`]. The fingerprint is what tells the database that this is a state of
    /// from any other; whoever feeds the index decides.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_checkpoint(&self, fingerprint: &str, out: impl Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(
            1 << 16,
            Sealing {
                out,
                digest: Sha256::new(),
            },
        );
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&self.sequence.to_le_bytes())?;
        write_bytes(&mut out, fingerprint.as_bytes())?;
        out.write_all(&self.columns.len().to_le_bytes())?;
        for ((published, id), day, updated) in self.columns.rows() {
            out.write_all(id.uuid().as_bytes())?;
            out.write_all(&published.to_le_bytes())?;
            out.write_all(&day.ordinal().to_le_bytes())?;
            out.write_all(&updated.to_le_bytes())?;
        }
        let newest = self.by_id.newest(&self.columns);
        write_len(&mut out, newest.len())?;
        for number in newest {
            out.write_all(&number.to_le_bytes())?;
        }
        write_bitmap(&mut out, &self.all)?;
        write_bitmap(&mut out, &self.ordered)?;
        write_lists(&mut out, &self.offices, |id, out| out.write_all(id.uuid().as_bytes()))?;
        write_lists(&mut out, &self.themes, |id, out| out.write_all(id.uuid().as_bytes()))?;
        write_lists(&mut out, &self.types, |id, out| out.write_all(id.uuid().as_bytes()))?;
        for locales in [&self.locales, &self.originals] {
            write_lists(&mut out, locales, |locale, out| {
                write_bytes(out, locale.as_str().as_bytes())
            })?;
        }
        let Sealing { mut out, digest } = out.into_inner().map_err(IntoInnerError::into_error)?;
        out.write_all(&digest.finalize())?;
        out.flush()
    }
}

/// Passes on what is written, and works out its checksum.
struct Sealing<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_len(out: &mut impl Write, len: usize) -> io::Result<()> {
    let len = u32::try_from(len).map_err(io::Error::other)?;
    out.write_all(&len.to_le_bytes())
}

fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    write_len(out, bytes.len())?;
    out.write_all(bytes)
}

fn write_bitmap(out: &mut impl Write, bitmap: &RoaringBitmap) -> io::Result<()> {
    write_len(out, bitmap.serialized_size())?;
    bitmap.serialize_into(out)
}

fn write_lists<T: Ord + Clone, W: Write>(
    out: &mut W,
    lists: &Lists<T>,
    write_value: impl Fn(&T, &mut W) -> io::Result<()>,
) -> io::Result<()> {
    write_len(out, lists.each().count())?;
    for (value, list) in lists.each() {
        write_value(value, out)?;
        write_bitmap(out, list)?;
    }
    Ok(())
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], CheckpointError> {
        let (taken, left) = self
            .0
            .split_at_checked(len)
            .ok_or(CheckpointError::Nonsense("it ends too soon"))?;
        self.0 = left;
        Ok(taken)
    }

    fn array<const LEN: usize>(&mut self) -> Result<[u8; LEN], CheckpointError> {
        let (taken, left) = self
            .0
            .split_first_chunk()
            .ok_or(CheckpointError::Nonsense("it ends too soon"))?;
        self.0 = left;
        Ok(*taken)
    }

    fn len(&mut self) -> Result<usize, CheckpointError> {
        let len = u32::from_le_bytes(self.array()?);
        usize::try_from(len).map_err(|_| CheckpointError::Nonsense("it is too long"))
    }

    /// So many things of one size. Nothing is made room for that is not there.
    fn each_of(&mut self, size: usize) -> Result<impl Iterator<Item = Input<'a>>, CheckpointError> {
        let len = self.len()?.saturating_mul(size);
        Ok(self.take(len)?.chunks_exact(size).map(Input))
    }

    fn text(&mut self) -> Result<&'a str, CheckpointError> {
        let len = self.len()?;
        std::str::from_utf8(self.take(len)?).map_err(|_| CheckpointError::Nonsense("a text is none"))
    }

    fn uuid(&mut self) -> Result<Uuid, CheckpointError> {
        self.array().map(Uuid::from_bytes)
    }

    fn locale(&mut self) -> Result<Locale, CheckpointError> {
        let text = self.text()?;
        text.parse().map_err(|_| CheckpointError::Nonsense("a locale is none"))
    }

    fn bitmap(&mut self) -> Result<RoaringBitmap, CheckpointError> {
        let len = self.len()?;
        let mut bytes = self.take(len)?;
        let bitmap = RoaringBitmap::deserialize_from(&mut bytes);
        let whole = bitmap.ok().filter(|_| bytes.is_empty());
        whole.ok_or(CheckpointError::Nonsense("a bitmap is none"))
    }

    fn columns(&mut self) -> Result<Columns, CheckpointError> {
        let mut columns = Columns::default();
        let (mut least, mut most) = (0, 0);
        for mut row in self.each_of(ROW)? {
            let id = row.uuid()?.into();
            let published = i64::from_le_bytes(row.array()?);
            let day = Day::from_ordinal(i32::from_le_bytes(row.array()?));
            let day = day.ok_or(CheckpointError::Nonsense("a day is none"))?;
            let updated = i64::from_le_bytes(row.array()?);
            least = published.min(updated).min(least);
            most = published.max(updated).max(most);
            columns.push_row((published, id), day, updated);
        }
        // All between two instants are some.
        if Instant::from_micros(least).is_none() || Instant::from_micros(most).is_none() {
            return Err(CheckpointError::Nonsense("an instant is none"));
        }
        Ok(columns)
    }

    fn lists<T: Ord + Clone>(
        &mut self,
        all: &RoaringBitmap,
        read_value: impl Fn(&mut Self) -> Result<T, CheckpointError>,
    ) -> Result<Lists<T>, CheckpointError> {
        let mut each = BTreeMap::new();
        for _ in 0..self.len()? {
            let value = read_value(self)?;
            each.insert(value, Arc::new(self.bitmap()?));
        }
        Lists::of_each(each, all).ok_or(CheckpointError::Nonsense("a list has what is not live"))
    }

    fn ids<T: Ord + Clone + From<Uuid>>(&mut self, all: &RoaringBitmap) -> Result<Lists<T>, CheckpointError> {
        self.lists(all, |input| input.uuid().map(T::from))
    }

    /// All but the sequence.
    fn state(&mut self) -> Result<State, CheckpointError> {
        let columns = self.columns()?;
        let newest: Result<Vec<u32>, _> = self
            .each_of(size_of::<u32>())?
            .map(|mut number| number.array().map(u32::from_le_bytes))
            .collect();
        let all = self.bitmap()?;
        let by_id = ById::of_newest(newest?, &all, &columns);
        let by_id = by_id.ok_or(CheckpointError::Nonsense("a release has another number"))?;
        let ordered = self.bitmap()?;
        let mut state = State {
            columns,
            by_id,
            offices: self.ids::<OfficeId>(&all)?,
            themes: self.ids::<ThemeId>(&all)?,
            types: self.ids::<ContentTypeId>(&all)?,
            locales: self.lists(&all, Self::locale)?,
            originals: self.lists(&all, Self::locale)?,
            all: Arc::new(all),
            ..State::default()
        };
        if state.order(ordered) {
            Ok(state)
        } else {
            Err(CheckpointError::Nonsense("what is in order is not"))
        }
    }
}
