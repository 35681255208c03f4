//! Every report against what is reckoned from the ledger: the same rows with the same numbers, intervals and ranks, and no others.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tonic::transport::Channel;
use usher_proto::analytics::v1::{
    Basis, Dimension, Duration, Filter, GetCampaignLiftRequest, GetEmployerSilenceRequest, GetFunnelRequest,
    GetNoShowCausesRequest, GetNoShowRatesRequest, GetOfferAcceptanceRequest, GetRecruiterLoadRequest,
    GetSourceQualityRequest, GetTagActivationRatesRequest, GetTemplateReplyRatesRequest, GetTimeToFillRequest,
    GetTimeToHireRequest, Rate, RateReport, ReportQuery, report_service_client::ReportServiceClient,
};

use super::Compared;
use crate::simulator::{
    calendar::{Beat, Calendar},
    drive::town::Place,
    reckoning::{
        applications, desks, durations,
        interval::Share,
        meetings, members,
        observed::{self, Observed},
        replies,
        survival::{self, Span},
        waits,
    },
};

/// The fewest that are ranked.
const MINIMUM_N: i64 = 10;
/// What recruiters do is written down within the beat.
const WITHIN: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// Asks one report and compares it, of whatever is a rate of groups.
macro_rules! rates {
    ($asking:ident, $compared:ident, $call:ident, $request:ident, $all:expr, $($by:expr),+) => {$({
        let by: &[Dimension] = &$by;
        let request = $request { query: Some(grouped(by)) };
        let told = $asking.client().$call($asking.place.desk.request(request)).await.expect("a report").into_inner();
        rate_rows(stringify!($call), &told.report.expect("it is told"), $all, by, &mut $compared);
    })+};
}

struct Asking<'town> {
    place: &'town Place,
}

impl Asking<'_> {
    fn client(&self) -> ReportServiceClient<Channel> {
        ReportServiceClient::new(self.place.desk.channel.clone())
    }
}

/// All twelve reports of one world.
pub async fn world(place: &Place, calendar: &Calendar, now: Beat, clock: DateTime<Utc>) -> Compared {
    use Dimension::{
        Arm, Channel, Confirmed, Experiment, FollowUp, Language, LeadTime, MessageKind, Source, Stage, Tag,
    };
    let mut compared = Compared::default();
    let asking = Asking { place };
    let all = replies::observed(place);
    rates!(
        asking,
        compared,
        get_template_reply_rates,
        GetTemplateReplyRatesRequest,
        &all,
        [],
        [MessageKind],
        [MessageKind, Arm],
        [Experiment, Arm],
        [Language],
        [MessageKind, Language, Channel]
    );
    introductions(&asking, &all, &mut compared).await;
    let all = members::observed(place);
    // Whom nobody was to write to is shown where groups are asked for.
    let treated: Vec<Observed> = all.iter().filter(|one| one.is(Arm, "treatment")).cloned().collect();
    rates!(asking, compared, get_tag_activation_rates, GetTagActivationRatesRequest, &treated, [Tag]);
    rates!(asking, compared, get_tag_activation_rates, GetTagActivationRatesRequest, &all, [Tag, Arm]);
    lifts(&asking, &all, &mut compared).await;
    let all = meetings::observed(place, calendar);
    rates!(
        asking,
        compared,
        get_no_show_rates,
        GetNoShowRatesRequest,
        &all,
        [],
        [Source],
        [LeadTime],
        [FollowUp],
        [Confirmed],
        [Stage, Channel],
        [Confirmed, FollowUp]
    );
    let all = waits::observed(place, calendar, now);
    rates!(
        asking,
        compared,
        get_employer_silence,
        GetEmployerSilenceRequest,
        &all,
        [],
        [Stage],
        [Source],
        [Stage, Source]
    );
    let all = applications::offers(place);
    rates!(asking, compared, get_offer_acceptance, GetOfferAcceptanceRequest, &all, [], [Source]);
    causes(&asking, calendar, &mut compared).await;
    funnel(&asking, &mut compared).await;
    sources(&asking, &mut compared).await;
    hires(&asking, calendar, clock, &mut compared).await;
    fills(&asking, calendar, clock, &mut compared).await;
    loads(&asking, calendar, &mut compared).await;
    compared
}

fn grouped(by: &[Dimension]) -> ReportQuery {
    ReportQuery { group_by: by.iter().map(|one| (*one).into()).collect(), ..ReportQuery::default() }
}

