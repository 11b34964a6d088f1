//! Single sign-on: what an external issuer says of somebody, as its tokens' claims, and the account that this makes.
//!
//! That a token holds is found out elsewhere; here its claims are read by the rules that the operator has set. Who somebody
//! is, only the issuer and the subject say: an address may be given to somebody else, a subject never is (OpenID Connect
//! Core 1.0, section 2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Account, Email, OfficeScope, Role};
use crate::audit::hex;
use crate::taxonomy::Taxonomy;
use crate::text::Name;
use crate::{AccountId, Instant};

/// The longest subject, in characters (OpenID Connect Core 1.0, section 2).
pub const LONGEST_SUBJECT: usize = 255;
/// What stands for all offices among the slugs of a claim. No slug is written so.
const ALL_OFFICES: &str = "*";
/// The claim that is a list with spaces in it (RFC 8693, section 4.2).
const SCOPE: &str = "scope";

/// How the claims of an issuer's tokens are read.
#[derive(Debug, Clone)]
pub struct SignOnRules {
    /// The claim that the role is found by.
    pub role_claim: String,
    /// The role for each of its values that has one. Of several the highest counts.
    pub roles: BTreeMap<String, Role>,
    /// The claim with the slugs of offices; none where tokens say nothing of offices.
    pub offices_claim: Option<String>,
    /// Whether somebody of whom the token says no offices acts for all, and not for none.
    pub all_offices: bool,
    /// The claim with the email address, which counts where `email_verified` is true.
    pub email_claim: String,
    /// The claim with the name.
    pub name_claim: String,
    /// Whether an account that has the email address already becomes that person's.
    pub link_accounts: bool,
}

/// Who an issuer says somebody is, and what they are to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOn {
    /// The issuer.
    pub issuer: String,
    /// Who, among all whom the issuer knows.
    pub subject: String,
    /// When the issuer said so; the beginning of 1970 where the token does not tell.
    pub issued_at: Instant,
    email: Option<Email>,
    name: Option<Name>,
    /// What it is called where nothing better is said.
    subject_as_name: Name,
    role: Role,
    offices: OfficesClaimed,
}

/// The offices that a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OfficesClaimed {
    All,
    Only(BTreeSet<String>),
}

/// Why the claims of a token make nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignOnFault {
    /// The subject or the time of issue is not what a token may have there.
    #[error("its claim `{0}` is missing, or not what a token may have there")]
    Malformed(&'static str),
    /// No value has a role here.
    #[error("no value of its claim `{0}` has a role in this newsroom")]
    NoRole(String),
}

impl SignOnRules {
    /// Reads the claims of a token that holds, of that issuer.
    ///
    /// # Errors
    /// Where the subject is none, or no role is found.
    pub fn read(&self, issuer: &str, claims: &Map<String, Value>) -> Result<SignOn, SignOnFault> {
        let (subject, subject_as_name) = subject(claims)?;
        let issued_at = issued_at(claims)?;
        let values = texts(claims, &self.role_claim).unwrap_or_default();
        let roles = values.iter().filter_map(|value| self.roles.get(*value));
        let role = roles.max().copied();
        let role = role.ok_or_else(|| SignOnFault::NoRole(self.role_claim.clone()))?;
        let text = |claim: &str| find(claims, claim).and_then(Value::as_str);
        let is_verified = claims.get("email_verified") == Some(&Value::Bool(true));
        let email = text(&self.email_claim).filter(|_| is_verified);
        Ok(SignOn {
            issuer: issuer.to_owned(),
            issued_at,
            email: email.and_then(|email| email.parse().ok()),
            name: text(&self.name_claim).and_then(|name| Name::new(name.trim()).ok()),
            subject: subject.to_owned(),
            subject_as_name,
            role,
            offices: self.offices(claims),
        })
    }

