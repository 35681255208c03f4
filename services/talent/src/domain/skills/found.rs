//! The skills that a text names.
//!
//! A skill that is found wrongly is worse than one that is not found: somebody will be judged by it. So names are whole
//! words; a Chinese name must begin and end where the dictionary cuts (前端 is not in 之前端正); the longest name at a place
//! counts (`React Native` is not `React`); and names that mean other things too need more:
//!
//! - everyday words (`Go`, `Spark`, `Excel`) need a capital that is not only that of a sentence's first word;
//! - letters and other ambiguous names (`C`, `R`, `ML`) need another skill beside them, in a list: `Java, C`, `C/C++`,
//!   `Python 和 R`.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use super::FILE;
use crate::{
    domain::analysis::{Element, elements},
    domain::groups::{Mark, groups},
};

/// Between two names of a list there is at most so much.
const LONGEST_JOINT: usize = 12;

/// A name of a skill.
struct Spelling {
    key: &'static str,
    mark: Mark,
    /// Words and characters with their distance from the first.
    terms: Vec<(String, u32)>,
}

/// By the first term, the longest name first.
static SPELLINGS: LazyLock<HashMap<String, Vec<Spelling>>> = LazyLock::new(|| {
    let mut spellings: HashMap<String, Vec<Spelling>> = HashMap::new();
    for group in groups(FILE) {
        let key = group.first().map_or("", |(_, key)| *key);
        for (mark, text) in group {
            let terms: Vec<_> =
                elements(text).into_iter().map(|element| (element.token.term, element.token.position)).collect();
            let first = terms.first().map(|(term, _)| term.clone()).unwrap_or_default();
            spellings.entry(first).or_default().push(Spelling { key, mark, terms });
        }
    }
    for list in spellings.values_mut() {
        list.sort_by_key(|spelling| std::cmp::Reverse(spelling.terms.len()));
    }
    spellings
});

/// A name at its place.
struct Named {
    key: &'static str,
    /// The bytes.
    start: usize,
    end: usize,
    is_meant: bool,
}

/// The keys of the skills that a text names, in the order in which it does.
pub fn found_in(text: &str) -> Vec<String> {
    places_in(text).into_iter().map(|(key, _)| key).collect()
}

/// As [`found_in`], each with where the text names it first: its bytes.
pub fn places_in(text: &str) -> Vec<(String, Range<usize>)> {
    let mut names = names(text, &elements(text));
    for at in 1..names.len() {
        meant_beside(text, &mut names, at - 1, at);
    }
    for at in (1..names.len()).rev() {
        meant_beside(text, &mut names, at - 1, at);
    }
    let mut seen = HashSet::new();
    let meant = names.into_iter().filter(|name| name.is_meant && seen.insert(name.key));
    meant.map(|name| (name.key.to_owned(), name.start..name.end)).collect()
}

fn names(text: &str, elements: &[Element]) -> Vec<Named> {
    let mut names = Vec::new();
    let mut rest = elements;
    while let Some(first) = rest.first() {
        let list = SPELLINGS.get(&first.token.term).map(Vec::as_slice).unwrap_or_default();
        let longest = list.iter().find(|spelling| stands(spelling, rest));
        let length = longest.map_or(1, |spelling| spelling.terms.len());
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if let (Some(spelling), Some(last)) = (longest, taken.last()) {
            let (start, end) = (first.token.start, last.token.end);
            if !is_in_address(text, start, end) {
                let is_meant = match spelling.mark {
                    Mark::Plain => true,
                    Mark::Capital => is_capital(text, start, end),
                    Mark::Beside | Mark::Ambiguous => false,
                };
                names.push(Named { key: spelling.key, start, end, is_meant });
            }
        }
        rest = left;
    }
    names
}

/// Whether the name stands at the beginning of these, as words of its own.
fn stands(spelling: &Spelling, elements: &[Element]) -> bool {
    let Some((first, behind)) = elements.first().zip(elements.get(..spelling.terms.len())) else { return false };
    let all = behind.iter().zip(&spelling.terms).all(|(element, (term, offset))| {
        element.token.term == *term && element.token.position == first.token.position + offset
    });
    all && first.begins && elements.get(spelling.terms.len()).is_none_or(|next| next.begins)
}

/// Whether it is a piece of an e-mail address, a host, or the like.
fn is_in_address(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let mut behind = text.get(end..).unwrap_or_default().chars();
    let (next, second) = (behind.next(), behind.next());
    matches!(before, Some('@' | '.'))
        || next == Some('@')
        || (next == Some('.') && second.is_some_and(char::is_alphanumeric))
}

/// Whether it is written like a name: `Go`, neither `go` nor `GO`; and not only because a sentence begins with it.
fn is_capital(text: &str, start: usize, end: usize) -> bool {
    let mut letters = text.get(start..end).unwrap_or_default().chars();
    let is_name = letters.next().is_some_and(char::is_uppercase) && !letters.next().is_some_and(char::is_uppercase);
    let before = text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']).chars().next_back();
    let begins_sentence =
        before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, ',' | '，' | '、' | '/'));
    let behind = text.get(end..).unwrap_or_default();
    let goes_on =
        behind.starts_with([' ', '\t']) && behind.trim_start_matches([' ', '\t']).starts_with(char::is_lowercase);
    is_name && !(begins_sentence && goes_on)
}

