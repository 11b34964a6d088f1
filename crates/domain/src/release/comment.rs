//! Comments: what colleagues say of an edition. They are beside the release, not of it, and stay as they were said.

use serde::Serialize;

use super::Release;
use crate::account::{Action, Caller, Filing, Matter, PublishRule};
use crate::refusal::{Denial, Refusal};
use crate::text::Note;
use crate::{AccountId, CommentId, EditionId, Instant};

/// The most comments on one edition: a page of releases is read with all of theirs.
pub const MOST_COMMENTS: u64 = 200;

/// What somebody has said of an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its identity.
    pub id: CommentId,
    /// The edition.
    pub edition: EditionId,
    /// Which of its translation's editions that is, from 1.
    pub edition_number: i64,
    /// Who said it.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// What was said.
    pub text: Note,
}

/// A comment that somebody asks to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommentOnEdition {
    /// The edition, of whatever release.
    pub edition: EditionId,
    /// What is said. Its path is `text`.
    pub text: String,
}

impl CommentOnEdition {
    /// The text to be kept, on an edition of that release, if it is one of any; `there` are so many comments already.
    ///
    /// # Errors
    /// A [`Denial`]: for who may not read the release at the desk; for a text that cannot be; for one comment too many.
    pub fn decide(&self, of: Option<&Release>, caller: &Caller, rule: PublishRule, there: u64) -> Result<Note, Denial> {
        let filing = Filing::of(of.ok_or(Denial::NotFound)?);
        caller
            .standing
            .allow(Action::ReadRelease, Matter::Release(&filing), rule)?;
        let text = Note::new(&self.text).map_err(|fault| Refusal::Invalid(vec![fault.at("text")]))?;
        if there >= MOST_COMMENTS {
            let message = format!("an edition has at most {MOST_COMMENTS} comments: go on at the next one");
            return Err(Refusal::WrongState { state: None, message }.into());
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::account::{Credential, OfficeScope, Role, Standing};
    use crate::release::test_desk::{Desk, titled};

    fn caller(role: Role) -> Caller {
        Caller {
            standing: Standing {
                account: Uuid::from_u128(9).into(),
                role,
                scope: OfficeScope::All,
            },
            credential: Credential::Session(Uuid::nil().into()),
            address: None,
        }
    }

    #[test]
    fn whoever_may_read_a_release_says_something_of_its_editions() {
        let release = Desk::default().create(titled("Observers arrive"));
        let said = |text: &str, of: Option<&Release>, role: Role, there: u64| {
            let comment = CommentOnEdition {
                edition: Uuid::nil().into(),
                text: text.to_owned(),
            };
            comment.decide(of, &caller(role), PublishRule::default(), there)
        };
        let note = said("Is that the minister’s name?\n", Some(&release), Role::Editor, 199).unwrap();
        assert_eq!(note.as_str(), "Is that the minister’s name?\n");
        for (of, role) in [(Some(&release), Role::Author), (None, Role::Administrator)] {
            assert_eq!(said("", of, role, 200), Err(Denial::NotFound));
        }
        for (text, code) in [
            ("", "EMPTY"),
            ("\u{0}", "CONTROL_CHARACTER"),
            (&*"ж".repeat(2001), "TOO_LONG"),
        ] {
            let Err(Denial::Refused(Refusal::Invalid(faults))) = said(text, Some(&release), Role::Editor, 0) else {
                panic!("{text} is taken");
            };
            assert_eq!((faults[0].path.as_str(), &*faults[0].code), ("text", code));
        }
        let refused = said("One more", Some(&release), Role::Editor, 200);
        assert!(matches!(refused, Err(Denial::Refused(Refusal::WrongState { .. }))));
    }
}
