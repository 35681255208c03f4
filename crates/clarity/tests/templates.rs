//! The texts that Usher comes with, filled with all their facts, are clean.
#![expect(clippy::unwrap_used, reason = "a template that can not be filled fails the test")]

use std::path::Path;

use clarity::{Kind, Language, Linter, Tuning};
use minijinja::{Environment, UndefinedBehavior, Value, context};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../services/outreach/templates");

fn facts(language: Language) -> Value {
    match language {
        Language::Chinese => context! {
            name => "林晓", position => "Java 后端工程师", company => "晨光科技",
            when => "2026年12月3日（星期四）14:00（Asia/Shanghai，UTC+08:00）", when_short => "12月3日（星期四）14:00",
            duration => "1小时", place => "上海市徐汇区漕河泾路 88 号 3 楼", link => "https://meet.example.com/1",
            offered_times => ["2026年12月4日（星期五）10:00（Asia/Shanghai，UTC+08:00）"],
            interviewers => ["周敏, 后端负责人"], materials => ["身份证"], contact_name => "周敏",
            contact_channel => "+86 21 5555 0100",
            answer_by => "2026年12月2日（星期三）12:00（Asia/Shanghai，UTC+08:00）",
            answer_link => "https://usher.example/c/abc", team_introduction => "订单平台组，六个人。",
            start_date => "2026年12月15日（星期二）", pay => "CNY 25,000.00 / 月", employment_type => "全职",
            benefits => "年终奖", checklist => ["身份证复印件"], body => "我们正在扩建订单平台组。", subject => "您好",
            topic => "订单服务的拆分", strengths => "您把两种方案的取舍讲得很清楚。", advice => "可以多练习容量估算。",
            reason => "这个团队目前需要一位做过支付系统的同事。", skill => "Rust", referrer => "周敏",
        },
        Language::English => context! {
            name => "Lin Xiao", position => "Java Backend Engineer", company => "Morgenlicht",
            when => "Thursday, 3 December 2026, 14:00 (Europe/Berlin, UTC+01:00)", when_short => "Thu 3 Dec, 14:00",
            duration => "1 hour", place => "Lindenstr. 40, Berlin, 3rd floor", link => "https://meet.example.com/1",
            offered_times => ["Friday, 4 December 2026, 10:00 (Europe/Berlin, UTC+01:00)"],
            interviewers => ["Mina Rossi, backend lead"], materials => ["photo ID"], contact_name => "Rita Roth",
            contact_channel => "+49 30 5550 0100",
            answer_by => "Wednesday, 2 December 2026, 12:00 (Europe/Berlin, UTC+01:00)",
            answer_link => "https://usher.example/c/abc", team_introduction => "Six people who build the order platform.",
            start_date => "Tuesday, 15 December 2026", pay => "EUR 60,000.00 per year", employment_type => "full-time",
            benefits => "a yearly bonus", checklist => ["a copy of your identity card"],
            body => "We are building up the order team.", subject => "Hello",
            topic => "how to split the order service", strengths => "You weighed two designs against each other.",
            advice => "Estimate load and storage before choosing a database.",
            reason => "The team needs somebody who has run a payment service before.", skill => "Rust",
            referrer => "Mina Rossi",
        },
    }
}

fn filled(source: &str, language: Language) -> String {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    // The first line is the subject, then an empty line, then the body.
    let body = source.split_once("\n\n").map_or(source, |(_, body)| body);
    engine.render_str(body, facts(language)).unwrap()
}

/// The kind and the language of `interview_invitation.zh-CN.txt` and `interview_invitation.online.en.txt`; none for other
/// files.
fn named(path: &Path) -> Option<(Kind, Language)> {
    let mut parts = path.file_stem()?.to_str()?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next_back()?.parse().ok()?))
}

#[test]
fn every_text_that_usher_comes_with_is_clean() {
    let mut seen = 0;
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let Some((kind, language)) = named(&path) else { continue };
        let text = filled(&std::fs::read_to_string(&path).unwrap(), language);
        let report = Linter::lint(kind, language, &text, &Tuning::default());
        // What a recruiter writes by hand is theirs; alone it asks for nothing.
        if kind != Kind::Custom {
            assert!(report.is_clean(), "{}:\n{text}\n{report:#?}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 24, "{seen}");
}

#[test]
fn an_invitation_lacks_each_fact_that_is_taken_out() {
    for (language, taken) in [
        (Language::Chinese, [("大约1小时", "missing_duration"), ("请携带：身份证\n", "missing_materials")]),
        (
            Language::English,
            [(", about 1 hour", "missing_duration"), ("Please bring: photo ID\n", "missing_materials")],
        ),
    ] {
        let path = format!("{FOLDER}/interview_invitation.{language}.txt");
        let text = filled(&std::fs::read_to_string(path).unwrap(), language);
        for (part, rule) in taken {
            let rest = text.replace(part, "");
            assert_ne!(rest, text, "{part}");
            let report = Linter::lint(Kind::InterviewInvitation, language, &rest, &Tuning::default());
            assert_eq!(report.rules(), [rule], "{rest}");
        }
    }
}