/// If one of two neighbours is meant and they stand in a list, both are.
fn meant_beside(text: &str, names: &mut [Named], one: usize, other: usize) {
    let Ok([one, other]) = names.get_disjoint_mut([one, other]) else { return };
    if one.is_meant != other.is_meant && is_list(text.get(one.end..other.start).unwrap_or_default()) {
        one.is_meant = true;
        other.is_meant = true;
    }
}

/// Whether this joins two things of a list.
fn is_list(joint: &str) -> bool {
    if joint.len() > LONGEST_JOINT {
        return false;
    }
    let mark = |one: char| ",，、/／;；|｜·•・\n&和与及或".contains(one);
    match joint.trim_matches([' ', '\t', '\r']) {
        "and" | "or" | "以及" => true,
        marks => !marks.is_empty() && marks.chars().all(|one| mark(one) || one.is_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(text: &str, skills: &[&str]) {
        assert_eq!(found_in(text), skills, "{text}");
    }

    #[test]
    fn skills_of_a_resume() {
        finds(
            "精通 Java、Spring Boot 和 MySQL，熟悉微服务架构与 k8s；了解 Golang。",
            &["java", "spring boot", "mysql", "microservices", "kubernetes", "go"],
        );
        finds(
            "Built machine-learning pipelines (PyTorch, Spark) on AWS; led front-end work in React.js and Vue.js",
            &["machine learning", "pytorch", "spark", "aws", "frontend", "react", "vue"],
        );
        finds("負責後端開發，使用機器學習", &["backend", "machine learning"]);
        finds("Ｊａｖａ＋ＭｙＳＱＬ", &["java", "mysql"]);
        finds("Java java JAVA", &["java"]);
        finds("", &[]);
    }

    #[test]
    fn whole_words_and_the_longest() {
        finds("JavaScript", &["javascript"]);
        finds("React Native", &["react native"]);
        finds("Spring Cloud, Spring", &["spring cloud", "spring"]);
        finds("之前端正了态度", &[]);
        finds("ASP.NET Core", &["asp.net"]);
        finds("the .NET platform", &[".net"]);
        finds("MyJava Javanese", &[]);
    }

    #[test]
    fn short_names_are_exact() {
        finds("C, C++ and C#", &["c", "c++", "c#"]);
        finds("C/C++开发", &["c", "c++"]);
        finds("C++", &["c++"]);
        finds("Python 和 R", &["python", "r"]);
        finds("Python, C, R", &["python", "c", "r"]);
        finds("C语言、R语言", &["c", "r"]);
        for text in [
            "Vitamin C",
            "完成C轮融资",
            "Plan C, plan R",
            "R&D",
            "Objective",
            "C-level",
            "A, B, C",
            "Mr. R. Smith",
            "Series C Java",
        ] {
            assert!(!found_in(text).iter().any(|skill| skill == "c" || skill == "r"), "{text}");
        }
        finds("Objective-C", &["objective-c"]);
    }

    #[test]
    fn everyday_words_need_a_capital() {
        finds("Senior Go developer", &["go"]);
        finds("熟悉Go和Python", &["go", "python"]);
        finds("golang", &["go"]);
        finds("Go, Java", &["go", "java"]);
        finds("go, java", &["go", "java"]);
        for text in
            ["go to market", "Go to market.", "We did it. Go figure", "GO TO MARKET", "go-to-market", "let us go home"]
        {
            finds(text, &[]);
        }
        for text in
            ["We excel in this", "React to change", "Excel at work.\nExpress yourself", "in spring", "sparks fly"]
        {
            finds(text, &[]);
        }
        finds("Proficient in Excel", &["excel"]);
    }

    #[test]
    fn addresses_name_nothing() {
        finds("java@example.com, docker.example.com, me@python.example", &[]);
        finds("I use Java.", &["java"]);
        finds("Node.js.", &["node.js"]);
    }

    #[test]
    fn every_plain_spelling_is_found_by_itself() {
        for (mark, spelling) in groups(FILE).flatten() {
            let found = found_in(spelling);
            assert!(mark != Mark::Plain || found == [super::super::key(spelling)], "{spelling}: {found:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}|(Go|C|R|java|[ ,/、和.@]|前端|c\\+\\+|\\PC){0,20}") {
            let found = found_in(&text);
            let different: HashSet<_> = found.iter().collect();
            prop_assert_eq!(different.len(), found.len());
        }
    }

    #[test]
    fn hostile_texts_take_no_longer_than_others() {
        for part in ["c,", "react ", "机器", "spring ", "java.", "a  ", " \t"] {
            let started = std::time::Instant::now();
            found_in(&part.repeat((1 << 18) / part.len()));
            assert!(started.elapsed().as_secs() < 20, "{part} took {:?}", started.elapsed());
        }
    }
}
