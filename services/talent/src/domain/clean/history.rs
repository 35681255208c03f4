//! Schools and employers, latest first.

use usher_proto::talent::v1 as pb;

use super::{Fault, text};
use crate::domain::candidate::{Education, Employment};

/// Cleans times at schools.
pub fn education(said: &[pb::Education]) -> Result<Vec<Education>, Fault> {
    let mut all = said.iter().map(one_education).collect::<Result<Vec<_>, _>>()?;
    order_education(&mut all);
    Ok(all)
}

/// Latest first, and none twice.
pub fn order_education(all: &mut Vec<Education>) {
    all.sort_by_key(|one| std::cmp::Reverse((open_end(one.end_year), one.start_year)));
    all.dedup();
}

fn one_education(said: &pb::Education) -> Result<Education, Fault> {
    let education = Education {
        school: named("education", &said.school)?,
        degree: said.degree,
        major: text::clean("education", &said.major, 200)?,
        start_year: u16::try_from(said.start_year).unwrap_or_default(),
        end_year: u16::try_from(said.end_year).unwrap_or_default(),
    };
    if education.end_year != 0 && education.end_year < education.start_year {
        return Err(Fault::new("education", "SPAN_INVERTED", "holds a time that ends before it starts"));
    }
    Ok(education)
}

/// Cleans times at employers.
pub fn employment(said: &[pb::Employment]) -> Result<Vec<Employment>, Fault> {
    let mut all = said.iter().map(one_employment).collect::<Result<Vec<_>, _>>()?;
    order_employment(&mut all);
    Ok(all)
}

/// Latest first, and none twice.
pub fn order_employment(all: &mut Vec<Employment>) {
    // A month's text sorts as the month does.
    let end = |one: &Employment| if one.end_month.is_empty() { "9".to_owned() } else { one.end_month.clone() };
    all.sort_by_key(|one| std::cmp::Reverse((end(one), one.start_month.clone())));
    all.dedup();
}

fn one_employment(said: &pb::Employment) -> Result<Employment, Fault> {
    let employment = Employment {
        company: named("employment", &said.company)?,
        title: text::clean("employment", &said.title, 200)?,
        start_month: said.start_month.clone(),
        end_month: said.end_month.clone(),
        description: text::clean("employment", &said.description, 5_000)?,
    };
    if !employment.end_month.is_empty() && employment.end_month < employment.start_month {
        return Err(Fault::new("employment", "SPAN_INVERTED", "holds a time that ends before it starts"));
    }
    Ok(employment)
}

fn named(field: &'static str, raw: &str) -> Result<String, Fault> {
    text::required(field, raw, 200).map_err(|fault| match fault.reason {
        "NAME_MISSING" => Fault::new(field, "NAME_MISSING", "needs the name of each school and employer"),
        _ => fault,
    })
}

/// What goes on ends after everything that has ended.
fn open_end(year: u16) -> u16 {
    if year == 0 { u16::MAX } else { year }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(company: &str, start: &str, end: &str) -> pb::Employment {
        pb::Employment {
            company: company.to_owned(),
            start_month: start.to_owned(),
            end_month: end.to_owned(),
            ..pb::Employment::default()
        }
    }

    #[test]
    fn the_latest_comes_first_and_nothing_twice() {
        let said = [job("Acme", "2015-01", "2018-02"), job("云梯", "2020-05", ""), job(" Acme", "2015-01", "2018-02")];
        let cleaned = employment(&said).unwrap();
        assert_eq!(cleaned.iter().map(|one| one.company.as_str()).collect::<Vec<_>>(), ["云梯", "Acme"]);
        let school = |name: &str, end_year| pb::Education { school: name.to_owned(), end_year, ..Default::default() };
        let cleaned = education(&[school("甲", 2010), school("乙", 0), school("丙", 2014)]).unwrap();
        assert_eq!(cleaned.iter().map(|one| one.school.as_str()).collect::<Vec<_>>(), ["乙", "丙", "甲"]);
    }

    #[test]
    fn what_can_not_be_is_refused() {
        assert_eq!(employment(&[job("Acme", "2018-02", "2015-01")]).unwrap_err().reason, "SPAN_INVERTED");
        assert_eq!(employment(&[job("  ", "", "")]).unwrap_err().reason, "NAME_MISSING");
        let inverted =
            pb::Education { school: "甲".to_owned(), start_year: 2010, end_year: 2009, ..pb::Education::default() };
        assert_eq!(education(&[inverted]).unwrap_err().reason, "SPAN_INVERTED");
    }
}
