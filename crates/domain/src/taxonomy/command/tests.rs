//! Given a taxonomy, when somebody asks something of it, then this is what becomes of it.

mod former_slugs;
mod merging;
mod properties;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::account::{OfficeScope, Role};
use crate::release::Patch;
use crate::taxonomy::{ContentType, Office, OfficeKind, Theme};

/// A taxonomy that commands are done to.
struct Keeper {
    taxonomy: Taxonomy,
    standing: Standing,
    ids: u128,
}

const VIENNA: u128 = 0xa1;
const ODIHR: u128 = 0xa2;
const ELECTIONS: u128 = 0xb1;
const OBSERVATION: u128 = 0xb2;
const MEDIA: u128 = 0xb3;
const NEWS: u128 = 0xc1;

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

impl Default for Keeper {
    fn default() -> Self {
        let names = |slug: &str| serde_json::from_str(&format!(r#"{{"en": "{slug}"}}"#)).unwrap();
        let office = |number, slug: &str| Office {
            id: id(number),
            slug: slug.parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names(slug),
            closed: false,
            kind: Some(OfficeKind::Institution),
            version: 1,
        };
        let theme = |number, slug: &str, parent: Option<u128>| Theme {
            id: id(number),
            slug: slug.parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names(slug),
            parent: parent.map(id),
            version: 1,
        };
        let news = ContentType {
            id: id(NEWS),
            slug: "news".parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: names("news"),
            version: 1,
        };
        let themes = vec![
            theme(ELECTIONS, "elections", None),
            theme(OBSERVATION, "observation", Some(ELECTIONS)),
            theme(MEDIA, "media", None),
        ];
        let offices = vec![office(VIENNA, "vienna"), office(ODIHR, "odihr")];
        Self {
            taxonomy: Taxonomy::new(offices, themes, vec![news]).unwrap(),
            standing: Standing {
                account: id(0xe1),
                role: Role::Administrator,
                scope: OfficeScope::Only(BTreeSet::new()),
            },
            ids: 0,
        }
    }
}

impl Keeper {
    /// Does a command, and answers what came of it.
    fn keep(&mut self, command: &TaxonomyCommand) -> Result<Decided, Denial> {
        self.ids += 1;
        let new = id(self.ids);
        let decided = command.decide(&self.taxonomy, &self.standing, || new)?;
        if let Decided::Merged(merging) = &decided {
            self.merge(merging);
            return Ok(decided);
        }
        match decided.entry().clone() {
            Entry::Office(entry) if !is_deletion(&decided) => self.taxonomy.put_office(entry),
            Entry::Theme(entry) if !is_deletion(&decided) => self.taxonomy.put_theme(entry).unwrap(),
            Entry::ContentType(entry) if !is_deletion(&decided) => self.taxonomy.put_content_type(entry),
            gone => self.without(&gone),
        }
        Ok(decided)
    }

    fn merge(&mut self, merging: &Merging) {
        for theme in &merging.moved {
            self.taxonomy.put_theme(theme.clone()).unwrap();
        }
        self.without(&merging.gone);
        match merging.into.clone() {
            Entry::Office(into) => self.taxonomy.put_office(into),
            Entry::Theme(into) => self.taxonomy.put_theme(into).unwrap(),
            Entry::ContentType(into) => self.taxonomy.put_content_type(into),
        }
    }

    fn without(&mut self, gone: &Entry) {
        let offices = self.taxonomy.offices().cloned().map(Entry::Office);
        let themes = self.taxonomy.themes().in_tree_order().into_iter().cloned();
        let types = self.taxonomy.content_types().cloned().map(Entry::ContentType);
        let all = offices.chain(themes.map(Entry::Theme)).chain(types);
        let (mut offices, mut themes, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for entry in all.filter(|entry| entry != gone) {
            match entry {
                Entry::Office(office) => offices.push(office),
                Entry::Theme(theme) => themes.push(theme),
                Entry::ContentType(content_type) => types.push(content_type),
            }
        }
        self.taxonomy = Taxonomy::new(offices, themes, types).unwrap();
    }

    /// What came of a command, in words.
    fn said(&mut self, command: &TaxonomyCommand) -> String {
        match self.keep(command) {
            Ok(decided) => {
                let (name, was) = (command.name(), decided.before().map_or(0, Entry::version));
                let change = decided.change().map_or("nothing changed", |_| change_of(&decided));
                format!("{name} {was} {change}: {}", self.written(decided.entry()))
            }
            Err(denial) => refused(&denial),
        }
    }

    fn written(&self, entry: &Entry) -> String {
        let names = |names: &crate::taxonomy::Names| serde_json::to_string(names).unwrap();
        match entry {
            Entry::Office(office) => format!(
                "{} v{} {} {:?}{}",
                office.slug,
                office.version,
                names(&office.names),
                office.kind,
                if office.closed { " closed" } else { "" }
            ),
            Entry::Theme(theme) => {
                let parent = theme.parent.and_then(|id| self.taxonomy.themes().get(id));
                let parent = parent.map_or("no theme", |parent| parent.slug.as_str());
                format!(
                    "{} v{} {} under {parent}",
                    theme.slug,
                    theme.version,
                    names(&theme.names)
                )
            }
            Entry::ContentType(kind) => format!("{} v{} {}", kind.slug, kind.version, names(&kind.names)),
        }
    }
}

fn is_deletion(decided: &Decided) -> bool {
    matches!(decided, Decided::Deleted(_))
}

fn is_moved(decided: &Decided) -> bool {
    let parents = |entry: Option<&Entry>| match entry {
        Some(Entry::Theme(theme)) => Some(theme.parent),
        _ => None,
    };
    parents(decided.before()) != parents(decided.after())
}

fn change_of(decided: &Decided) -> &'static str {
    match decided.change() {
        Some(ChangeKind::Created) => "created",
        Some(ChangeKind::Updated) if is_moved(decided) => "updated, moved",
        Some(ChangeKind::Updated) => "updated",
        Some(ChangeKind::Deleted) => "deleted",
        Some(ChangeKind::Merged { .. }) => "merged",
        other => panic!("{other:?} is no change of a taxonomy's"),
    }
}

fn refused(denial: &Denial) -> String {
    match denial {
        Denial::NotFound => "not found".to_owned(),
        Denial::Forbidden(message) => format!("forbidden: {message}"),
        Denial::Refused(Refusal::Invalid(faults)) => {
            let faults = faults.iter().map(|f| format!("{} {}: {}", f.path, f.code, f.message));
            faults.collect::<Vec<_>>().join("\n")
        }
        Denial::Refused(refusal) => format!("conflict: {refusal}"),
    }
}

fn set<T>(value: T) -> Patch<T> {
    Patch::Set(value)
}

fn names(given: &[(&str, &str)]) -> Patch<Vec<NameFields>> {
    let fields = given.iter().map(|(locale, name)| NameFields {
        locale: (*locale).to_owned(),
        name: (*name).to_owned(),
    });
    set(fields.collect())
}

fn slug(slug: &str) -> Patch<String> {
    set(slug.to_owned())
}

fn new_office(fields: OfficeFields) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Create(fields))
}

