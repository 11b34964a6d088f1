//! Which release a line means: by the caller's own key, by its identity, or by both.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use newsroom_domain::release::Release;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{FieldFault, Instant, Locale, ReleaseId, TranslationId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::NumberedLine;
use crate::StoreError;
use crate::desk::load::{Purpose, load};
use crate::entity::{import_record, release, translation};
use crate::live::row::from_json;
use crate::sql::in_chunks;

/// How far ahead of the database's clock a given identity may be.
const LEEWAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What is known of the releases that some lines mean.
#[derive(Debug)]
pub(super) struct Matches {
    by_source: HashMap<String, Uuid>,
    records: HashMap<Uuid, import_record::Model>,
    there: BTreeSet<Uuid>,
    translations: HashMap<Uuid, Translated>,
}

/// Which translation has an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Translated {
    of: Owner,
    locale: String,
}

/// Which release one is, where it may have no identity yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Release(Uuid),
    Line(u64),
}

/// A line with the release that it means.
#[derive(Debug)]
pub(super) struct Matched<'a> {
    pub(super) numbered: &'a NumberedLine,
    pub(super) release: Option<ReleaseId>,
    pub(super) record: Option<import_record::Model>,
}

impl Matches {
    pub(super) async fn find(transaction: &DatabaseTransaction, lines: &[NumberedLine]) -> Result<Self, StoreError> {
        use import_record::Column;
        let sources: Vec<&str> = lines
            .iter()
            .filter_map(|numbered| numbered.line.source_id.as_deref())
            .collect();
        let ids: Vec<Uuid> = lines
            .iter()
            .filter_map(|numbered| numbered.line.id)
            .map(Uuid::from)
            .collect();
        let mut records = Vec::new();
        if !sources.is_empty() {
            records.extend(
                import_record::Entity::find()
                    .filter(Column::SourceId.is_in(sources))
                    .all(transaction)
                    .await?,
            );
        }
        let mut there: BTreeSet<Uuid> = records.iter().map(|record| record.release_id).collect();
        if !ids.is_empty() {
            records.extend(
                import_record::Entity::find()
                    .filter(Column::ReleaseId.is_in(ids.iter().copied()))
                    .all(transaction)
                    .await?,
            );
            let found = release::Entity::find()
                .select_only()
                .column(release::Column::Id)
                .filter(release::Column::Id.is_in(ids));
            there.extend(found.into_tuple::<Uuid>().all(transaction).await?);
        }
        let texts = lines
            .iter()
            .flat_map(|numbered| numbered.line.translations.iter().flatten());
        let given: Vec<Uuid> = texts.filter_map(|(_, text)| text.id).map(Uuid::from).collect();
        let mut translations = HashMap::new();
        for given in in_chunks(given, 1) {
            use translation::Column;
            let found = translation::Entity::find()
                .select_only()
                .columns([Column::Id, Column::ReleaseId, Column::Locale])
                .filter(Column::Id.is_in(given));
            for (id, of, locale) in found.into_tuple::<(Uuid, Uuid, String)>().all(transaction).await? {
                translations.insert(
                    id,
                    Translated {
                        of: Owner::Release(of),
                        locale,
                    },
                );
            }
        }
        let by_source = records
            .iter()
            .filter_map(|record| Some((record.source_id.clone()?, record.release_id)))
            .collect();
        Ok(Self {
            by_source,
            records: records.into_iter().map(|record| (record.release_id, record)).collect(),
            there,
            translations,
        })
    }

    /// How many of the lines, from the first on, mean different releases, whether by the caller's key or by identity.
    pub(super) fn portion(&self, lines: &[NumberedLine]) -> usize {
        let (mut sources, mut releases) = (BTreeSet::new(), BTreeSet::new());
        let means_another = |numbered: &NumberedLine| {
            let line = &numbered.line;
            let known = line.source_id.as_ref().and_then(|source| self.by_source.get(source));
            let release = line.id.map(Uuid::from).or(known.copied());
            let is_new = line
                .source_id
                .as_ref()
                .is_none_or(|source| sources.insert(source.clone()));
            release.is_none_or(|release| releases.insert(release)) && is_new
        };
        lines.iter().map(means_another).take_while(|another| *another).count()
    }

