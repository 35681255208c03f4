//! From patterns as they are written down to such as can be looked for.

use std::collections::BTreeMap;

use regex_syntax::{
    ParserBuilder,
    hir::{
        Hir, HirKind,
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

/// The same for what is needed further on.
const NEED_LIMITS: [(usize, usize); 2] = [(6, 64), (3, 64)];
/// What stands more often than this says nothing.
const OFTEN: f64 = 0.1;

/// A pattern that can be looked for.
#[derive(Debug)]
pub struct Pattern {
    pub owner: Owner,
    pub role: Role,
    pub check: Check,
    pub parsed: Hir,
    /// The longest text that it matches, in bytes.
    pub longest: usize,
    /// One of these stands at the beginning of every match; none begins with another.
    pub begins: Vec<Vec<u8>>,
    /// What stands further on in every match, where there is something.
    pub need: Option<Need>,
    /// Whether it begins only where a word does.
    pub begins_word: bool,
}

/// What every match has behind its beginning.
#[derive(Debug)]
pub struct Need {
    /// One of these.
    pub literals: Vec<Vec<u8>>,
    /// It begins at most so many bytes behind the beginning of the match.
    pub reach: usize,
}

impl Need {
    /// How often it may stand in a text, by a rule of thumb.
    fn frequency(&self) -> f64 {
        let literal = |literal: &Vec<u8>| literal.iter().map(|byte| frequency(*byte)).product::<f64>();
        self.literals.iter().map(literal).sum()
    }
}

/// How often a byte stands among others.
fn frequency(byte: u8) -> f64 {
    match byte {
        b' ' => 0.15,
        b'a' | b'e' | b'i' | b'n' | b'o' | b'r' | b's' | b't' => 0.07,
        b'a'..=b'z' | b'0'..=b'9' => 0.04,
        0..=0x7f => 0.02,
        // A third of a character.
        _ => 0.2,
    }
}

impl Pattern {
    /// The literals of its need.
    pub fn needs(&self) -> &[Vec<u8>] {
        self.need.as_ref().map_or(&[], |need| &need.literals)
    }
}

/// All patterns of a language, those of one owner and role side by side.
pub fn all(data: &Data, language: Language) -> Result<Vec<Pattern>, BuildError> {
    let mut maker = Maker { pieces: &data.pieces, patterns: Vec::new() };
    for (number, fact) in data.facts.iter().enumerate() {
        maker.add(Owner::Fact(number), Role::Found, fact.check, fact.patterns.of(language))?;
        maker.add(Owner::Fact(number), Role::Unless, Check::None, fact.unless.of(language))?;
    }
    for (number, rule) in data.rules.iter().enumerate() {
        let (owner, own) = (Owner::Rule(number), rule.language(language));
        maker.add(owner, Role::Found, Check::None, own.found.iter())?;
        maker.add(owner, Role::Unless, Check::None, own.unless.iter())?;
        for (group, patterns) in own.groups.iter().enumerate() {
            maker.add(owner, Role::Group(group), Check::None, patterns.iter())?;
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
        written: impl Iterator<Item = &'a String>,
    ) -> Result<(), BuildError> {
        for written in written {
            let text = spelled_out(&with_pieces(written, self.pieces, 0)?);
            let parsed = parse(&text.replace(' ', r"[ \n]"))?;
            let longest = parsed.properties().maximum_len().filter(|longest| *longest <= LONGEST);
            let longest = longest.ok_or_else(|| format!("{written:?} matches texts that are too long"))?;
            let blanked = parse(&text)?;
            let begins = begins(&blanked).ok_or_else(|| format!("{written:?} can begin with anything"))?;
            let need = need(&blanked);
            let begins_word = text.starts_with(WORD);
            self.patterns.push(Pattern { owner, role, check, parsed, longest, begins, need, begins_word });
        }
        Ok(())
    }
}

/// Where a word of ASCII letters begins or ends; beside a Chinese character, too.
const WORD: &str = r"(?-u:\b)";

/// Digits and words as a folded text has them.
fn spelled_out(text: &str) -> String {
    text.replace(r"\b", WORD).replace(r"\d", "[0-9]")
}

fn parse(text: &str) -> Result<Hir, BuildError> {
    Ok(ParserBuilder::new().multi_line(true).build().parse(text)?)
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
fn begins(blanked: &Hir) -> Option<Vec<Vec<u8>>> {
    literals(blanked, &ExtractKind::Prefix)
}

/// The rarest literals of which one stands behind the beginning of every match.
fn need(blanked: &Hir) -> Option<Need> {
    let parts = if let HirKind::Concat(parts) = blanked.kind() { parts.as_slice() } else { &[] };
    let inner = (1..parts.len()).filter_map(|at| {
        let before = Hir::concat(parts.get(..at)?.to_vec());
        let behind = Hir::concat(parts.get(at..)?.to_vec());
        let (least, reach) = (before.properties().minimum_len()?, before.properties().maximum_len()?);
        let need = move |literals| Need { literals, reach };
        (least > 0).then(|| candidates(&behind, &ExtractKind::Prefix).into_iter().map(need))
    });
    let (least, most) = (blanked.properties().minimum_len()?, blanked.properties().maximum_len()?);
    let last = candidates(blanked, &ExtractKind::Suffix).into_iter().filter_map(|literals| {
        let (longest, shortest) = (literals.iter().map(Vec::len).max()?, literals.iter().map(Vec::len).min()?);
        (least > longest).then(|| Need { literals, reach: most.saturating_sub(shortest) })
    });
    let needs = inner.flatten().chain(last).filter(|need| need.frequency() < OFTEN);
    needs.min_by(|one, other| one.frequency().total_cmp(&other.frequency()))
}

fn candidates(blanked: &Hir, kind: &ExtractKind) -> Vec<Vec<Vec<u8>>> {
    NEED_LIMITS.into_iter().filter_map(|(longest, most)| extract(blanked, kind, longest, most)).collect()
}

/// Shorter ones where there are too many long ones; none when one of them is empty.
fn literals(blanked: &Hir, kind: &ExtractKind) -> Option<Vec<Vec<u8>>> {
    LIMITS.into_iter().find_map(|(longest, most)| extract(blanked, kind, longest, most))
}

fn extract(blanked: &Hir, kind: &ExtractKind, longest: usize, most: usize) -> Option<Vec<Vec<u8>>> {
    let mut extractor = Extractor::new();
    extractor.kind(kind.clone()).limit_class(40).limit_literal_len(longest).limit_total(most);
    let found = extractor.extract(blanked);
    let mut literals: Vec<Vec<u8>> = found.literals()?.iter().map(|literal| whole(literal.as_bytes())).collect();
    literals.sort_unstable();
    // What begins with another tells no more.
    literals.dedup_by(|longer, shorter| longer.starts_with(shorter));
    (!literals.is_empty() && literals.iter().all(|literal| !literal.is_empty())).then_some(literals)
}

/// The whole characters of a literal, of which a first or last one may be cut; any blank as one.
fn whole(literal: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(literal);
    text.trim_matches(char::REPLACEMENT_CHARACTER).replace('\n', " ").into_bytes()
}
