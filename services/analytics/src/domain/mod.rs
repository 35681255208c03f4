//! Pure decisions: what facts count, and what can be said of counts.
//!
//! | module | what it knows |
//! |---|---|
//! | [`fact`], [`told`] | what was said, one row each, and of whom |
//! | [`story`] | what the facts of one root say together |
//! | [`count`](mod@count) | what they count |
//! | [`cube`], [`cells`], [`grain`], [`quarters`] | what is counted, where counts stand, in which buckets of time |
//! | [`generation`] | the two sets of figures |
//! | [`period`], [`question`] | what is asked |
//! | [`report`] | which reports there are, and how each is reckoned |
//! | [`insight`] | what a pass finds in all comparisons together |
//! | [`risk`] | how likely somebody is to miss an interview |
//! | [`snapshot`] | what was known of an interview at a moment before it |
//! | [`wilson`], [`difference`], [`survival`], [`quantile`], [`ranking`] | what can be said of counts |

pub mod cells;
pub mod count;
pub mod cube;
pub mod difference;
pub mod fact;
pub mod generation;
pub mod grain;
pub mod insight;
pub mod period;
pub mod quantile;
pub mod quarters;
pub mod question;
pub mod ranking;
pub mod report;
pub mod risk;
pub mod snapshot;
pub mod story;
pub mod survival;
pub mod told;
pub mod wilson;
