//! What programs put around an answer.

use proptest::prelude::*;

use super::*;

#[test]
fn what_programs_put_around_an_answer() {
    for (program, text, words) in cases() {
        assert_eq!(own_words(text).words, words, "{program}");
    }
}

/// Each program, a text of its, and what the writer says in it.
fn cases() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        (
            "Gmail, wrapped",
            "Yes, that works.\n\nOn Mon, Nov 30, 2026 at 10:00 AM The Hiring Team of Example\n<reply+abc@usher.example.com>\nwrote:\n> Dear Ann\n",
            "Yes, that works.",
        ),
        (
            "Gmail, Chinese",
            "好的，我会参加\n\nUsher <reply+t@example.com> 于2026年11月30日周一 10:00写道：\n\n> 您好\n",
            "好的，我会参加",
        ),
        (
            "Gmail, traditional",
            "可以的\n\nUsher <reply+t@example.com> 於 2026年11月30日 週一 上午10:00寫道：\n> 您好",
            "可以的",
        ),
        (
            "Apple",
            "Can we do Friday?\n\nAnn\n\n> On 30 Nov 2026, at 10:00, Usher <a@example.com> wrote:\n> \n> Dear Ann\n",
            "Can we do Friday?\n\nAnn",
        ),
        (
            "Apple, Chinese",
            "没问题\n\n发自我的 iPhone\n\n> 在 2026年11月30日，上午10:00，Usher <a@example.com> 写道：\n> \n> 您好\n",
            "没问题",
        ),
        ("Apple, newer", "没问题\n\n> 2026年11月30日 10:00，Usher <a@example.com> 写道：\n> 您好\n", "没问题"),
        (
            "Outlook",
            "I have to decline.\n\nAnn\n\n-----Original Message-----\nFrom: Usher <a@example.com>\nSent: Monday, November 30, 2026 10:00 AM\nTo: Ann\nSubject: Interview\n\nDear Ann, can you come?\n",
            "I have to decline.\n\nAnn",
        ),
        (
            "Outlook, head",
            "See you.\n________________________________\nFrom: Usher <a@example.com>\nSent: Monday\nTo: Ann <b@example.com>\nSubject: Interview\n\nDear Ann\n",
            "See you.",
        ),
        (
            "Outlook, Chinese",
            "收到，会准时到。\n\n发件人: Usher <a@example.com>\n发送时间: 2026年11月30日 10:00\n收件人: 李雷 <b@example.com>\n主题: 面试邀请\n\n您好\n",
            "收到，会准时到。",
        ),
        (
            "Outlook, one line",
            "好的\n\n发件人： Usher 发送时间： 2026年11月30日 10:00 收件人： 李雷 主题： 面试\n\n您好",
            "好的",
        ),
        (
            "Outlook, traditional",
            "好的\n\n寄件者: Usher\n寄件日期: 2026年11月30日\n收件者: 李雷\n主旨: 面試\n\n您好",
            "好的",
        ),
        (
            "Outlook, telephone",
            "好的\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n发件人: Usher <a@example.com>\n发送时间: 2026年\n收件人: 李雷\n主题: 面试\n\n您好",
            "好的",
        ),
        (
            "QQ",
            "我参加\n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人: \"Usher\" <a@example.com>;\n发送时间: 2026年11月30日(星期一) 上午10:00\n\n您好",
            "我参加",
        ),
        ("QQ, telephone", "我参加\n\n---原始邮件---\n发件人: Usher\n\n您好", "我参加"),
        ("QQ, English", "ok\n\n------------------ Original ------------------\nFrom: Usher\n\nhi", "ok"),
        ("163", "可以\n\n\n\n\nAt 2026-11-30 10:00:00, \"Usher\" <a@example.com> wrote:\n>您好\n>请\n", "可以"),
        ("163, Chinese", "可以\n\n在 2026-11-30 10:00:00，\"Usher\" <a@example.com> 写道：\n\n您好，请回复", "可以"),
        (
            "163, telephone",
            "可以\n\n| |\n李雷\n|\n|\nlilei@example.com\n|\n签名由网易邮箱大师定制\n---- 回复的原邮件 ----\n| 发件人 | Usher |\n| 发送日期 | 2026 |\n\n您好",
            "可以\n\n| |\n李雷\n|\n|\nlilei@example.com\n|",
        ),
        (
            "Foxmail",
            "好的，谢谢\n\n\n\n李雷\n \n发件人： Usher\n发送时间： 2026-11-30 10:00\n收件人： lilei\n主题： 面试\n您好",
            "好的，谢谢\n\n李雷",
        ),
        (
            "Aliyun",
            "好的\n------------------------------------------------------------------\n发件人：Usher <a@example.com>\n发送时间：2026年11月30日\n收件人：李雷\n主　题：面试\n\n您好",
            "好的",
        ),
        ("Coremail", "好的\n\n-----原始邮件-----\n发件人:Usher\n发送时间:2026\n\n您好", "好的"),
        (
            "Lotus",
            "I will be there.\n\nAnn\n\n\n\nFrom:\tUsher <a@example.com>\nTo:\tann@example.com\nDate:\t11/30/2026 10:00 AM\nSubject:\tInterview\n\n\n\nDear Ann",
            "I will be there.\n\nAnn",
        ),
        ("Lotus, dashes", "Fine.\n\n-----Usher <a@example.com> wrote: -----\nTo: Ann\n\nDear Ann", "Fine."),
        (
            "Yahoo",
            "Works\n\n    On Monday, November 30, 2026 at 10:00:00 AM GMT+8, Usher <a@example.com> wrote:  \n \n Dear Ann",
            "Works",
        ),
        (
            "answers between",
            "On Mon, 30 Nov 2026 Usher <a@example.com> wrote:\n> Can you come on Tuesday?\n\nYes.\n\n> Do you need a visa?\nNo, I don't.\n\n-- \nAnn\n+86 10 0000 0100\n",
            "Yes.\n\nNo, I don't.",
        ),
        ("below the quote", "> Can you come?\n> Usher\n\nYes, gladly.\nAnn", "Yes, gladly.\nAnn"),
        ("signature", "Yes.\n--\nAnn Lee\nEngineer", "Yes."),
        (
            "letter",
            "I will attend.\n\nBest regards,\nAnn Lee\nSenior Engineer\nTel: +86 10 0000 0100\nann@example.com",
            "I will attend.",
        ),
        ("letter, Chinese", "我会准时参加面试。\n\n此致\n敬礼！\n\n李雷\n2026年11月30日", "我会准时参加面试。"),
        (
            "greeting, then more",
            "Best regards to all.\nCan you tell me the address?",
            "Best regards to all.\nCan you tell me the address?",
        ),
        ("thanks with a question", "Thanks,\nTuesday works for me", "Thanks,\nTuesday works for me"),
        ("thanks with a way", "好的，周四见。\n谢谢\n李雷\n电话：138 0000 0100", "好的，周四见。\n谢谢"),
        ("block", "周四可以。\n\n李雷\n手机：13800000100\n邮箱：lilei@example.com", "周四可以。"),
        ("asked for", "手机：13800000100\n邮箱：lilei@example.com", "手机：13800000100\n邮箱：lilei@example.com"),
        (
            "disclaimer",
            "OK\n\nThis e-mail and any attachments are confidential and intended solely for the addressee.\nIf you are not the intended recipient, delete it.",
            "OK",
        ),
        ("disclaimer, Chinese", "好的\n\n本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。", "好的"),
        ("telephones", "OK\n\nSent from my iPhone", "OK"),
        ("telephones, Chinese", "OK\n發自我的iPhone", "OK"),
        ("telephones, more", "行\n来自我的华为手机", "行"),
        (
            "no quote",
            "The posting wrote: five years. On Tuesday I am free.\nFrom: Monday on I am away.",
            "The posting wrote: five years. On Tuesday I am free.\nFrom: Monday on I am away.",
        ),
        ("said", "招聘启事上写道：要求五年经验，我只有三年", "招聘启事上写道：要求五年经验，我只有三年"),
        ("hidden", "Y\u{200b}es\u{202e}", "Yes"),
        ("empty", "", ""),
    ]
}

