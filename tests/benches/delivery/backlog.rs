//! A million mails that wait for their time, and some hundred a second whose time comes, by the clock on the wall: whether
//! memory stays, whether they go in the order of their time, and how late they are.

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};

use sqlx::{Executor as _, PgConnection};
use usher_tests::{bench::Goals, processor};
use uuid::Uuid;

use crate::{count_from, ours::Ours, progress, sink::Sink};

/// How many wait; fewer for trying out.
const BACKLOG: &str = "USHER_BENCH_BACKLOG";
/// How many come due in a second.
const RATE: &str = "USHER_BENCH_RATE";
const SECONDS: usize = 60;
/// Between the filling and the first that is due.
const HEAD_START: Duration = Duration::from_secs(10);
/// After the last one was due.
const PATIENCE: Duration = Duration::from_secs(60);
/// Until the memory of the first due ones is what it stays at.
const WARM: usize = 10;

pub async fn measure(ours: &mut Ours, sink: &mut Sink, folder: &Path, goals: &mut Goals) {
    let (backlog, rate) = (count_from(BACKLOG, 1_000_000), count_from(RATE, 500));
    let resident = || processor::resident(ours.pod.process(), "VmRSS");
    let empty = resident();
    progress(&format!("{backlog} mails are scheduled"));
    let due = rate * SECONDS;
    fill(&mut ours.owner, ours.tenant.0, backlog, due, rate).await;
    sink.forget();
    start(&mut ours.owner).await;
    progress(&format!("{due} of them come due, {rate} a second"));
    tokio::time::sleep(HEAD_START).await;
    let mut samples = Vec::new();
    for _ in 0..SECONDS {
        samples.push(resident());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let begun = Instant::now();
    let taken = sink.wait(due, PATIENCE);
    samples.push(resident());
    let times = due_times(&mut ours.owner).await;
    let mails = sink.log(folder);
    let waited = begun.elapsed().as_secs_f64();
    let at = |id: &str| times.get(id).copied();
    let mut late: Vec<f64> = mails.iter().filter_map(|(time, id)| Some(seconds(*time) - at(id)?)).collect();
    late.sort_by(f64::total_cmp);
    let percentile =
        |percent: usize| late.get(late.len().saturating_sub(1) * percent / 100).copied().unwrap_or(f64::NAN);
    println!(
        "{} of {due} came, {} of them twice, {waited:.1} s after the last was due; late by p50 {:.3} s, p99 {:.3} s, at most \
         {:.3} s; resident {empty:.0} MB before, {:.0} MB with the backlog, {:.0} MB at the end",
        taken.distinct,
        taken.mails - taken.distinct,
        percentile(50),
        percentile(99),
        percentile(100),
        samples[WARM.min(samples.len() - 1)],
        samples[samples.len() - 1]
    );
    let missing = f64::from(u32::try_from(due - taken.distinct.min(due)).unwrap());
    goals.at_most("backlog: due mails that did not come", missing, 1.0, "");
    goals.at_most("backlog: lateness p99", percentile(99), 1.0, " s");
    goals.at_most("backlog: earliest, before its time", -percentile(0), 0.001, " s");
    goals.at_most("backlog: sent before one that was due earlier, by", disorder(&mails, &times), 1.0, " s");
    let growth = samples[samples.len() - 1] / samples[WARM.min(samples.len() - 1)];
    goals.at_most("backlog: memory at the end against ten seconds in", growth, 1.1, "x");
    let weight = samples[samples.len() - 1] - empty;
    goals.at_most("backlog: memory for all of it", weight, 100.0, " MB");
}

/// Copies mails that were sent, to be sent at another time: as `SendMessage` leaves a scheduled one behind. `due` of them
/// are for the seconds to come (see [`start`]), the others for the year after tomorrow, in no order.
async fn fill(owner: &mut PgConnection, tenant: Uuid, backlog: usize, due: usize, rate: usize) {
    let number = |count: usize| i32::try_from(count).unwrap();
    sqlx::query(
        "INSERT INTO outreach.messages
         SELECT (jsonb_populate_record(sent, jsonb_build_object(
             'message_id', gen_random_uuid(), 'business_key', 'backlog/' || n, 'state', 2, 'tries', 0, 'send_time', NULL,
             'create_time', now(),
             'next_time', CASE WHEN n <= $3 THEN now() + interval '1 day' + make_interval(secs => n::float8 / $4)
                               ELSE now() + interval '2 days' + random() * interval '365 days' END))).*
         FROM generate_series(1, $2) AS n
         JOIN (SELECT message_id, row_number() OVER () AS place, count(*) OVER () AS places
               FROM outreach.messages WHERE tenant_id = $1 AND state = 4) known ON place = 1 + n % places
         JOIN outreach.messages sent ON sent.tenant_id = $1 AND sent.message_id = known.message_id",
    )
    .bind(tenant)
    .bind(number(backlog))
    .bind(number(due))
    .bind(f64::from(number(rate)))
    .execute(&mut *owner)
    .await
    .unwrap();
    owner
        .execute(
            "INSERT INTO outreach.open_messages (tenant_id, message_id, step, channel, priority, next_time)
             SELECT tenant_id, message_id, 2, channel, 2, next_time FROM outreach.messages WHERE state = 2",
        )
        .await
        .unwrap();
    owner.execute("VACUUM ANALYZE outreach.messages, outreach.open_messages").await.unwrap();
    owner.execute("CHECKPOINT").await.unwrap();
}

/// The first of them is due in [`HEAD_START`].
async fn start(owner: &mut PgConnection) {
    sqlx::query(
        "WITH due AS (SELECT tenant_id, message_id, next_time - min(next_time) OVER () AS behind FROM outreach.messages
                      WHERE state = 2 AND business_key LIKE 'backlog/%' AND next_time < now() + interval '36 hours'),
              moved AS (
             UPDATE outreach.messages m SET next_time = now() + make_interval(secs => $1) + behind
             FROM due WHERE due.tenant_id = m.tenant_id AND due.message_id = m.message_id
             RETURNING m.tenant_id, m.message_id, m.next_time)
         UPDATE outreach.open_messages o SET next_time = moved.next_time
         FROM moved WHERE moved.tenant_id = o.tenant_id AND moved.message_id = o.message_id",
    )
    .bind(HEAD_START.as_secs_f64())
    .execute(&mut *owner)
    .await
    .unwrap();
}

/// When each of them was due, by Message-ID, in seconds of the clock.
async fn due_times(owner: &mut PgConnection) -> HashMap<String, f64> {
    let rows: Vec<(Uuid, f64)> = sqlx::query_as(
        "SELECT message_id, extract(epoch FROM next_time)::float8 FROM outreach.messages
         WHERE business_key LIKE 'backlog/%' AND next_time < now() + interval '12 hours'",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let name = |id: Uuid| format!("<{}@usher>", chassis::TenantId(id).to_string().replace("tenant_", "msg_"));
    rows.into_iter().map(|(id, due)| (name(id), due)).collect()
}

/// By how many seconds one overtook another that was due before it, at most.
fn disorder(mails: &[(u128, String)], times: &HashMap<String, f64>) -> f64 {
    let (mut latest, mut most) = (f64::NEG_INFINITY, 0.0_f64);
    for due in mails.iter().filter_map(|(_, id)| times.get(id)) {
        latest = latest.max(*due);
        most = most.max(latest - due);
    }
    most
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of our time fit")]
fn seconds(nanoseconds: u128) -> f64 {
    (nanoseconds / 1_000) as f64 / 1_000_000.0
}
