//! A message is checked and written: from a draft to a text in the queue, or to the reasons why not.
//!
//! What others know (who the reader is, the link to answer by) is gathered first, outside of any transaction. Then
//! everything is decided and kept in one. Both are for many messages of a tenant at once.

use std::{collections::HashMap, sync::Arc};

use chassis::{Error, Result, TenantId, TenantTx, peers::Peers, telemetry, wire};
use clarity::Tuning;
use tracing::Instrument as _;
use usher_proto::{
    ats::v1::{
        BatchCreateCentreLinksRequest, CentreLinkResult, CreateCentreLinkRequest,
        candidate_centre_service_client::CandidateCentreServiceClient,
    },
    outreach::v1::MessageDraft,
    talent::v1::{ContactChannel, Language},
};

use super::{
    choose_template::{self, Memory},
    gate::examine::Written,
};
use crate::{
    channels::rack::{Rack, Shelf},
    domain::{
        channel::Medium,
        clear,
        compose::{Outcome, Reader, compose},
        facts,
        gate::{Sender, person::Person},
        route::{self, Contacts},
        short::Short,
    },
    recipients::{Known, Recipient, Recipients},
    store,
};

/// Whom to ask.
#[derive(Clone, Copy)]
pub struct Sources<'all> {
    pub recipients: &'all Recipients,
    pub rack: &'all Rack,
    pub peers: &'all Peers,
    pub public_url: &'all str,
}

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

/// A draft, and the trace that it belongs to.
pub type Asked<'all> = (&'all MessageDraft, &'all str);

