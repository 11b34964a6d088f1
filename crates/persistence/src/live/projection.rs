//! Writing the public side: the one way from what the domain says readers have to the tables that they read.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::ReleaseId;
use newsroom_domain::change::Facets;
use newsroom_domain::release::{LiveRelease, LiveTranslation, PublicFace, Tombstone};
use newsroom_domain::{Instant, Slug};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::address::{CURRENT, REDIRECT, TOMBSTONE};
use super::{EVERY_RELEASE, ListKind};
use crate::StoreError;
use crate::entity::{live_address, live_release, live_tombstone, live_translation};
use crate::head::to_json;
use crate::sql::{Sql, in_chunks};

/// A release's public face before and after, with what filters match of it. It is not the same face.
#[derive(Debug)]
pub(crate) struct Showing {
    pub(crate) id: ReleaseId,
    pub(crate) was: PublicFace,
    pub(crate) was_in: Option<Facets>,
    pub(crate) is: PublicFace,
    pub(crate) is_in: Option<Facets>,
}

impl Showing {
    /// The texts that readers had of a release that is there still, and have no more.
    fn taken_down(&self) -> Vec<(ReleaseId, &LiveTranslation)> {
        let (PublicFace::Live(was), PublicFace::Live(is)) = (&self.was, &self.is) else {
            return Vec::new();
        };
        let stays = |text: &LiveTranslation| is.translations.iter().any(|other| other.locale == text.locale);
        let gone = was.translations.iter().filter(|text| !stays(text));
        gone.map(|text| (self.id, text)).collect()
    }
}

/// A release's place in the lists: where it stands, and in which.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) id: ReleaseId,
    pub(crate) published_at: Instant,
    pub(crate) facets: Facets,
}

/// Writes what readers have of these releases now.
pub(crate) async fn show(transaction: &DatabaseTransaction, showings: &[Showing]) -> Result<(), StoreError> {
    let mut counts = Counts::default();
    let shown_before: Vec<Uuid> = showings
        .iter()
        .filter(|showing| showing.was != PublicFace::Nothing)
        .map(|showing| showing.id.uuid())
        .collect();
    if !shown_before.is_empty() {
        let gone = showings
            .iter()
            .filter_map(|showing| listed(&showing.was, showing.was_in.as_ref()));
        unlist(transaction, &gone.collect::<Vec<_>>(), &mut counts).await?;
        live_address::Entity::delete_many()
            .filter(live_address::Column::ReleaseId.is_in(shown_before.iter().copied()))
            .exec(transaction)
            .await?;
        live_tombstone::Entity::delete_many()
            .filter(live_tombstone::Column::ReleaseId.is_in(shown_before.iter().copied()))
            .exec(transaction)
            .await?;
        // Its texts go with it.
        live_release::Entity::delete_many()
            .filter(live_release::Column::Id.is_in(shown_before))
            .exec(transaction)
            .await?;
    }

    let mut rows = Rows::default();
    for showing in showings {
        match &showing.is {
            PublicFace::Nothing => {}
            PublicFace::Live(live) => rows.add_release(live)?,
            PublicFace::Tombstone(tombstone) => rows.add_tombstone(tombstone)?,
        }
    }
    rows.insert(transaction).await?;
    remember(transaction, showings).await?;
    let new = showings
        .iter()
        .filter_map(|showing| listed(&showing.is, showing.is_in.as_ref()));
    list(transaction, &new.collect::<Vec<_>>(), &mut counts).await?;
    counts.write(transaction).await
}

/// Keeps the identities of texts that readers had of releases which they go on having: whoever has a copy is told by that.
async fn remember(transaction: &DatabaseTransaction, showings: &[Showing]) -> Result<(), StoreError> {
    let former: Vec<_> = showings.iter().flat_map(Showing::taken_down).collect();
    for rows in in_chunks(former, 3) {
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "INSERT INTO live_former_text (release_id, locale, id) VALUES ",
        );
        for (index, (release, text)) in rows.into_iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(release.uuid());
            sql.push(", ")
                .bind(text.locale.as_str())
                .push(", ")
                .bind(text.id.uuid())
                .push(")");
        }
        sql.push(" ON CONFLICT (release_id, locale) DO UPDATE SET id = excluded.id");
        transaction.execute_raw(sql.finish()).await?;
    }
    Ok(())
}

