//! Messages that ask for an answer, and whether one came.

use usher_proto::{
    analytics::v1::Dimension,
    outreach::v1::{MessageKind, ReplyIntent},
};

use super::observed::Observed;
use crate::simulator::{
    calendar::Beat,
    drive::{
        office::ARMS,
        town::{Place, everybody},
    },
    ledger::{Case, Mail},
    world::{Person, Policy},
};

/// What asks its reader for an answer.
const ASKING: [(MessageKind, &str); 6] = [
    (MessageKind::InterviewInvitation, "interview_invitation"),
    (MessageKind::InterviewReminder, "interview_reminder"),
    (MessageKind::RescheduleOffer, "reschedule_offer"),
    (MessageKind::Offer, "offer"),
    (MessageKind::OfferReminder, "offer_reminder"),
    (MessageKind::Reactivation, "reactivation"),
];

/// Each of them.
pub fn observed(place: &Place) -> Vec<Observed> {
    let of_case = |(person, case)| case_mails(place, person, case);
    everybody(place).flat_map(of_case).collect()
}

fn case_mails<'case>(
    place: &'case Place,
    person: &'case Person,
    case: &'case Case,
) -> impl Iterator<Item = Observed> + use<'case> {
    case.mails.iter().enumerate().filter_map(move |(number, mail)| {
        let (kind, name) = ASKING.iter().find(|(kind, _)| *kind == mail.kind)?;
        let answered = first_answer(case, number, mail);
        let is_invitation = *kind == MessageKind::InterviewInvitation;
        let (experiment, arm) = if is_invitation {
            (place.ledger.experiment.as_str(), ARMS[usize::from(!mail.is_introduced)])
        } else {
            ("", "")
        };
        let feature = if mail.is_introduced { "team_introduction=yes" } else { "team_introduction=no" };
        let seen = Observed::new(answered.is_some())
            .with(Dimension::MessageKind, *name)
            .with(Dimension::Language, if person.is_english() { "en" } else { "zh-CN" })
            .with(Dimension::Channel, "email")
            .with(Dimension::Experiment, experiment)
            .with(Dimension::Arm, arm)
            .with(Dimension::Feature, feature);
        // Who answers when asked once more is planted where everybody is asked once more.
        let is_planted = is_invitation && place.world.policy == Policy::Usher;
        Some(if is_planted { seen.planted(place.world.planted.answers(mail.is_introduced)) } else { seen })
    })
}

/// When its reader answered it first: by what they did about the interview or the offer, or by mail.
fn first_answer(case: &Case, number: usize, mail: &Mail) -> Option<Beat> {
    let is_offer = matches!(mail.kind, MessageKind::Offer | MessageKind::OfferReminder);
    let about_interview = !is_offer && mail.kind != MessageKind::Reactivation;
    let acted = case.meeting.iter().filter(|_| about_interview).flat_map(|meeting| &meeting.answers);
    let offered = case.offer.iter().filter(|_| is_offer).filter_map(|offer| offer.answer);
    let written = case.replies.iter().filter(|reply| reply.to == number && reply.intent != ReplyIntent::Unsubscribe);
    let all = acted.map(|(_, beat)| *beat).chain(offered.map(|(_, beat)| beat)).chain(written.map(|reply| reply.beat));
    all.filter(|beat| *beat >= mail.beat).min()
}
