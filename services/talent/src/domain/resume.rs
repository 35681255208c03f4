//! A résumé: the file that somebody sent, and its text.

use chassis::id;
use chrono::{DateTime, Utc};
use usher_proto::talent::v1::DocumentKind;

use super::candidate::CandidateId;

id!(
    /// A résumé.
    ResumeId,
    "cv"
);

/// The most that a person has.
pub const MOST: usize = 20;
/// The longest name of a file that is kept, in characters.
pub const LONGEST_NAME: usize = 255;

/// A résumé without its text and file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    pub id: ResumeId,
    pub candidate: CandidateId,
    pub file_name: String,
    pub kind: DocumentKind,
    /// Of the file, in bytes.
    pub size: i32,
    /// Of the text.
    pub characters: i32,
    /// 0 where the kind of file knows no pages.
    pub pages: i32,
    pub truncated: bool,
    pub actor: String,
    pub create_time: DateTime<Utc>,
}

/// The parts of a résumé that are sealed, by the names that they are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Name,
    Text,
    File,
}

impl Part {
    /// It never changes, since what is sealed is bound to it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Text => "text",
            Self::File => "file",
        }
    }
}

/// A text without what a person is reached by: where an address or a number stood there are as many bullets.
pub fn masked(text: &str, places: impl Iterator<Item = std::ops::Range<usize>>) -> String {
    let mut places: Vec<_> = places.collect();
    places.sort_by_key(|place| place.start);
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        let start = place.start.max(at);
        let (Some(before), Some(hidden)) = (text.get(at..start), text.get(start..place.end.max(start))) else {
            continue;
        };
        masked.push_str(before);
        masked.extend(hidden.chars().map(|_| '•'));
        at = place.end.max(start);
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_is_reached_by_is_hidden() {
        let text = "李雷 a@b.cn 138 电话";
        let email = text.find("a@b.cn").unwrap();
        let number = text.find("138").unwrap();
        let hidden = masked(text, [number..number + 3, email..email + 6, email + 2..email + 6].into_iter());
        assert_eq!(hidden, "李雷 •••••• ••• 电话");
        assert_eq!(masked("abc", std::iter::empty()), "abc");
        // A place within a character hides nothing and breaks nothing.
        assert_eq!(masked("李雷", std::iter::once(1..2)), "李雷");
    }
}
