//! One sentence for everything that happens with a person.
//!
//! A sentence is kept in the clear, so it says nothing that a person is known by: no name, no address, and no text that
//! somebody wrote freely.

use chassis::{Result, wire};
use prost_types::Timestamp;
use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationMoved, ApplicationReassigned, ApplicationState,
        ApplicationUnrejected, Attendance, AttendanceRecorded, CandidateAnswer, EmployerSilenceBreached,
        FeedbackRecorded, Hired, InterviewAnswered, InterviewCancelled, InterviewRescheduled, InterviewScheduled,
        Joining, JoiningRecorded, MessageRequested, NoShowExplained, OfferAnswer, OfferAnswered, OfferClosed,
        OfferSent, OfferState, PastInterviewRemoved, StartDateMoved, TaskChanged, TaskCompleted, TaskCreated, TaskKind,
        TaskStepKind,
    },
    eventlog::v1::Event,
    outreach::v1::{
        ContactLeaseClaimed, ContactLeaseOverridden, ContactLeaseReleased, LinkFollowed, MessageBounced, MessageFailed,
        MessageKind, MessageOpened, MessageQueued, MessageRefused, MessageSent, ReplyClassified, ReplyIntent, Visitor,
    },
    talent::v1::{
        CampaignMemberAssigned, CampaignMessageRequested, CandidateCreated, CandidateRemoved, CandidateUpdated,
        CandidatesMerged, CandidatesUnmerged, ConsentRecorded, ExternalActivityRecorded, ResumeAdded, ResumeDeleted,
        TagName, TagsChanged,
    },
};

use crate::domain::{consent, tag};

/// Whom an event is about, and what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Empty when it is about nobody.
    pub candidate_id: String,
    pub text: String,
}

/// Tries each type in turn: `Type(event) => words`, for types that name a candidate in `candidate_id`.
macro_rules! about {
    ($event:expr, $($type:ident($said:ident) => $text:expr,)+) => {$(
        if let Some($said) = outbox::read::<$type>($event)? {
            return Ok(Some(Sentence { text: $text, candidate_id: $said.candidate_id }));
        }
    )+};
}

