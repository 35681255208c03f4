//! How far applications came, by where they came from.

use std::collections::BTreeMap;

use usher_proto::{
    analytics::v1::Dimension,
    ats::v1::{Attendance, OfferAnswer},
};

use super::{interval::Share, observed::Observed};
use crate::simulator::{
    drive::town::{Place, everybody},
    ledger::{Application, Case, End},
};

/// What became of those who entered a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stage {
    /// Entered it.
    pub entered: i64,
    /// Left it for another one, or were hired from it.
    pub advanced: i64,
    /// Were hired from it.
    pub hired: i64,
    /// Were rejected in it.
    pub rejected: i64,
    /// Withdrew in it.
    pub withdrawn: i64,
}

/// The stages, in their order.
pub fn funnel(place: &Place) -> Vec<(&'static str, Stage)> {
    ["applied", "interview", "offer"].map(|stage| (stage, of_stage(place, stage))).to_vec()
}

fn of_stage(place: &Place, name: &str) -> Stage {
    let mut stage = Stage::default();
    for application in applications(place) {
        let Some(at) = application.stages.iter().position(|(stage, _)| *stage == name) else { continue };
        let is_last = at + 1 == application.stages.len();
        let ended = |end| i64::from(is_last && application.end.is_some_and(|(how, _)| how == end));
        stage.entered += 1;
        stage.hired += ended(End::Hired);
        stage.advanced += i64::from(!is_last) + ended(End::Hired);
        stage.rejected += ended(End::Rejected);
        stage.withdrawn += ended(End::Withdrawn);
    }
    stage
}

/// All applications.
pub fn applications(place: &Place) -> impl Iterator<Item = &Application> {
    everybody(place).filter_map(|(_, case)| case.application.as_ref())
}

/// What became of applications from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Source {
    /// Of the applications, those that came to an interview.
    pub interviewed: Share,
    /// Of the interviews that depended on the candidate, those that were missed.
    pub no_show: Share,
    /// Of the applications, those that were offered the job.
    pub offered: Share,
    /// And those that took it.
    pub hired: Share,
    /// Are still live.
    pub in_process: i64,
}

/// By source.
pub fn sources(place: &Place) -> BTreeMap<String, Source> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for (_, case) in everybody(place) {
        let Some(application) = &case.application else { continue };
        let source = sources.entry(application.source.to_owned()).or_default();
        let came = attendance(case);
        source.interviewed.count(came == Some(Attendance::Attended));
        if let Some(came) = came {
            source.no_show.count(came == Attendance::CandidateNoShow);
        }
        source.offered.count(case.offer.is_some());
        source.hired.count(application.end.is_some_and(|(end, _)| end == End::Hired));
        source.in_process += i64::from(application.end.is_none());
    }
    sources
}

fn attendance(case: &Case) -> Option<Attendance> {
    case.meeting.as_ref()?.attendance.map(|(attendance, _)| attendance)
}

/// Offers that are not open any more, and whether they were accepted.
pub fn offers(place: &Place) -> Vec<Observed> {
    let planted = &place.world.planted;
    let one = |(_, case): (_, &Case)| {
        let (offer, source) = (case.offer.as_ref()?, case.application.as_ref()?.source);
        let is_accepted = offer.answer.is_some_and(|(answer, _)| answer == OfferAnswer::Accepted);
        let seen = Observed::new(is_accepted).with(Dimension::Source, source);
        // Who accepts when asked once more is planted where everybody is asked once more.
        let is_planted = place.world.policy == crate::simulator::world::Policy::Usher;
        Some(if is_planted { seen.planted(planted.accepts(source)) } else { seen })
    };
    everybody(place).filter_map(one).collect()
}
