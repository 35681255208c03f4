//! Nothing is lost and nothing is done twice: what the simulator did and got is what the suite keeps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use usher_proto::{
    ats::v1::{
        Application, ApplicationState, Attendance, GetApplicationRequest, Interview, InterviewState,
        ListInterviewsRequest, ListOffersRequest, Offer, OfferAnswer, OfferState,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        offer_service_client::OfferServiceClient,
    },
    outreach::v1::{
        ListMessagesRequest, ListRepliesRequest, Message, MessageKind, MessageState, Reply, ReplyIntent,
        message_service_client::MessageServiceClient, reply_service_client::ReplyServiceClient,
    },
};

use super::{Compared, arms};
use crate::simulator::{
    calendar::Calendar,
    drive::{
        desk::Desk,
        office::HOLDOUT_PERCENT,
        town::{Place, Town, everybody},
    },
    ledger::{Case, End, Meeting},
    world::{Part, Policy},
};

/// As many as a page takes.
const PAGE: i32 = 1_000;

/// Every mail that came, came once.
pub fn mails(town: &Town) -> Compared {
    let mut compared = Compared::default();
    for (id, times) in &town.mails {
        compared.same(&format!("how often {id} came"), times, &1);
    }
    compared
}

/// What one world's people did and got.
pub async fn world(place: &Place, calendar: &Calendar) -> Compared {
    let mut compared = Compared::default();
    let desk = &place.desk;
    messages(place, &all_messages(desk).await, &mut compared);
    replies(place, &all_replies(desk).await, &mut compared);
    expected(place, &mut compared);
    let interviews = by_id(all_interviews(desk).await, |interview| interview.interview_id.clone());
    let offers = by_id(all_offers(desk).await, |offer| offer.offer_id.clone());
    let known = |of: &dyn Fn(&Case) -> bool| place.ledger.cases.iter().filter(|case| of(case)).count();
    compared.same("interviews", &interviews.len(), &known(&|case| case.meeting.is_some()));
    compared.same("offers", &offers.len(), &known(&|case| case.offer.is_some()));
    for case in &place.ledger.cases {
        if let Some(meeting) = &case.meeting {
            interview(interviews.get(&meeting.id), meeting, case, &mut compared);
        }
        if let Some(ours) = &case.offer {
            let state = match ours.answer {
                Some((OfferAnswer::Accepted, _)) => OfferState::Accepted,
                Some(_) => OfferState::Declined,
                None => OfferState::Expired,
            };
            let told = offers.get(&ours.id).map(Offer::state);
            compared.same(&format!("how {} stands", ours.id), &told, &Some(state));
        }
        if let Some(ours) = &case.application {
            application(&read_application(desk, &ours.id).await, ours, calendar, &mut compared);
        }
    }
    compared
}

/// Every message that was sent came as a mail, and every mail is one that was sent; and it is what its subject says.
fn messages(place: &Place, messages: &[Message], compared: &mut Compared) {
    let (sent, others): (Vec<_>, Vec<_>) = messages.iter().partition(|message| message.state() == MessageState::Sent);
    let told: BTreeMap<&str, (&str, MessageKind)> = sent
        .iter()
        .map(|message| (message.rfc_message_id.as_str(), (message.candidate_id.as_str(), message.kind())))
        .collect();
    let came: BTreeMap<&str, (&str, MessageKind)> = place
        .ledger
        .cases
        .iter()
        .flat_map(|case| case.mails.iter().map(|mail| (mail.id.as_str(), (case.candidate.as_str(), mail.kind))))
        .collect();
    compared.same("mails", &told.len(), &came.len());
    for id in told.keys().chain(came.keys()).collect::<BTreeSet<_>>() {
        compared.same(&format!("the mail {id}"), &told.get(id), &came.get(id));
    }
    // What was accepted and not sent was taken back for a reason that we know: the person had had their say meanwhile.
    for message in others {
        let is_open = matches!(
            message.state(),
            MessageState::Accepted | MessageState::Queued | MessageState::Sending | MessageState::Failed
        );
        let what = format!("{} of {} hangs", message.message_id, message.kind().as_str_name());
        compared.same(&what, &is_open, &false);
    }
}

/// What they wrote was taken in once, for the mail that it answers, and understood.
fn replies(place: &Place, replies: &[Reply], compared: &mut Compared) {
    let mut told: BTreeMap<String, Vec<ReplyIntent>> = BTreeMap::new();
    for reply in replies {
        told.entry(reply.message_id.clone()).or_default().push(reply.intent());
    }
    let mut wrote: BTreeMap<String, Vec<ReplyIntent>> = BTreeMap::new();
    for case in &place.ledger.cases {
        for reply in &case.replies {
            let id = case.mails[reply.to].id.trim_start_matches('<').split('@').next().unwrap_or_default();
            wrote.entry(id.to_owned()).or_default().push(reply.intent);
        }
    }
    for id in told.keys().chain(wrote.keys()).collect::<BTreeSet<_>>() {
        compared.same(&format!("replies to {id}"), &told.get(id), &wrote.get(id));
    }
}

