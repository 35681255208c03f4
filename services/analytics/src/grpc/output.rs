//! `ReportOutputService`: any report as a table, a chart or a file.

use std::{pin::Pin, sync::Arc, time::Duration};

use chassis::{Caller, Db, Error, Result as Outcome, TenantCtx};
use futures::Stream;
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use usher_proto::analytics::v1::{
    self as pb, Basis, FileFormat, ReportQuery, report_output_service_server::ReportOutputService,
};
use uuid::Uuid;

use super::wait;
use crate::{
    domain::{generation::Generation, period::Period, question::Question, report::Report},
    jobs::figures::Figures,
    queries::{Answer, answer},
    store,
    ways_out::{
        chart,
        charts::Lang,
        facts,
        file::{self, File},
        table::{Cell, Column, Table},
        words,
    },
};

/// Facts of one piece of a file.
const PAGE: i64 = 20_000;
/// So many files of facts are written at once, others wait: each needs the memory of a page.
const EXPORTS: usize = 4;
/// A reader who takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pieces that are made before the reader has taken them.
const AHEAD: usize = 2;
/// The longest piece; gRPC takes messages up to 4 MiB.
const PIECE: usize = 1 << 20;

pub struct Output {
    db: Db,
    figures: Figures,
    /// Turns of those who write all facts to a file.
    exports: Arc<Semaphore>,
}

type Pieces<R> = Pin<Box<dyn Stream<Item = Result<R, Status>> + Send>>;

impl Output {
    pub fn new(db: Db, figures: Figures) -> Self {
        Self { db, figures, exports: Arc::new(Semaphore::new(EXPORTS)) }
    }

    /// What a report answers to its caller.
    async fn answer(&self, ctx: &TenantCtx, name: &str, query: &ReportQuery) -> Outcome<(Report, Answer)> {
        let report = Report::named(name).ok_or_else(unknown)?;
        let question = Question::of(report, query)?;
        wait(&self.figures, &query.at_least).await?;
        let mut tx = self.db.begin(ctx).await?;
        Ok((report, answer(&mut tx, question).await?))
    }
}

fn unknown() -> Error {
    let known: Vec<&str> = Report::ALL.iter().map(|report| report.definition().name).collect();
    Error::not_found("REPORT_UNKNOWN", format!("there is no such report; there are {}", known.join(", ")))
}

fn language(asked: &str) -> Lang {
    if asked == "zh-CN" { Lang::Zh } else { Lang::En }
}

#[tonic::async_trait]
impl ReportOutputService for Output {
    type ExportReportStream = Pieces<pb::ExportReportResponse>;
    type ExportFactsStream = Pieces<pb::ExportFactsResponse>;

    async fn list_reports(
        &self,
        _: Request<pb::ListReportsRequest>,
    ) -> Result<Response<pb::ListReportsResponse>, Status> {
        Ok(Response::new(pb::ListReportsResponse { reports: Report::ALL.into_iter().map(described).collect() }))
    }

