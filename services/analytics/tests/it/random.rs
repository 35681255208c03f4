//! Random histories, counted by the service and by hand, whatever the order in which the services are heard.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use usher_proto::{
    ats::v1::{ApplicationState, Attendance, OfferAnswer},
    outreach::v1::MessageKind,
};

use super::{
    by_hand::{Expected, STAGES, Shares, Step, expected},
    says::{self, Others},
    *,
};

const CASES: usize = 6;

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        Just(MessageKind::InterviewInvitation),
        Just(MessageKind::InterviewReminder),
        Just(MessageKind::InterviewCancelled)
    ];
    let who = prop_oneof![
        Just(Attendance::Attended),
        Just(Attendance::Late),
        Just(Attendance::CandidateNoShow),
        Just(Attendance::HostNoShow)
    ];
    let application = || 0..5_u8;
    prop_oneof![
        3 => (application(), 0..3_u8).prop_map(|(application, source)| Step::Applied { application, source }),
        3 => (application(), 0..3_u8).prop_map(|(application, stage)| Step::Moved { application, stage }),
        1 => (application(), any::<bool>()).prop_map(|(application, is_rejected)| Step::Ended { application, is_rejected }),
        1 => application().prop_map(|application| Step::Hired { application }),
        1 => application().prop_map(|application| Step::Silent { application }),
        4 => (0..20_u8, application(), 0..3_u8, kind)
            .prop_map(|(message, application, interview, kind)| Step::Sent { message, application, interview, kind }),
        3 => (application(), 0..3_u8).prop_map(|(application, interview)| Step::Answered { application, interview }),
        3 => (application(), 0..3_u8, who)
            .prop_map(|(application, interview, who)| Step::Attended { application, interview, who }),
        1 => (application(), 0..2_u8).prop_map(|(application, offer)| Step::Offered { application, offer }),
        1 => (application(), 0..2_u8, any::<bool>())
            .prop_map(|(application, offer, accepts)| Step::OfferAnswered { application, offer, accepts }),
    ]
}

/// What could have happened: nobody is hired twice, and nothing happens to an application that has ended.
fn sound(steps: Vec<Step>) -> Vec<Step> {
    let (mut begun, mut ended, mut offered) = ([false; 5], [false; 5], BTreeSet::new());
    let mut kept = Vec::new();
    for step in steps {
        let is_sound = match &step {
            Step::Applied { application, .. } => !std::mem::replace(&mut begun[usize::from(*application)], true),
            Step::Moved { application, .. } | Step::Silent { application } => {
                begun[usize::from(*application)] && !ended[usize::from(*application)]
            }
            Step::Ended { application, .. } | Step::Hired { application } => {
                let place = usize::from(*application);
                begun[place] && !std::mem::replace(&mut ended[place], begun[place])
            }
            Step::Offered { application, offer } => offered.insert((*application, *offer)),
            Step::OfferAnswered { application, offer, .. } => offered.contains(&(*application, *offer)),
            _ => true,
        };
        if is_sound {
            kept.push(step);
        }
    }
    kept
}

async fn say(others: &Others<'_>, step: &Step) {
    let app = |application: &u8| format!("a{application}");
    let of = |application: &u8, kind: char, number: &u8| format!("a{application}{kind}{number}");
    match step {
        Step::Applied { application, source } => {
            others.applied(&app(application), "j", &format!("s{source}"), STAGES[0]).await;
        }
        Step::Moved { application, stage } => others.moved(&app(application), STAGES[usize::from(*stage)]).await,
        Step::Ended { application, is_rejected } => {
            let state = if *is_rejected { ApplicationState::Rejected } else { ApplicationState::Withdrawn };
            others.ended(&app(application), state).await;
        }
        Step::Hired { application } => others.hired(&app(application), "j").await,
        Step::Silent { .. } => {}
        Step::Sent { message, application, interview, kind } => {
            let (message, interview) = (of(application, 'm', message), of(application, 'i', interview));
            others.sent(&message, *kind, &interview, &app(application)).await;
        }
        Step::Answered { application, interview } => {
            others.answered(&of(application, 'i', interview), &app(application)).await;
        }
        Step::Attended { application, interview, who } => {
            let start = others.site.clock().now();
            others.attended(&of(application, 'i', interview), &app(application), *who, start).await;
        }
        Step::Offered { application, offer } => {
            others.offered(&of(application, 'o', offer), &app(application)).await;
        }
        Step::OfferAnswered { application, offer, accepts } => {
            let answer = if *accepts { OfferAnswer::Accepted } else { OfferAnswer::Declined };
            others.offer_answered(&of(application, 'o', offer), &app(application), answer).await;
        }
    }
}

/// What the reports say.
async fn told(site: &Site, tenant: &TenantId, of_job: bool) -> Expected {
    let by = |dimensions: &[Dimension]| ReportQuery {
        job_id: if of_job { says::id("job", "j") } else { String::new() },
        ..by(dimensions)
    };
    let all = |report: RateReport| shares(&report).into_iter().collect::<Shares>();
    let mut told = Expected::default();
    if !of_job {
        let query = by(&[Dimension::MessageKind]);
        told.replies = all(get_template_reply_rates(site, tenant, query).await.unwrap());
    }
    told.no_shows = all(get_no_show_rates(site, tenant, by(&[Dimension::Source])).await.unwrap());
    told.no_shows.retain(|_, share| share.1 > 0);
    told.silence = all(get_employer_silence(site, tenant, by(&[Dimension::Stage])).await.unwrap());
    told.offers = share(get_offer_acceptance(site, tenant, by(&[])).await.unwrap().overall);
    for row in get_funnel(site, tenant, by(&[])).await.unwrap().rows {
        for stage in row.stages {
            let counts = [stage.entered, stage.advanced, stage.hired, stage.rejected, stage.withdrawn];
            told.funnel.insert(stage.stage, counts);
        }
    }
    for row in get_source_quality(site, tenant, by(&[Dimension::Source])).await.unwrap().rows {
        let of = |rate: Option<Rate>| share(rate).0;
        let counts = [row.applied, of(row.interviewed), of(row.offered), of(row.hired)];
        told.sources.insert(row.values.concat(), counts);
    }
    let hire = get_time_to_hire(site, tenant, by(&[])).await.unwrap().overall.unwrap();
    told.hire = (hire.n, hire.censored);
    told
}

#[tokio::test]
async fn random_histories_are_counted_as_their_definitions_say() {
    let site = site().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let others = Others::of(&site);
        let history = prop::collection::vec(step(), 0..90).new_tree(&mut runner).unwrap().current();
        let history = sound(history);
        let mut stages = [STAGES[0]; 5];
        for step in &history {
            match step {
                Step::Moved { application, stage } => stages[usize::from(*application)] = STAGES[usize::from(*stage)],
                Step::Silent { application } => {
                    others.silent(&format!("a{application}"), stages[usize::from(*application)]).await;
                }
                _ => {}
            }
            say(&others, step).await;
            later(&site);
        }
        site.settle().await;
        let by_hand = expected(&history);
        assert_eq!(told(&site, &others.tenant, false).await, by_hand, "{history:#?}");
        // All applications are for one job; what came before the application's own event is of it as well.
        let of_job = told(&site, &others.tenant, true).await;
        assert_eq!((of_job.funnel, of_job.sources, of_job.hire), (by_hand.funnel, by_hand.sources, by_hand.hire));
        assert_eq!(of_job.silence, by_hand.silence);
    }
    site.finish().await;
}
