//! What the page says about the answer that was just given. The address carries a code of this set and never a text, so
//! nobody can make the page say something else.

use chassis::Error;
use serde::Deserialize;
use tonic::Code;
use usher_proto::ats::v1::OfferState;

use super::view::State;
use crate::lang::Lang;

/// One short sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// They confirmed.
    Confirmed,
    /// They asked for another time.
    Asked,
    /// They picked a time.
    Taken,
    /// They will not come.
    Declined,
    /// They withdrew.
    Withdrawn,
    /// The page was older than the interview.
    Changed,
    /// The picked time is no longer offered.
    TimeGone,
    /// It can no longer be answered.
    Closed,
    /// It can only be moved by telephone by now.
    CallInstead,
    /// They pressed the button without picking a time.
    PickOne,
    /// They accepted an offer.
    OfferAccepted,
    /// They declined an offer.
    OfferDeclined,
    /// The page was older than the offer.
    OfferChanged,
    /// The offer can no longer be answered.
    OfferOver,
}

const ALL: [(&str, Notice); 14] = [
    ("confirmed", Notice::Confirmed),
    ("asked", Notice::Asked),
    ("taken", Notice::Taken),
    ("not-coming", Notice::Declined),
    ("withdrawn", Notice::Withdrawn),
    ("changed", Notice::Changed),
    ("time-gone", Notice::TimeGone),
    ("closed", Notice::Closed),
    ("call", Notice::CallInstead),
    ("pick-one", Notice::PickOne),
    ("accepted", Notice::OfferAccepted),
    ("declined", Notice::OfferDeclined),
    ("offer-changed", Notice::OfferChanged),
    ("offer-over", Notice::OfferOver),
];

/// The notice of an address.
#[derive(Debug, Default, Deserialize)]
pub struct Noticed {
    #[serde(default)]
    notice: String,
}

impl Noticed {
    /// The notice, if it is one of the set.
    pub fn notice(&self) -> Option<Notice> {
        ALL.iter().find(|(code, _)| *code == self.notice).map(|(_, notice)| *notice)
    }
}

impl Notice {
    /// What the address carries.
    pub fn code(self) -> &'static str {
        ALL.iter().find(|(_, notice)| *notice == self).map_or("", |(code, _)| code)
    }

    /// What ats' refusal means to the candidate, when it means something to them.
    pub fn of_refusal(error: &Error) -> Option<Self> {
        match (error.code(), error.reason()) {
            (Code::FailedPrecondition, "TIME_NOT_OFFERED") => Some(Self::TimeGone),
            (Code::FailedPrecondition, "RESCHEDULE_CUTOFF" | "RESCHEDULE_LIMIT") => Some(Self::CallInstead),
            (Code::FailedPrecondition, _) => Some(Self::Closed),
            (Code::Aborted, _) => Some(Self::Changed),
            _ => None,
        }
    }

    /// As [`Notice::of_refusal`], for an answer to an offer.
    pub fn of_offer_refusal(error: &Error) -> Option<Self> {
        match error.code() {
            Code::FailedPrecondition | Code::NotFound => Some(Self::OfferOver),
            Code::Aborted => Some(Self::OfferChanged),
            _ => None,
        }
    }

    /// As [`Notice::holds`], for what is said of an offer.
    pub fn holds_for_offer(self, state: OfferState) -> bool {
        match self {
            Self::OfferAccepted => state == OfferState::Accepted,
            Self::OfferDeclined => state == OfferState::Declined,
            Self::OfferChanged | Self::OfferOver | Self::Closed => true,
            _ => false,
        }
    }

    /// Whether it is still true: a kept or shared address must not say "confirmed" over a cancelled interview.
    pub fn holds(self, state: State) -> bool {
        match self {
            Self::Confirmed | Self::Taken => state == State::Confirmed,
            Self::Asked => matches!(state, State::Choosing | State::Asked),
            Self::Declined => state == State::Declined,
            Self::Withdrawn => state == State::Cancelled,
            Self::Changed | Self::TimeGone | Self::Closed | Self::CallInstead | Self::PickOne => true,
            Self::OfferAccepted | Self::OfferDeclined | Self::OfferChanged | Self::OfferOver => false,
        }
    }

    /// Whether it reports that something was done.
    pub fn is_good(self) -> bool {
        matches!(
            self,
            Self::Confirmed
                | Self::Asked
                | Self::Taken
                | Self::Declined
                | Self::Withdrawn
                | Self::OfferAccepted
                | Self::OfferDeclined
        )
    }

    /// In words.
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Confirmed => ("收到，到时见！", "Thank you, we have your confirmation. See you then!"),
            Self::Asked => ("收到，我们会尽快给您其他时间。", "Thank you, we have your request for another time."),
            Self::Taken => ("已改到您选的时间，到时见！", "Your new time is booked. See you then!"),
            Self::Declined => ("收到，谢谢您告诉我们。", "Thank you for telling us that you won’t be there."),
            Self::Withdrawn => ("已为您撤回，谢谢您告诉我们。", "You have withdrawn. Thank you for telling us."),
            Self::Changed => (
                "面试信息刚刚有变化，请再看一遍。您刚才的操作没有生效。",
                "Things have changed, please look again. Your last answer had no effect.",
            ),
            Self::TimeGone => {
                ("这个时间刚刚被占用了，请另选一个。", "That time has just been taken. Please pick another one.")
            }
            Self::Closed => (
                "现在已经不能在这里更改了。如有需要，请直接联系我们。",
                "This can no longer be changed here. Please contact us if you need to.",
            ),
            Self::CallInstead => (
                "现在不能在这里改时间了，请直接联系联系人，我们仍会帮您安排。",
                "The time can no longer be changed here. Please call your contact, who can still find another one.",
            ),
            Self::PickOne => ("请先选一个时间。", "Please pick a time first."),
            Self::OfferAccepted => ("收到，欢迎加入！", "Thank you, we have your acceptance. Welcome!"),
            Self::OfferDeclined => ("收到，谢谢您告诉我们。", "Thank you for telling us."),
            Self::OfferChanged => (
                "录用信息刚刚有变化，请再看一遍。您刚才的操作没有生效。",
                "The offer has changed, please read it again. Your last answer had no effect.",
            ),
            Self::OfferOver => (
                "这份录用现在已经不能在这里答复了。如有需要，请直接联系我们。",
                "This offer can no longer be answered here. Please contact us if you need to.",
            ),
        };
        lang.pick(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_found_by_its_code_and_no_other_text_is() {
        for (code, notice) in ALL {
            assert_eq!(Noticed { notice: notice.code().to_owned() }.notice(), Some(notice), "{code}");
        }
        for text in ["", "Confirmed", "<b>paid</b>"] {
            assert_eq!(Noticed { notice: text.to_owned() }.notice(), None);
        }
    }
}
