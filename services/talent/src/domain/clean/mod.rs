//! Cleaning: what people write becomes what is kept. The same rules hold for a call and for a row of a file.
//!
//! | module | rule |
//! |---|---|
//! | [`text`] | NFKC, no invisible characters, one blank between words, a longest length |
//! | [`email`] | lower-cased, one `@`, a host with a dot |
//! | [`phone`] | any usual style to E.164 |
//! | [`wechat`] | lower-cased, as WeChat asks |
//! | [`skills`] | no skill twice, whatever its spelling |
//! | [`place`] | language and time zone, and what to take when none is given |
//! | [`years`] | the first whole number of a text |
//! | [`history`] | schools and employers, latest first |
//! | [`when`] | dates of many styles, never guessed |
//! | [`degree`] | levels of degrees by their usual names |
//! | [`truth`] | yes and no in many words |

pub mod degree;
pub mod email;
pub mod history;
pub mod phone;
pub mod place;
pub mod skills;
pub mod text;
pub mod truth;
pub mod wechat;
pub mod when;
pub mod years;

/// Why a value is refused. It names the field and never repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The field's name, in a profile as in a file.
    pub field: &'static str,
    /// Stable.
    pub reason: &'static str,
    /// Continues the field's name: "must be …".
    pub message: &'static str,
}

impl Fault {
    /// Names all three.
    pub fn new(field: &'static str, reason: &'static str, message: &'static str) -> Self {
        Self { field, reason, message }
    }
}
