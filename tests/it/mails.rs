//! Invitations and resets that go out by mail, to a mail server of the test's own.

use std::time::Duration;

use newsroom_tests::mail::MailServer;
use newsroom_tests::{Client, Kind, Newsroom, Server, on_both, password};
use serde_json::{Value, json};

use crate::invitations::{INVITE, anna, invited, newsroom_with_administrator, reset, set};

on_both!(
    an_invitation_goes_out_by_mail,
    a_name_in_any_script_is_greeted_in_it,
    nobody_is_told_whether_there_is_an_account,
    a_request_does_the_same_work_for_any_address,
    a_request_takes_no_link_of_an_administrators_away,
    requests_are_throttled_alike_for_all_addresses,
    without_a_mail_server_nobody_can_ask,
    a_key_cannot_ask,
    a_mail_that_is_refused_for_now_is_sent_later,
    a_mail_that_is_refused_for_good_is_given_up,
    what_is_over_is_not_sent,
    a_mail_outlives_its_server,
    several_hosts_send_each_mail_once,
    a_mail_server_needs_a_sender,
);

const REQUEST: &str = "mutation($email: String!) { requestPasswordReset(input: {email: $email}) { requested } }";
const LINKS: &str =
    "{ accounts { nodes { email pendingLinks { kind createdById mail { state attempts sentAt error } } } } }";
const NEW: &str = "quite another password";

async fn newsroom_with_mail(kind: Kind) -> (MailServer, Newsroom, Server, Client) {
    let mail = MailServer::start();
    let settings = mail.settings();
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &settings).await;
    (mail, newsroom, server, administrator)
}

async fn serve(newsroom: &Newsroom, mail: &MailServer) -> Server {
    let settings = mail.settings();
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    newsroom.serve_with(&[], &settings).await
}

