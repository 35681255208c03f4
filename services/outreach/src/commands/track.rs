//! What became of a message at its reader's is kept: a link that was followed, an opening.

use chassis::{Result, TenantTx, wire};
use usher_proto::outreach::v1::{LinkFollowed, MessageOpened, VisitKind, Visitor};

use crate::{
    domain::{links, message::Message, token},
    store::visits::{self, Visit},
};

/// Who came, and by what evidence.
#[derive(Debug)]
pub struct Seen {
    pub visitor: Visitor,
    pub evidence: Vec<String>,
}

/// Where a link of a message leads. Errors: `UNAUTHENTICATED` (`LINK_INVALID`).
pub fn target(message: &Message, link: u8) -> Result<&str> {
    let target = links::shown(&message.text).nth(usize::from(link)).map(|(_, link)| link);
    target.ok_or_else(token::invalid)
}

/// Somebody followed a link.
pub async fn followed(tx: &mut TenantTx, message: &Message, link: u8, seen: Seen) -> Result<()> {
    let visitor = seen.visitor;
    if note(tx, message, VisitKind::Followed, link, seen).await? {
        let followed = LinkFollowed {
            message_id: message.id.to_string(),
            kind: message.draft.kind,
            candidate_id: message.candidate_id.to_string(),
            application_id: message.draft.application_id.clone(),
            link: link.into(),
            visitor: visitor.into(),
            time: Some(wire::timestamp(tx.now())),
        };
        outbox::append(tx, message.id, &followed).await?;
    }
    Ok(())
}

/// Somebody opened the message.
pub async fn opened(tx: &mut TenantTx, message: &Message, seen: Seen) -> Result<()> {
    let visitor = seen.visitor;
    if note(tx, message, VisitKind::Opened, 0, seen).await? {
        let opened = MessageOpened {
            message_id: message.id.to_string(),
            kind: message.draft.kind,
            candidate_id: message.candidate_id.to_string(),
            application_id: message.draft.application_id.clone(),
            visitor: visitor.into(),
            time: Some(wire::timestamp(tx.now())),
        };
        outbox::append(tx, message.id, &opened).await?;
    }
    Ok(())
}

async fn note(tx: &mut TenantTx, message: &Message, kind: VisitKind, link: u8, seen: Seen) -> Result<bool> {
    let Seen { visitor, evidence } = seen;
    let visit = Visit { kind, link: link.into(), visitor, evidence, time: tx.now() };
    visits::insert(tx, message.id, &visit).await
}
