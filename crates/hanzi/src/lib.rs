//! Traditional Chinese characters as the simplified ones as which they are compared.
//!
//! Character by character: what stands beside one must not matter, or else a part of a text would not be found in it.

use std::{collections::HashMap, sync::LazyLock};

/// The table as it is written: what is made with it can tell by it whether it has changed.
pub const TABLE: &str = include_str!("../data/simplified.txt");
/// Where most pairs lie, so that looking one up costs no hash.
const NEAR: std::ops::Range<u32> = 0x3400..0xa000;

struct Simplified {
    near: Vec<char>,
    far: HashMap<char, char>,
}

static SIMPLIFIED: LazyLock<Simplified> = LazyLock::new(|| {
    let mut near: Vec<char> = NEAR.filter_map(char::from_u32).collect();
    let mut far = HashMap::new();
    for (from, to) in pairs() {
        match place(from).and_then(|place| near.get_mut(place)) {
            Some(known) => *known = to,
            None => _ = far.insert(from, to),
        }
    }
    Simplified { near, far }
});

/// The simplified character as which one is compared; any other character as it is.
#[inline]
pub fn simplified(character: char) -> char {
    if u32::from(character) < NEAR.start {
        return character;
    }
    match place(character).and_then(|place| SIMPLIFIED.near.get(place)) {
        Some(known) => *known,
        None => SIMPLIFIED.far.get(&character).copied().unwrap_or(character),
    }
}

fn place(character: char) -> Option<usize> {
    NEAR.contains(&u32::from(character)).then(|| usize::try_from(u32::from(character) - NEAR.start).ok())?
}

fn pairs() -> impl Iterator<Item = (char, char)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).filter_map(|text| {
        let mut characters = text.chars();
        Some((characters.next()?, characters.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_simplified_stays_as_it_is() {
        assert!(pairs().count() > 3_000);
        for (from, to) in pairs() {
            assert_eq!((simplified(from), simplified(to)), (to, to));
        }
    }

    #[test]
    fn what_the_table_does_not_name_stays_as_it_is() {
        let named: std::collections::HashSet<char> = pairs().map(|(from, _)| from).collect();
        for character in ('\0'..=char::MAX).filter(|character| !named.contains(character)) {
            assert_eq!(simplified(character), character);
        }
    }
}
