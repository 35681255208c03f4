//! No tenant sees another's people, through any method.

use chassis::TenantId;
use prost_types::FieldMask;
use testkit::Site;
use tonic::Code;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        AddTagsRequest, ApplyExternalActivityRequest, BatchGetContactBriefsRequest, BatchGetRecipientsRequest,
        Campaign, CancelCampaignRequest, CandidateProfile, ConsentPurpose, CreateCampaignRequest,
        CreateCandidateRequest, DeleteResumeRequest, DismissExternalActivityRequest, DownloadResumeRequest,
        ExplainMatchRequest, ExportPersonRequest, ExternalActivity, GetCampaignOutcomeRequest, GetCampaignRequest,
        GetCandidateRequest, GetContactBriefRequest, GetRecipientRequest, GetResumeTextRequest,
        ListCampaignMembersRequest, ListCampaignsRequest, ListCandidatesRequest, ListConsentsRequest,
        ListExternalActivitiesRequest, ListKeysRequest, ListResumesRequest, ListTagsRequest,
        ListTimelineEntriesRequest, NewTag, PauseCampaignRequest, PreviewCampaignRequest, RecordConsentRequest,
        RecordExternalActivityRequest, RemoveTagRequest, RequestErasureRequest, Resume, ResumeCampaignRequest,
        RotateKeyRequest, SearchCandidatesRequest, StartCampaignRequest, TagDimension, UpdateCampaignRequest,
        UpdateCandidateRequest, campaign_service_client::CampaignServiceClient,
        contact_brief_service_client::ContactBriefServiceClient,
        external_activity_service_client::ExternalActivityServiceClient, key_service_client::KeyServiceClient,
        privacy_service_client::PrivacyServiceClient, resume_service_client::ResumeServiceClient,
        search_service_client::SearchServiceClient, tag_service_client::TagServiceClient,
    },
};

use super::{candidates, counts, create, import, named, reason, resumes::upload, site};

const FILE: &[u8] = b"name,email,phone\nAnn,ann@example.com,+442079460958\n";

