//! Keeping the taxonomy: what is written, what readers get, what is refused and what is answered again.

use insta::{allow_duplicates, assert_snapshot};
use newsroom_domain::account::Role;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::release::Patch;
use newsroom_domain::taxonomy::command::{
    ContentTypeFields, EntryCommand, NameFields, OfficeFields, TaxonomyCommand, ThemeFields,
};
use newsroom_persistence::{AcceptedTaxonomy, CommandError};
use newsroom_tests::{Kind, on_both};
use uuid::Uuid;

use crate::newsroom::{ACCOUNT, Newsroom, caller};

on_both!(
    an_office_is_created_changed_and_deleted_each_in_one_act,
    a_theme_that_moves_takes_its_releases_along,
    what_is_in_use_is_not_deleted,
    what_was_asked_under_a_key_is_answered_again,
    an_import_raises_the_versions_of_what_it_changes,
    of_ten_who_change_one_version_one_does,
);

const TAXONOMY: &str = r#"{
    "offices": [{"slug": "odihr", "names": {"en": "ODIHR"}, "kind": "institution"},
                {"slug": "kyiv", "names": {"en": "Kyiv"}, "closed": true},
                {"slug": "unused", "names": {"en": "Unused"}}],
    "themes": [{"slug": "elections", "names": {"en": "Elections"}},
               {"slug": "observation", "parent": "elections", "names": {"en": "Observation"}},
               {"slug": "media", "names": {"en": "Media"}},
               {"slug": "drafted", "names": {"en": "Drafted"}}],
    "types": [{"slug": "news", "names": {"en": "News"}}, {"slug": "report", "names": {"en": "Report"}}]
}"#;

const RELEASES: &str = r#"
{"sourceId": "1", "state": "live", "slug": "one", "publishedAt": "2024-11-22T00:00:00Z", "type": "news", "offices": ["odihr"], "themes": ["observation"], "originalLocale": "en", "translations": {"en": {"title": "One"}}}
{"sourceId": "2", "state": "live", "slug": "two", "publishedAt": "2024-11-21T00:00:00Z", "type": null, "offices": [], "themes": ["observation", "media"], "originalLocale": "en", "translations": {"en": {"title": "Two"}}}
{"sourceId": "3", "state": "draft", "slug": "three", "publishedAt": null, "type": "report", "offices": ["kyiv"], "themes": ["drafted"], "originalLocale": "en", "translations": {"en": {"title": "Three"}}}
"#;

async fn newsroom(kind: Kind) -> Newsroom {
    let newsroom = Newsroom::new(kind).await;
    newsroom.import_taxonomy(TAXONOMY).await;
    newsroom.import(RELEASES).await;
    newsroom
}

fn names(name: &str) -> Patch<Vec<NameFields>> {
    Patch::Set(vec![NameFields {
        locale: "en".to_owned(),
        name: name.to_owned(),
    }])
}

fn new_office(name: &str) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Create(OfficeFields {
        names: names(name),
        ..OfficeFields::default()
    }))
}

fn close_office(id: Uuid, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Update {
        id: id.into(),
        seen,
        fields: OfficeFields {
            closed: Patch::Set(true),
            ..OfficeFields::default()
        },
    })
}

fn delete_office(id: Uuid, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::Office(EntryCommand::Delete { id: id.into(), seen })
}

fn delete_theme(id: Uuid, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::Theme(EntryCommand::Delete { id: id.into(), seen })
}

fn delete_type(id: Uuid, seen: i64) -> TaxonomyCommand {
    TaxonomyCommand::ContentType(EntryCommand::Delete { id: id.into(), seen })
}

fn move_theme(id: Uuid, seen: i64, parent: Option<&str>) -> TaxonomyCommand {
    TaxonomyCommand::Theme(EntryCommand::Update {
        id: id.into(),
        seen,
        fields: ThemeFields {
            parent: Patch::Set(parent.map(str::to_owned)),
            ..ThemeFields::default()
        },
    })
}

