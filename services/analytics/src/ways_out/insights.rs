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
    match lang {
        Lang::En => format!(
            "{}: {} ({} points); {percent_one} of {} against {percent_other} of {}. {}",
            claim(look.kind, finding, more),
            effect(finding, look.kind, lang),
            points(&finding.difference, lang),
            one.1,
            other.1,
            design(look, lang),
        ),
        Lang::Zh => format!(
            "{}：{}（{}个百分点）；{} 中的 {percent_one}，对照 {} 中的 {percent_other}。{}",
            claim_zh(look.kind, finding, more),
            effect(finding, look.kind, lang),
            points(&finding.difference, lang),
            one.1,
            other.1,
            design(look, lang),
        ),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn percent(k: i64, n: i64) -> f64 {
    if n == 0 { 0.0 } else { k as f64 / n as f64 * 100.0 }
}

/// People's return is told as a ratio, all else in points.
fn effect(finding: &Finding, kind: K, lang: Lang) -> String {
    let times = finding.ratio.filter(|_| matches!(kind, K::TagActivation | K::HiresSource));
    match (times, lang) {
        (Some(ratio), Lang::En) => {
            format!("{:.1} times the others' share ({:.1} to {:.1})", ratio.value, ratio.lower, ratio.upper)
        }
        (Some(ratio), Lang::Zh) => {
            format!("为其他的 {:.1} 倍（{:.1} 至 {:.1}）", ratio.value, ratio.lower, ratio.upper)
        }
        (None, Lang::En) => format!("{:+.1} points", finding.difference.value * 100.0),
        (None, Lang::Zh) => format!("{:+.1} 个百分点", finding.difference.value * 100.0),
    }
}

fn points(difference: &Interval, lang: Lang) -> String {
    let (lower, upper) = (difference.lower * 100.0, difference.upper * 100.0);
    match lang {
        Lang::En => format!("{lower:+.1} to {upper:+.1}"),
        Lang::Zh => format!("{lower:+.1} 至 {upper:+.1} "),
    }
}

fn design(look: &Look, lang: Lang) -> &'static str {
    match (look.design(), lang) {
        (InsightDesign::Randomized, Lang::En) => "Who got which was drawn at random, so this is what it did.",
        (InsightDesign::Randomized, Lang::Zh) => "分组是随机的，差别由此而来。",
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
            format!("In {}, the text of arm {value} is answered {often} than that of the first arm", finding.within)
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
        K::ExperimentArm => format!("在实验 {within} 中，{value} 组文本的回复率比第一组{high}"),
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

/// What is suggested.
pub fn action(finding: &Finding, look: &Look) -> InsightAction {
    let more = finding.difference.value > 0.0;
    match look.kind {
        K::ExperimentArm => either(more, A::PublishArm, A::KeepFirstArm),
        K::CampaignLift => either(more, A::RepeatCampaign, A::EndCampaign),
        K::MessageFeature | K::MessageClarity | K::Template => A::TryInExperiment,
        K::MessageChannel => either(more, A::LearnFromIt, A::ChangeChannel),
        K::TagActivation => either(more, A::FavorTag, A::SpareTag),
        // Less is better from here on, but for hires and offers.
        K::NoShowLeadTime => either(more, A::ShortenLeadTime, A::LearnFromIt),
        K::NoShowFollowUp => A::MoveReminder,
        K::NoShowConfirmed => A::AskForConfirmation,
        K::NoShowChannel => either(more, A::ChangeChannel, A::LearnFromIt),
        K::NoShowStage => either(more, A::ReviewStage, A::LearnFromIt),
        K::NoShowSource => either(more, A::ReviewSource, A::LearnFromIt),
        K::HiresSource => either(more, A::FavorSource, A::ReviewSource),
        K::OfferSource => either(more, A::LearnFromIt, A::ReviewSource),
        K::SilenceStage => either(more, A::AnswerSooner, A::LearnFromIt),
        K::Unspecified => A::Unspecified,
    }
}

fn either(more: bool, one: A, other: A) -> A {
    if more { one } else { other }
}

/// The action in words.
pub fn advice(action: InsightAction, lang: Lang) -> &'static str {
    let (english, chinese) = match action {
        A::PublishArm => ("Publish this arm's text and end the experiment.", "发布该组文本，结束实验。"),
        A::KeepFirstArm => ("Keep the first arm's text and end the experiment.", "保留第一组文本，结束实验。"),
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
        A::MoveReminder => (
            "Have the last reminder go out at the distance that is missed least.",
            "把最后一次提醒放在爽约最少的时间发出。",
        ),
        A::AskForConfirmation => ("Ask for a yes, and call whoever gives none.", "请候选人确认，未确认的打电话联系。"),
        A::ChangeChannel => ("Write over another channel.", "换一个渠道联系。"),
        A::ReviewStage => ("Look at what people of this stage are told, and when.", "检查该阶段的人何时收到什么消息。"),
        A::ReviewSource => ("Look at how people of this source are met.", "检查来自该来源的人受到怎样的对待。"),
        A::FavorSource => ("Spend more on this source.", "在该来源多投入。"),
        A::AnswerSooner => {
            ("Give this stage more hands, or a shorter time to answer within.", "为该阶段增派人手，或缩短答复期限。")
        }
        A::LearnFromIt => ("Do elsewhere as it is done here.", "在其他地方照此办理。"),
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
    use crate::domain::insight::{
        comparison::Comparison,
        finding::Pass,
        look::{Against, LOOKS},
    };

    fn found(look: &'static Look, one: (i64, i64), other: (i64, i64)) -> Finding {
        let value = if look.against == Against::Without { "team_introduction=yes" } else { "x" };
        let within = look.within.map(|_| "interview_invitation").unwrap_or_default();
        let span = look.span(DateTime::UNIX_EPOCH);
        let compared = Comparison { look, span, within: within.to_owned(), value: value.to_owned(), one, other };
        Pass::of(&[compared]).proposed.remove(0)
    }

    #[test]
    fn a_finding_says_what_how_much_of_how_many_and_how_it_is_known() {
        let look = Look::of(K::MessageFeature).unwrap();
        let finding = found(look, (410, 1000), (320, 1000));
        assert_eq!(
            sentence(&finding, look, Lang::En),
            "Messages of the kind interview invitation that have the feature team introduction are answered more often than \
             those without: +9.0 points (+4.8 to +13.2 points); 41.0 % of 1000 against 32.0 % of 1000. Merely observed: \
             something else may lie behind it."
        );
        assert_eq!(
            sentence(&finding, look, Lang::Zh),
            "面试邀请中带有“团队介绍”的，回复率比没有的更高：+9.0 个百分点（+4.8 至 +13.2 个百分点）；1000 中的 41.0 %，\
             对照 1000 中的 32.0 %。仅为观察所得，背后可能另有原因。"
        );
        let look = Look::of(K::TagActivation).unwrap();
        let told = sentence(&found(look, (42, 100), (200, 1000)), look, Lang::En);
        assert!(told.contains("2.1 times the others' share (1.6 to 2.7)"), "{told}");
    }

    #[test]
    fn every_kind_has_its_words_and_its_advice_in_both_directions() {
        for look in &LOOKS {
            for (one, other) in [((500, 1000), (300, 1000)), ((300, 1000), (500, 1000))] {
                let finding = found(look, one, other);
                let (english, chinese) = (sentence(&finding, look, Lang::En), sentence(&finding, look, Lang::Zh));
                assert!(english.is_ascii() && english.len() > 60, "{english}");
                assert!(!chinese.is_ascii() && chinese.chars().count() > 30, "{chinese}");
                let is_random = look.design() == InsightDesign::Randomized;
                assert_eq!(english.contains("at random"), is_random);
                let action = action(&finding, look);
                assert!(!advice(action, Lang::En).is_empty() && !advice(action, Lang::Zh).is_empty());
            }
        }
    }
}
