//! The HTML part of a mail, made from its text: the same words, links that can be tapped, nothing loaded from anywhere but the
//! picture by which an opening is noticed, where the reader consents to that.

use std::fmt::Write as _;

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

/// Where the links of a text lead to in HTML.
pub struct Ways<'text> {
    /// The link that asks for an answer, and what its button says.
    pub button: Option<(&'text str, &'text str)>,
    /// The address by way of which the n-th link is followed, where there is one.
    pub detour: &'text dyn Fn(usize) -> Option<String>,
    /// A picture that is loaded when the document is opened.
    pub opening: Option<String>,
}

impl<'text> Ways<'text> {
    /// Every link leads there at once.
    pub fn direct(button: Option<(&'text str, &'text str)>) -> Self {
        Self { button, detour: &|_| None, opening: None }
    }
}

/// A whole document for a text.
pub fn document(text: &str, language: &str, ways: &Ways<'_>) -> String {
    let mut body = String::new();
    let mut links = 0;
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(|line| linked(line, ways, &mut links)).collect();
        body.push_str("<p style=\"margin:0 0 16px\">");
        body.push_str(&lines.join("<br>\n"));
        body.push_str("</p>\n");
    }
    if let Some(opening) = &ways.opening {
        let _ = writeln!(body, "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\">", escape(opening));
    }
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\n\
         <body style=\"margin:0;padding:24px;max-width:600px;font:16px/1.6 system-ui,-apple-system,'PingFang SC',\
         'Microsoft YaHei',sans-serif;color:#1a1a1a;background:#ffffff\">\n{body}</body></html>\n"
    )
}

/// A line with its addresses as links; the one that asks for an answer as a button. `links` counts them.
fn linked(line: &str, ways: &Ways<'_>, links: &mut usize) -> String {
    if let Some((url, label)) = ways.button
        && line.trim() == url
    {
        *links += 1;
        return format!(
            "<a href=\"{}\" style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:#0b5cad;\
             color:#ffffff;text-decoration:none;font-weight:600\">{}</a>",
            escape(url),
            escape(label)
        );
    }
    let (mut marked, mut from) = (String::new(), 0);
    for (begin, link) in links::shown(line) {
        let way = (ways.detour)(*links);
        *links += 1;
        marked += &escape(&line[from..begin]);
        marked += &format!("<a href=\"{}\">{}</a>", escape(way.as_deref().unwrap_or(link)), escape(link));
        from = begin + link.len();
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
    fn links_are_counted_over_the_whole_text_and_show_where_they_lead() {
        let text = "One https://a.example/1\nhttps://a.example/c/2\n\nhttps://a.example/3";
        let detour = |place: usize| Some(format!("https://u.example/l/{place}"));
        let button = Some(("https://a.example/c/2", "Answer"));
        let html =
            document(text, "en", &Ways { button, detour: &detour, opening: Some("https://u.example/o/x".into()) });
        assert!(html.contains("<a href=\"https://u.example/l/0\">https://a.example/1</a>"));
        assert!(html.contains("href=\"https://a.example/c/2\""), "who answers goes there at once");
        assert!(html.contains("<a href=\"https://u.example/l/2\">https://a.example/3</a>"));
        assert!(html.contains("<img src=\"https://u.example/o/x\""));
        assert!(!document(text, "en", &Ways::direct(None)).contains("<img"));
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let html =
            document("Hi <script>alert(1)</script> & \"you\"\nhttps://a.example/?x=1&y=2", "en", &Ways::direct(None));
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
            let html = document(hostile, "en", &Ways::direct(None));
            assert!(
                !html.contains("<img") && !html.contains("\"onmouse") && !html.contains("href=\"javascript"),
                "{html}"
            );
            assert!(!html.contains("@a.example</a>") && !html.contains("b.example</a>"), "{html}");
        }
    }

    #[test]
    fn a_link_is_a_link_wherever_it_stands_in_a_line() {
        let html = document("链接：https://a.example/x，请准时。", "zh-CN", &Ways::direct(None));
        assert!(html.contains("链接：<a href=\"https://a.example/x\">https://a.example/x</a>，请准时。"), "{html}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_written_is_text(text in "(\\PC|<|>|\"|'|&|https://|javascript:| |\n){0,60}") {
            let html = document(&text, "en", &Ways::direct(Some(("https://a.example/c/1", "Answer"))));
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
        let html = document(
            "Please answer:\nhttps://a.example/c/1",
            "en",
            &Ways::direct(Some(("https://a.example/c/1", "Answer"))),
        );
        assert!(html.contains(">Answer</a>"));
    }
}
