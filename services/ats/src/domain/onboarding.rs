//! From an accepted offer to the first day.
//!
//! Two timers stand for an onboarding. One reminds the candidate, see [`Onboarding::next_reminder`]; the other looks after
//! the host, see [`Onboarding::next_look`]: what should have been done and is not, and on the first day whether the person
//! came. Both are planned from the start date alone, so that they are set anew whenever it moves, and what is right is
//! decided when they go off, which may be late.

use std::collections::BTreeSet;

use chassis::{Error, Result, id};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{ChecklistSide, Joining};
use uuid::Uuid;

use super::{CandidateId, application::ApplicationId, day, interview::Change, job::JobId, offer::OfferId, task::About};

id!(
    /// An onboarding.
    OnboardingId,
    "onb"
);

/// The candidate is reminded so many days before the first.
const REMIND: [i64; 2] = [7, 1];
/// At this hour, in the work place's zone.
const REMIND_AT: u32 = 9;
/// What was due on a day is overdue at this hour of the next.
const OVERDUE_AT: u32 = 9;
/// Whether somebody came is asked at this hour of the first day: by then it is known.
const ASK_AT: u32 = 12;
/// The longest checklist.
const LONGEST: usize = 100;

/// Something that every onboarding of a tenant begins with, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub key: String,
    pub display_name: String,
    pub display_name_zh: String,
    pub due_offset_days: i32,
    pub side: i32,
    pub remind_candidate: bool,
}

/// Something to be done, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What a task about it is about.
    pub id: Uuid,
    #[serde(flatten)]
    pub entry: Entry,
    pub done_by: Option<String>,
    pub done_time: Option<DateTime<Utc>>,
    /// Whether somebody was told that it is overdue.
    pub told: bool,
}

impl Item {
    /// One that is yet to be done.
    pub fn new(entry: Entry) -> Self {
        Self { id: Uuid::now_v7(), entry, done_by: None, done_time: None, told: false }
    }

    fn is_hosts(&self) -> bool {
        self.entry.side == ChecklistSide::Host as i32
    }

    fn is_done(&self) -> bool {
        self.done_time.is_some()
    }
}

/// From an accepted offer to the first day.
#[derive(Debug, Clone)]
pub struct Onboarding {
    pub id: OnboardingId,
    pub offer_id: OfferId,
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub candidate_id: CandidateId,
    pub position_title: String,
    pub start_date: NaiveDate,
    pub time_zone: String,
    pub place: String,
    pub contact_name: String,
    pub contact_channel: String,
    pub joining: Joining,
    /// Whether somebody was asked if they joined.
    pub asked: bool,
    /// How many reminders the candidate was sent.
    pub reminders: i32,
    pub items: Vec<Item>,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

/// What was recorded; never changed.
#[derive(Debug, Clone)]
pub struct JoiningEntry {
    pub joining: Joining,
    pub corrects: Joining,
    pub reason: String,
    pub actor: String,
    pub time: DateTime<Utc>,
}

/// What of an onboarding may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub start_date: NaiveDate,
    pub time_zone: String,
    pub place: String,
    pub contact_name: String,
    pub contact_channel: String,
}

/// What the host is asked for when a timer goes off.
#[derive(Debug, Default)]
pub struct Due {
    /// Done by nobody in time.
    pub overdue: Vec<Item>,
    /// Whether to ask if the person joined.
    pub ask: bool,
}

impl Onboarding {
    /// The day on which something is due.
    pub fn due_date(&self, item: &Item) -> NaiveDate {
        let offset = item.entry.due_offset_days;
        let days = Days::new(offset.unsigned_abs().into());
        let moved =
            if offset < 0 { self.start_date.checked_sub_days(days) } else { self.start_date.checked_add_days(days) };
        moved.unwrap_or(self.start_date)
    }

    /// When the candidate is reminded next.
    pub fn next_reminder(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.is_ahead() {
            return None;
        }
        REMIND
            .into_iter()
            .map(|days| day::at(self.start_date - TimeDelta::days(days), REMIND_AT, &self.time_zone))
            .filter(|time| *time > now)
            .min()
    }

    /// Whether a reminder still makes sense when its timer goes off: not on the first day or later.
    pub fn may_remind(&self, now: DateTime<Utc>) -> bool {
        self.is_ahead() && day::today(now, &self.time_zone) < self.start_date
    }