/// Asks talent for the readers, and ats for the links of messages that lead to the candidate centre, each at once. Errors: of
/// the whole while one of them can not be asked; of one, `NOT_FOUND` (`CANDIDATE_NOT_FOUND`, and what ats does not know).
pub async fn gather(
    sources: Sources<'_>,
    tenant: TenantId,
    asked: &[Asked<'_>],
    dry: bool,
) -> Result<Vec<Result<Gathered>>> {
    let span = tracing::info_span!("prepare message", otel.kind = "consumer", messages = asked.len());
    for (place, (_, traceparent)) in asked.iter().enumerate() {
        // One span has one trace; the others are named.
        if place == 0 {
            telemetry::continue_from(&span, traceparent);
        } else {
            telemetry::link(&span, traceparent);
        }
    }
    async {
        let ids = asked.iter().map(|(draft, _)| draft.candidate_id.clone()).collect();
        let known = sources.recipients.ask(tenant, ids).await?;
        let mut links = answer_links(sources, tenant, asked, &known, dry).await?;
        let shelf = sources.rack.shelf(tenant).await?;
        let mut gathered = Vec::with_capacity(asked.len());
        for (place, (draft, _)) in asked.iter().enumerate() {
            let link = links.remove(&place).unwrap_or_else(|| Ok(String::new()));
            gathered.push(match known.get(&draft.candidate_id) {
                Some(recipient) => link.map(|link| of(recipient, link, shelf.clone(), dry)),
                None => Err(Error::not_found("CANDIDATE_NOT_FOUND", "there is no candidate of this id")),
            });
        }
        Ok(gathered)
    }
    .instrument(span)
    .await
}

fn of(recipient: &Recipient, answer_link: String, shelf: Arc<Shelf>, dry: bool) -> Gathered {
    let language = if recipient.language() == Language::En { "en" } else { "zh-CN" };
    Gathered {
        reader: Reader { language: language.to_owned(), name: recipient.display_name.clone() },
        answer_link,
        person: Person::of(recipient),
        contacts: Contacts {
            has_email: !recipient.email.is_empty(),
            has_wechat: !recipient.wechat_id.is_empty(),
            phone: recipient.phone.clone(),
            ..Contacts::default()
        },
        preferred: recipient.preferred_channels().flat_map(media).copied().collect(),
        shelf,
        dry,
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

/// The links of those messages that lead to a page, by their places.
async fn answer_links(
    sources: Sources<'_>,
    tenant: TenantId,
    asked: &[Asked<'_>],
    known: &Known,
    dry: bool,
) -> Result<HashMap<usize, Result<String>>> {
    let url = sources.public_url;
    let (mut places, mut links) = (Vec::new(), Vec::new());
    for (place, (draft, _)) in asked.iter().enumerate() {
        let has_subject = !draft.interview_id.is_empty() || !draft.application_id.is_empty();
        if facts::has_answer_link(draft.kind()) && has_subject && known.contains_key(&draft.candidate_id) {
            places.push(place);
            links.push(link_of(draft));
        }
    }
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    // Nothing may be written for a message that is only looked at.
    if dry {
        return Ok(places.into_iter().map(|place| (place, Ok(format!("{url}/c/…")))).collect());
    }
    let mut centre = CandidateCentreServiceClient::new(sources.peers.channel("ats")?);
    let request = sources.peers.request(Some(tenant), BatchCreateCentreLinksRequest { links })?;
    let made = centre.batch_create_centre_links(request).await?.into_inner().results;
    let link = |made: CentreLinkResult| match made.token.as_str() {
        "" => Err(Error::not_found(made.reason, "ats knows nothing that the message could lead to")),
        token => Ok(format!("{url}/c/{token}")),
    };
    Ok(places.into_iter().zip(made.into_iter().map(link)).collect())
}

/// An interview where there is one, else the application.
fn link_of(draft: &MessageDraft) -> CreateCentreLinkRequest {
    match draft.interview_id.as_str() {
        "" => CreateCentreLinkRequest {
            application_id: draft.application_id.clone(),
            ..CreateCentreLinkRequest::default()
        },
        interview => {
            CreateCentreLinkRequest { interview_id: interview.to_owned(), ..CreateCentreLinkRequest::default() }
        }
    }
}

/// A draft that is looked at, who asks for it, and what others know.
#[derive(Debug, Clone, Copy)]
pub struct Case<'all> {
    pub draft: &'all MessageDraft,
    pub actor: &'all str,
    pub gathered: &'all Gathered,
}

/// Runs the gates over drafts with the texts that are in use now; the outcomes are in their order. A look draws nobody into
/// an experiment. Errors of one: it has no template, or its facts can not be read.
pub async fn examine(tx: &mut TenantTx, cases: &[Case<'_>]) -> Result<Vec<Result<Outcome>>> {
    let tuning = store::clarity::get(tx).await?.tuning();
    let mut chosen = Memory::default();
    let mut placed: Vec<(usize, &Case<'_>)> = cases.iter().enumerate().collect();
    // Two who draw the same people into an experiment wait for each other in one order.
    placed.sort_by_key(|(_, case)| &case.draft.candidate_id);
    let mut outcomes = Vec::with_capacity(cases.len());
    for (place, case) in placed {
        match write(tx, &mut chosen, &tuning, case).await {
            Err(error) if error.is_transient() => return Err(error),
            outcome => outcomes.push((place, outcome)),
        }
    }
    outcomes.sort_by_key(|(place, _)| *place);
    let mut outcomes: Vec<Result<Outcome>> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let mut written: Vec<Written<'_>> = Vec::new();
    for (case, outcome) in cases.iter().zip(&mut outcomes) {
        let Ok(outcome) = outcome else { continue };
        written.push(Written {
            draft: case.draft,
            sender: Sender::of(case.actor),
            person: &case.gathered.person,
            outcome,
        });
    }
    super::gate::examine::run(tx, &mut written).await?;
    Ok(outcomes)
}

/// Writes the text and finds its way out.
async fn write(tx: &mut TenantTx, chosen: &mut Memory, tuning: &Tuning, case: &Case<'_>) -> Result<Outcome> {
    let Case { draft, gathered, .. } = *case;
    let chosen = choose_template::run(tx, chosen, draft, &gathered.reader.language, gathered.dry).await?;
    let mut outcome = compose(draft, &gathered.reader, &chosen, &gathered.answer_link, tx.now());
    clear::gate::decide(&mut outcome, draft.kind(), tuning, tx.now());
    choose_channel(tx, draft, gathered, &mut outcome).await?;
    Ok(outcome)
}

/// The last gate of the text: a way out for it, if there is one.
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
