//! Which rows are better than others, as far as the data can tell, and what is said of that.

use usher_proto::analytics::v1::{Ranking, Rate};

use crate::domain::{
    question::Question,
    ranking::{self, Candidate},
    report::Report,
};

/// The rank of each row by its rate, and the words. Rows that can not be compared have none.
pub fn ranked(question: &Question, rates: &[Rate]) -> (Vec<i32>, Ranking) {
    if let Some((words, words_zh)) = incomparable(question) {
        let ranking = Ranking { is_ranked: false, words: words.to_owned(), words_zh: words_zh.to_owned() };
        return (vec![0; rates.len()], ranking);
    }
    let candidate = |rate: &Rate| Candidate { lower: rate.lower, upper: rate.upper, is_enough: !rate.below_minimum_n };
    let candidates: Vec<Candidate> = rates.iter().map(candidate).collect();
    let ranks = ranking::ranks(&candidates, question.report.more_is_better());
    let (words, words_zh) = ranking::words(&ranks, &candidates);
    let ranking = Ranking { is_ranked: ranking::is_ranked(&ranks), words, words_zh };
    (ranks, ranking)
}

/// Why rows can not be compared at all: in English and in Chinese.
fn incomparable(question: &Question) -> Option<(&'static str, &'static str)> {
    if question.group_by.is_empty() || question.parts.len() > 1 {
        return Some(("Nothing is ranked: rows are parts of the period.", "不排名：各行是不同的时间段。"));
    }
    if question.report == Report::NoShowCauses {
        return Some(("Nothing is ranked: the rows are shares of one whole.", "不排名：各行是同一整体的份额。"));
    }
    question.is_manifold().then_some((
        "Nothing is ranked: one thing counts in several rows, of each of its tags or features, so rows share what they count.",
        "不排名：同一对象按其每个标签或特征各计一次，各行有重叠。",
    ))
}

/// The best first, and within a rank as they stand; what has no rank last.
pub fn in_order<Row>(rows: &mut [Row], ranking: &Ranking, rank: impl Fn(&Row) -> i32) {
    if ranking.is_ranked {
        rows.sort_by_key(|row| match rank(row) {
            0 => i32::MAX,
            rank => rank,
        });
    }
}
