//! A message is checked and written: from a draft to a text in the queue, or to the reasons why not.
//!
//! What others know (who the reader is, the link to answer by) is gathered first, outside of any transaction. Then
//! everything is decided and kept in one.

use chassis::{Error, Result, TenantId, TenantTx, peers::Peers};
use usher_proto::{
    ats::v1::{CreateCentreLinkRequest, candidate_centre_service_client::CandidateCentreServiceClient},
    outreach::v1::{MessageDraft, MessageQueued, MessageRefused, MessageState},
    talent::v1::{GetRecipientRequest, Language, candidate_service_client::CandidateServiceClient},
};

use crate::{
    domain::{
        compose::{Outcome, Reader, compose},
        facts,
        message::Message,
    },
    store,
};

/// What other services know.
#[derive(Debug, Clone)]
pub struct Gathered {
    pub reader: Reader,
    pub answer_link: String,
    dry: bool,
}

/// Asks talent for the reader, and ats for a link when the message leads to the candidate centre.
pub async fn gather(
    peers: &Peers,
    tenant: TenantId,
    public_url: &str,
    draft: &MessageDraft,
    dry: bool,
) -> Result<Gathered> {
    let recipient = CandidateServiceClient::new(peers.channel("talent")?)
        .get_recipient(peers.request(Some(tenant), GetRecipientRequest { candidate_id: draft.candidate_id.clone() })?)
        .await?
        .into_inner();
    let language = if recipient.language() == Language::En { "en" } else { "zh-CN" };
    let reader = Reader {
        language: language.to_owned(),
        has_address: !recipient.email.is_empty(),
        name: recipient.display_name,
    };
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
    Ok(Gathered { reader, answer_link, dry })
}

/// Runs the gates over a draft with the text that is in use now. A look draws nobody into an experiment.
pub async fn examine(tx: &mut TenantTx, draft: &MessageDraft, gathered: &Gathered) -> Result<Outcome> {
    let chosen = super::choose_template::run(tx, draft, &gathered.reader.language, gathered.dry).await?;
    Ok(compose(draft, &gathered.reader, &chosen, &gathered.answer_link, tx.now()))
}

/// Keeps what came of it. The message is written down already and locked.
pub async fn keep(tx: &mut TenantTx, message: &mut Message, outcome: Outcome) -> Result<()> {
    store::messages::insert_verdicts(tx, message.id, &outcome.verdicts).await?;
    let refusal = outcome.refusal().map(|refusal| refusal.reason.clone());
    match outcome.composed {
        Some(composed) => {
            message.state = MessageState::Queued;
            message.language = composed.language;
            message.template_id = composed.template_id;
            message.subject = composed.subject;
            message.text = composed.text;
            message.next_time = tx.now();
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
        return Err(error);
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
        }
        return Ok(message);
    }
    if !store::messages::insert(tx, &message).await? {
        let known = store::messages::by_business_key(tx, &message.draft.business_key).await?;
        return match known {
            Some(known) if known.draft == message.draft => Ok(known),
            _ => Err(Error::already_exists(
                "BUSINESS_KEY_REUSED",
                "this business_key stands for a message with other content; take another key for another send",
            )),
        };
    }
    keep(tx, &mut message, outcome).await?;
    Ok(message)
}
