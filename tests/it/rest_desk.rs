//! The desk by the JSON API: commands with `If-Match` and `Idempotency-Key`, and what they are refused for.

use newsroom_tests::{Answer, Client, Kind, Newsroom, Server, on_both, password};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::archive::newsroom_with_seed;

on_both!(
    a_release_is_written_translated_published_corrected_and_withdrawn,
    a_command_names_the_version_it_has_seen,
    a_command_that_is_sent_again_is_done_once,
    a_body_is_read_whole_and_its_faults_are_named,
    offices_are_made_changed_merged_and_deleted,
    one_signs_in_and_out,
    who_may_not_is_told_so,
    what_the_desk_reads_is_kept_by_nobody,
);

const ODIHR: &str = "osce-office-for-democratic-institutions-and-human-rights";

/// Somebody at the desk, and the tag of what was read last.
struct Desk {
    client: Client,
    tag: String,
}

async fn desk(kind: Kind, role: &str) -> (Newsroom, Server, Desk) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("desk@example.org", role, &[]);
    let server = newsroom.serve().await;
    let client = server.client().signed_in("desk@example.org").await;
    let tag = String::new();
    (newsroom, server, Desk { client, tag })
}

impl Desk {
    async fn send(&self, method: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.request(method, path);
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.send(request).await
    }

    /// A command that is done, at the version that was seen last.
    async fn done(&mut self, method: &str, path: &str, body: Value) -> Value {
        let tag = self.tag.clone();
        let answer = self.send(method, path, body, &[("if-match", &tag)]).await;
        assert!(
            answer.status.is_success(),
            "{method} {path} {} {}",
            answer.status,
            answer.text
        );
        if !answer.header("etag").is_empty() {
            answer.header("etag").clone_into(&mut self.tag);
        }
        answer.body
    }

    async fn read(&mut self, path: &str) -> Value {
        let answer = self.client.get(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path} {}", answer.text);
        answer.header("etag").clone_into(&mut self.tag);
        answer.body
    }

    /// A release with that title, as it is made, and its address.
    async fn create(&mut self, title: &str) -> (Value, String) {
        let body = json!({"originalLocale": "en", "offices": [ODIHR], "text": {"title": title}});
        let made = self.send("POST", "/v1/desk/releases", body, &[]).await;
        assert_eq!(
            (made.status.as_u16(), made.header("etag")),
            (201, "\"1\""),
            "{}",
            made.text
        );
        let path = format!("/v1/desk/releases/{}", made.body["release"]["id"].as_str().unwrap());
        assert!(made.header("location").ends_with(&path), "{}", made.header("location"));
        made.header("etag").clone_into(&mut self.tag);
        (made.body["release"].clone(), path)
    }
}

fn problem(answer: &Answer) -> (u16, &str) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text
    );
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap())
}

