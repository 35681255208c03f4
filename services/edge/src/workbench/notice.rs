//! What the workbench says about what was just tried, from a fixed set.

use chassis::Error;
use serde::Deserialize;
use tonic::Code;

use crate::lang::Lang;

/// One short sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The task is theirs.
    Claimed,
    /// The task is done.
    Completed,
    /// Somebody else has the task.
    Theirs,
    /// The task is done already.
    DoneBefore,
    /// There is no such task.
    Gone,
    /// Somebody changed it at the same time.
    Raced,
    /// Their role does not allow it.
    NotAllowed,
    /// The token is none that works.
    NotSignedIn,
    /// The token worked and has expired.
    Expired,
}

const ALL: [(&str, Notice); 9] = [
    ("claimed", Notice::Claimed),
    ("completed", Notice::Completed),
    ("theirs", Notice::Theirs),
    ("done-before", Notice::DoneBefore),
    ("gone", Notice::Gone),
    ("raced", Notice::Raced),
    ("not-allowed", Notice::NotAllowed),
    ("not-signed-in", Notice::NotSignedIn),
    ("expired", Notice::Expired),
];

/// The notice of an address.
#[derive(Debug, Deserialize)]
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

    /// What a refusal of the list means: that they are not, or no longer, signed in, or may not see it.
    pub fn of_sign_in(error: &Error) -> Option<Self> {
        match (error.code(), error.reason()) {
            (Code::Unauthenticated, "TOKEN_EXPIRED") => Some(Self::Expired),
            (Code::Unauthenticated, _) => Some(Self::NotSignedIn),
            (Code::PermissionDenied, _) => Some(Self::NotAllowed),
            _ => None,
        }
    }

    /// What a refusal of a button means, when it means something to them.
    pub fn of_refusal(error: &Error) -> Option<Self> {
        match (error.code(), error.reason()) {
            (Code::FailedPrecondition, "TASK_CLAIMED" | "TASK_ASSIGNED" | "TASK_SNOOZED") => Some(Self::Theirs),
            (Code::FailedPrecondition, _) => Some(Self::DoneBefore),
            (Code::NotFound, _) => Some(Self::Gone),
            (Code::Aborted, _) => Some(Self::Raced),
            _ => Self::of_sign_in(error),
        }
    }

    /// Whether it reports that something was done.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Claimed | Self::Completed)
    }

    /// In words.
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Claimed => ("这项任务由您处理。", "The task is yours."),
            Self::Completed => ("已完成。", "Done."),
            Self::Theirs => ("同事已经接手了这项任务。", "A colleague has already taken this task."),
            Self::DoneBefore => ("这项任务已经完成了。", "This task is already done."),
            Self::Gone => ("找不到这项任务。", "There is no such task."),
            Self::Raced => ("同事刚刚改动了它，请再看一遍。", "Somebody changed it just now, please look again."),
            Self::NotAllowed => ("您的角色没有这个权限。", "Your role may not do this."),
            Self::NotSignedIn => (
                "这个令牌无效。请检查是否完整复制。",
                "That token doesn’t work. Please check that you copied all of it.",
            ),
            Self::Expired => ("您的登录已过期，请重新登录。", "Your sign-in has expired. Please sign in again."),
        };
        lang.pick(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_found_by_its_code() {
        for (code, notice) in ALL {
            assert_eq!(Noticed { notice: notice.code().to_owned() }.notice(), Some(notice), "{code}");
        }
    }
}
