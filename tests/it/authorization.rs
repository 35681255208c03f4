//! Every method by reflection × every role × another tenant's ids.

use std::collections::BTreeMap;

use chassis::{TenantId, auth::role_name};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};
use testkit::Site;
use tonic::{
    Code, Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;
use usher_proto::accounts::v1::Role;
use usher_tests::{application, candidate, interview, scheduled, suite};

const ROLES: [Role; 7] =
    [Role::Owner, Role::Admin, Role::Recruiter, Role::HiringManager, Role::Interviewer, Role::ReadOnly, Role::Service];

/// Bytes as they are.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = bytes::Buf::remaining(buffer);
        Ok(Some(bytes::Buf::copy_to_bytes(buffer, length).to_vec()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

/// Calls a method with bytes. Streaming ones take the bytes as their one message.
async fn call(site: &Site, path: &str, body: Vec<u8>, bearer: Option<&str>) -> Result<Vec<u8>, Status> {
    let mut client = tonic::client::Grpc::new(site.channel());
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let mut request = tonic::Request::new(tokio_stream::once(body));
    if let Some(bearer) = bearer {
        request.metadata_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    }
    let mut answers = client.streaming(request, path.parse().unwrap(), Raw).await?.into_inner();
    let mut all = Vec::new();
    while let Some(answer) = answers.message().await? {
        all.extend(answer);
        // A watch does not end by itself.
        if path.ends_with("/WatchTasks") {
            break;
        }
    }
    Ok(all)
}

/// The methods that the running suite itself names.
async fn methods(site: &Site, pool: &DescriptorPool) -> Vec<(String, MessageDescriptor)> {
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(site.channel())
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) = answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("reflection lists services")
    };
    list.service
        .into_iter()
        .filter(|service| service.name.starts_with("usher."))
        .flat_map(|service| {
            let service = pool.get_service_by_name(&service.name).unwrap();
            service
                .methods()
                .map(|method| (format!("/{}/{}", service.full_name(), method.name()), method.input()))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_lets_in_whom_the_table_names_and_nobody_else() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let pool = DescriptorPool::decode(usher_proto::DESCRIPTORS).unwrap();
    let methods = methods(&site, &pool).await;
    assert!(methods.len() > 50, "{} methods", methods.len());
    let tenant = site.tenant();
    for (path, _) in &methods {
        let line = usher_proto::method(path).unwrap_or_else(|| panic!("{path} is not in the authorization table"));
        let refused = call(&site, path, Vec::new(), None).await.err();
        if line.public {
            assert!(refused.is_none_or(|status| status.code() != Code::Unauthenticated), "{path} is public");
            continue;
        }
        let refused = refused.unwrap_or_else(|| panic!("{path} answers without a token"));
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"), "{path}");
        for role in ROLES {
            let outcome = call(&site, path, Vec::new(), Some(&site.token(&tenant, role))).await;
            let denied = outcome.err().filter(|status| reason(status) == "ROLE_INSUFFICIENT");
            let allowed = line.roles.contains(&(role as i32));
            assert_eq!(denied.is_none(), allowed, "{path} as {}", role_name(role));
        }
    }
    let unknown = call(&site, "/usher.ats.v1.JobService/Nothing", Vec::new(), None).await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_ids_open_nothing() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let pool = DescriptorPool::decode(usher_proto::DESCRIPTORS).unwrap();
    let stranger = site.tenant();
    let (theirs, mut ids) = people(&site).await;
    ids.extend(things(&site, &theirs).await);
    let mut tried = 0;
    for (path, input) in methods(&site, &pool).await {
        if path.contains("EventLog") || path.contains("CandidateCentre") && !path.ends_with("CreateCentreLink") {
            // The one reads all tenants for the suite; the other's credential is the link itself.
            continue;
        }
        let Some(request) = filled(&input, &ids) else { continue };
        for role in ROLES {
            tried += 1;
            match call(&site, &path, request.encode_to_vec(), Some(&site.token(&stranger, role))).await {
                Err(status) => {
                    let fine = matches!(
                        status.code(),
                        Code::NotFound | Code::PermissionDenied | Code::InvalidArgument | Code::FailedPrecondition
                    );
                    assert!(fine, "{path} as {}: {status:?}", role_name(role));
                    assert_ne!(reason(&status), "INTERNAL", "{path}");
                }
                Ok(answer) => {
                    let answer = String::from_utf8_lossy(&answer);
                    for id in ids.values() {
                        assert!(!answer.contains(id), "{path} as {} shows {id}", role_name(role));
                    }
                }
            }
        }
    }
    assert!(tried > 100, "{tried} calls");
    // And nothing of theirs has changed by all that.
    let still = things_state(&site, &theirs, &ids).await;
    assert!(still.contains("INTERVIEW_STATE_SCHEDULED"), "{still}");
}

/// A tenant with a user and a key.
async fn people(site: &Site) -> (TenantId, BTreeMap<&'static str, String>) {
    use usher_proto::accounts::v1::{
        CreateApiKeyRequest, CreateTenantRequest, Plan, api_key_service_client::ApiKeyServiceClient,
        tenant_service_client::TenantServiceClient,
    };
    let create = CreateTenantRequest {
        slug: "theirs".to_owned(),
        display_name: "Theirs".to_owned(),
        plan: Plan::Pro.into(),
        time_zone: "Europe/Berlin".to_owned(),
        owner_email: "owner@example.com".to_owned(),
        owner_display_name: "Olive Owner".to_owned(),
    };
    let created = TenantServiceClient::new(site.channel())
        .create_tenant(site.installation_request(create))
        .await
        .unwrap()
        .into_inner();
    let tenant: TenantId = created.tenant.unwrap().tenant_id.parse().unwrap();
    let create = CreateApiKeyRequest { display_name: "Key".to_owned(), role: Role::Recruiter.into(), ttl: None };
    let key = ApiKeyServiceClient::new(site.channel())
        .create_api_key(site.request(&tenant, Role::Owner, create))
        .await
        .unwrap()
        .into_inner();
    let ids = [("user_id", created.owner.unwrap().user_id), ("api_key_id", key.api_key.unwrap().api_key_id)];
    (tenant, BTreeMap::from(ids))
}

/// One of everything in a tenant.
async fn things(site: &Site, tenant: &TenantId) -> BTreeMap<&'static str, String> {
    use usher_proto::{
        ats::v1::task_service_client::TaskServiceClient,
        outreach::v1::{ListMessagesRequest, message_service_client::MessageServiceClient},
    };
    let candidate_id = candidate(site, tenant, "lin.xiao@example.com").await;
    let (job_id, application_id) = application(site, tenant, &candidate_id).await;
    let mut vague = interview(site, &application_id, 3);
    vague.place.clear();
    let interview_id = scheduled(site, tenant, vague).await;
    let mut messages = MessageServiceClient::new(site.channel());
    let mut tasks = TaskServiceClient::new(site.channel());
    let mut message_id = String::new();
    let mut task_id = String::new();
    testkit::eventually("a message and a task", async || {
        let list = ListMessagesRequest { interview_id: interview_id.clone(), ..ListMessagesRequest::default() };
        let found = messages.list_messages(site.request(tenant, Role::Service, list)).await.unwrap().into_inner();
        message_id = found.messages.first().map(|message| message.message_id.clone()).unwrap_or_default();
        let list = usher_proto::ats::v1::ListTasksRequest::default();
        let found = tasks.list_tasks(site.request(tenant, Role::Service, list)).await.unwrap().into_inner();
        task_id = found.tasks.first().map(|task| task.task_id.clone()).unwrap_or_default();
        !message_id.is_empty() && !task_id.is_empty()
    })
    .await;
    let (offer_id, onboarding_id) = hired(site, tenant).await;
    let (campaign_id, activity_id) = (campaign(site, tenant).await, sighting(site, tenant, &candidate_id).await);
    BTreeMap::from([
        ("offer_id", offer_id),
        ("onboarding_id", onboarding_id),
        ("candidate_id", candidate_id),
        ("job_id", job_id),
        ("application_id", application_id),
        ("interview_id", interview_id),
        ("message_id", message_id),
        ("task_id", task_id),
        ("campaign_id", campaign_id),
        ("activity_id", activity_id),
    ])
}

/// A draft of a campaign.
async fn campaign(site: &Site, tenant: &TenantId) -> String {
    use usher_proto::talent::v1::{CreateCampaignRequest, campaign_service_client::CampaignServiceClient};
    let create = CreateCampaignRequest { spec: Some(usher_tests::campaign(site, 10)), request_id: String::new() };
    let answer = CampaignServiceClient::new(site.channel())
        .create_campaign(site.request(tenant, Role::Service, create))
        .await
        .unwrap();
    answer.into_inner().campaign.unwrap().campaign_id
}

/// Something that was seen of that person.
async fn sighting(site: &Site, tenant: &TenantId, candidate: &str) -> String {
    use usher_proto::talent::v1::{
        RecordExternalActivityRequest, external_activity_service_client::ExternalActivityServiceClient,
    };
    let record = RecordExternalActivityRequest {
        candidate_id: candidate.to_owned(),
        source: "forum".to_owned(),
        text: "A scheduler in Rust".to_owned(),
        ..RecordExternalActivityRequest::default()
    };
    let answer = ExternalActivityServiceClient::new(site.channel())
        .record_external_activity(site.request(tenant, Role::Service, record))
        .await
        .unwrap();
    answer.into_inner().activity.unwrap().activity_id
}

/// Somebody else who took an offer: the offer, and the onboarding that came of it.
async fn hired(site: &Site, tenant: &TenantId) -> (String, String) {
    use usher_proto::ats::v1::{
        CreateOfferRequest, ListOnboardingsRequest, OfferAnswer, OfferTerms, RecordOfferAnswerRequest, SalaryPeriod,
        SendOfferRequest, SubmitOfferRequest, offer_service_client::OfferServiceClient,
        onboarding_service_client::OnboardingServiceClient,
    };
    let now = site.clock().now();
    let candidate_id = candidate(site, tenant, "xu.wei@example.com").await;
    let (_, application_id) = application(site, tenant, &candidate_id).await;
    let create = CreateOfferRequest {
        application_id,
        terms: Some(OfferTerms {
            start_date: (now + chrono::TimeDelta::days(30)).date_naive().to_string(),
            time_zone: "Asia/Shanghai".to_owned(),
            salary_minor_units: 2_500_000,
            salary_currency: "CNY".to_owned(),
            salary_period: SalaryPeriod::Month.into(),
            location: "Shanghai".to_owned(),
            expire_time: Some(chassis::wire::timestamp(now + chrono::TimeDelta::days(3))),
            ..OfferTerms::default()
        }),
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..CreateOfferRequest::default()
    };
    let mut offers = OfferServiceClient::new(site.channel());
    let offer = offers.create_offer(site.request(tenant, Role::Service, create)).await.unwrap().into_inner().offer;
    let offer_id = offer.unwrap().offer_id;
    let submit = SubmitOfferRequest { offer_id: offer_id.clone(), ..SubmitOfferRequest::default() };
    offers.submit_offer(site.request(tenant, Role::Service, submit)).await.unwrap();
    let send = SendOfferRequest { offer_id: offer_id.clone(), ..SendOfferRequest::default() };
    offers.send_offer(site.request(tenant, Role::Service, send)).await.unwrap();
    let answer = RecordOfferAnswerRequest {
        offer_id: offer_id.clone(),
        answer: OfferAnswer::Accepted.into(),
        ..RecordOfferAnswerRequest::default()
    };
    offers.record_offer_answer(site.request(tenant, Role::Service, answer)).await.unwrap();
    let list = ListOnboardingsRequest::default();
    let found = OnboardingServiceClient::new(site.channel())
        .list_onboardings(site.request(tenant, Role::Service, list))
        .await
        .unwrap()
        .into_inner();
    (offer_id, found.onboardings[0].onboarding_id.clone())
}

async fn things_state(site: &Site, tenant: &TenantId, ids: &BTreeMap<&str, String>) -> String {
    use usher_proto::ats::v1::{GetInterviewRequest, interview_service_client::InterviewServiceClient};
    let request = GetInterviewRequest { interview_id: ids["interview_id"].clone() };
    let found = InterviewServiceClient::new(site.channel())
        .get_interview(site.request(tenant, Role::Service, request))
        .await
        .unwrap()
        .into_inner()
        .interview
        .unwrap();
    found.state().as_str_name().to_owned()
}

/// A request with somebody's ids in every field that takes one, and plausible words in the others; `None` when it takes
/// no id.
fn filled(input: &MessageDescriptor, ids: &BTreeMap<&'static str, String>) -> Option<DynamicMessage> {
    let mut message = DynamicMessage::new(input.clone());
    let mut named = false;
    for field in input.fields() {
        if field.is_list() || field.is_map() {
            continue;
        }
        match (field.kind(), ids.get(field.name())) {
            (Kind::String, Some(id)) => {
                message.set_field(&field, Value::String(id.clone()));
                named = true;
            }
            (Kind::String, None) if matches!(field.name(), "to_stage") => {
                message.set_field(&field, Value::String("interview".to_owned()));
            }
            (Kind::String, None) if matches!(field.name(), "reason" | "source") => {
                message.set_field(&field, Value::String("test".to_owned()));
            }
            (Kind::Enum(_), _) => message.set_field(&field, Value::EnumNumber(1)),
            (Kind::Message(nested), _) if nested.full_name().starts_with("usher.") => {
                if let Some(nested) = filled(&nested, ids) {
                    message.set_field(&field, Value::Message(nested));
                    named = true;
                }
            }
            _ => {}
        }
    }
    named.then_some(message)
}
