//! Two people made one, field by field, and made two again.
//!
//! Undoing is a comparison of three: what the survivor was before, what the merge made of it, and what it is now. What is
//! still as the merge made it goes back; what somebody has changed since stays. In lists the same holds item by item.

use std::{collections::BTreeMap, fmt};

use chassis::id;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::MergeChoice;

use super::{
    candidate::{self, CandidateId, Education, Employment, Profile, Skill},
    contact::{Contact, Kind},
};

id!(
    /// A merge.
    MergeId,
    "merge"
);

/// Whose value a field gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Survivor,
    Absorbed,
    /// What either has.
    Both,
}

impl From<Choice> for MergeChoice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Survivor => Self::Survivor,
            Choice::Absorbed => Self::Absorbed,
            Choice::Both => Self::Both,
        }
    }
}

/// The fields for which there is a choice. Further contact points are always kept, all of them.
pub fn fields() -> impl Iterator<Item = &'static str> {
    candidate::FIELDS.into_iter().filter(|field| *field != "other_contact_points")
}

/// A choice for each field.
pub type Choices = BTreeMap<&'static str, Choice>;

/// Whether what either has can be kept.
pub fn is_list(field: &str) -> bool {
    matches!(field, "skills" | "education" | "employment" | "preferred_channels")
}

/// Two people made one.
#[derive(Debug, Clone)]
pub struct Merge {
    pub id: MergeId,
    pub survivor: CandidateId,
    pub absorbed: CandidateId,
    /// For the fields in which they differed.
    pub choices: BTreeMap<String, Choice>,
    /// What it takes to undo it.
    pub record: Record,
    pub actor: String,
    pub create_time: DateTime<Utc>,
    pub undone: Option<Undone>,
}

/// Who undid a merge, and when.
#[derive(Debug, Clone)]
pub struct Undone {
    pub actor: String,
    pub time: DateTime<Utc>,
}

/// What a merge was made of.
#[derive(Clone)]
pub struct Record {
    pub before: Profile,
    pub after: Profile,
    /// The marks of contact points: of the survivor before and after, and of the absorbed one.
    pub marks_before: Vec<Mark>,
    pub marks_after: Vec<Mark>,
    pub marks_absorbed: Vec<Mark>,
    /// The survivor's version that it made.
    pub survivor_version: i64,
}

/// Personal data does not belong into logs, so there is nothing to see.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record(…)")
    }
}

/// By what a contact point is known again without its being known: a keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub String);

/// In which fields two people say something else.
pub fn differing(survivor: &Profile, absorbed: &Profile) -> Vec<&'static str> {
    survivor.changed(absorbed).into_iter().filter(|field| fields().any(|one| one == *field)).collect()
}

/// What to take when nobody says: lists from both; of what only one has, that; years, the more; what somebody wants, what
/// they said last; and else the survivor's.
pub fn suggested(field: &str, survivor: &Profile, absorbed: &Profile) -> Choice {
    if is_list(field) {
        return Choice::Both;
    }
    let unknown = Profile::unknown();
    let says = |profile: &Profile| profile.changed(&unknown).contains(&field);
    let is_better = match field {
        "years_of_experience" => absorbed.years > survivor.years,
        "intent" => match (&survivor.intent, &absorbed.intent) {
            (Some(one), Some(other)) => other.state_time > one.state_time,
            (one, other) => one.is_none() && other.is_some(),
        },
        _ => !says(survivor) && says(absorbed),
    };
    if is_better { Choice::Absorbed } else { Choice::Survivor }
}

/// Every field's choice: what was said, and else what is suggested.
pub fn choices(survivor: &Profile, absorbed: &Profile, said: &Choices) -> Choices {
    let choose = |field| said.get(field).copied().unwrap_or_else(|| suggested(field, survivor, absorbed));
    fields().map(|field| (field, choose(field))).collect()
}