fn faults(answer: &Answer) -> Vec<(&str, &str)> {
    let fields = answer.body["fields"].as_array().unwrap().iter();
    fields
        .map(|fault| (fault["path"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect()
}

async fn a_release_is_written_translated_published_corrected_and_withdrawn(kind: Kind) {
    let (_newsroom, server, mut desk) = desk(kind, "publisher").await;
    let (draft, path) = desk.create("Observers arrive").await;
    assert_eq!((&draft["state"], &draft["version"]), (&json!("DRAFT"), &json!(1)));
    let english = format!("{path}/translations/en");
    let saved = desk
        .done("PATCH", &english, json!({"text": {"lead": "They stay a month."}}))
        .await;
    assert_eq!(saved["version"], 2);
    desk.done("POST", &format!("{english}/publish"), Value::Null).await;
    let live = server.client().get("/v1/releases/observers-arrive").await.body;
    assert_eq!(
        (&live["id"], &live["lead"]),
        (&draft["id"], &json!("They stay a month."))
    );

    let russian = json!({"locale": "ru", "text": {"title": "Наблюдатели прибыли"}});
    desk.read(&path).await;
    desk.done("POST", &format!("{path}/translations"), russian).await;
    let shown = desk
        .read(&format!("{path}/translations/ru?fields=locale,stage,version"))
        .await;
    assert_eq!(shown, json!({"locale": "ru", "stage": "WRITTEN", "version": 1}));
    desk.done("POST", &format!("{path}/translations/ru/publish"), json!({}))
        .await;

    desk.read(&english).await;
    desk.done("PATCH", &english, json!({"text": {"title": "Observers have arrived"}}))
        .await;
    let note = json!({"correction": {"level": "MAJOR", "changeNote": "They are there."}});
    desk.done("POST", &format!("{english}/publish"), note).await;
    let corrected = server.client().get("/v1/releases/observers-arrive").await.body;
    assert_eq!(corrected["changeNotes"][0]["note"], "They are there.");
    assert_eq!(corrected["availableLocales"], json!(["en", "ru"]));

    let editions = desk
        .read(&format!("{english}/editions?limit=2&fields=number,title,id"))
        .await;
    assert_eq!(editions["items"].as_array().unwrap().len(), 2);
    let (from, to) = (
        editions["items"][1]["id"].as_str().unwrap(),
        editions["items"][0]["id"].as_str().unwrap(),
    );
    let difference = desk
        .read(&format!("/v1/desk/edition-difference?from={from}&to={to}&fields=title"))
        .await;
    assert_eq!(difference["title"]["differs"], true);
    let edition = desk.read(&format!("/v1/desk/editions/{to}")).await;
    assert_eq!(edition["id"], to);

    desk.read(&path).await;
    let notice = json!({"notice": [{"locale": "en", "text": "The figures were wrong."}]});
    let withdrawn = desk.done("POST", &format!("{path}/withdraw"), notice).await;
    assert_eq!(withdrawn["release"]["state"], "WITHDRAWN");
    let shown = server.client().get("/v1/releases/observers-arrive").await.body;
    assert_eq!(shown["withdrawal"]["notice"], "The figures were wrong.");
    let listed = desk.read("/v1/desk/releases?state=withdrawn&office=osce-office-for-democratic-institutions-and-human-rights&include=totalCount").await;
    assert_eq!(
        (&listed["totalCount"], &listed["items"][0]["id"]),
        (&json!(1), &draft["id"])
    );
    let id = draft["id"].as_str().unwrap();
    let trail = desk
        .read(&format!("/v1/desk/audit?release={id}&limit=1&fields=action,releaseId"))
        .await;
    assert_eq!(trail["items"], json!([{"action": "withdraw-release", "releaseId": id}]));
}

async fn a_command_names_the_version_it_has_seen(kind: Kind) {
    let (_newsroom, _server, mut desk) = desk(kind, "publisher").await;
    let (_, path) = desk.create("Observers arrive").await;
    let change = || json!({"text": {"title": "Observers leave"}});
    let without = desk.send("PATCH", &path, change(), &[]).await;
    assert_eq!(problem(&without), (428, "PRECONDITION_REQUIRED"));
    let saved = desk.send("PATCH", &path, change(), &[("if-match", "\"1\"")]).await;
    assert_eq!((saved.status.as_u16(), saved.header("etag")), (200, "\"2\""));
    let stale = desk.send("PATCH", &path, change(), &[("if-match", "\"1\"")]).await;
    assert_eq!(problem(&stale), (412, "CONFLICT"));
    assert_eq!(
        (&stale.body["current"]["version"], &stale.body["current"]["locale"]),
        (&json!(2), &json!("en"))
    );
    let strange = desk.send("PATCH", &path, change(), &[("if-match", "\"abc\"")]).await;
    assert_eq!(problem(&strange), (412, "CONFLICT"));
    let any = desk.send("PATCH", &path, change(), &[("if-match", "*")]).await;
    assert_eq!(faults(&any), [("If-Match", "MALFORMED")]);
    // A proxy makes a weak tag of one that was read.
    let read = desk.client.get(&path).await;
    let weak = format!("W/{}", read.header("etag"));
    let saved = desk
        .send(
            "PATCH",
            &path,
            json!({"text": {"lead": "A month."}}),
            &[("if-match", &weak)],
        )
        .await;
    assert_eq!(saved.header("etag"), "\"3\"", "{}", saved.text);
    // Neither a list's tag nor one without a version names what is to be changed.
    let rules = desk.client.get("/v1/desk/publishing-rules").await;
    let administrator = json!({"fourEyes": true});
    let of_a_list = desk
        .send(
            "PUT",
            "/v1/desk/publishing-rules",
            administrator,
            &[("if-match", rules.header("etag"))],
        )
        .await;
    assert_eq!(problem(&of_a_list), (412, "CONFLICT"));
    assert!(of_a_list.body["detail"].as_str().unwrap().contains("not a list's"));
    let nowhere = desk
        .send(
            "PATCH",
            &format!("{path}/translations/fr"),
            change(),
            &[("if-match", "\"1\"")],
        )
        .await;
    assert_eq!(problem(&nowhere), (404, "NOT_FOUND"));
    let wrong_state = desk
        .send(
            "POST",
            &format!("{path}/reinstate"),
            Value::Null,
            &[("if-match", "\"3\"")],
        )
        .await;
    assert_eq!(
        (problem(&wrong_state), &wrong_state.body["state"]),
        ((409, "CONFLICT"), &json!("DRAFT"))
    );
}

async fn a_command_that_is_sent_again_is_done_once(kind: Kind) {
    let (_newsroom, _server, desk) = desk(kind, "publisher").await;
    let body = |title: &str| json!({"originalLocale": "en", "offices": [ODIHR], "text": {"title": title}});
    let key = [("idempotency-key", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"")];
    let first = desk.send("POST", "/v1/desk/releases", body("Once"), &key).await;
    let again = desk
        .send(
            "POST",
            "/v1/desk/releases",
            body("Once"),
            &[("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324")],
        )
        .await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    let another = desk.send("POST", "/v1/desk/releases", body("Twice"), &key).await;
    assert_eq!(problem(&another), (422, "IDEMPOTENCY_KEY_REUSED"));
}

async fn a_body_is_read_whole_and_its_faults_are_named(kind: Kind) {
    let (_newsroom, server, mut desk) = desk(kind, "publisher").await;
    let (_, path) = desk.create("Observers arrive").await;
    let body = json!({"originalLocale": "not a tag", "ofices": [], "publishedAt": 7, "offices": "odihr", "text": {"body": {"format": "PDF"}}, "id": "x"});
    let refused = desk.send("POST", "/v1/desk/releases", body, &[]).await;
    let mut named = faults(&refused);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            ("id", "UNKNOWN_MEMBER"),
            ("offices", "MALFORMED"),
            ("ofices", "UNKNOWN_MEMBER"),
            ("originalLocale", "MALFORMED"),
            ("publishedAt", "MALFORMED"),
            ("text.body.format", "MALFORMED"),
            ("text.body.text", "REQUIRED")
        ]
    );
    let refused = desk
        .send(
            "PATCH",
            &path,
            json!({"offices": ["nowhere"], "text": {"title": " "}}),
            &[("if-match", "\"1\"")],
        )
        .await;
    let mut named: Vec<_> = faults(&refused).into_iter().map(|(path, _)| path).collect();
    named.sort_unstable();
    assert_eq!(named, ["offices.0", "text.title"]);
    let unknown = desk
        .send("PATCH", "/v1/desk/releases/no-id", json!({}), &[("if-match", "\"1\"")])
        .await;
    assert_eq!(faults(&unknown), [("id", "INVALID_ID")]);
    let list = desk.send("POST", "/v1/desk/releases", json!([]), &[]).await;
    assert_eq!(problem(&list), (400, "BAD_REQUEST"));
    let form = desk
        .client
        .request("POST", "/v1/desk/releases")
        .header("content-type", "text/plain")
        .body("{}");
    assert_eq!(problem(&desk.client.send(form).await), (415, "UNSUPPORTED_MEDIA_TYPE"));
    let long = desk
        .send("POST", "/v1/desk/releases", json!({"slug": "a".repeat(300_000)}), &[])
        .await;
    assert_eq!(problem(&long), (413, "PAYLOAD_TOO_LARGE"));
    // Who sends in chunks says only at the end that there is none.
    let mut stream = TcpStream::connect(server.root().trim_start_matches("http://"))
        .await
        .unwrap();
    let bearer = desk.client.bearer().unwrap();
    let chunks = format!(
        "POST {path}/duplicate HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {bearer}\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    stream.write_all(chunks.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let with_query = desk.send("POST", "/v1/desk/releases?fields=id", json!({}), &[]).await;
    assert_eq!(faults(&with_query), [("fields", "UNKNOWN_PARAMETER")]);
}

async fn offices_are_made_changed_merged_and_deleted(kind: Kind) {
    let (_newsroom, server, mut desk) = desk(kind, "administrator").await;
    let made = |name: &str| json!({"names": [{"locale": "en", "name": name}]});
    let office = desk
        .send("POST", "/v1/desk/offices", made("Mission to Skopje"), &[])
        .await;
    assert_eq!(office.status.as_u16(), 201, "{}", office.text);
    let id = office.body["office"]["id"].as_str().unwrap().to_owned();
    assert!(office.header("location").ends_with(&format!("/v1/offices/{id}")));
    let path = format!("/v1/desk/offices/{id}");
    // What readers read has a tag that will do.
    desk.read("/v1/offices/mission-to-skopje").await;
    let closed = desk.done("PATCH", &path, json!({"closed": true})).await;
    assert_eq!(
        (&closed["office"]["closed"], &closed["version"]),
        (&json!(true), &json!(2))
    );
    let other = desk.send("POST", "/v1/desk/offices", made("Skopje"), &[]).await;
    let into = other.body["office"]["id"].as_str().unwrap().to_owned();
    let merged = desk.done("POST", &format!("{path}/merge"), json!({"into": into})).await;
    assert_eq!(
        (&merged["mergedId"], &merged["office"]["id"]),
        (&json!(id), &json!(into))
    );
    let path = format!("/v1/desk/offices/{into}");
    let deleted = desk.done("DELETE", &path, Value::Null).await;
    assert_eq!(deleted["deletedId"], into);
    assert_eq!(server.client().get("/v1/offices/skopje").await.status.as_u16(), 404);
    let rules = desk.read("/v1/desk/publishing-rules").await;
    assert_eq!(rules["items"][0]["office"], Value::Null);
    let accounts = desk.read("/v1/desk/accounts?limit=1").await;
    assert_eq!(accounts["items"][0]["email"], "desk@example.org");
    let trail = desk.read("/v1/desk/audit?limit=2&fields=action").await;
    assert_eq!(
        trail["items"],
        json!([{"action": "delete-office"}, {"action": "merge-office"}])
    );
}

async fn one_signs_in_and_out(kind: Kind) {
    let (_newsroom, server, _desk) = desk(kind, "editor").await;
    let client = server.client();
    let post = async |client: &Client, path: &str, body: Value| {
        let request = client
            .request("POST", path)
            .header("content-type", "application/json")
            .body(body.to_string());
        client.send(request).await
    };
    let wrong = post(
        client,
        "/v1/desk/sessions",
        json!({"email": "desk@example.org", "password": "not this one"}),
    )
    .await;
    assert_eq!(problem(&wrong), (401, "UNAUTHENTICATED"));
    let tokens = post(
        client,
        "/v1/desk/sessions",
        json!({"email": "desk@example.org", "password": password()}),
    )
    .await;
    assert_eq!(
        (tokens.status.as_u16(), tokens.header("cache-control")),
        (200, "no-store"),
        "{}",
        tokens.text
    );
    assert_eq!(tokens.body["viewer"]["account"]["email"], "desk@example.org");
    let desk = client.with_bearer(tokens.body["accessToken"].as_str().unwrap());
    let viewer = desk.get("/v1/desk/viewer?fields=role").await;
    assert_eq!(viewer.body, json!({"role": "EDITOR"}));
    let refreshed = post(
        client,
        "/v1/desk/sessions/refresh",
        json!({"refreshToken": tokens.body["refreshToken"]}),
    )
    .await;
    assert!(refreshed.body["accessToken"].is_string(), "{}", refreshed.text);
    let everywhere = post(&desk, "/v1/desk/sessions/sign-out-everywhere", json!({})).await;
    assert_eq!(everywhere.body["sessions"], 2, "{}", everywhere.text);
}

async fn who_may_not_is_told_so(kind: Kind) {
    let (_newsroom, server, desk) = desk(kind, "author").await;
    for (method, path) in [
        ("GET", "/v1/desk/releases"),
        ("GET", "/v1/desk/viewer"),
        ("POST", "/v1/desk/releases"),
        ("DELETE", "/v1/desk/offices/x"),
    ] {
        let nobody = server.client().send(server.client().request(method, path)).await;
        assert_eq!(
            (problem(&nobody), nobody.header("www-authenticate")),
            ((401, "UNAUTHENTICATED"), "Bearer"),
            "{path}"
        );
    }
    let unknown = server.client().with_bearer("no token").get("/v1/desk/releases").await;
    assert_eq!(unknown.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    let forbidden = desk.send("POST", "/v1/desk/offices", json!({"names": []}), &[]).await;
    assert_eq!(problem(&forbidden), (403, "FORBIDDEN"));
    let nothing = desk
        .client
        .get("/v1/desk/releases/01934c00-0000-7000-8000-000000000000")
        .await;
    assert_eq!(problem(&nothing), (404, "NOT_FOUND"));
}

async fn what_the_desk_reads_is_kept_by_nobody(kind: Kind) {
    let (_newsroom, _server, mut desk) = desk(kind, "publisher").await;
    let (_, path) = desk.create("Observers arrive").await;
    let read = desk.client.get(&path).await;
    assert_eq!(read.header("cache-control"), "no-store");
    let same = desk
        .send("GET", &path, Value::Null, &[("if-none-match", read.header("etag"))])
        .await;
    assert_eq!(same.status.as_u16(), 304);
    let preview = json!({"edition": read.body["translations"][0]["draft"]["id"]});
    let token = desk.send("POST", "/v1/desk/previews", preview, &[]).await;
    let previewed = desk.client.under(token.body["token"].as_str().unwrap());
    let shown = previewed.get("/v1/releases/observers-arrive").await;
    assert_eq!(
        (&shown.body["title"], shown.header("cache-control")),
        (&json!("Observers arrive"), "private, no-store"),
        "{}",
        shown.text
    );
    assert_eq!(
        desk.client.get("/v1/releases/observers-arrive").await.status.as_u16(),
        404
    );
}
