//! How grave a tenant wants the rules to be.

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use clarity::{Kind, Setting, Tuning, TuningError};
use serde::{Deserialize, Serialize};

/// One rule's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    pub rule: String,
    /// All kinds when there is none.
    pub kind: Option<Kind>,
    /// `off`, `warning` or `error`.
    pub setting: String,
}

/// A tenant's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub wishes: Vec<Wish>,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub update_time: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub update_actor: String,
}

impl Wish {
    /// As the rules take it.
    pub fn setting(&self) -> Option<Setting> {
        self.setting.parse().ok()
    }
}

impl Settings {
    /// As the linter takes it. A wish that a later version of the rules does not grant is passed over.
    pub fn tuning(&self) -> Tuning {
        let mut tuning = Tuning::default();
        for wish in &self.wishes {
            if let Some(setting) = wish.setting() {
                let _ = tuning.set(&wish.rule, wish.kind, setting);
            }
        }
        tuning
    }
}

/// Refuses wishes that are not granted. Errors: see `UpdateClaritySettings`.
pub fn check(wishes: &[Wish]) -> Result<()> {
    let mut tuning = Tuning::default();
    for (place, wish) in wishes.iter().enumerate() {
        let field = |name: &str| format!("settings.settings[{place}].{name}");
        let before = wishes.get(..place).unwrap_or_default();
        if before.iter().any(|other| (&other.rule, other.kind) == (&wish.rule, wish.kind)) {
            return Err(Error::invalid(
                field("rule_id"),
                "RULE_TWICE",
                "is set twice for the same kind; leave one of them out",
            ));
        }
        let setting = wish
            .setting()
            .ok_or_else(|| Error::invalid(field("severity"), "SEVERITY_REQUIRED", "must be error, warning or off"))?;
        tuning.set(&wish.rule, wish.kind, setting).map_err(|error| refused(&error, field))?;
    }
    Ok(())
}

fn refused(error: &TuningError, field: impl Fn(&str) -> String) -> Error {
    match error {
        TuningError::UnknownRule(_) => {
            Error::invalid(field("rule_id"), "RULE_UNKNOWN", "is no rule; ListClarityRules shows them")
        }
        TuningError::OtherKind { .. } => Error::invalid(
            field("kind"),
            "RULE_NOT_OF_KIND",
            "is no kind that the rule is asked of; ListClarityRules shows them",
        ),
        TuningError::Protected { rule, .. } => Error::invalid(
            field("severity"),
            "RULE_PROTECTED",
            format!(
                "must stay at least as grave as it is for interview invitations, which have to tell what {rule} asks \
                 for; name another kind to have it otherwise there"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(rule: &str, kind: Option<Kind>, setting: &str) -> Wish {
        Wish { rule: rule.to_owned(), kind, setting: setting.to_owned() }
    }

    #[test]
    fn what_is_not_granted_names_its_field_and_the_way_out() {
        let good = wish("vague_time", None, "error");
        for (wishes, reason, field) in [
            (vec![wish("vague", None, "off")], "RULE_UNKNOWN", "settings.settings[0].rule_id"),
            (vec![good.clone(), good.clone()], "RULE_TWICE", "settings.settings[1].rule_id"),
            (vec![wish("missing_pay", Some(Kind::Care), "off")], "RULE_NOT_OF_KIND", "settings.settings[0].kind"),
            (vec![wish("vague_time", None, "")], "SEVERITY_REQUIRED", "settings.settings[0].severity"),
            (
                vec![good.clone(), wish("missing_date", None, "warning")],
                "RULE_PROTECTED",
                "settings.settings[1].severity",
            ),
        ] {
            let error = check(&wishes).unwrap_err();
            assert_eq!((error.reason(), error.violations()[0].0.as_str()), (reason, field));
        }
        assert!(check(&[good, wish("missing_date", Some(Kind::InterviewReminder), "off")]).is_ok());
    }

    #[test]
    fn what_is_kept_is_read_back_and_what_is_no_longer_granted_passed_over() {
        let settings =
            Settings { wishes: vec![wish("vague_time", Some(Kind::Custom), "error")], ..Settings::default() };
        let kept = serde_json::to_value(&settings).unwrap();
        assert_eq!(serde_json::from_value::<Settings>(kept).unwrap(), settings);
        assert_ne!(settings.tuning(), Tuning::default());
        for unknown in
            [wish("gone", None, "off"), wish("missing_date", None, "off"), wish("vague_time", None, "louder")]
        {
            assert_eq!(Settings { wishes: vec![unknown], ..Settings::default() }.tuning(), Tuning::default());
        }
    }
}
