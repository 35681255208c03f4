//! Reading the file. Columns are taken by name, and gender, marital status, native location and the candidate's name are not
//! among them. A word that nobody has thought of stops the reading instead of becoming something.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::dates::{self, Slashes};

/// The seven questions on the telephone, by a part of their heading.
pub const QUESTIONS: [&str; 7] = [
    "necessary permission",
    "unscheduled meetings",
    "Call you three hours before",
    "alternative number",
    "printout of your updated resume",
    "clear with the venue",
    "call letter been shared",
];

/// What was answered to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Yes,
    No,
    /// "Not yet", "Need to check", "Not sure".
    Open,
    /// "NA": not asked, or not reached.
    Nothing,
}

/// What the recruiters expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Yes,
    Uncertain,
    No,
    /// "NA", or a time that slipped into the column.
    Nothing,
}

/// How people are invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Scheduled,
    ScheduledWalkIn,
    WalkIn,
}

/// One interview.
#[derive(Debug, Clone)]
pub struct Interview {
    pub date: NaiveDate,
    pub client: String,
    pub industry: String,
    pub kind: Kind,
    pub niche: bool,
    pub skill: String,
    pub current_city: String,
    pub job_city: String,
    pub venue: String,
    pub answers: [Said; 7],
    pub word: Word,
    pub missed: bool,
}

/// All interviews of a file; a row without an outcome is left out.
pub fn read(path: &str, slashes: Slashes) -> Result<Vec<Interview>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |part: &str| {
        headings.iter().position(|heading| heading.contains(part)).ok_or_else(|| format!("no column with {part:?}"))
    };
    let outcome = column("Observed Attendance")?;
    let mut places = HashMap::new();
    let plain = [
        "Date of Interview",
        "Client name",
        "Industry",
        "Position to be closed",
        "Nature of Skillset",
        "Interview Type",
        "Candidate Current Location",
        "Candidate Job Location",
        "Interview Venue",
        "Expected Attendance",
    ];
    for name in plain.into_iter().chain(QUESTIONS) {
        places.insert(name, column(name)?);
    }
    let mut interviews = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string())?;
        let observed = clean(record.get(outcome).unwrap_or_default());
        if observed.is_empty() {
            continue;
        }
        let cell = |name: &str| places.get(name).and_then(|&place| record.get(place)).unwrap_or_default();
        let interview = interview(&cell, &observed, slashes);
        interviews.push(interview.map_err(|what| format!("line {}: {what}", index + 2))?);
    }
    Ok(interviews)
}

fn interview<'a>(cell: &impl Fn(&str) -> &'a str, observed: &str, slashes: Slashes) -> Result<Interview, String> {
    let date = cell("Date of Interview");
    let mut answers = [Said::Nothing; 7];
    for (answer, question) in answers.iter_mut().zip(QUESTIONS) {
        *answer = said(&clean(cell(question)))?;
    }
    Ok(Interview {
        date: dates::parse(date, slashes).ok_or_else(|| format!("date {date:?}"))?,
        client: client(&clean(cell("Client name"))),
        industry: industry(&clean(cell("Industry")))?.to_owned(),
        kind: kind(&clean(cell("Interview Type")))?,
        niche: clean(cell("Position to be closed")) == "niche",
        skill: skill(&clean(cell("Nature of Skillset"))).to_owned(),
        current_city: city(cell("Candidate Current Location")),
        job_city: city(cell("Candidate Job Location")),
        venue: city(cell("Interview Venue")),
        answers,
        word: word(&clean(cell("Expected Attendance")))?,
        missed: match observed {
            "no" => true,
            "yes" => false,
            other => return Err(format!("observed {other:?}")),
        },
    })
}

/// Lower case, trimmed, one space between words.
fn clean(text: &str) -> String {
    let text = text.replace('\u{feff}', "").to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn said(text: &str) -> Result<Said, String> {
    Ok(match text {
        "yes" => Said::Yes,
        "no" | "no dont" | "no i have only thi number" => Said::No,
        "not yet"
        | "yet to confirm"
        | "not sure"
        | "cant say"
        | "need to check"
        | "no- will take it soon"
        | "no- i need to check"
        | "havent checked" => Said::Open,
        "na" | "" => Said::Nothing,
        other => return Err(format!("answer {other:?}")),
    })
}

fn word(text: &str) -> Result<Word, String> {
    Ok(match text {
        "yes" => Word::Yes,
        "no" => Word::No,
        "uncertain" => Word::Uncertain,
        "na" | "" | "10.30 am" | "11:00 am" => Word::Nothing,
        other => return Err(format!("expected {other:?}")),
    })
}

fn kind(text: &str) -> Result<Kind, String> {
    Ok(match text {
        "scheduled" => Kind::Scheduled,
        "scheduled walkin" | "scheduled walk in" | "sceduled walkin" => Kind::ScheduledWalkIn,
        "walkin" => Kind::WalkIn,
        other => return Err(format!("interview type {other:?}")),
    })
}

/// Branches of one client are that client.
fn client(text: &str) -> String {
    let known = ["standard chartered", "hewitt"].into_iter().find(|part| text.contains(part));
    known.map_or_else(|| text.to_owned(), str::to_owned)
}

fn industry(text: &str) -> Result<&'static str, String> {
    Ok(match text {
        "bfsi" => "finance",
        "pharmaceuticals" => "pharma",
        "it" | "it services" | "it products and services" => "it",
        "electronics" | "telecom" => "other",
        other => return Err(format!("industry {other:?}")),
    })
}

/// "Fresher" is nobody's group: who has just graduated is young.
fn skill(text: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["java"]) {
        "java"
    } else if has(&["aml", "cdd", "kyc", "bank", "account", "lend", "l & l", "product control"]) {
        "banking operations"
    } else if has(&[
        "regulat",
        "label",
        "publish",
        "biosim",
        "licens",
        "generic",
        "analytical r",
        "emea",
        "lcm",
        "production",
    ]) && !text.contains("sccm")
    {
        "pharma"
    } else if has(&["test"]) {
        "testing"
    } else if has(&["oracle", "sas", "sccm", "hadoop", "etl", "sap", "dot net", "cots", "t-24", "mednet"]) {
        "other software"
    } else {
        "other"
    }
}

fn city(text: &str) -> String {
    let city = clean(&text.replace('-', " "));
    match city.as_str() {
        "gurgaonr" => "gurgaon".to_owned(),
        _ => city,
    }
}
