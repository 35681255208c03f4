//! What every chart keeps, whatever the figures and the labels.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod seeds;
mod seen;

use std::collections::HashSet;

use proptest::prelude::*;
use usher_analytics::charts::{AtRisk, Curve, Interval, Lang, Median, Step, Survival};

use crate::{
    seeds::{HOSTILE, Seed, every, head, label, plain, seed},
    seen::keep,
};

#[test]
fn hostile_labels_stay_text() {
    for lang in [Lang::En, Lang::Zh] {
        for label in HOSTILE {
            for svg in every(lang, label, &plain(label, 5)) {
                let seen = keep(&svg);
                if label.starts_with("<script>") {
                    assert_eq!(seen.title, label);
                    assert!(seen.description.contains(label));
                }
            }
        }
    }
    let long = "Recruiting <b>events</b> & fairs at universities, held in March";
    for (index, svg) in every(Lang::En, "t", &plain(long, 3)).iter().enumerate().filter(|(index, _)| *index != 3) {
        let seen = keep(svg);
        assert!(seen.whole.concat().contains(long), "chart {index} has the whole in a title");
        assert!(seen.texts.iter().any(|text| text.words.ends_with('…')));
    }
}

#[test]
fn none_one_and_two_hundred_rows() {
    for lang in [Lang::En, Lang::Zh] {
        for svg in every(lang, "Title", &[]) {
            let seen = keep(&svg);
            let words = if lang == Lang::En { "No data in this period." } else { "此期间没有数据。" };
            assert!(seen.description.contains(words) && seen.texts.iter().any(|text| text.words == words));
        }
        for svg in every(lang, "Title", &plain("Row", 1)) {
            keep(&svg);
        }
        let rows = ("and 180 more", "另有 180 项");
        let curves = ("and 3 more", "另有 3 项");
        let stages = ("and 184 more", "另有 184 项");
        let months = ("and 176 earlier", "更早的 176 项");
        for (index, svg) in every(lang, "Title", &plain("Row", 200)).iter().enumerate() {
            let seen = keep(svg);
            let (en, zh) = [rows, curves, stages, rows, rows, months][index];
            let words = if lang == Lang::En { en } else { zh };
            assert!(seen.texts.iter().any(|text| text.words.contains(words)), "chart {index}");
            assert!(seen.description.contains(words), "chart {index}");
            let height = seen.root.iter().find(|(key, _)| key == "height").unwrap().1.parse::<f64>().unwrap();
            // An A4 page less its margins of 15 mm, at 680 px across.
            assert!(height <= 1_008.0, "chart {index}: {height}");
        }
    }
}

#[test]
fn ids_of_two_charts_never_meet() {
    let ids = |prefix: &str| -> HashSet<String> {
        every(Lang::En, prefix, &plain("Row", 3)).iter().flat_map(|svg| keep(svg).ids).collect()
    };
    let prefixes = ["a", "b", "a b", "a_20_b", "a-b", "", "招"];
    let all: Vec<HashSet<String>> = prefixes.iter().map(|prefix| ids(prefix)).collect();
    for (index, one) in all.iter().enumerate() {
        assert!(all[index + 1..].iter().all(|other| one.is_disjoint(other)));
    }
}

