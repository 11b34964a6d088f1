//! The tables as SeaORM has them, one file each. Instants are microseconds since 1970, lists and maps JSON text.
#![expect(
    unreachable_pub,
    reason = "SeaORM's macros make most of what is here; migrations describe the columns"
)]

pub(crate) mod account;
pub(crate) mod account_link;
pub(crate) mod account_link_token;
pub(crate) mod api_key;
pub(crate) mod audit_entry;
pub(crate) mod change;
pub(crate) mod content_type;
pub(crate) mod desk_release_mark;
pub(crate) mod desk_release_office;
pub(crate) mod edition;
pub(crate) mod edition_comment;
pub(crate) mod former_slug;
pub(crate) mod freeze;
pub(crate) mod house_rules;
pub(crate) mod import_record;
pub(crate) mod live_address;
pub(crate) mod live_release;
pub(crate) mod live_tombstone;
pub(crate) mod live_translation;
pub(crate) mod mail;
pub(crate) mod merged_entry;
pub(crate) mod mirror;
pub(crate) mod office;
pub(crate) mod password_request;
pub(crate) mod preview;
pub(crate) mod refresh_token;
pub(crate) mod release;
pub(crate) mod session;
pub(crate) mod sign_on;
pub(crate) mod signing_key;
pub(crate) mod slug;
pub(crate) mod theme;
pub(crate) mod translation;
pub(crate) mod translation_assignee;
pub(crate) mod webhook;
pub(crate) mod webhook_attempt;
pub(crate) mod webhook_delivery;
pub(crate) mod webhook_secret;
