//! Everything that the rules look for, found in one pass over a text.
//!
//! Every pattern begins with one of a few literals, and most end with one of a few. An automaton of all of them goes over
//! the text once. Where a literal stands, the patterns that begin with it are tried there and nowhere else, and only if
//! one of the literals with which they end stands in the text at all. So a text costs as much as it is long, and hardly
//! more for each rule that it has nothing to do with.

mod pattern;

use std::{
    ops::Range,
    panic::{RefUnwindSafe, UnwindSafe},
    sync::LazyLock,
};

use aho_corasick::AhoCorasick;
use regex_automata::{Anchored, Input, PatternID, meta, util::pool::Pool};
use regex_syntax::hir::Hir;

use self::pattern::Pattern;
use crate::{
    data::{Check, Data, data},
    day::is_day,
    fold::Folded,
    kind::Language,
    names,
};

/// So many places are noted at most; only texts that are made for it have more.
const MOST: usize = 5_000;
const NFA_BYTES: usize = 64 << 20;
const CACHE_BYTES: usize = 16 << 20;

/// Who looks for a pattern: a fact or a rule, by its number among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    Fact(usize),
    Rule(usize),
}

/// What a pattern is for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It is what is looked for.
    Found,
    /// It makes what it meets harmless.
    Unless,
    /// It is an ask of that group.
    Group(usize),
}

/// A place at which a pattern was found, in bytes of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub owner: Owner,
    pub role: Role,
    pub start: usize,
    pub end: usize,
}

