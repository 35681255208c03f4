//! Creating, reading, changing and listing people.

use prost_types::FieldMask;
use tonic::Code;
use tonic_types::StatusExt as _;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        CandidateCreated, CandidateProfile, CandidateUpdated, ContactChannel, ContactPoint, CreateCandidateRequest,
        Degree, Education, Employment, GetCandidateRequest, GetRecipientRequest, IntentLevel, JobIntent, Language,
        ListCandidatesRequest, Skill, UpdateCandidateRequest,
    },
};

use super::{candidates, create, metadata, named, reason, site, skill};

fn update(id: &str, paths: &[&str], profile: CandidateProfile, etag: &str) -> UpdateCandidateRequest {
    UpdateCandidateRequest {
        candidate_id: id.to_owned(),
        profile: Some(profile),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        etag: etag.to_owned(),
        request_id: String::new(),
    }
}

#[tokio::test]
async fn a_person_is_cleaned_kept_and_told() {
    let site = site().await;
    let tenant = site.tenant();
    let profile = CandidateProfile {
        display_name: " 王　小明 ".to_owned(),
        email: "Wang@Example.com".to_owned(),
        phone: "１３８-００１３-８０００".to_owned(),
        city: "上海".to_owned(),
        skills: ["Java", "java", "微服务"].map(skill).to_vec(),
        years_of_experience: 7,
        source: "referral".to_owned(),
        ..CandidateProfile::default()
    };
    let made = create(&site, &tenant, profile).await.unwrap();
    assert_eq!(made.display_name, "王 小明");
    assert_eq!((made.email.as_str(), made.phone.as_str()), ("wang@example.com", "+8613800138000"));
    assert_eq!((made.language(), made.time_zone.as_str()), (Language::ZhCn, "Asia/Shanghai"));
    assert_eq!((made.skills.len(), made.years_of_experience, made.etag.as_str()), (2, 7, "v1"));

    let get = GetCandidateRequest { candidate_id: made.candidate_id.clone() };
    let read = candidates(&site).get_candidate(site.request(&tenant, Role::ReadOnly, get)).await.unwrap();
    assert_eq!(read.into_inner().candidate.unwrap(), made);

    let get = GetRecipientRequest { candidate_id: made.candidate_id.clone() };
    let to = candidates(&site).get_recipient(site.request(&tenant, Role::Service, get)).await.unwrap().into_inner();
    assert_eq!((to.display_name, to.email, to.phone), (made.display_name, made.email, made.phone));

    let created = site.heard_of::<CandidateCreated>("talent", &tenant).await;
    let [created] = created.as_slice() else { panic!("{created:?}") };
    assert_eq!((created.candidate_id.as_str(), created.source.as_str()), (made.candidate_id.as_str(), "referral"));
    site.finish().await;
}

#[tokio::test]
async fn a_contact_point_belongs_to_one_person() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap();
    let phone = CandidateProfile { phone: "+44 20 7946 0958".to_owned(), ..named("Bob", "") };
    let bob = create(&site, &tenant, phone).await.unwrap();

    let refused = create(&site, &tenant, named("Another Ann", "ANN@example.com")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "CANDIDATE_EXISTS"));
    assert_eq!(metadata(&refused, "candidate_id"), ann.candidate_id);
    let taken = CandidateProfile { phone: "(020) 7946-0958".to_owned(), ..named("Ann", "") };
    let change = update(&ann.candidate_id, &["phone"], taken, "");
    let refused = candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, change)).await.unwrap_err();
    assert_eq!((reason(&refused).as_str(), metadata(&refused, "candidate_id")), ("CANDIDATE_EXISTS", bob.candidate_id));

    // What somebody gives up is free, and two people without any contact point do not collide.
    let given_up = update(&ann.candidate_id, &["email"], CandidateProfile::default(), "");
    candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, given_up)).await.unwrap();
    create(&site, &tenant, named("Another Ann", "ann@example.com")).await.unwrap();
    create(&site, &tenant, named("Nobody", "")).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_address() {
    let site = site().await;
    let tenant = site.tenant();
    let (one, two, three) = tokio::join!(
        create(&site, &tenant, named("Ann", "ann@example.com")),
        create(&site, &tenant, named("Ann", "ann@example.com")),
        create(&site, &tenant, named("Ann", "ann@example.com")),
    );
    let (made, refused): (Vec<_>, Vec<_>) = [one, two, three].into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    let id = made.into_iter().next().unwrap().unwrap().candidate_id;
    for refused in refused {
        assert_eq!(metadata(&refused.unwrap_err(), "candidate_id"), id);
    }
    site.finish().await;
}

