//! Rows to what becomes of them. Rows of a batch see each other as they see those that came before: as if each had been
//! saved at once.

use std::collections::{BTreeSet, HashMap};

use usher_proto::talent::v1::TagOrigin;

use super::{further::Stamp, row::Row};
use crate::domain::{
    candidate::{Candidate, CandidateId, Profile},
    clean::Fault,
    consent::Consent,
    contact::Contact,
    person::Person,
    tag::{self, Tag},
};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Created,
    Updated,
    /// Seen before with the same content.
    Unchanged,
    Rejected(Fault),
}

/// The people whom a batch is about.
#[derive(Debug)]
pub struct Book {
    pages: Vec<Page>,
    by_contact: HashMap<Contact, usize>,
    conflicts: BTreeSet<(CandidateId, CandidateId)>,
}

#[derive(Debug)]
struct Page {
    /// As it is to be.
    person: Person,
    /// What is stored; `None` for somebody new.
    stored: Option<Profile>,
    consents: Vec<Consent>,
    tags: Vec<Tag>,
}

/// What a batch writes of one person.
#[derive(Debug)]
pub struct Leaf {
    pub candidate: Candidate,
    /// As it was; `None` for somebody new.
    pub before: Option<Profile>,
    /// Words on purposes to write down.
    pub consents: Vec<Consent>,
    /// Tags to give.
    pub tags: Vec<Tag>,
}

impl Leaf {
    /// Whether the profile is to be written over.
    pub fn is_profile_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| *before != self.candidate.profile)
    }
}

impl Book {
    /// With everybody who is known by a contact point of the batch.
    pub fn new(known: Vec<Person>) -> Self {
        let mut book =
            Self { pages: Vec::with_capacity(known.len()), by_contact: HashMap::new(), conflicts: BTreeSet::new() };
        for person in known {
            let stored = Some(person.candidate.profile.clone());
            book.add(person, stored);
        }
        book
    }

    /// Whether somebody has a contact point of a row.
    pub fn knows(&self, row: &Row) -> bool {
        row.contacts().any(|contact| self.by_contact.contains_key(&contact))
    }

    /// Takes a row in.
    pub fn fold(&mut self, row: &Row, stamp: &Stamp) -> Fate {
        let mut owners: Vec<usize> =
            row.contacts().filter_map(|contact| self.by_contact.get(&contact).copied()).collect();
        owners.sort_unstable();
        owners.dedup();
        match owners.as_slice() {
            [] => {
                let place = self.add(Person::new(new_candidate(row, stamp)), None);
                self.say_more(place, row, stamp);
                Fate::Created
            }
            [owner] => self.update(*owner, row, stamp),
            [one, other, ..] => {
                let id = |place: &usize| self.pages[*place].person.candidate.id;
                self.conflicts.insert((id(one), id(other)));
                Fate::Rejected(Fault::new("", "CONTACT_CONFLICT", "has contact points of two known people"))
            }
        }
    }

    /// People whose contact points stood in one row.
    pub fn conflicts(&self) -> &BTreeSet<(CandidateId, CandidateId)> {
        &self.conflicts
    }

    /// What is to be written, all rows being taken in: those of whom anything is.
    pub fn leaves(self, stamp: &Stamp) -> Vec<Leaf> {
        let leaf = |Page { person, stored, consents, tags }| {
            let mut leaf = Leaf { candidate: person.candidate, before: stored, consents, tags };
            if leaf.is_profile_changed() {
                leaf.candidate.version += 1;
                leaf.candidate.update_time = stamp.now;
            }
            leaf
        };
        let is_news = |leaf: &Leaf| {
            leaf.before.is_none() || leaf.is_profile_changed() || !leaf.consents.is_empty() || !leaf.tags.is_empty()
        };
        self.pages.into_iter().map(leaf).filter(is_news).collect()
    }

    fn add(&mut self, person: Person, stored: Option<Profile>) -> usize {
        let place = self.pages.len();
        self.by_contact.extend(person.candidate.profile.contacts().map(|contact| (contact, place)));
        self.pages.push(Page { person, stored, consents: Vec::new(), tags: Vec::new() });
        place
    }

    fn update(&mut self, place: usize, row: &Row, stamp: &Stamp) -> Fate {
        let page = &mut self.pages[place];
        if page.person.kept_tags.iter().filter(|tag| tag.origin == TagOrigin::Hand).count() + row.tags.len() > tag::MOST
        {
            return Fate::Rejected(Fault::new(
                "tags",
                "TAGS_TOO_MANY",
                "are more than the 200 that a person has at most",
            ));
        }
        let profile = &mut page.person.candidate.profile;
        let before = profile.clone();
        row.fill(profile, stamp.now);
        let is_profile_changed = *profile != before;
        if is_profile_changed {
            for contact in before.contacts() {
                self.by_contact.remove(&contact);
            }
            self.by_contact.extend(profile.contacts().map(|contact| (contact, place)));
        }
        if self.say_more(place, row, stamp) || is_profile_changed { Fate::Updated } else { Fate::Unchanged }
    }

