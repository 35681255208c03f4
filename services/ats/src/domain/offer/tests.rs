//! What may become of an offer, one act at a time and at random.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn terms(now: DateTime<Utc>) -> Terms {
    Terms {
        position_title: "Java 后端工程师".to_owned(),
        employment_type: EmploymentType::FullTime as i32,
        start_date: (now + TimeDelta::days(30)).date_naive(),
        time_zone: "Asia/Shanghai".to_owned(),
        salary_minor_units: 2_500_000,
        salary_currency: "CNY".to_owned(),
        salary_period: SalaryPeriod::Month as i32,
        location: "上海".to_owned(),
        benefits: String::new(),
        expire_time: now + TimeDelta::days(5),
    }
}

pub fn sample(now: DateTime<Utc>, approvers: &[&str]) -> Offer {
    Offer {
        id: OfferId::new(),
        application_id: ApplicationId::new(),
        job_id: JobId::new(),
        candidate_id: CandidateId::new(),
        state: OfferState::Draft,
        terms: terms(now),
        terms_version: 1,
        approvers: approvers.iter().map(|name| (*name).to_owned()).collect(),
        round: 0,
        agreed: 0,
        contact_name: "Rita".to_owned(),
        contact_channel: "+86".to_owned(),
        author: "author".to_owned(),
        candidate_note: String::new(),
        send_time: None,
        message_time: None,
        answer_time: None,
        version: 1,
        create_time: now,
        update_time: now,
    }
}

fn actor(name: &str) -> Actor {
    Actor::new(name)
}

#[derive(Debug, Clone)]
enum Act {
    Salary(i64),
    Contact(u8),
    Chain(usize),
    Extend(i64),
    Submit,
    Approve(usize, bool),
    Refuse(usize),
    Send,
    Rescind,
    Answer(bool, bool),
    Expire,
    Wait(i64),
}

const NAMES: [&str; 3] = ["anna", "boris", "chen"];

fn act() -> impl Strategy<Value = Act> {
    // Those that lead on more often than those that end it, so that histories get somewhere.
    prop_oneof![
        2 => (1_i64..4).prop_map(Act::Salary),
        1 => (0_u8..3).prop_map(Act::Contact),
        1 => (0_usize..4).prop_map(Act::Chain),
        1 => (1_i64..20).prop_map(Act::Extend),
        5 => Just(Act::Submit),
        12 => (0_usize..3, proptest::bool::weighted(0.9)).prop_map(|(who, fresh)| Act::Approve(who, fresh)),
        1 => (0_usize..3).prop_map(Act::Refuse),
        5 => Just(Act::Send),
        1 => Just(Act::Rescind),
        3 => (any::<bool>(), proptest::bool::weighted(0.9)).prop_map(|(yes, fresh)| Act::Answer(yes, fresh)),
        1 => Just(Act::Expire),
        3 => (0_i64..60).prop_map(Act::Wait),
    ]
}

/// What was written down.
#[derive(Default)]
struct Book {
    steps: Vec<Transition>,
    approvals: Vec<Approval>,
    terms: Vec<Terms>,
}

fn perform(offer: &mut Offer, act: &Act, book: &mut Book, now: DateTime<Utc>) -> Result<()> {
    let me = actor("author");
    match act {
        Act::Salary(_) | Act::Contact(_) | Act::Chain(_) | Act::Extend(_) => {
            let mut to = offer.proposal();
            match act {
                Act::Salary(amount) => to.terms.salary_minor_units = *amount,
                Act::Contact(who) => to.contact_name = who.to_string(),
                Act::Chain(length) => to.approvers = NAMES[..*length].iter().map(ToString::to_string).collect(),
                Act::Extend(hours) => to.terms.expire_time = now + TimeDelta::hours(*hours),
                _ => {}
            }
            if let Some(changed) = offer.change(to, me, now)? {
                book.steps.extend(changed.step);
                if changed.terms {
                    book.terms.push(offer.terms.clone());
                }
            }
        }
        Act::Submit => book.steps.push(offer.submit(me, now)?),
        Act::Approve(who, fresh) => {
            let read = if *fresh { offer.terms_version } else { offer.terms_version - 1 };
            if let Some((approval, step)) = offer.approve(actor(NAMES[*who]), read, String::new(), now)? {
                book.approvals.push(approval);
                book.steps.extend(step);
            }
        }
        Act::Refuse(who) => {
            let (approval, step) = offer.refuse(actor(NAMES[*who]), offer.terms_version, "no".to_owned(), now)?;
            book.approvals.push(approval);
            book.steps.push(step);
        }
        Act::Send => book.steps.push(offer.send(me, now)?),
        Act::Rescind => book.steps.push(offer.rescind(me, "budget".to_owned(), now)?),
        Act::Answer(yes, fresh) => {
            let answer = if *yes { OfferAnswer::Accepted } else { OfferAnswer::Declined };
            let revision = if *fresh { offer.revision() } else { "old".to_owned() };
            let step = offer.answer(answer, Some(&revision), String::new(), Actor::candidate(), now)?;
            book.steps.extend(step);
        }
        Act::Expire => book.steps.extend(offer.expire(Actor::service("ats"), now)?),
        Act::Wait(_) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_048, ..ProptestConfig::default() })]
    #[test]
    fn no_history_leaves_the_moves_and_nothing_is_sent_that_was_not_agreed_to(
        length in 0_usize..4, acts in proptest::collection::vec(act(), 0..60),
    ) {
        let mut now = start();
        let mut offer = sample(now, &NAMES[..length]);
        let mut book = Book { terms: vec![offer.terms.clone()], ..Book::default() };
        for act in acts {
            if let Act::Wait(hours) = act {
                now += TimeDelta::hours(hours);
            }
            let (before, steps) = (offer.clone(), book.steps.len());
            let outcome = perform(&mut offer, &act, &mut book, now);
            if outcome.is_err() {
                prop_assert_eq!(format!("{offer:?}"), format!("{before:?}"), "a refusal changes nothing");
            }
            prop_assert!(before.state == offer.state || MOVES.contains(&(before.state, offer.state)));
            prop_assert_eq!(before.state != offer.state, book.steps.len() > steps && {
                let step = book.steps.last().unwrap();
                step.from_state != step.to_state
            }, "every step is written down");
            if offer.terms != before.terms || offer.approvers != before.approvers {
                prop_assert_eq!(offer.agreed, 0, "no approval survives a change");
                prop_assert!(before.send_time.is_none(), "what is in the candidate's hand does not change");
            }
            prop_assert_eq!(book.terms.last(), Some(&offer.terms));
            prop_assert_eq!(i32::try_from(book.terms.len()).unwrap(), offer.terms_version);
            prop_assert_eq!(offer.turn().is_some(), offer.state == OfferState::PendingApproval);
            if matches!(offer.state, OfferState::Approved | OfferState::Sent | OfferState::Accepted) {
                let of_round: Vec<_> = book
                    .approvals
                    .iter()
                    .filter(|approval| approval.round == offer.round && approval.approved)
                    .map(|approval| (approval.approver.as_str(), approval.terms_version))
                    .collect();
                let owed: Vec<_> =
                    offer.approvers.iter().map(|name| (name.as_str(), offer.terms_version)).collect();
                prop_assert_eq!(of_round, owed, "agreed to by everybody, in order, in exactly these terms");
            }
            if offer.state != before.state && matches!(offer.state, OfferState::Accepted | OfferState::Declined) {
                prop_assert!(now < offer.terms.expire_time && before.state == OfferState::Sent);
            }
            if !before.is_open() {
                prop_assert_eq!(before.state, offer.state, "what is over stays over");
            }
        }
    }
}

