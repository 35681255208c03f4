//! The rules as they are written down in `rules/*.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::{
    kind::{Kind, Language},
    rule::{Rule, Said, Severity},
};

const FILES: [&str; 11] = [
    include_str!("../rules/pieces.toml"),
    include_str!("../rules/facts.toml"),
    include_str!("../rules/names.toml"),
    include_str!("../rules/missing.toml"),
    include_str!("../rules/vague.toml"),
    include_str!("../rules/asks.toml"),
    include_str!("../rules/respect.toml"),
    include_str!("../rules/age_gender_family.toml"),
    include_str!("../rules/origin_body_belief.toml"),
    include_str!("../rules/jargon.toml"),
    include_str!("../rules/form.toml"),
];

/// All files in one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Parts of patterns by name, for `{name}` in another.
    #[serde(default)]
    pub pieces: BTreeMap<String, String>,
    #[serde(default)]
    pub words: Words,
    #[serde(default, rename = "fact")]
    pub facts: Vec<FactData>,
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleData>,
}

/// Words by which a name is told from what is none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese characters that hold sentences together: a name begins behind the last of them.
    pub joints: String,
    /// Words that begin with such a character and hold nothing together.
    pub no_joints: Vec<String>,
    /// What stands between a name and what it does.
    pub adverbs: Vec<String>,
    /// What stands where names do and is none.
    pub no_names: Vec<String>,
    /// What people and things end with, not companies.
    pub no_name_ends: Vec<String>,
}

/// Something that a message can tell its reader.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactData {
    /// Facts of one name are alternatives.
    pub name: String,
    /// What must hold of a match besides.
    #[serde(default)]
    pub check: Check,
    /// Facts in whose places this one does not count: the day by which to answer is not the day of the interview.
    #[serde(default)]
    pub not_in: Vec<String>,
    #[serde(flatten)]
    pub patterns: Patterns,
    /// Places in which it does not count.
    #[serde(default)]
    pub unless: Patterns,
}

/// Patterns by language.
#[derive(Debug, Default, Deserialize)]
pub struct Patterns {
    #[serde(default)]
    any: Vec<String>,
    #[serde(default, rename = "zh-CN")]
    zh: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
}

impl Patterns {
    /// Those that are looked for in a text of that language.
    pub fn of(&self, language: Language) -> impl Iterator<Item = &String> {
        let own = match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        };
        self.any.iter().chain(own)
    }
}

/// What must hold of a match besides its pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Nothing.
    #[default]
    None,
    /// It is a day that the calendar has.
    Day,
    /// Its last word begins with a capital, as names do.
    Name,
    /// Its first letter is a capital.
    Capital,
    /// A name stands right before it.
    NamedBefore,
    /// A signature with a company stands right before it.
    SignedBefore,
}

/// How a rule is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// Each phrase that is found is a finding.
    #[default]
    Phrases,
    /// A fact that is not found is a finding.
    Missing,
    /// Three asks of different groups are a finding, and so is each phrase.
    Asks,
    /// Each phrase and each run of words in capitals is a finding.
    Shouting,
    /// More characters than `limit` are a finding.
    Longer,
    /// Fewer characters than `limit` are a finding.
    Shorter,
}

/// A rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleData {
    id: String,
    severity: Severity,
    /// All, when none is named.
    #[serde(default)]
    kinds: Vec<Kind>,
    source: String,
    #[serde(default)]
    pub judge: Judge,
    /// The facts that have to be there.
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(rename = "zh-CN")]
    zh: InLanguage,
    en: InLanguage,
}

/// What a rule says and looks for in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InLanguage {
    reason: String,
    suggestion: String,
    #[serde(default)]
    pub found: Vec<String>,
    /// What makes a phrase harmless with which it shares a character.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Asks of different things.
    #[serde(default)]
    pub groups: Vec<Vec<String>>,
    #[serde(default)]
    pub limit: usize,
}

impl RuleData {
    /// As it is shown.
    pub fn rule(&self) -> Rule {
        let said = |language: Language| {
            let own = self.language(language);
            (language, Said { reason: own.reason.clone(), suggestion: own.suggestion.clone() })
        };
        Rule {
            id: self.id.clone(),
            severity: self.severity,
            kinds: if self.kinds.is_empty() { Kind::ALL.to_vec() } else { self.kinds.clone() },
            source: self.source.clone(),
            said: Language::ALL.map(said).into(),
        }
    }

    /// What it looks for in that language.
    pub fn language(&self, language: Language) -> &InLanguage {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the files are compiled in, and every test reads them")]
    read().expect("the rules can be read")
});

/// All that is written down.
pub fn data() -> &'static Data {
    &DATA
}

fn read() -> Result<Data, toml::de::Error> {
    let mut all = Data::default();
    for file in FILES {
        let data: Data = toml::from_str(file)?;
        all.pieces.extend(data.pieces);
        if !data.words.joints.is_empty() {
            all.words = data.words;
        }
        all.facts.extend(data.facts);
        all.rules.extend(data.rules);
    }
    Ok(all)
}
