//! Accounts through its front door.

#![expect(clippy::unwrap_used, reason = "a test that can not go on fails")]

mod conformance;

use chassis::TenantId;
use testkit::Site;
use tonic::Code;
use tonic_types::StatusExt as _;
use usher_accounts::{Accounts, BuiltInIssuer};
use usher_proto::accounts::v1::{
    AdvanceClockRequest, CreateApiKeyRequest, CreateTenantRequest, CreateTenantResponse, CreateUserRequest,
    GetTenantRequest, GetUserRequest, IssueTokenRequest, ListApiKeysRequest, ListUsersRequest, Plan,
    RevokeApiKeyRequest, Role, TenantCreated, UpdateUserRequest, User, UserCreated,
    api_key_service_client::ApiKeyServiceClient, clock_service_client::ClockServiceClient,
    tenant_service_client::TenantServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};

async fn site() -> Site {
    let issuer = BuiltInIssuer::new(&testkit::new_key().into(), "usher").unwrap();
    Site::start(vec![Box::new(Accounts::new(Some(issuer), outbox::Settings::default()))]).await
}

fn create_tenant(slug: &str) -> CreateTenantRequest {
    CreateTenantRequest {
        slug: slug.to_owned(),
        display_name: "Example Ltd".to_owned(),
        plan: Plan::Pro.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        owner_email: "owner@example.com".to_owned(),
        owner_display_name: "Olive Owner".to_owned(),
    }
}

async fn tenant(site: &Site, slug: &str) -> (TenantId, User) {
    let answer: CreateTenantResponse = TenantServiceClient::new(site.channel())
        .create_tenant(site.installation_request(create_tenant(slug)))
        .await
        .unwrap()
        .into_inner();
    (answer.tenant.unwrap().tenant_id.parse().unwrap(), answer.owner.unwrap())
}

/// A request in the name of a real user, with a token of the built-in issuer.
async fn as_user<M>(site: &Site, tenant: &TenantId, user: &User, message: M) -> tonic::Request<M> {
    let issue = IssueTokenRequest { user_id: user.user_id.clone(), ttl: None };
    let token = TokenServiceClient::new(site.channel())
        .issue_token(site.request(tenant, Role::Service, issue))
        .await
        .unwrap()
        .into_inner()
        .token;
    with_bearer(message, &token)
}

fn with_bearer<M>(message: M, bearer: &str) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    request
}

fn user(email: &str, role: Role) -> CreateUserRequest {
    CreateUserRequest {
        email: email.to_owned(),
        display_name: "Somebody".to_owned(),
        role: role.into(),
        request_id: String::new(),
    }
}

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_tenant_comes_with_its_owner_and_says_so() {
    let site = site().await;
    let (tenant, owner) = tenant(&site, "example").await;
    assert_eq!(owner.role(), Role::Owner);
    let request = as_user(&site, &tenant, &owner, GetTenantRequest {}).await;
    let own = TenantServiceClient::new(site.channel()).get_tenant(request).await.unwrap().into_inner().tenant.unwrap();
    assert_eq!(own.slug, "example");
    assert_eq!(site.heard_of::<TenantCreated>("accounts", &tenant).await.len(), 1);
    assert_eq!(site.heard_of::<UserCreated>("accounts", &tenant).await[0].user_id, owner.user_id);

    let again = TenantServiceClient::new(site.channel())
        .create_tenant(site.installation_request(create_tenant("example")))
        .await
        .unwrap_err();
    assert_eq!((again.code(), reason(&again).as_str()), (Code::AlreadyExists, "TENANT_SLUG_TAKEN"));
    let mut elsewhere = create_tenant("elsewhere");
    elsewhere.time_zone = "Asia/Atlantis".to_owned();
    let refused =
        TenantServiceClient::new(site.channel()).create_tenant(site.installation_request(elsewhere)).await.unwrap_err();
    assert_eq!(refused.get_error_details().bad_request().unwrap().field_violations[0].field, "time_zone");
    site.finish().await;
}

