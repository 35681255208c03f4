//! The form in which texts and queries are compared.
//!
//! A text becomes lower-cased pieces between blanks: ` 资深 java 工程师 c++ `. A piece is a word, or a run of characters of
//! a script that is written without blanks. Since every word has a blank on either side, a query finds whole words by
//! looking for ` java `, which is not in ` javascript `; and since runs have no blanks inside, it finds 微服务 wherever it
//! stands in one. Query and text pass the same function, so that they can not disagree about what a word is.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{
    candidate::{Profile, Skill},
    city,
};

/// Between two fields, so that a phrase does not run from one into the next.
const FIELD_END: &str = "\n";

/// What search compares with, made from a profile.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Indexed {
    pub city_key: String,
    pub skill_keys: Vec<String>,
    pub name_text: String,
    pub title_text: String,
    pub company_text: String,
    pub search_text: String,
}

impl Indexed {
    /// Of a profile.
    pub fn of(profile: &Profile) -> Self {
        let skills = profile.skills.iter().map(|skill| skill.name.as_str());
        let cities = std::iter::once(profile.city.as_str()).chain(city::other_names(&profile.city).iter().copied());
        let fields = [&profile.display_name, &profile.title, &profile.company, &profile.summary];
        let texts: Vec<String> =
            fields.into_iter().map(String::as_str).chain(skills).chain(cities).map(canonical).collect();
        Self {
            city_key: city::key(&profile.city),
            skill_keys: profile.skills.iter().map(Skill::key).collect(),
            name_text: canonical(&profile.display_name),
            title_text: canonical(&profile.title),
            company_text: canonical(&profile.company),
            search_text: texts.join(FIELD_END),
        }
    }
}

/// A text in the form of comparison: its pieces, with a blank before, between and after them.
pub fn canonical(text: &str) -> String {
    let mut canonical = String::from(" ");
    for piece in pieces(text) {
        canonical.push_str(&piece.text);
        canonical.push(' ');
    }
    canonical
}

/// What to look for in canonical texts to find a word or a phrase; `None` when it holds nothing to look for.
pub fn pattern(words: &str) -> Option<String> {
    let pieces = pieces(words);
    let (first, last) = (pieces.first()?, pieces.last()?);
    let middle = pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" ");
    let (before, after) = (blank_beside(first), blank_beside(last));
    Some(format!("{before}{middle}{after}"))
}

/// A word ends where it ends; a run may go on.
fn blank_beside(piece: &Piece) -> &'static str {
    if piece.is_run { "" } else { " " }
}

struct Piece {
    text: String,
    is_run: bool,
}

fn pieces(text: &str) -> Vec<Piece> {
    let characters: Vec<char> = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        let length = if is_run(rest[0]) {
            let length = rest.iter().take_while(|character| is_run(**character)).count();
            pieces.push(Piece { text: rest[..length].iter().collect(), is_run: true });
            length
        } else if let Some(length) = dotted(&characters, at).or_else(|| compound(rest)) {
            push_words(&mut pieces, &rest[..length]);
            length
        } else {
            1
        };
        at += length;
    }
    pieces
}

