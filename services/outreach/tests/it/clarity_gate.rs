//! What is unclear is neither published nor sent, and everybody is told why.

use contact::{against, send_auto, why};
use usher_proto::outreach::v1::{
    ClarityFinding, ClaritySeverity, ClarityVerdict, LintTemplateRequest, LintTemplateResponse, LintTextRequest,
    LintTextResponse, MessagePart, MessageRefused, PublishTemplateRequest, TemplateVariant,
    clarity_service_client::ClarityServiceClient, template_service_client::TemplateServiceClient,
};

use super::{
    clarity_settings::{set, wish},
    templates::{clear, draft, publish, published, text},
    *,
};

/// A vague question, and an ask that is taken back.
const VAGUE: &str = "请问您明天上午有空来面试吗?";
const TAKEN_BACK: &str = "要是不方便的话,我们再改时间也行";
const GOOD: &str = "林晓，您好！晨光科技邀请您参加“Java 后端工程师”职位的面试：12月3日（星期四）14:00（北京时间），约45分钟，\
                    地点为上海市徐汇区漕河泾路88号3楼，请带身份证。请在12月1日18:00前点击链接确认，或选择其他时间：\
                    https://usher.example/c/1 如有疑问，请联系周敏：021-5555-0100。";

pub(crate) async fn lint(
    site: &Site,
    tenant: &TenantId,
    kind: MessageKind,
    language: &str,
    body: &str,
) -> LintTextResponse {
    let asked = LintTextRequest {
        kind: kind.into(),
        language: language.to_owned(),
        body: body.to_owned(),
        ..Default::default()
    };
    let request = site.request(tenant, Role::HiringManager, asked);
    ClarityServiceClient::new(site.channel()).lint_text(request).await.unwrap().into_inner()
}

async fn lint_template(
    site: &Site,
    tenant: &TenantId,
    asked: LintTemplateRequest,
) -> Result<LintTemplateResponse, Status> {
    let request = site.request(tenant, Role::Recruiter, asked);
    Ok(ClarityServiceClient::new(site.channel()).lint_template(request).await?.into_inner())
}

pub(crate) fn found<'a>(findings: &'a [ClarityFinding], rule: &str) -> &'a ClarityFinding {
    let finding = findings.iter().find(|finding| finding.rule_id == rule);
    assert!(finding.is_some(), "no {rule} in {findings:#?}");
    finding.unwrap()
}

fn custom(key: &str, candidate: &str, body: &str) -> MessageDraft {
    let facts = MessageFacts { subject: "Our talk".to_owned(), body: body.to_owned(), ..facts() };
    MessageDraft { kind: MessageKind::Custom.into(), facts: Some(facts), ..invitation(key, candidate) }
}

#[tokio::test]
async fn a_text_is_told_what_its_reader_would_have_to_ask_and_what_to_write_instead() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let good = lint(&site, &tenant, KIND, "zh-CN", GOOD).await;
    assert_eq!((good.verdict(), good.score), (ClarityVerdict::Clean, 100), "{good:#?}");

    let vague = lint(&site, &tenant, KIND, "zh-CN", VAGUE).await;
    assert_eq!((vague.verdict(), vague.score), (ClarityVerdict::Errors, 0));
    let date = found(&vague.findings, "missing_date");
    assert_eq!((date.severity(), date.part(), &date.span), (ClaritySeverity::Error, MessagePart::Body, &None));
    assert!(date.suggestion.contains("写明月、日") && !date.source.is_empty(), "{date:?}");
    let time = found(&vague.findings, "vague_time");
    let span = time.span.unwrap();
    let quote: String = VAGUE.chars().skip(7).take(7).collect();
    assert_eq!((span.start, span.end, quote.as_str()), (7, 14, "有空来面试吗?"));
    assert!(time.suggestion.contains("具体的日期和钟点"), "{time:?}");

    let polite = lint(&site, &tenant, KIND, "zh-CN", TAKEN_BACK).await;
    assert_eq!(polite.verdict(), ClarityVerdict::Errors);
    let polite = found(&polite.findings, "over_polite");
    assert_eq!(polite.severity(), ClaritySeverity::Warning);
    assert!(polite.suggestion.contains("礼貌而明确"), "{polite:?}");

    // Each kind has rules of its own, and a subject is read too.
    let by_hand = lint(&site, &tenant, MessageKind::Custom, "zh-CN", VAGUE).await;
    assert_eq!(by_hand.verdict(), ClarityVerdict::Warnings, "{by_hand:#?}");
    let asked = LintTextRequest {
        kind: MessageKind::Custom.into(),
        language: "en".to_owned(),
        subject: "For [Name]".to_owned(),
        body: "Please call us at +86 21 5555 0100 by 3 December.".to_owned(),
    };
    let request = site.request(&tenant, Role::Recruiter, asked);
    let read = ClarityServiceClient::new(site.channel()).lint_text(request).await.unwrap().into_inner();
    assert_eq!(read.findings.len(), 1, "{read:#?}");
    let hole = found(&read.findings, "placeholder");
    assert_eq!((hole.part(), hole.span.unwrap().start), (MessagePart::Subject, 4));
    finish(site).await;
}

