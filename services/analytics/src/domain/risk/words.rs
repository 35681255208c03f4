//! What is known of an interview in words, made from the typed facts alone.

use super::encode::finite;
use super::features::Topic;
use super::known::{Answer, Channel, DayPart, Forecast, Known, MovedBy, Source, Weekday};

/// The value of one topic, such as "9 days ahead" or "unknown".
pub fn value(topic: Topic, known: &Known) -> String {
    let said = match topic {
        Topic::LeadTime => finite(known.lead_days).map(|days| format!("{days:.0} days ahead")),
        Topic::Round => known.round.map(|round| format!("round {round}")),
        Topic::Attempt => known.attempt.map(|attempt| format!("attempt {attempt}")),
        Topic::Answer => known.answer.map(answer).map(String::from),
        Topic::Silence => finite(known.hours_since_message).map(silence),
        Topic::Reminder => known.reminded.map(|yes| if yes { "planned or sent" } else { "none" }.to_owned()),
        Topic::Messages => known.messages.map(|n| format!("{n} so far")),
        Topic::Reschedules => known.reschedules.map(times),
        Topic::MovedBy => known.moved_by.map(moved_by).map(String::from),
        Topic::Weekday => known.weekday.map(weekday).map(String::from),
        Topic::DayPart => known.day_part.map(day_part).map(String::from),
        Topic::Earlier => {
            known.earlier.map(|earlier| format!("{} attended, {} missed", earlier.attended, earlier.missed))
        }
        Topic::Forecast => known.forecast.map(forecast).map(String::from),
        Topic::Source => known.source.map(source).map(String::from),
        Topic::Channel => known.channel.map(channel).map(String::from),
        Topic::Place => known.place_told.map(|yes| if yes { "told" } else { "not told" }.to_owned()),
    };
    said.unwrap_or_else(|| "unknown".to_owned())
}

fn silence(hours: f64) -> String {
    if hours < 48.0 { format!("{hours:.0} hours") } else { format!("{:.0} days", hours / 24.0) }
}

fn times(n: u32) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Nothing => "not answered yet",
        Answer::Replied => "answered without a yes",
        Answer::Confirmed => "confirmed",
        Answer::OtherTime => "asked for another time",
    }
}

fn moved_by(by: MovedBy) -> &'static str {
    match by {
        MovedBy::Nobody => "nobody",
        MovedBy::Candidate => "the candidate",
        MovedBy::Host => "the host",
        MovedBy::Both => "both sides",
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn day_part(part: DayPart) -> &'static str {
    match part {
        DayPart::Early => "before 10:00",
        DayPart::Morning => "10:00 to 12:00",
        DayPart::Midday => "12:00 to 14:00",
        DayPart::Afternoon => "14:00 to 17:00",
        DayPart::Evening => "from 17:00",
    }
}

fn forecast(forecast: Forecast) -> &'static str {
    match forecast {
        Forecast::Expected => "expected to come",
        Forecast::Uncertain => "uncertain",
        Forecast::NotExpected => "not expected to come",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::JobBoard => "job board",
        Source::CareerPage => "career page",
        Source::Referral => "referral",
        Source::Agency => "agency",
        Source::Approached => "approached by us",
        Source::Other => "other",
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "mail",
        Channel::TextMessage => "text message",
        Channel::Chat => "chat",
        Channel::Telephone => "telephone",
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::usual;
    use super::super::features::Feature;
    use super::*;

    #[test]
    fn the_unknown_is_called_unknown_and_the_known_is_not() {
        for feature in Feature::ALL {
            assert_eq!(value(feature.topic(), &Known::default()), "unknown");
            assert_ne!(value(feature.topic(), &usual()), "unknown");
        }
        assert_eq!(value(Topic::LeadTime, &Known { lead_days: Some(f64::NAN), ..usual() }), "unknown");
        assert_eq!(value(Topic::Silence, &Known { hours_since_message: Some(72.0), ..usual() }), "3 days");
        assert_eq!(value(Topic::Reschedules, &Known { reschedules: Some(2), ..usual() }), "2 times");
    }
}
