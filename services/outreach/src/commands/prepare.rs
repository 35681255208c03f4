//! A message is checked and written: from a draft to a text in the queue, or to the reasons why not.
//!
//! What others know (who the reader is, the link to answer by) is gathered first, outside of any transaction. Then
//! everything is decided and kept in one.

use std::sync::Arc;

use chassis::{Error, House, Result, TenantId, TenantTx, wire};
use usher_proto::{
    ats::v1::{CreateCentreLinkRequest, candidate_centre_service_client::CandidateCentreServiceClient},
    outreach::v1::{MessageDraft, MessageQueued, MessageRefused, MessageState},
    talent::v1::{
        ContactChannel, GetRecipientRequest, GetRecipientResponse, Language,
        candidate_service_client::CandidateServiceClient,
    },
};

use crate::{
    channels::rack::{Rack, Shelf},
    domain::{
        channel::Medium,
        compose::{Outcome, Reader, compose},
        facts,
        gate::{Sender, person::Person},
        message::Message,
        route::{self, Contacts},
        short::Short,
    },
    store,
};

/// What other services know.
#[derive(Debug, Clone)]
pub struct Gathered {
    pub reader: Reader,
    pub answer_link: String,
    person: Person,
    contacts: Contacts,
    preferred: Vec<Medium>,
    shelf: Arc<Shelf>,
    dry: bool,
}

/// Asks talent for the reader, and ats for a link when the message leads to the candidate centre.
pub async fn gather(house: &House, rack: &Rack, tenant: TenantId, draft: &MessageDraft, dry: bool) -> Result<Gathered> {
    let (peers, public_url) = (&house.peers, &house.public_url);
    let recipient = CandidateServiceClient::new(peers.channel("talent")?)
        .get_recipient(peers.request(Some(tenant), GetRecipientRequest { candidate_id: draft.candidate_id.clone() })?)
        .await?
        .into_inner();
    let person = Person::of(&recipient);
    let language = if recipient.language() == Language::En { "en" } else { "zh-CN" };
    let reader = Reader { language: language.to_owned(), name: recipient.display_name.clone() };
    let has_subject = !draft.interview_id.is_empty() || !draft.application_id.is_empty();
    let answer_link = match (facts::has_answer_link(draft.kind()) && has_subject, dry) {
        (false, _) => String::new(),
        // Nothing may be written for a message that is only looked at.
        (true, true) => format!("{public_url}/c/…"),
        (true, false) => {
            // An interview where there is one, else the application.
            let request = match draft.interview_id.as_str() {
                "" => CreateCentreLinkRequest {
                    application_id: draft.application_id.clone(),
                    ..CreateCentreLinkRequest::default()
                },
                interview => {
                    CreateCentreLinkRequest { interview_id: interview.to_owned(), ..CreateCentreLinkRequest::default() }
                }
            };
            let link = CandidateCentreServiceClient::new(peers.channel("ats")?)
                .create_centre_link(peers.request(Some(tenant), request)?)
                .await?
                .into_inner();
            format!("{public_url}/c/{}", link.token)
        }
    };
    let preferred = recipient.preferred_channels().flat_map(media).copied().collect();
    let shelf = rack.shelf(tenant).await?;
    Ok(Gathered { reader, answer_link, person, contacts: contacts(recipient), preferred, shelf, dry })
}

fn contacts(recipient: GetRecipientResponse) -> Contacts {
    Contacts {
        has_email: !recipient.email.is_empty(),
        has_wechat: !recipient.wechat_id.is_empty(),
        phone: recipient.phone,
        ..Contacts::default()
    }
}

/// By what somebody is written to who wants to be reached there.
fn media(preferred: ContactChannel) -> &'static [Medium] {
    match preferred {
        ContactChannel::Email => &[Medium::Email],
        ContactChannel::Phone => &[Medium::Sms],
        ContactChannel::Wechat => &[Medium::Wechat, Medium::Wecom],
        ContactChannel::Unspecified => &[],
    }
}

/// Runs the gates over a draft with the text that is in use now. A look draws nobody into an experiment.
pub async fn examine(tx: &mut TenantTx, draft: &MessageDraft, gathered: &Gathered) -> Result<Outcome> {
    let chosen = super::choose_template::run(tx, draft, &gathered.reader.language, gathered.dry).await?;
    let mut outcome = compose(draft, &gathered.reader, &chosen, &gathered.answer_link, tx.now());
    choose_channel(tx, draft, gathered, &mut outcome).await?;
    super::gate::examine::run(tx, draft, &gathered.person, &mut outcome).await?;
    Ok(outcome)
}

