//! Running a document: the executor, its time-out, and telling a request that was refused from fields that failed.

use std::time::Duration;

use async_graphql::{Executor, Request, Response, Value};

use crate::error::{ApiError, ErrorCode};

/// What the executor gave.
pub(crate) enum Ran {
    /// The document was executed: there is `data`, if only null.
    Executed(Response),
    /// The document was refused before execution.
    Refused(Response),
}

/// Executes `request`, for `timeout` at most.
///
/// # Errors
/// `TIMEOUT`; the execution is dropped then.
pub(crate) async fn run(
    executor: &impl Executor,
    request: Request,
    timeout: Option<Duration>,
) -> Result<Ran, ApiError> {
    let execution = executor.execute(request);
    let response = match timeout {
        None => execution.await,
        Some(limit) => tokio::time::timeout(limit, execution).await.map_err(|_| {
            let message = format!(
                "The query took longer than {} ms; ask for less at once.",
                limit.as_millis()
            );
            ApiError::new(ErrorCode::Timeout, message)
        })?,
    };
    // GraphQL tells a refused request (no `data`) from a failure that reached the root (`data: null`); the library answers both
    // alike. Its validation gives errors without a path, and every error of a field has one. (An extension could note that
    // execution begins, but with any extension at all the library takes its slow way through every field.)
    let executed = response.errors.is_empty()
        || response.data != Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty());
    Ok(if executed {
        Ran::Executed(response)
    } else {
        Ran::Refused(response)
    })
}
