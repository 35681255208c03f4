//! From patterns as they are written down to such as can be looked for.

use std::{collections::BTreeMap, ops::Range};

use regex_syntax::{
    ParserBuilder,
    hir::{
        Hir,
        literal::{ExtractKind, Extractor},
    },
};

use super::{BuildError, Owner, Role};
use crate::{
    data::{Check, Data},
    kind::Language,
};

/// The longest text that a pattern may match, in bytes: what a place costs has to end somewhere.
const LONGEST: usize = 2_000;
/// How long literals may be, in bytes, and how many of one pattern: as long as four Chinese characters, or shorter where
/// there would be too many. What is tried later makes a larger automaton, which costs each text more.
const LIMITS: [(usize, usize); 7] = [(12, 64), (6, 64), (3, 64), (12, 400), (6, 400), (3, 400), (1, 400)];

/// A pattern that can be looked for.
#[derive(Debug)]
pub struct Pattern {
    pub owner: Owner,
    pub role: Role,
    pub check: Check,
    pub parsed: Hir,
    /// One of these stands at the beginning of every match; none begins with another.
    pub begins: Vec<Vec<u8>>,
    /// One of these stands at the end of every match; none ends with another. `None` when it can end with anything.
    pub ends: Option<Vec<Vec<u8>>>,
    /// Whether it begins only where a word does.
    pub begins_word: bool,
    /// Whether one place is enough to know, and
    pub once: bool,
    /// the patterns that need not be looked for then.
    pub alike: Range<usize>,
}

/// All patterns of a language, those of one owner and role side by side.
pub fn all(data: &Data, language: Language) -> Result<Vec<Pattern>, BuildError> {
    let mut maker = Maker { pieces: &data.pieces, patterns: Vec::new() };
    let bounds: Vec<&str> = data.facts.iter().flat_map(|fact| &fact.not_in).map(String::as_str).collect();
    for (number, fact) in data.facts.iter().enumerate() {
        let is_plain = fact.not_in.is_empty() && fact.unless.of(language).next().is_none();
        let once = is_plain && !bounds.contains(&fact.name.as_str());
        maker.add(Owner::Fact(number), Role::Found, fact.check, once, fact.patterns.of(language))?;
        maker.add(Owner::Fact(number), Role::Unless, Check::None, false, fact.unless.of(language))?;
    }
    for (number, rule) in data.rules.iter().enumerate() {
        let (owner, own) = (Owner::Rule(number), rule.language(language));
        maker.add(owner, Role::Found, Check::None, false, own.found.iter())?;
        maker.add(owner, Role::Unless, Check::None, false, own.unless.iter())?;
        for (group, patterns) in own.groups.iter().enumerate() {
            maker.add(owner, Role::Group(group), Check::None, false, patterns.iter())?;
        }
    }
    Ok(maker.patterns)
}

struct Maker<'a> {
    pieces: &'a BTreeMap<String, String>,
    patterns: Vec<Pattern>,
}

impl Maker<'_> {
    fn add<'a>(
        &mut self,
        owner: Owner,
        role: Role,
        check: Check,
        once: bool,
        written: impl Iterator<Item = &'a String>,
    ) -> Result<(), BuildError> {
        let start = self.patterns.len();
        let written: Vec<&String> = written.collect();
        let alike = start..start + written.len();
        for written in written {
            let text = spelled_out(&with_pieces(written, self.pieces, 0)?);
            let parsed = ParserBuilder::new().multi_line(true).build().parse(&text)?;
            if parsed.properties().maximum_len().is_none_or(|longest| longest > LONGEST) {
                return Err(format!("{written:?} matches texts that are too long").into());
            }
            let begins = begins(&parsed).ok_or_else(|| format!("{written:?} can begin with anything"))?;
            let ends = ends(&parsed);
            let begins_word = text.starts_with(WORD);
            let alike = alike.clone();
            self.patterns.push(Pattern { owner, role, check, parsed, begins, ends, begins_word, once, alike });
        }
        Ok(())
    }
}

/// Where a word of ASCII letters begins or ends; beside a Chinese character, too.
const WORD: &str = r"(?-u:\b)";

/// Blanks of any kind, digits and words as a folded text has them.
fn spelled_out(text: &str) -> String {
    text.replace(r"\b", WORD).replace(r"\d", "[0-9]").replace(' ', r"[ \n]")
}

/// Puts pieces in the place of their names.
fn with_pieces(text: &str, pieces: &BTreeMap<String, String>, depth: usize) -> Result<String, BuildError> {
    if depth > 8 {
        return Err(format!("{text:?} has pieces without end").into());
    }
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, behind) = rest.split_at(at);
        whole.push_str(before);
        let end = behind.find('}').ok_or("a brace is not closed")?;
        let name = behind.get(1..end).unwrap_or_default();
        if name.starts_with(|first: char| first.is_ascii_lowercase()) {
            let piece = pieces.get(name).ok_or_else(|| format!("there is no piece {name:?}"))?;
            whole.push_str("(?:");
            whole.push_str(&with_pieces(piece, pieces, depth + 1)?);
            whole.push(')');
        } else {
            whole.push_str(behind.get(..=end).unwrap_or_default());
        }
        rest = behind.get(end + 1..).unwrap_or_default();
    }
    whole.push_str(rest);
    Ok(whole)
}

/// The literals with one of which every match begins; none when it can begin with anything.
fn begins(parsed: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut literals = literals(parsed, &ExtractKind::Prefix)?;
    literals.sort_unstable();
    literals.dedup_by(|longer, shorter| longer.starts_with(shorter));
    Some(literals)
}

/// The literals with one of which every match ends; none when it can end with anything.
fn ends(parsed: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut literals = literals(parsed, &ExtractKind::Suffix)?;
    literals.sort_unstable_by(|one, other| one.iter().rev().cmp(other.iter().rev()));
    literals.dedup_by(|longer, shorter| longer.ends_with(shorter));
    Some(literals)
}

/// Shorter ones where there are too many long ones; none when one of them is empty.
fn literals(parsed: &Hir, kind: &ExtractKind) -> Option<Vec<Vec<u8>>> {
    LIMITS.into_iter().find_map(|(longest, most)| {
        let mut extractor = Extractor::new();
        extractor.kind(kind.clone()).limit_class(40).limit_literal_len(longest).limit_total(most);
        let found = extractor.extract(parsed);
        let literals: Vec<Vec<u8>> = found.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
        (!literals.is_empty() && literals.iter().all(|literal| !literal.is_empty())).then_some(literals)
    })
}
