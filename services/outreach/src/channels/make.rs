//! From a channel's settings to the adapter.

use std::{sync::Arc, time::Duration};

use chassis::{Error, Result};
use secrecy::SecretString;
use usher_proto::outreach::v1::{ChannelSettings, SmtpSecurity, SmtpSettings};

use super::{
    Channel,
    aliyun::Aliyun,
    guard::Guard,
    http::Http,
    smtp::{self, Smtp},
    tencent::Door,
    twilio::Twilio,
    webhook::Webhook,
    wechat::Wechat,
    wecom::Wecom,
};
use crate::domain::channel::{ChannelId, signing_key};

/// Connections to a mail server where the channel says nothing.
const CONNECTIONS: i32 = 4;

/// What adapters are made with.
#[derive(Debug, Clone)]
pub struct Maker {
    pub http: Http,
    pub guard: Guard,
    /// For the other side to take one message.
    pub patience: Duration,
}

impl Maker {
    /// The adapter. Errors: `CHANNEL_INVALID` and `ADDRESS_REFUSED` with the field that is wrong.
    pub fn make(&self, id: ChannelId, settings: &ChannelSettings, secret: &str) -> Result<Arc<dyn Channel>> {
        let key = |provider: &str| format!("{provider}:{id}");
        let sealed = || SecretString::from(secret);
        let http = || self.http.clone();
        let base = |provider: &str, given: &str, usual: &str| {
            let text = if given.is_empty() { usual } else { given };
            self.guard.url(&format!("settings.{provider}.base_url"), text)
        };
        if let Some(smtp) = &settings.smtp {
            return self.smtp(key("smtp"), smtp, secret);
        }
        if let Some(aliyun) = &settings.aliyun_sms {
            return Ok(Arc::new(Aliyun {
                key: key("aliyun_sms"),
                http: http(),
                base: base("aliyun_sms", &aliyun.base_url, "https://dysmsapi.aliyuncs.com")?,
                access_key_id: aliyun.access_key_id.clone(),
                secret: sealed(),
                sign_name: aliyun.sign_name.clone(),
                templates: aliyun.templates.clone(),
            }));
        }
        if let Some(twilio) = &settings.twilio_sms {
            let own = &twilio.api_key_sid;
            return Ok(Arc::new(Twilio {
                key: key("twilio_sms"),
                http: http(),
                base: base("twilio_sms", &twilio.base_url, "https://api.twilio.com")?,
                account_sid: twilio.account_sid.clone(),
                user: if own.is_empty() { twilio.account_sid.clone() } else { own.clone() },
                secret: sealed(),
                from: twilio.from.clone(),
            }));
        }
        if let Some(wecom) = &settings.wecom {
            let base = base("wecom", &wecom.base_url, "https://qyapi.weixin.qq.com")?;
            return Ok(Arc::new(Wecom {
                key: key("wecom"),
                door: Door::new("WeCom", http(), base),
                corp_id: wecom.corp_id.clone(),
                agent_id: wecom.agent_id,
                secret: sealed(),
            }));
        }
        if let Some(wechat) = &settings.wechat {
            let base = base("wechat", &wechat.base_url, "https://api.weixin.qq.com")?;
            return Ok(Arc::new(Wechat {
                key: key("wechat"),
                door: Door::new("WeChat", http(), base),
                app_id: wechat.app_id.clone(),
                secret: sealed(),
                templates: wechat.templates.clone(),
            }));
        }
        if let Some(webhook) = &settings.webhook {
            return Ok(Arc::new(Webhook {
                key: key("webhook"),
                http: http(),
                url: self.guard.url("settings.webhook.url", &webhook.url)?,
                keys: secret.split(' ').filter_map(signing_key).collect(),
            }));
        }
        Err(Error::invalid("settings", "CHANNEL_INVALID", "names no provider"))
    }

    fn smtp(&self, key: String, settings: &SmtpSettings, secret: &str) -> Result<Arc<dyn Channel>> {
        let wrong = |field: &str, why: &'static str| Error::invalid(field.to_owned(), "CHANNEL_INVALID", why);
        self.guard.host("settings.smtp.host", &settings.host)?;
        let security = match settings.security() {
            SmtpSecurity::Tls => smtp::Security::Tls,
            SmtpSecurity::None => smtp::Security::None,
            SmtpSecurity::Starttls | SmtpSecurity::Unspecified => smtp::Security::Starttls,
        };
        let usual = if security == smtp::Security::Tls { 465 } else { 587 };
        let port = u16::try_from(settings.port).ok().filter(|port| *port > 0).unwrap_or(usual);
        let trust = smtp::trust(&settings.authority_pem)
            .map_err(|_| wrong("settings.smtp.authority_pem", "must be certificates in PEM"))?;
        let from = settings.from.parse().map_err(|_| wrong("settings.smtp.from", "must be an address"))?;
        let login = (!settings.user.is_empty()).then(|| (settings.user.clone(), SecretString::from(secret)));
        let server = smtp::Server {
            host: settings.host.clone(),
            port,
            security,
            login,
            trust,
            guard: self.guard,
            patience: self.patience,
        };
        let connections = if settings.connections == 0 { CONNECTIONS } else { settings.connections };
        Ok(Arc::new(Smtp::new(key, server, from, u32::try_from(connections).unwrap_or(1))))
    }
}
