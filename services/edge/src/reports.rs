//! `/reports`: what was counted, a plain page for each report: what it means, a chart, a table, and the same as a file.
//!
//! Everything that is asked for stands in the address, so that a page can be kept and passed on. The edge reckons nothing; it shows
//! what analytics answers to the person who is signed in.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
};
use chassis::{Error, Result};
use futures::StreamExt as _;
use serde::Deserialize;
use tonic::Code;
use usher_proto::analytics::v1::{
    Basis, Dimension, ExportReportRequest, FileFormat, Filter, Insight, Interval, ListInsightsRequest,
    ListReportsRequest, Period, ReportDescription, ReportQuery, ShowReportRequest, ShowReportResponse,
    insight_service_client::InsightServiceClient, report_output_service_client::ReportOutputServiceClient,
};

use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    lang::{Lang, Wish},
    session::Session,
    workbench::{notice::Notice, sign_in_page},
};

#[derive(Template)]
#[template(path = "reports.html")]
struct ListPage {
    frame: Frame,
    /// What the figures say to do.
    insights: Vec<Told>,
    reports: Vec<Listed>,
}

/// A finding in the reader's language.
struct Told {
    sentence: String,
    advice: String,
    /// The address of the report that shows it.
    href: String,
}

struct Listed {
    title: String,
    /// What it is mostly told by.
    by: String,
    report: ReportDescription,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    report: ReportDescription,
    title: String,
    asked: Asked,
    choices: Choices,
    /// Why it was refused, in the service's own words.
    refusal: String,
    shown: ShowReportResponse,
    /// What is asked for, as addresses carry it.
    query: String,
}

/// What can be chosen, each with whether it is.
struct Choices {
    dimensions: Vec<Choice>,
    intervals: Vec<Choice>,
    bases: Vec<Choice>,
}

struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// What the address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    start: String,
    end: String,
    zone: String,
    by: String,
    interval: String,
    basis: String,
    job: String,
    /// Only what has this value: `message_kind=offer`.
    only: String,
}

impl Asked {
    fn query(&self) -> ReportQuery {
        let of = |prefix: &str, name: &str| format!("{prefix}{}", name.to_ascii_uppercase());
        let group_by = self.by.split(',').filter(|name| !name.is_empty());
        ReportQuery {
            period: Some(Period {
                start_date: self.start.clone(),
                end_date: self.end.clone(),
                time_zone: self.zone.clone(),
                ..Period::default()
            }),
            // What is no dimension is refused by analytics, which says which there are.
            group_by: group_by
                .map(|name| Dimension::from_str_name(&of("DIMENSION_", name)).map_or(i32::MAX, i32::from))
                .collect(),
            interval: Interval::from_str_name(&of("INTERVAL_", &self.interval)).unwrap_or_default().into(),
            basis: Basis::from_str_name(&of("BASIS_", &self.basis)).unwrap_or_default().into(),
            job_id: self.job.clone(),
            filters: self.only.split_once('=').map(filter).into_iter().collect(),
            ..ReportQuery::default()
        }
    }

