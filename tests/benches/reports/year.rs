//! An invented year of a few companies' hiring: the same one from the same seed and day, told in the order of its time and never
//! held as a whole.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fmt::{self, Display},
};

use chassis::TenantId;
use chrono::{DateTime, Utc};
use prost::{Message, Name};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use usher_proto::{
    ats::v1::JobOpened,
    talent::v1::{CampaignArm, CampaignMemberAssigned, CampaignOutcome, CampaignOutcomeNoted, TagDimension, TagName},
};
use uuid::Uuid;

use crate::life::{self, Life};

const SEED: u64 = 20_261_130;
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// A campaign begins so often.
const CAMPAIGN: i64 = 15 * DAY;
/// So many applications come for one job.
const FOR_A_JOB: usize = 40;
/// So many applications tell how many facts one brings about.
const SAMPLE: usize = 4_000;
/// Of a small tenant, for each one of the large tenant's.
const SMALL: f64 = 1.0 / 2_000.0;
const TAGS: usize = 200;

/// Whose log something stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Ats,
    Outreach,
    Talent,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Ats, Self::Outreach, Self::Talent];

    /// Its schema, which is the service's name.
    pub fn name(self) -> &'static str {
        ["ats", "outreach", "talent"][self as usize]
    }
}

/// Something that a service says.
pub struct Said {
    /// Milliseconds since 1970.
    pub time: i64,
    /// Among those of one time, in the order in which they are made up.
    number: u64,
    pub source: Source,
    /// A place among [`Year::tenants`].
    pub tenant: usize,
    pub kind: String,
    pub subject: String,
    pub data: Vec<u8>,
}

/// An id as events spell it.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub &'static str, pub Uuid);

impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        chassis::ids::write_type_id(f, self.0, self.1)
    }
}

/// From the first millisecond until before the second; the first tenant is the large one.
#[derive(Debug, Clone)]
pub struct Year {
    pub begin: i64,
    pub end: i64,
    pub tenants: Vec<TenantId>,
    /// Applications of the large tenant, and of each other one.
    large: usize,
    small: usize,
}

impl Year {
    /// The year that ends at that time, of so many tenants, with about so many facts of the first one.
    pub fn before(end: DateTime<Utc>, facts: usize, tenants: usize) -> Self {
        let end = end.timestamp_millis();
        let mut random = StdRng::seed_from_u64(SEED + 1);
        let tenants = (0..tenants).map(|_| TenantId(id_at(&mut random, end - 800 * DAY))).collect();
        let mut year = Self { begin: end - 365 * DAY, end, tenants, large: SAMPLE, small: 0 };
        let sampled: usize = year.told().map(|said| facts_of(&said)).sum();
        let applications = |facts: f64| (facts * f64_of(SAMPLE) / f64_of(sampled)).ceil();
        year.large = usize_of(applications(f64_of(facts)));
        year.small = usize_of(applications(f64_of(facts) * SMALL));
        year
    }

    /// All that was said in it, in the order of its time.
    pub fn told(&self) -> impl Iterator<Item = Said> {
        let mut teller = Teller::new(self);
        std::iter::from_fn(move || teller.next())
    }
}

/// How many facts analytics takes down of it: of somebody hired, one of the application and one of the job.
pub fn facts_of(said: &Said) -> usize {
    if said.kind == "usher.ats.v1.Hired" { 2 } else { 1 }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn f64_of(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn usize_of(count: f64) -> usize {
    count as usize
}

/// An id of that millisecond.
fn id_at(random: &mut StdRng, time: i64) -> Uuid {
    let mut bytes = [0; 10];
    for byte in &mut bytes {
        *byte = random.random();
    }
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(time).unwrap(), &bytes).into_uuid()
}

/// A service's time.
pub fn timestamp(time: i64) -> Option<prost_types::Timestamp> {
    DateTime::from_timestamp_millis(time).map(chassis::wire::timestamp)
}

/// Makes up what is said.
pub struct Teller<'year> {
    year: &'year Year,
    pub random: StdRng,
    /// When somebody applies, and to which tenant.
    arrivals: std::iter::Peekable<std::vec::IntoIter<(i64, usize)>>,
    /// What is going to be said of those who have applied.
    to_come: BinaryHeap<Reverse<(i64, u64, Box<Told>)>>,
    number: u64,
    /// By tenant: how many have applied, the last job, and the campaigns.
    applied: Vec<usize>,
    jobs: Vec<Option<Uuid>>,
    campaigns: Vec<Vec<Uuid>>,
}

/// A [`Said`] that is not compared by what it says.
struct Told(Said);

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Told {}

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Told {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.number.cmp(&other.0.number)
    }
}

