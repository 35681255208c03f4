//! What a mail server's answer means for the message: RFC 5321, section 4.2, and the enhanced status codes of RFC 3463.

use super::super::SendError;

/// One answer of a server, which may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// Subject and detail of the enhanced status code, where there is one: `(1, 1)` of `5.1.1`.
    pub enhanced: Option<(u16, u16)>,
}

/// To what the server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Greeting, EHLO, STARTTLS, AUTH.
    Opening,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA and the mail itself.
    Content,
}

/// The server is closing the connection (RFC 5321, section 4.2.1).
pub const CLOSING: u16 = 421;

impl Reply {
    /// From the three digits and the words after them.
    pub fn new(code: u16, words: &str) -> Self {
        Self { code, enhanced: enhanced(code, words) }
    }

    pub fn is_positive(self) -> bool {
        (200..400).contains(&self.code)
    }

    /// The codes alone: the server's words may quote the address.
    pub fn codes(self) -> String {
        match self.enhanced {
            Some((subject, detail)) => format!("{} {}.{subject}.{detail}", self.code, self.code / 100),
            None => self.code.to_string(),
        }
    }

    /// What a refusal means.
    pub fn refusal(self, stage: Stage) -> SendError {
        let what = format!("the mail server refused: {}", self.codes());
        if self.code < 500 {
            return SendError::transient(format!("the mail server did not take it: {}", self.codes()));
        }
        if stage == Stage::Opening || matches!(self.code, 530 | 534 | 535 | 538) {
            return SendError::broken(what);
        }
        match self.enhanced {
            // The sender's own address (5.1.7 and 5.1.8), and keys that do not fit (5.7.8 and 5.7.9).
            Some((1 | 7, 8) | (1, 7) | (7, 9)) => SendError::broken(what),
            // No such mailbox, none that takes mail any more, or no way to its host; 5.2.3 is about the message's length.
            Some((1, _) | (2, ..=2 | 4..) | (4, 1 | 4)) => SendError::bad_address(what),
            // RFC 5321, section 4.2.3: no such mailbox (550), not here (551), not allowed as a name (553).
            None if stage == Stage::Recipient && matches!(self.code, 550 | 551 | 553) => SendError::bad_address(what),
            None if stage == Stage::Sender => SendError::broken(what),
            Some(_) | None => SendError::permanent(what),
        }
    }
}

fn enhanced(code: u16, words: &str) -> Option<(u16, u16)> {
    let mut parts = words.split(' ').next()?.split('.');
    let class: u16 = parts.next()?.parse().ok()?;
    let (subject, detail) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (class == code / 100 && parts.next().is_none()).then_some((subject, detail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::channels::Fault;

    fn fault(code: u16, words: &str, stage: Stage) -> Option<Fault> {
        match Reply::new(code, words).refusal(stage) {
            SendError::Permanent { fault, .. } => Some(fault),
            _ => None,
        }
    }

    #[test]
    fn the_enhanced_code_says_whose_fault_it_is() {
        for (code, words, stage, expected) in [
            (550, "5.1.1 no such user", Stage::Recipient, Some(Fault::Address)),
            (550, "5.1.1 no such user", Stage::Content, Some(Fault::Address)),
            (550, "5.2.1 disabled", Stage::Recipient, Some(Fault::Address)),
            (552, "5.2.3 too long for this mailbox", Stage::Recipient, Some(Fault::Message)),
            (550, "5.4.1 no route", Stage::Recipient, Some(Fault::Address)),
            (554, "5.6.0 content", Stage::Content, Some(Fault::Message)),
            (550, "5.7.1 policy", Stage::Recipient, Some(Fault::Message)),
            (553, "5.1.8 sender's domain", Stage::Sender, Some(Fault::Channel)),
            (535, "5.7.8 credentials", Stage::Opening, Some(Fault::Channel)),
            (530, "5.7.0 log in first", Stage::Sender, Some(Fault::Channel)),
            (550, "no such user", Stage::Recipient, Some(Fault::Address)),
            (550, "spam", Stage::Content, Some(Fault::Message)),
            (550, "you may not send as this", Stage::Sender, Some(Fault::Channel)),
            (550, "4.1.1 of another class, so not believed", Stage::Content, Some(Fault::Message)),
            (451, "4.7.1 later", Stage::Recipient, None),
            (421, "4.3.2 closing", Stage::Sender, None),
            (452, "4.2.2 full", Stage::Recipient, None),
        ] {
            assert_eq!(fault(code, words, stage), expected, "{code} {words}");
        }
    }

    proptest! {
        #[test]
        fn no_word_of_the_server_is_repeated(code in 400..600_u16, words in ".{0,60}") {
            let text = Reply::new(code, &words).refusal(Stage::Recipient).to_string();
            prop_assert!(text.is_ascii(), "{}", text);
            prop_assert!(!text.contains('@'));
        }
    }
}
