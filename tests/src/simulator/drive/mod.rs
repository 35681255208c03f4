//! The suite, used as people use it: recruiters over gRPC, candidates by the mails that they get, the pages that those lead to,
//! and the mails that they write.
//!
//! | module | what it is |
//! |---|---|
//! | [`suite`] | the whole suite in this process, its mails going to a mail server of ours |
//! | [`rest`] | waiting until nothing is left to do |
//! | [`letter`] | reading a mail |
//! | [`browser`] | a candidate's browser |
//! | [`post`] | a candidate's answer by mail |
//! | [`desk`] | a recruiter's calls |
//! | [`office`] | what a tenant sets up before anybody comes |
//! | [`acts`] | one person's act |
//! | [`town`] | many worlds, beat by beat |

pub mod acts;
pub mod browser;
pub mod desk;
pub mod letter;
pub mod office;
pub mod post;
pub mod rest;
pub mod suite;
pub mod town;
