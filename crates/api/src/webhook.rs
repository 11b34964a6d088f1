//! What endpoints of webhooks need beside the store: a secret, and a look at what their names resolve to.

use std::time::Duration;

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use newsroom_domain::webhook::{Reach, WebhookUrl};
use tokio::{net::lookup_host, time::timeout};

use crate::error::ApiError;

/// Bytes of randomness of a secret: Standard Webhooks asks for 24 to 64.
const BYTES: usize = 32;
/// How long it is waited for a name to be looked up.
const LOOK: Duration = Duration::from_secs(3);

/// Makes a secret, as Standard Webhooks writes it.
///
/// # Errors
/// `INTERNAL`, where the system has no randomness to give.
pub(crate) fn new_secret() -> Result<String, ApiError> {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).map_err(|_| {
        tracing::error!("the system gives no random bytes");
        ApiError::internal()
    })?;
    Ok(format!("whsec_{}", STANDARD.encode(bytes)))
}

/// Lets a URL pass whose name resolves to where webhooks may go, or to nothing yet: it is looked up again at each connection. What
/// else is wrong with it is told with the rest of the form.
///
/// # Errors
/// `VALIDATION_FAILED`, at `path`.
pub(crate) async fn check_name(url: &str, reach: &Reach, path: &str) -> Result<(), ApiError> {
    let Ok(url) = WebhookUrl::parse(url, reach) else {
        return Ok(());
    };
    let Some(name) = url.name() else {
        return Ok(());
    };
    let Ok(Ok(mut found)) = timeout(LOOK, lookup_host((name, 0))).await else {
        return Ok(());
    };
    if found.all(|address| reach.permits(address.ip())) {
        return Ok(());
    }
    Err(ApiError::validation(vec![WebhookUrl::not_public().at(path).into()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_another_one_each_time_and_of_the_length_that_is_asked_for() {
        let secret = new_secret().unwrap();
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key.len(), BYTES);
        assert_ne!(secret, new_secret().unwrap());
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_nothing_may_come_to_mean_something() {
        let url = "https://nobody.invalid/hook";
        assert_eq!(check_name(url, &Reach::default(), "input.url").await, Ok(()));
    }
}
