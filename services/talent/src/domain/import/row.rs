//! A record to what it says of a person, cleaned, or to the reason why it is refused.

use usher_proto::talent::v1::Language;

use super::{
    csv::Record,
    header::{Column, Header},
};
use crate::domain::{
    candidate::{Profile, Skill},
    clean::{Fault, email, phone, place, skills, text, wechat, years},
    contact::Contact,
};

/// Where a person came from when the row does not say.
const DEFAULT_SOURCE: &str = "import";

/// What a row says. What is empty or `None` is not said.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub line: u64,
    pub source: String,
    said: Profile,
    years: Option<u8>,
    language: Option<Language>,
    time_zone: Option<String>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({})", self.line)
    }
}

impl Row {
    /// Cleans a record; the first fault refuses it.
    pub fn read(header: &Header, record: &Record) -> Result<Self, Fault> {
        if record.width != header.width {
            return Err(Fault::new("", "COLUMN_COUNT", "has another number of columns than the header"));
        }
        let value = |column| header.value(record, column);
        let short = |column: Column, most| text::clean(column.name(), value(column), most);

        let display_name = text::required("name", value(Column::Name), 200)?;
        let language = place::language(value(Column::Language))?;
        let time_zone = place::time_zone(value(Column::TimeZone))?;
        let likely_language = language.unwrap_or_else(|| place::likely_language(&display_name));
        let likely_zone = time_zone.clone().unwrap_or_else(|| place::likely_time_zone(likely_language).to_owned());
        let email = email::clean(value(Column::Email))?;
        let phone = phone::clean(value(Column::Phone), &likely_zone)?;
        let wechat = wechat::clean(value(Column::Wechat))?;
        if email.is_empty() && phone.is_empty() && wechat.is_empty() {
            return Err(Fault::new(
                "",
                "CONTACT_MISSING",
                "has neither an e-mail address nor a telephone number nor a WeChat id",
            ));
        }
        let years = years::clean(value(Column::Years))?;
        let source = match short(Column::Source, 40)?.to_lowercase() {
            source if source.is_empty() => DEFAULT_SOURCE.to_owned(),
            source => source,
        };
        let said = Profile {
            display_name,
            email,
            phone,
            city: short(Column::City, 100)?,
            title: short(Column::Title, 200)?,
            company: short(Column::Company, 200)?,
            years: years.unwrap_or_default(),
            wechat,
            other_contacts: Vec::new(),
            skills: skills::clean(skills::split(value(Column::Skills)))?,
            summary: short(Column::Summary, 20_000)?,
            education: Vec::new(),
            employment: Vec::new(),
            intent: None,
            preferred_channels: Vec::new(),
            language: likely_language,
            time_zone: likely_zone,
        };
        Ok(Self { line: record.line, source, said, years, language, time_zone })
    }

    /// The contact points by which the person is known.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        self.said.contacts()
    }

    /// Everything it says, as one text: equal for rows that say the same.
    pub fn words(&self) -> String {
        let said = &self.said;
        let years = self.years.map(|years| years.to_string()).unwrap_or_default();
        let language = self.language.map(|language| language.as_str_name()).unwrap_or_default();
        let skills = said.skills.iter().map(|skill| skill.name.as_str()).collect::<Vec<_>>().join("\u{1e}");
        let mut words = vec![
            said.display_name.as_str(),
            &said.email,
            &said.phone,
            &said.city,
            &said.title,
            &said.company,
            &said.summary,
            years.as_str(),
            skills.as_str(),
            language,
            self.time_zone.as_deref().unwrap_or_default(),
        ];
        // Rows without one keep the words that they had before there was such a column.
        if !said.wechat.is_empty() {
            words.push(&said.wechat);
        }
        words.join("\u{1f}")
    }

    /// The profile of somebody who is new.
    pub fn profile(&self) -> Profile {
        self.said.clone()
    }

    /// Writes what the row says over what is known; what it does not say stays.
    pub fn fill(&self, known: &mut Profile) {
        let texts = [
            (&mut known.display_name, &self.said.display_name),
            (&mut known.email, &self.said.email),
            (&mut known.phone, &self.said.phone),
            (&mut known.wechat, &self.said.wechat),
            (&mut known.city, &self.said.city),
            (&mut known.title, &self.said.title),
            (&mut known.company, &self.said.company),
            (&mut known.summary, &self.said.summary),
        ];
        for (known, said) in texts {
            if !said.is_empty() {
                known.clone_from(said);
            }
        }
        if !self.said.skills.is_empty() {
            known.skills = self.said.skills.iter().map(|said| with_facts(said, &known.skills)).collect();
        }
        known.settle_contacts();
        known.years = self.years.unwrap_or(known.years);
        known.language = self.language.unwrap_or(known.language);
        if let Some(zone) = &self.time_zone {
            known.time_zone.clone_from(zone);
        }
    }
}

