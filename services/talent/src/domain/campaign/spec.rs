//! What somebody says of a campaign: whether it can be done, and whom it means.

use chassis::{Error, Result, wire};
use usher_proto::{
    outreach::v1::MessageFacts,
    talent::v1::{CampaignKind, CampaignSegment, CampaignSpec, CampaignStep, SegmentPreset},
};

use crate::domain::clean::text;

/// The fields that an update may name.
pub const FIELDS: [&str; 10] = [
    "name",
    "segment",
    "steps",
    "language",
    "holdout_percent",
    "cooldown_days",
    "window",
    "rate_per_hour",
    "end_time",
    "outcome_days",
];

/// How many days back the preset of those who did not join looks, when nobody says.
const PRESET_DAYS: i32 = 365;

/// `known` with the named fields as they are said.
pub fn said(known: CampaignSpec, fields: &[impl AsRef<str>], said: &CampaignSpec) -> CampaignSpec {
    let mut spec = known;
    for field in fields {
        match field.as_ref() {
            "name" => spec.name.clone_from(&said.name),
            "segment" => spec.segment.clone_from(&said.segment),
            "steps" => spec.steps.clone_from(&said.steps),
            "language" => spec.language = said.language,
            "holdout_percent" => spec.holdout_percent = said.holdout_percent,
            "cooldown_days" => spec.cooldown_days = said.cooldown_days,
            "window" => spec.window = said.window,
            "rate_per_hour" => spec.rate_per_hour = said.rate_per_hour,
            "end_time" => spec.end_time = said.end_time,
            "outcome_days" => spec.outcome_days = said.outcome_days,
            _ => {}
        }
    }
    spec
}

/// Cleans it, or says what is wrong; the query aside, which is read where it is asked.
pub fn clean(mut spec: CampaignSpec) -> Result<CampaignSpec> {
    spec.name = text::required("name", &spec.name, 200)
        .map_err(|fault| Error::invalid(format!("spec.{}", fault.field), fault.reason, fault.message))?;
    wire::required_instant("spec.end_time", spec.end_time.as_ref())?;
    if let Some(window) = &spec.window {
        let is_any_time = window.from_hour == 0 && window.until_hour == 0;
        if !is_any_time && window.until_hour <= window.from_hour {
            let message = "must lie behind from_hour";
            return Err(Error::invalid("spec.window.until_hour", "SEND_WINDOW_INVALID", message));
        }
    }
    for (place, step) in spec.steps.iter().enumerate() {
        check_step(spec.kind(), place, step)?;
    }
    Ok(spec)
}

fn check_step(kind: CampaignKind, place: usize, step: &CampaignStep) -> Result<()> {
    let field = |name: &str| format!("spec.steps[{place}].{name}");
    if (step.wait_days == 0) != (place == 0) {
        let message = "must be 0 for the first message and 1 or more for those that follow";
        return Err(Error::invalid(field("wait_days"), "STEP_WAIT_INVALID", message));
    }
    let texts = [("facts", step.facts.as_ref()), ("facts_zh", step.facts_zh.as_ref())];
    let missing = texts.into_iter().flat_map(|(name, facts)| {
        let missing = facts.map(|facts| missing(kind, facts)).unwrap_or_default();
        missing.into_iter().map(move |fact| (field(&format!("{name}.{fact}")), fact))
    });
    let error = missing.fold(None, |error: Option<Error>, (field, fact)| {
        let message = format!("is needed: nobody gets a message that does not say its {}", fact.replace('_', " "));
        Some(match error {
            None => Error::invalid(field, "FACTS_MISSING", message),
            Some(error) => error.and_field(field, message),
        })
    });
    error.map_or(Ok(()), Err)
}

/// What outreach would miss. It looks for itself; but who writes a campaign should hear of it before the first person does.
fn missing(kind: CampaignKind, facts: &MessageFacts) -> Vec<&'static str> {
    let mut needed = vec![
        ("company", &facts.company),
        ("contact_name", &facts.contact_name),
        ("contact_channel", &facts.contact_channel),
    ];
    if kind != CampaignKind::Care {
        needed.push(("position", &facts.position));
    }
    needed.into_iter().filter(|(_, value)| value.trim().is_empty()).map(|(name, _)| name).collect()
}

