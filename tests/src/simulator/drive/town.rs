//! Many worlds at once, beat by beat: the clock is moved, the suite does what is due, mails are read, people act, and the suite
//! comes to rest.

use std::{collections::BTreeMap, path::Path};

use chassis::TenantId;
use futures::{StreamExt as _, stream};
use testkit::Site;
use usher_proto::accounts::v1::Role;

use super::{
    acts::{Hands, Scene},
    browser::Browser,
    desk::Desk,
    letter, office,
    post::Post,
    rest::rest,
    suite::Suite,
};
use crate::simulator::{
    agenda::{Act, Agenda},
    calendar::{self, Beat, Calendar},
    checks::arms,
    ledger::{Campaign, Case, Ledger},
    mind,
    world::{self, CAMPAIGN, LIVE, Part, Policy, SIGHTED, Standing, World},
};

/// People who act at once.
const AT_ONCE: usize = 24;
/// So long after the last application everything has come to its end.
const TAIL: usize = 33;

/// A world in the suite.
#[derive(Debug)]
pub struct Place {
    /// What it is.
    pub world: World,
    /// What happened in it.
    pub ledger: Ledger,
    /// A recruiter of its.
    pub desk: Desk,
    agenda: Agenda,
}

/// The suite with all worlds.
#[derive(Debug)]
pub struct Town {
    /// The suite.
    pub suite: Suite,
    /// The worlds.
    pub places: Vec<Place>,
    /// When beats are.
    pub calendar: Calendar,
    /// The last beat that was.
    pub now: Beat,
    /// Every mail that came, by its id: how often.
    pub mails: BTreeMap<String, usize>,
    hands: Hands,
    readers: BTreeMap<String, (usize, usize)>,
}

impl Town {
    /// Settles worlds in a fresh suite.
    pub async fn settle(folder: &Path, worlds: Vec<World>) -> Self {
        let suite = Suite::start(folder).await;
        let calendar = Calendar::after(suite.site.clock().now());
        let hands = Hands { browser: Browser::open(), post: Post::new(suite.lmtp), calendar };
        let readers = readers(&worlds);
        let places = worlds.into_iter().map(|world| Place::new(&suite.site, world)).collect();
        Self { suite, places, calendar, now: Beat::default(), mails: BTreeMap::new(), hands, readers }
    }

    /// Lives through everything.
    pub async fn live(&mut self) {
        let last = self.places.iter().map(|place| place.world.last_application()).max().unwrap_or(LIVE);
        let end = Beat::morning(calendar::working_day(last + TAIL));
        while let Some(beat) = self.next(end) {
            self.beat(beat).await;
        }
    }

    /// Before people apply, nothing happens but what is on the agenda; from then on something may at each beat.
    fn next(&self, end: Beat) -> Option<Beat> {
        let agenda = self.places.iter().filter_map(|place| place.agenda.next()).min();
        let live = self.now.later(1).max(Beat::morning(LIVE));
        let next = agenda.map_or(live, |agenda| agenda.min(live));
        (next <= end).then_some(next)
    }

    async fn beat(&mut self, beat: Beat) {
        let site = &self.suite.site;
        let ahead = self.calendar.time(beat) - site.clock().now();
        site.clock().advance(ahead.to_std().expect("a beat is over before the next one")).expect("it can be moved");
        self.now = beat;
        rest(site).await;
        self.read(beat);
        self.set_up(beat).await;
        self.act(beat).await;
        rest(&self.suite.site).await;
        self.read(beat);
    }

    /// Everybody reads their mails, and makes up their mind.
    fn read(&mut self, beat: Beat) {
        for raw in self.suite.sink.fetch() {
            let letter = letter::open(&raw, beat);
            *self.mails.entry(letter.mail.id.clone()).or_default() += 1;
            let (place, number) = self.readers[&letter.to];
            let Place { world, ledger, agenda, .. } = &mut self.places[place];
            let case = &mut ledger.cases[number];
            case.mails.push(letter.mail);
            if let Some((beat, act)) = mind::reads(&world.people[number], &world.planted, case) {
                agenda.put(beat, number, act);
            }
        }
    }

    async fn set_up(&mut self, beat: Beat) {
        let now = self.calendar.time(beat);
        if beat == Beat::morning(LIVE) {
            stream::iter(&mut self.places)
                .for_each_concurrent(AT_ONCE, |place| place.open(beat, &self.suite.site))
                .await;
        }
        if beat == Beat::morning(CAMPAIGN) {
            stream::iter(self.places.iter_mut().filter(|place| place.world.has_pool()))
                .for_each_concurrent(AT_ONCE, |place| place.begin_campaign(beat, now))
                .await;
            rest(&self.suite.site).await;
        }
        if calendar::working_day(beat.day()) == beat.day() && beat == Beat::noon(beat.day()) && beat.day() >= LIVE {
            stream::iter(&mut self.places).for_each_concurrent(AT_ONCE, |place| place.clear_desk(beat)).await;
        }
    }

