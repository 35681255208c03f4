//! Figures and labels that charts are made of, good and bad.

use proptest::prelude::*;
use usher_analytics::charts::{
    AtRisk, Bin, Calibration, Comparison, Conversion, Curve, Design, Difference, Funnel, Head, Interval, Lang, Median,
    Point, Rate, Rates, Stage, Step, Survival, Trend,
};

/// Labels that somebody will have, or want us to have.
pub const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"' onload=\"alert(1)\" x='",
    "]]></text><!-- & &amp; &#60;",
    "校园招聘与社会招聘合并后的全部渠道（包括内部推荐、猎头、招聘网站以及校园宣讲会和双选会）合计",
    "👩‍👩‍👧‍👦🏳️‍🌈👍🏽👩‍👩‍👧‍👦🏳️‍🌈👍🏽👩‍👩‍👧‍👦🏳️‍🌈👍🏽👩‍👩‍👧‍👦🏳️‍🌈👍🏽👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "قسم الموارد البشرية والتوظيف في المكتب الإقليمي للشركة العالمية الكبرى",
    "\u{202e}evil\u{0}\u{b}\u{fffe}\u{ffff}",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "",
];

pub fn head(lang: Lang, label: &str) -> Head {
    Head {
        id: label.to_owned(),
        lang,
        title: label.to_owned(),
        period: label.to_owned(),
        zone: "Asia/Shanghai".to_owned(),
        n: 1_234,
        definition: label.to_owned(),
        formula: "7".to_owned(),
    }
}

/// What one row of any chart is made from.
#[derive(Debug, Clone)]
pub struct Seed {
    pub label: String,
    pub k: u64,
    pub n: u64,
    pub parts: [f64; 3],
    pub day: f64,
    pub letters: String,
}

impl Seed {
    fn interval(&self) -> Interval {
        let [value, lower, upper] = self.parts;
        Interval { value, lower, upper }
    }
}

pub fn every(lang: Lang, title: &str, seeds: &[Seed]) -> Vec<String> {
    let head = || head(lang, title);
    let overall = seeds.first().map(Seed::interval);
    let rows = seeds.iter().map(|seed| Rate {
        label: seed.label.clone(),
        k: seed.k,
        n: seed.n,
        rate: seed.interval(),
        letters: seed.letters.clone(),
    });
    let steps: Vec<Step> = seeds.iter().map(|seed| Step { day: seed.day, share: seed.interval() }).collect();
    let curves = seeds.iter().take(7).map(|seed| Curve {
        label: seed.label.clone(),
        n: seed.n,
        steps: if seed.k % 3 == 0 { Vec::new() } else { steps.clone() },
        until: seed.day,
        censored: seeds.iter().map(|seed| seed.day).collect(),
        median: (seed.k % 2 == 0).then_some(Median { day: seed.day, lower: Some(seed.parts[0]), upper: None }),
        at_risk: seeds.iter().zip((0..).step_by(9)).map(|(seed, day)| AtRisk { day, n: seed.n }).collect(),
    });
    let stages = seeds.iter().map(|seed| Stage {
        label: seed.label.clone(),
        n: seed.n,
        in_process: seed.k,
        conversion: (seed.k % 2 == 0).then_some(Conversion { k: seed.k, n: seed.n, share: seed.interval() }),
    });
    let bins = seeds.iter().map(|seed| Bin {
        from: seed.parts[1],
        to: seed.parts[2],
        predicted: seed.parts[0],
        observed: seed.interval(),
        k: seed.k,
        n: seed.n,
    });
    let comparisons = seeds.iter().map(|seed| Comparison {
        label: seed.label.clone(),
        difference: seed.interval(),
        design: if seed.k % 2 == 0 { Design::Randomised } else { Design::Observed },
        n: seed.n,
    });
    let points =
        seeds.iter().map(|seed| Point { label: seed.label.clone(), k: seed.k, n: seed.n, rate: seed.interval() });
    let word = || title.to_owned();
    vec![
        Rates { head: head(), measure: word(), groups: word(), overall, minimum: 10, rows: rows.collect() }.svg(),
        Survival { head: head(), measure: word(), since: word(), curves: curves.collect() }.svg(),
        Funnel { head: head(), stages: stages.collect() }.svg(),
        Calibration { head: head(), minimum: 10, bins: bins.collect() }.svg(),
        Difference { head: head(), measure: word(), comparisons: word(), rows: comparisons.collect() }.svg(),
        Trend { head: head(), measure: word(), months: word(), minimum: 10, points: points.collect() }.svg(),
    ]
}

pub fn plain(label: &str, count: usize) -> Vec<Seed> {
    let seed = |index: u64| Seed {
        label: label.to_owned(),
        k: 40 + index % 7,
        n: 100 + index * 13 % 900,
        parts: [0.4, 0.3, 0.5],
        day: 90.0,
        letters: "A".to_owned(),
    };
    (0..count as u64).map(seed).collect()
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -0.2..1.2_f64,
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(0.0), Just(1.0), Just(1e300)],
    ]
}

pub fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z ]{0,70}",
        "[招聘网站渠道]{0,70}",
        prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
    ]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..2_000_u64, 1 => any::<u64>()]
}

pub fn seed() -> impl Strategy<Value = Seed> {
    let day = prop_oneof![4 => 0.0..200.0_f64, 1 => number()];
    (label(), count(), count(), [number(), number(), number()], day, "[A-E]{0,3}")
        .prop_map(|(label, k, n, parts, day, letters)| Seed { label, k, n, parts, day, letters })
}
