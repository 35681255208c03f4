//! Whether a name stands somewhere: what a company is called can not be listed, so it is known by what it is not.

use crate::data::{Words, data};

/// A name is looked for in so many characters.
const WIDTH: usize = 24;

/// Whether the words right before this place are a name: in Chinese at least two characters after the last one that
/// holds sentences together, in English a word that was written with a capital and begins no sentence.
pub fn stands_before(text: &str, at: usize, is_capital: impl Fn(usize) -> bool) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '"']);
    let before = without_remark(before);
    let is_part = |character: &char| character.is_alphanumeric() || "&'·.-".contains(*character);
    let width: usize = before.chars().rev().take(WIDTH).take_while(is_part).map(char::len_utf8).sum();
    let start = before.len() - width;
    let run = before.get(start..).unwrap_or_default();
    if run.ends_with(|last: char| last.is_ascii()) && !run.chars().any(is_han) {
        return is_latin_name(run, start, is_capital, &data().words);
    }
    is_chinese_name(run, &data().words)
}

/// Without a remark in brackets at the end.
fn without_remark(text: &str) -> &str {
    let inside = text.strip_suffix(')').and_then(|text| text.rfind('('));
    inside.and_then(|open| text.get(..open)).map_or(text, str::trim_end)
}

fn is_latin_name(run: &str, start: usize, is_capital: impl Fn(usize) -> bool, words: &Words) -> bool {
    run.len() > 1 && is_capital(start) && !words.no_names.iter().any(|word| word == run)
}

/// Whether a signature stands right before this place: a company, a blank, somebody's name.
pub fn signed_before(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let line = before.get(before.rfind(['\n', '。', '!', '?', ';', ',']).unwrap_or_default()..).unwrap_or_default();
    let mut words = line.trim_start_matches(|first: char| !first.is_alphanumeric()).rsplit(' ');
    let is_person = words.next().is_some_and(|name| (2..=5).contains(&name.chars().count()));
    let company = words.next().filter(|name| name.chars().count() > 2 && name.chars().all(is_han));
    is_person && company.is_some_and(|name| is_chinese_name(name, &data().words))
}

fn is_chinese_name(run: &str, words: &Words) -> bool {
    let is_joint = |at: usize, character: char| {
        let rest = run.get(at..).unwrap_or_default();
        words.joints.contains(character) && !words.no_joints.iter().any(|word| rest.starts_with(word.as_str()))
    };
    let behind = run.char_indices().rfind(|(at, character)| is_joint(*at, *character));
    let behind = behind.map_or(run, |(at, joint)| run.get(at + joint.len_utf8()..).unwrap_or_default());
    let mut name = behind.to_owned();
    while let Some(adverb) = words.adverbs.iter().find(|adverb| name.ends_with(adverb.as_str())) {
        name.truncate(name.len() - adverb.len());
    }
    name.chars().count() > 1
        && !words.no_names.contains(&name)
        && !words.no_name_ends.iter().any(|end| name.ends_with(end.as_str()))
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    fn before(text: &str, literal: &str) -> bool {
        let folded = fold(text);
        let at = folded.text().find(literal).unwrap();
        stands_before(folded.text(), at, |byte| folded.is_capital(byte))
    }

    #[test]
    fn names_stand_before() {
        for (text, literal) in [
            ("您好，绿源环保邀您面试", "邀您"),
            ("我们星图互动一直在招人", "一直在"),
            ("我是远山物流的何静", "的何静"),
            ("鼎新印务“印前工艺师”", "\"印前"),
            ("Novum Dental (founded 31 years ago) invites you", "invites"),
        ] {
            assert!(before(text, literal), "{text}");
        }
    }

    #[test]
    fn what_is_no_name() {
        for (text, literal) in [
            ("您好，我司诚邀您参加", "诚邀"),
            ("我们诚挚邀请您", "邀请"),
            ("您申请的“区域主管”", "\"区域"),
            ("本公司现招聘", "招聘"),
            ("Hello, we would like", "would"),
            ("Our company invites you", "invites"),
            ("招", "招"),
        ] {
            assert!(!before(text, literal), "{text}");
        }
    }
}
