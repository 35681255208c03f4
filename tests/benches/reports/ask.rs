//! Reports over gRPC, and what they answer as plain numbers.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::TenantId;
use tonic::transport::Channel;
use usher_proto::analytics::v1::{
    self as pb, Dimension, DurationReport, FunnelReport, LiftReport, LoadReport, Period, Rate, RateReport, ReportQuery,
    SourceReport, report_service_client::ReportServiceClient,
};
use usher_tests::{
    bench::{Goals, milliseconds, percentile},
    pods::{Ground, by},
};

use crate::year::f64_of;

/// How often each report is asked.
const CALLS: usize = 200;

/// What a report says, by row.
pub type Answer = BTreeMap<String, Vec<f64>>;

/// Declares every report: its name, its RPC, and the dimension by which it is usually told.
macro_rules! reports {
    ($($report:ident, $rpc:ident, $request:ident, [$($dimension:ident)?], $say:path;)+) => {
        /// A report of the service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Report { $($report,)+ }

        impl Report {
            pub const ALL: &[Self] = &[$(Self::$report,)+];

            pub fn name(self) -> &'static str {
                match self { $(Self::$report => stringify!($rpc).trim_start_matches("get_"),)+ }
            }

            /// The dimension by which it is usually told.
            pub fn by(self) -> &'static [Dimension] {
                match self { $(Self::$report => &[$(Dimension::$dimension)?],)+ }
            }
        }

        impl Client {
            /// Asks for the year: how long that took, and the answer.
            pub async fn ask(&self, report: Report, dimensions: &[Dimension]) -> (Duration, Answer) {
                let query = Some(self.query(dimensions));
                match report {$(
                    Report::$report => {
                        let mut client = ReportServiceClient::new(self.channel.clone());
                        let request = by(&self.ground.token(self.tenant), pb::$request { query });
                        let begun = Instant::now();
                        let answer = client.$rpc(request).await.unwrap();
                        let span = begun.elapsed();
                        (span, $say(&answer.into_inner().report.unwrap()))
                    }
                )+}
            }
        }
    };
}

reports! {
    TemplateReplyRates, get_template_reply_rates, GetTemplateReplyRatesRequest, [TemplateVersion], rates;
    TagActivationRates, get_tag_activation_rates, GetTagActivationRatesRequest, [Tag], rates;
    NoShowRates, get_no_show_rates, GetNoShowRatesRequest, [FollowUp], rates;
    NoShowCauses, get_no_show_causes, GetNoShowCausesRequest, [Cause], rates;
    TimeToHire, get_time_to_hire, GetTimeToHireRequest, [Source], durations;
    TimeToFill, get_time_to_fill, GetTimeToFillRequest, [], durations;
    Funnel, get_funnel, GetFunnelRequest, [], funnel;
    SourceQuality, get_source_quality, GetSourceQualityRequest, [Source], sources;
    RecruiterLoad, get_recruiter_load, GetRecruiterLoadRequest, [Recruiter], load;
    EmployerSilence, get_employer_silence, GetEmployerSilenceRequest, [Stage], rates;
    OfferAcceptance, get_offer_acceptance, GetOfferAcceptanceRequest, [Source], rates;
    CampaignLift, get_campaign_lift, GetCampaignLiftRequest, [Campaign], lift;
}

/// Somebody of the large tenant who asks about its year.
pub struct Client {
    pub channel: Channel,
    pub ground: Arc<Ground>,
    pub tenant: TenantId,
    /// The first day, and the day after the last one, in Shanghai.
    pub days: [String; 2],
}

impl Client {
    fn query(&self, dimensions: &[Dimension]) -> ReportQuery {
        let [start_date, end_date] = self.days.clone();
        let period = Period { start_date, end_date, time_zone: "Asia/Shanghai".to_owned(), ..Period::default() };
        ReportQuery {
            period: Some(period),
            group_by: dimensions.iter().map(|one| (*one).into()).collect(),
            ..ReportQuery::default()
        }
    }

