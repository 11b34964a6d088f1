//! Links by which somebody gives an account its password: invitations, and resets.
//!
//! A link serves once and not for long, and its tokens are nowhere: whoever gets one has it, and only hashes are kept.

use super::Account;
use crate::refusal::Refusal;
use crate::{AccountId, AccountLinkId, Instant};

/// For how many days an invitation is good.
pub const INVITATION_DAYS: i64 = 7;
/// For how many hours a reset is good, whoever asked for it.
pub const RESET_HOURS: i64 = 1;
/// How often a mail is tried before it is given up.
pub const MOST_MAIL_ATTEMPTS: i64 = 10;
/// After how many seconds a mail is tried a second time. Each time after that takes twice as long.
const SECOND_ATTEMPT: i64 = 15;
/// The most characters that are kept of why a mail could not be sent.
const LONGEST_MAIL_ERROR: usize = 300;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// What a link is for, and who gave it. An account has at most one of each that is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// An administrator gave it, to an account that has no password yet.
    Invitation,
    /// An administrator gave it, to an account that has one.
    Reset,
    /// Somebody asked for it who says that they have forgotten their password: it goes to the account's address alone. It is of
    /// a kind of its own, so that whoever asks takes no link away that an administrator gave.
    RequestedReset,
}

impl LinkKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Invitation, Self::Reset, Self::RequestedReset];

    /// The kind's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::RequestedReset => "requested-reset",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// For how long such a link is good, in microseconds.
    const fn lifetime(self) -> i64 {
        match self {
            Self::Invitation => INVITATION_DAYS * 24 * HOUR,
            Self::Reset | Self::RequestedReset => RESET_HOURS * HOUR,
        }
    }
}

/// A link of an account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    /// Its identity.
    pub id: AccountLinkId,
    /// The account whose password it sets.
    pub account: AccountId,
    /// What it is for.
    pub kind: LinkKind,
    /// The administrator who gave it; nobody where somebody asked for it who is not known.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Instant,
    /// From when on it is good no more.
    pub expires_at: Instant,
    /// When it was used or taken back, or another one took its place.
    pub ended_at: Option<Instant>,
    /// What has become of the mail with it, where one is to be sent.
    pub mail: Option<LinkMail>,
}

/// What has become of a mail with a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkMail {
    /// How often it has been tried.
    pub attempts: i64,
    /// When a mail server took it.
    pub sent_at: Option<Instant>,
    /// When it was given up.
    pub failed_at: Option<Instant>,
    /// Why the last attempt failed, where it did.
    pub error: Option<String>,
}

impl AccountLink {
    /// Gives a link, for an administrator who asks: an invitation to an account without a password, a reset to one with.
    ///
    /// # Errors
    /// Where the account is suspended.
    pub fn give(id: AccountLinkId, account: &Account, by: AccountId, now: Instant) -> Result<Self, Refusal> {
        if account.suspended_at.is_some() {
            let message = "the account is suspended: reinstate it first".to_owned();
            return Err(Refusal::WrongState { state: None, message });
        }
        let kind = if account.has_password {
            LinkKind::Reset
        } else {
            LinkKind::Invitation
        };
        Ok(Self::new(id, account.id, kind, Some(by), now))
    }

    /// A link for somebody who has forgotten the account's password; none where it has no password, which is an
    /// administrator's to give, or is suspended.
    #[must_use]
    pub fn request(id: AccountLinkId, account: &Account, now: Instant) -> Option<Self> {
        let may = account.has_password && account.suspended_at.is_none();
        may.then(|| Self::new(id, account.id, LinkKind::RequestedReset, None, now))
    }

    fn new(id: AccountLinkId, account: AccountId, kind: LinkKind, created_by: Option<AccountId>, now: Instant) -> Self {
        Self {
            id,
            account,
            kind,
            created_by,
            created_at: now,
            expires_at: Instant::from_micros(now.micros() + kind.lifetime()).unwrap_or(now),
            ended_at: None,
            mail: None,
        }
    }

    /// Whether it is good at that moment.
    #[must_use]
    pub fn holds_at(&self, now: Instant) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// Whether the account's password may be set by it at that moment.
    #[must_use]
    pub fn opens(&self, account: &Account, now: Instant) -> bool {
        self.account == account.id && account.suspended_at.is_none() && self.holds_at(now)
    }
}

/// When a mail is tried again whose attempt of that number (from 1) has failed, for a link that is good until then. Nothing
/// where it is given up: it was tried often enough, or the link would be over.
#[must_use]
pub fn next_mail_attempt(attempts: i64, now: Instant, expires_at: Instant) -> Option<Instant> {
    if !(1..MOST_MAIL_ATTEMPTS).contains(&attempts) {
        return None;
    }
    let wait = (SECOND_ATTEMPT * SECOND) << (attempts - 1);
    Instant::from_micros(now.micros() + wait).filter(|next| *next < expires_at)
}

