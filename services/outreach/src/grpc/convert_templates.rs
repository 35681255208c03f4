//! Templates, kinds and experiments from the domain to protobuf and back.

use std::collections::HashMap;

use chassis::wire::{etag, timestamp};
use usher_proto::outreach::v1 as pb;

use crate::domain::{
    experiment::Experiment,
    facts, library,
    template::{Template, Written},
    variables,
};

pub fn template(template: Template) -> pb::Template {
    pb::Template {
        needs: template.needs().into_iter().map(str::to_owned).collect(),
        template_id: template.id,
        kind: template.kind.into(),
        name: template.name,
        version: template.version,
        state: template.state.into(),
        variants: template
            .variants
            .into_iter()
            .map(|variant| pb::TemplateVariant {
                language: variant.language,
                subject: variant.subject,
                body: variant.body,
            })
            .collect(),
        etag: etag(template.revision),
        create_time: template.create_time.map(timestamp),
        update_time: template.update_time.map(timestamp),
        publish_time: template.publish_time.map(timestamp),
        archive_time: template.archive_time.map(timestamp),
    }
}

pub fn written(variants: Vec<pb::TemplateVariant>) -> Vec<Written> {
    variants
        .into_iter()
        .map(|variant| Written { language: variant.language, subject: variant.subject, body: variant.body })
        .collect()
}

/// What a kind needs, may have and calls it.
pub fn kind(kind: pb::MessageKind) -> pb::KindDescription {
    let facts::Shape { needs, may } = facts::shape(kind);
    let marked = needs.iter().map(|fact| (fact, true)).chain(may.iter().map(|fact| (fact, false)));
    let variable = |(name, always_there): (&'static str, bool)| {
        let known = variables::find(name)?;
        Some(pb::VariableDescription {
            name: name.to_owned(),
            is_list: known.is_list,
            always_there,
            meaning: known.meaning.to_owned(),
        })
    };
    pb::KindDescription {
        kind: kind.into(),
        facts: marked
            .map(|(fact, required)| pb::FactDescription {
                name: fact.name.to_owned(),
                field: fact.field.to_owned(),
                required,
                meaning: fact.meaning.to_owned(),
            })
            .collect(),
        variables: facts::variables(kind).into_iter().filter_map(variable).collect(),
        library_names: library::names(kind).into_iter().map(str::to_owned).collect(),
    }
}

/// With how many people each arm has, where they were counted.
pub fn experiment(experiment: Experiment, people: &HashMap<String, i64>) -> pb::Experiment {
    pb::Experiment {
        experiment_id: experiment.id.to_string(),
        kind: experiment.kind.into(),
        display_name: experiment.display_name,
        state: experiment.state.into(),
        arms: experiment
            .arms
            .into_iter()
            .map(|arm| pb::ExperimentArm {
                people: people.get(&arm.name).copied().unwrap_or_default(),
                name: arm.name,
                template_id: arm.template_id,
                weight: arm.weight,
            })
            .collect(),
        create_time: Some(timestamp(experiment.create_time)),
        start_time: experiment.start_time.map(timestamp),
        stop_time: experiment.stop_time.map(timestamp),
    }
}