    /// As an address carries it.
    fn written(&self) -> String {
        let fields = [
            ("start", &self.start),
            ("end", &self.end),
            ("zone", &self.zone),
            ("by", &self.by),
            ("interval", &self.interval),
            ("basis", &self.basis),
            ("job", &self.job),
            ("only", &self.only),
        ];
        let there = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let encoded = there.map(|(name, value)| {
            format!("{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC))
        });
        encoded.collect::<Vec<_>>().join("&")
    }
}

/// What is no dimension is refused by analytics, as above.
fn filter((name, value): (&str, &str)) -> Filter {
    let dimension = Dimension::from_str_name(&format!("DIMENSION_{}", name.to_ascii_uppercase()));
    Filter { dimension: dimension.map_or(i32::MAX, i32::from), values: vec![value.to_owned()] }
}

/// `GET /reports`
pub async fn list(State(app): State<Arc<App>>, headers: HeaderMap, wish: Wish) -> Result<Response, Failure> {
    let Some(session) = Session::of(&headers) else { return Ok(sign_in_page(&app, wish, None)) };
    let frame = Frame::new(wish);
    match tokio::try_join!(reports(&app, &session), insights(&app, &session)) {
        Ok((reports, insights)) => {
            let listed = |report: ReportDescription| Listed {
                title: frame.say(&report.title_zh, &report.title).clone(),
                by: report.dimensions().next().map(dimension).unwrap_or_default(),
                report,
            };
            let insights = insights.into_iter().map(|one| told_in(one, &frame)).collect();
            Ok(page(&ListPage { insights, reports: reports.into_iter().map(listed).collect(), frame }))
        }
        Err(error) => refused(&app, wish, error),
    }
}

/// `GET /reports/{name}`
pub async fn show(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    wish: Wish,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let Some(session) = Session::of(&headers) else { return Ok(sign_in_page(&app, wish, None)) };
    match whole(&app, &session, wish, name, asked).await {
        Ok(found) => Ok(page(&found)),
        Err(error) => refused(&app, wish, error),
    }
}

async fn whole(app: &App, session: &Session, wish: Wish, name: String, asked: Asked) -> Result<ReportPage> {
    let frame = Frame::new(wish);
    let language = frame.lang.tag().to_owned();
    let request = ShowReportRequest { name: name.clone(), query: Some(asked.query()), language };
    let (mut shown, refusal) = match client(app)?.show_report(session.request(request)?).await {
        Ok(shown) => (shown.into_inner(), String::new()),
        // Whoever asks for what can not be answered is told why, and can choose again.
        Err(status) if status.code() == Code::InvalidArgument => {
            let known = reports(app, session).await?.into_iter().find(|report| report.name == name);
            (ShowReportResponse { description: known, ..Default::default() }, told(&Error::from(status)))
        }
        Err(status) => return Err(status.into()),
    };
    let unknown = || Error::not_found("REPORT_UNKNOWN", "there is no such report");
    let report = shown.description.take().ok_or_else(unknown)?;
    Ok(ReportPage {
        frame,
        title: frame.say(&report.title_zh, &report.title).clone(),
        choices: choices(&report, &asked, frame.lang),
        query: asked.written(),
        report,
        asked,
        refusal,
        shown,
    })
}

fn choices(known: &ReportDescription, asked: &Asked, lang: Lang) -> Choices {
    let choose = |values: Vec<String>, chosen: &str, nothing: &str| -> Vec<Choice> {
        let choice = |value: String| Choice {
            is_chosen: value == chosen,
            words: if value.is_empty() { nothing.to_owned() } else { word(&value, lang) },
            value,
        };
        values.into_iter().map(choice).collect()
    };
    let mut dimensions = vec![String::new()];
    dimensions.extend(known.dimensions().map(dimension));
    // One that was asked for by address and is several stays chosen.
    if !dimensions.contains(&asked.by) {
        dimensions.push(asked.by.clone());
    }
    let intervals = ["", "day", "week", "month", "quarter", "year"].map(str::to_owned).to_vec();
    let mut bases = vec![String::new()];
    bases.extend(known.bases().map(|basis| usher_proto::word(basis.as_str_name(), "BASIS_")));
    Choices {
        dimensions: choose(dimensions, &asked.by, lang.pick("不分组", "nothing")),
        intervals: choose(intervals, &asked.interval, lang.pick("整个期间", "whole period")),
        bases: choose(bases, &asked.basis, lang.pick("默认", "as usual")),
    }
}

fn dimension(dimension: Dimension) -> String {
    usher_proto::word(dimension.as_str_name(), "DIMENSION_")
}

/// What a refusal says of each field.
fn told(error: &Error) -> String {
    let fields: Vec<String> = error.violations().iter().map(|(field, what)| format!("{field}: {what}")).collect();
    fields.join("; ")
}

/// `GET /reports/{name}/{format}`
pub async fn file(
    State(app): State<Arc<App>>,
    Path((name, ending)): Path<(String, String)>,
    headers: HeaderMap,
    wish: Wish,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let format = match ending.as_str() {
        "csv" => FileFormat::Csv,
        "parquet" => FileFormat::Parquet,
        "svg" => FileFormat::Svg,
        _ => return Err(Failure::NotFound),
    };
    let Some(session) = Session::of(&headers) else { return Ok(sign_in_page(&app, wish, None)) };
    let request = ExportReportRequest {
        name: name.clone(),
        query: Some(asked.query()),
        format: format.into(),
        language: Frame::new(wish).lang.tag().to_owned(),
    };
    match export(&app, &session, request).await {
        Ok((media_type, body)) => {
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, header(&media_type)?);
            // The name is that of a report that there is.
            headers.insert(CONTENT_DISPOSITION, header(&format!("attachment; filename=\"{name}.{ending}\""))?);
            Ok(response)
        }
        Err(error) => refused(&app, wish, error),
    }
}

