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

/// What stands behind the program's name, which may hold anything.
fn fields(process: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    rest.split_whitespace().map(str::to_owned).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}
