//! What the inputs of all commands have in common.

use async_graphql::MaybeUndefined;
use newsroom_domain::{idempotency::IdempotencyKey, release::Patch};

use crate::error::ApiError;

/// What is left out or null stays.
pub(crate) fn kept<T, U>(given: Option<T>, read: impl FnOnce(T) -> U) -> Patch<U> {
    given.map_or(Patch::Keep, |value| Patch::Set(read(value)))
}

/// What is left out stays, and null takes away.
pub(crate) fn cleared<T, U>(given: MaybeUndefined<T>, read: impl FnOnce(T) -> U) -> Patch<Option<U>> {
    match given {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Set(None),
        MaybeUndefined::Value(value) => Patch::Set(Some(read(value))),
    }
}

/// The key of an input, as it came.
///
/// # Errors
/// `VALIDATION_FAILED`, where it cannot be one.
pub(crate) fn read_key(key: Option<&str>) -> Result<Option<IdempotencyKey>, ApiError> {
    let key = key.map(str::parse::<IdempotencyKey>).transpose();
    key.map_err(|fault| ApiError::validation(vec![fault.at("input.idempotencyKey").into()]))
}
