//! The store: everything that the newsroom keeps, in SQLite or PostgreSQL.
//!
//! This room owns the SeaORM entities and every SQL statement. Callers see the words of the domain and a [`Store`];
//! they never see a row. The public side (`live`) is read by readers' queries, the desk's side (`desk`) by commands,
//! the importer and a whole export.

mod account;
mod acting;
mod audit;
mod changes;
mod database;
mod desk;
mod entity;
mod error;
mod export;
mod head;
mod ids;
mod import;
mod live;
mod mirror;
mod moment;
mod preview;
mod schema;
mod sql;
mod store;
mod taxonomy;
mod watcher;
mod webhook;

pub use account::{
    AccountPage, AccountWithHash, Attempt, By, DueMail, GivenLink, LinkOffer, NewSession, Purged, Refreshed,
    RegisteredKey, Session, SessionEnd, SignedOn, Throttle,
};
pub use acting::CommandError;
pub use audit::{AuditQuery, AuditTrail, Checked, Verified};
pub use changes::{ChangeEvent, ChangePage, LoggedChange, ReportedChange, ReportedRelease, SnapshotPage};
pub use database::Database;
pub use desk::assign::AcceptedAssignment;
pub use desk::bundle::AcceptedBundle;
pub use desk::checks::Findings;
pub use desk::command::Accepted;
pub use desk::comment::AcceptedComment;
pub use desk::due::{DueTranslation, Look};
pub use desk::editions::DeskEditions;
pub use desk::freeze::{AcceptedFreeze, HeldAndDue};
pub use desk::house::{AcceptedRules, KeptRules, NewRules};
pub use desk::owed::OwedTranslation;
pub use desk::read::{DeskQuery, DeskReleases};
pub use desk::talk::{Talk, TalkWants};
pub use desk::taxonomy::AcceptedTaxonomy;
pub use error::{ReadError, StoreError, StoreErrorKind};
pub use import::{ImportOptions, ImportReport, Importer, NumberedLine, RefusedLine, TaxonomyReport};
pub use live::count::ReleaseCounts;
pub use live::going_live::{Acts, LivePart, LogSpan};
pub use live::gone::{GoneRelease, RetoldRelease};
pub use live::shown::{Address, ShownBody, ShownRelease, ShownText, Wants};
pub use mirror::{Gone, Mirror, MirrorPage, MirrorPlace, TakenIn};
pub use moment::Moment;
pub use newsroom_migrations::SCHEMA_VERSION;
pub use preview::{MadePreview, Snapshot};
pub use schema::MigrationOutcome;
pub use store::{DeskRules, Store, StoreOptions};
pub use watcher::Watcher;
pub use webhook::{
    Answered, DeliveryPage, DueDelivery, EventContent, MadeSecret, ReleaseNow, Slot, Stopped, Tombstone,
    WebhookAttempt, WebhookDelivery,
};
