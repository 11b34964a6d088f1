//! The settings of single sign-on: whose tokens are taken, and what they mean here.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use newsroom_api::{IssuerUrl, SignOnConfig};
use newsroom_domain::account::{Role, SignOnRules};
use serde::{Deserialize, Serialize};

/// The table `oidc`. Without an issuer there is no single sign-on, whatever else is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Oidc {
    issuer: Option<IssuerUrl>,
    audience: Option<String>,
    role_claim: String,
    roles: Vec<RoleOfValue>,
    offices_claim: Option<String>,
    all_offices: bool,
    email_claim: String,
    name_claim: String,
    link_accounts: bool,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            role_claim: "roles".to_owned(),
            roles: Vec::new(),
            offices_claim: None,
            all_offices: false,
            email_claim: "email".to_owned(),
            name_claim: "name".to_owned(),
            link_accounts: false,
        }
    }
}

impl Oidc {
    /// Whose tokens are taken, if anybody's.
    ///
    /// # Errors
    /// Where an issuer is set without what it needs.
    pub(super) fn config(&self) -> Result<Option<SignOnConfig>> {
        let Some(issuer) = self.issuer.clone() else {
            return Ok(None);
        };
        let Some(audience) = self.audience.clone().filter(|audience| !audience.is_empty()) else {
            bail!("oidc.issuer is set and oidc.audience is not: say whom the issuer's tokens have to be for");
        };
        if self.roles.is_empty() {
            bail!("oidc.issuer is set and oidc.roles is not, so that nobody could sign on: give VALUE=ROLE");
        }
        let role = |pair: &RoleOfValue| (pair.value.clone(), pair.role);
        let rules = SignOnRules {
            role_claim: self.role_claim.clone(),
            // Of a value that is there twice the higher role, as of two values.
            roles: {
                let mut roles: Vec<_> = self.roles.iter().map(role).collect();
                roles.sort();
                roles.into_iter().collect()
            },
            offices_claim: self.offices_claim.clone(),
            all_offices: self.all_offices,
            email_claim: self.email_claim.clone(),
            name_claim: self.name_claim.clone(),
            link_accounts: self.link_accounts,
        };
        Ok(Some(SignOnConfig {
            issuer,
            audience,
            rules,
        }))
    }
}

/// Which role a value of the role claim has: `VALUE=ROLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RoleOfValue {
    value: String,
    role: Role,
}

impl FromStr for RoleOfValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // At the last one: names of groups have some in them.
        let pair = text.rsplit_once('=').map(|(value, role)| (value.trim(), role.trim()));
        let read = pair.filter(|(value, _)| !value.is_empty());
        let read = read.and_then(|(value, role)| Some((value.to_owned(), Role::from_name(role)?)));
        let (value, role) = read.ok_or_else(|| {
            let roles = Role::ALL.map(Role::as_str).join(", ");
            format!("“{text}” gives no role to a value: write VALUE=ROLE, where the role is one of {roles}")
        })?;
        Ok(Self { value, role })
    }
}

impl fmt::Display for RoleOfValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.value, self.role.as_str())
    }
}

impl TryFrom<String> for RoleOfValue {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RoleOfValue> for String {
    fn from(pair: RoleOfValue) -> Self {
        pair.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_a_role() {
        let read = |text: &str| text.parse::<RoleOfValue>().map(|pair| (pair.value, pair.role));
        assert_eq!(read("desk=editor"), Ok(("desk".to_owned(), Role::Editor)));
        assert_eq!(
            read("CN=Press,DC=example = administrator"),
            Ok(("CN=Press,DC=example".to_owned(), Role::Administrator))
        );
        for bad in ["", "desk", "=editor", "desk=", "desk=Editor", "desk=chief"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_needs_an_audience_and_a_role() {
        let set = |audience: Option<&str>, roles: &[&str]| Oidc {
            issuer: Some("https://login.example.org".parse().unwrap()),
            audience: audience.map(str::to_owned),
            roles: roles.iter().map(|pair| pair.parse().unwrap()).collect(),
            ..Oidc::default()
        };
        assert!(Oidc::default().config().unwrap().is_none());
        let said = |oidc: Oidc| oidc.config().unwrap_err().to_string();
        assert!(said(set(None, &["a=editor"])).contains("oidc.audience"));
        assert!(said(set(Some(""), &["a=editor"])).contains("oidc.audience"));
        assert!(said(set(Some("newsroom"), &[])).contains("oidc.roles"));
        let twice = set(Some("newsroom"), &["a=publisher", "a=author"]).config().unwrap();
        assert_eq!(twice.unwrap().rules.roles["a"], Role::Publisher);
    }
}
