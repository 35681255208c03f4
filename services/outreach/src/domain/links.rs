//! Links in texts: found, held against what a link may be, and shown so that a look-alike host is seen.
//!
//! A link is whole and absolute, over HTTP, to a host that is well formed, and does not hand its reader on to another one.

use std::{borrow::Cow, ops::Range};

use url::{Host, Url};
use usher_proto::outreach::v1::{MessageFacts, MessageKind};

/// The longest link, in bytes.
const LONGEST: usize = 2_000;
/// How often an address may be wrapped in percent signs before nobody looks any more.
const WRAPPINGS: usize = 4;
/// Stands in a template's text for what is filled in.
const HOLE: char = '\u{fffc}';

/// Why a link is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("must begin with https:// or http://")]
    Scheme,
    #[error("must hold no blank, backslash or character that is not seen, and no more than 2,000 bytes")]
    Characters,
    #[error("must not hold a user name or a password")]
    UserInfo,
    #[error("must have a host that is well formed")]
    Host,
    #[error("must not lead on to another address")]
    Redirect,
    #[error("must be whole in the template: a variable may hold a link, but not a part of one")]
    Hole,
}

/// Whether a text is one link, and one that may be shown.
pub fn check(link: &str) -> Result<(), Broken> {
    let unseemly = |character: char| {
        character.is_whitespace() || character.is_control() || character == '\\' || super::plain::hides(character)
    };
    if link.contains(HOLE) {
        return Err(Broken::Hole);
    }
    let rest = without_scheme(link).ok_or(Broken::Scheme)?;
    if link.len() > LONGEST || link.contains(unseemly) {
        return Err(Broken::Characters);
    }
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(Broken::UserInfo);
    }
    // A browser takes `https:///x` for `https://x`, and `https://%41` for `https://a`.
    let is_plain = !authority.is_empty() && !authority.contains('%');
    let url = Url::parse(link).ok().filter(|_| is_plain).ok_or(Broken::Host)?;
    if !has_good_host(&url, authority) {
        return Err(Broken::Host);
    }
    if leads_on(&url, after) { Err(Broken::Redirect) } else { Ok(()) }
}

fn without_scheme(link: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| {
        let (head, rest) = link.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// RFC 1035 labels, or an address in its usual writing (`0x7f.1` is one too, for a browser).
fn has_good_host(url: &Url, authority: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let written =
        |address: String| authority.strip_prefix(&address).is_some_and(|port| port.is_empty() || port.starts_with(':'));
    url.port() != Some(0)
        && match url.host() {
            Some(Host::Domain(name)) => name.len() <= 253 && name.split('.').all(is_label),
            Some(Host::Ipv4(address)) => written(address.to_string()),
            Some(Host::Ipv6(_)) => authority.starts_with('['),
            None => false,
        }
}

/// Whether what follows the host holds an address of another one, however wrapped.
fn leads_on(url: &Url, after: &str) -> bool {
    let own = url.host_str().unwrap_or_default();
    let mut text = after.to_owned();
    for _ in 0..WRAPPINGS {
        let lower = text.to_ascii_lowercase();
        let elsewhere = lower.match_indices(":/").any(|(place, _)| {
            let scheme = &lower[..place];
            let is_web = scheme.ends_with("http") || scheme.ends_with("https");
            is_web && !is_of(&lower[place + 1..], own)
        });
        let relative = lower.split(['?', '&', '#', ';', '=']).skip(1).any(|part| {
            (part.starts_with("//") || part.starts_with("/\\") || part.starts_with('\\')) && !is_of(part, own)
        });
        let script = lower.split(['?', '&', '#', ';', '=']).any(|part| scheme_of(part).is_some());
        if elsewhere || relative || script {
            return true;
        }
        let bytes: Cow<'_, [u8]> = percent_decode(&text);
        match String::from_utf8_lossy(&bytes) {
            unwrapped if unwrapped == text => return false,
            unwrapped => text = unwrapped.into_owned(),
        }
    }
    // Wrapped more often than anybody has a reason to.
    true
}

/// Whether an address without its scheme is of that host.
fn is_of(address: &str, host: &str) -> bool {
    let name = address.trim_start_matches(['/', '\\']);
    name.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#', '&']))
}

fn percent_decode(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let digit = |place: usize| bytes.get(place).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut place) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(place) {
        match (byte, digit(place + 1), digit(place + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                place += 3;
            }
            _ => {
                decoded.push(*byte);
                place += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

/// Where links stand in a text.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(start) = lower[from..].find("http").map(|place| from + place) {
        from = start + 4;
        let is_begin = !lower[..start].ends_with(|before: char| before.is_ascii_alphanumeric());
        if !is_begin || without_scheme(&text[start..]).is_none() {
            continue;
        }
        let end = text[start..].find(ends_link).map_or(text.len(), |length| start + length);
        let end = start + trimmed(&text[start..end]).len();
        found.push(start..end);
        from = end.max(from);
    }
    found
}

/// The links of a text that are shown as links, in their order, each with where it begins.
pub fn shown(text: &str) -> impl Iterator<Item = (usize, &str)> {
    find(text).into_iter().map(move |place| (place.start, &text[place])).filter(|(_, link)| check(link).is_ok())
}

/// Whether a message's links are followed through us, so that it is seen that somebody took them up. Only those of messages
/// that tell of openings are: a meeting's link and the one that answers must lead there at once.
pub fn are_followed(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Reactivation | MessageKind::ReactivationFollowUp | MessageKind::Care)
}

fn ends_link(character: char) -> bool {
    character.is_whitespace() || "<>\"'`，。；：！？、）】》」』”’（【《「『“‘…".contains(character)
}

/// A sentence's own punctuation is not its link's.
fn trimmed(link: &str) -> &str {
    let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', ']', '}']);
    if link.contains('(') { link } else { link.trim_end_matches(')').trim_end_matches(['.', ',', '!', '?']) }
}

