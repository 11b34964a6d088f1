//! The desk's side: releases with their translations and editions, loaded whole and saved by what has changed.

pub(crate) mod assign;
pub(crate) mod bundle;
pub(crate) mod calendar;
pub(crate) mod checks;
pub(crate) mod command;
pub(crate) mod comment;
mod deciding;
pub(crate) mod due;
pub(crate) mod editions;
pub(crate) mod freeze;
pub(crate) mod house;
mod in_use;
pub(crate) mod list;
pub(crate) mod load;
mod merge;
pub(crate) mod owed;
pub(crate) mod read;
pub(crate) mod save;
pub(crate) mod slug_book;
pub(crate) mod slugs;
pub(crate) mod store;
pub(crate) mod talk;
pub(crate) mod taxonomy;
