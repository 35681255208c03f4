//! Whom a campaign means, and how they stand.

use std::collections::{HashMap, HashSet};

use chassis::{
    Result, TenantTx,
    wire::{self, Page},
};
use chrono::{DateTime, Utc};
use usher_proto::talent::v1::{
    CampaignArm, CampaignMemberState, CampaignOutcome, CampaignSegment, ListCampaignMembersRequest,
    ListCampaignsRequest,
};
use uuid::Uuid;

use super::search::{self, Asking};
use crate::{
    domain::{
        campaign::{Campaign, CampaignId, gate, member::Member, outcome, spec},
        candidate::{Candidate, CandidateId},
        person::Person,
        rate::Rate,
        synonyms::Synonyms,
    },
    index::{Index, Place, Request, Sort},
    keys::TenantKey,
    store,
};

/// Reads a segment, or says what is wrong with it.
pub fn read(segment: &CampaignSegment, synonyms: &Synonyms, now: DateTime<Utc>) -> Result<Asking> {
    // Alone first, so that a column is one of what was written.
    Asking::read(&segment.query, segment.filter.as_ref(), synonyms, now)?;
    Asking::read(&spec::query(segment), segment.filter.as_ref(), synonyms, now)
}

/// Some people of a segment.
#[derive(Debug)]
pub struct Found {
    pub ids: Vec<CandidateId>,
    /// Where the next ones are; `None` when there are no more.
    pub next: Option<Place>,
    /// How many the segment has.
    pub total: u64,
}

/// The people of a segment behind a place, at most so many. Ages such as `active:<90d` are reckoned from `now`.
pub fn find(
    index: &Index,
    tenant: Uuid,
    asking: Asking,
    after: Option<Place>,
    page_size: usize,
    now: DateTime<Utc>,
) -> Result<Found> {
    let asked = Request {
        tenant,
        query: asking.query,
        filters: asking.filters,
        sort: Sort::Recency,
        page_size,
        after,
        facets: Vec::new(),
        facet_limit: 0,
        highlights: false,
        now: now.timestamp(),
    };
    let answer = index.search(&asked).map_err(|error| search::broken(&error))?;
    let ids = answer.hits.iter().map(|hit| CandidateId(hit.id)).collect();
    Ok(Found { ids, next: answer.next, total: answer.total })
}

/// People whom a campaign considers, with what it has to know of each, and of all who are part of them.
#[derive(Debug)]
pub struct Considered {
    people: HashMap<CandidateId, Person>,
    /// Who is part of one of them, with that one.
    parts: HashMap<CandidateId, CandidateId>,
    in_others: HashSet<CandidateId>,
    last_messages: HashMap<CandidateId, DateTime<Utc>>,
}

impl Considered {
    /// Of these people, but for those who are part of somebody else: a statement for each table, however many they are.
    pub async fn load(tx: &mut TenantTx, campaign: CampaignId, mut candidates: Vec<Candidate>) -> Result<Self> {
        let ids: Vec<CandidateId> = candidates.iter().map(|candidate| candidate.id).collect();
        let merged = store::merges::roots(tx, &ids).await?;
        candidates.retain(|candidate| merged.iter().all(|(part, _)| *part != candidate.id));
        let ids: Vec<CandidateId> = candidates.iter().map(|candidate| candidate.id).collect();
        let parts: HashMap<CandidateId, CandidateId> = store::merges::members(tx, &ids).await?.into_iter().collect();
        let root = |id: CandidateId| parts.get(&id).copied().unwrap_or(id);
        let all: Vec<CandidateId> = ids.into_iter().chain(parts.keys().copied()).collect();
        let people = store::people::all_whole(tx, candidates).await?;
        let in_others = store::campaign_members::in_others(tx, campaign, &all).await?.into_iter().map(root).collect();
        let mut last_messages = HashMap::new();
        for (id, time) in store::campaign_messages::last_of_others(tx, campaign, &all).await? {
            let last = last_messages.entry(root(id)).or_insert(time);
            *last = time.max(*last);
        }
        let people = people.into_iter().map(|person| (person.candidate.id, person)).collect();
        Ok(Self { people, parts, in_others, last_messages })
    }

    /// Who is part of one of them.
    pub fn parts(&self) -> Vec<CandidateId> {
        self.parts.keys().copied().collect()
    }

    /// Who of them stands for a part; of others, they themselves.
    pub fn root(&self, id: CandidateId) -> CandidateId {
        self.parts.get(&id).copied().unwrap_or(id)
    }

