//! Keeping the taxonomy over GraphQL, by somebody who has been let in.

use std::collections::BTreeSet;

use async_graphql::{Request, Schema, Variables};
use newsroom_domain::{
    Zone,
    account::{Caller, Credential, OfficeScope, Role, Standing},
};
use newsroom_persistence::{Database, DeskRules, Store, StoreOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::graphql::{
    NewsroomSchema, Settings, changes::Subscriptions, mutation::Mutation, query::Query, request::TaxonomyOfRequest,
};

struct Desk {
    schema: NewsroomSchema,
    _folder: TempDir,
}

impl Desk {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let options = StoreOptions {
            database: Database::Sqlite(folder.path().join("newsroom.sqlite")),
            readers: 2,
            time_zone: Zone::default(),
            desk: DeskRules::default(),
        };
        let store = Store::open(options).await.unwrap();
        Self {
            schema: Schema::build(Query::default(), Mutation::default(), Subscriptions)
                .data(Settings::default())
                .data(store)
                .finish(),
            _folder: folder,
        }
    }

    async fn answer(&self, query: &str, variables: Value, role: Option<Role>) -> Value {
        let mut request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(TaxonomyOfRequest::default());
        if let Some(role) = role {
            request = request.data(Caller {
                standing: Standing {
                    account: Uuid::from_u128(0xe1).into(),
                    role,
                    scope: OfficeScope::Only(BTreeSet::new()),
                },
                credential: Credential::Session(Uuid::from_u128(0xf1).into()),
                address: None,
            });
        }
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    /// The data that an administrator gets.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables, Some(Role::Administrator)).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        answer["data"].clone()
    }

    /// The one error that an administrator gets: its extensions and its message.
    async fn refused(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables, Some(Role::Administrator)).await;
        let mut error = answer["errors"][0].clone();
        assert!(error.is_object(), "{query}: {answer}");
        json!({"message": error["message"].take(), "extensions": error["extensions"].take()})
    }
}

const CREATE_OFFICE: &str = "mutation($input: CreateOfficeInput!) {
    createOffice(input: $input) { office { id uuid slug names { locale name } kind closed version } version sequence } }";
const UPDATE_OFFICE: &str = "mutation($input: UpdateOfficeInput!) {
    updateOffice(input: $input) { office { slug names { locale name } kind closed version } version sequence } }";
const CREATE_THEME: &str = "mutation($input: CreateThemeInput!) {
    createTheme(input: $input) { theme { id uuid slug version parent { slug } } } }";
const UPDATE_THEME: &str = "mutation($input: UpdateThemeInput!) {
    updateTheme(input: $input) { theme { slug version ancestors { slug } children { slug } } version sequence } }";

