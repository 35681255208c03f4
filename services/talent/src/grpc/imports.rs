//! `usher.talent.v1.ImportService`.

use chassis::{
    Caller, Error, Result, TenantCtx,
    incoming::{Incoming, Reports, out_of_order},
    wire::{self, Cursor, Page},
};
use chrono::DateTime;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;
use usher_proto::talent::v1::{
    GetImportRequest, GetImportResponse, ImportCandidatesRequest, ImportCandidatesResponse, ListImportErrorsRequest,
    ListImportErrorsResponse, ListImportsRequest, ListImportsResponse, ListUndoProblemsRequest,
    ListUndoProblemsResponse, UndoImportRequest, UndoImportResponse, import_candidates_request::Part,
    import_service_server::ImportService,
};
use uuid::Uuid;

use super::{Desk, convert};
use crate::{
    commands::{
        self,
        import_candidates::{Import, Progress},
    },
    domain::imports::ImportId,
    store,
};

/// The largest piece of a file.
const LARGEST_CHUNK: usize = 1 << 20;
/// Things of a page when nobody says how many.
const PAGE: usize = 50;

pub struct Imports(pub(super) Desk);

#[tonic::async_trait]
impl ImportService for Imports {
    type ImportCandidatesStream = Reports<ImportCandidatesResponse>;

    async fn import_candidates(
        &self,
        request: Request<Streaming<ImportCandidatesRequest>>,
    ) -> Result<Response<Self::ImportCandidatesStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let (file, reports) = File::new(request.into_inner(), self.0.stop.clone());
        tokio::spawn(take_in(file, self.0.clone(), ctx).in_current_span());
        Ok(Response::new(reports))
    }

    async fn get_import(&self, request: Request<GetImportRequest>) -> Result<Response<GetImportResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let import = store::imports::get(tx, wire::id("import_id", &request.import_id)?).await?;
                Ok(GetImportResponse { import: Some(convert::import(import, tx.now())) })
            })
        });
        read.await
    }

    async fn list_imports(
        &self,
        request: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let fingerprint = Some(request.fingerprint.as_str()).filter(|text| !text.is_empty());
                let fingerprint = fingerprint.map(|text| key.blind_import(text)).transpose()?;
                let imports = store::imports::list(tx, fingerprint.as_deref(), &page).await?;
                let (imports, next_page_token) = page.cut(imports, store::imports::cursor);
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
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let id: ImportId = wire::id("import_id", &request.import_id)?;
                store::imports::get(tx, id).await?;
                // A line stands for its place in the order; there is one error of each.
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let after = page.after.map_or(0, |after| after.time.timestamp_micros());
                let rows = store::import_errors::after(tx, id, after, page.limit()).await?;
                let (rows, next_page_token) = page.cut(rows, |row| Cursor {
                    time: DateTime::from_timestamp_micros(row.line).unwrap_or_default(),
                    id: Uuid::nil(),
                });
                let errors = rows.into_iter().map(commands::import_candidates::told).collect();
                Ok(ListImportErrorsResponse { errors, next_page_token })
            })
        });
        read.await
    }

    async fn undo_import(&self, request: Request<UndoImportRequest>) -> Result<Response<UndoImportResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let import = commands::undo_import::run(tx, request).await?;
                Ok(UndoImportResponse { import: Some(convert::import(import, tx.now())) })
            })
        });
        write.await
    }

    async fn list_undo_problems(
        &self,
        request: Request<ListUndoProblemsRequest>,
    ) -> Result<Response<ListUndoProblemsResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let id: ImportId = wire::id("import_id", &request.import_id)?;
                store::imports::get(tx, id).await?;
                let page = Page::of(request.page_size, PAGE, &request.page_token)?;
                let after = page.after.map(|after| after.id);
                let rows = store::undo::problems_after(tx, id, after, page.limit()).await?;
                let (rows, next_page_token) =
                    page.cut(rows, |row| Cursor { time: DateTime::UNIX_EPOCH, id: row.candidate_id.0 });
                let problems = rows.into_iter().map(convert::undo_problem).collect();
                Ok(ListUndoProblemsResponse { problems, next_page_token })
            })
        });
        read.await
    }
}

type File = Incoming<ImportCandidatesRequest, ImportCandidatesResponse>;

async fn take_in(mut file: File, desk: Desk, ctx: TenantCtx) {
    if let Err(error) = read(&mut file, desk, ctx).await {
        file.fail(error).await;
    }
}

async fn read(file: &mut File, desk: Desk, ctx: TenantCtx) -> Result<()> {
    let Some(Part::Start(start)) = part(file).await? else {
        return Err(out_of_order("the first message must carry `start`"));
    };
    let mut import = Import::begin(desk.db, desk.keys, ctx, start).await?;
    let outcome = read_on(file, &mut import).await;
    if let Err(error) = &outcome
        && let Err(late) = import.broke(error.reason()).await
    {
        // It counts as broken when it has been silent for long enough.
        tracing::warn!(error = %late, "an import broke and nobody could be told");
    }
    outcome
}

async fn read_on(file: &mut File, import: &mut Import) -> Result<()> {
    loop {
        match import.advance().await? {
            Progress::Hungry => match part(file).await? {
                Some(Part::Chunk(chunk)) if chunk.len() > LARGEST_CHUNK => {
                    return Err(Error::invalid("chunk", "IMPORT_CHUNK_TOO_LARGE", "must be at most 1 MiB"));
                }
                Some(Part::Chunk(chunk)) => import.feed(chunk),
                Some(Part::End(_)) => import.finish(),
                Some(Part::Start(_)) => return Err(out_of_order("`start` is sent once")),
                None => import.break_off()?,
            },
            Progress::Report(report) => file.tell(report).await?,
            Progress::Done(report) => return file.tell(report).await,
        }
    }
}

async fn part(file: &mut File) -> Result<Option<Part>> {
    match file.next().await? {
        None => Ok(None),
        Some(ImportCandidatesRequest { part: Some(part) }) => Ok(Some(part)),
        Some(ImportCandidatesRequest { part: None }) => {
            Err(out_of_order("each message must carry `start`, `chunk` or `end`"))
        }
    }
}