    /// What the candidate has still to do, and is to be told of.
    pub fn to_remind_of(&self) -> impl Iterator<Item = &Entry> {
        self.items.iter().filter(|item| item.entry.remind_candidate && !item.is_done()).map(|item| &item.entry)
    }

    /// When somebody has to look after the host's side next. What nobody was told of may lie in the past.
    pub fn next_look(&self) -> Option<DateTime<Utc>> {
        let overdue = self.items.iter().filter(|item| self.is_owed(item)).map(|item| self.overdue_time(item));
        let ask = (self.is_ahead() && !self.asked).then(|| self.ask_time());
        overdue.chain(ask).min()
    }

    /// What is right now that a timer went off. Each is said once.
    pub fn look(&mut self, now: DateTime<Utc>) -> Due {
        let due: BTreeSet<Uuid> = self
            .items
            .iter()
            .filter(|item| self.is_owed(item) && self.overdue_time(item) <= now)
            .map(|item| item.id)
            .collect();
        let mut overdue = Vec::new();
        for item in self.items.iter_mut().filter(|item| due.contains(&item.id)) {
            item.told = true;
            overdue.push(item.clone());
        }
        let ask = self.is_ahead() && !self.asked && self.ask_time() <= now;
        self.asked |= ask;
        Due { overdue, ask }
    }

    /// What may be changed, as it stands.
    pub fn details(&self) -> Details {
        Details {
            start_date: self.start_date,
            time_zone: self.time_zone.clone(),
            place: self.place.clone(),
            contact_name: self.contact_name.clone(),
            contact_channel: self.contact_channel.clone(),
        }
    }

    /// Takes on a change. With the items that are no longer overdue; the question whether they joined is asked anew when
    /// the first day is another one.
    pub fn change(&mut self, to: Details, now: DateTime<Utc>) -> Result<(Change, Vec<Uuid>)> {
        if !self.is_ahead() {
            return Err(self.wrong_state());
        }
        let before = self.details();
        if before == to {
            return Ok((Change::None, Vec::new()));
        }
        day::zone("time_zone", &to.time_zone)?;
        for (field, text) in
            [("place", &to.place), ("contact_name", &to.contact_name), ("contact_channel", &to.contact_channel)]
        {
            if text.trim().is_empty() {
                return Err(Error::invalid(field, "FIELD_REQUIRED", "can not be made empty"));
            }
        }
        if to.start_date != before.start_date && to.start_date < day::today(now, &to.time_zone) {
            return Err(Error::invalid("start_date", "DATE_IN_PAST", "must not lie in the past"));
        }
        let moved = (before.start_date, &before.time_zone) != (to.start_date, &to.time_zone);
        Details {
            start_date: self.start_date,
            time_zone: self.time_zone,
            place: self.place,
            contact_name: self.contact_name,
            contact_channel: self.contact_channel,
        } = to;
        let mut in_time = Vec::new();
        if moved {
            self.asked = self.asked && self.ask_time() <= now;
            for place in 0..self.items.len() {
                if self.items[place].told && self.overdue_time(&self.items[place]) > now {
                    self.items[place].told = false;
                    in_time.push(self.items[place].id);
                }
            }
        }
        self.touch(now);
        Ok((Change::Made, in_time))
    }

    /// Somebody did something. With its id.
    pub fn complete(&mut self, key: &str, actor: &str, now: DateTime<Utc>) -> Result<(Change, Uuid)> {
        let item = self.item(key)?;
        if item.is_done() {
            return Ok((Change::None, item.id));
        }
        item.done_by = Some(actor.to_owned());
        item.done_time = Some(now);
        let id = item.id;
        self.touch(now);
        Ok((Change::Made, id))
    }

    /// It was not done after all; who should have done it is told anew.
    pub fn reopen(&mut self, key: &str, now: DateTime<Utc>) -> Result<Change> {
        let item = self.item(key)?;
        if !item.is_done() {
            return Ok(Change::None);
        }
        item.done_by = None;
        item.done_time = None;
        item.told = false;
        self.touch(now);
        Ok(Change::Made)
    }

    /// Puts something on the checklist.
    pub fn add(&mut self, entry: Entry, now: DateTime<Utc>) -> Result<()> {
        if self.joining == Joining::DidNotJoin {
            return Err(self.wrong_state());
        }
        if self.items.iter().any(|item| item.entry.key == entry.key) {
            return Err(Error::already_exists("ONBOARDING_ITEM_EXISTS", "the checklist has an item of this key"));
        }
        if self.items.len() >= LONGEST {
            let message = format!("a checklist has at most {LONGEST} items");
            return Err(Error::failed_precondition("CHECKLIST_FULL", message));
        }
        self.items.push(Item::new(entry));
        self.touch(now);
        Ok(())
    }