#[tokio::test]
async fn an_office_is_created_changed_and_deleted() {
    let desk = Desk::new().await;
    let names = json!([{"locale": "EN", "name": "Mission to Skopje"}, {"locale": "ru", "name": "Миссия"}]);
    let input = json!({"names": names, "kind": "FIELD_OPERATION"});
    let created = desk.ask(CREATE_OFFICE, json!({"input": input})).await;
    let office = &created["createOffice"]["office"];
    insta::assert_json_snapshot!(created, {".**.id" => "ID", ".**.uuid" => "UUID"}, @r#"
    {
      "createOffice": {
        "office": {
          "closed": false,
          "id": "ID",
          "kind": "FIELD_OPERATION",
          "names": [
            {
              "locale": "en",
              "name": "Mission to Skopje"
            },
            {
              "locale": "ru",
              "name": "Миссия"
            }
          ],
          "slug": "mission-to-skopje",
          "uuid": "UUID",
          "version": 1
        },
        "sequence": 1,
        "version": 1
      }
    }
    "#);

    let input = json!({"id": office["id"], "version": 1, "slug": "skopje", "kind": null, "closed": true});
    let updated = desk.ask(UPDATE_OFFICE, json!({"input": input})).await;
    insta::assert_json_snapshot!(updated, @r#"
    {
      "updateOffice": {
        "office": {
          "closed": true,
          "kind": null,
          "names": [
            {
              "locale": "en",
              "name": "Mission to Skopje"
            },
            {
              "locale": "ru",
              "name": "Миссия"
            }
          ],
          "slug": "skopje",
          "version": 2
        },
        "sequence": 2,
        "version": 2
      }
    }
    "#);

    // By its UUID, and without a change.
    let input = json!({"id": office["uuid"], "version": 2});
    let same = desk.ask(UPDATE_OFFICE, json!({"input": input})).await;
    assert_eq!(same, updated);

    let stale = desk
        .refused(UPDATE_OFFICE, json!({"input": {"id": office["id"], "version": 1}}))
        .await;
    insta::assert_json_snapshot!(stale, @r#"
    {
      "extensions": {
        "code": "CONFLICT",
        "current": {
          "version": 2
        }
      },
      "message": "It is at version 2, and you have seen 1: read it again and repeat what you want of it."
    }
    "#);

    let delete = "mutation($input: DeleteOfficeInput!) { deleteOffice(input: $input) { deletedId sequence } }";
    let input = json!({"id": office["id"], "version": 2});
    let deleted = desk.ask(delete, json!({"input": input.clone()})).await;
    assert_eq!(
        deleted["deleteOffice"],
        json!({"deletedId": office["id"], "sequence": 3})
    );
    assert_eq!(
        desk.ask("{ office(slug: \"skopje\") { slug } }", json!({})).await,
        json!({"office": null})
    );
    let again = desk.refused(delete, json!({"input": input})).await;
    assert_eq!(again["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn a_theme_is_moved_by_slug_by_id_and_to_the_root() {
    let desk = Desk::new().await;
    let theme = async |name: &str, parent: Value| {
        let input = json!({"names": [{"locale": "en", "name": name}], "parent": parent});
        let created = desk.ask(CREATE_THEME, json!({"input": input})).await;
        created["createTheme"]["theme"].clone()
    };
    let elections = theme("Elections", Value::Null).await;
    let media = theme("Media", Value::Null).await;
    let observation = theme("Observation", json!("elections")).await;
    assert_eq!(observation["parent"], json!({"slug": "elections"}));
    let moved = async |id: &Value, version: i32, parent: &Value| {
        let input = json!({"id": id, "version": version, "parent": parent});
        let data = desk.ask(UPDATE_THEME, json!({"input": input})).await;
        data["updateTheme"]["theme"].clone()
    };
    let by_global_id = moved(&observation["id"], 1, &media["id"]).await;
    assert_eq!(by_global_id["ancestors"], json!([{"slug": "media"}]));
    let by_uuid = moved(&observation["uuid"], 2, &elections["uuid"]).await;
    assert_eq!(by_uuid["ancestors"], json!([{"slug": "elections"}]));
    let root = moved(&observation["id"], 3, &Value::Null).await;
    assert_eq!((&root["ancestors"], &root["version"]), (&json!([]), &json!(4)));

    moved(&observation["id"], 4, &json!("elections")).await;
    let input = json!({"id": elections["id"], "version": 1, "parent": observation["id"]});
    let cycle = desk.refused(UPDATE_THEME, json!({"input": input})).await;
    insta::assert_json_snapshot!(cycle, @r#"
    {
      "extensions": {
        "code": "VALIDATION_FAILED",
        "fields": [
          {
            "code": "CYCLE",
            "message": "“observation” is under “elections” itself: move it out first, or name another",
            "path": "input.parent"
          }
        ]
      },
      "message": "input.parent: “observation” is under “elections” itself: move it out first, or name another"
    }
    "#);
    let delete = "mutation($input: DeleteThemeInput!) { deleteTheme(input: $input) { deletedId } }";
    let input = json!({"id": elections["id"], "version": 1});
    let in_use = desk.refused(delete, json!({"input": input})).await;
    insta::assert_json_snapshot!(in_use, @r#"
    {
      "extensions": {
        "code": "CONFLICT"
      },
      "message": "The theme “elections” has others under it, such as “observation”: move or delete those first."
    }
    "#);
}

#[tokio::test]
async fn all_faults_of_an_input_come_at_once_with_their_paths() {
    let desk = Desk::new().await;
    let input = json!({
        "slug": "No Slug",
        "names": [{"locale": "not a tag", "name": ""}, {"locale": "en", "name": "A"}, {"locale": "en", "name": "B"}],
        "parent": "nowhere",
    });
    let refused = desk.refused(CREATE_THEME, json!({"input": input})).await;
    let fields = refused["extensions"]["fields"].as_array().unwrap();
    let paths: Vec<_> = fields.iter().map(|fault| fault["path"].as_str().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "input.slug",
            "input.names.0.locale",
            "input.names.0.name",
            "input.names.2.locale",
            "input.parent"
        ]
    );
}

#[tokio::test]
async fn a_content_type_is_created_and_its_slug_is_its_own() {
    let desk = Desk::new().await;
    let create = "mutation($input: CreateContentTypeInput!) {
        createContentType(input: $input) { contentType { id slug version } } }";
    let news = json!({"slug": "news", "names": [{"locale": "en", "name": "News"}]});
    let created = desk.ask(create, json!({"input": news.clone()})).await;
    let taken = desk.refused(create, json!({"input": news})).await;
    assert_eq!(taken["extensions"]["code"], "CONFLICT");
    let update = "mutation($input: UpdateContentTypeInput!) {
        updateContentType(input: $input) { contentType { slug name version } } }";
    let id = &created["createContentType"]["contentType"]["id"];
    let input = json!({"id": id, "version": 1, "names": [{"locale": "en", "name": "The news"}]});
    let updated = desk.ask(update, json!({"input": input})).await;
    let expected = json!({"slug": "news", "name": "The news", "version": 2});
    assert_eq!(updated["updateContentType"]["contentType"], expected);
    let delete = "mutation($input: DeleteContentTypeInput!) { deleteContentType(input: $input) { deletedId } }";
    let deleted = desk.ask(delete, json!({"input": {"id": id, "version": 2}})).await;
    assert_eq!(deleted["deleteContentType"]["deletedId"], *id);
}

#[tokio::test]
async fn who_may_not_is_told_so_whatever_they_ask() {
    let desk = Desk::new().await;
    let input = json!({"input": {"id": "no id", "version": 1}});
    let answer = desk.answer(UPDATE_OFFICE, input, None).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let id = Uuid::from_u128(1).to_string();
    let input = json!({"input": {"id": id, "version": 1}});
    let answer = desk.answer(UPDATE_OFFICE, input, Some(Role::Publisher)).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");

    let office = desk
        .ask(
            CREATE_OFFICE,
            json!({"input": {"names": [{"locale": "en", "name": "Vienna"}]}}),
        )
        .await;
    let of_another_kind = json!({"input": {"id": office["createOffice"]["office"]["id"], "version": 1}});
    let refused = desk.refused(UPDATE_THEME, of_another_kind).await;
    assert_eq!(refused["extensions"]["code"], "NOT_FOUND");
    let malformed = desk
        .refused(UPDATE_OFFICE, json!({"input": {"id": "no id", "version": 1}}))
        .await;
    assert_eq!(malformed["extensions"]["fields"][0]["path"], "input.id");
}
