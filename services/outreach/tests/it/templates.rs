//! Texts of a tenant's own.

use usher_proto::outreach::v1::{
    ArchiveTemplateRequest, CreateTemplateRequest, GetTemplateRequest, MessageRefused, PublishTemplateRequest,
    Template, TemplateState, TemplateVariant, UpdateTemplateRequest, template_service_client::TemplateServiceClient,
};

use super::*;

pub(crate) const KIND: MessageKind = MessageKind::InterviewInvitation;

pub(crate) fn text(language: &str, body: &str) -> TemplateVariant {
    TemplateVariant {
        language: language.to_owned(),
        subject: "Come to {{ company }}".to_owned(),
        body: body.to_owned(),
    }
}

/// The same with all that an invitation has to tell, for those that are published.
pub(crate) fn clear(language: &str, words: &str) -> TemplateVariant {
    let rest = if language == "en" {
        "{{ company }} invites you to an interview for {{ position }}: {{ when }}, about {{ duration }}, {{ place or link }}.
Please confirm by {{ answer_by }}: {{ answer_link }}
If you have questions, ask {{ contact_name }}: {{ contact_channel }}"
    } else {
        "{{ company }}邀请您参加“{{ position }}”的面试：{{ when }}，约{{ duration }}，{{ place or link }}。
请在{{ answer_by }}之前点击链接确认：{{ answer_link }}
如有疑问，请联系{{ contact_name }}：{{ contact_channel }}"
    };
    text(language, &format!("{words}\n{rest}"))
}

pub(crate) async fn draft(
    site: &Site,
    tenant: &TenantId,
    name: &str,
    variants: Vec<TemplateVariant>,
) -> Result<Template, Status> {
    let request = CreateTemplateRequest { kind: KIND.into(), name: name.to_owned(), variants, ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).create_template(request).await?.into_inner().template.unwrap())
}

pub(crate) async fn publish(site: &Site, tenant: &TenantId, template_id: &str) -> Result<Template, Status> {
    let request = PublishTemplateRequest { template_id: template_id.to_owned(), ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).publish_template(request).await?.into_inner().template.unwrap())
}

pub(crate) async fn archive(site: &Site, tenant: &TenantId, template_id: &str) -> Result<Template, Status> {
    let request = ArchiveTemplateRequest { template_id: template_id.to_owned(), ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).archive_template(request).await?.into_inner().template.unwrap())
}

async fn update(
    site: &Site,
    tenant: &TenantId,
    template: &Template,
    body: &str,
    etag: &str,
) -> Result<Template, Status> {
    let request = UpdateTemplateRequest {
        template_id: template.template_id.clone(),
        variants: vec![clear("en", body)],
        etag: etag.to_owned(),
        ..Default::default()
    };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).update_template(request).await?.into_inner().template.unwrap())
}

/// A version in use.
pub(crate) async fn published(site: &Site, tenant: &TenantId, name: &str, variants: Vec<TemplateVariant>) -> Template {
    let template = draft(site, tenant, name, variants).await.unwrap();
    publish(site, tenant, &template.template_id).await.unwrap()
}

pub(crate) async fn read(site: &Site, tenant: &TenantId, template_id: &str) -> Result<Template, Status> {
    let request = GetTemplateRequest { template_id: template_id.to_owned() };
    let request = site.request(tenant, Role::ReadOnly, request);
    Ok(TemplateServiceClient::new(site.channel()).get_template(request).await?.into_inner().template.unwrap())
}

fn with_template(key: &str, candidate: &str, template: &str) -> MessageDraft {
    MessageDraft { template: template.to_owned(), ..invitation(key, candidate) }
}

#[tokio::test]
async fn a_text_that_its_kind_does_not_take_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    for (body, reason) in [
        ("You get {{ salary }}", "VARIABLE_UNKNOWN"),
        ("You get {{ pay }}", "VARIABLE_NOT_OF_KIND"),
        ("{{ name", "TEMPLATE_INVALID"),
        ("{% for x in %}", "TEMPLATE_INVALID"),
        ("{% include 'secrets' %}", "TEMPLATE_INVALID"),
        ("{{ name | unheard_of }}", "TEMPLATE_INVALID"),
        ("{{ interviewers }}", "TEMPLATE_INVALID"),
        ("See javascript:alert(1)", "LINK_INVALID"),
        ("See https://user:word@example.com/", "LINK_INVALID"),
        ("See https://example.com/go?to=https://other.example", "LINK_INVALID"),
        ("See https://example.com/{{ position }}", "LINK_INVALID"),
    ] {
        let refused = draft(&site, &tenant, "mine", vec![text("en", body)]).await.err();
        let refused = refused.unwrap_or_else(|| panic!("{body} was taken"));
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()), "{body}");
        assert_eq!(fields(&refused), ["variants[0].body"], "{body}");
    }
    let twice = draft(&site, &tenant, "mine", vec![text("en", "a"), text("en", "b")]).await.unwrap_err();
    assert_eq!(refusal(&twice), (Code::InvalidArgument, "VARIANT_TWICE".to_owned()));
    // What every message of the kind gets has to be one that every message can fill.
    let bring = vec![text("en", "Bring {{ materials | join(', ') }}")];
    let unguarded = draft(&site, &tenant, "", bring.clone()).await.unwrap_err();
    assert_eq!(refusal(&unguarded), (Code::InvalidArgument, "VARIABLE_UNGUARDED".to_owned()));
    assert_eq!(draft(&site, &tenant, "mine", bring).await.unwrap().needs, ["materials"]);
    finish(site).await;
}

