//! Which channels a message may take, and in which order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use usher_proto::outreach::v1::ChannelSettings;
use uuid::Uuid;

use super::{
    channel::{self, ChannelId, Medium},
    compose::Outcome,
    message::Verdict,
    short::{Short, segments},
};

/// Bytes of a text over WeCom.
const WECOM_TEXT: usize = 2_048;
/// Segments of a text message where the channel says nothing.
const SEGMENTS: usize = 4;

/// A channel that there is.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// `None` for the installation's own.
    pub id: Option<ChannelId>,
    pub medium: Medium,
    /// `None` for the installation's own, which carries everything.
    pub settings: Option<&'a ChannelSettings>,
}

/// Where somebody can be reached, as far as it decides which channels they can be reached by.
#[derive(Clone, Default)]
pub struct Contacts {
    pub has_email: bool,
    /// As E.164; empty when there is none.
    pub phone: String,
    pub has_wechat: bool,
    /// The channels that have an address of their own for them.
    pub known_to: BTreeSet<ChannelId>,
}

impl std::fmt::Debug for Contacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contacts(…)")
    }
}

/// A channel that a message may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    pub medium: Medium,
    /// `None` for the installation's own.
    pub channel: Option<Uuid>,
}

/// Why a channel was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("there is none")]
    Absent,
    #[error("is paused")]
    Paused,
    #[error("the candidate has no address for it")]
    NoAddress,
    #[error("does not serve the candidate's number")]
    OtherNumber,
    #[error("has no approved template for this kind and language")]
    NoTemplate,
    #[error("a variable of its approved template would be empty")]
    EmptyVariable,
    #[error("the text is longer than it takes")]
    TooMuchText,
    #[error("the text takes {takes} segments, and {most} are allowed")]
    TooLong { takes: usize, most: usize },
}

/// The channels that a message may take in the order in which they are tried, and the others with the reason.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub ways: Vec<Way>,
    pub passed_over: Vec<(String, Why)>,
}

