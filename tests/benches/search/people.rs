//! Invented people: the same ones from the same seed, made one after another and never held all at once.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use crate::words::{Words, Zipf};

const SEED: u64 = 20_261_125;
const TENANTS: usize = 100;
/// Days over which people were last active.
const DAYS: f64 = 3.0 * 365.0;

/// Who is in whose pool.
pub struct Pool {
    pub words: Words,
    pub people: usize,
    /// The first one is the largest and has three in ten of all people.
    pub tenants: Vec<Uuid>,
    /// What ages are counted from.
    pub now: DateTime<Utc>,
}

/// One of them.
pub struct Person {
    /// A place among [`Pool::tenants`].
    pub tenant: usize,
    pub id: Uuid,
    pub name: String,
    pub city: String,
    pub title: String,
    pub company: String,
    pub years: i16,
    pub skills: Vec<String>,
    pub summary: Vec<String>,
    pub speaks_chinese: bool,
    /// An `IntentLevel`.
    pub intent: i32,
    pub created: DateTime<Utc>,
    pub engagement: Option<Engagement>,
}

/// How somebody has answered.
pub struct Engagement {
    pub last_activity: DateTime<Utc>,
    pub asked: u32,
    pub answered: u32,
}

struct Draws {
    skill: Zipf,
    english: Zipf,
    chinese: Zipf,
    city: Zipf,
    company: Zipf,
    title: Zipf,
}

impl Pool {
    /// So many people, seen from that time.
    pub fn new(people: usize, now: DateTime<Utc>) -> Self {
        let mut random = StdRng::seed_from_u64(SEED + 1);
        let tenants = (0..TENANTS).map(|_| uuid(&mut random)).collect();
        Self { words: Words::new(), people, tenants, now }
    }

    /// Everybody, in the same order each time.
    pub fn everybody(&self) -> impl Iterator<Item = Person> {
        let mut random = StdRng::seed_from_u64(SEED);
        let words = &self.words;
        let draws = Draws {
            skill: Zipf::over(words.skills.len()),
            english: Zipf::over(words.english.len()),
            chinese: Zipf::over(words.chinese.len()),
            city: Zipf::over(words.cities.len()),
            company: Zipf::over(words.companies.len()),
            title: Zipf::over(words.titles.len()),
        };
        (0..self.people).map(move |_| self.person(&draws, &mut random))
    }

    fn person(&self, draws: &Draws, random: &mut StdRng) -> Person {
        let words = &self.words;
        let tenant = if random.random_bool(0.3) { 0 } else { random.random_range(1..TENANTS) };
        let several = |from: &[String], zipf: &Zipf, count: usize, random: &mut StdRng| -> Vec<String> {
            zipf.draw_several(count, random).into_iter().map(|place| from[place].clone()).collect()
        };
        let speaks_chinese = random.random_bool(0.5);
        let (chinese, english) = if speaks_chinese { (12, 4) } else { (0, 16) };
        let mut summary = several(&words.chinese, &draws.chinese, chinese, random);
        summary.extend(several(&words.english, &draws.english, english, random));
        let count = random.random_range(3..=12);
        let age = DAYS * random.random_range(0.0_f64..1.0).powi(2);
        let created = self.ago(age);
        let engagement = random.random_bool(0.3).then(|| {
            let asked = random.random_range(1..10);
            let last_activity = self.ago(age * random.random_range(0.0..1.0));
            Engagement { last_activity, asked, answered: random.random_range(0..=asked) }
        });
        Person {
            tenant,
            id: uuid(random),
            name: format!("P {}", words.companies[random.random_range(0..words.companies.len())]),
            city: words.cities[draws.city.draw(random)].clone(),
            title: words.titles[draws.title.draw(random)].clone(),
            company: words.companies[draws.company.draw(random)].clone(),
            years: random.random_range(0..30),
            skills: several(&words.skills, &draws.skill, count, random),
            summary,
            speaks_chinese,
            intent: random.random_range(0..4),
            created,
            engagement,
        }
    }

    /// In whole seconds, which is how far contenders agree on a time.
    fn ago(&self, days: f64) -> DateTime<Utc> {
        #[expect(clippy::cast_possible_truncation, reason = "some thousand days")]
        let seconds = (days * 86_400.0) as i64;
        self.now - TimeDelta::seconds(seconds)
    }
}

impl Person {
    /// When they last did something, or came to be known.
    pub fn last_activity(&self) -> DateTime<Utc> {
        self.engagement.as_ref().map_or(self.created, |engagement| engagement.last_activity)
    }

    /// What the others order by in place of a score: what is known of a person without a query, worked out beforehand.
    pub fn standing(&self, now: DateTime<Utc>) -> f64 {
        let intent = [1.0, 0.5, 1.2, 1.5][usize::try_from(self.intent).unwrap()];
        let rate = self.engagement.as_ref().map_or(0.5, |one| f64::from(one.answered + 1) / f64::from(one.asked + 2));
        let days = f64::from(i32::try_from((now - self.last_activity()).num_days()).unwrap());
        intent * (0.75 + 0.5 * rate) * 0.5_f64.powf(days / 180.0).max(0.1)
    }

    /// Every word of theirs that a search may look for.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let one = [self.title.as_str(), self.company.as_str()];
        self.summary.iter().chain(&self.skills).map(String::as_str).chain(one)
    }
}

fn uuid(random: &mut StdRng) -> Uuid {
    uuid::Builder::from_random_bytes(random.random()).into_uuid()
}
