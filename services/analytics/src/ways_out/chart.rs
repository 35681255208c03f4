//! The chart that shows a report best: rates of groups as points with intervals, or over time; how long things take as curves;
//! a funnel as bars; differences as a forest.

use usher_proto::analytics::v1::{
    ColumnKind, DurationReport, DurationRow, FunnelReport, FunnelStage, LiftReport, LiftRow, Period, Rate, RateReport,
    ReportHead, SourceReport,
};

use super::{
    charts::{
        AtRisk, Bin, Calibration, Comparison, Conversion, Curve, Design, Difference, Funnel, Head, Interval, Lang,
        Median, Point, Rate as Dot, Rates, Stage, Step, Survival, Trend,
    },
    table, words,
};
use crate::{
    domain::{report::Report, risk::model::Model},
    queries::Answer,
};

/// Draws an answer; empty where there is nothing to draw.
pub fn svg(report: Report, answer: &Answer, lang: Lang) -> String {
    match answer {
        Answer::Rates(found) if over_time(found) => trend(report, found, lang),
        Answer::Rates(found) => rates(report, found, lang),
        Answer::Durations(found) => durations(report, found, lang),
        Answer::Funnel(found) => funnel(report, found, lang),
        Answer::Sources(found) => sources(report, found, lang),
        Answer::Lift(found) => lift(report, found, lang),
        Answer::Load(_) => String::new(),
    }
}

/// How often people stayed away of whom that was forecast so often; empty where too little was forecast to say.
pub fn calibration(model: &Model, period: &str, lang: Lang) -> String {
    let Some(found) = &model.evaluation else { return String::new() };
    let width = 1.0 / f64::from(u32::try_from(found.table.len().max(1)).unwrap_or(1));
    let bins = found.table.iter().map(|bin| Bin {
        from: (bin.predicted - width / 2.0).max(0.0),
        to: (bin.predicted + width / 2.0).min(1.0),
        predicted: bin.predicted,
        observed: bin.observed,
        k: bin.events.into(),
        n: bin.n.into(),
    });
    let definition = pick(lang, "Forecasts of interviews that were not learned from yet", "对尚未学习的面试所作的预测");
    Calibration {
        head: Head {
            id: "risk".to_owned(),
            lang,
            title: pick(lang, "Calibration of no-show forecasts", "爽约预测的校准").to_owned(),
            period: period.to_owned(),
            zone: "UTC".to_owned(),
            n: found.n.into(),
            definition: definition.to_owned(),
            formula: model.formula.clone(),
        },
        minimum: 10,
        bins: bins.collect(),
    }
    .svg()
}

fn over_time(found: &RateReport) -> bool {
    found.head.as_ref().is_some_and(|head| head.interval != 0 && head.group_by.is_empty())
}

fn title(report: Report, lang: Lang) -> String {
    let (english, chinese) = report.title();
    pick(lang, english, chinese).to_owned()
}

fn pick<T>(lang: Lang, english: T, chinese: T) -> T {
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

fn head(report: Report, found: Option<&ReportHead>, n: i64, lang: Lang) -> Head {
    let none = ReportHead::default();
    let found = found.unwrap_or(&none);
    let period = found.period.clone().unwrap_or_default();
    Head {
        id: found.report.clone(),
        lang,
        title: title(report, lang),
        period: in_words(&period, lang),
        zone: period.time_zone,
        n: count(n),
        definition: found.definition.clone(),
        formula: found.formula.clone(),
    }
}

fn in_words(period: &Period, lang: Lang) -> String {
    let end = |date: &str, time: Option<&prost_types::Timestamp>| {
        let instant = time.and_then(|time| chrono::DateTime::from_timestamp(time.seconds, 0));
        if date.is_empty() {
            instant.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string())
        } else {
            Some(date.to_owned())
        }
    };
    let ends = (end(&period.start_date, period.start_time.as_ref()), end(&period.end_date, period.end_time.as_ref()));
    match ends {
        (Some(start), Some(end)) => pick(lang, format!("{start} to before {end}"), format!("{start} 至 {end}（不含）")),
        (Some(start), None) => pick(lang, format!("since {start}"), format!("{start} 起")),
        (None, Some(end)) => pick(lang, format!("before {end}"), format!("{end} 之前")),
        (None, None) => pick(lang, "all time", "全部时间").to_owned(),
    }
}

