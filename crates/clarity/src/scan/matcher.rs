//! Whether one pattern matches at one place.

use std::sync::OnceLock;

use regex_automata::{
    Anchored, Input, MatchKind,
    dfa::{Automaton as _, StartKind, dense, sparse},
    meta,
    nfa::thompson,
};
use regex_syntax::hir::Hir;

/// What the automaton of a pattern may take. The few that would take more are run step by step.
const DFA_BYTES: usize = 1 << 20;

/// Made when it is asked for the first time: most patterns are never met.
#[derive(Debug)]
pub struct Matcher {
    parsed: Hir,
    engine: OnceLock<Engine>,
}

#[derive(Debug)]
enum Engine {
    Table(Box<sparse::DFA<Vec<u8>>>),
    Steps(meta::Regex),
    Nothing,
}

impl Matcher {
    pub fn new(parsed: Hir) -> Self {
        Self { parsed, engine: OnceLock::new() }
    }

    /// Where the match ends that begins here.
    pub fn end(&self, text: &str, start: usize) -> Option<usize> {
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let half = match self.engine.get_or_init(|| Engine::of(&self.parsed)) {
            Engine::Table(table) => table.try_search_fwd(&input).ok().flatten(),
            Engine::Steps(steps) => steps.search_half(&input),
            Engine::Nothing => None,
        };
        half.map(|half| half.offset())
    }
}

impl Engine {
    fn of(parsed: &Hir) -> Self {
        match table(parsed) {
            Some(table) => Self::Table(table),
            None => meta::Builder::new().build_from_hir(parsed).map_or(Self::Nothing, Self::Steps),
        }
    }
}

fn table(parsed: &Hir) -> Option<Box<sparse::DFA<Vec<u8>>>> {
    let nfa = thompson::Compiler::new().build_from_hir(parsed).ok()?;
    let limits = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::LeftmostFirst)
        .accelerate(false)
        .dfa_size_limit(Some(DFA_BYTES))
        .determinize_size_limit(Some(DFA_BYTES));
    dense::Builder::new().configure(limits).build_from_nfa(&nfa).ok()?.to_sparse().ok().map(Box::new)
}
