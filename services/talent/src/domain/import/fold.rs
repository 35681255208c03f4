//! Rows to what becomes of them. Rows of a batch see each other as they see those that came before: as if each had been
//! saved at once.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::row::Row;
use crate::domain::{
    candidate::{Candidate, CandidateId, Profile},
    clean::Fault,
    contact::Contact,
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
    people: Vec<Person>,
    by_contact: HashMap<Contact, usize>,
    conflicts: BTreeSet<(CandidateId, CandidateId)>,
}

#[derive(Debug)]
struct Person {
    candidate: Candidate,
    /// What is stored; `None` for somebody new.
    stored: Option<Profile>,
}

/// What a batch writes.
#[derive(Debug, Default)]
pub struct Outcome {
    pub created: Vec<Candidate>,
    /// Each as it was and as it is to be.
    pub updated: Vec<(Profile, Candidate)>,
    /// People whose contact points stand in one row.
    pub conflicts: BTreeSet<(CandidateId, CandidateId)>,
}

impl Book {
    /// With everybody who is known by a contact point of the batch.
    pub fn new(known: Vec<Candidate>) -> Self {
        let mut book =
            Self { people: Vec::with_capacity(known.len()), by_contact: HashMap::new(), conflicts: BTreeSet::new() };
        for candidate in known {
            let stored = Some(candidate.profile.clone());
            book.add(Person { candidate, stored });
        }
        book
    }

    /// Takes a row in.
    pub fn fold(&mut self, row: &Row, now: DateTime<Utc>) -> Fate {
        let mut owners: Vec<usize> =
            row.contacts().filter_map(|contact| self.by_contact.get(&contact).copied()).collect();
        owners.sort_unstable();
        owners.dedup();
        match owners.as_slice() {
            [] => {
                let candidate = Candidate {
                    id: CandidateId::new(),
                    profile: row.profile(),
                    source: row.source.clone(),
                    version: 1,
                    create_time: now,
                    update_time: now,
                };
                self.add(Person { candidate, stored: None });
                Fate::Created
            }
            [owner] => self.update(*owner, row),
            [one, other, ..] => {
                let id = |place: &usize| self.people[*place].candidate.id;
                self.conflicts.insert((id(one), id(other)));
                Fate::Rejected(Fault::new("", "CONTACT_CONFLICT", "has contact points of two known people"))
            }
        }
    }

    /// What is to be written, all rows being taken in.
    pub fn outcome(self, now: DateTime<Utc>) -> Outcome {
        let mut outcome = Outcome { conflicts: self.conflicts, ..Outcome::default() };
        for Person { mut candidate, stored } in self.people {
            match stored {
                None => outcome.created.push(candidate),
                Some(stored) if stored != candidate.profile => {
                    candidate.version += 1;
                    candidate.update_time = now;
                    outcome.updated.push((stored, candidate));
                }
                Some(_) => {}
            }
        }
        outcome
    }

    fn add(&mut self, person: Person) {
        let place = self.people.len();
        self.by_contact.extend(person.candidate.profile.contacts().map(|contact| (contact, place)));
        self.people.push(person);
    }

    fn update(&mut self, place: usize, row: &Row) -> Fate {
        let profile = &mut self.people[place].candidate.profile;
        let before = profile.clone();
        row.fill(profile);
        if *profile == before {
            return Fate::Unchanged;
        }
        for contact in before.contacts() {
            self.by_contact.remove(&contact);
        }
        self.by_contact.extend(profile.contacts().map(|contact| (contact, place)));
        Fate::Updated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::{csv::Record, header::Header};

    fn row(name: &str, email: &str, phone: &str, city: &str) -> Row {
        let record = |fields: [&str; 4]| Record { line: 1, fields: fields.map(str::to_owned).to_vec(), width: 4 };
        let header = Header::read(&record(["name", "email", "phone", "city"])).unwrap();
        Row::read(&header, &record([name, email, phone, city])).unwrap()
    }

    fn fold(book: &mut Book, rows: &[Row]) -> Vec<Fate> {
        rows.iter().map(|row| book.fold(row, DateTime::UNIX_EPOCH)).collect()
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

        let outcome = book.outcome(DateTime::UNIX_EPOCH);
        assert_eq!((outcome.created.len(), outcome.updated.len()), (2, 0));
        assert_eq!(outcome.created[0].profile.city, "London");

        let mut again = Book::new(outcome.created);
        let fates = fold(&mut again, &rows);
        assert_eq!(fates[..4], [Fate::Unchanged; 4]);
        let outcome = again.outcome(DateTime::UNIX_EPOCH);
        assert!(outcome.created.is_empty() && outcome.updated.is_empty());
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
}
