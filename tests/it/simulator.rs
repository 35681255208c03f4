//! A small world lives for some weeks: nothing is lost or done twice, and every report says what the simulator reckons by itself.

use usher_tests::simulator::{
    checks::{Compared, reports, whole},
    draw::Seed,
    drive::town::Town,
    planted::Planted,
    world::{Policy, Size, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_people_lived_through_is_what_the_suite_tells() {
    let folder = tempfile::tempdir().unwrap();
    let size = Size { applicants: 40, days: 2, pool: 30 };
    let world = World::new(0, Seed(20_261_130), Planted::usual(), Policy::Usher, size);
    let mut town = Town::settle(folder.path(), vec![world]).await;
    town.live().await;
    let mut kept = whole::mails(&town);
    let mut told = Compared::default();
    for place in &town.places {
        kept.add(whole::world(place, &town.calendar).await);
        told.add(reports::world(place, &town.calendar, town.now, town.suite.site.clock().now()).await);
    }
    println!("{} things kept, {} told", kept.things, told.things);
    kept.add(told.clone());
    assert!(kept.differences.is_empty(), "{:#?}", kept.differences);
    assert!(kept.things > 500 && told.things > 500, "{} and {}", kept.things, told.things);
}