#[tokio::test]
async fn roles_are_given_downwards_and_an_owner_always_stays() {
    let site = site().await;
    let (tenant, owner) = tenant(&site, "example").await;
    let mut users = UserServiceClient::new(site.channel());
    let request = as_user(&site, &tenant, &owner, user("admin@example.com", Role::Admin)).await;
    let admin = users.create_user(request).await.unwrap().into_inner().user.unwrap();
    let request = as_user(&site, &tenant, &admin, user("second@example.com", Role::Owner)).await;
    let refused = users.create_user(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "ROLE_TOO_HIGH"));
    let request = as_user(&site, &tenant, &owner, user("ADMIN@example.com", Role::Recruiter)).await;
    assert_eq!(reason(&users.create_user(request).await.unwrap_err()), "USER_EMAIL_TAKEN");

    let leave = UpdateUserRequest {
        user_id: owner.user_id.clone(),
        active: false,
        update_mask: Some(prost_types::FieldMask { paths: vec!["active".to_owned()] }),
        ..UpdateUserRequest::default()
    };
    let request = as_user(&site, &tenant, &owner, leave).await;
    assert_eq!(reason(&users.update_user(request).await.unwrap_err()), "LAST_OWNER");

    let rename = UpdateUserRequest {
        user_id: admin.user_id.clone(),
        display_name: "Ada Admin".to_owned(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] }),
        etag: admin.etag.clone(),
        ..UpdateUserRequest::default()
    };
    let request = as_user(&site, &tenant, &owner, rename.clone()).await;
    assert_eq!(users.update_user(request).await.unwrap().into_inner().user.unwrap().display_name, "Ada Admin");
    let request = as_user(&site, &tenant, &owner, rename).await;
    assert_eq!(reason(&users.update_user(request).await.unwrap_err()), "ETAG_MISMATCH");
    site.finish().await;
}

