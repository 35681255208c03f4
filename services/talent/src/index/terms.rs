//! How things to find become terms of the index.
//!
//! Every term begins with its tenant, so that a tenant's lists of people are its own: nothing has to be intersected with
//! "belongs to the tenant", and no list, no statistic and no suggestion can hold anything of another tenant. Exact things
//! (the person's id, skills, tags ...) share one field of bytes, told apart by a letter; texts have a field each.

use uuid::Uuid;

use crate::domain::query::{Dimension, Keyword};

/// A thing that is found exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exact<'a> {
    /// Everybody of the tenant.
    Tenant,
    Id(Uuid),
    Skill(&'a str),
    /// A skill for just these years.
    SkillYears(&'a str, u8),
    City(&'a str),
    /// A tag that stays.
    Tag(Dimension, &'a str),
    /// A tag that expires: whether it has is in the columns.
    PassingTag(Dimension, &'a str),
    Keyword(Keyword, &'a str),
}

/// The bytes of a term of the exact field.
pub fn exact(tenant: Uuid, what: Exact) -> Vec<u8> {
    let mut term = Vec::with_capacity(48);
    term.extend_from_slice(tenant.as_bytes());
    match what {
        Exact::Tenant => term.push(b't'),
        Exact::Id(id) => {
            term.push(b'p');
            term.extend_from_slice(id.as_bytes());
        }
        Exact::Skill(key) => {
            term.push(b's');
            term.extend_from_slice(key.as_bytes());
        }
        // The years come last and a byte that is in no text before them, so that a range of years is a range of terms.
        Exact::SkillYears(key, years) => {
            term.push(b'y');
            term.extend_from_slice(key.as_bytes());
            term.extend_from_slice(&[0xff, years]);
        }
        Exact::City(key) => {
            term.push(b'c');
            term.extend_from_slice(key.as_bytes());
        }
        Exact::Tag(dimension, name) => {
            term.extend_from_slice(&[b'g', dimension_letter(dimension)]);
            term.extend_from_slice(name.as_bytes());
        }
        Exact::PassingTag(dimension, name) => {
            term.extend_from_slice(&[b'x', dimension_letter(dimension)]);
            term.extend_from_slice(name.as_bytes());
        }
        Exact::Keyword(keyword, code) => {
            term.extend_from_slice(&[b'k', keyword_letter(keyword)]);
            term.extend_from_slice(code.as_bytes());
        }
    }
    term
}

/// What a tenant's terms of texts begin with: its 128 bits in characters of seven, since terms of texts are UTF-8.
pub fn text_prefix(tenant: Uuid) -> String {
    let bits = tenant.as_u128();
    // Seven bits always are a character.
    (0..TEXT_PREFIX).map(|place| char::from(u8::try_from((bits >> (7 * place)) & 0x7f).unwrap_or(0))).collect()
}

/// How many bytes [`text_prefix`] has.
pub const TEXT_PREFIX: usize = 19;

/// A tag as it stands in columns.
pub fn tag_value(dimension: Dimension, name: &str) -> String {
    format!("{}{name}", char::from(dimension_letter(dimension)))
}

/// A keyword as it stands in columns.
pub fn keyword_value(keyword: Keyword, code: &str) -> String {
    format!("{}{code}", char::from(keyword_letter(keyword)))
}

/// The letter that a tag of the dimension begins with.
pub fn dimension_letter(dimension: Dimension) -> u8 {
    match dimension {
        Dimension::Skill => b's',
        Dimension::Intent => b'i',
        Dimension::Interaction => b'a',
        Dimension::Status => b'u',
    }
}

/// The letter that a keyword of the kind begins with.
pub fn keyword_letter(keyword: Keyword) -> u8 {
    match keyword {
        Keyword::Language => b'l',
        Keyword::Source => b's',
        Keyword::Consent => b'c',
        Keyword::Contact => b't',
        Keyword::Intent => b'i',
        Keyword::Degree => b'd',
    }
}

/// All dimensions.
pub const DIMENSIONS: [Dimension; 4] = [Dimension::Skill, Dimension::Intent, Dimension::Interaction, Dimension::Status];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn tenants_have_prefixes_of_their_own(one: u128, other: u128) {
            let prefixes: HashSet<String> = [one, other].map(|bits| text_prefix(Uuid::from_u128(bits))).into();
            prop_assert_eq!(prefixes.len(), if one == other { 1 } else { 2 });
            prop_assert!(prefixes.iter().all(|prefix| prefix.len() == TEXT_PREFIX));
        }
    }
}
