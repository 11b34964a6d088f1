//! Publishing what is due: every host looks, by the database's clock, and whichever comes first takes it.

use std::time::Duration;

use newsroom_persistence::{DueTranslation, Look, Store};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::serve::metrics::{count_due, count_failed_look};

/// How long from one look to the next: what is due goes live within a second of its instant. It is looked at what the database's
/// clock says, so that nothing is slept through or repeated when that jumps.
const PERIOD: Duration = Duration::from_millis(250);

/// Publishes what is due, again and again, until `ending`.
pub(crate) async fn run(store: Store, ending: CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let Look { taken, failure } = store.publish_due().await;
        taken.iter().for_each(tell);
        count_due(&taken);
        if failure.is_some() {
            count_failed_look();
        }
        // There may be more than one look takes, and what waited for what went live now.
        if !taken.is_empty() {
            ticks.reset_immediately();
        }
        match failure {
            None if failing => {
                failing = false;
                tracing::info!("the schedule is kept again");
            }
            // Once, and not four times a second as long as the database is away.
            Some(error) if !failing => {
                failing = true;
                tracing::error!(%error, "what is due could not be published; it is tried again");
            }
            None | Some(_) => {}
        }
    }
}

fn tell(taken: &DueTranslation) {
    let DueTranslation {
        release,
        locale,
        due_at,
        taken_at,
        failure,
    } = taken;
    let late_millis = (taken_at.micros() - due_at.micros()) / 1000;
    match failure {
        None => tracing::info!(%release, %locale, %due_at, late_millis, "published as scheduled"),
        Some(reason) => tracing::warn!(%release, %locale, %due_at, late_millis, reason, "a schedule was given up"),
    }
}
