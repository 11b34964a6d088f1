//! The read index: what lists, facets and search go by, in the process's memory and in a folder of its own.
//!
//! This room knows neither database nor network. Whoever has a database hands in what has changed, and asks.

pub mod search;