/// The sentence of an event; `None` for a type that is about no candidate.
pub fn of(event: &Event) -> Result<Option<Sentence>> {
    if let Some(said) = outbox::read::<TagsChanged>(event)? {
        let text = tags(&said);
        // Those that follow from what was told have nothing to add to it.
        let candidate_id = if said.actor.is_empty() { String::new() } else { said.candidate_id };
        return Ok(Some(Sentence { candidate_id, text }));
    }
    about!(event,
        CandidateCreated(said) => match origin(&said.source) {
            Some(origin) => format!("Joined the talent pool ({origin})."),
            None => "Joined the talent pool.".to_owned(),
        },
        CandidateUpdated(said) => format!("The profile changed: {}.", said.changed_fields.join(", ")),
        // Nobody reads it: their timeline goes with them.
        CandidateRemoved(said) => "Was removed with the import that had brought them.".to_owned(),
        ResumeAdded(said) => "A résumé arrived.".to_owned(),
        ResumeDeleted(said) => "A résumé was forgotten.".to_owned(),
        ConsentRecorded(said) => format!(
            "{} {}.",
            if said.granted { "Agreed to" } else { "Withdrew or refused" },
            consent::name(said.purpose()).replace('_', " ")
        ),
        ExternalActivityRecorded(said) => seen(&said),
        // Not in which group: who is held out should be treated as everybody else is.
        CampaignMemberAssigned(said) => "Was drawn for a campaign.".to_owned(),
        CampaignMessageRequested(said) => format!("Message {} of a campaign was asked for.", said.step),

        ApplicationCreated(said) => format!("Became an application for “{}”, at stage {}.", said.job_title, said.stage),
        ApplicationMoved(said) => format!("Moved from stage {} to {}.", said.from_stage, said.to_stage),
        ApplicationEnded(said) => format!("The application ended at stage {}: {}.", said.stage, ending(&said)),
        ApplicationUnrejected(said) => format!("The rejection was taken back, at stage {}.", said.stage),
        ApplicationReassigned(said) => "The application went with a merge, or came back from one.".to_owned(),
        EmployerSilenceBreached(said) => format!(
            "Has waited for a word of ours for {} working days, at stage {}.",
            said.working_days, said.stage
        ),
        InterviewScheduled(said) => format!(
            "An interview for “{}” was scheduled, stage {}, attempt {}{}.",
            said.job_title, said.stage, said.attempt, at(said.start_time.as_ref(), &said.time_zone)
        ),
        InterviewAnswered(said) => format!("The candidate {}.", answer(&said)),
        InterviewRescheduled(said) => format!(
            "The interview at stage {} was moved{}.", said.stage, at(said.start_time.as_ref(), &said.time_zone)
        ),
        InterviewCancelled(said) => format!("The interview at stage {} was called off.", said.stage),
        AttendanceRecorded(said) => attendance(&said),
        // Nobody reads it: what was told of the interview goes.
        PastInterviewRemoved(said) => "An interview of the past was removed with its import.".to_owned(),
        // Not what it says: an interviewer who is still to judge may read this.
        NoShowExplained(said) => format!("What the record says of the no-show at stage {} was noted.", said.stage),
        FeedbackRecorded(said) => match said.topics_asked.len() {
            0 => "Feedback was given.".to_owned(),
            _ => "Feedback was given, with what the candidate asked about.".to_owned(),
        },
        OfferSent(said) => "An offer was sent.".to_owned(),
        OfferAnswered(said) => format!("The offer was {}.", offer_answer(said.answer())),
        OfferClosed(said) => match said.state() {
            OfferState::Expired => "The offer expired without an answer.".to_owned(),
            _ => "The offer was taken back.".to_owned(),
        },
        Hired(said) => format!("Was hired for “{}”; the first day is {}.", said.job_title, said.start_date),
        StartDateMoved(said) => format!("The first day was moved from {} to {}.", said.from_date, said.start_date),
        JoiningRecorded(said) => joining(&said),
        TaskCreated(said) => format!("A task was opened: {}.", task(said.kind())),
        TaskChanged(said) => step(said.step()).to_owned(),
        TaskCompleted(said) => "A task was completed.".to_owned(),

        MessageQueued(said) => format!("{} waits to be sent.", message(said.kind())),
        MessageRefused(said) => format!("{} was refused: {}.", message(said.kind()), said.reason),
        ReplyClassified(said) => replied(said.intent()).to_owned(),
        MessageSent(said) => format!("{} was sent by {}.", message(said.kind()), said.channel),
        MessageFailed(said) => format!("{} could not be delivered: {}.", message(said.kind()), said.reason),
        MessageBounced(said) => format!("{} came back: the address takes nothing.", message(said.kind())),
        LinkFollowed(said) => format!("{} had a link followed. {}.", message(said.kind()), visited(said.visitor())),
        MessageOpened(said) => format!("{} was opened. {}.", message(said.kind()), visited(said.visitor())),
        ContactLeaseClaimed(said) => format!("{} is in touch with the candidate.", said.holder),
        ContactLeaseReleased(said) => format!("{} is no longer in touch with the candidate.", said.holder),
        ContactLeaseOverridden(said) => format!("{} took the candidate over from {}.", said.overridden_by, said.holder),
    );
    if let Some(said) = outbox::read::<CandidatesMerged>(event)? {
        let text = "Was merged with another entry of the pool.".to_owned();
        return Ok(Some(Sentence { candidate_id: said.survivor_id, text }));
    }
    if let Some(said) = outbox::read::<CandidatesUnmerged>(event)? {
        let text = "A merge was undone: these are two people again.".to_owned();
        return Ok(Some(Sentence { candidate_id: said.survivor_id, text }));
    }
    if let Some(MessageRequested { draft: Some(draft) }) = outbox::read(event)? {
        let text = format!("{} was asked for.", message(draft.kind()));
        return Ok(Some(Sentence { candidate_id: draft.candidate_id, text }));
    }
    Ok(None)
}

