//! Reading releases and texts from the public tables.

use std::collections::BTreeMap;

use newsroom_domain::release::BodyFormat;
use newsroom_domain::{Instant, Locale, Reader, ReleaseId, TranslationId};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryResult, QuerySelect};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::address::CURRENT;
use super::shown::{ShownBody, ShownRelease, ShownText, Wants};
use crate::entity::{live_address, live_release};
use crate::sql::Sql;
use crate::{Snapshot, StoreError};

/// Reads these releases with the texts that this reader gets, in the order of the identities given.
pub(crate) async fn read_releases(
    transaction: &DatabaseTransaction,
    ids: &[ReleaseId],
    reader: &Reader,
    wants: Wants,
) -> Result<Vec<ShownRelease>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = live_release::Entity::find()
        .filter(live_release::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(transaction)
        .await?;
    let mut heads = BTreeMap::new();
    for row in rows {
        let head = Head::read(row, reader)?;
        heads.insert(head.row.id, head);
    }
    let mut texts = read_texts(transaction, &heads, wants).await?;
    let mut releases = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(head) = heads.remove(&id.uuid()) else { continue };
        let all = texts.remove(&id.uuid()).unwrap_or_default();
        releases.push(head.show(all, wants.translations)?);
    }
    Ok(releases)
}

/// Reads the release whose address this is now, or would be under a preview.
pub(crate) async fn find_by_slug(
    transaction: &DatabaseTransaction,
    slug: &str,
    reader: &Reader,
    wants: Wants,
    under: Option<&Snapshot>,
) -> Result<Option<ShownRelease>, StoreError> {
    if let Some(snapshot) = under.filter(|snapshot| snapshot.is_at(slug)) {
        return snapshot.show(reader, wants).map(Some);
    }
    let address = live_address::Entity::find_by_id(slug).one(transaction).await?;
    // Other addresses of a release that is previewed would redirect.
    let address = address.filter(|row| under.is_none_or(|snapshot| snapshot.id().uuid() != row.release_id));
    match address {
        Some(row) if row.kind == CURRENT => Ok(read_releases(transaction, &[row.release_id.into()], reader, wants)
            .await?
            .pop()),
        _ => Ok(None),
    }
}

/// Reads these texts, whatever release they are of; those of a release that is previewed as the preview has them.
pub(crate) async fn read_translations(
    transaction: &DatabaseTransaction,
    ids: &[TranslationId],
    wants: Wants,
    under: Option<&Snapshot>,
) -> Result<Vec<ShownText>, StoreError> {
    let mut sql = select_texts(transaction, wants);
    sql.is_in("id", ids.iter().map(|id| id.uuid()));
    if let Some(snapshot) = under {
        sql.push(" AND release_id <> ").bind(snapshot.id().uuid());
    }
    let rows = transaction.query_all_raw(sql.finish()).await?;
    let of = rows.iter().map(|row| row.try_get::<Uuid>("", "release_id"));
    let of: Vec<Uuid> = of.collect::<Result<_, _>>()?;
    let releases = live_release::Entity::find()
        .select_only()
        .columns([
            live_release::Column::Id,
            live_release::Column::Slug,
            live_release::Column::OriginalLocale,
        ])
        .filter(live_release::Column::Id.is_in(of.iter().copied()));
    let releases: Vec<(Uuid, String, String)> = releases.into_tuple().all(transaction).await?;
    let releases: BTreeMap<Uuid, (String, String)> = releases
        .into_iter()
        .map(|(id, slug, original)| (id, (slug, original)))
        .collect();
    let text = |(row, of): (&QueryResult, &Uuid)| {
        let (slug, original) = releases
            .get(of)
            .ok_or_else(|| StoreError::corrupt("text", format!("its release {of} is missing")))?;
        read_text(row, (slug, original), wants)
    };
    let previewed = under.into_iter().flat_map(|snapshot| snapshot.texts(ids, wants));
    rows.iter().zip(&of).map(text).chain(previewed.map(Ok)).collect()
}

/// The locales in which readers have any text.
pub(crate) async fn locales(transaction: &DatabaseTransaction) -> Result<Vec<Locale>, StoreError> {
    let sql = Sql::new(
        transaction.get_database_backend(),
        // From each to the next, by the index: neither database skips what is alike by itself.
        "WITH RECURSIVE known (locale) AS (SELECT min(locale) FROM live_translation UNION ALL \
         SELECT (SELECT min(t.locale) FROM live_translation AS t WHERE t.locale > k.locale) FROM known AS k WHERE k.locale IS NOT NULL) \
         SELECT locale FROM known WHERE locale IS NOT NULL",
    );
    let rows = transaction.query_all_raw(sql.finish()).await?;
    rows.iter()
        .map(|row| parsed("locale", &row.try_get::<String>("", "locale")?))
        .collect()
}

/// A release without its texts, and which of them is shown.
struct Head {
    row: live_release::Model,
    original_locale: Locale,
    available: Vec<Locale>,
    shown: Locale,
}

impl Head {
    fn read(row: live_release::Model, reader: &Reader) -> Result<Self, StoreError> {
        let original_locale = parsed::<Locale>("locale", &row.original_locale)?;
        let available: Vec<Locale> = from_json("list of locales", &row.locales)?;
        let shown = reader.shown(&available, &original_locale).clone();
        Ok(Self {
            row,
            original_locale,
            available,
            shown,
        })
    }