    /// Somebody says whether the person joined. What had been said before is corrected only with a reason.
    pub fn record(&mut self, joining: Joining, reason: &str, now: DateTime<Utc>) -> Result<Change> {
        if self.joining == joining {
            return Ok(Change::None);
        }
        if joining == Joining::Joined && day::today(now, &self.time_zone) < self.start_date {
            let message = "the first day is yet to come; move it first if they joined earlier";
            return Err(Error::failed_precondition("NOT_STARTED_YET", message));
        }
        let corrects = self.joining != Joining::Unspecified;
        if (corrects || joining == Joining::DidNotJoin) && reason.trim().is_empty() {
            let rule = "is required for not joining, and to correct what was recorded";
            return Err(Error::invalid("reason", "FIELD_REQUIRED", rule));
        }
        self.joining = joining;
        self.touch(now);
        Ok(Change::Made)
    }

    /// Whether nobody has said yet if they joined.
    fn is_ahead(&self) -> bool {
        self.joining == Joining::Unspecified
    }

    /// Whether the host owes something that nobody was told of. Whoever did not join needs nothing any more.
    fn is_owed(&self, item: &Item) -> bool {
        item.is_hosts() && !item.is_done() && !item.told && self.joining != Joining::DidNotJoin
    }

    fn overdue_time(&self, item: &Item) -> DateTime<Utc> {
        day::at(self.due_date(item) + TimeDelta::days(1), OVERDUE_AT, &self.time_zone)
    }

    fn ask_time(&self) -> DateTime<Utc> {
        day::at(self.start_date, ASK_AT, &self.time_zone)
    }

    fn item(&mut self, key: &str) -> Result<&mut Item> {
        self.items
            .iter_mut()
            .find(|item| item.entry.key == key)
            .ok_or_else(|| Error::not_found("ONBOARDING_ITEM_NOT_FOUND", "the checklist has no item of this key"))
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.update_time = now;
    }

    fn wrong_state(&self) -> Error {
        let joining = self.joining.as_str_name().trim_start_matches("JOINING_").to_lowercase().replace('_', " ");
        Error::failed_precondition("ONBOARDING_STATE", format!("it was recorded that they {joining}"))
            .with("joining", joining)
    }
}

impl From<&Onboarding> for About {
    fn from(onboarding: &Onboarding) -> Self {
        Self {
            subject: onboarding.id.0,
            candidate_id: onboarding.candidate_id,
            application_id: Some(onboarding.application_id),
            interview_id: None,
        }
    }
}

/// A checklist as it is without anybody having said how it should be.
pub fn default_checklist() -> Vec<Entry> {
    let (host, candidate) = (ChecklistSide::Host, ChecklistSide::Candidate);
    [
        ("contract_signed", "The contract is signed by both sides", "双方签署劳动合同", -7, host, false),
        ("buddy_named", "A buddy is named", "指定入职伙伴", -5, host, false),
        ("workplace_ready", "Workplace, equipment and accounts are ready", "工位、设备和账号准备就绪", -2, host, false),
        ("first_day_told", "The schedule of the first day is told", "告知首日安排", -2, host, false),
        ("identity_document", "Identity document, and a copy", "身份证原件及复印件", 0, candidate, true),
        ("bank_details", "Bank account for the salary", "工资卡账户信息", 0, candidate, true),
        (
            "certificates",
            "Certificates of education, and of leaving the last employer",
            "学历证书和离职证明",
            0,
            candidate,
            true,
        ),
        ("welcome_talk", "Somebody has asked how the first week went", "首周回访", 7, host, false),
    ]
    .into_iter()
    .map(|(key, name, name_zh, due_offset_days, side, remind_candidate)| Entry {
        key: key.to_owned(),
        display_name: name.to_owned(),
        display_name_zh: name_zh.to_owned(),
        due_offset_days,
        side: side as i32,
        remind_candidate,
    })
    .collect()
}