#[tokio::test]
async fn only_what_the_mask_names_changes() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, CandidateProfile { city: "London".to_owned(), ..named("Ann", "ann@example.com") })
        .await
        .unwrap();
    let send = async |change| candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, change)).await;

    let change =
        CandidateProfile { title: "Engineer".to_owned(), city: "Paris".to_owned(), ..CandidateProfile::default() };
    let after =
        send(update(&ann.candidate_id, &["title"], change, "v1")).await.unwrap().into_inner().candidate.unwrap();
    assert_eq!((after.title.as_str(), after.city.as_str(), after.etag.as_str()), ("Engineer", "London", "v2"));
    assert_eq!(after.email, "ann@example.com");

    let stale = send(update(&ann.candidate_id, &["title"], CandidateProfile::default(), "v1")).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    for (paths, profile, expected) in [
        (&["source"][..], named("Ann", ""), "UPDATE_MASK_UNKNOWN_PATH"),
        (&[], named("Ann", ""), "UPDATE_MASK_EMPTY"),
        (&["display_name"], named(" ", ""), "NAME_MISSING"),
        (&["email"], named("", "ann"), "FIELD_INVALID"),
        (&["phone"], CandidateProfile { phone: "12".to_owned(), ..named("", "") }, "PHONE_INVALID"),
        (&["time_zone"], CandidateProfile { time_zone: "Mars".to_owned(), ..named("", "") }, "TIME_ZONE_UNKNOWN"),
        (&["years_of_experience"], CandidateProfile { years_of_experience: 81, ..named("", "") }, "FIELD_INVALID"),
        (&["title"], CandidateProfile { title: "x".repeat(201), ..named("", "") }, "FIELD_INVALID"),
        (&["summary"], CandidateProfile { summary: "\0".to_owned(), ..named("", "") }, "CHARACTER_INVALID"),
        (&["language"], CandidateProfile { language: 9, ..named("", "") }, "FIELD_INVALID"),
    ] {
        let refused = send(update(&ann.candidate_id, paths, profile, "")).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected));
    }

    // The same again is no change.
    let again = CandidateProfile { title: " Engineer".to_owned(), ..CandidateProfile::default() };
    let same = send(update(&ann.candidate_id, &["title"], again, "")).await.unwrap().into_inner().candidate.unwrap();
    assert_eq!(same.etag, "v2");
    let updated = site.heard_of::<CandidateUpdated>("talent", &tenant).await;
    let [updated] = updated.as_slice() else { panic!("{updated:?}") };
    assert_eq!(updated.changed_fields, ["title"]);
    site.finish().await;
}

#[tokio::test]
async fn a_number_without_a_country_code_is_one_of_the_persons_country() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "")).await.unwrap();
    let zone = CandidateProfile {
        phone: "13800138000".to_owned(),
        time_zone: "asia/shanghai".to_owned(),
        ..CandidateProfile::default()
    };
    let change = update(&ann.candidate_id, &["phone", "time_zone"], zone, "");
    let after = candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, change)).await.unwrap();
    let after = after.into_inner().candidate.unwrap();
    assert_eq!((after.phone.as_str(), after.time_zone.as_str()), ("+8613800138000", "Asia/Shanghai"));
    site.finish().await;
}

