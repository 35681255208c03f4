//! `usher.talent.v1.ScreeningService`. It reads from ats and from the pool, and writes nowhere.

use std::collections::{HashMap, HashSet};

use chassis::{Caller, Error, Result, TenantCtx, wire};
use chrono::Datelike as _;
use futures::{StreamExt as _, stream};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};
use usher_proto::{
    ats::v1::{Application, ApplicationState, Job},
    talent::v1::{
        FairnessSelection, ReportFairnessRequest, ReportFairnessResponse, ScreenApplicantsRequest,
        ScreenApplicantsResponse, ScreenCandidateRequest, ScreenCandidateResponse, ScreeningAssessment,
        ScreeningClause, ScreeningCriteria, SelectionRate, SelectionRateRatio,
        screening_service_server::ScreeningService,
    },
};

use super::{Desk, applicants};
use crate::{
    domain::{
        candidate::CandidateId,
        person::Person,
        rate::Rate,
        screening::{
            self, Assessment, Criteria, Shown, VERSION,
            report::{self, Compared, Report},
        },
    },
    store,
};

/// People who are read in one transaction, and assessments in one piece.
const BATCH: usize = 100;

pub struct Screening(pub(super) Desk);

/// An applicant, compared.
struct Read {
    application_id: String,
    candidate: CandidateId,
    assessment: Assessment,
}

#[tonic::async_trait]
impl ScreeningService for Screening {
    type ScreenApplicantsStream =
        std::pin::Pin<Box<dyn Stream<Item = Result<ScreenApplicantsResponse, Status>> + Send>>;

    async fn screen_applicants(
        &self,
        request: Request<ScreenApplicantsRequest>,
    ) -> Result<Response<Self::ScreenApplicantsStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let job = applicants::job(&self.0.peers, ctx.tenant, &request.job_id).await?;
        let criteria = self.criteria(&job, request.min_years_of_experience);
        let live = applicants::applications(&self.0.peers, ctx.tenant, &job.job_id, ApplicationState::Active).await?;
        let order = self.reading_order(&ctx, &criteria, &live).await?;
        let total_size = count(order.len());
        let mut told = Some(self.told(&job, &criteria));
        let assessments: Vec<_> = order.into_iter().zip(1..).map(|(read, place)| assessment(read, place)).collect();
        let mut pieces: Vec<_> = assessments
            .chunks(BATCH)
            .map(|piece| ScreenApplicantsResponse { criteria: told.take(), assessments: piece.to_vec(), total_size })
            .collect();
        if let Some(criteria) = told {
            pieces.push(ScreenApplicantsResponse { criteria: Some(criteria), ..ScreenApplicantsResponse::default() });
        }
        Ok(Response::new(stream::iter(pieces).map(Ok).boxed()))
    }

    async fn screen_candidate(
        &self,
        request: Request<ScreenCandidateRequest>,
    ) -> Result<Response<ScreenCandidateResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let job = applicants::job(&self.0.peers, ctx.tenant, &request.job_id).await?;
        let criteria = self.criteria(&job, request.min_years_of_experience);
        let compared = self.compare(&ctx, &criteria, vec![(String::new(), candidate)]).await?.pop();
        let read = compared.ok_or_else(store::candidates::not_found)?;
        let criteria = Some(self.told(&job, &criteria));
        Ok(Response::new(ScreenCandidateResponse { criteria, assessment: Some(assessment(read, 0)) }))
    }

    async fn report_fairness(
        &self,
        request: Request<ReportFairnessRequest>,
    ) -> Result<Response<ReportFairnessResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let groups = report::groups(&request.groups)?;
        let job = applicants::job(&self.0.peers, ctx.tenant, &request.job_id).await?;
        let all =
            applicants::applications(&self.0.peers, ctx.tenant, &job.job_id, ApplicationState::Unspecified).await?;
        let selected = match request.selection() {
            FairnessSelection::Hired | FairnessSelection::Unspecified => {
                among(&all, |one| one.state() == ApplicationState::Hired)
            }
            FairnessSelection::ReachedStage => {
                let reached = report::stages_from(job.stages.iter().map(|one| one.key.as_str()), &request.stage)?;
                among(&all, |one| one.state() == ApplicationState::Hired || reached.contains(one.stage.as_str()))
            }
            FairnessSelection::AmongFirst => {
                let first = first(request.first)?;
                let criteria = self.criteria(&job, 0);
                let order = self.reading_order(&ctx, &criteria, &all).await?;
                order.into_iter().take(first).map(|read| read.candidate.to_string()).collect()
            }
        };
        let applied: HashSet<&str> = all.iter().map(|one| one.candidate_id.as_str()).collect();
        let mut report = told_of(&report::report(&groups, &applied, &selected));
        if request.selection() == FairnessSelection::AmongFirst {
            VERSION.clone_into(&mut report.model_version);
        }
        report.read_time = Some(wire::timestamp(self.0.db.clock().now()));
        Ok(Response::new(report))
    }
}

