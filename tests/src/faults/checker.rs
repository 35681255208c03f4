//! Compares what the mail server took with what outreach says: every message that was accepted was sent exactly once, or
//! it is said why not, or why more often.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::{Duration, Instant},
};

use usher_proto::outreach::v1::{
    GetMessageRequest, ListMessagesRequest, Message, MessageState, message_service_client::MessageServiceClient,
};

use super::Installation;
use crate::{
    pods::by,
    sink::{Fate, Seen},
};

/// What was found. Printed, it is a line for each kind of end.
#[derive(Debug, Default)]
pub struct Findings {
    /// Messages that were accepted.
    pub accepted: usize,
    /// Said to be sent, and came once.
    pub once: usize,
    /// Came more often than once, each time by a try of its own: the window that SMTP can not close.
    pub again: usize,
    /// Mails beyond the first of each of those.
    pub extra: usize,
    /// Given up with a reason, and the mail server has refused them.
    pub given_up: BTreeMap<String, usize>,
    /// Everything else, a line each.
    pub unexplained: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  accepted                        {}", self.accepted)?;
        writeln!(f, "  sent, came once                 {}", self.once)?;
        writeln!(f, "  sent, came again (SMTP window)  {} messages, {} mails too many", self.again, self.extra)?;
        for (reason, count) in &self.given_up {
            writeln!(f, "  given up                        {count}: {reason}")?;
        }
        write!(f, "  unexplained                     {}", self.unexplained.len())?;
        for line in self.unexplained.iter().take(20) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// Waits until every one of these messages has come to its end, but not for ever, and compares.
pub async fn check(installation: &Installation, accepted: &BTreeSet<String>, patience: Duration) -> Findings {
    let begun = Instant::now();
    let messages = loop {
        let messages = all(installation).await;
        let is_open = |message: &&Message| {
            matches!(message.state(), MessageState::Accepted | MessageState::Queued | MessageState::Sending)
        };
        let open = messages.values().filter(is_open).count();
        if open == 0 || begun.elapsed() > patience {
            break messages;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let mut came: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for seen in installation.sink.seen() {
        came.entry(seen.message_id.clone()).or_default().push(seen);
    }
    let mut findings = Findings { accepted: accepted.len(), ..Findings::default() };
    for id in accepted {
        let Some(message) = messages.get(id) else {
            findings.unexplained.push(format!("{id} was accepted and is not there"));
            continue;
        };
        let seen = came.get(&message.rfc_message_id).map_or(&[][..], Vec::as_slice);
        judge(installation, &mut findings, message, seen).await;
    }
    let known: BTreeSet<&str> = messages.values().map(|message| message.rfc_message_id.as_str()).collect();
    let strays = came.iter().filter(|(id, seen)| !known.contains(id.as_str()) && seen.iter().any(Seen::is_taken));
    findings.unexplained.extend(strays.map(|(id, _)| format!("{id} came, and nobody says that it was sent")));
    findings
}

async fn judge(installation: &Installation, findings: &mut Findings, message: &Message, seen: &[Seen]) {
    let id = &message.message_id;
    let taken = seen.iter().filter(|seen| seen.is_taken()).count();
    let said = seen.iter().filter(|seen| seen.fate == Fate::Taken).count();
    match (message.state(), taken) {
        (MessageState::Sent, 1) => findings.once += 1,
        (MessageState::Sent, 0) => findings.unexplained.push(format!("{id} is said to be sent and did not come")),
        (MessageState::Sent, _) => {
            let tries = get(installation, id).await.attempts.len();
            if taken > tries {
                findings.unexplained.push(format!("{id} came {taken} times by {tries} tries"));
            }
            findings.again += 1;
            findings.extra += taken - 1;
        }
        (MessageState::Failed, _) if said == 0 => {
            let message = get(installation, id).await;
            let error = message.attempts.last().map(|attempt| attempt.error.clone()).unwrap_or_default();
            if error.is_empty() {
                findings.unexplained.push(format!("{id} failed and nobody says why"));
            } else {
                *findings.given_up.entry(error).or_default() += 1;
            }
        }
        (state, _) => {
            let message = get(installation, id).await;
            let errors: Vec<&str> = message.attempts.iter().map(|attempt| attempt.error.as_str()).collect();
            findings
                .unexplained
                .push(format!("{id} is {} and came {taken} times; tries: {errors:?}", state.as_str_name()));
        }
    }
}

/// Every message by its id.
async fn all(installation: &Installation) -> BTreeMap<String, Message> {
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListMessagesRequest { page_size: 1_000, page_token, ..ListMessagesRequest::default() };
        let page = installation
            .surely(async |channel| {
                let request = by(&installation.token(), request.clone());
                MessageServiceClient::new(channel).list_messages(request).await
            })
            .await
            .into_inner();
        found.extend(page.messages.into_iter().map(|message| (message.message_id.clone(), message)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

async fn get(installation: &Installation, id: &str) -> Message {
    let request = GetMessageRequest { message_id: id.to_owned() };
    let answer = installation.surely(async |channel| {
        MessageServiceClient::new(channel).get_message(by(&installation.token(), request.clone())).await
    });
    answer.await.into_inner().message.expect("a message")
}
