//! People who applied for a job, held against what it asks for.

use chassis::TenantId;
use testkit::Site;
use tonic::Code;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        ApplicationState, CreateApplicationRequest, CreateJobRequest, ListApplicationsRequest, MoveApplicationRequest,
        OpenJobRequest, application_service_client::ApplicationServiceClient, job_service_client::JobServiceClient,
    },
    talent::v1::{
        CandidateProfile, CreateCandidateRequest, FairnessGroup, FairnessSelection, FairnessVerdict,
        ReportFairnessRequest, ScreenApplicantsRequest, ScreenCandidateRequest, ScreeningAssessment, ScreeningFinding,
        Skill, candidate_service_client::CandidateServiceClient, screening_service_client::ScreeningServiceClient,
    },
};
use usher_tests::suite;

async fn job(site: &Site, tenant: &TenantId) -> String {
    let mut jobs = JobServiceClient::new(site.channel());
    let request = CreateJobRequest {
        title: "Rust Engineer".to_owned(),
        company_name: "Acme".to_owned(),
        location: "上海".to_owned(),
        required_skills: vec!["Rust".to_owned(), "k8s".to_owned()],
        wished_skills: vec!["PostgreSQL".to_owned()],
        ..CreateJobRequest::default()
    };
    let job = jobs.create_job(site.request(tenant, Role::Service, request)).await.unwrap().into_inner().job.unwrap();
    let request = OpenJobRequest { job_id: job.job_id.clone(), request_id: String::new() };
    jobs.open_job(site.request(tenant, Role::Service, request)).await.unwrap();
    job.job_id
}

async fn person(site: &Site, tenant: &TenantId, number: usize, profile: CandidateProfile) -> String {
    let profile = CandidateProfile {
        display_name: format!("Person {number}"),
        email: format!("person{number}@example.com"),
        ..profile
    };
    let request = CreateCandidateRequest { profile: Some(profile), ..Default::default() };
    let created = CandidateServiceClient::new(site.channel())
        .create_candidate(site.request(tenant, Role::Service, request))
        .await
        .unwrap();
    created.into_inner().candidate.unwrap().candidate_id
}

async fn applies(site: &Site, tenant: &TenantId, job: &str, candidate: &str) -> String {
    let request = CreateApplicationRequest {
        job_id: job.to_owned(),
        candidate_id: candidate.to_owned(),
        source: "referral".to_owned(),
        ..CreateApplicationRequest::default()
    };
    let created = ApplicationServiceClient::new(site.channel())
        .create_application(site.request(tenant, Role::Service, request))
        .await
        .unwrap();
    created.into_inner().application.unwrap().application_id
}

fn skilled(skills: &[(&str, i32)]) -> CandidateProfile {
    let skill = |(name, years): &(&str, i32)| Skill { name: (*name).to_owned(), years: *years, ..Skill::default() };
    CandidateProfile { skills: skills.iter().map(skill).collect(), ..CandidateProfile::default() }
}

