//! What callers are told when the store fails: what they can do about it, and nothing of how it is made.

use newsroom_index::search::SearchError;
use newsroom_persistence::{StoreError, StoreErrorKind};

use crate::error::{ApiError, ErrorCode};

/// The seconds after which another try is worth while, where the database was away or busy.
const RETRY_AFTER: u32 = 5;

/// The error that a caller gets for a failure of the store, which is logged here, once.
#[must_use]
pub(crate) fn present(error: &StoreError) -> ApiError {
    let presented = match error.kind() {
        StoreErrorKind::Unavailable => {
            ApiError::unavailable("The database does not answer; try again shortly.", RETRY_AFTER)
        }
        StoreErrorKind::Timeout => ApiError::new(ErrorCode::Timeout, "The database is too busy; try again shortly.")
            .with_retry_after(RETRY_AFTER),
        StoreErrorKind::Full => ApiError::new(ErrorCode::StorageFull, "The database has no room left."),
        StoreErrorKind::Internal => ApiError::internal(),
    };
    tracing::error!(code = presented.code.wire(), %error, "the store failed");
    presented
}

/// The error that a caller gets where the search index cannot be read, which is logged here, once.
pub(crate) fn refuse_search(error: &SearchError) -> ApiError {
    tracing::error!(%error, "the search index failed");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_ours_tells_nothing_of_itself() {
        let error = StoreError::Sink(std::io::Error::other("SELECT secret"));
        assert_eq!(present(&error), ApiError::internal());
    }

    #[test]
    fn a_database_that_is_away_is_worth_another_try() {
        let error = StoreError::Open {
            name: "postgres://newsroom@db".to_owned(),
            cause: "connection refused".to_owned(),
        };
        let presented = present(&error);
        assert_eq!(
            (presented.code, presented.retry_after),
            (ErrorCode::Unavailable, Some(5))
        );
        assert_eq!(presented.message, "The database does not answer; try again shortly.");
    }
}
