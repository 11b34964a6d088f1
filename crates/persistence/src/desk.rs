//! The desk's side: releases with their translations and editions, loaded whole and saved by what has changed.

pub(crate) mod load;
pub(crate) mod save;
pub(crate) mod slugs;