/// Chooses. `asked` is the message's own order, which names all that may be taken; without it those come first that the
/// candidate prefers, and then the others, so that nobody is out of reach only because the tenant lacks what they like best.
/// `lines` are in the tenant's order, which decides within one medium.
pub fn choose(
    asked: &[String],
    preferred: &[Medium],
    lines: &[Line<'_>],
    contacts: &Contacts,
    short: &Short,
) -> Choice {
    let rank = |medium: Medium| {
        if asked.is_empty() {
            Some(preferred.iter().position(|one| *one == medium).unwrap_or(preferred.len()))
        } else {
            asked.iter().position(|one| one == medium.name())
        }
    };
    let mut ranked: Vec<(usize, &Line<'_>)> =
        lines.iter().filter_map(|line| Some((rank(line.medium)?, line))).collect();
    // Stable: equals stay in the tenant's order.
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut choice = Choice::default();
    for (_, line) in ranked {
        match obstacle(line, contacts, short) {
            None => choice.ways.push(Way { medium: line.medium, channel: line.id.map(|id| id.0) }),
            Some(why) => choice.passed_over.push((line.medium.name().to_owned(), why)),
        }
    }
    let absent = asked.iter().filter(|name| !lines.iter().any(|line| line.medium.name() == name.as_str()));
    choice.passed_over.extend(absent.map(|name| (name.clone(), Why::Absent)));
    choice
}

/// Why a message can not take a channel.
fn obstacle(line: &Line<'_>, contacts: &Contacts, short: &Short) -> Option<Why> {
    let settings = line.settings;
    if settings.is_some_and(|settings| settings.paused) {
        return Some(Why::Paused);
    }
    let is_known = line.id.is_some_and(|id| contacts.known_to.contains(&id));
    let is_reached = is_known
        || match line.medium {
            Medium::Email => contacts.has_email,
            Medium::Sms => !contacts.phone.is_empty(),
            // An openid is not what people know as their WeChat id: the pool has none.
            Medium::Wechat => false,
            Medium::Wecom => contacts.has_wechat,
            Medium::Webhook => true,
        };
    if !is_reached {
        return Some(Why::NoAddress);
    }
    settings.and_then(|settings| refusal(settings, contacts, short))
}

/// Why a channel's provider would not carry this message.
fn refusal(settings: &ChannelSettings, contacts: &Contacts, short: &Short) -> Option<Why> {
    let is_served = |prefixes: &[String]| {
        prefixes.is_empty() || prefixes.iter().any(|prefix| contacts.phone.starts_with(prefix.as_str()))
    };
    let templates = if let Some(aliyun) = &settings.aliyun_sms {
        if !is_served(&aliyun.prefixes) {
            return Some(Why::OtherNumber);
        }
        &aliyun.templates
    } else if let Some(twilio) = &settings.twilio_sms {
        let takes = segments(&short.sms());
        let most = usize::try_from(twilio.max_segments).ok().filter(|most| *most > 0).unwrap_or(SEGMENTS);
        if !is_served(&twilio.prefixes) {
            return Some(Why::OtherNumber);
        }
        return (takes > most).then_some(Why::TooLong { takes, most });
    } else if let Some(wechat) = &settings.wechat {
        &wechat.templates
    } else {
        let is_too_long = settings.wecom.is_some() && short.link.is_empty() && short.text().len() > WECOM_TEXT;
        return is_too_long.then_some(Why::TooMuchText);
    };
    match channel::template(templates, short.kind, &short.language) {
        None => Some(Why::NoTemplate),
        Some(template) => short.fill(template).is_err().then_some(Why::EmptyVariable),
    }
}

/// Adds to the gates' verdicts what the choice of a channel says; without a channel nothing goes out.
pub fn decide(outcome: &mut Outcome, choice: Choice, now: chrono::DateTime<chrono::Utc>) {
    let passed_over: Vec<String> = choice.passed_over.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    let ways: Vec<&str> = choice.ways.iter().map(|way| way.medium.name()).collect();
    let lacks_address = choice.passed_over.iter().any(|(_, why)| *why == Why::NoAddress);
    let only_lacks_address = lacks_address && choice.passed_over.iter().all(|(_, why)| matches!(why, Why::NoAddress));
    let reason = match (ways.is_empty(), only_lacks_address) {
        (false, _) => "",
        (true, true) => "NO_ADDRESS",
        (true, false) => "CHANNEL_UNAVAILABLE",
    };
    let said = if ways.is_empty() { "there is no channel to take".to_owned() } else { ways.join(", then ") };
    let detail = if passed_over.is_empty() { said } else { format!("{said}; passed over: {}", passed_over.join("; ")) };
    outcome.verdicts.push(Verdict {
        gate: "channel".to_owned(),
        passed: reason.is_empty(),
        reason: reason.to_owned(),
        detail,
        time: now,
        defer_until: None,
    });
    if choice.ways.is_empty() {
        outcome.composed = None;
    }
    outcome.ways = choice.ways;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_proto::outreach::v1::{
        AliyunSmsSettings, MessageKind, ProviderTemplate, ProviderVariable, SmtpSettings, TwilioSmsSettings,
        WebhookSettings, WechatSettings, WecomSettings,
    };

    use super::*;
    use crate::domain::facts::tests::complete;

    fn id(number: u128) -> ChannelId {
        ChannelId(Uuid::from_u128(number))
    }

    fn short(kind: MessageKind) -> Short {
        Short::new(kind, "zh-CN", "面试邀请", "https://usher.example/c/abc", &complete(), "林晓").unwrap()
    }

    fn email() -> ChannelSettings {
        ChannelSettings { smtp: Some(SmtpSettings::default()), ..ChannelSettings::default() }
    }

    fn aliyun(kind: MessageKind, value: &str) -> ChannelSettings {
        let variables = vec![ProviderVariable { name: "x".to_owned(), value: value.to_owned() }];
        let template =
            ProviderTemplate { kind: kind.into(), template: "SMS_1".to_owned(), variables, ..Default::default() };
        let prefixes = vec!["+86".to_owned()];
        let aliyun_sms =
            Some(AliyunSmsSettings { templates: vec![template], prefixes, ..AliyunSmsSettings::default() });
        ChannelSettings { aliyun_sms, ..ChannelSettings::default() }
    }

    fn twilio(max_segments: i32) -> ChannelSettings {
        let twilio_sms = Some(TwilioSmsSettings { max_segments, ..TwilioSmsSettings::default() });
        ChannelSettings { twilio_sms, ..ChannelSettings::default() }
    }

    fn wecom() -> ChannelSettings {
        ChannelSettings { wecom: Some(WecomSettings::default()), ..ChannelSettings::default() }
    }

    fn everywhere() -> Contacts {
        let phone = "+8613800000100".to_owned();
        Contacts { has_email: true, phone, has_wechat: true, known_to: BTreeSet::new() }
    }

    fn lines(settings: &[ChannelSettings]) -> Vec<Line<'_>> {
        let line = |(number, settings)| {
            let medium = channel::medium(settings).unwrap();
            Line { id: Some(id(number)), medium, settings: Some(settings) }
        };
        (1..).zip(settings).map(line).collect()
    }

    fn taken(choice: &Choice) -> Vec<u128> {
        choice.ways.iter().map(|way| way.channel.unwrap().as_u128()).collect()
    }

    fn whys(choice: &Choice) -> Vec<(&str, Why)> {
        choice.passed_over.iter().map(|(name, why)| (name.as_str(), *why)).collect()
    }

    #[test]
    fn the_messages_order_comes_before_the_candidates_and_that_before_the_tenants() {
        let there = [email(), aliyun(MessageKind::Offer, "position"), wecom(), twilio(0)];
        let (lines, contacts, short) = (lines(&there), everywhere(), short(MessageKind::Offer));
        let chosen = |asked: &[&str], preferred: &[Medium]| {
            let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
            choose(&asked, preferred, &lines, &contacts, &short)
        };
        assert_eq!(taken(&chosen(&[], &[])), [1, 2, 3, 4]);
        assert_eq!(taken(&chosen(&[], &[Medium::Wecom, Medium::Sms])), [3, 2, 4, 1]);
        assert_eq!(taken(&chosen(&["sms", "email"], &[Medium::Wecom])), [2, 4, 1]);
        let nowhere = chosen(&["fax"], &[]);
        assert_eq!((taken(&nowhere), whys(&nowhere)), (Vec::new(), vec![("fax", Why::Absent)]));
    }

    #[test]
    fn what_can_not_carry_the_message_is_passed_over_with_the_reason() {
        let paused = ChannelSettings { paused: true, ..email() };
        let there = [
            paused,
            aliyun(MessageKind::Care, "position"),
            aliyun(MessageKind::Offer, "link"),
            twilio(1),
            aliyun(MessageKind::Offer, "position"),
        ];
        let mut long = short(MessageKind::Offer);
        long.title = "面".repeat(100);
        let choice = choose(&[], &[], &lines(&there), &everywhere(), &long);
        assert_eq!(taken(&choice), [5]);
        let expected = [
            ("email", Why::Paused),
            ("sms", Why::NoTemplate),
            ("sms", Why::EmptyVariable),
            ("sms", Why::TooLong { takes: 3, most: 1 }),
        ];
        assert_eq!(whys(&choice), expected);
    }

    #[test]
    fn only_who_has_an_address_is_reached() {
        let wechat = ChannelSettings {
            wechat: Some(WechatSettings {
                templates: aliyun(MessageKind::Offer, "position").aliyun_sms.unwrap().templates,
                ..WechatSettings::default()
            }),
            ..ChannelSettings::default()
        };
        let hook = ChannelSettings { webhook: Some(WebhookSettings::default()), ..ChannelSettings::default() };
        let there = [email(), twilio(0), wecom(), wechat, hook, aliyun(MessageKind::Offer, "position")];
        let short = short(MessageKind::Offer);
        let nobody = choose(&[], &[], &lines(&there), &Contacts::default(), &short);
        assert_eq!(taken(&nobody), [5], "a program of the tenant's knows them by their id");
        let wechat_id = choose(&[], &[], &lines(&there), &Contacts { has_wechat: true, ..Contacts::default() }, &short);
        assert_eq!(taken(&wechat_id), [3, 5], "a WeChat id is no openid");
        let known = Contacts { known_to: [id(4)].into(), ..Contacts::default() };
        assert_eq!(taken(&choose(&[], &[], &lines(&there), &known, &short)), [4, 5]);
        let abroad = Contacts { phone: "+85251000100".to_owned(), ..Contacts::default() };
        let choice = choose(&["sms".to_owned()], &[], &lines(&there), &abroad, &short);
        assert_eq!((taken(&choice), whys(&choice)), (vec![2], vec![("sms", Why::OtherNumber)]));
    }

    #[test]
    fn who_is_nowhere_reached_lacks_an_address_and_else_there_is_no_channel() {
        let verdict = |choice: Choice| {
            let mut outcome = Outcome::default();
            decide(&mut outcome, choice, chrono::DateTime::UNIX_EPOCH);
            outcome.verdicts.remove(0)
        };
        let none = |why: &[Why]| Choice {
            ways: Vec::new(),
            passed_over: why.iter().map(|why| ("email".to_owned(), *why)).collect(),
        };
        assert_eq!(verdict(none(&[Why::NoAddress])).reason, "NO_ADDRESS");
        assert_eq!(verdict(none(&[Why::NoAddress, Why::Paused])).reason, "CHANNEL_UNAVAILABLE");
        assert_eq!(verdict(none(&[])).reason, "CHANNEL_UNAVAILABLE");
        let way = Way { medium: Medium::Sms, channel: None };
        let passed = verdict(Choice { ways: vec![way], ..none(&[Why::Paused]) });
        assert!(passed.passed && passed.detail == "sms; passed over: email: is paused", "{}", passed.detail);
    }

    proptest! {
        #[test]
        fn every_channel_is_taken_or_passed_over_and_none_twice(
            picks in proptest::collection::vec(0..4_usize, 0..8),
            order in proptest::collection::vec(0..5_usize, 0..4),
            has_email in any::<bool>(),
        ) {
            let kinds = [email(), twilio(1), wecom(), aliyun(MessageKind::Offer, "position")];
            let there: Vec<ChannelSettings> = picks.iter().map(|pick| kinds[*pick].clone()).collect();
            let all = [Medium::Email, Medium::Sms, Medium::Wecom, Medium::Wechat, Medium::Webhook];
            let preferred: Vec<Medium> = order.iter().map(|place| all[*place]).collect();
            let contacts = Contacts { has_email, ..everywhere() };
            let choice = choose(&[], &preferred, &lines(&there), &contacts, &short(MessageKind::Offer));
            prop_assert_eq!(choice.ways.len() + choice.passed_over.len(), there.len());
            let ids: BTreeSet<u128> = taken(&choice).into_iter().collect();
            prop_assert_eq!(ids.len(), choice.ways.len());
        }
    }
}
