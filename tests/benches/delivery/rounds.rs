//! All contenders in turn, several rounds; the median of each figure counts.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use sqlx::{Executor as _, PgConnection};
use usher_tests::{bench::Goals, processor};

use crate::{contenders::Contender, progress, sink::Sink};

/// The longest a round may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// A contender rests when it used less than this share of a processor over so long.
const REST: (f64, Duration) = (0.05, Duration::from_millis(500));
const RESTS_WITHIN: Duration = Duration::from_secs(20);

/// The servers that all of them share.
pub struct Servers {
    pub postgres: u32,
    pub redis: u32,
}

impl Servers {
    /// Finds their processes.
    pub async fn find(owner: &mut PgConnection) -> Self {
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(owner).await.unwrap();
        let url = std::env::var("USHER_TEST_REDIS_URL").expect("script/bench starts a Redis");
        let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
        let info: redis::InfoDict = redis::cmd("INFO").arg("server").query(&mut connection).unwrap();
        Self { postgres: processor::parent(u32::try_from(backend).unwrap()), redis: info.get("process_id").unwrap() }
    }
}

/// Processor time of everybody, in seconds.
#[derive(Debug, Clone, Copy)]
struct Used {
    own: f64,
    caller: f64,
    postgres: f64,
    redis: f64,
}

impl Used {
    fn now(contender: &Contender, servers: &Servers) -> Self {
        let all = |processes: &[u32]| processes.iter().map(|process| processor::used_by_all(*process)).sum();
        Self {
            own: all(&contender.own),
            caller: contender.caller.map(processor::used_by_all).unwrap_or_default(),
            postgres: processor::used_by_all(servers.postgres),
            redis: processor::used_by_all(servers.redis),
        }
    }
}

/// What a round of one contender came to; processor time is in seconds per 1,000 mails.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub per_second: f64,
    pub own: f64,
    pub caller: f64,
    pub postgres: f64,
    pub redis: f64,
    pub twice: f64,
    pub bytes: f64,
}

impl Figures {
    /// With the servers'.
    pub fn sum(&self) -> f64 {
        self.own + self.postgres + self.redis
    }

    fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(figure).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        Self {
            per_second: of(|round| round.per_second),
            own: of(|round| round.own),
            caller: of(|round| round.caller),
            postgres: of(|round| round.postgres),
            redis: of(|round| round.redis),
            twice: of(|round| round.twice),
            bytes: of(|round| round.bytes),
        }
    }
}

/// So many rounds of so many mails each; one of fewer before them warms everybody up. PostgreSQL then looks at what the
/// tables hold, as it does by itself within minutes.
pub async fn measure(
    contenders: &mut [Contender],
    sink: &mut Sink,
    (servers, owner): (&Servers, &mut PgConnection),
    rounds: usize,
    count: usize,
) -> BTreeMap<&'static str, Figures> {
    let mut taken: BTreeMap<&'static str, Vec<Figures>> = BTreeMap::new();
    for round in 0..=rounds {
        if round == 1 {
            owner.execute("VACUUM ANALYZE").await.unwrap();
        }
        for contender in &mut *contenders {
            let is_warm_up = round == 0;
            let figures = once(contender, sink, servers, round, if is_warm_up { warm_up(count) } else { count });
            progress(&format!(
                "{} {}: {:.0}/s, {:.3} s of its own per 1,000, PostgreSQL {:.3}, Redis {:.3}",
                if is_warm_up { "warm-up".to_owned() } else { format!("round {round}") },
                contender.name,
                figures.per_second,
                figures.own,
                figures.postgres,
                figures.redis
            ));
            if !is_warm_up {
                taken.entry(contender.name).or_default().push(figures);
            }
        }
    }
    taken.into_iter().map(|(name, rounds)| (name, Figures::median(&rounds))).collect()
}

/// How many mails the warm-up has.
pub fn warm_up(count: usize) -> usize {
    (count / 5).max(1)
}

fn once(contender: &mut Contender, sink: &mut Sink, servers: &Servers, round: usize, count: usize) -> Figures {
    rest(contender);
    sink.forget();
    let before = Used::now(contender, servers);
    let answer = contender.asks.ask(&format!("go {round} {count}"));
    let begun: u128 = answer.split(' ').next().unwrap().parse().unwrap();
    let seen = sink.wait(count, PATIENCE);
    // What is still to be kept and told belongs to it.
    rest(contender);
    let after = Used::now(contender, servers);
    assert_eq!(seen.distinct, count, "{}: mails are missing", contender.name);
    let (count, mails) = (number(count), number(seen.mails));
    let per_thousand = |of: fn(&Used) -> f64| (of(&after) - of(&before)) / count * 1_000.0;
    Figures {
        per_second: count / Duration::from_nanos(u64::try_from(seen.last - begun).unwrap()).as_secs_f64(),
        own: per_thousand(|used| used.own),
        caller: per_thousand(|used| used.caller),
        postgres: per_thousand(|used| used.postgres),
        redis: per_thousand(|used| used.redis),
        twice: mails - count,
        bytes: number(seen.bytes) / mails,
    }
}

/// Waits until it does no more work.
fn rest(contender: &Contender) {
    let begun = Instant::now();
    let used = || contender.own.iter().map(|process| processor::used_by_all(*process)).sum::<f64>();
    let mut before = used();
    while begun.elapsed() < RESTS_WITHIN {
        std::thread::sleep(REST.1);
        let now = used();
        if now - before < REST.0 * REST.1.as_secs_f64() {
            return;
        }
        before = now;
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Prints the table.
pub fn table(figures: &BTreeMap<&'static str, Figures>) {
    println!(
        "| contender | mails a second | CPU s per 1,000: its own | PostgreSQL | Redis | all three | who calls it | twice | \
         bytes a mail |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for (name, one) in figures {
        println!(
            "| {name} | {:.0} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.0} | {:.0} |",
            one.per_second,
            one.own,
            one.postgres,
            one.redis,
            one.sum(),
            one.caller,
            one.twice,
            one.bytes
        );
    }
}

/// What has to be reached.
pub fn judge(figures: &BTreeMap<&'static str, Figures>, goals: &mut Goals) {
    let [ours, bullmq, celery, bare] = ["Usher", "BullMQ", "Celery", "lettre"].map(|name| figures[name]);
    for (name, peer) in [("BullMQ", bullmq), ("Celery", celery), ("lettre", bare)] {
        println!(
            "against {name}: {:.2}x its mails a second, {:.2}x its mails per CPU second, {:.2}x with PostgreSQL's and \
             Redis's counted, {:.2}x with those and who calls",
            ours.per_second / peer.per_second,
            peer.own / ours.own,
            peer.sum() / ours.sum(),
            (peer.sum() + peer.caller) / (ours.sum() + ours.caller)
        );
        let size = ours.bytes / peer.bytes;
        assert!((0.85..1.15).contains(&size), "{name} sends another mail: ours is {size:.2}x as long");
    }
    goals.at_least("mails per CPU second against BullMQ's", bullmq.own / ours.own, 3.0, "x");
    goals.at_least("mails per CPU second against Celery's", celery.own / ours.own, 8.0, "x");
    goals.at_least("mails a second against the bare loop's", ours.per_second / bare.per_second, 0.5, "x");
    goals.at_most("mails that came twice", ours.twice, 0.5, "");
}
