//! From interviews to columns. Only what was known before the interview, and of other interviews' outcomes only those of
//! earlier days that are among the interviews trained on.

use std::collections::HashMap;

use chrono::Datelike;

use crate::interviews::{Interview, Kind, Said, Word};

/// Which columns are used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Set {
    /// The seven questions.
    pub calls: Calls,
    /// Client, place, kind, day: 0 leaves them out, 1 takes them as they are, less draws them to 0 more strongly, for a
    /// column of half the size needs twice the coefficient.
    pub appointment: f64,
    /// The recruiters' word.
    pub word: bool,
}

/// How the seven questions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    No,
    /// Each answer by itself.
    Each,
    /// The permission by itself; of the others how many were not yes, and whether there was no answer at all.
    Short,
}

/// A client, skill or city with fewer interviews is "other": its column could learn nothing.
const MINIMUM: usize = 10;

/// The rows of all interviews, with an intercept first, as they look to somebody who knows the outcomes of `training` alone.
pub fn rows(interviews: &[Interview], training: &[usize], outcomes: &[bool], set: Set) -> Vec<Vec<f64>> {
    let rates = past_rates(interviews, training, outcomes);
    let sizes = day_sizes(interviews);
    let mut rows: Vec<Vec<f64>> = interviews.iter().map(|_| vec![1.0]).collect();
    for (row, interview) in rows.iter_mut().zip(interviews) {
        match set.calls {
            Calls::No => {}
            Calls::Each => calls(row, interview),
            Calls::Short => short(row, interview),
        }
    }
    let before: Vec<usize> = rows.iter().map(Vec::len).collect();
    if set.appointment > 0.0 {
        appointment(&mut rows, interviews);
        for ((row, rate), size) in rows.iter_mut().zip(rates).zip(sizes) {
            row.extend([rate, size]);
        }
    }
    for (row, before) in rows.iter_mut().zip(before) {
        row.iter_mut().skip(before).for_each(|value| *value *= set.appointment);
    }
    if set.word {
        for (row, interview) in rows.iter_mut().zip(interviews) {
            row.extend([Word::Uncertain, Word::No, Word::Nothing].map(|word| flag(interview.word == word)));
        }
    }
    rows
}

fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}

#[expect(clippy::cast_precision_loss, reason = "hundreds")]
fn count(n: usize) -> f64 {
    n as f64
}

/// "Yes" is what each answer is compared to.
fn calls(row: &mut Vec<f64>, interview: &Interview) {
    for answer in interview.answers {
        row.extend([Said::No, Said::Open, Said::Nothing].map(|said| flag(answer == said)));
    }
}

fn short(row: &mut Vec<f64>, interview: &Interview) {
    let [permission, others @ ..] = &interview.answers;
    row.extend([Said::No, Said::Open, Said::Nothing].map(|said| flag(*permission == said)));
    let refused = others.iter().filter(|said| matches!(said, Said::No | Said::Open)).count();
    row.extend([count(refused).ln_1p(), flag(others.iter().all(|said| *said == Said::Nothing))]);
}

fn appointment(rows: &mut [Vec<f64>], interviews: &[Interview]) {
    let each: [fn(&Interview) -> String; 4] =
        [|i| i.client.clone(), |i| i.industry.clone(), |i| i.skill.clone(), |i| i.venue.clone()];
    for value in each {
        for common in common(interviews, value) {
            for (row, interview) in rows.iter_mut().zip(interviews) {
                row.push(flag(value(interview) == common));
            }
        }
    }
    for (row, interview) in rows.iter_mut().zip(interviews) {
        row.extend([
            flag(interview.kind == Kind::ScheduledWalkIn),
            flag(interview.kind == Kind::WalkIn),
            flag(interview.niche),
            flag(interview.current_city != interview.venue),
            flag(interview.current_city != interview.job_city),
        ]);
        let weekday = interview.date.weekday().num_days_from_monday();
        row.extend((0..7).map(|day| flag(day == weekday)));
        let turn = std::f64::consts::TAU * f64::from(interview.date.month0()) / 12.0;
        row.extend([turn.sin(), turn.cos()]);
    }
}

/// The values of some frequency. That they are in the calendar is known beforehand; no outcome is looked at.
fn common(interviews: &[Interview], value: fn(&Interview) -> String) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for interview in interviews {
        *counts.entry(value(interview)).or_default() += 1;
    }
    let mut common: Vec<String> =
        counts.into_iter().filter(|(_, count)| *count >= MINIMUM).map(|(value, _)| value).collect();
    common.sort();
    common
}

/// ln of how many interviews the same client has that day, which the calendar tells beforehand.
fn day_sizes(interviews: &[Interview]) -> Vec<f64> {
    let mut sizes: HashMap<_, usize> = HashMap::new();
    for interview in interviews {
        *sizes.entry((&interview.client, interview.date)).or_default() += 1;
    }
    interviews.iter().map(|i| count(sizes.get(&(&i.client, i.date)).copied().unwrap_or(1)).ln()).collect()
}

/// For each interview, the same client's share of no-shows on earlier days among those trained on, less all clients' share on
/// these days; drawn to 0 by ten interviews.
fn past_rates(interviews: &[Interview], training: &[usize], outcomes: &[bool]) -> Vec<f64> {
    interviews
        .iter()
        .map(|interview| {
            let (mut same, mut all) = ((0.0, 0.0), (0.0, 0.0));
            for &index in training {
                let other = &interviews[index];
                if other.date < interview.date {
                    let missed = flag(outcomes[index]);
                    all = (all.0 + missed, all.1 + 1.0);
                    if other.client == interview.client {
                        same = (same.0 + missed, same.1 + 1.0);
                    }
                }
            }
            // Four times, for that is the slope of the logit in the middle: one unit is then one of the logit.
            if all.1 < 0.5 { 0.0 } else { 4.0 * (same.0 - same.1 * all.0 / all.1) / (same.1 + 10.0) }
        })
        .collect()
}
