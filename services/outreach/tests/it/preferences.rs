//! What people want to be written to about, said by themselves or to staff; and that they are told of it and forgotten.

use contact::{agreeing, by, claim, one_click, opening, restless, send_auto, suppressions};
use usher_proto::{
    outreach::v1::{
        AddSuppressionRequest, ContactPurpose, GetMyPreferencesRequest, GetPreferencesRequest, Preference,
        SetMyPreferencesRequest, SetPreferencesRequest, SuppressionKind,
        preference_service_client::PreferenceServiceClient, suppression_service_client::SuppressionServiceClient,
    },
    privacy::v1::{
        EraseSubjectRequest, ExportSubjectRequest, export_subject_response::Content,
        subject_service_client::SubjectServiceClient,
    },
    talent::v1::CandidatesMerged,
};

use super::*;

fn wish(purpose: ContactPurpose, channel: &str, allowed: bool) -> Preference {
    Preference { purpose: purpose.into(), channel: channel.to_owned(), allowed, ..Preference::default() }
}

/// In short: purpose, channel, and whether it is allowed.
fn short(preferences: &[Preference]) -> Vec<(ContactPurpose, &str, bool)> {
    preferences.iter().map(|one| (one.purpose(), one.channel.as_str(), one.allowed)).collect()
}

async fn set(
    site: &Site,
    tenant: &TenantId,
    candidate: &str,
    wishes: &[Preference],
) -> Result<Vec<Preference>, Status> {
    let request = SetPreferencesRequest {
        candidate_id: candidate.to_owned(),
        preferences: wishes.to_vec(),
        reason: "call of Monday".to_owned(),
        request_id: String::new(),
    };
    let request = by(site, tenant, "user_01h455vb4pex5vsknk084sn02q", request);
    Ok(PreferenceServiceClient::new(site.channel()).set_preferences(request).await?.into_inner().preferences)
}

async fn of(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<Preference> {
    let request = site.request(tenant, Role::ReadOnly, GetPreferencesRequest { candidate_id: candidate.to_owned() });
    PreferenceServiceClient::new(site.channel()).get_preferences(request).await.unwrap().into_inner().preferences
}

async fn set_mine(site: &Site, token: &str, wishes: &[Preference]) -> Result<Vec<Preference>, Status> {
    let request = SetMyPreferencesRequest { token: token.to_owned(), preferences: wishes.to_vec() };
    let request = site.installation_request(request);
    Ok(PreferenceServiceClient::new(site.channel()).set_my_preferences(request).await?.into_inner().preferences)
}

/// The link that came with the first mail in a folder that can be unsubscribed from.
fn token_in(folder: &Path) -> String {
    let texts = mails(folder).into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    let lines: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let line = lines.iter().find(|line| line.starts_with("List-Unsubscribe: ")).expect("a mail has the header");
    line.split_once("/u/").unwrap().1.trim_end_matches('>').to_owned()
}

#[tokio::test]
async fn what_staff_are_told_holds_by_purpose_and_by_channel() {
    use ContactPurpose::{Application, Care, Opportunities};
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let nothing_said = [(Application, "", true), (Opportunities, "", true), (Care, "", true)];
    assert_eq!(short(&of(&site, &tenant, &candidate).await), nothing_said);
    set(&site, &tenant, &candidate, &[wish(Opportunities, "", false)]).await.unwrap();
    let refused = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "OPTED_OUT".to_owned()));
    send(&site, &tenant, invitation("2", &candidate)).await.expect("an interview is no opening");
    let by_mail = set(&site, &tenant, &candidate, &[wish(Opportunities, "email", true)]).await.unwrap();
    let expected =
        [(Application, "", true), (Opportunities, "", false), (Opportunities, "email", true), (Care, "", true)];
    assert_eq!(short(&by_mail), expected);
    assert_eq!(by_mail[1].actor, "user_01h455vb4pex5vsknk084sn02q");
    send_auto(&site, &tenant, opening("1", &candidate)).await.expect("they want it by mail");
    set(&site, &tenant, &candidate, &[wish(Application, "email", false)]).await.unwrap();
    let refused = send(&site, &tenant, invitation("3", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "OPTED_OUT", "not by mail, if they say so");

    let twice = [wish(Care, "sms", true), wish(Care, "sms", false)];
    let refused = set(&site, &tenant, &candidate, &twice).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::InvalidArgument, "PREFERENCE_REPEATED".to_owned()));
    assert_eq!(fields(&refused), ["preferences[1]"]);
    assert_eq!(short(&of(&site, &site.tenant(), &candidate).await), nothing_said, "a neighbour knows nothing of it");
    finish(site).await;
}

