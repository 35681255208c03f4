//! What a person would read.

use usher_proto::outreach::v1::{
    PreviewTemplateRequest, PreviewTemplateResponse, template_service_client::TemplateServiceClient,
};

use super::{
    templates::{draft, text},
    *,
};

async fn preview(
    site: &Site,
    tenant: &TenantId,
    request: PreviewTemplateRequest,
) -> Result<PreviewTemplateResponse, Status> {
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(TemplateServiceClient::new(site.channel()).preview_template(request).await?.into_inner())
}

fn look(template_id: &str, candidate: &str) -> PreviewTemplateRequest {
    let (template_id, candidate_id) = (template_id.to_owned(), candidate.to_owned());
    PreviewTemplateRequest { template_id, candidate_id, ..Default::default() }
}

#[tokio::test]
async fn a_look_shows_what_a_person_would_read_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let body = "Dear {{ name }}, see https://jobs.example.com/1 & <b>us</b>.{% if topic %} About {{ topic }}.{% endif %}\n{{ answer_link }}";
    let sketch = draft(&site, &tenant, "sketch", vec![text("en", body)]).await.unwrap();

    let seen = preview(&site, &tenant, look(&sketch.template_id, &candidate)).await.unwrap();
    assert_eq!((seen.language.as_str(), seen.subject.as_str()), ("en", "Come to Example Ltd"));
    assert!(
        seen.text.starts_with("Dear 林晓, see https://jobs.example.com/1 & <b>us</b>. About how to split"),
        "{}",
        seen.text
    );
    assert!(seen.html.contains("&amp; &lt;b&gt;us&lt;/b&gt;"), "{}", seen.html);
    assert!(
        seen.html.contains("<a href=\"https://jobs.example.com/1\">") && seen.html.contains(">Confirm or change</a>")
    );
    assert_eq!(seen.used_variables, ["answer_link", "company", "name", "topic"]);
    assert!(seen.empty_variables.is_empty());

    // With facts of one's own, and what they lack said as it would be when it is sent.
    let told = PreviewTemplateRequest { facts: Some(facts()), ..look(&sketch.template_id, &candidate) };
    let seen = preview(&site, &tenant, told.clone()).await.unwrap();
    assert_eq!(seen.empty_variables, ["topic"]);
    let mut poor = told;
    poor.facts.as_mut().unwrap().place.clear();
    let refused = preview(&site, &tenant, poor).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "FACTS_MISSING".to_owned()));

    let stranger = preview(&site, &tenant, look(&sketch.template_id, &id("cand"))).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::NotFound, "CANDIDATE_NOT_FOUND".to_owned()));
    let elsewhere = preview(&site, &site.tenant(), look(&sketch.template_id, &candidate)).await.unwrap_err();
    assert_eq!(refusal(&elsewhere), (Code::NotFound, "TEMPLATE_NOT_FOUND".to_owned()));
    assert!(list(&site, &tenant).await.is_empty() && site.heard("outreach").await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn every_text_of_the_library_can_be_looked_at_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = id("cand");
    // Nobody need be reachable to be looked at.
    talent.introduce(&candidate, GetRecipientResponse { email: String::new(), ..person(Language::ZhCn) });
    let mut templates = TemplateServiceClient::new(site.channel());
    let all = usher_proto::outreach::v1::ListTemplatesRequest { page_size: 1_000, ..Default::default() };
    let all = templates.list_templates(site.request(&tenant, Role::ReadOnly, all)).await.unwrap().into_inner();
    assert!(all.templates.len() >= 48);
    for template in all.templates {
        let language = template.variants[0].language.clone();
        let request = PreviewTemplateRequest { language: language.clone(), ..look(&template.template_id, &candidate) };
        let seen = preview(&site, &tenant, request).await.unwrap_or_else(|refused| panic!("{template:?}: {refused}"));
        assert_eq!((&seen.template_id, &seen.language), (&template.template_id, &language));
        assert!(!seen.text.contains("{{") && !seen.text.contains("\n\n\n"), "{}", seen.text);
        assert!(seen.empty_variables.is_empty(), "{}: {:?}", template.template_id, seen.empty_variables);
    }
    finish(site).await;
}
