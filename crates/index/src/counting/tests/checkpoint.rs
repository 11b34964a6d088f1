//! States that are written, read again, and gone on from.

use proptest::sample::Index;
use sha2::{Digest, Sha256};

use super::*;
use crate::counting::{Checkpoint, CheckpointError};

const CHECKSUM: usize = 32;

/// What was loaded, changed act by act, and written at the end.
fn written(loaded: &[FindableRelease], acts: &[Vec<Change>], few: u64) -> (Vec<u8>, Oracle) {
    let (index, mut feeder) = new();
    feeder.renumber_beyond(few);
    let mut oracle = Oracle::default();
    feeder.load(loaded.iter().cloned());
    oracle
        .releases
        .extend(loaded.iter().map(|release| (release.id, release.clone())));
    feeder.feed([], 10);
    for (sequence, changes) in (11..).zip(acts) {
        feeder.feed(changes.iter().map(Change::fed), sequence);
        for change in changes {
            oracle.take(change);
        }
    }
    (bytes_of(&index.newest().unwrap()), oracle)
}

fn bytes_of(state: &State) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.write_checkpoint("this newsroom's", &mut bytes).unwrap();
    bytes
}

/// The same bytes under a checksum that holds.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - CHECKSUM;
    let checksum = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum);
    bytes
}

fn acts() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(changes(), 0..8)
}