#[tokio::test]
async fn a_template_is_published_only_when_its_readers_need_not_ask() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    for (name, words) in [("vague", VAGUE), ("taken_back", TAKEN_BACK)] {
        let sketch = draft(&site, &tenant, name, vec![text("zh-CN", words), clear("en", "Hello")]).await.unwrap();
        let refused = publish(&site, &tenant, &sketch.template_id).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "TEMPLATE_UNCLEAR".to_owned()));
        assert!(fields(&refused).iter().all(|field| field == "variants[0].body"), "{:?}", fields(&refused));
        let details = refused.get_error_details();
        let said = &details.bad_request().unwrap().field_violations;
        assert!(said.iter().any(|one| one.description.starts_with("missing_position: ")), "{said:#?}");
        assert!(said.iter().any(|one| one.description.contains("写明职位全称")), "with how to mend it: {said:#?}");
        assert_eq!(templates::read(&site, &tenant, &sketch.template_id).await.unwrap().etag, sketch.etag);

        let asked = LintTemplateRequest { template_id: sketch.template_id, ..Default::default() };
        let read = lint_template(&site, &tenant, asked).await.unwrap();
        assert_eq!(read.verdict(), ClarityVerdict::Errors);
        let verdicts: Vec<_> = read.variants.iter().map(|one| (one.language.as_str(), one.verdict())).collect();
        assert_eq!(verdicts, [("zh-CN", ClarityVerdict::Errors), ("en", ClarityVerdict::Warnings)]);
        assert!(read.variants[0].body.starts_with(words));
        assert!(read.variants[0].findings.iter().all(|finding| finding.language == "zh-CN"));
    }

    // What is not said, but should be, is told to whoever publishes it, and stands in nobody's way.
    let sketch = draft(&site, &tenant, "good", vec![clear("en", "Dear {{ name }}")]).await.unwrap();
    let asked = PublishTemplateRequest { template_id: sketch.template_id, ..Default::default() };
    let request = site.request(&tenant, Role::Recruiter, asked);
    let taken = TemplateServiceClient::new(site.channel()).publish_template(request).await.unwrap().into_inner();
    let rules: Vec<_> = taken.warnings.iter().map(|finding| finding.rule_id.as_str()).collect();
    assert_eq!(rules, ["missing_materials"]);
    finish(site).await;
}

