//! What the linter says and how a tenant has tuned it, to protobuf and back.

use chassis::wire::{etag, timestamp};
use clarity::{Kind, Rule, Setting, Severity, rule};
use usher_proto::outreach::v1 as pb;

use crate::domain::clear::{
    self, Part, Reading, Remark,
    settings::{Settings, Wish},
    template::Sample,
};

pub fn verdict(worst: Option<Severity>) -> pb::ClarityVerdict {
    match worst {
        None => pb::ClarityVerdict::Clean,
        Some(Severity::Warning) => pb::ClarityVerdict::Warnings,
        Some(Severity::Error) => pb::ClarityVerdict::Errors,
    }
}

/// `language` is that of a template's text; empty for a text of one's own.
pub fn finding(remark: &Remark, language: &str) -> pb::ClarityFinding {
    let Remark { part, finding } = remark;
    let place = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    pb::ClarityFinding {
        rule_id: finding.rule.to_owned(),
        severity: severity(finding.severity).into(),
        part: match part {
            Part::Subject => pb::MessagePart::Subject,
            Part::Body => pb::MessagePart::Body,
        }
        .into(),
        span: finding.span.as_ref().map(|span| pb::TextSpan { start: place(span.start), end: place(span.end) }),
        reason: finding.reason.to_owned(),
        suggestion: finding.suggestion.to_owned(),
        source: rule(finding.rule).map(|rule| rule.source.clone()).unwrap_or_default(),
        language: language.to_owned(),
    }
}

pub fn findings(reading: &Reading, language: &str) -> Vec<pb::ClarityFinding> {
    reading.remarks.iter().map(|remark| finding(remark, language)).collect()
}

/// What should be better in the texts of a template.
pub fn warnings(samples: &[Sample]) -> Vec<pb::ClarityFinding> {
    let of_one = |sample: &Sample| -> Vec<_> {
        sample.reading.warnings().map(|remark| finding(remark, &sample.language)).collect()
    };
    samples.iter().flat_map(of_one).collect()
}

pub fn variant(sample: Sample) -> pb::LintedVariant {
    pb::LintedVariant {
        verdict: verdict(sample.reading.worst()).into(),
        score: sample.reading.score.into(),
        findings: findings(&sample.reading, &sample.language),
        language: sample.language,
        subject: sample.subject,
        body: sample.body,
    }
}

/// With what the tenant has set for it.
pub fn rule_of(rule: &Rule, settings: &Settings) -> pb::ClarityRule {
    let own = settings.wishes.iter().filter(|wish| wish.rule == rule.id);
    pb::ClarityRule {
        rule_id: rule.id.clone(),
        severity: severity(rule.severity).into(),
        kinds: rule.kinds.iter().map(|kind| clear::message_kind(*kind).into()).collect(),
        source: rule.source.clone(),
        advice: rule
            .languages()
            .map(|language| pb::ClarityAdvice {
                language: language.tag().to_owned(),
                reason: rule.reason(language).to_owned(),
                suggestion: rule.suggestion(language).to_owned(),
            })
            .collect(),
        protected: rule.is_protected(),
        settings: own.map(setting).collect(),
    }
}

pub fn settings(settings: &Settings) -> pb::ClaritySettings {
    pb::ClaritySettings {
        settings: settings.wishes.iter().map(setting).collect(),
        update_time: settings.update_time.map(timestamp),
        update_actor: settings.update_actor.clone(),
        etag: etag(settings.version),
    }
}

fn setting(wish: &Wish) -> pb::ClaritySetting {
    let severity = match wish.setting() {
        Some(Setting::Off) => pb::ClaritySeverity::Off,
        Some(Setting::Warning) => pb::ClaritySeverity::Warning,
        Some(Setting::Error) => pb::ClaritySeverity::Error,
        None => pb::ClaritySeverity::Unspecified,
    };
    pb::ClaritySetting {
        rule_id: wish.rule.clone(),
        severity: severity.into(),
        kind: wish.kind.map(clear::message_kind).unwrap_or_default().into(),
    }
}

pub fn wishes(settings: Vec<pb::ClaritySetting>) -> Vec<Wish> {
    settings.into_iter().map(wish).collect()
}

fn wish(setting: pb::ClaritySetting) -> Wish {
    let wished = match setting.severity() {
        pb::ClaritySeverity::Off => Setting::Off.to_string(),
        pb::ClaritySeverity::Warning => Setting::Warning.to_string(),
        pb::ClaritySeverity::Error => Setting::Error.to_string(),
        pb::ClaritySeverity::Unspecified => String::new(),
    };
    Wish { kind: kind(setting.kind()), setting: wished, rule: setting.rule_id }
}

/// All kinds when none is named.
fn kind(kind: pb::MessageKind) -> Option<Kind> {
    (kind != pb::MessageKind::Unspecified).then(|| clear::kind(kind))
}

fn severity(severity: Severity) -> pb::ClaritySeverity {
    match severity {
        Severity::Warning => pb::ClaritySeverity::Warning,
        Severity::Error => pb::ClaritySeverity::Error,
    }
}