    fn show(self, texts: Vec<ShownText>, all: bool) -> Result<ShownRelease, StoreError> {
        let Self {
            row,
            original_locale,
            available,
            shown,
        } = self;
        let mut texts = texts;
        let at = texts
            .iter()
            .position(|text| text.locale == shown)
            .ok_or_else(|| StoreError::corrupt("release", format!("{} has no text in {shown}", row.id)))?;
        let text = if all { texts[at].clone() } else { texts.swap_remove(at) };
        Ok(ShownRelease {
            id: row.id.into(),
            slug: parsed("slug", &row.slug)?,
            published_at: instant(row.published_at)?,
            publishing_date: parsed("day", &row.publishing_date)?,
            content_type: row.content_type_id.map(Into::into),
            offices: from_json("list of offices", &row.offices)?,
            themes: from_json("list of themes", &row.themes)?,
            attachments: from_json("list of attachments", &row.attachments)?,
            withdrawal: row
                .withdrawal
                .as_deref()
                .map(|json| from_json("withdrawal", json))
                .transpose()?,
            original_locale,
            available_locales: available,
            text,
            translations: all.then_some(texts),
        })
    }
}

async fn read_texts(
    transaction: &DatabaseTransaction,
    heads: &BTreeMap<Uuid, Head>,
    wants: Wants,
) -> Result<BTreeMap<Uuid, Vec<ShownText>>, StoreError> {
    if heads.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut sql = select_texts(transaction, wants);
    if wants.translations {
        sql.is_in("release_id", heads.keys().copied());
    } else {
        let mut by_locale: BTreeMap<&Locale, Vec<Uuid>> = BTreeMap::new();
        for (id, head) in heads {
            by_locale.entry(&head.shown).or_default().push(*id);
        }
        for (index, (locale, ids)) in by_locale.into_iter().enumerate() {
            sql.push(if index == 0 { "(locale = " } else { " OR (locale = " })
                .bind(locale.as_str())
                .push(" AND ");
            sql.is_in("release_id", ids).push(")");
        }
    }
    let mut texts: BTreeMap<Uuid, Vec<ShownText>> = BTreeMap::new();
    for row in transaction.query_all_raw(sql.finish()).await? {
        let of: Uuid = row.try_get("", "release_id")?;
        if let Some(head) = heads.get(&of) {
            let text = read_text(&row, (&head.row.slug, &head.row.original_locale), wants)?;
            texts.entry(of).or_default().push(text);
        }
    }
    for of_one in texts.values_mut() {
        of_one.sort_by(|a, b| a.locale.cmp(&b.locale));
    }
    Ok(texts)
}

fn select_texts(transaction: &DatabaseTransaction, wants: Wants) -> Sql {
    let bodies = if wants.bodies {
        ", body_format, body_source, body_html, body_text"
    } else {
        ""
    };
    let columns = format!(
        "SELECT release_id, locale, id, title, lead, published_at, updated_at, change_notes{bodies} FROM live_translation WHERE "
    );
    Sql::new(transaction.get_database_backend(), &columns)
}

/// Reads a text of the release that has that slug and that original.
fn read_text(row: &QueryResult, of: (&str, &str), wants: Wants) -> Result<ShownText, StoreError> {
    let body = wants.bodies.then(|| read_body(row)).transpose()?;
    let (slug, original) = of;
    let locale: String = row.try_get("", "locale")?;
    Ok(ShownText {
        id: row.try_get::<Uuid>("", "id")?.into(),
        slug: parsed("slug", slug)?,
        locale: parsed("locale", &locale)?,
        is_original: locale == original,
        title: row.try_get("", "title")?,
        lead: row.try_get("", "lead")?,
        published_at: instant(row.try_get("", "published_at")?)?,
        updated_at: instant(row.try_get("", "updated_at")?)?,
        change_notes: from_json("list of change notes", &row.try_get::<String>("", "change_notes")?)?,
        body,
    })
}

fn read_body(row: &QueryResult) -> Result<Option<ShownBody>, StoreError> {
    let Some(format) = row.try_get::<Option<String>>("", "body_format")? else {
        return Ok(None);
    };
    let required = |column: &str| -> Result<String, StoreError> { Ok(row.try_get("", column)?) };
    Ok(Some(ShownBody {
        format: body_format(&format)?,
        source: required("body_source")?,
        html: required("body_html")?,
        text: required("body_text")?,
    }))
}

pub(crate) fn body_format(name: &str) -> Result<BodyFormat, StoreError> {
    [BodyFormat::Markdown, BodyFormat::Html]
        .into_iter()
        .find(|format| format.as_str() == name)
        .ok_or_else(|| StoreError::corrupt("body", format!("format {name}")))
}

pub(crate) fn instant(micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros).ok_or_else(|| StoreError::corrupt("instant", micros))
}

pub(crate) fn parsed<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T::Err: ToString,
{
    text.parse()
        .map_err(|error: T::Err| StoreError::corrupt(what, error.to_string()))
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::corrupt(what, error))
}
