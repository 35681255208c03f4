//! What must never be looked at, and words that would bring it in by a back door.

/// Attributes that no score may use. The law protects most of them; the rest stand for one that it protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it is")]
pub enum Protected {
    Gender,
    Age,
    MaritalStatus,
    Family,
    Ethnicity,
    Nationality,
    Origin,
    Language,
    Religion,
    Health,
    Disability,
    Pregnancy,
    Orientation,
    Politics,
    Looks,
    Name,
    SocialStanding,
}

impl Protected {
    /// All there are.
    pub const ALL: [Self; 17] = [
        Self::Gender,
        Self::Age,
        Self::MaritalStatus,
        Self::Family,
        Self::Ethnicity,
        Self::Nationality,
        Self::Origin,
        Self::Language,
        Self::Religion,
        Self::Health,
        Self::Disability,
        Self::Pregnancy,
        Self::Orientation,
        Self::Politics,
        Self::Looks,
        Self::Name,
        Self::SocialStanding,
    ];

    /// For readers of a model card.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gender => "gender",
            Self::Age => "age",
            Self::MaritalStatus => "marital status",
            Self::Family => "family",
            Self::Ethnicity => "ethnicity",
            Self::Nationality => "nationality",
            Self::Origin => "place of birth or origin",
            Self::Language => "mother tongue",
            Self::Religion => "religion",
            Self::Health => "health",
            Self::Disability => "disability",
            Self::Pregnancy => "pregnancy",
            Self::Orientation => "sexual orientation",
            Self::Politics => "political opinion and union membership",
            Self::Looks => "photograph and looks",
            Self::Name => "name",
            Self::SocialStanding => "social standing",
        }
    }

    /// Words, in lower case, that name it or stand in for it. A column called by one of them does not belong in a model.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Gender => {
                &["gender", "sex", "male", "female", "man", "woman", "title", "salutation", "pronoun", "military"]
            }
            // Who has just graduated is young; years of experience and the year of a degree count the same years.
            Self::Age => &[
                "age",
                "birth",
                "birthday",
                "born",
                "young",
                "old",
                "senior",
                "junior",
                "fresher",
                "graduate",
                "graduation",
                "campus",
                "student",
                "school",
                "experience",
                "retired",
                "generation",
            ],
            Self::MaritalStatus => {
                &["marital", "married", "marriage", "single", "spouse", "husband", "wife", "divorced"]
            }
            Self::Family => &["family", "child", "children", "parent", "care", "dependants"],
            Self::Ethnicity => &["ethnic", "ethnicity", "race", "colour", "color", "skin", "tribe", "caste", "accent"],
            Self::Nationality => &["nationality", "citizen", "citizenship", "passport", "visa", "permit", "country"],
            // "Native location" names where somebody comes from: in India it follows language, caste and religion, in China
            // the household register. Where somebody lives is no better, by the quarter it gives away who lives there.
            Self::Origin => &[
                "native",
                "origin",
                "hometown",
                "birthplace",
                "hukou",
                "location",
                "home",
                "address",
                "city",
                "district",
                "postcode",
                "zip",
                "region",
                "province",
            ],
            Self::Language => &["language", "tongue", "dialect", "mother"],
            Self::Religion => &["religion", "religious", "faith", "church", "mosque", "temple", "prayer", "diet"],
            Self::Health => {
                &["health", "ill", "illness", "sick", "sickness", "medical", "hospital", "vaccination", "smoker"]
            }
            Self::Disability => &["disability", "disabled", "handicap", "impairment", "wheelchair", "accommodation"],
            Self::Pregnancy => &["pregnant", "pregnancy", "maternity", "leave", "birthing"],
            Self::Orientation => &["orientation", "gay", "lesbian", "partner"],
            Self::Politics => &["party", "politics", "political", "union", "membership"],
            Self::Looks => &["photo", "photograph", "picture", "face", "height", "weight", "looks", "video", "voice"],
            Self::Name => &["name", "surname", "firstname", "initials", "nickname"],
            Self::SocialStanding => &["income", "salary", "wealth", "class", "car", "device", "gap", "unemployed"],
        }
    }

    /// The first attribute that a name in any of the usual spellings (`CamelCase`, `snake_case`, with spaces) brings in, by
    /// one of its words or a plural of one.
    pub fn in_name(name: &str) -> Option<Self> {
        let words = words(name);
        Self::ALL.into_iter().find(|attribute| {
            let listed = attribute.words();
            words.iter().any(|word| {
                listed.contains(&word.as_str()) || word.strip_suffix('s').is_some_and(|single| listed.contains(&single))
            })
        })
    }
}

fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_was_lower = false;
    for letter in name.chars() {
        let begins = !letter.is_alphanumeric() || (letter.is_uppercase() && last_was_lower);
        if begins {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        last_was_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::features::Feature;
    use super::super::known::Known;
    use super::*;

    #[test]
    fn no_feature_and_no_field_names_what_is_protected_or_stands_for_it() {
        for feature in Feature::ALL {
            assert_eq!(Protected::in_name(&format!("{feature:?}")), None, "{feature:?}");
            assert_eq!(Protected::in_name(feature.topic().name()), None, "{feature:?}");
            assert_eq!(Protected::in_name(&format!("{:?}", feature.topic())), None, "{feature:?}");
        }
        let known = serde_json::to_value(Known::default()).unwrap();
        for field in known.as_object().unwrap().keys() {
            assert_eq!(Protected::in_name(field), None, "{field}");
        }
    }

    #[test]
    fn the_walk_would_find_them() {
        for (name, attribute) in [
            ("Gender", Protected::Gender),
            ("candidate_age", Protected::Age),
            ("MaritalStatus", Protected::MaritalStatus),
            ("Candidate Native location", Protected::Origin),
            ("SourceCampus", Protected::Age),
            ("hashOfSurname", Protected::Name),
            ("has-children", Protected::Family),
            ("photos", Protected::Looks),
            ("sick_days", Protected::Health),
        ] {
            assert_eq!(Protected::in_name(name), Some(attribute), "{name}");
        }
        for name in ["", "message", "Messages", "stage", "average_messages"] {
            assert_eq!(Protected::in_name(name), None, "{name}: words count, not letters inside them");
        }
        for attribute in Protected::ALL {
            for word in attribute.words() {
                assert!(Protected::in_name(word).is_some(), "{word}");
            }
        }
    }

    #[test]
    fn a_stored_model_can_not_bring_a_feature_of_its_own() {
        for name in ["\"gender\"", "\"age\"", "\"native_location\"", "\"x\"", "3"] {
            assert!(serde_json::from_str::<Feature>(name).is_err(), "{name}");
        }
        assert_eq!(serde_json::from_str::<Known>("{}").unwrap(), Known::default());
        assert!(serde_json::from_str::<Known>(r#"{"gender": "x"}"#).is_err(), "nor can what is known of an interview");
    }
}
