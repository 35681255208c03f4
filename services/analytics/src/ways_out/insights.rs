//! Findings in words, in English and in Chinese: what was found, how much is known of it, and what to do.

use usher_proto::analytics::v1::{InsightAction, InsightDesign, InsightKind};

use super::charts::Lang;
use crate::domain::{
    insight::{finding::Finding, look::Look},
    wilson::Interval,
};

use InsightAction as A;
use InsightKind as K;

/// A finding, as sentences.
pub fn sentence(finding: &Finding, look: &Look, lang: Lang) -> String {
    let more = finding.difference.value > 0.0;
    let (one, other) = (finding.one, finding.other);
    let share = |(k, n): (i64, i64)| format!("{:.1} %", percent(k, n));
    let (percent_one, percent_other) = (share(one), share(other));
    let (effect, design) = (effect(finding, look.kind, lang), design(look, lang));
    match lang {
        Lang::En => {
            let claim = claim(look.kind, finding, more);
            format!("{claim}: {effect}. {percent_one} of {} against {percent_other} of {}. {design}", one.1, other.1)
        }
        Lang::Zh => {
            let claim = claim_zh(look.kind, finding, more);
            format!("{claim}：{effect}。{} 中的 {percent_one}，对照 {} 中的 {percent_other}。{design}", one.1, other.1)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn percent(k: i64, n: i64) -> f64 {
    if n == 0 { 0.0 } else { k as f64 / n as f64 * 100.0 }
}

/// People's return and hires are told as a ratio, all else in points.
fn effect(finding: &Finding, kind: K, lang: Lang) -> String {
    let ratio = finding.ratio.filter(|_| matches!(kind, K::TagActivation | K::HiresSource));
    let coverage = finding.confidence * 100.0;
    match (ratio, lang) {
        (Some(Interval { value, lower, upper }), Lang::En) => {
            format!("{value:.1} times the others' share ({coverage:.1} % interval {lower:.1} to {upper:.1})")
        }
        (Some(Interval { value, lower, upper }), Lang::Zh) => {
            format!("为其他的 {value:.1} 倍（{coverage:.1} % 区间 {lower:.1} 至 {upper:.1}）")
        }
        (None, lang) => {
            let Interval { value, lower, upper } = finding.difference;
            let [value, lower, upper] = [value, lower, upper].map(|share| share * 100.0);
            match lang {
                Lang::En => format!("{value:+.1} points ({coverage:.1} % interval {lower:+.1} to {upper:+.1})"),
                Lang::Zh => format!("{value:+.1} 个百分点（{coverage:.1} % 区间 {lower:+.1} 至 {upper:+.1}）"),
            }
        }
    }
}

fn design(look: &Look, lang: Lang) -> &'static str {
    match (look.design(), lang) {
        (InsightDesign::Randomized, Lang::En) => {
            "Who got which was drawn at random, so this is what it did, but for luck."
        }
        (InsightDesign::Randomized, Lang::Zh) => "分组是随机的，因此差别可归因于该做法（偶然除外）。",
        (_, Lang::En) => "Merely observed: something else may lie behind it.",
        (_, Lang::Zh) => "仅为观察所得，背后可能另有原因。",
    }
}

/// What is claimed, in English.
fn claim(kind: K, finding: &Finding, more: bool) -> String {
    let (value, within) = (finding.value.as_str(), finding.within.replace('_', " "));
    let often = if more { "more often" } else { "less often" };
    match kind {
        K::ExperimentArm => {
            format!(
                "In {}, the text of arm {value} is answered {often} than that of arm {}",
                finding.within, finding.against
            )
        }
        K::CampaignLift if more => {
            format!("Campaign {} brought people back who would not have come by themselves", finding.within)
        }
        K::CampaignLift => format!("Campaign {} kept people away who would have come by themselves", finding.within),
        K::MessageFeature => {
            let feature = value.trim_end_matches("=yes").replace('_', " ");
            format!(
                "Messages of the kind {within} that have the feature {feature} are answered {often} than those without"
            )
        }
        K::MessageChannel => {
            format!("Messages of the kind {within} are answered {often} over {value} than over other channels")
        }
        K::MessageClarity => {
            format!("Messages of the kind {within} with clarity {value} are answered {often} than others")
        }
        K::Template => {
            format!("Messages of the kind {within} by the template {value} are answered {often} than by others")
        }
        K::TagActivation => {
            format!("People with the tag {value} come back {often} than those without when a campaign writes")
        }
        K::NoShowLeadTime => format!("Interviews arranged {value} ahead are missed {often} than others"),
        K::NoShowFollowUp if value == "none" => {
            format!("Interviews that nobody wrote about are missed {often} than others")
        }
        K::NoShowFollowUp => {
            format!("Interviews with the last message {value} before the start are missed {often} than others")
        }
        K::NoShowConfirmed => {
            let confirmed = if value == "yes" { "confirmed" } else { "not confirmed" };
            format!("Interviews that were {confirmed} are missed {often} than the others")
        }
        K::NoShowChannel if value == "none" => {
            format!("Interviews that no message reached are missed {often} than others")
        }
        K::NoShowChannel => format!("Interviews written about over {value} are missed {often} than others"),
        K::NoShowStage => format!("Interviews of the stage {value} are missed {often} than those of others"),
        K::NoShowSource => format!("Interviews of people from {value} are missed {often} than others"),
        K::HiresSource => format!("Applications from {value} that came to an end were hired {often} than others"),
        K::OfferSource => format!("Offers to people from {value} are accepted {often} than others"),
        K::SilenceStage => {
            format!("In the stage {value} candidates wait too long for a word of ours {often} than in others")
        }
        K::Unspecified => String::new(),
    }
}

/// What is claimed, in Chinese.
fn claim_zh(kind: K, finding: &Finding, more: bool) -> String {
    let (value, within) = (finding.value.as_str(), finding.within.as_str());
    let high = if more { "更高" } else { "更低" };
    match kind {
        K::ExperimentArm => format!("在实验 {within} 中，{value} 组文本的回复率比 {} 组{high}", finding.against),
        K::CampaignLift if more => format!("活动 {within} 唤回了本不会自行回来的人"),
        K::CampaignLift => format!("活动 {within} 反而让本会回来的人没有回来"),
        K::MessageFeature => {
            format!("{}中带有“{}”的，回复率比没有的{high}", kind_zh(within), feature_zh(value.trim_end_matches("=yes")))
        }
        K::MessageChannel => format!("{}通过 {value} 发送时，回复率比其他渠道{high}", kind_zh(within)),
        K::MessageClarity => format!("{}清晰度为 {value} 时，回复率比其他的{high}", kind_zh(within)),
        K::Template => format!("{}使用模板“{value}”时，回复率比其他模板{high}", kind_zh(within)),
        K::TagActivation => format!("带有标签“{value}”的人在活动联系后，激活率比没有的{high}"),
        K::NoShowLeadTime => format!("提前 {value} 安排的面试，爽约率比其他的{high}"),
        K::NoShowFollowUp if value == "none" => format!("没有发过消息的面试，爽约率比其他的{high}"),
        K::NoShowFollowUp => format!("最后一条消息在开始前 {value} 发出的面试，爽约率比其他的{high}"),
        K::NoShowConfirmed => {
            let confirmed = if value == "yes" { "已确认" } else { "未确认" };
            format!("{confirmed}的面试，爽约率比另一类{high}")
        }
        K::NoShowChannel if value == "none" => format!("没有消息送达的面试，爽约率比其他的{high}"),
        K::NoShowChannel => format!("通过 {value} 联系的面试，爽约率比其他的{high}"),
        K::NoShowStage => format!("{value} 阶段的面试，爽约率比其他阶段{high}"),
        K::NoShowSource => format!("来自 {value} 的候选人，爽约率比其他的{high}"),
        K::HiresSource => format!("来自 {value} 且已有结果的申请，录用率比其他的{high}"),
        K::OfferSource => format!("来自 {value} 的候选人，录用接受率比其他的{high}"),
        K::SilenceStage => format!("{value} 阶段中候选人等我方回音过久的比例，比其他阶段{high}"),
        K::Unspecified => String::new(),
    }
}

fn kind_zh(kind: &str) -> &str {
    match kind {
        "interview_invitation" => "面试邀请",
        "interview_reminder" => "面试提醒",
        "interview_rescheduled" => "改期通知",
        "reschedule_offer" => "改期选项",
        "offer" => "录用通知",
        "offer_reminder" => "录用提醒",
        "reactivation" => "唤醒消息",
        "reactivation_follow_up" => "唤醒跟进",
        other => other,
    }
}

fn feature_zh(feature: &str) -> &str {
    match feature {
        "team_introduction" => "团队介绍",
        "interviewers" => "面试官介绍",
        "materials" => "需带材料",
        "calendar" => "日历附件",
        "offered_times" => "可选时间",
        "reason" => "联系缘由",
        "duration" => "时长",
        other => other,
    }
}

/// What is suggested. Where it is not plain what would help, it is to look closer.
pub fn action(finding: &Finding, look: &Look) -> InsightAction {
    let more = finding.difference.value > 0.0;
    match (look.kind, finding.value.as_str(), more) {
        (K::ExperimentArm, _, true) => A::PublishArm,
        (K::ExperimentArm, _, false) => A::DropArm,
        (K::CampaignLift, _, true) => A::RepeatCampaign,
        (K::CampaignLift, _, false) => A::EndCampaign,
        (K::MessageFeature | K::MessageClarity | K::Template, ..) => A::TryInExperiment,
        (K::TagActivation, _, true) => A::FavorTag,
        (K::TagActivation, _, false) => A::SpareTag,
        (K::NoShowLeadTime, "7-13d" | "14d+", true) | (K::NoShowLeadTime, "<1d" | "1-2d", false) => A::ShortenLeadTime,
        (K::NoShowFollowUp, "none", true) => A::SendReminder,
        (K::NoShowFollowUp, value, _) if value != "none" => A::MoveReminder,
        (K::NoShowConfirmed, "no", true) | (K::NoShowConfirmed, "yes", false) => A::AskForConfirmation,
        (K::MessageChannel, _, false) | (K::NoShowChannel, _, true) => A::ChangeChannel,
        (K::NoShowStage, _, true) => A::ReviewStage,
        (K::NoShowSource, _, true) | (K::HiresSource | K::OfferSource, _, false) => A::ReviewSource,
        (K::HiresSource, _, true) => A::FavorSource,
        (K::SilenceStage, _, true) => A::AnswerSooner,
        _ => A::LookCloser,
    }
}

/// The action in words.
pub fn advice(action: InsightAction, lang: Lang) -> &'static str {
    let (english, chinese) = match action {
        A::PublishArm => (
            "Publish this arm's text, once the experiment has run as long as was planned.",
            "实验按计划期限结束后，发布该组文本。",
        ),
        A::DropArm => (
            "Drop this arm, once the experiment has run as long as was planned.",
            "实验按计划期限结束后，弃用该组文本。",
        ),
        A::RepeatCampaign => ("Write again in this way to people like these.", "对类似的人再做一次这样的活动。"),
        A::EndCampaign => ("Write to people like these in this way no more.", "不要再这样联系类似的人。"),
        A::TryInExperiment => {
            ("Put it to the test: begin an experiment with it and without.", "用实验验证：一组有、一组没有。")
        }
        A::FavorTag => (
            "Begin with these people when the pool is woken, and win more like them for it.",
            "唤醒人才库时先联系这些人，并多吸纳这样的人。",
        ),
        A::SpareTag => ("Write to these people last.", "最后再联系这些人。"),
        A::ShortenLeadTime => ("Offer earlier days.", "提供更早的时间。"),
        A::SendReminder => ("Write once more before the interview.", "面试前再发一次提醒。"),
        A::MoveReminder => (
            "Have the last message go out at the distance at which interviews are missed least.",
            "把最后一条消息放在爽约最少的时间发出。",
        ),
        A::AskForConfirmation => ("Ask for a yes, and call whoever gives none.", "请候选人确认，未确认的打电话联系。"),
        A::ChangeChannel => ("Try another channel.", "试用另一个渠道。"),
        A::ReviewStage => ("Look at what people of this stage are told, and when.", "检查该阶段的人何时收到什么消息。"),
        A::ReviewSource => ("Look at how people of this source are met.", "检查来自该来源的人受到怎样的对待。"),
        A::FavorSource => (
            "Give this source more weight, after a look at what else is different about it.",
            "先看清该来源还有何不同，再加大投入。",
        ),
        A::AnswerSooner => ("Give this stage more hands.", "为该阶段增派人手。"),
        A::LookCloser => {
            ("Look at what is different here before anything is changed.", "先弄清这里有何不同，再作改变。")
        }
        A::Unspecified => ("", ""),
    };
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::insight::{comparison::Comparison, finding::Pass, look::LOOKS};

    fn found_of(kind: InsightKind, value: &str, one: (i64, i64), other: (i64, i64)) -> (Finding, &'static Look) {
        let look = Look::of(kind).unwrap();
        let within = look.within.map(|_| "interview_invitation").unwrap_or_default().to_owned();
        let (value, against) = (value.to_owned(), "plain".to_owned());
        let days = look.days(DateTime::UNIX_EPOCH);
        let compared = Comparison { look, days, within, value, against, one, other };
        (Pass::of(&[compared]).proposed.remove(0), look)
    }

    #[test]
    fn a_finding_says_what_how_much_of_how_many_and_how_it_is_known() {
        let told = |kind, value, one, other, lang| {
            let (finding, look) = found_of(kind, value, one, other);
            sentence(&finding, look, lang)
        };
        assert_eq!(
            told(K::MessageFeature, "team_introduction=yes", (410, 1000), (320, 1000), Lang::En),
            "Messages of the kind interview invitation that have the feature team introduction are answered more often than \
             those without: +9.0 points (95.0 % interval +4.8 to +13.2). 41.0 % of 1000 against 32.0 % of 1000. Merely \
             observed: something else may lie behind it."
        );
        assert_eq!(
            told(K::MessageFeature, "team_introduction=yes", (410, 1000), (320, 1000), Lang::Zh),
            "面试邀请中带有“团队介绍”的，回复率比没有的更高：+9.0 个百分点（95.0 % 区间 +4.8 至 +13.2）。1000 中的 41.0 %，\
             对照 1000 中的 32.0 %。仅为观察所得，背后可能另有原因。"
        );
        let tag = told(K::TagActivation, "skill/新能源", (42, 100), (200, 1000), Lang::En);
        assert!(tag.contains("2.1 times the others' share (95.0 % interval 1.6 to 2.7). 42.0 % of 100"), "{tag}");
        let arm = told(K::ExperimentArm, "warm", (300, 1000), (400, 1000), Lang::En);
        assert!(arm.contains("arm warm is answered less often than that of arm plain: -10.0 points"), "{arm}");
    }

    #[test]
    fn advice_fits_what_was_found() {
        let of = |kind, value, more: bool| {
            let (one, other) = if more { ((500, 1000), (300, 1000)) } else { ((300, 1000), (500, 1000)) };
            let (finding, look) = found_of(kind, value, one, other);
            action(&finding, look)
        };
        for (kind, value, more, fewer) in [
            (K::ExperimentArm, "b", A::PublishArm, A::DropArm),
            (K::CampaignLift, "treatment", A::RepeatCampaign, A::EndCampaign),
            (K::MessageFeature, "reason=yes", A::TryInExperiment, A::TryInExperiment),
            (K::MessageChannel, "sms", A::LookCloser, A::ChangeChannel),
            (K::TagActivation, "skill/rust", A::FavorTag, A::SpareTag),
            (K::NoShowLeadTime, "14d+", A::ShortenLeadTime, A::LookCloser),
            (K::NoShowLeadTime, "<1d", A::LookCloser, A::ShortenLeadTime),
            (K::NoShowFollowUp, "none", A::SendReminder, A::LookCloser),
            (K::NoShowFollowUp, "2-7d", A::MoveReminder, A::MoveReminder),
            (K::NoShowConfirmed, "no", A::AskForConfirmation, A::LookCloser),
            (K::NoShowConfirmed, "yes", A::LookCloser, A::AskForConfirmation),
            (K::NoShowChannel, "sms", A::ChangeChannel, A::LookCloser),
            (K::NoShowStage, "onsite", A::ReviewStage, A::LookCloser),
            (K::NoShowSource, "referral", A::ReviewSource, A::LookCloser),
            (K::HiresSource, "referral", A::FavorSource, A::ReviewSource),
            (K::OfferSource, "referral", A::LookCloser, A::ReviewSource),
            (K::SilenceStage, "onsite", A::AnswerSooner, A::LookCloser),
        ] {
            assert_eq!((of(kind, value, true), of(kind, value, false)), (more, fewer), "{kind:?} {value}");
        }
    }

    #[test]
    fn every_kind_has_its_words_and_its_advice_in_both_directions() {
        for look in &LOOKS {
            for (one, other) in [((500, 1000), (300, 1000)), ((300, 1000), (500, 1000))] {
                let (finding, look) = found_of(look.kind, "x", one, other);
                let (english, chinese) = (sentence(&finding, look, Lang::En), sentence(&finding, look, Lang::Zh));
                assert!(english.is_ascii() && english.len() > 60, "{english}");
                assert!(!chinese.is_ascii() && chinese.chars().count() > 30, "{chinese}");
                let is_random = look.design() == InsightDesign::Randomized;
                assert_eq!(english.contains("drawn at random"), is_random);
                let action = action(&finding, look);
                assert!(!advice(action, Lang::En).is_empty() && !advice(action, Lang::Zh).is_empty());
            }
        }
    }
}
