//! A person with everything that is known besides the profile.

use chrono::{DateTime, Utc};

use super::{
    candidate::Candidate,
    consent::Consent,
    engagement::Engagement,
    tag::{self, Standing, Tag},
};

/// A person as a whole.
#[derive(Debug, Clone)]
pub struct Person {
    pub candidate: Candidate,
    /// The last word on each purpose.
    pub consents: Vec<Consent>,
    /// Tags that were given or told and still hold.
    pub kept_tags: Vec<Tag>,
    pub engagement: Engagement,
}

impl Person {
    /// Of whom no more than the profile is known.
    pub fn new(candidate: Candidate) -> Self {
        Self { candidate, consents: Vec::new(), kept_tags: Vec::new(), engagement: Engagement::default() }
    }

    /// Every tag that holds at that moment, by dimension and name.
    pub fn tags(&self, now: DateTime<Utc>) -> Vec<Tag> {
        let standing = Standing {
            profile: &self.candidate.profile,
            consents: &self.consents,
            create_time: self.candidate.create_time,
            last_activity: self.engagement.last_activity,
        };
        let mut tags: Vec<Tag> = self.kept_tags.iter().filter(|tag| tag.holds(now)).cloned().collect();
        tags.extend(tag::derived(&standing, now));
        tags.sort_by(|one, other| {
            (one.dimension, &one.name, &one.subject).cmp(&(other.dimension, &other.name, &other.subject))
        });
        tags
    }
}
