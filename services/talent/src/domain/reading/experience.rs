//! Years of experience and schools in a text.
//!
//! Only what a line says in so many words counts: a number of years beside the word experience, and a school on the
//! same line as a degree or a year. Dates are not added up, and nothing is concluded from a job.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::evidence::Evidence;

/// Years that the text claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Years {
    /// How many.
    pub years: u8,
    /// The words that say so.
    pub evidence: Evidence,
}

/// A degree, from low to high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Degree {
    /// 大专.
    Associate,
    /// 本科.
    Bachelor,
    /// 硕士.
    Master,
    /// 博士.
    Doctor,
}

/// A school on a line of education.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Education {
    /// Its name.
    pub school: Evidence,
    /// The degree on the same line.
    pub degree: Option<(Degree, Evidence)>,
}

const MOST: usize = 20;
const YEARS_ZH: &str = r"([0-9]{1,2}|[一二三四五六七八九十两]{1,3}) ?(?:\+|多|余)? ?年(?:以上|多|余)?的?[^，。；,;\n]{0,8}?(?:经验|經驗|经历)";
const YEARS_EN: &str = r"(?i)\b([0-9]{1,2}) ?\+? ?(?:years?|yrs?)\b['’]?[^.;\n]{0,40}?\bexperience\b";
const SCHOOL_ZH: &str = r"\p{Han}{2,10}?(?:学院大学|大学|大學|学院|學院)";
const SCHOOL_EN: &str =
    r"(?:[A-Z][A-Za-z.'’&-]* ){0,4}(?:University|College|Institute of [A-Z][a-z]+)(?: of(?: [A-Z][A-Za-z.'’-]*){1,3})?";
/// What stands before a school's name without being a part of it.
const LEADING: &[&str] =
    &["毕业于", "畢業於", "就读于", "就讀於", "毕业院校", "教育经历", "教育背景", "本科", "硕士", "博士"];
const YEAR: &str = r"\b(?:19|20)[0-9]{2}\b|(?:19|20)[0-9]{2}年";

/// Higher ones first, since 硕士研究生 is no other degree than 硕士.
const DEGREES: &[(Degree, &str)] = &[
    (Degree::Doctor, r"博士|\bPh\.? ?D\b|\bDoctor(?:ate)?\b"),
    (Degree::Master, r"硕士|碩士|研究生|\bMaster(?:'s|’s|s)?\b|\bM\.?(?:Sc|Eng|Phil)\b|\bMBA\b|\bM\.S\."),
    (Degree::Bachelor, r"本科|学士|學士|\bBachelor(?:'s|’s|s)?\b|\bB\.?(?:Sc|Eng|Com)\b|\bB\.[AS]\."),
    (Degree::Associate, r"大专|专科|\bAssociate(?:'s|’s)? (?:Degree|of)\b"),
];

struct Forms {
    years: [Regex; 2],
    schools: [Regex; 2],
    year: Regex,
    degrees: Vec<(Degree, Regex)>,
}

/// `None` if one of them is no form, which a test excludes.
static FORMS: LazyLock<Option<Forms>> = LazyLock::new(|| {
    let form = |form: &str| Regex::new(form).ok();
    Some(Forms {
        years: [form(YEARS_ZH)?, form(YEARS_EN)?],
        schools: [form(SCHOOL_ZH)?, form(SCHOOL_EN)?],
        year: form(YEAR)?,
        degrees: DEGREES.iter().map(|(degree, spelled)| Some((*degree, form(spelled)?))).collect::<Option<_>>()?,
    })
});

/// The years of experience that a text claims.
pub fn years_in(text: &str) -> Vec<Years> {
    let found = FORMS.iter().flat_map(|forms| &forms.years).flat_map(|form| form.captures_iter(text));
    found.filter_map(|claim| years(text, &claim)).take(MOST).collect()
}

fn years(text: &str, claim: &Captures) -> Option<Years> {
    let number = claim.get(1)?.as_str();
    let years = number.parse().ok().or_else(|| chinese(number)).filter(|years| (1..=60).contains(years))?;
    Some(Years { years, evidence: Evidence::at(text, claim.get(0)?.range())? })
}

