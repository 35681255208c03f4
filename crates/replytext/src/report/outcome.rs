//! What codes and words of a mail server mean for the address.

use std::{fmt, sync::LazyLock};

use regex::Regex;
use serde::Deserialize;

use super::words::RULES;
use crate::fold::Folded;

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did not arrive, and none will: there is no such address.
    Hard,
    /// It did not arrive, but the address may be good: the mailbox is full, the server was away, the mail was refused
    /// for what it is or whom it came from.
    Soft,
    /// It has not arrived yet; the server keeps trying.
    Delayed,
    /// It arrived.
    Delivered,
    /// It was handed to a server, or a list, that reports no further.
    Relayed,
    /// The evidence does not say.
    Unknown,
}

/// A code of RFC 3463: class, subject and detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// 2 for success, 4 for what may pass, 5 for what stays.
    pub class: u8,
    /// What it is about: 1 the address, 2 the mailbox, 3 the system, 4 the network, 5 the protocol, 6 the content,
    /// 7 security and policy.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

static STATUS: LazyLock<Regex> =
    LazyLock::new(|| constant(r"(?:^|[^\d.])([245])\.(\d{1,3})\.(\d{1,3})(?:[^\d.]|\.?$|\.\s)"));
static CODE: LazyLock<Regex> = LazyLock::new(|| constant(r"(?:^|[^\d.])([45]\d\d)(?:[ -]|$)"));

#[expect(clippy::expect_used, reason = "the patterns are constants, and tests use both")]
fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

impl Status {
    /// The first code in a text.
    pub(super) fn found(text: &str) -> Option<Self> {
        let found = STATUS.captures(text)?;
        let number = |group: usize| found.get(group)?.as_str().parse().ok();
        Some(Self { class: u8::try_from(number(1)?).ok()?, subject: number(2)?, detail: number(3)? })
    }

    /// Whether it says more than that something went wrong.
    fn is_specific(self) -> bool {
        self.subject != 0
    }

    /// The codes that speak against the address itself are those of RFC 3463, 3.2: 5.1.0 to 5.1.4 (no such mailbox or
    /// system, bad syntax, ambiguous), 5.1.6 (moved), 5.1.10 (takes no mail, RFC 7505), and 5.2.1 (disabled). 5.4.4 is
    /// a system without a route, as a domain that is not there has none.
    fn failure(self) -> Outcome {
        match (self.class, self.subject, self.detail) {
            (5, 1, 0..=4 | 6 | 10) | (5, 2, 1) | (5, 4, 4) => Outcome::Hard,
            (4 | 5, _, _) => Outcome::Soft,
            _ => Outcome::Unknown,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What an action (RFC 3464, 2.3.3), a status and a server's words mean, and the most exact status among them.
pub(super) fn of(action: Option<&str>, status: Option<Status>, diagnostic: &str) -> (Outcome, Option<Status>) {
    let in_words = Status::found(diagnostic);
    let best = [status, in_words].into_iter().flatten().find(|status| status.is_specific()).or(status).or(in_words);
    let outcome = match action {
        Some("delivered") => Outcome::Delivered,
        Some("relayed" | "expanded") => Outcome::Relayed,
        Some("delayed") => Outcome::Delayed,
        Some("failed") => failure(best, diagnostic),
        // Neither an action nor a code that stays: nobody says that it failed.
        _ if best.is_some_and(|status| status.class == 2) => Outcome::Delivered,
        _ => failure(best, diagnostic),
    };
    (outcome, best)
}

/// A code that says what is wrong comes first, then the words, then the code that only says that something is.
fn failure(status: Option<Status>, diagnostic: &str) -> Outcome {
    let by_words = in_words(diagnostic);
    match status.filter(|status| status.is_specific()).map(Status::failure) {
        // Servers answer 5.7.1 or 5.4.1 for an address that they do not know; their words tell.
        Some(Outcome::Soft) if by_words == Some(Outcome::Hard) && status.is_some_and(|status| status.class == 5) => {
            Outcome::Hard
        }
        Some(outcome) => outcome,
        None => by_words.or_else(|| by_class(status, diagnostic)).unwrap_or(Outcome::Unknown),
    }
}

fn by_class(status: Option<Status>, diagnostic: &str) -> Option<Outcome> {
    let code = CODE.captures(diagnostic).and_then(|found| found.get(1)?.as_str().parse::<u16>().ok());
    let is_passing =
        status.is_some_and(|status| status.class == 4) || code.is_some_and(|code| code < 500 || code == 552);
    is_passing.then_some(Outcome::Soft)
}

/// What a server's words say by the rules, the first of which counts.
pub(super) fn in_words(text: &str) -> Option<Outcome> {
    let folded = Folded::of(text).text;
    RULES.reasons.iter().find(|reason| reason.pattern.is_match(&folded)).map(|reason| reason.outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_addresses_of_networks_are_none() {
        for (text, found) in [
            ("5.1.1", Some("5.1.1")),
            ("550 5.7.1 refused", Some("5.7.1")),
            ("<mx.example.com #5.1.1 smtp;550>", Some("5.1.1")),
            ("550-5.1.1 The email account", Some("5.1.1")),
            ("from 5.1.1.7 refused", None),
            ("at 125.1.1 or", None),
            ("3.1.1", None),
            ("4.4.7 (expired).", Some("4.4.7")),
        ] {
            assert_eq!(Status::found(text).map(|status| status.to_string()).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn what_codes_and_words_mean() {
        use Outcome::{Delayed, Delivered, Hard, Relayed, Soft, Unknown};
        for (action, status, diagnostic, expected) in [
            ("failed", "5.1.1", "550 5.1.1 user unknown", Hard),
            ("failed", "5.0.0", "550 5.1.1 whatever", Hard),
            ("failed", "5.0.0", "550 No such user here", Hard),
            ("failed", "5.2.2", "552 mailbox full", Soft),
            ("failed", "5.7.1", "554 rejected as spam", Soft),
            ("failed", "5.7.1", "550 User unknown", Hard),
            ("failed", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied.", Hard),
            ("failed", "5.1.8", "553 sender's domain does not resolve", Soft),
            ("failed", "4.4.7", "message expired", Soft),
            ("failed", "5.0.0", "", Unknown),
            ("failed", "5.0.0", "550 failed", Unknown),
            ("failed", "", "452 try later", Soft),
            ("delayed", "4.4.1", "", Delayed),
            ("delivered", "2.1.5", "", Delivered),
            ("relayed", "2.1.9", "", Relayed),
            ("expanded", "2.0.0", "", Relayed),
            ("", "2.0.0", "", Delivered),
            ("", "", "", Unknown),
        ] {
            let action = Some(action).filter(|action| !action.is_empty());
            assert_eq!(of(action, Status::found(status), diagnostic).0, expected, "{action:?} {status} {diagnostic}");
        }
    }
}
