use chassis::TenantId;
use chrono::DateTime;
use proptest::prelude::*;
use usher_proto::outreach::v1::InboundText;

use super::{address::Addresses, arrival::Clue, *};
use crate::domain::token::TokenKey;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn addresses() -> Addresses {
    Addresses::new(TokenKey::new(&[3; 32]), "reply.example.com")
}

fn arrival(mail: &str, tenant: TenantId) -> Arrival {
    let raw = mail.as_bytes();
    let recipient = addresses().of_tenant(tenant).unwrap();
    let place = addresses().read(&recipient).unwrap();
    Arrival::mail(raw, &replytext::read(raw).unwrap(), &recipient, place, &addresses())
}

/// A hash that is its own address.
fn plain(address: &str) -> Option<Vec<u8>> {
    (!address.is_empty()).then(|| address.to_lowercase().into_bytes())
}

fn waiting(mail: &str) -> Reply {
    Reply::waiting(arrival(mail, TenantId::new()), plain, NOW)
}

#[test]
fn the_signed_address_goes_first_and_then_the_mail_that_is_answered_and_then_those_before_it() {
    let (tenant, other) = (TenantId::new(), TenantId::new());
    let [addressed, answered, third, second, foreign] = [(); 5].map(|()| MessageId::new());
    let mail = format!(
        "From: ann@example.com\nTo: Us <{}>, {}\nIn-Reply-To: <{answered}@usher>\nReferences: <{second}@usher> <x@example.com> \
         <{third}@usher> <{answered}@usher>\n\nyes",
        addresses().of_message(tenant, addressed).unwrap(),
        addresses().of_message(other, foreign).unwrap(),
    );
    let clue = |message, how| Clue { message, how };
    assert_eq!(
        arrival(&mail, tenant).clues,
        [
            clue(addressed, ReplyMatch::Address),
            clue(answered, ReplyMatch::InReplyTo),
            clue(third, ReplyMatch::References),
            clue(second, ReplyMatch::References)
        ],
        "what is another tenant's address is no clue"
    );
    let guess = "From: ann@example.com\nIn-Reply-To: <msg_1@usher>\nSubject: Re: msg\n\nmsg_01h455vb4pex5vsknk084sn02q";
    assert_eq!(arrival(guess, tenant).clues, []);
}

#[test]
fn the_same_is_the_same_and_the_rest_is_not() {
    let tenant = TenantId::new();
    let known = |mail: &str| arrival(mail, tenant).known_by;
    let one = known("Message-ID: <1@example.com>\n\na");
    assert_eq!(one, known("Message-ID: <1@example.com>\nReceived: by x\n\na"));
    assert_ne!(one, known("Message-ID: <2@example.com>\n\na"));
    assert_ne!(one, arrival("Message-ID: <1@example.com>\n\na", TenantId::new()).known_by);
    assert_eq!(known("From: a@example.com\n\na"), known("From: a@example.com\n\na"));
    assert_ne!(known("From: a@example.com\n\na"), known("From: a@example.com\n\nb"));
    let text = |source, key: &str| {
        let text = InboundText { channel: "sms".to_owned(), key: key.to_owned(), ..InboundText::default() };
        Arrival::text(source, &text, None).known_by
    };
    assert_eq!(text("hook_1", "k"), text("hook_1", "k"));
    assert!(text("hook_1", "k") != text("hook_2", "k") && text("hook_1", "k") != text("hook_1", "l"));
}

#[test]
fn from_another_address_a_yes_is_read_by_somebody_first() {
    let yes = "From: ann@example.com\nMessage-ID: <1@x>\n\nYes, I confirm, I will be there.";
    for (went_to, sure) in [(Some("ann@example.com"), true), (Some("bob@example.com"), false), (None, false)] {
        let mut reply = waiting(yes);
        assert!(reply.intent == ReplyIntent::Confirm && reply.confidence >= ReplyClassified::SURE);
        reply.answers(MessageId::new(), ReplyMatch::Address, went_to.map(str::as_bytes));
        assert_eq!((reply.from_reader, reply.confidence >= ReplyClassified::SURE), (sure, sure), "{went_to:?}");
    }
}

#[test]
fn a_report_closes_the_address_that_it_names_and_no_other() {
    let report = "From: MAILER-DAEMON@example.com\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n\
        Final-Recipient: rfc822; else@example.com\nAction: failed\nStatus: 5.1.1\n\n\
        Original-Recipient: rfc822; ann@example.com\nFinal-Recipient: rfc822; ann@home.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    for (went_to, outcome) in [
        ("ann@example.com", DeliveryOutcome::Hard),
        ("else@example.com", DeliveryOutcome::Hard),
        ("bob@example.com", DeliveryOutcome::Unknown),
    ] {
        let mut arrival = arrival(report, TenantId::new());
        arrival.turn_to(|address| address == went_to);
        let mut reply = Reply::waiting(arrival, plain, NOW);
        reply.answers(MessageId::new(), ReplyMatch::Address, Some(went_to.as_bytes()));
        assert_eq!((reply.kind, reply.outcome), (ReplyKind::Delivery, outcome), "{went_to}");
        assert!(!reply.is_word());
    }
}

#[test]
fn programs_say_nothing_for_anybody_but_that_they_are_away() {
    for (mail, word) in [
        ("From: a@x\nAuto-Submitted: auto-replied\n\nI am out of the office until Monday.", true),
        ("From: a@x\nAuto-Submitted: auto-replied\n\nWe have received your mail. Yes, I confirm.", false),
        ("From: a@x\nList-Id: <x>\n\nUnsubscribe me. Yes, I will come.", false),
        ("From: a@x\n\nhello", true),
    ] {
        let reply = waiting(mail);
        assert_eq!(reply.is_word(), word, "{mail}");
        assert!(!reply.unsubscribes(), "{mail}");
    }
}

#[test]
fn what_is_put_aside_says_nothing_of_anybody() {
    let mut reply = waiting("From: Xenia <xenia@example.com>\nMessage-ID: <xenia-1@x>\nSubject: Xenia\n\nI am Xenia.");
    assert!(reply.check_waits().is_ok());
    reply.dismiss(Settled { by: "user_1".to_owned(), time: NOW, reason: "spam".to_owned() });
    assert!(!format!("{reply:?}").to_lowercase().contains("xenia"), "{reply:?}");
    assert_eq!(reply.check_waits().unwrap_err().reason(), "REPLY_SETTLED");
}

proptest! {
    #[test]
    fn any_mail_is_kept_in_bounds(head in "\\PC{0,60}", body in "[\\PC\0\n]{0,400}") {
        let mail = format!("From: {head}\0 <a@x>\nSubject: {head}\n\n{body}");
        let reply = waiting(&mail);
        let sender = reply.sender.clone().unwrap_or(Sender { name: String::new(), address: String::new() });
        for text in [&reply.text, &reply.subject, &reply.quote, &sender.name, &sender.address] {
            prop_assert!(!text.contains('\0') && text.chars().count() <= 20_000);
        }
        prop_assert!((0.0..=1.0).contains(&reply.confidence));
    }
}
