//! The server audits of the npm package `graphql-http`, against this handler.

use std::process::Command;

use crate::newsdesk::Newsdesk;

/// Needs Node and `npm install graphql-http@1.23.1 graphql@16` in the folder that `GRAPHQL_HTTP_AUDITS` names.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node and the graphql-http package"]
async fn every_server_audit_of_graphql_http_passes() {
    let folder =
        std::env::var("GRAPHQL_HTTP_AUDITS").expect("GRAPHQL_HTTP_AUDITS names a folder with graphql-http in it");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Newsdesk::new().router()).await });
    let script = format!(
        "require('graphql-http').auditServer({{url: 'http://{address}/graphql'}}).then(results => {{
            for (const result of results) if (result.status !== 'ok') console.log(result.status, result.id, result.name, result.reason)
            console.error(results.length, 'audits')
            process.exit(results.every(result => result.status === 'ok') && results.length > 50 ? 0 : 1)
        }})"
    );
    let output =
        tokio::task::spawn_blocking(move || Command::new("node").args(["-e", &script]).current_dir(folder).output())
            .await
            .unwrap()
            .unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
