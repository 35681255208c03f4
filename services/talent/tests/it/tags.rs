//! Tags by hand, those that the services tell, and those that are true at the moment of asking.

use std::time::Duration;

use chassis::{TenantId, wire};
use testkit::Site;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationState, Attendance, AttendanceRecorded, InterviewAnswered,
        PastInterviewRemoved,
    },
    outreach::v1::{MessageKind, MessageSent},
    talent::v1::{
        AddTagsRequest, Candidate, CandidateProfile, EngagementChanged, GetCandidateRequest, IntentLevel, JobIntent,
        ListTagsRequest, ListTimelineEntriesRequest, NewTag, RemoveTagRequest, Tag, TagDimension, TagOrigin,
        TagsChanged, tag_service_client::TagServiceClient,
    },
};

use super::{candidates, create, named, reason, site, skill};

const DAY: Duration = Duration::from_hours(24);

pub(crate) fn new_tag(dimension: TagDimension, name: &str) -> NewTag {
    NewTag {
        dimension: dimension.into(),
        name: name.to_owned(),
        evidence: "met at the fair".to_owned(),
        expire_time: None,
    }
}

pub(crate) async fn add(
    site: &Site,
    tenant: &TenantId,
    candidate: &str,
    tags: Vec<NewTag>,
) -> Result<Vec<Tag>, Status> {
    let request = AddTagsRequest { candidate_id: candidate.to_owned(), tags, request_id: String::new() };
    let answer = TagServiceClient::new(site.channel()).add_tags(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().tags)
}

async fn remove(
    site: &Site,
    tenant: &TenantId,
    candidate: &str,
    dimension: TagDimension,
    name: &str,
) -> Result<Vec<Tag>, Status> {
    let request = RemoveTagRequest {
        candidate_id: candidate.to_owned(),
        dimension: dimension.into(),
        name: name.to_owned(),
        request_id: String::new(),
    };
    let mut tags = TagServiceClient::new(site.channel());
    Ok(tags.remove_tag(site.request(tenant, Role::Recruiter, request)).await?.into_inner().tags)
}

pub(crate) async fn tags(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<Tag> {
    let request = ListTagsRequest { candidate_id: candidate.to_owned() };
    let mut tags = TagServiceClient::new(site.channel());
    tags.list_tags(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner().tags
}

/// As `dimension/name`, without those of skills.
pub(crate) fn names(tags: &[Tag]) -> Vec<String> {
    let dimension = |tag: &Tag| match tag.dimension() {
        TagDimension::Intent => "intent",
        TagDimension::Interaction => "interaction",
        TagDimension::Status => "status",
        TagDimension::Skill => "skill",
        TagDimension::Unspecified => "?",
    };
    tags.iter().map(|tag| format!("{}/{}", dimension(tag), tag.name)).collect()
}

async fn read(site: &Site, tenant: &TenantId, candidate: &str) -> Candidate {
    let request = GetCandidateRequest { candidate_id: candidate.to_owned() };
    let answer = candidates(site).get_candidate(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().candidate.unwrap()
}

#[tokio::test]
async fn a_tag_by_hand_has_evidence_and_an_end() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let end = site.clock().now() + chrono::TimeDelta::days(2);
    let short = NewTag { expire_time: Some(wire::timestamp(end)), ..new_tag(TagDimension::Intent, "Remote Only") };
    let given = add(&site, &tenant, &ann, vec![short, new_tag(TagDimension::Status, "VIP")]).await.unwrap();
    assert_eq!(names(&given), ["intent/remote_only", "status/new", "status/vip"]);
    let vip = given.iter().find(|tag| tag.name == "vip").unwrap();
    assert_eq!((vip.origin(), vip.evidence.as_str()), (TagOrigin::Hand, "met at the fair"));
    assert!(vip.actor.starts_with("user_"), "{}", vip.actor);

    site.clock().advance(DAY * 2).unwrap();
    assert_eq!(names(&tags(&site, &tenant, &ann).await), ["status/new", "status/vip"], "one has ended by itself");
    let left = remove(&site, &tenant, &ann, TagDimension::Status, "vip").await.unwrap();
    assert_eq!(names(&left), ["status/new"]);
    assert_eq!(remove(&site, &tenant, &ann, TagDimension::Status, "vip").await.unwrap(), left, "twice is as once");

    let told = site.heard_of::<TagsChanged>("talent", &tenant).await;
    assert_eq!(told.iter().map(|said| (said.added.len(), said.removed.len())).collect::<Vec<_>>(), [(2, 0), (0, 1)]);
    site.finish().await;
}

#[tokio::test]
async fn what_follows_from_facts_is_nobodys_to_give() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    for (dimension, name, expected) in [
        (TagDimension::Status, "Dormant 3 months", "TAG_DERIVED"),
        (TagDimension::Interaction, "no_show", "TAG_DERIVED"),
        (TagDimension::Status, "a@example.com", "TAG_INVALID"),
        (TagDimension::Status, "13800138000", "TAG_INVALID"),
    ] {
        let refused = add(&site, &tenant, &ann, vec![new_tag(dimension, name)]).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected), "{name}");
    }
    let refused = remove(&site, &tenant, &ann, TagDimension::Status, "new").await.unwrap_err();
    assert_eq!(reason(&refused), "TAG_DERIVED");
    let past = Some(wire::timestamp(site.clock().now()));
    let ended = NewTag { expire_time: past, ..new_tag(TagDimension::Status, "vip") };
    assert_eq!(reason(&add(&site, &tenant, &ann, vec![ended]).await.unwrap_err()), "TAG_EXPIRED");
    let refused =
        add(&site, &tenant, "cand_01h455vb4pex5vsknk084sn02q", vec![new_tag(TagDimension::Status, "vip")]).await;
    assert_eq!(reason(&refused.unwrap_err()), "CANDIDATE_NOT_FOUND");

    for block in 0..10 {
        let many = (0..20).map(|number| new_tag(TagDimension::Status, &format!("t{block}_{number}"))).collect();
        add(&site, &tenant, &ann, many).await.unwrap();
    }
    let refused = add(&site, &tenant, &ann, vec![new_tag(TagDimension::Status, "one_more")]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "TAGS_TOO_MANY"));
    assert_eq!(tags(&site, &tenant, &ann).await.len(), 201, "nothing of it was written");
    site.finish().await;
}

