//! Who is written to and who is not.
//!
//! A person's group follows from the campaign's seed and the person's id alone: HMAC-SHA-256 of the id's 16 bytes under the
//! seed, of which the first eight bytes, read as a number from 0 up to before 1, are held against the share that is held
//! out. So it is as good as drawn, no campaign's groups say anything of another's, and whoever has the seed can check it.

use chassis::{Error, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use usher_proto::talent::v1::CampaignArm;

use crate::domain::candidate::CandidateId;

/// The group of a person.
pub fn arm(seed: &[u8], candidate: CandidateId, holdout_percent: i32) -> Result<CampaignArm> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(seed).map_err(|error| Error::internal("an assignment has no seed", &error))?;
    mac.update(candidate.0.as_bytes());
    let hash = mac.finalize().into_bytes();
    let first = hash.iter().take(8).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    // Out of 100, exactly: the number is a fraction of 2^64.
    let percent = (first * 100) >> 64;
    let is_held_out = percent < u128::from(holdout_percent.clamp(0, 100).unsigned_abs());
    Ok(if is_held_out { CampaignArm::Holdout } else { CampaignArm::Treatment })
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "some thousand people")]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn held_out(seed: &[u8], people: u128, percent: i32) -> Vec<bool> {
        let arm = |number| arm(seed, CandidateId(Uuid::from_u128(number)), percent).unwrap();
        (0..people).map(|number| arm(number) == CampaignArm::Holdout).collect()
    }

    #[test]
    fn it_never_changes() {
        // Written down: who has the seed of an old campaign must find its groups again. By Python's hmac.
        let seed = [7; 32];
        let id = CandidateId("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        let at = (0..=100).find(|percent| arm(&seed, id, *percent).unwrap() == CampaignArm::Holdout);
        assert_eq!(at, Some(19));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]
        #[test]
        fn the_share_is_what_was_asked_for_and_the_same_again(seed: [u8; 32], percent in 0..=50) {
            let people = 4_000;
            let drawn = held_out(&seed, people, percent);
            prop_assert_eq!(&drawn, &held_out(&seed, people, percent));
            let count = drawn.iter().filter(|held| **held).count();
            let (mean, share) = (people as f64 * f64::from(percent) / 100.0, f64::from(percent) / 100.0);
            // Six standard deviations: once in 500 million.
            let far = 6.0 * (people as f64 * share * (1.0 - share)).sqrt();
            prop_assert!((count as f64 - mean).abs() <= far, "{} of {} at {} %", count, people, percent);
        }

        #[test]
        fn another_seed_draws_others(seed: [u8; 32]) {
            let mut other = seed;
            other[0] ^= 1;
            let (one, two) = (held_out(&seed, 2_000, 50), held_out(&other, 2_000, 50));
            let same = one.iter().zip(&two).filter(|(one, two)| one == two).count();
            prop_assert!((800..1_200).contains(&same), "{} of 2000 are the same", same);
        }

        #[test]
        fn who_is_held_out_of_few_is_held_out_of_more(seed: [u8; 32]) {
            let (few, more) = (held_out(&seed, 500, 10), held_out(&seed, 500, 40));
            prop_assert!(few.iter().zip(&more).all(|(few, more)| !few || *more));
        }
    }
}