#[tokio::test]
async fn the_same_request_twice_makes_one_person() {
    let site = site().await;
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let send = async |name: &str| {
        let request_id = "018f0000-0000-7000-8000-000000000001".to_owned();
        let profile = Some(named(name, "ann@example.com"));
        let mut request = tonic::Request::new(CreateCandidateRequest { profile, request_id });
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        candidates(&site).create_candidate(request).await.map(tonic::Response::into_inner)
    };
    let (first, second) = (send("Ann").await.unwrap(), send("Ann").await.unwrap());
    assert_eq!(first, second);
    assert_eq!(reason(&send("Bob").await.unwrap_err()), "REQUEST_ID_REUSED");
    assert_eq!(site.heard_of::<CandidateCreated>("talent", &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn the_newest_come_first_and_pages_miss_nobody() {
    let site = site().await;
    let tenant = site.tenant();
    for number in 0..5 {
        create(&site, &tenant, named(&format!("Person {number}"), "")).await.unwrap();
    }
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = ListCandidatesRequest { page_size: 2, page_token };
        let page = candidates(&site).list_candidates(site.request(&tenant, Role::ReadOnly, list)).await.unwrap();
        let page = page.into_inner();
        names.extend(page.candidates.into_iter().map(|candidate| candidate.display_name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["Person 4", "Person 3", "Person 2", "Person 1", "Person 0"]);
    site.finish().await;
}

#[tokio::test]
async fn a_whole_profile_is_kept_and_several_addresses_are_one_persons() {
    let site = site().await;
    let tenant = site.tenant();
    let point =
        |channel: ContactChannel, value: &str| ContactPoint { channel: channel.into(), value: value.to_owned() };
    let profile = CandidateProfile {
        wechat_id: "Ann_Smith".to_owned(),
        other_contact_points: vec![
            point(ContactChannel::Phone, "(020) 7946-0958"),
            point(ContactChannel::Email, "Ann@work.example.com"),
            point(ContactChannel::Email, "ann@example.com"),
        ],
        skills: vec![Skill { name: "Rust".to_owned(), years: 6, last_used_year: 2026 }, skill("rust"), skill("Go")],
        education: vec![Education {
            school: " 清华大学 ".to_owned(),
            degree: Degree::Master.into(),
            end_year: 2016,
            ..Education::default()
        }],
        employment: vec![Employment {
            company: "Acme".to_owned(),
            start_month: "2019-03".to_owned(),
            ..Employment::default()
        }],
        intent: Some(JobIntent { level: IntentLevel::Open.into(), ..JobIntent::default() }),
        preferred_channels: vec![ContactChannel::Wechat.into(), ContactChannel::Email.into()],
        time_zone: "Europe/London".to_owned(),
        ..named("Ann", "ann@example.com")
    };
    let ann = create(&site, &tenant, profile).await.unwrap();
    let read = |id: &str| GetCandidateRequest { candidate_id: id.to_owned() };
    let got = candidates(&site).get_candidate(site.request(&tenant, Role::ReadOnly, read(&ann.candidate_id))).await;
    assert_eq!(got.unwrap().into_inner().candidate.unwrap(), ann);
    assert_eq!((ann.phone.as_str(), ann.wechat_id.as_str()), ("+442079460958", "ann_smith"), "the first of its kind");
    assert_eq!(ann.other_contact_points, [point(ContactChannel::Email, "ann@work.example.com")]);
    let skills: Vec<_> = ann.skills.iter().map(|skill| (skill.name.as_str(), skill.years)).collect();
    assert_eq!(skills, [("Rust", 6), ("Go", 0)]);
    assert_eq!((ann.education[0].school.as_str(), ann.employment[0].company.as_str()), ("清华大学", "Acme"));
    let intent = ann.intent.as_ref().unwrap();
    let holds = intent.expire_time.as_ref().unwrap().seconds - intent.state_time.as_ref().unwrap().seconds;
    assert_eq!((intent.level(), holds), (IntentLevel::Open, 180 * 86_400));

    // A further address is as much hers as the first.
    let refused = create(&site, &tenant, named("Eve", "ann@work.example.com")).await.unwrap_err();
    assert_eq!(
        (reason(&refused).as_str(), metadata(&refused, "candidate_id")),
        ("CANDIDATE_EXISTS", ann.candidate_id.clone())
    );

    // Without a first one, a further one becomes it.
    let change = update(&ann.candidate_id, &["email"], CandidateProfile::default(), "");
    let changed = candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, change)).await.unwrap();
    let changed = changed.into_inner().candidate.unwrap();
    assert_eq!((changed.email.as_str(), changed.other_contact_points.len()), ("ann@work.example.com", 0));
    create(&site, &tenant, named("Eve", "ann@example.com")).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn a_profile_that_can_not_be_is_refused_with_its_field() {
    let site = site().await;
    let tenant = site.tenant();
    let point = |channel: i32, value: &str| ContactPoint { channel, value: value.to_owned() };
    let base = || named("Ann", "");
    let email = i32::from(ContactChannel::Email);
    let inverted = Employment {
        company: "Acme".to_owned(),
        start_month: "2020-02".to_owned(),
        end_month: "2020-01".to_owned(),
        ..Employment::default()
    };
    let ahead = site.clock().now() + chrono::TimeDelta::days(1);
    let intent = JobIntent { state_time: Some(chassis::wire::timestamp(ahead)), ..JobIntent::default() };
    for (profile, expected) in [
        (CandidateProfile { wechat_id: "王".to_owned(), ..base() }, "WECHAT_ID_INVALID"),
        (CandidateProfile { other_contact_points: vec![point(email, "ann")], ..base() }, "CONTACT_POINT_INVALID"),
        (CandidateProfile { employment: vec![inverted], ..base() }, "SPAN_INVERTED"),
        (CandidateProfile { intent: Some(intent), ..base() }, "INTENT_TIME_INVALID"),
    ] {
        let refused = create(&site, &tenant, profile).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected), "{refused:?}");
        let violations = refused.get_error_details().bad_request().unwrap().field_violations.clone();
        assert!(violations[0].field.starts_with("profile."), "{violations:?}");
    }
    site.finish().await;
}