#[tokio::test]
async fn dormant_is_true_at_the_moment_of_asking() {
    let site = site().await;
    let tenant = site.tenant();
    let state_time = site.clock().now() - chrono::TimeDelta::days(1);
    let intent = JobIntent {
        level: IntentLevel::Active.into(),
        state_time: Some(wire::timestamp(state_time)),
        expire_time: Some(wire::timestamp(state_time + chrono::TimeDelta::days(31))),
        ..JobIntent::default()
    };
    let profile = CandidateProfile {
        intent: Some(intent),
        skills: vec![skill("Spring Boot")],
        ..named("Ann", "ann@example.com")
    };
    let ann = create(&site, &tenant, profile).await.unwrap();
    assert_eq!(names(&ann.tags), ["skill/spring_boot", "intent/active", "status/new"]);
    let ann = ann.candidate_id;

    site.clock().advance(DAY * 31).unwrap();
    assert_eq!(names(&tags(&site, &tenant, &ann).await), ["skill/spring_boot"], "the word on what is wanted has ended");
    site.clock().advance(DAY * 62).unwrap();
    let dormant = tags(&site, &tenant, &ann).await;
    assert_eq!(names(&dormant), ["skill/spring_boot", "status/dormant_3_months"]);
    assert_eq!(dormant[1].origin(), TagOrigin::Derived);

    // Whoever answers is dormant no more, without anybody having to say so.
    let answered = InterviewAnswered {
        interview_id: "intv_1".to_owned(),
        candidate_id: ann.clone(),
        ..InterviewAnswered::default()
    };
    site.say("ats", &tenant, "intv_1", &answered).await;
    site.settle().await;
    assert_eq!(names(&tags(&site, &tenant, &ann).await), ["skill/spring_boot", "interaction/answered"]);
    site.clock().advance(DAY * 370).unwrap();
    let much_later = names(&tags(&site, &tenant, &ann).await);
    assert_eq!(much_later.len(), 4, "{much_later:?}: dormant for 3, 6 and 12 months, the answer forgotten");
    site.finish().await;
}