impl Newsroom {
    async fn keep(&self, command: &TaxonomyCommand) -> Result<AcceptedTaxonomy, CommandError> {
        self.store
            .keep_taxonomy(&caller(Role::Administrator), command, None)
            .await
    }

    /// The message of the refusal that a command gets.
    async fn refused(&self, command: &TaxonomyCommand) -> String {
        message(self.keep(command).await)
    }

    async fn office(&self, slug: &str) -> Uuid {
        let taxonomy = self.store.taxonomy().await.unwrap();
        taxonomy.office_by_slug(slug).unwrap().id.uuid()
    }

    async fn theme(&self, slug: &str) -> Uuid {
        let taxonomy = self.store.taxonomy().await.unwrap();
        taxonomy.themes().by_slug(slug).unwrap().id.uuid()
    }

    async fn content_type(&self, slug: &str) -> Uuid {
        let taxonomy = self.store.taxonomy().await.unwrap();
        taxonomy.content_type_by_slug(slug).unwrap().id.uuid()
    }
}

fn message(done: Result<AcceptedTaxonomy, CommandError>) -> String {
    match done.unwrap_err() {
        CommandError::Denied(Denial::Refused(refusal)) => refusal.to_string(),
        other => format!("{other:?}"),
    }
}

async fn an_office_is_created_changed_and_deleted_each_in_one_act(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let before = newsroom.sequence().await;
    let created = newsroom.keep(&new_office("Skopje")).await.unwrap();
    assert_eq!((created.version, created.sequence), (1, before + 1));
    let taxonomy = newsroom.store.taxonomy().await.unwrap();
    assert_eq!(taxonomy.office_by_slug("skopje").unwrap().id.uuid(), created.id);

    let closed = newsroom.keep(&close_office(created.id, 1)).await.unwrap();
    assert_eq!((closed.version, closed.sequence), (2, before + 2));
    let same = newsroom.keep(&close_office(created.id, 2)).await.unwrap();
    assert_eq!(same, closed);
    assert_eq!(
        newsroom.refused(&close_office(created.id, 1)).await,
        "it is at version 2, and you have seen 1: read it again and repeat what you want of it"
    );
    let deleted = newsroom.keep(&delete_office(created.id, 2)).await.unwrap();
    assert_eq!((deleted.id, deleted.sequence), (created.id, before + 3));
    let taxonomy = newsroom.store.taxonomy().await.unwrap();
    assert_eq!(taxonomy.office_by_slug("skopje"), None);

    let changes = newsroom.changes_after(before).await;
    allow_duplicates!(assert_snapshot!(changes, @"
    desk: office created
    desk: office updated
    desk: office deleted
    "));
    let acts = "SELECT action || ' ' || detail FROM audit_entry WHERE actor LIKE 'account%' ORDER BY number";
    let acts = newsroom.lines(acts).await.replace(&created.id.to_string(), "ID");
    allow_duplicates!(assert_snapshot!(acts, @r#"
    create-office {"after":{"closed":false,"id":"ID","kind":null,"names":{"en":"Skopje"},"slug":"skopje","version":1},"before":null,"office":"ID"}
    update-office {"after":{"closed":true,"id":"ID","kind":null,"names":{"en":"Skopje"},"slug":"skopje","version":2},"before":{"closed":false,"id":"ID","kind":null,"names":{"en":"Skopje"},"slug":"skopje","version":1},"office":"ID"}
    delete-office {"after":null,"before":{"closed":true,"id":"ID","kind":null,"names":{"en":"Skopje"},"slug":"skopje","version":2},"office":"ID"}
    "#));
}

async fn a_theme_that_moves_takes_its_releases_along(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let before = newsroom.sequence().await;
    let counts = async || {
        let mut counts = Vec::new();
        for slug in ["elections", "observation", "media"] {
            counts.push(newsroom.count_by_theme(slug).await);
        }
        counts
    };
    assert_eq!(counts().await, [2, 2, 1]);
    let observation = newsroom.theme("observation").await;
    newsroom.keep(&move_theme(observation, 1, Some("media"))).await.unwrap();
    assert_eq!(counts().await, [0, 2, 2]);
    // The second release was under media already, and is under elections no more.
    let changes = newsroom.changes_after(before).await;
    allow_duplicates!(assert_snapshot!(changes, @"
    desk: theme updated
    desk: release reclassified
    desk: release reclassified
    "));

    let elections = newsroom.theme("elections").await.to_string();
    newsroom
        .keep(&move_theme(observation, 2, Some(&elections)))
        .await
        .unwrap();
    assert_eq!(counts().await, [2, 2, 1]);
    assert_eq!(
        newsroom
            .refused(&move_theme(elections.parse().unwrap(), 1, Some("observation")))
            .await,
        "parent: “observation” is under “elections” itself: move it out first, or name another"
    );
    assert_eq!(counts().await, [2, 2, 1]);
}

async fn what_is_in_use_is_not_deleted(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let (odihr, kyiv, unused) = (
        newsroom.office("odihr").await,
        newsroom.office("kyiv").await,
        newsroom.office("unused").await,
    );
    // From now on the first release is under another office and type; what it was is history.
    newsroom
        .import(r#"{"sourceId": "1", "state": "live", "slug": "one", "publishedAt": "2024-11-22T00:00:00Z", "type": "report", "offices": ["kyiv"], "themes": ["media"], "originalLocale": "en", "translations": {"en": {"title": "One"}}}"#)
        .await;
    let before = newsroom.sequence().await;
    let key = newsroom.id(Uuid::from_u128(0xd1));
    let account = newsroom.id(ACCOUNT);
    newsroom
        .execute(&format!(
            "UPDATE account SET offices = '[\"{unused}\"]' WHERE id = {account}"
        ))
        .await;
    let mut said = vec![
        newsroom.refused(&delete_office(odihr, 1)).await,
        newsroom.refused(&delete_office(kyiv, 1)).await,
        newsroom
            .refused(&delete_theme(newsroom.theme("elections").await, 1))
            .await,
        newsroom
            .refused(&delete_theme(newsroom.theme("drafted").await, 1))
            .await,
        newsroom
            .refused(&delete_type(newsroom.content_type("news").await, 1))
            .await,
        newsroom
            .refused(&delete_type(newsroom.content_type("report").await, 1))
            .await,
        newsroom.refused(&delete_office(unused, 1)).await,
    ];
    newsroom.execute("UPDATE account SET offices = NULL").await;
    newsroom
        .execute(&format!(
            "INSERT INTO api_key (id, account_id, name, hash, role, offices, created_by, created_at, expires_at) \
             VALUES ({key}, {account}, 'A', 'hash', 'editor', '[\"{unused}\"]', {account}, 0, 9000000000000000)"
        ))
        .await;
    said.push(newsroom.refused(&delete_office(unused, 1)).await);
    allow_duplicates!(assert_snapshot!(said.join("\n"), @"
    a release is filed under the office “odihr”, or once was: close it instead, or merge it into another
    a release is filed under the office “kyiv”, or once was: close it instead, or merge it into another
    the theme “elections” has others under it, such as “observation”: move or delete those first
    a release is filed under the theme “drafted”, or once was: give it other names instead, or merge it into another
    a release is filed under the content type “news”, or once was: give it other names instead, or merge it into another
    a release is filed under the content type “report”, or once was: give it other names instead, or merge it into another
    an account acts for the office “unused”: take it out of the account's offices first
    an API key acts for the office “unused”: revoke the key first
    "));
    assert_eq!(newsroom.sequence().await, before);

    // One that has expired serves no more, and is in no list where it could be revoked.
    newsroom.execute("UPDATE api_key SET expires_at = 1").await;
    newsroom.keep(&delete_office(unused, 1)).await.unwrap();
    let again = newsroom.keep(&new_office("Unused")).await.unwrap();
    assert_ne!(again.id, unused);
    assert_eq!(newsroom.office("unused").await, again.id);
}

async fn what_was_asked_under_a_key_is_answered_again(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let keep = async |command: &TaxonomyCommand, key: &str| {
        let key: IdempotencyKey = key.parse().unwrap();
        let administrator = caller(Role::Administrator);
        newsroom.store.keep_taxonomy(&administrator, command, Some(&key)).await
    };
    let type_called = |name: &str| {
        TaxonomyCommand::ContentType(EntryCommand::Create(ContentTypeFields {
            names: names(name),
            ..ContentTypeFields::default()
        }))
    };
    let first = keep(&type_called("Statement"), "one").await.unwrap();
    newsroom.keep(&type_called("Another")).await.unwrap();
    assert_eq!(keep(&type_called("Statement"), "one").await.unwrap(), first);
    let reused = keep(&type_called("Speech"), "one").await;
    assert!(matches!(reused, Err(CommandError::KeyReused)), "{reused:?}");
    assert_eq!(newsroom.content_type("statement").await, first.id);

    // A refusal is an outcome too, whatever has become of its reason.
    let stale = delete_type(first.id, 2);
    let refused = message(keep(&stale, "two").await);
    newsroom.keep(&delete_type(first.id, 1)).await.unwrap();
    assert_eq!(message(keep(&stale, "two").await), refused);
    assert_eq!(keep(&type_called("Statement"), "one").await.unwrap(), first);

    let publisher = caller(Role::Publisher);
    let denied = newsroom
        .store
        .keep_taxonomy(&publisher, &new_office("Mine"), None)
        .await;
    assert!(
        matches!(denied, Err(CommandError::Denied(Denial::Forbidden(_)))),
        "{denied:?}"
    );
}

async fn an_import_raises_the_versions_of_what_it_changes(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let versions = async || {
        let taxonomy = newsroom.store.taxonomy().await.unwrap();
        let offices = taxonomy.offices().map(|office| office.version);
        let themes = taxonomy.themes().in_tree_order().into_iter().map(|theme| theme.version);
        let types = taxonomy.content_types().map(|kind| kind.version);
        offices.chain(themes).chain(types).collect::<Vec<_>>()
    };
    assert_eq!(versions().await, [1; 9]);
    newsroom.import_taxonomy(TAXONOMY).await;
    assert_eq!(versions().await, [1; 9]);
    let renamed = TAXONOMY
        .replace("Kyiv", "In Kyiv")
        .replace("\"Media\"", "\"The media\"");
    newsroom.import_taxonomy(&renamed).await;
    assert_eq!(versions().await, [2, 1, 1, 1, 1, 1, 2, 1, 1]);
    let kyiv = newsroom.office("kyiv").await;
    assert_eq!(newsroom.keep(&close_office(kyiv, 2)).await.unwrap().version, 2);
    assert!(
        newsroom
            .refused(&close_office(kyiv, 1))
            .await
            .starts_with("it is at version 2")
    );
}

async fn of_ten_who_change_one_version_one_does(kind: Kind) {
    let newsroom = newsroom(kind).await;
    let odihr = newsroom.office("odihr").await;
    let called = |number: u32| {
        let store = newsroom.store.clone();
        let fields = OfficeFields {
            names: names(&format!("ODIHR {number}")),
            ..OfficeFields::default()
        };
        let id = odihr.into();
        let command = TaxonomyCommand::Office(EntryCommand::Update { id, seen: 1, fields });
        tokio::spawn(async move { store.keep_taxonomy(&caller(Role::Administrator), &command, None).await })
    };
    let mut accepted = 0;
    for task in (0..10).map(called).collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(done) => {
                accepted += 1;
                assert_eq!(done.version, 2);
            }
            Err(CommandError::Denied(Denial::Refused(Refusal::Stale { current: 2, .. }))) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(accepted, 1);
}