#[tokio::test]
async fn a_version_is_a_draft_then_in_use_then_archived_and_changes_only_as_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);

    let first = draft(&site, &tenant, "", vec![text("en", "First for {{ name }}")]).await.unwrap();
    assert_eq!((first.name.as_str(), first.version, first.state()), ("default", 1, TemplateState::Draft));
    let again = draft(&site, &tenant, "", vec![text("en", "Another")]).await.unwrap_err();
    assert_eq!(refusal(&again), (Code::AlreadyExists, "TEMPLATE_DRAFT_EXISTS".to_owned()));
    let unused = send(&site, &tenant, invitation("0", &candidate)).await.unwrap();
    assert_eq!(unused.template_id, "builtin/interview_invitation/en/1", "no message uses a draft");

    let late = update(&site, &tenant, &first, "Late", "v7").await.unwrap_err();
    assert_eq!(refusal(&late), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let changed = update(&site, &tenant, &first, "First for {{ name }}: {{ answer_link }}", &first.etag).await.unwrap();
    assert_ne!(changed.etag, first.etag);
    let first = publish(&site, &tenant, &first.template_id).await.unwrap();
    assert_eq!(first.state(), TemplateState::Published);
    let fixed = update(&site, &tenant, &first, "Other", "").await.unwrap_err();
    assert_eq!(refusal(&fixed), (Code::FailedPrecondition, "TEMPLATE_STATE".to_owned()));

    let one = send(&site, &tenant, invitation("1", &candidate)).await.unwrap();
    let second = published(&site, &tenant, "default", vec![clear("en", "Second for {{ name }}")]).await;
    assert_eq!(second.version, 2);
    assert_eq!(read(&site, &tenant, &first.template_id).await.unwrap().state(), TemplateState::Archived);
    let two = send(&site, &tenant, invitation("2", &candidate)).await.unwrap();
    let one = becomes(&site, &tenant, &one.message_id, MessageState::Sent).await;
    let two = becomes(&site, &tenant, &two.message_id, MessageState::Sent).await;
    assert_eq!((one.template_id.as_str(), two.template_id.as_str()), (&*first.template_id, &*second.template_id));
    assert!(one.text.starts_with("First for 林晓: ") && two.text.starts_with("Second for 林晓"));
    assert_eq!(one.subject, "Come to Example Ltd");

    archive(&site, &tenant, &second.template_id).await.unwrap();
    let back = archive(&site, &tenant, &second.template_id).await.unwrap_err();
    assert_eq!(refusal(&back), (Code::FailedPrecondition, "TEMPLATE_STATE".to_owned()));
    let three = send(&site, &tenant, invitation("3", &candidate)).await.unwrap();
    assert_eq!(three.template_id, "builtin/interview_invitation/en/1");

    let stranger = read(&site, &other, &first.template_id).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::NotFound, "TEMPLATE_NOT_FOUND".to_owned()));
    let built_in = archive(&site, &tenant, "builtin/interview_invitation/en/1").await.unwrap_err();
    assert_eq!(refusal(&built_in), (Code::FailedPrecondition, "TEMPLATE_BUILT_IN".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn the_readers_language_comes_first_and_another_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (english, chinese) = (reader(&talent, Language::En), reader(&talent, Language::ZhCn));
    published(&site, &tenant, "default", vec![clear("en", "Plain for {{ name }}")]).await;
    published(&site, &tenant, "ours", vec![clear("en", "Ours on {{ when }}")]).await;
    published(&site, &tenant, "both", vec![clear("en", "Both, {{ name }}"), clear("zh-CN", "都有，{{ name }}")]).await;
    let note = |message: &Message| {
        let verdict = message.verdicts.iter().find(|verdict| verdict.gate == "text").unwrap();
        assert!(verdict.passed);
        verdict.detail.clone()
    };
    let plain = send(&site, &tenant, invitation("1", &chinese)).await.unwrap();
    assert_eq!(plain.template_id, "builtin/interview_invitation/zh-CN/1", "the library speaks their language");
    assert!(note(&plain).contains("library"), "{}", note(&plain));
    let ours = send(&site, &tenant, with_template("2", &chinese, "ours")).await.unwrap();
    assert_eq!(ours.language, "en");
    assert!(ours.text.contains("Tuesday, 1 December 2026"), "dates are in the text's language: {}", ours.text);
    assert!(note(&ours).contains("zh-CN") && note(&ours).contains("en alone"), "{}", note(&ours));
    for (key, candidate, words) in [("3", &chinese, "都有，"), ("4", &english, "Both, ")] {
        let both = send(&site, &tenant, with_template(key, candidate, "both")).await.unwrap();
        assert!(both.text.starts_with(words) && note(&both).is_empty(), "{}", both.text);
    }
    finish(site).await;
}

#[tokio::test]
async fn a_message_may_name_its_template() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    for (key, named) in [
        ("1", "on_site"),
        ("2", "builtin/interview_invitation.on_site"),
        ("3", "builtin/interview_invitation.on_site/zh-CN/1"),
    ] {
        let message = send(&site, &tenant, with_template(key, &candidate, named)).await.unwrap();
        assert_eq!(message.template_id, "builtin/interview_invitation.on_site/en/1", "{named}");
        assert!(message.text.contains("ask for Rita Recruiter"), "{}", message.text);
    }
    // The tenant's own is used in the place of the library's of that name, which stays to be had by its id.
    let own = published(&site, &tenant, "on_site", vec![clear("en", "Ours for {{ name }}")]).await;
    for (key, named, used) in [
        ("4", "on_site", own.template_id.as_str()),
        ("5", &own.template_id, &own.template_id),
        ("6", "builtin/interview_invitation.on_site", "builtin/interview_invitation.on_site/en/1"),
    ] {
        let message = send(&site, &tenant, with_template(key, &candidate, named)).await.unwrap();
        assert_eq!(message.template_id, used, "{named}");
    }

    for unknown in ["unheard_of", "builtin/care", "tmpl_01h455vb4pex5vsknk084sn02q"] {
        let refused = send(&site, &tenant, with_template("7", &candidate, unknown)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, "TEMPLATE_NOT_FOUND".to_owned()), "{unknown}");
        assert_eq!(fields(&refused), ["draft.template"]);
    }
    let sketch = draft(&site, &tenant, "sketch", vec![text("en", "Sketch")]).await.unwrap();
    let refused = send(&site, &tenant, with_template("7", &candidate, &sketch.template_id)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "TEMPLATE_STATE".to_owned()));

    request(&site, &tenant, with_template("8", &candidate, "unheard_of")).await;
    site.settle().await;
    eventually("it is refused", async || !site.heard_of::<MessageRefused>("outreach", &tenant).await.is_empty()).await;
    let said = site.heard_of::<MessageRefused>("outreach", &tenant).await.remove(0);
    assert_eq!(said.reason, "TEMPLATE_NOT_FOUND");
    assert_eq!(get(&site, &tenant, &said.message_id).await.unwrap().verdicts[0].gate, "text");
    finish(site).await;
}

