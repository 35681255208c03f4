//! Who belongs to which group of a campaign, by the formula of docs/activation.md.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

/// Whether somebody is held out of a campaign that has that seed, in hexadecimal.
pub fn is_held_out(seed: &str, candidate: &str, percent: i32) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(seed)).expect("a key of any length will do");
    mac.update(uuid_of(candidate).as_bytes());
    let first: [u8; 8] = mac.finalize().into_bytes()[..8].try_into().expect("eight");
    // The number lies between 0 and 1 as a fraction of 2^64.
    u128::from(u64::from_be_bytes(first)) * 100 < u128::try_from(percent).expect("not negative") << 64
}

/// The UUID within a TypeID: its last 26 characters, in Crockford's base 32.
fn uuid_of(id: &str) -> Uuid {
    const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let suffix = id.rsplit('_').next().unwrap_or_default();
    let digit = |character| u128::try_from(DIGITS.find(character).expect("a digit")).expect("below 32");
    Uuid::from_u128(suffix.chars().fold(0, |number, character| number << 5 | digit(character)))
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid() {
        // The first example of the TypeID specification.
        assert_eq!(uuid_of("prefix_01h455vb4pex5vsknk084sn02q").to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
    }
}
