//! The counting half of the read index: which live releases pass a filter, how many of them there are of what, and which
//! are on a page.
//!
//! Each release has a number, and each value of a filter a bitmap of the numbers that have it; so a filter is a few
//! intersections. Numbers are given in the order of the list, so that a page is a walk of a bitmap. Releases that came later
//! and belong further back are *strays*: they are kept in a short list of their own, which a page merges in. When there are
//! many, everything is numbered anew.
//!
//! A [`State`] never changes once it is shown. The [`Feeder`] makes the next one from it, and both share what is alike.

mod by_id;
mod checkpoint;
mod columns;
mod facets;
mod feeder;
mod lists;
mod page;
mod related;
mod selection;
mod span;
mod state;
#[cfg(test)]
mod tests;
mod write;
mod years;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use facets::Counts;
pub use feeder::{Feeder, Index, new};
pub use selection::Selection;
pub use state::State;
pub use years::{Interval, YearCount};
