//! A line of JSON to what it says. Members bear the fields' names; education, employment, intent, consents and tags may
//! nest as in a profile of the contract. Where a mapping says so, a field is read from a path.

use serde_json::{Map, Value};

use super::{
    field::{Field, MOST_PLACES, Slot},
    mapping::{self, Mapping},
    raw::{Raw, RawConsent, RawTag, Said},
};
use crate::domain::{candidate::Skill, clean::Fault};

/// The most values of one list that are read.
const MOST: usize = 200;
/// As the contract bounds years.
const MOST_YEAR: u64 = 2200;

/// Members by the names that a profile of the contract has.
const ALIASES: [(&str, Field); 3] =
    [("display_name", Field::Name), ("wechat_id", Field::Wechat), ("years_of_experience", Field::Years)];

const SCHOOL: [(&str, Field); 5] = [
    ("school", Field::School),
    ("degree", Field::Degree),
    ("major", Field::Major),
    ("start", Field::SchoolStart),
    ("end", Field::SchoolEnd),
];

const EMPLOYER: [(&str, Field); 5] = [
    ("company", Field::Employer),
    ("title", Field::Position),
    ("start", Field::EmployerStart),
    ("end", Field::EmployerEnd),
    ("description", Field::EmployerDescription),
];

const INTENT: [(&str, Field); 5] = [
    ("level", Field::Intent),
    ("time", Field::IntentTime),
    ("expire_time", Field::IntentExpireTime),
    ("titles", Field::IntentTitles),
    ("cities", Field::IntentCities),
];

/// What an object says, and the names of its members that mean nothing here.
pub fn read(line: u64, text: &str, mapping: &Mapping) -> Result<(Raw, Vec<String>), Fault> {
    let value: Value =
        serde_json::from_str(text).map_err(|_| Fault::new("", "JSON_INVALID", "is not one JSON object on one line"))?;
    let Value::Object(members) = &value else {
        return Err(Fault::new("", "JSON_INVALID", "is JSON, but not an object"));
    };
    let mut reader = Reader { raw: Raw { line, ..Raw::default() }, mapping, ignored: Vec::new() };
    reader.defaults();
    for (name, member) in members {
        reader.member(name, member)?;
    }
    let sources: Vec<(Slot, &str)> = mapping.sources().collect();
    for (slot, path) in sources {
        if let Some(found) = at(&value, path) {
            reader.slot(slot, found)?;
        }
    }
    Ok((reader.raw, reader.ignored))
}

/// The value at a path such as `contact.mails.0`. A member whose own name is the path comes first.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    value.get(path).or_else(|| {
        path.split('.').try_fold(value, |value, step| match value {
            Value::Array(values) => values.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
    })
}

struct Reader<'a> {
    raw: Raw,
    mapping: &'a Mapping,
    ignored: Vec<String>,
}

