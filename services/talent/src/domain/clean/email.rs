//! E-mail addresses, lower-cased. The form is that of HTML's `<input type=email>`, and the host needs a dot.

use super::{Fault, text};

/// The longest address that SMTP carries (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// Cleans an address; an empty one stays empty.
pub fn clean(raw: &str) -> Result<String, Fault> {
    let wrong = Fault::new("email", "EMAIL_INVALID", "must be an address such as name@example.com");
    let address = text::clean("email", raw, LONGEST).map_err(|_| wrong)?.to_lowercase();
    if address.is_empty() || is_address(&address) { Ok(address) } else { Err(wrong) }
}

fn is_address(address: &str) -> bool {
    let Some((local, host)) = address.split_once('@') else { return false };
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte));
    local_ok && host.contains('.') && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(clean("  Li.Wei@Example.COM ").unwrap(), "li.wei@example.com");
        assert_eq!(clean("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ").unwrap(), "li@example.com");
        assert_eq!(clean(" ").unwrap(), "");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for raw in [
            "li",
            "li@",
            "@example.com",
            "li@example",
            "li@@example.com",
            "l i@example.com",
            "li@-a.com",
            "li@example..com",
            "李@例子.中国",
            "=cmd|x",
            "a@b.c\0",
            "无",
        ] {
            assert_eq!(clean(raw).unwrap_err().reason, "EMAIL_INVALID", "{raw}");
        }
        assert!(clean(&format!("{}@example.com", "a".repeat(65))).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_was_cleaned_is_clean(raw in "\\PC{0,20}@?\\PC{0,20}") {
            if let Ok(once) = clean(&raw) {
                prop_assert_eq!(clean(&once), Ok(once));
            }
        }

        #[test]
        fn usual_addresses_pass(local in "[a-z][a-z0-9._+-]{0,20}", host in "[a-z]{1,10}(\\.[a-z]{2,5}){1,2}") {
            let address = format!("{local}@{host}");
            prop_assert_eq!(clean(&address.to_uppercase()).unwrap(), address);
        }
    }
}