#[test]
fn an_approver_in_haste_agrees_once_and_only_to_what_they_read() {
    let mut offer = sample(start(), &["anna", "boris"]);
    offer.submit(actor("author"), start()).unwrap();
    let early = offer.approve(actor("boris"), 1, String::new(), start()).unwrap_err();
    assert_eq!((early.reason(), early.message().contains("anna")), ("NOT_YOUR_TURN", true));
    assert!(offer.approve(actor("anna"), 1, String::new(), start()).unwrap().is_some());
    assert!(offer.approve(actor("anna"), 1, String::new(), start()).unwrap().is_none());
    let mut to = offer.proposal();
    to.terms.salary_minor_units += 1;
    offer.change(to, actor("author"), start()).unwrap();
    let unread = offer.approve(actor("anna"), 1, String::new(), start()).unwrap_err();
    assert_eq!(unread.reason(), "TERMS_CHANGED");
    let stranger = offer.approve(actor("dora"), 2, String::new(), start()).unwrap_err();
    assert_eq!(stranger.reason(), "NOT_AN_APPROVER");
}

#[test]
fn the_author_is_no_approver_beside_others() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let default = names(&["author", "anna"]);
    assert_eq!(chain(Vec::new(), &default, "author").unwrap(), ["anna"]);
    assert_eq!(chain(Vec::new(), &default, "boris").unwrap(), default);
    assert_eq!(chain(names(&["author"]), &default, "author").unwrap(), ["author"]);
    let refused = chain(names(&["anna", "author"]), &[], "author").unwrap_err();
    assert_eq!(refused.reason(), "APPROVER_IS_AUTHOR");
    assert_eq!(chain(names(&["anna", "anna"]), &[], "x").unwrap_err().reason(), "APPROVER_REPEATED");
}

#[test]
fn terms_that_nobody_can_be_offered_are_refused_by_field() {
    type Spoil = fn(&mut Terms);
    let now = start();
    let spoils: [(&str, &str, Spoil); 9] = [
        ("terms.position_title", "FIELD_REQUIRED", |terms| terms.position_title = " ".to_owned()),
        ("terms.location", "FIELD_REQUIRED", |terms| terms.location.clear()),
        ("terms.salary_currency", "FIELD_REQUIRED", |terms| terms.salary_currency.clear()),
        ("terms.salary_currency", "CURRENCY_UNKNOWN", |terms| terms.salary_currency = "XXX".to_owned()),
        ("terms.salary_period", "FIELD_REQUIRED", |terms| terms.salary_period = 0),
        ("terms.time_zone", "TIME_ZONE_UNKNOWN", |terms| terms.time_zone = "Mars".to_owned()),
        ("terms.start_date", "DATE_IN_PAST", |terms| terms.start_date = start().date_naive() - TimeDelta::days(2)),
        ("terms.expire_time", "TIME_IN_PAST", |terms| terms.expire_time = start()),
        ("terms.expire_time", "EXPIRES_AFTER_START", |terms| terms.expire_time += TimeDelta::days(40)),
    ];
    assert!(terms(now).check(now).is_ok());
    for (field, reason, spoil) in spoils {
        let mut spoiled = terms(now);
        spoil(&mut spoiled);
        let refused = spoiled.check(now).unwrap_err();
        assert_eq!((refused.violations()[0].0.as_str(), refused.reason()), (field, reason));
    }
}
