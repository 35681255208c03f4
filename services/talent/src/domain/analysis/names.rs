//! People's names, and how Chinese ones are pronounced.
//!
//! Behind the terms of the name stand, each at positions of its own, the ways in which it is spelled in Latin letters:
//! 王小明 is also `wang xiao ming wang`, `wang xiaoming wang` and `wangxiaoming`, `xiaomingwang`, `wxm`. The surname is
//! there before and behind the given name because people write either first. Where a syllable has several spellings,
//! they stand at the same position.

mod readings;

use std::collections::BTreeSet;

use super::{
    GAP,
    fold::{Folded, fold},
    pieces::pieces,
    terms_of,
};
use crate::domain::analysis::Token;

/// A name that is longer has no pinyin: it is not one.
const LONGEST: usize = 8;
/// So many Chinese names are read in one field: 阿卜杜拉·买买提 are two, and some write a former one beside it.
const MOST: usize = 3;
/// So many spellings of joined syllables are kept.
const SPELLINGS: usize = 8;

/// The terms of a person's name, and its pinyin without tones.
pub fn name_tokens(name: &str) -> Vec<Token> {
    let folded = fold(name);
    let pieces = pieces(&folded);
    let mut tokens = terms_of(&pieces);
    let mut end = tokens.last().map_or(0, |token| token.position);
    let names = pieces.iter().filter(|piece| piece.is_run).take(MOST);
    for line in names.filter_map(|piece| Name::of(piece.characters)).flat_map(|name| name.lines()) {
        for (position, spoken) in (end + GAP..).zip(line) {
            let Spoken { spellings, start, end: behind } = spoken;
            tokens.extend(spellings.into_iter().map(|term| Token { term, position, start, end: behind }));
            end = position;
        }
    }
    tokens
}

/// The ways in which a Chinese name is written as one word in Latin letters, either part first; none for another name.
pub fn romanised(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let pieces = pieces(&folded);
    let name = pieces.iter().find(|piece| piece.is_run).and_then(|piece| Name::of(piece.characters));
    let Some(Name { surname, given }) = name else { return BTreeSet::new() };
    let orders = [[surname.as_slice(), given.as_slice()].concat(), [given, surname].concat()];
    orders.iter().filter_map(|syllables| joined(syllables)).flat_map(|word| word.spellings).collect()
}

/// One or more syllables, in each way in which they are spelled, and the bytes that they are read from.
#[derive(Debug, Clone, PartialEq)]
struct Spoken {
    spellings: Vec<String>,
    start: usize,
    end: usize,
}

/// A Chinese name as it is spoken, by syllables.
struct Name {
    surname: Vec<Spoken>,
    given: Vec<Spoken>,
}

impl Name {
    /// `None` for what is no Chinese name.
    fn of(characters: &[Folded]) -> Option<Self> {
        if characters.len() > LONGEST {
            return None;
        }
        let surname = readings::surname(characters);
        let (first, rest) = characters.split_at_checked(surname.len())?;
        let syllable = |one: &Folded, readings: Vec<&str>| Spoken {
            spellings: readings.into_iter().flat_map(typed).collect(),
            start: one.start,
            end: one.end,
        };
        Some(Self {
            surname: first.iter().zip(surname).map(|(one, reading)| syllable(one, vec![reading])).collect(),
            given: rest.iter().map(|one| Some(syllable(one, readings::given(one)?))).collect::<Option<_>>()?,
        })
    }

