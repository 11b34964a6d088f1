//! Bundles: translations that go live together, all of them or none.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{
    BundleId,
    release::{BundleCommand, BundleItem, BundleStep, ScheduleTranslation},
};
use newsroom_persistence::{AcceptedBundle, Store};

use super::{
    calendar::releases,
    input::{CorrectionInput, WaiverInput, publishing},
    life_input::ScheduleInput,
    mutation::not_found,
    release::DeskRelease,
};
use crate::{
    command_failure::present_command,
    graphql::{
        command::read_key,
        desk_id,
        global_id::GlobalId,
        request::caller,
        scalars::{LocaleTag, Long, PlainUuid, Unread},
    },
};

/// A translation of a bundle.
#[derive(Debug, InputObject)]
pub(crate) struct BundleItemInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
}

/// Translations of one or several releases go live now, all of them or none.
#[derive(Debug, InputObject)]
pub(crate) struct PublishBundleInput {
    /// The translations, each once, 1 to 100. Originals go live before the others, in whatever order they are given.
    items: Vec<BundleItemInput>,
    /// How they correct what is live. Left out or null, the corrections are `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why they are to go live though the rules of the house ask for another pair of eyes: 1 to 2,000 characters.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// Translations of one or several releases go live at one instant, all of them or none.
#[derive(Debug, InputObject)]
pub(crate) struct ScheduleBundleInput {
    /// The translations, each once, 1 to 100.
    items: Vec<BundleItemInput>,
    /// When.
    schedule: ScheduleInput,
    /// How they correct what is live. Left out or null, the corrections are `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why they are to go live though the rules of the house ask for another pair of eyes: 1 to 2,000 characters.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// What is scheduled together is not to go live by itself after all.
#[derive(Debug, InputObject)]
pub(crate) struct UnscheduleBundleInput {
    /// The bundle: its UUID.
    bundle: ID,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A translation of a bundle, as a command left it.
#[derive(SimpleObject)]
pub(crate) struct BundledTranslation {
    /// Its release as it is now. Null where you may not read it any more.
    release: Option<DeskRelease>,
    /// Its locale.
    locale: LocaleTag,
    /// The version that the command made of the translation.
    version: i32,
}

macro_rules! payloads {
    ($($name:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $name {
            /// The bundle's UUID. Null where the translations went live at once.
            bundle: Option<PlainUuid>,
            /// Its translations, in the order in which they were given.
            translations: Vec<BundledTranslation>,
            /// Where the change log was when the command was done.
            sequence: Long,
        }

        impl From<Done> for $name {
            fn from(Done { bundle, translations, sequence }: Done) -> Self {
                Self { bundle, translations, sequence }
            }
        }
    )+};
}

payloads! {
    PublishBundlePayload, "What came of `publishBundle`.";
    ScheduleBundlePayload, "What came of `scheduleBundle`.";
    UnscheduleBundlePayload, "What came of `unscheduleBundle`.";
}

/// What came of a command.
struct Done {
    bundle: Option<PlainUuid>,
    translations: Vec<BundledTranslation>,
    sequence: Long,
}

fn read_items(items: Vec<BundleItemInput>) -> Result<Vec<BundleItem>> {
    let items = items.into_iter().enumerate().map(|(index, item)| {
        let release = GlobalId::read_release(&format!("input.items.{index}.id"), &item.id)?;
        Ok(BundleItem {
            release: release.ok_or_else(not_found)?,
            locale: item.locale.text,
            seen: item.version.into(),
        })
    });
    items.collect()
}

/// Runs a command, and reads its releases as they are then.
async fn run(context: &Context<'_>, command: &BundleCommand, key: Option<&str>) -> Result<Done> {
    let caller = caller(context)?;
    let key = read_key(key)?;
    let store = context.data::<Store>()?;
    let accepted = store.bundle_command(caller, command, key.as_ref()).await;
    let AcceptedBundle {
        bundle,
        translations,
        sequence,
    } = accepted.map_err(|error| present_command(error, "input"))?;
    let releases = releases(context, translations.iter().map(|(release, ..)| *release).collect()).await?;
    let translations = translations
        .into_iter()
        .map(|(id, locale, version)| BundledTranslation {
            release: releases.iter().find(|release| release.release.id == id).cloned(),
            locale: LocaleTag(locale),
            version: i32::try_from(version).unwrap_or(i32::MAX),
        });
    Ok(Done {
        bundle: bundle.map(|bundle| PlainUuid(bundle.uuid())),
        translations: translations.collect(),
        sequence: Long(sequence),
    })
}

#[derive(Debug, Default)]
pub(crate) struct BundleMutation;

#[Object]
impl BundleMutation {
    /// Publishes translations of one or several releases now, all of them or none.
    async fn publish_bundle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translations, and how they correct what is live.")] input: PublishBundleInput,
    ) -> Result<PublishBundlePayload> {
        caller(context)?;
        let command = BundleCommand::Take {
            items: read_items(input.items)?,
            step: BundleStep::Publish(publishing(input.correction, input.emergency, input.waive)),
        };
        Ok(run(context, &command, input.idempotency_key.as_deref()).await?.into())
    }

    /// Schedules translations of one or several releases: they go live at one instant, all of them or none.
    async fn schedule_bundle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translations, and when they go live.")] input: ScheduleBundleInput,
    ) -> Result<ScheduleBundlePayload> {
        caller(context)?;
        let command = BundleCommand::Take {
            items: read_items(input.items)?,
            step: BundleStep::Schedule(ScheduleTranslation {
                schedule: input.schedule.into(),
                publish: publishing(input.correction, input.emergency, input.waive),
            }),
        };
        Ok(run(context, &command, input.idempotency_key.as_deref()).await?.into())
    }

    /// Takes the schedule of a bundle back. Its drafts stay, approved; there is no such bundle any more.
    async fn unschedule_bundle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The bundle.")] input: UnscheduleBundleInput,
    ) -> Result<UnscheduleBundlePayload> {
        caller(context)?;
        let bundle = desk_id::read::<BundleId>("input.bundle", &input.bundle)?.ok_or_else(not_found)?;
        let command = BundleCommand::Unschedule(bundle);
        Ok(run(context, &command, input.idempotency_key.as_deref()).await?.into())
    }
}
