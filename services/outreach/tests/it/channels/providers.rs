//! Providers as they speak, each as strict as the real one about who asks.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::peer::{Answer, Heard, Mode, Provider, Request, Taken, pairs};

pub(crate) const SECRET: &str = "a-secret-of-the-provider";
pub(crate) const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const ACCESS_KEY: &str = "LTAIexample";
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000100";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) struct Aliyun;

impl Aliyun {
    /// Signs what came in anew, from the bytes that came in.
    fn is_signed(request: &Request) -> bool {
        let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
        let names =
            ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];
        let lines = names.iter().map(|name| format!("{name}:{}\n", header(name))).collect::<Vec<_>>().concat();
        let mut sorted: Vec<&str> = request.query.split('&').collect();
        sorted.sort_unstable();
        let names = names.join(";");
        let content = hex(&Sha256::digest(request.body.as_bytes()));
        let canonical =
            format!("{}\n{}\n{}\n{lines}\n{names}\n{content}", request.method, request.path, sorted.join("&"));
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(canonical.as_bytes())));
        let signature = hex(&hmac(SECRET.as_bytes(), &to_sign));
        let expected = format!("ACS3-HMAC-SHA256 Credential={ACCESS_KEY},SignedHeaders={names},Signature={signature}");
        header("authorization") == expected && header("x-acs-content-sha256") == content
    }
}

impl Provider for Aliyun {
    fn hear(&self, request: &Request) -> Heard {
        if !Self::is_signed(request) {
            return Heard::Side(Answer::json(400, json!({ "Code": "SignatureDoesNotMatch", "Message": "no" })));
        }
        let asked = pairs(&request.query);
        assert_eq!((request.headers["x-acs-version"].as_str(), asked["SignName"].as_str()), ("2017-05-25", "示例公司"));
        if request.headers["x-acs-action"] == "GetSmsSign" {
            return Heard::Side(Answer::json(200, json!({ "Code": "OK", "SignStatus": 1 })));
        }
        assert_eq!(asked["TemplateCode"], "SMS_100");
        Heard::Message(Taken {
            to: asked["PhoneNumbers"].clone(),
            text: asked["TemplateParam"].clone(),
            id: String::new(),
        })
    }

    fn answer(&self, mode: Mode) -> Answer {
        let code = match mode {
            Mode::BadAddress => "isv.MOBILE_NUMBER_ILLEGAL",
            Mode::BadMessage => "isv.PARAM_LENGTH_LIMIT",
            Mode::Busy => "isv.BUSINESS_LIMIT_CONTROL",
            _ => "OK",
        };
        // The words name the number, as the real ones may.
        Answer::json(200, json!({ "Code": code, "Message": "+8613800000100", "BizId": "1", "RequestId": "2" }))
    }
}

pub(crate) struct Twilio;

impl Provider for Twilio {
    fn hear(&self, request: &Request) -> Heard {
        let login = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{SECRET}")));
        if request.headers.get("authorization") != Some(&login) {
            return Heard::Side(Answer::json(401, json!({ "code": 20003, "status": 401 })));
        }
        assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
        if request.method == "GET" {
            return Heard::Side(Answer::json(200, json!({ "messages": [] })));
        }
        let asked = pairs(&request.body);
        assert_eq!(asked["From"], "+15005550006");
        Heard::Message(Taken { to: asked["To"].clone(), text: asked["Body"].clone(), id: String::new() })
    }

    fn answer(&self, mode: Mode) -> Answer {
        let refused = |status: u16, code: u32| Answer::json(status, json!({ "code": code, "status": status }));
        match mode {
            Mode::BadAddress => refused(400, 21211),
            Mode::BadMessage => refused(400, 21617),
            Mode::Busy => refused(429, 20429).with("retry-after", "120"),
            _ => Answer::json(201, json!({ "sid": "SM1", "status": "queued", "error_code": null })),
        }
    }
}

/// WeCom and WeChat: whoever has no token gets one, for as long as it holds.
#[derive(Default)]
pub(crate) struct Tokens {
    given: AtomicUsize,
    /// The one that holds.
    current: Mutex<String>,
}

impl Tokens {
    fn give(&self) -> Answer {
        let token = format!("token-{}", self.given.fetch_add(1, Ordering::Relaxed) + 1);
        (*self.current.lock().unwrap()).clone_from(&token);
        Answer::json(200, json!({ "errcode": 0, "access_token": token, "expires_in": 7200 }))
    }

