//! What reports should say, worked out from what happened and not by the service's own code.

use std::collections::{BTreeMap, BTreeSet};

use usher_proto::{
    ats::v1::{ApplicationState, Attendance, OfferAnswer},
    outreach::v1::MessageKind,
};

/// Something that happened, at the minute of its place in the history. Things are small numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Applied { application: u8, source: u8 },
    Moved { application: u8, stage: u8 },
    Ended { application: u8, is_rejected: bool },
    Hired { application: u8 },
    Silent { application: u8 },
    Sent { message: u8, application: u8, interview: u8, kind: MessageKind },
    Answered { application: u8, interview: u8 },
    Attended { application: u8, interview: u8, who: Attendance },
    Offered { application: u8, offer: u8 },
    OfferAnswered { application: u8, offer: u8, accepts: bool },
}

pub const STAGES: [&str; 3] = ["screen", "onsite", "final"];

/// Numerators and denominators by group.
pub type Shares = BTreeMap<String, (i64, i64)>;

#[derive(Debug, Default, PartialEq)]
pub struct Expected {
    pub replies: Shares,
    pub no_shows: Shares,
    pub silence: Shares,
    pub offers: (i64, i64),
    /// Entered, advanced, hired, rejected, withdrawn by stage.
    pub funnel: BTreeMap<String, [i64; 5]>,
    /// Applied, interviewed, offered, hired by source.
    pub sources: BTreeMap<String, [i64; 4]>,
    /// Hired, and censored.
    pub hire: (i64, i64),
}

/// An interview or an offer of one application is another thing than that of another one.
type Thing = (u8, u8);

#[derive(Debug, Default)]
struct Application {
    source: u8,
    stage: usize,
    entered: Vec<usize>,
    advanced: BTreeSet<usize>,
    end: Option<ApplicationState>,
    ended_in: usize,
    silent: BTreeSet<usize>,
}

pub fn expected(history: &[Step]) -> Expected {
    let mut applications: BTreeMap<u8, Application> = BTreeMap::new();
    let mut messages: BTreeMap<Thing, (usize, u8, MessageKind)> = BTreeMap::new();
    let mut answers: BTreeMap<Thing, Vec<usize>> = BTreeMap::new();
    let mut attendances: BTreeMap<Thing, Attendance> = BTreeMap::new();
    let mut offers: BTreeMap<Thing, Option<OfferAnswer>> = BTreeMap::new();
    for (minute, step) in history.iter().enumerate() {
        match step {
            Step::Applied { application, source } => {
                let new = || Application { source: *source, entered: vec![0], ..Application::default() };
                applications.entry(*application).or_insert_with(new);
            }
            Step::Moved { application, stage } => {
                let Some(known) = applications.get_mut(application) else { continue };
                let stage = usize::from(*stage);
                if known.stage != stage {
                    known.advanced.insert(known.stage);
                    known.stage = stage;
                    if !known.entered.contains(&stage) {
                        known.entered.push(stage);
                    }
                }
            }
            Step::Ended { application, is_rejected } => {
                let Some(known) = applications.get_mut(application) else { continue };
                let state = if *is_rejected { ApplicationState::Rejected } else { ApplicationState::Withdrawn };
                (known.end, known.ended_in) = (Some(state), known.stage);
            }
            Step::Hired { application } => {
                let Some(known) = applications.get_mut(application) else { continue };
                (known.end, known.ended_in) = (Some(ApplicationState::Hired), known.stage);
            }
            Step::Silent { application } => {
                let Some(known) = applications.get_mut(application) else { continue };
                known.silent.insert(known.stage);
            }
            Step::Sent { message, application, interview, kind } => {
                messages.entry((*application, *message)).or_insert((minute, *interview, *kind));
            }
            Step::Answered { application, interview } => {
                answers.entry((*application, *interview)).or_default().push(minute);
            }
            Step::Attended { application, interview, who } => {
                attendances.insert((*application, *interview), *who);
            }
            Step::Offered { application, offer } => {
                offers.entry((*application, *offer)).or_default();
            }
            Step::OfferAnswered { application, offer, accepts } => {
                let answer = if *accepts { OfferAnswer::Accepted } else { OfferAnswer::Declined };
                if let Some(known) = offers.get_mut(&(*application, *offer)) {
                    *known = Some(answer);
                }
            }
        }
    }
    let mut told = Expected::default();
    for ((application, _), (sent, interview, kind)) in &messages {
        if *kind == MessageKind::InterviewCancelled {
            continue;
        }
        let is_answered =
            answers.get(&(*application, *interview)).is_some_and(|times| times.iter().any(|time| time >= sent));
        let name =
            if *kind == MessageKind::InterviewInvitation { "interview_invitation" } else { "interview_reminder" };
        add(&mut told.replies, name, is_answered);
    }
    for ((application, _), who) in &attendances {
        if *who != Attendance::HostNoShow {
            add(&mut told.no_shows, &source(&applications, *application), *who == Attendance::CandidateNoShow);
        }
    }
    for (number, application) in &applications {
        count(&mut told, *number, application, &attendances, &offers);
    }
    for ((_, _), answer) in offers {
        if let Some(answer) = answer {
            told.offers.0 += i64::from(answer == OfferAnswer::Accepted);
            told.offers.1 += 1;
        }
    }
    told
}

fn count(
    told: &mut Expected,
    number: u8,
    application: &Application,
    attendances: &BTreeMap<Thing, Attendance>,
    offers: &BTreeMap<Thing, Option<OfferAnswer>>,
) {
    let is_hired = application.end == Some(ApplicationState::Hired);
    for stage in &application.entered {
        let ended = |state| application.end == Some(state) && application.ended_in == *stage;
        let hired = ended(ApplicationState::Hired);
        let advanced = application.advanced.contains(stage);
        let row = told.funnel.entry(STAGES[*stage].to_owned()).or_default();
        let flags = [
            true,
            advanced || hired,
            hired,
            ended(ApplicationState::Rejected) && !advanced,
            ended(ApplicationState::Withdrawn) && !advanced,
        ];
        for (sum, flag) in row.iter_mut().zip(flags) {
            *sum += i64::from(flag);
        }
        add(&mut told.silence, STAGES[*stage], application.silent.contains(stage));
    }
    let came = attendances
        .iter()
        .any(|((of, _), who)| *of == number && matches!(who, Attendance::Attended | Attendance::Late));
    let flags = [true, came, offers.keys().any(|(of, _)| *of == number), is_hired];
    let row = told.sources.entry(format!("s{}", application.source)).or_default();
    for (sum, flag) in row.iter_mut().zip(flags) {
        *sum += i64::from(flag);
    }
    told.hire.0 += i64::from(is_hired);
    told.hire.1 += i64::from(!is_hired);
}

fn source(applications: &BTreeMap<u8, Application>, application: u8) -> String {
    applications.get(&application).map_or("unknown".to_owned(), |known| format!("s{}", known.source))
}

fn add(shares: &mut Shares, group: &str, counts: bool) {
    let share = shares.entry(group.to_owned()).or_default();
    *share = (share.0 + i64::from(counts), share.1 + 1);
}