impl Hit {
    /// Whether both share a character.
    pub fn meets(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Where it is.
    pub fn bytes(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// All places, by owner and role.
#[derive(Debug)]
pub struct Hits(Vec<Hit>);

impl Hits {
    /// Those of one owner in one role, by place.
    pub fn of(&self, owner: Owner, role: Role) -> &[Hit] {
        let before = self.0.partition_point(|hit| (hit.owner, hit.role) < (owner, role));
        let rest = self.0.get(before..).unwrap_or_default();
        rest.get(..rest.partition_point(|hit| (hit.owner, hit.role) == (owner, role))).unwrap_or_default()
    }
}

/// The patterns of one language.
#[derive(Debug)]
pub struct Scanner {
    literals: AhoCorasick,
    /// The patterns that begin with each literal.
    begun: Vec<Vec<PatternID>>,
    /// The patterns that end with each literal.
    ended: Vec<Vec<PatternID>>,
    patterns: Vec<Pattern>,
    engine: meta::Regex,
    caches: Pool<meta::Cache, NewCache>,
}

type NewCache = Box<dyn Fn() -> meta::Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

static CHINESE: LazyLock<Scanner> = LazyLock::new(|| compiled(Language::Chinese));
static ENGLISH: LazyLock<Scanner> = LazyLock::new(|| compiled(Language::English));

/// The one for a language.
pub fn scanner(language: Language) -> &'static Scanner {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

fn compiled(language: Language) -> Scanner {
    #[expect(clippy::expect_used, reason = "the patterns are compiled in, and every test builds them")]
    Scanner::build(data(), language).expect("the patterns can be built")
}

type BuildError = Box<dyn std::error::Error>;

impl Scanner {
    fn build(data: &Data, language: Language) -> Result<Self, BuildError> {
        let patterns = pattern::all(data, language)?;
        let edges = |pattern: &Pattern| [pattern.begins.clone(), pattern.ends.clone().unwrap_or_default()].concat();
        let mut literals: Vec<Vec<u8>> = patterns.iter().flat_map(edges).collect();
        literals.sort_unstable();
        literals.dedup();
        let (mut begun, mut ended) = (vec![Vec::new(); literals.len()], vec![Vec::new(); literals.len()]);
        for (number, pattern) in patterns.iter().enumerate() {
            let id = PatternID::new(number)?;
            note(&mut begun, &literals, &pattern.begins, id);
            note(&mut ended, &literals, pattern.ends.as_deref().unwrap_or_default(), id);
        }
        let parsed: Vec<_> = patterns.iter().map(|pattern| pattern.parsed.clone()).collect();
        let limits = meta::Config::new().nfa_size_limit(Some(NFA_BYTES)).hybrid_cache_capacity(CACHE_BYTES);
        let engine = meta::Regex::builder().configure(limits).build_many_from_hir(&parsed)?;
        let new_cache: NewCache = Box::new({
            let engine = engine.clone();
            move || engine.create_cache()
        });
        Ok(Self {
            literals: AhoCorasick::new(&literals)?,
            begun,
            ended,
            patterns,
            engine,
            caches: Pool::new(new_cache),
        })
    }

    /// The patterns as they were read.
    pub fn parsed(&self) -> impl Iterator<Item = &Hir> {
        self.patterns.iter().map(|pattern| &pattern.parsed)
    }

    /// Finds everything that the owners who are asked for look for.
    pub fn scan(&self, folded: &Folded, is_wanted: impl Fn(Owner) -> bool) -> Hits {
        let text = folded.text();
        let (begun, is_ended) = self.edges(text);
        let may_be = |(pattern, is_ended): (&Pattern, &bool)| *is_ended && is_wanted(pattern.owner);
        let mut open: Vec<bool> = self.patterns.iter().zip(&is_ended).map(may_be).collect();
        let mut cache = self.caches.get();
        let mut hits = Vec::new();
        for (start, literal) in begun {
            for id in self.begun.get(literal).into_iter().flatten() {
                let Some(pattern) = self.patterns.get(id.as_usize()) else { continue };
                let is_open = open.get(id.as_usize()).is_some_and(|is_open| *is_open);
                if !is_open || (pattern.begins_word && is_in_word(text, start)) {
                    continue;
                }
                let input = Input::new(text).range(start..).anchored(Anchored::Pattern(*id));
                let Some(half) = self.engine.search_half_with(&mut cache, &input) else { continue };
                let end = half.offset();
                if !holds(pattern.check, folded, start..end) {
                    continue;
                }
                hits.push(Hit { owner: pattern.owner, role: pattern.role, start, end });
                if pattern.once
                    && let Some(alike) = open.get_mut(pattern.alike.clone())
                {
                    alike.fill(false);
                }
            }
            if hits.len() > MOST {
                break;
            }
        }
        hits.sort_unstable();
        hits.dedup();
        Hits(hits)
    }

    /// Where literals stand with which patterns begin, and which patterns can have their end in the text.
    fn edges(&self, text: &str) -> (Vec<(usize, usize)>, Vec<bool>) {
        let mut begun = Vec::new();
        let mut is_seen = vec![false; self.begun.len()];
        let mut is_ended: Vec<bool> = self.patterns.iter().map(|pattern| pattern.ends.is_none()).collect();
        for found in self.literals.find_overlapping_iter(text) {
            let literal = found.pattern().as_usize();
            if self.begun.get(literal).is_some_and(|patterns| !patterns.is_empty()) {
                begun.push((found.start(), literal));
            }
            match is_seen.get_mut(literal) {
                Some(is_seen) if !*is_seen => *is_seen = true,
                _ => continue,
            }
            for id in self.ended.get(literal).into_iter().flatten() {
                if let Some(is_ended) = is_ended.get_mut(id.as_usize()) {
                    *is_ended = true;
                }
            }
        }
        (begun, is_ended)
    }
}

/// Notes a pattern at each of its literals.
fn note(patterns: &mut [Vec<PatternID>], literals: &[Vec<u8>], own: &[Vec<u8>], id: PatternID) {
    for literal in own {
        let place = literals.binary_search(literal).ok();
        if let Some(patterns) = place.and_then(|place| patterns.get_mut(place)) {
            patterns.push(id);
        }
    }
}

/// Whether a letter or digit stands before, so that no word begins here.
fn is_in_word(text: &str, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
    before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn holds(check: Check, folded: &Folded, bytes: Range<usize>) -> bool {
    let text = || folded.text().get(bytes.clone()).unwrap_or_default();
    match check {
        Check::None => true,
        Check::Day => is_day(text()),
        Check::Capital => folded.is_capital(bytes.start),
        Check::NamedBefore => names::stands_before(folded.text(), bytes.start, |byte| folded.is_capital(byte)),
        Check::SignedBefore => names::signed_before(folded.text(), bytes.start),
        Check::Name => {
            let last = text().trim_end().rfind([' ', '\n', ':']).map_or(0, |blank| blank + 1);
            folded.is_capital(bytes.start + last)
        }
    }
}
