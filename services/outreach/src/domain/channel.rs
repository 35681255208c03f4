//! A tenant's channel: what it carries, and whether what was said of it makes one.

use std::fmt;

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::outreach::v1::{ChannelSettings, MessageKind, ProviderTemplate, SmtpSecurity};

use super::variables::VARIABLES;

id!(
    /// A tenant's channel.
    ChannelId,
    "chan"
);

/// So many channels a tenant may have.
pub const MOST: usize = 20;

/// By what a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    Email,
    Sms,
    Wecom,
    Wechat,
    Webhook,
}

impl Medium {
    /// As the contract names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Wecom => "wecom",
            Self::Wechat => "wechat",
            Self::Webhook => "webhook",
        }
    }

    /// Whether the other side knows a message again that it may have, so that it can be handed over once more.
    pub fn knows_again(self) -> bool {
        !matches!(self, Self::Sms)
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Email, Self::Sms, Self::Wecom, Self::Wechat, Self::Webhook].into_iter().find(|one| one.name() == name)
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A channel of a tenant, without its secret.
#[derive(Debug, Clone)]
pub struct Channel {
    pub id: ChannelId,
    pub settings: ChannelSettings,
    pub has_secret: bool,
    pub revision: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
    pub delete_time: Option<DateTime<Utc>>,
}

/// By what a channel of these settings carries messages; `None` when they name no provider.
pub fn medium(settings: &ChannelSettings) -> Option<Medium> {
    providers(settings).into_iter().find_map(|(_, medium, given)| given.then_some(medium))
}

fn providers(settings: &ChannelSettings) -> [(&'static str, Medium, bool); 6] {
    [
        ("smtp", Medium::Email, settings.smtp.is_some()),
        ("aliyun_sms", Medium::Sms, settings.aliyun_sms.is_some()),
        ("twilio_sms", Medium::Sms, settings.twilio_sms.is_some()),
        ("wecom", Medium::Wecom, settings.wecom.is_some()),
        ("wechat", Medium::Wechat, settings.wechat.is_some()),
        ("webhook", Medium::Webhook, settings.webhook.is_some()),
    ]
}

/// To whom the secret is shown: who changes that has to bring the secret along, else it could be led to somebody's own server
/// and read there.
pub fn confidant(settings: &ChannelSettings) -> Vec<String> {
    let owned = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    let mut to = Vec::new();
    if let Some(smtp) = &settings.smtp {
        let security = smtp.security().as_str_name();
        to = owned(&["smtp", &smtp.host, &smtp.port.to_string(), security, &smtp.user, &smtp.authority_pem]);
    }
    if let Some(aliyun) = &settings.aliyun_sms {
        to = owned(&["aliyun_sms", &aliyun.base_url, &aliyun.access_key_id]);
    }
    if let Some(twilio) = &settings.twilio_sms {
        to = owned(&["twilio_sms", &twilio.base_url, &twilio.account_sid, &twilio.api_key_sid]);
    }
    if let Some(wecom) = &settings.wecom {
        to = owned(&["wecom", &wecom.base_url, &wecom.corp_id]);
    }
    if let Some(wechat) = &settings.wechat {
        to = owned(&["wechat", &wechat.base_url, &wechat.app_id]);
    }
    // A webhook's secret signs and is never shown.
    to
}

/// Refuses settings that make no channel. Everything that is wrong is told at once, each with its field.
pub fn check(settings: &ChannelSettings, secret: Option<&str>) -> Result<()> {
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let given: Vec<&str> = providers(settings).iter().filter(|(.., given)| *given).map(|(name, ..)| *name).collect();
    if given.len() != 1 {
        let names = providers(settings).map(|(name, ..)| name).join(", ");
        wrong.push(("settings", format!("must have exactly one of: {names}")));
    }
    let secret = secret.unwrap_or_default();
    let mut needs_secret = secret.is_empty();
    if let Some(smtp) = &settings.smtp {
        needs_secret &= !smtp.user.is_empty();
        if smtp.user.is_empty() && !secret.is_empty() {
            wrong.push(("settings.smtp.user", "is needed where there is a secret".to_owned()));
        }
        if smtp.security() == SmtpSecurity::None && !smtp.user.is_empty() {
            let why = "must keep the password from others' eyes: SMTP_SECURITY_TLS or SMTP_SECURITY_STARTTLS";
            wrong.push(("settings.smtp.security", why.to_owned()));
        }
        if smtp.from.parse::<lettre::message::Mailbox>().is_err() {
            wrong.push(("settings.smtp.from", "must be an address such as `Example Ltd <hr@example.com>`".to_owned()));
        }
    }
    if needs_secret && !given.is_empty() {
        wrong.push(("secret", "is needed to log in".to_owned()));
    }
    if settings.webhook.is_some() && !secret.is_empty() && !secret.split(' ').all(is_signing_secret) {
        wrong.push((
            "secret",
            "must be `whsec_` and 24 to 64 bytes in base64; several with one blank between".to_owned(),
        ));
    }
    if secret.chars().any(char::is_control) {
        wrong.push(("secret", "must be one line".to_owned()));
    }
    for (field, templates) in [
        ("settings.aliyun_sms.templates", settings.aliyun_sms.as_ref().map(|aliyun| &aliyun.templates)),
        ("settings.wechat.templates", settings.wechat.as_ref().map(|wechat| &wechat.templates)),
    ] {
        let variables = templates.into_iter().flatten().flat_map(|template| &template.variables);
        if let Some(unknown) = variables.map(|variable| variable.value.as_str()).find(|value| !values().contains(value))
        {
            wrong.push((field, format!("names {unknown}, which no message has; there are: {}", values().join(", "))));
        }
    }
    let mut wrong = wrong.into_iter();
    let Some((field, why)) = wrong.next() else { return Ok(()) };
    Err(wrong.fold(Error::invalid(field, "CHANNEL_INVALID", why), |error, (field, why)| error.and_field(field, why)))
}

/// Standard Webhooks: `whsec_` and between 24 and 64 bytes in base64.
fn is_signing_secret(text: &str) -> bool {
    signing_key(text).is_some_and(|key| (24..=64).contains(&key.len()))
}

/// The key within `whsec_…`.
pub fn signing_key(text: &str) -> Option<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(text.strip_prefix("whsec_")?).ok()
}

