//! Saving releases: what is new is inserted, what has changed is updated, nothing else is touched.

use std::collections::BTreeSet;

use newsroom_domain::release::{Edition, Release, Translation};
use newsroom_domain::{Locale, ReleaseId, TranslationId};
use sea_orm::ActiveValue::Set;
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::StoreError;
use crate::entity::{edition, release, translation};
use crate::head::to_json;
use crate::sql::in_chunks;

/// A release as it was, if it was, and as it is.
#[derive(Debug)]
pub(crate) struct Saving {
    pub(crate) was: Option<Release>,
    pub(crate) is: Release,
}

/// Saves these releases. Their slugs are theirs already.
pub(crate) async fn save(transaction: &DatabaseTransaction, savings: &[Saving]) -> Result<(), StoreError> {
    let (mut releases, mut translations, mut editions) = (Vec::new(), Vec::new(), Vec::new());
    for Saving { was, is } in savings {
        match was {
            None => releases.push(release_row(is)?),
            Some(was) if release_row(was)? != release_row(is)? => {
                release::Entity::update(release_row(is)?).exec(transaction).await?;
            }
            Some(_) => {}
        }
        for (locale, text) in &is.translations {
            let before = was.as_ref().and_then(|was| was.translations.get(locale));
            let row = translation_row(is.id, locale, text)?;
            match before {
                None => translations.push(row),
                Some(before) if before != text => {
                    translation::Entity::update(row).exec(transaction).await?;
                }
                Some(_) => {}
            }
            let known: BTreeSet<_> = before
                .into_iter()
                .flat_map(editions_of)
                .map(|edition| edition.id)
                .collect();
            for edition in editions_of(text).filter(|edition| !known.contains(&edition.id)) {
                editions.push(edition_row(text.id, edition)?);
            }
        }
    }
    for rows in in_chunks(releases, 5) {
        release::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    for rows in in_chunks(translations, 12) {
        translation::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    for rows in in_chunks(editions, 11) {
        edition::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

fn editions_of(translation: &Translation) -> impl Iterator<Item = &Edition> {
    let live = translation.live.as_ref().map(|live| &live.edition);
    live.into_iter()
        .chain(translation.draft.as_ref().map(|draft| &draft.edition))
}

fn release_row(release: &Release) -> Result<release::ActiveModel, StoreError> {
    Ok(release::ActiveModel {
        id: Set(release.id.uuid()),
        original_locale: Set(release.original_locale.to_string()),
        redirects: Set(to_json("redirects", &release.redirects)?),
        withdrawal: Set(release
            .withdrawal
            .as_ref()
            .map(|withdrawal| to_json("withdrawal", withdrawal))
            .transpose()?),
        removal: Set(release
            .removal
            .as_ref()
            .map(|removal| to_json("removal", removal))
            .transpose()?),
    })
}

fn translation_row(
    release: ReleaseId,
    locale: &Locale,
    text: &Translation,
) -> Result<translation::ActiveModel, StoreError> {
    let live = text.live.as_ref();
    let notes = live.map(|live| &live.change_notes[..]).unwrap_or_default();
    Ok(translation::ActiveModel {
        id: Set(text.id.uuid()),
        release_id: Set(release.uuid()),
        locale: Set(locale.to_string()),
        version: Set(text.version),
        editions: Set(text.editions),
        draft_edition_id: Set(text.draft.as_ref().map(|draft| draft.edition.id.uuid())),
        draft_based_on: Set(text.draft.as_ref().and_then(|draft| draft.based_on).map(Into::into)),
        live_edition_id: Set(live.map(|live| live.edition.id.uuid())),
        published_at: Set(live.map(|live| live.published_at.micros())),
        updated_at: Set(live.map(|live| live.updated_at.micros())),
        taken_down_at: Set(live
            .and_then(|live| live.taken_down_at)
            .map(newsroom_domain::Instant::micros)),
        change_notes: Set(to_json("change notes", &notes)?),
    })
}

fn edition_row(translation: TranslationId, edition: &Edition) -> Result<edition::ActiveModel, StoreError> {
    let body = edition.text.body.as_ref();
    Ok(edition::ActiveModel {
        id: Set(edition.id.uuid()),
        translation_id: Set(translation.uuid()),
        number: Set(edition.number),
        saved_at: Set(edition.saved_at.micros()),
        saved_by: Set(edition.saved_by.name()),
        title: Set(edition.text.title.to_string()),
        lead: Set(edition.text.lead.to_string()),
        shared: Set(edition
            .shared
            .as_ref()
            .map(|shared| to_json("shared fields", shared))
            .transpose()?),
        body_format: Set(body.map(|body| body.format().as_str().to_owned())),
        body_source: Set(body.map(|body| body.source().to_owned())),
        body_html: Set(body.map(|body| body.html().to_owned())),
    })
}
