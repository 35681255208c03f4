//! The HTML part of a mail, made from its text: the same words, links that can be tapped, nothing loaded from anywhere.

use usher_proto::outreach::v1::MessageKind;

use super::links;

/// What the button says that leads to the reader's own page.
pub fn answer_label(kind: MessageKind, language: &str) -> &'static str {
    let (zh, en) = match kind {
        MessageKind::Offer | MessageKind::OfferReminder => ("查看并答复", "Read and answer"),
        MessageKind::RescheduleOffer => ("选择时间", "Choose a time"),
        _ => ("确认或改时间", "Confirm or change"),
    };
    if language == "en" { en } else { zh }
}

/// A whole document for a text.
pub fn document(text: &str, language: &str, button: Option<(&str, &str)>) -> String {
    let mut body = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(|line| linked(line, button)).collect();
        body.push_str("<p style=\"margin:0 0 16px\">");
        body.push_str(&lines.join("<br>\n"));
        body.push_str("</p>\n");
    }
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\n\
         <body style=\"margin:0;padding:24px;max-width:600px;font:16px/1.6 system-ui,-apple-system,'PingFang SC',\
         'Microsoft YaHei',sans-serif;color:#1a1a1a;background:#ffffff\">\n{body}</body></html>\n"
    )
}

/// A line with its addresses as links; the one that asks for an answer as a button.
fn linked(line: &str, button: Option<(&str, &str)>) -> String {
    if let Some((url, label)) = button
        && line.trim() == url
    {
        return format!(
            "<a href=\"{}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#0b5cad;\
             color:#ffffff;text-decoration:none;font-weight:600\">{}</a>",
            escape(url),
            escape(label)
        );
    }
    let (mut marked, mut from) = (String::new(), 0);
    for place in links::find(line) {
        let link = &line[place.clone()];
        if links::check(link).is_err() {
            continue;
        }
        let escaped = escape(link);
        marked += &escape(&line[from..place.start]);
        marked += &format!("<a href=\"{escaped}\">{escaped}</a>");
        from = place.end;
    }
    marked += &escape(&line[from..]);
    marked
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let html = document("Hi <script>alert(1)</script> & \"you\"\nhttps://a.example/?x=1&y=2", "en", None);
        assert!(!html.contains("<script>"));
        assert!(html.contains("&lt;script&gt;"));
        assert!(html.contains("href=\"https://a.example/?x=1&amp;y=2\""));
        for hostile in [
            "https://a.example/\"onmouseover=alert(1)",
            "https://a.example/'><img src=x>",
            "javascript:alert(1)",
            "https://user:pw@a.example/",
            "https://a.example\\@b.example",
        ] {
            let html = document(hostile, "en", None);
            assert!(
                !html.contains("<img") && !html.contains("\"onmouse") && !html.contains("href=\"javascript"),
                "{html}"
            );
            assert!(!html.contains("@a.example</a>") && !html.contains("b.example</a>"), "{html}");
        }
    }

    #[test]
    fn a_link_is_a_link_wherever_it_stands_in_a_line() {
        let html = document("链接：https://a.example/x，请准时。", "zh-CN", None);
        assert!(html.contains("链接：<a href=\"https://a.example/x\">https://a.example/x</a>，请准时。"), "{html}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_written_is_text(text in "(\\PC|<|>|\"|'|&|https://|javascript:| |\n){0,60}") {
            let html = document(&text, "en", Some(("https://a.example/c/1", "Answer")));
            let body = html.split("<body").nth(1).unwrap().split_once('>').unwrap().1;
            let tags = ["<p style=\"margin:0 0 16px\">", "</p>", "<br>", "</a>", "</body>", "</html>"];
            let bare = tags.iter().fold(body.to_owned(), |bare, tag| bare.replace(tag, ""));
            for part in bare.split("<a href=\"").skip(1) {
                prop_assert!(part.starts_with("http"), "{html}");
            }
            let bare: String = bare.split("<a href=\"").map(|part| match part.split_once("\">") {
                Some((_, rest)) if part.starts_with("http") => rest,
                _ => part,
            }).collect();
            prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{html}");
        }
    }

    #[test]
    fn the_answer_link_is_a_button() {
        let html = document("Please answer:\nhttps://a.example/c/1", "en", Some(("https://a.example/c/1", "Answer")));
        assert!(html.contains(">Answer</a>"));
    }
}