#[tokio::test]
async fn a_tenant_does_not_see_another() {
    let site = site().await;
    let (_, stranger) = tenant(&site, "one").await;
    let (tenant, owner) = tenant(&site, "two").await;
    let mut users = UserServiceClient::new(site.channel());
    let request = as_user(&site, &tenant, &owner, GetUserRequest { user_id: stranger.user_id }).await;
    assert_eq!(reason(&users.get_user(request).await.unwrap_err()), "USER_NOT_FOUND");
    let request = as_user(&site, &tenant, &owner, ListUsersRequest::default()).await;
    assert_eq!(users.list_users(request).await.unwrap().into_inner().users.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn the_same_request_twice_makes_one_user() {
    let site = site().await;
    let (tenant, owner) = tenant(&site, "example").await;
    let request_id = uuid::Uuid::now_v7().to_string();
    let message = CreateUserRequest { request_id: request_id.clone(), ..user("once@example.com", Role::Recruiter) };
    let bearer = site.token_for(&tenant, Role::Owner, &owner.user_id, chrono::TimeDelta::hours(1));
    let send = |message: CreateUserRequest| {
        let request = with_bearer(message, &bearer);
        let mut users = UserServiceClient::new(site.channel());
        async move { users.create_user(request).await }
    };
    // The site's own issuer does not run here, since accounts does; so these tokens are from the real one.
    let request = as_user(&site, &tenant, &owner, ()).await;
    let bearer = request.metadata().get("authorization").unwrap().to_str().unwrap()["Bearer ".len()..].to_owned();
    let send_real = |message: CreateUserRequest| {
        let request = with_bearer(message, &bearer);
        let mut users = UserServiceClient::new(site.channel());
        async move { users.create_user(request).await }
    };
    assert_eq!(send(message.clone()).await.unwrap_err().code(), Code::Unauthenticated, "another issuer's key");
    let answers = futures::future::join_all((0..8).map(|_| send_real(message.clone()))).await;
    let ids: std::collections::BTreeSet<String> =
        answers.into_iter().map(|answer| answer.unwrap().into_inner().user.unwrap().user_id).collect();
    assert_eq!(ids.len(), 1, "eight at once are one");
    let other = CreateUserRequest { request_id, ..user("other@example.com", Role::Recruiter) };
    let refused = send_real(other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(site.heard_of::<UserCreated>("accounts", &tenant).await.len(), 2, "the owner and one more");
    site.finish().await;
}

#[tokio::test]
async fn an_api_key_works_until_it_is_revoked_or_expires() {
    let site = site().await;
    let (tenant, owner) = tenant(&site, "example").await;
    let mut keys = ApiKeyServiceClient::new(site.channel());
    let make = CreateApiKeyRequest {
        display_name: "HR sync".to_owned(),
        role: Role::Recruiter.into(),
        ttl: Some(prost_types::Duration { seconds: 3600, nanos: 0 }),
    };
    let request = as_user(&site, &tenant, &owner, make.clone()).await;
    let made = keys.create_api_key(request).await.unwrap().into_inner();
    assert!(made.secret.starts_with("usk_"));
    let mut users = UserServiceClient::new(site.channel());
    users.list_users(with_bearer(ListUsersRequest::default(), &made.secret)).await.unwrap();
    let refused =
        users.create_user(with_bearer(user("x@example.com", Role::ReadOnly), &made.secret)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "a recruiter's key makes no users");

    let request = as_user(&site, &tenant, &owner, ListApiKeysRequest::default()).await;
    let listed = format!("{:?}", keys.list_api_keys(request).await.unwrap().into_inner());
    assert!(!listed.contains(&made.secret), "a list never shows secrets");

    let revoke = RevokeApiKeyRequest { api_key_id: made.api_key.unwrap().api_key_id };
    let request = as_user(&site, &tenant, &owner, revoke).await;
    assert!(keys.revoke_api_key(request).await.unwrap().into_inner().api_key.unwrap().revoke_time.is_some());
    site.clock().advance(std::time::Duration::from_secs(31)).unwrap();
    let refused = users.list_users(with_bearer(ListUsersRequest::default(), &made.secret)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "API_KEY_INVALID"));

    let request = as_user(&site, &tenant, &owner, make).await;
    let second = keys.create_api_key(request).await.unwrap().into_inner().secret;
    site.clock().advance(std::time::Duration::from_secs(3601)).unwrap();
    let refused = users.list_users(with_bearer(ListUsersRequest::default(), &second)).await.unwrap_err();
    assert_eq!(reason(&refused), "API_KEY_INVALID", "an expired key is no key");
    site.finish().await;
}

#[tokio::test]
async fn tokens_that_are_expired_forged_or_none_are_refused() {
    let site = site().await;
    let (tenant, owner) = tenant(&site, "example").await;
    let users = UserServiceClient::new(site.channel());
    let request = as_user(&site, &tenant, &owner, ListUsersRequest::default()).await;
    let token = request.metadata().get("authorization").unwrap().to_str().unwrap()["Bearer ".len()..].to_owned();
    let try_with = |bearer: String| {
        let mut users = users.clone();
        async move { reason(&users.list_users(with_bearer(ListUsersRequest::default(), &bearer)).await.unwrap_err()) }
    };
    let (head, rest) = token.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let mut other = signature.to_owned();
    other.replace_range(..4, if signature.starts_with("AAAA") { "BBBB" } else { "AAAA" });
    assert_eq!(try_with(format!("{head}.{body}.{other}")).await, "TOKEN_INVALID");
    assert_eq!(try_with("not-a-token".to_owned()).await, "TOKEN_MALFORMED");
    assert_eq!(try_with(format!("usk_{}", "A".repeat(43))).await, "API_KEY_INVALID");
    let none = users.clone().list_users(ListUsersRequest::default()).await.unwrap_err();
    assert_eq!(reason(&none), "TOKEN_MISSING");
    site.clock().advance(std::time::Duration::from_secs(3601)).unwrap();
    assert_eq!(try_with(token).await, "TOKEN_EXPIRED");
    site.finish().await;
}

#[tokio::test]
async fn the_clock_moves_forward_and_only_so() {
    let site = site().await;
    let mut clock = ClockServiceClient::new(site.channel());
    let before = site.clock().now();
    let by = Some(prost_types::Duration { seconds: 86_400, nanos: 0 });
    clock.advance_clock(site.installation_request(AdvanceClockRequest { by })).await.unwrap();
    assert!(site.clock().now() - before >= chrono::TimeDelta::days(1));
    let by = Some(prost_types::Duration { seconds: -1, nanos: 0 });
    let refused = clock.advance_clock(site.installation_request(AdvanceClockRequest { by })).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    site.finish().await;
}
