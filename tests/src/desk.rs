//! People at the desk: their accounts, made as an operator makes them, and clients that have signed in.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::database;
use crate::newsroom::{Newsroom, Ran, ended_with};

/// The password of every account that [`Newsroom::account`] makes: another one each run.
#[must_use]
pub fn password() -> &'static str {
    static PASSWORD: LazyLock<String> = LazyLock::new(|| format!("{:016x}", database::run_number()));
    &PASSWORD
}

/// The mutation that signs in.
pub const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { \
     accessToken tokenType expiresAt expiresIn refreshToken refreshTokenExpiresAt viewer { account { email } role } } }";

impl Newsroom {
    /// Makes an account with [`password`], for these offices or else for all, and answers its UUID.
    #[expect(clippy::must_use_candidate, reason = "most only want it to be there")]
    pub fn account(&self, email: &str, role: &str, offices: &[&str]) -> String {
        let mut arguments = vec!["account", "add", "--email", email, "--role", role];
        for office in offices {
            arguments.extend(["--office", office]);
        }
        let ran = self.run_with(&arguments, &format!("{}\n", password())).expect_success();
        ran.output.trim().to_owned()
    }

    /// Runs a command of the program on this newsroom, with that on its standard input.
    #[must_use]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        ended_with(self.command(arguments), input)
    }

    /// What the audit trail says was done, the oldest first.
    pub async fn audited(&self) -> Vec<String> {
        self.column("SELECT action FROM audit_entry ORDER BY number").await
    }
}

impl Client {
    /// Tries to sign in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.graphql(SIGN_IN, json!({"input": {"email": email, "password": password}}))
            .await
    }

    /// Signs in to an account that [`Newsroom::account`] made, and answers the tokens.
    pub async fn tokens(&self, email: &str) -> Value {
        let variables = json!({"input": {"email": email, "password": password()}});
        self.ask(SIGN_IN, variables).await["signIn"].take()
    }

    /// A client that has signed in to an account that [`Newsroom::account`] made.
    #[must_use]
    pub async fn signed_in(&self, email: &str) -> Self {
        let tokens = self.tokens(email).await;
        self.with_bearer(tokens["accessToken"].as_str().unwrap())
    }
}
