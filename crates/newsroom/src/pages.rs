//! `newsroom docs`: the pages of the documentation that are made from the code, as they stand in `docs/`.

use clap::ValueEnum;

/// A page that is made from the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Page {
    /// The error codes: docs/errors.md.
    Errors,
    /// Who may do what: docs/permissions.md.
    Permissions,
}

impl Page {
    /// The page.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Errors => newsroom_api::error::errors_as_markdown(),
            Self::Permissions => format!(
                "# Permissions\n\nWhat each role may do at the desk. An account has one role, and a scope: all offices, or some. An API key has a\nrole and a scope of its own, and never more than its account has.\n\n{}",
                newsroom_domain::account::permissions_as_markdown()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_pages_that_the_program_prints() {
        for (page, name) in [(Page::Errors, "errors"), (Page::Permissions, "permissions")] {
            let path = format!("{}/../../docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
            let there = std::fs::read_to_string(&path).unwrap();
            assert_eq!(
                there,
                page.text(),
                "put what `newsroom docs {name}` prints into docs/{name}.md"
            );
        }
    }
}
