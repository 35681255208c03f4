//! Messages of a WeCom application to members: a card with a button where there is a page to open, else a text.
//!
//! WeCom drops a message that it has taken already, of the same words to the same member, for up to four hours: one that may
//! have been taken is sent again within them and does not arrive twice.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{Channel, Parcel, SendError, tencent::Door};
use crate::domain::short::Short;

/// Seconds; the most that there is.
const REPEATS: u32 = 14_400;

/// Sends by WeCom.
pub struct Wecom {
    pub key: String,
    pub door: Door,
    pub corp_id: String,
    pub agent_id: i64,
    pub secret: SecretString,
}

impl Wecom {
    fn fetch(&self) -> RequestBuilder {
        let query = [("corpid", self.corp_id.as_str()), ("corpsecret", self.secret.expose_secret())];
        self.door.http().client().get(self.door.url("/cgi-bin/gettoken", &query))
    }

    fn message(&self, short: &Short, user: &str) -> Value {
        let mut message = json!({
            "touser": user,
            "agentid": self.agent_id,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REPEATS,
        });
        let english = short.language == "en";
        let (kind, content) = if short.link.is_empty() {
            ("text", json!({ "content": short.text() }))
        } else {
            let say = if english { "Open for details, and to answer." } else { "点开查看详情并答复。" };
            let description = [short.body.as_str(), say].join("\n");
            let description = description.trim_start();
            let button = if english { "Open" } else { "详情" };
            (
                "textcard",
                json!({
                    "title": short.title, "description": description, "url": short.link, "btntxt": button,
                }),
            )
        };
        message["msgtype"] = kind.into();
        message[kind] = content;
        message
    }
}

#[async_trait]
impl Channel for Wecom {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        // Several would be joined by a bar, and `@all` is everybody.
        if parcel.address.contains('|') || parcel.address.starts_with('@') {
            return Err(SendError::bad_address("the WeCom user id is none"));
        }
        let short = parcel.message.short(parcel.name).map_err(|error| SendError::permanent(error.message()))?;
        let message = self.message(&short, parcel.address);
        let request = |token: &str| {
            let url = self.door.url("/cgi-bin/message/send", &[("access_token", token)]);
            self.door.http().client().post(url).json(&message)
        };
        let said = self.door.ask(parcel.now, |_| self.fetch(), request).await?;
        match said.errcode {
            0 if said.invaliduser.is_empty() => Ok(()),
            0 => Err(SendError::bad_address("WeCom does not know the user id, or it may not see the application")),
            errcode @ (60111 | 81013) => Err(SendError::bad_address(format!("WeCom refused: {errcode}"))),
            errcode => Err(self.door.refusal(errcode)),
        }
    }

    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError> {
        self.door.token(now, None, |_| self.fetch()).await.map(drop)
    }
}
