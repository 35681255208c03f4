//! Skills: each once, as it was first written.

use std::collections::{HashMap, hash_map::Entry};

use super::{Fault, text};
use crate::domain::candidate::{MOST_SKILLS, Skill};

/// Cleans a list of skills; of one that repeats, the first spelling stays and the most that is known of it.
pub fn clean(raw: impl IntoIterator<Item = Skill>) -> Result<Vec<Skill>, Fault> {
    let mut skills: Vec<Skill> = Vec::new();
    let mut places = HashMap::new();
    for one in raw {
        let skill = Skill { name: text::clean("skills", &one.name, 100)?, ..one };
        if skill.name.is_empty() {
            continue;
        }
        match places.entry(skill.key()) {
            Entry::Occupied(known) => {
                let known: &mut Skill = &mut skills[*known.get()];
                known.years = known.years.max(skill.years);
                known.last_used_year = known.last_used_year.max(skill.last_used_year);
            }
            Entry::Vacant(_) if skills.len() == MOST_SKILLS => {
                return Err(Fault::new("skills", "VALUE_TOO_LONG", "holds more than 100 skills"));
            }
            Entry::Vacant(free) => {
                free.insert(skills.len());
                skills.push(skill);
            }
        }
    }
    Ok(skills)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(cell: &str) -> impl Iterator<Item = Skill> {
        cell.split([';', '；']).map(|name| Skill::named(name.to_owned()))
    }

    #[test]
    fn a_skill_is_kept_once_as_first_written() {
        let names = |skills: Vec<Skill>| skills.into_iter().map(|skill| skill.name).collect::<Vec<_>>();
        assert_eq!(
            names(clean(split(" Java；java; Go ;golang;;Ｃ++;C;C#")).unwrap()),
            ["Java", "Go", "C++", "C", "C#"]
        );
    }

    #[test]
    fn the_most_that_is_known_of_a_skill_stays() {
        let skill = |name: &str, years, last_used_year| Skill { name: name.to_owned(), years, last_used_year };
        let cleaned = clean([skill("K8s", 2, 2020), skill("Kubernetes", 5, 0)]).unwrap();
        assert_eq!(cleaned, [skill("K8s", 5, 2020)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_was_cleaned_is_clean(cell in "([a-zA-Z+#.; ；微服务]){0,60}") {
            let once = clean(split(&cell)).unwrap();
            prop_assert_eq!(clean(once.clone()).unwrap(), once);
        }
    }
}
