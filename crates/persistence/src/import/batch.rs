//! One batch of lines in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::audit::{Actor, AuditEntry};
use newsroom_domain::change::{Change, ChangeKind, Origin, Subject};
use newsroom_domain::exchange::ReleaseLine;
use newsroom_domain::house::HouseBook;
use newsroom_domain::release::{ImportContext, Release};
use newsroom_domain::taxonomy::{ContentType, Names, Office, Theme};
use newsroom_domain::text::Name;
use newsroom_domain::{FieldFault, Instant, Slug, Zone};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;

use super::matching::{Matched, Matches, load_matched, versions};
use super::{ImportOptions, ImportReport, NumberedLine, RefusedLine, Session};
use crate::StoreError;
use crate::desk::save::Saving;
use crate::desk::slug_book::{Asked, SlugBook};
use crate::desk::store::{Circumstances, store};
use crate::entity::import_record;
use crate::head::{Act, to_json};
use crate::sql::in_chunks;

/// A batch on its way.
pub(super) struct Batch<'a> {
    transaction: &'a DatabaseTransaction,
    session: &'a mut Session,
    options: &'a ImportOptions,
    zone: Zone,
    now: Instant,
    report: ImportReport,
    changes: Vec<Change>,
    filed: Filed,
}

/// What a line's slugs mean that had no entry.
#[derive(Debug, Default)]
struct Filed {
    offices: Vec<Office>,
    themes: Vec<Theme>,
    content_types: Vec<ContentType>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        transaction: &'a DatabaseTransaction,
        session: &'a mut Session,
        options: &'a ImportOptions,
        zone: Zone,
        now: Instant,
    ) -> Self {
        Self {
            transaction,
            session,
            options,
            zone,
            now,
            report: ImportReport::default(),
            changes: Vec::new(),
            filed: Filed::default(),
        }
    }

    /// Takes in the lines; `None` where another writer has taken a slug meanwhile, and all is to be tried again.
    pub(super) async fn run(mut self, lines: &[NumberedLine]) -> Result<Option<ImportReport>, StoreError> {
        let mut rest = lines;
        while !rest.is_empty() {
            let mut matches = Matches::find(self.transaction, rest).await?;
            let (portion, later) = rest.split_at(matches.portion(rest));
            if !self.take_in(portion, &mut matches).await? {
                return Ok(None);
            }
            rest = later;
        }
        self.write_taxonomy().await?;
        if !self.changes.is_empty() || self.report.created + self.report.changed > 0 {
            let taxonomy_changed = self
                .changes
                .iter()
                .any(|change| !matches!(change.subject, Subject::Release(_)));
            let detail = json!({ "created": self.report.created, "changed": self.report.changed }).to_string();
            let audit = AuditEntry {
                at: self.now,
                actor: Actor::Import,
                action: "import".into(),
                detail,
            };
            let act = Act {
                changes: self.changes,
                audit: vec![audit],
                announced: self.options.announce,
                taxonomy_changed,
            };
            self.session.revision = act.close(self.transaction).await?.taxonomy_revision;
        }
        self.report.refused.sort_by_key(|refused| refused.number);
        Ok(Some(self.report))
    }

    /// Takes in lines that mean different releases.
    async fn take_in(&mut self, lines: &[NumberedLine], matches: &mut Matches) -> Result<bool, StoreError> {
        let mut matched = Vec::with_capacity(lines.len());
        for numbered in lines {
            match matches.of(numbered, self.now) {
                Ok(line) if line.says_the_same() && !self.options.overwrite => self.report.unchanged += 1,
                Ok(line) => matched.push(line),
                Err(fault) => self.refuse(numbered, fault),
            }
        }
        if matched.is_empty() {
            return Ok(true);
        }
        let mut known = load_matched(self.transaction, &self.session.taxonomy, &matched).await?;
        let mut asked = Asked::default();
        for line in &matched {
            ask(&mut asked, &line.numbered.line);
        }
        let mut numbers = std::mem::take(&mut self.session.numbers);
        let mut book = SlugBook::open(self.transaction, &mut numbers, asked).await?;
        let mut savings = Vec::with_capacity(matched.len());
        let mut records = Vec::with_capacity(matched.len());
        for line in matched {
            let was = line.release.and_then(|id| known.remove(&id));
            match self.apply(&line, was.as_ref(), &mut book)? {
                Err(fault) => self.refuse(line.numbered, fault),
                Ok(is) => {
                    records.push(record_row(&line, was.as_ref(), &is)?);
                    match &was {
                        None => self.report.created += 1,
                        Some(was) if *was == is => self.report.unchanged += 1,
                        Some(_) => self.report.changed += 1,
                    }
                    if was.as_ref() != Some(&is) {
                        savings.push(Saving { was, is });
                    }
                }
            }
        }
        self.session.numbers = numbers;
        self.store(&savings, records).await
    }

    /// What the line makes of its release.
    fn apply(
        &mut self,
        line: &Matched<'_>,
        was: Option<&Release>,
        book: &mut SlugBook<'_>,
    ) -> Result<Result<Release, FieldFault>, StoreError> {
        let edited = was.map(|was| line.is_edited(was)).transpose()?.unwrap_or(false);
        let taxonomy_before = match self.file_unknown(&line.numbered.line) {
            Ok(before) => before,
            Err(fault) => return Ok(Err(fault)),
        };
        let (now, ids) = (self.now, &mut self.session.ids);
        let imported = Release::import(
            was,
            &line.numbered.line,
            &mut ImportContext {
                now,
                zone: self.zone,
                taxonomy: &self.session.taxonomy,
                locales: &self.options.locales,
                house: &HouseBook::default(),
                findings: &BTreeMap::new(),
                earlier: None,
                new_id: &mut || ids.next(now),
                free_slug: &mut |title| book.free_for(title),
            },
        );
        let accepted = imported.and_then(|is| {
            if was.is_some_and(|was| *was != is) && edited && !self.options.overwrite {
                return Err(FieldFault::new("", "EDITED_SINCE", "the desk has edited this release since it was imported: import with --overwrite to take the line all the same"));
            }
            book.claim(was, &is).map_err(|taken| taken_fault(&is, &taken))?;
            Ok(is)
        });
        match (&accepted, taxonomy_before) {
            (Ok(is), _) => {
                self.session.ids.saw(is.id.uuid());
                for text in is.translations.values() {
                    self.session.ids.saw(text.id.uuid());
                }
            }
            // Nothing of a line that is refused stays.
            (Err(_), Some((before, filed))) => {
                self.session.taxonomy = before;
                self.filed.truncate(filed);
            }
            (Err(_), None) => {}
        }
        Ok(accepted)
    }

    /// Stores what came out, and takes note of what changed for readers.
    async fn store(
        &mut self,
        savings: &[Saving],
        records: Vec<import_record::ActiveModel>,
    ) -> Result<bool, StoreError> {
        let circumstances = Circumstances {
            taxonomy: &self.session.taxonomy,
            zone: self.zone,
            now: self.now,
            origin: Origin::Import,
        };
        let Some(changes) = store(self.transaction, savings, &circumstances).await? else {
            return Ok(false);
        };
        self.changes.extend(changes);
        for rows in in_chunks(records, 4) {
            use import_record::Column;
            let replace = OnConflict::column(Column::ReleaseId)
                .update_columns([Column::SourceId, Column::ContentHash, Column::Versions])
                .to_owned();
            import_record::Entity::insert_many(rows)
                .on_conflict(replace)
                .exec_without_returning(self.transaction)
                .await?;
        }
        Ok(true)
    }

    fn refuse(&mut self, numbered: &NumberedLine, fault: FieldFault) {
        self.report.refused.push(RefusedLine {
            number: numbered.number,
            fault,
        });
    }

    /// Creates what the line's slugs mean, where they mean nothing. Answers the taxonomy as it was before, where it did.
    fn file_unknown(
        &mut self,
        line: &ReleaseLine,
    ) -> Result<Option<(newsroom_domain::taxonomy::Taxonomy, [usize; 3])>, FieldFault> {
        let taxonomy = &self.session.taxonomy;
        let offices: BTreeSet<&Slug> = line
            .office_slugs()
            .filter(|slug| taxonomy.office_by_slug(slug.as_str()).is_none())
            .collect();
        let themes: BTreeSet<&Slug> = line
            .theme_slugs()
            .filter(|slug| taxonomy.themes().by_slug(slug.as_str()).is_none())
            .collect();
        let types: BTreeSet<&Slug> = line
            .type_slugs()
            .filter(|slug| taxonomy.content_type_by_slug(slug.as_str()).is_none())
            .collect();
        if offices.is_empty() && themes.is_empty() && types.is_empty() {
            return Ok(None);
        }
        if self.options.strict {
            // The import itself refuses them, each at its place.
            return Ok(None);
        }
        let before = (taxonomy.clone(), self.filed.lengths());
        let names = |slug: &Slug| {
            Name::new(slug.as_str())
                .map(|name| Names::one(self.options.locale_of_names.clone(), name))
                .map_err(|fault| fault.at(""))
        };
        for slug in offices {
            let office = Office {
                id: self.session.ids.next(self.now).into(),
                slug: slug.clone(),
                former_slugs: BTreeSet::new(),
                names: names(slug)?,
                closed: false,
                kind: None,
                version: 1,
            };
            self.session.taxonomy.put_office(office.clone());
            self.filed.offices.push(office);
        }
        for slug in themes {
            let theme = Theme {
                id: self.session.ids.next(self.now).into(),
                slug: slug.clone(),
                former_slugs: BTreeSet::new(),
                names: names(slug)?,
                parent: None,
                version: 1,
            };
            self.session
                .taxonomy
                .put_theme(theme.clone())
                .map_err(|fault| FieldFault::new("themes", "CONFLICT", fault.to_string()))?;
            self.filed.themes.push(theme);
        }
        for slug in types {
            let content_type = ContentType {
                id: self.session.ids.next(self.now).into(),
                slug: slug.clone(),
                former_slugs: BTreeSet::new(),
                names: names(slug)?,
                version: 1,
            };
            self.session.taxonomy.put_content_type(content_type.clone());
            self.filed.content_types.push(content_type);
        }
        Ok(Some(before))
    }

    /// Writes the entries that lines have made, with their changes before those of the releases.
    async fn write_taxonomy(&mut self) -> Result<(), StoreError> {
        let mut subjects = Vec::new();
        for office in &self.filed.offices {
            crate::taxonomy::put_office(self.transaction, office).await?;
            subjects.push(Subject::Office(office.id));
        }
        for theme in &self.filed.themes {
            crate::taxonomy::put_theme(self.transaction, theme).await?;
            subjects.push(Subject::Theme(theme.id));
        }
        for content_type in &self.filed.content_types {
            crate::taxonomy::put_content_type(self.transaction, content_type).await?;
            subjects.push(Subject::ContentType(content_type.id));
        }
        let created = subjects.into_iter().map(|subject| Change {
            at: self.now,
            subject,
            kind: ChangeKind::Created,
            origin: Origin::Import,
            before: None,
            after: None,
        });
        self.changes.splice(0..0, created);
        Ok(())
    }
}

