//! The tasks, as a recruiter reads them.

use chassis::{Result, wire};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use usher_proto::ats::v1::{Task, TaskKind};
use uuid::Uuid;

use super::calls::Person;
use crate::{
    lang::{Lang, Wish},
    when::{ago, point, zone},
};

/// What the page shows.
#[derive(Debug)]
pub struct View {
    /// Whose workbench; empty when it is not known.
    pub company: String,
    /// The zone of the times.
    pub zone: String,
    /// What needs somebody.
    pub tasks: Vec<Card>,
    /// Where the list goes on; empty on the last page.
    pub next: String,
}

/// One task.
#[derive(Debug)]
pub struct Card {
    /// Which.
    pub id: String,
    /// The id under which its buttons act.
    pub request_id: Uuid,
    /// What kind it is, in words.
    pub kind: &'static str,
    /// About whom; the id where the name is not known.
    pub candidate: String,
    /// Why it is here.
    pub why: String,
    /// What to do about it.
    pub suggestion: String,
    /// Since when.
    pub since: Time,
    /// Until when it should be done.
    pub due: Option<Due>,
    /// Whose it is.
    pub owner: Owner,
}

/// An instant for reading.
#[derive(Debug)]
pub struct Time {
    /// For programs.
    pub machine: String,
    /// In words.
    pub text: String,
    /// How long ago.
    pub ago: String,
}

/// When a task should be done.
#[derive(Debug)]
pub struct Due {
    /// In words.
    pub text: String,
    /// Whether that is past.
    pub late: bool,
}

/// Whose a task is.
#[derive(Debug)]
pub enum Owner {
    /// Nobody's yet.
    Nobody,
    /// The reader's.
    Me {
        /// Since when.
        since: String,
    },
    /// Somebody else's.
    Other {
        /// Who.
        name: String,
        /// Since when.
        since: String,
    },
}

impl Owner {
    /// Whether nobody has it.
    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// Whether the reader may act on it.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }
}

/// What the cards need to know.
struct Reader {
    me: String,
    lang: Lang,
    zone: Tz,
    now: DateTime<Utc>,
}

impl View {
    /// Asks for the tasks and for the names in them.
    pub async fn load(person: &Person<'_>, wish: Wish, after: String, now: DateTime<Utc>) -> Result<Self> {
        let (listed, tenant) = tokio::join!(person.tasks(after), person.tenant());
        let (listed, tenant) = (listed?, tenant.unwrap_or_default());
        let ids = |of: fn(&Task) -> &String| {
            listed.tasks.iter().map(of).filter(|id| !id.is_empty()).cloned().collect::<Vec<_>>()
        };
        let colleagues = ids(|task| &task.claimed_by).into_iter().filter(|id| id.starts_with("user_")).collect();
        let (candidates, users) =
            tokio::join!(person.candidate_names(ids(|task| &task.candidate_id)), person.user_names(colleagues));
        let name = |names: &std::collections::HashMap<String, String>, id: &str| {
            names.get(id).cloned().unwrap_or_else(|| id.to_owned())
        };

        let zone = zone(&tenant.time_zone);
        let reader = Reader { me: person.id(), lang: wish.lang(""), zone, now };
        let card =
            |task: &Task| reader.card(task, name(&candidates, &task.candidate_id), name(&users, &task.claimed_by));
        Ok(Self {
            company: tenant.display_name,
            zone: zone.name().to_owned(),
            tasks: listed.tasks.iter().map(card).collect(),
            next: listed.next_page_token,
        })
    }
}

impl Reader {
    fn card(&self, task: &Task, candidate: String, owner: String) -> Card {
        let due = instant(task.due_time.as_ref());
        Card {
            id: task.task_id.clone(),
            request_id: Uuid::now_v7(),
            kind: kind(self.lang, task.kind()),
            candidate,
            why: task.why.clone(),
            suggestion: task.suggestion.clone(),
            since: self.time(instant(task.create_time.as_ref()).unwrap_or(self.now)),
            due: due.map(|due| Due { text: point(self.lang, due, self.zone), late: due < self.now }),
            owner: self.owner(task, owner),
        }
    }

    fn owner(&self, task: &Task, name: String) -> Owner {
        let since = instant(task.claim_time.as_ref()).map(|time| ago(self.lang, time, self.now)).unwrap_or_default();
        match task.claimed_by.as_str() {
            "" => Owner::Nobody,
            id if id == self.me => Owner::Me { since },
            _ => Owner::Other { name, since },
        }
    }

    fn time(&self, time: DateTime<Utc>) -> Time {
        Time {
            machine: time.to_rfc3339(),
            text: point(self.lang, time, self.zone),
            ago: ago(self.lang, time, self.now),
        }
    }
}

/// A time that makes no sense is left out; the task matters more.
fn instant(time: Option<&prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(|time| wire::instant("time", time).ok())
}

fn kind(lang: Lang, kind: TaskKind) -> &'static str {
    let (zh, en) = match kind {
        TaskKind::InvitationUnanswered => ("邀请未答复", "Invitation unanswered"),
        TaskKind::OfferTimes => ("需要提供新时间", "New times needed"),
        TaskKind::MessageRefused => ("消息被拦下", "Message held back"),
        TaskKind::MessageFailed => ("消息未送达", "Message not delivered"),
        TaskKind::RecordAttendance => ("需要登记出席", "Attendance to record"),
        TaskKind::CandidateWithdrew => ("候选人已退出", "Candidate withdrew"),
        TaskKind::StageOverdue => ("阶段停留过久", "Too long in its stage"),
        TaskKind::TellJobClosed => ("职位已关闭，需告知候选人", "Job closed: tell the candidate"),
        TaskKind::InterviewDeclined => ("候选人谢绝了面试", "Interview declined"),
        TaskKind::ScorecardsDue => ("缺少面试评价", "Scorecards missing"),
        TaskKind::RemindUpcoming => ("提醒即将到来的面试", "Remind of the interview"),
        TaskKind::FollowUpNoShow => ("跟进缺席的候选人", "Follow up a no-show"),
        TaskKind::ReplyUnclear => ("需要阅读回复", "Reply to read"),
        TaskKind::OfferApproval => ("录用待审批", "Offer to approve"),
        TaskKind::OfferToProceed => ("录用待处理", "Offer to proceed with"),
        TaskKind::OfferUnanswered => ("录用未答复", "Offer unanswered"),
        TaskKind::OfferNotTaken => ("录用未被接受", "Offer not taken"),
        TaskKind::OpeningsExceeded => ("接受人数超过名额", "More acceptances than openings"),
        TaskKind::OnboardingItemOverdue => ("入职准备逾期", "Onboarding overdue"),
        TaskKind::RecordJoining => ("需要登记是否入职", "Joining to record"),
        TaskKind::EmployerSilence => ("候选人等待回复过久", "Candidate waits for a word"),
        TaskKind::CandidateUpdated => ("候选人有新动态", "News of a candidate"),
        TaskKind::AppliedTwice => ("同一人重复申请", "Applied twice"),
        TaskKind::Unspecified => ("待处理", "To do"),
    };
    lang.pick(zh, en)
}
