//! People who may be one: found, reviewed, merged, and made two again.

mod histories;
mod races;

use std::collections::BTreeSet;

use chassis::TenantId;
use prost_types::FieldMask;
use testkit::Site;
use tonic::{Code, Status, transport::Channel};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{ApplicationCreated, InterviewScheduled},
    eventlog::v1::ConsistencyToken,
    outreach::v1::MessageSent,
    talent::v1::{
        AddTagsRequest, BatchGetRecipientsRequest, Candidate, CandidateProfile, CandidatesMerged, CandidatesUnmerged,
        Consent, ConsentPurpose, ContactBrief, ContactChannel, ContactPoint, DismissDuplicateRequest, Duplicate,
        DuplicateEvidenceKind, DuplicateState, Education, Employment, FieldChoice, GetCandidateRequest,
        GetContactBriefRequest, GetMergeRequest, GetRecipientRequest, GetRecipientResponse, ListCandidatesRequest,
        ListConsentsRequest, ListDuplicatesRequest, ListMergesRequest, ListResumesRequest, ListTimelineEntriesRequest,
        Merge, MergeCandidatesRequest, MergeChoice, NewTag, PreviewMergeRequest, RecordConsentRequest,
        RemoveTagRequest, ReopenDuplicateRequest, Resume, SearchCandidatesRequest, TagDimension, TimelineEntry,
        UnmergeCandidatesRequest, UnmergeCandidatesResponse, UpdateCandidateRequest,
        contact_brief_service_client::ContactBriefServiceClient, duplicate_service_client::DuplicateServiceClient,
        resume_service_client::ResumeServiceClient, search_service_client::SearchServiceClient,
        tag_service_client::TagServiceClient,
    },
};

use super::{candidates, create, import, metadata, named, reason, resumes::upload, site, skill};

fn duplicates(site: &Site) -> DuplicateServiceClient<Channel> {
    DuplicateServiceClient::new(site.channel())
}