#[test]
fn says_the_figures() {
    let seed = |label: &str, k, n, parts, letters: &str| Seed {
        label: label.to_owned(),
        k,
        n,
        parts,
        day: 30.0,
        letters: letters.to_owned(),
    };
    let seeds = [
        seed("Referral", 120, 400, [0.3, 0.257, 0.347], "A"),
        seed("Agency", 1, 4, [0.25, 0.046, 0.699], "A"),
        seed("Fair", 0, 50, [f64::NAN, 0.0, 0.1], ""),
    ];
    let charts = every(Lang::En, "Title", &seeds);
    let seen = keep(&charts[0]);
    let words: Vec<&str> = seen.texts.iter().map(|text| text.words.as_str()).collect();
    for wanted in ["30.0\u{202f}%", "120 of 400", "too few (n = 4)", "not known", "overall 30.0\u{202f}%", "A"] {
        assert!(words.contains(&wanted), "{wanted} in {words:?}");
    }
    for wanted in [
        "Title · time zone Asia/Shanghai · n = 1,234.",
        "Referral: 120 of 400, 30.0\u{202f}% (95 % interval 25.7–34.7\u{202f}%). Group A.",
        "too few (n = 4)",
        "Fair: 0 of 50, not known.",
    ] {
        assert!(seen.description.contains(wanted), "{wanted} in {}", seen.description);
    }
    let chinese = keep(&every(Lang::Zh, "题", &seeds)[0]);
    assert!(chinese.texts.iter().any(|text| text.words == "数据太少（n = 4）"));
    let hollow = |svg: &str| svg.matches("fill=\"#ffffff\" stroke=\"#0072b2\"").count();
    assert_eq!((hollow(&charts[0]), hollow(&charts[3]), hollow(&charts[5])), (1, 1, 1));
    assert!(keep(&charts[2]).description.contains("Referral: 400, 100.0\u{202f}% of the first stage"));
    assert!(keep(&charts[4]).description.contains("Referral (randomised · n = 400): +30.0 (+25.7 to +34.7) points."));
    assert!(keep(&charts[4]).description.contains("Agency (observed · n = 4)"));
    assert!(keep(&charts[5]).description.contains("Referral: 120 of 400, 30.0\u{202f}%"));
}

#[test]
fn usual_figures_are_never_cut() {
    for lang in [Lang::En, Lang::Zh] {
        let mut seeds = plain("Referral", 4);
        for (seed, (k, n)) in seeds.iter_mut().zip([(31_234, 98_765), (998, 12_345), (0, 10), (48, 48)]) {
            (seed.k, seed.n, seed.parts) = (k, n, [0.888, 0.777, 0.999]);
        }
        for (index, svg) in every(lang, "Title", &seeds).iter().enumerate() {
            let cut: Vec<_> = keep(svg).texts.into_iter().filter(|text| text.words.ends_with('…')).collect();
            assert!(cut.is_empty(), "chart {index}: {cut:?}");
        }
    }
}

#[test]
fn survival_says_medians_and_risk() {
    let share = |value: f64| Interval { value, lower: value - 0.1, upper: value + 0.1 };
    let chart = Survival {
        head: head(Lang::En, "s"),
        measure: "Not yet hired".to_owned(),
        since: "application".to_owned(),
        curves: vec![Curve {
            label: "Referral".to_owned(),
            n: 210,
            steps: vec![Step { day: 10.0, share: share(0.7) }, Step { day: 23.0, share: share(0.48) }],
            until: 58.0,
            censored: vec![30.0, 30.0, 41.0],
            median: Some(Median { day: 23.0, lower: Some(19.0), upper: None }),
            at_risk: Survival::days(58.0).into_iter().map(|day| AtRisk { day, n: 210 }).collect(),
        }],
    };
    let seen = keep(&chart.svg());
    assert!(seen.description.contains(
        "Referral: n = 210, median 23 d (19 to –), 48.0\u{202f}% (95 % interval 38.0–58.0\u{202f}%) left on day 58."
    ));
    assert_eq!(seen.texts.iter().filter(|text| text.words == "210").count(), 7);
    assert!(seen.description.contains("Referral, at risk: 210 on day 0, 210 on day 10, "));
    assert_eq!(Survival::days(58.0), [0, 10, 20, 30, 40, 50, 60]);
    assert_eq!(chart.svg(), chart.svg());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_figures_and_labels_make_a_chart(title in label(), seeds in prop::collection::vec(seed(), 0..30), zh: bool) {
        let lang = if zh { Lang::Zh } else { Lang::En };
        let charts = every(lang, &title, &seeds);
        for svg in &charts {
            keep(svg);
        }
        prop_assert_eq!(charts, every(lang, &title, &seeds), "the same figures, the same bytes");
    }
}
