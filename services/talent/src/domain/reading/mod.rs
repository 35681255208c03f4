//! What a résumé says of somebody, each finding with the words that it rests on. It is careful rather than complete: what is
//! found is offered to whoever keeps the profile, and nothing is written by itself.

pub mod contacts;
pub mod evidence;
pub mod experience;
