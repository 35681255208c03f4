//! Children that behave in the ways that hostile files make parsers behave, and one that does its work.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "this is a part of the tests")]

use std::{hint::black_box, process::ExitCode, thread, time::Duration};

use doctext::apart::{Confinement, child_main};

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    if mode == "work" {
        return child_main();
    }
    let processor_seconds = if mode == "loop" { 1 } else { 10 };
    Confinement { processor_seconds, ..Confinement::default() }.apply().expect("limits can be lowered");
    match mode.as_str() {
        "loop" => loop {
            black_box(0);
        },
        "sleep" => thread::sleep(Duration::from_secs(600)),
        "allocate" => allocate(),
        "overflow" => println!("{}", overflow(0)),
        "panic" => panic!("Ann Lee, +44 20 7946 0958"),
        "chatter" => loop {
            println!("{{\"Extracted\":");
        },
        "lie" => println!("{{\"Fault\":12345}}"),
        "unconfined" => return ExitCode::from(78),
        "try" => try_everything(),
        // Ends without having read or said anything.
        _ => {}
    }
    ExitCode::SUCCESS
}

fn allocate() {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(vec![1; 16 << 20]);
        black_box(&held);
    }
}

fn overflow(depth: u64) -> u64 {
    let page = black_box([depth; 512]);
    if depth == u64::MAX { 0 } else { overflow(depth + 1) + page[0] }
}

/// Answers with the first fault of the list when all that is forbidden fails.
fn try_everything() {
    let is_refused = std::env::vars_os().next().is_none()
        && std::fs::File::open("/etc/passwd").is_err()
        && std::fs::write("/tmp/usher-doctext-child", "x").is_err()
        && std::net::UdpSocket::bind("127.0.0.1:0").is_err()
        && !std::process::Command::new("/bin/true").status().is_ok_and(|status| status.success());
    println!("{{\"Fault\":{}}}", if is_refused { 0 } else { 12345 });
}