    /// Takes in what a row says besides the profile. Whether any of it is news.
    fn say_more(&mut self, place: usize, row: &Row, stamp: &Stamp) -> bool {
        let Page { person, consents, tags, .. } = &mut self.pages[place];
        let told = consents.len() + tags.len();
        for said in &row.consents {
            if let Some(news) = said.news(&person.consents, stamp) {
                person.consents.retain(|known| known.purpose != news.purpose);
                person.consents.push(news.clone());
                consents.push(news);
            }
        }
        for said in &row.tags {
            if let Some(news) = said.news(&person.kept_tags, stamp) {
                person.kept_tags.push(news.clone());
                tags.push(news);
            }
        }
        consents.len() + tags.len() > told
    }
}

fn new_candidate(row: &Row, stamp: &Stamp) -> Candidate {
    Candidate {
        id: CandidateId::new(),
        profile: row.profile(stamp.now),
        source: row.source.clone(),
        version: 1,
        create_time: stamp.now,
        update_time: stamp.now,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::import::{
        field::{Field, Slot},
        mapping::Mapping,
        raw::{Raw, Said},
        reading,
    };

    fn stamp() -> Stamp {
        Stamp { now: DateTime::UNIX_EPOCH, actor: "user_x".to_owned() }
    }

    fn row_of(said: &[(Field, &str)]) -> Row {
        let said = said.iter().map(|(field, text)| (Slot::of(*field), Said::Text((*text).to_owned()))).collect();
        reading::read(&Raw { line: 1, said, ..Raw::default() }, &Mapping::default(), DateTime::UNIX_EPOCH).unwrap()
    }

    fn row(name: &str, email: &str, phone: &str, city: &str) -> Row {
        row_of(&[(Field::Name, name), (Field::Email, email), (Field::Phone, phone), (Field::City, city)])
    }

    fn fold(book: &mut Book, rows: &[Row]) -> Vec<Fate> {
        rows.iter().map(|row| book.fold(row, &stamp())).collect()
    }

    #[test]
    fn rows_of_a_batch_see_each_other() {
        let rows = [
            row("Ann", "ann@example.com", "", ""),
            row("Ann", "ANN@example.com", "+442079460958", "London"),
            row("Ann", "", "+44 20 7946 0958", ""),
            row("Bob", "bob@example.com", "", ""),
            row("Ann", "bob@example.com", "+442079460958", ""),
        ];
        let mut book = Book::new(Vec::new());
        let fates = fold(&mut book, &rows);
        assert_eq!(fates[..4], [Fate::Created, Fate::Updated, Fate::Unchanged, Fate::Created]);
        assert!(matches!(fates[4], Fate::Rejected(Fault { reason: "CONTACT_CONFLICT", .. })));

        let leaves = book.leaves(&stamp());
        assert!(leaves.len() == 2 && leaves.iter().all(|leaf| leaf.before.is_none()));
        assert_eq!(leaves[0].candidate.profile.city, "London");

        let mut again = Book::new(leaves.into_iter().map(|leaf| Person::new(leaf.candidate)).collect());
        let fates = fold(&mut again, &rows);
        assert_eq!(fates[..4], [Fate::Unchanged; 4]);
        assert!(again.leaves(&stamp()).is_empty());
    }

    #[test]
    fn a_contact_point_that_was_given_up_is_free() {
        let mut book = Book::new(Vec::new());
        let rows = [
            row("Ann", "ann@example.com", "+442079460958", ""),
            row("Ann", "ann@example.com", "+442079460959", ""),
            row("Bob", "bob@example.com", "+442079460958", ""),
        ];
        assert_eq!(fold(&mut book, &rows), [Fate::Created, Fate::Updated, Fate::Created]);
    }

    #[test]
    fn a_word_and_a_tag_are_news_once() {
        let said = |consent: &str| {
            row_of(&[
                (Field::Name, "Ann"),
                (Field::Email, "ann@example.com"),
                (Field::ConsentTracking, consent),
                (Field::ConsentEvidence, "form"),
                (Field::Tags, "vip"),
            ])
        };
        let mut book = Book::new(Vec::new());
        let fates = fold(&mut book, &[said("yes"), said("yes"), said("no")]);
        assert_eq!(fates, [Fate::Created, Fate::Unchanged, Fate::Updated]);
        let leaves = book.leaves(&stamp());
        assert_eq!((leaves[0].consents.len(), leaves[0].tags.len(), leaves[0].candidate.version), (2, 1, 1));
    }
}
