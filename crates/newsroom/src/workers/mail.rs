//! Sending mail: what the newsroom has put out to be sent, one after the other. Several hosts may do so at once.

use std::time::Duration;

use anyhow::Result;
use newsroom_api::{LinkToken, MailBell};
use newsroom_domain::account::mail_error;
use newsroom_persistence::{DueMail, Store};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::mail::Mailer;

/// How often it is looked whether there is something to send that this host was not told of: what another one put out, and
/// what is to be tried again.
const PERIOD: Duration = Duration::from_secs(5);

/// Sends what there is to send, again and again, until `ending`. What is being sent then has `grace` to be finished; else
/// it is sent again later.
pub(crate) async fn run(store: Store, mailer: Mailer, bell: MailBell, ending: CancellationToken, grace: Duration) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = ending.cancelled() => return,
            () = bell.rung() => {}
            _ = ticks.tick() => {}
        }
        match send_all(&store, &mailer, &ending, grace).await {
            Ok(()) => failing = false,
            // Once, and not every few seconds as long as the database is away.
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "it could not be found out which mail is to be sent; it is tried again");
            }
            Err(_) => {}
        }
    }
}

async fn send_all(store: &Store, mailer: &Mailer, ending: &CancellationToken, grace: Duration) -> Result<()> {
    while !ending.is_cancelled() && store.has_mail_to_send().await? {
        while store.answer_password_request().await? {}
        let token = LinkToken::new()?;
        let Some(mail) = store.take_mail(token.hash()).await? else {
            // Another host has it.
            break;
        };
        let out_of_time = async {
            ending.cancelled().await;
            sleep(grace).await;
        };
        tokio::select! {
            sent = send(store, mailer, &mail, token.reveal()) => sent?,
            () = out_of_time => tracing::warn!(link = %mail.link.id, "a mail is sent again later: the server ends"),
        }
    }
    Ok(())
}

async fn send(store: &Store, mailer: &Mailer, mail: &DueMail, token: String) -> Result<()> {
    let (link, kind, attempt) = (mail.link.id, mail.link.kind.as_str(), mail.attempt);
    let Err(failure) = mailer.send(mail, &token).await else {
        store.note_mail_sent(link).await?;
        tracing::info!(%link, kind, attempt, "a mail was sent");
        return Ok(());
    };
    let error = mail_error(&failure.said, &token);
    let next = store.note_mail_failed(mail, &error, failure.is_final).await?;
    if let Some(next) = next {
        tracing::warn!(%link, kind, attempt, %error, %next, "a mail could not be sent; it is tried again");
    } else {
        tracing::error!(%link, kind, attempt, %error, "a mail could not be sent and is given up");
    }
    Ok(())
}
