//! Everything that the rules look for, found in one pass over a text.
//!
//! Every pattern begins with one of a few literals, and most end with one of a few. An automaton of all of them goes over
//! the text once. Where a literal stands, the patterns that begin with it are tried there and nowhere else, and only if
//! one of the literals with which they end stands in the text at all. So a text costs as much as it is long, and hardly
//! more for each rule that it has nothing to do with.

mod matcher;
mod pattern;

use std::{ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;
use regex_syntax::hir::Hir;

use self::{matcher::Matcher, pattern::Pattern};
use crate::{
    data::{Check, Data, data},
    day::is_day,
    fold::Folded,
    kind::Language,
    names,
};

/// So many places of one owner and role are looked at at most; only texts that are made for it have more.
const MOST: usize = 1_000;

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

/// The patterns of one language.
#[derive(Debug)]
pub struct Scanner {
    literals: AhoCorasick,
    /// The patterns that begin with each literal, wherever it stands.
    begun: Lists,
    /// Those that begin with it only where a word begins.
    begun_words: Lists,
    /// The patterns that need each literal further on.
    needed: Lists,
    patterns: Vec<Pattern>,
    matchers: Vec<Matcher>,
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
        let own = |pattern: &Pattern| [&pattern.begins, pattern.needs()].concat();
        let mut literals: Vec<Vec<u8>> = patterns.iter().flat_map(own).collect();
        literals.sort_unstable();
        literals.dedup();
        Ok(Self {
            literals: AhoCorasick::new(&literals)?,
            begun: Lists::of(&literals, patterns.iter().map(|pattern| pattern.begins(false))),
            begun_words: Lists::of(&literals, patterns.iter().map(|pattern| pattern.begins(true))),
            needed: Lists::of(&literals, patterns.iter().map(Pattern::needs)),
            matchers: patterns.iter().map(|pattern| Matcher::new(pattern.parsed.clone())).collect(),
            patterns,
        })
    }

    /// The patterns as they were read.
    pub fn parsed(&self) -> impl Iterator<Item = &Hir> {
        self.patterns.iter().map(|pattern| &pattern.parsed)
    }

    /// Notes where everything may be that the owners who are asked for look for.
    ///
    /// The literals are gone through from the last to the first, so that it is known at each what follows it.
    pub fn scan<'a>(&'a self, folded: &'a Folded<'a>, is_wanted: impl Fn(Owner) -> bool) -> Scan<'a> {
        let text = folded.text();
        let mut traces = self.traces(is_wanted);
        let mut starts = Vec::new();
        let standing = self.standing(text);
        for (start, first) in standing.firsts.iter().enumerate().rev().filter(|(_, first)| **first > 0) {
            let is_in_word = is_in_word(text, start);
            let start = small(start);
            let literals = chain(&standing.links, *first).map(|literal| literal as usize);
            for literal in literals.clone() {
                let words = if is_in_word { &[] } else { self.begun_words.get(literal) };
                for &number in self.begun.get(literal).iter().chain(words) {
                    if let Some(trace) = traces.get_mut(number as usize)
                        && trace.may_begin(start)
                    {
                        starts.push(Link { to: start, next: trace.first });
                        trace.first = small(starts.len());
                    }
                }
            }
            for literal in literals {
                for &number in self.needed.get(literal) {
                    if let Some(trace) = traces.get_mut(number as usize) {
                        trace.needed = start;
                    }
                }
            }
        }
        let firsts = traces.into_iter().map(|trace| trace.first).collect();
        Scan { scanner: self, folded, firsts, starts }
    }

    fn standing(&self, text: &str) -> Standing {
        let mut links = Vec::new();
        let mut firsts = vec![0_u32; text.len()];
        for found in self.literals.find_overlapping_iter(&text.replace('\n', " ")) {
            if let Some(first) = firsts.get_mut(found.start()) {
                links.push(Link { to: found.pattern().as_u32(), next: *first });
                *first = small(links.len());
            }
        }
        Standing { firsts, links }
    }

    fn traces(&self, is_wanted: impl Fn(Owner) -> bool) -> Vec<Trace> {
        let trace = |pattern: &Pattern| Trace {
            needed: if pattern.need.is_some() { u32::MAX } else { 0 },
            reach: pattern.need.as_ref().map_or(u32::MAX, |need| small(need.reach)),
            first: 0,
            is_wanted: is_wanted(pattern.owner),
        };
        self.patterns.iter().map(trace).collect()
    }

    /// The patterns of an owner in a role, by their numbers.
    fn numbers(&self, owner: Owner, role: Role) -> Range<usize> {
        let start = self.patterns.partition_point(|pattern| (pattern.owner, pattern.role) < (owner, role));
        let end = self.patterns.partition_point(|pattern| (pattern.owner, pattern.role) <= (owner, role));
        start..end
    }
}

