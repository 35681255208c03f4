//! Texts and queries to terms.
//!
//! Query and text pass the same steps, so that they can not disagree about what a word is: characters are folded
//! (`fold`), cut into words and runs (`pieces`), and placed. A word (`java`, `c++`, `.net`) takes one position. Every
//! character of a run (Chinese and Japanese have no blanks) takes one of its own. Two runs with only marks between them
//! have a position free between them, so that `前端后端` is not in `前端、后端`; there is none between a run and a word, so
//! that `Java工程师` is in `高级 Java 工程师`.
//!
//! A text has a term for each word and each character of a run, and besides one for each word of the dictionary that
//! stands in a run, at the position of its first character. These are all words inside, whatever stands around them. A
//! query is cut into as few of them as jieba thinks best. So a query that stands in a text always finds its terms
//! there; and since its terms cover each of its characters, terms that stand as they should *are* the query.
//!
//! **Side by side** is therefore said by offsets: [`words`] gives each term with its distance from the first, and a
//! phrase is found where there is a position `p` so that each term stands at `p + offset`. A word of the dictionary is
//! as wide as its characters: `微服务架构` is `[("微服务", 0), ("架构", 3)]`.
//!
//! An index remembers how words were cut. When that changes, in any of these files, in the data or in jieba, raise
//! [`VERSION`], so that it is built anew.

mod dictionary;
mod fold;
mod names;
mod pieces;

pub(crate) use self::fold::folded;
pub use self::names::{name_tokens, romanised};
use self::{
    dictionary::cut,
    fold::fold,
    pieces::{Piece, is_run, pieces},
};
use crate::domain::query::Phrase;

/// One term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// In the form of comparison.
    pub term: String,
    /// Terms at the same position are other readings of the same place.
    pub position: u32,
    /// The first byte in the original text.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// Of the analysis; part of what an index must be compared with before it is opened.
pub const VERSION: u32 = 1;

/// Between two texts of one field leave so many positions free, and no phrase runs from one into the next. Within a text
/// what is side by side is never farther apart than one free position.
pub const GAP: u32 = 8;

/// The terms of a text that is indexed, by position. The last position of the text is that of the last token.
pub fn tokens(text: &str) -> Vec<Token> {
    terms_of(&pieces(&fold(text)))
}

/// The terms that have to stand in a text for the query to be found, each with its offset from the first. Empty when
/// the query holds nothing to look for.
pub fn words(query: &str) -> Phrase {
    let folded = fold(query);
    let mut words = Phrase::new();
    for (position, piece) in placed(&pieces(&folded)) {
        let term = piece.term();
        if piece.is_run {
            words.extend(cut(&term).map(|word| (part(&piece, &word).term(), position + offset(word.start))));
        } else {
            words.push((term, position));
        }
    }
    words
}

/// A phrase as it could be written: the words and runs that stand apart.
pub(crate) fn written(phrase: &Phrase) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut behind_run = None;
    for (term, offset) in phrase {
        let is_run = term.chars().next().is_some_and(is_run);
        match pieces.last_mut() {
            Some(run) if is_run && behind_run == Some(*offset) => run.push_str(term),
            _ => pieces.push(term.clone()),
        }
        behind_run = is_run.then(|| offset + self::offset(term.chars().count()));
    }
    pieces
}

/// Whether a phrase stands in another, so that whatever has the other has it too.
pub(crate) fn stands_in(phrase: &Phrase, other: &Phrase) -> bool {
    let (phrase, other) = (taken_apart(phrase), taken_apart(other));
    let from = |(_, first): &(String, u32)| {
        phrase.iter().all(|(term, offset)| other.contains(&(term.clone(), first + offset)))
    };
    other.iter().any(from)
}

/// A phrase by its words and the characters of its runs, however the dictionary has cut them.
fn taken_apart(phrase: &Phrase) -> Phrase {
    let part = |(term, start): &(String, u32)| match term.chars().next() {
        Some(first) if is_run(first) => term.chars().map(|one| one.to_string()).zip(*start..).collect::<Vec<_>>(),
        _ => vec![(term.clone(), *start)],
    };
    phrase.iter().flat_map(part).collect()
}

/// A word of a text or a character of a run.
pub(crate) struct Element {
    pub token: Token,
    /// Whether a word begins here, as the dictionary cuts the run.
    pub begins: bool,
}

/// The words of a text and the characters of its runs, one for each position that is taken.
pub(crate) fn elements(text: &str) -> Vec<Element> {
    let folded = fold(text);
    let mut elements = Vec::new();
    for (position, piece) in placed(&pieces(&folded)) {
        if piece.is_run {
            for word in cut(&piece.term()) {
                let characters =
                    word.clone().filter_map(|at| token(&part(&piece, &(at..at + 1)), position + offset(at)));
                elements.extend(characters.enumerate().map(|(at, token)| Element { token, begins: at == 0 }));
            }
        } else {
            elements.extend(token(&piece, position).map(|token| Element { token, begins: true }));
        }
    }
    elements
}

