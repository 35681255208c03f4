//! `usher.talent.v1.ScreeningService`. It reads from ats and from the pool, and writes nowhere.

use std::collections::{BTreeMap, HashMap, HashSet};

use chassis::{Caller, Error, Result, TenantCtx, wire};
use chrono::Datelike as _;
use futures::{StreamExt as _, stream};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};
use usher_proto::{
    ats::v1::{Application, ApplicationState, Job},
    talent::v1::{
        FairnessGroup, FairnessSelection, ReportFairnessRequest, ReportFairnessResponse, ScreenApplicantsRequest,
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
        screening::{self, Assessment, Criteria, Shown, VERSION},
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
        let groups = members(&request.groups)?;
        let job = applicants::job(&self.0.peers, ctx.tenant, &request.job_id).await?;
        let all =
            applicants::applications(&self.0.peers, ctx.tenant, &job.job_id, ApplicationState::Unspecified).await?;
        let selected = match request.selection() {
            FairnessSelection::Hired | FairnessSelection::Unspecified => {
                among(&all, |one| one.state() == ApplicationState::Hired)
            }
            FairnessSelection::ReachedStage => {
                let reached = stages_from(&job, &request.stage)?;
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
        let mut report = report(&groups, &applied, &selected);
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

    /// Those who applied, as they are to be read: of whom nothing is known first, then who matches best, then who applied
    /// first.
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
        read.sort_by(|one, other| {
            let key = |read: &Read| (read.assessment.unknown, read.assessment.score);
            let ((is_unknown, score), (other_unknown, other_score)) = (key(one), key(other));
            other_unknown.cmp(&is_unknown).then(other_score.total_cmp(&score))
        });
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

/// Each group's people; everybody stands in one group alone.
fn members(groups: &[FairnessGroup]) -> Result<Vec<(&str, Vec<&str>)>> {
    if groups.len() < 2 {
        return Err(Error::invalid("groups", "GROUPS_TOO_FEW", "must be at least two, to be compared"));
    }
    let mut seen = HashMap::new();
    for (place, group) in groups.iter().enumerate() {
        for id in &group.candidate_ids {
            if seen.insert(id.as_str(), place).is_some() {
                let field = format!("groups[{place}].candidate_ids");
                return Err(Error::invalid(field, "MEMBER_TWICE", "names somebody who stands in a group already"));
            }
        }
    }
    Ok(groups
        .iter()
        .map(|group| (group.name.as_str(), group.candidate_ids.iter().map(String::as_str).collect()))
        .collect())
}

fn among(all: &[Application], is_selected: impl Fn(&Application) -> bool) -> HashSet<String> {
    all.iter().filter(|one| is_selected(one)).map(|one| one.candidate_id.clone()).collect()
}

/// A stage of a job's pipeline and those behind it.
fn stages_from<'j>(job: &'j Job, stage: &str) -> Result<HashSet<&'j str>> {
    let reached: HashSet<&str> =
        job.stages.iter().map(|one| one.key.as_str()).skip_while(|key| *key != stage).collect();
    if reached.is_empty() {
        return Err(Error::invalid("reached_stage", "STAGE_UNKNOWN", "is no stage of this job"));
    }
    Ok(reached)
}

fn report(groups: &[(&str, Vec<&str>)], applied: &HashSet<&str>, selected: &HashSet<String>) -> ReportFairnessResponse {
    let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut passed_over = 0;
    for (name, people) in groups {
        let (hits, n) = counts.entry(name).or_default();
        for id in people {
            if applied.contains(id) {
                *n += 1;
                *hits += i64::from(selected.contains(*id));
            } else {
                passed_over += 1;
            }
        }
    }
    let rates: Vec<(&str, Rate)> = counts.into_iter().map(|(name, (hits, n))| (name, Rate::of(hits, n))).collect();
    let reference =
        rates.iter().filter(|(_, rate)| rate.n > 0).max_by(|(_, one), (_, other)| one.value.total_cmp(&other.value));
    let others = reference.into_iter().flat_map(|reference| {
        rates.iter().filter(|(name, _)| *name != reference.0).map(|group| ratio(group, reference))
    });
    let grouped: HashSet<&str> = groups.iter().flat_map(|(_, people)| people.iter().copied()).collect();
    ReportFairnessResponse {
        ratios: others.collect(),
        rates: rates.iter().map(rate).collect(),
        passed_over,
        ungrouped: i64::from(count(applied.iter().filter(|id| !grouped.contains(*id)).count())),
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

fn ratio((group, rate): &(&str, Rate), (reference, highest): &(&str, Rate)) -> SelectionRateRatio {
    let (ratio, verdict) = screening::verdict(rate, highest);
    SelectionRateRatio {
        group: (*group).to_owned(),
        reference: (*reference).to_owned(),
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
