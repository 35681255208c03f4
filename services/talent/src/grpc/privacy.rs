//! `usher.talent.v1.PrivacyService`.

use chassis::{
    Caller,
    wire::{self, Page},
};
use chrono::SecondsFormat;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use usher_proto::talent::v1::{
    ExportPersonRequest, ExportPersonResponse, GetErasureRequest, GetErasureResponse, GetReceiptKeysRequest,
    GetReceiptKeysResponse, LiftTombstoneRequest, LiftTombstoneResponse, ListErasuresRequest, ListErasuresResponse,
    ReceiptKey, RequestErasureRequest, RequestErasureResponse, privacy_service_server::PrivacyService,
};

use super::{Desk, convert};
use crate::{commands, domain::candidate::CandidateId, export, keys::receipt, store};

/// Pieces of a file that wait for a reader.
const WAITING: usize = 4;
/// Erasures of a page when nobody says.
const PAGE: usize = 20;

pub struct Privacy(pub(super) Desk);

#[tonic::async_trait]
impl PrivacyService for Privacy {
    type ExportPersonStream = ReceiverStream<Result<ExportPersonResponse, Status>>;

    async fn export_person(
        &self,
        request: Request<ExportPersonRequest>,
    ) -> Result<Response<Self::ExportPersonStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let candidate: CandidateId = wire::id("candidate_id", &request.into_inner().candidate_id)?;
        let mut tx = self.0.db.begin(&ctx).await?;
        store::candidates::check(&mut tx, candidate).await?;
        let members = store::merges::whole(&mut tx, candidate).await?.members;
        drop(tx);
        tracing::info!(%candidate, actor = %ctx.actor, "everything about a person is exported");
        let (pieces, answers) = mpsc::channel(WAITING);
        let (peers, now) = (self.0.peers.clone(), self.0.db.clock().now());
        let writing = async move {
            let time = now.to_rfc3339_opts(SecondsFormat::Micros, true);
            if let Err(error) = export::write(&peers, ctx.tenant, &members, pieces.clone(), time).await {
                // Nobody listens any more when this fails.
                let _ = pieces.send(Err(error.into())).await;
            }
        };
        tokio::spawn(writing.in_current_span());
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn request_erasure(
        &self,
        request: Request<RequestErasureRequest>,
    ) -> Result<Response<RequestErasureResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let erasure = commands::request_erasure::run(tx, &key, request).await?;
                Ok(RequestErasureResponse { erasure: Some(convert::erasure(erasure)) })
            })
        });
        write.await
    }

    async fn get_erasure(&self, request: Request<GetErasureRequest>) -> Result<Response<GetErasureResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let erasure = store::erasures::get(tx, wire::id("erasure_id", &request.erasure_id)?).await?;
                Ok(GetErasureResponse { erasure: Some(convert::erasure(erasure)) })
            })
        });
        read.await
    }

    async fn list_erasures(
        &self,
        request: Request<ListErasuresRequest>,
    ) -> Result<Response<ListErasuresResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let (erasures, next_page_token) =
                    page.cut(store::erasures::list(tx, &page).await?, store::erasures::cursor);
                let erasures = erasures.into_iter().map(convert::erasure).collect();
                Ok(ListErasuresResponse { erasures, next_page_token })
            })
        });
        read.await
    }

    async fn get_receipt_keys(
        &self,
        _: Request<GetReceiptKeysRequest>,
    ) -> Result<Response<GetReceiptKeysResponse>, Status> {
        let keys = receipt::keys(&self.0.db, self.0.keys.master()).await?;
        let key = |key: store::receipt_keys::Stored| ReceiptKey {
            key_id: receipt::name(&key.public),
            jwk: receipt::jwk(&key.public),
            create_time: Some(wire::timestamp(key.create_time)),
        };
        Ok(Response::new(GetReceiptKeysResponse { keys: keys.into_iter().map(key).collect() }))
    }

    async fn lift_tombstone(
        &self,
        request: Request<LiftTombstoneRequest>,
    ) -> Result<Response<LiftTombstoneResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                Ok(LiftTombstoneResponse { lifted_count: commands::lift_tombstone::run(tx, &key, request).await? })
            })
        });
        write.await
    }
}
