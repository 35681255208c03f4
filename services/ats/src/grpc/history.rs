//! `usher.ats.v1.HistoryService`.

use chassis::{
    Caller, Db, Error, Result as Outcome, TenantCtx,
    incoming::{Incoming, Reports, out_of_order},
    wire::{self, Cursor, Page},
};
use chrono::DateTime;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};
use tracing::Instrument as _;
use usher_proto::ats::v1::{
    GetImportRequest, GetImportResponse, ImportInterviewsRequest, ImportInterviewsResponse, ImportRows, ImportStart,
    ListImportErrorsRequest, ListImportErrorsResponse, ListImportsRequest, ListImportsResponse, UndoImportRequest,
    UndoImportResponse, history_service_server::HistoryService,
};
use uuid::Uuid;

use super::convert;
use crate::{
    commands::{
        self,
        import_history::{Import, told},
    },
    store,
};

/// Things of a page when nobody says how many.
const PAGE: usize = 50;

pub struct History {
    pub db: Db,
    pub stop: CancellationToken,
}

#[tonic::async_trait]
impl HistoryService for History {
    type ImportInterviewsStream = Reports<ImportInterviewsResponse>;

    async fn import_interviews(
        &self,
        request: Request<Streaming<ImportInterviewsRequest>>,
    ) -> Result<Response<Self::ImportInterviewsStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let (file, reports) = File::new(request.into_inner(), self.stop.clone());
        tokio::spawn(take_in(file, self.db.clone(), ctx).in_current_span());
        Ok(Response::new(reports))
    }

    async fn get_import(&self, request: Request<GetImportRequest>) -> Result<Response<GetImportResponse>, Status> {
        let read = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let import = store::history_imports::get(tx, wire::id("import_id", &request.import_id)?).await?;
                Ok(GetImportResponse { import: Some(convert::import(import, tx.now())) })
            })
        });
        read.await
    }

    async fn list_imports(
        &self,
        request: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        let read = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let imports = store::history_imports::list(tx, &request.fingerprint, &page).await?;
                let (imports, next_page_token) = page.cut(imports, store::history_imports::cursor);
                let imports = imports.into_iter().map(|import| convert::import(import, tx.now())).collect();
                Ok(ListImportsResponse { imports, next_page_token })
            })
        });
        read.await
    }

    async fn list_import_errors(
        &self,
        request: Request<ListImportErrorsRequest>,
    ) -> Result<Response<ListImportErrorsResponse>, Status> {
        let read = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("import_id", &request.import_id)?;
                store::history_imports::get(tx, id).await?;
                // A line stands for its place in the order; there is one error of each.
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let after = page.after.map_or(0, |after| after.time.timestamp_micros());
                let rows = store::history_import_errors::after(tx, id, after, page.limit()).await?;
                let (rows, next_page_token) = page.cut(rows, |row| Cursor {
                    time: DateTime::from_timestamp_micros(row.line).unwrap_or_default(),
                    id: Uuid::nil(),
                });
                Ok(ListImportErrorsResponse { errors: rows.into_iter().map(told).collect(), next_page_token })
            })
        });
        read.await
    }

    async fn undo_import(&self, request: Request<UndoImportRequest>) -> Result<Response<UndoImportResponse>, Status> {
        let write = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let import = commands::undo_history::run(tx, request).await?;
                Ok(UndoImportResponse { import: Some(convert::import(import, tx.now())) })
            })
        });
        write.await
    }
}

/// What a message carries.
enum Part {
    Start(ImportStart),
    Rows(ImportRows),
    End,
}

impl Part {
    fn of(message: ImportInterviewsRequest) -> Outcome<Self> {
        match (message.start, message.rows, message.end) {
            (Some(start), None, None) => Ok(Self::Start(start)),
            (None, Some(rows), None) => Ok(Self::Rows(rows)),
            (None, None, Some(_)) => Ok(Self::End),
            _ => Err(out_of_order("each message must carry either `start`, `rows` or `end`")),
        }
    }
}

type File = Incoming<ImportInterviewsRequest, ImportInterviewsResponse>;

async fn take_in(mut file: File, db: Db, ctx: TenantCtx) {
    if let Err(error) = read(&mut file, db, ctx).await {
        file.fail(error).await;
    }
}

async fn read(file: &mut File, db: Db, ctx: TenantCtx) -> Outcome<()> {
    let Part::Start(start) = part(file).await? else {
        return Err(out_of_order("the first message must carry `start`"));
    };
    let mut import = Import::begin(db, ctx, start).await?;
    let outcome = read_on(file, &mut import).await;
    if let Err(error) = &outcome
        && let Err(late) = import.broke(error.reason()).await
    {
        // It counts as broken when it has been silent for long enough.
        tracing::warn!(error = %late, "an import broke and nobody could be told");
    }
    outcome
}

async fn read_on(file: &mut File, import: &mut Import) -> Outcome<()> {
    loop {
        match part(file).await? {
            Part::Start(_) => return Err(out_of_order("`start` is sent once")),
            Part::Rows(rows) => file.tell(import.take(rows).await?).await?,
            Part::End => return file.tell(import.finish().await?).await,
        }
    }
}

async fn part(file: &mut File) -> Outcome<Part> {
    let message = file.next().await?.ok_or_else(|| {
        let message = "the stream ended without `end`; go on with the import";
        Error::new(Code::InvalidArgument, "IMPORT_TRUNCATED", message)
    });
    Part::of(message?)
}
