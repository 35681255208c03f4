//! Invented recruiters and candidates use the whole suite for months of its moved clock, in many worlds at once: whether anything
//! is lost or doubled, whether every report equals what is reckoned without it, how often the reports' intervals hold what is
//! planted, what insights say where nothing is, and three ways to follow people up on the same people. docs/simulator.md says
//! what is planted and what is assumed.
#![expect(clippy::print_stdout, reason = "it prints its figures")]
#![expect(clippy::expect_used, reason = "a benchmark that can not stand up fails")]

use std::{collections::BTreeMap, env, path::Path, process::ExitCode, time::Instant};

use usher_proto::analytics::v1::InsightKind;
use usher_tests::{
    bench::{Goals, folder},
    simulator::{
        checks::{Compared, policies::Outcome, reports, truths, whole},
        draw::Seed,
        drive::{
            office::ARMS,
            town::{Place, Town},
        },
        pictures,
        planted::Planted,
        reckoning::interval::Share,
        world::{Policy, Size, World},
    },
};

const SEED: Seed = Seed(20_261_130);
/// Something is planted in so many worlds, and nothing in as many.
const WORLDS: usize = 40;
/// So many for each policy.
const COMPARED: usize = 8;
/// Larger ones, in which a difference of nine points has a chance to show: how many, and how many times as large.
const LARGE: usize = 2;
const TIMES: u64 = 8;
/// People who apply in a world.
const APPLICANTS: u64 = 100;
/// People of its pool.
const POOL: u64 = 100;
/// All people apply within so many days.
const DAYS: u64 = 5;

/// Which worlds there are, by their numbers.
struct Plan {
    planted: usize,
    nothing: usize,
    compared: usize,
}

impl Plan {
    fn of(worlds: usize) -> Self {
        Self { planted: worlds, nothing: worlds, compared: (worlds * COMPARED / WORLDS).max(1) }
    }

    fn worlds(&self, applicants: u64, pool: u64) -> Vec<World> {
        let with_pool = Size { applicants, days: DAYS, pool };
        let without = Size { pool: 0, ..with_pool };
        let mut worlds = Vec::new();
        for number in 0..self.planted {
            worlds.push((seed("planted", number), Planted::usual(), Policy::Usher, with_pool));
        }
        for number in 0..self.nothing {
            worlds.push((seed("nothing", number), Planted::nothing(), Policy::Usher, with_pool));
        }
        for policy in POLICIES {
            for number in 0..self.compared {
                worlds.push((seed("compared", number), Planted::usual(), policy, without));
            }
        }
        for number in 0..LARGE {
            let large = Size { applicants: TIMES * applicants, ..without };
            worlds.push((seed("large", number), Planted::usual(), Policy::Usher, large));
        }
        let numbered = worlds.into_iter().enumerate();
        numbered
            .map(|(number, (seed, planted, policy, size))| World::new(number, seed, planted, policy, size))
            .collect()
    }

    fn planted<'town>(&self, town: &'town Town) -> &'town [Place] {
        &town.places[..self.planted]
    }

    fn nothing<'town>(&self, town: &'town Town) -> &'town [Place] {
        &town.places[self.planted..self.planted + self.nothing]
    }

    fn compared<'town>(&self, town: &'town Town, policy: usize) -> &'town [Place] {
        let first = self.planted + self.nothing + policy * self.compared;
        &town.places[first..first + self.compared]
    }

    fn large<'town>(&self, town: &'town Town) -> &'town [Place] {
        &town.places[self.planted + self.nothing + POLICIES.len() * self.compared..]
    }
}

fn seed(what: &str, number: usize) -> Seed {
    SEED.of(what, u64::try_from(number).expect("some"))
}

const POLICIES: [Policy; 3] = [Policy::Nothing, Policy::Naive, Policy::Usher];
const NAMES: [&str; 3] = ["no follow-up", "naive: everybody, each working day, without a fact", "Usher's cadences"];

#[tokio::main]
async fn main() -> ExitCode {
    let wanted = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let worlds = wanted("USHER_BENCH_WORLDS").map_or(WORLDS, |worlds| usize::try_from(worlds).expect("some"));
    let applicants = wanted("USHER_BENCH_APPLICANTS").unwrap_or(APPLICANTS);
    let pool = wanted("USHER_BENCH_POOL").unwrap_or(POOL);
    let plan = Plan::of(worlds);
    let mails = folder().join("simulator");
    let begun = Instant::now();
    let mut town = Town::settle(&mails, plan.worlds(applicants, pool)).await;
    town.live().await;
    lived(&town, begun);
    let mut goals = Goals::of("simulator");
    compared(&town, &mut goals).await;
    covered(&town, &plan, &mut goals).await;
    told(&town, &plan, &mut goals).await;
    followed_up(&town, &plan, &mut goals);
    if let (Ok(folder), Some(place)) = (env::var("USHER_BENCH_PICTURES"), plan.large(&town).first()) {
        pictures::draw(place, Path::new(&folder)).await;
    }
    goals.report()
}

fn lived(town: &Town, begun: Instant) {
    let people: usize = town.places.iter().map(|place| place.world.people.len()).sum();
    let acts: usize = town.places.iter().flat_map(|place| &place.ledger.cases).map(|case| case.replies.len()).sum();
    println!(
        "{} worlds, {people} people, {} mails to them and {acts} from them, {} days of simulated time in {:.0} s\n",
        town.places.len(),
        town.mails.len(),
        town.now.day(),
        begun.elapsed().as_secs_f64()
    );
}

