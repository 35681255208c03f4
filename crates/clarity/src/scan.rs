//! Where in a text what the rules look for may be, found in one pass, and what is there, looked at when it is asked for.
//!
//! Every pattern begins with one of a few literals, and most need another one further on. All of them are in one tree, which
//! each place of the text is led down as far as it goes. A place is noted for a pattern only where a literal of its beginning
//! stands with one that it needs behind it, as near as a match can be long. A pattern is tried at these places alone, and
//! only while the answer hangs on it: a fact that is told once need not be looked for again. So a text costs as much as it is
//! long, and hardly more for each rule that it has nothing to do with.

mod literals;
mod matcher;
mod pattern;
mod uses;

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use regex_syntax::hir::Hir;

use self::{literals::Literals, matcher::Matcher, pattern::Pattern, uses::Uses};
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
    literals: Literals,
    uses: Uses,
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
        let literals = uses::by_literal(&patterns)?;
        let mut numbers: BTreeMap<(Owner, Role), Range<usize>> = BTreeMap::new();
        for (number, pattern) in patterns.iter().enumerate() {
            numbers.entry((pattern.owner, pattern.role)).or_insert(number..number).end = number + 1;
        }
        Ok(Self {
            uses: Uses::new(literals.values())?,
            literals: Literals::new(literals.into_keys())?,
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
    /// The text is gone through from its end, so that it is known at each place what follows it.
    pub fn scan<'a>(&'a self, folded: &'a Folded<'a>, is_wanted: impl Fn(Owner) -> bool) -> Scan<'a> {
        let text = folded.text();
        let mut traces = self.traces(is_wanted);
        let mut starts = Vec::with_capacity(text.len());
        for (start, literal) in self.standing(text) {
            let patterns = self.uses.of(literal);
            let words = if is_in_word(text, start as usize) { &[] } else { patterns.begun_words };
            for number in patterns.begun.iter().chain(words) {
                if let Some(trace) = traces.get_mut(usize::from(*number))
                    && start >= trace.from
                {
                    starts.push(Link { to: start, next: trace.first });
                    trace.first = small(starts.len());
                }
            }
            for number in patterns.needed {
                if let Some(trace) = traces.get_mut(usize::from(*number)) {
                    trace.from = start.saturating_sub(trace.reach);
                }
            }
        }
        let firsts = traces.into_iter().map(|trace| trace.first).collect();
        Scan { scanner: self, folded, firsts, starts }
    }

    /// Which literals stand where, from the last place to the first.
    fn standing(&self, text: &str) -> Vec<(u32, u32)> {
        let classes = self.literals.classes(text);
        let mut standing = Vec::with_capacity(text.len());
        let mut at = classes.len();
        for (start, _) in text.char_indices().rev() {
            at -= 1;
            let start = small(start);
            for literal in self.literals.standing(classes.get(at..).unwrap_or_default()) {
                standing.push((start, literal));
            }
        }
        standing
    }

    fn traces(&self, is_wanted: impl Fn(Owner) -> bool) -> Vec<Trace> {
        let trace = |pattern: &Pattern| match &pattern.need {
            _ if !is_wanted(pattern.owner) => Trace { from: u32::MAX, reach: 0, first: 0 },
            Some(need) => Trace { from: u32::MAX, reach: small(need.reach), first: 0 },
            None => Trace { from: 0, reach: u32::MAX, first: 0 },
        };
        self.patterns.iter().map(trace).collect()
    }
}

/// What is known of a pattern while a text is gone through.
#[derive(Debug, Clone, Copy)]
struct Trace {
    /// Before it, what the pattern needs is too far away.
    from: u32,
    /// So far from its beginning what it needs may be; 0, which is nowhere, when nobody asks for the pattern.
    reach: u32,
    /// The first place where it may begin, by its number from 1; 0 is none.
    first: u32,
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
        self.begun(owner, role).flat_map(|number| self.hits_within(number, 0..usize::MAX)).take(MOST)
    }

    /// Whether one of them shares a character with that place.
    pub fn meets(&self, owner: Owner, role: Role, place: &Range<usize>) -> bool {
        let mut hits = self.begun(owner, role).flat_map(|number| self.hits_within(number, place.clone()));
        hits.any(|hit| meet(&hit, place))
    }

    /// The patterns of an owner in a role that may begin anywhere, by their numbers.
    fn begun(&self, owner: Owner, role: Role) -> impl Iterator<Item = usize> {
        let numbers = self.scanner.numbers.get(&(owner, role)).cloned().unwrap_or_default();
        let firsts = self.firsts.get(numbers.clone()).unwrap_or_default();
        numbers.zip(firsts).filter(|(_, first)| **first > 0).map(|(number, _)| number)
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
