//! Each report, reckoned from the ledger alone by code of its own: nothing of analytics is used here.
//!
//! | module | reports |
//! |---|---|
//! | [`interval`] | the intervals of shares and differences |
//! | [`observed`] | one thing of which something holds or not, with what tells it apart; ranks |
//! | [`replies`] | template_reply_rate |
//! | [`meetings`] | no_show_rate, no_show_causes |
//! | [`members`] | tag_activation_rate, campaign_lift |
//! | [`applications`] | funnel, source_quality, offer_acceptance |
//! | [`survival`], [`durations`] | time_to_hire, time_to_fill |
//! | [`waits`] | employer_silence |
//! | [`desks`] | recruiter_load |

pub mod applications;
pub mod desks;
pub mod durations;
pub mod interval;
pub mod meetings;
pub mod members;
pub mod observed;
pub mod replies;
pub mod survival;
pub mod waits;
