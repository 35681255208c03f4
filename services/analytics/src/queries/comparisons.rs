//! What reports give to compare: the answers that people get, row by row.

use chassis::{Result, TenantTx};
use chrono::{DateTime, NaiveDate, Utc};
use usher_proto::analytics::v1::{LiftReport, Rate, RateReport, SourceReport};

use super::{Answer, answer, groups::TOO_MANY};
use crate::domain::{
    difference::Share,
    insight::{
        comparison::{Comparison, Row, comparisons},
        look::{Against, LOOKS, Look},
    },
    question::Question,
    report::Report,
};

/// All comparisons there is enough data for.
pub async fn all(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Vec<Comparison>> {
    let mut all = Vec::new();
    for look in &LOOKS {
        let days = look.days(now);
        let rows = asked(tx, look, look.report, days).await?;
        let whole = match look.against {
            Against::Untagged => everybody(&asked(tx, look, Report::CampaignLift, days).await?),
            _ => (0, 0),
        };
        all.extend(comparisons(look, days, rows, whole));
    }
    Ok(all)
}

/// What a report answers; nothing where it has more rows than anybody reads.
async fn asked(tx: &mut TenantTx, look: &Look, report: Report, days: (NaiveDate, NaiveDate)) -> Result<Vec<Row>> {
    let mut query = look.query(days, None);
    if report != look.report {
        query.group_by.clear();
    }
    let question = Question::of(report, &query)?;
    match answer(tx, question).await {
        Ok(Answer::Rates(report)) => Ok(rates(report)),
        Ok(Answer::Lift(report)) => Ok(lifts(report)),
        Ok(Answer::Sources(report)) => Ok(sources(report)),
        Ok(_) => Ok(Vec::new()),
        Err(error) if error.reason() == TOO_MANY => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn share(rate: Option<Rate>) -> Share {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap_or_default()
}

/// The last value is what is compared, one before it within what.
fn named(mut values: Vec<String>) -> (String, String) {
    let value = values.pop().unwrap_or_default();
    (values.pop().unwrap_or_default(), value)
}

fn rates(report: RateReport) -> Vec<Row> {
    let row = |(values, rate)| {
        let (within, value) = named(values);
        (within, value, share(rate))
    };
    report.rows.into_iter().map(|one| row((one.values, one.rate))).collect()
}

fn lifts(report: LiftReport) -> Vec<Row> {
    let rows = report.rows.into_iter().flat_map(|row| {
        let (_, campaign) = named(row.values);
        [("treatment", row.treatment), ("holdout", row.holdout)]
            .map(|(arm, rate)| (campaign.clone(), arm.to_owned(), share(rate)))
    });
    rows.collect()
}

/// Of the applications that came to an end.
fn sources(report: SourceReport) -> Vec<Row> {
    let rows = report.rows.into_iter().map(|row| {
        let (within, value) = named(row.values);
        let (hired, _) = share(row.hired);
        (within, value, (hired, row.applied - row.in_process))
    });
    rows.collect()
}

/// All whom campaigns were to write to.
fn everybody(rows: &[Row]) -> Share {
    let treated = rows.iter().filter(|(_, arm, _)| arm == "treatment");
    treated.fold((0, 0), |sum, (.., share)| (sum.0 + share.0, sum.1 + share.1))
}
