//! Levels of degrees by their usual names.

use usher_proto::talent::v1::Degree;

use super::{Fault, text};

/// The level of a text such as `本科`, `B.Sc.`, `MBA`; unspecified when it is empty.
pub fn clean(raw: &str) -> Result<Degree, Fault> {
    let wrong = Fault::new("degree", "DEGREE_UNKNOWN", "must be secondary, associate, bachelor, master or doctorate");
    let written = text::clean("degree", raw, 60).map_err(|_| wrong)?.to_lowercase();
    let bare: String = written.chars().filter(|one| one.is_alphanumeric()).collect();
    let bare =
        bare.trim_start_matches("degree").trim_end_matches("degree").trim_end_matches("of").trim_end_matches("学位");
    match bare {
        "" if written.is_empty() => Ok(Degree::Unspecified),
        "secondary" | "highschool" | "高中" | "中专" | "职高" => Ok(Degree::Secondary),
        "associate" | "associates" | "diploma" | "大专" | "专科" => Ok(Degree::Associate),
        "bachelor" | "bachelors" | "ba" | "bs" | "bsc" | "be" | "beng" | "btech" | "bcom" | "本科" | "学士" => {
            Ok(Degree::Bachelor)
        }
        "master" | "masters" | "ma" | "ms" | "msc" | "me" | "meng" | "mtech" | "mba" | "硕士" | "研究生"
        | "硕士研究生" => Ok(Degree::Master),
        "doctorate" | "doctor" | "phd" | "dphil" | "md" | "博士" | "博士研究生" => Ok(Degree::Doctorate),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_has_many_names() {
        for (raw, degree) in [
            ("", Degree::Unspecified),
            ("DEGREE_MASTER", Degree::Master),
            ("Ph.D.", Degree::Doctorate),
            ("本科", Degree::Bachelor),
            ("学士学位", Degree::Bachelor),
            ("Bachelor's", Degree::Bachelor),
            ("B. Tech", Degree::Bachelor),
            ("大专", Degree::Associate),
        ] {
            assert_eq!(clean(raw), Ok(degree), "{raw}");
        }
        for raw in ["wizard", "-", "5"] {
            assert_eq!(clean(raw).unwrap_err().reason, "DEGREE_UNKNOWN", "{raw}");
        }
    }
}