    fn offices(&self, claims: &Map<String, Value>) -> OfficesClaimed {
        let said = self.offices_claim.as_ref().and_then(|claim| texts(claims, claim));
        match said {
            None if self.all_offices => OfficesClaimed::All,
            Some(slugs) if slugs.contains(&ALL_OFFICES) => OfficesClaimed::All,
            said => OfficesClaimed::Only(said.unwrap_or_default().into_iter().map(str::to_owned).collect()),
        }
    }
}

fn subject(claims: &Map<String, Value>) -> Result<(&str, Name), SignOnFault> {
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.filter(|subject| subject.chars().count() <= LONGEST_SUBJECT);
    let named = subject.and_then(|subject| Some((subject, Name::new(subject).ok()?)));
    named.ok_or(SignOnFault::Malformed("sub"))
}

fn issued_at(claims: &Map<String, Value>) -> Result<Instant, SignOnFault> {
    // RFC 7519, section 2: seconds, perhaps with a fraction.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number too large becomes the largest, and no instant"
    )]
    let micros = match claims.get("iat") {
        None => Some(0),
        Some(seconds) => seconds.as_f64().map(|seconds| (seconds * 1_000_000.0) as i64),
    };
    let instant = micros.filter(|micros| *micros >= 0).and_then(Instant::from_micros);
    instant.ok_or(SignOnFault::Malformed("iat"))
}

/// The value of a claim, by its name; or else by a path with dots, into objects.
fn find<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(claim) {
        return Some(value);
    }
    let (first, rest) = claim.split_once('.')?;
    rest.split('.')
        .try_fold(claims.get(first)?, |value, key| value.get(key))
}