/// Moves releases from the lists that they were in to the ones that they are in: a theme has moved.
pub(crate) async fn relist(transaction: &DatabaseTransaction, moves: &[(Listed, Listed)]) -> Result<(), StoreError> {
    let mut counts = Counts::default();
    for kind in ListKind::ALL {
        let mut new = Vec::new();
        for (was, is) in moves {
            let had: BTreeSet<Uuid> = kind.values(&was.facets).into_iter().collect();
            let has: BTreeSet<Uuid> = kind.values(&is.facets).into_iter().collect();
            let gone: Vec<Uuid> = had.difference(&has).copied().collect();
            delete(transaction, kind, &gone, was, &mut counts).await?;
            new.extend(has.difference(&had).map(|value| (*value, is.published_at, is.id)));
        }
        insert(transaction, kind, new, &mut counts).await?;
    }
    counts.write(transaction).await
}

fn listed(face: &PublicFace, facets: Option<&Facets>) -> Option<Listed> {
    match (face, facets) {
        (PublicFace::Live(live), Some(facets)) => Some(Listed {
            id: live.id,
            published_at: live.published_at,
            facets: facets.clone(),
        }),
        _ => None,
    }
}

async fn unlist(transaction: &DatabaseTransaction, gone: &[Listed], counts: &mut Counts) -> Result<(), StoreError> {
    for listed in gone {
        for kind in ListKind::ALL {
            delete(transaction, kind, &kind.values(&listed.facets), listed, counts).await?;
        }
    }
    counts.add(EVERY_RELEASE, Uuid::nil(), -length(gone));
    Ok(())
}

async fn list(transaction: &DatabaseTransaction, new: &[Listed], counts: &mut Counts) -> Result<(), StoreError> {
    for kind in ListKind::ALL {
        let rows = new.iter().flat_map(|listed| {
            let values = kind.values(&listed.facets).into_iter();
            values.map(|value| (value, listed.published_at, listed.id))
        });
        insert(transaction, kind, rows.collect(), counts).await?;
    }
    counts.add(EVERY_RELEASE, Uuid::nil(), length(new));
    Ok(())
}

/// Takes a release out of these lists of a kind.
async fn delete(
    transaction: &DatabaseTransaction,
    kind: ListKind,
    values: &[Uuid],
    listed: &Listed,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    if values.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(transaction.get_database_backend(), "DELETE FROM ");
    sql.push(kind.table())
        .push(" WHERE ")
        .is_in("value", values.iter().copied());
    sql.push(" AND published_at = ").bind(listed.published_at.micros());
    sql.push(" AND release_id = ").bind(listed.id.uuid());
    transaction.execute_raw(sql.finish()).await?;
    for value in values {
        counts.add(kind.name(), *value, -1);
    }
    Ok(())
}

/// Puts releases into lists of a kind.
async fn insert(
    transaction: &DatabaseTransaction,
    kind: ListKind,
    mut rows: Vec<(Uuid, Instant, ReleaseId)>,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    for (value, ..) in &rows {
        counts.add(kind.name(), *value, 1);
    }
    // In the order of the key, which writes each page of it once.
    rows.sort_unstable();
    for rows in in_chunks(rows, 3) {
        let mut sql = Sql::new(transaction.get_database_backend(), "INSERT INTO ");
        sql.push(kind.table())
            .push(" (value, published_at, release_id) VALUES ");
        for (index, (value, published_at, id)) in rows.into_iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(value);
            sql.push(", ")
                .bind(published_at.micros())
                .push(", ")
                .bind(id.uuid())
                .push(")");
        }
        transaction.execute_raw(sql.finish()).await?;
    }
    Ok(())
}

fn length(listed: &[Listed]) -> i64 {
    i64::try_from(listed.len()).unwrap_or(i64::MAX)
}