/// A skill of a row, which says no more than its name, with what was known of it.
fn with_facts(said: &Skill, known: &[Skill]) -> Skill {
    let key = said.key();
    match known.iter().find(|known| known.key() == key) {
        Some(known) => Skill { name: said.name.clone(), ..*known },
        None => said.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: [&str; 13] = [
        "name",
        "email",
        "phone",
        "city",
        "title",
        "company",
        "years",
        "skills",
        "summary",
        "language",
        "time_zone",
        "source",
        "wechat",
    ];

    fn record(fields: &[&str]) -> Record {
        Record { line: 2, fields: fields.iter().map(|field| (*field).to_owned()).collect(), width: fields.len() }
    }

    fn read(fields: [&str; 13]) -> Result<Row, Fault> {
        Row::read(&Header::read(&record(&HEADER)).unwrap(), &record(&fields))
    }

    #[test]
    fn a_dirty_row_is_cleaned() {
        let row = read([
            "　王　小明 ",
            " Wang@Example.com",
            "１３８-００１３-８０００",
            "上海",
            "",
            "",
            "5年",
            "Java；微服务;java",
            "=1+1",
            "",
            "",
            "",
            "Wang_XM",
        ])
        .unwrap();
        let profile = row.profile();
        assert_eq!(profile.display_name, "王 小明");
        assert_eq!((profile.email.as_str(), profile.phone.as_str()), ("wang@example.com", "+8613800138000"));
        assert_eq!((profile.years, profile.skills.len(), profile.summary.as_str()), (5, 2, "=1+1"));
        assert_eq!((profile.language, profile.time_zone.as_str()), (Language::ZhCn, "Asia/Shanghai"));
        assert_eq!(row.source, "import");
    }

    #[test]
    fn every_refusal_has_its_field_and_reason() {
        let good = ["Ann", "a@example.com", "", "", "", "", "", "", "", "", "", "", ""];
        let with = |place: usize, value: &'static str| {
            let mut fields = good;
            fields[place] = value;
            read(fields).map(drop).map_err(|fault| (fault.field, fault.reason))
        };
        assert_eq!(with(0, "Ann"), Ok(()));
        assert_eq!(with(0, " "), Err(("name", "NAME_MISSING")));
        assert_eq!(with(1, ""), Err(("", "CONTACT_MISSING")));
        assert_eq!(with(1, "ann"), Err(("email", "EMAIL_INVALID")));
        assert_eq!(with(2, "123"), Err(("phone", "PHONE_INVALID")));
        assert_eq!(with(3, "Lon\0don"), Err(("city", "CHARACTER_INVALID")));
        assert_eq!(with(6, "many"), Err(("years", "YEARS_INVALID")));
        assert_eq!(with(9, "fr"), Err(("language", "LANGUAGE_UNKNOWN")));
        assert_eq!(with(10, "Mars"), Err(("time_zone", "TIME_ZONE_UNKNOWN")));
        assert_eq!(with(12, "ann"), Err(("wechat_id", "WECHAT_ID_INVALID")));
        let header = Header::read(&record(&HEADER)).unwrap();
        assert_eq!(Row::read(&header, &record(&good[..12])).unwrap_err().reason, "COLUMN_COUNT");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_and_a_row_says_the_same_twice(fields in prop::array::uniform13("\\PC{0,12}")) {
            let mut fields: [&str; 13] = std::array::from_fn(|place| fields[place].as_str());
            let _ = read(fields);
            fields[1] = "a@example.com";
            if let Ok(row) = read(fields) {
                let mut profile = row.profile();
                row.fill(&mut profile);
                prop_assert_eq!(row.profile().changed(&profile), Vec::<&str>::new());
            }
        }
    }
}
