//! Who is forgotten is forgotten with what they wrote.

use usher_proto::privacy::v1::{
    ExportSubjectRequest, export_subject_response::Content, subject_service_client::SubjectServiceClient,
};

use super::*;
use crate::erased::erase;

/// All that outreach tells of somebody.
async fn export(site: &Site, tenant: &TenantId, candidate: &str) -> String {
    let request = ExportSubjectRequest {
        service: "outreach".to_owned(),
        candidate_id: candidate.to_owned(),
        ..ExportSubjectRequest::default()
    };
    let request = site.request(tenant, Role::Service, request);
    let mut parts = SubjectServiceClient::new(site.channel()).export_subject(request).await.unwrap().into_inner();
    let mut told = Vec::new();
    while let Some(piece) = parts.message().await.unwrap() {
        if let Some(Content::Chunk(bytes)) = piece.content {
            told.extend(bytes);
        }
    }
    String::from_utf8(told).unwrap()
}

#[tokio::test]
async fn what_a_person_wrote_is_told_to_them_and_goes_with_them() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, _) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let other = id("cand");
    talent.introduce(&other, GetRecipientResponse { email: "bob@example.net".to_owned(), ..person(Language::En) });
    let (_, address) = invited(&site, &tenant, folder.path(), &candidate).await;
    let (_, others_address) = invited(&site, &tenant, folder.path(), &other).await;
    let own = inbox(&site, &tenant).await;
    let from = format!("Marker Name <{READER}>");
    let theirs = [
        received(&site, &tenant, &address, &mail(&from, &[], "MARKER-MATCHED")).await,
        received(&site, &tenant, &own, &mail(&from, &[], "MARKER-WAITING")).await,
        received(&site, &tenant, &own, &mail("private@example.org", &[], "MARKER-ASSIGNED")).await,
    ];
    let assign = AssignReplyRequest {
        reply_id: theirs[2].reply_id.clone(),
        candidate_id: candidate.clone(),
        reason: "their second address".to_owned(),
        ..AssignReplyRequest::default()
    };
    let request = site.request(&tenant, Role::Recruiter, assign);
    ReplyServiceClient::new(site.channel()).assign_reply(request).await.unwrap();
    let strangers = [
        received(&site, &tenant, &others_address, &mail("bob@example.net", &[], "MARKER-BOB")).await,
        received(&site, &tenant, &own, &mail("eve@example.net", &[], "MARKER-EVE")).await,
    ];

    let told = export(&site, &tenant, &candidate).await;
    for marker in ["MARKER-MATCHED", "MARKER-WAITING", "MARKER-ASSIGNED", "Marker Name", READER, "private@example.org"]
    {
        assert!(told.contains(marker), "{marker} is not in {told}");
    }
    assert!(!told.contains("MARKER-BOB") && !told.contains("MARKER-EVE") && !told.contains("known_by"), "{told}");

    erase(&site, &tenant, &candidate).await;
    for reply in &theirs {
        assert_eq!(refusal(&read(&site, &tenant, &reply.reply_id).await.unwrap_err()).1, "REPLY_NOT_FOUND");
    }
    for reply in &strangers {
        read(&site, &tenant, &reply.reply_id).await.unwrap();
    }
    assert!(!export(&site, &tenant, &candidate).await.contains("MARKER"));
    let heard = format!("{:?}", said(&site, &tenant).await);
    assert!(!heard.contains(&candidate), "events went with them: {heard}");
    let late = bring(&site, &address, &mail(&from, &[], "MARKER-LATE")).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::NotFound, "ADDRESS_UNKNOWN".to_owned()), "the address leads nowhere now");
    let mut client = ReplyServiceClient::new(site.channel());
    let assign = AssignReplyRequest {
        reply_id: strangers[1].reply_id.clone(),
        candidate_id: candidate.clone(),
        reason: "too late".to_owned(),
        ..AssignReplyRequest::default()
    };
    let refused = client.assign_reply(site.request(&tenant, Role::Recruiter, assign)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "CANDIDATE_ERASED");
    finish(site).await;
}
