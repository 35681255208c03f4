//! WeChat ids, lower-cased: 6 to 20 letters, digits, `_` and `-`, beginning with a letter, as WeChat itself asks.

use super::{Fault, text};

/// Cleans an id; an empty one stays empty.
pub fn clean(raw: &str) -> Result<String, Fault> {
    let wrong = Fault::new(
        "wechat_id",
        "WECHAT_ID_INVALID",
        "must be 6 to 20 letters, digits, _ and -, beginning with a letter",
    );
    let id = text::clean("wechat_id", raw, 40).map_err(|_| wrong)?.to_lowercase();
    if id.is_empty() || is_id(&id) { Ok(id) } else { Err(wrong) }
}

fn is_id(id: &str) -> bool {
    (6..=20).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert_eq!(clean(" Wang_XM-88 ").as_deref(), Ok("wang_xm-88"));
        assert_eq!(clean("ｗａｎｇｘｍ").as_deref(), Ok("wangxm"));
        assert_eq!(clean("").as_deref(), Ok(""));
        for raw in ["wang", "8wangxm", "wang xm88", "王小明王小明", "wangxiaomingwangxiaoming", "wang\0xm"] {
            assert_eq!(clean(raw).unwrap_err().reason, "WECHAT_ID_INVALID", "{raw}");
        }
    }
}