#[tokio::test]
async fn another_tenants_person_is_nobody() {
    let site = site().await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let profile = CandidateProfile { phone: "+442079460958".to_owned(), ..named("Ann", "ann@example.com") };
    let ann = create(&site, &ours, profile.clone()).await.unwrap();
    let resume = upload(&site, &ours, &ann.candidate_id, "cv.txt", b"Ann").await.unwrap().resume.unwrap();
    let bob = create(&site, &ours, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    let sighting = our_sighting(&site, &ours, &bob).await;
    let campaign = our_campaign(&site, &ours).await;
    site.settle().await;

    let mut tried = Vec::new();
    for method in usher_proto::METHODS.iter().filter(|method| method.path.starts_with("/usher.talent.v1.")) {
        let name = method.path.rsplit('/').next().unwrap();
        match name {
            "UploadResume" | "ListResumes" | "GetResumeText" | "DownloadResume" | "DeleteResume" => {
                foreign_resume(&site, &theirs, &resume, name).await;
            }
            name if name.contains("Campaign") => foreign_campaign(&site, &theirs, &campaign, name).await,
            name if name.contains("External") => foreign_sighting(&site, &theirs, &sighting, name).await,
            name => foreign(&site, &ours, &theirs, &ann.candidate_id, &profile, name).await,
        }
        tried.push(name);
    }
    assert_eq!(tried.len(), 71, "{tried:?}");

    // And ours is as it was.
    let get = GetCandidateRequest { candidate_id: ann.candidate_id.clone() };
    let read = candidates(&site).get_candidate(site.request(&ours, Role::Recruiter, get)).await.unwrap();
    assert_eq!(read.into_inner().candidate.unwrap(), ann);
    assert_eq!(counts(&import(&site, &ours, FILE).await.unwrap()), (0, 0, 1, 0));
    site.finish().await;
}

/// One method, called by another tenant about our person.
async fn foreign(
    site: &Site,
    ours: &TenantId,
    theirs: &TenantId,
    candidate_id: &str,
    profile: &CandidateProfile,
    method: &str,
) {
    let candidate_id = candidate_id.to_owned();
    let mut client = candidates(site);
    let mut tags = TagServiceClient::new(site.channel());
    let mut briefs = ContactBriefServiceClient::new(site.channel());
    let refused = match method {
        "GetCandidate" => {
            let request = GetCandidateRequest { candidate_id };
            client.get_candidate(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "UpdateCandidate" => {
            let request = UpdateCandidateRequest {
                candidate_id,
                profile: Some(named("Eve", "")),
                update_mask: Some(FieldMask { paths: vec!["display_name".to_owned()] }),
                ..UpdateCandidateRequest::default()
            };
            client.update_candidate(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "RecordConsent" => {
            let request = RecordConsentRequest {
                candidate_id,
                purpose: ConsentPurpose::Tracking.into(),
                evidence: "none".to_owned(),
                ..RecordConsentRequest::default()
            };
            client.record_consent(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "ListConsents" => {
            let request = ListConsentsRequest { candidate_id, ..ListConsentsRequest::default() };
            client.list_consents(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "AddTags" => {
            let dimension = TagDimension::Status.into();
            let tag = NewTag { dimension, name: "x".to_owned(), evidence: "y".to_owned(), expire_time: None };
            let request = AddTagsRequest { candidate_id, tags: vec![tag], request_id: String::new() };
            tags.add_tags(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "RemoveTag" => {
            let dimension = TagDimension::Status.into();
            let request = RemoveTagRequest { candidate_id, dimension, name: "x".to_owned(), request_id: String::new() };
            tags.remove_tag(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "ListTags" => {
            let request = ListTagsRequest { candidate_id };
            tags.list_tags(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "ListTimelineEntries" => {
            let request = ListTimelineEntriesRequest { candidate_id, ..ListTimelineEntriesRequest::default() };
            client.list_timeline_entries(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "GetRecipient" => {
            let request = GetRecipientRequest { candidate_id };
            client.get_recipient(site.request(theirs, Role::Service, request)).await.map(drop)
        }
        "BatchGetRecipients" => {
            let request = BatchGetRecipientsRequest { candidate_ids: vec![candidate_id] };
            let found = client.batch_get_recipients(site.request(theirs, Role::Service, request)).await.unwrap();
            assert!(found.into_inner().recipients.is_empty());
            return;
        }
        "GetContactBrief" => {
            let request = GetContactBriefRequest { candidate_id };
            briefs.get_contact_brief(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        "BatchGetContactBriefs" => {
            let request = BatchGetContactBriefsRequest { candidate_ids: vec![candidate_id] };
            let found = briefs.batch_get_contact_briefs(site.request(theirs, Role::Owner, request)).await.unwrap();
            assert!(found.into_inner().briefs.is_empty());
            return;
        }
        "ListCandidates" => {
            let request = ListCandidatesRequest::default();
            let list = client.list_candidates(site.request(theirs, Role::Owner, request)).await.unwrap().into_inner();
            assert!(list.candidates.iter().all(|candidate| candidate.candidate_id != candidate_id));
            return;
        }
        "SearchCandidates" => {
            for query in ["", "Ann", "name:Ann", "NOT Bob"] {
                let request = SearchCandidatesRequest { query: query.to_owned(), ..SearchCandidatesRequest::default() };
                let found = SearchServiceClient::new(site.channel())
                    .search_candidates(site.request(theirs, Role::Owner, request))
                    .await
                    .unwrap();
                assert!(found.into_inner().hits.iter().all(|found| found.candidate_id != candidate_id));
            }
            return;
        }
        // Their pool does not know the address, whatever ours does.
        "CreateCandidate" => {
            let request = CreateCandidateRequest { profile: Some(profile.clone()), request_id: String::new() };
            client.create_candidate(site.request(theirs, Role::Owner, request)).await.unwrap();
            return;
        }
        "ExplainMatch" => {
            let request = ExplainMatchRequest { candidate_id, ..ExplainMatchRequest::default() };
            let mut search = SearchServiceClient::new(site.channel());
            search.explain_match(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        // Their own, which are others.
        "ListKeys" => {
            let mut keys = KeyServiceClient::new(site.channel());
            let listed = keys.list_keys(site.request(theirs, Role::Owner, ListKeysRequest {})).await.unwrap();
            assert!(listed.into_inner().keys.iter().all(|key| key.sealed_count <= 2), "two values of theirs");
            return;
        }
        "RotateKey" => {
            let mut keys = KeyServiceClient::new(site.channel());
            keys.rotate_key(site.request(theirs, Role::Owner, RotateKeyRequest::default())).await.unwrap();
            let ours = keys.list_keys(site.request(ours, Role::Owner, ListKeysRequest {})).await.unwrap();
            assert_eq!(ours.into_inner().keys.len(), 1);
            return;
        }
        "ImportCandidates" => {
            let third = site.tenant();
            assert_eq!(counts(&import(site, &third, FILE).await.unwrap()), (1, 0, 0, 0));
            return;
        }
        "ExportPerson" => {
            let mut privacy = PrivacyServiceClient::new(site.channel());
            privacy
                .export_person(site.request(theirs, Role::Owner, ExportPersonRequest { candidate_id }))
                .await
                .map(drop)
        }
        "RequestErasure" => {
            let request =
                RequestErasureRequest { candidate_id, reason: "a letter".to_owned(), request_id: String::new() };
            let mut privacy = PrivacyServiceClient::new(site.channel());
            privacy.request_erasure(site.request(theirs, Role::Owner, request)).await.map(drop)
        }
        // Held against another tenant in `search`, `duplicates`, `privacy` (the keys of receipts are the installation's),
        // `saved_searches`, `imports`, and the suite's `screening`.
        "SuggestTerms"
        | "GetSynonyms"
        | "UpdateSynonyms"
        | "ListDuplicates"
        | "DismissDuplicate"
        | "ReopenDuplicate"
        | "PreviewMerge"
        | "MergeCandidates"
        | "UnmergeCandidates"
        | "GetMerge"
        | "ListMerges"
        | "GetErasure"
        | "ListErasures"
        | "LiftTombstone"
        | "GetReceiptKeys"
        | "CreateSavedSearch"
        | "GetSavedSearch"
        | "ListSavedSearches"
        | "UpdateSavedSearch"
        | "DeleteSavedSearch"
        | "ListSavedSearchMatches"
        | "AcknowledgeSavedSearchMatches"
        | "GetImport"
        | "ListImports"
        | "ListImportErrors"
        | "UndoImport"
        | "ListUndoProblems"
        | "ScreenApplicants"
        | "ScreenCandidate"
        | "ReportFairness" => return,
        other => panic!("{other} is not held against another tenant"),
    };
    let refused = refused.expect_err(method);
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "CANDIDATE_NOT_FOUND"), "{method}");
}

/// One method about our person's résumé, called by another tenant.
async fn foreign_resume(site: &Site, theirs: &TenantId, resume: &Resume, method: &str) {
    let mut client = ResumeServiceClient::new(site.channel());
    let Resume { resume_id, candidate_id, .. } = resume.clone();
    let (refused, expected) = match method {
        "UploadResume" => {
            (upload(site, theirs, &candidate_id, "cv.txt", b"Ann").await.map(drop), "CANDIDATE_NOT_FOUND")
        }
        "ListResumes" => {
            let request = site.request(theirs, Role::Owner, ListResumesRequest { candidate_id });
            (client.list_resumes(request).await.map(drop), "CANDIDATE_NOT_FOUND")
        }
        "GetResumeText" => {
            let request = site.request(theirs, Role::Owner, GetResumeTextRequest { resume_id });
            (client.get_resume_text(request).await.map(drop), "RESUME_NOT_FOUND")
        }
        "DownloadResume" => {
            let request = site.request(theirs, Role::Owner, DownloadResumeRequest { resume_id });
            (client.download_resume(request).await.map(drop), "RESUME_NOT_FOUND")
        }
        _ => {
            let request = DeleteResumeRequest { resume_id, request_id: String::new() };
            (client.delete_resume(site.request(theirs, Role::Owner, request)).await.map(drop), "RESUME_NOT_FOUND")
        }
    };
    let refused = refused.expect_err(method);
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, expected), "{method}");
}

async fn our_sighting(site: &Site, ours: &TenantId, candidate: &str) -> ExternalActivity {
    let record = RecordExternalActivityRequest {
        candidate_id: candidate.to_owned(),
        source: "forum".to_owned(),
        text: "A scheduler in Rust".to_owned(),
        ..RecordExternalActivityRequest::default()
    };
    let mut external = ExternalActivityServiceClient::new(site.channel());
    let answer = external.record_external_activity(site.request(ours, Role::Recruiter, record)).await.unwrap();
    answer.into_inner().activity.unwrap()
}

/// One method, called by another tenant about what we saw of somebody.
async fn foreign_sighting(site: &Site, theirs: &TenantId, sighting: &ExternalActivity, method: &str) {
    let mut external = ExternalActivityServiceClient::new(site.channel());
    let ExternalActivity { activity_id, candidate_id, .. } = sighting.clone();
    let refused = match method {
        "RecordExternalActivity" => {
            let text = "Rust".to_owned();
            let record = RecordExternalActivityRequest {
                candidate_id,
                source: "forum".to_owned(),
                text,
                ..RecordExternalActivityRequest::default()
            };
            external.record_external_activity(site.request(theirs, Role::Owner, record)).await.map(drop)
        }
        "ListExternalActivities" => {
            let list = ListExternalActivitiesRequest { candidate_id, ..ListExternalActivitiesRequest::default() };
            external.list_external_activities(site.request(theirs, Role::Owner, list)).await.map(drop)
        }
        "ApplyExternalActivity" => {
            let update_mask = Some(FieldMask { paths: vec!["skills".to_owned()] });
            let apply =
                ApplyExternalActivityRequest { activity_id, update_mask, ..ApplyExternalActivityRequest::default() };
            external.apply_external_activity(site.request(theirs, Role::Owner, apply)).await.map(drop)
        }
        "DismissExternalActivity" => {
            let dismiss = DismissExternalActivityRequest { activity_id, ..DismissExternalActivityRequest::default() };
            external.dismiss_external_activity(site.request(theirs, Role::Owner, dismiss)).await.map(drop)
        }
        other => panic!("{other} is not held against another tenant"),
    };
    let refused = refused.expect_err(method);
    let expected = if matches!(method, "ApplyExternalActivity" | "DismissExternalActivity") {
        "EXTERNAL_ACTIVITY_NOT_FOUND"
    } else {
        "CANDIDATE_NOT_FOUND"
    };
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, expected), "{method}");
}

async fn our_campaign(site: &Site, ours: &TenantId) -> Campaign {
    let create = CreateCampaignRequest { spec: Some(super::campaigns::spec(site)), request_id: String::new() };
    let mut campaigns = CampaignServiceClient::new(site.channel());
    let answer = campaigns.create_campaign(site.request(ours, Role::Recruiter, create)).await.unwrap();
    answer.into_inner().campaign.unwrap()
}

/// One method, called by another tenant about our campaign.
async fn foreign_campaign(site: &Site, theirs: &TenantId, campaign: &Campaign, method: &str) {
    let mut campaigns = CampaignServiceClient::new(site.channel());
    let campaign_id = campaign.campaign_id.clone();
    let request_id = String::new();
    let refused = match method {
        "GetCampaign" => {
            let get = GetCampaignRequest { campaign_id };
            campaigns.get_campaign(site.request(theirs, Role::Owner, get)).await.map(drop)
        }
        "UpdateCampaign" => {
            let update = UpdateCampaignRequest {
                campaign_id,
                spec: campaign.spec.clone(),
                update_mask: Some(FieldMask { paths: vec!["name".to_owned()] }),
                ..UpdateCampaignRequest::default()
            };
            campaigns.update_campaign(site.request(theirs, Role::Owner, update)).await.map(drop)
        }
        "PreviewCampaign" => {
            let preview = PreviewCampaignRequest { campaign_id, at_least: String::new() };
            campaigns.preview_campaign(site.request(theirs, Role::Owner, preview)).await.map(drop)
        }
        "StartCampaign" => {
            let start = StartCampaignRequest { campaign_id, ..StartCampaignRequest::default() };
            campaigns.start_campaign(site.request(theirs, Role::Owner, start)).await.map(drop)
        }
        "PauseCampaign" => {
            let pause = PauseCampaignRequest { campaign_id, request_id };
            campaigns.pause_campaign(site.request(theirs, Role::Owner, pause)).await.map(drop)
        }
        "ResumeCampaign" => {
            let resume = ResumeCampaignRequest { campaign_id, request_id };
            campaigns.resume_campaign(site.request(theirs, Role::Owner, resume)).await.map(drop)
        }
        "CancelCampaign" => {
            let cancel = CancelCampaignRequest { campaign_id, request_id };
            campaigns.cancel_campaign(site.request(theirs, Role::Owner, cancel)).await.map(drop)
        }
        "ListCampaignMembers" => {
            let list = ListCampaignMembersRequest { campaign_id, ..ListCampaignMembersRequest::default() };
            campaigns.list_campaign_members(site.request(theirs, Role::Owner, list)).await.map(drop)
        }
        "GetCampaignOutcome" => {
            let get = GetCampaignOutcomeRequest { campaign_id };
            campaigns.get_campaign_outcome(site.request(theirs, Role::Owner, get)).await.map(drop)
        }
        "CreateCampaign" => {
            // Their own, which is another one.
            let theirs = our_campaign(site, theirs).await;
            assert_ne!(theirs.campaign_id, campaign_id);
            return;
        }
        "ListCampaigns" => {
            let list = ListCampaignsRequest::default();
            let list = campaigns.list_campaigns(site.request(theirs, Role::Owner, list)).await.unwrap().into_inner();
            assert!(list.campaigns.iter().all(|one| one.campaign_id != campaign_id));
            return;
        }
        other => panic!("{other} is not held against another tenant"),
    };
    let refused = refused.expect_err(method);
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "CAMPAIGN_NOT_FOUND"), "{method}");
}
