//! Everything that the rules look for, found in one pass over a text.
//!
//! Every pattern begins with one of a few literals. An automaton of all of them goes over the text once; where a literal
//! stands, the patterns that begin with it are tried there and nowhere else. So a text costs as much as it is long, and
//! hardly more for each rule that it has nothing to do with.

mod pattern;

use std::{ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;
use regex_automata::{Anchored, Input, PatternID, meta};
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
    patterns: Vec<Pattern>,
    engine: meta::Regex,
}

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
        let mut literals: Vec<Vec<u8>> = patterns.iter().flat_map(|pattern| pattern.literals.clone()).collect();
        literals.sort_unstable();
        literals.dedup();
        let mut begun = vec![Vec::new(); literals.len()];
        for (number, pattern) in patterns.iter().enumerate() {
            for literal in &pattern.literals {
                if let Ok(place) = literals.binary_search(literal)
                    && let Some(begun) = begun.get_mut(place)
                {
                    begun.push(PatternID::new(number)?);
                }
            }
        }
        let parsed: Vec<_> = patterns.iter().map(|pattern| pattern.parsed.clone()).collect();
        let limits = meta::Config::new().nfa_size_limit(Some(NFA_BYTES)).hybrid_cache_capacity(CACHE_BYTES);
        Ok(Self {
            literals: AhoCorasick::new(&literals)?,
            begun,
            engine: meta::Regex::builder().configure(limits).build_many_from_hir(&parsed)?,
            patterns,
        })
    }

    /// The patterns as they were read.
    pub fn parsed(&self) -> impl Iterator<Item = &Hir> {
        self.patterns.iter().map(|pattern| &pattern.parsed)
    }

    /// Finds everything that the owners who are asked for look for.
    pub fn scan(&self, folded: &Folded, is_wanted: impl Fn(Owner) -> bool) -> Hits {
        let text = folded.text();
        let mut wanted: Vec<bool> = self.patterns.iter().map(|pattern| is_wanted(pattern.owner)).collect();
        let mut hits = Vec::new();
        for literal in self.literals.find_overlapping_iter(text) {
            let start = literal.start();
            for id in self.begun.get(literal.pattern().as_usize()).into_iter().flatten() {
                let Some(pattern) = self.patterns.get(id.as_usize()) else { continue };
                let may_be = wanted.get(id.as_usize()).is_some_and(|wanted| *wanted);
                if !may_be || (pattern.begins_word && is_in_word(text, start)) {
                    continue;
                }
                let input = Input::new(text).range(start..).anchored(Anchored::Pattern(*id));
                let Some(end) = self.engine.search_half(&input).map(|half| half.offset()) else { continue };
                if !holds(pattern.check, folded, start..end) {
                    continue;
                }
                hits.push(Hit { owner: pattern.owner, role: pattern.role, start, end });
                if pattern.once {
                    for other in pattern.alike.clone() {
                        wanted[other] = false;
                    }
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
        Check::NamedBefore => {
            names::stands_before(folded.text(), bytes.start, |byte| folded.is_capital(byte))
        }
        Check::SignedBefore => names::signed_before(folded.text(), bytes.start),
        Check::Name => {
            let last = text().trim_end().rfind([' ', '\n', ':']).map_or(0, |blank| blank + 1);
            folded.is_capital(bytes.start + last)
        }
    }
}