    async fn show_report(
        &self,
        request: Request<pb::ShowReportRequest>,
    ) -> Result<Response<pb::ShowReportResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let lang = language(&asked.language);
        let (report, answer) = self.answer(&ctx, &asked.name, &asked.query.unwrap_or_default()).await?;
        Ok(Response::new(shown(report, &answer, lang)))
    }

    async fn export_report(
        &self,
        request: Request<pb::ExportReportRequest>,
    ) -> Result<Response<Self::ExportReportStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let format = asked.format();
        let (report, answer) = self.answer(&ctx, &asked.name, &asked.query.clone().unwrap_or_default()).await?;
        let bytes = if format == FileFormat::Svg {
            chart::svg(report, &answer, language(&asked.language)).into_bytes()
        } else {
            let table = Table::of(&answer);
            let mut file = File::begin(table.columns, format)?;
            let mut bytes = file.write(&table.rows)?;
            bytes.extend(file.end()?);
            bytes
        };
        let media_type = file::media_type(format).to_owned();
        let first = pb::ExportReportResponse { media_type, chunk: Vec::new() };
        let rest: Vec<_> = bytes.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let rest = rest.into_iter().map(|chunk| pb::ExportReportResponse { chunk, ..Default::default() });
        Ok(Response::new(Box::pin(futures::stream::iter(std::iter::once(first).chain(rest).map(Ok)))))
    }

    async fn export_facts(
        &self,
        request: Request<pb::ExportFactsRequest>,
    ) -> Result<Response<Self::ExportFactsStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.into_inner();
        let period = Period::of(asked.period.as_ref())?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (db, format, exports) = (self.db.clone(), asked.format(), self.exports.clone());
        // Ends when the reader goes away, since nothing can be sent then.
        tokio::spawn(async move {
            let Ok(_turn) = exports.acquire_owned().await else { return };
            if let Err(error) = facts_of(&db, &ctx, &period, format, &sender).await {
                let _ = sender.send(Err(error.into())).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

fn described(report: Report) -> pb::ReportDescription {
    let definition = report.definition();
    let (title, title_zh) = report.title();
    let bases = [(definition.cohort, Basis::Cohort), (definition.activity, Basis::Activity)];
    pb::ReportDescription {
        name: definition.name.to_owned(),
        title: title.to_owned(),
        title_zh: title_zh.to_owned(),
        definition: definition.sentence.to_owned(),
        formula: definition.formula.to_owned(),
        dimensions: report.dimensions().into_iter().map(Into::into).collect(),
        bases: bases.into_iter().filter(|(cube, _)| cube.is_some()).map(|(_, basis)| basis.into()).collect(),
        knows_jobs: definition.knows_jobs,
    }
}

fn shown(report: Report, answer: &Answer, lang: Lang) -> pb::ShowReportResponse {
    let table = Table::of(answer);
    let column = |column: &Column| pb::Column {
        name: column.name.clone(),
        heading: words::heading(column, lang),
        kind: column.kind.into(),
    };
    let row = |cells: &Vec<Cell>| pb::TableRow {
        cells: cells.iter().zip(&table.columns).map(|(cell, column)| words::cell(cell, column.kind)).collect(),
    };
    pb::ShowReportResponse {
        head: answer.head().cloned(),
        description: Some(described(report)),
        columns: table.columns.iter().map(column).collect(),
        rows: table.rows.iter().map(row).collect(),
        notes: answer.notes(lang == Lang::Zh),
        svg: chart::svg(report, answer, lang),
    }
}

async fn facts_of(
    db: &Db,
    ctx: &TenantCtx,
    period: &Period,
    format: FileFormat,
    sender: &mpsc::Sender<Result<pb::ExportFactsResponse, Status>>,
) -> Outcome<()> {
    let mut file = File::begin(facts::columns(), format)?;
    let mut answer = pb::ExportFactsResponse { media_type: file::media_type(format).to_owned(), chunk: Vec::new() };
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        // One transaction for each page: however slowly it is read, nothing waits for the reader.
        let mut tx = db.begin(ctx).await?;
        let serving = store::generations::serving(&mut tx).await?.unwrap_or(Generation::First);
        let page = store::facts::page(&mut tx, serving, period, after, PAGE).await?;
        drop(tx);
        let rows: Vec<_> = page.iter().map(facts::cells).collect();
        answer.chunk = file.write(&rows)?;
        for chunk in answer.chunk.chunks(PIECE) {
            let piece = pb::ExportFactsResponse { media_type: answer.media_type.clone(), chunk: chunk.to_vec() };
            // Who takes nothing for so long holds up others, and may begin anew.
            if !matches!(timeout(PATIENCE, sender.send(Ok(piece))).await, Ok(Ok(()))) {
                return Ok(());
            }
            answer.media_type.clear();
        }
        match page.last() {
            Some(last) => after = (last.root, last.event),
            None => break,
        }
    }
    answer.chunk = file.end()?;
    // Whoever has gone away needs no end.
    let _ = sender.send(Ok(answer)).await;
    Ok(())
}
