//! Years of experience as people write them: `5`, `5年`, `约 5 年以上`.

use super::{Fault, text};

/// The most that is believed.
const MOST: u8 = 60;

/// The first whole number of the text; `None` when the text is empty.
pub fn clean(raw: &str) -> Result<Option<u8>, Fault> {
    let wrong = Fault::new("years", "YEARS_INVALID", "must be a number of years from 0 to 60");
    let written = text::clean("years", raw, 100).map_err(|_| wrong)?;
    if written.is_empty() {
        return Ok(None);
    }
    let start = written.find(|character: char| character.is_ascii_digit()).ok_or(wrong)?;
    if written[..start].ends_with('-') {
        return Err(wrong);
    }
    let digits: String = written[start..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|years| *years <= MOST).map(Some).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_first_number() {
        for (raw, years) in
            [("5", 5), ("５年", 5), ("约 7-9 年", 7), ("12+ years", 12), ("3.5", 3), ("0", 0), ("60", 60)]
        {
            assert_eq!(clean(raw), Ok(Some(years)), "{raw}");
        }
        assert_eq!(clean(" "), Ok(None));
        for raw in ["many", "61", "-3", "99999999999999999999", "五年"] {
            assert!(clean(raw).is_err(), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn stays_in_range_and_never_panics(raw: String) {
            if let Ok(Some(years)) = clean(&raw) {
                prop_assert!(years <= MOST);
            }
        }
    }
}
