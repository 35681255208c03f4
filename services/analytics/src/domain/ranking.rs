//! Which of several rates are better than others, as far as the data can tell.
//!
//! Rates are put into ranks such that every interval of a rank lies above every interval of the next one. So whatever two rates
//! overlap, or are joined by others that overlap both, share a rank, and nobody is called better for luck. Two 95 % intervals that
//! do not overlap differ more clearly than a test at 5 % asks for, which leaves room for the many pairs there are.

/// A rate's interval, and whether there is enough of it to be ranked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub lower: f64,
    pub upper: f64,
    pub is_enough: bool,
}

/// The rank of each, from 1, which all have where they can not be told apart; 0 where there is not enough. Whether more is better
/// is said by `more_is_better`.
pub fn ranks(candidates: &[Candidate], more_is_better: bool) -> Vec<i32> {
    let sign = if more_is_better { 1.0 } else { -1.0 };
    // The better end and the worse end of each.
    let ends = |one: &Candidate| {
        let (low, high) = (sign * one.lower, sign * one.upper);
        (low.max(high), low.min(high))
    };
    let mut order: Vec<usize> = (0..candidates.len()).filter(|number| candidates[*number].is_enough).collect();
    order.sort_by(|one, other| ends(&candidates[*other]).0.total_cmp(&ends(&candidates[*one]).0));
    let mut ranks = vec![0; candidates.len()];
    let (mut rank, mut worst) = (0, f64::INFINITY);
    for number in order {
        let (best, worse) = ends(&candidates[number]);
        if best < worst {
            // Everybody before lies wholly above. The first one begins the first rank.
            rank += 1;
            worst = worse;
        } else {
            worst = worst.min(worse);
        }
        ranks[number] = rank;
    }
    ranks
}

/// Whether ranks tell anything apart.
pub fn is_ranked(ranks: &[i32]) -> bool {
    ranks.iter().any(|rank| *rank > 1)
}

/// What is said of ranks: in English and in Chinese.
pub fn words(ranks: &[i32], candidates: &[Candidate]) -> (String, String) {
    let enough = candidates.iter().filter(|one| one.is_enough).count();
    let few = candidates.len() - enough;
    let highest = ranks.iter().copied().max().unwrap_or_default();
    let (mut english, mut chinese) = match (enough, highest) {
        (0, _) => {
            ("Nothing is ranked: no group has enough data.".to_owned(), "不排名：没有一组的数据足够。".to_owned())
        }
        (1, _) => {
            ("Nothing is ranked: only one group has enough data.".to_owned(), "不排名：只有一组的数据足够。".to_owned())
        }
        (_, ..=1) => (
            format!(
                "Nothing is ranked: the intervals of the {enough} groups overlap, so the data can not tell which is better. \
                 They stand in order of their names."
            ),
            format!("不排名：这 {enough} 组的区间互相重叠，数据分不出高下。各组按名称排列。"),
        ),
        (_, ranks) => (
            format!(
                "{enough} groups fall into {ranks} ranks. Every interval of a rank lies apart from those of the next; within a \
                 rank the data can not tell which is better, and groups stand in order of their names."
            ),
            format!("{enough} 组分为 {ranks} 个等级。不同等级的区间互不重叠；同一等级内数据分不出高下，按名称排列。"),
        ),
    };
    if few > 0 && enough > 0 {
        english += &format!(" {few} more have too little data to be ranked.");
        chinese += &format!("另有 {few} 组数据太少，不参加排名。");
    }
    (english, chinese)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(intervals: &[(f64, f64)]) -> Vec<Candidate> {
        intervals.iter().map(|(lower, upper)| Candidate { lower: *lower, upper: *upper, is_enough: true }).collect()
    }

    #[test]
    fn what_overlaps_shares_a_rank_and_so_does_what_is_joined() {
        assert_eq!(ranks(&of(&[(0.1, 0.2), (0.5, 0.6), (0.15, 0.3), (0.55, 0.7)]), true), [2, 1, 2, 1]);
        assert_eq!(ranks(&of(&[(0.1, 0.2), (0.5, 0.6)]), false), [1, 2]);
        assert_eq!(ranks(&of(&[(0.1, 0.3), (0.25, 0.5), (0.45, 0.9)]), true), [1, 1, 1], "joined by the one between");
        assert_eq!(ranks(&of(&[(0.1, 0.2)]), true), [1]);
        let mut little = of(&[(0.1, 0.2), (0.5, 0.6), (0.0, 1.0)]);
        little[2].is_enough = false;
        assert_eq!(ranks(&little, true), [2, 1, 0], "who says nothing joins nobody");
    }

    #[test]
    fn a_refusal_says_why() {
        let candidates = of(&[(0.1, 0.3), (0.2, 0.4)]);
        let (english, chinese) = words(&ranks(&candidates, true), &candidates);
        assert!(english.starts_with("Nothing is ranked: the intervals of the 2 groups overlap"), "{english}");
        assert!(chinese.contains("数据分不出高下"), "{chinese}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nobody_is_better_who_overlaps(bounds in prop::collection::vec((0.0_f64..1.0, 0.0_f64..0.3), 0..12), more in any::<bool>()) {
            let intervals: Vec<(f64, f64)> = bounds.into_iter().map(|(lower, width)| (lower, lower + width)).collect();
            let ranks = ranks(&of(&intervals), more);
            for (one, rank) in intervals.iter().zip(&ranks) {
                for (other, others) in intervals.iter().zip(&ranks) {
                    if rank < others {
                        let is_apart = if more { one.0 > other.1 } else { one.1 < other.0 };
                        prop_assert!(is_apart);
                    }
                }
            }
        }
    }
}