/// Scripts written without blanks between words: Chinese and Japanese.
fn is_run(character: char) -> bool {
    character.is_alphanumeric()
        && matches!(u32::from(character), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() && !is_run(character)
}

/// The one name that begins with a dot.
fn dotted(characters: &[char], at: usize) -> Option<usize> {
    const NAME: [char; 4] = ['.', 'n', 'e', 't'];
    let begins = at == 0 || !is_word(characters[at - 1]);
    let rest = &characters[at..];
    let ends = !rest.get(NAME.len()).copied().is_some_and(is_word);
    (begins && ends && rest.starts_with(&NAME)).then_some(NAME.len())
}

/// Words that are joined by hyphens: how long they are together.
fn compound(rest: &[char]) -> Option<usize> {
    let mut length = simple(rest)?;
    while rest.get(length) == Some(&'-') {
        let Some(next) = simple(&rest[length + 1..]) else { break };
        length += 1 + next;
    }
    Some(length)
}

/// One word: letters and digits, `&` between them, then `++`, or `#` after a single letter.
fn simple(rest: &[char]) -> Option<usize> {
    let run = |from: usize| rest[from..].iter().take_while(|character| is_word(**character)).count();
    let mut length = run(0);
    if length == 0 {
        return None;
    }
    while rest.get(length) == Some(&'&') && run(length + 1) > 0 {
        length += 1 + run(length + 1);
    }
    if rest[length..].starts_with(&['+', '+']) && rest[0].is_alphabetic() {
        length += 2;
    } else if length == 1 && rest[0].is_alphabetic() && rest.get(1) == Some(&'#') {
        length += 1;
    }
    Some(length)
}

/// A compound counts as its words (`front-end`), but not where a part alone would be taken for a programming language:
/// `objective-c`, `r-cnn`, `go-to-market`.
fn push_words(pieces: &mut Vec<Piece>, compound: &[char]) {
    let parts: Vec<String> = compound.split(|character| *character == '-').map(|part| part.iter().collect()).collect();
    let is_ambiguous =
        |part: &String| part == "go" || (part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    let texts = if parts.len() > 1 && parts.iter().any(is_ambiguous) { vec![parts.join("-")] } else { parts };
    pieces.extend(texts.into_iter().map(|text| Piece { text, is_run: false }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(query: &str, text: &str) -> bool {
        canonical(text).contains(&pattern(query).unwrap())
    }

    #[test]
    fn words_are_whole_words() {
        assert!(finds("Java", "资深Java工程师"));
        assert!(finds("java", "Java, JavaScript"));
        assert!(!finds("Java", "JavaScript"));
        assert!(!finds("Java", "MyJava"));
        assert!(finds("Ｊava", "java"));
    }

    #[test]
    fn short_names_of_languages_are_exact() {
        let languages = ["C", "C++", "C#", "Go", "R", ".NET", "F#"];
        for query in languages {
            for text in languages {
                assert_eq!(finds(query, &format!("we use {text}, daily")), query == text, "{query} in {text}");
                assert_eq!(finds(query, &format!("会{text}的人")), query == text, "{query} in {text}");
            }
        }
        for text in ["Objective-C", "R&D", "R-CNN", "go-to-market", "C++11"] {
            assert!(!finds("C", text) && !finds("R", text) && !finds("Go", text), "{text}");
        }
        assert!(
            finds("C++", "C++11/C#")
                && finds("C#", "C++11/C#")
                && finds("C", "C语言")
                && finds("objective-c", "Objective-C")
        );
    }

    #[test]
    fn chinese_is_found_inside_runs() {
        assert!(finds("微服务", "熟悉微服务架构"));
        assert!(finds("Java工程师", "高级 Java 工程师"));
        assert!(!finds("前端后端", "前端、后端"));
    }

    #[test]
    fn compounds_and_phrases() {
        assert!(finds("front end", "Front-End developer") && finds("front-end", "front end"));
        assert!(finds("node.js", "Node.js") && finds("java", "java-8"));
        assert!(finds("senior engineer", "a senior engineer.") && !finds("senior engineer", "senior engineers"));
        assert_eq!(pattern(" ，*** "), None);
    }

    #[test]
    fn a_phrase_stays_within_its_field() {
        let profile = Profile {
            display_name: "Ann Java".to_owned(),
            city: "上海".to_owned(),
            title: "Engineer".to_owned(),
            company: "Acme".to_owned(),
            skills: vec![Skill::named("Golang".to_owned())],
            ..Profile::unknown()
        };
        let indexed = Indexed::of(&profile);
        assert!(!indexed.search_text.contains(&pattern("java engineer").unwrap()));
        assert!(indexed.search_text.contains(&pattern("Shanghai").unwrap()), "a city is found by its other name");
        assert_eq!(indexed.skill_keys, ["go"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_form_is_final(text: String) {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn every_text_finds_itself(text in "[a-zA-Z0-9+#.& \\-微服务工程师（）]{0,40}") {
            if let Some(pattern) = pattern(&text) {
                prop_assert!(canonical(&text).contains(&pattern), "{pattern:?}");
            }
        }
    }
}