    /// What may stand side by side in a query.
    fn lines(&self) -> Vec<Vec<Spoken>> {
        let (surname, given) = (joined(&self.surname), joined(&self.given));
        let mut lines = Vec::new();
        for surname in [self.surname.clone(), surname.clone().into_iter().collect()] {
            for given in [self.given.clone(), given.clone().into_iter().collect()] {
                let again = if given.is_empty() { Vec::new() } else { surname.clone() };
                let line = [surname.clone(), given, again].concat();
                if !line.is_empty() && !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        if let (Some(surname), Some(given)) = (surname, given) {
            lines.push(vec![self.whole(surname, given)]);
        }
        lines
    }

    /// All in one word, either part first, and the initials.
    fn whole(&self, surname: Spoken, given: Spoken) -> Spoken {
        let syllables = || self.surname.iter().chain(&self.given);
        let initials = syllables().filter_map(|one| one.spellings.first()?.chars().next()).collect();
        let (start, end) = (surname.start, given.end);
        let mut spellings = Vec::new();
        for order in [[surname.clone(), given.clone()], [given, surname]] {
            spellings.extend(joined(&order).into_iter().flat_map(|joined| joined.spellings));
        }
        spellings.push(initials);
        Spoken { spellings, start, end }
    }
}

/// As one word.
fn joined(parts: &[Spoken]) -> Option<Spoken> {
    let (first, rest) = parts.split_first()?;
    Some(rest.iter().fold(first.clone(), |joined, next| {
        let pairs =
            joined.spellings.iter().flat_map(|one| next.spellings.iter().map(move |other| format!("{one}{other}")));
        Spoken { spellings: pairs.take(SPELLINGS).collect(), start: joined.start, end: next.end }
    }))
}

/// How a syllable is typed. Keyboards have no `ü`: passports say `lyu`, input methods `lv`, most people `lu`.
fn typed(syllable: &str) -> Vec<String> {
    if syllable.contains('ü') {
        ["u", "v", "yu"].iter().map(|letter| syllable.replace('ü', letter)).collect()
    } else {
        vec![syllable.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::analysis::{tests::finds_in, tokens, words};

    fn is_found(name: &str, queries: &[&str]) {
        let tokens = name_tokens(name);
        for query in queries {
            assert!(finds_in(&tokens, &words(query)), "{query} in {name}: {tokens:?}");
        }
    }

    fn is_not_found(name: &str, queries: &[&str]) {
        let tokens = name_tokens(name);
        for query in queries {
            assert!(!finds_in(&tokens, &words(query)), "{query} in {name}: {tokens:?}");
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_spelled() {
        let queries = [
            "王小明",
            "王",
            "小明",
            "wang",
            "Wang Xiaoming",
            "Xiaoming Wang",
            "wang xiao ming",
            "Xiao-Ming, Wang",
            "wangxiaoming",
            "xiaomingwang",
            "WXM",
        ];
        is_found("王小明", &queries);
        is_not_found("王小明", &["明王", "wang ming", "ming xiao", "wangxiao", "明 wang", "wang wang", "wang wxm"]);
        is_found("李雷 (Leo Li)", &["li lei", "leo", "Leo Li", "雷 leo", "ll"]);
        is_found("李", &["li"]);
        is_found("阿依古丽·买买提", &["ayiguli", "maimaiti", "mai mai ti"]);
        is_found("Ann Smith", &["ann smith"]);
    }

    #[test]
    fn surnames_are_read_as_surnames() {
        let names = [
            ("单田芳", "shan tianfang"),
            ("曾国华", "zeng guohua"),
            ("解晓东", "xie xiaodong"),
            ("仇小英", "qiu xiaoying"),
            ("区子明", "ou ziming"),
            ("區子明", "ou ziming"),
            ("查小燕", "zha xiaoyan"),
            ("任静", "ren jing"),
            ("翟天明", "zhai tianming"),
            ("盖小丽", "ge xiaoli"),
            ("乐嘉", "yue jia"),
            ("朴英子", "piao yingzi"),
            ("尉迟敬", "yuchi jing"),
            ("欧阳娜", "ouyang na"),
            ("歐陽娜", "ou yang na"),
            ("诸葛小亮", "zhuge xiaoliang"),
            ("万俟雪", "moqi xue"),
            ("长孙晨", "zhangsun chen"),
            ("澹台月", "tantai yue"),
            ("吕布", "lv bu"),
            ("呂布", "lyu bu"),
            ("吕布", "lü bu"),
            ("吕布", "lubu"),
            ("王乾", "wang qian"),
            ("张茜", "zhang xi"),
            ("张茜", "zhangqian"),
            ("沈阳", "shen yang"),
            ("覃海", "qin hai"),
        ];
        for (name, query) in names {
            is_found(name, &[query]);
        }
        is_not_found("单田芳", &["dan"]);
        is_not_found("曾国华", &["ceng"]);
        is_found("欧阳娜娜", &["ouyang nana", "nana ouyang", "ou yang na na", "ouyang na na", "ouyangnana", "oynn"]);
        is_found("欧阳", &["ouyang", "ou yang"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_name_is_read(name in "\\PC{0,40}|[王欧阳小明吕单·a ]{0,20}") {
            let all = name_tokens(&name);
            let own = tokens(&name);
            prop_assert_eq!(&all[..own.len()], &own[..]);
            prop_assert!(all.is_sorted_by_key(|token| token.position));
            prop_assert!(all.iter().all(|token| name.get(token.start..token.end).is_some() && !token.term.is_empty()));
        }
    }
}
