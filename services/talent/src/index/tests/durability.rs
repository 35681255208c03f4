//! What is left after the process dies, and after the machine does.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use super::*;

/// Where the child that is killed writes.
const CHILD: &str = "USHER_ENGINE_KILLED";

fn person(number: u128, round: u64) -> Document {
    Document {
        id: Uuid::from_u128(number),
        title: format!("round{round}"),
        years: u8::try_from(round % 30).unwrap(),
        ..Document::default()
    }
}

/// People of a round: each replaces some of the rounds before, and one is gone again.
fn round_of(writer: &mut Writer, round: u64) {
    for number in 0..20 {
        writer.put(&person(u128::from(round * 7 + number), round)).unwrap();
    }
    writer.remove(Uuid::nil(), Uuid::from_u128(u128::from(round * 7 + 3))).unwrap();
}

/// The state after so many rounds: each person's last round.
fn state_after(rounds: u64) -> std::collections::BTreeMap<u128, u64> {
    let mut state = std::collections::BTreeMap::new();
    for round in 1..=rounds {
        state.extend((0..20).map(|number| (u128::from(round * 7 + number), round)));
        state.remove(&u128::from(round * 7 + 3));
    }
    state
}

#[test]
fn commits_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let index = open(&PathBuf::from(path));
    let from: u64 = index.payload().parse().unwrap_or(0);
    for round in from + 1.. {
        let mut writer = index.writer();
        round_of(&mut writer, round);
        writer.commit(&round.to_string()).unwrap();
        if round.is_multiple_of(16) {
            writer.sync().unwrap();
        }
        // The test harness keeps back what is printed, so the parent is told on the error stream's own file.
        writeln!(std::io::stderr(), "committed {round}").unwrap();
    }
}

#[test]
fn a_killed_process_loses_no_commit() {
    let directory = tempfile::tempdir().unwrap();
    let mut committed = 0;
    for kill in 0..12u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "index::tests::durability::commits_until_it_is_killed", "--nocapture"])
            .env(CHILD, directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("committed ")?.parse::<u64>().ok());
        committed = told.by_ref().take(3).last().unwrap();
        // Anything that does not divide evenly is as good as random here: somewhere in the commits that follow.
        std::thread::sleep(Duration::from_micros(kill * 7_919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        committed = told.last().unwrap_or(committed);
        let index = open(directory.path());
        let rounds: u64 = index.payload().parse().unwrap_or(0);
        assert!(rounds == committed || rounds == committed + 1, "{rounds} instead of {committed}");
        committed = rounds;
        let state = state_after(rounds);
        let answer =
            index.search(&Request { page_size: 1_000, ..request(Uuid::nil(), clause(Query::Everybody)) }).unwrap();
        let extra: Vec<_> = answer.hits.iter().filter(|hit| !state.contains_key(&hit.id.as_u128())).collect();
        assert!(extra.is_empty(), "after {rounds} rounds, {kill} kills: {extra:?}");
        let mut ids: Vec<_> = answer.hits.iter().map(|hit| hit.id.as_u128()).collect();
        ids.sort_unstable();
        let twice: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "after {rounds} rounds: {twice:?}");
        assert_eq!(answer.total, state.len() as u64);
        assert_eq!(index.documents(Uuid::nil()), state.len() as u64);
        for hit in answer.hits {
            assert_eq!(hit.title, format!("round{}", state[&hit.id.as_u128()]));
        }
    }
    assert!(committed >= 3 * 12, "only {committed} commits");
}

fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    (1..4).for_each(|round| {
        round_of(&mut index.writer(), round);
        index.writer().commit(&round.to_string()).unwrap();
    });
    index.close().unwrap();
    directory
}

fn reopen(directory: &tempfile::TempDir) -> Result<Index, Error> {
    Index::open(directory.path(), &settings())
}

/// Every file of the index, one after the other, damaged in several ways.
#[test]
fn damage_after_a_power_cut_is_noticed() {
    let names: Vec<_> = {
        let directory = filled();
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let kinds = names.iter().filter_map(|name| PathBuf::from(name).extension().map(std::ffi::OsStr::to_owned));
    let kinds: std::collections::BTreeSet<_> = kinds.collect();
    assert!(kinds.len() >= 7, "{kinds:?}");
    for kind in kinds.iter().filter(|kind| !["lock", "new"].iter().any(|other| other == kind)) {
        for damage in 0..3 {
            let directory = filled();
            marker::pretend_other_boot(directory.path());
            let mut there = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
            let Some(file) = there.find(|path| path.extension() == Some(kind) && !path.ends_with("usher.json")) else {
                continue;
            };
            let mut bytes = std::fs::read(&file).unwrap();
            match damage {
                0 => bytes.truncate(bytes.len() / 2),
                1 => bytes.fill(0),
                _ => bytes.clear(),
            }
            std::fs::write(&file, bytes).unwrap();
            assert!(matches!(reopen(&directory), Err(Error::Broken(_))), "{} damaged as {damage}", file.display());
        }
    }
}

#[test]
fn whole_files_are_believed_in_another_boot() {
    let directory = filled();
    marker::pretend_other_boot(directory.path());
    assert_eq!(reopen(&directory).unwrap().payload(), "3");
}

#[test]
fn foreign_directories_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(reopen(&directory), Err(Error::Foreign(_))));
    let directory = filled();
    std::fs::write(directory.path().join("usher.json"), r#"{"version":0,"boot":null,"synced":null}"#).unwrap();
    assert!(matches!(reopen(&directory), Err(Error::Foreign(_))));
    std::fs::write(directory.path().join("usher.json"), "").unwrap();
    assert!(matches!(reopen(&directory), Err(Error::Broken(_))));
}

#[test]
fn one_process_writes() {
    let directory = filled();
    let _index = open(directory.path());
    assert!(matches!(reopen(&directory), Err(Error::Busy)));
}
