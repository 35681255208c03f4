//! How likely somebody is to miss an interview, so that they can be helped to come.
//!
//! A logistic regression with a Gaussian prior per coefficient: a small tenant starts from general priors, and its own
//! history takes over as it grows. The answer adds support (a reminder, another time) and decides nothing about anybody.

pub mod calibrate;
pub mod card;
pub mod encode;
pub mod evaluation;
pub mod features;
pub mod known;
pub mod linear;
pub mod logistic;
pub mod metrics;
pub mod model;
pub mod predict;
pub mod prior;
pub mod protected;
pub mod reliability;
pub mod support;
pub mod words;
