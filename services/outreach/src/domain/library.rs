//! The built-in templates, in both languages: for each kind a plain one, which is its `default`, and others for occasions.

use std::sync::LazyLock;

use usher_proto::outreach::v1::{MessageKind, TemplateState};

use super::template::{self, Template, Variant, Written};

macro_rules! built_in {
    ($($kind:ident $name:literal $file:literal),* $(,)?) => {
        &[$(
            (MessageKind::$kind, $name, "zh-CN", concat!("builtin/", $file, "/zh-CN/1"), include_str!(concat!("../../templates/", $file, ".zh-CN.txt"))),
            (MessageKind::$kind, $name, "en", concat!("builtin/", $file, "/en/1"), include_str!(concat!("../../templates/", $file, ".en.txt"))),
        )*]
    };
}

type BuiltIn = (MessageKind, &'static str, &'static str, &'static str, &'static str);

const TEXTS: &[BuiltIn] = built_in![
    InterviewInvitation "default" "interview_invitation",
    InterviewInvitation "on_site" "interview_invitation.on_site",
    InterviewInvitation "online" "interview_invitation.online",
    InterviewInvitation "by_phone" "interview_invitation.by_phone",
    InterviewInvitation "first_round" "interview_invitation.first_round",
    InterviewInvitation "final_round" "interview_invitation.final_round",
    InterviewReminder "default" "interview_reminder",
    InterviewReminder "last_day" "interview_reminder.last_day",
    InterviewRescheduled "default" "interview_rescheduled",
    RescheduleOffer "default" "reschedule_offer",
    InterviewUpcoming "default" "interview_upcoming",
    InterviewUpcoming "day_before" "interview_upcoming.day_before",
    InterviewUpcoming "hour_before" "interview_upcoming.hour_before",
    InterviewCancelled "default" "interview_cancelled",
    InterviewDeclined "default" "interview_declined",
    InterviewMissed "default" "interview_missed",
    Feedback "default" "feedback",
    Feedback "after_task" "feedback.after_task",
    Rejection "default" "rejection",
    Rejection "after_cv" "rejection.after_cv",
    Rejection "after_interview" "rejection.after_interview",
    Offer "default" "offer",
    OfferReminder "default" "offer_reminder",
    OfferRescinded "default" "offer_rescinded",
    OnboardingReminder "default" "onboarding_reminder",
    OnboardingReminder "week_before" "onboarding_reminder.week_before",
    OnboardingReminder "first_day" "onboarding_reminder.first_day",
    Reactivation "default" "reactivation",
    Reactivation "new_skill" "reactivation.new_skill",
    Reactivation "long_ago" "reactivation.long_ago",
    Reactivation "referral" "reactivation.referral",
    ReactivationFollowUp "default" "reactivation_follow_up",
    Care "default" "care",
    Care "offer_declined" "care.offer_declined",
    Care "new_year" "care.new_year",
    Custom "default" "custom",
];

/// A text that its kind does not take is none; a test reads each of them.
static LIBRARY: LazyLock<Vec<Template>> = LazyLock::new(|| TEXTS.iter().filter_map(read).collect());

/// All of them, one for each language.
pub fn all() -> &'static [Template] {
    &LIBRARY
}

/// The one of that id.
pub fn by_id(id: &str) -> Option<&'static Template> {
    LIBRARY.iter().find(|template| template.id == id)
}

/// The kind and name that an id stands for, with its language and version or without: `builtin/interview_invitation.online`.
pub fn named(id: &str) -> Option<&'static Template> {
    LIBRARY.iter().find(|template| template.id == id || base(template) == id)
}

/// An id for all its languages.
pub fn base(template: &Template) -> String {
    template.id.split('/').take(2).collect::<Vec<_>>().join("/")
}

/// A kind's name with the texts of all its languages.
pub fn whole(kind: MessageKind, name: &str) -> Option<Template> {
    let mut named = LIBRARY.iter().filter(|template| template.kind == kind && template.name == name);
    let mut whole = named.next()?.clone();
    whole.id = base(&whole);
    whole.variants.extend(named.flat_map(|template| template.variants.clone()));
    Some(whole)
}

/// The names of a kind's.
pub fn names(kind: MessageKind) -> Vec<&'static str> {
    let of_kind = TEXTS.iter().filter(|(known, _, language, ..)| *known == kind && *language == "en");
    of_kind.map(|(_, name, ..)| *name).collect()
}

fn read((kind, name, language, id, text): &BuiltIn) -> Option<Template> {
    // The first line is the subject, then an empty line, then the body.
    let (head, body) = text.split_once("\n\n")?;
    let written = Written {
        language: (*language).to_owned(),
        subject: head.trim_start_matches("subject:").trim().to_owned(),
        body: body.to_owned(),
    };
    let variant: Variant = template::variant(id, *kind, written).ok()?;
    Some(Template {
        id: (*id).to_owned(),
        kind: *kind,
        name: (*name).to_owned(),
        version: 1,
        state: TemplateState::Published,
        variants: vec![variant],
        revision: 1,
        create_time: None,
        update_time: None,
        publish_time: None,
        archive_time: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{facts::KINDS, template::DEFAULT};

    #[test]
    fn every_text_is_one_that_its_kind_takes() {
        for (kind, _, language, id, text) in TEXTS {
            let (head, body) = text.split_once("\n\n").expect("a subject, an empty line, a body");
            let subject = head.trim_start_matches("subject:").trim().to_owned();
            let written = Written { language: (*language).to_owned(), subject, body: body.to_owned() };
            let read = template::variant(id, *kind, written).unwrap_or_else(|error| panic!("{error}"));
            let is_default = !id.contains('.');
            assert!(!is_default || read.needs.is_empty(), "{id} needs {:?}", read.needs);
        }
        assert_eq!(all().len(), TEXTS.len());
        assert!(TEXTS.len() >= 48, "24 in two languages");
    }

    #[test]
    fn every_kind_has_a_default_in_both_languages() {
        for kind in KINDS {
            for language in ["zh-CN", "en"] {
                let plain = whole(*kind, DEFAULT).and_then(|plain| plain.variant(language).cloned());
                assert!(plain.is_some(), "{} in {language}", kind.as_str_name());
            }
        }
    }

    #[test]
    fn an_id_stands_for_its_kind_and_name() {
        for id in ["builtin/interview_invitation.online", "builtin/interview_invitation.online/en/1"] {
            let found = named(id).unwrap();
            assert_eq!((found.kind, found.name.as_str()), (MessageKind::InterviewInvitation, "online"));
        }
        assert_eq!(named("builtin/interview_invitation").unwrap().name, DEFAULT);
        assert!(named("builtin/unheard_of").is_none() && named("builtin").is_none());
        assert_eq!(whole(MessageKind::Care, DEFAULT).unwrap().variants.len(), 2);
    }
}
