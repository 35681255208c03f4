//! `SendMessage` and `SendMessages`: messages are checked, written and queued at once, and what is refused is an error and
//! leaves nothing behind. However many they are, the statements are the same few.

use std::collections::{HashMap, HashSet};

use chassis::{Actor, Error, Result, TenantTx};
use chrono::{DateTime, Utc};
use outbox::{erasure, merging};
use usher_proto::outreach::v1::MessageDraft;
use uuid::Uuid;

use super::{
    accept, gate, keep,
    prepare::{self, Case, Gathered},
};
use crate::{
    domain::{
        compose::Outcome,
        gate::Sender,
        message::{CandidateId, Message, MessageId, Verdict},
    },
    store::{self, messages::Note},
};

/// Somebody asks for a message.
#[derive(Debug, Clone)]
pub struct Order {
    pub draft: MessageDraft,
    /// Who asks.
    pub actor: Actor,
    /// Not before this; at once when `None`.
    pub not_before: Option<DateTime<Utc>>,
    pub traceparent: String,
}

/// A message that was accepted, now or before.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub message: Message,
    /// Empty for one that was known.
    pub verdicts: Vec<Verdict>,
    /// Whether it is new, and due, so that Redis is to be told when this is committed.
    pub to_tell: bool,
}

/// Whether Redis is told of new messages by whoever writes them. Else they wait until the look at what is due tells it.
pub type TellsItself<'all> = &'all (dyn Fn(&Message) -> bool + Send + Sync);

/// Accepts messages, each with what was gathered for it; the results are in their order. Errors of one: see
/// `MessageService.SendMessage`.
pub async fn run(
    tx: &mut TenantTx,
    orders: Vec<(Order, Result<Gathered>)>,
    tells: TellsItself<'_>,
) -> Result<Vec<Result<Accepted>>> {
    let now = tx.now();
    let whom = hold(tx, &orders).await?;
    let outcomes = outcomes(tx, &orders).await?;
    let mut results: Vec<Option<Result<Accepted>>> = orders.iter().map(|_| None).collect();
    let mut drawn = Drawn::default();
    let mut refused = Vec::new();
    for ((place, (order, _)), outcome) in orders.iter().enumerate().zip(outcomes) {
        match draw(tx, &whom, order, outcome) {
            Ok((message, outcome)) => drawn.push(place, order, message, outcome),
            Err(error) => refused.push((place, error)),
        }
    }
    refuse(tx, &orders, refused, &mut results).await?;
    let Drawn { places, mut messages, outcomes, senders } = drawn;
    let said = keep::settle(&mut messages, outcomes, now);
    let notes: Vec<Note> = senders
        .iter()
        .zip(&said)
        .map(|(sender, said)| Note {
            sender: Sender::of(sender.as_str()).kept().to_owned(),
            address_hash: said.address_hash.clone(),
        })
        .collect();
    let told: HashSet<MessageId> = messages
        .iter()
        .filter(|message| message.next_time <= now && tells(message))
        .map(|message| message.id)
        .collect();
    let fresh = if messages.is_empty() {
        HashSet::new()
    } else {
        store::messages::insert_all(tx, &messages, &notes, &told).await?
    };
    let taken: Vec<&str> = messages
        .iter()
        .filter(|message| !fresh.contains(&message.id))
        .map(|message| message.draft.business_key.as_str())
        .collect();
    let known = known(tx, &taken).await?;
    let (mut new, mut new_said) = (Vec::new(), Vec::new());
    for (((place, message), said), sender) in places.into_iter().zip(messages).zip(said).zip(senders) {
        if fresh.contains(&message.id) {
            let to_tell = told.contains(&message.id);
            results[place] = Some(Ok(Accepted { message: message.clone(), verdicts: said.verdicts.clone(), to_tell }));
            tx.act_for(sender);
            gate::claim_on_send(tx, &message).await?;
            new.push(message);
            new_said.push(said);
        } else {
            let known = known.get(&message.draft.business_key);
            results[place] = Some(same(&message.draft, known).unwrap_or_else(|| Err(reused())));
        }
    }
    if !new.is_empty() {
        keep::tell(tx, &new, &new_said).await?;
    }
    let nothing = || Err(Error::internal("a message has no result", &"send"));
    Ok(results.into_iter().map(|result| result.unwrap_or_else(nothing)).collect())
}

/// What the gates say of each, as far as others know whom it is for.
async fn outcomes(tx: &mut TenantTx, orders: &[(Order, Result<Gathered>)]) -> Result<Vec<Result<Outcome>>> {
    let mut cases = Vec::new();
    for (order, gathered) in orders {
        if let Ok(gathered) = gathered {
            cases.push(Case { draft: &order.draft, actor: order.actor.as_str(), gathered });
        }
    }
    let mut examined = prepare::examine(tx, &cases).await?.into_iter();
    let nothing = || Err(Error::internal("a draft was not examined", &"send"));
    let outcomes = orders.iter().map(|(_, gathered)| match gathered {
        Ok(_) => examined.next().unwrap_or_else(nothing),
        Err(error) => Err(error.clone()),
    });
    Ok(outcomes.collect())
}

