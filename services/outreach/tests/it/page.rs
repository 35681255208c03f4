//! `docs/templates.md` says what the service says of kinds, variables and the library.

use std::fmt::Write as _;

use usher_proto::outreach::v1::{
    DescribeKindsRequest, DescribeKindsResponse, ListTemplatesRequest, Template,
    template_service_client::TemplateServiceClient,
};

use super::*;

/// Set, the test writes the page's table in place of holding it.
const WRITE: &str = "USHER_WRITE_DOCS";
const BEGIN: &str = "<!-- made by the test `page` of services/outreach -->\n";
const END: &str = "<!-- end -->\n";

#[tokio::test]
async fn the_page_says_what_the_service_says() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let mut templates = TemplateServiceClient::new(site.channel());
    let request = site.request(&tenant, Role::ReadOnly, DescribeKindsRequest {});
    let told = templates.describe_kinds(request).await.unwrap().into_inner();
    let request = ListTemplatesRequest { page_size: 1_000, language: "en".to_owned(), ..Default::default() };
    let request = site.request(&tenant, Role::ReadOnly, request);
    let library = templates.list_templates(request).await.unwrap().into_inner().templates;
    let made = format!("{BEGIN}{}{END}", tables(&told, &library));

    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/templates.md");
    let page = std::fs::read_to_string(place).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let expected = format!("{head}{made}{tail}");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(place, &expected).unwrap();
    } else {
        assert!(page == expected, "docs/templates.md is out of date; write it anew by setting {WRITE} for this test");
    }
    finish(site).await;
}

fn tables(told: &DescribeKindsResponse, library: &[Template]) -> String {
    let mut page = String::from("| kind | needs | may have |\n|---|---|---|\n");
    for kind in &told.kinds {
        let facts = |required| {
            let facts = kind.facts.iter().filter(|fact| fact.required == required);
            facts.map(|fact| fact.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        writeln!(page, "| `{}` | {} | {} |", short(kind.kind()), facts(true), facts(false)).unwrap();
    }
    page += "\n| fact | field of the draft | meaning |\n|---|---|---|\n";
    let mut seen = std::collections::BTreeSet::new();
    for fact in told.kinds.iter().flat_map(|kind| &kind.facts).filter(|fact| seen.insert(fact.name.clone())) {
        writeln!(page, "| {} | `{}` | {} |", fact.name, fact.field, fact.meaning).unwrap();
    }
    page += "\n| variable | | in messages of |\n|---|---|---|\n";
    let mut seen = std::collections::BTreeSet::new();
    let variables = told.kinds.iter().flat_map(|kind| &kind.variables);
    for variable in variables.filter(|variable| seen.insert(variable.name.clone())) {
        let has = |kind: &usher_proto::outreach::v1::KindDescription| {
            let found = kind.variables.iter().find(|known| known.name == variable.name)?;
            Some((short(kind.kind()), if found.always_there { "" } else { "?" }))
        };
        let mut kinds: Vec<_> = told.kinds.iter().filter_map(has).collect();
        let mut names = Vec::new();
        if kinds.len() == told.kinds.len() {
            kinds.retain(|(_, mark)| !mark.is_empty());
            names.push("all".to_owned());
        }
        names.extend(kinds.into_iter().map(|(kind, mark)| format!("{kind}{mark}")));
        let kinds = names.join(", ");
        let list = if variable.is_list { "A list. " } else { "" };
        writeln!(page, "| `{}` | {list}{} | {kinds} |", variable.name, variable.meaning).unwrap();
    }
    writeln!(page, "\nFilters: {}.", told.filters.join(", ")).unwrap();
    page += "\n| of the library | needs besides | its subject |\n|---|---|---|\n";
    for template in library {
        let id = template.template_id.trim_end_matches("/en/1");
        writeln!(page, "| `{id}` | {} | {} |", template.needs.join(", "), template.variants[0].subject).unwrap();
    }
    page
}

fn short(kind: MessageKind) -> String {
    kind.as_str_name().trim_start_matches("MESSAGE_KIND_").to_lowercase()
}