impl Filed {
    fn lengths(&self) -> [usize; 3] {
        [self.offices.len(), self.themes.len(), self.content_types.len()]
    }

    fn truncate(&mut self, [offices, themes, content_types]: [usize; 3]) {
        self.offices.truncate(offices);
        self.themes.truncate(themes);
        self.content_types.truncate(content_types);
    }
}

/// Asks for the slugs that a line needs.
fn ask(asked: &mut Asked, line: &ReleaseLine) {
    line.slugs().cloned().for_each(|slug| asked.name(slug));
    if line.slug.is_none()
        && let Some(title) = line.original_title()
    {
        asked.title(title.as_str());
    }
}

/// The fault of a line whose release would have a slug of another's.
fn taken_fault(release: &Release, taken: &Slug) -> FieldFault {
    let redirect = release.redirects.iter().position(|redirect| redirect == taken);
    let path = redirect.map_or_else(|| "slug".to_owned(), |index| format!("redirects.{index}"));
    let message = format!("“{taken}” is taken by another release: give another slug");
    FieldFault::new(path, "CONFLICT", message)
}

fn record_row(
    line: &Matched<'_>,
    was: Option<&Release>,
    is: &Release,
) -> Result<import_record::ActiveModel, StoreError> {
    // A line that changes nothing does not make an edit of the desk's one of the importer's.
    let unchanged = line.record.as_ref().filter(|_| was == Some(is));
    let versions = unchanged.map_or_else(
        || to_json("versions", &versions(is)),
        |record| Ok(record.versions.clone()),
    )?;
    let known = line.record.as_ref().and_then(|record| record.source_id.clone());
    Ok(import_record::ActiveModel {
        release_id: Set(is.id.uuid()),
        source_id: Set(line.numbered.line.source_id.clone().or(known)),
        content_hash: Set(line.numbered.content_hash.clone()),
        versions: Set(versions),
    })
}