/// A source that is a plain word; whatever else a file had there may be about people.
fn origin(source: &str) -> Option<&str> {
    let is_plain = source.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_plain && !source.is_empty()).then_some(source)
}

fn seen(said: &ExternalActivityRecorded) -> String {
    let place = match said.source.as_str() {
        "resume" => "In a newer résumé".to_owned(),
        source => format!("On {source}"),
    };
    match (said.changed_fields.as_slice(), said.added_skills.as_slice()) {
        ([], _) => format!("{place} nothing new was seen."),
        (fields, []) => format!("{place} something new was seen: {}.", fields.join(", ")),
        (fields, skills) => format!("{place} something new was seen: {} ({}).", fields.join(", "), skills.join(", ")),
    }
}

fn tags(said: &TagsChanged) -> String {
    let names = |names: &[TagName]| {
        let name = |one: &TagName| format!("{}/{}", tag::dimension_name(one.dimension()), one.name);
        names.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    match (said.added.as_slice(), said.removed.as_slice()) {
        (added, []) => format!("Tags were given: {}.", names(added)),
        ([], removed) => format!("Tags were taken: {}.", names(removed)),
        (added, removed) => format!("Tags were given: {}; and taken: {}.", names(added), names(removed)),
    }
}

fn at(start: Option<&Timestamp>, zone: &str) -> String {
    let start = start.and_then(|start| wire::instant("start_time", start).ok());
    match (start, zone.parse::<chrono_tz::Tz>()) {
        (Some(start), Ok(zone)) => format!(", on {} {zone}", start.with_timezone(&zone).format("%Y-%m-%d %H:%M")),
        (Some(start), Err(_)) => format!(", on {} UTC", start.format("%Y-%m-%d %H:%M")),
        (None, _) => String::new(),
    }
}

fn ending(said: &ApplicationEnded) -> &'static str {
    match (said.state(), said.by_candidate) {
        (ApplicationState::Hired, _) => "hired",
        (ApplicationState::Rejected, _) => "rejected",
        (ApplicationState::Withdrawn, true) => "the candidate withdrew",
        (ApplicationState::Withdrawn, false) => "withdrawn",
        (ApplicationState::Active | ApplicationState::Unspecified, _) => "for a reason not told",
    }
}

fn answer(said: &InterviewAnswered) -> String {
    match said.answer() {
        CandidateAnswer::Confirmed => "confirmed the interview".to_owned(),
        CandidateAnswer::OtherTimeRequested => "asked for another time".to_owned(),
        CandidateAnswer::OtherTimeTaken => {
            format!("took another time{}", at(said.start_time.as_ref(), &said.time_zone))
        }
        CandidateAnswer::Withdrew => "withdrew from the interview".to_owned(),
        CandidateAnswer::Declined => "declined the interview".to_owned(),
        CandidateAnswer::Unspecified => "answered".to_owned(),
    }
}

fn attendance(said: &AttendanceRecorded) -> String {
    let who = |attendance| match attendance {
        Attendance::Attended => "the candidate attended",
        Attendance::Late => "the candidate came late",
        Attendance::CandidateNoShow => "the candidate did not come",
        Attendance::HostNoShow => "the host did not come",
        Attendance::Unspecified => "nobody knows who came",
    };
    match said.corrects() {
        Attendance::Unspecified => format!("Attendance at stage {}: {}.", said.stage, who(said.attendance())),
        before => format!(
            "Attendance at stage {} was corrected: {}, where it had been that {}.",
            said.stage,
            who(said.attendance()),
            who(before)
        ),
    }
}

fn offer_answer(answer: OfferAnswer) -> &'static str {
    match answer {
        OfferAnswer::Accepted => "accepted",
        OfferAnswer::Declined => "declined",
        OfferAnswer::Unspecified => "answered",
    }
}

