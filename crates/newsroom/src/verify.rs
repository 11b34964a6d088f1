//! `newsroom verify`: whether the audit trail and the change log are as they were written.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::Args;
use newsroom_domain::audit::Anchor;
use newsroom_persistence::Checked;

use crate::progress::Progress;
use crate::settings::Settings;
use crate::{Outcome, print, store};

/// How many faults are printed, one a line; the rest is counted. Each names the range that it is about, so that many mean
/// that somebody has made the whole trail anew.
const PRINTED: u64 = 1_000;

/// What `verify` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A seal that you noted before, to be found there still; as often as you have some.
    #[arg(long = "noted", value_name = "NUMBER:SEAL")]
    noted: Vec<Anchor>,
}

/// Verifies the logs. The server may be running.
///
/// # Errors
/// Where there is no newsroom, or its database fails.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let store = store::open_existing(settings).await?;
    let progress = Progress::counting();
    let (mut faults, mut printed) = (0_u64, Ok(()));
    let verified = store.verify(&arguments.noted, |checked| match checked {
        Checked::More(more) => progress.go_on(more, || "entries".to_owned()),
        Checked::Broken(broken) => {
            faults += 1;
            if faults <= PRINTED && printed.is_ok() {
                printed = writeln!(io::stdout(), "{broken}");
            }
        }
    });
    let verified = verified.await;
    progress.end();
    let verified = verified?;
    store.close().await?;
    if faults > PRINTED {
        print(&format!("and {} faults more", faults - PRINTED))?;
    }
    let (entries, changes, seal) = (verified.entries, verified.changes, &verified.seal);
    if faults > 0 {
        let what = if faults == 1 { "fault" } else { "faults" };
        print(&format!(
            "broken: {faults} {what} in {entries} audit entries and {changes} changes"
        ))?;
        return Ok(Outcome::Broken);
    }
    let noted = if seal.is_empty() {
        String::new()
    } else {
        format!("; the last seal is {entries}:{seal}")
    };
    print(&format!("sound: {entries} audit entries and {changes} changes{noted}"))
}
