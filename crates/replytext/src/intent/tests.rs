//! What people say, and that a text of any kind is looked at within bounds.

use proptest::prelude::*;

use super::{IntentKind::*, *};

#[track_caller]
fn check(words: &str, kind: IntentKind) -> Intent {
    let found = intent(words);
    assert_eq!(found.kind, kind, "{words}: {found:?}");
    found
}

#[test]
fn one_thing_said_plainly() {
    for (words, kind) in [
        ("好的，我会准时参加。", Confirm),
        ("I'll be there, thank you.", Confirm),
        ("Tuesday at 3 pm works for me.", Confirm),
        ("能不能改到周四下午？", Reschedule),
        ("I have a conflict on Monday. Could we do Wednesday instead?", Reschedule),
        ("谢谢，我已经接受了其他公司的offer。", Decline),
        ("I would like to withdraw my application.", Decline),
        ("请问需要带什么材料？", Question),
        ("Where should I park?", Question),
        ("I am out of the office until Monday and will reply when I return.", OutOfOffice),
        ("我正在休假，期间无法及时回复邮件。", OutOfOffice),
        ("请不要再给我发邮件了", Unsubscribe),
        ("Please remove me from your list.", Unsubscribe),
        ("", Other),
        ("Thank you for your message.", Other),
        ("今天天气不错", Other),
    ] {
        check(words, kind);
    }
}

#[test]
fn negations_turn_words_over() {
    for words in ["我不能参加", "I can't attend", "时间不合适", "that does not work for me"] {
        assert_ne!(intent(words).kind, Confirm, "{words}");
    }
    check("不用改期，我会准时到", Confirm);
    check("No need to reschedule, I can make it.", Confirm);
}

#[test]
fn doubt_makes_less_sure() {
    let sure = check("我可以参加面试", Confirm).confidence;
    let unsure = intent("我可能可以参加面试");
    assert!(unsure.confidence < 0.75 && unsure.confidence < sure, "{unsure:?}");
    assert!(intent("I might be able to come").confidence < 0.75);
}

#[test]
fn of_several_the_one_that_must_not_be_lost() {
    let found = check("好的，我会参加。请问地址在哪里？", Confirm);
    assert!(found.also == [Question] && found.confidence < 0.75, "{found:?}");
    check("Yes, but could we move it to Friday?", Reschedule);
    check("我已经入职了别的公司，请不要再给我发邮件。", Unsubscribe);
    check("I'm travelling that day, can we reschedule?", Reschedule);
}

#[test]
fn the_words_are_quoted_where_they_stand() {
    let words = "您好！\n\n謝謝。我 可以 準時參加面試。";
    let found = intent(words);
    let quote = found.quote.unwrap();
    assert_eq!(quote.words, words.chars().skip(quote.span.start).take(quote.span.len()).collect::<String>());
}

proptest! {
    #[test]
    fn any_text_is_looked_at(words in "\\PC{0,200}") {
        let found = intent(&words);
        prop_assert!((0.0..=1.0).contains(&found.confidence));
        if let Some(quote) = found.quote {
            let there: String = words.chars().skip(quote.span.start).take(quote.span.len()).collect();
            prop_assert_eq!(there, quote.words);
        }
        if found.kind != Other {
            prop_assert!(found.confidence >= 0.25 && !found.rules.is_empty());
        }
    }

    #[test]
    fn what_follows_far_behind_does_not_count(more in "[a-z ]{0,50}") {
        let words = format!("{}{more}", "x. ".repeat(limits::WORDS));
        prop_assert_eq!(intent(&words).kind, Other);
    }
}
