//! What follows when a channel did not take a message.
//!
//! Nobody gets a message twice: where a try ended without an answer, the reader may have it. It then goes out again only by
//! the same channel, and only where the other side knows it again (by Message-ID, or by its own check for repeats). Another
//! channel is taken in spite of the doubt only for the few kinds of which silence makes somebody come in vain, or to the wrong
//! hour: reading such a thing twice harms nobody.

use usher_proto::outreach::v1::MessageKind;

/// How a try failed, as far as it decides what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It may pass. With a doubt, the reader may have it, and the other side would know it again.
    Passing { in_doubt: bool },
    /// The address takes nothing.
    Address,
    /// The message is not taken, by whatever channel of the kind.
    Message,
    /// The channel does not work: its credentials, its settings, or it is gone.
    Channel,
    /// The reader may have it, and the other side would not know it again.
    Lost,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same channel, later.
    Again,
    /// The next channel, at once.
    NextChannel,
    GiveUp,
}

/// How it stands with a message.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub kind: MessageKind,
    /// Whether some earlier try ended without an answer.
    pub in_doubt: bool,
    pub has_next_channel: bool,
    /// Whether the channel has had all its tries.
    pub is_spent: bool,
}

/// What follows on a failure.
pub fn after(failure: Failure, standing: Standing) -> Step {
    let in_doubt = standing.in_doubt || matches!(failure, Failure::Lost | Failure::Passing { in_doubt: true });
    let may_change = standing.has_next_channel && (!in_doubt || bears_repeating(standing.kind));
    let else_again = if standing.is_spent { Step::GiveUp } else { Step::Again };
    match failure {
        Failure::Message => Step::GiveUp,
        Failure::Passing { .. } if !standing.is_spent => Step::Again,
        Failure::Lost if !bears_repeating(standing.kind) => Step::GiveUp,
        _ if may_change => Step::NextChannel,
        Failure::Address => Step::GiveUp,
        // Somebody may mend it meanwhile.
        Failure::Channel | Failure::Passing { .. } | Failure::Lost => else_again,
    }
}

/// Whether it is better to say it twice than perhaps not at all.
pub fn bears_repeating(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::InterviewRescheduled | MessageKind::InterviewCancelled | MessageKind::InterviewUpcoming)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standing() -> Standing {
        Standing { kind: MessageKind::InterviewInvitation, in_doubt: false, has_next_channel: true, is_spent: false }
    }

    #[test]
    fn a_bad_address_and_a_spent_or_broken_channel_lead_to_the_next() {
        let spent = Standing { is_spent: true, ..standing() };
        let alone = Standing { has_next_channel: false, ..standing() };
        let sure = Failure::Passing { in_doubt: false };
        assert_eq!(after(Failure::Address, standing()), Step::NextChannel);
        assert_eq!(after(Failure::Address, alone), Step::GiveUp);
        assert_eq!(after(Failure::Channel, standing()), Step::NextChannel);
        assert_eq!(after(Failure::Channel, alone), Step::Again);
        assert_eq!(after(sure, standing()), Step::Again);
        assert_eq!(after(sure, spent), Step::NextChannel);
        assert_eq!(after(sure, Standing { is_spent: true, ..alone }), Step::GiveUp);
        assert_eq!(after(Failure::Message, standing()), Step::GiveUp);
    }

    #[test]
    fn in_doubt_only_what_must_not_be_missed_goes_another_way() {
        let doubt = Failure::Passing { in_doubt: true };
        let spent = Standing { is_spent: true, ..standing() };
        let moved = |standing| Standing { kind: MessageKind::InterviewRescheduled, ..standing };
        assert_eq!(after(doubt, standing()), Step::Again, "the other side knows it again");
        assert_eq!(after(doubt, spent), Step::GiveUp);
        assert_eq!(after(doubt, moved(spent)), Step::NextChannel);
        assert_eq!(after(Failure::Lost, standing()), Step::GiveUp);
        assert_eq!(after(Failure::Lost, moved(standing())), Step::NextChannel);
        let doubted = Standing { in_doubt: true, ..standing() };
        assert_eq!(after(Failure::Address, doubted), Step::GiveUp, "an earlier try may have arrived");
        assert_eq!(after(Failure::Address, moved(doubted)), Step::NextChannel);
    }

    proptest! {
        #[test]
        fn nobody_is_written_to_by_two_channels_in_doubt(
            failure in prop_oneof![
                any::<bool>().prop_map(|in_doubt| Failure::Passing { in_doubt }),
                Just(Failure::Address), Just(Failure::Message), Just(Failure::Channel), Just(Failure::Lost),
            ],
            kind in 1..23_i32,
            (in_doubt, has_next_channel, is_spent) in any::<(bool, bool, bool)>(),
        ) {
            let kind = MessageKind::try_from(kind).unwrap_or(MessageKind::Custom);
            let step = after(failure, Standing { kind, in_doubt, has_next_channel, is_spent });
            let doubt = in_doubt || matches!(failure, Failure::Lost | Failure::Passing { in_doubt: true });
            prop_assert!(step != Step::NextChannel || has_next_channel);
            prop_assert!(step != Step::NextChannel || !doubt || bears_repeating(kind));
            prop_assert!(step != Step::Again || !is_spent);
            prop_assert!(step != Step::Again || failure != Failure::Lost || bears_repeating(kind));
        }
    }
}
