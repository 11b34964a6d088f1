//! Sets of numbers that are dense: a bit for each.

/// Which of the numbers below a bound are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// None of those below `bound`.
    pub(crate) fn none(bound: u32) -> Self {
        Self(vec![0; (bound as usize).div_ceil(64)])
    }

    /// Puts one in. What is past the bound makes room for itself.
    pub(crate) fn insert(&mut self, number: u32) {
        let at = number as usize / 64;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (number % 64);
    }

    /// Whether it is in.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0
            .get(number as usize / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether none is in.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Keeps those that are in both.
    pub(crate) fn keep(&mut self, others: &Self) {
        for (at, word) in self.0.iter_mut().enumerate() {
            *word &= others.0.get(at).copied().unwrap_or(0);
        }
    }

    /// Puts in those of another.
    pub(crate) fn add(&mut self, others: &Self) {
        if others.0.len() > self.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word |= other;
        }
    }

    /// Takes out those of another.
    pub(crate) fn take_out(&mut self, others: &Self) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word &= !other;
        }
    }

    /// Those that are in, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().zip(0_u32..).flat_map(|(word, at)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let lowest = left.trailing_zeros();
                    left &= left - 1;
                    at * 64 + lowest
                })
            })
        })
    }

    /// The same as bytes, the lowest bit first.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(numbers: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::none(100);
        for number in numbers {
            bits.insert(*number);
        }
        bits
    }

    proptest! {
        #[test]
        fn bits_are_a_set(one in prop::collection::btree_set(0_u32..300, 0..60), other in prop::collection::btree_set(0_u32..300, 0..60)) {
            let numbers = |bits: &Bits| bits.iter().collect::<BTreeSet<_>>();
            let (mut kept, mut added, mut left) = (of(&one), of(&one), of(&one));
            kept.keep(&of(&other));
            added.add(&of(&other));
            left.take_out(&of(&other));
            prop_assert_eq!(numbers(&kept), &one & &other);
            prop_assert_eq!(numbers(&added), &one | &other);
            prop_assert_eq!(numbers(&left), &one - &other);
            prop_assert_eq!(of(&one).is_empty(), one.is_empty());
            prop_assert!((0..300).all(|number| of(&one).contains(number) == one.contains(&number)));
        }
    }
}
