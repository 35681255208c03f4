//! `usher lint` as a writer of messages uses it.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use usher_tests::program::binary;

const CLEAN: &str = "林女士，您好！晨光科技想邀请您参加“Java 后端工程师”职位的面试。时间：2026年12月3日（星期四）14:00（北京时间），\
    大约 1 小时；地点：上海市徐汇区漕河泾路 88 号 3 楼。请携带身份证。请在 12月2日 12:00 前回复本邮件确认或另选时间。\
    联系人：周敏，+86 21 5555 0100。";
const VAGUE: &str = "请问您明天上午有空来面试吗？";

fn lint(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(binary())
        .arg("lint")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("usher can be started");
    // Misused, it ends before it reads.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn invitation(input: &str, more: &[&str]) -> Output {
    lint(&[&["--kind", "interview_invitation", "--lang", "zh-CN", "-"], more].concat(), input)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn it_ends_with_0_when_clean_with_1_for_errors_and_with_2_for_warnings() {
    let clean = invitation(CLEAN, &[]);
    assert_eq!(clean.status.code(), Some(0), "{}", said(&clean));
    assert!(said(&clean).contains("score 100 of 100: 0 errors, 0 warnings"));
    let vague = invitation(VAGUE, &[]);
    assert_eq!(vague.status.code(), Some(1), "{}", said(&vague));
    let warned = invitation(&format!("{CLEAN}方便的话请尽快回复。"), &[]);
    assert_eq!(warned.status.code(), Some(2), "{}", said(&warned));
}

#[test]
fn a_person_sees_where_why_and_what_to_do() {
    let shown = said(&invitation(VAGUE, &[]));
    assert!(shown.contains("-: error: missing_date"), "{shown}");
    assert!(shown.contains("-:1:8: warning: vague_time"), "{shown}");
    assert!(shown.contains("\n  请问您明天上午有空来面试吗？\n                ^^^^^^^^^^^^"), "{shown}");
    assert!(shown.contains("→ 直接给出具体的日期和钟点"), "{shown}");
}

#[test]
fn a_program_gets_json() {
    let json: Value = serde_json::from_str(&said(&invitation(VAGUE, &["--json"]))).unwrap();
    assert_eq!((json["kind"].as_str(), json["language"].as_str()), (Some("interview_invitation"), Some("zh-CN")));
    assert!(json["score"].as_u64().unwrap() < 20);
    let findings = json["findings"].as_array().unwrap();
    let of = |rule: &str| findings.iter().find(|finding| finding["rule"] == rule).unwrap();
    let vague = of("vague_time");
    assert_eq!((&vague["span"]["start"], &vague["line"], &vague["column"]), (&7.into(), &1.into(), &8.into()));
    assert!(vague["quote"].as_str().unwrap().starts_with("有空来面试吗"));
    let missing = of("missing_time");
    assert!(missing["span"].is_null() && missing["severity"] == "error" && missing["quote"] == "");
}

#[test]
fn a_file_is_read_in_either_script() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.txt");
    std::fs::write(&file, "請問您明天上午有空來面試嗎？").unwrap();
    let arguments = ["--kind", "interview_invitation", "--lang", "zh-Hant", file.to_str().unwrap()];
    let output = lint(&arguments, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("message.txt:1:8: warning: vague_time"), "{}", said(&output));
}

#[test]
fn misuse_says_what_there_is_and_ends_otherwise() {
    for (arguments, told) in [
        (vec!["--kind", "interview", "--lang", "en", "-"], "interview_invitation"),
        (vec!["--kind", "custom", "--lang", "de", "-"], "zh-CN, en"),
        (vec!["--lang", "en", "-"], "--kind"),
        (vec!["--kind", "custom", "--lang", "en"], "FILE"),
        (vec!["--kind", "custom", "--lang", "en", "--loud", "-"], "--loud"),
    ] {
        let output = lint(&arguments, "");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {complaint}");
        assert!(complaint.contains(told), "{complaint}");
    }
    let absent = lint(&["--kind", "custom", "--lang", "en", "/nowhere/at/all"], "");
    assert_eq!(absent.status.code(), Some(66));
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(lint(&["--kind", "custom", "--lang", "en", binary.to_str().unwrap()], "").status.code(), Some(66));
}

#[test]
fn the_rules_are_listed() {
    let all = lint(&["--rules"], "");
    assert_eq!(all.status.code(), Some(0));
    assert!(said(&all).contains("missing_date") && said(&all).contains("missing_pay"));
    let some = said(&lint(&["--rules", "--kind", "interview_invitation", "--lang", "zh-CN"], ""));
    assert!(some.contains("没有具体日期") && !some.contains("missing_pay"), "{some}");
    let json: Value = serde_json::from_str(&said(&lint(&["--rules", "--json"], ""))).unwrap();
    assert_eq!(json.as_array().unwrap().len(), clarity::rules().len());
}