    /// The release that a line means, if there is one.
    pub(super) fn of<'a>(&mut self, numbered: &'a NumberedLine, now: Instant) -> Result<Matched<'a>, FieldFault> {
        let line = &numbered.line;
        let by_source = line
            .source_id
            .as_ref()
            .and_then(|source| self.by_source.get(source))
            .copied();
        let given = line.id.map(Uuid::from);
        let release = match (by_source, given) {
            (Some(known), Some(given)) if known != given => {
                return Err(FieldFault::new(
                    "id",
                    "CONFLICT",
                    "the release of this sourceId has another id: leave the id out, or give the one that it has",
                ));
            }
            (Some(known), _) => Some(known),
            (None, Some(given)) if self.there.contains(&given) => Some(given),
            (None, Some(given)) => {
                check_identity("id", given, now)?;
                None
            }
            (None, None) => None,
        };
        let record = release.and_then(|id| self.records.get(&id)).cloned();
        if let (Some(given), Some(known)) = (
            &line.source_id,
            record.as_ref().and_then(|record| record.source_id.as_ref()),
        ) && given != known
        {
            return Err(FieldFault::new(
                "sourceId",
                "CONFLICT",
                "this release was imported under another sourceId: give that, or only the id",
            ));
        }
        let owner = release.or(given).map_or(Owner::Line(numbered.number), Owner::Release);
        for (locale, text) in line.translations.iter().flatten() {
            if let Some(id) = text.id {
                self.claim_translation(locale, id, owner, now)?;
            }
        }
        Ok(Matched {
            numbered,
            release: release.map(Into::into),
            record,
        })
    }

    /// An identity is of one translation.
    fn claim_translation(
        &mut self,
        locale: &Locale,
        id: TranslationId,
        of: Owner,
        now: Instant,
    ) -> Result<(), FieldFault> {
        let path = format!("translations.{locale}.id");
        let this = Translated {
            of,
            locale: locale.to_string(),
        };
        match self.translations.get(&id.uuid()) {
            Some(known) if *known == this => Ok(()),
            Some(_) => Err(FieldFault::new(
                path,
                "CONFLICT",
                "this id is another translation's: leave it out",
            )),
            None => {
                check_identity(&path, id.uuid(), now)?;
                self.translations.insert(id.uuid(), this);
                Ok(())
            }
        }
    }
}

impl Matched<'_> {
    /// Whether the line says what the last one of this release said.
    pub(super) fn says_the_same(&self) -> bool {
        self.record
            .as_ref()
            .is_some_and(|record| record.content_hash == self.numbered.content_hash)
    }

    /// Whether the release has been edited since it was imported.
    pub(super) fn is_edited(&self, release: &Release) -> Result<bool, StoreError> {
        let Some(record) = &self.record else { return Ok(true) };
        let imported: BTreeMap<Locale, i64> = from_json("list of versions", &record.versions)?;
        Ok(imported != versions(release))
    }
}

/// The versions of a release's translations.
pub(super) fn versions(release: &Release) -> BTreeMap<Locale, i64> {
    release
        .translations
        .iter()
        .map(|(locale, text)| (locale.clone(), text.version))
        .collect()
}

/// The releases that these lines mean, where they have to be looked at.
pub(super) async fn load_matched(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    matched: &[Matched<'_>],
) -> Result<BTreeMap<ReleaseId, Release>, StoreError> {
    let ids: Vec<ReleaseId> = matched.iter().filter_map(|line| line.release).collect();
    load(transaction, taxonomy, &ids, Purpose::Change).await
}

/// The order of creation rests on identities, so that one from elsewhere has to be of the same make and not of the future.
fn check_identity(path: &str, id: Uuid, now: Instant) -> Result<(), FieldFault> {
    if id.get_version_num() != 7 || id.get_variant() != uuid::Variant::RFC4122 {
        return Err(FieldFault::new(
            path,
            "NOT_UUID_V7",
            format!("{id} is not a UUID of version 7 (RFC 9562): leave it out, and one is made"),
        ));
    }
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
    if millis > now.micros() / 1000 + LEEWAY_MILLIS {
        return Err(FieldFault::new(
            path,
            "IN_FUTURE",
            format!("{id} is of a time to come: leave it out, and one is made"),
        ));
    }
    Ok(())
}
