//! What a row says of a person, cleaned: see [`super::reading`].

use chrono::{DateTime, Utc};
use serde::Serialize as _;
use usher_proto::talent::v1::Language;

use super::further::{ConsentSaid, IntentSaid, TagSaid};
use crate::domain::{
    candidate::{Education, Employment, Profile, Skill},
    clean::history,
    contact::{Contact, Kind},
};

/// What a row says. What is empty or `None` is not said.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    pub line: u64,
    pub source: String,
    pub consents: Vec<ConsentSaid>,
    pub tags: Vec<TagSaid>,
    /// But for what the person wants, which has a time.
    pub(super) said: Profile,
    pub(super) intent: Option<IntentSaid>,
    pub(super) years: Option<u8>,
    pub(super) language: Option<Language>,
    pub(super) time_zone: Option<String>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({})", self.line)
    }
}

impl Row {
    /// The contact points by which the person is known.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        self.said.contacts()
    }

    /// Whether it says more than a profile.
    pub fn says_more(&self) -> bool {
        !self.consents.is_empty() || !self.tags.is_empty()
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
        let further = self.further_words();
        if let Some(further) = &further {
            words.push(further);
        }
        words.join("\u{1f}")
    }

    /// What rows can say since they can say more, as one text; `None` when it says nothing of it, so that its words are
    /// those that it had before.
    fn further_words(&self) -> Option<String> {
        let said = &self.said;
        let facts: Vec<(u8, u16)> = said.skills.iter().map(|skill| (skill.years, skill.last_used_year)).collect();
        let further = Further {
            facts: if facts.iter().all(|fact| *fact == (0, 0)) { Vec::new() } else { facts },
            contacts: &said.other_contacts,
            channels: &said.preferred_channels,
            education: &said.education,
            employment: &said.employment,
            intent: self.intent.as_ref(),
            consents: &self.consents,
            tags: &self.tags,
        };
        let says = |further: &Further<'_>| further.serialize(serde_json::value::Serializer).ok();
        let text = says(&further)?;
        (Some(&text) != says(&Further::default()).as_ref()).then(|| text.to_string())
    }

    /// The profile of somebody who is new.
    pub fn profile(&self, now: DateTime<Utc>) -> Profile {
        let intent = self.intent.as_ref().map(|said| said.intent(None, now));
        Profile { intent, ..self.said.clone() }
    }

    /// Writes what the row says over what is known; what it does not say stays.
    pub fn fill(&self, known: &mut Profile, now: DateTime<Utc>) {
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
        for contact in &self.said.other_contacts {
            known.add_contact(contact.clone());
        }
        known.other_contacts.sort_by_key(|contact| contact.kind);
        known.education = with_schools(&self.said.education, &known.education);
        known.employment = with_employers(&self.said.employment, &known.employment);
        if let Some(said) = &self.intent {
            known.intent = Some(said.intent(known.intent.as_ref(), now));
        }
        if !self.said.preferred_channels.is_empty() {
            known.preferred_channels.clone_from(&self.said.preferred_channels);
        }
        known.years = self.years.unwrap_or(known.years);
        known.language = self.language.unwrap_or(known.language);
        if let Some(zone) = &self.time_zone {
            known.time_zone.clone_from(zone);
        }
    }
}

/// A skill of a row, with what was known of it and the row does not say.
fn with_facts(said: &Skill, known: &[Skill]) -> Skill {
    let key = said.key();
    match known.iter().find(|known| known.key() == key) {
        Some(known) => Skill {
            name: said.name.clone(),
            years: if said.years > 0 { said.years } else { known.years },
            last_used_year: if said.last_used_year > 0 { said.last_used_year } else { known.last_used_year },
        },
        None => said.clone(),
    }
}

/// Schools that are said, and those that are known and not said anew; the latest first.
fn with_schools(said: &[Education], known: &[Education]) -> Vec<Education> {
    if said.is_empty() {
        return known.to_vec();
    }
    let is_said = |one: &&Education| !said.iter().any(|said| (&said.school, said.degree) == (&one.school, one.degree));
    let mut all: Vec<Education> = said.iter().chain(known.iter().filter(is_said)).cloned().collect();
    history::order_education(&mut all);
    all
}

/// As of schools; the same employer and title are the same time there.
fn with_employers(said: &[Employment], known: &[Employment]) -> Vec<Employment> {
    if said.is_empty() {
        return known.to_vec();
    }
    let is_said =
        |one: &&Employment| !said.iter().any(|said| (&said.company, &said.title) == (&one.company, &one.title));
    let mut all: Vec<Employment> = said.iter().chain(known.iter().filter(is_said)).cloned().collect();
    history::order_employment(&mut all);
    all
}

