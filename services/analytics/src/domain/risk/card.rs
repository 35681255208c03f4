//! The model card: what a reader must know before they trust a forecast, as Markdown.
//! M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, 220–229.

use std::fmt::Write;

use super::evaluation::{AHEAD, Evaluation};
use super::model::{Basis, Model};
use super::protected::Protected;
use crate::domain::wilson::{Interval, Z};

/// The card of a model. `trained` and `period` are the caller's words for its times, who knows the reader's zone and style.
pub fn markdown(model: &Model, trained: &str, period: &str) -> String {
    let mut card = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        card,
        "# Model card: risk that an interview is missed\n\
         {} · version {} · trained {trained}\n\n\
         **{}**\n\n\
         ## Intended use\n\
         - To help candidates come: a reminder, a question whether the time suits, another time, the place or link again.\n\
         - To tell a recruiter where such help is worth most. It is a forecast of a group like this one, not of a person.\n\n\
         ## Not to be used\n\
         - To reject, rank, score or pass over anybody, to withhold or double-book a time, or to decide without a person.\n\
         - As a measure of reliability, interest or character; outside interviews; for other tenants.\n\n\
         ## Data\n\
         {} interviews, {} of them missed; {period}. Interviews that were called off or that the host missed are left out.\n\n",
        model.formula,
        model.version,
        basis(model.basis),
        model.n,
        model.events,
    );
    features(&mut card, model);
    excluded(&mut card);
    match &model.evaluation {
        Some(evaluation) => quality(&mut card, evaluation),
        None => card.push_str("## Quality\nNot tested: there are too few interviews of either outcome.\n\n"),
    }
    limits(&mut card);
    card
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::GeneralPriors => {
            "Untested here. Forecasts rest on general assumptions and on too little history to test them."
        }
        Basis::BaseRate => {
            "Not shown to be better than the base rate. Every interview gets the base rate, without reasons."
        }
        Basis::OwnHistory => "Tested on later interviews of this tenant, and better there than the base rate.",
    }
}

fn features(card: &mut String, model: &Model) {
    card.push_str(
        "## Features\nCoefficients are on the logit scale before calibration, above 0 for a higher risk, with 95 % intervals. \
         They describe what went together, not what brings what about.\n\n\
         | Feature | Topic | Coefficient | Interval | Prior | Why this prior |\n|---|---|---:|---:|---:|---|\n",
    );
    let of = |index: usize| {
        let (value, error) = (model.coefficients.get(index), model.standard_errors.get(index));
        let (value, error) = (value.copied().unwrap_or_default(), error.copied().unwrap_or_default());
        format!("{value:+.2} | {:+.2} to {:+.2}", value - Z * error, value + Z * error)
    };
    let prior = super::prior::INTERCEPT;
    let _ =
        writeln!(card, "| Intercept | | {} | {:+.1} ± {:.1} | {} |", of(0), prior.mean, prior.deviation, prior.reason);
    for (index, feature) in model.features.iter().enumerate() {
        let prior = feature.prior();
        let _ = writeln!(
            card,
            "| {feature:?} | {} | {} | {:+.1} ± {:.1} | {} |",
            feature.topic().name(),
            of(index + 1),
            prior.mean,
            prior.deviation,
            prior.reason
        );
    }
    card.push_str("\nPriors are shown as general mean ± standard deviation.\n\n");
}

fn excluded(card: &mut String) {
    card.push_str("## Never used\n");
    let names: Vec<&str> = Protected::ALL.iter().map(|attribute| attribute.name()).collect();
    let _ = writeln!(
        card,
        "{}; nor words that stand for them. Features are a closed list in the program; no import can add one.\n",
        names.join(", ")
    );
}

