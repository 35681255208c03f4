//! Who somebody is and how to reach them, below what they say; and what lawyers and machines add.
//!
//! Nothing is left out when nothing would be left: a mail of nothing but a telephone number says a telephone number.

use super::{Line, Why, rules::RULES};

/// A signature has at most so many lines.
const LONGEST: usize = 12;
/// A line of a signature has at most so many characters.
const WIDEST: usize = 60;

/// Marks the lines of a run that are a signature or a disclaimer.
pub fn leave_out(run: &mut [Line<'_>]) {
    devices(run);
    disclaimers(run);
    if let Some(start) = delimiter(run).or_else(|| divided(run)).or_else(|| signed_off(run)).or_else(|| block(run)) {
        set(run, start, Why::Signature);
    }
}

/// Marks all that is own from a line on.
fn set(run: &mut [Line<'_>], start: usize, why: Why) {
    run.iter_mut().skip(start).filter(|line| line.is_own()).for_each(|line| line.why = Some(why));
}

fn devices(run: &mut [Line<'_>]) {
    for line in run.iter_mut().filter(|line| RULES.devices.is_match(&line.folded)) {
        line.why = Some(Why::Signature);
    }
}

/// Paragraph by paragraph.
fn disclaimers(run: &mut [Line<'_>]) {
    for paragraph in run.split_mut(Line::is_blank) {
        let whole = paragraph.iter().map(|line| line.folded.as_str()).collect::<Vec<_>>().join(" ");
        if RULES.disclaimers.is_match(&whole) {
            set(paragraph, 0, Why::Disclaimer);
        }
    }
}

/// The line `-- ` (RFC 3676, 4.3), also when its blank was lost.
fn delimiter(run: &[Line<'_>]) -> Option<usize> {
    run.iter().position(|line| line.text == "--").filter(|start| has_words_above(run, *start) || *start == 0)
}

/// A line of dashes with nothing but a signature below.
fn divided(run: &[Line<'_>]) -> Option<usize> {
    let start = run.iter().rposition(|line| line.is_own() && RULES.divider.is_match(&line.folded))?;
    is_signature(run, start + 1).then_some(start)
}

/// Behind greetings that end a letter; behind mere thanks only when a way to reach somebody follows.
fn signed_off(run: &[Line<'_>]) -> Option<usize> {
    let is = |set: &regex::RegexSet| run.iter().position(|line| line.is_own() && set.is_match(&line.folded));
    let signs_off = is(&RULES.sign_offs).filter(|start| is_signature(run, start + 1));
    let last_thanks = || run.iter().rposition(|line| line.is_own() && RULES.thanks.is_match(&line.folded));
    signs_off.or_else(|| {
        // The thanks are words; what is below them is not.
        let below = last_thanks()? + 1;
        (is_signature(run, below) && own(run, below).any(is_contact)).then_some(below)
    })
}

/// A last paragraph with two ways to reach somebody in it, and nothing else but names.
fn block(run: &[Line<'_>]) -> Option<usize> {
    let end = run.iter().rposition(|line| line.is_own() && !line.is_blank())?;
    let start = run[..end].iter().rposition(Line::is_blank)? + 1;
    let contacts = own(run, start).filter(|line| is_contact(line)).count();
    (contacts >= 2 && is_signature(run, start) && has_words_above(run, start)).then_some(start)
}

fn own<'r, 'x>(run: &'r [Line<'x>], start: usize) -> impl Iterator<Item = &'r Line<'x>> {
    run.iter().skip(start).filter(|line| line.is_own() && !line.is_blank())
}

fn has_words_above(run: &[Line<'_>], start: usize) -> bool {
    run.iter().take(start).any(|line| line.is_own() && !line.is_blank())
}

/// Whether all from a line on are names, titles and ways to reach somebody: few and short lines that are no sentences.
fn is_signature(run: &[Line<'_>], start: usize) -> bool {
    let is_short = |line: &Line<'_>| {
        let width = line.folded.chars().count();
        width <= WIDEST && !line.folded.is_empty() && !line.folded.contains(['?', '!', '。', ';'])
    };
    own(run, start).count() <= LONGEST
        && own(run, start).all(|line| is_contact(line) || is_sign_off(line) || is_short(line) && !is_sentence(line))
}

fn is_contact(line: &Line<'_>) -> bool {
    RULES.contacts.is_match(&line.folded)
}

fn is_sign_off(line: &Line<'_>) -> bool {
    RULES.sign_offs.is_match(&line.folded)
}

/// Words that a name or a title does not have.
fn is_sentence(line: &Line<'_>) -> bool {
    const WORDS: [&str; 22] = [
        "i", "i'm", "i'll", "i'd", "i've", "you", "your", "we", "can", "can't", "could", "would", "will", "is", "are",
        "please", "my", "it", "that", "this", "p.s.", "ps:",
    ];
    let text = line.folded.as_str();
    text.ends_with('.') && text.split_whitespace().count() > 3
        || text.split([' ', ',']).any(|word| WORDS.contains(&word))
        || ["我", "您", "你", "请", "吗", "可以"].iter().any(|word| text.contains(word))
}
