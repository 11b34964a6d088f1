//! When a delivery that failed is tried again, and when it is given up.

use crate::Instant;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// For how long a delivery is tried, and how long an endpoint may take nothing before it counts as dead: three days, in
/// microseconds.
pub const PATIENCE: i64 = 72 * HOUR;

/// How often a delivery is tried at the least: as often as one is that is put off for as long as can be, for all of three days. A
/// newsroom that was away itself has not tried, however long that was.
const LEAST_TRIES: i64 = 9;

/// What is waited after the first failure, the second, and so on; the last one again and again (Standard Webhooks, "Deliverability
/// and reliability").
const DELAYS: [i64; 6] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/// The longest that is waited after the `tries`th failure (from 1), in microseconds: what stands further ahead was put there by a clock
/// that has been set back since.
#[must_use]
pub fn longest_delay(tries: i64) -> i64 {
    2 * delay(tries)
}

/// After how many failures the delays grow no more.
pub const GROWING_TRIES: i64 = 6;

fn delay(tries: i64) -> i64 {
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or_default();
    DELAYS[place.min(DELAYS.len() - 1)]
}

/// What becomes of a delivery after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again at that instant.
    Again(Instant),
    /// It is given up.
    GivenUp,
}

/// What becomes of a delivery whose attempt has failed, the `tries`th (from 1) since it was `begun`.
///
/// To our own delay comes up to a tenth of it by chance (`random`), so that what failed together does not come back together. The
/// seconds that an endpoint asks for (`Retry-After`) count between one and two times our own delay. The last attempt is when three
/// days have passed, and it has been tried nine times.
#[must_use]
pub fn after_failure(tries: i64, begun: Instant, now: Instant, retry_after: Option<u64>, random: u32) -> Fate {
    let end = begun.micros().saturating_add(PATIENCE);
    if now.micros() >= end && tries >= LEAST_TRIES {
        return Fate::GivenUp;
    }
    let delay = delay(tries);
    let by_chance = delay / 10 * i64::from(random >> 1) / i64::from(u32::MAX >> 1);
    let asked = retry_after.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(SECOND));
    let asked = asked.unwrap_or(if retry_after.is_some() { i64::MAX } else { 0 });
    let wait = (delay + by_chance).max(asked.min(2 * delay));
    let next = now.micros().saturating_add(wait);
    let may_be_last = tries + 1 >= LEAST_TRIES && now.micros() < end;
    match Instant::from_micros(if may_be_last { next.min(end) } else { next }) {
        Some(at) => Fate::Again(at),
        None => Fate::GivenUp,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros).unwrap()
    }

    const BEGUN: i64 = 1_700_000_000 * SECOND;

    #[test]
    fn an_endpoint_that_is_never_there_is_tried_for_three_days_with_growing_delays() {
        let (mut now, mut waits) = (at(BEGUN), Vec::new());
        let mut tries = 1;
        while let Fate::Again(next) = after_failure(tries, at(BEGUN), now, None, 0) {
            waits.push((next.micros() - now.micros()) / SECOND);
            (now, tries) = (next, tries + 1);
        }
        let hours = |hours: i64| hours * 3600;
        let last = 72 * 3600 - waits[..11].iter().sum::<i64>();
        let mut expected = vec![5, 300, 1800, hours(2), hours(5)];
        expected.extend([hours(10); 6]);
        expected.push(last);
        assert_eq!(waits, expected);
        assert_eq!(now.micros(), BEGUN + PATIENCE);
    }

    #[test]
    fn delays_grow_as_long_as_is_said() {
        assert_eq!(usize::try_from(GROWING_TRIES).unwrap(), DELAYS.len());
        assert_eq!(longest_delay(GROWING_TRIES), longest_delay(GROWING_TRIES + 1));
    }

    #[test]
    fn one_that_is_put_off_for_as_long_as_can_be_is_tried_for_three_days_too() {
        let (mut now, mut tries) = (at(BEGUN), 1);
        while let Fate::Again(next) = after_failure(tries, at(BEGUN), now, Some(u64::MAX), 0) {
            (now, tries) = (next, tries + 1);
        }
        assert_eq!((now.micros(), tries), (BEGUN + PATIENCE, LEAST_TRIES));
    }

    #[test]
    fn what_was_not_tried_for_three_days_is_tried_on_with_the_delays_of_ever() {
        let (mut now, mut waits) = (at(BEGUN + PATIENCE + HOUR), Vec::new());
        let mut tries = 2;
        while let Fate::Again(next) = after_failure(tries, at(BEGUN), now, None, 0) {
            waits.push(next.micros() - now.micros());
            (now, tries) = (next, tries + 1);
        }
        assert_eq!(
            waits,
            [
                5 * MINUTE,
                30 * MINUTE,
                2 * HOUR,
                5 * HOUR,
                10 * HOUR,
                10 * HOUR,
                10 * HOUR
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_asked_for_counts_between_one_and_two_delays(
            tries in 1_i64..100, retry_after in prop::option::of(any::<u64>()), random in any::<u32>(),
        ) {
            let now = at(BEGUN + SECOND);
            let Fate::Again(next) = after_failure(tries, at(BEGUN), now, retry_after, random) else {
                panic!("it was given up after a second");
            };
            let delay = DELAYS[usize::try_from(tries - 1).unwrap().min(5)];
            let waited = next.micros() - now.micros();
            prop_assert!(waited >= delay && waited <= longest_delay(tries), "{waited} of {delay}");
            if retry_after.is_none() {
                prop_assert!(waited <= delay + delay / 10);
            }
        }

        #[test]
        fn what_was_tried_often_is_tried_for_three_days_and_no_longer(
            tries in LEAST_TRIES..100, elapsed in 0..2 * PATIENCE, random in any::<u32>(),
        ) {
            match after_failure(tries, at(BEGUN), at(BEGUN + elapsed), None, random) {
                Fate::Again(next) => prop_assert!(elapsed < PATIENCE && next.micros() <= BEGUN + PATIENCE),
                Fate::GivenUp => prop_assert!(elapsed >= PATIENCE),
            }
        }

        #[test]
        fn what_was_tried_seldom_is_tried_on_and_later(
            tries in 1..LEAST_TRIES, elapsed in 0..2 * PATIENCE, retry_after in prop::option::of(any::<u64>()), random in any::<u32>(),
        ) {
            let now = at(BEGUN + elapsed);
            let fate = after_failure(tries, at(BEGUN), now, retry_after, random);
            prop_assert!(matches!(fate, Fate::Again(next) if next > now), "{fate:?}");
        }
    }
}