/// Each piece with the position of its beginning, from 0.
fn placed<'a>(pieces: &[Piece<'a>]) -> Vec<(u32, Piece<'a>)> {
    let mut next = 0;
    let mut after_run = false;
    let place = |piece: &Piece<'a>| {
        let position = next + u32::from(after_run && piece.is_run);
        next = position + if piece.is_run { offset(piece.characters.len()) } else { 1 };
        after_run = piece.is_run;
        (position, *piece)
    };
    pieces.iter().map(place).collect()
}

fn terms_of(pieces: &[Piece]) -> Vec<Token> {
    let mut terms = Vec::new();
    for (position, piece) in placed(pieces) {
        if piece.is_run {
            push_run(&mut terms, position, &piece);
        } else {
            terms.extend(token(&piece, position));
        }
    }
    terms
}

/// The characters of a run, each with the words that begin there.
fn push_run(terms: &mut Vec<Token>, position: u32, piece: &Piece) {
    let run = piece.term();
    let mut words = dictionary::inside(&run).peekable();
    for at in 0..piece.characters.len() {
        let position = position + offset(at);
        terms.extend(token(&part(piece, &(at..at + 1)), position));
        while let Some(word) = words.next_if(|word| word.start == at) {
            terms.extend(token(&part(piece, &word), position));
        }
    }
}

fn part<'a>(piece: &Piece<'a>, range: &std::ops::Range<usize>) -> Piece<'a> {
    Piece { characters: piece.characters.get(range.clone()).unwrap_or_default(), is_run: piece.is_run }
}

fn token(piece: &Piece, position: u32) -> Option<Token> {
    let (first, last) = (piece.characters.first()?, piece.characters.last()?);
    Some(Token { term: piece.term(), position, start: first.start, end: last.end })
}

