//! Random numbers that are the same on every machine and in every run.

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of that seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, so that an Option would only be in the way"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // The remainder's bias is below one in a billion for the bounds in use here.
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Whether something happens that does `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Any of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Any of these, the earlier the likelier: the nth about half as likely as the one at n / 2, as words of a language are
    /// (Zipf's law).
    pub fn pick_skewed<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        // log2 of the place is uniform; the fraction of the last doubling is drawn evenly.
        let doublings = usize::BITS - from.len().leading_zeros();
        loop {
            let doubling = self.below(doublings as usize);
            let place = (1 << doubling) - 1 + self.below(1 << doubling);
            if place < from.len() {
                return &from[place];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_paper() {
        // The first numbers of Java's SplittableRandom, and of the reference implementation, for this seed.
        let mut random = Random::new(1_234_567);
        assert_eq!(
            [random.next(), random.next(), random.next()],
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn what_comes_earlier_is_picked_more_often() {
        let mut random = Random::new(1);
        let mut picked = [0_usize; 10];
        for _ in 0..10_000 {
            picked[*random.pick_skewed(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])] += 1;
        }
        assert!(
            picked[0] > 2 * picked[2] && picked[2] > picked[9] && picked[9] > 100,
            "{picked:?}"
        );
    }
}
