//! Who is trained on to forecast whom.

use crate::columns::Set;
use crate::interviews::{Interview, Word};
use crate::pipeline::{self, Task};
use crate::random::Random;

/// How interviews are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Ten folds at random: what published figures for this file are like. Others of the same day may be trained on, which
    /// nobody could before that day.
    Random,
    /// Ten folds of whole days.
    Days,
    /// Each day from all earlier days, once a fifth of the interviews is over.
    Forward,
}

/// The forecasts of one run; `NaN` for whom it did not forecast.
#[derive(Clone)]
pub struct Run {
    pub model: Vec<f64>,
    pub raw: Vec<f64>,
    /// The base rate of those trained on.
    pub base: Vec<f64>,
    /// The share of no-shows among those trained on of whom the recruiters said the same word.
    pub word: Vec<f64>,
    /// In which round somebody was forecast.
    pub round: Vec<usize>,
    /// Whether the model says no-show at the threshold of the recruiters' precision.
    pub flagged: Vec<bool>,
    /// What was chosen, round by round.
    pub chosen: Vec<(Set, f64)>,
}

/// The rounds of a scheme: trained on, forecast.
fn rounds(interviews: &[Interview], scheme: Scheme, random: &mut Random) -> Vec<(Vec<usize>, Vec<usize>)> {
    let dates: Vec<_> = interviews.iter().enumerate().map(|(i, interview)| (i, interview.date)).collect();
    if scheme != Scheme::Forward {
        let folds = pipeline::folds(&dates, 10, scheme == Scheme::Days, random);
        let rest = |fold: &Vec<usize>| {
            let held: std::collections::HashSet<usize> = fold.iter().copied().collect();
            (0..interviews.len()).filter(|i| !held.contains(i)).collect::<Vec<_>>()
        };
        return folds.iter().map(|fold| (rest(fold), fold.clone())).collect();
    }
    let mut days: Vec<_> = dates.iter().map(|one| one.1).collect();
    days.sort_unstable();
    days.dedup();
    let on = |day, before: bool| {
        let there = dates.iter().filter(move |one| if before { one.1 < day } else { one.1 == day });
        there.map(|one| one.0).collect::<Vec<_>>()
    };
    let all = days.into_iter().map(|day| (on(day, true), on(day, false)));
    all.filter(|round| round.0.len() * 5 >= interviews.len()).collect()
}

/// Runs a scheme once.
pub fn run(interviews: &[Interview], outcomes: &[bool], sets: &[Set], scheme: Scheme, seed: u64) -> Run {
    let mut random = Random::new(seed);
    let unknown = vec![f64::NAN; interviews.len()];
    let mut run = Run {
        model: unknown.clone(),
        raw: unknown.clone(),
        base: unknown.clone(),
        word: unknown,
        round: vec![0; interviews.len()],
        flagged: vec![false; interviews.len()],
        chosen: Vec::new(),
    };
    let task = Task { interviews, outcomes, sets, by_day: scheme != Scheme::Random };
    for (number, (training, tested)) in rounds(interviews, scheme, &mut random).into_iter().enumerate() {
        let round = pipeline::round(&task, &training, &tested, &mut random);
        for ((&i, &p), &raw) in tested.iter().zip(&round.calibrated).zip(&round.raw) {
            run.model[i] = p;
            run.raw[i] = raw;
            run.round[i] = number;
            run.flagged[i] = p >= round.threshold;
            run.base[i] = share(outcomes, &training, |_| true);
            run.word[i] = share(outcomes, &training, |other| same(interviews[other].word, interviews[i].word));
        }
        run.chosen.push((round.set, round.precision));
    }
    run
}

/// A word that is missing tells as much as "uncertain": four interviews have none.
fn same(one: Word, other: Word) -> bool {
    let plain = |word| if word == Word::Nothing { Word::Uncertain } else { word };
    plain(one) == plain(other)
}

/// With half an event and half a non-event more, so that it is never 0 or 1.
fn share(outcomes: &[bool], training: &[usize], of: impl Fn(usize) -> bool) -> f64 {
    let (mut missed, mut all) = (0.5, 1.0);
    for &i in training.iter().filter(|&&i| of(i)) {
        missed += f64::from(u8::from(outcomes[i]));
        all += 1.0;
    }
    missed / all
}