/// The survivor's profile with what was chosen.
pub fn merge(survivor: &Profile, absorbed: &Profile, choices: &Choices) -> Profile {
    let choice = |field: &str| choices.get(field).copied().unwrap_or(Choice::Survivor);
    let takes = |field: &str| choice(field) == Choice::Absorbed;
    let mut merged = survivor.clone();
    if takes("display_name") {
        merged.display_name.clone_from(&absorbed.display_name);
    }
    if takes("city") {
        merged.city.clone_from(&absorbed.city);
    }
    if takes("title") {
        merged.title.clone_from(&absorbed.title);
    }
    if takes("company") {
        merged.company.clone_from(&absorbed.company);
    }
    if takes("years_of_experience") {
        merged.years = absorbed.years;
    }
    if takes("summary") {
        merged.summary.clone_from(&absorbed.summary);
    }
    if takes("intent") {
        merged.intent.clone_from(&absorbed.intent);
    }
    if takes("language") {
        merged.language = absorbed.language;
    }
    if takes("time_zone") {
        merged.time_zone.clone_from(&absorbed.time_zone);
    }
    merged.skills = list(choice("skills"), &survivor.skills, &absorbed.skills, skills);
    merged.education = list(choice("education"), &survivor.education, &absorbed.education, education);
    merged.employment = list(choice("employment"), &survivor.employment, &absorbed.employment, employment);
    let (ours, theirs) = (&survivor.preferred_channels, &absorbed.preferred_channels);
    merged.preferred_channels = list(choice("preferred_channels"), ours, theirs, united);
    set_contacts(&mut merged, contacts(survivor, absorbed, takes));
    merged
}

fn list<T: Clone>(choice: Choice, ours: &[T], theirs: &[T], both: impl Fn(&[T], &[T]) -> Vec<T>) -> Vec<T> {
    match choice {
        Choice::Survivor => ours.to_vec(),
        Choice::Absorbed => theirs.to_vec(),
        Choice::Both => both(ours, theirs),
    }
}

/// One's, and those of the other that one has not.
fn united<T: Clone + PartialEq>(ours: &[T], theirs: &[T]) -> Vec<T> {
    ours.iter().chain(theirs.iter().filter(|one| !ours.contains(one))).cloned().collect()
}

/// A skill of both is one, with what either knows of it.
fn skills(ours: &[Skill], theirs: &[Skill]) -> Vec<Skill> {
    let mut all = ours.to_vec();
    for skill in theirs {
        match all.iter_mut().find(|known| known.key() == skill.key()) {
            Some(known) => {
                known.years = known.years.max(skill.years);
                known.last_used_year = known.last_used_year.max(skill.last_used_year);
            }
            None => all.push(skill.clone()),
        }
    }
    all
}

/// Latest first, as it is kept.
fn education(ours: &[Education], theirs: &[Education]) -> Vec<Education> {
    let mut all = united(ours, theirs);
    let end = |year| if year == 0 { u16::MAX } else { year };
    all.sort_by_key(|one| std::cmp::Reverse((end(one.end_year), one.start_year)));
    all
}

/// Latest first, as it is kept.
fn employment(ours: &[Employment], theirs: &[Employment]) -> Vec<Employment> {
    let mut all = united(ours, theirs);
    let end = |one: &Employment| if one.end_month.is_empty() { "9".to_owned() } else { one.end_month.clone() };
    all.sort_by_key(|one| std::cmp::Reverse((end(one), one.start_month.clone())));
    all
}

/// Everybody's, by kind; the first of a kind is the one's whose was chosen.
fn contacts(survivor: &Profile, absorbed: &Profile, takes: impl Fn(&str) -> bool) -> Vec<Contact> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let field = match kind {
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Wechat => "wechat_id",
        };
        let order = if takes(field) { [absorbed, survivor] } else { [survivor, absorbed] };
        let of_kind = |profile: &Profile| profile.contacts().filter(|one| one.kind == kind).collect::<Vec<_>>();
        all.extend(order.into_iter().flat_map(of_kind));
    }
    all
}

/// Gives a person these contact points in place of all that they had; the first of a kind comes first.
pub fn set_contacts(profile: &mut Profile, contacts: impl IntoIterator<Item = Contact>) {
    profile.email.clear();
    profile.phone.clear();
    profile.wechat.clear();
    profile.other_contacts.clear();
    for contact in contacts {
        profile.add_contact(contact);
    }
}

