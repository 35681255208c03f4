//! From the domain to protobuf.

use chassis::wire::timestamp;
use usher_proto::outreach::v1 as pb;

use crate::domain::reply::Reply;

pub fn reply(reply: Reply) -> pb::Reply {
    let (sender_name, sender_address) = reply.sender.map(|sender| (sender.name, sender.address)).unwrap_or_default();
    let (settled_by, settle_time, settle_reason) = match reply.settled {
        Some(settled) => (settled.by, Some(timestamp(settled.time)), settled.reason),
        None => (String::new(), None, String::new()),
    };
    pb::Reply {
        reply_id: reply.id.to_string(),
        state: reply.state.into(),
        kind: reply.kind.into(),
        r#match: reply.matched.into(),
        channel: reply.channel,
        message_id: reply.message_id.map(|id| id.to_string()).unwrap_or_default(),
        candidate_id: reply.candidate_id.map(|id| id.to_string()).unwrap_or_default(),
        application_id: reply.application_id.map(|id| id.to_string()).unwrap_or_default(),
        interview_id: reply.interview_id.map(|id| id.to_string()).unwrap_or_default(),
        subject: reply.subject,
        text: reply.text,
        intent: reply.intent.into(),
        confidence: reply.confidence,
        quote: reply.quote,
        also: reply.also.into_iter().map(i32::from).collect(),
        evidence: reply.evidence,
        outcome: reply.outcome.into(),
        status: reply.status,
        sender_name,
        sender_address,
        from_reader: reply.from_reader,
        rfc_message_id: reply.rfc_message_id,
        receive_time: Some(timestamp(reply.receive_time)),
        settled_by,
        settle_time,
        settle_reason,
    }
}
