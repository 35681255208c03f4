//! What a row says, cleaned, or the reason why it is refused.

use chrono::{DateTime, Utc};
use usher_proto::talent::v1::{self as pb, ConsentPurpose, IntentLevel, TagDimension};

use super::{
    field::{Field, Slot},
    further::{ConsentSaid, IntentSaid, TagSaid},
    mapping::Mapping,
    raw::{Raw, RawConsent, RawTag},
    row::Row,
};
use crate::domain::{
    candidate::{Education, Employment, Profile, Skill},
    clean::{Fault, degree, email, history, phone, place, skills, text, truth, wechat, when, years},
    contact::{Contact, Kind},
    tag,
};

/// Where a person came from when the row does not say.
const DEFAULT_SOURCE: &str = "import";
/// How a tag is known when the row does not say.
const DEFAULT_EVIDENCE: &str = "an imported file";
/// The most tags of a row.
const MOST_TAGS: usize = 20;
/// The most further contact points, as the contract has it.
const MOST_CONTACTS: usize = 10;

const SCHOOL: [Field; 5] = [Field::School, Field::Degree, Field::Major, Field::SchoolStart, Field::SchoolEnd];
const EMPLOYER: [Field; 5] =
    [Field::Employer, Field::Position, Field::EmployerStart, Field::EmployerEnd, Field::EmployerDescription];
const CONSENTS: [(Field, &str); 4] = [
    (Field::ConsentApplication, "application"),
    (Field::ConsentTalentPool, "talent_pool"),
    (Field::ConsentOpportunities, "opportunities"),
    (Field::ConsentTracking, "tracking"),
];

/// Cleans what a row says; the first fault refuses it. `now` is only what nobody can have said anything after.
pub fn read(raw: &Raw, mapping: &Mapping, now: DateTime<Utc>) -> Result<Row, Fault> {
    let reader = Reader { raw, mapping, now };
    let display_name = text::required("name", raw.text(Field::Name), 200)?;
    let language = place::language(raw.text(Field::Language))?;
    let time_zone = place::time_zone(raw.text(Field::TimeZone))?;
    let likely_language = language.unwrap_or_else(|| place::likely_language(&display_name));
    let likely_zone = time_zone.clone().unwrap_or_else(|| place::likely_time_zone(likely_language).to_owned());
    let email = email::clean(raw.text(Field::Email))?;
    let phone = phone::clean(raw.text(Field::Phone), &likely_zone)?;
    let wechat = wechat::clean(raw.text(Field::Wechat))?;
    let other_contacts = reader.other_contacts(&likely_zone)?;
    if email.is_empty() && phone.is_empty() && wechat.is_empty() && other_contacts.is_empty() {
        let message = "has neither an e-mail address nor a telephone number nor a WeChat id";
        return Err(Fault::new("", "CONTACT_MISSING", message));
    }
    let years = years::clean(raw.text(Field::Years))?;
    let source = match reader.short(Field::Source, 40)?.to_lowercase() {
        source if source.is_empty() => DEFAULT_SOURCE.to_owned(),
        source => source,
    };
    let mut said = Profile {
        display_name,
        email,
        phone,
        wechat,
        other_contacts,
        city: reader.short(Field::City, 100)?,
        title: reader.short(Field::Title, 200)?,
        company: reader.short(Field::Company, 200)?,
        years: years.unwrap_or_default(),
        skills: reader.skills()?,
        summary: reader.short(Field::Summary, 20_000)?,
        education: reader.education()?,
        employment: reader.employment()?,
        intent: None,
        preferred_channels: reader.channels()?,
        language: likely_language,
        time_zone: likely_zone,
    };
    said.settle_contacts();
    Ok(Row {
        line: raw.line,
        source,
        intent: reader.intent(&said.time_zone)?,
        consents: reader.consents(&said.time_zone)?,
        tags: reader.tags(&said.time_zone)?,
        said,
        years,
        language,
        time_zone,
    })
}

struct Reader<'a> {
    raw: &'a Raw,
    mapping: &'a Mapping,
    now: DateTime<Utc>,
}

