//! The links of a text, in their order, and which of them are followed through us.
//!
//! Only those of messages that tell of openings are: a meeting's link and the one that answers must lead there at once.
//! The text itself keeps its links; the HTML part shows where one leads and goes there by way of a page that shows it too.

use usher_proto::outreach::v1::MessageKind;

/// More of them are not told apart.
pub const MOST: usize = 100;

/// The `http` and `https` links of a text, in their order, each with where it begins.
pub fn of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let begin = from + ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min()?;
        let link = whole(text.get(begin..)?);
        from = begin + link.len();
        Some((begin, link))
    })
    .take(MOST)
}

/// As far as the link goes that a text begins with: to a blank, or to a mark that ends it in prose of either language, and
/// without the punctuation of the sentence around it.
fn whole(text: &str) -> &str {
    let ends = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || "<>\"“”‘’「」『』（）《》【】。，；：！？、".contains(character)
    };
    let link = text.get(..text.find(ends).unwrap_or(text.len())).unwrap_or_default();
    let open = link.matches('(').count() >= link.matches(')').count();
    link.trim_end_matches(|character| ".,;:!?'".contains(character) || (character == ')' && !open))
}

/// Whether a message's links go through us, so that it is seen that somebody took them up.
pub fn are_followed(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Reactivation | MessageKind::ReactivationFollowUp | MessageKind::Care)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        of(text).map(|(_, link)| link).collect()
    }

    #[test]
    fn links_are_found_in_prose_of_both_languages() {
        let text =
            "See https://a.example/x, or\n链接：http://b.example/会议?a=1。 javascript:alert(1) (https://c.example/y).";
        assert_eq!(found(text), ["https://a.example/x", "http://b.example/会议?a=1", "https://c.example/y"]);
        assert_eq!(found("https://en.example/wiki/Rust_(language)"), ["https://en.example/wiki/Rust_(language)"]);
        assert_eq!(found("no link, http:/ and https"), Vec::<&str>::new());
    }

    proptest::proptest! {
        #[test]
        fn each_stands_where_it_says(text in "(https?://|[a-z0-9。，（) .]|\\PC){0,40}") {
            for (begin, link) in of(&text) {
                proptest::prop_assert_eq!(&text[begin..begin + link.len()], link);
            }
        }
    }
}
