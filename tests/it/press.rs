//! What an editor's client does at the desk: one call each.

use newsroom_tests::{Answer, Client};
use serde_json::{Value, json};

/// What the tests look at of a release at the desk.
pub(crate) const DESK: &str = "fragment Desk on DeskRelease {
  id uuid state version slug redirects originalLocale
  translations { locale version editionCount isDraftBehind publishedAt updatedAt changeNotes { note }
    draft { number title lead body { format source html } shared { slug publishedAt type { slug } offices { slug } themes { slug } } }
    live { number title lead shared { slug publishedAt offices { slug } } } }
  withdrawal { notices { locale text } } removal { reason } permitted
}";

/// Sends a command: `createRelease` and the like, with its input.
pub(crate) async fn send(client: &Client, command: &str, input: Value) -> Answer {
    let mut name = command.to_owned();
    name[..1].make_ascii_uppercase();
    let mutation = format!(
        "mutation($input: {name}Input!) {{ done: {command}(input: $input) {{ version sequence release {{ ...Desk }} }} }} {DESK}"
    );
    client.graphql(&mutation, json!({"input": input})).await
}

/// Sends a command that is done, and answers the release.
pub(crate) async fn done(client: &Client, command: &str, input: Value) -> Value {
    let shown = input.to_string();
    let answer = send(client, command, input).await;
    assert!(answer.errors().is_empty(), "{command} {shown}\n{}", answer.text);
    answer.data("/done/release").clone()
}

/// Creates a release in English with that title, filed under ODIHR.
pub(crate) async fn create(client: &Client, title: &str) -> Value {
    let input = json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": title}});
    done(client, "createRelease", input).await
}

/// Publishes a release's translation in a locale at the version that it has.
pub(crate) async fn publish(client: &Client, release: &Value, locale: &str) -> Value {
    let input = json!({"id": release["id"], "locale": locale, "version": version(release, locale)});
    done(client, "publishTranslation", input).await
}

/// Creates and publishes.
pub(crate) async fn published(client: &Client, title: &str) -> Value {
    let draft = create(client, title).await;
    publish(client, &draft, "en").await
}

/// The version of a release's translation.
pub(crate) fn version(release: &Value, locale: &str) -> i64 {
    text(release, locale)["version"].as_i64().unwrap()
}

/// A release's translation.
pub(crate) fn text<'a>(release: &'a Value, locale: &str) -> &'a Value {
    let texts = release["translations"].as_array().unwrap();
    texts.iter().find(|text| text["locale"] == locale).unwrap()
}
