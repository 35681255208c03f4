//! `RiskService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::analytics::v1::{
    BatchGetNoShowRisksRequest, BatchGetNoShowRisksResponse, GetRiskModelRequest, GetRiskModelResponse,
    TrainRiskModelRequest, TrainRiskModelResponse, risk_service_server::RiskService,
};

use super::wait;
use crate::{charts::Lang, jobs::figures::Figures, queries::risks, store};

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
            Box::pin(async move { risks::described(tx, lang).await })
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
                store::risk::note_due(tx, now).await?;
                Ok(TrainRiskModelResponse {})
            })
        });
        answer.await
    }
}
