//! `docs/events.md` says what the contract says of every event.
#![expect(clippy::unwrap_used, reason = "a contract that can not be read fails the test")]

use std::fmt::Write as _;

use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, field_descriptor_proto::Label,
};

/// Numbers of fields in `descriptor.proto`, of which the paths in `SourceCodeInfo` are made.
const MESSAGES_OF_FILE: i32 = 4;
const FIELDS_OF_MESSAGE: i32 = 2;
/// Set, the test writes the file in place of holding it.
const WRITE: &str = "USHER_WRITE_DOCS";

const HEAD: &str = "# Events
What each service tells the others: facts, named in the past tense, published in the transaction that made them true.
Every event travels in `usher.eventlog.v1.Event`, which has its id, its tenant, its subject and its time, and is applied
once by each consumer. An event names ids and no personal data beyond what its readers need.

This page is made from `proto/usher/*/v1/events.proto`: `USHER_WRITE_DOCS=1 cargo test -p usher-proto --test events`
";

#[test]
fn the_page_says_what_the_contract_says() {
    let page = page();
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(place, &page).unwrap();
    }
    let found = std::fs::read_to_string(place).unwrap_or_default();
    assert!(found == page, "docs/events.md is out of date; write it anew by setting {WRITE} for this test");
}

fn page() -> String {
    let contract = FileDescriptorSet::decode(usher_proto::DESCRIPTORS).unwrap();
    let mut page = HEAD.to_owned();
    for file in contract.file.iter().filter(|file| file.name().ends_with("/events.proto")) {
        let service = file.package().split('.').nth(1).unwrap();
        writeln!(page, "\n## {service}").unwrap();
        for (number, event) in file.message_type.iter().enumerate() {
            describe(&mut page, file, event, i32::try_from(number).unwrap());
        }
    }
    page
}

fn describe(page: &mut String, file: &FileDescriptorProto, event: &DescriptorProto, number: i32) {
    let said = comment(file, &[MESSAGES_OF_FILE, number]);
    assert!(!said.is_empty(), "{} says nothing of itself", event.name());
    write!(page, "\n### {}.{}\n{said}\n\n", file.package(), event.name()).unwrap();
    for (place, field) in event.field.iter().enumerate() {
        let said = comment(file, &[MESSAGES_OF_FILE, number, FIELDS_OF_MESSAGE, i32::try_from(place).unwrap()]);
        writeln!(page, "- `{}`: {}", field.name(), format!("{}. {said}", kind(field)).trim_end()).unwrap();
    }
}

fn kind(field: &FieldDescriptorProto) -> String {
    let name = match field.type_name() {
        "" => field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        name => name.trim_start_matches('.').to_owned(),
    };
    if field.label() == Label::Repeated { format!("repeated {name}") } else { name }
}

fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let places = file.source_code_info.iter().flat_map(|info| &info.location);
    let said = places.filter(|place| place.path == path).map(prost_types::source_code_info::Location::leading_comments);
    said.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