fn count(number: i64) -> u64 {
    number.max(0).unsigned_abs()
}

fn interval(rate: Option<&Rate>) -> Interval {
    let rate = rate.copied().unwrap_or_default();
    Interval { value: rate.value, lower: rate.lower, upper: rate.upper }
}

/// What the rows are, as their heading says it.
fn groups(found: Option<&ReportHead>, lang: Lang) -> String {
    let dimensions = found.into_iter().flat_map(ReportHead::group_by);
    let headings = dimensions.map(|dimension| {
        let column = table::Column::new(table::name(dimension), ColumnKind::Text);
        words::heading(&column, lang)
    });
    headings.collect::<Vec<_>>().join(" · ")
}

fn label(values: &[String], start: &str, lang: Lang) -> String {
    let told: Vec<&str> =
        [start].into_iter().chain(values.iter().map(String::as_str)).filter(|one| !one.is_empty()).collect();
    if told.is_empty() { pick(lang, "all", "全部").to_owned() } else { told.join(" · ") }
}

/// Rows of one rank share a letter: they can not be told apart.
fn letter(rank: i32) -> String {
    let place = u8::try_from(rank - 1).ok().filter(|place| *place < 26);
    place.map(|place| char::from(b'A' + place).to_string()).unwrap_or_default()
}

fn rates(report: Report, found: &RateReport, lang: Lang) -> String {
    let overall = found.overall.as_ref();
    Rates {
        head: head(report, found.head.as_ref(), overall.map_or(0, |rate| rate.denominator), lang),
        measure: title(report, lang),
        groups: groups(found.head.as_ref(), lang),
        overall: overall.filter(|rate| rate.denominator > 0).map(|rate| interval(Some(rate))),
        minimum: count(found.head.as_ref().map_or(0, |head| head.minimum_n)),
        rows: found.rows.iter().map(|row| dot(&row.values, &row.interval_start, row.rate, row.rank, lang)).collect(),
    }
    .svg()
}

fn dot(values: &[String], start: &str, rate: Option<Rate>, rank: i32, lang: Lang) -> Dot {
    let rate = rate.unwrap_or_default();
    Dot {
        label: label(values, start, lang),
        k: count(rate.numerator),
        n: count(rate.denominator),
        rate: interval(Some(&rate)),
        letters: letter(rank),
    }
}

fn trend(report: Report, found: &RateReport, lang: Lang) -> String {
    let points = found.rows.iter().map(|row| {
        let rate = row.rate.unwrap_or_default();
        Point {
            label: row.interval_start.clone(),
            k: count(rate.numerator),
            n: count(rate.denominator),
            rate: interval(Some(&rate)),
        }
    });
    Trend {
        head: head(report, found.head.as_ref(), found.overall.map_or(0, |rate| rate.denominator), lang),
        measure: title(report, lang),
        months: pick(lang, "From", "起始日").to_owned(),
        minimum: count(found.head.as_ref().map_or(0, |head| head.minimum_n)),
        points: points.collect(),
    }
    .svg()
}

fn sources(report: Report, found: &SourceReport, lang: Lang) -> String {
    Rates {
        head: head(report, found.head.as_ref(), found.rows.iter().map(|row| row.applied).sum(), lang),
        measure: pick(lang, "Hired, of those applied", "申请者中被录用的比例").to_owned(),
        groups: groups(found.head.as_ref(), lang),
        overall: None,
        minimum: count(found.head.as_ref().map_or(0, |head| head.minimum_n)),
        rows: found.rows.iter().map(|row| dot(&row.values, &row.interval_start, row.hired, row.rank, lang)).collect(),
    }
    .svg()
}