/// (a) and (b).
async fn compared(town: &Town, goals: &mut Goals) {
    let (mut kept, mut told) = (whole::mails(town), Compared::default());
    for place in &town.places {
        kept.add(whole::world(place, &town.calendar).await);
        told.add(reports::world(place, &town.calendar, town.now, town.suite.site.clock().now()).await);
    }
    println!("| what | compared | differ |\n|---|--:|--:|");
    println!(
        "| (a) messages, answers, interviews, applications, offers | {} | {} |",
        kept.things,
        kept.differences.len()
    );
    println!("| (b) rows and figures of the twelve reports | {} | {} |\n", told.things, told.differences.len());
    for difference in kept.differences.iter().chain(&told.differences).take(40) {
        println!("- {difference}");
    }
    goals.at_most("lost or doubled", number(kept.differences.len()), 1.0, "");
    goals.at_most("figures of reports that differ", number(told.differences.len()), 1.0, "");
}

/// (c), intervals.
async fn covered(town: &Town, plan: &Plan, goals: &mut Goals) {
    let mut pairs = Vec::new();
    for place in plan.planted(town).iter().chain(plan.nothing(town)) {
        pairs.extend(truths::world(place, &town.calendar).await);
    }
    let mut kinds: BTreeMap<&str, Vec<&truths::Pair>> = BTreeMap::new();
    for pair in &pairs {
        kinds.entry(pair.what).or_default().push(pair);
    }
    println!("| (c) the 95 % interval of | holds the truth | share | 95 % |\n|---|--:|--:|--:|");
    for (what, pairs) in kinds {
        println!("| {what} | {}", row(truths::covered(pairs)));
    }
    let all = truths::covered(&pairs);
    println!("| all | {}\n", row(all));
    goals.at_least("share of truths within their intervals", all.value(), 0.93, "");
    goals.at_most("share of truths within their intervals", all.value(), 0.97, "");
}

/// What a planted world gives to find.
const FOUND: [(&str, InsightKind, &str); 4] = [
    ("the team introduction is answered more often (drawn at random)", InsightKind::ExperimentArm, ARMS[1]),
    ("the campaign brings people back (drawn at random)", InsightKind::CampaignLift, "treatment"),
    ("people of whom something new was seen come back", InsightKind::TagActivation, "interaction/recently_updated"),
    ("people dormant for a year hardly do", InsightKind::TagActivation, "status/dormant_12_months"),
];

/// (c), insights.
async fn told(town: &Town, plan: &Plan, goals: &mut Goals) {
    let (mut falsely, mut compared) = (Share::default(), 0);
    for place in plan.nothing(town) {
        let (insights, comparisons) = truths::insights(place).await;
        falsely.count(!insights.is_empty());
        compared += comparisons;
        for insight in insights {
            println!("- where nothing is planted: {}", insight.sentence);
        }
    }
    let mut found = [Share::default(); 4];
    for place in plan.planted(town) {
        let (insights, _) = truths::insights(place).await;
        for (share, (_, kind, value)) in found.iter_mut().zip(FOUND) {
            share.count(truths::says(&insights, kind, value));
        }
    }
    let mut among_many = Share::default();
    for place in plan.large(town) {
        let (insights, _) = truths::insights(place).await;
        among_many.count(truths::says(&insights, InsightKind::ExperimentArm, ARMS[1]));
    }
    println!("| (c) insights | worlds | share | 95 % |\n|---|--:|--:|--:|");
    println!("| any, where nothing is planted ({compared} comparisons) | {}", row(falsely));
    for (share, (what, ..)) in found.iter().zip(FOUND) {
        println!("| {what} | {}", row(*share));
    }
    println!("| the team introduction, among {TIMES} times as many applicants | {}\n", row(among_many));
    goals.at_most("share of worlds without anything planted in which something is found", falsely.value(), 0.051, "");
}

/// (d).
fn followed_up(town: &Town, plan: &Plan, goals: &mut Goals) {
    println!(
        "| (d) policy | people | interviews that took place | missed | messages each | hired | median days | opted out |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|"
    );
    let mut outcomes = Vec::new();
    for (place, name) in NAMES.iter().enumerate() {
        let outcome = Outcome::of(plan.compared(town, place), &town.calendar);
        println!(
            "| {name} | {} | {} | {} | {:.2} | {} | {} | {} |",
            outcome.people,
            percent(outcome.attended),
            percent(outcome.missed),
            outcome.messages_each(),
            outcome.hired,
            outcome.days_to_hire().map_or_else(|| "-".to_owned(), |days| format!("{days:.1}")),
            outcome.opted_out,
        );
        outcomes.push(outcome);
    }
    let refused: usize = outcomes.iter().map(|outcome| outcome.turned_away).sum();
    println!("\n{refused} messages by hand were not taken.\n");
    let [nothing, naive, usher] = outcomes.as_slice() else { return };
    let more = usher.attended.value() - nothing.attended.value();
    goals.at_least("interviews that took place, Usher's cadences less no follow-up", more, 0.0, "");
    let fewer = usher.messages_each() - naive.messages_each();
    goals.at_most("messages to a person, Usher's cadences less naive", fewer, 0.0, "");
}

fn row(share: Share) -> String {
    let (low, high) = share.wilson();
    format!("{} of {} | {:.1} % | {:.1}–{:.1} % |", share.k, share.n, 100.0 * share.value(), 100.0 * low, 100.0 * high)
}

fn percent(share: Share) -> String {
    let (low, high) = share.wilson();
    format!("{:.1} % ({:.1}–{:.1})", 100.0 * share.value(), 100.0 * low, 100.0 * high)
}

#[expect(clippy::cast_precision_loss, reason = "some thousand")]
fn number(count: usize) -> f64 {
    count as f64
}
