//! The reasons to choose from. Nothing about health or family is asked for.

use usher_proto::ats::v1::AnswerReason;

use crate::lang::Lang;

/// A reason as a form offers it.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// What the form sends.
    pub value: &'static str,
    /// What ats is told.
    pub means: AnswerReason,
    zh: &'static str,
    en: &'static str,
}

const CLASH: Reason = Reason {
    value: "clash",
    means: AnswerReason::ScheduleClash,
    zh: "那个时间有别的安排",
    en: "I have something else then",
};
const TRAVEL: Reason =
    Reason {
        value: "travel", means: AnswerReason::Travel, zh: "路程或交通不便", en: "I can’t get there by then"
    };
const PERSONAL: Reason =
    Reason { value: "personal", means: AnswerReason::Personal, zh: "个人原因", en: "Personal reasons" };
const OFFER: Reason = Reason {
    value: "offer",
    means: AnswerReason::AcceptedOtherOffer,
    zh: "已接受别的工作机会",
    en: "I’ve accepted another offer",
};
const POSITION: Reason = Reason {
    value: "position",
    means: AnswerReason::PositionNotSuitable,
    zh: "职位不太合适",
    en: "The position doesn’t fit",
};
const OTHER: Reason = Reason { value: "other", means: AnswerReason::Other, zh: "其他", en: "Something else" };

/// Why another time.
pub const OTHER_TIME: &[Reason] = &[CLASH, TRAVEL, PERSONAL, OTHER];
/// Why not at all.
pub const DECLINE: &[Reason] = &[OFFER, POSITION, TRAVEL, PERSONAL, OTHER];

impl Reason {
    /// The one that a form sends as that.
    pub fn of(value: &str) -> Option<Self> {
        OTHER_TIME.iter().chain(DECLINE).find(|reason| reason.value == value).copied()
    }

    /// As the candidate reads it.
    pub fn text(self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}