/// What the survivor is when a merge is undone; contact points are left as they are now, see [`returned`].
pub fn undo(before: &Profile, after: &Profile, now: &Profile) -> Profile {
    fn back<T: Clone + PartialEq>(before: &T, after: &T, now: &T) -> T {
        if now == after { before.clone() } else { now.clone() }
    }
    Profile {
        display_name: back(&before.display_name, &after.display_name, &now.display_name),
        city: back(&before.city, &after.city, &now.city),
        title: back(&before.title, &after.title, &now.title),
        company: back(&before.company, &after.company, &now.company),
        years: back(&before.years, &after.years, &now.years),
        skills: undo_list(&before.skills, &after.skills, &now.skills),
        summary: back(&before.summary, &after.summary, &now.summary),
        education: undo_list(&before.education, &after.education, &now.education),
        employment: undo_list(&before.employment, &after.employment, &now.employment),
        intent: back(&before.intent, &after.intent, &now.intent),
        preferred_channels: undo_list(&before.preferred_channels, &after.preferred_channels, &now.preferred_channels),
        language: back(&before.language, &after.language, &now.language),
        time_zone: back(&before.time_zone, &after.time_zone, &now.time_zone),
        ..now.clone()
    }
}

/// A list as it is without what a merge has brought, and with what the merge has left out. A list that nobody has changed
/// since is the one from before.
pub fn undo_list<T: Clone + PartialEq>(before: &[T], after: &[T], now: &[T]) -> Vec<T> {
    if now == after {
        return before.to_vec();
    }
    let was_brought = |one: &T| after.contains(one) && !before.contains(one);
    let was_left_out = |one: &&T| !after.contains(one) && !now.contains(one);
    now.iter().filter(|one| !was_brought(one)).chain(before.iter().filter(was_left_out)).cloned().collect()
}

