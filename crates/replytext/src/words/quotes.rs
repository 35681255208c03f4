//! What a mail quotes.

use super::{Line, Why, rules::RULES};

/// The longest introduction, in lines, that a program has wrapped.
const WRAPPED: usize = 3;
/// Within so many lines below the first field of a head its others stand.
const HEAD: usize = 8;
/// As many of them have to.
const FIELDS: usize = 2;

/// How a quote begins at a line.
enum Begin {
    /// By so many lines that introduce it.
    Introduction(usize),
    /// By a head that reaches to the end when it is not marked.
    Head,
}

/// Marks the lines that are quoted.
pub fn leave_out(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        if is_marked(&lines[at]) {
            lines[at].why = Some(Why::Quote);
            at += 1;
            continue;
        }
        let Some(begin) = begin(lines, at) else {
            at += 1;
            continue;
        };
        let behind = at
            + match begin {
                Begin::Introduction(count) => count,
                Begin::Head => 1,
            };
        let is_marked = lines[behind..].iter().find(|line| !line.is_blank()).is_some_and(is_marked);
        let end = if is_marked { behind } else { lines.len() };
        let start = at - dividers_above(lines, at);
        lines[start..end].iter_mut().for_each(|line| line.why = Some(Why::Quote));
        at = end;
    }
}

fn is_marked(line: &Line<'_>) -> bool {
    line.text.trim_start().starts_with('>') || line.text.trim_start().starts_with('＞')
}

fn begin(lines: &[Line<'_>], at: usize) -> Option<Begin> {
    let line = &lines[at];
    if line.folded.is_empty() {
        return None;
    }
    if RULES.marks.is_match(&line.folded) || RULES.from_line.is_match(&line.folded) || is_head(lines, at) {
        return Some(Begin::Head);
    }
    introduction(lines, at).map(Begin::Introduction)
}

/// How many lines introduce a quote, wrapped as they may be.
fn introduction(lines: &[Line<'_>], at: usize) -> Option<usize> {
    let mut joined = String::new();
    for (count, line) in lines.iter().skip(at).take(WRAPPED).enumerate() {
        if line.folded.is_empty() || is_marked(line) {
            return None;
        }
        if count > 0 {
            joined.push(' ');
        }
        joined.push_str(&line.folded);
        if joined.ends_with(':') && RULES.introductions.is_match(&joined) {
            return Some(count + 1);
        }
    }
    None
}

/// Whether the fields of a mail begin at the line.
fn is_head(lines: &[Line<'_>], at: usize) -> bool {
    if !RULES.from.is_match(&lines[at].folded) {
        return false;
    }
    let below = || lines.iter().skip(at + 1).filter(|line| !line.is_blank()).take(HEAD);
    let has = |field: &&regex::Regex| below().any(|line| field.is_match(&line.folded));
    RULES.fields.iter().filter(has).count() >= FIELDS
}

/// Lines of dashes that a program sets between an answer and the head of what is answered.
fn dividers_above(lines: &[Line<'_>], at: usize) -> usize {
    let is_between = |line: &&Line<'_>| line.is_blank() || RULES.divider.is_match(&line.folded);
    let between: Vec<_> = lines[..at].iter().rev().take_while(is_between).collect();
    between.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1)
}
