//! Texts that nobody should write.
#![expect(clippy::expect_used, reason = "a helper that can not do its part fails the test")]

use clarity::{Kind, LONGEST, Language, Linter, MOST_FINDINGS, Report, Tuning, rule};
use proptest::{prelude::*, sample::select};

fn hold(kind: Kind, language: Language, text: &str) -> Report {
    let report = Linter::lint(kind, language, text, &Tuning::default());
    let characters: Vec<char> = text.chars().collect();
    assert!(report.findings.len() <= MOST_FINDINGS);
    for finding in &report.findings {
        let rule = rule(finding.rule).expect("a finding's rule is one that there is");
        assert!(rule.kinds.contains(&kind));
        assert_eq!((finding.reason, finding.suggestion), (rule.reason(language), rule.suggestion(language)));
        match &finding.span {
            Some(span) => {
                assert!(span.start < span.end, "{finding:?} in {text:?}");
                let said: String = characters[span.clone()].iter().collect();
                assert_eq!(said, finding.quote, "{text:?}");
            }
            None => assert_eq!(finding.quote, ""),
        }
    }
    let places: Vec<_> = report.findings.iter().map(|finding| finding.span.as_ref().map(|span| span.start)).collect();
    assert!(places.is_sorted(), "what is missing comes first, then all by place");
    report
}

/// What patterns are made of, in both languages, scripts and widths.
const WORDS: &[&str] = &[
    "有空",
    "吗",
    "方便",
    "的话",
    "請問",
    "您",
    "12月",
    "3日",
    "１４：００",
    "前",
    "之前",
    "年龄",
    "不限",
    "岁以下",
    "35",
    "“",
    "”",
    "「",
    "」",
    "(",
    "（",
    "北京时间",
    "！！",
    "。",
    "，",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\u{200b}",
    "e\u{301}",
    "㎡",
    "①",
    "🦀",
    "👨\u{200d}👩\u{200d}👧",
    "{{",
    "}}",
    "[name]",
    "http://",
    "@",
    "a.b",
    "please",
    "reply",
    "by",
    "Monday",
    "3 December",
    "14:00",
    "at",
    "Nordlicht",
    "no",
    "rush",
    "ASAP",
    "don't",
    "TODAY",
    "NOW",
    "ALL",
    "you",
    "failed",
    "to",
    "under",
    "women",
    "only",
    "+86 21 5555 0100",
    "UTC+8",
    "XX",
    "\u{0}",
    "\u{1b}",
    "\u{202e}",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_text_is_read(
        text in "\\PC{0,80}|(?s:.){0,80}",
        kind in select(Kind::ALL.to_vec()),
        language in select(Language::ALL.to_vec()),
    ) {
        hold(kind, language, &text);
    }

    #[test]
    fn any_mixture_of_what_is_looked_for_is_read(
        words in proptest::collection::vec(select(WORDS.to_vec()), 0..60),
        kind in select(Kind::ALL.to_vec()),
        language in select(Language::ALL.to_vec()),
    ) {
        hold(kind, language, &words.concat());
        hold(kind, language, &words.join(" "));
    }
}

#[test]
fn what_is_without_end_is_bounded() {
    for unit in [
        "有空吗",
        "a",
        "!",
        "1",
        "请在12月",
        "by Monday ",
        "(",
        "“",
        "\n",
        " ",
        "{{",
        "\u{301}",
        "看到您",
        "reply ",
        "@",
        "AAA ",
        "十",
        "0 ",
    ] {
        let text = unit.repeat(LONGEST * 2 / unit.chars().count());
        for language in Language::ALL {
            let report = hold(Kind::InterviewInvitation, language, &text);
            assert!(report.rules().contains(&"too_long") || text.trim().is_empty(), "{unit:?}");
        }
    }
}

#[test]
fn the_same_text_gets_the_same_report() {
    let text = "方便的话请尽快回复，最后机会！！！ ASAP";
    let once = hold(Kind::Custom, Language::Chinese, text);
    assert_eq!(once, hold(Kind::Custom, Language::Chinese, text));
}
