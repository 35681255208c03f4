//! Where in a text what the rules look for may be, found in one pass, and what is there, looked at when it is asked for.
//!
//! Every pattern begins with one of a few literals, and most need another one further on. An automaton of all of them goes
//! over the text once. A place is noted for a pattern only where a literal of its beginning stands with one that it needs
//! behind it, as near as a match can be long. A pattern is tried at these places alone, and only while the answer hangs on
//! it: a fact that is told once need not be looked for again. So a text costs as much as it is long, and hardly more for
//! each rule that it has nothing to do with.

mod matcher;
mod pattern;

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

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
    uses: Vec<Use>,
    patterns: Vec<Pattern>,
    matchers: Vec<Matcher>,
    /// The patterns of each owner and role, by their numbers.
    numbers: BTreeMap<(Owner, Role), Range<usize>>,
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
        let mut uses = vec![Use::default(); literals.len()];
        let mut numbers: BTreeMap<(Owner, Role), Range<usize>> = BTreeMap::new();
        for (number, pattern) in patterns.iter().enumerate() {
            let at = |literal: &Vec<u8>| literals.binary_search(literal).ok();
            for place in pattern.begins.iter().filter_map(at) {
                uses.get_mut(place).into_iter().for_each(|one| one.begin(pattern.begins_word).push(small(number)));
            }
            for place in pattern.needs().iter().filter_map(at) {
                uses.get_mut(place).into_iter().for_each(|one| one.needed.push(small(number)));
            }
            numbers.entry((pattern.owner, pattern.role)).or_insert(number..number).end = number + 1;
        }
        Ok(Self {
            literals: AhoCorasick::new(&literals)?,
            uses,
            matchers: patterns.iter().map(|pattern| Matcher::new(pattern.parsed.clone())).collect(),
            patterns,
            numbers,
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
            let literals = chain(&standing.links, *first).filter_map(|literal| self.uses.get(literal as usize));
            for one in literals.clone() {
                let words = if is_in_word { &[] } else { one.begun_words.as_slice() };
                for &number in one.begun.iter().chain(words) {
                    if let Some(trace) = traces.get_mut(number as usize)
                        && trace.may_begin(start)
                    {
                        starts.push(Link { to: start, next: trace.first });
                        trace.first = small(starts.len());
                    }
                }
            }
            for &number in literals.flat_map(|one| &one.needed) {
                if let Some(trace) = traces.get_mut(number as usize) {
                    trace.needed = start;
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
        self.numbers(owner, role).flat_map(|number| self.hits_within(number, 0..usize::MAX)).take(MOST)
    }

    /// Whether one of them shares a character with that place.
    pub fn meets(&self, owner: Owner, role: Role, place: &Range<usize>) -> bool {
        let mut hits = self.numbers(owner, role).flat_map(|number| self.hits_within(number, place.clone()));
        hits.any(|hit| meet(&hit, place))
    }

    fn numbers(&self, owner: Owner, role: Role) -> Range<usize> {
        self.scanner.numbers.get(&(owner, role)).cloned().unwrap_or_default()
    }

    /// Where a pattern is, without what can not reach into that place.
    fn hits_within(&self, number: usize, place: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let starts = chain(&self.starts, self.firsts.get(number).copied().unwrap_or_default());
        let tools = self.scanner.patterns.get(number).zip(self.scanner.matchers.get(number));
        tools.into_iter().flat_map(move |(pattern, matcher)| {
            let starts = starts.clone().map(|start| start as usize).take_while(move |start| *start < place.end);
            let near = starts.filter(move |start| start + pattern.longest > place.start);
            near.filter_map(move |start| {
                let end = matcher.end(self.folded.text(), start)?;
                holds(pattern.check, self.folded, start..end).then_some(start..end)
            })
        })
    }
}

/// Whether both share a character.
pub fn meet(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The patterns that a literal is for, by their numbers.
#[derive(Debug, Clone, Default)]
struct Use {
    /// Those that begin with it wherever it stands.
    begun: Vec<u32>,
    /// Those that begin with it where a word begins.
    begun_words: Vec<u32>,
    /// Those that need it further on.
    needed: Vec<u32>,
}

impl Use {
    fn begin(&mut self, at_words: bool) -> &mut Vec<u32> {
        if at_words { &mut self.begun_words } else { &mut self.begun }
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