fn rate_rows(what: &str, told: &RateReport, all: &[Observed], by: &[Dimension], compared: &mut Compared) {
    let names: Vec<&str> = by.iter().map(Dimension::as_str_name).collect();
    let what = format!("{what} by {names:?}");
    let ours = observed::shares(all, by);
    let theirs: BTreeMap<Vec<String>, &Rate> =
        told.rows.iter().filter_map(|row| Some((row.values.clone(), row.rate.as_ref()?))).collect();
    let rows = |keys: Vec<&Vec<String>>| keys.into_iter().cloned().collect::<Vec<_>>();
    compared.same(&format!("{what}: rows"), &rows(theirs.keys().collect()), &rows(ours.keys().collect()));
    for (values, share) in &ours {
        if let Some(rate) = theirs.get(values) {
            same_rate(&format!("{what}: {values:?}"), rate, *share, compared);
        }
    }
    // One message of several features, and one person with several tags, are not compared with themselves.
    let is_manifold = by.iter().any(|one| matches!(one, Dimension::Tag | Dimension::TagDimension | Dimension::Feature));
    if let Some(overall) = told.overall.as_ref().filter(|_| !all.is_empty() && !is_manifold) {
        let whole = observed::shares(all, &[]).into_values().next().unwrap_or_default();
        same_rate(&format!("{what}: overall"), overall, whole, compared);
    }
    if !by.is_empty() && !is_manifold && !what.starts_with("get_no_show_causes") {
        ranks(&what, told, &ours, compared);
    }
}

fn ranks(what: &str, told: &RateReport, ours: &BTreeMap<Vec<String>, Share>, compared: &mut Compared) {
    let enough: Vec<(&Vec<String>, &Share)> = ours.iter().filter(|(_, share)| share.n >= MINIMUM_N).collect();
    let intervals: Vec<(f64, f64)> = enough.iter().map(|(_, share)| share.wilson()).collect();
    let more_is_better = !what.starts_with("get_no_show_rates") && !what.starts_with("get_employer_silence");
    let ranks = observed::ranks(&intervals, more_is_better);
    let ours: BTreeMap<&Vec<String>, i32> = enough.iter().map(|(values, _)| *values).zip(ranks).collect();
    for row in &told.rows {
        let rank = ours.get(&row.values).copied().unwrap_or_default();
        compared.same(&format!("{what}: rank of {:?}", row.values), &row.rank, &rank);
    }
}

fn same_rate(what: &str, told: &Rate, ours: Share, compared: &mut Compared) {
    compared.same(what, &(told.numerator, told.denominator), &(ours.k, ours.n));
    compared.close(what, told.value, ours.value());
    if ours.n > 0 {
        let (low, high) = ours.wilson();
        compared.close(&format!("{what}, lower"), told.lower, low);
        compared.close(&format!("{what}, upper"), told.upper, high);
    }
    compared.same(&format!("{what}, too few"), &told.below_minimum_n, &(ours.n < MINIMUM_N));
}

/// Of invitations alone, those that introduce the team and those that do not.
async fn introductions(asking: &Asking<'_>, all: &[Observed], compared: &mut Compared) {
    let invitations: Vec<Observed> =
        all.iter().filter(|one| one.is(Dimension::MessageKind, "interview_invitation")).cloned().collect();
    let filters =
        vec![Filter { dimension: Dimension::MessageKind.into(), values: vec!["interview_invitation".to_owned()] }];
    let query = ReportQuery { filters, ..grouped(&[Dimension::Feature]) };
    let request = asking.place.desk.request(GetTemplateReplyRatesRequest { query: Some(query) });
    let told = asking.client().get_template_reply_rates(request).await.expect("a report").into_inner();
    let rows = told.report.expect("it is told").rows;
    for (values, share) in observed::shares(&invitations, &[Dimension::Feature]) {
        let row = rows.iter().find(|row| row.values == values).and_then(|row| row.rate.as_ref());
        compared.same(&format!("a row of {values:?}"), &row.is_some(), &true);
        if let Some(rate) = row {
            same_rate(&format!("{values:?}"), rate, share, compared);
        }
    }
}

async fn causes(asking: &Asking<'_>, calendar: &Calendar, compared: &mut Compared) {
    let all = meetings::causes(asking.place, calendar);
    let whole = i64::try_from(all.len()).expect("a few");
    for by in [Dimension::Cause, Dimension::Failure, Dimension::Stage] {
        let request = asking.place.desk.request(GetNoShowCausesRequest { query: Some(grouped(&[by])) });
        let told = asking.client().get_no_show_causes(request).await.expect("a report").into_inner();
        let rows: BTreeMap<Vec<String>, (i64, i64)> = told
            .report
            .expect("it is told")
            .rows
            .into_iter()
            .filter_map(|row| Some((row.values, row.rate.map(|rate| (rate.numerator, rate.denominator))?)))
            .collect();
        let ours = observed::shares(&all, &[by]).into_iter().map(|(values, share)| (values, (share.n, whole)));
        compared.same(&format!("get_no_show_causes by {}", by.as_str_name()), &rows, &ours.collect());
    }
}

