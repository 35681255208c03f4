//! `docs/clarity.md` lists the rules that there are.
#![expect(clippy::unwrap_used, reason = "a page that can not be read fails the test")]

use std::{collections::BTreeMap, fmt::Write as _};

use clarity::{Kind, Language, Rule, rules};

/// Set, the test writes the list in place of holding it.
const WRITE: &str = "USHER_WRITE_DOCS";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/clarity.md");
const BEGIN: &str =
    "<!-- made from crates/clarity/rules: USHER_WRITE_DOCS=1 cargo test -p usher-clarity --test page -->\n";
const END: &str = "<!-- end of what is made -->\n";

#[test]
fn the_page_lists_the_rules_that_there_are() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let wanted = format!("{head}{BEGIN}{}{END}{tail}", table());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(PAGE, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(PAGE).unwrap();
    assert!(found == wanted, "docs/clarity.md is out of date; write it anew by setting {WRITE} for this test");
}

fn table() -> String {
    let mut table = "| rule | | for | why |\n|---|---|---|---|\n".to_owned();
    for rule in rules() {
        let (id, severity, reason) = (&rule.id, rule.severity, rule.reason(Language::English));
        writeln!(table, "| `{id}` | {severity} | {} | {reason} |", kinds(rule)).unwrap();
    }
    table.push_str("\nWhat the rules rest on:\n\n");
    let mut sources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in rules() {
        sources.entry(&rule.source).or_default().push(format!("`{}`", rule.id));
    }
    for (source, ids) in sources {
        writeln!(table, "- {}: {source}", ids.join(", ")).unwrap();
    }
    table
}

fn kinds(rule: &Rule) -> String {
    let missing: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !rule.kinds.contains(kind)).collect();
    let listed = |kinds: &[Kind]| kinds.iter().map(|kind| kind.name().replace('_', " ")).collect::<Vec<_>>().join(", ");
    match missing.len() {
        0 => "all".to_owned(),
        1..=8 => format!("all but {}", listed(&missing)),
        _ => listed(&rule.kinds),
    }
}