/// Whose is which of the survivor's contact points when a merge is undone: the survivor's, and the absorbed one's. What
/// nobody has any more is nobody's; what came since is the survivor's.
pub fn returned(record: &Record, now: &[(Mark, Contact)]) -> (Vec<Contact>, Vec<Contact>) {
    let marks: Vec<Mark> = now.iter().map(|(mark, _)| mark.clone()).collect();
    let found = |marks: &[Mark]| {
        let contact = |mark: &Mark| now.iter().find(|(known, _)| known == mark).map(|(_, contact)| contact.clone());
        marks.iter().filter_map(contact).collect::<Vec<_>>()
    };
    let kept: Vec<Mark> = undo_list(&record.marks_before, &record.marks_after, &marks)
        .into_iter()
        .filter(|mark| !record.marks_absorbed.contains(mark))
        .collect();
    (found(&kept), found(&record.marks_absorbed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_proto::talent::v1::Language;

    use super::*;

    fn contact(kind: Kind, value: &str) -> Contact {
        Contact { kind, value: value.to_owned() }
    }

    fn mark(contact: &Contact) -> Mark {
        Mark(format!("{}:{}", contact.kind.name(), contact.value))
    }

    fn marks(profile: &Profile) -> Vec<Mark> {
        profile.contacts().map(|contact| mark(&contact)).collect()
    }

    fn record(survivor: &Profile, absorbed: &Profile, after: &Profile) -> Record {
        Record {
            before: survivor.clone(),
            after: after.clone(),
            marks_before: marks(survivor),
            marks_after: marks(after),
            marks_absorbed: marks(absorbed),
            survivor_version: 2,
        }
    }

    /// Both as they are when a merge is undone.
    fn undone(record: &Record, absorbed: &Profile, now: &Profile) -> (Profile, Profile) {
        let marked: Vec<_> = now.contacts().map(|contact| (mark(&contact), contact)).collect();
        let (ours, theirs) = returned(record, &marked);
        let mut survivor = undo(&record.before, &record.after, now);
        set_contacts(&mut survivor, ours);
        let mut absorbed = absorbed.clone();
        set_contacts(&mut absorbed, theirs);
        (survivor, absorbed)
    }

    fn skill(name: &str, years: u8) -> Skill {
        Skill { years, ..Skill::named(name.to_owned()) }
    }

    /// Somebody; `who` keeps the contact points of two people apart.
    fn person(who: &'static str) -> impl Strategy<Value = Profile> {
        let words = || prop::sample::select(vec!["", "a", "b", "c"]);
        let channels = || prop::sample::subsequence(Kind::ALL.to_vec(), 0..=3);
        let contacts = prop::collection::vec((prop::sample::select(Kind::ALL.to_vec()), 0..3_u8), 0..6);
        let skills = prop::collection::btree_map(prop::sample::select(vec!["Rust", "Go", "Java"]), 0..4_u8, 0..3);
        let schools = prop::collection::btree_set(0..4_u16, 0..3);
        (words(), words(), 0..4_u8, skills, schools, channels(), contacts).prop_map(
            move |(name, city, years, skills, schools, preferred_channels, contacts)| {
                let mut profile = Profile {
                    display_name: name.to_owned(),
                    city: city.to_owned(),
                    years,
                    skills: skills.into_iter().map(|(name, years)| skill(name, years)).collect(),
                    education: schools
                        .into_iter()
                        .rev()
                        .map(|year| Education { end_year: 2000 + year, ..Education::default() })
                        .collect(),
                    preferred_channels,
                    language: Language::En,
                    ..Profile::unknown()
                };
                // As they come out of the database: by kind.
                let mut contacts: Vec<_> =
                    contacts.into_iter().map(|(kind, number)| contact(kind, &format!("{who}{number}"))).collect();
                contacts.sort_by_key(|contact| contact.kind);
                set_contacts(&mut profile, contacts);
                profile
            },
        )
    }

    fn any_choices() -> impl Strategy<Value = Choices> {
        let choice = || prop::sample::select(vec![Choice::Survivor, Choice::Absorbed, Choice::Both]);
        prop::collection::btree_map(prop::sample::select(fields().collect::<Vec<_>>()), choice(), 0..16).prop_map(
            |said| said.into_iter().filter(|(field, choice)| *choice != Choice::Both || is_list(field)).collect(),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn undone_at_once_is_never_done(ann in person("ann"), bob in person("bob"), said in any_choices()) {
            let merged = merge(&ann, &bob, &choices(&ann, &bob, &said));
            let record = record(&ann, &bob, &merged);
            let (survivor, absorbed) = undone(&record, &bob, &merged);
            prop_assert!(survivor == ann, "{:?}", ann.changed(&survivor));
            prop_assert!(absorbed == bob, "{:?}", bob.changed(&absorbed));
        }

        #[test]
        fn no_contact_point_is_lost(ann in person("ann"), bob in person("bob"), said in any_choices()) {
            let merged = merge(&ann, &bob, &choices(&ann, &bob, &said));
            let all: std::collections::BTreeSet<_> = ann.contacts().chain(bob.contacts()).collect();
            prop_assert_eq!(merged.contacts().collect::<std::collections::BTreeSet<_>>(), all);
        }

        #[test]
        fn what_was_changed_since_stays(ann in person("ann"), bob in person("bob"), said in any_choices()) {
            let mut now = merge(&ann, &bob, &choices(&ann, &bob, &said));
            let record = record(&ann, &bob, &now);
            now.city = "somewhere else".to_owned();
            now.skills.push(skill("COBOL", 1));
            now.add_contact(contact(Kind::Email, "new"));
            let (survivor, absorbed) = undone(&record, &bob, &now);
            prop_assert_eq!(&survivor.city, "somewhere else");
            prop_assert!(survivor.skills.contains(&skill("COBOL", 1)));
            let expected: std::collections::BTreeSet<_> =
                ann.contacts().chain([contact(Kind::Email, "new")]).collect();
            prop_assert_eq!(survivor.contacts().collect::<std::collections::BTreeSet<_>>(), expected);
            let ours = ann.skills.iter().all(|skill| survivor.skills.contains(skill));
            prop_assert!(ours && survivor.skills.len() == ann.skills.len() + 1);
            prop_assert!(absorbed == bob);
        }
    }

    #[test]
    fn what_only_one_says_is_taken() {
        let ann = Profile { city: "上海".to_owned(), years: 3, ..Profile::unknown() };
        let bob = Profile { title: "SRE".to_owned(), city: "北京".to_owned(), years: 5, ..Profile::unknown() };
        let merged = merge(&ann, &bob, &choices(&ann, &bob, &Choices::new()));
        assert_eq!((merged.city.as_str(), merged.title.as_str(), merged.years), ("上海", "SRE", 5));
    }

    #[test]
    fn what_was_taken_away_since_does_not_come_back() {
        let mut ann = Profile::unknown();
        ann.add_contact(contact(Kind::Email, "ann"));
        let mut bob = Profile::unknown();
        bob.add_contact(contact(Kind::Email, "bob"));
        let mut now = merge(&ann, &bob, &choices(&ann, &bob, &Choices::new()));
        let record = record(&ann, &bob, &now);
        set_contacts(&mut now, [contact(Kind::Email, "ann")]);
        let (survivor, absorbed) = undone(&record, &bob, &now);
        assert_eq!((survivor.email.as_str(), absorbed.email.as_str()), ("ann", ""));
    }
}
