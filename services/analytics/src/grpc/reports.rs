//! `ReportService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::analytics::v1 as pb;

use super::wait;
use crate::{
    domain::{question::Question, report::Report},
    jobs::figures::Figures,
    queries::{durations, funnel, lift, load, rates, sources},
};

pub struct Reports {
    pub db: Db,
    pub figures: Figures,
}

/// One RPC for each report: `name: Request -> Response, which report, what answers it`.
macro_rules! reports {
    ($($name:ident: $request:ident -> $response:ident, $report:ident, $query:path;)+) => {
        #[tonic::async_trait]
        impl pb::report_service_server::ReportService for Reports {
            $(
                async fn $name(&self, request: Request<pb::$request>) -> Result<Response<pb::$response>, Status> {
                    let query = request.get_ref().query.clone().unwrap_or_default();
                    let question = Question::of(Report::$report, &query)?;
                    wait(&self.figures, &query.at_least).await?;
                    let answer = self.db.read(request, move |tx, _| {
                        Box::pin(async move { Ok(pb::$response { report: Some($query(tx, question).await?) }) })
                    });
                    answer.await
                }
            )+
        }
    };
}

reports! {
    get_template_reply_rates: GetTemplateReplyRatesRequest -> GetTemplateReplyRatesResponse, TemplateReplyRate, rates::run;
    get_tag_activation_rates: GetTagActivationRatesRequest -> GetTagActivationRatesResponse, TagActivationRate, rates::run;
    get_no_show_rates: GetNoShowRatesRequest -> GetNoShowRatesResponse, NoShowRate, rates::run;
    get_no_show_causes: GetNoShowCausesRequest -> GetNoShowCausesResponse, NoShowCauses, rates::run;
    get_time_to_hire: GetTimeToHireRequest -> GetTimeToHireResponse, TimeToHire, durations::run;
    get_time_to_fill: GetTimeToFillRequest -> GetTimeToFillResponse, TimeToFill, durations::run;
    get_funnel: GetFunnelRequest -> GetFunnelResponse, Funnel, funnel::run;
    get_source_quality: GetSourceQualityRequest -> GetSourceQualityResponse, SourceQuality, sources::run;
    get_recruiter_load: GetRecruiterLoadRequest -> GetRecruiterLoadResponse, RecruiterLoad, load::run;
    get_employer_silence: GetEmployerSilenceRequest -> GetEmployerSilenceResponse, EmployerSilence, rates::run;
    get_offer_acceptance: GetOfferAcceptanceRequest -> GetOfferAcceptanceResponse, OfferAcceptance, rates::run;
    get_campaign_lift: GetCampaignLiftRequest -> GetCampaignLiftResponse, CampaignLift, lift::run;
}