#[test]
fn what_is_left_out_is_told() {
    let found = own_words("Yes.\n--\nAnn\n\n> old\n");
    let whys: Vec<_> = found.left_out.iter().map(|one| (one.why, one.lines.clone())).collect();
    assert_eq!(whys, [(Why::Signature, 1..4), (Why::Quote, 4..5)]);
}

proptest! {
    #[test]
    fn words_are_lines_of_the_text(text in "(\\PC{0,30}\n|> \\PC{0,9}\n|-- \n|On 1 wrote:\n|谢谢\n|From: a\n|To: b\n|Date: c\n){0,12}") {
        let cleaned = mime::clean(&text);
        let known: Vec<_> = cleaned.lines().map(str::trim).collect();
        let found = own_words(&text);
        for line in found.words.lines().filter(|line| !line.is_empty()) {
            prop_assert!(known.contains(&line.trim()));
        }
        let left: usize = found.left_out.iter().map(|one| one.lines.len()).sum();
        prop_assert!(left <= cleaned.lines().count());
    }

    #[test]
    fn own_words_have_none_but_own_words(words in "[a-z ]{1,40}") {
        prop_assume!(!words.trim().is_empty());
        let quoted = format!("{words}\n\nOn Mon, 30 Nov 2026 Usher <a@example.com> wrote:\n> x\n> y\n");
        prop_assert_eq!(own_words(&quoted).words, own_words(&words).words);
    }
}
