//! Identifiers: UUIDv7 in the database, TypeIDs (`job_01j…`) at the edges, distinct types in between.

use std::fmt;

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Writes a TypeID: the prefix, `_`, and the 128 bits as 26 characters of Crockford's base 32.
pub fn write_type_id(f: &mut fmt::Formatter<'_>, prefix: &str, id: Uuid) -> fmt::Result {
    let bits = id.as_u128();
    let mut text = [0_u8; 26];
    for (place, character) in text.iter_mut().enumerate() {
        let shift = 5 * (25 - place);
        *character = ALPHABET[((bits >> shift) & 31) as usize];
    }
    write!(f, "{prefix}_{}", String::from_utf8_lossy(&text))
}

/// Reads a TypeID of the given prefix.
pub fn read_type_id(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let wrong = IdError { prefix };
    let suffix = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(wrong)?;
    // 26 characters hold 130 bits; the first may only use three of its five.
    if suffix.len() != 26 || suffix.as_bytes()[0] > b'7' {
        return Err(wrong);
    }
    let mut bits = 0_u128;
    for byte in suffix.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(wrong)?;
        bits = (bits << 5) | digit as u128;
    }
    Ok(Uuid::from_u128(bits))
}

/// The text is not a TypeID of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as {prefix}_01h455vb4pex5vsknk084sn02q")]
pub struct IdError {
    prefix: &'static str,
}

/// Declares an id type: `id!(/// A job. JobId, "job");`
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl $name {
            /// A new one, later in order than those before.
            #[allow(clippy::new_without_default, reason = "a fresh id is not a default")]
            pub fn new() -> Self {
                Self(::uuid::Uuid::now_v7())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::ids::write_type_id(f, $prefix, self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ids::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::ids::read_type_id($prefix, text).map(Self)
            }
        }
    };
}

id!(
    /// A tenant: the company whose data nobody else sees.
    TenantId,
    "tenant"
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_the_published_examples() {
        // From the TypeID specification's list of valid ids.
        let id: TenantId = TenantId("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        assert_eq!(id.to_string(), "tenant_01h455vb4pex5vsknk084sn02q");
        assert_eq!("tenant_7zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<TenantId>().unwrap().0, Uuid::max());
    }

    #[test]
    fn refuses_what_is_not_one() {
        for text in ["", "tenant", "tenant_", "user_01h455vb4pex5vsknk084sn02q", "tenant_8zzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert!(text.parse::<TenantId>().is_err(), "{text}");
        }
        assert!("tenant_01h455vb4pex5vsknk084sn02l".parse::<TenantId>().is_err(), "l is not in the alphabet");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn survives_the_round_trip(bits: u128) {
            let id = TenantId(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<TenantId>().unwrap(), id);
        }

        #[test]
        fn never_panics_on_text(text in "\\PC{0,40}") {
            let _ = text.parse::<TenantId>();
        }
    }
}