fn joining(said: &JoiningRecorded) -> String {
    let what = match said.joining() {
        Joining::Joined => "They joined",
        Joining::DidNotJoin => "They did not join",
        Joining::Unspecified => "Nobody knows whether they joined",
    };
    match said.corrects() {
        Joining::Unspecified => format!("{what}."),
        Joining::Joined | Joining::DidNotJoin => format!("{what}; what was recorded before is corrected."),
    }
}

fn task(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::InvitationUnanswered => "an invitation is unanswered",
        TaskKind::OfferTimes => "other times are to be offered",
        TaskKind::MessageRefused => "a message lacks facts",
        TaskKind::MessageFailed => "a message could not be delivered",
        TaskKind::RecordAttendance => "attendance is to be recorded",
        TaskKind::CandidateWithdrew => "the candidate withdrew",
        TaskKind::AppliedTwice => "the same person is live twice for one job",
        TaskKind::StageOverdue => "the application has stood in its stage for too long",
        TaskKind::TellJobClosed => "the candidate is to be told that the job was closed",
        TaskKind::InterviewDeclined => "the candidate declined an interview",
        TaskKind::ScorecardsDue => "scorecards are missing",
        TaskKind::RemindUpcoming => "the candidate is to be reminded",
        TaskKind::FollowUpNoShow => "a no-show is to be followed up",
        TaskKind::ReplyUnclear => "a reply is to be read",
        TaskKind::OfferApproval => "an offer waits for approval",
        TaskKind::OfferToProceed => "an offer waits for its author",
        TaskKind::OfferUnanswered => "an offer is unanswered",
        TaskKind::OfferNotTaken => "an offer was declined or has expired",
        TaskKind::OpeningsExceeded => "more people accepted than there are openings",
        TaskKind::OnboardingItemOverdue => "something before the first day is overdue",
        TaskKind::RecordJoining => "it is to be recorded whether they joined",
        TaskKind::EmployerSilence => "the candidate has waited for a word for too long",
        TaskKind::CandidateUpdated => "something new was seen of them",
        TaskKind::Unspecified => "something needs a person",
    }
}

fn step(kind: TaskStepKind) -> &'static str {
    match kind {
        TaskStepKind::Claimed => "Somebody took a task.",
        TaskStepKind::Released => "A task was given back.",
        TaskStepKind::Assigned => "A task was assigned.",
        TaskStepKind::Snoozed => "A task was put aside for a while.",
        TaskStepKind::Woken => "A task that had been put aside stands open again.",
        TaskStepKind::Renewed => "The cause of a task came again.",
        TaskStepKind::Created | TaskStepKind::Completed | TaskStepKind::Unspecified => "A task changed.",
    }
}

/// What a reply seems to want.
fn replied(intent: ReplyIntent) -> &'static str {
    match intent {
        ReplyIntent::Confirm => "The candidate replied, and it reads like a yes.",
        ReplyIntent::Reschedule => "The candidate replied, and it reads like a wish for another time.",
        ReplyIntent::Decline => "The candidate replied, and it reads like a no.",
        ReplyIntent::Question => "The candidate replied, and it reads like a question.",
        ReplyIntent::OutOfOffice => "An automatic reply said that the candidate is away.",
        ReplyIntent::Unsubscribe => "The candidate replied, and it reads as if they want no more messages.",
        ReplyIntent::Other | ReplyIntent::Unspecified => "The candidate replied to a message.",
    }
}

/// Whether it was somebody, as far as it can be told.
fn visited(visitor: Visitor) -> &'static str {
    match visitor {
        Visitor::Human => "It was a person",
        Visitor::Machine => "It was a program",
        Visitor::Unknown | Visitor::Unspecified => "It may have been a program",
    }
}

