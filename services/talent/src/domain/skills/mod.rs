//! Skills, compared by one key whatever their spelling.
//!
//! The spellings are those of `data/skills.txt`. A skill that is not among them has its own text, folded, as its key. Its
//! words have one blank between them: as a tag a skill is written with `_` there, and that can be read back.

mod found;

use std::{collections::HashMap, sync::LazyLock};

pub use self::found::{found_in, places_in};
use crate::{
    domain::analysis::{folded, words},
    domain::groups::groups,
    domain::query::Phrase,
};

/// The list.
pub(crate) const FILE: &str = include_str!("../../../data/skills.txt");

static KEYS: LazyLock<HashMap<Phrase, &str>> = LazyLock::new(|| {
    let spellings = groups(FILE).flat_map(|group| {
        let key = group.first().map_or("", |(_, key)| *key);
        group.into_iter().map(move |(_, spelling)| (words(spelling), key))
    });
    spellings.collect()
});

/// What skills are compared by.
pub fn key(skill: &str) -> String {
    let text = spaced(&folded(skill));
    let words = words(&text);
    let known = says_nothing_else(&text, &words).then(|| KEYS.get(&words)).flatten();
    known.map_or(text, |key| (*key).to_owned())
}

/// One blank between words, whatever stands there.
fn spaced(text: &str) -> String {
    let words = text.split(|one: char| one == '_' || one.is_whitespace()).filter(|word| !word.is_empty());
    match words.collect::<Vec<_>>().join(" ") {
        nothing if nothing.is_empty() => text.trim().to_owned(),
        words => words,
    }
}

/// Whether nothing but what joins words stands beside them. `c*` is not `c`.
fn says_nothing_else(text: &str, words: &Phrase) -> bool {
    let joins = |one: &char| !matches!(one, ' ' | '-' | '.' | '_' | '/' | '\'' | '(' | ')');
    !text.ends_with('-') && text.chars().filter(joins).eq(words.iter().flat_map(|(term, _)| term.chars()).filter(joins))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_skill_has_one_key() {
        for (skill, expected) in [
            ("JS", "javascript"),
            ("Golang", "go"),
            ("Go语言", "go"),
            ("C", "c"),
            ("C语言", "c"),
            ("C++", "c++"),
            ("Ｃ＃", "c#"),
            (".NET", ".net"),
            ("dotnet", ".net"),
            ("K8s", "kubernetes"),
            ("Postgres", "postgresql"),
            ("Vue.js", "vue"),
            ("vue-js", "vue"),
            ("Node.JS", "node.js"),
            ("Springboot", "spring boot"),
            ("Spring-Boot", "spring boot"),
            ("微服務", "microservices"),
            ("機器學習", "machine learning"),
            ("前端", "frontend"),
            ("Front-End", "frontend"),
            ("CI/CD", "ci/cd"),
            ("Objective-C", "objective-c"),
            ("R", "r"),
            ("Basket Weaving", "basket weaving"),
            ("basket_weaving", "basket weaving"),
            ("node_js", "node.js"),
            ("__", "__"),
            ("c*", "c*"),
            ("C+", "c+"),
            ("c--", "c--"),
            ("***", "***"),
            ("", ""),
        ] {
            assert_eq!(key(skill), expected, "{skill}");
        }
    }

    #[test]
    fn the_list_is_sound() {
        let mut seen = HashMap::new();
        let mut count = 0;
        for group in groups(FILE) {
            count += 1;
            for (_, spelling) in &group {
                assert!(!words(spelling).is_empty(), "{spelling}");
                assert_eq!(*seen.entry(words(spelling)).or_insert(group[0].1), group[0].1, "{spelling} is two skills");
                assert_eq!(key(spelling), group[0].1, "{spelling}");
                assert_eq!(folded(spelling), *spelling);
            }
        }
        assert!(count >= 150, "{count}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_key_is_its_own_key(skill in "\\PC{0,20}|[a-zA-Z+#./ _-]{0,6}") {
            prop_assert_eq!(key(&key(&skill)), key(&skill));
        }
    }
}