/// What has to have been sent, and how often, by what happened.
fn expected(place: &Place, compared: &mut Compared) {
    let is_followed_up = place.world.policy == Policy::Usher;
    for (person, case) in everybody(place) {
        let mut count = |kind: MessageKind, ours: usize| {
            let what = format!("{}s to {}", kind.as_str_name(), case.candidate);
            compared.same(&what, &case.of_kind(kind).count(), &ours);
        };
        count(MessageKind::InterviewInvitation, usize::from(case.meeting.is_some()));
        let reminded = case.meeting.as_ref().is_some_and(|meeting| is_followed_up && is_unanswered(meeting, case));
        count(MessageKind::InterviewReminder, usize::from(reminded));
        let offered = case.meeting.as_ref().is_some_and(|meeting| meeting.offered.is_some());
        count(MessageKind::RescheduleOffer, usize::from(offered));
        count(MessageKind::Offer, usize::from(case.offer.is_some()));
        let undecided =
            case.offer.as_ref().is_some_and(|offer| offer.answer.is_none_or(|(_, beat)| beat >= offer.sent.later(8)));
        count(MessageKind::OfferReminder, usize::from(is_followed_up && undecided));
        let is_written_to = match (person.part, &place.ledger.campaign) {
            (Part::Pooled(_), Some(campaign)) => !arms::is_held_out(&campaign.seed, &case.candidate, HOLDOUT_PERCENT),
            _ => false,
        };
        count(MessageKind::Reactivation, usize::from(is_written_to));
    }
}

/// Whether an invitation was unanswered for a day.
fn is_unanswered(meeting: &Meeting, case: &Case) -> bool {
    let day_later = meeting.arranged.later(4);
    let answered = meeting.answers.first().is_some_and(|(_, beat)| *beat < day_later);
    let ended = case.application.as_ref().and_then(|one| one.end).is_some_and(|(_, beat)| beat < day_later);
    !answered && !ended
}

fn interview(told: Option<&Interview>, meeting: &Meeting, case: &Case, compared: &mut Compared) {
    let what = format!("how {} stands", meeting.id);
    let told = told.map(|told| {
        let start = told.start_time.as_ref().and_then(|time| DateTime::from_timestamp(time.seconds, 0));
        (told.state(), told.attendance(), start)
    });
    let came = meeting.attendance.map_or(Attendance::Unspecified, |(attendance, _)| attendance);
    let ours = (interview_state(meeting, case), came, Some(meeting.start));
    compared.same(&what, &told, &Some(ours));
}

fn interview_state(meeting: &Meeting, case: &Case) -> InterviewState {
    let has_ended_early = case
        .application
        .as_ref()
        .is_some_and(|application| application.end.is_some_and(|(end, _)| end == End::Withdrawn));
    if meeting.attendance.is_some() {
        InterviewState::Concluded
    } else if meeting.is_declined() && !has_ended_early {
        InterviewState::Declined
    } else {
        InterviewState::Cancelled
    }
}

fn application(
    told: &Application,
    ours: &crate::simulator::ledger::Application,
    calendar: &Calendar,
    compared: &mut Compared,
) {
    let state = match ours.end {
        Some((End::Hired, _)) => ApplicationState::Hired,
        Some((End::Rejected, _)) => ApplicationState::Rejected,
        Some((End::Withdrawn, _)) => ApplicationState::Withdrawn,
        None => ApplicationState::Active,
    };
    compared.same(&format!("how {} stands", ours.id), &told.state(), &state);
    let mut stages: Vec<&str> = told.transitions.iter().map(|step| step.to_stage.as_str()).collect();
    stages.dedup();
    let entered: Vec<&str> = ours.stages.iter().map(|(stage, _)| *stage).collect();
    compared.same(&format!("the stages of {}", ours.id), &stages, &entered);
    // Beats are hours apart, and what happens at one takes minutes at most.
    let last = told.transitions.last().and_then(|step| step.time.as_ref()).map(|time| time.seconds);
    let beat = ours.end.map(|(_, beat)| calendar.time(beat).timestamp());
    if let (Some(last), Some(beat)) = (last, beat) {
        compared.same(&format!("whether {} ended when it did", ours.id), &((last - beat).abs() < 3_600), &true);
    }
}

fn by_id<T>(all: Vec<T>, id: impl Fn(&T) -> String) -> BTreeMap<String, T> {
    all.into_iter().map(|one| (id(&one), one)).collect()
}

async fn read_application(desk: &Desk, id: &str) -> Application {
    let request = GetApplicationRequest { application_id: id.to_owned(), read_time: None };
    let mut applications = ApplicationServiceClient::new(desk.channel.clone());
    let read = applications.get_application(desk.request(request)).await.expect("it is there").into_inner();
    read.application.expect("it is told")
}

/// Reads a list to its end.
macro_rules! all {
    ($desk:ident, $client:ident, $call:ident, $request:ident, $field:ident) => {{
        let mut client = $client::new($desk.channel.clone());
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = $request { page_size: PAGE, page_token, ..$request::default() };
            let page = client.$call($desk.request(request)).await.expect("a page").into_inner();
            all.extend(page.$field);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break all;
            }
        }
    }};
}

async fn all_messages(desk: &Desk) -> Vec<Message> {
    all!(desk, MessageServiceClient, list_messages, ListMessagesRequest, messages)
}

async fn all_replies(desk: &Desk) -> Vec<Reply> {
    all!(desk, ReplyServiceClient, list_replies, ListRepliesRequest, replies)
}

async fn all_interviews(desk: &Desk) -> Vec<Interview> {
    all!(desk, InterviewServiceClient, list_interviews, ListInterviewsRequest, interviews)
}

async fn all_offers(desk: &Desk) -> Vec<Offer> {
    all!(desk, OfferServiceClient, list_offers, ListOffersRequest, offers)
}
