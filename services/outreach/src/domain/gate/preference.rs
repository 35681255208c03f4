//! What a person wants to be written to about, and where.

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::ContactPurpose;

use super::{Ruling, nature::Nature};

/// What the purposes are, in the order in which they are shown.
pub const PURPOSES: [ContactPurpose; 3] =
    [ContactPurpose::Application, ContactPurpose::Opportunities, ContactPurpose::Care];

/// One wish, the last on its purpose and channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub purpose: ContactPurpose,
    /// Empty: all of them.
    pub channel: String,
    pub allowed: bool,
    pub time: DateTime<Utc>,
    pub actor: String,
}

/// All that a person has wished.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes(pub Vec<Wish>);

impl Wishes {
    /// What holds for a purpose on a channel: what was said of the channel, else of all of them, else nothing.
    pub fn on(&self, purpose: ContactPurpose, channel: &str) -> Option<&Wish> {
        let find = |channel: &str| self.0.iter().find(|wish| wish.purpose == purpose && wish.channel == channel);
        find(channel).or_else(|| find(""))
    }
}

/// Whether the person wants messages of this purpose on this channel.
pub fn rule(nature: Nature, channel: &str, wishes: &Wishes) -> Ruling {
    match wishes.on(nature.purpose, channel) {
        Some(wish) if !wish.allowed => {
            let place = if wish.channel.is_empty() { "any channel" } else { channel };
            let since = wish.time.format("%Y-%m-%d");
            Ruling::refuse("OPTED_OUT", format!("the person wants none of it on {place}, since {since}"))
        }
        _ => Ruling::pass(),
    }
}

/// Refuses two words on one thing, of which nobody could say which one holds.
pub fn check(field: &str, asked: &[(ContactPurpose, &str)]) -> Result<()> {
    for (place, one) in asked.iter().enumerate() {
        if asked.iter().take(place).any(|other| other == one) {
            return Err(Error::invalid(
                format!("{field}[{place}]"),
                "PREFERENCE_REPEATED",
                "must not name a purpose and a channel that another one names",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::nature::of;

    fn wish(purpose: ContactPurpose, channel: &str, allowed: bool) -> Wish {
        Wish {
            purpose,
            channel: channel.to_owned(),
            allowed,
            time: DateTime::UNIX_EPOCH,
            actor: "candidate".to_owned(),
        }
    }

    #[test]
    fn what_is_said_of_a_channel_goes_before_what_is_said_of_all() {
        use ContactPurpose::Opportunities;
        let passes = |kind, channel: &str, wishes: &[Wish]| {
            rule(of(kind, true), channel, &Wishes(wishes.to_vec())) == Ruling::pass()
        };
        let none = [wish(Opportunities, "", false)];
        let by_mail = [wish(Opportunities, "", false), wish(Opportunities, "email", true)];
        let no_text = [wish(Opportunities, "sms", false)];
        assert!(passes(MessageKind::Reactivation, "email", &[]));
        assert!(!passes(MessageKind::Reactivation, "email", &none));
        assert!(passes(MessageKind::Reactivation, "email", &by_mail));
        assert!(!passes(MessageKind::Reactivation, "sms", &by_mail));
        assert!(passes(MessageKind::Reactivation, "email", &no_text));
        for wishes in [&none[..], &by_mail, &no_text] {
            assert!(passes(MessageKind::InterviewInvitation, "sms", wishes), "an interview is no marketing");
            assert!(passes(MessageKind::Care, "sms", wishes));
        }
    }

    #[test]
    fn nothing_is_said_of_one_thing_twice() {
        let care = ContactPurpose::Care;
        assert!(check("preferences", &[(care, ""), (care, "sms")]).is_ok());
        let refused = check("preferences", &[(care, "sms"), (care, ""), (care, "sms")]).unwrap_err();
        assert_eq!((refused.reason(), refused.violations()[0].0.as_str()), ("PREFERENCE_REPEATED", "preferences[2]"));
    }
}
