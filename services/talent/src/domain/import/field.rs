//! What a row can say, by the names that columns, members of objects and mappings use.

/// One thing that a row can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Name,
    Email,
    Phone,
    City,
    Title,
    Company,
    Years,
    Skills,
    Summary,
    Language,
    TimeZone,
    Source,
    Wechat,
    OtherEmails,
    OtherPhones,
    OtherWechats,
    PreferredChannels,
    School,
    Degree,
    Major,
    SchoolStart,
    SchoolEnd,
    Employer,
    Position,
    EmployerStart,
    EmployerEnd,
    EmployerDescription,
    Intent,
    IntentTime,
    IntentExpireTime,
    IntentTitles,
    IntentCities,
    Tags,
    TagEvidence,
    ConsentApplication,
    ConsentTalentPool,
    ConsentOpportunities,
    ConsentTracking,
    ConsentEvidence,
    ConsentTime,
    ConsentExpireTime,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 41] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::City,
        Self::Title,
        Self::Company,
        Self::Years,
        Self::Skills,
        Self::Summary,
        Self::Language,
        Self::TimeZone,
        Self::Source,
        Self::Wechat,
        Self::OtherEmails,
        Self::OtherPhones,
        Self::OtherWechats,
        Self::PreferredChannels,
        Self::School,
        Self::Degree,
        Self::Major,
        Self::SchoolStart,
        Self::SchoolEnd,
        Self::Employer,
        Self::Position,
        Self::EmployerStart,
        Self::EmployerEnd,
        Self::EmployerDescription,
        Self::Intent,
        Self::IntentTime,
        Self::IntentExpireTime,
        Self::IntentTitles,
        Self::IntentCities,
        Self::Tags,
        Self::TagEvidence,
        Self::ConsentApplication,
        Self::ConsentTalentPool,
        Self::ConsentOpportunities,
        Self::ConsentTracking,
        Self::ConsentEvidence,
        Self::ConsentTime,
        Self::ConsentExpireTime,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::City => "city",
            Self::Title => "title",
            Self::Company => "company",
            Self::Years => "years",
            Self::Skills => "skills",
            Self::Summary => "summary",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Source => "source",
            Self::Wechat => "wechat",
            Self::OtherEmails => "other_emails",
            Self::OtherPhones => "other_phones",
            Self::OtherWechats => "other_wechats",
            Self::PreferredChannels => "preferred_channels",
            Self::School => "school",
            Self::Degree => "degree",
            Self::Major => "major",
            Self::SchoolStart => "school_start",
            Self::SchoolEnd => "school_end",
            Self::Employer => "employer",
            Self::Position => "position",
            Self::EmployerStart => "employer_start",
            Self::EmployerEnd => "employer_end",
            Self::EmployerDescription => "employer_description",
            Self::Intent => "intent",
            Self::IntentTime => "intent_time",
            Self::IntentExpireTime => "intent_expire_time",
            Self::IntentTitles => "intent_titles",
            Self::IntentCities => "intent_cities",
            Self::Tags => "tags",
            Self::TagEvidence => "tag_evidence",
            Self::ConsentApplication => "consent_application",
            Self::ConsentTalentPool => "consent_talent_pool",
            Self::ConsentOpportunities => "consent_opportunities",
            Self::ConsentTracking => "consent_tracking",
            Self::ConsentEvidence => "consent_evidence",
            Self::ConsentTime => "consent_time",
            Self::ConsentExpireTime => "consent_expire_time",
        }
    }

    /// Whether there can be several, as of schools and employers.
    fn repeats(self) -> bool {
        matches!(
            self,
            Self::School
                | Self::Degree
                | Self::Major
                | Self::SchoolStart
                | Self::SchoolEnd
                | Self::Employer
                | Self::Position
                | Self::EmployerStart
                | Self::EmployerEnd
                | Self::EmployerDescription
        )
    }
}

/// A field, and which one of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub field: Field,
    /// From 0.
    pub place: u8,
}

/// The most schools, and employers, that a row has: what the contract allows of employers.
pub const MOST_PLACES: u8 = 50;

impl Slot {
    /// Of a field that there is once.
    pub fn of(field: Field) -> Self {
        Self { field, place: 0 }
    }

    /// The slot of a name such as `email`, `school` or `school_2`.
    pub fn named(name: &str) -> Option<Self> {
        let by_name = |name: &str| Field::ALL.into_iter().find(|field| field.name() == name);
        if let Some(field) = by_name(name) {
            return Some(Self::of(field));
        }
        let (stem, number) = name.rsplit_once('_')?;
        let number: u8 = number.parse().ok()?;
        let field = by_name(stem).filter(|field| field.repeats())?;
        (1..=MOST_PLACES).contains(&number).then(|| Self { field, place: number - 1 })
    }

    /// What [`Self::named`] reads.
    pub fn name(self) -> String {
        match self.place {
            0 => self.field.name().to_owned(),
            place => format!("{}_{}", self.field.name(), place + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_its_name_back() {
        for field in Field::ALL {
            let slot = Slot::of(field);
            assert_eq!(Slot::named(&slot.name()), Some(slot));
        }
        assert_eq!(Slot::named("school_2"), Some(Slot { field: Field::School, place: 1 }));
        assert_eq!(Slot::named("school_2").unwrap().name(), "school_2");
        assert_eq!(Slot::named("school_1"), Slot::named("school"));
        for name in ["", "school_0", "school_51", "school_x", "email_2", "_2", "hobby"] {
            assert_eq!(Slot::named(name), None, "{name}");
        }
    }
}