impl Reader<'_> {
    fn defaults(&mut self) {
        for (slot, default) in self.mapping.defaults() {
            self.raw.said.insert(slot, Said::Text(default.to_owned()));
        }
    }

    fn member(&mut self, name: &str, value: &Value) -> Result<(), Fault> {
        if self.mapping.ignores(name) {
            return Ok(());
        }
        match (name, value) {
            ("education", Value::Array(all)) => self.several("education", all, &SCHOOL),
            ("employment", Value::Array(all)) => self.several("employment", all, &EMPLOYER),
            ("intent", Value::Object(intent)) => self.nested("intent", intent, &INTENT, 0),
            ("consents", Value::Array(all)) => self.consents(all),
            ("tags", Value::Array(all)) => self.tags(all),
            ("skills", Value::Array(all)) => self.skills(all),
            ("other_contact_points", Value::Array(all)) => self.contacts(all),
            _ => {
                let known = ALIASES.into_iter().find(|(alias, _)| *alias == name).map(|(_, field)| Slot::of(field));
                match known.or_else(|| Slot::named(&mapping::key(name))) {
                    Some(slot) if self.mapping.rules(slot) => Ok(()),
                    Some(slot) => self.slot(slot, value),
                    None => {
                        let is_source = self
                            .mapping
                            .sources()
                            .any(|(_, path)| path.split('.').next() == Some(name) || path == name);
                        if !is_source {
                            self.ignored.push(name.chars().take(40).collect());
                        }
                        Ok(())
                    }
                }
            }
        }
    }

    /// Fills a slot with a value.
    fn slot(&mut self, slot: Slot, value: &Value) -> Result<(), Fault> {
        match (slot.field, value) {
            (Field::Skills, Value::Array(all)) => return self.skills(all),
            (Field::Tags, Value::Array(all)) => return self.tags(all),
            _ => {}
        }
        let name = slot.field.name();
        let said = match value {
            Value::Array(all) => {
                Said::List(bounded(name, all)?.iter().map(|one| text(name, one)).collect::<Result<_, _>>()?)
            }
            one => Said::Text(text(name, one)?),
        };
        let said = self.mapping.meant(slot, said);
        if !said.is_empty() {
            self.raw.said.insert(slot, said);
        }
        Ok(())
    }

    fn several(&mut self, name: &'static str, all: &[Value], members: &[(&'static str, Field)]) -> Result<(), Fault> {
        if all.len() > usize::from(MOST_PLACES) {
            return Err(Fault::new(name, "VALUE_TOO_LONG", "holds more than 50 entries"));
        }
        for (place, one) in (0..MOST_PLACES).zip(all) {
            let Value::Object(one) = one else { return Err(unexpected(name)) };
            self.nested(name, one, members, place)?;
        }
        Ok(())
    }

    fn nested(
        &mut self,
        name: &'static str,
        object: &Map<String, Value>,
        members: &[(&'static str, Field)],
        place: u8,
    ) -> Result<(), Fault> {
        for (key, value) in object {
            // As the contract names them: `start_year`, `end_month`.
            let key = key.trim_end_matches("_year").trim_end_matches("_month");
            let key = if key == "state_time" { "time" } else { key };
            let (_, field) = members.iter().find(|(known, _)| *known == key).ok_or_else(|| unexpected(name))?;
            self.slot(Slot { field: *field, place }, value)?;
        }
        Ok(())
    }

    fn skills(&mut self, all: &[Value]) -> Result<(), Fault> {
        for one in bounded("skills", all)? {
            let skill = match one {
                Value::Object(one) => Skill {
                    name: member("skills", one, "name")?,
                    years: number("skills", one, "years", 80)?,
                    last_used_year: number("skills", one, "last_used_year", MOST_YEAR)?,
                },
                one => Skill::named(text("skills", one)?),
            };
            self.raw.skills.push(skill);
        }
        Ok(())
    }

    fn tags(&mut self, all: &[Value]) -> Result<(), Fault> {
        for one in bounded("tags", all)? {
            let tag = match one {
                Value::Object(one) => {
                    let (dimension, name) = (member("tags", one, "dimension")?, member("tags", one, "name")?);
                    let name = if dimension.is_empty() { name } else { format!("{dimension}/{name}") };
                    RawTag {
                        name,
                        evidence: member("tags", one, "evidence")?,
                        expire_time: member("tags", one, "expire_time")?,
                    }
                }
                one => RawTag { name: text("tags", one)?, ..RawTag::default() },
            };
            self.raw.tags.push(tag);
        }
        Ok(())
    }

    fn consents(&mut self, all: &[Value]) -> Result<(), Fault> {
        for one in bounded("consents", all)? {
            let Value::Object(one) = one else { return Err(unexpected("consents")) };
            let member = |name| member("consents", one, name);
            self.raw.consents.push(RawConsent {
                purpose: member("purpose")?,
                granted: member("granted")?,
                time: member("time")?,
                expire_time: member("expire_time")?,
                evidence: member("evidence")?,
            });
        }
        Ok(())
    }

    fn contacts(&mut self, all: &[Value]) -> Result<(), Fault> {
        for one in bounded("other_contact_points", all)? {
            let Value::Object(one) = one else { return Err(unexpected("other_contact_points")) };
            let channel = member("other_contact_points", one, "channel")?.to_lowercase();
            let field = match channel.trim_start_matches("contact_channel_") {
                "email" => Field::OtherEmails,
                "phone" => Field::OtherPhones,
                "wechat" => Field::OtherWechats,
                _ => return Err(unexpected("other_contact_points")),
            };
            let value = member("other_contact_points", one, "value")?;
            match self.raw.said.entry(Slot::of(field)).or_insert_with(|| Said::List(Vec::new())) {
                Said::List(list) => list.push(value),
                Said::Text(text) => *text = format!("{text};{value}"),
            }
        }
        Ok(())
    }
}

fn bounded<'a>(field: &'static str, all: &'a [Value]) -> Result<&'a [Value], Fault> {
    if all.len() > MOST { Err(Fault::new(field, "VALUE_TOO_LONG", "holds more than 200 values")) } else { Ok(all) }
}

fn unexpected(field: &'static str) -> Fault {
    Fault::new(field, "JSON_UNEXPECTED", "does not have the form that is described in docs/import.md")
}

/// A member's text, "" where there is none.
fn member(field: &'static str, object: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    object.get(name).map_or_else(|| Ok(String::new()), |value| text(field, value))
}

/// A member's number, 0 where there is none.
fn number<N: TryFrom<u64> + Default>(
    field: &'static str,
    object: &Map<String, Value>,
    name: &str,
    most: u64,
) -> Result<N, Fault> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(N::default()),
        Some(value) => value
            .as_u64()
            .filter(|number| *number <= most)
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| unexpected(field)),
    }
}

