//! What callers are told when a command is not done: the one place where refusals of the domain become codes.

use newsroom_domain::audit::Actor;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_persistence::CommandError;

use crate::{
    error::{ApiError, ChangedBy, Current, ErrorCode},
    store_failure,
};

/// The error that a caller gets for a command that was not done. The paths of faulty fields begin with `within`: `input`.
#[must_use]
pub(crate) fn present_command(error: CommandError, within: &str) -> ApiError {
    match error {
        CommandError::Denied(denial) => present_denial(denial, within),
        CommandError::KeyReused => ApiError::new(
            ErrorCode::IdempotencyKeyReused,
            "Something else was asked under this idempotency key before: send each command under a new one.",
        ),
        CommandError::DeletedSince => deleted_since(),
        CommandError::Store(error) => store_failure::present(&error),
    }
}

/// What is told of a repeated request, which is answered as the first was, where somebody has deleted what that made.
pub(crate) fn deleted_since() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "This was done, and it has been deleted since.")
}

fn present_denial(denial: Denial, within: &str) -> ApiError {
    match denial {
        Denial::NotFound => ApiError::new(
            ErrorCode::NotFound,
            "There is nothing with this id, or nothing that you may see.",
        ),
        Denial::Forbidden(message) => ApiError::new(ErrorCode::Forbidden, sentence(message)),
        Denial::Refused(refusal) => present_refusal(refusal, within),
    }
}

fn present_refusal(refusal: Refusal, within: &str) -> ApiError {
    let message = match &refusal {
        // It begins with the locale, as that is written.
        Refusal::Stale { locale: Some(_), .. } => format!("{refusal}."),
        other => sentence(&other.to_string()),
    };
    match refusal {
        Refusal::Invalid(faults) => {
            ApiError::validation(faults.into_iter().map(|fault| fault.within(within).into()).collect())
        }
        Refusal::Stale {
            locale,
            current,
            changed,
            ..
        } => ApiError::new(ErrorCode::Conflict, message).with_current(Current {
            locale: locale.map(|locale| locale.to_string()),
            version: current,
            changed_by: changed.map(|changed| changed_by(changed.by)),
            changed_at: changed.map(|changed| changed.at.to_string()),
        }),
        Refusal::WrongState { state, .. } => {
            let error = ApiError::new(ErrorCode::Conflict, message);
            match state {
                Some(state) => error.with_state(&state.as_str().to_ascii_uppercase()),
                None => error,
            }
        }
        Refusal::SlugTaken(_) => ApiError::new(ErrorCode::Conflict, message),
    }
}

fn changed_by(actor: Actor) -> ChangedBy {
    let (kind, id) = match actor {
        Actor::Import => ("IMPORT", None),
        Actor::Operator => ("OPERATOR", None),
        Actor::Scheduler => ("SCHEDULER", None),
        Actor::Account(id) => ("ACCOUNT", Some(id.to_string())),
    };
    ChangedBy { kind, id }
}

/// A message of the domain's, as a sentence of the API's.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use newsroom_domain::release::{Changed, ReleaseState};

    use super::*;

    fn presented(denial: Denial) -> serde_json::Value {
        let error: async_graphql::Error = present_command(denial.into(), "input").into();
        serde_json::to_value(&error).unwrap()
    }

    #[test]
    fn faults_are_named_from_the_argument_down() {
        let refusal = Refusal::of("title", "EMPTY", "a title must not be empty");
        insta::assert_json_snapshot!(presented(refusal.into()), @r#"
        {
          "extensions": {
            "code": "VALIDATION_FAILED",
            "fields": [
              {
                "code": "EMPTY",
                "message": "a title must not be empty",
                "path": "input.title"
              }
            ]
          },
          "message": "input.title: a title must not be empty"
        }
        "#);
    }

    #[test]
    fn a_stale_version_comes_with_the_one_that_there_is() {
        let refusal = Refusal::Stale {
            locale: Some("en".parse().unwrap()),
            seen: 1,
            current: 3,
            changed: Some(Changed {
                by: Actor::Account(uuid::Uuid::nil().into()),
                at: "2024-11-22T09:30:00Z".parse().unwrap(),
            }),
        };
        insta::assert_json_snapshot!(presented(refusal.into()), @r#"
        {
          "extensions": {
            "code": "CONFLICT",
            "current": {
              "changedAt": "2024-11-22T09:30:00Z",
              "changedBy": {
                "id": "00000000-0000-0000-0000-000000000000",
                "kind": "ACCOUNT"
              },
              "locale": "en",
              "version": 3
            }
          },
          "message": "en: it is at version 3, and you have seen 1: read it again and repeat what you want of it."
        }
        "#);
    }

    #[test]
    fn each_denial_has_its_code() {
        let wrong_state = Refusal::WrongState {
            state: Some(ReleaseState::Withdrawn),
            message: "it is withdrawn: reinstate it".to_owned(),
        };
        let cases = [
            (Denial::NotFound, "NOT_FOUND"),
            (Denial::Forbidden("you may not"), "FORBIDDEN"),
            (wrong_state.into(), "CONFLICT"),
            (Refusal::SlugTaken("a-slug".parse().unwrap()).into(), "CONFLICT"),
        ];
        for (denial, code) in cases {
            assert_eq!(presented(denial)["extensions"]["code"], code);
        }
        let error = present_command(CommandError::KeyReused, "input");
        assert_eq!(error.code, ErrorCode::IdempotencyKeyReused);
    }
}
