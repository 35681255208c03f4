//! Why a message went out, waits, or never went, in one sentence.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use usher_proto::outreach::v1::MessageState;

use crate::domain::{message::Verdict, when};

/// How it stands with a message.
#[derive(Debug, Clone, Copy)]
pub struct Stand<'message> {
    pub state: MessageState,
    pub channel: &'message str,
    pub next_time: DateTime<Utc>,
    pub send_time: Option<DateTime<Utc>>,
    pub verdicts: &'message [Verdict],
    /// What went wrong with the tries that were in vain, from the first on.
    pub errors: &'message [&'message str],
}

/// One sentence in Chinese and one in English; times in `zone`.
pub fn sentences(message: Stand<'_>, zone: Tz, now: DateTime<Utc>) -> (String, String) {
    let zh = |time: DateTime<Utc>| when::long(time, zone, "zh-CN");
    let en = |time: DateTime<Utc>| when::long(time, zone, "en");
    let Stand { channel, verdicts, errors, .. } = message;
    match message.state {
        MessageState::Accepted | MessageState::Unspecified => {
            ("已收到请求，还未检查。".to_owned(), "It was asked for and is still to be checked.".to_owned())
        }
        MessageState::Queued => waiting(message, zone, now),
        MessageState::Sending => {
            (format!("正在通过 {channel} 发送。"), format!("It is being handed over to {channel} just now."))
        }
        MessageState::Sent => {
            let time = message.send_time.unwrap_or(now);
            (format!("已于{}通过 {channel} 发出。", zh(time)), format!("It went out by {channel} on {}.", en(time)))
        }
        MessageState::Failed => {
            let (count, error) = last_error(errors);
            (
                format!("发送失败，尝试了 {count} 次，不再重试：{error}。"),
                format!("It could not be delivered; it was tried {} and is not tried again: {error}.", times(count)),
            )
        }
        MessageState::Refused => refused(verdicts),
        MessageState::Cancelled => ("发送之前已被取消。".to_owned(), "It was cancelled before it went out.".to_owned()),
    }
}

fn waiting(message: Stand<'_>, zone: Tz, now: DateTime<Utc>) -> (String, String) {
    let Stand { verdicts, errors, .. } = message;
    if message.next_time <= now {
        return (
            "所有检查均已通过，正在排队，马上发送。".to_owned(),
            "It passed every gate and goes out any moment.".to_owned(),
        );
    }
    let (zh, en) = (when::long(message.next_time, zone, "zh-CN"), when::long(message.next_time, zone, "en"));
    let holding = verdicts.iter().rev().find(|verdict| verdict.defer_until.is_some_and(|until| until > now));
    match (holding, last_error(errors)) {
        (Some(verdict), _) => {
            let (reason_zh, reason_en) = reason(verdict);
            (format!("{reason_zh}，将于{zh}发送。"), format!("It waits until {en}: {reason_en}."))
        }
        (None, (count @ 1.., error)) => (
            format!("第 {count} 次尝试未成功（{error}），将于{zh}再试。"),
            format!("Try {count} did not succeed ({error}); the next is on {en}."),
        ),
        (None, _) => (format!("将于{zh}发送。"), format!("It goes out on {en}.")),
    }
}

fn refused(verdicts: &[Verdict]) -> (String, String) {
    // What was said last: a channel that was closed before may have been passed over.
    let last = verdicts.iter().rev().find(|verdict| !verdict.passed).map(|verdict| verdict.time);
    match verdicts.iter().find(|verdict| !verdict.passed && Some(verdict.time) == last) {
        Some(verdict) => {
            let (zh, en) = reason(verdict);
            (format!("未发送：{zh}。"), format!("It was not sent: {en}."))
        }
        None => ("未发送。".to_owned(), "It was not sent.".to_owned()),
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// How often it was tried in vain, and what the last error was.
fn last_error<'message>(errors: &[&'message str]) -> (usize, &'message str) {
    (errors.len(), errors.last().copied().unwrap_or_default())
}

