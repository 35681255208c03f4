//! Of which quarters of an hour a day's counts are, as bytes that can be put behind one another: each entry changes one quarter, and
//! what a quarter counts is the sum of its entries. So whoever adds to a day need not know what it holds.
//!
//! An entry is the quarter's place in the day (0 to 95), a bit for each measure that changes, and how much each of those changes
//! (zigzag, in Protocol Buffers' variable length). A quarter of one count is three bytes.

use std::collections::BTreeMap;

use chassis::{Error, Result};
use prost::encoding::{decode_varint, encode_varint};

use super::{
    cube::{Counts, MEASURES},
    grain::IN_DAY,
};

/// What entries say, by the quarter's place in the day; nothing of what sums up to nothing.
pub type Quarters = BTreeMap<u8, Counts>;

/// Adds to a quarter.
pub fn add(quarters: &mut Quarters, place: u8, counts: &Counts) {
    let sum = quarters.entry(place).or_insert([0; MEASURES]);
    for (sum, count) in sum.iter_mut().zip(counts) {
        *sum += count;
    }
}

/// The place of a quarter of an hour since 1970 in its day.
pub fn place(quarter: i32) -> u8 {
    u8::try_from(quarter.rem_euclid(IN_DAY)).unwrap_or_default()
}

/// As bytes, an entry for each quarter.
pub fn write(quarters: &Quarters) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(quarters.len() * 4);
    for (place, counts) in quarters {
        let changes = || counts.iter().enumerate().filter(|(_, count)| **count != 0);
        let mask = changes().fold(0_u8, |mask, (measure, _)| mask | 1 << measure);
        if mask == 0 {
            continue;
        }
        bytes.extend([*place, mask]);
        for (_, count) in changes() {
            encode_varint(zigzag(*count).into(), &mut bytes);
        }
    }
    bytes
}

/// What bytes say. `INTERNAL` where nobody wrote them so.
pub fn read(mut bytes: &[u8]) -> Result<Quarters> {
    let mut quarters = Quarters::new();
    while let [place, mask, rest @ ..] = bytes {
        bytes = rest;
        let mut counts = [0; MEASURES];
        for (measure, count) in counts.iter_mut().enumerate() {
            if mask & 1 << measure != 0 {
                let number = decode_varint(&mut bytes).map_err(|error| broken(&error))?;
                *count = unzigzag(u32::try_from(number).map_err(|error| broken(&error))?);
            }
        }
        add(&mut quarters, *place, &counts);
    }
    quarters.retain(|_, counts| counts.iter().any(|count| *count != 0));
    match bytes {
        [] => Ok(quarters),
        _ => Err(broken(&"an entry has no end")),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::internal("a day's quarters of an hour can not be read", error)
}

fn zigzag(number: i32) -> u32 {
    (number.cast_unsigned() << 1) ^ (number >> 31).cast_unsigned()
}

fn unzigzag(number: u32) -> i32 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<(u8, Counts)>> {
        prop::collection::vec(
            (0_u8..96, prop::array::uniform8(prop_oneof![4 => -2_i32..3, 1 => -100_000_i32..100_000])),
            0..40,
        )
    }

    #[test]
    fn a_quarter_of_one_count_is_three_bytes() {
        let mut quarters = Quarters::new();
        add(&mut quarters, 95, &[1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(write(&quarters), [95, 1, 2]);
        assert_eq!((place(-1), place(96), place(97)), (95, 0, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_put_behind_one_another_adds_up(given in entries()) {
            let (mut sum, mut bytes) = (Quarters::new(), Vec::new());
            for (place, counts) in &given {
                add(&mut sum, *place, counts);
                bytes.extend(write(&Quarters::from([(*place, *counts)])));
            }
            sum.retain(|_, counts| counts.iter().any(|count| *count != 0));
            let read = read(&bytes).unwrap();
            prop_assert_eq!(&read, &sum);
            prop_assert_eq!(super::read(&write(&read)).unwrap(), sum);
        }

        #[test]
        fn bytes_that_nobody_wrote_break_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