/// By how much the lengths of lists change.
#[derive(Debug, Default)]
struct Counts(BTreeMap<(&'static str, Uuid), i64>);

impl Counts {
    fn add(&mut self, list: &'static str, value: Uuid, by: i64) {
        *self.0.entry((list, value)).or_default() += by;
    }

    async fn write(self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        // In the order of the key, so that two writers wait for each other and never both.
        for rows in in_chunks(self.0.into_iter().filter(|(_, by)| *by != 0).collect(), 3) {
            let mut sql = Sql::new(
                transaction.get_database_backend(),
                "INSERT INTO live_count (list, value, releases) VALUES ",
            );
            for (index, ((list, value), by)) in rows.into_iter().enumerate() {
                sql.push(if index == 0 { "(" } else { ", (" })
                    .bind(list)
                    .push(", ")
                    .bind(value)
                    .push(", ")
                    .bind(by)
                    .push(")");
            }
            sql.push(" ON CONFLICT (list, value) DO UPDATE SET releases = live_count.releases + excluded.releases");
            transaction.execute_raw(sql.finish()).await?;
        }
        Ok(())
    }
}

/// Rows to insert.
#[derive(Debug, Default)]
struct Rows {
    releases: Vec<live_release::ActiveModel>,
    translations: Vec<live_translation::ActiveModel>,
    addresses: Vec<live_address::ActiveModel>,
    tombstones: Vec<live_tombstone::ActiveModel>,
}

impl Rows {
    fn add_release(&mut self, live: &LiveRelease) -> Result<(), StoreError> {
        let locales: Vec<_> = live.translations.iter().map(|text| &text.locale).collect();
        self.releases.push(live_release::ActiveModel {
            id: Set(live.id.uuid()),
            slug: Set(live.slug.to_string()),
            published_at: Set(live.published_at.micros()),
            publishing_date: Set(live.publishing_date.to_string()),
            content_type_id: Set(live.content_type.map(Into::into)),
            offices: Set(to_json("offices", &live.offices)?),
            themes: Set(to_json("themes", &live.themes)?),
            original_locale: Set(live.original_locale.to_string()),
            locales: Set(to_json("locales", &locales)?),
            attachments: Set(to_json("attachments", &live.attachments)?),
            withdrawal: Set(live
                .withdrawal
                .as_ref()
                .map(|withdrawal| to_json("withdrawal", withdrawal))
                .transpose()?),
        });
        for text in &live.translations {
            self.translations.push(translation_row(live.id, text)?);
        }
        self.add_address(live.id, &live.slug, CURRENT);
        for redirect in &live.redirects {
            self.add_address(live.id, redirect, REDIRECT);
        }
        Ok(())
    }

    fn add_tombstone(&mut self, tombstone: &Tombstone) -> Result<(), StoreError> {
        self.tombstones.push(live_tombstone::ActiveModel {
            release_id: Set(tombstone.id.uuid()),
            removal: Set(to_json("removal", &tombstone.removal)?),
            slug: Set(Some(tombstone.slug.to_string())),
            translations: Set(Some(to_json("translations", &tombstone.translations)?)),
        });
        for slug in tombstone.slugs() {
            self.add_address(tombstone.id, slug, TOMBSTONE);
        }
        Ok(())
    }

    fn add_address(&mut self, id: ReleaseId, slug: &Slug, kind: &str) {
        self.addresses.push(live_address::ActiveModel {
            slug: Set(slug.to_string()),
            release_id: Set(id.uuid()),
            kind: Set(kind.to_owned()),
        });
    }

    async fn insert(self, transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        for rows in in_chunks(self.releases, 11) {
            live_release::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        for rows in in_chunks(self.translations, 12) {
            live_translation::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        for rows in in_chunks(self.addresses, 3) {
            live_address::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        for rows in in_chunks(self.tombstones, 4) {
            live_tombstone::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(())
    }
}

fn translation_row(release: ReleaseId, text: &LiveTranslation) -> Result<live_translation::ActiveModel, StoreError> {
    let body = text.body.as_ref();
    Ok(live_translation::ActiveModel {
        release_id: Set(release.uuid()),
        locale: Set(text.locale.to_string()),
        id: Set(text.id.uuid()),
        title: Set(text.title.to_string()),
        lead: Set(text.lead.to_string()),
        published_at: Set(text.published_at.micros()),
        updated_at: Set(text.updated_at.micros()),
        change_notes: Set(to_json("change notes", &text.change_notes)?),
        body_format: Set(body.map(|body| body.format().as_str().to_owned())),
        body_source: Set(body.map(|body| body.source().to_owned())),
        body_html: Set(body.map(|body| body.html().to_owned())),
        body_text: Set(body.map(|body| body.text().to_owned())),
    })
}