#[tokio::test]
async fn a_person_says_by_their_link_what_they_want_and_it_holds_for_whoever_they_become() {
    use ContactPurpose::{Application, Care, Opportunities};
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let (ann, bob) = (agreeing(&talent), agreeing(&talent));
    let sent = send_auto(&site, &tenant, opening("1", &bob)).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    let token = token_in(folder.path());
    assert!(!token.contains("lin") && token.len() < 100);
    let look = || site.installation_request(GetMyPreferencesRequest { token: token.clone() });
    let mut service = PreferenceServiceClient::new(site.channel());
    let shown = service.get_my_preferences(look()).await.unwrap().into_inner();
    assert_eq!((shown.purpose(), shown.language.as_str()), (Opportunities, "en"));
    assert!(shown.preferences.iter().all(|one| one.allowed));

    let clicked = one_click(&site, &token).await.unwrap();
    let expected = [(Application, "", true), (Opportunities, "", false), (Care, "", true)];
    assert_eq!(short(&clicked.preferences), expected, "of what the message was about, and no more");
    assert_eq!(clicked.preferences[1].actor, "candidate");
    // What staff had noted is lifted by their own word.
    let request = AddSuppressionRequest {
        candidate_id: bob.clone(),
        kind: SuppressionKind::OptOut.into(),
        purpose: Opportunities.into(),
        reason: "said so in the interview".to_owned(),
        ..AddSuppressionRequest::default()
    };
    let request = site.request(&tenant, Role::Recruiter, request);
    SuppressionServiceClient::new(site.channel()).add_suppression(request).await.unwrap();
    set_mine(&site, &token, &[wish(Opportunities, "", true)]).await.unwrap();
    assert_eq!(suppressions(&site, &tenant, &bob).await[0].lift_actor, "candidate");
    send_auto(&site, &tenant, opening("2", &bob)).await.unwrap();
    set_mine(&site, &token, &[wish(Opportunities, "email", false)]).await.unwrap();

    let merged = CandidatesMerged { survivor_id: ann.clone(), absorbed_id: bob.clone(), merge_id: String::new() };
    site.say("talent", &tenant, &ann, &merged).await;
    site.settle().await;
    let refused = send_auto(&site, &tenant, opening("3", &ann)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "OPTED_OUT");
    let forged = set_mine(&site, &token.replace(&token[5..6], "_"), &[wish(Care, "", true)]).await.unwrap_err();
    assert_eq!(refusal(&forged), (Code::Unauthenticated, "LINK_INVALID".to_owned()));
    let by_a_user = site.request(&tenant, Role::Owner, GetMyPreferencesRequest { token: token.clone() });
    assert_eq!(service.get_my_preferences(by_a_user).await.unwrap_err().code(), Code::PermissionDenied);
    finish(site).await;
}

/// How many rows name somebody, in the tables of the gates.
async fn rows_of(site: &Site, tenant: &TenantId, candidate: &str) -> [i64; 3] {
    let uuid = candidate.replace("cand", "tenant").parse::<TenantId>().unwrap().0;
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(*tenant, "outreach")).await.unwrap();
    let counts: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM suppressions WHERE candidate_id = $1),
                (SELECT count(*) FROM contact_preferences WHERE candidate_id = $1),
                (SELECT count(*) FROM contact_leases WHERE candidate_id = $1)",
    )
    .bind(uuid)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    counts.into()
}

#[tokio::test]
async fn a_person_is_told_what_is_kept_of_them_and_all_of_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let sent = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    let token = token_in(folder.path());
    one_click(&site, &token).await.unwrap();
    claim(&site, &tenant, &id("user"), &candidate, 24).await.unwrap();
    let request = AddSuppressionRequest {
        candidate_id: candidate.clone(),
        kind: SuppressionKind::HardBounce.into(),
        channel: "email".to_owned(),
        reason: "came back by post".to_owned(),
        ..AddSuppressionRequest::default()
    };
    let request = site.request(&tenant, Role::Recruiter, request);
    SuppressionServiceClient::new(site.channel()).add_suppression(request).await.unwrap();

    let ask = ExportSubjectRequest {
        service: "outreach".to_owned(),
        candidate_id: candidate.clone(),
        ..ExportSubjectRequest::default()
    };
    let mut subjects = SubjectServiceClient::new(site.channel());
    let mut export = subjects.export_subject(site.request(&tenant, Role::Service, ask)).await.unwrap().into_inner();
    let mut told = String::new();
    while let Some(piece) = export.message().await.unwrap() {
        match piece.content {
            Some(Content::Part(part)) => told.push_str(&part.name),
            Some(Content::Chunk(bytes)) => told.push_str(&String::from_utf8(bytes).unwrap()),
            None => {}
        }
    }
    for word in [
        "suppressions.jsonl",
        "came back by post",
        "contact_preferences.jsonl",
        "one click",
        "contact_leases.jsonl",
        "first call on Monday",
    ] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    assert!(!told.contains("address_hash"));
    assert_eq!(rows_of(&site, &tenant, &candidate).await, [1, 1, 1]);

    let erase = EraseSubjectRequest {
        service: "outreach".to_owned(),
        candidate_id: candidate.clone(),
        erasure_id: id("erase"),
    };
    subjects.erase_subject(site.request(&tenant, Role::Service, erase)).await.unwrap();
    assert_eq!(rows_of(&site, &tenant, &candidate).await, [0, 0, 0]);
    assert_eq!(refusal(&one_click(&site, &token).await.unwrap_err()).1, "LINK_INVALID");
    assert_eq!(refusal(&claim(&site, &tenant, &id("user"), &candidate, 24).await.unwrap_err()).1, "CANDIDATE_ERASED");
    let late = set(&site, &tenant, &candidate, &[wish(ContactPurpose::Care, "", false)]).await.unwrap_err();
    assert_eq!(refusal(&late).1, "CANDIDATE_ERASED");
    finish(site).await;
}
