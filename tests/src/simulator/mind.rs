//! What a person makes of a mail. This is the model: it is planted and says nothing about real people.
//!
//! Each person has draws of their own, made before anything happens. Somebody is *willing* to answer an invitation or not, and
//! *prompt* or not: who is willing and prompt answers within the day; who is willing and not prompt forgets, and answers when
//! asked once more; who is not willing never answers. A message without a fact moves the forgetful less than a reminder does.

use usher_proto::{
    ats::v1::{CandidateAnswer, OfferAnswer},
    outreach::v1::MessageKind,
};

use super::{
    agenda::{Act, Way},
    calendar::Beat,
    ledger::{Case, Mail},
    planted::Planted,
    world::{Part, Person, Standing},
};

/// Messages about one interview that nobody minds.
const PATIENCE: usize = 3;

/// What somebody is going to do about their last mail, and when.
pub fn reads(person: &Person, planted: &Planted, case: &Case) -> Option<(Beat, Act)> {
    let (place, mail) = case.mails.iter().enumerate().next_back()?;
    // Within the day, and never at the same beat of the next one.
    let soon = |what: &str| mail.beat.soon(person.seed.of(what, 0).draw("beats"));
    let is_prompt = |what: &str| person.seed.happens(what, planted.prompt);
    match mail.kind {
        MessageKind::InterviewInvitation if is_willing(person, planted, mail) && is_prompt("prompt") => {
            Some((soon("answer"), answer(person, planted, place)))
        }
        // Who is reminded answers as soon as they see it, so that it is before the interview, however soon that is.
        MessageKind::InterviewReminder | MessageKind::Custom => {
            asked_again(person, planted, case, mail, place).map(|act| (mail.beat.soon(0.0), act))
        }
        MessageKind::RescheduleOffer if person.seed.happens("takes", planted.takes) => {
            Some((soon("take"), Act::Take(place)))
        }
        MessageKind::Offer if is_prompt("prompt offer") => {
            offer(person, planted).map(|said| (soon("offer"), Act::AnswerOffer(said, place)))
        }
        MessageKind::OfferReminder if !is_prompt("prompt offer") => {
            offer(person, planted).map(|said| (soon("offer again"), Act::AnswerOffer(said, place)))
        }
        MessageKind::Reactivation => returns(person, planted, place).map(|act| (soon("return"), act)),
        _ => None,
    }
}

/// How likely somebody of the pool comes back when a campaign writes to them.
pub fn return_rate(standing: Standing, planted: &Planted) -> f64 {
    match standing {
        Standing::Recent => planted.recent_returns,
        Standing::Dormant => planted.dormant_returns,
        Standing::Other => planted.other_returns,
    }
}

/// On which day of the window somebody of the pool applies by themselves, if they do and nobody writes to them.
pub fn applies_alone(person: &Person, planted: &Planted) -> Option<usize> {
    let day = usize::try_from(1 + person.seed.pick("alone day", 6)).expect("a few");
    person.seed.happens("alone", planted.returns_alone).then_some(day)
}

fn is_willing(person: &Person, planted: &Planted, invitation: &Mail) -> bool {
    person.seed.happens("willing", planted.answers(invitation.is_introduced))
}

fn answer(person: &Person, planted: &Planted, place: usize) -> Act {
    let way = if person.seed.happens("by mail", planted.by_mail) { Way::Mail } else { Way::Page };
    match person.seed.draw("answer") {
        draw if draw < planted.other_time => Act::Answer(CandidateAnswer::OtherTimeRequested, way, place),
        // A no in words is a recruiter's to act on; on the page it is an answer.
        draw if draw < planted.other_time + planted.declines => {
            Act::Answer(CandidateAnswer::Declined, Way::Page, place)
        }
        _ => Act::Answer(CandidateAnswer::Confirmed, way, place),
    }
}

/// Asked once more: the forgetful answer; and whoever is written to too often has enough.
fn asked_again(person: &Person, planted: &Planted, case: &Case, mail: &Mail, place: usize) -> Option<Act> {
    let (asked, invitation) = case.of_kind(MessageKind::InterviewInvitation).next()?;
    let about = case.mails.iter().filter(|mail| is_about_interview(mail.kind)).count();
    let nth = u64::try_from(about).expect("a few");
    if about > PATIENCE && person.seed.of("enough", nth).happens("has enough", planted.has_enough) {
        return Some(Act::HasEnough(place));
    }
    let is_forgetful = is_willing(person, planted, invitation) && !person.seed.happens("prompt", planted.prompt);
    let is_moved =
        mail.kind == MessageKind::InterviewReminder || person.seed.of("vague", nth).happens("is moved", planted.vague);
    // By the invitation, which is the one that has the link, where this one has none.
    let place = if mail.page.is_empty() { asked } else { place };
    let is_unanswered = case.meeting.as_ref().is_some_and(|meeting| meeting.answers.is_empty());
    (is_forgetful && is_moved && is_unanswered).then(|| answer(person, planted, place))
}

fn is_about_interview(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::InterviewInvitation
            | MessageKind::InterviewReminder
            | MessageKind::InterviewUpcoming
            | MessageKind::RescheduleOffer
            | MessageKind::Custom
    )
}

fn offer(person: &Person, planted: &Planted) -> Option<OfferAnswer> {
    let accepts = planted.accepts(person.source());
    match person.seed.draw("offer") {
        draw if draw < accepts => Some(OfferAnswer::Accepted),
        draw if draw < accepts + planted.declines_offer => Some(OfferAnswer::Declined),
        _ => None,
    }
}

fn returns(person: &Person, planted: &Planted, place: usize) -> Option<Act> {
    let Part::Pooled(standing) = person.part else { return None };
    let rate = return_rate(standing, planted);
    match person.seed.draw("return") {
        draw if draw < rate => Some(Act::Return(true, place)),
        draw if draw < rate + planted.refuses => Some(Act::Return(false, place)),
        draw if draw < rate + planted.refuses + planted.unsubscribes => Some(Act::Unsubscribe(place)),
        _ => None,
    }
}