/// What is known of a pattern while a text is gone through.
#[derive(Debug, Clone, Copy)]
struct Trace {
    /// Where what it needs stands, the first that was seen so far.
    needed: u32,
    /// So far from its beginning that may be.
    reach: u32,
    /// The first place where it may begin, by its number from 1; 0 is none.
    first: u32,
    is_wanted: bool,
}

impl Trace {
    fn may_begin(&self, start: u32) -> bool {
        self.is_wanted && self.needed <= start.saturating_add(self.reach)
    }
}

/// Which literals stand where.
struct Standing {
    /// For each byte of the text the first literal that begins there.
    firsts: Vec<u32>,
    links: Vec<Link>,
}

/// One of a chain that is kept in a list with others.
#[derive(Debug, Clone, Copy)]
struct Link {
    to: u32,
    /// By its number from 1; 0 is none.
    next: u32,
}

/// What the links of a chain lead to.
fn chain(links: &[Link], first: u32) -> impl Iterator<Item = u32> + Clone {
    let link = |number: u32| (number as usize).checked_sub(1).and_then(|place| links.get(place));
    std::iter::successors(link(first), move |last| link(last.next)).map(|link| link.to)
}

/// Where patterns may begin in a text. What they match there is looked at when it is asked for.
#[derive(Debug)]
pub struct Scan<'a> {
    scanner: &'a Scanner,
    folded: &'a Folded<'a>,
    firsts: Vec<u32>,
    starts: Vec<Link>,
}

impl Scan<'_> {
    /// Where the patterns of an owner in a role are, pattern by pattern.
    pub fn hits(&self, owner: Owner, role: Role) -> impl Iterator<Item = Range<usize>> {
        let numbers = self.scanner.numbers(owner, role);
        numbers.flat_map(|number| self.hits_of(number)).take(MOST)
    }

    fn hits_of(&self, number: usize) -> impl Iterator<Item = Range<usize>> {
        let places = chain(&self.starts, self.firsts.get(number).copied().unwrap_or_default());
        let tools = self.scanner.patterns.get(number).zip(self.scanner.matchers.get(number));
        tools.into_iter().flat_map(move |(pattern, matcher)| {
            places.clone().filter_map(move |start| {
                let start = start as usize;
                let end = matcher.end(self.folded.text(), start)?;
                holds(pattern.check, self.folded, start..end).then_some(start..end)
            })
        })
    }
}

/// For each literal the numbers of patterns.
#[derive(Debug)]
struct Lists {
    /// Where the list of each literal ends.
    ends: Vec<usize>,
    numbers: Vec<u32>,
}

impl Lists {
    /// The patterns that have a literal among their own; all literals are sorted.
    fn of<'a>(literals: &[Vec<u8>], patterns: impl Iterator<Item = &'a [Vec<u8>]>) -> Self {
        let mut lists = vec![Vec::new(); literals.len()];
        for (number, own) in patterns.enumerate() {
            for place in own.iter().filter_map(|literal| literals.binary_search(literal).ok()) {
                if let Some(list) = lists.get_mut(place) {
                    list.push(small(number));
                }
            }
        }
        let mut ends = Vec::new();
        let mut numbers = Vec::new();
        for list in lists {
            numbers.extend(list);
            ends.push(numbers.len());
        }
        Self { ends, numbers }
    }

    fn get(&self, literal: usize) -> &[u32] {
        let start = literal.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(literal).copied().unwrap_or_default();
        self.numbers.get(start..end).unwrap_or_default()
    }
}

/// Numbers of patterns, and places in a folded text, which is far shorter than 4 GiB.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
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
