//! Places to which programs may post replies, signed as Standard Webhooks has it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::{Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;
use usher_proto::{
    codec::Checked as _,
    outreach::v1::{InboundMail, InboundText, ReceiveReplyRequest},
};

use crate::domain::channel::signing_key;

id!(
    /// A hook.
    HookId,
    "hook"
);

/// So many a tenant may have.
pub const MOST: usize = 20;
/// So far a signature's time may be from now, either way.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// Signatures that are looked at: a program signs with two secrets while it changes them.
const SIGNATURES: usize = 10;

/// A hook, without its secret.
#[derive(Debug, Clone)]
pub struct Hook {
    pub id: HookId,
    pub display_name: String,
    pub create_time: DateTime<Utc>,
}

/// What was posted, with the headers that sign it.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'posted> {
    pub id: &'posted str,
    /// Seconds of the Unix epoch.
    pub timestamp: &'posted str,
    /// Several with blanks between them, each `v1,` and base64.
    pub signatures: &'posted str,
    pub body: &'posted [u8],
}

/// A fresh secret: `whsec_` and 32 bytes in base64.
pub fn secret() -> String {
    let bytes: [u8; 32] = rand::random();
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Refuses what the secret did not sign within the last minutes.
pub fn check(posted: Posted<'_>, secret: &str, now: DateTime<Utc>) -> Result<()> {
    let wrong = || Error::unauthenticated("SIGNATURE_INVALID", "the signature is not one of this hook's secret");
    let key = signing_key(secret).ok_or_else(wrong)?;
    let time =
        posted.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(wrong)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| wrong())?;
    for part in [posted.id.as_bytes(), b".", posted.timestamp.as_bytes(), b".", posted.body] {
        mac.update(part);
    }
    let is_good = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        tag.is_some_and(|tag| mac.clone().verify_slice(&tag).is_ok())
    };
    if !posted.signatures.split(' ').take(SIGNATURES).any(is_good) {
        return Err(wrong());
    }
    // Only whoever knows the secret learns that it is late.
    if (now - time).abs() > WINDOW {
        let what = "the signature's time is more than five minutes from now";
        return Err(Error::unauthenticated("SIGNATURE_EXPIRED", what).hint("sign anew with the present time"));
    }
    Ok(())
}

/// What a program may post.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Body {
    #[serde(rename = "mail.received")]
    Mail(MailBody),
    #[serde(rename = "reply.received")]
    Reply(ReplyBody),
}

#[derive(Debug, Deserialize)]
struct MailBody {
    #[serde(default)]
    recipient: String,
    /// Base64.
    raw: String,
}

#[derive(Debug, Deserialize)]
struct ReplyBody {
    channel: String,
    #[serde(default)]
    message_id: String,
    text: String,
    #[serde(default)]
    sender_name: String,
    #[serde(default)]
    sender_address: String,
}

/// What was brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Brought {
    Mail(InboundMail),
    Text(InboundText),
}

