//! The names of the curves beside them, and how many were at risk below them.

use std::collections::BTreeSet;

use super::{
    super::{
        axis::{self, Axis},
        figure::{count, days, place},
        marks::point,
        page::{MARGIN, Page, WIDTH},
        palette::GRID,
        text::{self, Style, boxed, line},
    },
    AtRisk, Drawn, LONGEST,
};

/// Where the names stand.
const NAMES: f64 = 504.0;
/// A name with its median below.
const NAME: f64 = 34.0;

/// Names and medians beside the ends of the curves, moved apart where they would meet.
pub(super) fn names(page: &mut Page, curves: &[Drawn], across: &Axis, upright: &Axis) {
    let mut order: Vec<(f64, &Drawn)> = curves.iter().map(|curve| (upright.at(curve.at(curve.until)), curve)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut least = upright.end();
    for (index, (y, curve)) in order.iter().enumerate() {
        let most = upright.start() - NAME * place(order.len() - index);
        let top = (y - 10.0).max(least).min(most.max(least));
        least = top + NAME;
        let known = !curve.steps.is_empty() || curve.curve.steps.is_empty();
        let finite = |day: Option<f64>| day.filter(|day| day.is_finite());
        let median = curve.half().map_or_else(
            || if known { page.lang.no_median() } else { page.lang.not_known() }.to_owned(),
            |half| {
                let (lower, upper) = (finite(half.lower), finite(half.upper));
                page.lang.median(half.day, (lower.is_some() || upper.is_some()).then_some((lower, upper)))
            },
        );
        if known {
            let end = across.at(curve.until);
            page.add(axis::line((end + 7.0, *y), (NAMES - 4.0, top + 10.0), GRID));
        }
        key(page, curve, top);
        page.add(boxed((NAMES + 14.0, top + 17.0), (WIDTH - MARGIN - NAMES - 14.0, 16.0), &median, Style::TICK));
        let end = curve.steps.last().map(|step| (curve.until, step.share));
        page.say(page.lang.said_curve(&text::tidy(&curve.curve.label), curve.curve.n, &median, end));
    }
}

fn key(page: &mut Page, curve: &Drawn, top: f64) {
    page.add(point(curve.series.shape, (NAMES + 5.0, top + 10.0), curve.series.colour, false));
    let room = WIDTH - MARGIN - NAMES - 14.0;
    page.add(boxed((NAMES + 14.0, top), (room, 19.0), &curve.curve.label, Style::LABEL));
}

/// The table below the axis. Days that have no room are left out of it.
pub(super) fn at_risk(page: &mut Page, curves: &[Drawn], across: &Axis) {
    let all = || curves.iter().flat_map(|curve| &curve.curve.at_risk);
    let days_given: BTreeSet<u32> = all().map(|risk| risk.day).filter(|day| f64::from(*day) <= LONGEST).collect();
    if days_given.is_empty() {
        return;
    }
    let widest = all().map(|risk| Style::TICK.width(&count(risk.n))).fold(30.0, f64::max).min(72.0);
    page.y += 12.0;
    page.add(line(MARGIN, page.y + 6.0, page.lang.at_risk(), Style::TICK.ink()));
    page.y += 12.0;
    let mut days_shown: Vec<(u32, f64)> = Vec::new();
    for day in days_given {
        let x = across.at(f64::from(day));
        let beyond = f64::from(day) > across.ticks().last().copied().unwrap_or(0.0);
        if !beyond && days_shown.last().is_none_or(|(_, last)| x - last >= widest + 6.0) {
            days_shown.push((day, x));
        }
    }
    if days_shown.iter().any(|(day, _)| across.ticks().iter().all(|tick| (tick - f64::from(*day)).abs() > 0.01)) {
        page.add(line(NAMES + 14.0, page.y + 12.0, page.lang.at_day(), Style::TICK));
        for (day, x) in &days_shown {
            page.add(line(*x, page.y + 12.0, &days(f64::from(*day)), Style::TICK.middle()));
        }
        page.y += 18.0;
    }
    for curve in curves {
        let shown = |risk: &&AtRisk| days_shown.iter().any(|(day, _)| *day == risk.day);
        let said: Vec<(u32, u64)> = curve.curve.at_risk.iter().filter(shown).map(|risk| (risk.day, risk.n)).collect();
        if !said.is_empty() {
            page.say(page.lang.said_at_risk(&text::tidy(&curve.curve.label), &said));
        }
        key(page, curve, page.y);
        for (day, x) in &days_shown {
            let n = curve.curve.at_risk.iter().find(|risk| risk.day == *day);
            let n = n.map_or_else(|| "–".to_owned(), |risk| count(risk.n));
            let at = (x - widest / 2.0, page.y);
            page.add(boxed(at, (widest, 19.0), &n, Style::TICK.ink().middle()));
        }
        page.y += 19.0;
    }
}
