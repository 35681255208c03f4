//! Language, time zone and country: what is written, and what to take when nothing is.

use phonenumber::country;
use usher_proto::talent::v1::Language;

use super::{
    Fault,
    text::{self, is_han},
};

/// The language of a text such as `zh-CN`, `中文`, `English`; `None` when it is empty.
pub fn language(raw: &str) -> Result<Option<Language>, Fault> {
    let wrong = Fault::new("language", "LANGUAGE_UNKNOWN", "must be zh-CN or en");
    let written = text::clean("language", raw, 40).map_err(|_| wrong)?.to_lowercase().replace('_', "-");
    match written.as_str() {
        "" => Ok(None),
        "zh" | "zh-cn" | "zh-hans" | "zh-hans-cn" | "cn" | "chinese" | "中文" | "简体中文" => {
            Ok(Some(Language::ZhCn))
        }
        "en" | "en-us" | "en-gb" | "english" | "英文" | "英语" => Ok(Some(Language::En)),
        _ => Err(wrong),
    }
}

/// The language of somebody of whom only the name is known.
pub fn likely_language(name: &str) -> Language {
    if name.chars().any(is_han) { Language::ZhCn } else { Language::En }
}

/// A zone of the IANA database, spelled as it spells it; `None` when the text is empty.
pub fn time_zone(raw: &str) -> Result<Option<String>, Fault> {
    let wrong = Fault::new("time_zone", "TIME_ZONE_UNKNOWN", "must be an IANA zone such as Asia/Shanghai");
    let written = text::clean("time_zone", raw, 64).map_err(|_| wrong)?;
    if written.is_empty() {
        return Ok(None);
    }
    let zone = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&written)).ok_or(wrong)?;
    Ok(Some(zone.name().to_owned()))
}

/// The zone of somebody of whom only the language is known.
pub fn likely_time_zone(language: Language) -> &'static str {
    if language == Language::ZhCn { "Asia/Shanghai" } else { "Europe/London" }
}

/// Zones and the country whose telephone numbers people there write without a country code. What is missing here is
/// written with one.
const COUNTRIES: &[(&str, country::Id)] = &[
    ("America/Chicago", country::US),
    ("America/Denver", country::US),
    ("America/Los_Angeles", country::US),
    ("America/Mexico_City", country::MX),
    ("America/New_York", country::US),
    ("America/Phoenix", country::US),
    ("America/Sao_Paulo", country::BR),
    ("America/Toronto", country::CA),
    ("America/Vancouver", country::CA),
    ("Asia/Bangkok", country::TH),
    ("Asia/Chongqing", country::CN),
    ("Asia/Dubai", country::AE),
    ("Asia/Harbin", country::CN),
    ("Asia/Ho_Chi_Minh", country::VN),
    ("Asia/Hong_Kong", country::HK),
    ("Asia/Jakarta", country::ID),
    ("Asia/Kolkata", country::IN),
    ("Asia/Kuala_Lumpur", country::MY),
    ("Asia/Macau", country::MO),
    ("Asia/Manila", country::PH),
    ("Asia/Seoul", country::KR),
    ("Asia/Shanghai", country::CN),
    ("Asia/Singapore", country::SG),
    ("Asia/Taipei", country::TW),
    ("Asia/Tokyo", country::JP),
    ("Asia/Urumqi", country::CN),
    ("Australia/Brisbane", country::AU),
    ("Australia/Melbourne", country::AU),
    ("Australia/Perth", country::AU),
    ("Australia/Sydney", country::AU),
    ("Europe/Amsterdam", country::NL),
    ("Europe/Berlin", country::DE),
    ("Europe/Brussels", country::BE),
    ("Europe/Copenhagen", country::DK),
    ("Europe/Dublin", country::IE),
    ("Europe/Helsinki", country::FI),
    ("Europe/Lisbon", country::PT),
    ("Europe/London", country::GB),
    ("Europe/Madrid", country::ES),
    ("Europe/Oslo", country::NO),
    ("Europe/Paris", country::FR),
    ("Europe/Prague", country::CZ),
    ("Europe/Rome", country::IT),
    ("Europe/Stockholm", country::SE),
    ("Europe/Vienna", country::AT),
    ("Europe/Warsaw", country::PL),
    ("Europe/Zurich", country::CH),
    ("PRC", country::CN),
    ("Pacific/Auckland", country::NZ),
];

/// The country of a zone, for telephone numbers.
pub fn country(time_zone: &str) -> Option<country::Id> {
    COUNTRIES.iter().find(|(zone, _)| *zone == time_zone).map(|(_, country)| *country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_table_exists() {
        for (zone, _) in COUNTRIES {
            assert_eq!(time_zone(zone).unwrap().as_deref(), Some(*zone));
        }
    }

    #[test]
    fn the_name_says_what_to_take() {
        assert_eq!(likely_time_zone(likely_language("王小明")), "Asia/Shanghai");
        assert_eq!(likely_time_zone(likely_language("Ann Smith")), "Europe/London");
        assert_eq!(likely_language("Wang 小明"), Language::ZhCn);
    }

    #[test]
    fn spellings() {
        assert_eq!(language("ZH_cn"), Ok(Some(Language::ZhCn)));
        assert_eq!(language(" ＥＮ "), Ok(Some(Language::En)));
        assert_eq!(language(""), Ok(None));
        assert_eq!(language("fr").unwrap_err().reason, "LANGUAGE_UNKNOWN");
        assert_eq!(time_zone("asia/shanghai").unwrap().as_deref(), Some("Asia/Shanghai"));
        assert_eq!(time_zone("Mars/Base").unwrap_err().reason, "TIME_ZONE_UNKNOWN");
    }
}
