//! The HTML part of a mail, made from its text: the same words, links that can be tapped, nothing loaded from anywhere.

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
    line.split(' ')
        .map(|word| match word {
            word if word.starts_with("https://") || word.starts_with("http://") => {
                let word = escape(word);
                format!("<a href=\"{word}\">{word}</a>")
            }
            word => escape(word),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        let html = document("Hi <script>alert(1)</script> & \"you\"\nhttps://a.example/?x=1&y=\"2", "en", None);
        assert!(!html.contains("<script>"));
        assert!(html.contains("&lt;script&gt;"));
        assert!(html.contains("href=\"https://a.example/?x=1&amp;y=&quot;2\""));
    }

    #[test]
    fn the_answer_link_is_a_button() {
        let html = document("Please answer:\nhttps://a.example/c/1", "en", Some(("https://a.example/c/1", "Answer")));
        assert!(html.contains(">Answer</a>"));
    }
}