/// The texts of a claim: of one, of a list, or of a scope. What is no text says nothing.
fn texts<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<Vec<&'a str>> {
    match find(claims, claim)? {
        Value::String(scope) if claim == SCOPE => Some(scope.split(' ').collect()),
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

impl SignOn {
    /// The email address, where the issuer has verified it.
    #[must_use]
    pub fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// The offices that are meant. A slug that is no office's says nothing: issuers know more groups than we have offices.
    fn scope(&self, taxonomy: &Taxonomy) -> OfficeScope {
        match &self.offices {
            OfficesClaimed::All => OfficeScope::All,
            OfficesClaimed::Only(slugs) => {
                let offices = slugs.iter().filter_map(|slug| taxonomy.office_by_slug(slug));
                OfficeScope::Only(offices.map(|office| office.id).collect())
            }
        }
    }

    /// The account of somebody who is seen for the first time. Without an address that is verified, one stands in that
    /// no mail reaches (RFC 2606, section 2), the same for the same subject.
    #[must_use]
    pub fn create(&self, id: AccountId, taxonomy: &Taxonomy, now: Instant) -> Account {
        let email = self.email.clone().unwrap_or_else(|| self.stand_in());
        let name = self
            .name
            .clone()
            .or_else(|| Name::new(self.email.as_ref()?.as_str()).ok());
        Account {
            id,
            email,
            name: name.unwrap_or_else(|| self.subject_as_name.clone()),
            role: self.role,
            scope: self.scope(taxonomy),
            created_at: now,
            suspended_at: None,
            version: 1,
            has_password: false,
        }
    }

    /// The account as it is when the issuer has said this. The same one is answered where nothing of it changes. The
    /// address and a suspension stay as they are.
    #[must_use]
    pub fn change(&self, account: &Account, taxonomy: &Taxonomy) -> Account {
        let mut after = Account {
            name: self.name.clone().unwrap_or_else(|| account.name.clone()),
            role: self.role,
            scope: self.scope(taxonomy),
            ..account.clone()
        };
        if after != *account {
            after.version += 1;
        }
        after
    }

    fn stand_in(&self) -> Email {
        let mut hash = Sha256::new();
        for part in [&self.issuer, &self.subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Email::stand_in(&hex(&hash.finalize())[..32])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::taxonomy::{Names, Office};

    fn rules() -> SignOnRules {
        SignOnRules {
            role_claim: "realm.roles".to_owned(),
            roles: [
                ("press", Role::Author),
                ("desk", Role::Editor),
                ("chief", Role::Publisher),
            ]
            .map(|(value, role)| (value.to_owned(), role))
            .into(),
            offices_claim: Some("offices".to_owned()),
            all_offices: false,
            email_claim: "email".to_owned(),
            name_claim: "name".to_owned(),
            link_accounts: false,
        }
    }

    fn taxonomy() -> Taxonomy {
        let office = |slug: &str, id| Office {
            id: uuid::Uuid::from_u128(id).into(),
            slug: slug.parse().unwrap(),
            former_slugs: BTreeSet::new(),
            names: Names::one("en".parse().unwrap(), Name::new(slug).unwrap()),
            closed: false,
            kind: None,
            version: 1,
        };
        Taxonomy::new(vec![office("odihr", 1), office("mission", 2)], vec![], vec![]).unwrap()
    }

    fn claims() -> Value {
        json!({
            "sub": "7", "iat": 1_700_000_000, "email": "Anna@example.org", "email_verified": true, "name": " Anna ",
            "realm": {"roles": ["staff", "desk"]}, "offices": ["odihr", "nowhere"],
        })
    }

    fn read_by(rules: &SignOnRules, claims: &Value) -> Result<SignOn, SignOnFault> {
        rules.read("https://issuer.example", claims.as_object().unwrap())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn account(claims: &Value) -> Account {
        let now = "2026-11-25T00:00:00Z".parse().unwrap();
        read_by(&rules(), claims)
            .unwrap()
            .create(uuid::Uuid::from_u128(9).into(), &taxonomy(), now)
    }

    #[test]
    fn an_account_is_what_the_claims_say() {
        let account = account(&claims());
        assert_eq!(
            (
                account.email.as_str(),
                account.name.as_str(),
                account.role,
                account.scope,
                account.has_password
            ),
            (
                "anna@example.org",
                "Anna",
                Role::Editor,
                OfficeScope::Only([uuid::Uuid::from_u128(1).into()].into()),
                false
            )
        );
    }

    #[test]
    fn the_highest_role_counts_and_without_any_there_is_nobody() {
        let role = |roles: Value| read_by(&rules(), &with("realm", json!({"roles": roles}))).map(|read| read.role);
        assert_eq!(role(json!(["chief", "press", "x"])), Ok(Role::Publisher));
        assert_eq!(role(json!("press")), Ok(Role::Author));
        for none in [
            json!([]),
            json!(["Chief"]),
            json!("press desk"),
            json!(7),
            json!({"desk": true}),
            json!(null),
        ] {
            assert_eq!(role(none), Err(SignOnFault::NoRole("realm.roles".to_owned())));
        }
    }

    #[test]
    fn a_claim_is_found_by_its_name_before_it_is_a_path_and_a_scope_is_a_list() {
        let claims = json!({"sub": "7", "https://a.example/roles": "desk", "scope": "openid chief", "https://a": {"example/roles": "chief"}});
        let role = |claim: &str| {
            let rules = SignOnRules {
                role_claim: claim.to_owned(),
                ..rules()
            };
            read_by(&rules, &claims).map(|read| read.role)
        };
        assert_eq!(role("https://a.example/roles"), Ok(Role::Editor));
        assert_eq!(
            role("https://a.example/roles.x"),
            Err(SignOnFault::NoRole("https://a.example/roles.x".to_owned()))
        );
        assert_eq!(role("scope"), Ok(Role::Publisher));
    }

    #[test]
    fn without_a_claim_of_offices_there_are_none_unless_the_rules_say_all() {
        let mut said = claims();
        said.as_object_mut().unwrap().remove("offices");
        let scope = |all_offices, claims: &Value| {
            let rules = SignOnRules { all_offices, ..rules() };
            read_by(&rules, claims).unwrap().scope(&taxonomy())
        };
        let none = OfficeScope::Only(BTreeSet::new());
        assert_eq!(scope(false, &said), none);
        assert_eq!(scope(true, &said), OfficeScope::All);
        assert_eq!(scope(true, &with("offices", json!([]))), none);
        assert_eq!(scope(false, &with("offices", json!(["*"]))), OfficeScope::All);
    }

    #[test]
    fn an_address_counts_where_it_is_verified_and_else_one_stands_in() {
        for unverified in [
            with("email_verified", json!(false)),
            with("email_verified", json!("true")),
            with("email_verified", json!(null)),
            with("email", json!("no address")),
            with("email", json!(null)),
        ] {
            let account = account(&unverified);
            assert!(
                account.email.as_str().ends_with("@sign-on.invalid"),
                "{}",
                account.email
            );
            assert_eq!(account.email.as_str().parse(), Ok(account.email.clone()));
        }
        let (one, other) = (with("email", json!(null)), with("sub", json!("8")));
        assert_eq!(account(&one).email, account(&one).email);
        let mut other = other;
        other["email"] = json!(null);
        assert_ne!(account(&one).email, account(&other).email);
    }

    #[test]
    fn who_has_no_name_is_called_by_the_address_or_the_subject() {
        let mut said = with("name", json!("\u{7}"));
        assert_eq!(account(&said).name.as_str(), "anna@example.org");
        said["email_verified"] = json!(false);
        assert_eq!(account(&said).name.as_str(), "7");
    }

    #[test]
    fn a_subject_is_a_text_of_up_to_255_characters() {
        for bad in [
            json!(""),
            json!(" "),
            json!(7),
            json!(null),
            json!("a\0b"),
            json!("x".repeat(256)),
        ] {
            let refused = read_by(&rules(), &with("sub", bad.clone()));
            assert_eq!(refused, Err(SignOnFault::Malformed("sub")), "{bad}");
        }
        assert!(read_by(&rules(), &with("sub", json!("x".repeat(255)))).is_ok());
        for bad in [json!("1"), json!(-1), json!(1e300), json!([1])] {
            let refused = read_by(&rules(), &with("iat", bad.clone()));
            assert_eq!(refused, Err(SignOnFault::Malformed("iat")), "{bad}");
        }
    }

    #[test]
    fn what_the_issuer_says_now_changes_the_account_and_raises_its_version() {
        let before = account(&claims());
        let change = |claims: &Value| read_by(&rules(), claims).unwrap().change(&before, &taxonomy());
        assert_eq!(change(&claims()), before);
        assert_eq!(change(&with("email", json!("other@example.org"))), before);
        assert_eq!(change(&with("name", json!(null))), before);
        let after = change(&with("realm", json!({"roles": ["chief"]})));
        assert_eq!((after.role, after.version), (Role::Publisher, 2));
        let after = change(&with("offices", json!(["mission"])));
        assert_eq!(
            (after.scope, after.version),
            (OfficeScope::Only([uuid::Uuid::from_u128(2).into()].into()), 2)
        );
        let suspended = Account {
            suspended_at: Some(before.created_at),
            ..before.clone()
        };
        let after = read_by(&rules(), &with("name", json!("Ann")))
            .unwrap()
            .change(&suspended, &taxonomy());
        assert_eq!(
            (after.name.as_str(), after.suspended_at),
            ("Ann", suspended.suspended_at)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_claimed_nobody_has_a_role_that_no_value_names(value in any_json()) {
            let named = texts(&[("v".to_owned(), value.clone())].into_iter().collect(), "v")
                .is_some_and(|texts| texts.iter().any(|text| rules().roles.contains_key(*text)));
            let read = read_by(&rules(), &with("realm", json!({"roles": value})));
            prop_assert_eq!(read.is_ok(), named);
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a-z]{0,6}", Just("desk".to_owned()), Just("chief".to_owned())];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
