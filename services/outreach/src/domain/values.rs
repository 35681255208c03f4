//! Facts as their reader is told them: what templates print.

use chassis::{Result, wire};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::MessageFacts;

use super::{
    plain::{line, lines},
    terms,
    variables::Values,
    when,
};

/// The variables of a message in a language. Errors: a time, zone or day that no calendar has.
pub fn values(facts: &MessageFacts, name: &str, language: &str, answer_link: &str) -> Result<Values> {
    let zone = if facts.time_zone.is_empty() { chrono_tz::UTC } else { when::zone(&facts.time_zone)? };
    let time = |field: &str, time: &Option<prost_types::Timestamp>| -> Result<Option<DateTime<Utc>>> {
        time.as_ref().map(|time| wire::instant(field, time)).transpose()
    };
    let mut values = Values::default();
    values.text("name", line(name));
    values.text("position", line(&facts.position));
    values.text("company", line(&facts.company));
    if let Some(start) = time("facts.start_time", &facts.start_time)? {
        values.text("when", when::long(start, zone, language));
        values.text("when_short", when::short(start, zone, language));
    }
    if let Some(span) = &facts.duration {
        values.text("duration", when::duration(wire::span("facts.duration", span)?, language));
    }
    values.text("place", line(&facts.place));
    values.text("link", line(&facts.link));
    let offered = facts.offered_times.iter();
    let offered = offered.map(|time| Ok(when::long(wire::instant("facts.offered_times", time)?, zone, language)));
    values.list("offered_times", offered.collect::<Result<Vec<_>>>()?);
    values.list("interviewers", facts.interviewers.iter().map(|name| line(name)));
    values.list("materials", facts.materials.iter().map(|material| line(material)));
    values.text("contact_name", line(&facts.contact_name));
    values.text("contact_channel", line(&facts.contact_channel));
    if let Some(time) = time("facts.answer_by", &facts.answer_by)? {
        values.text("answer_by", when::long(time, zone, language));
    }
    values.text("answer_link", answer_link);
    values.text("team_introduction", lines(&facts.team_introduction));
    // As it is: that it is one line is checked where the subject is made.
    values.text("subject", facts.subject.clone());
    values.text("body", lines(&facts.body));
    values.text("start_date", terms::day("facts.start_date", &facts.start_date, language)?);
    let pay = terms::salary(&facts.salary_amount, &facts.salary_currency, &facts.salary_period, language);
    values.text("pay", pay);
    values.text("employment_type", terms::employment_type(&facts.employment_type, language));
    values.text("benefits", lines(&facts.benefits));
    values.list("checklist", terms::checklist(facts, language).iter().map(|thing| line(thing)));
    values.text("topic", line(&facts.topic));
    values.text("strengths", lines(&facts.strengths));
    values.text("advice", lines(&facts.advice));
    values.text("reason", line(&facts.reason));
    values.text("skill", line(&facts.skill));
    values.text("referrer", line(&facts.referrer));
    Ok(values)
}