/// Texts are far shorter than 2^32 characters.
fn offset(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the engine does with a phrase.
    pub(crate) fn finds_in(tokens: &[Token], phrase: &Phrase) -> bool {
        let at: std::collections::HashSet<_> =
            tokens.iter().map(|token| (token.term.as_str(), token.position)).collect();
        let begins =
            |position: u32| phrase.iter().all(|(term, offset)| at.contains(&(term.as_str(), position + offset)));
        !phrase.is_empty() && tokens.iter().map(|token| token.position).any(begins)
    }

    fn finds(query: &str, text: &str) -> bool {
        finds_in(&tokens(text), &words(query))
    }

    /// The definition that has stood so far: pieces between blanks; a word ends where it ends, a run may go on.
    fn contains(query: &str, text: &str) -> bool {
        let folded_query = fold(query);
        let asked = pieces(&folded_query);
        let (Some(first), Some(last)) = (asked.first(), asked.last()) else { return false };
        let joined = |text: &[Piece]| text.iter().map(Piece::term).collect::<Vec<_>>().join(" ");
        let blank = |piece: &Piece| if piece.is_run { "" } else { " " };
        let pattern = format!("{}{}{}", blank(first), joined(&asked), blank(last));
        format!(" {} ", joined(&pieces(&fold(text)))).contains(&pattern)
    }

    #[test]
    fn words_are_whole_words() {
        assert!(finds("Java", "资深Java工程师"));
        assert!(finds("java", "Java, JavaScript"));
        assert!(!finds("Java", "JavaScript"));
        assert!(!finds("Java", "MyJava"));
        assert!(finds("Ｊava", "java"));
        assert!(finds("zoë", "Zoe") && finds("zoe", "Zoë O'Neil") && finds("O'Neil", "Zoë O'Neil"));
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
        assert!(finds("C++", "C++11/C#") && finds("C#", "C++11/C#") && finds("C", "C语言"));
        assert!(finds("objective-c", "Objective-C") && finds("r&d", "R&D") && !finds("d", "R&D"));
    }

    #[test]
    fn chinese_is_found_inside_runs() {
        assert!(finds("微服务", "熟悉微服务架构"));
        assert!(finds("服务架", "微服务架构"));
        assert!(finds("微服務", "熟悉微服务架构") && finds("微服务", "熟悉微服務架構"));
        assert!(finds("Java工程师", "高级 Java 工程师"));
        assert!(
            !finds("前端后端", "前端、后端") && finds("前端 后端", "前端、后端") && !finds("前端 后端", "前端后端")
        );
    }

    #[test]
    fn compounds_and_phrases() {
        assert!(finds("front end", "Front-End developer") && finds("front-end", "front end"));
        assert!(finds("node.js", "Node.js") && finds("java", "java-8"));
        assert!(finds("senior engineer", "a senior engineer.") && !finds("senior engineer", "senior engineers"));
        assert!(words(" ，*** ").is_empty());
    }

    #[test]
    fn a_query_is_as_few_terms_as_the_dictionary_allows() {
        let terms = |query| words(query).into_iter().collect::<Vec<_>>();
        assert_eq!(terms("微服务架构"), [("微服务".to_owned(), 0), ("架构".to_owned(), 3)]);
        assert_eq!(terms("Java 前端、后端")[1..], [("前端".to_owned(), 1), ("后端".to_owned(), 4)]);
        assert_eq!(terms("服务架"), [("服务".to_owned(), 0), ("架".to_owned(), 2)]);
    }

    #[test]
    fn a_token_knows_its_place() {
        let text = "Ｊava工程師";
        let places: Vec<_> =
            tokens(text).into_iter().map(|token| (token.term, token.position, &text[token.start..token.end])).collect();
        let expected = [
            ("java", 0, "Ｊava"),
            ("工", 1, "工"),
            ("工程", 1, "工程"),
            ("工程师", 1, "工程師"),
            ("程", 2, "程"),
            ("师", 3, "師"),
        ];
        assert_eq!(places, expected.map(|(term, position, bytes)| (term.to_owned(), position, bytes)));
    }

    /// When this fails, an index that was built before no longer fits: raise [`VERSION`] and take over the number.
    #[test]
    fn the_version_changes_with_the_analysis() {
        let sample = "资深 Java 微服務架構師 (C++/C#, .NET, R&D, front-end) 王小明 Zoë 前端、后端開發人工智能大数据";
        let terms = format!("{:?}{:?}", name_tokens(sample), words(sample));
        let data = [include_str!("../../../data/terms.txt"), hanzi::TABLE, &terms].concat();
        // FNV-1a: the same on every machine and with every compiler.
        let hash = data
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!((VERSION, hash), (1, 12_352_736_208_631_764_272));
    }

    #[test]
    fn hostile_texts_take_no_longer_than_others() {
        let long = |part: &str| part.repeat((1 << 18) / part.len());
        for text in [
            "a",
            "a-",
            "a&",
            "-",
            "+",
            "\u{301}",
            "中",
            "微服务",
            "中华人民共和国",
            "中a",
            "ｶﾞ",
            ".net",
            "\u{1100}\u{1161}",
            "🙂",
            "ﷺ",
        ] {
            let started = std::time::Instant::now();
            let tokens = name_tokens(&long(text));
            assert!(tokens.iter().all(|token| token.term.len() < 1_000), "{text}");
            words(&long(text));
            assert!(started.elapsed().as_secs() < 20, "{text} took {:?}", started.elapsed());
        }
    }

    /// Common characters, so that they often make words; rare and foreign ones.
    const HAN: &str = "[微服务架构工程师前端后开发中国人民大学生产品经理机器学習軟體資深的是在有限公司北京上海\u{3400}\u{20000}\u{2ebf0}のカー々]";

    fn written(pattern: &str) -> impl Strategy<Value = String> {
        proptest::string::string_regex(&pattern.replace("HAN", HAN)).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]
        #[test]
        fn any_part_of_a_run_is_found_in_it(text in written("HAN{1,30}"), from in 0..30_usize, length in 1..30_usize) {
            let query: String = text.chars().skip(from).take(length).collect();
            prop_assert!(query.is_empty() || finds(&query, &text), "{query}: {:?}", words(&query));
        }

        #[test]
        fn what_is_found_is_contained_and_what_is_contained_is_found(
            query in written("(HAN|[ac、 +#.&-]|go|java|\\.net){1,6}"),
            text in written("(HAN|[ac、 +#.&-]|go|java|\\.net){1,30}"),
        ) {
            prop_assert_eq!(finds(&query, &text), contains(&query, &text), "{:?}", words(&query));
            prop_assert_eq!(stands_in(&words(&query), &words(&text)), finds(&query, &text) || words(&query).is_empty() && !words(&text).is_empty());
            let around = format!("{text} {query}，{text}");
            prop_assert_eq!(finds(&query, &around), contains(&query, &around), "{:?} in {}", words(&query), around);
        }

        #[test]
        fn no_phrase_runs_across_a_gap(
            query in written("(HAN|[ac、 ]|go){1,4}"),
            one in written("(HAN|[ac、 ]|go){0,4}"),
            other in written("(HAN|[ac、 ]|go){0,4}"),
        ) {
            let mut both = tokens(&one);
            let beginning = both.last().map_or(0, |token| token.position) + GAP;
            let moved = |token: Token| Token { position: token.position + beginning, ..token };
            both.extend(tokens(&other).into_iter().map(moved));
            prop_assert_eq!(finds_in(&both, &words(&query)), finds(&query, &one) || finds(&query, &other));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,60}|(.|\n){0,60}") {
            let all = tokens(&text);
            prop_assert!(all.is_sorted_by_key(|token| token.position));
            prop_assert!(all.iter().all(|token| text.get(token.start..token.end).is_some_and(|part| !part.is_empty())));
            prop_assert_eq!(words(&text).is_empty(), all.is_empty());
            prop_assert!(all.is_empty() || finds_in(&all, &words(&text)));
        }
    }
}
