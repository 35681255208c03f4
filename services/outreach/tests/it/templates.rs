//! Texts of a tenant's own.

use usher_proto::outreach::v1::{
    CreateTemplateRequest, GetTemplateRequest, Template, template_service_client::TemplateServiceClient,
};

use super::*;

async fn publish(site: &Site, tenant: &TenantId, body: &str) -> Result<Template, Status> {
    let request = CreateTemplateRequest {
        kind: MessageKind::InterviewInvitation.into(),
        language: "en".to_owned(),
        subject: "Come to {{ company }}".to_owned(),
        body: body.to_owned(),
        request_id: String::new(),
    };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).create_template(request).await?.into_inner().template.unwrap())
}

#[tokio::test]
async fn a_template_that_names_what_no_message_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    for body in
        ["You get {{ salary }}", "{{ name", "{% for x in %}", "{% include 'secrets' %}", "{{ name | unheard_of }}"]
    {
        let refused = publish(&site, &tenant, body).await.err().unwrap_or_else(|| panic!("{body} was published"));
        assert_eq!(refusal(&refused), (Code::InvalidArgument, "TEMPLATE_INVALID".to_owned()), "{body}");
        assert_eq!(fields(&refused), ["body"]);
    }
    finish(site).await;
}

#[tokio::test]
async fn a_message_keeps_the_version_it_was_written_from() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let first = publish(&site, &tenant, "First for {{ name }}: {{ answer_link }}").await.unwrap();
    assert_eq!(first.version, 1);
    let one = send(&site, &tenant, invitation("1", &candidate)).await.unwrap();
    let second = publish(&site, &tenant, "Second for {{ name }}").await.unwrap();
    assert_eq!(second.version, 2);
    let two = send(&site, &tenant, invitation("2", &candidate)).await.unwrap();
    let one = becomes(&site, &tenant, &one.message_id, MessageState::Sent).await;
    let two = becomes(&site, &tenant, &two.message_id, MessageState::Sent).await;
    assert_eq!((one.template_id.as_str(), two.template_id.as_str()), (&*first.template_id, &*second.template_id));
    assert!(one.text.starts_with("First for 林晓: ") && two.text.starts_with("Second for 林晓"));
    assert_eq!(one.subject, "Come to Example Ltd");

    let get = GetTemplateRequest { template_id: first.template_id.clone() };
    let mut templates = TemplateServiceClient::new(site.channel());
    let read = templates.get_template(site.request(&tenant, Role::ReadOnly, get.clone())).await.unwrap();
    assert_eq!(read.into_inner().template.unwrap(), first);
    let refused = templates.get_template(site.request(&other, Role::ReadOnly, get)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::NotFound, "TEMPLATE_NOT_FOUND".to_owned()));

    // Others, and other languages, have the built-in ones.
    let elsewhere = send(&site, &other, invitation("1", &candidate)).await.unwrap();
    assert_eq!(elsewhere.template_id, "builtin/interview_invitation/en/1");
    let chinese = send(&site, &tenant, invitation("3", &reader(&talent, Language::ZhCn))).await.unwrap();
    assert_eq!(chinese.template_id, "builtin/interview_invitation/zh-CN/1");
    finish(site).await;
}