#[tokio::test]
async fn texts_are_read_before_they_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let built_in = LintTemplateRequest { template_id: "builtin/interview_invitation".to_owned(), ..Default::default() };
    let read = lint_template(&site, &tenant, built_in.clone()).await.unwrap();
    assert_eq!((read.verdict(), read.variants.len()), (ClarityVerdict::Clean, 2), "{read:#?}");
    let texts = |words: &str, kind: MessageKind| LintTemplateRequest {
        variants: vec![text("en", words)],
        kind: kind.into(),
        ..Default::default()
    };
    let read = lint_template(&site, &tenant, texts("Come to {{ company }} ASAP", KIND)).await.unwrap();
    assert_eq!(read.verdict(), ClarityVerdict::Errors);
    let rules: Vec<_> = read.variants[0].findings.iter().map(|finding| finding.rule_id.as_str()).collect();
    assert!(rules.contains(&"vague_time") && rules.contains(&"missing_place"), "{rules:?}");
    assert!(!rules.contains(&"missing_company"), "{rules:?}");

    let both = LintTemplateRequest { template_id: built_in.template_id, ..texts("Hello", KIND) };
    let unknown = LintTemplateRequest { template_id: "builtin/unheard_of".to_owned(), ..Default::default() };
    for (asked, code, reason) in [
        (LintTemplateRequest::default(), Code::InvalidArgument, "TEMPLATE_OR_TEXTS"),
        (both, Code::InvalidArgument, "TEMPLATE_OR_TEXTS"),
        (texts("Hello", MessageKind::Unspecified), Code::InvalidArgument, "KIND_REQUIRED"),
        (texts("{{ salary }}", KIND), Code::InvalidArgument, "VARIABLE_UNKNOWN"),
        (unknown, Code::NotFound, "TEMPLATE_NOT_FOUND"),
    ] {
        let refused = lint_template(&site, &tenant, asked).await.unwrap_err();
        assert_eq!(refusal(&refused), (code, reason.to_owned()));
    }
    let sketch = draft(&site, &tenant, "mine", vec![text("en", "Hello")]).await.unwrap();
    let asked = LintTemplateRequest { template_id: sketch.template_id, ..Default::default() };
    let stranger = lint_template(&site, &site.tenant(), asked).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::NotFound, "TEMPLATE_NOT_FOUND".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn what_is_unclear_is_refused_before_it_is_queued_whoever_asks_and_why_is_kept_without_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let threat = "Please call Rita at +86 21 5555 0100 by 3 December or else we will blacklist you.";
    let refused = send(&site, &tenant, custom("1", &candidate, threat)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "UNCLEAR".to_owned()));
    assert_eq!(fields(&refused).first().map(String::as_str), Some("draft.facts.body"));
    assert!(refused.message().contains("threat at ") && refused.message().contains("of the body: "), "{refused:?}");
    assert!(!format!("{refused:?}").contains("blacklist"), "{refused:?}");
    let look = SendMessageRequest {
        draft: Some(custom("1", &candidate, threat)),
        validate_only: true,
        ..SendMessageRequest::default()
    };
    assert_eq!(refusal(&ask(&site, &tenant, look).await.unwrap_err()).1, "UNCLEAR");
    assert!(list(&site, &tenant).await.is_empty());

    // A program is told the same, and so is whoever reads why.
    assert_eq!(refusal(&send_auto(&site, &tenant, custom("2", &candidate, threat)).await.unwrap_err()).1, "UNCLEAR");
    request(&site, &tenant, custom("3", &candidate, threat)).await;
    site.settle().await;
    let message = all_become(&site, &tenant, 1, MessageState::Refused).await.remove(0);
    let told = why(&site, &tenant, &message.message_id).await;
    assert_eq!(against(&told), [("clarity", "UNCLEAR")]);
    assert!(told.sentence_zh.starts_with("未发送：正文表达不清"), "{}", told.sentence_zh);
    assert!(!format!("{told:?}").contains("blacklist"), "{told:?}");
    let said = site.heard_of::<MessageRefused>("outreach", &tenant).await.remove(0);
    assert_eq!(said.reason, "UNCLEAR");

    // What should only be better goes out, and that it should is noted.
    let vague = send(&site, &tenant, custom("4", &candidate, "Please call us ASAP.")).await.unwrap();
    let vague = becomes(&site, &tenant, &vague.message_id, MessageState::Sent).await;
    let verdict = vague.verdicts.iter().find(|verdict| verdict.gate == "clarity").unwrap();
    assert!(verdict.passed && verdict.reason.is_empty());
    assert!(verdict.detail.starts_with("to be better: ") && verdict.detail.contains("vague_time at "), "{verdict:?}");
    assert_eq!(mails(folder.path()).len(), 1);
    finish(site).await;
}

#[tokio::test]
async fn a_template_that_was_clear_once_is_held_to_what_its_tenant_asks_for_now() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let candidate = reader(&talent, Language::En);
    let bare = |key: &str| {
        let mut draft = MessageDraft { template: "mine".to_owned(), ..invitation(key, &candidate) };
        draft.facts.as_mut().unwrap().materials.clear();
        draft
    };
    for tenant in [&tenant, &other] {
        published(&site, tenant, "mine", vec![clear("en", "Dear {{ name }}")]).await;
    }
    let wishes = vec![wish("missing_materials", ClaritySeverity::Error, MessageKind::Unspecified)];
    set(&site, &tenant, wishes, "").await.unwrap();
    let refused = send(&site, &tenant, bare("1")).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "UNCLEAR".to_owned()));
    assert_eq!(fields(&refused), ["draft.facts.materials"], "there are none to tell");
    let mut known = bare("2");
    known.facts.as_mut().unwrap().materials.push("a pen".to_owned());
    let refused = send(&site, &tenant, known).await.unwrap_err();
    assert_eq!(fields(&refused), ["draft.template"], "it does not tell them");
    send(&site, &other, bare("3")).await.expect("another tenant asks for less");
    finish(site).await;
}

const KIND: MessageKind = templates::KIND;

/// Both texts, as the linter's page shows them.
#[tokio::test]
async fn every_variant_of_a_template_is_read_in_its_language() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let care = TemplateVariant { language: "en".to_owned(), subject: "A word".to_owned(), body: "Hello".to_owned() };
    let chinese = TemplateVariant { language: "zh-CN".to_owned(), ..care.clone() };
    let asked =
        LintTemplateRequest { variants: vec![care, chinese], kind: MessageKind::Care.into(), ..Default::default() };
    let read = lint_template(&site, &tenant, asked).await.unwrap();
    for (variant, word) in read.variants.iter().zip(["unsubscribe", "退订"]) {
        let finding = found(&variant.findings, "missing_unsubscribe");
        assert!(finding.suggestion.to_lowercase().contains(word), "{finding:?}");
        assert_eq!(finding.language, variant.language);
    }
    finish(site).await;
}
