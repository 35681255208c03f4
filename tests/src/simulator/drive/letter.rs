//! Reading a mail as its reader does: what it is for stands in its subject, and where to answer in its text.

use mail_parser::MessageParser;
use usher_proto::outreach::v1::MessageKind;

use super::office::{INTRODUCTIONS, NUDGE};
use crate::simulator::{calendar::Beat, ledger::Mail};

/// Words of the library's subjects, in both languages, by which its kinds are told apart; the first that fits counts.
const SUBJECTS: [(&str, MessageKind); 32] = [
    (NUDGE, MessageKind::Custom),
    ("Please confirm: interview for", MessageKind::InterviewReminder),
    ("Please choose another time", MessageKind::RescheduleOffer),
    ("New details of your interview", MessageKind::InterviewRescheduled),
    ("Thank you for telling us", MessageKind::InterviewDeclined),
    ("is cancelled", MessageKind::InterviewCancelled),
    (": your interview at ", MessageKind::InterviewUpcoming),
    ("Your interview for ", MessageKind::InterviewMissed),
    (": your answer to the offer for ", MessageKind::OfferReminder),
    (" offers you the position ", MessageKind::Offer),
    ("About our offer", MessageKind::OfferRescinded),
    ("would you like to hear more?", MessageKind::Reactivation),
    ("Still open: ", MessageKind::ReactivationFollowUp),
    ("Your first day at ", MessageKind::OnboardingReminder),
    ("Your application for ", MessageKind::Rejection),
    ("Interview for ", MessageKind::InterviewInvitation),
    ("请确认：", MessageKind::InterviewReminder),
    ("请另选时间：", MessageKind::RescheduleOffer),
    ("面试安排更新", MessageKind::InterviewRescheduled),
    ("已收到：您不参加", MessageKind::InterviewDeclined),
    ("面试取消通知", MessageKind::InterviewCancelled),
    ("面试提醒", MessageKind::InterviewUpcoming),
    ("职位的面试", MessageKind::InterviewMissed),
    ("录用通知：请在", MessageKind::OfferReminder),
    ("录用通知的说明", MessageKind::OfferRescinded),
    ("录用通知", MessageKind::Offer),
    ("想听听您的意向", MessageKind::Reactivation),
    ("职位仍在招聘", MessageKind::ReactivationFollowUp),
    ("入职提醒", MessageKind::OnboardingReminder),
    ("职位的结果", MessageKind::Rejection),
    ("面试邀请", MessageKind::InterviewInvitation),
    ("新的面试", MessageKind::InterviewRescheduled),
];

/// A mail, and to whom it came.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The reader's address.
    pub to: String,
    /// What they make of it.
    pub mail: Mail,
}

/// Opens a mail that came at that beat.
pub fn open(raw: &[u8], beat: Beat) -> Letter {
    let parsed = MessageParser::default().parse(raw).expect("a mail of ours can be read");
    let text = parsed.body_text(0).expect("every mail has a text").into_owned();
    let subject = parsed.subject().expect("every mail has a subject").to_owned();
    let first = |list: Option<&mail_parser::Address<'_>>| {
        list.and_then(|list| list.first()?.address()).unwrap_or_default().to_owned()
    };
    let known = SUBJECTS.iter().find(|(words, _)| subject.contains(words));
    let (_, kind) = known.unwrap_or_else(|| panic!("nobody knows what this is for: {subject}"));
    let mail = Mail {
        id: format!("<{}>", parsed.message_id().expect("every mail has an id")),
        kind: *kind,
        beat,
        is_introduced: INTRODUCTIONS.iter().any(|words| text.contains(words)),
        reply_to: first(parsed.reply_to()),
        page: link(&text, "/c/"),
        unsubscribe: parsed.header_raw("List-Unsubscribe").map(|raw| link(raw, "/u/")).unwrap_or_default(),
        subject,
    };
    Letter { to: first(parsed.to()), mail }
}

/// The first address that leads to such a page; empty where there is none.
fn link(text: &str, page: &str) -> String {
    let is_end = |character: char| character.is_whitespace() || "<>\"。，".contains(character);
    let found = text.split(is_end).find(|word| word.starts_with("http") && word.contains(page));
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_where_an_address_does() {
        assert_eq!(link("here:\r\nhttp://a.example/c/x-1.y\r\n", "/c/"), "http://a.example/c/x-1.y");
        assert_eq!(link(" <https://a.example/u/z>", "/u/"), "https://a.example/u/z");
        assert_eq!(link("http://a.example/l/z", "/c/"), "");
    }
}