fn message(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::InterviewInvitation => "The interview invitation",
        MessageKind::InterviewReminder => "The interview reminder",
        MessageKind::InterviewRescheduled => "The notice of the new time",
        MessageKind::InterviewCancelled => "The cancellation",
        MessageKind::InterviewDeclined => "The thanks for the word that they will not come",
        MessageKind::InterviewUpcoming => "The reminder of the day",
        MessageKind::InterviewMissed => "The word after a no-show",
        MessageKind::RescheduleOffer => "The choice of other times",
        MessageKind::Feedback => "The feedback",
        MessageKind::Rejection => "The word that it will not be them",
        MessageKind::Custom => "A message",
        MessageKind::Offer => "The offer",
        MessageKind::OnboardingReminder => "The reminder of the first day",
        MessageKind::OfferReminder => "The reminder of the offer",
        MessageKind::OfferRescinded => "The notice that the offer is taken back",
        MessageKind::Reactivation => "A word about an opening",
        MessageKind::ReactivationFollowUp => "A second word about an opening",
        MessageKind::Care => "A word to stay in touch",
        MessageKind::Unspecified => "A message of unknown kind",
    }
}

#[cfg(test)]
mod tests {
    use prost::Name as _;

    use super::*;

    fn event<E: prost::Message + prost::Name>(said: &E) -> Event {
        Event { r#type: E::full_name(), data: said.encode_to_vec(), ..Event::default() }
    }

    #[test]
    fn free_text_stays_out() {
        let cancelled = InterviewCancelled {
            candidate_id: "cand_x".to_owned(),
            stage: "onsite".to_owned(),
            reason: "Ann is ill".to_owned(),
            ..Default::default()
        };
        let sentence = of(&event(&cancelled)).unwrap().unwrap();
        assert_eq!(sentence.text, "The interview at stage onsite was called off.");
        let created = CandidateCreated { source: "friend of Ann".to_owned(), ..Default::default() };
        assert_eq!(of(&event(&created)).unwrap().unwrap().text, "Joined the talent pool.");
    }

    #[test]
    fn times_are_told_in_their_zone() {
        let scheduled = InterviewScheduled {
            stage: "onsite".to_owned(),
            attempt: 1,
            job_title: "Engineer".to_owned(),
            start_time: Some(Timestamp { seconds: 1_800_000_000, nanos: 0 }),
            time_zone: "Asia/Shanghai".to_owned(),
            ..Default::default()
        };
        let sentence = of(&event(&scheduled)).unwrap().unwrap();
        let expected =
            "An interview for “Engineer” was scheduled, stage onsite, attempt 1, on 2027-01-15 16:00 Asia/Shanghai.";
        assert_eq!(sentence.text, expected);
    }

    #[test]
    fn every_event_of_the_contract_that_names_a_candidate_has_a_sentence() {
        let pool = prost_reflect::DescriptorPool::decode(usher_proto::DESCRIPTORS).unwrap();
        let mut named = 0;
        for file in ["usher/ats/v1/events.proto", "usher/outreach/v1/events.proto", "usher/talent/v1/events.proto"] {
            for message in pool.get_file_by_name(file).unwrap().messages() {
                if message.get_field_by_name("candidate_id").is_none() {
                    continue;
                }
                // Two are told whenever another event is, which has a sentence; after one there is no timeline; and nothing
                // happens with somebody by being found.
                let silent = ["EngagementChanged", "CampaignOutcomeNoted", "CandidateErased", "SavedSearchMatched"];
                if silent.contains(&message.name()) {
                    continue;
                }
                named += 1;
                let event = Event { r#type: message.full_name().to_owned(), ..Event::default() };
                assert!(of(&event).unwrap().is_some(), "{} has no sentence", message.full_name());
            }
        }
        assert!(named >= 14, "{named}");
        assert_eq!(of(&event(&usher_proto::ats::v1::JobOpened::default())).unwrap(), None);
        assert_eq!(MessageRequested::full_name(), "usher.ats.v1.MessageRequested");
        assert!(!event(&CandidateCreated { source: "x".to_owned(), ..Default::default() }).data.is_empty());
    }
}
