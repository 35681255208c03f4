//! What ats answers, in the candidate's words.

use chassis::{Error, wire};
use chrono::{DateTime, SecondsFormat, Utc};
use usher_proto::ats::v1::{Centre, InterviewState, Interviewer, OtherTimeBlock};

use crate::{
    lang::Lang,
    when::{When, point, zone},
};

/// How things stand, for the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is their turn to answer.
    Waiting,
    /// They will come.
    Confirmed,
    /// They asked for another time and can pick one.
    Choosing,
    /// They asked for another time and wait for it.
    Asked,
    /// They will not come.
    Declined,
    /// It does not take place.
    Cancelled,
    /// It is over.
    Over,
}

impl State {
    fn of(centre: &Centre) -> Self {
        match centre.state() {
            InterviewState::Confirmed => Self::Confirmed,
            InterviewState::OtherTimeRequested if centre.offered_times.is_empty() => Self::Asked,
            InterviewState::OtherTimeRequested => Self::Choosing,
            InterviewState::Declined => Self::Declined,
            InterviewState::Cancelled => Self::Cancelled,
            InterviewState::Concluded => Self::Over,
            InterviewState::Scheduled | InterviewState::Unspecified => Self::Waiting,
        }
    }

    /// The page's first words.
    pub fn title(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Waiting => ("等您答复", "Waiting for your answer"),
            Self::Confirmed => ("您已确认参加", "You’re confirmed"),
            Self::Choosing => ("请选一个新时间", "Please pick a new time"),
            Self::Asked => ("正在为您安排其他时间", "We’re finding you another time"),
            Self::Declined => ("您已谢绝这次面试", "You’ve declined this interview"),
            Self::Cancelled => ("这次面试已取消", "This interview is cancelled"),
            Self::Over => ("这次面试已结束", "This interview is over"),
        };
        lang.pick(zh, en)
    }

    /// What follows from it for the candidate.
    pub fn meaning(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Waiting => ("请告诉我们这个时间是否合适。", "Please tell us whether this time works for you."),
            Self::Confirmed => ("一切就绪，不用再做什么。", "All set. There is nothing more you need to do."),
            Self::Choosing => ("下面是可以选的时间，选好就算定了。", "Choose one of the times below and it is yours."),
            Self::Asked => (
                "有了新的时间，我们会马上告诉您。原来的时间先不用来。",
                "We’ll write as soon as there is one. Until then, please don’t come at the time below.",
            ),
            Self::Declined => (
                "谢谢您告诉我们。您的申请仍然有效，我们会与您联系。",
                "Thank you for telling us. Your application stands; we’ll be in touch.",
            ),
            Self::Cancelled => ("您不用前来。", "You don’t need to come."),
            Self::Over => ("谢谢您的时间。有消息我们会尽快告诉您。", "Thank you for your time. We’ll be in touch."),
        };
        lang.pick(zh, en)
    }

    /// The class of its colour and sign.
    pub fn class(self) -> &'static str {
        match self {
            Self::Waiting | Self::Choosing => "open",
            Self::Confirmed => "good",
            Self::Asked => "wait",
            Self::Declined | Self::Cancelled | Self::Over => "done",
        }
    }
}

/// A text that may lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where it leads, when it is safe to go there.
    pub href: Option<String>,
    /// As the candidate reads it.
    pub text: String,
}

impl Way {
    /// To a video call. Only an ordinary web address becomes a link; what else may stand there is shown as text.
    fn web(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let web = lower.starts_with("https://") || lower.starts_with("http://");
        Self { href: web.then(|| text.to_owned()), text: text.to_owned() }
    }

    /// To a person: a telephone number is called, an address written to, anything else read.
    pub fn contact(text: &str) -> Self {
        let number: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')')).collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        let is_number = (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte);
        let is_mail = text.matches('@').count() == 1 && text.bytes().all(plain);
        let href = match (is_number, is_mail) {
            (true, _) => Some(format!("tel:{number}")),
            (_, true) => Some(format!("mailto:{text}")),
            _ => None,
        };
        Self { href, text: text.to_owned() }
    }
}

/// A time to pick.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What the form sends.
    pub value: String,
    /// In words.
    pub when: When,
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct View {
    /// How things stand.
    pub state: State,
    /// Who invites.
    pub company: String,
    /// For which job.
    pub position: String,
    /// When it is.
    pub when: When,
    /// Where, on the ground.
    pub place: String,
    /// Where, on the screen.
    pub link: Option<Way>,
    /// With whom.
    pub people: Vec<Interviewer>,
    /// What to bring.
    pub materials: Vec<String>,
    /// Whom to ask.
    pub contact_name: String,
    /// How to ask.
    pub contact: Option<Way>,
    /// By when an answer is wished for, while one is.
    pub answer_by: Option<String>,
    /// Whether that is past.
    pub late: bool,
    /// Times to pick from.
    pub offers: Vec<Offer>,
    /// About the team.
    pub introduction: String,
    /// What the page was made from.
    pub revision: String,
    /// Whether "I will come" is an answer now.
    pub can_confirm: bool,
    /// Whether "I need another time" is.
    pub can_ask: bool,
    /// Whether "I will not come" is.
    pub can_decline: bool,
    /// Why another time can not be asked for here.
    pub block: OtherTimeBlock,
    /// Whether "I withdraw" is.
    pub can_withdraw: bool,
}

