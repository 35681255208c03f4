//! Which patterns a literal is for.

use std::collections::BTreeMap;

use super::{BuildError, pattern::Pattern};

/// The patterns that a literal is for, by their numbers.
#[derive(Debug, Default)]
pub struct Users {
    begun: Vec<u16>,
    begun_words: Vec<u16>,
    needed: Vec<u16>,
}

/// All literals and what they are for.
pub fn by_literal(patterns: &[Pattern]) -> Result<BTreeMap<&[u8], Users>, BuildError> {
    let mut all: BTreeMap<&[u8], Users> = BTreeMap::new();
    for (number, pattern) in patterns.iter().enumerate() {
        let number = u16::try_from(number)?;
        for literal in &pattern.begins {
            let users = all.entry(literal).or_default();
            if pattern.begins_word { &mut users.begun_words } else { &mut users.begun }.push(number);
        }
        for literal in pattern.needs() {
            all.entry(literal).or_default().needed.push(number);
        }
    }
    Ok(all)
}

/// What each literal is for, close together: nearly every place of a text asks for it.
#[derive(Debug)]
pub struct Uses {
    /// For each literal how many patterns begin with it, do so where a word begins, and need it; behind that, which.
    packed: Vec<u16>,
    /// Where that of each literal begins.
    places: Vec<u32>,
}

/// The patterns that one literal is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Use<'a> {
    /// Those that begin with it wherever it stands.
    pub begun: &'a [u16],
    /// Those that begin with it where a word begins.
    pub begun_words: &'a [u16],
    /// Those that need it further on.
    pub needed: &'a [u16],
}

impl Uses {
    /// What each literal is for, in their order.
    pub fn new<'a>(all: impl Iterator<Item = &'a Users>) -> Result<Self, BuildError> {
        let (mut packed, mut places) = (Vec::new(), Vec::new());
        for users in all {
            places.push(u32::try_from(packed.len())?);
            let parts = [&users.begun, &users.begun_words, &users.needed];
            for part in parts {
                packed.push(u16::try_from(part.len())?);
            }
            packed.extend(parts.into_iter().flatten());
        }
        Ok(Self { packed, places })
    }

    /// What the literal of that number is for.
    #[inline]
    pub fn of(&self, literal: u32) -> Use<'_> {
        self.unpacked(literal).unwrap_or_default()
    }

    #[inline]
    fn unpacked(&self, literal: u32) -> Option<Use<'_>> {
        let place = *self.places.get(literal as usize)? as usize;
        let [begun, begun_words, needed, patterns @ ..] = self.packed.get(place..)? else { return None };
        let (begun, patterns) = patterns.split_at_checked(usize::from(*begun))?;
        let (begun_words, patterns) = patterns.split_at_checked(usize::from(*begun_words))?;
        Some(Use { begun, begun_words, needed: patterns.get(..usize::from(*needed))? })
    }
}