#[tokio::test]
async fn what_is_empty_is_an_error_before_anything_is_queued() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    published(&site, &tenant, "strict", vec![clear("en", "For {{ name }}: {{ materials | join(', ') }}")]).await;
    let mut bare = with_template("1", &candidate, "strict");
    bare.facts.as_mut().unwrap().materials.clear();
    let mut online = with_template("2", &candidate, "online");
    online.facts.as_mut().unwrap().place = "Room 1".to_owned();
    for (draft, field) in [(bare.clone(), "draft.facts.materials"), (online, "draft.facts.link")] {
        let refused = send(&site, &tenant, draft).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "VARIABLE_EMPTY".to_owned()), "{field}");
        assert_eq!(fields(&refused), [field]);
    }
    // Without an interview or an application there is no page to answer on.
    let loose =
        MessageDraft { application_id: String::new(), interview_id: String::new(), ..invitation("3", &candidate) };
    let refused = send(&site, &tenant, loose).await.unwrap_err();
    assert_eq!(fields(&refused), ["draft.application_id"]);

    request(&site, &tenant, bare).await;
    site.settle().await;
    let refused = all_become(&site, &tenant, 1, MessageState::Refused).await.remove(0);
    let shown = get(&site, &tenant, &refused.message_id).await.unwrap();
    let verdict = shown.verdicts.iter().find(|verdict| !verdict.passed).unwrap();
    assert_eq!((verdict.gate.as_str(), verdict.reason.as_str()), ("text", "VARIABLE_EMPTY"));
    assert!(verdict.detail.contains("materials"), "{}", verdict.detail);
    assert!(mails(folder.path()).is_empty());
    finish(site).await;
}