/// What a reader's program might run or open where a link is meant.
fn scheme_of(word: &str) -> Option<&'static str> {
    let word = word.trim_start_matches(|character: char| !character.is_alphanumeric());
    let known = ["javascript:", "vbscript:", "data:text/", "data:application/", "data:image/", "file:/", "blob:http"];
    known.into_iter().find(|scheme| word.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

/// The first link of a text that may not be shown.
pub fn first_broken(text: &str) -> Option<Broken> {
    let link = find(text).into_iter().find_map(|place| check(&text[place]).err());
    link.or_else(|| text.split_whitespace().any(|word| scheme_of(word).is_some()).then_some(Broken::Scheme))
}

/// The first field of a message's facts with a link that may not be shown.
pub fn first_broken_fact(facts: &MessageFacts) -> Option<(&'static str, Broken)> {
    let link = facts.link.trim();
    if !link.is_empty()
        && let Err(broken) = check(link)
    {
        return Some(("facts.link", broken));
    }
    let one = |field, text| (field, std::slice::from_ref(text));
    let texts: [(&str, &[String]); 18] = [
        one("facts.position", &facts.position),
        one("facts.company", &facts.company),
        one("facts.place", &facts.place),
        ("facts.interviewers", &facts.interviewers),
        ("facts.materials", &facts.materials),
        one("facts.contact_name", &facts.contact_name),
        one("facts.contact_channel", &facts.contact_channel),
        one("facts.team_introduction", &facts.team_introduction),
        one("facts.subject", &facts.subject),
        one("facts.body", &facts.body),
        one("facts.benefits", &facts.benefits),
        ("facts.checklist", &facts.checklist),
        ("facts.checklist_zh", &facts.checklist_zh),
        one("facts.topic", &facts.topic),
        one("facts.strengths", &facts.strengths),
        one("facts.advice", &facts.advice),
        one("facts.reason", &facts.reason),
        one("facts.referrer", &facts.referrer),
    ];
    let broken = |text: &String| first_broken(text);
    texts.into_iter().find_map(|(field, texts)| Some((field, texts.iter().find_map(broken)?)))
}

/// As [`first_broken`], of a template, whichever way its conditions go.
pub fn first_broken_in_template(source: &str) -> Option<Broken> {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let (before, inside) = rest.split_at(start);
        text.push_str(before);
        let end = if inside.starts_with("{{") {
            text.push(HOLE);
            "}}"
        } else if inside.starts_with("{%") {
            text.push(' ');
            "%}"
        } else {
            "#}"
        };
        rest = inside.find(end).map_or("", |place| &inside[place + 2..]);
    }
    text.push_str(rest);
    first_broken(&text)
}

/// The text with every host in letters of its own alphabet written as the network writes it (RFC 3492), so that nobody
/// takes one for another.
pub fn with_plain_hosts(text: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut from = 0;
    for place in find(text) {
        let link = &text[place.clone()];
        let authority = without_scheme(link).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if authority.is_ascii() {
            continue;
        }
        let Ok(url) = Url::parse(link) else { continue };
        plain.push_str(&text[from..place.start]);
        plain.push_str(url.as_str());
        from = place.end;
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    plain.push_str(&text[from..]);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests;
