//! The same reports by all three, one after another, after it was seen that they say the same.

use std::time::Duration;

use usher_tests::bench::{Goals, milliseconds, percentile};

use crate::{
    ask::{Answer, Client},
    peers::{Duck, Postgres},
    progress,
    questions::{QUESTIONS, Question},
    year::f64_of,
};

const ROUNDS: usize = 5;
/// Set to see how PostgreSQL goes about each report.
const PLANS: &str = "USHER_BENCH_PLANS";

/// Medians of one report.
struct Row {
    name: &'static str,
    ours: Duration,
    postgres: Duration,
    duck: Duration,
}

/// Compares and measures. Fails where two say different things.
pub async fn measure(client: &Client, postgres: &mut Postgres, duck: &mut Duck, goals: &mut Goals) {
    let mut rows = Vec::new();
    for question in QUESTIONS {
        progress(question.name);
        let (_, ours) = client.ask(question.report, question.by).await;
        assert!(!ours.is_empty(), "{}: the report is empty", question.name);
        same(question, "PostgreSQL", &ours, &postgres.ask(question).await.1);
        same(question, "DuckDB", &ours, &duck.ask(question).1);
        if std::env::var_os(PLANS).is_some() {
            println!("{}:\n  {}", question.name, postgres.plan(question).await.join("\n  "));
        }
        let mut spans: [Vec<Duration>; 3] = Default::default();
        for _ in 0..ROUNDS {
            spans[0].push(client.ask(question.report, question.by).await.0);
            spans[1].push(postgres.ask(question).await.0);
            spans[2].push(duck.ask(question).0);
        }
        let [ours, postgres, duck] = spans.map(|mut spans| percentile(&mut spans, 50));
        rows.push(Row { name: question.name, ours, postgres, duck });
    }
    judge(&rows, goals);
}

/// Number by number.
fn same(question: &Question, who: &str, ours: &Answer, theirs: &Answer) {
    let is_same = |one: &f64, other: &f64| (one - other).abs() < 1e-6;
    let names: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = 0;
    for name in names {
        let (one, other) = (ours.get(name), theirs.get(name));
        let is_equal = match (one, other) {
            (Some(one), Some(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
            }
            _ => false,
        };
        if !is_equal {
            println!("{}, {name}: the service says {one:?}, {who} {other:?}", question.name);
            differences += 1;
        }
    }
    assert_eq!(differences, 0, "{}: the service and {who} say different things", question.name);
}

fn judge(rows: &[Row], goals: &mut Goals) {
    println!("| report | Usher over gRPC, ms | PostgreSQL | x | DuckDB | x |\n|---|--:|--:|--:|--:|--:|");
    let ratio = |theirs: Duration, ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
    for Row { name, ours, postgres, duck } in rows {
        println!(
            "| {name} | {:.1} | {:.0} | {:.0} | {:.1} | {:.1} |",
            milliseconds(*ours),
            milliseconds(*postgres),
            ratio(*postgres, *ours),
            milliseconds(*duck),
            ratio(*duck, *ours)
        );
    }
    for (who, of, goal) in [
        ("plain SQL on PostgreSQL", (|row: &Row| row.postgres) as fn(&Row) -> Duration, 50.0),
        ("DuckDB over Parquet", |row: &Row| row.duck, 3.0),
    ] {
        let ratios: Vec<(f64, &str)> = rows.iter().map(|row| (ratio(of(row), row.ours), row.name)).collect();
        let mean = (ratios.iter().map(|(ratio, _)| ratio.ln()).sum::<f64>() / f64_of(ratios.len())).exp();
        if let Some((worst, name)) = ratios.iter().min_by(|one, other| one.0.total_cmp(&other.0)) {
            println!("against {who}: geometric mean {mean:.1}x, worst {worst:.1}x ({name})");
        }
        goals.at_least(&format!("geometric mean against {who}"), mean, goal, "x");
    }
}
