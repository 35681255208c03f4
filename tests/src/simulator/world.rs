//! A world: the people of one tenant, drawn from a seed, what is planted among them, and how they are followed up.

use usher_proto::talent::v1::Language;

use super::{
    calendar::{self, Beat},
    draw::Seed,
    planted::{POOL, Planted, SOURCES},
};

/// When the first people come to the pool, who are dormant for a year by the time somebody writes to them.
pub const LONG_AGO: usize = 0;
/// When the others come.
pub const POOLED: usize = 36 * 7;
/// When something new is seen of some of them.
pub const SIGHTED: usize = 55 * 7;
/// When people begin to apply.
pub const LIVE: usize = 58 * 7;
/// When the campaign begins.
pub const CAMPAIGN: usize = LIVE + 1;
/// For how many days it counts who comes back.
pub const WINDOW: usize = 10;

/// How a tenant follows people up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// Nobody is written to but once: every cadence is switched off.
    Nothing,
    /// Cadences are off, and everybody who has an interview ahead gets a message without a fact each working day, whatever
    /// they have answered.
    Naive,
    /// The suite's cadences as they come.
    Usher,
}

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// People who apply by themselves.
    pub applicants: u64,
    /// Within so many days.
    pub days: u64,
    /// People of the pool.
    pub pool: u64,
}

/// A tenant's world.
#[derive(Debug, Clone)]
pub struct World {
    /// Which of many it is.
    pub number: usize,
    /// Where its draws come from.
    pub seed: Seed,
    /// What is planted in it.
    pub planted: Planted,
    /// How people are followed up.
    pub policy: Policy,
    /// Everybody.
    pub people: Vec<Person>,
}

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    /// Where their draws come from.
    pub seed: Seed,
    /// Nobody else's in any world.
    pub email: String,
    /// An invented one.
    pub name: String,
    /// In which they are written to.
    pub language: Language,
    /// How they come into the story.
    pub part: Part,
}

/// How somebody comes into the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Applies by themselves, on that day, from that source.
    Applies {
        /// The day.
        day: usize,
        /// One of [`SOURCES`].
        source: usize,
    },
    /// Is in the pool.
    Pooled(Standing),
}

/// How it stands with somebody of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Something new was seen of them.
    Recent,
    /// Silent for more than a year.
    Dormant,
    /// Silent for some months.
    Other,
}

impl World {
    /// The world of that number.
    pub fn new(number: usize, seed: Seed, planted: Planted, policy: Policy, size: Size) -> Self {
        let person = |place: u64| {
            let seed = seed.of("person", place);
            let part = if place < size.applicants {
                let day = LIVE + usize::try_from(seed.pick("day", size.days)).expect("a few");
                let source = usize::try_from(seed.pick("source", 3)).expect("three");
                Part::Applies { day: calendar::working_day(day), source }
            } else {
                Part::Pooled(standing(seed, &planted))
            };
            let is_english = seed.happens("english", 0.5);
            Person {
                seed,
                email: format!("p{place}@w{number}.example"),
                name: if is_english { format!("Robin {}", word(place)) } else { format!("林{}", glyph(place)) },
                language: if is_english { Language::En } else { Language::ZhCn },
                part,
            }
        };
        let people = (0..size.applicants + size.pool).map(person).collect();
        Self { number, seed, planted, policy, people }
    }

    /// The employer's name.
    pub fn company(&self) -> String {
        format!("Northlight {}", self.number)
    }

    /// The last day on which somebody applies by themselves.
    pub fn last_application(&self) -> usize {
        let days = self.people.iter().filter_map(|person| match person.part {
            Part::Applies { day, .. } => Some(day),
            Part::Pooled(_) => None,
        });
        days.max().unwrap_or(LIVE)
    }

    /// Whether anybody is in its pool.
    pub fn has_pool(&self) -> bool {
        self.people.iter().any(|person| matches!(person.part, Part::Pooled(_)))
    }
}

impl Person {
    /// When they come to the pool, or apply.
    pub fn comes(&self) -> Beat {
        Beat::morning(match self.part {
            Part::Applies { day, .. } => day,
            Part::Pooled(Standing::Dormant) => LONG_AGO,
            Part::Pooled(_) => POOLED,
        })
    }

    /// Where an application of theirs comes from.
    pub fn source(&self) -> &'static str {
        match self.part {
            Part::Applies { source, .. } => SOURCES[source],
            Part::Pooled(_) => POOL,
        }
    }

    /// Whether they read English.
    pub fn is_english(&self) -> bool {
        self.language == Language::En
    }
}

fn standing(seed: Seed, planted: &Planted) -> Standing {
    match seed.draw("standing") {
        draw if draw < planted.recent => Standing::Recent,
        draw if draw < planted.recent + planted.dormant => Standing::Dormant,
        _ => Standing::Other,
    }
}

/// Names that nobody has.
fn word(number: u64) -> String {
    const PARTS: [&str; 8] = ["Alder", "Brook", "Cairn", "Dell", "Elm", "Fenn", "Glade", "Heath"];
    let part = |place: u64| PARTS[usize::try_from(place % 8).expect("eight")];
    format!("{}{}", part(number), part(number / 8).to_lowercase())
}

fn glyph(number: u64) -> String {
    const GLYPHS: [&str; 8] = ["晓", "安", "清", "远", "宁", "和", "舟", "禾"];
    let part = |place: u64| GLYPHS[usize::try_from(place % 8).expect("eight")];
    format!("{}{}", part(number), part(number / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_the_same_again_and_under_each_policy() {
        let size = Size { applicants: 40, days: 5, pool: 40 };
        let of = |policy| World::new(3, Seed(9), Planted::usual(), policy, size);
        let (one, other) = (of(Policy::Usher), of(Policy::Naive));
        let told = |world: &World| -> Vec<_> {
            world.people.iter().map(|person| (person.email.clone(), person.part, person.seed)).collect()
        };
        assert_eq!(told(&one), told(&other));
        assert!(one.has_pool() && one.last_application() >= LIVE);
    }
}
