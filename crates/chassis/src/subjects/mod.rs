//! What a service does for a subject of its data who asks what is kept of them, or wants to be forgotten.
//!
//! A service hands its [`Subjects`] over with its parts; a process answers `usher.privacy.v1.SubjectService` for all that
//! it runs. Which rows are a subject's is a list of [`Table`]s in the service's store, and both ways go by that one list:
//! what is exported is what is forgotten.

mod tables;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, service::Routes};
use tracing::Instrument as _;
use usher_proto::privacy::v1::{
    EraseSubjectRequest, EraseSubjectResponse, ErasedStore, ExportSubjectRequest, ExportSubjectResponse, SubjectPart,
    export_subject_response::Content,
    subject_service_server::{SubjectService, SubjectServiceServer},
};

pub use self::tables::{Table, erase, export};
use crate::{
    caller::{Caller, TenantCtx},
    error::{Error, Result},
};

/// Pieces that wait for a reader.
const WAITING: usize = 4;
/// The largest piece.
const PIECE: usize = 256 << 10;

/// What one service keeps about subjects.
#[async_trait]
pub trait Subjects: Send + Sync + 'static {
    /// Tells everything that is kept about a subject.
    async fn export(&self, ctx: TenantCtx, request: ExportSubjectRequest, out: &mut Export) -> Result<()>;

    /// Forgets it, in all stores; says how much there was in each. Doing it again does no harm.
    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>>;
}

/// Where an export goes. It waits while nobody reads.
#[derive(Debug)]
pub struct Export(mpsc::Sender<Result<ExportSubjectResponse, Status>>);

impl Export {
    /// Begins a part.
    pub async fn part(&mut self, name: impl Into<String>, media_type: &str) -> Result<()> {
        let part = SubjectPart { name: name.into(), media_type: media_type.to_owned() };
        self.send(ExportSubjectResponse { content: Some(Content::Part(part)), related_ids: Vec::new() }).await
    }

    /// The next bytes of the part.
    pub async fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(PIECE) {
            let content = Some(Content::Chunk(piece.to_vec()));
            self.send(ExportSubjectResponse { content, related_ids: Vec::new() }).await?;
        }
        Ok(())
    }

    /// Names things that belong to the subject, for services that know nothing else of them.
    pub async fn related(&mut self, ids: Vec<String>) -> Result<()> {
        self.send(ExportSubjectResponse { content: None, related_ids: ids }).await
    }

    async fn send(&mut self, message: ExportSubjectResponse) -> Result<()> {
        let gone = |_| Error::new(tonic::Code::Cancelled, "CALLER_GONE", "nobody reads the export");
        self.0.send(Ok(message)).await.map_err(gone)
    }
}

/// A count, for the answer to an erasure.
pub fn erased(store: &str, count: u64) -> ErasedStore {
    ErasedStore { store: store.to_owned(), count: i64::try_from(count).unwrap_or(i64::MAX) }
}

/// The services of a process that keep something about subjects, by name.
pub type Known = HashMap<&'static str, Arc<dyn Subjects>>;

/// Adds the answers for these services to a process's routes.
pub fn routes(known: Known, routes: Routes) -> Routes {
    if known.is_empty() { routes } else { routes.add_service(SubjectServiceServer::new(Server(known))) }
}

struct Server(Known);

impl Server {
    fn find(&self, service: &str) -> Result<Arc<dyn Subjects>> {
        self.0.get(service).cloned().ok_or_else(|| {
            Error::not_found("SERVICE_UNKNOWN", "this process does not run that service, or it keeps nothing")
        })
    }
}

#[tonic::async_trait]
impl SubjectService for Server {
    type ExportSubjectStream = ReceiverStream<Result<ExportSubjectResponse, Status>>;

    async fn export_subject(
        &self,
        request: Request<ExportSubjectRequest>,
    ) -> Result<Response<Self::ExportSubjectStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let subjects = self.find(&request.service)?;
        let (pieces, answers) = mpsc::channel(WAITING);
        let exporting = async move {
            let mut out = Export(pieces);
            if let Err(error) = subjects.export(ctx, request, &mut out).await {
                // Nobody listens any more when this fails.
                let _ = out.0.send(Err(error.into())).await;
            }
        };
        tokio::spawn(exporting.in_current_span());
        Ok(Response::new(ReceiverStream::new(answers)))
    }

    async fn erase_subject(
        &self,
        request: Request<EraseSubjectRequest>,
    ) -> Result<Response<EraseSubjectResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let subjects = self.find(&request.service)?;
        // It goes on when the caller has no patience, who then finds it done.
        let erasing = tokio::spawn(async move { subjects.erase(ctx, request).await }.in_current_span());
        let stores = erasing.await.map_err(|error| Error::internal("an erasure broke off", &error))??;
        Ok(Response::new(EraseSubjectResponse { stores }))
    }
}
