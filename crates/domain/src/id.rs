//! Identities: a type for each kind of thing, so that one cannot be taken for another.
//!
//! All are UUIDs of version 7 (RFC 9562, section 5.7), so that a later one is greater than an earlier one;
//! the order of creation of releases rests on it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The identity as a plain UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A release's permanent identity.
    ReleaseId;
    /// A translation's permanent identity.
    TranslationId;
    /// An edition's identity.
    EditionId;
    /// An office's identity.
    OfficeId;
    /// A theme's identity.
    ThemeId;
    /// A content type's identity.
    ContentTypeId;
    /// An account's identity.
    AccountId;
    /// The identity of an account's session: of what began with a sign-in.
    SessionId;
    /// The identity of an account's API key.
    ApiKeyId;
    /// The identity of a bundle: of what goes live together.
    BundleId;
    /// The identity of a freeze of schedules.
    FreezeId;
    /// The identity of a preview of an edition.
    PreviewId;
    /// The identity of a link by which an account gets a password.
    AccountLinkId;
    /// The identity of a comment on an edition.
    CommentId;
    /// The identity of an endpoint that is told of changes.
    WebhookId;
    /// The identity of an event's delivery to an endpoint, by which its receiver knows it again.
    DeliveryId;
}

/// Makes version 7 UUIDs that only ever rise, whatever the clock does.
///
/// The 74 bits that RFC 9562 leaves free are random in the first id of a millisecond and count up from there
/// (its section 6.2, method 2). Where the clock stands still or goes back, the newest millisecond is kept.
#[derive(Debug, Clone, Copy)]
pub struct IdSequence {
    millis: u64,
    tail: u128,
}

const TAIL_BITS: u32 = 74;
const TAIL_MASK: u128 = (1 << TAIL_BITS) - 1;

impl IdSequence {
    /// A sequence whose first id is above `newest`, the newest id known.
    #[must_use]
    pub fn after(newest: Option<Uuid>) -> Self {
        let bits = newest.map_or(0, |id| id.as_u128());
        let tail = ((bits >> 64 & 0xfff) << 62) | (bits & ((1 << 62) - 1));
        Self {
            millis: u64::try_from(bits >> 80).unwrap_or(0),
            tail,
        }
    }

    /// The next id, given the wall clock in milliseconds since 1970 and fresh random bits.
    pub fn next(&mut self, now_millis: u64, random: u128) -> Uuid {
        if now_millis > self.millis {
            self.millis = now_millis;
            // The top bit stays clear, so that a millisecond never runs out of room to count up.
            self.tail = random & (TAIL_MASK >> 1);
        } else {
            // A random step, so that an id cannot be told from the one before it.
            self.tail += 1 + (random & 0xffff_ffff);
            if self.tail > TAIL_MASK {
                self.millis += 1;
                self.tail &= TAIL_MASK >> 1;
            }
        }
        let version = 7_u128 << 76;
        let variant = 0b10_u128 << 62;
        let high = u128::from(self.millis) << 80 | (self.tail >> 62) << 64;
        Uuid::from_u128(high | version | variant | (self.tail & ((1 << 62) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_rise_whatever_the_clock_does(steps in prop::collection::vec((0_u64..50, any::<u128>()), 1..200)) {
            let mut ids = IdSequence::after(None);
            let mut newest = Uuid::nil();
            for (clock, random) in steps {
                let id = ids.next(1_700_000_000_000 + clock, random);
                prop_assert!(id > newest);
                prop_assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
                newest = id;
            }
        }

        #[test]
        fn a_sequence_goes_on_above_the_newest_id_even_if_the_clock_is_behind_it(random in any::<u128>(), next in any::<u128>()) {
            let newest = IdSequence::after(None).next(2_000_000_000_000, random);
            prop_assert!(IdSequence::after(Some(newest)).next(1, next) > newest);
        }
    }
}
