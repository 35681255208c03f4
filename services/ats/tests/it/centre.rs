//! The candidate's own side: the link is the credential, and a look changes nothing.

use usher_proto::ats::v1::{
    AnswerReason, ApplicationState, CandidateAnswer, DeclineInterviewRequest, GetApplicationRequest, InterviewAnswered,
    InterviewState, OfferTimesRequest, RequestOtherTimeRequest, RevokeCentreLinksRequest, TakeOfferedTimeRequest,
    WithdrawFromJobRequest,
};

use super::*;

async fn offer(site: &Site, tenant: &TenantId, interview: &str, hours: &[i64]) {
    let request = OfferTimesRequest {
        interview_id: interview.to_owned(),
        start_times: hours.iter().map(|hours| wire::timestamp(later(site, *hours))).collect(),
        ..OfferTimesRequest::default()
    };
    interviews(site).offer_times(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

async fn take(
    site: &Site,
    token: &str,
    revision: &str,
    start_time: Option<prost_types::Timestamp>,
) -> Result<Centre, Status> {
    let request = TakeOfferedTimeRequest { token: token.to_owned(), revision: revision.to_owned(), start_time };
    let answer = centres(site).take_offered_time(site.installation_request(request)).await?;
    Ok(answer.into_inner().centre.unwrap())
}

async fn withdraw(site: &Site, token: &str, revision: &str) -> Result<Centre, Status> {
    let request =
        WithdrawFromJobRequest { token: token.to_owned(), revision: revision.to_owned(), note: String::new() };
    let answer = centres(site).withdraw_from_job(site.installation_request(request)).await?;
    Ok(answer.into_inner().centre.unwrap())
}

async fn answers(site: &Site, tenant: &TenantId) -> Vec<CandidateAnswer> {
    site.heard_of::<InterviewAnswered>("ats", tenant).await.iter().map(InterviewAnswered::answer).collect()
}

#[tokio::test]
async fn a_look_shows_all_facts_and_changes_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let centre = look(&site, &token).await.unwrap();
    assert_eq!((centre.company_name.as_str(), centre.job_title.as_str()), ("晨光科技", "Java 后端工程师"));
    assert_eq!((centre.start_time, centre.place.as_str()), (interview.start_time, "漕河泾 88 号 3 楼"));
    assert_eq!(centre.interviewers[0].display_name, "周敏");
    assert_eq!(centre.calendar_uid, requested(&site, &tenant).await[0].facts.clone().unwrap().calendar_uid);
    assert!(centre.can_confirm && centre.can_request_other_time && centre.can_withdraw);
    for _ in 0..3 {
        assert_eq!(look(&site, &token).await.unwrap(), centre);
    }
    assert_eq!(get(&site, &tenant, &interview.interview_id).await, interview);
    assert!(answers(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn whatever_is_wrong_with_a_link_the_answer_is_the_same() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 24).await;
    let good = link(&site, &tenant, &interview.interview_id).await;
    let flipped = |place: usize| {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let mut wrong = vec![
        "x".to_owned(),
        flipped(0),
        flipped(30),
        flipped(60),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        "../../etc/passwd".to_owned(),
        "' OR 1=1 --".to_owned(),
        "链接".to_owned(),
    ];
    // One that was taken back, and one that has run out.
    let revoked = link(&site, &tenant, &interview.interview_id).await;
    let request = RevokeCentreLinksRequest { interview_id: interview.interview_id.clone(), request_id: key() };
    let taken = interviews(&site).revoke_centre_links(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert_eq!(taken.into_inner().revoked, 2);
    wrong.extend([good.clone(), revoked]);
    let late = link(&site, &tenant, &interview.interview_id).await;
    look(&site, &late).await.expect("a fresh one works");
    pass(&site, 24 + 1 + 7 * 24).await;
    wrong.push(late);

    let mut said = std::collections::BTreeSet::new();
    for token in wrong {
        let looked = look(&site, &token).await.unwrap_err();
        let acted = confirm(&site, &token, &interview.etag).await.unwrap_err();
        for refused in [looked, acted] {
            assert_eq!(refusal(&refused), (Code::Unauthenticated, "LINK_INVALID".to_owned()), "{token}");
            said.insert(refused.message().to_owned());
        }
    }
    assert_eq!(said.len(), 1, "nothing can be learnt by trying");
    assert!(answers(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn an_answer_counts_once_and_a_page_that_is_out_of_date_does_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let old = look(&site, &token).await.unwrap().revision;
    offer(&site, &tenant, &interview.interview_id, &[80]).await;
    let outdated = confirm(&site, &token, &old).await.unwrap_err();
    assert_eq!(refusal(&outdated), (Code::Aborted, "REVISION_OUTDATED".to_owned()));
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.state(), InterviewState::Scheduled);

    let revision = look(&site, &token).await.unwrap().revision;
    let confirmed = confirm(&site, &token, &revision).await.unwrap();
    assert_eq!((confirmed.state(), confirmed.can_confirm), (InterviewState::Confirmed, false));
    // A double tap, and the same form sent again later.
    assert_eq!(confirm(&site, &token, &revision).await.unwrap(), confirmed);
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::Confirmed]);
    site.finish().await;
}

#[tokio::test]
async fn a_time_is_taken_once_however_often_it_is_tapped() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    offer(&site, &tenant, &interview.interview_id, &[80, 100]).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    let (first, second) = (page.offered_times[0], page.offered_times[1]);

    let outcomes = at_once(8, &site, |site| {
        let (token, revision) = (token.clone(), page.revision.clone());
        async move { take(&site, &token, &revision, Some(first)).await.unwrap() }
    })
    .await;
    assert!(outcomes.iter().all(|centre| centre.start_time == Some(first) && centre == &outcomes[0]));
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::OtherTimeTaken]);
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewRescheduled]);
    let moved = get(&site, &tenant, &interview.interview_id).await;
    assert_eq!((moved.state(), moved.start_time), (InterviewState::Confirmed, Some(first)));
    assert_eq!(moved.calendar_sequence, interview.calendar_sequence + 1);

    // The other tab still shows the page from before.
    let outdated = take(&site, &token, &page.revision, Some(second)).await.unwrap_err();
    assert_eq!(refusal(&outdated), (Code::Aborted, "REVISION_OUTDATED".to_owned()));
    let revision = look(&site, &token).await.unwrap().revision;
    let never = take(&site, &token, &revision, stamp(later(&site, 81))).await.unwrap_err();
    assert_eq!(refusal(&never), (Code::FailedPrecondition, "TIME_NOT_OFFERED".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn two_different_times_at_once_are_one_time() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    offer(&site, &tenant, &interview.interview_id, &[80, 100]).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    let taps = [0, 1, 0, 1].map(|which| {
        let (site, token, page) = (Arc::clone(&site), token.clone(), page.clone());
        tokio::spawn(async move { take(&site, &token, &page.revision, Some(page.offered_times[which])).await })
    });
    let mut taken = Vec::new();
    for tap in taps {
        match tap.await.unwrap() {
            Ok(centre) => taken.push(centre.start_time),
            Err(refused) => assert_eq!(refusal(&refused), (Code::Aborted, "REVISION_OUTDATED".to_owned())),
        }
    }
    taken.dedup();
    assert_eq!(taken, [get(&site, &tenant, &interview.interview_id).await.start_time]);
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::OtherTimeTaken]);
    finish(site).await;
}

