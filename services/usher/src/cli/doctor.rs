//! `usher doctor`: is everything where it should be, and does anything wait that should not?

use std::process::ExitCode;

use chassis::{Clock, Db, service::RedisAccess, vault::Vault};

use crate::{settings::Settings, suite, ui::say};

pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut well = true;
    let mut tell = |good: bool, what: String| {
        well &= good;
        say(format!("{} {what}", if good { "✓" } else { "✗" }));
    };
    match settings.check(&suite::SERVICES) {
        Ok(()) => tell(true, "settings agree with each other".to_owned()),
        Err(error) => tell(false, format!("settings: {error}")),
    }
    let redis = RedisAccess::new(&settings.redis.url, &settings.redis.prefix)?;
    match redis.ping().await {
        Ok(()) => tell(true, "Redis answers".to_owned()),
        Err(error) => tell(false, format!("Redis: {:?}", error.kind())),
    }
    let pool = chassis::db::pool(&settings.database.url, 2)?;
    if let Err(error) = sqlx::query("SELECT 1").execute(&pool).await {
        tell(false, format!("PostgreSQL: {error}"));
        return Ok(ExitCode::FAILURE);
    }
    tell(true, "PostgreSQL answers".to_owned());
    for schema in suite::schemas() {
        // Nothing is sealed or opened here, so that any key does.
        let db = Db::new(pool.clone(), schema.name, Clock::system(), Vault::new(&[0; 32]));
        match examine(&db).await {
            Ok(condition) => tell(condition.is_well(), format!("{}: {condition}", schema.name)),
            Err(error) => tell(false, format!("{}: {error}; has `usher migrate` run?", schema.name)),
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Condition {
    unnumbered: i64,
    halted: i64,
    parked: i64,
}

impl Condition {
    fn is_well(&self) -> bool {
        self.halted == 0 && self.parked == 0
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { unnumbered, halted, parked } = self;
        write!(f, "{unnumbered} events not numbered yet, {halted} consumers halted, {parked} events parked")
    }
}

async fn examine(db: &Db) -> chassis::Result<Condition> {
    let mut tx = db.begin_system().await?;
    let (unnumbered, halted, parked) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM outbox WHERE position IS NULL),
                (SELECT count(*) FROM outbox_cursor WHERE halted IS NOT NULL),
                (SELECT count(*) FROM dead_letter)",
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Condition { unnumbered, halted, parked })
}
