//! Whom talent says a message is for, and where they are reached.
//!
//! An address is kept nowhere but in talent. Who was asked for a moment ago, when the message was written, is not asked for
//! again when it goes out: it is remembered here, in memory alone, for [`FRESH`].

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use chassis::{Clock, Result, TenantId, peers::Peers};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{
    BatchGetRecipientsRequest, GetRecipientResponse, candidate_service_client::CandidateServiceClient,
};

/// A change of an address, or an erasure, takes effect on messages that wait no later than this.
const FRESH: TimeDelta = TimeDelta::seconds(2);
/// People at once, as talent has it.
const PAGE: usize = 500;
/// People that are remembered; some hundred bytes each.
const KEPT: usize = 20_000;

/// Somebody, as talent knows them.
pub type Recipient = Arc<GetRecipientResponse>;

/// People by the ids by which they were asked for; whom talent does not know is missing.
pub type Known = HashMap<String, Recipient>;

/// Asks talent, and remembers for a moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recipients {
    peers: Peers,
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    known: HashMap<(TenantId, String), (DateTime<Utc>, Recipient)>,
    /// In the order in which they go.
    order: VecDeque<(DateTime<Utc>, TenantId, String)>,
}

impl Recipients {
    pub fn new(peers: Peers, clock: Clock) -> Self {
        Self { peers, clock, kept: Arc::default() }
    }

    /// Asks for people now. Errors: `UNAVAILABLE` while talent does not answer.
    pub async fn ask(&self, tenant: TenantId, ids: Vec<String>) -> Result<Known> {
        let mut wanted = ids;
        wanted.sort();
        wanted.dedup();
        let mut known = Known::new();
        for page in wanted.chunks(PAGE) {
            let request = BatchGetRecipientsRequest { candidate_ids: page.to_vec() };
            let mut talent = CandidateServiceClient::new(self.peers.channel("talent")?);
            let answer = talent.batch_get_recipients(self.peers.request(Some(tenant), request)?).await?;
            known.extend(
                answer
                    .into_inner()
                    .recipients
                    .into_iter()
                    .filter_map(|recipient| Some((recipient.candidate_id, Arc::new(recipient.reached?)))),
            );
        }
        self.remember(tenant, &known);
        Ok(known)
    }

    /// As [`Recipients::ask`], but for those who are remembered.
    pub async fn recall(&self, tenant: TenantId, ids: Vec<String>) -> Result<Known> {
        let mut known = Known::new();
        let mut missing = Vec::new();
        {
            let now = self.clock.now();
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                let key = (tenant, id);
                match kept.known.get(&key) {
                    Some((until, recipient)) if *until > now => {
                        known.insert(key.1, recipient.clone());
                    }
                    _ => missing.push(key.1),
                }
            }
        }
        if !missing.is_empty() {
            known.extend(self.ask(tenant, missing).await?);
        }
        Ok(known)
    }

    fn remember(&self, tenant: TenantId, fresh: &Known) {
        let until = self.clock.now() + FRESH;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, recipient) in fresh {
            kept.known.insert((tenant, id.clone()), (until, recipient.clone()));
            kept.order.push_back((until, tenant, id.clone()));
        }
        kept.age(self.clock.now());
    }

    /// Forgets whoever has been remembered for long enough, so that no address stays when nobody asks any more.
    pub fn age(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).age(self.clock.now());
    }
}

impl Kept {
    fn age(&mut self, now: DateTime<Utc>) {
        while self.order.front().is_some_and(|(until, ..)| *until <= now) || self.order.len() > KEPT {
            let Some((until, tenant, id)) = self.order.pop_front() else { break };
            let key = (tenant, id);
            // Whoever was asked for again since stays.
            if self.known.get(&key).is_some_and(|(kept, _)| *kept <= until) {
                self.known.remove(&key);
            }
        }
    }
}
