//! Secrets that mean nothing in themselves: refresh tokens, API keys, links, tokens of previews. 256 random bits each, kept
//! as a hash.
//!
//! They are as good as random keys, so that one round of SHA-256 keeps them: there is nothing to guess. What stands in
//! front says what one is, also to programs that look for secrets where they should not be.

use std::fmt;

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use newsroom_domain::audit::hex;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Bytes of randomness.
const BYTES: usize = 32;
/// Characters of base64url that these come to.
const CHARACTERS: usize = 43;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretKind {
    /// A refresh token.
    Refresh,
    /// An API key.
    ApiKey,
    /// The token of a preview.
    Preview,
    /// What somebody sets a password by: an invitation, a reset.
    Link,
}

impl SecretKind {
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "nrr_",
            Self::ApiKey => "nrk_",
            Self::Preview => "nrp_",
            Self::Link => "nrl_",
        }
    }

    /// The hash under which a text is kept, where that has the shape of such a secret.
    pub(crate) fn hash_of(self, text: &str) -> Option<String> {
        let random = text.strip_prefix(self.prefix())?;
        let is_shaped = random.len() == CHARACTERS
            && random
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_shaped.then(|| hex(&Sha256::digest(text.as_bytes())))
    }
}

/// A secret that was just made. It is shown to its owner, once.
pub(crate) struct Secret {
    text: String,
    hash: String,
}

impl Secret {
    /// Makes one.
    ///
    /// # Errors
    /// `INTERNAL`, where the system has no randomness to give.
    pub(crate) fn new(kind: SecretKind) -> Result<Self, ApiError> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes).map_err(|_| {
            tracing::error!("the system gives no random bytes");
            ApiError::internal()
        })?;
        let text = format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes));
        let hash = hex(&Sha256::digest(text.as_bytes()));
        Ok(Self { text, hash })
    }

    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    pub(crate) fn reveal(self) -> String {
        self.text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_its_hash_and_is_of_one_kind() {
        let secret = Secret::new(SecretKind::ApiKey).unwrap();
        let hash = secret.hash().to_owned();
        assert!(!format!("{secret:?}").contains("nrk_"));
        let text = secret.reveal();
        assert_eq!(SecretKind::ApiKey.hash_of(&text), Some(hash));
        assert_eq!(SecretKind::Refresh.hash_of(&text), None);
        for strange in ["", "nrk_", &text[1..], &format!("{text}A"), &text.replace('_', "/")] {
            assert_eq!(SecretKind::ApiKey.hash_of(strange), None, "{strange}");
        }
        assert_ne!(text, Secret::new(SecretKind::ApiKey).unwrap().reveal());
    }
}