/// What goes into a row's words when it is said.
#[derive(Default, serde::Serialize)]
struct Further<'a> {
    facts: Vec<(u8, u16)>,
    contacts: &'a [Contact],
    channels: &'a [Kind],
    education: &'a [Education],
    employment: &'a [Employment],
    intent: Option<&'a IntentSaid>,
    consents: &'a [ConsentSaid],
    tags: &'a [TagSaid],
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        clean::Fault,
        import::{csv::Record, header::Header, mapping::Mapping, reading},
    };

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
        read_as(&HEADER, &fields)
    }

    fn read_as(header: &[&str], fields: &[&str]) -> Result<Row, Fault> {
        let mapping = Mapping::default();
        let layout = Header::read(&record(header), &mapping).unwrap().layout;
        reading::read(&layout.raw(&mapping, &record(fields)), &mapping, now())
    }

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
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
        let profile = row.profile(now());
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
    }

    #[test]
    fn columns_of_a_life() {
        let row = read_as(
            &[
                "name",
                "email",
                "school",
                "degree",
                "school_end",
                "school_2",
                "employer",
                "position",
                "employer_start",
                "employer_end",
                "consent_talent_pool",
                "consent_evidence",
                "consent_time",
                "tags",
                "intent",
                "intent_cities",
                "other_phones",
            ],
            &[
                "王小明",
                "w@example.com",
                "复旦大学",
                "本科",
                "2012年6月",
                "交大附中",
                "云梯",
                "工程师",
                "２０１５年３月",
                "至今",
                "是",
                "2025 年招聘会表格",
                "2025-11-02",
                "VIP；intent/relocate",
                "open",
                "北京;上海",
                "138-0013-8000",
            ],
        )
        .unwrap();
        let profile = row.profile(now());
        assert_eq!(profile.education.iter().map(|one| one.end_year).collect::<Vec<_>>(), [0, 2012]);
        assert_eq!(
            (profile.employment[0].start_month.as_str(), profile.employment[0].end_month.as_str()),
            ("2015-03", "")
        );
        assert_eq!(profile.intent.as_ref().unwrap().cities, ["北京", "上海"]);
        // The first number that is known of somebody is no further one.
        assert_eq!((profile.phone.as_str(), profile.other_contacts.len()), ("+8613800138000", 0));
        assert_eq!(row.consents[0].time.unwrap().to_rfc3339(), "2025-11-01T16:00:00+00:00");
        assert_eq!(row.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["vip", "relocate"]);
    }

    #[test]
    fn further_columns_are_refused_with_their_field() {
        let fault = |column: &str, value: &str| {
            let fault = read_as(&["name", "email", column], &["Ann", "a@example.com", value]).unwrap_err();
            (fault.field, fault.reason)
        };
        assert_eq!(fault("degree", "wizard"), ("degree", "DEGREE_UNKNOWN"));
        assert_eq!(fault("degree", "master"), ("education", "NAME_MISSING"));
        assert_eq!(fault("employer_start", "5/3/2015"), ("employer_start", "DATE_AMBIGUOUS"));
        assert_eq!(fault("school_end", "soon"), ("school_end", "DATE_INVALID"));
        assert_eq!(fault("consent_tracking", "yes"), ("consent_evidence", "CONSENT_EVIDENCE_MISSING"));
        assert_eq!(fault("consent_tracking", "perhaps"), ("consents", "TRUTH_UNKNOWN"));
        assert_eq!(fault("tags", "hired"), ("tags", "TAG_DERIVED"));
        assert_eq!(fault("tags", "call/me"), ("tags", "TAG_INVALID"));
        assert_eq!(fault("intent", "perhaps"), ("intent", "INTENT_UNKNOWN"));
        assert_eq!(fault("preferred_channels", "fax"), ("preferred_channels", "CHANNEL_UNKNOWN"));
        assert_eq!(fault("other_phones", "call me"), ("other_phones", "PHONE_INVALID"));
    }

    #[test]
    fn a_row_without_anything_further_keeps_its_words() {
        let plain = read(["Ann", "a@example.com", "", "", "", "", "", "Go", "", "", "", "", ""]).unwrap();
        assert_eq!(plain.words().split('\u{1f}').count(), 11, "or every file would be new again");
        let tagged = read_as(&["name", "email", "skills", "tags"], &["Ann", "a@example.com", "Go", "vip"]).unwrap();
        assert_ne!(tagged.words(), plain.words());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_and_a_row_says_the_same_twice(fields in prop::array::uniform13("\\PC{0,12}")) {
            let mut fields: [&str; 13] = std::array::from_fn(|place| fields[place].as_str());
            let _ = read(fields);
            fields[1] = "a@example.com";
            if let Ok(row) = read(fields) {
                let mut profile = row.profile(now());
                row.fill(&mut profile, now());
                prop_assert_eq!(row.profile(now()).changed(&profile), Vec::<&str>::new());
            }
        }
    }
}
