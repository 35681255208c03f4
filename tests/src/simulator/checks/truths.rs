//! What is planted against the intervals that the reports give for it: of all pairs of a truth and its 95 % interval, how many
//! hold it. And what insights say where something is planted, and where nothing is.

use usher_proto::analytics::v1::{
    Dimension, Filter, GetCampaignLiftRequest, GetNoShowRatesRequest, GetOfferAcceptanceRequest,
    GetTagActivationRatesRequest, GetTemplateReplyRatesRequest, Insight, InsightKind, RateReport,
    RefreshInsightsRequest, ReportQuery, insight_service_client::InsightServiceClient,
    report_service_client::ReportServiceClient,
};

use crate::simulator::{
    calendar::Calendar,
    drive::{office::ARMS, town::Place},
    planted::{POOL, SOURCES},
    reckoning::{interval::Share, meetings, observed},
};

/// Fewer than so many are not read, as the reports say.
const MINIMUM_N: i64 = 10;

/// A truth and what a report says of it.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Of what.
    pub what: &'static str,
    /// What is planted.
    pub truth: f64,
    /// The interval.
    pub interval: (f64, f64),
}

impl Pair {
    /// Whether the interval holds it.
    pub fn holds(&self) -> bool {
        (self.interval.0..=self.interval.1).contains(&self.truth)
    }
}

/// How many of some pairs hold their truths.
pub fn covered<'pair>(pairs: impl IntoIterator<Item = &'pair Pair>) -> Share {
    let mut share = Share::default();
    pairs.into_iter().for_each(|pair| share.count(pair.holds()));
    share
}

/// All pairs of one world.
pub async fn world(place: &Place, calendar: &Calendar) -> Vec<Pair> {
    let mut pairs = invitations(place).await;
    pairs.extend(no_shows(place, calendar).await);
    pairs.extend(offers(place).await);
    if place.ledger.campaign.is_some() {
        pairs.extend(tags(place).await);
        pairs.extend(lift(place).await);
    }
    pairs
}

async fn invitations(place: &Place) -> Vec<Pair> {
    let kind = Filter { dimension: Dimension::MessageKind.into(), values: vec!["interview_invitation".to_owned()] };
    let query = ReportQuery { filters: vec![kind], ..grouped(&[Dimension::Arm]) };
    let request = place.desk.request(GetTemplateReplyRatesRequest { query: Some(query) });
    let mut reports = ReportServiceClient::new(place.desk.channel.clone());
    let told = reports.get_template_reply_rates(request).await.expect("a report").into_inner().report;
    let truth = |arm: &str| Some(place.world.planted.answers(arm == ARMS[0]));
    rows("invitations answered, by arm", told, |values| truth(&values[0]))
}

async fn no_shows(place: &Place, calendar: &Calendar) -> Vec<Pair> {
    let by = [Dimension::Confirmed, Dimension::FollowUp];
    let request = place.desk.request(GetNoShowRatesRequest { query: Some(grouped(&by)) });
    let mut reports = ReportServiceClient::new(place.desk.channel.clone());
    let told = reports.get_no_show_rates(request).await.expect("a report").into_inner().report;
    let all = meetings::observed(place, calendar);
    rows("interviews missed, by answer and reminder", told, |values| observed::planted(&all, &by, values))
}

async fn offers(place: &Place) -> Vec<Pair> {
    let request = place.desk.request(GetOfferAcceptanceRequest { query: Some(grouped(&[Dimension::Source])) });
    let mut reports = ReportServiceClient::new(place.desk.channel.clone());
    let told = reports.get_offer_acceptance(request).await.expect("a report").into_inner().report;
    let is_known = |source: &str| SOURCES.contains(&source) || source == POOL;
    let truth = |source: &str| is_known(source).then(|| place.world.planted.accepts(source));
    rows("offers accepted, by source", told, |values| truth(&values[0]))
}

async fn tags(place: &Place) -> Vec<Pair> {
    let request = place.desk.request(GetTagActivationRatesRequest { query: Some(grouped(&[Dimension::Tag])) });
    let mut reports = ReportServiceClient::new(place.desk.channel.clone());
    let told = reports.get_tag_activation_rates(request).await.expect("a report").into_inner().report;
    let planted = &place.world.planted;
    rows("people who came back, by tag", told, |values| match values[0].as_str() {
        "interaction/recently_updated" => Some(planted.recent_returns),
        "status/dormant_12_months" => Some(planted.dormant_returns),
        _ => None,
    })
}

async fn lift(place: &Place) -> Vec<Pair> {
    let request = place.desk.request(GetCampaignLiftRequest { query: Some(grouped(&[Dimension::Campaign])) });
    let mut reports = ReportServiceClient::new(place.desk.channel.clone());
    let told = reports.get_campaign_lift(request).await.expect("a report").into_inner();
    let planted = &place.world.planted;
    let row = told.report.and_then(|report| report.rows.into_iter().next()).expect("the campaign is told of");
    let held_out = row.holdout.expect("a rate");
    vec![
        Pair {
            what: "what a campaign did",
            truth: planted.returns() - planted.returns_alone,
            interval: (row.difference_lower, row.difference_upper),
        },
        Pair {
            what: "people who came back by themselves",
            truth: planted.returns_alone,
            interval: (held_out.lower, held_out.upper),
        },
    ]
}

fn grouped(by: &[Dimension]) -> ReportQuery {
    ReportQuery { group_by: by.iter().map(|one| (*one).into()).collect(), ..ReportQuery::default() }
}

fn rows(what: &'static str, told: Option<RateReport>, truth: impl Fn(&[String]) -> Option<f64>) -> Vec<Pair> {
    let rows = told.expect("it is told").rows.into_iter();
    let read = rows.filter_map(|row| {
        let rate = row.rate.filter(|rate| rate.denominator >= MINIMUM_N)?;
        let truth = truth(&row.values)?;
        Some(Pair { what, truth, interval: (rate.lower, rate.upper) })
    });
    read.collect()
}

/// What the figures of one world say to do, and how many comparisons that was found among.
pub async fn insights(place: &Place) -> (Vec<Insight>, i32) {
    let mut insights = InsightServiceClient::new(place.desk.channel.clone());
    let request = place.desk.request(RefreshInsightsRequest::default());
    let looked = insights.refresh_insights(request).await.expect("a look").into_inner();
    (looked.insights, looked.comparisons)
}

/// Whether one of them is of that kind, about that.
pub fn says(insights: &[Insight], kind: InsightKind, value: &str) -> bool {
    insights.iter().any(|insight| insight.kind() == kind && insight.value == value)
}