/// What stands for a provider's variable besides the variables of our templates.
pub const SHORT_TEXT: &str = "short_text";
/// See [`SHORT_TEXT`].
pub const ANSWER_TOKEN: &str = "answer_token";

fn values() -> Vec<&'static str> {
    VARIABLES.iter().map(|variable| variable.name).chain([SHORT_TEXT, ANSWER_TOKEN]).collect()
}

/// The provider's template for a kind: the one in the reader's language, else one that stands for either.
pub fn template<'a>(
    templates: &'a [ProviderTemplate],
    kind: MessageKind,
    language: &str,
) -> Option<&'a ProviderTemplate> {
    let speaking = |spoken: &str| templates.iter().find(|one| one.kind() == kind && one.language == spoken);
    speaking(language).or_else(|| speaking(""))
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::{AliyunSmsSettings, ProviderVariable, SmtpSettings, WebhookSettings};

    use super::*;

    fn fields(settings: &ChannelSettings, secret: &str) -> Vec<String> {
        let error = check(settings, Some(secret).filter(|secret| !secret.is_empty()));
        error.err().map(|error| error.violations().iter().map(|(field, _)| field.clone()).collect()).unwrap_or_default()
    }

    fn smtp(security: SmtpSecurity, user: &str, from: &str) -> ChannelSettings {
        let (host, user, from) = ("mail.example.com".to_owned(), user.to_owned(), from.to_owned());
        let smtp = SmtpSettings { host, user, from, security: security.into(), ..SmtpSettings::default() };
        ChannelSettings { smtp: Some(smtp), ..ChannelSettings::default() }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(fields(&ChannelSettings::default(), ""), ["settings"]);
        assert!(fields(&smtp(SmtpSecurity::Starttls, "hr", "HR <hr@example.com>"), "secret").is_empty());
        assert!(fields(&smtp(SmtpSecurity::None, "", "hr@example.com"), "").is_empty());
        let all = ["settings.smtp.security", "settings.smtp.from", "secret"];
        assert_eq!(fields(&smtp(SmtpSecurity::None, "hr", "nobody"), ""), all);
        assert_eq!(fields(&smtp(SmtpSecurity::None, "", "hr@example.com"), "secret"), ["settings.smtp.user"]);
        let mut two = smtp(SmtpSecurity::None, "", "hr@example.com");
        two.webhook = Some(WebhookSettings { url: "https://example.com".to_owned() });
        assert!(fields(&two, "").contains(&"settings".to_owned()));
    }

    #[test]
    fn a_webhook_signs_with_keys_of_a_fair_length() {
        let webhook = Some(WebhookSettings { url: "https://example.com/hook".to_owned() });
        let settings = ChannelSettings { webhook, ..ChannelSettings::default() };
        let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert!(fields(&settings, good).is_empty());
        assert!(fields(&settings, &format!("{good} {good}")).is_empty());
        for bad in ["secret", "whsec_c2hvcnQ=", "whsec_!", &format!("{good}  {good}")] {
            assert_eq!(fields(&settings, bad), ["secret"], "{bad}");
        }
    }

    #[test]
    fn a_template_is_found_by_kind_and_language_and_names_only_what_there_is() {
        let one = |kind: MessageKind, language: &str, template: &str| ProviderTemplate {
            kind: kind.into(),
            language: language.to_owned(),
            template: template.to_owned(),
            variables: Vec::new(),
        };
        let templates = [
            one(MessageKind::Offer, "", "either"),
            one(MessageKind::Offer, "en", "english"),
            one(MessageKind::Care, "en", "care"),
        ];
        let found = |kind, language| template(&templates, kind, language).map(|one| one.template.as_str());
        assert_eq!(found(MessageKind::Offer, "en"), Some("english"));
        assert_eq!(found(MessageKind::Offer, "zh-CN"), Some("either"));
        assert_eq!(found(MessageKind::Care, "zh-CN"), None);

        let mut mapped = one(MessageKind::Offer, "", "SMS_1");
        mapped.variables = vec![ProviderVariable { name: "pay".to_owned(), value: "wages".to_owned() }];
        let aliyun_sms = Some(AliyunSmsSettings { templates: vec![mapped], ..AliyunSmsSettings::default() });
        let settings = ChannelSettings { aliyun_sms, ..ChannelSettings::default() };
        assert_eq!(fields(&settings, "key"), ["settings.aliyun_sms.templates"]);
    }

    #[test]
    fn who_sees_the_secret_changes_with_the_server_and_not_with_the_name() {
        let one = smtp(SmtpSecurity::Tls, "hr", "hr@example.com");
        let renamed = ChannelSettings { display_name: "other".to_owned(), place: 7, ..one.clone() };
        assert_eq!(confidant(&one), confidant(&renamed));
        let mut elsewhere = one.clone();
        elsewhere.smtp.as_mut().unwrap().host = "mail.example.net".to_owned();
        assert_ne!(confidant(&one), confidant(&elsewhere));
    }
}
