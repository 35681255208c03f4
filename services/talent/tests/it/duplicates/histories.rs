//! Random histories of people who are changed, made one and parted, held against a model in the simplest of words.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::*;

/// What a person is in the simplest of words.
#[derive(Debug, Clone, Default)]
struct Plain {
    city: String,
    emails: BTreeSet<String>,
    tags: BTreeSet<String>,
}

/// A merge in the simplest of words.
struct Joined {
    id: String,
    survivor: usize,
    absorbed: usize,
    city_before: String,
    city_after: String,
    emails: BTreeSet<String>,
}

/// People, and who is part of whom.
#[derive(Default)]
struct Model {
    people: Vec<Plain>,
    merges: Vec<Joined>,
}

impl Model {
    fn root(&self, person: usize) -> usize {
        let into = self.merges.iter().find(|merge| merge.absorbed == person);
        into.map_or(person, |merge| self.root(merge.survivor))
    }

    fn tags(&self, root: usize) -> BTreeSet<String> {
        let parts = (0..self.people.len()).filter(|person| self.root(*person) == root);
        parts.flat_map(|person| self.people[person].tags.clone()).collect()
    }
}

#[tokio::test]
async fn random_histories_are_what_a_simple_model_says() {
    let site = site().await;
    for seed in 0..2 {
        let mut dice = StdRng::seed_from_u64(seed);
        let tenant = site.tenant();
        let mut ids = Vec::new();
        let mut model = Model::default();
        for name in ["Ann", "Bob", "Cem", "Dan"] {
            let email = format!("{}@example.com", name.to_lowercase());
            ids.push(create(&site, &tenant, named(name, &email)).await.unwrap().candidate_id);
            model.people.push(Plain { emails: BTreeSet::from([email]), ..Plain::default() });
        }
        for step in 0..24 {
            let (person, other) = (dice.random_range(0..4), dice.random_range(0..4));
            let root = model.root(person);
            match dice.random_range(0..5) {
                0 => {
                    let city = format!("city {step}");
                    let profile = CandidateProfile { city: city.clone(), ..named("", "") };
                    change(&site, &tenant, &ids[root], &["city"], profile).await.unwrap();
                    model.people[root].city = city;
                }
                1 => {
                    let email = format!("{step}@example.com");
                    change(&site, &tenant, &ids[root], &["email"], named("", &email)).await.unwrap();
                    let now = read(&site, &tenant, &ids[root]).await;
                    model.people[root].emails = emails(&now);
                    assert!(model.people[root].emails.contains(&email));
                }
                2 => {
                    let name = format!("tag_{step}");
                    tag(&site, &tenant, &ids[person], &name).await;
                    model.people[person].tags.insert(name);
                }
                3 if model.root(other) != root => {
                    let other = model.root(other);
                    let id = merge(&site, &tenant, &ids[root], &ids[other]).await.unwrap().merge_id;
                    let absorbed = std::mem::take(&mut model.people[other].emails);
                    let before = model.people[root].city.clone();
                    if before.is_empty() {
                        model.people[root].city = model.people[other].city.clone();
                    }
                    model.people[root].emails.extend(absorbed.clone());
                    model.merges.push(Joined {
                        id,
                        survivor: root,
                        absorbed: other,
                        city_before: before,
                        city_after: model.people[root].city.clone(),
                        emails: absorbed,
                    });
                }
                4 if !model.merges.is_empty() => {
                    let place = dice.random_range(0..model.merges.len());
                    let Joined { survivor, absorbed, .. } = model.merges[place];
                    // Nothing later was built on it.
                    let is_last = model.merges[place + 1..].iter().all(|later| later.survivor != survivor)
                        && model.merges.iter().all(|merge| merge.absorbed != survivor);
                    let outcome = unmerge(&site, &tenant, &model.merges[place].id).await;
                    assert_eq!(outcome.is_ok(), is_last, "seed {seed}, step {step}: {outcome:?}");
                    if is_last {
                        let merge = model.merges.remove(place);
                        let back: BTreeSet<_> =
                            merge.emails.intersection(&model.people[survivor].emails).cloned().collect();
                        model.people[survivor].emails.retain(|email| !back.contains(email));
                        model.people[absorbed].emails = back;
                        if model.people[survivor].city == merge.city_after {
                            model.people[survivor].city = merge.city_before;
                        }
                    }
                }
                _ => {}
            }
            for (person, id) in ids.iter().enumerate() {
                let root = model.root(person);
                let now = read(&site, &tenant, id).await;
                let plain = &model.people[root];
                let tags: BTreeSet<String> = now.tags.iter().map(|tag| tag.name.clone()).collect();
                let tags: BTreeSet<_> = tags.into_iter().filter(|name| name.starts_with("tag_")).collect();
                let shown = (now.candidate_id.as_str(), now.city.as_str(), emails(&now), tags);
                let expected = (ids[root].as_str(), plain.city.as_str(), plain.emails.clone(), model.tags(root));
                assert_eq!(shown, expected, "seed {seed}, step {step}");
            }
            let alone = (0..4).filter(|person| model.root(*person) == *person).map(|person| ids[person].clone());
            assert_eq!(pool(&site, &tenant).await, alone.collect::<BTreeSet<_>>());
        }
    }
    site.finish().await;
}

fn emails(candidate: &Candidate) -> BTreeSet<String> {
    let others = candidate.other_contact_points.iter().map(|point| point.value.clone());
    others.chain([candidate.email.clone()]).filter(|email| !email.is_empty()).collect()
}
