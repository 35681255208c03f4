//! Template messages of a WeChat official account.
//!
//! Each carries our message's id as `client_msg_id`, by which WeChat knows for ten minutes that it has taken it already.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use usher_proto::outreach::v1::ProviderTemplate;

use super::{Channel, Parcel, SendError, tencent::Door};
use crate::domain::channel;

/// Sends by WeChat.
pub struct Wechat {
    pub key: String,
    pub door: Door,
    pub app_id: String,
    pub secret: SecretString,
    pub templates: Vec<ProviderTemplate>,
}

impl Wechat {
    /// The stable kind of token: all processes get the same one, while each plain one would end the one before. After a
    /// refusal it has to be asked for anew.
    fn fetch(&self, was_refused: bool) -> RequestBuilder {
        let asked = json!({
            "grant_type": "client_credential",
            "appid": self.app_id,
            "secret": self.secret.expose_secret(),
            "force_refresh": was_refused,
        });
        self.door.http().client().post(self.door.url("/cgi-bin/stable_token", &[])).json(&asked)
    }

    fn message(&self, parcel: Parcel<'_>) -> Result<Value, SendError> {
        let short = parcel.message.short(parcel.name).map_err(|error| SendError::permanent(error.message()))?;
        let template = channel::template(&self.templates, short.kind, &short.language)
            .ok_or_else(|| SendError::broken("the channel has no approved template for this kind any more"))?;
        let values = short.fill(template).map_err(|name| {
            SendError::permanent(format!("the variable {name} of the approved template would be empty"))
        })?;
        let data: Map<String, Value> =
            values.into_iter().map(|(name, value)| (name.to_owned(), json!({ "value": cut(name, value) }))).collect();
        let mut message = json!({
            "touser": parcel.address,
            "template_id": template.template,
            "client_msg_id": parcel.message.id.to_string(),
            "data": data,
        });
        if !short.link.is_empty() {
            message["url"] = short.link.as_str().into();
        }
        Ok(message)
    }
}

#[async_trait]
impl Channel for Wechat {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let message = self.message(parcel)?;
        let request = |token: &str| {
            let url = self.door.url("/cgi-bin/message/template/send", &[("access_token", token)]);
            self.door.http().client().post(url).json(&message)
        };
        let said = self.door.ask(parcel.now, |was_refused| self.fetch(was_refused), request).await?;
        match said.errcode {
            0 => Ok(()),
            // Does not follow the account, has turned it away, or does not want such messages.
            errcode @ (43004 | 43019 | 43101) => Err(SendError::bad_address(format!("WeChat refused: {errcode}"))),
            errcode => Err(self.door.refusal(errcode)),
        }
    }

    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError> {
        self.door.token(now, None, |was_refused| self.fetch(was_refused)).await.map(drop)
    }
}

/// A value as long as its variable may be, which WeChat tells by the variable's name; it refuses longer ones.
fn cut(name: &str, value: &str) -> String {
    let most = match name.trim_end_matches(|one: char| one.is_ascii_digit()) {
        "thing" | "const" => 20,
        "phrase" => 5,
        "name" => 10,
        "character_string" | "letter" | "number" => 32,
        _ => return value.to_owned(),
    };
    if value.chars().count() <= most {
        return value.to_owned();
    }
    value.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_to_what_its_variable_holds() {
        assert_eq!(cut("thing1", &"面".repeat(21)), format!("{}…", "面".repeat(19)));
        assert_eq!(cut("thing12", &"面".repeat(20)), "面".repeat(20));
        assert_eq!(cut("phrase3", "已安排面试啦"), "已安排面…");
        assert_eq!(cut("time2", "2026年12月1日 10:00"), "2026年12月1日 10:00");
    }
}
