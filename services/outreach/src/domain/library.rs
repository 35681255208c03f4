//! The built-in templates, in both languages.

use usher_proto::outreach::v1::MessageKind;

use super::message::Template;

macro_rules! built_in {
    ($($kind:ident $name:literal),* $(,)?) => {
        &[$(
            (MessageKind::$kind, "zh-CN", concat!("builtin/", $name, "/zh-CN/1"), include_str!(concat!("../../templates/", $name, ".zh-CN.txt"))),
            (MessageKind::$kind, "en", concat!("builtin/", $name, "/en/1"), include_str!(concat!("../../templates/", $name, ".en.txt"))),
        )*]
    };
}

type BuiltIn = (MessageKind, &'static str, &'static str, &'static str);

const LIBRARY: &[BuiltIn] = built_in![
    InterviewInvitation "interview_invitation",
    InterviewReminder "interview_reminder",
    InterviewRescheduled "interview_rescheduled",
    InterviewCancelled "interview_cancelled",
    InterviewDeclined "interview_declined",
    InterviewUpcoming "interview_upcoming",
    InterviewMissed "interview_missed",
    RescheduleOffer "reschedule_offer",
    Custom "custom",
    Offer "offer",
    OnboardingReminder "onboarding_reminder",
    OfferReminder "offer_reminder",
    OfferRescinded "offer_rescinded",
    Reactivation "reactivation",
    ReactivationFollowUp "reactivation_follow_up",
    Care "care",
];

/// All of them.
pub fn all() -> impl Iterator<Item = Template> {
    LIBRARY.iter().map(template)
}

/// The one for a kind and a language.
pub fn find(kind: MessageKind, language: &str) -> Option<Template> {
    LIBRARY.iter().find(|(known, spoken, ..)| *known == kind && *spoken == language).map(template)
}

/// The one of that id.
pub fn by_id(id: &str) -> Option<Template> {
    LIBRARY.iter().find(|(_, _, known, _)| *known == id).map(template)
}

fn template((kind, language, id, text): &BuiltIn) -> Template {
    // The first line is the subject, then an empty line, then the body.
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    Template {
        id: (*id).to_owned(),
        kind: *kind,
        language: (*language).to_owned(),
        version: 1,
        subject: head.trim_start_matches("subject:").trim().to_owned(),
        body: body.to_owned(),
        create_time: None,
    }
}