    async fn act(&mut self, beat: Beat) {
        let hands = &self.hands;
        let mut scenes = Vec::new();
        for place in &mut self.places {
            let due = place.agenda.due(beat);
            let Place { world, ledger, desk, .. } = place;
            let Ledger { cases, jobs, .. } = ledger;
            let (world, desk, jobs): (&World, &Desk, &[(String, Beat)]) = (world, desk, jobs);
            for (number, acts) in due {
                let case = std::mem::take(&mut cases[number]);
                let person = &world.people[number];
                let (next, said) = (Vec::new(), Vec::new());
                let scene = Scene { hands, world, desk, jobs, beat, person, case, next, turned_away: said };
                scenes.push((world.number, number, scene, acts));
            }
        }
        let played: Vec<Played> = stream::iter(scenes)
            .map(async |(place, number, mut scene, acts)| {
                for act in acts {
                    scene.act(act).await;
                }
                let Scene { case, next, turned_away, .. } = scene;
                Played { place, number, case, next, turned_away }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for Played { place, number, case, next, turned_away } in played {
            let place = &mut self.places[place];
            place.ledger.cases[number] = case;
            place.ledger.turned_away.extend(turned_away);
            for (beat, act) in next {
                place.agenda.put(beat, number, act);
            }
        }
    }
}

/// What came of one person's acts at one beat.
struct Played {
    place: usize,
    number: usize,
    case: Case,
    next: Vec<(Beat, Act)>,
    turned_away: Vec<String>,
}

impl Place {
    fn new(site: &Site, world: World) -> Self {
        let tenant = TenantId::new();
        let desk = Desk::of(site, tenant, Role::Recruiter, u128::try_from(world.number).expect("a few") + 1);
        let mut agenda = Agenda::default();
        for (number, person) in world.people.iter().enumerate() {
            match person.part {
                Part::Applies { .. } => agenda.put(person.comes(), number, Act::Apply),
                Part::Pooled(standing) => {
                    agenda.put(person.comes(), number, Act::Pool);
                    if standing == Standing::Recent {
                        agenda.put(Beat::morning(SIGHTED), number, Act::Sight);
                    }
                }
            }
        }
        let ledger = Ledger { cases: vec![Case::default(); world.people.len()], ..Ledger::default() };
        Self { world, ledger, desk, agenda }
    }

    /// Sets up what is needed before anybody applies.
    async fn open(&mut self, beat: Beat, site: &Site) {
        if self.world.policy != Policy::Usher {
            let admin = Desk::of(site, self.desk.tenant, Role::Admin, 0);
            office::follow_nobody_up(&admin).await;
        }
        self.ledger.experiment = office::compare(&self.desk).await;
        self.ledger.openings = i64::from(office::OPENINGS);
        for title in ["Platform Engineer", "Site Reliability Engineer"] {
            let job = office::open_job(&self.desk, title, &self.world.company()).await;
            self.ledger.jobs.push((job, beat));
        }
    }

    /// Begins the campaign. Whoever is not written to may come back all the same.
    async fn begin_campaign(&mut self, beat: Beat, now: chrono::DateTime<chrono::Utc>) {
        let id = office::begin_campaign(&self.desk, &self.world.company(), now).await;
        let seed = office::campaign_seed(&self.desk, &id).await;
        for (number, person) in self.world.people.iter().enumerate() {
            let Part::Pooled(_) = person.part else { continue };
            let is_held_out = arms::is_held_out(&seed, &self.ledger.cases[number].candidate, office::HOLDOUT_PERCENT);
            if let Some(day) = mind::applies_alone(person, &self.world.planted).filter(|_| is_held_out) {
                let day = calendar::working_day(beat.day() + day);
                self.agenda.put(Beat::morning(day), number, Act::Apply);
            }
        }
        self.ledger.campaign = Some(Campaign { id, seed, beat });
    }

    /// A recruiter does some of what stands in the workbench: never what came at this beat.
    async fn clear_desk(&mut self, beat: Beat) {
        let tasks = self.desk.tasks(false).await;
        for (nth, task) in tasks.into_iter().enumerate() {
            let made = task.create_time.as_ref().map(|time| time.seconds).unwrap_or_default();
            let is_of_noon = made.rem_euclid(86_400) / 3_600 == 4;
            let draw = self.world.seed.of("task", made.unsigned_abs() + u64::try_from(nth).expect("a few"));
            if !is_of_noon && draw.happens("done", 0.3) {
                self.desk.complete(&task.task_id).await;
                self.ledger.done.push((task.task_id, beat));
            }
        }
    }
}

/// Whose an address is.
fn readers(worlds: &[World]) -> BTreeMap<String, (usize, usize)> {
    let all = worlds.iter().enumerate().flat_map(|(place, world)| {
        assert_eq!(world.number, place, "worlds are numbered from 0");
        world.people.iter().enumerate().map(move |(number, person)| (person.email.clone(), (place, number)))
    });
    all.collect()
}

/// Of a world and its ledger: everybody with their case.
pub fn everybody(place: &Place) -> impl Iterator<Item = (&world::Person, &Case)> {
    place.world.people.iter().zip(&place.ledger.cases)
}
