//! What a message is for, and in which language it is written.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a message is for. Its reader needs other facts in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Asks somebody to come to an interview.
    InterviewInvitation,
    /// Asks for the answer to an invitation once more.
    InterviewReminder,
    /// Tells the new time of an interview.
    InterviewRescheduled,
    /// Tells that an interview does not take place.
    InterviewCancelled,
    /// Confirms that somebody does not come.
    InterviewDeclined,
    /// Reminds of an interview that is confirmed.
    InterviewUpcoming,
    /// Follows an interview to which nobody came.
    InterviewMissed,
    /// Offers other times for an interview.
    RescheduleOffer,
    /// Tells how it went.
    Feedback,
    /// Says no.
    Rejection,
    /// Offers a position.
    Offer,
    /// Asks for the answer to an offer once more.
    OfferReminder,
    /// Takes an offer back.
    OfferRescinded,
    /// Tells what is to be done before the first day.
    OnboardingReminder,
    /// Asks somebody from the pool whether an opening is for them.
    Reactivation,
    /// Asks them once more.
    ReactivationFollowUp,
    /// Keeps in touch and asks for nothing.
    Care,
    /// Anything else.
    Custom,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::InterviewInvitation,
        Self::InterviewReminder,
        Self::InterviewRescheduled,
        Self::InterviewCancelled,
        Self::InterviewDeclined,
        Self::InterviewUpcoming,
        Self::InterviewMissed,
        Self::RescheduleOffer,
        Self::Feedback,
        Self::Rejection,
        Self::Offer,
        Self::OfferReminder,
        Self::OfferRescinded,
        Self::OnboardingReminder,
        Self::Reactivation,
        Self::ReactivationFollowUp,
        Self::Care,
        Self::Custom,
    ];

    /// `interview_invitation`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InterviewInvitation => "interview_invitation",
            Self::InterviewReminder => "interview_reminder",
            Self::InterviewRescheduled => "interview_rescheduled",
            Self::InterviewCancelled => "interview_cancelled",
            Self::InterviewDeclined => "interview_declined",
            Self::InterviewUpcoming => "interview_upcoming",
            Self::InterviewMissed => "interview_missed",
            Self::RescheduleOffer => "reschedule_offer",
            Self::Feedback => "feedback",
            Self::Rejection => "rejection",
            Self::Offer => "offer",
            Self::OfferReminder => "offer_reminder",
            Self::OfferRescinded => "offer_rescinded",
            Self::OnboardingReminder => "onboarding_reminder",
            Self::Reactivation => "reactivation",
            Self::ReactivationFollowUp => "reactivation_follow_up",
            Self::Care => "care",
            Self::Custom => "custom",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// There is no such kind; says which there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind {0:?}; there are {known}", known = Kind::ALL.map(Kind::name).join(", "))]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Chinese, in either script.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// `zh-CN`, as BCP 47 has it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.tag())
    }
}

/// There are no rules for such a language; says for which there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there are no rules for the language {0:?}; there are for {known}", known = Language::ALL.map(Language::tag).join(", "))]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// By the tag's first part, in any case: `zh-Hant-TW` is Chinese.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_languages_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
            assert_eq!(serde_json::to_string(&language).unwrap(), format!("\"{language}\""));
        }
        assert_eq!("zh-Hant-TW".parse(), Ok(Language::Chinese));
        assert_eq!("EN_gb".parse(), Ok(Language::English));
    }

    #[test]
    fn what_is_unknown_is_told_what_there_is() {
        let kind = "interview".parse::<Kind>().unwrap_err().to_string();
        assert!(kind.contains("interview_invitation") && kind.contains("custom"), "{kind}");
        let language = "english".parse::<Language>().unwrap_err().to_string();
        assert!(language.contains("zh-CN") && language.contains("en"), "{language}");
        assert!("".parse::<Language>().is_err());
    }
}
