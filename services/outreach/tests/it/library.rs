//! The library's texts, held to what the linter asks of every message: with all that a message may say, and with as little
//! as it may.

use std::collections::BTreeSet;

use clarity::{Linter, Tuning};
use usher_proto::outreach::v1::{
    DescribeKindsRequest, KindDescription, ListTemplatesRequest, PreviewTemplateRequest, Template,
    template_service_client::TemplateServiceClient,
};

use super::*;

/// Everything that can be said, about a meeting in Berlin.
fn rich(language: &str) -> MessageFacts {
    let said = |chinese: &str, english: &str| if language == "en" { english.to_owned() } else { chinese.to_owned() };
    let start = 1_796_104_800;
    let at = |seconds: i64| Some(prost_types::Timestamp { seconds: start + seconds, nanos: 0 });
    MessageFacts {
        position: said("数据工程师", "Data Engineer"),
        company: said("晨光科技", "Morgenlicht"),
        start_time: at(0),
        duration: Some(prost_types::Duration { seconds: 2_700, nanos: 0 }),
        time_zone: "Europe/Berlin".to_owned(),
        place: said("柏林示例街 40 号 3 楼", "Example Street 40, Berlin, 3rd floor"),
        link: "https://meet.example.com/1".to_owned(),
        interviewers: vec![said("周敏，数据平台负责人", "Mina Rossi, head of data")],
        materials: vec![said("身份证", "your identity card")],
        contact_name: said("林丽", "Rita Roth"),
        contact_channel: "+49 30 5550 0100".to_owned(),
        answer_by: at(-172_800),
        team_introduction: said("五个人，负责公司的数据平台。", "Five people who run the data platform."),
        subject: said("您好", "Hello"),
        body: said("我们正在扩建数据平台组。", "We are building up the data team."),
        offered_times: [86_400, 172_800].into_iter().filter_map(at).collect(),
        start_date: "2026-12-15".to_owned(),
        salary_amount: "60000.00".to_owned(),
        salary_currency: "EUR".to_owned(),
        salary_period: "year".to_owned(),
        employment_type: "full_time".to_owned(),
        benefits: said("年终奖", "a yearly bonus"),
        checklist: vec!["a copy of your identity card".to_owned()],
        checklist_zh: vec!["身份证复印件".to_owned()],
        topic: said("数据仓库的分层", "how to lay out the warehouse"),
        strengths: said("您把两种方案的取舍讲得很清楚。", "You said plainly what each design costs."),
        advice: said("可以多练习容量估算。", "Estimate the load before you choose a store."),
        reason: said("这个团队需要熟悉流式计算的同事。", "The team needs somebody who knows streaming."),
        skill: "Flink".to_owned(),
        referrer: said("周敏", "Mina Rossi"),
        ..MessageFacts::default()
    }
}

/// Those of the facts alone that have one of these names.
fn only(names: &BTreeSet<&str>, all: &MessageFacts) -> MessageFacts {
    let mut facts = MessageFacts::default();
    macro_rules! keep {
        ($($name:literal $($field:ident)+;)*) => {
            $(if names.contains($name) { $(facts.$field.clone_from(&all.$field);)+ })*
        };
    }
    keep! {
        "position" position;
        "company" company;
        "start_time" start_time;
        "time_zone" time_zone;
        "duration" duration;
        "place" place;
        "link" link;
        "contact_name" contact_name;
        "contact_channel" contact_channel;
        "answer_by" answer_by;
        "offered_times" offered_times;
        "interviewers" interviewers;
        "materials" materials;
        "team_introduction" team_introduction;
        "start_date" start_date;
        "salary" salary_amount salary_currency salary_period;
        "checklist" checklist checklist_zh;
        "subject" subject;
        "body" body;
        "topic" topic;
        "strengths" strengths;
        "advice" advice;
        "reason" reason;
        "skill" skill;
        "referrer" referrer;
    }
    facts
}

/// The sets of facts with which a template can just be filled: a place or a link, good words, advice or a text.
fn barest(kind: &KindDescription, template: &Template) -> Vec<BTreeSet<&'static str>> {
    let leaked = |name: &str| -> &'static str { Box::leak(name.to_owned().into_boxed_str()) };
    let required = kind.facts.iter().filter(|fact| fact.required).map(|fact| leaked(&fact.name));
    let needs = template.needs.iter().map(|name| leaked(name));
    let all: BTreeSet<&'static str> = required.chain(needs).collect();
    let ways: &[&'static str] = match all {
        ref all if all.contains("place_or_link") => &["place", "link"],
        ref all if all.contains("feedback") => &["strengths", "advice", "body"],
        _ => &["position"],
    };
    ways.iter().map(|way| all.iter().copied().chain([*way]).collect()).collect()
}

#[tokio::test]
async fn every_text_is_clear_with_all_its_facts_and_with_as_few_as_it_may_have() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let mut templates = TemplateServiceClient::new(site.channel());
    let request = site.request(&tenant, Role::ReadOnly, DescribeKindsRequest {});
    let kinds = templates.describe_kinds(request).await.unwrap().into_inner().kinds;
    let request = ListTemplatesRequest { page_size: 1_000, ..Default::default() };
    let request = site.request(&tenant, Role::ReadOnly, request);
    let library = templates.list_templates(request).await.unwrap().into_inner().templates;
    let mut unclear = String::new();
    // What a recruiter writes by hand is theirs.
    for template in library.iter().filter(|template| template.kind() != MessageKind::Custom) {
        let kind = kinds.iter().find(|kind| kind.kind == template.kind).unwrap();
        let language = template.variants[0].language.as_str();
        let all = rich(language);
        let bare = barest(kind, template).into_iter().map(|names| only(&names, &all));
        for facts in std::iter::once(all.clone()).chain(bare) {
            let request = PreviewTemplateRequest {
                template_id: template.template_id.clone(),
                candidate_id: candidate.clone(),
                facts: Some(facts),
                language: language.to_owned(),
            };
            let seen = templates.preview_template(site.request(&tenant, Role::Recruiter, request)).await;
            let seen = seen.unwrap_or_else(|refused| panic!("{}: {refused}", template.template_id)).into_inner();
            let name = template.kind().as_str_name().trim_start_matches("MESSAGE_KIND_").to_lowercase();
            let report = Linter::lint(name.parse().unwrap(), language.parse().unwrap(), &seen.text, &Tuning::default());
            if !report.is_clean() {
                unclear += &format!("\n== {} {:?}\n{}", template.template_id, report.rules(), seen.text);
            }
            assert!(!seen.text.contains("\n\n\n"), "{}", seen.text);
        }
    }
    assert!(unclear.is_empty(), "{unclear}");
    finish(site).await;
}