/// Refuses two entries of the same key.
pub fn check_checklist(field: &str, checklist: &[Entry]) -> Result<()> {
    let keys: BTreeSet<&str> = checklist.iter().map(|entry| entry.key.as_str()).collect();
    if keys.len() == checklist.len() {
        return Ok(());
    }
    Err(Error::invalid(field, "ITEM_REPEATED", "must have keys that differ"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn sample(start: &str) -> Onboarding {
        Onboarding {
            id: OnboardingId::new(),
            offer_id: OfferId::new(),
            application_id: ApplicationId::new(),
            job_id: JobId::new(),
            candidate_id: CandidateId::new(),
            position_title: "Engineer".to_owned(),
            start_date: start.parse().unwrap(),
            time_zone: "Asia/Shanghai".to_owned(),
            place: "上海".to_owned(),
            contact_name: "Rita".to_owned(),
            contact_channel: "+86".to_owned(),
            joining: Joining::Unspecified,
            asked: false,
            reminders: 0,
            items: default_checklist().into_iter().map(Item::new).collect(),
            version: 1,
            create_time: at("2027-01-01T00:00:00Z"),
            update_time: at("2027-01-01T00:00:00Z"),
        }
    }

    #[test]
    fn the_candidate_is_reminded_a_week_and_a_day_before_in_the_morning() {
        let onboarding = sample("2027-03-01");
        let next = |now| onboarding.next_reminder(at(now)).map(|time| time.to_rfc3339());
        assert_eq!(next("2027-01-01T00:00:00Z").as_deref(), Some("2027-02-22T01:00:00+00:00"));
        assert_eq!(next("2027-02-22T01:00:00Z").as_deref(), Some("2027-02-28T01:00:00+00:00"));
        assert_eq!(next("2027-02-28T01:00:00Z"), None);
        assert!(onboarding.may_remind(at("2027-02-28T15:59:59Z")));
        assert!(!onboarding.may_remind(at("2027-02-28T16:00:00Z")), "it is the first day there");
    }

    #[test]
    fn what_the_host_owes_is_said_once_and_again_when_it_was_not_done_after_all() {
        let mut onboarding = sample("2027-03-01");
        assert_eq!(onboarding.next_look(), Some(at("2027-02-23T01:00:00Z")), "the morning after the contract was due");
        let due = onboarding.look(at("2027-02-23T01:00:00Z"));
        assert_eq!(due.overdue.iter().map(|item| item.entry.key.as_str()).collect::<Vec<_>>(), ["contract_signed"]);
        assert!(onboarding.look(at("2027-02-23T02:00:00Z")).overdue.is_empty());
        let now = at("2027-02-23T03:00:00Z");
        assert_eq!(onboarding.complete("contract_signed", "user", now).unwrap().0, Change::Made);
        assert_eq!(onboarding.complete("contract_signed", "user", now).unwrap().0, Change::None);
        assert_eq!(onboarding.reopen("contract_signed", now).unwrap(), Change::Made);
        assert_eq!(onboarding.look(now).overdue.len(), 1);
    }

    #[test]
    fn who_did_not_join_needs_nothing_any_more() {
        let mut onboarding = sample("2027-03-01");
        let now = at("2027-02-20T00:00:00Z");
        assert_eq!(onboarding.record(Joining::Joined, "", now).unwrap_err().reason(), "NOT_STARTED_YET");
        assert_eq!(onboarding.record(Joining::DidNotJoin, "", now).unwrap_err().reason(), "FIELD_REQUIRED");
        onboarding.record(Joining::DidNotJoin, "took another offer", now).unwrap();
        assert_eq!((onboarding.next_look(), onboarding.next_reminder(now)), (None, None));
        assert_eq!(onboarding.change(onboarding.details(), now).unwrap_err().reason(), "ONBOARDING_STATE");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn looking_ends_and_everything_owed_is_said_once(
            moves in proptest::collection::vec((0_i64..40, 0_i64..96), 0..12),
        ) {
            let mut now = at("2027-01-01T00:00:00Z");
            let mut onboarding = sample("2027-01-20");
            for (days, hours) in moves {
                now += TimeDelta::hours(hours);
                let to = Details { start_date: now.date_naive() + TimeDelta::days(days + 1), ..onboarding.details() };
                onboarding.change(to, now).unwrap();
                onboarding.look(now);
                prop_assert!(onboarding.next_look().is_none_or(|next| next > now));
                let before = onboarding.clone();
                let due = onboarding.look(now);
                prop_assert!(due.overdue.is_empty() && !due.ask, "said once");
                prop_assert_eq!(before.items, onboarding.items.clone());
                if let Some(reminder) = onboarding.next_reminder(now) {
                    prop_assert!(reminder > now && onboarding.may_remind(reminder));
                }
            }
        }
    }
}
