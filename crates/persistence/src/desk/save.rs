//! Saving releases: what is new is inserted, what has changed is updated, nothing else is touched.

use std::collections::BTreeSet;

use newsroom_domain::release::{Edition, Release, Translation};
use newsroom_domain::{Locale, ReleaseId, TranslationId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{desk_release_mark, desk_release_office, edition, release, translation};
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
    for rows in in_chunks(releases, 8) {
        release::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    for rows in in_chunks(translations, 24) {
        translation::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    for rows in in_chunks(editions, 11) {
        edition::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    list_by_office(transaction, savings).await?;
    list_by_mark(transaction, savings).await?;
    super::talk::move_in_lists(transaction, savings).await
}

fn editions_of(translation: &Translation) -> impl Iterator<Item = &Edition> {
    let live = translation.live.as_ref().map(|live| &live.edition);
    live.into_iter()
        .chain(translation.draft.as_ref().map(|draft| &draft.edition))
}

/// Puts the releases where the desk's lists find them: under each of their offices, by when they were edited.
async fn list_by_office(transaction: &DatabaseTransaction, savings: &[Saving]) -> Result<(), StoreError> {
    use desk_release_office::{ActiveModel, Column, Entity};
    let known: Vec<Uuid> = savings
        .iter()
        .filter(|saving| saving.was.is_some())
        .map(|saving| saving.is.id.uuid())
        .collect();
    for ids in in_chunks(known, 1) {
        Entity::delete_many()
            .filter(Column::ReleaseId.is_in(ids))
            .exec(transaction)
            .await?;
    }
    let rows = savings.iter().flat_map(|Saving { is, .. }| {
        let edited_at = edited_at(is);
        offices_or_none(is).into_iter().map(move |office| ActiveModel {
            office_id: Set(office),
            edited_at: Set(edited_at),
            release_id: Set(is.id.uuid()),
        })
    });
    for rows in in_chunks(rows.collect(), 3) {
        Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Puts the releases where the desk's lists find them by their marks.
async fn list_by_mark(transaction: &DatabaseTransaction, savings: &[Saving]) -> Result<(), StoreError> {
    use desk_release_mark::{ActiveModel, Column, Entity};
    let had = savings
        .iter()
        .filter(|saving| saving.was.as_ref().is_some_and(|was| !was.marks().is_empty()));
    for ids in in_chunks(had.map(|saving| saving.is.id.uuid()).collect::<Vec<_>>(), 1) {
        Entity::delete_many()
            .filter(Column::ReleaseId.is_in(ids))
            .exec(transaction)
            .await?;
    }
    let rows = savings.iter().flat_map(|Saving { is, .. }| {
        is.marks().into_iter().map(|mark| ActiveModel {
            mark: Set(mark.as_str().to_owned()),
            edited_at: Set(edited_at(is)),
            release_id: Set(is.id.uuid()),
        })
    });
    for rows in in_chunks(rows.collect(), 3) {
        Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// The offices that the desk finds a release under; the nil value, where there is none.
fn offices_or_none(release: &Release) -> Vec<Uuid> {
    let offices: Vec<Uuid> = release.desk_offices().into_iter().map(Uuid::from).collect();
    if offices.is_empty() { vec![Uuid::nil()] } else { offices }
}

fn edited_at(release: &Release) -> i64 {
    release.changed().map_or(0, |changed| changed.at.micros())
}

fn release_row(release: &Release) -> Result<release::ActiveModel, StoreError> {
    Ok(release::ActiveModel {
        state: Set(release.state().as_str().to_owned()),
        created_by: Set(release.created_by.map(Into::into)),
        edited_at: Set(edited_at(release)),
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
    let texts = live.map(|live| &live.texts[..]).unwrap_or_default();
    let draft = text.draft.as_ref();
    let plan = text.planned();
    let emergency = live.and_then(|live| live.emergency.as_ref());
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
        changed_by: Set(text.changed.by.name()),
        changed_at: Set(text.changed.at.micros()),
        draft_stage: Set(draft.map(|draft| draft.stage.name().as_str().to_owned())),
        draft_stage_detail: Set(draft.map(|draft| to_json("stage", &draft.stage)).transpose()?),
        draft_writers: Set(draft.map(|draft| to_json("writers", &draft.writers)).transpose()?),
        draft_follows: Set(number(draft.map_or(0, |draft| draft.follows))),
        draft_due_at: Set(plan.map(|plan| plan.schedule.at.micros())),
        draft_bundle_id: Set(plan.and_then(|plan| plan.bundle).map(Into::into)),
        // Whatever held it, what has changed is looked at anew.
        draft_held: Set(false),
        texts: Set(to_json("texts", &texts)?),
        live_follows: Set(number(live.map_or(0, |live| live.follows))),
        emergency: Set(emergency.map(|emergency| to_json("emergency", emergency)).transpose()?),
    })
}

fn number(of_texts: usize) -> i64 {
    i64::try_from(of_texts).unwrap_or(i64::MAX)
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
