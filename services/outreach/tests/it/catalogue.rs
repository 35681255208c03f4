//! What can be looked up: versions, and what each kind takes.

use usher_proto::outreach::v1::{
    DescribeKindsRequest, ListTemplatesRequest, Template, TemplateState, template_service_client::TemplateServiceClient,
};

use super::{
    templates::{KIND, clear, draft, published, read, text},
    *,
};

/// All pages of a list, three to a page.
async fn listed(site: &Site, tenant: &TenantId, filter: ListTemplatesRequest) -> Vec<Template> {
    let mut templates = TemplateServiceClient::new(site.channel());
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListTemplatesRequest { page_size: 3, page_token, ..filter.clone() };
        let page = templates.list_templates(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner();
        assert!(page.templates.len() <= 3);
        all.extend(page.templates);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test]
async fn all_versions_can_be_listed_by_kind_language_and_state() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let first = published(&site, &tenant, "default", vec![clear("en", "One")]).await;
    let second = published(&site, &tenant, "default", vec![clear("en", "Two"), clear("zh-CN", "二")]).await;
    let sketch = draft(&site, &tenant, "sketch", vec![text("zh-CN", "三")]).await.unwrap();
    let own = |templates: Vec<Template>| -> Vec<String> {
        templates.into_iter().map(|template| template.template_id).filter(|id| id.starts_with("tmpl_")).collect()
    };
    let all = listed(&site, &tenant, ListTemplatesRequest::default()).await;
    let ids: std::collections::BTreeSet<_> = all.iter().map(|template| template.template_id.clone()).collect();
    assert_eq!(ids.len(), all.len(), "none comes twice");
    let library = all.iter().filter(|template| template.template_id.starts_with("builtin/")).count();
    assert!(library >= 48, "{library}");
    assert_eq!(own(all), [&*first.template_id, &*second.template_id, &*sketch.template_id]);
    let of_kind = ListTemplatesRequest { kind: MessageKind::Care.into(), ..Default::default() };
    let care = listed(&site, &tenant, of_kind).await;
    assert!(care.len() >= 6 && care.iter().all(|template| template.kind() == MessageKind::Care));
    let chinese = ListTemplatesRequest { language: "zh-CN".to_owned(), ..Default::default() };
    let chinese = listed(&site, &tenant, chinese).await;
    assert!(chinese.iter().all(|template| template.variants.iter().any(|variant| variant.language == "zh-CN")));
    assert_eq!(own(chinese), [&*second.template_id, &*sketch.template_id]);
    for (state, expected) in
        [(TemplateState::Draft, [&sketch]), (TemplateState::Published, [&second]), (TemplateState::Archived, [&first])]
    {
        let filter = ListTemplatesRequest { state: state.into(), ..Default::default() };
        let expected = expected.map(|template| template.template_id.as_str());
        assert_eq!(own(listed(&site, &tenant, filter).await), expected, "{}", state.as_str_name());
    }
    assert!(own(listed(&site, &site.tenant(), ListTemplatesRequest::default()).await).is_empty());
    let whole = read(&site, &tenant, "builtin/interview_invitation.online").await.unwrap();
    assert_eq!((whole.variants.len(), whole.needs), (2, vec!["link".to_owned()]));
    finish(site).await;
}

#[tokio::test]
async fn every_kind_says_what_it_needs_and_what_its_templates_may_print() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let mut templates = TemplateServiceClient::new(site.channel());
    let request = site.request(&tenant, Role::ReadOnly, DescribeKindsRequest {});
    let told = templates.describe_kinds(request).await.unwrap().into_inner();
    let known = (1..100).filter_map(|number| MessageKind::try_from(number).ok());
    for kind in known {
        let described = told.kinds.iter().find(|one| one.kind() == kind);
        let described = described.unwrap_or_else(|| panic!("{} is not described", kind.as_str_name()));
        assert!(described.library_names.contains(&"default".to_owned()));
        assert!(described.facts.iter().any(|fact| fact.required) && described.variables.len() > 1);
    }
    let invitation = told.kinds.iter().find(|one| one.kind() == KIND).unwrap();
    let required: Vec<_> =
        invitation.facts.iter().filter(|fact| fact.required).map(|fact| fact.name.as_str()).collect();
    let expected = [
        "position",
        "company",
        "start_time",
        "time_zone",
        "duration",
        "place_or_link",
        "contact_name",
        "contact_channel",
        "answer_by",
    ];
    assert_eq!(required, expected);
    let variable = |name: &str| invitation.variables.iter().find(|variable| variable.name == name).unwrap();
    assert!(variable("when").always_there && !variable("place").always_there && variable("materials").is_list);
    assert!(told.filters.contains(&"join".to_owned()));
    finish(site).await;
}