/// The last gate: a way out for the text, if there is one.
async fn choose_channel(
    tx: &mut TenantTx,
    draft: &MessageDraft,
    gathered: &Gathered,
    outcome: &mut Outcome,
) -> Result<()> {
    let Some(composed) = &outcome.composed else { return Ok(()) };
    let facts = draft.facts.clone().unwrap_or_default();
    let (subject, text, name) = (&composed.subject, &composed.text, &gathered.reader.name);
    let short = Short::new(draft.kind(), &composed.language, subject, text, &facts, name)?;
    let mut contacts = gathered.contacts.clone();
    if gathered.shelf.has_own_addresses() {
        let candidate = wire::id("draft.candidate_id", &draft.candidate_id)?;
        contacts.known_to = store::channels::known_to(tx, candidate).await?;
    }
    let lines = gathered.shelf.lines();
    let choice = route::choose(&draft.channels, &gathered.preferred, &lines, &contacts, &short);
    route::decide(outcome, choice, tx.now());
    Ok(())
}

/// Keeps what came of it. The message is written down already and locked.
pub async fn keep(tx: &mut TenantTx, message: &mut Message, outcome: Outcome) -> Result<()> {
    store::messages::insert_verdicts(tx, message.id, &outcome.verdicts).await?;
    let sender = Sender::of(tx.ctx().actor.as_str());
    store::gate::note(tx, message.id, sender.kept(), outcome.address_hash.as_deref()).await?;
    let refusal = outcome.refusal().map(|refusal| refusal.reason.clone());
    match outcome.composed {
        Some(composed) => {
            message.state = MessageState::Queued;
            message.language = composed.language;
            message.template_id = composed.template_id;
            message.subject = composed.subject;
            message.text = composed.text;
            message.take(outcome.ways);
            message.next_time = outcome.not_before.unwrap_or_else(|| tx.now());
            store::messages::update(tx, message).await?;
            if let Some(drawn) = composed.assignment {
                store::experiments::note(tx, message.id, drawn.experiment_id, &drawn.arm).await?;
                (message.experiment_id, message.arm) = (Some(drawn.experiment_id), drawn.arm);
            }
            outbox::append(tx, message.id, &queued(message)).await?;
        }
        None => {
            message.state = MessageState::Refused;
            store::messages::update(tx, message).await?;
            let refused = MessageRefused {
                message_id: message.id.to_string(),
                kind: message.draft.kind,
                candidate_id: message.draft.candidate_id.clone(),
                application_id: message.draft.application_id.clone(),
                interview_id: message.draft.interview_id.clone(),
                reason: refusal.unwrap_or_default(),
                missing_facts: outcome.missing.iter().map(|missing| missing.fact.to_owned()).collect(),
                business_key: message.draft.business_key.clone(),
            };
            outbox::append(tx, message.id, &refused).await?;
        }
    }
    Ok(())
}

fn queued(message: &Message) -> MessageQueued {
    MessageQueued {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        template_id: message.template_id.clone(),
        language: message.language.clone(),
        business_key: message.draft.business_key.clone(),
        experiment_id: message.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
        arm: message.arm.clone(),
    }
}

/// `SendMessage`: the same, at once, and what is refused is an error and leaves nothing behind.
pub async fn send(tx: &mut TenantTx, draft: MessageDraft, gathered: &Gathered, dry: bool) -> Result<Message> {
    let outcome = examine(tx, &draft, gathered).await?;
    if let Some(error) = outcome.error() {
        // What was taken before is not refused for having been taken.
        return match known(tx, &draft).await? {
            Some(known) => Ok(known),
            None => Err(super::gate::told(tx, &draft.candidate_id, error).await?),
        };
    }
    let mut message = super::accept::from_draft(tx, draft)?;
    // Whoever stands for them may be forgotten.
    super::follow_merge::address(tx, &mut message).await?;
    outbox::erasure::refuse(tx, message.candidate_id.0).await?;
    if let Some(application) = message.application_id {
        outbox::erasure::refuse(tx, application.0).await?;
    }
    if dry {
        if let Some(composed) = outcome.composed {
            message.language = composed.language;
            message.template_id = composed.template_id;
            message.subject = composed.subject;
            message.text = composed.text;
            message.take(outcome.ways);
        }
        return Ok(message);
    }
    if !store::messages::insert(tx, &message).await? {
        return known(tx, &message.draft).await?.ok_or_else(|| {
            Error::already_exists(
                "BUSINESS_KEY_REUSED",
                "this business_key stands for a message with other content; take another key for another send",
            )
        });
    }
    keep(tx, &mut message, outcome).await?;
    super::gate::claim_on_send(tx, &message).await?;
    Ok(message)
}

/// The message that was asked for before by the same draft.
async fn known(tx: &mut TenantTx, draft: &MessageDraft) -> Result<Option<Message>> {
    let known = store::messages::by_business_key(tx, &draft.business_key).await?;
    Ok(known.filter(|known| known.draft == *draft))
}
