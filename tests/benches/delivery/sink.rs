//! The mail server of all contenders, in a process of its own.
//!
//! | said | answered |
//! |---|---|
//! | (at the start) | its address |
//! | `forget` | `ok` |
//! | `wait COUNT SECONDS` | how many mails, how many different ones, when the last one of those came, and all bytes |
//! | `last` | the last mail, in base64 |
//! | `log FILE` | `ok`, when each mail that was taken is in the file: nanoseconds of the clock, Message-ID |

use std::{
    fmt::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use usher_tests::sink::Seen;

use crate::talk::{Talk, answer, as_part};

pub const PART: &str = "sink";

/// Serves until nobody is left who could ask.
pub async fn serve() {
    let sink = usher_tests::sink::Sink::start().await;
    answer(&sink.url());
    let (said, mut hear) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().try_for_each(|line| said.send(line.unwrap())));
    while let Some(line) = hear.recv().await {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["forget"] => {
                sink.forget();
                answer("ok");
            }
            ["wait", count, seconds] => {
                let (count, patience) = (count.parse().unwrap(), Duration::from_secs(seconds.parse().unwrap()));
                let begun = Instant::now();
                while sink.distinct() < count && begun.elapsed() < patience {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                let seen: Vec<Seen> = sink.seen().into_iter().filter(Seen::is_taken).collect();
                let last = seen.iter().map(|seen| nanoseconds(seen.time)).max().unwrap_or_default();
                let bytes: usize = seen.iter().map(|seen| seen.bytes).sum();
                answer(&format!("{} {} {last} {bytes}", seen.len(), sink.distinct()));
            }
            ["last"] => answer(&STANDARD.encode(sink.last())),
            ["log", file] => {
                let mut lines = String::new();
                for seen in sink.seen().iter().filter(|seen| seen.is_taken()) {
                    writeln!(lines, "{} {}", nanoseconds(seen.time), seen.message_id).unwrap();
                }
                std::fs::write(file, lines).unwrap();
                answer("ok");
            }
            _ => panic!("nobody says {line}"),
        }
    }
}

/// The clock that all processes share, in nanoseconds.
pub fn now() -> u128 {
    nanoseconds(chassis::Clock::system().now().into())
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos()
}

/// That process, as the one that measures sees it.
pub struct Sink {
    talk: Talk,
    /// `smtp://127.0.0.1:…`
    pub url: String,
}

/// What has come in.
pub struct Taken {
    pub mails: usize,
    pub distinct: usize,
    pub last: u128,
    pub bytes: usize,
}

impl Sink {
    pub fn start(folder: &Path) -> Self {
        let command: &mut Command = &mut as_part(PART);
        let mut talk = Talk::start(PART, folder, command);
        let url = talk.heard();
        Self { talk, url }
    }

    pub fn forget(&mut self) {
        self.talk.ask("forget");
    }

    /// Waits until so many different ones are there, and not for ever.
    pub fn wait(&mut self, count: usize, patience: Duration) -> Taken {
        let answer = self.talk.ask(&format!("wait {count} {}", patience.as_secs()));
        let words: Vec<&str> = answer.split(' ').collect();
        let number = |place: usize| words[place].parse().unwrap();
        Taken { mails: number(0), distinct: number(1), last: words[2].parse().unwrap(), bytes: number(3) }
    }

    /// The last mail as it came over the wire.
    pub fn last(&mut self) -> Vec<u8> {
        STANDARD.decode(self.talk.ask("last")).unwrap()
    }

    /// When each came, by Message-ID, in order.
    pub fn log(&mut self, folder: &Path) -> Vec<(u128, String)> {
        let file = folder.join("sink.log.txt");
        self.talk.ask(&format!("log {}", file.display()));
        let text = std::fs::read_to_string(&file).unwrap();
        let line = |line: &str| {
            let (time, id) = line.split_once(' ').unwrap();
            (time.parse().unwrap(), id.to_owned())
        };
        text.lines().map(line).collect()
    }
}
