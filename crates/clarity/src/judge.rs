//! From what was found in a text to what is told about it.

use std::{cell::LazyCell, ops::Range, sync::LazyLock};

use crate::{
    MOST_FINDINGS,
    data::{FactData, Judge, RuleData, data},
    fold::{Folded, fold},
    form,
    kind::{Kind, Language},
    report::{Finding, Report},
    rule::{Rule, Severity, rules},
    scan::{Owner, Role, Scan, meet, scanner},
    tuning::Tuning,
};

/// Links and addresses are looked for so many bytes around a phrase.
const ADDRESS: usize = 200;
/// So many different things are too much to ask for at once.
const ASKS: usize = 3;

/// The facts that each rule needs, with those in whose places they do not count, by their numbers.
static NEEDS: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
    let needs = |rule: &RuleData| {
        let facts = rule.needs.iter().flat_map(|fact| named(fact));
        let with_bounds = facts.flat_map(|(number, fact)| {
            let bounds = fact.not_in.iter().flat_map(|bound| named(bound));
            std::iter::once(number).chain(bounds.map(|(bound, _)| bound))
        });
        with_bounds.collect()
    };
    data().rules.iter().map(needs).collect()
});

/// Reads messages before they go out.
#[derive(Debug, Clone, Copy)]
pub struct Linter;

impl Linter {
    /// Looks at the body of a message. The answer depends on nothing but what is given.
    pub fn lint(kind: Kind, language: Language, text: &str, tuning: &Tuning) -> Report {
        let asked: Vec<_> = rules()
            .iter()
            .map(|rule| rule.kinds.contains(&kind).then(|| tuning.severity(rule, kind)).flatten())
            .collect();
        let is_asked = |rule: usize| asked.get(rule).is_some_and(Option::is_some);
        let mut is_needed = vec![false; data().facts.len()];
        for fact in (0..asked.len()).filter(|rule| is_asked(*rule)).filter_map(|rule| NEEDS.get(rule)).flatten() {
            if let Some(is_needed) = is_needed.get_mut(*fact) {
                *is_needed = true;
            }
        }
        let folded = fold(text);
        let scan = scanner(language).scan(&folded, |owner| match owner {
            Owner::Fact(fact) => is_needed.get(fact).is_some_and(|is_needed| *is_needed),
            Owner::Rule(rule) => is_asked(rule),
        });
        let reader = Reader { folded: &folded, scan: &scan, language, length: text.trim().chars().count() };
        let mut findings = Vec::new();
        for (number, (rule, data)) in rules().iter().zip(&data().rules).enumerate() {
            if let Some(severity) = asked.get(number).copied().flatten() {
                let places = reader.places(number, data).into_iter();
                findings.extend(places.map(|place| reader.finding(rule, severity, place)));
            }
        }
        findings.sort_by_key(|finding| finding.span.as_ref().map(|span| (span.start, span.end)));
        findings.truncate(MOST_FINDINGS);
        Report::of(findings)
    }
}

struct Reader<'a> {
    folded: &'a Folded<'a>,
    scan: &'a Scan<'a>,
    language: Language,
    /// Of the text without blanks around it, in characters.
    length: usize,
}

impl Reader<'_> {
    /// Where a rule is broken; `None` among them is no place in particular.
    fn places(&self, number: usize, data: &RuleData) -> Vec<Option<Range<usize>>> {
        let somewhere = |is_broken: bool| if is_broken { vec![None] } else { Vec::new() };
        let limit = data.language(self.language).limit;
        match data.judge {
            Judge::Phrases => joined(self.phrases(number)),
            Judge::Missing => somewhere(!data.needs.iter().all(|fact| self.tells(fact))),
            Judge::Asks => {
                let excluding = self.scan.hits(Owner::Rule(number), Role::Found);
                joined(excluding.chain(self.asks(number)).collect())
            }
            Judge::Shouting => joined(self.phrases(number).into_iter().chain(form::shouted(self.folded)).collect()),
            Judge::Longer => somewhere(self.length > limit),
            Judge::Shorter => somewhere(self.length < limit),
        }
    }

    fn finding(&self, rule: &'static Rule, severity: Severity, place: Option<Range<usize>>) -> Finding {
        let (span, quote) = match place.map(|bytes| self.folded.original(&bytes)) {
            Some((span, quote)) => (Some(span), quote.to_owned()),
            None => (None, String::new()),
        };
        let (reason, suggestion) = (rule.reason(self.language), rule.suggestion(self.language));
        Finding { rule: &rule.id, severity, span, quote, reason, suggestion }
    }

    /// The phrases of a rule without those that something makes harmless.
    fn phrases(&self, number: usize) -> Vec<Range<usize>> {
        self.unless_harmless(Owner::Rule(number), Role::Found).filter(|hit| !self.is_in_address(hit)).collect()
    }

    /// What was found without what shares a character with something that makes it harmless.
    fn unless_harmless(&self, owner: Owner, role: Role) -> impl Iterator<Item = Range<usize>> {
        let harmless: LazyCell<Vec<Range<usize>>, _> =
            LazyCell::new(move || self.scan.hits(owner, Role::Unless).collect());
        self.scan.hits(owner, role).filter(move |hit| !harmless.iter().any(|other| meet(hit, other)))
    }

    /// Whether a hit is part of a link or an e-mail address, which nobody reads.
    fn is_in_address(&self, hit: &Range<usize>) -> bool {
        let text = self.folded.text().as_bytes();
        let is_part = |byte: &u8| byte.is_ascii_graphic();
        let (before, behind) = (text.get(..hit.start).unwrap_or_default(), text.get(hit.end..).unwrap_or_default());
        let start = hit.start - before.iter().rev().take(ADDRESS).take_while(|byte| is_part(byte)).count();
        let end = hit.end + behind.iter().take(ADDRESS).take_while(|byte| is_part(byte)).count();
        let word = self.folded.text().get(start..end).unwrap_or_default();
        word.len() > hit.len() && word.is_ascii() && (word.contains("://") || word.contains('@'))
    }

    /// The ask with which there are too many different ones.
    fn asks(&self, number: usize) -> Option<Range<usize>> {
        let groups = data().rules.get(number).map_or(0, |rule| rule.language(self.language).groups.len());
        let first = |group| {
            let found = self.unless_harmless(Owner::Rule(number), Role::Group(group));
            found.min_by_key(|bytes| (bytes.start, bytes.end))
        };
        let mut firsts: Vec<Range<usize>> = (0..groups).filter_map(first).collect();
        firsts.sort_unstable_by_key(|bytes| bytes.start);
        firsts.into_iter().nth(ASKS - 1)
    }

    /// Whether the text tells a fact.
    fn tells(&self, name: &str) -> bool {
        named(name).any(|(number, fact)| self.counts(number, fact))
    }

    /// Whether a fact is told somewhere: the first place that counts is enough.
    fn counts(&self, number: usize, fact: &FactData) -> bool {
        let owner = Owner::Fact(number);
        let bounds = || fact.not_in.iter().flat_map(|bound| named(bound));
        self.scan.hits(owner, Role::Found).any(|hit| {
            !self.scan.meets(owner, Role::Unless, &hit)
                && !bounds().any(|(bound, _)| self.scan.meets(Owner::Fact(bound), Role::Found, &hit))
        })
    }
}

fn named(name: &str) -> impl Iterator<Item = (usize, &'static FactData)> {
    data().facts.iter().enumerate().filter(move |(_, fact)| fact.name == name)
}

/// Places that share a character are one.
fn joined(mut places: Vec<Range<usize>>) -> Vec<Option<Range<usize>>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined.into_iter().map(Some).collect()
}