/// What a verdict says, in both languages. The details are in English; they stand behind the Chinese words.
fn reason(verdict: &Verdict) -> (String, String) {
    let zh = match verdict.reason.as_str() {
        "FACTS_MISSING" => "缺少必要信息",
        "CHANNEL_UNAVAILABLE" => "没有可用的发送渠道",
        "NO_ADDRESS" => "候选人没有该渠道的联系方式",
        "TEXT_REFUSED" => "正文未通过检查",
        "UNCLEAR" => "正文表达不清",
        "CANDIDATE_NOT_FOUND" => "人才库中已没有此人",
        "CONSENT_MISSING" => "候选人没有同意接收此类消息",
        "CONSENT_REFUSED" => "候选人已拒绝或撤回同意",
        "HARD_BOUNCE" => "该地址已确认无法送达",
        "COMPLAINT" => "候选人在此渠道投诉过推广消息",
        "OPTED_OUT" => "候选人已退订此类消息",
        "LEASE_HELD" => "此人目前由其他同事跟进",
        "FREQUENCY_CAP" => "近期联系次数已达上限",
        "QUIET_HOURS" => "收件人所在地正值免打扰时间",
        _ => "检查未通过",
    };
    let detail = if verdict.detail.is_empty() { &verdict.reason } else { &verdict.detail };
    // What the Chinese words leave open: which facts, who, which limit.
    let is_said = matches!(
        verdict.reason.as_str(),
        "NO_ADDRESS"
            | "CONSENT_MISSING"
            | "CONSENT_REFUSED"
            | "HARD_BOUNCE"
            | "COMPLAINT"
            | "OPTED_OUT"
            | "QUIET_HOURS"
    );
    (if is_said { zh.to_owned() } else { format!("{zh}（{detail}）") }, detail.clone())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-30T14:00:00Z".parse().unwrap()
    }

    fn verdict(passed: bool, reason: &str, wait: Option<i64>) -> Verdict {
        Verdict {
            gate: "gate".to_owned(),
            passed,
            reason: reason.to_owned(),
            detail: format!("what {reason} says"),
            time: now(),
            defer_until: wait.map(|hours| now() + TimeDelta::hours(hours)),
        }
    }

    #[test]
    fn every_state_has_its_sentence_with_when_and_why() {
        let quiet = [verdict(true, "", None), verdict(true, "QUIET_HOURS", Some(10))];
        let no = [verdict(true, "", None), verdict(false, "OPTED_OUT", None), verdict(false, "QUIET_HOURS", None)];
        let failed = ["451", "550"];
        for (state, next, verdicts, errors, zh, en) in [
            (MessageState::Accepted, 0, &[][..], &[][..], "还未检查", "still to be checked"),
            (MessageState::Queued, 0, &quiet[..], &[], "马上发送", "any moment"),
            (
                MessageState::Queued,
                10,
                &quiet,
                &[],
                "免打扰时间，将于2026年12月1日（星期二）08:00",
                "Tuesday, 1 December 2026, 08:00",
            ),
            (MessageState::Queued, 1, &[], &failed[..1], "第 1 次尝试未成功（451）", "Try 1 did not succeed (451)"),
            (MessageState::Queued, 1, &[], &[], "将于2026年11月30日（星期一）23:00", "23:00"),
            (MessageState::Sending, 0, &[], &[], "正在通过 email", "just now"),
            (MessageState::Sent, 0, &quiet, &[], "已于2026年11月30日（星期一）22:00", "went out by email on Monday"),
            (
                MessageState::Failed,
                0,
                &[],
                &failed,
                "尝试了 2 次，不再重试：550",
                "tried 2 times and is not tried again: 550",
            ),
            (MessageState::Refused, 0, &no, &[], "已退订此类消息", "what OPTED_OUT says"),
            (MessageState::Cancelled, 0, &[], &[], "取消", "cancelled"),
        ] {
            let stand = Stand {
                state,
                channel: "email",
                next_time: now() + TimeDelta::hours(next),
                send_time: (state == MessageState::Sent).then(now),
                verdicts,
                errors,
            };
            let (said_zh, said_en) = sentences(stand, Tz::Asia__Shanghai, now());
            assert!(said_zh.contains(zh), "{zh} is not in {said_zh}");
            assert!(said_en.contains(en), "{en} is not in {said_en}");
        }
    }
}
