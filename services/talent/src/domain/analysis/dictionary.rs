//! Chinese words: the dictionary of `jieba`, and terms of recruiting and technology that it lacks or thinks rare.
//!
//! New words are not guessed (jieba's HMM is off): it would glue 张三 to the 在 behind it, and guess otherwise in a text
//! than in a query.

use std::{ops::Range, sync::LazyLock};

use jieba_rs::Jieba;

static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for term in terms() {
        jieba.add_word(term, None, None);
    }
    jieba
});

/// Terms of the trade.
fn terms() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../../../data/terms.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace)
}

/// Every word of two and more characters that stands anywhere in a run, as ranges of characters, by their beginning.
/// What stands around a word does not matter.
pub(super) fn inside(run: &str) -> impl Iterator<Item = Range<usize>> {
    JIEBA.cut_all(run).into_iter().map(|word| word.start..word.end).filter(|word| word.len() > 1)
}

/// A run cut into words and single characters, side by side. Each word is one that [`inside`] finds.
pub(super) fn cut(run: &str) -> impl Iterator<Item = Range<usize>> {
    JIEBA.cut(run, false).into_iter().flat_map(|word| {
        let width = word.end - word.start;
        let step = if width > 1 && !JIEBA.has_word(word.word) { 1 } else { width.max(1) };
        (word.start..word.end).step_by(step).map(move |from| from..from + step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_the_trade_are_words() {
        assert!(terms().count() >= 150);
        let mut seen = std::collections::HashSet::new();
        for term in terms() {
            assert!(seen.insert(term), "{term} is there twice");
            assert_eq!(crate::domain::analysis::fold::folded(term), term, "is in the form of comparison");
            assert!(cut(term).eq(std::iter::once(0..term.chars().count())), "{term}");
        }
    }

    #[test]
    fn words_are_found_whatever_surrounds_them() {
        let inside = |run| inside(run).collect::<Vec<_>>();
        assert_eq!(inside("熟悉微服务架构"), [0..2, 2..4, 2..5, 3..5, 5..7]);
        assert!(inside("做前端后端的").contains(&(1..3)));
    }
}
