//! Yes and no in many words.

use super::{Fault, text};

/// What a text says; `None` when it is empty.
pub fn clean(field: &'static str, raw: &str) -> Result<Option<bool>, Fault> {
    let wrong = Fault::new(field, "TRUTH_UNKNOWN", "must be yes or no");
    let written = text::clean(field, raw, 40).map_err(|_| wrong)?.to_lowercase();
    match written.as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "t" | "1" | "x" | "granted" | "是" | "同意" | "有" | "√" => Ok(Some(true)),
        "no" | "n" | "false" | "f" | "0" | "refused" | "withdrawn" | "否" | "不同意" | "无" => Ok(Some(false)),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no() {
        assert_eq!(clean("x", " ＹＥＳ "), Ok(Some(true)));
        assert_eq!(clean("x", "不同意"), Ok(Some(false)));
        assert_eq!(clean("x", ""), Ok(None));
        assert_eq!(clean("x", "perhaps").unwrap_err().reason, "TRUTH_UNKNOWN");
    }
}
