//! What an editor's client does at the desk: one call each.

use newsroom_tests::{Answer, Client};
use serde_json::{Value, json};

/// What the tests look at of a release at the desk.
pub(crate) const DESK: &str = "fragment Desk on DeskRelease {
  id uuid state version slug redirects originalLocale
  translations { locale version editionCount isDraftBehind publishedAt updatedAt takenDownAt changeNotes { note }
    stage schedule { at localTime timeZone bundle } scheduleFailure { reason } requestedChanges { comment } behind { texts } emergency { reason }
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

/// A step of a translation at the version that it has: `submitForReview` and the like.
pub(crate) async fn step(client: &Client, command: &str, release: &Value, locale: &str, more: Value) -> Answer {
    let mut input = json!({"id": release["id"], "locale": locale, "version": version(release, locale)});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    send(client, command, input).await
}

/// A step that is done, and the release then.
pub(crate) async fn stepped(client: &Client, command: &str, release: &Value, locale: &str, more: Value) -> Value {
    let answer = step(client, command, release, locale, more).await;
    assert!(answer.errors().is_empty(), "{command}\n{}", answer.text);
    answer.data("/done/release").clone()
}

/// The release as the desk has it now.
pub(crate) async fn read(client: &Client, release: &Value) -> Value {
    let query = format!("query($id: ID!) {{ deskRelease(id: $id) {{ ...Desk }} }} {DESK}");
    client.ask(&query, json!({"id": release["id"]})).await["deskRelease"].take()
}

/// Waits until a release's translation is at a stage, or has no draft any more where that is `Null`.
pub(crate) async fn until_stage(client: &Client, release: &Value, locale: &str, stage: Value) -> Value {
    for _ in 0..600 {
        let now = read(client, release).await;
        if text(&now, locale)["stage"] == stage {
            return now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{locale} does not come to {stage}: {}", read(client, release).await)
}

/// An instant so many milliseconds from now, by the machine's clock.
pub(crate) fn soon(milliseconds: i64) -> String {
    let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(milliseconds);
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
