//! Invented recruiters and candidates who use the real suite for months of its moved clock: the load, the truth from end to
//! end, and the demonstration. What is planted, and what is assumed, stands in docs/simulator.md.
//!
//! | module | what it is |
//! |---|---|
//! | [`draw`] | chance that follows from a seed, the same under every policy |
//! | [`pictures`] | charts of a world, as files |
//! | [`planted`] | the probabilities by which people act |
//! | [`calendar`] | simulated time: beats, four a day |
//! | [`world`] | a tenant's people and how they are followed up; pure |
//! | [`mind`] | what a person makes of a mail; pure |
//! | [`agenda`] | who does what at which beat |
//! | [`ledger`] | what the simulator itself knows to have happened |
//! | [`drive`] | the suite, used over gRPC, HTTP, SMTP and LMTP |
//! | [`reckoning`] | each report from the ledger alone |
//! | [`checks`] | the suite's word held against the ledger's, and against what is planted |

pub mod agenda;
pub mod calendar;
pub mod checks;
pub mod draw;
pub mod drive;
pub mod ledger;
pub mod mind;
pub mod pictures;
pub mod planted;
pub mod reckoning;
pub mod world;