fn releases() -> impl Strategy<Value = Vec<FindableRelease>> {
    prop::collection::vec(release(), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_read_again_answers_as_what_was_written_and_goes_on_alike(
        loaded in releases(),
        before in acts(),
        later in acts(),
        few in 0_u64..12,
        asked in filter(),
        found in prop::option::of(found()),
        pages in prop::collection::vec(page(), 4),
        reader in reader(),
    ) {
        let (bytes, mut oracle) = written(&loaded, &before, few);
        let checkpoint = Checkpoint::read(&bytes).unwrap();
        prop_assert_eq!(checkpoint.fingerprint(), "this newsroom's");
        let mut sequence = 10 + i64::try_from(before.len()).unwrap();
        prop_assert_eq!(checkpoint.sequence(), sequence);
        let (index, mut feeder) = new();
        feeder.renumber_beyond(few);
        feeder.begin_from(checkpoint);
        prop_assert_eq!(feeder.sequence(), Some(sequence));
        let state = index.at(sequence).unwrap();
        prop_assert_eq!(bytes_of(&state), bytes);
        same(&state, &oracle, &asked, found.as_deref(), &pages, &reader)?;
        for changes in &later {
            sequence += 1;
            feeder.feed(changes.iter().map(Change::fed), sequence);
            for change in changes {
                oracle.take(change);
            }
            let state = index.at(sequence).unwrap();
            same(&state, &oracle, &asked, found.as_deref(), &pages, &reader)?;
        }
    }

    #[test]
    fn what_was_damaged_or_cut_off_is_refused(
        loaded in releases(),
        before in acts(),
        at in any::<Index>(),
        flipped in 1_u8..,
        more in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let (bytes, _) = written(&loaded, &before, 3);
        let mut damaged = bytes.clone();
        damaged[at.index(bytes.len())] ^= flipped;
        prop_assert!(Checkpoint::read(&damaged).is_err());
        prop_assert!(Checkpoint::read(&bytes[..at.index(bytes.len())]).is_err());
        prop_assert!(Checkpoint::read(&[bytes.clone(), more.clone()].concat()).is_err());
        prop_assert!(Checkpoint::read(&more).is_err());
    }

    #[test]
    fn nonsense_under_a_checksum_that_holds_breaks_nothing(
        loaded in releases(),
        before in acts(),
        later in changes(),
        written_over in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        asked in filter(),
        pages in prop::collection::vec(page(), 4),
        reader in reader(),
    ) {
        let (mut bytes, _) = written(&loaded, &before, 3);
        for (at, byte) in written_over {
            // Behind the magic, the version and the sequence.
            let at = 20 + at.index(bytes.len() - CHECKSUM - 20);
            bytes[at] = byte;
        }
        let Ok(checkpoint) = Checkpoint::read(&sealed(bytes)) else { return Ok(()) };
        let sequence = checkpoint.sequence() + 1;
        let (index, mut feeder) = new();
        feeder.begin_from(checkpoint);
        feeder.feed(later.iter().map(Change::fed), sequence);
        for sequence in [sequence - 1, sequence] {
            let state = index.at(sequence).unwrap();
            let selection = state.select(&asked, None);
            for (order, page) in &pages {
                let _ = selection.page(*order, page);
            }
            let _ = (selection.offices(), selection.themes(), selection.types(), selection.locales());
            let _ = (selection.years(), selection.histogram(Interval::Day), selection.last_modified());
            let _ = (state.shown_in(&reader), state.readable_in());
        }
    }
}

#[test]
fn a_length_that_the_bytes_cannot_hold_is_refused() {
    let (bytes, _) = written(&(1..=3).map(release_of).collect::<Vec<_>>(), &[], 3);
    let rows = 20 + 4 + "this newsroom's".len();
    assert_eq!(bytes[rows..rows + 4], [3, 0, 0, 0]);
    for place in [20, rows] {
        let mut longer = bytes.clone();
        longer[place..place + 4].copy_from_slice(&[0xff; 4]);
        let refused = Checkpoint::read(&sealed(longer)).unwrap_err();
        assert_eq!(refused, CheckpointError::Nonsense("it ends too soon"));
    }
}

#[test]
fn another_version_and_another_kind_of_file_are_told_from_damage() {
    let (mut bytes, _) = written(&[], &[], 3);
    bytes[8] = 9;
    assert_eq!(
        Checkpoint::read(&sealed(bytes.clone())).unwrap_err(),
        CheckpointError::Version(9)
    );
    bytes[0] ^= 1;
    assert_eq!(Checkpoint::read(&sealed(bytes)).unwrap_err(), CheckpointError::Foreign);
    assert_eq!(Checkpoint::read(&[]).unwrap_err(), CheckpointError::Foreign);
}

#[test]
fn numbers_of_a_checkpoint_are_of_a_generation_that_no_earlier_state_has() {
    let (bytes, _) = written(&(1..=9).map(release_of).collect::<Vec<_>>(), &[], 3);
    let (index, mut feeder) = new();
    let mut generations = vec![State::default().generation()];
    for sequence in [3, 10, 10] {
        if sequence == 3 {
            feeder.load((3..=5).map(release_of));
            feeder.feed([], sequence);
        } else {
            feeder.begin_from(Checkpoint::read(&bytes).unwrap());
        }
        generations.push(index.at(sequence).unwrap().generation());
    }
    assert!(generations.is_sorted_by(|one, next| one < next), "{generations:?}");
}

/// Not a test: what a million releases take. `cargo test --release -p newsroom-index -- --ignored --nocapture a_million`
#[test]
#[ignore = "it measures"]
fn a_million() {
    use std::time::Instant;
    let (index, mut feeder) = new();
    let begun = Instant::now();
    feeder.load((1..=1_000_000_u128).map(|id| {
        let mut release = release_published(id, i64::try_from(id * 7_919 % 1_000_003).unwrap() * 1_000_000_000);
        let value = |of: u128| uuid::Uuid::from_u128(1 + of);
        release.facets.offices = [value(id * 31 % 97 % 40).into()].into();
        release.facets.themes = [value(id * 17 % 89 % 60).into(), value(id * 13 % 83 % 60).into()].into();
        release.facets.content_type = Some(value(id * 11 % 79 % 6).into());
        release
    }));
    feeder.feed([], 1);
    println!("loaded from memory in {:?}", begun.elapsed());
    let begun = Instant::now();
    let bytes = bytes_of(&index.newest().unwrap());
    println!("written in {:?}: {} bytes", begun.elapsed(), bytes.len());
    let begun = Instant::now();
    let checkpoint = Checkpoint::read(&bytes).unwrap();
    println!("read in {:?}", begun.elapsed());
    let (_, mut anew) = new();
    anew.begin_from(checkpoint);
    println!("begun in {:?}", begun.elapsed());
}