impl Reader<'_> {
    fn short(&self, field: Field, most: usize) -> Result<String, Fault> {
        text::clean(field.name(), self.raw.text(field), most)
    }

    /// The values of a list that are not empty.
    fn list(&self, field: Field, most: usize) -> Result<Vec<String>, Fault> {
        let separators = self.mapping.separators(field);
        let cleaned = self.raw.list(field, &separators).into_iter().map(|one| text::clean(field.name(), one, most));
        cleaned.filter(|one| !matches!(one, Ok(one) if one.is_empty())).collect()
    }

    fn instant(&self, field: Field, raw: &str, zone: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        when::instant(field.name(), raw, self.mapping.order(Slot::of(field)), zone)
    }

    fn other_contacts(&self, zone: &str) -> Result<Vec<Contact>, Fault> {
        let mut contacts = Vec::new();
        for (field, kind) in
            [(Field::OtherEmails, Kind::Email), (Field::OtherPhones, Kind::Phone), (Field::OtherWechats, Kind::Wechat)]
        {
            for one in self.list(field, 254)? {
                let value = match kind {
                    Kind::Email => email::clean(&one),
                    Kind::Phone => phone::clean(&one, zone),
                    Kind::Wechat => wechat::clean(&one),
                };
                let value = value.map_err(|fault| Fault { field: field.name(), ..fault })?;
                contacts.push(Contact { kind, value });
            }
        }
        if contacts.len() > MOST_CONTACTS {
            return Err(Fault::new("other_emails", "VALUE_TOO_LONG", "and the other further ones are more than 10"));
        }
        Ok(contacts)
    }

    fn skills(&self) -> Result<Vec<Skill>, Fault> {
        let separators = self.mapping.separators(Field::Skills);
        let named = self.raw.list(Field::Skills, &separators).into_iter().map(|one| Skill::named(one.to_owned()));
        skills::clean(named.chain(self.raw.skills.iter().cloned()))
    }

    fn education(&self) -> Result<Vec<Education>, Fault> {
        let one = |place: u8| {
            let text = |field| self.raw.text_at(Slot { field, place });
            let year = |field: Field| {
                let slot = Slot { field, place };
                when::year(field.name(), self.raw.text_at(slot), self.mapping.order(Slot::of(field)))
            };
            Ok(pb::Education {
                school: text(Field::School).to_owned(),
                degree: degree::clean(text(Field::Degree))?.into(),
                major: text(Field::Major).to_owned(),
                start_year: year(Field::SchoolStart)?,
                end_year: year(Field::SchoolEnd)?,
            })
        };
        history::education(&self.raw.places(&SCHOOL).into_iter().map(one).collect::<Result<Vec<_>, Fault>>()?)
    }

    fn employment(&self) -> Result<Vec<Employment>, Fault> {
        let one = |place: u8| {
            let text = |field| self.raw.text_at(Slot { field, place });
            let order = |field| self.mapping.order(Slot::of(field));
            Ok(pb::Employment {
                company: text(Field::Employer).to_owned(),
                title: text(Field::Position).to_owned(),
                start_month: when::start_month(
                    "employer_start",
                    text(Field::EmployerStart),
                    order(Field::EmployerStart),
                )?,
                end_month: when::end_month("employer_end", text(Field::EmployerEnd), order(Field::EmployerEnd))?,
                description: text(Field::EmployerDescription).to_owned(),
            })
        };
        history::employment(&self.raw.places(&EMPLOYER).into_iter().map(one).collect::<Result<Vec<_>, Fault>>()?)
    }

    fn channels(&self) -> Result<Vec<Kind>, Fault> {
        let wrong = Fault::new("preferred_channels", "CHANNEL_UNKNOWN", "must be of email, phone and wechat");
        let mut channels = Vec::new();
        for one in self.list(Field::PreferredChannels, 40)? {
            let name = one.to_lowercase();
            let kind = Kind::ALL.into_iter().find(|kind| name.trim_start_matches("contact_channel_") == kind.name());
            let kind = kind.ok_or(wrong)?;
            if !channels.contains(&kind) {
                channels.push(kind);
            }
        }
        Ok(channels)
    }

    fn intent(&self, zone: &str) -> Result<Option<IntentSaid>, Fault> {
        let written = self.short(Field::Intent, 40)?.to_lowercase();
        let level = match written.trim_start_matches("intent_level_").replace([' ', '-'], "_").as_str() {
            "" => return Ok(None),
            "not_looking" | "none" | "no" | "不看机会" | "无意向" => IntentLevel::NotLooking,
            "open" | "passive" | "观望" | "可聊" => IntentLevel::Open,
            "active" | "looking" | "yes" | "在看机会" | "离职" => IntentLevel::Active,
            _ => return Err(Fault::new("intent", "INTENT_UNKNOWN", "must be not_looking, open or active")),
        };
        let said = IntentSaid {
            level: level.into(),
            time: self.instant(Field::IntentTime, self.raw.text(Field::IntentTime), zone)?,
            expire_time: self.instant(Field::IntentExpireTime, self.raw.text(Field::IntentExpireTime), zone)?,
            titles: self.list(Field::IntentTitles, 200)?,
            cities: self.list(Field::IntentCities, 100)?,
        };
        if said.titles.len() > 10 || said.cities.len() > 20 {
            return Err(Fault::new("intent", "VALUE_TOO_LONG", "has more than 10 titles, or more than 20 cities"));
        }
        let begins = said.time.unwrap_or(self.now);
        if begins > self.now || said.expire_time.is_some_and(|end| end <= begins) {
            let message = "must have been stated before now, and expire after it was stated";
            return Err(Fault::new("intent", "INTENT_TIME_INVALID", message));
        }
        Ok(Some(said))
    }

    fn consents(&self, zone: &str) -> Result<Vec<ConsentSaid>, Fault> {
        let text = |field| self.raw.text(field).to_owned();
        let of_columns = CONSENTS.into_iter().map(|(field, purpose)| RawConsent {
            purpose: purpose.to_owned(),
            granted: text(field),
            time: text(Field::ConsentTime),
            expire_time: text(Field::ConsentExpireTime),
            evidence: text(Field::ConsentEvidence),
        });
        let said = of_columns.filter(|said| !said.granted.trim().is_empty()).chain(self.raw.consents.iter().cloned());
        said.map(|said| self.consent(&said, zone)).collect()
    }

    fn consent(&self, said: &RawConsent, zone: &str) -> Result<ConsentSaid, Fault> {
        let name = said.purpose.trim().to_lowercase();
        let purpose = match name.trim_start_matches("consent_purpose_") {
            "application" => ConsentPurpose::Application,
            "talent_pool" => ConsentPurpose::TalentPool,
            "opportunities" => ConsentPurpose::Opportunities,
            "tracking" => ConsentPurpose::Tracking,
            _ => {
                let message = "must each have a purpose: application, talent_pool, opportunities or tracking";
                return Err(Fault::new("consents", "CONSENT_PURPOSE_UNKNOWN", message));
            }
        };
        let granted = truth::clean("consents", &said.granted)?.ok_or(Fault::new(
            "consents",
            "TRUTH_UNKNOWN",
            "must each say whether it was given",
        ))?;
        let evidence = text::required("consent_evidence", &said.evidence, 500).map_err(|fault| match fault.reason {
            "NAME_MISSING" => {
                Fault::new("consent_evidence", "CONSENT_EVIDENCE_MISSING", "must say how a consent is known")
            }
            _ => fault,
        })?;
        let time = self.instant(Field::ConsentTime, &said.time, zone)?;
        let expire_time = self.instant(Field::ConsentExpireTime, &said.expire_time, zone)?;
        if time.is_some_and(|time| time > self.now) {
            return Err(Fault::new("consent_time", "CONSENT_TIME_INVALID", "must not lie in the future"));
        }
        if expire_time.is_some() && !granted {
            let message = "belongs to consent that is given; a refusal has no end";
            return Err(Fault::new("consent_expire_time", "CONSENT_TIME_INVALID", message));
        }
        Ok(ConsentSaid { purpose: purpose.into(), granted, time, expire_time, evidence })
    }

    fn tags(&self, zone: &str) -> Result<Vec<TagSaid>, Fault> {
        let of_cell = self.list(Field::Tags, 100)?.into_iter().map(|name| RawTag { name, ..RawTag::default() });
        let tags: Vec<RawTag> = of_cell.chain(self.raw.tags.iter().cloned()).collect();
        if tags.len() > MOST_TAGS {
            return Err(Fault::new("tags", "VALUE_TOO_LONG", "holds more than 20 tags"));
        }
        tags.iter().map(|tag| self.tag(tag, zone)).collect()
    }

    fn tag(&self, said: &RawTag, zone: &str) -> Result<TagSaid, Fault> {
        let (dimension, name) = said.name.split_once('/').unwrap_or(("status", &said.name));
        let dimension = match dimension.trim().to_lowercase().trim_start_matches("tag_dimension_") {
            "skill" => TagDimension::Skill,
            "intent" => TagDimension::Intent,
            "interaction" => TagDimension::Interaction,
            "status" => TagDimension::Status,
            _ => {
                return Err(Fault::new(
                    "tags",
                    "TAG_INVALID",
                    "must each be a name, or skill/, intent/, interaction/ or status/ and a name",
                ));
            }
        };
        let name = tag::clean_name(dimension, name).map_err(|fault| Fault { field: "tags", ..fault })?;
        let evidence = [said.evidence.as_str(), self.raw.text(Field::TagEvidence), DEFAULT_EVIDENCE];
        let evidence = evidence.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default();
        Ok(TagSaid {
            dimension: dimension.into(),
            name,
            evidence: text::clean("tag_evidence", evidence, 500)?,
            expire_time: when::instant("tags", &said.expire_time, self.mapping.order(Slot::of(Field::Tags)), zone)?,
        })
    }
}
