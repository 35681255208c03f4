//! `usher replay`: what could not be applied, and putting it back.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, bail};
use outbox::{Handler, LocalLog, Log as _};

use crate::{
    settings::Settings,
    suite::{self, door},
    ui::say,
};

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Show parked events and halted consumers.
    List,
    /// Apply a consumer's parked events, each subject in order; what still fails stays parked.
    Apply {
        /// The consumer whose events are parked, as `list` names it: ats, talent, outreach, analytics, analytics.second.
        consumer: String,
    },
    /// Let a halted consumer go on after the producer's log as it is now, or after a position of it. What lies between
    /// and was never applied is skipped: decide this only when you know what the restored log means.
    Resume {
        /// The consumer that halted, as `list` names it.
        consumer: String,
        /// The service whose log it follows.
        source: String,
        /// The shard.
        shard: u16,
        /// The position after which to go on; by default the end of the log.
        #[arg(long)]
        position: Option<i64>,
    },
}

pub async fn run(what: What, settings: Settings) -> anyhow::Result<ExitCode> {
    match what {
        What::List => list(&settings).await?,
        What::Apply { consumer } => {
            let (applied, failed) =
                outbox::replay(&door(&settings, service(&consumer))?, &*handler(&consumer, &settings)?).await?;
            say(format!("{applied} events applied, {} subjects still parked", failed.len()));
            for error in &failed {
                say(format!("  {error}"));
            }
            if !failed.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        What::Resume { consumer, source, shard, position } => {
            let log = LocalLog::new(vec![door(&settings, &source)?]);
            let head = log.read(&source, shard.into(), 0, 1).await?.head_position;
            let position = position.unwrap_or(head);
            let event = if position == 0 {
                None
            } else {
                let found = log.read(&source, shard.into(), position - 1, 1).await?.events.into_iter().next();
                Some(found.with_context(|| format!("the log of {source}.{shard} has no position {position}"))?)
            };
            outbox::resume(&door(&settings, service(&consumer))?, &consumer, &source, shard, event.as_ref()).await?;
            say(format!("{consumer} goes on after {source}.{shard} at {position}; restart it to begin at once"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(settings: &Settings) -> anyhow::Result<()> {
    for schema in suite::schemas() {
        let db = door(settings, schema.name)?;
        for parked in outbox::parked(&db).await? {
            say(format!(
                "{} parked {} {} at {}.{} position {}: {}",
                parked.consumer,
                parked.r#type,
                parked.subject,
                parked.source,
                parked.shard,
                parked.position,
                parked.error
            ));
        }
        let mut tx = db.begin_system().await?;
        let halted: Vec<(String, String, i16, i64, String)> = sqlx::query_as(
            "SELECT consumer, source, shard, position, halted FROM outbox_cursor WHERE halted IS NOT NULL",
        )
        .fetch_all(tx.conn())
        .await?;
        for (consumer, source, shard, position, why) in halted {
            say(format!("{consumer} halted at {source}.{shard} position {position}: {why}"));
        }
    }
    Ok(())
}

fn handler(consumer: &str, settings: &Settings) -> anyhow::Result<Arc<dyn Handler>> {
    Ok(match consumer {
        "ats" => usher_ats::Ats::handler(settings.ats.reminder_after_hours),
        "talent" => usher_talent::Talent::handler(),
        "outreach" => usher_outreach::Outreach::handler(),
        other => match usher_analytics::Analytics::handler_named(other) {
            Some(handler) => handler,
            None => bail!("`{other}` consumes no events; ats, talent, outreach and analytics do"),
        },
    })
}

/// Whose consumer it is: a service may have several, such as `analytics.second`.
fn service(consumer: &str) -> &str {
    consumer.split('.').next().unwrap_or(consumer)
}