/// What is kept of why a mail could not be sent: one line of some length, without the mail's secret, which a mail server may
/// repeat.
#[must_use]
pub fn mail_error(said: &str, secret: &str) -> String {
    let said = if secret.is_empty() {
        said.to_owned()
    } else {
        said.replace(secret, "…")
    };
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut kept: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_MAIL_ERROR)
        .collect();
    if line.chars().nth(LONGEST_MAIL_ERROR).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Email, OfficeScope, Role};
    use crate::text::Name;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn now() -> Instant {
        at("2026-11-25T10:00:00Z")
    }

    fn account(has_password: bool, suspended_at: Option<Instant>) -> Account {
        Account {
            id: uuid::Uuid::from_u128(1).into(),
            email: "anna@example.org".parse::<Email>().unwrap(),
            name: Name::new("Anna").unwrap(),
            role: Role::Editor,
            scope: OfficeScope::All,
            created_at: at("2026-01-01T00:00:00Z"),
            suspended_at,
            version: 1,
            has_password,
        }
    }

    fn id() -> AccountLinkId {
        uuid::Uuid::from_u128(2).into()
    }

    fn given(account: &Account) -> Result<AccountLink, Refusal> {
        AccountLink::give(id(), account, uuid::Uuid::from_u128(3).into(), now())
    }

    #[test]
    fn an_account_without_a_password_is_invited_for_a_week_and_one_with_may_reset_it_for_an_hour() {
        let invitation = given(&account(false, None)).unwrap();
        assert_eq!(
            (invitation.kind, invitation.expires_at),
            (LinkKind::Invitation, at("2026-12-02T10:00:00Z"))
        );
        let reset = given(&account(true, None)).unwrap();
        assert_eq!(
            (reset.kind, reset.expires_at),
            (LinkKind::Reset, at("2026-11-25T11:00:00Z"))
        );
        let refused = given(&account(true, Some(now()))).unwrap_err();
        assert_eq!(refused.to_string(), "the account is suspended: reinstate it first");
    }

    #[test]
    fn who_forgot_a_password_had_one() {
        let request = |account: &Account| AccountLink::request(id(), account, now()).map(|link| link.kind);
        assert_eq!(request(&account(true, None)), Some(LinkKind::RequestedReset));
        assert_eq!(request(&account(false, None)), None);
        assert_eq!(request(&account(true, Some(now()))), None);
    }

    #[test]
    fn a_link_opens_its_own_account_until_it_is_over() {
        let anna = account(true, None);
        let link = given(&anna).unwrap();
        let opens = |link: &AccountLink, account: &Account, time: &str| link.opens(account, at(time));
        assert!(opens(&link, &anna, "2026-11-25T10:59:59.999999Z"));
        assert!(!opens(&link, &anna, "2026-11-25T11:00:00Z"));
        assert!(!opens(&link, &account(true, Some(now())), "2026-11-25T10:30:00Z"));
        let other = Account {
            id: uuid::Uuid::from_u128(9).into(),
            ..anna.clone()
        };
        assert!(!opens(&link, &other, "2026-11-25T10:30:00Z"));
        let ended = AccountLink {
            ended_at: Some(now()),
            ..link
        };
        assert!(!opens(&ended, &anna, "2026-11-25T10:30:00Z"));
    }

    #[test]
    fn a_mail_is_tried_ever_more_slowly_and_not_beyond_its_link() {
        let later = at("2026-12-02T10:00:00Z");
        let waits: Vec<_> = (1..=MOST_MAIL_ATTEMPTS)
            .map(|attempts| next_mail_attempt(attempts, now(), later).map(|at| (at.micros() - now().micros()) / SECOND))
            .collect();
        let expected = [15, 30, 60, 120, 240, 480, 960, 1920, 3840].map(Some);
        assert_eq!(waits[..9], expected);
        assert_eq!(waits[9], None);
        let soon = at("2026-11-25T10:00:20Z");
        assert!(next_mail_attempt(1, now(), soon).is_some());
        assert_eq!(next_mail_attempt(2, now(), soon), None);
    }

    #[test]
    fn why_a_mail_failed_is_one_line_without_its_secret() {
        let said = "550 5.7.1\r\nnot with\tnrl_secret in it\u{1b}";
        assert_eq!(mail_error(said, "nrl_secret"), "550 5.7.1 not with … in it");
        assert_eq!(mail_error(&"ж".repeat(301), "").chars().count(), 301);
    }

    #[test]
    fn a_kind_is_read_back_from_its_name() {
        for kind in LinkKind::ALL {
            assert_eq!(LinkKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(LinkKind::from_name("invite"), None);
    }
}
