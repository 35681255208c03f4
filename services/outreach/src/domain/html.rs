//! The HTML part of a mail, made from its text: the same words, links that can be tapped, nothing loaded from anywhere but the
//! picture by which an opening is noticed, where the reader consents to that.

use std::fmt::Write as _;

use super::links;

/// Where the links of a text lead to in HTML.
pub struct Ways<'text> {
    /// The link that asks for an answer, and what its button says.
    pub button: Option<(&'text str, &'text str)>,
    /// The address by way of which the n-th link is followed, where there is one.
    pub detour: &'text dyn Fn(usize) -> Option<String>,
    /// A picture that is loaded when the document is opened.
    pub opening: Option<String>,
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
    let mut html = String::new();
    let mut from = 0;
    for (begin, link) in links::of(line) {
        let way = (ways.detour)(*links);
        *links += 1;
        html.push_str(&escape(line.get(from..begin).unwrap_or_default()));
        let _ = write!(html, "<a href=\"{}\">{}</a>", escape(way.as_deref().unwrap_or(link)), escape(link));
        from = begin + link.len();
    }
    html.push_str(&escape(line.get(from..).unwrap_or_default()));
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways<'text>(button: Option<(&'text str, &'text str)>) -> Ways<'text> {
        Ways { button, detour: &|_| None, opening: None }
    }

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
        assert!(!document(text, "en", &ways(None)).contains("<img"));
    }

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let html =
            document("Hi <script>alert(1)</script> & \"you\"\n链接：https://a.example/?x=1&y='2", "en", &ways(None));
        assert!(!html.contains("<script>"));
        assert!(html.contains("&lt;script&gt;"));
        assert!(html.contains("href=\"https://a.example/?x=1&amp;y=&#39;2\""));
    }

    #[test]
    fn the_answer_link_is_a_button() {
        let html =
            document("Please answer:\nhttps://a.example/c/1", "en", &ways(Some(("https://a.example/c/1", "Answer"))));
        assert!(html.contains(">Answer</a>"));
    }
}
