//! Sentences and invitations that the linter was made for.
#![expect(clippy::panic, reason = "a helper that can not do its part fails the test")]

use clarity::{Finding, Kind, Language, Linter, Report, Severity, Tuning};

fn invitation(language: Language, text: &str) -> Report {
    Linter::lint(Kind::InterviewInvitation, language, text, &Tuning::default())
}

fn finding<'a>(report: &'a Report, rule: &str) -> &'a Finding {
    report
        .findings
        .iter()
        .find(|finding| finding.rule == rule)
        .unwrap_or_else(|| panic!("{rule} is not in {report:#?}"))
}

#[test]
fn a_vague_question_is_told_what_to_offer() {
    for text in [
        "请问您明天上午有空来面试吗?",
        "请问您明天上午有空来面试吗？",
        "請問您明天上午有空來面試嗎？",
        "請問您明天上午有空來面試嗎?",
        "请问 您 明天上午 有空 来面试 吗 ？",
    ] {
        let report = invitation(Language::Chinese, text);
        let vague = finding(&report, "vague_time");
        assert!(vague.quote.starts_with("有空"), "{vague:?}");
        assert!(vague.suggestion.contains("具体的日期和钟点"), "{vague:?}");
        for rule in [
            "missing_position",
            "missing_company",
            "missing_date",
            "missing_time",
            "missing_time_zone",
            "missing_place",
            "missing_duration",
            "missing_contact",
            "missing_answer_by",
        ] {
            let missing = finding(&report, rule);
            assert_eq!((missing.severity, &missing.span), (Severity::Error, &None), "{text}");
        }
        assert_eq!(report.score, 0);
    }
}

#[test]
fn an_ask_that_is_taken_back_is_told_to_ask_plainly() {
    for text in
        ["要是不方便的话,我们再改时间也行", "要是不方便的话，我们再改时间也行。", "要是不方便的話，我們再改時間也行"]
    {
        let report = invitation(Language::Chinese, text);
        let polite = finding(&report, "over_polite");
        assert_eq!(polite.severity, Severity::Warning);
        assert!(polite.quote.contains("不方便的"), "{polite:?}");
        assert!(polite.suggestion.contains("礼貌而明确"), "{polite:?}");
    }
}

#[test]
fn what_is_denied_is_not_demanded() {
    let chinese = "本职位不限性别、年龄和户籍，已婚未婚均可，欢迎残障人士。无需携带任何材料，交通方便。";
    let english = "We welcome applicants of every age, sex, faith and origin. If you need an adjustment because of a \
                   disability, please tell us. There is nothing to bring.";
    for (language, text) in [(Language::Chinese, chinese), (Language::English, english)] {
        let report = invitation(language, text);
        let found = report.rules();
        assert!(!found.iter().any(|rule| rule.starts_with("discrimination")), "{report:#?}");
        assert!(!found.contains(&"missing_materials") && !found.contains(&"vague_time"), "{report:#?}");
    }
}

#[test]
fn a_day_that_the_calendar_has_not_is_no_date() {
    for (language, there, not) in
        [(Language::Chinese, "2月28日14:00", "2月30日14:00"), (Language::English, "on 28 February", "on 30 February")]
    {
        assert!(!invitation(language, there).rules().contains(&"missing_date"), "{there}");
        assert!(invitation(language, not).rules().contains(&"missing_date"), "{not}");
    }
}

#[test]
fn the_day_of_the_answer_is_not_the_day_of_the_interview() {
    for (language, text) in [
        (Language::Chinese, "请在12月2日18:00前回复本邮件。"),
        (Language::English, "Please reply by Wednesday, 2 December, 18:00."),
    ] {
        let found = invitation(language, text).rules();
        assert!(found.contains(&"missing_date") && found.contains(&"missing_time"), "{text}");
        assert!(!found.contains(&"missing_answer_by"), "{text}");
    }
}

#[test]
fn a_rule_that_is_off_says_nothing() {
    let mut tuning = Tuning::default();
    tuning.set("vague_time", None, clarity::Setting::Off).unwrap();
    let report = Linter::lint(Kind::InterviewInvitation, Language::Chinese, "请问您明天上午有空来面试吗?", &tuning);
    assert!(!report.rules().contains(&"vague_time"));
}

#[test]
fn only_whom_it_concerns_is_asked() {
    let report = Linter::lint(Kind::Feedback, Language::English, "Thank you for the conversation.", &Tuning::default());
    assert!(report.is_clean(), "{report:#?}");
}

#[test]
fn a_card_that_shows_who_somebody_is_is_no_photograph_of_them() {
    for (text, is_found) in [
        ("Please bring: a photo identity card, a pen", false),
        ("Please bring photo identification.", false),
        ("Please bring a photo of yourself.", true),
    ] {
        let found = invitation(Language::English, text).rules();
        assert_eq!(found.contains(&"discrimination_appearance"), is_found, "{text}");
    }
}
