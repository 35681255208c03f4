//! Tags that are worked out at the moment of asking: whoever counts them finds as many as whoever searches for them.

use std::{collections::BTreeMap, time::Duration};

use chassis::wire;
use chrono::TimeDelta;
use usher_proto::{
    ats::v1::InterviewAnswered,
    talent::v1::{
        CandidateProfile, ConsentPurpose, FacetField, IntentLevel, JobIntent, RecordConsentRequest,
        SearchCandidatesRequest, SearchFilter, TagDimension,
    },
};

use super::{
    super::{
        consents::{record, word},
        tags::{add, names, new_tag, tags},
    },
    Pool, asked,
};

const DAY: Duration = Duration::from_hours(24);

/// How many have which tag.
type Counts = BTreeMap<String, i64>;

impl Pool {
    /// The tags of those whom a query finds, by the facet.
    async fn counted(&self, query: &str) -> Counts {
        let request = SearchCandidatesRequest { facets: vec![FacetField::Tag.into()], facet_size: 200, ..asked(query) };
        let answer = self.search(request).await.unwrap();
        answer.facets[0].counts.iter().map(|one| (one.value.clone(), one.count)).collect()
    }

    /// The same, by what stands on each of them.
    async fn listed(&self, query: &str) -> Counts {
        let mut counts = Counts::new();
        for hit in self.search(asked(query)).await.unwrap().hits {
            let mut names = names(&tags(&self.site, &self.tenant, &hit.candidate_id).await);
            names.dedup();
            for name in names {
                *counts.entry(name).or_default() += 1;
            }
        }
        counts
    }

    /// Everybody's tags, after everything was held against everything else.
    async fn tagged(&self) -> Counts {
        // The first is counted without looking at anybody, the others one by one.
        for query in ["", "java", "years:>=5"] {
            let counts = self.counted(query).await;
            assert_eq!(counts, self.listed(query).await, "{query}");
            for (tag, count) in counts {
                let filter = Some(SearchFilter { tags: vec![tag.clone()], ..SearchFilter::default() });
                let answer = self.search(SearchCandidatesRequest { filter, ..asked(query) }).await.unwrap();
                assert_eq!(answer.total_size, count, "{query}: {tag}");
            }
        }
        self.counted("").await
    }

    async fn tag(&self, name: &str, dimension: TagDimension, tag: &str) {
        add(&self.site, &self.tenant, &self.id(name).await, vec![new_tag(dimension, tag)]).await.unwrap();
    }
}

fn of(counts: &Counts, dimension: &str) -> Vec<(String, i64)> {
    let prefix = format!("{dimension}/");
    counts.iter().filter_map(|(tag, count)| Some((tag.strip_prefix(&prefix)?.to_owned(), *count))).collect()
}

fn pairs(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(tag, count)| ((*tag).to_owned(), *count)).collect()
}

#[tokio::test]
async fn time_alone_moves_somebody_from_one_count_to_another() {
    let mut pool = Pool::new().await;
    pool.tag("Bob", TagDimension::Status, "vip").await;
    pool.tag("Ann", TagDimension::Skill, "java").await;
    pool.tag("Zoë", TagDimension::Skill, "java").await;
    let end = Some(wire::timestamp(pool.site.clock().now() + TimeDelta::days(40)));
    let consent = word(&pool.id("Ann").await, ConsentPurpose::Opportunities, true);
    record(&pool.site, &pool.tenant, RecordConsentRequest { expire_time: end, ..consent }).await.unwrap();
    let looking = JobIntent { level: IntentLevel::Active.into(), expire_time: end, ..JobIntent::default() };
    let profile = CandidateProfile { intent: Some(looking), ..CandidateProfile::default() };
    pool.change("韩", &["intent"], profile).await;

    let counts = pool.tagged().await;
    assert_eq!(of(&counts, "status"), pairs(&[("consent_opportunities", 1), ("new", 5), ("vip", 1)]));
    assert_eq!(of(&counts, "intent"), pairs(&[("active", 1)]));
    assert_eq!(counts["skill/java"], 3, "who has the skill and the tag is one person");

    pool.site.clock().advance(DAY * 41).unwrap();
    let counts = pool.tagged().await;
    assert_eq!(of(&counts, "status"), pairs(&[("vip", 1)]));
    assert!(of(&counts, "intent").is_empty());

    let answered = InterviewAnswered {
        interview_id: "intv_1".to_owned(),
        candidate_id: pool.id("Bob").await,
        ..InterviewAnswered::default()
    };
    pool.site.say("ats", &pool.tenant, "intv_1", &answered).await;
    testkit::eventually("the answer is counted", async || {
        of(&pool.counted("").await, "interaction") == pairs(&[("answered", 1)])
    })
    .await;
    pool.site.clock().advance(DAY * 52).unwrap();
    assert_eq!(of(&pool.tagged().await, "status"), pairs(&[("dormant_3_months", 4), ("vip", 1)]));
    pool.site.clock().advance(DAY * 100).unwrap();
    let both = pairs(&[("dormant_3_months", 5), ("dormant_6_months", 4), ("vip", 1)]);
    assert_eq!(of(&pool.tagged().await, "status"), both);
    pool.site.finish().await;
}

#[tokio::test]
async fn a_skill_is_one_tag_whatever_it_is_called() {
    let pool = Pool::new().await;
    pool.tag("Zoë", TagDimension::Skill, "golang").await;
    testkit::eventually("the tag is counted", async || pool.counted("").await.get("skill/go") == Some(&2)).await;
    for query in ["tag:skill/golang", "tag:skill/go", "tag:golang"] {
        pool.finds(query, &["ann", "zoë"]).await;
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn each_dimension_shows_as_many_as_are_asked_for() {
    let pool = Pool::new().await;
    for tag in ["alpha", "beta"] {
        pool.tag("Bob", TagDimension::Interaction, tag).await;
    }
    let shown = async || {
        let request = SearchCandidatesRequest { facets: vec![FacetField::Tag.into()], facet_size: 1, ..asked("") };
        let answer = pool.search(request).await.unwrap();
        answer.facets[0].counts.iter().map(|one| (one.value.clone(), one.count)).collect::<Vec<_>>()
    };
    let expected = pairs(&[("status/new", 5), ("skill/java", 2), ("interaction/alpha", 1)]);
    testkit::eventually("the tags are counted", async || shown().await == expected).await;
    pool.site.finish().await;
}
