//! How people came to their interviews before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::{
        fact::Fact,
        generation::Generation,
        risk::known::Earlier,
        snapshot,
        story::{Interview, Story},
    },
    store,
};

/// When interviews of the same people began, and whether they were missed.
pub struct Others {
    /// By root.
    outcomes: HashMap<Uuid, Vec<(Uuid, DateTime<Utc>, bool)>>,
    siblings: HashMap<Uuid, Vec<Uuid>>,
}

impl Others {
    /// For the people of these roots.
    pub async fn of(
        tx: &mut TenantTx,
        serving: Generation,
        roots: &[Uuid],
        facts: &BTreeMap<Uuid, Vec<Fact>>,
    ) -> Result<Self> {
        let mut siblings: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (one, other) in store::risk::siblings(tx, serving, roots).await? {
            siblings.entry(one).or_default().push(other);
        }
        let away: BTreeSet<Uuid> =
            siblings.values().flatten().filter(|root| !facts.contains_key(root)).copied().collect();
        let more = store::facts::of_roots(tx, serving, &Vec::from_iter(away)).await?;
        let outcomes = facts.iter().chain(&more).map(|(root, facts)| (*root, outcomes(facts))).collect();
        Ok(Self { outcomes, siblings })
    }

    /// How often the person of a root came and did not come before that moment, but for this interview.
    pub fn earlier(&self, root: Uuid, interview: Uuid, at: DateTime<Utc>) -> Earlier {
        let roots = self.siblings.get(&root).into_iter().flatten().chain([&root]);
        let all = roots.filter_map(|root| self.outcomes.get(root)).flatten();
        let before = all.filter(|(id, start, _)| *id != interview && *start < at);
        let mut earlier = Earlier::default();
        for (_, _, missed) in before {
            if *missed {
                earlier.missed += 1;
            } else {
                earlier.attended += 1;
            }
        }
        earlier
    }
}

fn outcomes(facts: &[Fact]) -> Vec<(Uuid, DateTime<Utc>, bool)> {
    let story = Story::of(facts);
    let outcome = |(id, interview): (&Uuid, &Interview<'_>)| {
        let said = interview.attendance?;
        Some((*id, said.other_time.unwrap_or(said.time), snapshot::missed(interview)?))
    };
    story.interviews.iter().filter_map(outcome).collect()
}
