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

    /// Takes in the last word of one who is part of the person: on each purpose what was said last counts, and of two words
    /// of one moment the refusal.
    pub fn hear_consent(&mut self, said: Consent) {
        match self.consents.iter_mut().find(|known| known.purpose == said.purpose) {
            Some(known) if known.rank() < said.rank() => *known = said,
            Some(_) => {}
            None => {
                self.consents.push(said);
                self.consents.sort_by_key(|consent| consent.purpose);
            }
        }
    }

    /// Takes in a tag of one who is part of the person: of two that are one, the one that was set last.
    pub fn take_tag(&mut self, tag: Tag) {
        let is_same = |known: &&mut Tag| {
            (known.dimension, &known.name, &known.subject) == (tag.dimension, &tag.name, &tag.subject)
        };
        match self.kept_tags.iter_mut().find(is_same) {
            Some(known) if known.set_time < tag.set_time => *known = tag,
            Some(_) => {}
            None => self.kept_tags.push(tag),
        }
    }

    /// Every tag that holds at that moment, by dimension and name.
    pub fn tags(&self, now: DateTime<Utc>) -> Vec<Tag> {
        let standing = Standing {
            profile: &self.candidate.profile,
            consents: &self.consents,
            create_time: self.candidate.create_time,
            last_activity: self.engagement.last_activity(),
        };
        let mut tags: Vec<Tag> = self.kept_tags.iter().filter(|tag| tag.holds(now)).cloned().collect();
        tags.extend(tag::derived(&standing, now));
        tags.sort_by(|one, other| {
            (one.dimension, &one.name, &one.subject).cmp(&(other.dimension, &other.name, &other.subject))
        });
        tags
    }
}
