//! What a tenant wants otherwise.

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{
    kind::Kind,
    rule::{Rule, Severity, rule},
};

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// It is not asked.
    Off,
    /// Its findings are warnings.
    Warning,
    /// Its findings are errors.
    Error,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Warning, Self::Error];

    fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// There is no such setting; says which there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no setting {0:?}; there are off, warning and error")]
pub struct UnknownSetting(String);

impl FromStr for Setting {
    type Err = UnknownSetting;

    fn from_str(text: &str) -> Result<Self, UnknownSetting> {
        Self::ALL.into_iter().find(|setting| setting.to_string() == text).ok_or_else(|| UnknownSetting(text.to_owned()))
    }
}

/// Why a wish is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TuningError {
    /// There is no such rule.
    #[error("there is no rule {0:?}")]
    UnknownRule(String),
    /// The rule is not for that kind of message.
    #[error("{rule} is not for {kind}")]
    OtherKind {
        /// The rule's id.
        rule: &'static str,
        /// The kind.
        kind: Kind,
    },
    /// An interview invitation has to tell this fact; name the other kinds for which it is to be otherwise.
    #[error("{rule} can not be {setting} for interview_invitation; name another kind to set it so there")]
    Protected {
        /// The rule's id.
        rule: &'static str,
        /// What was wished.
        setting: Setting,
    },
}

/// A tenant's settings. Without any, each rule is as grave as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tuning {
    everywhere: BTreeMap<&'static str, Setting>,
    by_kind: BTreeMap<(&'static str, Kind), Setting>,
}

impl Tuning {
    /// Sets a rule for one kind of messages, or for all. What is set for a kind goes before what is set for all.
    pub fn set(&mut self, id: &str, kind: Option<Kind>, setting: Setting) -> Result<(), TuningError> {
        let rule = rule(id).ok_or_else(|| TuningError::UnknownRule(id.to_owned()))?;
        if let Some(kind) = kind.filter(|kind| !rule.kinds.contains(kind)) {
            return Err(TuningError::OtherKind { rule: &rule.id, kind });
        }
        let reaches_invitations = kind.is_none_or(|kind| kind == Kind::InterviewInvitation);
        if rule.is_protected() && reaches_invitations && setting.severity() < Some(rule.severity) {
            return Err(TuningError::Protected { rule: &rule.id, setting });
        }
        match kind {
            Some(kind) => self.by_kind.insert((&rule.id, kind), setting),
            None => self.everywhere.insert(&rule.id, setting),
        };
        Ok(())
    }

    /// How grave a rule is for a kind of messages; none when it is off.
    pub fn severity(&self, rule: &'static Rule, kind: Kind) -> Option<Severity> {
        let set = self.by_kind.get(&(rule.id.as_str(), kind)).or_else(|| self.everywhere.get(rule.id.as_str()));
        set.map_or(Some(rule.severity), |setting| setting.severity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn a_kinds_setting_goes_before_that_of_all() {
        let (vague, kind) = (rule("vague_time").unwrap(), Kind::InterviewInvitation);
        let mut tuning = Tuning::default();
        assert_eq!(tuning.severity(vague, kind), Some(Severity::Warning));
        tuning.set("vague_time", None, Setting::Error).unwrap();
        assert_eq!(tuning.severity(vague, kind), Some(Severity::Error));
        tuning.set("vague_time", Some(kind), Setting::Off).unwrap();
        assert_eq!(tuning.severity(vague, kind), None);
        assert_eq!(tuning.severity(vague, Kind::Custom), Some(Severity::Error));
    }

    #[test]
    fn no_wish_takes_a_fact_from_an_invitation() {
        let invitation = Kind::InterviewInvitation;
        let is_fact = |rule: &&Rule| {
            rule.id.starts_with("missing_") && rule.severity == Severity::Error && rule.kinds.contains(&invitation)
        };
        let facts: Vec<_> = rules().iter().filter(is_fact).collect();
        assert_eq!(facts.len(), 10);
        for rule in facts {
            let mut tuning = Tuning::default();
            for kind in [None, Some(invitation)] {
                for setting in [Setting::Off, Setting::Warning] {
                    let refused = tuning.set(&rule.id, kind, setting).unwrap_err();
                    assert_eq!(refused, TuningError::Protected { rule: &rule.id, setting });
                }
                tuning.set(&rule.id, kind, Setting::Error).unwrap();
            }
            tuning.set(&rule.id, Some(Kind::InterviewReminder), Setting::Off).unwrap();
            assert_eq!(tuning.severity(rule, invitation), Some(Severity::Error));
            assert_eq!(tuning.severity(rule, Kind::InterviewReminder), None);
        }
        // What to bring is good to know, and may be made more of.
        let mut tuning = Tuning::default();
        tuning.set("missing_materials", None, Setting::Error).unwrap();
        tuning.set("missing_materials", Some(invitation), Setting::Warning).unwrap();
        assert!(tuning.set("missing_materials", None, Setting::Off).is_err());
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let mut tuning = Tuning::default();
        let unknown = tuning.set("missing", None, Setting::Off).unwrap_err();
        assert_eq!(unknown, TuningError::UnknownRule("missing".to_owned()));
        let other = tuning.set("missing_pay", Some(Kind::Care), Setting::Off).unwrap_err();
        assert_eq!(other, TuningError::OtherKind { rule: "missing_pay", kind: Kind::Care });
        assert!("none".parse::<Setting>().is_err());
        assert_eq!("off".parse(), Ok(Setting::Off));
    }
}
