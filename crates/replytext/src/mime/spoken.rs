//! The text in which the writer of a mail speaks.

use super::{Part, charset, html, transfer};
use crate::limits;

/// The text of a mail: its plain parts, or the text of its pages where there are none. Attachments and mails within
/// the mail are others' words.
pub(crate) fn spoken(mail: &Part<'_>) -> String {
    let mut text = String::new();
    collect(mail, &mut text);
    text
}

fn collect(part: &Part<'_>, text: &mut String) {
    if text.len() >= limits::TEXT {
        return;
    }
    let media = part.head.media();
    if media.kind != "multipart" || part.parts.is_empty() {
        let is_read = media.kind == "text" || media.kind == "multipart";
        if is_read && !part.head.is_attached() && !media.has_name {
            append(text, &text_of(part));
        }
        return;
    }
    match media.subtype.as_str() {
        "alternative" => append(text, &best(part)),
        // The others are pictures of the first, or its signature.
        "related" | "signed" => part.parts.iter().take(1).for_each(|part| collect(part, text)),
        "report" => part.parts.iter().take(1).for_each(|part| collect(part, text)),
        _ => part.parts.iter().for_each(|part| collect(part, text)),
    }
}

/// The plain one of several forms of the same, or else the richest that has a text (RFC 2046, 5.1.4: the last).
fn best(part: &Part<'_>) -> String {
    let text = |part: &Part<'_>| {
        let mut text = String::new();
        collect(part, &mut text);
        Some(text).filter(|text| !text.trim().is_empty())
    };
    let is_plain = |part: &&Part<'_>| part.head.media().is("text", "plain");
    let plain = part.parts.iter().filter(is_plain).find_map(text);
    plain.or_else(|| part.parts.iter().rev().find_map(text)).unwrap_or_default()
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let room = limits::TEXT.saturating_sub(text.len());
    text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or(more));
}

/// The text of one part, whatever its kind.
pub(crate) fn text_of(part: &Part<'_>) -> String {
    let media = part.head.media();
    let bytes = transfer::undone(part);
    let label = media.charset.as_deref();
    if media.subtype == "html" {
        let label = label.map(str::to_owned).or_else(|| html::declared(&bytes));
        return charset::clean(&html::text(&charset::decode(&bytes, label.as_deref())));
    }
    let text = charset::clean(&charset::decode(&bytes, label));
    if media.is_flowed { flowed(&text, media.drops_space) } else { text }
}

/// Lines that end in a blank go on (RFC 3676, 4); the line before a signature does not, nor do quotes.
fn flowed(text: &str, drops_space: bool) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let goes_on = bare.ends_with(' ') && bare != "-- " && !bare.starts_with('>') && bare.trim() != "";
        let unstuffed = if bare.starts_with(" >") || bare.starts_with(" From ") { &bare[1..] } else { bare };
        match (goes_on, drops_space) {
            (true, true) => lines.push_str(unstuffed.strip_suffix(' ').unwrap_or(unstuffed)),
            (true, false) => lines.push_str(unstuffed),
            (false, _) => {
                lines.push_str(unstuffed);
                lines.push('\n');
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mail: &str) -> String {
        spoken(&Part::read(mail.as_bytes())).trim().to_owned()
    }

    #[test]
    fn the_plain_one_of_two_forms() {
        let mail = |plain: &str| {
            format!(
                "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\n\
                 Content-Type: text/html\n\n<p>page</p>\n--b--\n"
            )
        };
        assert_eq!(text(&mail("plain")), "plain");
        assert_eq!(text(&mail(" ")), "page");
    }

    #[test]
    fn attachments_and_mails_within_are_others_words() {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/plain; name=a.txt\n\n\
                    no\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\nno\n--b\nContent-Disposition: attachment\n\nno\n\
                    --b\nContent-Type: text/plain\n\ntwo\n--b--\n";
        assert_eq!(text(mail), "one\ntwo");
    }

    #[test]
    fn a_boundary_that_is_never_used_leaves_a_text() {
        assert_eq!(text("Content-Type: multipart/mixed; boundary=b\n\nwords"), "words");
    }

    #[test]
    fn flowed_lines_are_joined() {
        assert_eq!(
            flowed("I can come \ntomorrow.\n-- \nAnn\n> a \n> b\n", false),
            "I can come tomorrow.\n-- \nAnn\n> a \n> b\n"
        );
        assert_eq!(flowed("我可以 \n参加\n", true), "我可以参加\n");
    }
}
