//! `usher.talent.v1.ImportService`.

use std::time::Duration;

use chassis::{Caller, Error, Result, TenantCtx};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};
use tracing::Instrument as _;
use usher_proto::talent::v1::{
    ImportCandidatesRequest, ImportCandidatesResponse, import_candidates_request::Part,
    import_service_server::ImportService,
};

use super::Desk;
use crate::commands::import_candidates::{Import, Progress};

/// Reports that wait for a reader; when there are more, the import waits.
const REPORTS: usize = 4;
/// The largest piece of a file.
const LARGEST_CHUNK: usize = 1 << 20;
/// The longest that the next piece, or the reading of a report, is waited for. A dry run holds locks meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Imports(pub(super) Desk);

#[tonic::async_trait]
impl ImportService for Imports {
    type ImportCandidatesStream = ReceiverStream<Result<ImportCandidatesResponse, Status>>;

    async fn import_candidates(
        &self,
        request: Request<Streaming<ImportCandidatesRequest>>,
    ) -> Result<Response<Self::ImportCandidatesStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let (reports, answers) = mpsc::channel(REPORTS);
        let file = File { parts: request.into_inner(), reports, stop: self.0.stop.clone() };
        let desk = self.0.clone();
        tokio::spawn(async move { file.take_in(desk, ctx).await }.in_current_span());
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}

/// A file that is being sent, and where its reports go.
struct File {
    parts: Streaming<ImportCandidatesRequest>,
    reports: mpsc::Sender<Result<ImportCandidatesResponse, Status>>,
    stop: CancellationToken,
}

impl File {
    async fn take_in(mut self, desk: Desk, ctx: TenantCtx) {
        if let Err(error) = self.read(desk, ctx).await {
            // Nobody listens any more when this fails.
            let _ = self.reports.send(Err(error.into())).await;
        }
    }

    async fn read(&mut self, desk: Desk, ctx: TenantCtx) -> Result<()> {
        let Some(Part::Start(start)) = self.part().await? else {
            return Err(out_of_order("the first message must carry `start`"));
        };
        let mut import = Import::begin(desk.db, desk.keys, ctx, start.dry_run).await?;
        loop {
            match import.advance().await? {
                Progress::Hungry => match self.part().await? {
                    Some(Part::Chunk(chunk)) if chunk.len() > LARGEST_CHUNK => {
                        return Err(Error::invalid("chunk", "IMPORT_CHUNK_TOO_LARGE", "must be at most 1 MiB"));
                    }
                    Some(Part::Chunk(chunk)) => import.feed(chunk),
                    Some(Part::End(_)) => import.finish(),
                    Some(Part::Start(_)) => return Err(out_of_order("`start` is sent once")),
                    None => import.break_off()?,
                },
                Progress::Report(report) => self.tell(report).await?,
                Progress::Done(report) => return self.tell(report).await,
            }
        }
    }

    async fn part(&mut self) -> Result<Option<Part>> {
        let next = tokio::select! {
            next = tokio::time::timeout(PATIENCE, self.parts.message()) => next,
            () = self.stop.cancelled() => {
                return Err(Error::unavailable("STOPPING", "this process is stopping; send the file again"));
            }
        };
        match next {
            Ok(Ok(None)) => Ok(None),
            Ok(Ok(Some(ImportCandidatesRequest { part: Some(part) }))) => Ok(Some(part)),
            Ok(Ok(Some(ImportCandidatesRequest { part: None }))) => {
                Err(out_of_order("each message must carry `start`, `chunk` or `end`"))
            }
            Ok(Err(status)) => Err(status.into()),
            Err(_) => Err(stalled()),
        }
    }

    async fn tell(&self, report: ImportCandidatesResponse) -> Result<()> {
        match tokio::time::timeout(PATIENCE, self.reports.send(Ok(report))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Error::new(Code::Cancelled, "CALLER_GONE", "nobody reads the reports")),
            Err(_) => Err(stalled()),
        }
    }
}

fn out_of_order(message: &'static str) -> Error {
    Error::new(Code::InvalidArgument, "IMPORT_OUT_OF_ORDER", message)
}

fn stalled() -> Error {
    Error::new(Code::DeadlineExceeded, "IMPORT_STALLED", "nothing came for a minute; send the file again")
}