impl<'year> Teller<'year> {
    fn new(year: &'year Year) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        let mut arrivals = Vec::with_capacity(year.large + year.small * year.tenants.len());
        for tenant in 0..year.tenants.len() {
            let count = if tenant == 0 { year.large } else { year.small };
            arrivals.extend((0..count).map(|_| (random.random_range(year.begin..year.end), tenant)));
        }
        arrivals.sort_unstable();
        let campaigns: Vec<Vec<Uuid>> = year
            .tenants
            .iter()
            .map(|_| (0..=365 * DAY / CAMPAIGN).map(|n| id_at(&mut random, year.begin + n * CAMPAIGN)).collect())
            .collect();
        Self {
            year,
            random,
            arrivals: arrivals.into_iter().peekable(),
            to_come: BinaryHeap::new(),
            number: 0,
            applied: vec![0; year.tenants.len()],
            jobs: vec![None; year.tenants.len()],
            campaigns,
        }
    }

    fn next(&mut self) -> Option<Said> {
        loop {
            let next = self.to_come.peek().map(|Reverse((time, ..))| *time);
            if let Some((time, tenant)) = self.arrivals.next_if(|(time, _)| next.is_none_or(|next| *time <= next)) {
                self.arrive(time, tenant);
                continue;
            }
            let Reverse((time, _, told)) = self.to_come.pop()?;
            // What comes later is not known yet.
            if time < self.year.end {
                return Some(told.0);
            }
        }
    }

    /// Somebody says something at that time.
    pub fn say<E: Message + Name>(&mut self, time: i64, source: Source, tenant: usize, subject: Id, event: &E) {
        self.number += 1;
        let (kind, subject, data) = (E::full_name(), subject.to_string(), event.encode_to_vec());
        let said = Said { time, number: self.number, source, tenant, kind, subject, data };
        self.to_come.push(Reverse((time, self.number, Box::new(Told(said)))));
    }

    /// A new id.
    pub fn id(&mut self, prefix: &'static str, time: i64) -> Id {
        Id(prefix, id_at(&mut self.random, time))
    }

    /// Some time between two spans later.
    pub fn after(&mut self, time: i64, least: i64, most: i64) -> i64 {
        time + self.random.random_range(least..most)
    }

    /// Whether it happens.
    pub fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    /// One of these, the first ones more often.
    pub fn one_of<T: Copy>(&mut self, among: &[T]) -> T {
        let place = self.random.random_range(0.0_f64..1.0).powi(2) * f64_of(among.len());
        among[usize_of(place).min(among.len() - 1)]
    }

    fn arrive(&mut self, time: i64, tenant: usize) {
        let number = self.applied[tenant];
        self.applied[tenant] += 1;
        if number.is_multiple_of(FOR_A_JOB) {
            let job = self.id("job", time - 1);
            let openings = self.random.random_range(1..=4);
            let event = JobOpened { job_id: job.to_string(), openings, ..JobOpened::default() };
            self.say(time - 1, Source::Ats, tenant, job, &event);
            self.jobs[tenant] = Some(job.1);
        }
        if let Some(job) = self.jobs[tenant] {
            let life = Life::new(self, tenant, Id("job", job), time);
            life::tell(self, &life, time);
        }
        if self.chance(0.25) {
            self.assign(time, tenant);
        }
    }

    /// Somebody is assigned to the campaign of that time.
    fn assign(&mut self, time: i64, tenant: usize) {
        let number = usize::try_from((time - self.year.begin) / CAMPAIGN).unwrap();
        let campaign = Id("camp", self.campaigns[tenant][number]);
        let (campaign_id, candidate) = (campaign.to_string(), self.id("cand", time));
        let candidate_id = candidate.to_string();
        let is_written_to = self.chance(0.8);
        let arm = if is_written_to { CampaignArm::Treatment } else { CampaignArm::Holdout };
        let tags = (0..self.random.random_range(1..=4)).map(|_| self.tag()).collect();
        let event = CampaignMemberAssigned {
            campaign_id: campaign_id.clone(),
            candidate_id: candidate_id.clone(),
            arm: arm.into(),
            tags,
        };
        self.say(time, Source::Talent, tenant, campaign, &event);
        if self.chance(if is_written_to { 0.18 } else { 0.12 }) {
            let back = self.after(time, HOUR, 20 * DAY);
            let outcome = self.one_of(&[
                CampaignOutcome::Answered,
                CampaignOutcome::Applied,
                CampaignOutcome::Updated,
                CampaignOutcome::Confirmed,
                CampaignOutcome::Declined,
                CampaignOutcome::OptedOut,
            ]);
            let event = CampaignOutcomeNoted {
                campaign_id,
                candidate_id,
                arm: arm.into(),
                outcome: outcome.into(),
                time: timestamp(back),
            };
            self.say(back, Source::Talent, tenant, campaign, &event);
        }
        if is_written_to {
            life::reactivate(self, tenant, candidate, time);
        }
    }

    fn tag(&mut self) -> TagName {
        let number = usize_of(self.random.random_range(0.0_f64..1.0).powi(3) * f64_of(TAGS));
        let dimension = [TagDimension::Skill, TagDimension::Status, TagDimension::Intent, TagDimension::Interaction];
        TagName { dimension: dimension[number % 4].into(), name: format!("tag {number}") }
    }
}
