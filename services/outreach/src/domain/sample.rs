//! Invented facts, for looks at a template and for holding one against its kind before anybody is written to.

use chassis::wire;
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::MessageFacts;

/// Somebody who does not exist.
pub fn name(language: &str) -> &'static str {
    if language == "en" { "Lin Xiao" } else { "林晓" }
}

/// All that a message may say, in a language, about a meeting a week from `now`.
pub fn facts(language: &str, now: DateTime<Utc>) -> MessageFacts {
    let texts = if language == "zh-CN" { chinese() } else { english() };
    // 14:00 of Shanghai's day.
    let day = (now + TimeDelta::days(7)).date_naive();
    let start = day.and_hms_opt(6, 0, 0).map_or(now, |time| time.and_utc());
    MessageFacts {
        start_time: Some(wire::timestamp(start)),
        duration: Some(wire::duration(TimeDelta::minutes(45))),
        time_zone: "Asia/Shanghai".to_owned(),
        link: "https://meet.example.com/4711".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        answer_by: Some(wire::timestamp(start - TimeDelta::days(3))),
        offered_times: [1, 2].map(|days| wire::timestamp(start + TimeDelta::days(days))).to_vec(),
        start_date: (day + TimeDelta::days(21)).to_string(),
        salary_amount: "25000.00".to_owned(),
        salary_currency: "CNY".to_owned(),
        salary_period: "month".to_owned(),
        employment_type: "full_time".to_owned(),
        skill: "Rust".to_owned(),
        ..texts
    }
}

fn english() -> MessageFacts {
    MessageFacts {
        position: "Java Engineer".to_owned(),
        company: "Example Ltd".to_owned(),
        place: "Example Road 88, floor 3".to_owned(),
        interviewers: vec!["Zhou Min, head of engineering".to_owned()],
        materials: vec!["your identity card".to_owned(), "a sample of your work".to_owned()],
        contact_name: "Rita Lin".to_owned(),
        team_introduction: "Six people who run the order platform.".to_owned(),
        subject: "Our talk on Monday".to_owned(),
        body: "We have kept your questions and answer them when we meet.".to_owned(),
        benefits: "13th salary, 15 days of leave.".to_owned(),
        checklist: vec!["Copy of the identity card".to_owned(), "Bank account for the salary".to_owned()],
        topic: "how to split the order service".to_owned(),
        strengths: "You weighed two designs against each other and said what each of them costs.".to_owned(),
        advice: "Estimate load and storage before choosing a database; a sheet of figures is enough.".to_owned(),
        reason: "The team needs somebody who has run a payment service before.".to_owned(),
        referrer: "Zhou Min".to_owned(),
        ..MessageFacts::default()
    }
}

fn chinese() -> MessageFacts {
    MessageFacts {
        position: "Java 后端工程师".to_owned(),
        company: "晨光科技".to_owned(),
        place: "漕河泾示例路 88 号 3 楼".to_owned(),
        interviewers: vec!["周敏，后端负责人".to_owned()],
        materials: vec!["身份证".to_owned(), "一份代表作品".to_owned()],
        contact_name: "林丽".to_owned(),
        team_introduction: "订单平台组，六个人，负责下单到出库的全部服务。".to_owned(),
        subject: "周一的面谈安排".to_owned(),
        body: "您提的几个问题我们已经记下，见面时逐一答复。".to_owned(),
        benefits: "十三薪，每年 15 天年假。".to_owned(),
        checklist: vec!["Copy of the identity card".to_owned(), "Bank account for the salary".to_owned()],
        checklist_zh: vec!["身份证复印件".to_owned(), "工资卡账号".to_owned()],
        topic: "订单服务的拆分".to_owned(),
        strengths: "您对比了两种方案，并且讲清了各自的代价。".to_owned(),
        advice: "选数据库之前先估算访问量和存储量，一页数字就够。".to_owned(),
        reason: "这个团队目前需要一位做过支付系统的同事。".to_owned(),
        referrer: "周敏".to_owned(),
        ..MessageFacts::default()
    }
}