    fn hold(&self, request: &Request) -> bool {
        pairs(&request.query).get("access_token") == Some(&*self.current.lock().unwrap())
    }

    /// Ends the one that holds.
    pub(crate) fn end(&self) {
        self.current.lock().unwrap().push_str(" no more");
    }

    pub(crate) fn given(&self) -> usize {
        self.given.load(Ordering::Relaxed)
    }
}

pub(crate) struct Wecom(pub(crate) std::sync::Arc<Tokens>);

impl Provider for Wecom {
    fn hear(&self, request: &Request) -> Heard {
        if request.path == "/cgi-bin/gettoken" {
            let asked = pairs(&request.query);
            let known = asked["corpid"] == "ww100" && asked["corpsecret"] == SECRET;
            return Heard::Side(if known { self.0.give() } else { Answer::json(200, json!({ "errcode": 40001 })) });
        }
        assert_eq!(request.path, "/cgi-bin/message/send");
        if !self.0.hold(request) {
            return Heard::Side(Answer::json(200, json!({ "errcode": 42001, "errmsg": "token expired" })));
        }
        let asked = body(request);
        assert_eq!((&asked["agentid"], &asked["enable_duplicate_check"]), (&json!(1_000_002), &json!(1)));
        let kind = text(&asked["msgtype"]);
        let words = asked[&kind].to_string();
        // It knows a message again by its words.
        Heard::Message(Taken { to: text(&asked["touser"]), id: words.clone(), text: words })
    }

    fn answer(&self, mode: Mode) -> Answer {
        Answer::json(
            200,
            match mode {
                Mode::BadAddress => json!({ "errcode": 81013, "errmsg": "no such member" }),
                Mode::BadMessage => json!({ "errcode": 44004 }),
                Mode::Busy => json!({ "errcode": 45009 }),
                _ => json!({ "errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "1" }),
            },
        )
    }
}

pub(crate) struct Wechat(pub(crate) std::sync::Arc<Tokens>);

impl Provider for Wechat {
    fn hear(&self, request: &Request) -> Heard {
        let asked = body(request);
        if request.path == "/cgi-bin/stable_token" {
            let known = asked["appid"] == "wx100" && asked["secret"] == SECRET;
            return Heard::Side(if known { self.0.give() } else { Answer::json(200, json!({ "errcode": 40125 })) });
        }
        assert_eq!(request.path, "/cgi-bin/message/template/send");
        if !self.0.hold(request) {
            return Heard::Side(Answer::json(200, json!({ "errcode": 40001 })));
        }
        assert_eq!(asked["template_id"], "wechat-100");
        assert!(text(&asked["url"]).contains("/c/"));
        Heard::Message(Taken {
            to: text(&asked["touser"]),
            text: asked["data"].to_string(),
            id: text(&asked["client_msg_id"]),
        })
    }

    fn answer(&self, mode: Mode) -> Answer {
        let errcode = match mode {
            Mode::BadAddress => 43004,
            Mode::BadMessage => 47003,
            Mode::Busy => 45009,
            _ => 0,
        };
        Answer::json(200, json!({ "errcode": errcode, "errmsg": "said", "msgid": 1 }))
    }
}

pub(crate) struct Webhook;

impl Provider for Webhook {
    fn hear(&self, request: &Request) -> Heard {
        let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
        let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
        let key = STANDARD.decode(SIGNING.strip_prefix("whsec_").unwrap()).unwrap();
        let signature = format!("v1,{}", STANDARD.encode(hmac(&key, &format!("{id}.{time}.{}", request.body))));
        if !header("webhook-signature").split(' ').any(|one| one == signature) {
            return Heard::Side(Answer::json(401, ""));
        }
        let asked = body(request);
        if asked["type"] == "channel.tested" {
            return Heard::Side(Answer::json(204, ""));
        }
        let data = &asked["data"];
        assert_eq!((asked["type"].as_str(), data["message_id"].as_str()), (Some("message.send"), Some(id.as_str())));
        Heard::Message(Taken { to: text(&data["candidate_id"]), text: text(&data["short_text"]), id })
    }

    fn answer(&self, mode: Mode) -> Answer {
        match mode {
            Mode::BadMessage => Answer::json(422, ""),
            Mode::Busy => Answer::json(503, "").with("retry-after", "120"),
            _ => Answer::json(200, "thank you"),
        }
    }
}
