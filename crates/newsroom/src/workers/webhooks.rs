//! Webhooks: giving endpoints what they are owed, and sending it. Several hosts may do so at once.
//!
//! Each endpoint has places of its own for what is being sent to it, so that one that is slow or dead is in no other's way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use newsroom_domain::WebhookId;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_persistence::{Answered, DueDelivery, Slot, Store, StoreError};
use tokio::sync::{Notify, mpsc};
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::serve::metrics::count_webhook_attempt;
use crate::webhooks::Sender;

/// How often it is looked whether something has changed, or is due, that this host was not told of.
const PERIOD: Duration = Duration::from_millis(250);
/// How long from one look at what is due to the next at the least, so that many short deliveries are taken on together.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether the clock was set back.
const LOOK_AT_THE_CLOCK: Duration = Duration::from_mins(1);
/// How many deliveries are sent to an endpoint at once.
const AT_ONCE: u64 = 4;
/// How many are, as long as nothing gets through.
const AT_ONCE_WHILE_FAILING: u64 = 1;
/// How many outcomes are noted together.
const NOTED_TOGETHER: usize = 256;

/// Does all of it, again and again, until `ending`. What is being sent then has `grace` to be finished; else it is sent again later.
pub(crate) async fn run(store: Store, sender: Sender, ending: CancellationToken, grace: Duration) {
    let bell = Arc::new(Notify::new());
    let (answers, answered) = mpsc::channel(NOTED_TOGETHER);
    tokio::join!(
        fan_out(&store, &bell, &ending),
        send(&store, sender, &bell, answers, &ending, grace),
        note(&store, &bell, answered),
        mind_the_clock(&store, &bell, &ending),
    );
}

/// Says once that something fails, and once that it goes on, and not at every look.
struct Failing {
    is: bool,
    what: &'static str,
}

impl Failing {
    const fn new(what: &'static str) -> Self {
        Self { is: false, what }
    }

    fn heard<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        let what = self.what;
        match result {
            Ok(done) => {
                self.is = false;
                Some(done)
            }
            Err(error) => {
                if !self.is {
                    tracing::warn!(%error, "{what} did not work; it is tried again");
                }
                self.is = true;
                None
            }
        }
    }
}

/// Gives endpoints the deliveries of what has changed.
async fn fan_out(store: &Store, bell: &Notify, ending: &CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = Failing::new("giving webhooks their deliveries");
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            _ = ticks.tick() => {}
        }
        while !ending.is_cancelled() && failing.heard(store.has_changes_to_fan_out().await) == Some(true) {
            let more = failing.heard(store.fan_out().await);
            bell.notify_one();
            if more != Some(true) {
                break;
            }
            // Whoever publishes gets their turn.
            tokio::task::yield_now().await;
        }
    }
}

/// Has deliveries be due that a clock put off which has been set back since: else they would wait for as long as it was.
async fn mind_the_clock(store: &Store, bell: &Notify, ending: &CancellationToken) {
    let mut looks = interval(LOOK_AT_THE_CLOCK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = Failing::new("finding out whether the clock was set back");
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            _ = looks.tick() => {}
        }
        let brought = failing.heard(store.bring_webhooks_back_to_the_clock().await);
        if let Some(deliveries @ 1..) = brought {
            tracing::warn!(
                deliveries,
                "the clock was set back: webhooks that would wait for it are due now"
            );
            bell.notify_one();
        }
    }
}

/// What is being sent.
#[derive(Default)]
struct Sending {
    tasks: JoinSet<()>,
    to: HashMap<Id, WebhookId>,
}

impl Sending {
    /// How many deliveries more each of these endpoints can be sent.
    fn slots(&self, due: &[(WebhookId, bool)]) -> Vec<Slot> {
        let slot = |(webhook, is_failing): &(WebhookId, bool)| {
            let most = if *is_failing { AT_ONCE_WHILE_FAILING } else { AT_ONCE };
            let taken = self.to.values().filter(|to| *to == webhook).count() as u64;
            Slot {
                webhook: *webhook,
                most: most.saturating_sub(taken),
            }
        };
        due.iter().map(slot).filter(|slot| slot.most > 0).collect()
    }

    fn begin(&mut self, sender: &Sender, taxonomy: &Arc<Taxonomy>, due: DueDelivery, answers: &mpsc::Sender<Answered>) {
        let (sender, taxonomy, answers) = (sender.clone(), Arc::clone(taxonomy), answers.clone());
        let webhook = due.webhook;
        let task = self.tasks.spawn(async move {
            let answered = sender.send(&taxonomy, due).await;
            tell(&answered);
            // Where nobody notes it, it is sent again.
            let _noted = answers.send(answered).await;
        });
        self.to.insert(task.id(), webhook);
    }

    /// Waits until one more has been sent, and takes out all that have been.
    async fn ended(&mut self) {
        let mut ended = self.tasks.join_next_with_id().await;
        while let Some(task) = ended {
            let id = match task {
                Ok((id, ())) => id,
                Err(error) => error.id(),
            };
            self.to.remove(&id);
            ended = self.tasks.try_join_next_with_id();
        }
    }
}

/// Sends what is due.
async fn send(
    store: &Store,
    sender: Sender,
    bell: &Notify,
    answers: mpsc::Sender<Answered>,
    ending: &CancellationToken,
    grace: Duration,
) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = Failing::new("finding out which webhooks are due");
    let mut sending = Sending::default();
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => break,
            () = sending.ended(), if !sending.to.is_empty() => {}
            () = bell.notified() => {}
            _ = ticks.tick() => {}
        }
        let due = failing.heard(store.webhooks_with_due().await).unwrap_or_default();
        let slots = sending.slots(&due);
        if !slots.is_empty()
            && let Some((taxonomy, due)) = failing.heard(store.take_webhook_deliveries(&slots).await)
        {
            for due in due {
                sending.begin(&sender, &taxonomy, due, &answers);
            }
        }
        sleep(PAUSE).await;
    }
    let all_ended = async {
        while !sending.to.is_empty() {
            sending.ended().await;
        }
    };
    if timeout(grace, all_ended).await.is_err() {
        tracing::warn!("webhooks that are being sent are sent again later: the server ends");
    }
}

/// Notes what came of it.
async fn note(store: &Store, bell: &Notify, mut answered: mpsc::Receiver<Answered>) {
    let mut failing = Failing::new("noting what came of webhooks");
    let mut attempts = Vec::new();
    while answered.recv_many(&mut attempts, NOTED_TOGETHER).await > 0 {
        let stopped = failing.heard(store.note_webhook_attempts(&attempts).await);
        for stopped in stopped.into_iter().flatten() {
            let (webhook, state, reason) = (stopped.webhook, stopped.state.as_str(), stopped.reason);
            tracing::warn!(%webhook, state, reason, "a webhook is told no more");
        }
        attempts.clear();
        // What waited for these is due.
        bell.notify_one();
    }
}

fn tell(answered: &Answered) {
    let delivery = &answered.delivery;
    let (webhook, id, attempt, millis) = (delivery.webhook, delivery.id, delivery.number, answered.millis);
    count_webhook_attempt(answered.is_taken());
    if answered.is_taken() {
        tracing::debug!(%webhook, delivery = %id, attempt, millis, "a webhook was delivered");
    } else {
        let (status, error) = (answered.status, answered.error.as_deref());
        tracing::info!(%webhook, delivery = %id, attempt, millis, status, error, "a webhook was not taken");
    }
}