async fn order(site: &Site, tenant: &TenantId, job: &str) -> Vec<ScreeningAssessment> {
    let request = ScreenApplicantsRequest { job_id: job.to_owned(), min_years_of_experience: 0 };
    let request = site.request(tenant, Role::HiringManager, request);
    let mut pieces = ScreeningServiceClient::new(site.channel()).screen_applicants(request).await.unwrap().into_inner();
    let mut all = Vec::new();
    while let Some(piece) = pieces.message().await.unwrap() {
        assert_eq!(piece.criteria.is_some(), all.is_empty(), "the first piece has the criteria");
        all.extend(piece.assessments);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn applicants_are_put_in_a_reading_order_and_nobody_is_rejected() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let job = job(&site, &tenant).await;
    let good = CandidateProfile {
        title: "Senior Rust Engineer".to_owned(),
        city: "Shanghai".to_owned(),
        ..skilled(&[("rust-lang", 6), ("Kubernetes", 3), ("Postgres", 4)])
    };
    let some =
        CandidateProfile { summary: "Wrote services in Rust, reach me at x@example.com".to_owned(), ..skilled(&[]) };
    let other = CandidateProfile { title: "Accountant".to_owned(), ..skilled(&[("Excel", 9)]) };
    let profiles = [other, some, good, CandidateProfile::default()];
    let mut people = Vec::new();
    for (number, profile) in profiles.into_iter().enumerate() {
        let id = person(&site, &tenant, number, profile).await;
        applies(&site, &tenant, &job, &id).await;
        people.push(id);
    }
    let [other, some, good, nobody] = <[String; 4]>::try_from(people).unwrap();

    let order = order(&site, &tenant, &job).await;
    let ids: Vec<&str> = order.iter().map(|one| one.candidate_id.as_str()).collect();
    assert_eq!(ids, [&nobody, &good, &some, &other], "of whom nothing is known first: somebody has to ask");
    assert!(order[0].unknown && !order[1].unknown);
    assert_eq!(order.iter().map(|one| one.place).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!((order[1].score - 100.0).abs() < 1e-9, "{:?}", order[1]);
    let rust = &order[2].clauses[0];
    assert_eq!((rust.asked.as_str(), rust.finding()), ("Rust", ScreeningFinding::PartlyMet));
    assert!(rust.evidence.contains("services in Rust") && !rust.evidence.contains("x@example"), "{}", rust.evidence);
    assert!(order[3].clauses.iter().all(|clause| clause.finding() == ScreeningFinding::NotShown));

    let request = ListApplicationsRequest { job_id: job.clone(), ..ListApplicationsRequest::default() };
    let request = site.request(&tenant, Role::Service, request);
    let mut applications = ApplicationServiceClient::new(site.channel());
    let all = applications.list_applications(request).await.unwrap().into_inner().applications;
    assert!(all.len() == 4 && all.iter().all(|one| one.state() == ApplicationState::Active), "nobody is rejected");

    let request = ScreenCandidateRequest { job_id: job.clone(), candidate_id: good, min_years_of_experience: 5 };
    let request = site.request(&tenant, Role::Recruiter, request);
    let one = ScreeningServiceClient::new(site.channel()).screen_candidate(request).await.unwrap().into_inner();
    assert_eq!(one.criteria.unwrap().model_version, "screening-1");
    let clauses = one.assessment.unwrap().clauses;
    assert_eq!(clauses.last().unwrap().finding(), ScreeningFinding::NotShown, "years of experience are not said");

    // Another tenant has no such job.
    let request = ScreenApplicantsRequest { job_id: job, min_years_of_experience: 0 };
    let request = site.request(&site.tenant(), Role::Recruiter, request);
    let refused = ScreeningServiceClient::new(site.channel()).screen_applicants(request).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_compared_with_intervals() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let job = job(&site, &tenant).await;
    let mut groups = [Vec::new(), Vec::new()];
    // 24 of 40 of one group come further, and 6 of 40 of the other.
    for number in 0..80 {
        let id = person(&site, &tenant, number, skilled(&[("Rust", 1)])).await;
        let application = applies(&site, &tenant, &job, &id).await;
        if number % 2 == 0 && number < 48 || number % 2 == 1 && number < 12 {
            let request = MoveApplicationRequest {
                application_id: application,
                to_stage: "interview".to_owned(),
                ..MoveApplicationRequest::default()
            };
            let request = site.request(&tenant, Role::Service, request);
            ApplicationServiceClient::new(site.channel()).move_application(request).await.unwrap();
        }
        groups[number % 2].push(id);
    }
    let [one, other] = groups;
    let report = async |selection: FairnessSelection, groups: Vec<(&str, &[String])>| {
        let group =
            |(name, ids): (&str, &[String])| FairnessGroup { name: name.to_owned(), candidate_ids: ids.to_vec() };
        let request = ReportFairnessRequest {
            job_id: job.clone(),
            groups: groups.into_iter().map(group).collect(),
            selection: selection.into(),
            stage: "interview".to_owned(),
            first: 40,
        };
        let request = site.request(&tenant, Role::Admin, request);
        ScreeningServiceClient::new(site.channel()).report_fairness(request).await.map(tonic::Response::into_inner)
    };
    let told = report(FairnessSelection::ReachedStage, vec![("A", &one), ("B", &other)]).await.unwrap();
    let rates: Vec<_> = told.rates.iter().map(|rate| (rate.selected, rate.applicants)).collect();
    assert_eq!(rates, [(24, 40), (6, 40)]);
    let [ratio] = told.ratios.as_slice() else { panic!("{told:?}") };
    assert_eq!((ratio.group.as_str(), ratio.reference.as_str()), ("B", "A"));
    // 0.15 by 0.6; ln 0.25, standard error sqrt(1/6 - 1/40 + 1/24 - 1/40) = 0.3979.
    assert!(
        (ratio.ratio - 0.25).abs() < 1e-9 && (ratio.low - 0.1146).abs() < 1e-3 && (ratio.high - 0.5453).abs() < 1e-3
    );
    assert_eq!(ratio.verdict(), FairnessVerdict::BelowFourFifths);

    // The order itself tells nobody apart who is equal; who applied first is read first.
    let told = report(FairnessSelection::AmongFirst, vec![("A", &one), ("B", &other)]).await.unwrap();
    assert_eq!(told.rates.iter().map(|rate| rate.selected).collect::<Vec<_>>(), [20, 20]);
    assert_eq!(told.ratios[0].verdict(), FairnessVerdict::NotDistinguished);
    assert_eq!(told.model_version, "screening-1");

    let told = report(FairnessSelection::Hired, vec![("A", &one[..5]), ("B", &other[..5])]).await.unwrap();
    assert_eq!((told.ratios[0].verdict(), told.ungrouped), (FairnessVerdict::TooFew, 70));
    for groups in [vec![("A", &one[..])], vec![("A", &one[..]), ("B", &one[..1])]] {
        assert_eq!(report(FairnessSelection::Hired, groups).await.unwrap_err().code(), Code::InvalidArgument);
    }
}