fn quality(card: &mut String, evaluation: &Evaluation) {
    let percent = |share: f64| 100.0 * share;
    let interval =
        |estimate: &Interval| format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.lower, estimate.upper);
    let _ = write!(
        card,
        "## Quality\n\
         Of {} later interviews, each forecast from those that had ended {} hours before; {} were missed.\n\n\
         | Measure | Value (95 % interval) |\n|---|---|\n\
         | Brier skill against the base rate (above 0 is better) | {} |\n\
         | Brier score (base rate) | {:.4} ({:.4}) |\n\
         | Log loss | {:.4} |\n\
         | Accuracy, threshold one half | {} |\n",
        evaluation.n,
        AHEAD / 3_600,
        evaluation.events,
        interval(&evaluation.skill),
        evaluation.brier,
        evaluation.base_brier,
        evaluation.log_loss,
        interval(&evaluation.accuracy),
    );
    if let Some(auc) = &evaluation.auc {
        let _ = writeln!(card, "| Area under the ROC curve | {} |", interval(auc));
    }
    if let Some(line) = &evaluation.line {
        let _ = writeln!(card, "| Calibration intercept (0 is right) | {} |", interval(&line.intercept));
        let _ = writeln!(card, "| Calibration slope (1 is right) | {} |", interval(&line.slope));
    }
    let _ = write!(
        card,
        "| Expected calibration error | {:.3} |\n| Miscalibration part of the Brier score | {:.4} |\n\n\
         | Forecast | n | Missed | Observed | Interval |\n|---:|---:|---:|---:|---:|\n",
        evaluation.expected_error, evaluation.miscalibration,
    );
    for bin in &evaluation.table {
        let _ = writeln!(
            card,
            "| {:.1} % | {} | {} | {:.1} % | {:.1} to {:.1} % |",
            percent(bin.predicted),
            bin.n,
            bin.events,
            percent(bin.observed.value),
            percent(bin.observed.lower),
            percent(bin.observed.upper)
        );
    }
    card.push('\n');
}

fn limits(card: &mut String) {
    card.push_str(
        "## Limits\n\
         - Reminders and other help change what is forecast: a model trained after they were given sees them at work.\n\
         - Interviews of one day share their luck (weather, traffic, the host), so the intervals are somewhat too narrow.\n\
         - What was recorded as missed is as right as those who recorded it.\n\
         - Even features about the appointment can differ between groups of people; compare error rates between groups where \
         the law lets you, outside this model.\n\
         - Interviews change with time; train again, and look at the calibration table.\n",
    );
}

#[cfg(test)]
mod tests {
    use super::super::features::Feature;
    use super::super::model::{tests::history, train};
    use super::super::prior;
    use super::*;

    fn card(n: i64, told: f64) -> String {
        let model = train(&history(n, told, 12), &prior::general(), 5, 3, 0).unwrap();
        markdown(&model, "on 1 May 2026", "January to April 2026")
    }

    #[test]
    fn says_what_it_must() {
        let card = card(600, 0.25);
        for part in
            ["version 3", "on 1 May 2026", "600 interviews", "January to April", "Brier skill", "Calibration slope"]
        {
            assert!(card.contains(part), "{part}: {card}");
        }
        for feature in Feature::ALL {
            assert!(card.contains(&format!("| {feature:?} |")), "{feature:?}");
        }
        for attribute in Protected::ALL {
            assert!(card.contains(attribute.name()), "{attribute:?}");
        }
        assert!(card.contains("better there than the base rate") && card.contains("To reject"));
        assert!(!card.contains("NaN"));
    }

    #[test]
    fn owns_up_to_what_was_not_shown() {
        assert!(card(0, 0.0).contains("Untested here") && card(0, 0.0).contains("Not tested"));
        assert!(card(600, 0.0).contains("Not shown to be better than the base rate"));
    }

    #[test]
    fn every_row_of_a_table_has_its_columns() {
        let card = card(600, 0.25);
        let mut columns = 0;
        for line in card.lines() {
            let bars = line.matches('|').count();
            if columns > 0 && bars > 0 {
                assert_eq!(bars, columns, "{line}");
            }
            columns = bars;
        }
    }
}