    /// Since when the figures serve.
    pub async fn serve_time(&self) -> Option<prost_types::Timestamp> {
        let request = by(&self.ground.token(self.tenant), pb::GetNoShowCausesRequest { query: Some(self.query(&[])) });
        let answer = ReportServiceClient::new(self.channel.clone()).get_no_show_causes(request).await.unwrap();
        answer.into_inner().report.unwrap().head.unwrap().serve_time
    }

    /// All that the reports say.
    pub async fn everything(&self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for report in Report::ALL {
            answers.push(self.ask(*report, report.by()).await.1);
        }
        answers
    }
}

fn share(rate: Option<Rate>) -> [f64; 2] {
    let rate = rate.unwrap();
    [number(rate.numerator), number(rate.denominator)]
}

fn number(count: i64) -> f64 {
    f64_of(usize::try_from(count).unwrap())
}

fn rates(report: &RateReport) -> Answer {
    report.rows.iter().map(|row| (row.values.join(" "), share(row.rate).to_vec())).collect()
}

fn durations(report: &DurationReport) -> Answer {
    let row = |row: &pb::DurationRow| {
        let found = row.duration.clone().unwrap();
        let days = |days: Option<f64>| days.unwrap_or(-1.0);
        (row.values.join(" "), vec![number(found.n), days(found.median_days), days(found.p90_days)])
    };
    report.rows.iter().map(row).collect()
}

fn funnel(report: &FunnelReport) -> Answer {
    let stages = report.rows.iter().flat_map(|row| &row.stages);
    let counts = |one: &pb::FunnelStage| [one.entered, one.advanced, one.hired, one.rejected, one.withdrawn];
    stages.map(|stage| (stage.stage.clone(), counts(stage).map(number).to_vec())).collect()
}

fn sources(report: &SourceReport) -> Answer {
    let row = |row: &pb::SourceRow| {
        let [no_show, interviews] = share(row.no_show);
        let of = |rate| share(rate)[0];
        let interviewed = of(row.interviewed);
        let counts = [interviewed, interviews, no_show, of(row.offered), of(row.hired), number(row.in_process)];
        (row.values.join(" "), [&[number(row.applied)], counts.as_slice()].concat())
    };
    report.rows.iter().map(row).collect()
}

fn load(report: &LoadReport) -> Answer {
    let row = |row: &pb::LoadRow| {
        let hours = [row.median_hours.unwrap_or(-1.0), row.p90_hours.unwrap_or(-1.0)];
        let counts = [row.created, row.open, row.completed].map(number);
        (row.values.join(" "), [counts.as_slice(), &share(row.on_time), &hours].concat())
    };
    report.rows.iter().map(row).collect()
}

fn lift(report: &LiftReport) -> Answer {
    let row = |row: &pb::LiftRow| (row.values.join(" "), [share(row.treatment), share(row.holdout)].concat());
    report.rows.iter().map(row).collect()
}

/// Each report, in turn.
pub async fn measure(client: &Client, goals: &mut Goals) {
    let mut spans = vec![Vec::with_capacity(CALLS); Report::ALL.len()];
    for round in 0..=CALLS {
        for (report, spans) in Report::ALL.iter().zip(&mut spans) {
            let (span, _) = client.ask(*report, report.by()).await;
            // The first round warms up.
            if round > 0 {
                spans.push(span);
            }
        }
    }
    println!("| report over a year | p50 ms | p99 ms |\n|---|--:|--:|");
    let mut slowest = Duration::ZERO;
    for (report, mut spans) in Report::ALL.iter().zip(spans) {
        let (half, most) = (percentile(&mut spans, 50), percentile(&mut spans, 99));
        println!("| {} | {:.1} | {:.1} |", report.name(), milliseconds(half), milliseconds(most));
        slowest = slowest.max(half);
    }
    goals.at_most("the slowest report's p50", milliseconds(slowest), 50.0, " ms");
}
