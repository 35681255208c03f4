//! What is noticed of a message at its reader's: by a signed link, and never more than the reader consents to.

use mail_parser::MessageParser;
use usher_proto::{
    outreach::v1::{
        FollowTrackedLinkRequest, GetTrackedLinkRequest, LinkFollowed, ListVisitsRequest, MessageOpened,
        RecordOpeningRequest, VisitKind, Visitor, tracking_service_client::TrackingServiceClient,
    },
    talent::v1::ConsentPurpose,
};

use super::{contact::restless, *};

const JOB: &str = "https://jobs.example.com/platform-engineer?ref=pool";

/// Somebody of the pool, with the word on being noticed that they gave.
fn somebody(talent: &Talent, notices: bool) -> String {
    let candidate = id("cand");
    talent.introduce(&candidate, consenting(notices));
    candidate
}

fn consenting(notices: bool) -> GetRecipientResponse {
    let mut consents = vec![ConsentPurpose::Opportunities.into(), ConsentPurpose::TalentPool.into()];
    consents.extend(notices.then_some(ConsentPurpose::Tracking as i32));
    GetRecipientResponse { consents, ..person(Language::En) }
}

fn opening(candidate: &str) -> MessageDraft {
    MessageDraft {
        kind: MessageKind::Reactivation.into(),
        application_id: String::new(),
        interview_id: String::new(),
        facts: Some(MessageFacts { link: JOB.to_owned(), ..facts() }),
        ..invitation("opening", candidate)
    }
}

/// The HTML of the one mail in a folder.
fn html(folder: &Path) -> String {
    let mails = mails(folder);
    let parsed = MessageParser::default().parse(&mails[0].1).unwrap();
    parsed.body_html(0).unwrap().into_owned()
}

/// What stands in an attribute between these two.
fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let start = text.find(from)? + from.len();
    Some(text[start..start + text[start..].find(to)?].to_owned())
}

async fn follow(site: &Site, token: &str, visitor: Visitor) -> Result<String, Status> {
    let asked = FollowTrackedLinkRequest {
        token: token.to_owned(),
        visitor: visitor.into(),
        evidence: vec!["form_posted".to_owned()],
    };
    let mut tracking = TrackingServiceClient::new(site.channel());
    Ok(tracking.follow_tracked_link(site.installation_request(asked)).await?.into_inner().url)
}

async fn open(site: &Site, token: &str) -> Result<(), Status> {
    let asked =
        RecordOpeningRequest { token: token.to_owned(), visitor: Visitor::Unknown.into(), evidence: Vec::new() };
    TrackingServiceClient::new(site.channel()).record_opening(site.installation_request(asked)).await.map(drop)
}

async fn visits(site: &Site, tenant: &TenantId, message: &str) -> Vec<(VisitKind, Visitor)> {
    let request = site.request(tenant, Role::Recruiter, ListVisitsRequest { message_id: message.to_owned() });
    let visits = TrackingServiceClient::new(site.channel()).list_visits(request).await.unwrap().into_inner().visits;
    visits.into_iter().map(|visit| (visit.kind(), visit.visitor())).collect()
}

#[tokio::test]
async fn a_link_shows_where_it_leads_and_is_counted_once_for_each_kind_of_visitor() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let message = send(&site, &tenant, opening(&somebody(&talent, false))).await.unwrap();
    becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;

    let html = html(folder.path());
    let shown = JOB.replace('&', "&amp;");
    assert!(html.contains(&format!(">{shown}</a>")), "the reader sees where it leads");
    assert!(!html.contains("<img"), "nothing is noticed without consent");
    let token = between(&html, "/l/", "\"").expect("the link goes by way of us");

    let mut tracking = TrackingServiceClient::new(site.channel());
    let asked = GetTrackedLinkRequest { token: token.clone() };
    let link = tracking.get_tracked_link(site.installation_request(asked)).await.unwrap().into_inner();
    assert_eq!((link.url.as_str(), link.language.as_str()), (JOB, "en"));
    assert_eq!(visits(&site, &tenant, &message.message_id).await, [], "a look changes nothing");

    for visitor in [Visitor::Machine, Visitor::Human, Visitor::Human] {
        assert_eq!(follow(&site, &token, visitor).await.unwrap(), JOB);
    }
    let followed = [(VisitKind::Followed, Visitor::Human), (VisitKind::Followed, Visitor::Machine)];
    let mut seen = visits(&site, &tenant, &message.message_id).await;
    seen.sort_by_key(|(_, visitor)| *visitor);
    assert_eq!(seen, followed);
    assert_eq!(site.heard_of::<LinkFollowed>("outreach", &tenant).await.len(), 2);

    let mut forged = token.clone().into_bytes();
    forged[20] ^= 1;
    for wrong in [String::from_utf8(forged).unwrap(), "x".to_owned(), token[..token.len() - 2].to_owned()] {
        let refused = follow(&site, &wrong, Visitor::Human).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::Unauthenticated, "LINK_INVALID".to_owned()));
    }
    assert_eq!(
        refusal(&open(&site, &token).await.unwrap_err()).0,
        Code::Unauthenticated,
        "a link's token opens nothing"
    );
    finish(site).await;
}

#[tokio::test]
async fn an_opening_is_noticed_with_consent_alone_and_no_more_when_it_is_withdrawn() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = somebody(&talent, true);
    let message = send(&site, &tenant, opening(&candidate)).await.unwrap();
    becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    let token = between(&html(folder.path()), "/o/", ".gif\"").expect("there is a picture to load");

    talent.introduce(&candidate, consenting(false));
    open(&site, &token).await.unwrap();
    assert_eq!(visits(&site, &tenant, &message.message_id).await, []);

    talent.introduce(&candidate, consenting(true));
    for _ in 0..2 {
        open(&site, &token).await.unwrap();
    }
    assert_eq!(visits(&site, &tenant, &message.message_id).await, [(VisitKind::Opened, Visitor::Unknown)]);
    assert_eq!(site.heard_of::<MessageOpened>("outreach", &tenant).await.len(), 1);
    finish(site).await;
}

#[tokio::test]
async fn the_way_to_a_meeting_is_no_detour() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let mut draft = invitation("online", &reader(&talent, Language::En));
    let meeting = "https://meet.example.com/abc";
    draft.facts = Some(MessageFacts { link: meeting.to_owned(), ..facts() });
    let message = send(&site, &tenant, draft).await.unwrap();
    becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    let html = html(folder.path());
    assert!(html.contains(&format!("href=\"{meeting}\"")) && !html.contains("/l/"), "{html}");
    finish(site).await;
}
