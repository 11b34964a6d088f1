//! A store to test, with somebody at its desk.

use std::collections::BTreeSet;

use newsroom_domain::account::{Caller, Credential, OfficeScope, Role, Standing};
use newsroom_domain::exchange::{ReleaseLine, TaxonomyFile};
use newsroom_domain::filter::{ReleaseFilter, ReleaseOrder};
use newsroom_domain::page::PageRequest;
use newsroom_domain::{AccountId, Zone};
use newsroom_persistence::{Database, DeskRules, ImportOptions, Importer, NumberedLine, Store, StoreOptions};
use newsroom_tests::{Kind, Newsroom as Place};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use uuid::Uuid;

/// The account of everybody who calls.
pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xe1);

/// A newsroom with nothing in it but an account.
pub(crate) struct Newsroom {
    pub(crate) store: Store,
    database: DatabaseConnection,
    place: Place,
}

impl Newsroom {
    pub(crate) async fn new(kind: Kind) -> Self {
        let place = Place::without_tables(kind);
        let database = match kind {
            Kind::Sqlite => format!("sqlite:{}", place.folder().join("data/newsroom.sqlite").display()),
            Kind::Postgres => on_the_test_server(place.postgres_name()),
        };
        let options = StoreOptions {
            database: database.parse::<Database>().unwrap(),
            readers: 2,
            time_zone: Zone::default(),
            desk: DeskRules::default(),
        };
        Store::migrate(&options).await.unwrap();
        let newsroom = Self {
            store: Store::open(options).await.unwrap(),
            database: sea_orm::Database::connect(database).await.unwrap(),
            place,
        };
        let id = newsroom.id(ACCOUNT);
        newsroom
            .execute(&format!(
                "INSERT INTO account (id, email, name, role, password_changed_at, created_at, version) \
                 VALUES ({id}, 'a@example.org', 'A', 'administrator', 0, 0, 1)"
            ))
            .await;
        newsroom
    }

    /// An identity, as it stands in SQL.
    pub(crate) fn id(&self, id: Uuid) -> String {
        match self.place.kind() {
            Kind::Sqlite => format!("x'{}'", id.simple()),
            Kind::Postgres => format!("'{id}'"),
        }
    }

    /// Runs a statement past the store.
    pub(crate) async fn execute(&self, sql: &str) {
        self.database.execute_unprepared(sql).await.unwrap();
    }

    /// The one column of text that a query past the store answers, a line for each row.
    pub(crate) async fn lines(&self, sql: &str) -> String {
        let statement = Statement::from_string(self.database.get_database_backend(), sql);
        let rows = self.database.query_all_raw(statement).await.unwrap();
        let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What the change log has from a sequence on, a line for each change.
    pub(crate) async fn changes_after(&self, sequence: i64) -> String {
        self.lines(&format!(
            "SELECT origin || ': ' || subject_kind || ' ' || kind FROM change WHERE sequence > {sequence} ORDER BY sequence"
        ))
        .await
    }

    /// Where the change log is.
    pub(crate) async fn sequence(&self) -> i64 {
        let sequence = self.lines("SELECT CAST(sequence AS TEXT) FROM change_head").await;
        sequence.parse().unwrap()
    }

    fn importer(&self) -> Importer {
        self.store.importer(ImportOptions {
            strict: true,
            dry_run: false,
            overwrite: false,
            announce: false,
            locales: vec![],
            locale_of_names: "en".parse().unwrap(),
        })
    }

    /// Imports a taxonomy.
    pub(crate) async fn import_taxonomy(&self, taxonomy: &str) {
        let taxonomy: TaxonomyFile = serde_json::from_str(taxonomy).unwrap();
        let mut importer = self.importer();
        importer.taxonomy(&taxonomy).await.unwrap();
        importer.finish().await.unwrap();
    }

    /// Imports releases, a line each.
    pub(crate) async fn import(&self, lines: &str) {
        let lines: Vec<_> = (1..)
            .zip(lines.trim().lines())
            .map(|(number, line)| NumberedLine::new(number, ReleaseLine::parse(line).unwrap()).unwrap())
            .collect();
        let mut importer = self.importer();
        let report = importer.batch(&lines).await.unwrap();
        assert_eq!(report.refused, vec![]);
        importer.finish().await.unwrap();
    }

    /// How many releases readers find by a theme.
    pub(crate) async fn count_by_theme(&self, slug: &str) -> u64 {
        let filter = ReleaseFilter {
            themes: vec![slug.to_owned()],
            ..ReleaseFilter::default()
        };
        let page = PageRequest::first(10);
        let moment = self.store.moment().await.unwrap();
        let filter = moment.resolve(&filter).unwrap();
        let found = moment.find(&filter, ReleaseOrder::NewestFirst, Some(&page), true).await;
        let (found, total) = found.unwrap();
        moment.end().await.unwrap();
        assert_eq!(found.unwrap().items.len() as u64, total.unwrap());
        total.unwrap()
    }
}

/// The URL of a database of the server that tests are given.
fn on_the_test_server(name: &str) -> String {
    let server = std::env::var("NEWSROOM_TEST_DATABASE_URL").unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// Somebody in that role, for all offices.
pub(crate) fn caller(role: Role) -> Caller {
    Caller {
        standing: Standing {
            account: AccountId::from(ACCOUNT),
            role,
            scope: OfficeScope::Only(BTreeSet::new()),
        },
        credential: Credential::Session(Uuid::from_u128(0xf1).into()),
        address: None,
    }
}
