//! Invented facts, by which a channel is tried.

use chassis::wire;
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::MessageFacts;

/// Somebody who does not exist.
pub fn name(language: &str) -> &'static str {
    if language == "en" { "Lin Xiao" } else { "林晓" }
}

/// Something for every fact, so that no variable of any template is empty.
pub fn facts(language: &str, now: DateTime<Utc>) -> MessageFacts {
    let say = |english: &str, chinese: &str| if language == "en" { english } else { chinese }.to_owned();
    let start = now + TimeDelta::days(3);
    MessageFacts {
        position: say("Test position", "测试职位"),
        company: say("Example Ltd", "示例公司"),
        start_time: Some(wire::timestamp(start)),
        duration: Some(wire::duration(TimeDelta::hours(1))),
        time_zone: "Asia/Shanghai".to_owned(),
        place: say("Example Road 88", "示例路 88 号"),
        link: "https://example.com/meeting".to_owned(),
        interviewers: vec![say("Ines Interviewer", "周敏")],
        materials: vec![say("nothing", "无")],
        contact_name: say("Rita Recruiter", "周敏"),
        contact_channel: "+86 21 5555 0100".to_owned(),
        answer_by: Some(wire::timestamp(now + TimeDelta::days(1))),
        team_introduction: say("A team that does not exist.", "一个并不存在的团队。"),
        offered_times: vec![wire::timestamp(start)],
        subject: say("A test of this channel", "渠道测试"),
        body: say(
            "This message tests whether the channel works. You need not do anything.",
            "这条消息用来测试渠道是否可用，您无需任何操作。",
        ),
        start_date: start.format("%Y-%m-%d").to_string(),
        salary_amount: "10000.00".to_owned(),
        salary_currency: "CNY".to_owned(),
        salary_period: "month".to_owned(),
        employment_type: "full_time".to_owned(),
        benefits: say("none", "无"),
        checklist: vec![say("nothing", "无")],
        ..MessageFacts::default()
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::{facts::missing, library};

    #[test]
    fn no_kind_lacks_a_fact() {
        for kind in library::all().map(|template| template.kind) {
            assert!(missing(kind, &facts("en", DateTime::UNIX_EPOCH)).is_empty(), "{}", kind.as_str_name());
        }
        assert!(missing(MessageKind::Custom, &facts("zh-CN", DateTime::UNIX_EPOCH)).is_empty());
    }
}
