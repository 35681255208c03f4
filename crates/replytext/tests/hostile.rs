//! Mails that are made to do harm: nothing panics, and all is looked at within its bounds.
//!
//! No clock is asked. Where a reader would take longer than the square of what it is given allows, these tests would not
//! end within anybody's patience.

use std::fmt::Write as _;

use proptest::prelude::*;
use replytext::{Kind, intent, limits, own_words, read};

/// Reads all that can be read in a mail.
fn all(raw: &[u8]) {
    let Ok(incoming) = read(raw) else { return };
    assert!(incoming.text.len() <= limits::TEXT);
    assert!(incoming.subject.chars().count() <= limits::VALUE);
    assert!(incoming.recipients.len() <= limits::VALUES && incoming.references.len() <= limits::VALUES);
    if let Kind::Delivery(report) = &incoming.kind {
        assert!(report.recipients.len() <= limits::RECIPIENTS);
    }
    let own = own_words(&incoming.text);
    assert!(own.words.len() <= incoming.text.len());
    let found = intent(&own.words);
    assert!((0.0..=1.0).contains(&found.confidence));
}

fn plain(body: &str) {
    all(format!("From: a@example.com\nContent-Type: text/plain; charset=utf-8\n\n{body}").as_bytes());
}

#[test]
fn parts_within_parts_without_end() {
    let mut raw = String::new();
    for at in 0..20_000 {
        write!(raw, "Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n").unwrap();
    }
    all(raw.as_bytes());
    all("Content-Type: message/rfc822\n\n".repeat(50_000).as_bytes());
    all("Content-Type: multipart/digest; boundary=b\n\n--b\n\n".repeat(20_000).as_bytes());
    // The same boundary everywhere, and parts that are empty.
    all(format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n".repeat(300_000)).as_bytes());
    all("Content-Type: multipart/alternative; boundary=b\n\n--b\n".repeat(50_000).as_bytes());
}

#[test]
fn lines_of_megabytes() {
    plain(&"a".repeat(4 << 20));
    plain(&"我".repeat(1 << 20));
    plain(&"On 1 ".repeat(1 << 20));
    plain(&format!("{}wrote:", "On 1 a@example.com ".repeat(1 << 16)));
    all(format!("Subject: {}\n\nx", "a".repeat(4 << 20)).as_bytes());
    all(format!("{}: x\n\nx", "A".repeat(4 << 20)).as_bytes());
}

#[test]
fn quotes_and_signatures_by_the_thousand() {
    plain(&"> quoted\n".repeat(100_000));
    plain(&format!("{}x", "> ".repeat(500_000)));
    plain(&"On Mon, 30 Nov 2026 Usher <a@example.com> wrote:\n> x\nyes\n".repeat(20_000));
    plain(&"From: a\n".repeat(60_000));
    plain(&"-- \nAnn\n\n".repeat(60_000));
    plain(&"Best regards,\nAnn\n".repeat(60_000));
    plain(&"____________\n\n".repeat(60_000));
    plain(&"谢谢\n电话：1\n".repeat(60_000));
    plain(&"\n".repeat(1 << 20));
}

#[test]
fn one_thing_said_without_end() {
    plain(&"可以参加".repeat(limits::WORDS));
    plain(&"i can attend ".repeat(limits::WORDS));
    plain(&"不".repeat(limits::WORDS));
    plain(&"not ".repeat(limits::WORDS));
}

#[test]
fn heads_without_end() {
    all("X: y\n".repeat(300_000).as_bytes());
    all(format!("To: {}\n\nx", "a@example.com, ".repeat(100_000)).as_bytes());
    all(format!("References: {}\n\nx", "<a@example.com>\n ".repeat(100_000)).as_bytes());
    all(format!("Subject: {}\n\nx", "=?utf-8?B?YQ==?= ".repeat(100_000)).as_bytes());
    all(format!("To: {}\n\nx", "(".repeat(500_000)).as_bytes());
    all(format!("To: {}\n\nx", "\"<".repeat(300_000)).as_bytes());
    all(format!("Content-Type: text/plain{}\n\nx", "; a*1*=utf-8''%41".repeat(30_000)).as_bytes());
    all(format!("Content-Type: multipart/mixed; boundary=\"{}\"\n\nx", "-".repeat(100_000)).as_bytes());
    all(format!("Date: {}\n\nx", "9".repeat(100_000)).as_bytes());
    all("Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nx".as_bytes());
}

#[test]
fn pages_without_end() {
    let page = |body: &str| all(format!("A: b\nContent-Type: text/html\n\n{body}").as_bytes());
    page(&"<div><blockquote>".repeat(200_000));
    page(&"<div class=gmail_signature>".repeat(50_000));
    page(&"<br>".repeat(500_000));
    page(&"&lt;".repeat(500_000));
    page(&format!("<a {}>x", "b=c ".repeat(200_000)));
    page(&format!("<!--{}", "-".repeat(1 << 20)));
}

#[test]
fn reports_without_end() {
    let blocks = "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n\n".repeat(20_000);
    let head = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n";
    all(format!("{head}Content-Type: message/delivery-status\n\n{blocks}\n--b--\n").as_bytes());
    let mut body = String::from("From: mailer-daemon@example.com\n\nHi. This is the qmail-send program at x\n");
    for at in 0..20_000 {
        write!(body, "<a{at}@example.com>:\nno such user\n\n").unwrap();
    }
    all(body.as_bytes());
}

#[test]
fn what_can_not_be_seen_hides_nothing() {
    let hidden = "请\u{200b}不\u{202e}要\u{2066}再\u{feff}给\u{00ad}我\u{200d}发\u{2060}邮\u{200f}件";
    let own = own_words(hidden);
    assert_eq!(intent(&own.words).kind, replytext::IntentKind::Unsubscribe, "{}", own.words);
    plain(&"\u{202e}\u{200b}".repeat(200_000));
    plain(&"e\u{301}".repeat(200_000));
    plain(&"\u{1f468}\u{200d}".repeat(100_000));
}

#[test]
fn broken_encodings() {
    for charset in ["utf-8", "gb18030", "big5", "utf-16", "utf-7", "iso-2022-jp", "hz-gb-2312", "x-none", ""] {
        for encoding in ["base64", "quoted-printable", "8bit", "x-none"] {
            for body in [&[0xff; 5_000][..], b"=", b"=\n=4", b"////", b"\x1b$B\xff", &[0x81; 3], b"+AGE"] {
                let head = format!(
                    "Subject: =?{charset}?Q?=ff=81?=\nContent-Type: text/plain; charset={charset}\n\
                     Content-Transfer-Encoding: {encoding}\n\n"
                );
                all(&[head.as_bytes(), body].concat());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_bytes(raw in prop::collection::vec(any::<u8>(), 0..2_000)) {
        all(&raw);
    }

    #[test]
    fn what_looks_like_a_mail(
        head in "((From|To|Subject|Content-Type|Content-Transfer-Encoding|Date|References|Auto-Submitted): [ -~\u{4e00}-\u{4e10}]{0,60}\n){0,8}",
        kind in prop::sample::select(vec!["multipart/report; boundary=b", "multipart/alternative; boundary=b", "text/html", "message/rfc822", "text/plain; format=flowed"]),
        body in "(--b\n|--b--\n|Content-Type: (text/html|message/delivery-status|message/rfc822|message/feedback-report)\n|\n|Final-Recipient: x\n|Feedback-Type: abuse\n|<div>|</div>|<blockquote>|\\PC{0,20}\n){0,30}",
    ) {
        all(format!("{head}Content-Type: {kind}\n\n{body}").as_bytes());
    }

    #[test]
    fn a_mail_that_is_cut_off_or_damaged(
        at in 0_usize..1_500,
        byte in any::<u8>(),
        mail in prop::sample::select(vec!["gmail-en", "qq", "dsn-two", "complaint", "bounce-qmail", "signed", "netease-master"]),
    ) {
        let path = format!("{}/mails/{mail}.eml", env!("CARGO_MANIFEST_DIR"));
        let mut raw = std::fs::read(path).unwrap();
        let at = at.min(raw.len() - 1);
        all(&raw[..at]);
        raw[at] = byte;
        all(&raw);
    }
}