impl View {
    /// In the candidate's words.
    pub fn new(lang: Lang, centre: &Centre, now: DateTime<Utc>) -> Result<Self, Error> {
        let zone = zone(&centre.time_zone);
        let state = State::of(centre);
        let start = wire::required_instant("start_time", centre.start_time.as_ref())?;
        let duration = centre.duration.as_ref().map(|span| wire::span("duration", span)).transpose()?;
        let answer_by = centre.answer_by.as_ref().map(|time| wire::instant("answer_by", time)).transpose()?;
        let answer_by = answer_by.filter(|_| matches!(state, State::Waiting | State::Choosing));
        let offer = |time| {
            let start = wire::instant("offered_times", time)?;
            let value = start.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            Ok(Offer { value, when: When::new(lang, start, duration, zone) })
        };
        Ok(Self {
            state,
            company: centre.company_name.clone(),
            position: centre.job_title.clone(),
            when: When::new(lang, start, duration, zone),
            place: centre.place.clone(),
            link: some(&centre.link).map(Way::web),
            people: centre.interviewers.clone(),
            materials: centre.materials.clone(),
            contact_name: centre.contact_name.clone(),
            contact: some(&centre.contact_channel).map(Way::contact),
            answer_by: answer_by.map(|time| point(lang, time, zone)),
            late: answer_by.is_some_and(|time| time < now),
            offers: centre.offered_times.iter().map(offer).collect::<Result<_, Error>>()?,
            introduction: centre.team_introduction.clone(),
            revision: centre.revision.clone(),
            can_confirm: centre.can_confirm,
            can_ask: centre.can_request_other_time,
            can_decline: centre.can_decline,
            block: centre.other_time_block(),
            can_withdraw: centre.can_withdraw,
        })
    }

    /// Whether it is worth a place in a calendar.
    pub fn in_calendar(&self) -> bool {
        matches!(self.state, State::Waiting | State::Confirmed)
    }

    /// Whether there is something to answer.
    pub fn has_answers(&self) -> bool {
        self.can_confirm || self.can_ask || self.can_decline || self.picks_first() || self.picks_second()
    }

    /// Whether picking a time is what the candidate is here for.
    pub fn picks_first(&self) -> bool {
        self.state == State::Choosing
    }

    /// Whether picking a time is one way out among others.
    pub fn picks_second(&self) -> bool {
        matches!(self.state, State::Waiting | State::Confirmed) && !self.offers.is_empty()
    }

    /// Whether there is somewhere to go.
    pub fn shows_way(&self) -> bool {
        !matches!(self.state, State::Cancelled | State::Declined) && (self.link.is_some() || !self.place.is_empty())
    }

    /// Whether somebody can be asked.
    pub fn has_contact(&self) -> bool {
        self.contact.is_some() || !self.contact_name.is_empty()
    }

    /// Whether there is more to know.
    pub fn has_details(&self) -> bool {
        let nothing = self.people.is_empty() && self.materials.is_empty() && self.introduction.is_empty();
        self.has_contact() || (self.prepares() && !nothing)
    }

    /// Whether there is anything to prepare for.
    pub fn prepares(&self) -> bool {
        !matches!(self.state, State::Declined | State::Cancelled | State::Over)
    }

    /// Whether the time shown is not one to come at.
    pub fn is_off(&self) -> bool {
        matches!(self.state, State::Declined | State::Cancelled | State::Asked | State::Choosing)
    }

    /// Why another time is a matter for the telephone by now; empty while it is not.
    pub fn call_instead(&self, lang: Lang) -> &'static str {
        let (zh, en) = match self.block {
            OtherTimeBlock::Unspecified => ("", ""),
            OtherTimeBlock::Cutoff => (
                "离开始时间很近了，如需改时间请直接联系下面的联系人。",
                "It starts soon. To change the time now, please call the contact below.",
            ),
            OtherTimeBlock::Limit => (
                "这次面试已经改过时间了，如需再改请直接联系下面的联系人。",
                "This interview has been moved before. To move it again, please call the contact below.",
            ),
        };
        lang.pick(zh, en)
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_a_web_address_is_a_link() {
        assert!(Way::web("https://meet.example/x?a=1").href.is_some());
        for text in ["javascript:alert(1)", " https://x", "data:text/html,x", "HTTPSX://x"] {
            assert_eq!(Way::web(text).href, None, "{text}");
        }
    }

    #[test]
    fn numbers_are_called_and_addresses_written_to() {
        for (text, href) in [
            ("+86 138-0013-8000", Some("tel:+8613800138000")),
            ("(021) 6100 0000", Some("tel:02161000000")),
            ("lin@example.com", Some("mailto:lin@example.com")),
            ("lin@example.com?cc=all@example.com", None),
            ("微信 linlin", None),
            ("110", None),
            ("a@b@c", None),
        ] {
            assert_eq!(Way::contact(text).href.as_deref(), href, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_that_ats_may_say_panics(
            zone in "\\PC{0,20}", seconds: i64, nanos: i32, span: i64, state in -1..9, text in "\\PC{0,40}",
        ) {
            let time = prost_types::Timestamp { seconds: seconds % 300_000_000_000, nanos };
            let centre = Centre {
                time_zone: zone,
                start_time: Some(time),
                answer_by: Some(time),
                offered_times: vec![time],
                duration: Some(prost_types::Duration { seconds: span, nanos: 0 }),
                link: text.clone(),
                contact_channel: text,
                state,
                ..Centre::default()
            };
            for lang in [Lang::Zh, Lang::En] {
                let _ = View::new(lang, &centre, DateTime::UNIX_EPOCH);
            }
        }
    }
}