fn text(field: &'static str, value: &Value) -> Result<String, Fault> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(yes) => Ok(yes.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => Err(unexpected(field)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_proto::talent::v1 as pb;

    use super::*;

    fn said(text: &str) -> Result<(Raw, Vec<String>), Fault> {
        read(7, text, &Mapping::default())
    }

    fn reason(text: &str) -> (&'static str, &'static str) {
        said(text).map(drop).map_or_else(|fault| (fault.field, fault.reason), |()| ("", ""))
    }

    #[test]
    fn what_nests_is_flattened() {
        let text = r#"{"display_name":"Ann","email":"a@example.com","years":5,"hobby":1,"skills":["Go",{"name":"Java","years":3}],
            "education":[{"school":"甲","end":"2010"},{"school":"乙","start_year":2012}],
            "employment":[{"company":"Acme","title":"Baker","start":"2015-03"}],
            "intent":{"level":"open","titles":["Baker","Chef"]},"tags":["vip",{"dimension":"intent","name":"relocate"}],
            "consents":[{"purpose":"talent_pool","granted":true,"evidence":"form"}],
            "other_contact_points":[{"channel":"EMAIL","value":"b@example.com"},{"channel":"email","value":"c@example.com"}]}"#;
        let (raw, ignored) = said(text).unwrap();
        assert_eq!(ignored, ["hobby"]);
        assert_eq!((raw.line, raw.text(Field::Name), raw.text(Field::Years)), (7, "Ann", "5"));
        assert_eq!(raw.places(&[Field::School, Field::SchoolEnd]), [0, 1]);
        assert_eq!(raw.text_at(Slot::named("school_start_2").unwrap()), "2012");
        assert_eq!((raw.text(Field::Employer), raw.text(Field::EmployerStart)), ("Acme", "2015-03"));
        assert_eq!(raw.list(Field::IntentTitles, &[]), ["Baker", "Chef"]);
        assert_eq!(raw.list(Field::OtherEmails, &[]), ["b@example.com", "c@example.com"]);
        assert_eq!((raw.skills.len(), raw.skills[1].years, raw.tags[1].name.as_str()), (2, 3, "intent/relocate"));
        assert_eq!(raw.consents[0].granted, "true");
    }

    #[test]
    fn a_mapping_reads_paths() {
        let rule =
            |to: &str, from: &str| pb::ImportRule { to: to.to_owned(), from: from.to_owned(), ..Default::default() };
        let rules = vec![
            rule("email", "contact.mails.0"),
            rule("name", "full name"),
            rule("city", "home.city"),
            rule("skills", "can"),
        ];
        let mapping = Mapping::read(&pb::ImportMapping { rules, ..Default::default() }).unwrap();
        let text = r#"{"contact":{"mails":["a@example.com"]},"full name":"Ann","name":"not this","home":{},"can":["Go"],"pet":1}"#;
        let (raw, ignored) = read(1, text, &mapping).unwrap();
        assert_eq!(
            (raw.text(Field::Email), raw.text(Field::Name), raw.text(Field::City)),
            ("a@example.com", "Ann", "")
        );
        assert_eq!((raw.skills.len(), ignored), (1, vec!["pet".to_owned()]));
    }

    #[test]
    fn hostile_lines_are_refused_with_their_field() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let many = format!(r#"{{"skills":[{}1]}}"#, "1,".repeat(200));
        for (text, expected) in [
            ("", ("", "JSON_INVALID")),
            ("[1]", ("", "JSON_INVALID")),
            ("{\"a\":1} {\"b\":2}", ("", "JSON_INVALID")),
            ("{\"email\":", ("", "JSON_INVALID")),
            (deep.as_str(), ("", "JSON_INVALID")),
            (many.as_str(), ("skills", "VALUE_TOO_LONG")),
            (r#"{"email":{"a":1}}"#, ("email", "JSON_UNEXPECTED")),
            (r#"{"education":[1]}"#, ("education", "JSON_UNEXPECTED")),
            (r#"{"education":[{"school":["a",[1]]}]}"#, ("school", "JSON_UNEXPECTED")),
            (r#"{"employment":[{"salary":1}]}"#, ("employment", "JSON_UNEXPECTED")),
            (r#"{"skills":[{"name":"Go","years":-1}]}"#, ("skills", "JSON_UNEXPECTED")),
            (r#"{"skills":[{"name":"Go","years":1e400}]}"#, ("", "JSON_INVALID")),
            (r#"{"consents":[true]}"#, ("consents", "JSON_UNEXPECTED")),
            (
                r#"{"other_contact_points":[{"channel":"fax","value":"1"}]}"#,
                ("other_contact_points", "JSON_UNEXPECTED"),
            ),
        ] {
            assert_eq!(reason(text), expected, "{}", &text[..text.len().min(60)]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_text_panics(text in "[\\[\\]{}\":,a-z0-9 ]{0,60}|\\PC{0,60}", path in "[a-z0-9.]{0,8}") {
            let _ = said(&text);
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _ = at(&value, &path);
            }
        }
    }
}
