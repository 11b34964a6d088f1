//! Ids of what only the desk has: accounts, their sessions, keys and links, editions, comments, previews, webhooks. Written as global ids are, but no `node` finds them.

use async_graphql::ID;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use newsroom_domain::{
    AccountId, AccountLinkId, ApiKeyId, BundleId, CommentId, DeliveryId, EditionId, FreezeId, PreviewId, SessionId,
    WebhookId,
};
use uuid::Uuid;

use super::global_id::GlobalId;
use crate::error::ApiError;

/// An identity of the desk's.
pub(crate) trait DeskId: From<Uuid> + Copy {
    /// The type's name in the schema.
    const KIND: &'static str;

    /// The identity as a plain UUID.
    fn plain(self) -> Uuid;
}

macro_rules! desk_ids {
    ($($id:ident, $kind:literal;)+) => {$(
        impl DeskId for $id {
            const KIND: &'static str = $kind;

            fn plain(self) -> Uuid {
                self.uuid()
            }
        }
    )+};
}

desk_ids! {
    AccountId, "Account";
    AccountLinkId, "AccountLink";
    ApiKeyId, "ApiKey";
    SessionId, "Session";
    BundleId, "Bundle";
    FreezeId, "Freeze";
    EditionId, "DeskEdition";
    PreviewId, "Preview";
    CommentId, "EditionComment";
    WebhookId, "Webhook";
    DeliveryId, "WebhookDelivery";
}

/// Writes an id.
pub(crate) fn write<T: DeskId>(id: T) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{}", T::KIND, id.plain())))
}

/// Reads an id, or a plain UUID, that stands at `path`; `None` for an id of something else.
///
/// # Errors
/// `VALIDATION_FAILED` for a text that is neither.
pub(crate) fn read<T: DeskId>(path: &str, text: &str) -> Result<Option<T>, ApiError> {
    if let Ok(uuid) = Uuid::try_parse(text) {
        return Ok(Some(uuid.into()));
    }
    let decoded = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let read = decoded.as_deref().and_then(|decoded| {
        let (kind, uuid) = decoded.split_once(':')?;
        Some((kind, Uuid::try_parse(uuid).ok()?))
    });
    match read {
        Some((kind, uuid)) if kind == T::KIND => Ok(Some(uuid.into())),
        Some(_) => Ok(None),
        None => Err(GlobalId::malformed(path, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_a_plain_uuid_too() {
        let id: AccountId = "0192f3a4-7b5c-7def-8123-456789abcdef".parse().unwrap();
        assert_eq!(read("id", &write(id)), Ok(Some(id)));
        assert_eq!(read("id", &id.to_string()), Ok(Some(id)));
        assert_eq!(read::<ApiKeyId>("id", &write(id)), Ok(None));
        assert!(read::<AccountId>("id", "strange").is_err());
    }
}
