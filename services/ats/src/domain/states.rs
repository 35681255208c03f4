//! `docs/states.md` draws the tables of moves.

use std::fmt::Write as _;

use super::{application, interview, job, offer, task};

/// Set, the test writes the file in place of holding it.
const WRITE: &str = "USHER_WRITE_DOCS";

const HEAD: &str = "# States
Which state may follow which, drawn from the tables that the code decides by. A state that no arrow leaves is final; an
arrow back to itself means that something changes and the state does not, such as another stage or another time.

This page is made from `MOVES` in `services/ats/src/domain/`: `USHER_WRITE_DOCS=1 cargo test -p usher-ats --lib states`
";

fn draw<S: Copy>(
    page: &mut String,
    title: &str,
    says: &str,
    first: &[S],
    moves: &[(S, S)],
    name: fn(&S) -> &'static str,
) {
    // Whatever all names of an enum begin with says only which enum it is.
    let names: Vec<&str> = moves.iter().flat_map(|(from, to)| [name(from), name(to)]).collect();
    let shortest = names.iter().map(|name| name.len()).min().unwrap_or_default();
    let common = (0..=shortest).rev().find(|length| names.iter().all(|name| name[..*length] == names[0][..*length]));
    let start = names[0][..common.unwrap_or_default()].rfind('_').map_or(0, |place| place + 1);
    let short = |state: &S| name(state)[start..].to_lowercase();
    write!(page, "\n## {title}\n{says}\n\n```mermaid\nstateDiagram-v2\n").unwrap();
    for state in first {
        writeln!(page, "    [*] --> {}", short(state)).unwrap();
    }
    for (from, to) in moves {
        writeln!(page, "    {} --> {}", short(from), short(to)).unwrap();
    }
    page.push_str("```\n");
}

fn page() -> String {
    use usher_proto::ats::v1::{ApplicationState, InterviewState, JobState, OfferState, TaskState};
    let mut page = HEAD.to_owned();
    let says = "A requisition. Closed is for good.";
    draw(&mut page, "Job", says, &[JobState::Draft], job::MOVES, JobState::as_str_name);
    let says = "One person's way through one job. A rejection can be taken back; a hire and a withdrawal can not.";
    draw(
        &mut page,
        "Application",
        says,
        &[ApplicationState::Active],
        application::MOVES,
        ApplicationState::as_str_name,
    );
    let says = "A meeting. `scheduled` waits for the candidate's answer, `other_time_requested` for other times or for \
                the candidate to take one of them.";
    draw(&mut page, "Interview", says, &[InterviewState::Scheduled], interview::MOVES, InterviewState::as_str_name);
    let says = "Terms on their way to a candidate. Changing them reopens the approval.";
    draw(&mut page, "Offer", says, &[OfferState::Draft], offer::MOVES, OfferState::as_str_name);
    let says = "Something that needs a person.";
    draw(&mut page, "Task", says, &[TaskState::Open], task::MOVES, TaskState::as_str_name);
    page
}

#[test]
fn the_page_draws_what_the_code_decides_by() {
    let page = page();
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(place, &page).unwrap();
    }
    let found = std::fs::read_to_string(place).unwrap_or_default();
    assert!(found == page, "docs/states.md is out of date; write it anew by setting {WRITE} for this test");
}
