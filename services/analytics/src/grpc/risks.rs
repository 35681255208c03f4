//! `RiskService`.

use chassis::Db;
use chrono::DateTime;
use tonic::{Request, Response, Status};
use usher_proto::analytics::v1::{
    BatchGetNoShowRisksRequest, BatchGetNoShowRisksResponse, GetRiskModelRequest, GetRiskModelResponse,
    TrainRiskModelRequest, TrainRiskModelResponse, risk_service_server::RiskService,
};

use super::wait;
use crate::{
    domain::risk::{card, model::Model},
    jobs::figures::Figures,
    queries::risks,
    store::{self, due::Task},
    ways_out::{chart, charts::Lang},
};

pub struct Risks {
    pub db: Db,
    pub figures: Figures,
}

#[tonic::async_trait]
impl RiskService for Risks {
    async fn batch_get_no_show_risks(
        &self,
        request: Request<BatchGetNoShowRisksRequest>,
    ) -> Result<Response<BatchGetNoShowRisksResponse>, Status> {
        wait(&self.figures, &request.get_ref().at_least).await?;
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                Ok(BatchGetNoShowRisksResponse { risks: risks::risks(tx, &request.interview_ids).await? })
            })
        });
        answer.await
    }

    async fn get_risk_model(
        &self,
        request: Request<GetRiskModelRequest>,
    ) -> Result<Response<GetRiskModelResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            let lang = if request.language == "zh-CN" { Lang::Zh } else { Lang::En };
            Box::pin(async move { Ok(described(&risks::model(tx).await?, lang)) })
        });
        answer.await
    }

    async fn train_risk_model(
        &self,
        request: Request<TrainRiskModelRequest>,
    ) -> Result<Response<TrainRiskModelResponse>, Status> {
        let answer = self.db.write(request, |tx, _| {
            Box::pin(async move {
                let now = tx.now();
                store::due::note(tx, Task::Train, now).await?;
                Ok(TrainRiskModelResponse {})
            })
        });
        answer.await
    }
}

/// What forecasts rest on.
fn described(model: &Model, lang: Lang) -> GetRiskModelResponse {
    let day = |seconds: i64| DateTime::from_timestamp(seconds, 0).map(|time| time.format("%Y-%m-%d").to_string());
    let is_trained = model.version > 0;
    let trained = is_trained.then(|| day(model.trained_at)).flatten().unwrap_or_else(|| "never".to_owned());
    let period = model.period.and_then(|(from, until)| Some(format!("{} to {}", day(from)?, day(until)?)));
    let period = period.unwrap_or_else(|| "none".to_owned());
    let evaluation = model.evaluation.as_ref();
    GetRiskModelResponse {
        version: i32::try_from(model.version).unwrap_or(i32::MAX),
        formula: model.formula.clone(),
        train_time: is_trained.then_some(prost_types::Timestamp { seconds: model.trained_at, nanos: 0 }),
        basis: risks::basis(model.basis).into(),
        interviews: model.n.into(),
        no_shows: model.events.into(),
        brier: evaluation.map(|found| found.brier),
        base_brier: evaluation.map(|found| found.base_brier),
        auc: evaluation.and_then(|found| found.auc.as_ref()).map(|auc| auc.value),
        card: card::markdown(model, &trained, &period),
        svg: chart::calibration(model, &period, lang),
    }
}