    /// Somebody of them, or of whom that one is a part; `None` when there is nobody of that id.
    pub fn person(&self, id: CandidateId) -> Option<&Person> {
        self.people.get(&self.root(id))
    }

    /// What is known of them beside the person.
    pub fn standing(&self, id: CandidateId) -> gate::Standing {
        let root = self.root(id);
        gate::Standing {
            is_in_other: self.in_others.contains(&root),
            last_message: self.last_messages.get(&root).copied(),
        }
    }
}

/// What a campaign would do with some people.
#[derive(Debug, Default)]
pub struct Preview {
    pub examined: i64,
    /// Those whom it would assign.
    pub eligible: Vec<(CandidateId, String)>,
    /// Why it would leave the others out.
    pub excluded: HashMap<&'static str, i64>,
}

impl Preview {
    /// Takes in some people of the segment.
    pub async fn add(
        &mut self,
        tx: &mut TenantTx,
        key: &TenantKey,
        campaign: &Campaign,
        ids: &[CandidateId],
    ) -> Result<()> {
        let candidates = store::candidates::by_ids(tx, key, ids).await?;
        let considered = Considered::load(tx, campaign.id, candidates).await?;
        for id in ids {
            self.examined += 1;
            let reason = match considered.person(*id) {
                None => Some(gate::GONE),
                Some(person) => gate::exclusion(campaign, person, considered.standing(*id), tx.now()),
            };
            match (reason, considered.person(*id)) {
                (None, Some(person)) => self.eligible.push((*id, person.candidate.profile.display_name.clone())),
                (reason, _) => *self.excluded.entry(reason.unwrap_or(gate::GONE)).or_default() += 1,
            }
        }
        Ok(())
    }
}

/// One page of campaigns, newest first, and the token of the next.
pub async fn list(tx: &mut TenantTx, request: &ListCampaignsRequest) -> Result<(Vec<Campaign>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let campaigns = store::campaigns::list(tx, &page).await?;
    Ok(page.cut(campaigns, |campaign| wire::Cursor { time: campaign.create_time, id: campaign.id.0 }))
}

/// One page of a campaign's people, in the order in which they were drawn, and the token of the next.
pub async fn list_members(tx: &mut TenantTx, request: &ListCampaignMembersRequest) -> Result<(Vec<Member>, String)> {
    let id = wire::id("campaign_id", &request.campaign_id)?;
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    store::campaigns::get(tx, id).await?;
    let members = store::campaign_members::list(tx, id, request.state, &page).await?;
    Ok(page.cut(members, store::campaign_members::cursor))
}

/// How many of a campaign's people stand how.
pub async fn counts(tx: &mut TenantTx, id: CampaignId) -> Result<Vec<(CampaignMemberState, String, i64)>> {
    let counts = store::campaign_counts::of_states(tx, id).await?;
    let known = |state: i16| CampaignMemberState::try_from(i32::from(state)).unwrap_or_default();
    Ok(counts.into_iter().map(|(state, reason, count)| (known(state), reason, count)).collect())
}

/// What a campaign did.
#[derive(Debug)]
pub struct Outcome {
    pub campaign: Campaign,
    pub treatment: Rate,
    pub holdout: Rate,
    pub reached: i64,
    pub counts: Vec<(CampaignArm, CampaignOutcome, i64)>,
}

/// Reckons what a campaign did, by people: of members who are one person by now, the first.
pub async fn outcome(tx: &mut TenantTx, id: CampaignId) -> Result<Outcome> {
    let campaign = store::campaigns::get(tx, id).await?;
    let mut counts = Vec::new();
    let (mut all, mut back, mut reached) = (HashMap::new(), HashMap::new(), 0);
    for (arm, what, people, written_to) in store::campaign_counts::of_outcomes(tx, id, &outcome::RETURNS).await? {
        let arm = CampaignArm::try_from(i32::from(arm)).unwrap_or_default();
        let what = CampaignOutcome::try_from(i32::from(what)).unwrap_or_default();
        *all.entry(arm).or_insert(0) += people;
        if outcome::is_return(what) {
            *back.entry(arm).or_insert(0) += people;
        }
        reached += written_to;
        counts.push((arm, what, people));
    }
    let rate = |arm: CampaignArm| {
        Rate::of(back.get(&arm).copied().unwrap_or_default(), all.get(&arm).copied().unwrap_or_default())
    };
    let (treatment, holdout) = (rate(CampaignArm::Treatment), rate(CampaignArm::Holdout));
    Ok(Outcome { campaign, treatment, holdout, reached, counts })
}