/// What a body says; what is no mail is known by the webhook's id. Errors: `INVALID_ARGUMENT` (`REPLY_MALFORMED`).
pub fn read(posted: Posted<'_>) -> Result<Brought> {
    let malformed = |what: String| Error::invalid("body", "REPLY_MALFORMED", what);
    let body: Body = serde_json::from_slice(posted.body).map_err(|error| {
        // The parser's words could quote somebody's.
        malformed(format!(
            "is no `mail.received` or `reply.received` (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    Ok(match body {
        Body::Mail(mail) => {
            let raw = STANDARD.decode(mail.raw).map_err(|_| malformed("must have `data.raw` in base64".to_owned()))?;
            Brought::Mail(InboundMail { recipient: mail.recipient, raw })
        }
        Body::Reply(reply) => Brought::Text(text(posted, reply)?),
    })
}

/// As the contract has it of whoever brings one by call.
fn text(posted: Posted<'_>, reply: ReplyBody) -> Result<InboundText> {
    let text = InboundText {
        channel: reply.channel,
        key: posted.id.to_owned(),
        message_id: reply.message_id,
        text: reply.text,
        sender_name: reply.sender_name,
        sender_address: reply.sender_address,
    };
    let request = ReceiveReplyRequest { text: Some(text), mail: None };
    request.check().map_err(|error| {
        let wrong =
            error.violations().iter().map(|one| format!("`data.{}`", one.field_path().trim_start_matches("text.")));
        let wrong = wrong.collect::<Vec<_>>().join(", ");
        Error::invalid("body", "REPLY_MALFORMED", format!("breaks the rules of {wrong}"))
    })?;
    Ok(request.text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    /// The example of the standard.
    const EXAMPLE: Posted<'static> = Posted {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        body: b"{\"test\": 2432232314}",
    };

    fn reason(posted: Posted<'_>, secret: &str, late: i64) -> String {
        let now = DateTime::from_timestamp(1_614_265_330 + late, 0).unwrap();
        check(posted, secret, now).err().map(|error| error.reason().to_owned()).unwrap_or_default()
    }

    #[test]
    fn what_the_secret_signed_is_taken_for_five_minutes() {
        for late in [-300, 0, 300] {
            assert_eq!(reason(EXAMPLE, SECRET, late), "");
        }
        for late in [-301, 301, 86_400] {
            assert_eq!(reason(EXAMPLE, SECRET, late), "SIGNATURE_EXPIRED");
        }
        let two = format!("v1,AAAA v1a,x {}", EXAMPLE.signatures);
        assert_eq!(reason(Posted { signatures: &two, ..EXAMPLE }, SECRET, 0), "");
        let many = format!("{}{}", "v1,AAAA ".repeat(SIGNATURES), EXAMPLE.signatures);
        for (posted, secret) in [
            (Posted { body: b"{\"test\": 2432232315}", ..EXAMPLE }, SECRET),
            (Posted { id: "msg_other", ..EXAMPLE }, SECRET),
            (Posted { timestamp: "1614265331", ..EXAMPLE }, SECRET),
            (Posted { timestamp: "99999999999999999999", ..EXAMPLE }, SECRET),
            (Posted { signatures: "", ..EXAMPLE }, SECRET),
            (Posted { signatures: "v1,", ..EXAMPLE }, SECRET),
            (Posted { signatures: &EXAMPLE.signatures[3..], ..EXAMPLE }, SECRET),
            (Posted { signatures: &many, ..EXAMPLE }, SECRET),
            (EXAMPLE, "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            (EXAMPLE, "no secret"),
        ] {
            assert_eq!(reason(posted, secret, 301), "SIGNATURE_INVALID", "{posted:?}");
        }
        let (one, other) = (secret(), secret());
        assert!(one != other && signing_key(&one).unwrap().len() == 32);
    }

    #[test]
    fn mails_and_replies_are_read_and_the_rest_is_refused() {
        let read = |body: &str| read(Posted { body: body.as_bytes(), ..EXAMPLE });
        let mail = read(r#"{"type":"mail.received","timestamp":"x","data":{"recipient":"a@b","raw":"aGk="}}"#).unwrap();
        assert_eq!(mail, Brought::Mail(InboundMail { recipient: "a@b".to_owned(), raw: b"hi".to_vec() }));
        let Brought::Text(text) = read(r#"{"type":"reply.received","data":{"channel":"sms","text":"好的"}}"#).unwrap()
        else {
            panic!("it is a text");
        };
        assert_eq!((text.channel.as_str(), text.text.as_str(), text.key.as_str()), ("sms", "好的", EXAMPLE.id));
        for bad in [
            "",
            "[]",
            r#"{"type":"reply.received"}"#,
            r#"{"type":"reply.received","data":{"channel":"sms"}}"#,
            r#"{"type":"reply.received","data":{"channel":"sms","text":""}}"#,
            r#"{"type":"reply.received","data":{"channel":"S M S","text":"yes"}}"#,
            r#"{"type":"reply.received","data":{"channel":"","text":"yes"}}"#,
            r#"{"type":"something.else","data":{}}"#,
            r#"{"type":"mail.received","data":{"raw":"not base64!"}}"#,
        ] {
            let error = read(bad).unwrap_err();
            assert_eq!(error.reason(), "REPLY_MALFORMED", "{bad}");
        }
        let secretive = read(r#"{"type":"reply.received","data":{"channel":"sms","text":7,"sender_name":"Ann"}}"#);
        assert!(!secretive.unwrap_err().message().contains("Ann"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body: Vec<u8>, id: String, timestamp: String, signatures: String) {
            let posted = Posted { id: &id, timestamp: &timestamp, signatures: &signatures, body: &body };
            prop_assert!(check(posted, SECRET, DateTime::UNIX_EPOCH).is_err());
            let _ = read(posted);
        }
    }
}
