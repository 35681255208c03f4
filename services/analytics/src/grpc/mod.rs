//! Transport only: waits until what was written has been counted, opens the transaction, hands on.

mod insights;
mod output;
mod reports;
mod risks;
pub mod subjects;

use std::time::Duration;

use chassis::{Db, Error, Result, db::read_token};
use tonic::service::Routes;
use usher_proto::analytics::v1::{
    insight_service_server::InsightServiceServer, report_output_service_server::ReportOutputServiceServer,
    report_service_server::ReportServiceServer, risk_service_server::RiskServiceServer,
};

use crate::jobs::figures::Figures;

/// The longest that a report waits for the write it is to have seen.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn routes(db: &Db, figures: &Figures) -> Routes {
    Routes::new(ReportServiceServer::new(reports::Reports { db: db.clone(), figures: figures.clone() }))
        .add_service(ReportOutputServiceServer::new(output::Output::new(db.clone(), figures.clone())))
        .add_service(InsightServiceServer::new(insights::Insights { db: db.clone(), figures: figures.clone() }))
        .add_service(RiskServiceServer::new(risks::Risks { db: db.clone(), figures: figures.clone() }))
}

/// Waits until the write of a token has been counted by the figures that serve.
async fn wait(figures: &Figures, at_least: &str) -> Result<()> {
    if at_least.is_empty() {
        return Ok(());
    }
    let token = read_token("query.at_least", at_least)?;
    let late = || Error::unavailable("NOT_CAUGHT_UP", "no figures are counted here that serve");
    figures.serving().ok_or_else(late)?.wait_for(&token, PATIENCE).await
}