fn durations(report: Report, found: &DurationReport, lang: Lang) -> String {
    let curves: Vec<Curve> = found.rows.iter().filter_map(|row| curve(row, lang)).collect();
    if curves.is_empty() {
        return String::new();
    }
    let n = curves.iter().map(|curve| i64::try_from(curve.n).unwrap_or(i64::MAX)).sum();
    let is_hire = report == Report::TimeToHire;
    let measure = if is_hire {
        pick(lang, "Applications not yet hired", "尚未录用的申请")
    } else {
        pick(lang, "Openings not yet filled", "尚未补上的名额")
    };
    let since = if is_hire { pick(lang, "application", "申请") } else { pick(lang, "opening", "职位开放") };
    Survival {
        head: head(report, found.head.as_ref(), n, lang),
        measure: measure.to_owned(),
        since: since.to_owned(),
        curves,
    }
    .svg()
}

/// The curve of a row; `None` where it has none, since all is known of what happened in a period.
fn curve(row: &DurationRow, lang: Lang) -> Option<Curve> {
    let known = row.duration.as_ref()?;
    let until = f64::from(known.curve.last()?.day);
    let steps = known.curve.iter().filter(|point| point.events > 0);
    let at_risk = |day: u32| {
        let later = known.curve.iter().find(|point| u32::try_from(point.day).is_ok_and(|reached| reached >= day));
        AtRisk { day, n: count(later.map_or(0, |point| point.at_risk)) }
    };
    Some(Curve {
        label: label(&row.values, &row.interval_start, lang),
        n: count(known.n + known.censored),
        steps: steps
            .map(|point| Step {
                day: point.day.into(),
                share: Interval { value: point.share, lower: point.lower, upper: point.upper },
            })
            .collect(),
        until,
        censored: known.curve.iter().filter(|point| point.censored > 0).map(|point| point.day.into()).collect(),
        median: known.estimated_median_days.map(|day| Median {
            day,
            lower: known.estimated_median_lower,
            upper: known.estimated_median_upper,
        }),
        at_risk: Survival::days(until).into_iter().map(at_risk).collect(),
    })
}

/// Of the first row; others stand in the table.
fn funnel(report: Report, found: &FunnelReport, lang: Lang) -> String {
    let Some(row) = found.rows.first() else { return String::new() };
    let mut before: Option<&FunnelStage> = None;
    let mut stages = Vec::with_capacity(row.stages.len());
    for stage in &row.stages {
        let conversion = before.and_then(|before| before.advance).map(|rate| Conversion {
            k: count(rate.numerator),
            n: count(rate.denominator),
            share: interval(Some(&rate)),
        });
        stages.push(Stage {
            label: stage.stage.clone(),
            n: count(stage.entered),
            in_process: count(stage.in_process),
            conversion,
        });
        before = Some(stage);
    }
    let n = row.stages.first().map_or(0, |stage| stage.entered);
    Funnel { head: head(report, found.head.as_ref(), n, lang), stages }.svg()
}

fn lift(report: Report, found: &LiftReport, lang: Lang) -> String {
    let n =
        |row: &LiftRow| [row.treatment, row.holdout].into_iter().flatten().map(|rate| rate.denominator).sum::<i64>();
    let rows = found.rows.iter().map(|row| Comparison {
        label: label(&row.values, "", lang),
        difference: Interval { value: row.difference, lower: row.difference_lower, upper: row.difference_upper },
        design: if row.is_randomized { Design::Randomised } else { Design::Observed },
        n: count(n(row)),
    });
    Difference {
        head: head(report, found.head.as_ref(), found.rows.iter().map(n).sum(), lang),
        measure: pick(lang, "Came back", "激活率").to_owned(),
        comparisons: groups(found.head.as_ref(), lang),
        rows: rows.collect(),
    }
    .svg()
}
