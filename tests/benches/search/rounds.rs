//! Every shape by every contender, in turn, several rounds; the answers are compared before anything is measured.

use std::time::{Duration, Instant};

use usher_tests::bench::{Goals, milliseconds, percentile};

use crate::{
    library::Library,
    ours::Ours,
    peer::Peer,
    processor,
    shapes::{Answer, Shape},
};

const ROUNDS: usize = 7;
/// Calls of one contender in one round: as many as fit, but so many at least and at most.
const CALLS: std::ops::RangeInclusive<usize> = 3..=200;
const SPAN: Duration = Duration::from_millis(400);

/// Who is measured.
pub struct Contenders {
    pub ours: Ours,
    /// The process that answers for us.
    pub server: u32,
    pub peer: Peer,
    pub library: Library,
}

/// One of them.
#[derive(Clone, Copy)]
enum Who {
    Ours,
    Peer,
    Library,
}

/// What one contender took for one shape.
#[derive(Default)]
pub struct Taken {
    spans: Vec<Duration>,
    /// Seconds of processor time.
    processor: f64,
}

/// What all took for one shape.
pub struct Row {
    pub name: &'static str,
    pub total: u64,
    pub facets: bool,
    pub ours: Figures,
    pub peer: Figures,
    pub library: Figures,
}

/// In milliseconds.
#[derive(Clone, Copy)]
pub struct Figures {
    pub p50: f64,
    /// Per call.
    pub processor: f64,
}

impl Contenders {
    async fn ask(&mut self, who: Who, shape: &Shape) -> Answer {
        match who {
            Who::Ours => self.ours.ask(shape).await,
            Who::Peer => self.peer.ask(shape).await,
            Who::Library => self.library.ask(shape),
        }
    }

    fn processor(&self, who: Who) -> f64 {
        match who {
            Who::Ours => processor::used(self.server),
            Who::Peer => self.peer.processor(),
            Who::Library => processor::used(std::process::id()),
        }
    }

    /// Fails when somebody does not find what PostgreSQL finds.
    pub async fn compare(&mut self, shapes: &[Shape]) -> Vec<u64> {
        let mut totals = Vec::new();
        for shape in shapes {
            let expected = self.peer.ask(shape).await;
            assert!(expected.total > 0, "{}: nobody is found, which measures nothing", shape.name);
            shape.compare("ours", &self.ours.ask(shape).await, &expected, true);
            shape.compare("tantivy", &self.library.ask(shape), &expected, false);
            totals.push(expected.total);
        }
        totals
    }

    async fn take(&mut self, who: Who, shape: &Shape, taken: &mut Taken) {
        let (begun, before) = (Instant::now(), self.processor(who));
        for call in 1..=*CALLS.end() {
            let asked = Instant::now();
            self.ask(who, shape).await;
            taken.spans.push(asked.elapsed());
            if call >= *CALLS.start() && begun.elapsed() >= SPAN {
                break;
            }
        }
        taken.processor += self.processor(who) - before;
    }

    /// Measures.
    pub async fn rounds(&mut self, shapes: &[Shape], totals: &[u64]) -> Vec<Row> {
        let mut taken: Vec<[Taken; 3]> = shapes.iter().map(|_| <[Taken; 3]>::default()).collect();
        for round in 0..=ROUNDS {
            for (shape, all) in shapes.iter().zip(&mut taken) {
                for (who, one) in [Who::Ours, Who::Peer, Who::Library].into_iter().zip(all) {
                    // The first round warms up.
                    let mut warm_up = Taken::default();
                    self.take(who, shape, if round == 0 { &mut warm_up } else { one }).await;
                }
            }
            crate::progress(&format!("round {round} of {ROUNDS}"));
        }
        let rows = shapes.iter().zip(totals).zip(taken);
        rows.map(|((shape, total), [ours, peer, library])| Row {
            name: shape.name,
            total: *total,
            facets: shape.facets,
            ours: ours.figures(),
            peer: peer.figures(),
            library: library.figures(),
        })
        .collect()
    }
}

impl Taken {
    fn figures(mut self) -> Figures {
        let calls = f64::from(u32::try_from(self.spans.len()).unwrap());
        let p50 = milliseconds(percentile(&mut self.spans, 50));
        Figures { p50, processor: self.processor * 1_000.0 / calls }
    }
}

impl Row {
    /// How many times as long PostgreSQL takes.
    pub fn ratio(&self) -> f64 {
        self.peer.p50 / self.ours.p50
    }

    /// How many times as much processor time PostgreSQL takes.
    fn processor_ratio(&self) -> f64 {
        // Below a tick in all rounds there is nothing that could be told apart.
        self.peer.processor.max(0.001) / self.ours.processor.max(0.001)
    }
}

/// Holds the rows against the goals.
pub fn judge(rows: &[Row], goals: &mut Goals) {
    goals.at_least("p50 over gRPC against PostgreSQL, geometric mean", mean(rows.iter().map(Row::ratio)), 10.0, "x");
    for row in rows {
        let goal = match (row.facets, row.name) {
            (true, "facets of everything") => 500.0,
            (true, _) => 15.0,
            (false, _) => 2.0,
        };
        goals.at_least(row.name, row.ratio(), goal, "x");
    }
    let processor = mean(rows.iter().map(Row::processor_ratio));
    goals.at_least("the server's processor time per search, geometric mean", processor, 10.0, "x less");
}

/// The geometric mean.
pub fn mean(ratios: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = f64::from(u32::try_from(ratios.len()).unwrap());
    (ratios.map(f64::ln).sum::<f64>() / count).exp()
}
