//! Global ids: what GraphQL's `id` fields hold, which name a type and one thing of it.
//!
//! Written as base64url without padding (RFC 4648, section 5) of `Type:uuid`. Each thing has exactly one: whatever is not
//! written just so is no id, so that clients may compare and cache by it.

use async_graphql::ID;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use newsroom_domain::{AccountId, ContentTypeId, OfficeId, ReleaseId, ThemeId, TranslationId, text::excerpt};
use uuid::Uuid;

use crate::error::{ApiError, FieldFault};

/// The identity of anything that `node` finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum GlobalId {
    Release(ReleaseId),
    Translation(TranslationId),
    Office(OfficeId),
    Theme(ThemeId),
    ContentType(ContentTypeId),
}

impl GlobalId {
    /// Reads a global id.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (kind, uuid) = decoded.split_once(':')?;
        let uuid = Uuid::parse_str(uuid).ok()?;
        let id = match kind {
            "Release" => Self::Release(uuid.into()),
            "Translation" => Self::Translation(uuid.into()),
            "Office" => Self::Office(uuid.into()),
            "Theme" => Self::Theme(uuid.into()),
            "ContentType" => Self::ContentType(uuid.into()),
            _ => return None,
        };
        // A UUID can be written in several ways (RFC 9562, section 4); an id in one.
        (id.write() == text).then_some(id)
    }

    /// Reads the identity of a release, given as a global id or as a plain UUID at `path`; `None` for that of something else.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a text that is neither.
    pub(crate) fn read_release(path: &str, text: &str) -> Result<Option<ReleaseId>, ApiError> {
        Self::read_as(
            path,
            text,
            |id| if let Self::Release(id) = id { Some(id) } else { None },
        )
    }

    /// Reads the identity of an office, likewise.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a text that is neither.
    pub(crate) fn read_office(path: &str, text: &str) -> Result<Option<OfficeId>, ApiError> {
        Self::read_as(path, text, |id| if let Self::Office(id) = id { Some(id) } else { None })
    }

    /// Reads the identity of a theme, likewise.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a text that is neither.
    pub(crate) fn read_theme(path: &str, text: &str) -> Result<Option<ThemeId>, ApiError> {
        Self::read_as(path, text, |id| if let Self::Theme(id) = id { Some(id) } else { None })
    }

    /// Reads the identity of a content type, likewise.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for a text that is neither.
    pub(crate) fn read_content_type(path: &str, text: &str) -> Result<Option<ContentTypeId>, ApiError> {
        Self::read_as(
            path,
            text,
            |id| if let Self::ContentType(id) = id { Some(id) } else { None },
        )
    }

    /// Reads the identity of one kind of thing, given as a global id or as a plain UUID.
    fn read_as<T: From<Uuid>>(
        path: &str,
        text: &str,
        of_kind: impl FnOnce(Self) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        match (Self::read(text), Uuid::try_parse(text)) {
            (Some(id), _) => Ok(of_kind(id)),
            (None, Ok(uuid)) => Ok(Some(uuid.into())),
            (None, Err(_)) => Err(Self::malformed(path, text)),
        }
    }

    /// The global id as text.
    pub(crate) fn write(self) -> String {
        let (kind, uuid) = match self {
            Self::Release(id) => ("Release", id.uuid()),
            Self::Translation(id) => ("Translation", id.uuid()),
            Self::Office(id) => ("Office", id.uuid()),
            Self::Theme(id) => ("Theme", id.uuid()),
            Self::ContentType(id) => ("ContentType", id.uuid()),
        };
        URL_SAFE_NO_PAD.encode(format!("{kind}:{uuid}"))
    }

    /// `VALIDATION_FAILED`: what stands at `path` is no global id.
    pub(crate) fn malformed(path: &str, text: &str) -> ApiError {
        let message = format!(
            "“{}” is not an id; take one from an `id` field, unchanged",
            excerpt(text)
        );
        ApiError::validation(vec![FieldFault::new(path, "INVALID_ID", message)])
    }
}

/// The global id of an entry of the taxonomy, `kind` being its type's name.
pub(crate) fn global_entry_id(kind: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{id}"))
}

/// The id of an account. No reader can look it up by `node`.
pub(crate) fn account_id(id: AccountId) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("Account:{id}")))
}

impl From<GlobalId> for ID {
    fn from(id: GlobalId) -> Self {
        Self(id.write())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UUID: &str = "0192f3a4-7b5c-7def-8123-456789abcdef";

    #[test]
    fn an_id_is_written_as_base64url_of_type_and_uuid() {
        let id = GlobalId::Release(UUID.parse().unwrap());
        assert_eq!(
            id.write(),
            "UmVsZWFzZTowMTkyZjNhNC03YjVjLTdkZWYtODEyMy00NTY3ODlhYmNkZWY"
        );
        assert_eq!(GlobalId::read(&id.write()), Some(id));
    }

    #[test]
    fn what_is_not_written_just_so_is_no_id() {
        let encoded = |text: String| URL_SAFE_NO_PAD.encode(text);
        let cases = [
            String::new(),
            UUID.to_owned(),
            encoded(format!("Edition:{UUID}")),
            encoded(format!("release:{UUID}")),
            encoded(format!("Release:{}", UUID.to_uppercase())),
            encoded(format!("Release:{{{UUID}}}")),
            encoded(format!("Release:{UUID} ")),
            encoded("Release:".to_owned()),
            format!("{}=", encoded(format!("Release:{UUID}"))),
        ];
        for text in cases {
            assert_eq!(GlobalId::read(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_kind_of_id_is_read_back(bits in any::<u128>()) {
            let uuid = Uuid::from_u128(bits);
            for id in [
                GlobalId::Release(uuid.into()),
                GlobalId::Translation(uuid.into()),
                GlobalId::Office(uuid.into()),
                GlobalId::Theme(uuid.into()),
                GlobalId::ContentType(uuid.into()),
            ] {
                prop_assert_eq!(GlobalId::read(&id.write()), Some(id));
            }
        }

        #[test]
        fn no_text_makes_reading_an_id_panic(text in "\\PC{0,80}") {
            let _ = GlobalId::read(&text);
        }
    }
}