/// The one link of an account, once it is as it should be.
async fn link(administrator: &Client, email: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for attempt in 0.. {
        let data = administrator.ask(LINKS, json!({})).await;
        let nodes = data["accounts"]["nodes"].as_array().unwrap();
        let of_account = nodes.iter().find(|node| node["email"] == email).unwrap();
        let link = &of_account["pendingLinks"][0];
        if is_so(link) {
            return link.clone();
        }
        assert!(attempt < 1000, "{data}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!()
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |link| link["mail"]["state"] == state
}

async fn request(client: &Client, email: &str) -> newsroom_tests::Answer {
    client.graphql(REQUEST, json!({ "email": email })).await
}

/// Waits until all requests have been looked at.
async fn all_looked_at(newsroom: &Newsroom) {
    while newsroom.number("SELECT COUNT(*) FROM password_request").await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn an_invitation_goes_out_by_mail(kind: Kind) {
    let (mail, _newsroom, server, administrator) = newsroom_with_mail(kind).await;
    let given = invited(&administrator, anna()).await;
    assert_eq!(given["link"]["mail"], json!({"state": "WAITING"}));
    let mails = mail.wait_for(1).await;
    let arrived = &mails[0];
    assert_eq!(
        (arrived.from.as_str(), arrived.to.as_str()),
        ("newsroom@example.org", "anna@example.org")
    );
    let headers = [
        "From",
        "To",
        "Subject",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    .map(|name| arrived.header(name));
    assert_eq!(
        headers,
        [
            "Newsroom <newsroom@example.org>",
            "anna@example.org",
            "Your invitation to Newsroom",
            "auto-generated",
            "1.0",
            "text/plain; charset=utf-8",
        ]
    );
    let id = arrived.header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@example.org>"), "{id}");
    assert!(chrono::DateTime::parse_from_rfc2822(&arrived.header("Date")).is_ok());
    let token = json!(arrived.token());
    assert_ne!(token, given["token"]);
    let sent = link(&administrator, "anna@example.org", is("SENT")).await;
    assert_eq!(
        (&sent["mail"]["attempts"], &sent["mail"]["error"]),
        (&json!(1), &Value::Null)
    );
    assert!(sent["mail"]["sentAt"].is_string());
    let answer = set(server.client(), &token, NEW).await;
    assert_eq!(answer.data("/setPassword/viewer/account/email"), "anna@example.org");
    // They are of one link, and it has served.
    for token in [&token, &given["token"]] {
        assert_eq!(set(server.client(), token, NEW).await.codes(), ["UNAUTHENTICATED"]);
    }
    let log = server.log().join("\n");
    assert!(log.contains("a mail was sent") && !log.contains(&arrived.token()["nrl_".len()..]));
}

async fn a_name_in_any_script_is_greeted_in_it(kind: Kind) {
    let (mail, _newsroom, _server, administrator) = newsroom_with_mail(kind).await;
    let mut input = anna();
    input["name"] = json!("Анна “Ⓐ” <b@example.org>, 安娜");
    invited(&administrator, input).await;
    let arrived = &mail.wait_for(1).await[0];
    assert!(
        arrived.body().starts_with("Hello Анна “Ⓐ” <b@example.org>, 安娜,\n\n"),
        "{}",
        arrived.body()
    );
    assert!(arrived.text.is_ascii());
    assert_eq!(arrived.to, "anna@example.org");
}

async fn nobody_is_told_whether_there_is_an_account(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    newsroom.account("editor@example.org", "editor", &["osce-secretariat"]);
    newsroom.account("suspended@example.org", "editor", &[]);
    newsroom
        .run(&["account", "suspend", "suspended@example.org"])
        .expect_success();
    let machine = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { id } } }";
    let input = json!({"email": "machine@example.org", "name": "Machine", "role": "EDITOR", "offices": []});
    administrator.ask(machine, json!({ "input": input })).await;
    let mut said = Vec::new();
    for email in [
        "nobody@example.org",
        "suspended@example.org",
        "machine@example.org",
        " Editor@Example.org",
    ] {
        said.push(request(server.client(), email).await.body);
    }
    assert!(said.iter().all(|body| *body == said[0]), "{said:?}");
    assert_eq!(said[0], json!({"data": {"requestPasswordReset": {"requested": true}}}));
    assert_eq!(
        request(server.client(), "no address").await.faults(),
        ["input.email INVALID_EMAIL"]
    );
    let arrived = &mail.wait_for(1).await[0];
    assert_eq!(
        (arrived.to.as_str(), arrived.header("Subject").as_str()),
        ("editor@example.org", "A new password for Newsroom")
    );
    let sent = link(&administrator, "editor@example.org", is("SENT")).await;
    assert_eq!(
        (&sent["kind"], &sent["createdById"]),
        (&json!("REQUESTED_RESET"), &Value::Null)
    );
    all_looked_at(&newsroom).await;
    assert!(
        set(server.client(), &json!(arrived.token()), NEW)
            .await
            .errors()
            .is_empty()
    );
    assert_eq!(mail.mails().len(), 1);
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM account_link").await, 1);
    let detail = newsroom
        .column("SELECT detail FROM audit_entry WHERE action = 'password-reset-requested'")
        .await;
    assert!(
        detail.len() == 1 && detail[0].contains("\"from\":\"127.0.0.1\""),
        "{detail:?}"
    );
}

async fn a_request_does_the_same_work_for_any_address(kind: Kind) {
    let mail = MailServer::start();
    let [url, from] = mail.settings();
    let settings = [
        (url.0, url.1.as_str()),
        (from.0, from.1.as_str()),
        ("NEWSROOM_LOG", "warn,sqlx::query=debug"),
        ("NEWSROOM_LOG_FORMAT", "json"),
    ];
    let (newsroom, server, _) = newsroom_with_administrator(kind, &settings).await;
    newsroom.account("editor@example.org", "editor", &[]);
    let mut ran = Vec::new();
    for email in ["nobody@example.org", "editor@example.org"] {
        let (answer, log) = server.logged_by(request(server.client(), email)).await;
        assert!(answer.errors().is_empty());
        let events = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        // What is done meanwhile by who sends mail is in no request.
        let of_request = events.filter(|event| event["span"]["name"] == "request" && event["target"] == "sqlx::query");
        ran.push(of_request.map(|event| event["summary"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(ran[0], ran[1]);
    let shown = json!(ran[0]).to_string();
    assert!(
        shown.contains("sign_in_throttle") && shown.contains("password_request"),
        "{shown}"
    );
}

async fn a_request_takes_no_link_of_an_administrators_away(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    let id = newsroom.account("editor@example.org", "editor", &[]);
    let given = reset(&administrator, &json!(id)).await;
    mail.wait_for(1).await;
    request(server.client(), "editor@example.org").await;
    mail.wait_for(2).await;
    request(server.client(), "editor@example.org").await;
    let requested = mail.wait_for(3).await;
    // The newer request's link has taken the older one's place, and neither the administrator's.
    let of_older = json!(requested[1].token());
    assert_eq!(set(server.client(), &of_older, NEW).await.codes(), ["UNAUTHENTICATED"]);
    assert!(set(server.client(), &given["token"], NEW).await.errors().is_empty());
    // All that were good are over with it.
    let of_newer = json!(requested[2].token());
    assert_eq!(set(server.client(), &of_newer, NEW).await.codes(), ["UNAUTHENTICATED"]);
}

async fn requests_are_throttled_alike_for_all_addresses(kind: Kind) {
    let (_mail, newsroom, server, _) = newsroom_with_mail(kind).await;
    newsroom.account("editor@example.org", "editor", &[]);
    for email in ["editor@example.org", "nobody@example.org"] {
        for _ in 0..3 {
            assert!(request(server.client(), email).await.errors().is_empty());
        }
        let refused = request(server.client(), email).await;
        assert_eq!(refused.codes(), ["RATE_LIMITED"], "{email}");
        assert!(refused.errors()[0]["extensions"]["retryAfter"].as_i64().unwrap() > 500);
    }
    // Six were counted for the place that they came from, of ten.
    let mut codes = Vec::new();
    for number in 0..5 {
        let answer = request(server.client(), &format!("somebody-{number}@example.org")).await;
        codes.extend(answer.codes().iter().map(|code| (*code).to_owned()));
    }
    assert_eq!(codes, ["RATE_LIMITED"]);
    // Who signs in is not held up by it.
    assert!(
        server
            .client()
            .sign_in("editor@example.org", password())
            .await
            .errors()
            .is_empty()
    );
}

async fn without_a_mail_server_nobody_can_ask(kind: Kind) {
    let (newsroom, server, _) = newsroom_with_administrator(kind, &[]).await;
    for email in ["administrator@example.org", "nobody@example.org"] {
        assert_eq!(request(server.client(), email).await.codes(), ["CONFLICT"]);
    }
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM password_request").await, 0);
}

async fn a_key_cannot_ask(kind: Kind) {
    let (_mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    let key = "mutation { createApiKey(input: {name: \"wire\"}) { secret } }";
    let key = administrator.ask(key, json!({})).await["createApiKey"]["secret"].take();
    let machine = server.client().with_bearer(key.as_str().unwrap());
    assert_eq!(
        request(&machine, "administrator@example.org").await.codes(),
        ["FORBIDDEN"]
    );
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM password_request").await, 0);
}

async fn a_mail_that_is_refused_for_now_is_sent_later(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    mail.reply_to_next_recipient("451 4.7.1 come back later");
    let given = invited(&administrator, anna()).await;
    let waiting = link(&administrator, "anna@example.org", |link| {
        !link["mail"]["error"].is_null()
    })
    .await;
    assert_eq!(
        (&waiting["mail"]["state"], &waiting["mail"]["attempts"]),
        (&json!("WAITING"), &json!(1))
    );
    assert!(
        waiting["mail"]["error"].as_str().unwrap().contains("come back later"),
        "{waiting}"
    );
    assert!(mail.mails().is_empty());
    newsroom.execute("UPDATE mail SET due_at = 0").await;
    let arrived = &mail.wait_for(1).await[0];
    let sent = link(&administrator, "anna@example.org", is("SENT")).await;
    assert_eq!(
        (&sent["mail"]["attempts"], &sent["mail"]["error"]),
        (&json!(2), &Value::Null)
    );
    assert_ne!(json!(arrived.token()), given["token"]);
    assert!(
        set(server.client(), &json!(arrived.token()), NEW)
            .await
            .errors()
            .is_empty()
    );
}

async fn a_mail_that_is_refused_for_good_is_given_up(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    mail.reply_to_next_recipient("550 5.1.1 nobody of that name");
    let given = invited(&administrator, anna()).await;
    let failed = link(&administrator, "anna@example.org", is("FAILED")).await;
    assert_eq!(
        (&failed["mail"]["attempts"], &failed["mail"]["sentAt"]),
        (&json!(1), &Value::Null)
    );
    assert!(
        failed["mail"]["error"]
            .as_str()
            .unwrap()
            .contains("nobody of that name"),
        "{failed}"
    );
    // One whose last attempt fails is given up too.
    mail.reply_to_next_recipient("451 4.7.1 come back later");
    newsroom
        .execute("UPDATE mail SET due_at = 0, failed_at = NULL, attempts = 9")
        .await;
    let failed = link(&administrator, "anna@example.org", |link| {
        link["mail"]["attempts"] == 10
    })
    .await;
    let failed = if failed["mail"]["state"] == "FAILED" {
        failed
    } else {
        link(&administrator, "anna@example.org", is("FAILED")).await
    };
    assert!(
        failed["mail"]["error"].as_str().unwrap().contains("come back later"),
        "{failed}"
    );
    assert!(mail.mails().is_empty());
    // The administrator has the link all the same.
    assert!(set(server.client(), &given["token"], NEW).await.errors().is_empty());
}

async fn what_is_over_is_not_sent(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    mail.reply_to_next_recipient("451 4.7.1 come back later");
    let given = invited(&administrator, anna()).await;
    link(&administrator, "anna@example.org", |link| {
        !link["mail"]["error"].is_null()
    })
    .await;
    assert!(set(server.client(), &given["token"], NEW).await.errors().is_empty());
    newsroom.execute("UPDATE mail SET due_at = 0").await;
    // What comes behind it in the queue has gone out; so it has not been waiting for its turn.
    newsroom.account("editor@example.org", "editor", &[]);
    request(server.client(), "editor@example.org").await;
    let mails = mail.wait_for(1).await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "editor@example.org"));
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM mail WHERE attempts = 1").await, 2);
}

async fn a_mail_outlives_its_server(kind: Kind) {
    let nowhere = [
        ("NEWSROOM_SMTP_URL", "smtp://127.0.0.1:1"),
        ("NEWSROOM_SMTP_FROM", "newsroom@example.org"),
    ];
    let (newsroom, mut server, administrator) = newsroom_with_administrator(kind, &nowhere).await;
    invited(&administrator, anna()).await;
    link(&administrator, "anna@example.org", |link| {
        !link["mail"]["error"].is_null()
    })
    .await;
    server.kill();
    // As if a host had taken it on and were gone before it was sent.
    newsroom.execute("UPDATE mail SET due_at = 0, error = NULL").await;
    let mail = MailServer::start();
    let server = serve(&newsroom, &mail).await;
    let arrived = &mail.wait_for(1).await[0];
    assert!(
        set(server.client(), &json!(arrived.token()), NEW)
            .await
            .errors()
            .is_empty()
    );
}

async fn several_hosts_send_each_mail_once(kind: Kind) {
    let (mail, newsroom, server, administrator) = newsroom_with_mail(kind).await;
    let others = [serve(&newsroom, &mail).await, serve(&newsroom, &mail).await];
    let bearer = administrator.bearer().unwrap().to_owned();
    let hosts = [server.client(), others[0].client(), others[1].client()].map(|client| client.with_bearer(&bearer));
    let invite = async |number: usize| {
        let input =
            json!({"email": format!("editor-{number}@example.org"), "name": "Editor", "role": "EDITOR", "offices": []});
        let answer = hosts[number % 3].graphql(INVITE, json!({ "input": input })).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    };
    for number in (0..12).step_by(3) {
        tokio::join!(invite(number), invite(number + 1), invite(number + 2));
    }
    mail.wait_for(12).await;
    while newsroom.number("SELECT COUNT(*) FROM mail WHERE sent_at IS NULL").await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut to: Vec<_> = mail.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    let arrived = to.len();
    to.dedup();
    assert_eq!((arrived, to.len()), (12, 12));
    assert_eq!(newsroom.number("SELECT SUM(attempts) FROM mail").await, 12);
}

async fn a_mail_server_needs_a_sender(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let settings = [("NEWSROOM_SMTP_URL", "smtp://127.0.0.1:1")];
    let (status, said) = newsroom.try_to_serve(&[], &settings).await.unwrap_err();
    assert_eq!(status.code(), Some(2));
    assert!(said.contains("smtp.url is set and smtp.from is not"), "{said}");
}
