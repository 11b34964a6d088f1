//! The read index: what lists and facets go by, in the process's memory, and what searches go by, in a folder beside it.
//!
//! This room knows neither database nor network. Whoever has a database hands in what has changed, and asks.

mod counting;
pub mod search;

pub use counting::{Checkpoint, CheckpointError, Counts, Feeder, Index, Interval, Selection, State, YearCount, new};