impl Screening {
    fn criteria(&self, job: &Job, min_years: i32) -> Criteria {
        Criteria {
            title: job.title.clone(),
            required_skills: job.required_skills.clone(),
            wished_skills: job.wished_skills.clone(),
            location: job.location.clone(),
            // The contract allows at most 80.
            min_years: u8::try_from(min_years).unwrap_or(u8::MAX),
            year: u16::try_from(self.0.db.clock().now().year()).unwrap_or_default(),
        }
    }

    fn told(&self, job: &Job, criteria: &Criteria) -> ScreeningCriteria {
        ScreeningCriteria {
            job_id: job.job_id.clone(),
            title: criteria.title.clone(),
            required_skills: criteria.required_skills.clone(),
            wished_skills: criteria.wished_skills.clone(),
            location: criteria.location.clone(),
            min_years_of_experience: criteria.min_years.into(),
            model_version: VERSION.to_owned(),
            read_time: Some(wire::timestamp(self.0.db.clock().now())),
        }
    }

    /// Those who applied, as they are to be read; of equals who applied first.
    async fn reading_order(
        &self,
        ctx: &TenantCtx,
        criteria: &Criteria,
        applications: &[Application],
    ) -> Result<Vec<Read>> {
        let applicant =
            |one: &Application| Ok((one.application_id.clone(), wire::id("candidate_id", &one.candidate_id)?));
        let people = applications.iter().map(applicant);
        let mut read = self.compare(ctx, criteria, people.collect::<Result<_>>()?).await?;
        read.sort_by(|one, other| one.assessment.reading_order(&other.assessment));
        Ok(read)
    }

    /// People, each with the application, in the same order; without those whom the pool does not know.
    async fn compare(
        &self,
        ctx: &TenantCtx,
        criteria: &Criteria,
        people: Vec<(String, CandidateId)>,
    ) -> Result<Vec<Read>> {
        let now = self.0.db.clock().now();
        let mut all = Vec::with_capacity(people.len());
        for batch in people.chunks(BATCH) {
            let ids: Vec<CandidateId> = batch.iter().map(|(_, id)| *id).collect();
            let key = self.0.keys.key(ctx).await?;
            let mut tx = self.0.db.begin(ctx).await?;
            let known = store::people::with_resumes(&mut tx, &key, &ids).await?;
            let roots: HashMap<CandidateId, CandidateId> =
                store::merges::roots(&mut tx, &ids).await?.into_iter().collect();
            drop(tx);
            let criteria = criteria.clone();
            // Reading texts takes a moment in which this thread could serve others.
            let compared = tokio::task::spawn_blocking(move || {
                let compare = |(person, resume): (Person, Option<String>)| {
                    let shown = Shown::of(&person.candidate.profile, resume.as_deref(), now);
                    (person.candidate.id, screening::assess(&criteria, &shown))
                };
                known.into_iter().map(compare).collect::<HashMap<CandidateId, Assessment>>()
            });
            let compared = compared.await.map_err(|error| Error::internal("a comparison broke off", &error))?;
            all.extend(batch.iter().filter_map(|(application_id, candidate)| {
                let assessment = compared.get(roots.get(candidate).unwrap_or(candidate))?.clone();
                Some(Read { application_id: application_id.clone(), candidate: *candidate, assessment })
            }));
        }
        Ok(all)
    }
}

fn assessment(read: Read, place: i32) -> ScreeningAssessment {
    let Read { application_id, candidate, assessment } = read;
    let clause = |clause: screening::Clause| ScreeningClause {
        finding: clause.finding().into(),
        kind: clause.kind.into(),
        asked: clause.asked,
        degree: clause.degree,
        weight: clause.weight,
        evidence: clause.evidence,
    };
    ScreeningAssessment {
        candidate_id: candidate.to_string(),
        application_id,
        place,
        score: assessment.score,
        clauses: assessment.clauses.into_iter().map(clause).collect(),
        unknown: assessment.unknown,
    }
}

fn among(all: &[Application], is_selected: impl Fn(&Application) -> bool) -> HashSet<String> {
    all.iter().filter(|one| is_selected(one)).map(|one| one.candidate_id.clone()).collect()
}

fn told_of(report: &Report<'_>) -> ReportFairnessResponse {
    ReportFairnessResponse {
        ratios: report.ratios.iter().map(ratio).collect(),
        rates: report.rates.iter().map(rate).collect(),
        passed_over: report.passed_over,
        ungrouped: report.ungrouped,
        ..ReportFairnessResponse::default()
    }
}

fn rate((group, rate): &(&str, Rate)) -> SelectionRate {
    SelectionRate {
        group: (*group).to_owned(),
        applicants: rate.n,
        selected: rate.hits,
        rate: rate.value,
        low: rate.lower,
        high: rate.upper,
    }
}

fn ratio(compared: &Compared<'_>) -> SelectionRateRatio {
    let Compared { group, reference, ratio, verdict } = *compared;
    SelectionRateRatio {
        group: group.to_owned(),
        reference: reference.to_owned(),
        ratio: ratio.value,
        low: ratio.lower,
        high: ratio.upper,
        verdict: verdict.into(),
    }
}

fn first(first: i32) -> Result<usize> {
    let first = usize::try_from(first).ok().filter(|first| *first > 0);
    first.ok_or_else(|| Error::invalid("first", "FIRST_MISSING", "must say among how many of the reading order"))
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
