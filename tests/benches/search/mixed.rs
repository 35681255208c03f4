//! All shapes in turn by two clients at once: how many searches a second.

use std::time::{Duration, Instant};

use usher_tests::bench::Goals;

use crate::{ours::Ours, peer::Peer, shapes::Shape};

const SPAN: Duration = Duration::from_secs(10);
const CLIENTS: usize = 2;

/// Measures, ours and PostgreSQL one after the other.
pub async fn measure(ours: &[Ours; CLIENTS], database: &str, shapes: &[Shape], goals: &mut Goals) {
    let clients = ours.iter().cloned().enumerate().map(|(client, ours)| {
        let shapes = shapes.to_vec();
        tokio::spawn(async move {
            let begun = Instant::now();
            let mut done = 0_u32;
            for shape in turns(&shapes, client).take_while(|_| begun.elapsed() < SPAN) {
                ours.ask(shape).await;
                done += 1;
            }
            f64::from(done) / begun.elapsed().as_secs_f64()
        })
    });
    let over_grpc = sum(clients.collect()).await;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (mut peer, shapes) = (Peer::connect(database).await, shapes.to_vec());
        clients.push(tokio::spawn(async move {
            let begun = Instant::now();
            let mut done = 0_u32;
            for shape in turns(&shapes, client).take_while(|_| begun.elapsed() < SPAN) {
                peer.ask(shape).await;
                done += 1;
            }
            f64::from(done) / begun.elapsed().as_secs_f64()
        }));
    }
    let over_sql = sum(clients).await;
    println!("{CLIENTS} clients, all shapes in turn: {over_grpc:.0}/s over gRPC, {over_sql:.1}/s by PostgreSQL");
    goals.at_least("searches a second by two clients against PostgreSQL", over_grpc / over_sql, 25.0, "x");
}

/// The second client begins in the middle, so that both do not ask the same at once.
fn turns(shapes: &[Shape], client: usize) -> impl Iterator<Item = &Shape> {
    shapes.iter().cycle().skip(client * shapes.len() / CLIENTS)
}

async fn sum(clients: Vec<tokio::task::JoinHandle<f64>>) -> f64 {
    let mut sum = 0.0;
    for client in clients {
        sum += client.await.unwrap();
    }
    sum
}