async fn lifts(asking: &Asking<'_>, all: &[Observed], compared: &mut Compared) {
    let request = GetCampaignLiftRequest { query: Some(grouped(&[Dimension::Campaign])) };
    let told = asking.client().get_campaign_lift(asking.place.desk.request(request)).await.expect("a report");
    let rows = told.into_inner().report.expect("it is told").rows;
    compared.same("campaigns", &rows.len(), &usize::from(!all.is_empty()));
    let Some(row) = rows.first() else { return };
    let [treatment, holdout] = members::groups(&asking.place.ledger, all);
    for (what, rate, share) in [("treatment", &row.treatment, treatment), ("holdout", &row.holdout, holdout)] {
        same_rate(what, rate.as_ref().expect("a rate"), share, compared);
    }
    let (difference, low, high) = treatment.less(holdout);
    compared.close("difference", row.difference, difference);
    compared.close("difference, lower", row.difference_lower, low);
    compared.close("difference, upper", row.difference_upper, high);
}

async fn funnel(asking: &Asking<'_>, compared: &mut Compared) {
    let request = asking.place.desk.request(GetFunnelRequest { query: Some(grouped(&[])) });
    let told = asking.client().get_funnel(request).await.expect("a report").into_inner();
    let rows = told.report.expect("it is told").rows;
    let stages = rows.first().map(|row| row.stages.as_slice()).unwrap_or_default();
    let ours = applications::funnel(asking.place);
    compared.same("funnel: stages", &stages.len(), &ours.iter().filter(|(_, stage)| stage.entered > 0).count());
    for (told, (name, ours)) in stages.iter().zip(&ours) {
        let counts = (told.stage.as_str(), [told.entered, told.advanced, told.hired, told.rejected, told.withdrawn]);
        let applications::Stage { entered, advanced, hired, rejected, withdrawn } = *ours;
        compared.same("funnel", &counts, &(*name, [entered, advanced, hired, rejected, withdrawn]));
        let left = Share { k: advanced, n: advanced + rejected + withdrawn };
        compared.same("funnel: in process", &told.in_process, &(entered - left.n));
        same_rate(&format!("funnel: advance from {name}"), told.advance.as_ref().expect("a rate"), left, compared);
    }
}

async fn sources(asking: &Asking<'_>, compared: &mut Compared) {
    let request = asking.place.desk.request(GetSourceQualityRequest { query: Some(grouped(&[Dimension::Source])) });
    let told = asking.client().get_source_quality(request).await.expect("a report").into_inner();
    let rows = told.report.expect("it is told").rows;
    let ours = applications::sources(asking.place);
    compared.same("sources", &rows.len(), &ours.len());
    for row in rows {
        let name = row.values.concat();
        let source = ours.get(&name).copied().unwrap_or_default();
        compared.same(&format!("{name}: in process"), &row.in_process, &source.in_process);
        for (what, told, ours) in [
            ("interviewed", row.interviewed, source.interviewed),
            ("no-show", row.no_show, source.no_show),
            ("offered", row.offered, source.offered),
            ("hired", row.hired, source.hired),
        ] {
            same_rate(&format!("{name}: {what}"), &told.expect("a rate"), ours, compared);
        }
    }
}

async fn hires(asking: &Asking<'_>, calendar: &Calendar, clock: DateTime<Utc>, compared: &mut Compared) {
    let ours = durations::hires(asking.place, calendar, clock);
    let request = asking.place.desk.request(GetTimeToHireRequest { query: Some(grouped(&[Dimension::Source])) });
    let told = asking.client().get_time_to_hire(request).await.expect("a report").into_inner();
    let report = told.report.expect("it is told");
    compared.same("time to hire: rows", &report.rows.len(), &ours.len());
    for row in &report.rows {
        let spans = ours.get(&row.values.concat()).map(Vec::as_slice).unwrap_or_default();
        let what = format!("time to hire of {:?}", row.values);
        same_duration(&what, row.duration.as_ref().expect("a duration"), spans, compared);
    }
    let all: Vec<Span> = ours.into_values().flatten().collect();
    same_duration("time to hire", &report.overall.expect("a duration"), &all, compared);
    activity(asking, &all, compared).await;
}