#[tokio::test]
async fn another_time_without_an_offer_asks_the_recruiter_and_the_offer_takes_the_task_away() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let revision = look(&site, &token).await.unwrap().revision;
    let ask = async || {
        let request = RequestOtherTimeRequest {
            token: token.clone(),
            revision: revision.clone(),
            note: "周五下午可以".to_owned(),
            reason: AnswerReason::ScheduleClash.into(),
        };
        centres(&site)
            .request_other_time(site.installation_request(request))
            .await
            .unwrap()
            .into_inner()
            .centre
            .unwrap()
    };
    let asked = ask().await;
    assert_eq!(asked.state(), InterviewState::OtherTimeRequested);
    assert_eq!(ask().await, asked);
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::OtherTimeRequested]);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferTimes]);
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.candidate_note, "周五下午可以");

    offer(&site, &tenant, &interview.interview_id, &[90]).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    let told = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!((told.kind(), told.facts.unwrap().offered_times.len()), (MessageKind::RescheduleOffer, 1));
    let page = look(&site, &token).await.unwrap();
    let taken = take(&site, &token, &page.revision, Some(page.offered_times[0])).await.unwrap();
    assert_eq!(taken.state(), InterviewState::Confirmed);
    site.finish().await;
}

#[tokio::test]
async fn who_declines_is_thanked_with_an_entry_that_takes_it_out_of_their_calendar_and_stays_an_applicant() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let interview = interview(&site, &tenant, 72).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let decline = async || {
        let request = DeclineInterviewRequest {
            token: token.clone(),
            revision: look(&site, &token).await.unwrap().revision,
            reason: AnswerReason::Other.into(),
            note: "another offer".to_owned(),
        };
        let answer = centres(&site).decline_interview(site.installation_request(request)).await.unwrap();
        answer.into_inner().centre.unwrap()
    };
    let declined = decline().await;
    assert_eq!((declined.state(), declined.can_confirm), (InterviewState::Declined, false));
    assert_eq!(decline().await, declined, "a second tap changes nothing");
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::Declined]);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::InterviewDeclined]);
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewDeclined]);
    let drafts: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.facts.unwrap()).collect();
    assert_eq!(drafts[0].calendar_uid, drafts[1].calendar_uid);
    assert!(drafts[1].calendar_sequence > drafts[0].calendar_sequence);
    let request = GetApplicationRequest { application_id: interview.application_id, read_time: None };
    let read = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    assert_eq!(read.into_inner().application.unwrap().state(), ApplicationState::Active);
    pass(&site, 100).await;
    assert_eq!(said(&site, &tenant).await.len(), 2, "nobody is reminded of what they declined");
    site.finish().await;
}

#[tokio::test]
async fn who_withdraws_is_out_of_the_job_and_somebody_is_told() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let revision = look(&site, &token).await.unwrap().revision;
    let withdrawn = withdraw(&site, &token, &revision).await.unwrap();
    assert_eq!(withdrawn.state(), InterviewState::Cancelled);
    assert!(!withdrawn.can_confirm && !withdrawn.can_withdraw);
    assert_eq!(withdraw(&site, &token, &revision).await.unwrap(), withdrawn);
    assert_eq!(answers(&site, &tenant).await, [CandidateAnswer::Withdrew]);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::CandidateWithdrew]);
    // They know; the mail thanks them, and takes the interview out of their calendar.
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewDeclined]);
    let request = GetApplicationRequest { application_id: interview.application_id, read_time: None };
    let read = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    let application = read.into_inner().application.unwrap();
    assert_eq!(application.state(), ApplicationState::Withdrawn);
    assert_eq!(application.transitions.last().unwrap().actor, "candidate");
    let over = confirm(&site, &token, &look(&site, &token).await.unwrap().revision).await.unwrap_err();
    assert_eq!(refusal(&over), (Code::FailedPrecondition, "INTERVIEW_STATE".to_owned()));
    site.finish().await;
}