fn header(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text).map_err(|_| Failure::Broken)
}

/// The file's media type, and its bytes as they come.
async fn export(app: &App, session: &Session, request: ExportReportRequest) -> Result<(String, Body)> {
    let mut pieces = client(app)?.export_report(session.request(request)?).await?.into_inner();
    let first = pieces.message().await?.unwrap_or_default();
    let begun = futures::stream::iter([Ok(first.chunk)]);
    let rest = begun.chain(pieces.map(|piece| piece.map(|piece| piece.chunk)));
    Ok((first.media_type, Body::from_stream(rest)))
}

async fn reports(app: &App, session: &Session) -> Result<Vec<ReportDescription>> {
    Ok(client(app)?.list_reports(session.request(ListReportsRequest {})?).await?.into_inner().reports)
}

async fn insights(app: &App, session: &Session) -> Result<Vec<Insight>> {
    let mut client = InsightServiceClient::new(app.peers.channel("analytics")?);
    Ok(client.list_insights(session.request(ListInsightsRequest::default())?).await?.into_inner().insights)
}

/// With the address of the report that shows it: the same question.
fn told_in(insight: Insight, frame: &Frame) -> Told {
    let query = insight.query.unwrap_or_default();
    let by: Vec<String> = query.group_by().map(dimension).collect();
    let only =
        query.filters.first().map(|filter| format!("{}={}", dimension(filter.dimension()), filter.values.concat()));
    let period = query.period.unwrap_or_default();
    let asked = Asked {
        start: period.start_date,
        end: period.end_date,
        by: by.join(","),
        only: only.unwrap_or_default(),
        ..Asked::default()
    };
    Told {
        sentence: frame.say(&insight.sentence_zh, &insight.sentence).clone(),
        advice: frame.say(&insight.advice_zh, &insight.advice).clone(),
        href: format!("/reports/{}?{}{}", insight.report, asked.written(), frame.wish.and()),
    }
}

fn client(app: &App) -> Result<ReportOutputServiceClient<tonic::transport::Channel>> {
    Ok(ReportOutputServiceClient::new(app.peers.channel("analytics")?))
}

/// Whoever is not signed in may do so; what can not be read is no page.
fn refused(app: &App, wish: Wish, error: Error) -> Result<Response, Failure> {
    if let Some(notice) = Notice::of_sign_in(&error) {
        return Ok(sign_in_page(app, wish, Some(notice)));
    }
    match error.code() {
        Code::InvalidArgument => Err(Failure::Unreadable),
        Code::NotFound => Err(Failure::NotFound),
        Code::ResourceExhausted => {
            let mut response = Response::new(Body::from(error.to_string()));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            Ok(response)
        }
        _ => Err(error.into()),
    }
}

/// A word of the address as people read it.
fn word(value: &str, lang: Lang) -> String {
    let known = match value {
        "day" => Some(lang.pick("天", "day")),
        "week" => Some(lang.pick("周", "week")),
        "month" => Some(lang.pick("月", "month")),
        "quarter" => Some(lang.pick("季度", "quarter")),
        "year" => Some(lang.pick("年", "year")),
        "cohort" => Some(lang.pick("按批次跟踪", "what began in the period")),
        "activity" => Some(lang.pick("按发生时间", "what happened in the period")),
        _ => None,
    };
    known.map_or_else(|| value.replace('_', " "), str::to_owned)
}
