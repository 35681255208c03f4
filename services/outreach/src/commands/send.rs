//! `SendMessage` and `SendMessages`: messages are checked, written and queued at once, and what is refused is an error and
//! leaves nothing behind. However many they are, the statements are the same few.

use std::collections::{HashMap, HashSet};

use chassis::{Actor, Error, Result, TenantTx};
use chrono::{DateTime, Utc};
use outbox::{erasure, merging};
use usher_proto::outreach::v1::MessageDraft;
use uuid::Uuid;

use super::{
    accept,
    prepare::{self, Gathered, Shelf},
};
use crate::{
    domain::{
        compose::Outcome,
        message::{CandidateId, Message, MessageId, Verdict},
    },
    store,
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
    let mut results: Vec<Option<Result<Accepted>>> = orders.iter().map(|_| None).collect();
    let mut drawn = Drawn::default();
    let mut shelf = Shelf::new();
    let whom = hold(tx, &orders).await?;
    for (place, (order, gathered)) in orders.into_iter().enumerate() {
        match draw(tx, &mut shelf, &whom, order, gathered).await {
            Ok((message, outcome)) => drawn.push(place, message, outcome),
            // What went wrong with the database goes wrong with all.
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => results[place] = Some(Err(error)),
        }
    }
    let Drawn { places, mut messages, outcomes } = drawn;
    let said = prepare::settle(&mut messages, outcomes, now);
    let told: HashSet<MessageId> =
        messages.iter().filter(|message| message.next_time <= now && tells(message)).map(|message| message.id).collect();
    let fresh = if messages.is_empty() {
        HashSet::new()
    } else {
        store::messages::insert_all(tx, &messages, &told).await?
    };
    let known = known(tx, &messages, &fresh).await?;
    let (mut new, mut new_said) = (Vec::new(), Vec::new());
    for ((place, message), said) in places.into_iter().zip(messages).zip(said) {
        if fresh.contains(&message.id) {
            let to_tell = told.contains(&message.id);
            results[place] =
                Some(Ok(Accepted { message: message.clone(), verdicts: said.verdicts.clone(), to_tell }));
            new.push(message);
            new_said.push(said);
        } else {
            results[place] = Some(same(&message, known.get(&message.draft.business_key)));
        }
    }
    if !new.is_empty() {
        prepare::tell(tx, &new, &new_said).await?;
    }
    let nothing = || Err(Error::internal("a message has no result", &"send"));
    Ok(results.into_iter().map(|result| result.unwrap_or_else(nothing)).collect())
}

/// A message as it would be, and nothing is written.
pub async fn look(tx: &mut TenantTx, order: Order, gathered: Result<Gathered>) -> Result<Message> {
    let orders = [(order, gathered)];
    let whom = hold(tx, &orders).await?;
    let [(order, gathered)] = orders;
    let (mut message, outcome) = draw(tx, &mut Shelf::new(), &whom, order, gathered).await?;
    let state = message.state;
    prepare::settle(std::slice::from_mut(&mut message), vec![outcome], tx.now());
    Ok(Message { state, ..message })
}

#[derive(Default)]
struct Drawn {
    places: Vec<usize>,
    messages: Vec<Message>,
    outcomes: Vec<Outcome>,
}

impl Drawn {
    fn push(&mut self, place: usize, message: Message, outcome: Outcome) {
        self.places.push(place);
        self.messages.push(message);
        self.outcomes.push(outcome);
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
async fn draw(
    tx: &mut TenantTx,
    shelf: &mut Shelf,
    whom: &Whom,
    order: Order,
    gathered: Result<Gathered>,
) -> Result<(Message, Outcome)> {
    let gathered = gathered?;
    tx.act_for(order.actor);
    let outcome = prepare::examine(tx, shelf, &order.draft, &gathered).await?;
    if let Some(error) = outcome.error() {
        return Err(error);
    }
    let mut message = accept::from_draft(tx, order.draft)?;
    message.traceparent = order.traceparent;
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

/// The messages that stand for keys that were taken.
async fn known(
    tx: &mut TenantTx,
    messages: &[Message],
    fresh: &HashSet<MessageId>,
) -> Result<HashMap<String, Message>> {
    let taken: Vec<&str> = messages
        .iter()
        .filter(|message| !fresh.contains(&message.id))
        .map(|message| message.draft.business_key.as_str())
        .collect();
    if taken.is_empty() {
        return Ok(HashMap::new());
    }
    let known = store::messages::by_business_keys(tx, &taken).await?;
    Ok(known.into_iter().map(|message| (message.draft.business_key.clone(), message)).collect())
}

fn same(asked: &Message, known: Option<&Message>) -> Result<Accepted> {
    match known {
        Some(known) if known.is_the_send_of(&asked.draft) => {
            Ok(Accepted { message: known.clone(), verdicts: Vec::new(), to_tell: false })
        }
        _ => Err(Error::already_exists(
            "BUSINESS_KEY_REUSED",
            "this business_key stands for a message with other content; take another key for another send",
        )),
    }
}
