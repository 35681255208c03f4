//! Skills: each once, as it was first written.

use super::{Fault, text};
use crate::domain::candidate::MOST_SKILLS;

/// Spellings of one skill; the first of a line is the key.
const SPELLINGS: &[&[&str]] = &[
    &["javascript", "js", "java script"],
    &["typescript", "ts"],
    &["go", "golang", "go语言"],
    &["c", "c语言"],
    &["c++", "cpp", "c plus plus"],
    &["c#", "csharp", "c sharp"],
    &[".net", "dotnet", "dot net"],
    &["kubernetes", "k8s"],
    &["postgresql", "postgres", "pgsql"],
    &["vue", "vue.js", "vuejs"],
    &["react", "react.js", "reactjs"],
    &["node.js", "node", "nodejs"],
    &["spring boot", "springboot"],
    &["microservices", "microservice", "微服务"],
    &["machine learning", "机器学习"],
    &["frontend", "front-end", "front end", "前端"],
    &["backend", "back-end", "back end", "后端"],
];

/// What skills are compared by.
pub fn key(skill: &str) -> String {
    let lower = skill.to_lowercase();
    SPELLINGS
        .iter()
        .find(|spellings| spellings.contains(&lower.as_str()))
        .map_or(lower, |spellings| spellings[0].to_owned())
}

/// Cleans a list of skills and drops what repeats.
pub fn clean<'a>(raw: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Fault> {
    let mut skills: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for one in raw {
        let skill = text::clean("skills", one, 100)?;
        if skill.is_empty() || !seen.insert(key(&skill)) {
            continue;
        }
        if skills.len() == MOST_SKILLS {
            return Err(Fault::new("skills", "VALUE_TOO_LONG", "holds more than 100 skills"));
        }
        skills.push(skill);
    }
    Ok(skills)
}

/// The skills of one cell, between semicolons of either width.
pub fn split(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '；'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_skill_is_kept_once_as_first_written() {
        assert_eq!(clean(split(" Java；java; Go ;golang;;Ｃ++;C;C#")).unwrap(), ["Java", "Go", "C++", "C", "C#"]);
    }

    #[test]
    fn no_spelling_belongs_to_two_skills() {
        let mut seen = std::collections::HashSet::new();
        assert!(SPELLINGS.iter().copied().flatten().all(|spelling| seen.insert(*spelling)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_was_cleaned_is_clean(cell in "([a-zA-Z+#.; ；微服务]){0,60}") {
            let once = clean(split(&cell)).unwrap();
            prop_assert_eq!(clean(once.iter().map(String::as_str)).unwrap(), once);
        }
    }
}
