//! The interview as a calendar entry (RFC 5545). Times are in UTC, so that no calendar needs to know a zone. It has the
//! UID of the entry in the mails, so that a calendar has it once.

use chassis::{Error, wire};
use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus};
use usher_proto::ats::v1::{Centre, InterviewState};

use crate::lang::Lang;

/// An interview whose length is not known takes this much of the day.
const USUAL: TimeDelta = TimeDelta::hours(1);

/// The entry, as a file.
pub fn entry(lang: Lang, centre: &Centre, now: DateTime<Utc>) -> Result<String, Error> {
    let start = wire::required_instant("start_time", centre.start_time.as_ref())?;
    let duration = centre.duration.as_ref().map(|span| wire::span("duration", span)).transpose()?;
    let end = start.checked_add_signed(duration.unwrap_or(USUAL)).unwrap_or(start);
    let title = lang.pick("面试", "Interview");
    let event = Event::with_uid(&plain(&centre.calendar_uid))
        .timestamp(now)
        .sequence(centre.calendar_sequence.unsigned_abs())
        .starts(start)
        .ends(end)
        .status(status(centre))
        .summary(&plain(&format!("{title}: {} · {}", centre.company_name, centre.job_title)))
        .location(&plain(if centre.place.is_empty() { &centre.link } else { &centre.place }))
        .description(&plain(&description(lang, centre)))
        .done();
    let calendar = Calendar::empty()
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//Usher//Candidate centre//EN"))
        .append_property(("METHOD", "PUBLISH"))
        .push(event)
        .done();
    Ok(fold(&calendar.to_string()))
}

fn status(centre: &Centre) -> EventStatus {
    match centre.state() {
        InterviewState::Confirmed | InterviewState::Concluded => EventStatus::Confirmed,
        InterviewState::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Tentative,
    }
}

fn description(lang: Lang, centre: &Centre) -> String {
    let people: Vec<_> = centre.interviewers.iter().map(|person| person.display_name.as_str()).collect();
    let contact = [centre.contact_name.as_str(), centre.contact_channel.as_str()].join(" ");
    let lines = [
        (lang.pick("面试官", "With"), people.join(lang.pick("、", ", "))),
        (lang.pick("链接", "Link"), centre.link.clone()),
        (lang.pick("请带上", "Please bring"), centre.materials.join(lang.pick("、", ", "))),
        (lang.pick("联系人", "Contact"), contact.trim().to_owned()),
    ];
    let said: Vec<_> =
        lines.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {text}")).collect();
    said.join("\n")
}

/// Folds again at 75 octets: the library counts one too many where it matters.
fn fold(text: &str) -> String {
    let unfolded = text.replace("\r\n ", "");
    let mut folded = String::with_capacity(text.len());
    for line in unfolded.split_terminator("\r\n") {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > 75 {
                folded.push_str("\r\n ");
                width = 1;
            }
            folded.push(letter);
            width += letter.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

/// A line end that is not escaped would start a property of somebody else's making; only `\n` is escaped.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(centre: &Centre) -> String {
        entry(Lang::En, centre, "2026-11-23T00:00:00Z".parse().unwrap()).unwrap()
    }

    fn centre(place: &str) -> Centre {
        Centre {
            start_time: Some(wire::timestamp("2026-12-03T06:00:00Z".parse().unwrap())),
            duration: Some(wire::duration(TimeDelta::minutes(90))),
            place: place.to_owned(),
            company_name: "Nebula; Ltd, 上海".to_owned(),
            calendar_uid: "intv_1@usher".to_owned(),
            calendar_sequence: 2,
            ..Centre::default()
        }
    }

    #[test]
    fn says_when_in_utc_under_the_name_that_the_mails_use() {
        let text = written(&centre("Room 3"));
        for line in [
            "DTSTART:20261203T060000Z",
            "DTEND:20261203T073000Z",
            "DTSTAMP:20261123T000000Z",
            "STATUS:TENTATIVE",
            "UID:intv_1@usher",
            "SEQUENCE:2",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
        }
        assert!(text.contains(r"Nebula\; Ltd\, 上海"));
        assert_eq!(text.matches("UID:").count(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_text_breaks_out_of_its_line(place in "[\\x00-\\x7f面试室\u{85}\u{2028}]{0,200}") {
            let text = written(&centre(&place));
            for line in text.split("\r\n") {
                prop_assert!(line.len() <= 75, "{line}");
                prop_assert!(!line.contains(['\r', '\n']), "{line}");
            }
            let unfolded = text.replace("\r\n ", "");
            let location = unfolded.split("\r\n").find_map(|line| line.strip_prefix("LOCATION:")).unwrap();
            let unescaped = location.replace("\\\\", "\0").replace("\\n", "\n").replace("\\,", ",")
                .replace("\\;", ";").replace('\0', "\\");
            prop_assert_eq!(unescaped, plain(&place));
            prop_assert_eq!(unfolded.matches("BEGIN:").count(), 2);
        }
    }
}