fn update_office(number: u128, seen: i64, fields: OfficeFields) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Update {
        id: id(number),
        seen,
        fields,
    })
}

fn delete_office(number: u128, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Delete { id: id(number), seen })
}

fn new_theme(fields: ThemeFields) -> TaxonomyCommand {
    TaxonomyCommand::Theme(EntryCommand::Create(fields))
}

fn move_theme(number: u128, seen: i64, parent: Option<&str>) -> TaxonomyCommand {
    let fields = ThemeFields {
        parent: set(parent.map(str::to_owned)),
        ..ThemeFields::default()
    };
    TaxonomyCommand::Theme(EntryCommand::Update {
        id: id(number),
        seen,
        fields,
    })
}

fn delete_theme(number: u128, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::Theme(EntryCommand::Delete { id: id(number), seen })
}

fn new_type(fields: ContentTypeFields) -> TaxonomyCommand {
    TaxonomyCommand::ContentType(EntryCommand::Create(fields))
}

#[test]
fn an_office_is_created_changed_field_by_field_and_deleted() {
    let mut keeper = Keeper::default();
    let created = new_office(OfficeFields {
        names: names(&[("ru", "Миссия"), ("en", "Mission to Skopje")]),
        ..OfficeFields::default()
    });
    let kind = OfficeFields {
        kind: set(Some(OfficeKind::FieldOperation)),
        ..OfficeFields::default()
    };
    let closed = OfficeFields {
        slug: slug("skopje"),
        names: names(&[("en", "Skopje")]),
        closed: set(true),
        ..OfficeFields::default()
    };
    let unknown_kind = OfficeFields {
        kind: set(None),
        ..OfficeFields::default()
    };
    let said = [
        keeper.said(&created),
        keeper.said(&update_office(1, 1, kind.clone())),
        keeper.said(&update_office(1, 2, kind)),
        keeper.said(&update_office(1, 2, closed)),
        keeper.said(&update_office(1, 3, unknown_kind)),
        keeper.said(&delete_office(1, 4)),
        keeper.said(&delete_office(1, 4)),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    create-office 0 created: mission-to-skopje v1 {"en":"Mission to Skopje","ru":"Миссия"} None
    update-office 1 updated: mission-to-skopje v2 {"en":"Mission to Skopje","ru":"Миссия"} Some(FieldOperation)
    update-office 2 nothing changed: mission-to-skopje v2 {"en":"Mission to Skopje","ru":"Миссия"} Some(FieldOperation)
    update-office 2 updated: skopje v3 {"en":"Skopje"} Some(FieldOperation) closed
    update-office 3 updated: skopje v4 {"en":"Skopje"} None closed
    delete-office 4 deleted: skopje v4 {"en":"Skopje"} None closed
    not found
    "#);
}

#[test]
fn a_theme_moves_with_what_is_under_it() {
    let mut keeper = Keeper::default();
    let created = new_theme(ThemeFields {
        names: names(&[("en", "Freedom of the media")]),
        parent: set(Some("media".into())),
        ..ThemeFields::default()
    });
    let by_id = Uuid::from_u128(OBSERVATION).to_string();
    let said = [
        keeper.said(&created),
        keeper.said(&move_theme(MEDIA, 1, Some(&by_id))),
        keeper.said(&move_theme(MEDIA, 2, Some("observation"))),
        keeper.said(&move_theme(MEDIA, 2, None)),
        keeper.said(&move_theme(1, 1, None)),
        keeper.said(&delete_theme(MEDIA, 3)),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    create-theme 0 created: freedom-of-the-media v1 {"en":"Freedom of the media"} under media
    update-theme 1 updated, moved: media v2 {"en":"media"} under observation
    update-theme 2 nothing changed: media v2 {"en":"media"} under observation
    update-theme 2 updated, moved: media v3 {"en":"media"} under no theme
    update-theme 1 updated, moved: freedom-of-the-media v2 {"en":"Freedom of the media"} under no theme
    delete-theme 3 deleted: media v3 {"en":"media"} under no theme
    "#);
}

#[test]
fn a_slug_is_made_from_the_english_name_or_the_first_with_a_number_where_it_is_taken() {
    let mut keeper = Keeper::default();
    let called = |given: &[(&str, &str)]| {
        new_type(ContentTypeFields {
            names: names(given),
            ..ContentTypeFields::default()
        })
    };
    let said = [
        keeper.said(&called(&[("en", "News")])),
        keeper.said(&called(&[("ru", "Новости"), ("en", "News")])),
        keeper.said(&called(&[("ru", "Репортаж")])),
        keeper.said(&called(&[("en", "—")])),
        // Offices and types have slugs of their own.
        keeper.said(&called(&[("en", "Vienna")])),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    create-type 0 created: news-2 v1 {"en":"News"}
    create-type 0 created: news-3 v1 {"en":"News","ru":"Новости"}
    create-type 0 created: reportazh v1 {"ru":"Репортаж"}
    create-type 0 created: type v1 {"en":"—"}
    create-type 0 created: vienna v1 {"en":"Vienna"}
    "#);
}

#[test]
fn a_slug_that_another_has_is_refused_and_ones_own_is_kept() {
    let mut keeper = Keeper::default();
    let renamed = |to: &str| OfficeFields {
        slug: slug(to),
        ..OfficeFields::default()
    };
    let new = OfficeFields {
        names: names(&[("en", "Another")]),
        ..renamed("odihr")
    };
    let said = [
        keeper.said(&new_office(new.clone())),
        keeper.said(&update_office(VIENNA, 1, renamed("odihr"))),
        keeper.said(&update_office(VIENNA, 1, renamed("vienna"))),
        // What one gives up stays its own.
        keeper.said(&update_office(ODIHR, 1, renamed("warsaw"))),
        keeper.said(&new_office(new)),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    conflict: the slug “odihr” is taken: ask for another, or for none to have one made
    conflict: the slug “odihr” is taken: ask for another, or for none to have one made
    update-office 1 nothing changed: vienna v1 {"en":"vienna"} Some(Institution)
    update-office 1 updated: warsaw v2 {"en":"odihr"} Some(Institution)
    conflict: the slug “odihr” is taken: ask for another, or for none to have one made
    "#);
}

#[test]
fn all_faults_of_a_form_come_at_once() {
    let mut keeper = Keeper::default();
    let theme = new_theme(ThemeFields {
        slug: slug("No Slug"),
        names: names(&[("not a tag", "a\0b"), ("ru", ""), ("RU", "Выборы"), ("en", "Elections")]),
        parent: set(Some("nowhere".into())),
    });
    let many: Vec<_> = (0..=MOST_NAMES).map(|_| ("en", "Vienna")).collect();
    let too_many = OfficeFields {
        names: names(&many),
        ..OfficeFields::default()
    };
    let nameless = OfficeFields {
        names: names(&[]),
        ..OfficeFields::default()
    };
    let said = [
        keeper.said(&theme),
        keeper.said(&new_type(ContentTypeFields::default())),
        keeper.said(&update_office(VIENNA, 1, nameless)),
        keeper.said(&update_office(VIENNA, 1, too_many)),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    slug INVALID_SLUG: “No Slug” is not a slug: use small letters a to z, digits, and single hyphens between them
    names.0.locale INVALID_LOCALE: “not a tag” is not a language tag: give one such as en, ru or sr-Latn
    names.0.name CONTROL_CHARACTER: a name is plain text; take out the control character U+0000
    names.1.name EMPTY: a name must not be empty
    names.2.locale DUPLICATE: ru is there twice: give it once
    parent UNKNOWN_SLUG: there is no theme “nowhere”: name one that there is, or none for a root
    names REQUIRED: it must be called something: give a name in at least one locale
    names REQUIRED: it must be called something: give a name in at least one locale
    names TOO_MANY: it has at most 100 names, this has 101
    ");
}

#[test]
fn a_theme_is_never_under_itself() {
    let mut keeper = Keeper::default();
    let said = [
        keeper.said(&move_theme(ELECTIONS, 1, Some("elections"))),
        keeper.said(&move_theme(ELECTIONS, 1, Some("observation"))),
        keeper.said(&move_theme(
            OBSERVATION,
            1,
            Some(&Uuid::from_u128(OBSERVATION).to_string()),
        )),
        keeper.said(&delete_theme(ELECTIONS, 1)),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    parent CYCLE: a theme is not under itself: name another, or none for a root
    parent CYCLE: “observation” is under “elections” itself: move it out first, or name another
    parent CYCLE: a theme is not under itself: name another, or none for a root
    conflict: the theme “elections” has others under it, such as “observation”: move or delete those first
    ");
}

#[test]
fn a_stale_version_is_refused_before_all_else() {
    let mut keeper = Keeper::default();
    let faulty = OfficeFields {
        slug: slug("No Slug"),
        ..OfficeFields::default()
    };
    let said = [
        keeper.said(&update_office(VIENNA, 2, faulty)),
        keeper.said(&delete_theme(ELECTIONS, 0)),
        keeper.said(&move_theme(0xff, 1, None)),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    conflict: it is at version 1, and you have seen 2: read it again and repeat what you want of it
    conflict: it is at version 1, and you have seen 0: read it again and repeat what you want of it
    not found
    ");
}

#[test]
fn only_administrators_keep_the_taxonomy_and_others_learn_nothing_of_it() {
    let mut keeper = Keeper::default();
    for role in [Role::Author, Role::Editor, Role::Publisher] {
        keeper.standing.role = role;
        keeper.standing.scope = OfficeScope::All;
        for command in [new_theme(ThemeFields::default()), delete_office(0xff, 7)] {
            assert_eq!(
                keeper.said(&command),
                "forbidden: you may not change offices, themes and content types: ask an administrator"
            );
        }
    }
}

#[test]
fn what_is_in_use_says_by_what_and_the_mend() {
    let mut keeper = Keeper::default();
    let mut deleted = |command: &TaxonomyCommand| keeper.keep(command).unwrap().entry().clone();
    let office = deleted(&delete_office(VIENNA, 1));
    let theme = deleted(&delete_theme(OBSERVATION, 1));
    let said = [
        office.in_use(UsedBy::Release),
        theme.in_use(UsedBy::Release),
        office.in_use(UsedBy::Account),
        office.in_use(UsedBy::ApiKey),
        theme.in_use(UsedBy::Webhook("Partner".to_owned())),
    ];
    insta::assert_snapshot!(said.map(|refusal| refusal.to_string()).join("\n"), @"
    a release is filed under the office “vienna”, or once was: close it instead, or merge it into another
    a release is filed under the theme “observation”, or once was: give it other names instead, or merge it into another
    an account acts for the office “vienna”: take it out of the account's offices first
    an API key acts for the office “vienna”: revoke the key first
    the webhook “Partner” is told of the theme “observation”: take it out of the webhook's filter first
    ");
}
