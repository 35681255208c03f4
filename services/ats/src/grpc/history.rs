//! `usher.ats.v1.HistoryService`.

use chassis::{Caller, Db, Result as Outcome, TenantCtx, db::write_token};
use tonic::{Request, Response, Status, Streaming};
use usher_proto::ats::v1::{ImportInterviewsRequest, ImportInterviewsResponse, history_service_server::HistoryService};

use crate::commands;

pub struct History(pub Db);

#[tonic::async_trait]
impl HistoryService for History {
    async fn import_interviews(
        &self,
        request: Request<Streaming<ImportInterviewsRequest>>,
    ) -> Result<Response<ImportInterviewsResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let mut parts = request.into_inner();
        let mut answer = ImportInterviewsResponse::default();
        while let Some(part) = parts.message().await? {
            self.take(&ctx, &part, &mut answer).await?;
        }
        Ok(Response::new(answer))
    }
}

impl History {
    /// A message in a transaction of its own.
    async fn take(
        &self,
        ctx: &TenantCtx,
        part: &ImportInterviewsRequest,
        answer: &mut ImportInterviewsResponse,
    ) -> Outcome<()> {
        let mut tx = self.0.begin(ctx).await?;
        let created = commands::import_history::run(&mut tx, part).await?;
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        answer.created += number(created);
        answer.unchanged += number(part.interviews.len() - created);
        if part.validate_only {
            return Ok(());
        }
        if let Some(token) = tx.commit().await? {
            answer.consistency_token = write_token(&token);
        }
        Ok(())
    }
}