/// Of those hired alone, however the others ended.
async fn activity(asking: &Asking<'_>, all: &[Span], compared: &mut Compared) {
    let query = ReportQuery { basis: Basis::Activity.into(), ..grouped(&[]) };
    let request = asking.place.desk.request(GetTimeToHireRequest { query: Some(query) });
    let told = asking.client().get_time_to_hire(request).await.expect("a report").into_inner();
    let overall = told.report.expect("it is told").overall.expect("a duration");
    let took: Vec<i64> = all.iter().filter(|span| span.has_happened).map(|span| span.days).collect();
    compared.same("time to hire, activity: median", &overall.median_days, &survival::quantile(took.clone(), 0.5));
    compared.same("time to hire, activity: n", &overall.n, &i64::try_from(took.len()).expect("a few"));
}

async fn fills(asking: &Asking<'_>, calendar: &Calendar, clock: DateTime<Utc>, compared: &mut Compared) {
    let spans = durations::fills(asking.place, calendar, clock);
    let request = asking.place.desk.request(GetTimeToFillRequest { query: Some(grouped(&[])) });
    let told = asking.client().get_time_to_fill(request).await.expect("a report").into_inner();
    let overall = told.report.expect("it is told").overall.expect("a duration");
    same_duration("time to fill", &overall, &spans, compared);
}

fn same_duration(what: &str, told: &Duration, spans: &[Span], compared: &mut Compared) {
    let took: Vec<i64> = spans.iter().filter(|span| span.has_happened).map(|span| span.days).collect();
    let n = i64::try_from(took.len()).expect("a few");
    let all = i64::try_from(spans.len()).expect("a few");
    compared.same(&format!("{what}: n"), &(told.n, told.censored), &(n, all - n));
    compared.same(&format!("{what}: median"), &told.median_days, &survival::quantile(took.clone(), 0.5));
    compared.same(&format!("{what}: p90"), &told.p90_days, &survival::quantile(took, 0.9));
    let points = survival::curve(spans);
    compared.same(&format!("{what}: points"), &told.curve.len(), &points.len());
    for (told, ours) in told.curve.iter().zip(&points) {
        compared.same(&format!("{what}: day"), &i64::from(told.day), &ours.day);
        compared.close(&format!("{what}: share at {}", ours.day), told.share, ours.share);
        compared.close(&format!("{what}: lower at {}", ours.day), told.lower, ours.bounds.0);
        compared.close(&format!("{what}: upper at {}", ours.day), told.upper, ours.bounds.1);
    }
    #[expect(clippy::cast_precision_loss, reason = "days stay far below 2^52")]
    let day = |of: fn(&survival::Point) -> f64| survival::day(&points, 0.5, of).map(|day| day as f64);
    let estimated = (told.estimated_median_days, told.estimated_median_lower, told.estimated_median_upper);
    let ours = (day(|point| point.share), day(|point| point.bounds.0), day(|point| point.bounds.1));
    compared.same(&format!("{what}: estimated median"), &estimated, &ours);
}

async fn loads(asking: &Asking<'_>, calendar: &Calendar, compared: &mut Compared) {
    let place = asking.place;
    let tasks = place.desk.tasks(true).await;
    compared.same("tasks are done when they were", &(desks::furthest(place, &tasks, calendar) < WITHIN), &true);
    let ours = desks::loads(place, &tasks, calendar);
    let query = grouped(&[Dimension::Recruiter, Dimension::TaskKind]);
    let request = place.desk.request(GetRecruiterLoadRequest { query: Some(query) });
    let told = asking.client().get_recruiter_load(request).await.expect("a report").into_inner();
    let rows = told.report.expect("it is told").rows;
    compared.same("recruiter load: rows", &rows.len(), &ours.len());
    for row in rows {
        let what = format!("recruiter load of {:?}", row.values);
        let load = ours.get(&row.values).cloned().unwrap_or_default();
        let done = i64::try_from(load.hours.len()).expect("a few");
        compared.same(&what, &(row.created, row.open, row.completed), &(load.created, load.open, done));
        compared.same(&format!("{what}: median"), &row.median_hours, &survival::quantile(load.hours.clone(), 0.5));
        compared.same(&format!("{what}: p90"), &row.p90_hours, &survival::quantile(load.hours, 0.9));
        same_rate(&format!("{what}: on time"), &row.on_time.expect("a rate"), load.on_time, compared);
    }
}