/// The query that finds a segment's people.
pub fn query(segment: &CampaignSegment) -> String {
    let preset = match segment.preset() {
        SegmentPreset::Unspecified => return segment.query.clone(),
        SegmentPreset::Dormant => "tag:status/dormant_3_months -tag:status/in_process",
        SegmentPreset::InterviewedNotJoined => {
            "(tag:status/did_not_join OR tag:interaction/interviewed) -tag:status/hired -tag:status/joined \
             -tag:status/in_process"
        }
    };
    match segment.query.trim() {
        "" => preset.to_owned(),
        query => format!("{preset} ({query})"),
    }
}

/// For a preset that looks back so many days at when something was told, so many.
pub fn days_back(segment: &CampaignSegment) -> Option<i64> {
    let is_timed = segment.preset() == SegmentPreset::InterviewedNotJoined;
    is_timed.then(|| if segment.preset_days > 0 { segment.preset_days } else { PRESET_DAYS }.into())
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;
    use usher_proto::talent::v1::SendWindow;

    use super::*;

    fn facts() -> MessageFacts {
        MessageFacts {
            position: "Engineer".to_owned(),
            company: "Northlight".to_owned(),
            contact_name: "Rita".to_owned(),
            contact_channel: "rita@northlight.example".to_owned(),
            ..MessageFacts::default()
        }
    }

    fn step(wait_days: i32, facts: MessageFacts) -> CampaignStep {
        CampaignStep { wait_days, facts: Some(facts), facts_zh: None }
    }

    fn spec(steps: Vec<CampaignStep>) -> CampaignSpec {
        CampaignSpec {
            name: " Spring ".to_owned(),
            kind: CampaignKind::Activation.into(),
            steps,
            end_time: Some(Timestamp { seconds: 1, nanos: 0 }),
            ..CampaignSpec::default()
        }
    }

    #[test]
    fn what_can_not_be_done_is_said_before_anybody_is_written_to() {
        assert_eq!(clean(spec(vec![step(0, facts()), step(5, facts())])).unwrap().name, "Spring");
        for steps in [vec![step(1, facts())], vec![step(0, facts()), step(0, facts())]] {
            assert_eq!(clean(spec(steps)).unwrap_err().reason(), "STEP_WAIT_INVALID");
        }
        let vague = MessageFacts { position: " ".to_owned(), contact_name: String::new(), ..facts() };
        let error = clean(spec(vec![step(0, vague.clone())])).unwrap_err();
        let fields: Vec<_> = error.violations().iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["spec.steps[0].facts.contact_name", "spec.steps[0].facts.position"]);
        let only_chinese_is_vague = CampaignStep { facts_zh: Some(vague), ..step(0, facts()) };
        assert_eq!(clean(spec(vec![only_chinese_is_vague])).unwrap_err().reason(), "FACTS_MISSING");
        let care = CampaignSpec {
            kind: CampaignKind::Care.into(),
            ..spec(vec![step(0, MessageFacts { position: String::new(), ..facts() })])
        };
        assert!(clean(care).is_ok(), "a word of care is about no position");
        let window = |from_hour, until_hour| CampaignSpec {
            window: Some(SendWindow { from_hour, until_hour, weekdays_only: false }),
            ..spec(vec![step(0, facts())])
        };
        assert!(clean(window(0, 0)).is_ok() && clean(window(9, 24)).is_ok());
        assert_eq!(clean(window(18, 9)).unwrap_err().reason(), "SEND_WINDOW_INVALID");
        assert_eq!(clean(window(9, 0)).unwrap_err().reason(), "SEND_WINDOW_INVALID");
    }

    #[test]
    fn an_update_changes_what_it_names() {
        let known = spec(vec![step(0, facts())]);
        let other = CampaignSpec { name: "Other".to_owned(), holdout_percent: 7, ..CampaignSpec::default() };
        let changed = said(known.clone(), &["holdout_percent"], &other);
        assert_eq!(changed, CampaignSpec { holdout_percent: 7, ..known });
    }

    #[test]
    fn a_query_narrows_a_preset() {
        let segment = |preset: SegmentPreset, query: &str| CampaignSegment {
            preset: preset.into(),
            query: query.to_owned(),
            ..CampaignSegment::default()
        };
        assert_eq!(query(&segment(SegmentPreset::Unspecified, "java OR go")), "java OR go");
        let narrowed = query(&segment(SegmentPreset::Dormant, "java OR go"));
        assert_eq!(narrowed, "tag:status/dormant_3_months -tag:status/in_process (java OR go)");
        assert_eq!(days_back(&segment(SegmentPreset::Dormant, "")), None);
        assert_eq!(days_back(&segment(SegmentPreset::InterviewedNotJoined, "")), Some(365));
    }
}
