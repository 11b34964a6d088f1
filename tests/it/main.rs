//! mod list
