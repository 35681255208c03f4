//! How far applications come, how long they take, and what became of them by where they came from.

use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{ApplicationState, Attendance, OfferAnswer, OfferState};

use super::{day, days};
use crate::domain::{
    cells::Cells,
    cube::Cube,
    fact::{Fact, Kind},
    story::Story,
};

pub fn count(story: &Story<'_>, closed: Option<DateTime<Utc>>, cells: &mut Cells) {
    offers(story, cells);
    let Some(applied) = story.applied else { return };
    stages(story, applied, cells);
    duration(story, applied, closed, cells);
    source(story, applied, closed, cells);
}

/// An application's stay in a stage. One that comes back to a stage goes on with its first stay.
#[derive(Debug)]
struct Stay<'facts> {
    stage: &'facts str,
    time: DateTime<Utc>,
    has_advanced: bool,
    end: Option<ApplicationState>,
    is_silent: bool,
}

fn stays<'facts>(story: &Story<'facts>, applied: &'facts Fact) -> Vec<Stay<'facts>> {
    let begin = |stage, time| Stay { stage, time, has_advanced: false, end: None, is_silent: false };
    let mut stays = vec![begin(applied.stage.as_str(), applied.time)];
    let mut current = 0;
    for step in &story.steps {
        match step.kind {
            Kind::Moved if stays[current].stage != step.stage => {
                stays[current].has_advanced = true;
                current = stays.iter().position(|stay| stay.stage == step.stage).unwrap_or_else(|| {
                    stays.push(begin(step.stage.as_str(), step.time));
                    stays.len() - 1
                });
            }
            Kind::Ended => stays[current].end = ApplicationState::try_from(i32::from(step.code)).ok(),
            Kind::Unrejected => stays[current].end = None,
            Kind::Silence => {
                if let Some(stay) = stays.iter_mut().find(|stay| stay.stage == step.stage) {
                    stay.is_silent = true;
                }
            }
            _ => {}
        }
    }
    if story.hired.is_some() {
        stays[current].end = Some(ApplicationState::Hired);
    }
    stays
}

fn stages(story: &Story<'_>, applied: &Fact, cells: &mut Cells) {
    for (order, stay) in (0..).zip(stays(story, applied)) {
        let ended = |state| stay.end == Some(state);
        let hired = ended(ApplicationState::Hired);
        let flags = [
            true,
            stay.has_advanced || hired,
            hired,
            ended(ApplicationState::Rejected) && !stay.has_advanced,
            ended(ApplicationState::Withdrawn) && !stay.has_advanced,
            stay.is_silent,
        ];
        let [entered, advanced, hired, rejected, withdrawn, silent] = flags.map(i32::from);
        let measures = [entered, advanced, hired, rejected, withdrawn, silent, order];
        let values = [stay.stage, story.source()];
        cells.add(Cube::StagesOfCohort, applied.time, &values, measures);
        cells.add(Cube::StagesEntered, stay.time, &values, measures);
    }
}

fn duration(story: &Story<'_>, applied: &Fact, closed: Option<DateTime<Utc>>, cells: &mut Cells) {
    let took = |until: DateTime<Utc>| days(applied.time, until).to_string();
    let (outcome, taken) = match (story.end(), closed) {
        (Some((ApplicationState::Hired, time)), _) => ("hired", took(time)),
        (Some((_, time)), _) | (None, Some(time)) => ("ended", took(time)),
        (None, None) => ("open", day(applied.time).to_string()),
    };
    cells.add(Cube::Applications, applied.time, &[story.source(), outcome, &taken], [1]);
    if let Some((ApplicationState::Hired, time)) = story.end() {
        cells.add(Cube::Hires, time, &[story.source(), &took(time)], [1]);
    }
}

fn source(story: &Story<'_>, applied: &Fact, closed: Option<DateTime<Utc>>, cells: &mut Cells) {
    let of = |wanted: &[Attendance]| {
        let attendances = story.interviews.values().filter(|one| !one.is_removed).filter_map(|one| one.attendance);
        let codes = attendances.map(|said| Attendance::try_from(i32::from(said.code)).unwrap_or_default());
        let known = codes.filter(|code| wanted.contains(code)).count();
        i32::try_from(known).unwrap_or(i32::MAX)
    };
    let came = of(&[Attendance::Attended, Attendance::Late]);
    let no_show = of(&[Attendance::CandidateNoShow]);
    let is_hired = matches!(story.end(), Some((ApplicationState::Hired, _)));
    let measures = [
        1,
        i32::from(came > 0),
        came + no_show,
        no_show,
        i32::from(story.offers.values().any(|offer| offer.sent.is_some())),
        i32::from(is_hired),
        i32::from(story.end().is_none() && closed.is_none()),
    ];
    cells.add(Cube::Sources, applied.time, &[story.source()], measures);
}

fn offers(story: &Story<'_>, cells: &mut Cells) {
    for offer in story.offers.values() {
        let Some(sent) = offer.sent else { continue };
        let answer = offer.answered.map(|said| OfferAnswer::try_from(i32::from(said.code)).unwrap_or_default());
        let state = offer.closed.map(|said| OfferState::try_from(i32::from(said.code)).unwrap_or_default());
        let flags = [
            true,
            answer == Some(OfferAnswer::Accepted),
            answer == Some(OfferAnswer::Declined),
            state == Some(OfferState::Expired),
            state == Some(OfferState::Rescinded),
        ];
        cells.add(Cube::Offers, sent.time, &[story.source()], flags.map(i32::from));
    }
}