#[tokio::test]
async fn what_the_services_tell_becomes_tags_and_engagement() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap();
    assert_eq!((ann.engagement, ann.last_activity_time), (50, None));
    let ann = ann.candidate_id;

    let application = |id: &str| ApplicationCreated {
        application_id: id.to_owned(),
        candidate_id: ann.clone(),
        ..ApplicationCreated::default()
    };
    site.say("ats", &tenant, "app_1", &application("app_1")).await;
    site.say("ats", &tenant, "app_2", &application("app_2")).await;
    let sent = MessageSent {
        candidate_id: ann.clone(),
        kind: MessageKind::InterviewInvitation.into(),
        channel: "email".to_owned(),
        ..MessageSent::default()
    };
    site.say("outreach", &tenant, "msg_1", &sent).await;
    site.settle().await;
    let asked = read(&site, &tenant, &ann).await;
    assert_eq!((asked.engagement, asked.last_activity_time), (33, None));

    let ended = ApplicationEnded {
        application_id: "app_1".to_owned(),
        candidate_id: ann.clone(),
        state: ApplicationState::Rejected.into(),
        ..ApplicationEnded::default()
    };
    site.say("ats", &tenant, "app_1", &ended).await;
    let attendance = |attendance: Attendance, corrects: Attendance| AttendanceRecorded {
        interview_id: "intv_1".to_owned(),
        candidate_id: ann.clone(),
        attendance: attendance.into(),
        corrects: corrects.into(),
        ..AttendanceRecorded::default()
    };
    let missed = attendance(Attendance::CandidateNoShow, Attendance::Unspecified);
    site.say("ats", &tenant, "intv_1", &missed).await;
    site.settle().await;
    let known = read(&site, &tenant, &ann).await;
    assert_eq!(
        names(&known.tags),
        [
            "interaction/applied",
            "interaction/applied",
            "interaction/contacted",
            "interaction/no_show",
            "interaction/rejected",
            "status/in_process",
            "status/new",
        ],
        "another application is still under way"
    );
    assert_eq!(known.engagement, 20, "one of five: (0 + 1) / (1 + 2 + 2)");

    // It was wrong: they came.
    site.say("ats", &tenant, "intv_1", &attendance(Attendance::Attended, Attendance::CandidateNoShow)).await;
    site.settle().await;
    let known = read(&site, &tenant, &ann).await;
    let all = names(&known.tags);
    assert!(all.contains(&"interaction/interviewed".to_owned()), "{all:?}");
    assert!(!all.contains(&"interaction/no_show".to_owned()), "{all:?}");
    assert_eq!(known.engagement, 60);
    assert!(known.last_activity_time.is_some());
    let told = site.heard_of::<EngagementChanged>("talent", &tenant).await;
    assert_eq!(told.last().unwrap().engagement, 60);
    site.finish().await;
}

#[tokio::test]
async fn what_was_told_of_long_ago_is_taken_back_with_its_import() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let now = site.clock().now();
    let ago = |days: i64| Some(wire::timestamp(now - chrono::TimeDelta::days(days)));
    let past = |interview: &str, attendance: Attendance, days: i64| AttendanceRecorded {
        interview_id: interview.to_owned(),
        candidate_id: ann.clone(),
        attendance: attendance.into(),
        start_time: ago(days),
        historical: true,
        ..AttendanceRecorded::default()
    };
    let told = [
        past("intv_1", Attendance::Attended, 200),
        past("intv_2", Attendance::Attended, 100),
        past("intv_3", Attendance::CandidateNoShow, 100),
    ];
    for said in &told {
        site.say("ats", &tenant, &said.interview_id, said).await;
    }
    let facts = async || {
        site.settle().await;
        let known = read(&site, &tenant, &ann).await;
        let request = ListTimelineEntriesRequest { candidate_id: ann.clone(), ..ListTimelineEntriesRequest::default() };
        let request = site.request(&tenant, Role::ReadOnly, request);
        let entries = candidates(&site).list_timeline_entries(request).await.unwrap().into_inner().entries;
        let entries = entries.iter().filter(|entry| entry.source == "ats").count();
        (entries, names(&known.tags), known.engagement, known.last_activity_time)
    };
    let (entries, names, engagement, last) = facts().await;
    assert_eq!((entries, engagement, last), (3, 62, ago(100)));
    assert_eq!(
        names,
        [
            "interaction/interviewed",
            "interaction/interviewed",
            "interaction/no_show",
            "status/dormant_3_months",
            "status/new"
        ]
    );

    let removed = |said: &AttendanceRecorded| PastInterviewRemoved {
        interview_id: said.interview_id.clone(),
        candidate_id: said.candidate_id.clone(),
        attendance: said.attendance,
        start_time: said.start_time,
        ..PastInterviewRemoved::default()
    };
    for said in &told[1..] {
        site.say("ats", &tenant, &said.interview_id, &removed(said)).await;
    }
    let (entries, names, engagement, last) = facts().await;
    assert_eq!((entries, engagement, last), (1, 75, ago(200)));
    assert_eq!(names, ["interaction/interviewed", "status/dormant_3_months", "status/dormant_6_months", "status/new"]);
    site.say("ats", &tenant, "intv_1", &removed(&told[0])).await;
    assert_eq!(facts().await, (0, vec!["status/new".to_owned()], 50, None));
    site.finish().await;
}