/// 八, 十二, 二十, 二十五.
fn chinese(number: &str) -> Option<u8> {
    let digit = |character: char| match character {
        '两' => Some(2),
        other => "一二三四五六七八九".chars().position(|digit| digit == other).and_then(|at| u8::try_from(at + 1).ok()),
    };
    let one = |digits: &str, none: u8| {
        let mut digits = digits.chars();
        match (digits.next(), digits.next()) {
            (None, _) => Some(none),
            (Some(only), None) => digit(only),
            _ => None,
        }
    };
    match number.split_once('十') {
        Some((tens, ones)) => Some(one(tens, 1)? * 10 + one(ones, 0)?),
        None => one(number, 0),
    }
}

/// The lines of education of a text.
pub fn education_in(text: &str) -> Vec<Education> {
    let Some(forms) = &*FORMS else { return Vec::new() };
    let mut begin = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        found.extend(education(forms, text, line, begin));
        begin += line.len();
    }
    found.truncate(MOST);
    found
}

fn education(forms: &Forms, text: &str, line: &str, begin: usize) -> Option<Education> {
    let at = |from: usize, to: usize| Evidence::at(text, begin + from..begin + to);
    let school =
        forms.schools.iter().find_map(|form| form.find_iter(line).find(|school| is_school(line, school.end())))?;
    let degree = forms.degrees.iter().find_map(|(degree, form)| {
        let spelled = form.find(line)?;
        Some((*degree, at(spelled.start(), spelled.end())?))
    });
    if degree.is_none() && !forms.year.is_match(line) {
        return None;
    }
    let leading =
        LEADING.iter().find(|leading| school.as_str().starts_with(**leading)).map_or(0, |leading| leading.len());
    Some(Education { school: at(school.start() + leading, school.end())?, degree })
}

/// A 大学生 is no 大学.
fn is_school(line: &str, end: usize) -> bool {
    line.get(end..).and_then(|after| after.chars().next()) != Some('生')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_are_sound() {
        assert!(FORMS.is_some());
    }

    #[test]
    fn years_that_are_claimed() {
        for (text, years) in [
            ("8年工作经验", 8),
            ("拥有十二年以上的后端开发经验", 12),
            ("两年经验", 2),
            ("二十五年管理经验", 25),
            ("5+ years of experience in Go", 5),
            ("10 years' professional software experience", 10),
        ] {
            let found = years_in(text);
            assert_eq!(found.iter().map(|found| found.years).collect::<Vec<_>>(), [years], "{text}");
            assert!(text.contains(&found[0].evidence.text));
        }
        for text in ["2018年毕业，经验", "8年", "99年的经验", "experience since 2015", "5 years. No experience"]
        {
            assert_eq!(years_in(text), [], "{text}");
        }
    }

    #[test]
    fn schools_and_degrees() {
        for (line, school, degree) in [
            ("2012.09-2016.06 复旦大学 计算机科学与技术 本科", "复旦大学", Some(Degree::Bachelor)),
            ("毕业于中国科学院大学，硕士研究生", "中国科学院大学", Some(Degree::Master)),
            ("2010 - 2013\t深圳职业技术学院", "深圳职业技术学院", None),
            ("PhD, University of Oxford, 2015", "University of Oxford", Some(Degree::Doctor)),
            ("B.Sc. Computer Science, Imperial College", "Imperial College", Some(Degree::Bachelor)),
            (
                "Master of Laws, Massachusetts Institute of Technology",
                "Massachusetts Institute of Technology",
                Some(Degree::Master),
            ),
        ] {
            let text = format!("李雷\n{line}\nend");
            let found = education_in(&text);
            assert_eq!(found.len(), 1, "{line}");
            assert_eq!(found[0].school.text, school);
            assert_eq!(text[found[0].school.span.clone()], found[0].school.text);
            assert_eq!(found[0].degree.as_ref().map(|(degree, _)| *degree), degree, "{line}");
        }
        for line in ["大学生志愿者 2015", "I like college", "负责某大学的项目"] {
            assert_eq!(education_in(line), [], "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_found_stands_there(text in "([0-9年]|经验|大学|本科|十|years|experience|College |\\PC|\n){0,60}") {
            let years = years_in(&text).into_iter().map(|found| found.evidence);
            let schools = education_in(&text).into_iter().map(|found| found.school);
            for found in years.chain(schools) {
                prop_assert_eq!(text.get(found.span.clone()), Some(found.text.as_str()));
            }
        }
    }
}