/// Says why not. What was taken before is not refused for having been taken.
async fn refuse(
    tx: &mut TenantTx,
    orders: &[(Order, Result<Gathered>)],
    refused: Vec<(usize, Error)>,
    results: &mut [Option<Result<Accepted>>],
) -> Result<()> {
    let keys: Vec<&str> = refused.iter().map(|(place, _)| orders[*place].0.draft.business_key.as_str()).collect();
    let known = known(tx, &keys).await?;
    for (place, error) in refused {
        let draft = &orders[place].0.draft;
        results[place] = match same(draft, known.get(&draft.business_key)) {
            Some(Ok(accepted)) => Some(Ok(accepted)),
            _ => Some(Err(gate::told(tx, &draft.candidate_id, error).await?)),
        };
    }
    Ok(())
}

/// A message as it would be, and nothing is written.
pub async fn look(tx: &mut TenantTx, order: Order, gathered: Result<Gathered>) -> Result<Message> {
    let orders = [(order, gathered)];
    let whom = hold(tx, &orders).await?;
    let nothing = || Err(Error::internal("a draft was not examined", &"send"));
    let outcome = outcomes(tx, &orders).await?.into_iter().next().unwrap_or_else(nothing);
    let order = &orders[0].0;
    let (mut message, outcome) = match draw(tx, &whom, order, outcome) {
        Ok(drawn) => drawn,
        Err(error) => {
            let known = known(tx, &[&order.draft.business_key]).await?;
            return match same(&order.draft, known.get(&order.draft.business_key)) {
                Some(Ok(accepted)) => Ok(accepted.message),
                _ => Err(gate::told(tx, &order.draft.candidate_id, error).await?),
            };
        }
    };
    let state = message.state;
    keep::settle(std::slice::from_mut(&mut message), vec![outcome], tx.now());
    Ok(Message { state, ..message })
}

#[derive(Default)]
struct Drawn {
    places: Vec<usize>,
    messages: Vec<Message>,
    outcomes: Vec<Outcome>,
    senders: Vec<Actor>,
}

impl Drawn {
    fn push(&mut self, place: usize, order: &Order, message: Message, outcome: Outcome) {
        self.places.push(place);
        self.messages.push(message);
        self.outcomes.push(outcome);
        self.senders.push(order.actor.clone());
    }
}

/// Who stands for those who are written to, and who of them, or of what it is about, is forgotten.
struct Whom {
    stands_for: HashMap<Uuid, Uuid>,
    erased: HashSet<Uuid>,
}

/// Lets nobody be merged, parted or forgotten before this transaction ends.
async fn hold(tx: &mut TenantTx, orders: &[(Order, Result<Gathered>)]) -> Result<Whom> {
    let (mut people, mut applications) = (Vec::new(), Vec::new());
    for (order, _) in orders {
        let message = accept::from_draft(tx, order.draft.clone())?;
        people.push(message.candidate_id.0);
        applications.extend(message.application_id.map(|id| id.0));
    }
    let stands_for = merging::settled_all(tx, &people).await?;
    let subjects: Vec<Uuid> = stands_for.values().copied().chain(applications).collect();
    let erased = erasure::hold(tx, &subjects).await?;
    Ok(Whom { stands_for, erased })
}

/// A message with what its gates say of it. Errors: the first gate's refusal; `CANDIDATE_ERASED`.
fn draw(tx: &TenantTx, whom: &Whom, order: &Order, outcome: Result<Outcome>) -> Result<(Message, Outcome)> {
    let outcome = outcome?;
    if let Some(error) = outcome.error() {
        return Err(error);
    }
    let mut message = accept::from_draft(tx, order.draft.clone())?;
    message.traceparent.clone_from(&order.traceparent);
    message.next_time = order.not_before.unwrap_or_else(|| tx.now());
    // Whoever stands for them may be forgotten.
    message.candidate_id =
        whom.stands_for.get(&message.candidate_id.0).map_or(message.candidate_id, |root| CandidateId(*root));
    let subjects = [Some(message.candidate_id.0), message.application_id.map(|id| id.0)];
    if subjects.into_iter().flatten().any(|subject| whom.erased.contains(&subject)) {
        return Err(erasure::refusal());
    }
    Ok((message, outcome))
}

/// The messages that stand for these keys, by their keys.
async fn known(tx: &mut TenantTx, keys: &[&str]) -> Result<HashMap<String, Message>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let known = store::messages::by_business_keys(tx, keys).await?;
    Ok(known.into_iter().map(|message| (message.draft.business_key.clone(), message)).collect())
}

/// What was asked for before by the same draft; an error where the key stands for another content.
fn same(asked: &MessageDraft, known: Option<&Message>) -> Option<Result<Accepted>> {
    let known = known?;
    Some(if known.is_the_send_of(asked) {
        Ok(Accepted { message: known.clone(), verdicts: Vec::new(), to_tell: false })
    } else {
        Err(reused())
    })
}

fn reused() -> Error {
    Error::already_exists(
        "BUSINESS_KEY_REUSED",
        "this business_key stands for a message with other content; take another key for another send",
    )
}
