//! What processes use, as the kernel tells it.

use std::fs;

/// Of the counters in `/proc/PID/stat`; Linux shows them in this unit whatever its own is.
const TICKS: f64 = 100.0;

/// Processor time that a process has used, in seconds.
pub fn used(process: u32) -> f64 {
    let fields = fields(process);
    (number(&fields[11]) + number(&fields[12])) / TICKS
}

/// Processor time of children that have ended.
pub fn used_by_ended(process: u32) -> f64 {
    let fields = fields(process);
    (number(&fields[13]) + number(&fields[14])) / TICKS
}

/// Processor time of a process and of all that it has started, those that have ended included, in seconds.
pub fn used_by_all(process: u32) -> f64 {
    let mut waiting = vec![process];
    let mut seconds = 0.0;
    while let Some(process) = waiting.pop() {
        // It may have ended meanwhile; then its parent has its time.
        let Some(fields) = fields_of(process) else { continue };
        seconds += fields[11..=14].iter().map(|ticks| number(ticks)).sum::<f64>() / TICKS;
        waiting.extend(children(process));
    }
    seconds
}

/// Whom a process has started, any of its threads.
fn children(process: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Who has started a process.
pub fn parent(process: u32) -> u32 {
    fields(process)[1].parse().unwrap()
}

/// Memory of a process in MB: `VmRSS`, `RssAnon` or `RssFile`.
pub fn resident(process: u32, what: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).unwrap();
    number(line.split_whitespace().next().unwrap()) / 1024.0
}

fn fields(process: u32) -> Vec<String> {
    fields_of(process).unwrap()
}

/// What stands behind the program's name, which may hold anything.
fn fields_of(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}