async fn listed(site: &Site, tenant: &TenantId, state: DuplicateState) -> Vec<Duplicate> {
    site.settle().await;
    let request = ListDuplicatesRequest { state: state.into(), ..ListDuplicatesRequest::default() };
    let answer = duplicates(site).list_duplicates(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner().duplicates
}

pub(super) async fn read(site: &Site, tenant: &TenantId, id: &str) -> Candidate {
    let request = GetCandidateRequest { candidate_id: id.to_owned() };
    let answer = candidates(site).get_candidate(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().candidate.unwrap()
}

async fn merge_as(
    site: &Site,
    tenant: &TenantId,
    survivor: &Candidate,
    absorbed: &Candidate,
    choices: &[(&str, MergeChoice)],
) -> Result<Merge, Status> {
    let choice =
        |(field, choice): &(&str, MergeChoice)| FieldChoice { field: (*field).to_owned(), choice: (*choice).into() };
    let request = MergeCandidatesRequest {
        survivor_id: survivor.candidate_id.clone(),
        absorbed_id: absorbed.candidate_id.clone(),
        choices: choices.iter().map(choice).collect(),
        survivor_etag: survivor.etag.clone(),
        absorbed_etag: absorbed.etag.clone(),
        request_id: String::new(),
    };
    let answer = duplicates(site).merge_candidates(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().merge.unwrap())
}

/// As they are now.
pub(super) async fn merge(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) -> Result<Merge, Status> {
    let (survivor, absorbed) = (read(site, tenant, survivor).await, read(site, tenant, absorbed).await);
    merge_as(site, tenant, &survivor, &absorbed, &[]).await
}

pub(super) async fn unmerge(site: &Site, tenant: &TenantId, merge: &str) -> Result<UnmergeCandidatesResponse, Status> {
    let request = UnmergeCandidatesRequest { merge_id: merge.to_owned(), request_id: String::new() };
    let answer = duplicates(site).unmerge_candidates(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner())
}

async fn change(
    site: &Site,
    tenant: &TenantId,
    id: &str,
    fields: &[&str],
    profile: CandidateProfile,
) -> Result<Candidate, Status> {
    let request = UpdateCandidateRequest {
        candidate_id: id.to_owned(),
        profile: Some(profile),
        update_mask: Some(FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }),
        ..UpdateCandidateRequest::default()
    };
    let answer = candidates(site).update_candidate(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().candidate.unwrap())
}

async fn tag(site: &Site, tenant: &TenantId, id: &str, name: &str) {
    let tag = NewTag {
        dimension: TagDimension::Status.into(),
        name: name.to_owned(),
        evidence: "met".to_owned(),
        expire_time: None,
    };
    let request = AddTagsRequest { candidate_id: id.to_owned(), tags: vec![tag], request_id: String::new() };
    TagServiceClient::new(site.channel()).add_tags(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

async fn consent(site: &Site, tenant: &TenantId, id: &str, granted: bool) {
    let request = RecordConsentRequest {
        candidate_id: id.to_owned(),
        purpose: ConsentPurpose::Opportunities.into(),
        granted,
        evidence: "form".to_owned(),
        ..RecordConsentRequest::default()
    };
    candidates(site).record_consent(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

/// Everything that can be read of a person, without what tells the time of the last change, and without the entries that
/// merges themselves make.
#[derive(Debug, PartialEq)]
struct Seen {
    candidate: Candidate,
    recipient: GetRecipientResponse,
    consents: Vec<Consent>,
    timeline: Vec<TimelineEntry>,
    resumes: Vec<Resume>,
    brief: ContactBrief,
}

async fn seen(site: &Site, tenant: &TenantId, id: &str) -> Seen {
    let request = GetRecipientRequest { candidate_id: id.to_owned() };
    let recipient = candidates(site).get_recipient(site.request(tenant, Role::Service, request)).await.unwrap();
    let request = BatchGetRecipientsRequest { candidate_ids: vec![id.to_owned()] };
    let among = candidates(site).batch_get_recipients(site.request(tenant, Role::Service, request)).await.unwrap();
    assert_eq!(among.into_inner().recipients[0].reached.as_ref(), Some(recipient.get_ref()));
    let request = ListConsentsRequest { candidate_id: id.to_owned(), ..ListConsentsRequest::default() };
    let consents = candidates(site).list_consents(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    let request = ListResumesRequest { candidate_id: id.to_owned() };
    let mut client = ResumeServiceClient::new(site.channel());
    let resumes = client.list_resumes(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    let request = GetContactBriefRequest { candidate_id: id.to_owned() };
    let mut client = ContactBriefServiceClient::new(site.channel());
    let brief = client.get_contact_brief(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let candidate = read(site, tenant, id).await;
    let mut timeline = timeline(site, tenant, id).await;
    timeline.retain(|entry| !entry.r#type.contains("erged"));
    Seen {
        candidate: Candidate { etag: String::new(), update_time: None, ..candidate },
        recipient: recipient.into_inner(),
        consents: consents.into_inner().consents,
        timeline,
        resumes: resumes.into_inner().resumes,
        brief: brief.into_inner().brief.unwrap(),
    }
}

async fn timeline(site: &Site, tenant: &TenantId, id: &str) -> Vec<TimelineEntry> {
    let request = ListTimelineEntriesRequest { candidate_id: id.to_owned(), ..ListTimelineEntriesRequest::default() };
    let answer = candidates(site).list_timeline_entries(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().entries
}

fn types(timeline: &[TimelineEntry]) -> Vec<&str> {
    timeline.iter().map(|entry| entry.r#type.rsplit('.').next().unwrap()).collect()
}

async fn pool(site: &Site, tenant: &TenantId) -> BTreeSet<String> {
    let list = ListCandidatesRequest::default();
    let all = candidates(site).list_candidates(site.request(tenant, Role::ReadOnly, list)).await.unwrap();
    all.into_inner().candidates.into_iter().map(|candidate| candidate.candidate_id).collect()
}

/// Whom a search finds that has seen everything that talent has said.
async fn found(site: &Site, tenant: &TenantId, query: &str) -> BTreeSet<String> {
    site.settle().await;
    let said = site.heard("talent").await.into_iter().filter(|event| event.tenant_id == tenant.to_string());
    let last = said.max_by_key(|event| event.position).unwrap();
    let token = ConsistencyToken { source: "talent".to_owned(), event_id: last.id };
    let at_least = chassis::db::write_token(&token);
    let request = SearchCandidatesRequest { query: query.to_owned(), at_least, ..SearchCandidatesRequest::default() };
    let request = site.request(tenant, Role::ReadOnly, request);
    let answer = SearchServiceClient::new(site.channel()).search_candidates(request).await.unwrap();
    answer.into_inner().hits.into_iter().map(|hit| hit.candidate_id).collect()
}

/// 王小明 and Wang Xiaoming, who worked for one company; each with contact points, a résumé, tags, consents, a history.
async fn two(site: &Site, tenant: &TenantId) -> (String, String) {
    let wechat = |value: &str| ContactPoint { channel: ContactChannel::Wechat.into(), value: value.to_owned() };
    let one = CandidateProfile {
        phone: "13800138000".to_owned(),
        other_contact_points: vec![wechat("xiaoming_w")],
        company: "晨光科技有限公司".to_owned(),
        title: "Java 工程师".to_owned(),
        city: "上海".to_owned(),
        years_of_experience: 4,
        skills: vec![skill("Java"), skill("Redis")],
        ..named("王小明", "wang@example.com")
    };
    let other = CandidateProfile {
        other_contact_points: vec![ContactPoint {
            channel: ContactChannel::Email.into(),
            value: "xm.wang@example.org".to_owned(),
        }],
        company: "Acme".to_owned(),
        years_of_experience: 6,
        skills: vec![skill("Rust"), skill("Java")],
        summary: "Builds things.".to_owned(),
        education: vec![Education { school: "清华大学".to_owned(), end_year: 2015, ..Education::default() }],
        employment: vec![Employment { company: "晨光科技".to_owned(), ..Employment::default() }],
        ..named("Wang Xiaoming", "wang@example.net")
    };
    let one = create(site, tenant, one).await.unwrap().candidate_id;
    site.clock().advance(std::time::Duration::from_mins(1)).unwrap();
    let other = create(site, tenant, other).await.unwrap().candidate_id;
    for (person, application, granted) in [(&one, "app_1", true), (&other, "app_2", false)] {
        site.clock().advance(std::time::Duration::from_mins(1)).unwrap();
        tag(site, tenant, person, &format!("tag_of_{application}")).await;
        tag(site, tenant, person, "vip").await;
        consent(site, tenant, person, granted).await;
        let text = format!("résumé of {application}");
        upload(site, tenant, person, "cv.txt", text.as_bytes()).await.unwrap();
        let applied = ApplicationCreated {
            application_id: application.to_owned(),
            candidate_id: person.clone(),
            job_title: "Engineer".to_owned(),
            stage: "screen".to_owned(),
            ..ApplicationCreated::default()
        };
        site.say("ats", tenant, application, &applied).await;
        let sent = MessageSent { candidate_id: person.clone(), channel: "email".to_owned(), ..MessageSent::default() };
        site.say("outreach", tenant, "msg_1", &sent).await;
    }
    site.settle().await;
    (one, other)
}

#[tokio::test]
async fn a_pair_is_found_and_reviewed_and_comes_back_only_with_more() {
    let site = site().await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    let (one, other) = two(&site, &tenant).await;
    create(&site, &tenant, named("王小明", "namesake@example.com")).await.unwrap();
    create(&site, &tenant, CandidateProfile { company: "Acme".to_owned(), ..named("Bob", "b@example.com") })
        .await
        .unwrap();
    create(&site, &neighbour, CandidateProfile { company: "晨光科技".to_owned(), ..named("王小明", "n@example.com") })
        .await
        .unwrap();

    let pairs = listed(&site, &tenant, DuplicateState::Unspecified).await;
    let [pair] = pairs.as_slice() else { panic!("{pairs:?}") };
    let ids = [pair.first.as_ref().unwrap(), pair.second.as_ref().unwrap()].map(|card| card.candidate_id.as_str());
    assert_eq!(ids, [one.as_str(), other.as_str()], "whoever came first");
    let kinds: Vec<_> = pair.evidence.iter().map(|one| (one.kind(), one.points)).collect();
    assert_eq!(
        kinds,
        [
            (DuplicateEvidenceKind::SameNameSpelled, 30),
            (DuplicateEvidenceKind::SameEmployer, 25),
            (DuplicateEvidenceKind::SimilarYears, 5),
        ]
    );
    assert_eq!((pair.score, pair.state()), (60, DuplicateState::Open));
    assert!(listed(&site, &neighbour, DuplicateState::Unspecified).await.is_empty());

    let id = pair.duplicate_id.clone();
    let request = DismissDuplicateRequest {
        duplicate_id: id.clone(),
        reason: "two of that name".to_owned(),
        request_id: String::new(),
    };
    let refused = duplicates(&site)
        .dismiss_duplicate(site.request(&neighbour, Role::Recruiter, request.clone()))
        .await
        .unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "DUPLICATE_NOT_FOUND"));
    duplicates(&site).dismiss_duplicate(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert!(listed(&site, &tenant, DuplicateState::Open).await.is_empty());
    change(&site, &tenant, &one, &["summary"], CandidateProfile { summary: "x".to_owned(), ..named("", "") })
        .await
        .unwrap();
    let dismissed = listed(&site, &tenant, DuplicateState::Dismissed).await;
    assert_eq!(dismissed.iter().map(|pair| pair.reason.as_str()).collect::<Vec<_>>(), ["two of that name"]);

    change(&site, &tenant, &other, &["city"], CandidateProfile { city: "Shanghai".to_owned(), ..named("", "") })
        .await
        .unwrap();
    let back = listed(&site, &tenant, DuplicateState::Open).await;
    assert_eq!(back.iter().map(|pair| pair.score).collect::<Vec<_>>(), [65], "more speaks for it than did");

    // What speaks for it goes away again, and nobody has to look.
    change(&site, &tenant, &other, &["display_name"], named("Anna Smith", "")).await.unwrap();
    assert!(listed(&site, &tenant, DuplicateState::Open).await.is_empty());
    let request = ReopenDuplicateRequest { duplicate_id: id, request_id: String::new() };
    let gone = duplicates(&site).reopen_duplicate(site.request(&tenant, Role::Recruiter, request)).await.unwrap_err();
    assert_eq!(reason(&gone), "DUPLICATE_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn a_contact_point_that_is_named_elsewhere_makes_a_pair() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    let eve = create(&site, &tenant, named("Eve", "eve@example.com")).await.unwrap().candidate_id;
    upload(&site, &tenant, &ann, "cv.txt", b"Ann\nMail: Bob@Example.com\nMail: ann@example.com").await.unwrap();
    let refused = change(&site, &tenant, &bob, &["email"], named("", "eve@example.com")).await.unwrap_err();
    assert_eq!((reason(&refused).as_str(), metadata(&refused, "candidate_id")), ("CANDIDATE_EXISTS", eve.clone()));
    change(&site, &tenant, &ann, &["phone"], CandidateProfile { phone: "+8613800138000".to_owned(), ..named("", "") })
        .await
        .unwrap();
    let report = import(&site, &tenant, b"name,email,phone\nX,eve@example.com,+8613800138000\n").await.unwrap();
    assert_eq!(report.rejected, 1, "{report:?}");

    let pairs = listed(&site, &tenant, DuplicateState::Open).await;
    let found: BTreeSet<_> = pairs
        .iter()
        .map(|pair| {
            let id = |card: &Option<_>| {
                let card: &usher_proto::talent::v1::DuplicateCard = card.as_ref().unwrap();
                card.display_name.clone()
            };
            (id(&pair.first), id(&pair.second), pair.evidence[0].kind())
        })
        .collect();
    let pair = |one: &str, other: &str, kind| (one.to_owned(), other.to_owned(), kind);
    assert_eq!(
        found,
        BTreeSet::from([
            pair("Ann", "Bob", DuplicateEvidenceKind::ResumeNamesContact),
            pair("Bob", "Eve", DuplicateEvidenceKind::ContactClaimed),
            pair("Ann", "Eve", DuplicateEvidenceKind::RowNamesBoth),
        ])
    );
    site.finish().await;
}

#[tokio::test]
async fn one_is_made_of_two_and_two_of_one() {
    let site = site().await;
    let tenant = site.tenant();
    let (one, other) = two(&site, &tenant).await;
    let before = (seen(&site, &tenant, &one).await, seen(&site, &tenant, &other).await);

    let request = PreviewMergeRequest {
        survivor_id: one.clone(),
        absorbed_id: other.clone(),
        choices: vec![FieldChoice { field: "email".to_owned(), choice: MergeChoice::Absorbed.into() }],
    };
    let preview = duplicates(&site).preview_merge(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let preview = preview.into_inner();
    let (survivor, absorbed) = (preview.survivor.unwrap(), preview.absorbed.unwrap());
    let field = |name: &str| preview.fields.iter().find(|field| field.field == name).unwrap();
    assert_eq!(field("years_of_experience").suggested(), MergeChoice::Absorbed);
    assert_eq!((field("city").suggested(), field("skills").suggested()), (MergeChoice::Survivor, MergeChoice::Both));
    assert_eq!((field("email").suggested(), field("email").chosen()), (MergeChoice::Survivor, MergeChoice::Absorbed));

    let merged = merge_as(&site, &tenant, &survivor, &absorbed, &[("email", MergeChoice::Absorbed)]).await.unwrap();
    site.settle().await;
    let (by_one, by_other) = (seen(&site, &tenant, &one).await, seen(&site, &tenant, &other).await);
    assert_eq!(by_one, by_other, "whoever is asked for, the survivor answers");
    let person = &by_one.candidate;
    assert_eq!((person.candidate_id.as_str(), person.email.as_str()), (one.as_str(), "wang@example.net"));
    assert_eq!((person.years_of_experience, person.summary.as_str()), (6, "Builds things."));
    let skills: Vec<_> = person.skills.iter().map(|skill| skill.name.as_str()).collect();
    assert_eq!(skills, ["Java", "Redis", "Rust"]);
    let preview = preview.merged.unwrap();
    assert_eq!((&preview.email, &preview.other_contact_points), (&person.email, &person.other_contact_points));
    let others: BTreeSet<_> = person.other_contact_points.iter().map(|point| point.value.as_str()).collect();
    assert_eq!(others, BTreeSet::from(["wang@example.com", "xm.wang@example.org"]));
    assert_eq!(person.wechat_id, "xiaoming_w");
    let tags: Vec<_> = person.tags.iter().map(|tag| tag.name.as_str()).collect();
    for name in ["tag_of_app_1", "tag_of_app_2"] {
        assert!(tags.contains(&name), "{tags:?}");
    }
    assert_eq!(tags.iter().filter(|tag| **tag == "vip").count(), 1);
    assert_eq!(person.consents.iter().map(|one| one.granted).collect::<Vec<_>>(), [false], "the last word counts");
    assert_eq!((by_one.consents.len(), by_one.resumes.len()), (2, 2));
    assert_eq!(by_one.timeline.len(), before.0.timeline.len() + before.1.timeline.len());
    assert!(by_one.resumes.iter().all(|resume| resume.candidate_id == one));
    assert_eq!(pool(&site, &tenant).await, BTreeSet::from([one.clone()]));
    for query in ["Rust", "王小明"] {
        assert_eq!(found(&site, &tenant, query).await, BTreeSet::from([one.clone()]), "{query}");
    }

    // Nobody changes who is part of somebody else, and whoever comes with their address is the survivor.
    let refused = change(&site, &tenant, &other, &["city"], named("", "")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CANDIDATE_MERGED"));
    assert_eq!(metadata(&refused, "candidate_id"), one);
    let taken = create(&site, &tenant, named("X", "xm.wang@example.org")).await.unwrap_err();
    assert_eq!((reason(&taken).as_str(), metadata(&taken, "candidate_id")), ("CANDIDATE_EXISTS", one.clone()));
    let report = import(&site, &tenant, b"name,email\nX,wang@example.net\n").await.unwrap();
    assert_eq!((report.created, report.rejected), (0, 0), "{report:?}");
    change(&site, &tenant, &one, &["display_name"], named("王小明", "")).await.unwrap();
    let pairs = listed(&site, &tenant, DuplicateState::Merged).await;
    assert_eq!(pairs.len(), 1);

    let undone = unmerge(&site, &tenant, &merged.merge_id).await.unwrap();
    assert!(undone.merge.unwrap().undo_time.is_some());
    site.settle().await;
    let after = (seen(&site, &tenant, &one).await, seen(&site, &tenant, &other).await);
    let without_updates = |mut seen: Seen| {
        seen.timeline.retain(|entry| !entry.r#type.ends_with("CandidateUpdated"));
        seen
    };
    assert_eq!(without_updates(after.0), without_updates(before.0));
    assert_eq!(after.1, before.1);
    assert_eq!(pool(&site, &tenant).await.len(), 2);
    assert_eq!(found(&site, &tenant, "Rust").await, BTreeSet::from([other.clone()]));
    let dismissed = listed(&site, &tenant, DuplicateState::Dismissed).await;
    assert_eq!(dismissed.iter().map(|pair| pair.reason.as_str()).collect::<Vec<_>>(), ["unmerged"]);
    let again = unmerge(&site, &tenant, &merged.merge_id).await.unwrap_err();
    assert_eq!((again.code(), reason(&again).as_str()), (Code::FailedPrecondition, "MERGE_UNDONE"));
    assert_eq!(site.heard_of::<CandidatesMerged>("talent", &tenant).await.len(), 1);
    assert_eq!(site.heard_of::<CandidatesUnmerged>("talent", &tenant).await.len(), 1);
    for id in [&one, &other] {
        let timeline = timeline(&site, &tenant, id).await;
        assert!(types(&timeline).contains(&"CandidatesUnmerged"), "{timeline:?}");
    }
    site.finish().await;
}

#[tokio::test]
async fn what_happens_meanwhile_belongs_to_whom_it_belongs() {
    let site = site().await;
    let tenant = site.tenant();
    let (one, other) = two(&site, &tenant).await;
    let merged = merge(&site, &tenant, &one, &other).await.unwrap();
    site.settle().await;

    // About the absorbed one's application, in the survivor's name; and about the survivor's.
    for (application, stage) in [("app_2", "theirs"), ("app_1", "ours")] {
        let scheduled = InterviewScheduled {
            interview_id: format!("intv_{stage}"),
            application_id: application.to_owned(),
            candidate_id: one.clone(),
            stage: stage.to_owned(),
            ..InterviewScheduled::default()
        };
        site.say("ats", &tenant, format!("intv_{stage}"), &scheduled).await;
    }
    // Of an application that somebody made in the absorbed one's name, and one of the survivor's own.
    for (application, origin) in [("app_3", other.as_str()), ("app_4", "")] {
        let applied = ApplicationCreated {
            application_id: application.to_owned(),
            candidate_id: one.clone(),
            origin_candidate_id: origin.to_owned(),
            ..ApplicationCreated::default()
        };
        site.say("ats", &tenant, application, &applied).await;
    }
    tag(&site, &tenant, &one, "since").await;
    tag(&site, &tenant, &other, "since_theirs").await;
    let remove = RemoveTagRequest {
        candidate_id: one.clone(),
        dimension: TagDimension::Status.into(),
        name: "tag_of_app_2".to_owned(),
        request_id: String::new(),
    };
    TagServiceClient::new(site.channel()).remove_tag(site.request(&tenant, Role::Recruiter, remove)).await.unwrap();
    let changed = CandidateProfile { city: "杭州".to_owned(), email: "new@example.com".to_owned(), ..named("", "") };
    change(&site, &tenant, &one, &["city", "email"], changed).await.unwrap();
    site.settle().await;
    unmerge(&site, &tenant, &merged.merge_id).await.unwrap();
    site.settle().await;

    let (ours, theirs) = (seen(&site, &tenant, &one).await, seen(&site, &tenant, &other).await);
    let subjects = |seen: &Seen| {
        let about = |entry: &&TimelineEntry| entry.source == "ats" && !entry.subject.starts_with("task");
        seen.timeline.iter().filter(about).map(|entry| entry.subject.clone()).collect::<BTreeSet<_>>()
    };
    let expected = |subjects: &[&str]| subjects.iter().map(|subject| (*subject).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(subjects(&ours), expected(&["app_1", "app_4", "intv_ours"]));
    assert_eq!(subjects(&theirs), expected(&["app_2", "app_3", "intv_theirs"]));
    assert_eq!((ours.candidate.city.as_str(), theirs.candidate.city.as_str()), ("杭州", ""));
    assert_eq!(
        (ours.candidate.email.as_str(), theirs.candidate.email.as_str()),
        ("new@example.com", "wang@example.net")
    );
    let has = |seen: &Seen, name: &str| seen.candidate.tags.iter().any(|tag| tag.name == name);
    assert!(has(&ours, "since") && !has(&theirs, "since"));
    assert!(has(&theirs, "since_theirs") && !has(&ours, "since_theirs"));
    assert!(!has(&theirs, "tag_of_app_2") && !has(&ours, "tag_of_app_2"), "what was taken since stays taken");
    site.finish().await;
}

#[tokio::test]
async fn a_chain_is_undone_from_its_end() {
    let site = site().await;
    let tenant = site.tenant();
    let mut people = Vec::new();
    for name in ["Ann", "Bob", "Cem", "Dan"] {
        let profile = CandidateProfile { city: name.to_owned(), ..named(name, &format!("{name}@example.com")) };
        people.push(create(&site, &tenant, profile).await.unwrap().candidate_id);
    }
    site.settle().await;
    let mut before = Vec::new();
    for person in &people {
        before.push(seen(&site, &tenant, person).await);
    }
    let first = merge(&site, &tenant, &people[0], &people[1]).await.unwrap().merge_id;
    let second = merge(&site, &tenant, &people[2], &people[0]).await.unwrap().merge_id;
    let third = merge(&site, &tenant, &people[2], &people[3]).await.unwrap().merge_id;
    for person in &people {
        assert_eq!(read(&site, &tenant, person).await.candidate_id, people[2], "all are one");
    }
    for (inner, outer) in [(&first, &second), (&second, &third)] {
        let refused = unmerge(&site, &tenant, inner).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "MERGE_NOT_LAST"));
        assert_eq!(metadata(&refused, "merge_id"), *outer);
    }
    unmerge(&site, &tenant, &third).await.unwrap();
    unmerge(&site, &tenant, &second).await.unwrap();
    assert_eq!(read(&site, &tenant, &people[1]).await.candidate_id, people[0], "that one stands still");
    unmerge(&site, &tenant, &first).await.unwrap();
    site.settle().await;
    for (person, before) in people.iter().zip(before) {
        assert_eq!(seen(&site, &tenant, person).await, before);
    }
    let request = ListMergesRequest { candidate_id: people[0].clone(), ..ListMergesRequest::default() };
    let merges = duplicates(&site).list_merges(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    assert_eq!(merges.into_inner().merges.len(), 2);
    site.finish().await;
}

#[tokio::test]
async fn of_two_merges_at_once_one_wins() {
    let site = site().await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    let mut people = Vec::new();
    for name in ["Ann", "Bob", "Cem"] {
        people.push(create(&site, &tenant, named(name, &format!("{name}@example.com"))).await.unwrap());
    }
    for (pairs, _) in [([(0, 1), (2, 1)], 0), ([(0, 1), (1, 0)], 1)] {
        let [one, other] = pairs.map(|(survivor, absorbed)| (&people[survivor], &people[absorbed]));
        let (first, second) =
            tokio::join!(merge_as(&site, &tenant, one.0, one.1, &[]), merge_as(&site, &tenant, other.0, other.1, &[]));
        let (won, lost) = match (first, second) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        assert!(matches!(lost.code(), Code::Aborted | Code::FailedPrecondition), "{lost:?}");
        let theirs = unmerge(&site, &neighbour, &won.merge_id).await.unwrap_err();
        assert_eq!(reason(&theirs), "MERGE_NOT_FOUND");
        let request = GetMergeRequest { merge_id: won.merge_id.clone() };
        duplicates(&site).get_merge(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
        let (first, second) =
            tokio::join!(unmerge(&site, &tenant, &won.merge_id), unmerge(&site, &tenant, &won.merge_id));
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "it is undone once");
        for person in &mut people {
            *person = read(&site, &tenant, &person.candidate_id).await;
        }
    }
    let stale = Candidate { etag: "v1".to_owned(), ..people[0].clone() };
    let refused = merge_as(&site, &tenant, &stale, &people[1], &[]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    for (choices, expected) in [
        (vec![("nothing", MergeChoice::Survivor)], "FIELD_UNKNOWN"),
        (vec![("city", MergeChoice::Both)], "CHOICE_NOT_LIST"),
        (vec![("city", MergeChoice::Survivor), ("city", MergeChoice::Absorbed)], "FIELD_TWICE"),
    ] {
        let refused = merge_as(&site, &tenant, &people[0], &people[1], &choices).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected));
    }
    let refused = merge_as(&site, &tenant, &people[0], &people[0], &[]).await.unwrap_err();
    assert_eq!(reason(&refused), "MERGE_OF_ONE");
    let refused = merge_as(&site, &neighbour, &people[0], &people[1], &[]).await.unwrap_err();
    assert_eq!(reason(&refused), "CANDIDATE_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn whoever_came_before_there_were_pairs_is_looked_at() {
    let site = site().await;
    let tenant = site.tenant();
    two(&site, &tenant).await;
    let mut tx = site.db("talent").begin(&chassis::TenantCtx::service(tenant, "test")).await.unwrap();
    for table in ["DELETE FROM identity_keys", "DELETE FROM duplicates"] {
        sqlx::query(table).execute(tx.conn()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(listed(&site, &tenant, DuplicateState::Open).await.is_empty());
    site.clock().advance(std::time::Duration::from_hours(6)).unwrap();
    testkit::eventually("everybody is looked at", async || {
        !listed(&site, &tenant, DuplicateState::Open).await.is_empty()
    })
    .await;
    assert_eq!(listed(&site, &tenant, DuplicateState::Open).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn no_method_reaches_another_tenants_people() {
    let site = site().await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let (one, other) = two(&site, &ours).await;
    let pair = listed(&site, &ours, DuplicateState::Open).await.remove(0);
    let people = [read(&site, &ours, &one).await, read(&site, &ours, &other).await];
    let mut client = duplicates(&site);
    let duplicate_id = pair.duplicate_id;
    let request = ReopenDuplicateRequest { duplicate_id: duplicate_id.clone(), ..ReopenDuplicateRequest::default() };
    let reopened = client.reopen_duplicate(site.request(&theirs, Role::Owner, request)).await.map(drop);
    let request =
        DismissDuplicateRequest { duplicate_id, reason: "x".to_owned(), ..DismissDuplicateRequest::default() };
    let dismissed = client.dismiss_duplicate(site.request(&theirs, Role::Owner, request)).await.map(drop);
    let request = ListDuplicatesRequest { candidate_id: one.clone(), ..ListDuplicatesRequest::default() };
    let of_one = client.list_duplicates(site.request(&theirs, Role::Owner, request)).await.map(drop);
    let (survivor_id, absorbed_id) = (one.clone(), other.clone());
    let request = PreviewMergeRequest { survivor_id, absorbed_id, choices: Vec::new() };
    let previewed = client.preview_merge(site.request(&theirs, Role::Owner, request)).await.map(drop);
    let taken = merge_as(&site, &theirs, &people[0], &people[1], &[]).await.map(drop);
    let merge_id = merge(&site, &ours, &one, &other).await.unwrap().merge_id;
    let parted = unmerge(&site, &theirs, &merge_id).await.map(drop);
    let request = GetMergeRequest { merge_id };
    let got = client.get_merge(site.request(&theirs, Role::Owner, request)).await.map(drop);
    let refusals = [reopened, dismissed, of_one, previewed, taken, parted, got].map(|outcome| {
        let refused = outcome.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{refused:?}");
        reason(&refused)
    });
    let (pairs, people, merges) = ("DUPLICATE_NOT_FOUND", "CANDIDATE_NOT_FOUND", "MERGE_NOT_FOUND");
    assert_eq!(refusals, [pairs, pairs, people, people, people, merges, merges]);
    assert!(listed(&site, &theirs, DuplicateState::Merged).await.is_empty());
    let request = site.request(&theirs, Role::Owner, ListMergesRequest::default());
    assert!(client.list_merges(request).await.unwrap().into_inner().merges.is_empty());
    site.finish().await;
}
