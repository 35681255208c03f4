//! Compiles the contract: messages, services, validators, and the tables that the chassis reads from it.
//!
//! No protoc here: protox compiles the files, and its raw descriptor bytes go to the validator generator, because a
//! detour over `prost_types::FileDescriptorSet` would silently drop every rule.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use protox::file::{ChainFileResolver, DescriptorSetFileResolver, GoogleFileResolver, IncludeFileResolver};

const FILES: &[&str] = &[
    "usher/accounts/v1/access.proto",
    "usher/accounts/v1/accounts.proto",
    "usher/accounts/v1/events.proto",
    "usher/analytics/v1/analytics.proto",
    "usher/analytics/v1/query.proto",
    "usher/analytics/v1/insights.proto",
    "usher/analytics/v1/risk.proto",
    "usher/analytics/v1/ways_out.proto",
    "usher/ats/v1/applications.proto",
    "usher/ats/v1/cadences.proto",
    "usher/ats/v1/calendar.proto",
    "usher/ats/v1/calendars.proto",
    "usher/ats/v1/centre.proto",
    "usher/ats/v1/events.proto",
    "usher/ats/v1/history.proto",
    "usher/ats/v1/interviews.proto",
    "usher/ats/v1/jobs.proto",
    "usher/ats/v1/offers.proto",
    "usher/ats/v1/onboarding.proto",
    "usher/ats/v1/settings.proto",
    "usher/ats/v1/tasks.proto",
    "usher/eventlog/v1/eventlog.proto",
    "usher/outreach/v1/channels.proto",
    "usher/outreach/v1/clarity.proto",
    "usher/outreach/v1/contact.proto",
    "usher/outreach/v1/delivery.proto",
    "usher/outreach/v1/events.proto",
    "usher/outreach/v1/experiments.proto",
    "usher/outreach/v1/facts.proto",
    "usher/outreach/v1/findings.proto",
    "usher/outreach/v1/outreach.proto",
    "usher/outreach/v1/tracking.proto",
    "usher/outreach/v1/preferences.proto",
    "usher/outreach/v1/replies.proto",
    "usher/outreach/v1/templates.proto",
    "usher/privacy/v1/subjects.proto",
    "usher/talent/v1/brief.proto",
    "usher/talent/v1/campaigns.proto",
    "usher/talent/v1/candidates.proto",
    "usher/talent/v1/duplicates.proto",
    "usher/talent/v1/events.proto",
    "usher/talent/v1/external.proto",
    "usher/talent/v1/imports.proto",
    "usher/talent/v1/keys.proto",
    "usher/talent/v1/privacy.proto",
    "usher/talent/v1/resumes.proto",
    "usher/talent/v1/saved_searches.proto",
    "usher/talent/v1/screening.proto",
    "usher/talent/v1/search.proto",
    "usher/talent/v1/tags.proto",
];

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=usher");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut resolver = ChainFileResolver::new();
    resolver.add(IncludeFileResolver::new(env::var("CARGO_MANIFEST_DIR")?.into()));
    resolver
        .add(DescriptorSetFileResolver::decode(prost_protovalidate_types::DESCRIPTOR_POOL.encode_to_vec().as_slice())?);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;

    let raw = compiler.encode_file_descriptor_set();
    fs::write(out.join("usher.binpb"), &raw)?;

    let set = prost_types::FileDescriptorSet::decode(raw.as_slice())?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().codec_path("crate::codec::CheckedCodec").compile_fds_with_config(set, config)?;

    prost_protovalidate_build::Builder::new().file_descriptor_set_bytes(raw).fail_on_runtime_only(true).compile()?;
    let validators = fs::read_to_string(out.join("validate_impl.rs"))?;

    fs::write(out.join("contract.rs"), contract(&compiler.descriptor_pool(), &validators)?)?;
    Ok(())
}

/// The Rust that ties each RPC's input to its method and its validator, and the authorization table.
fn contract(pool: &prost_reflect::DescriptorPool, validators: &str) -> Result<String> {
    let extension =
        pool.get_extension_by_name("usher.accounts.v1.access").context("the access option is not in the contract")?;
    let rule = pool.get_extension_by_name("buf.validate.field").context("the rules are not in the contract")?;
    let mut inputs = String::new();
    let mut table = String::new();
    let mut outputs = std::collections::BTreeSet::new();

    let methods = || {
        pool.services()
            .filter(|service| service.full_name().starts_with("usher."))
            .flat_map(|service| service.methods().collect::<Vec<_>>())
    };
    for method in methods() {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let input = method.input();
        let rust = rust_path(input.full_name());
        ensure!(
            input.full_name().ends_with(&format!(".{}Request", method.name())),
            "{path} must take its own request message"
        );
        let request_id = if input.get_field_by_name("request_id").is_some() { "&self.request_id" } else { "\"\"" };
        let checked = validators.contains(&format!("for {} ", input.full_name().replace('.', "::")));
        // A rule that is written and not enforced would be worse than none.
        ensure!(checked || !has_rules(&input, &rule), "{path}: the rules of {} got no validator", input.full_name());
        let check = if checked { "prost_protovalidate::Validate::validate(self)" } else { "Ok(())" };
        write!(
            inputs,
            "impl crate::Request for {rust} {{\n    const METHOD: &'static str = {path:?};\n    fn request_id(&self) -> &str {{ {request_id} }}\n}}\n\
             impl crate::codec::Checked for {rust} {{\n    fn check(&self) -> Result<(), prost_protovalidate::ValidationError> {{ {check} }}\n}}\n"
        )?;
        outputs.insert(rust_path(method.output().full_name()));
        writeln!(table, "    {},", access(&method, &extension, &path))?;
    }
    for rust in outputs {
        writeln!(inputs, "impl crate::codec::Checked for {rust} {{}}")?;
    }
    Ok(format!(
        "{inputs}\n/// Every method of the contract and who may call it.\npub const METHODS: &[Method] = &[\n{table}];\n"
    ))
}

/// Whether a field of the message itself, outside of a oneof, carries a rule.
fn has_rules(message: &prost_reflect::MessageDescriptor, rule: &prost_reflect::ExtensionDescriptor) -> bool {
    message.fields().any(|field| field.options().has_extension(rule))
}

fn access(method: &MethodDescriptor, extension: &prost_reflect::ExtensionDescriptor, path: &str) -> String {
    let options = method.options();
    let access = match options.get_extension(extension).into_owned() {
        Value::Message(access) if options.has_extension(extension) => Some(access),
        _ => None,
    };
    let field = |access: &DynamicMessage, name: &str| access.get_field_by_name(name).map(std::borrow::Cow::into_owned);
    let roles: Vec<i32> = match access.as_ref().and_then(|access| field(access, "roles")) {
        Some(Value::List(roles)) => roles.iter().filter_map(Value::as_enum_number).collect(),
        _ => Vec::new(),
    };
    let public = matches!(access.as_ref().and_then(|access| field(access, "public")), Some(Value::Bool(true)));
    let read_only =
        options.get_field_by_name("idempotency_level").is_some_and(|level| level.as_enum_number() == Some(1));
    format!("Method {{ path: {path:?}, roles: &{roles:?}, public: {public}, read_only: {read_only} }}")
}

fn rust_path(full_name: &str) -> String {
    let path = full_name.trim_start_matches("usher.").replace('.', "::");
    format!("crate::{path}")
}
