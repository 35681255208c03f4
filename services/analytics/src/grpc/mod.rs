//! Transport only: waits until the facts are there, opens the transaction, hands on.

pub mod subjects;

use std::time::Duration;

use chassis::{Db, Result as Outcome, db::read_token};
use outbox::Progress;
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::analytics::v1::{
    GetNoShowRatesRequest, GetNoShowRatesResponse, GetTemplateReplyRatesRequest, GetTemplateReplyRatesResponse,
    report_service_server::{ReportService, ReportServiceServer},
};

use crate::{domain::period::Period, queries};

/// The longest that a report waits for the write it is to have seen.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn routes(db: &Db, progress: Progress) -> Routes {
    Routes::new(ReportServiceServer::new(Reports { db: db.clone(), progress }))
}

struct Reports {
    db: Db,
    progress: Progress,
}

impl Reports {
    async fn wait(&self, at_least: &str) -> Outcome<()> {
        if at_least.is_empty() {
            return Ok(());
        }
        self.progress.wait_for(&read_token("at_least", at_least)?, PATIENCE).await
    }
}

#[tonic::async_trait]
impl ReportService for Reports {
    async fn get_template_reply_rates(
        &self,
        request: Request<GetTemplateReplyRatesRequest>,
    ) -> Result<Response<GetTemplateReplyRatesResponse>, Status> {
        let period = Period::of(request.get_ref().period.as_ref())?;
        self.wait(&request.get_ref().at_least).await?;
        let answer = self.db.read(request, move |tx, _| {
            Box::pin(async move {
                let rates = queries::template_reply_rates(tx, &period).await?;
                Ok(GetTemplateReplyRatesResponse { rates, formula: "template_reply_rate/1".to_owned() })
            })
        });
        answer.await
    }

    async fn get_no_show_rates(
        &self,
        request: Request<GetNoShowRatesRequest>,
    ) -> Result<Response<GetNoShowRatesResponse>, Status> {
        let period = Period::of(request.get_ref().period.as_ref())?;
        self.wait(&request.get_ref().at_least).await?;
        let answer = self.db.read(request, move |tx, _| {
            Box::pin(async move {
                let rates = queries::no_show_rates(tx, &period).await?;
                Ok(GetNoShowRatesResponse { rates, formula: "no_show_rate/1".to_owned() })
            })
        });
        answer.await
    }
}
