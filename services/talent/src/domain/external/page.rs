//! Addresses of pages. None is ever fetched.

use chassis::{Error, Result};

/// Refuses what is no address of a page.
pub fn check(field: &'static str, url: &str) -> Result<()> {
    if url.is_empty() || split(url).is_some() { Ok(()) } else { Err(invalid(field)) }
}

/// What somebody's page is compared by: the host in lower case and the path, without what may follow.
pub fn key(field: &'static str, url: &str) -> Result<String> {
    let (host, path) = split(url).ok_or_else(|| invalid(field))?;
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let host = host.to_lowercase();
    Ok(format!("{}{path}", host.strip_prefix("www.").unwrap_or(&host)))
}

/// Host and rest.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let is_plain = !rest.chars().any(|character| character.is_whitespace() || character.is_control());
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let fits = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-');
    let name = host.split_once(':').map_or(host, |(name, port)| {
        // A port is digits, and nothing else hides there.
        if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { "" }
    });
    let is_host = name.contains('.') && name.chars().all(fits) && !name.starts_with('.') && !name.ends_with('.');
    (is_plain && is_host).then_some((host, path))
}

fn invalid(field: &'static str) -> Error {
    Error::invalid(field, "URL_INVALID", "must be an address of a page that begins with https://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_is_known_by_host_and_path() {
        let key = |url| super::key("profile_url", url).unwrap();
        assert_eq!(key("https://www.LinkedIn.com/in/Ann/?trk=x#top"), "linkedin.com/in/Ann");
        assert_eq!(key("https://github.com/ann"), key("https://GitHub.com/ann/"));
        assert_ne!(key("https://github.com/ann"), key("https://github.com/Ann"));
        for url in [
            "",
            "http://github.com/ann",
            "https://",
            "https:///x",
            "https://localhost/x",
            "https://a@b.example/x",
            "https://b.example:pw/x",
            "https://b.example/a b",
            "javascript:alert(1)",
            "https://b.example\n/x",
        ] {
            assert_eq!(super::key("profile_url", url).unwrap_err().reason(), "URL_INVALID", "{url}");
        }
        assert!(check("url", "").is_ok() && check("url", "https://b.example:8443/x").is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn an_address_from_outside_never_panics(url in "(https://)?\\PC{0,40}") {
            let _ = key("url", &url);
        }
    }
}
