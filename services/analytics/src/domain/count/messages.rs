//! Messages that ask for an answer, and whether one came.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::word;
use usher_proto::{
    ats::v1::CandidateAnswer,
    outreach::v1::{MessageFeature, MessageKind},
};

use crate::domain::{
    cells::Cells,
    cube::Cube,
    fact::Fact,
    story::{Message, Story},
};

/// Messages of these kinds ask their reader for an answer.
const ASKING: [MessageKind; 8] = [
    MessageKind::InterviewInvitation,
    MessageKind::InterviewReminder,
    MessageKind::InterviewRescheduled,
    MessageKind::RescheduleOffer,
    MessageKind::Offer,
    MessageKind::OfferReminder,
    MessageKind::Reactivation,
    MessageKind::ReactivationFollowUp,
];

/// Features in the order of the contract's numbers, as a bit each in what is kept.
const FEATURES: [MessageFeature; 7] = [
    MessageFeature::TeamIntroduction,
    MessageFeature::Interviewers,
    MessageFeature::Materials,
    MessageFeature::Calendar,
    MessageFeature::OfferedTimes,
    MessageFeature::Reason,
    MessageFeature::Duration,
];

/// The bits of some features.
pub fn bits(features: impl Iterator<Item = MessageFeature>) -> i16 {
    features.filter(|feature| *feature != MessageFeature::Unspecified).fold(0, |bits, feature| bits | bit(feature))
}

fn bit(feature: MessageFeature) -> i16 {
    1_i16.checked_shl((feature as i32 - 1).unsigned_abs()).unwrap_or_default()
}

/// The names of all features, such as `team_introduction`.
pub fn features() -> impl Iterator<Item = String> {
    FEATURES.into_iter().map(name)
}

fn name(feature: MessageFeature) -> String {
    word(feature.as_str_name(), "MESSAGE_FEATURE_")
}

pub fn count(story: &Story<'_>, cells: &mut Cells) {
    for message in story.messages.values() {
        let Some(sent) = message.sent else { continue };
        let kind = MessageKind::try_from(i32::from(sent.code)).unwrap_or_default();
        if ASKING.contains(&kind) && !only_tells(story, kind, sent) {
            one(story, message, kind, sent, cells);
        }
    }
}

/// Whether it tells of a time that the candidate took, and so asks for nothing. One that the host chose is asked about.
fn only_tells(story: &Story<'_>, kind: MessageKind, sent: &Fact) -> bool {
    if kind != MessageKind::InterviewRescheduled {
        return false;
    }
    let Some(interview) = sent.about.and_then(|id| story.interviews.get(&id)) else { return false };
    let before = |fact: &&&Fact| fact.time <= sent.time;
    let moved = interview.rescheduled.iter().rfind(before).map(|moved| moved.position);
    interview.answers.iter().rfind(before).is_some_and(|answer| {
        i32::from(answer.code) == CandidateAnswer::OtherTimeTaken as i32
            && moved.is_none_or(|moved| moved < answer.position)
    })
}

fn one(story: &Story<'_>, message: &Message<'_>, kind: MessageKind, sent: &Fact, cells: &mut Cells) {
    let answer = answer(story, message, kind, sent);
    let soon = answer.is_some_and(|time| time - sent.time <= TimeDelta::hours(24));
    // From before it was said what a message tells, and of one whose queueing is not heard of yet, nothing is known.
    let known = message.queued.filter(|queued| !queued.template.is_empty());
    let text = known.unwrap_or(sent);
    let features: Vec<String> =
        FEATURES.into_iter().filter(|feature| text.reason & bit(*feature) != 0).map(name).collect();
    let values = [
        word(kind.as_str_name(), "MESSAGE_KIND_"),
        text.template.clone(),
        sent.version.clone(),
        sent.language.clone(),
        sent.channel.clone(),
        sent.experiment.clone(),
        sent.arm.clone(),
        known.map_or("unknown", |queued| clarity(queued.number)).to_owned(),
        known.map_or_else(|| "unknown".to_owned(), |_| features.join("+")),
    ];
    let flags = [true, answer.is_some(), soon, message.is_opened, message.is_followed, message.is_bounced];
    cells.add(Cube::Messages, sent.time, &values.each_ref().map(String::as_str), flags.map(i32::from));
}

/// When the reader answered, first: by what they did about the interview or the offer, or by mail.
fn answer(story: &Story<'_>, message: &Message<'_>, kind: MessageKind, sent: &Fact) -> Option<DateTime<Utc>> {
    let about = sent.about.and_then(|interview| story.interviews.get(&interview));
    let acted = about.into_iter().flat_map(|interview| &interview.answers).map(|answer| answer.time);
    let is_offer = matches!(kind, MessageKind::Offer | MessageKind::OfferReminder);
    let accepted = story.offers.values().filter(|_| is_offer).filter_map(|offer| offer.answered).map(|one| one.time);
    acted.chain(accepted).chain(message.replied()).filter(|time| *time >= sent.time).min()
}

fn clarity(score: i32) -> &'static str {
    match score {
        100.. => "100",
        90.. => "90-99",
        80.. => "80-89",
        60.. => "60-79",
        _ => "0-59",
    }
}
