//! Finding people.

mod replica;
mod worked_out;

use std::time::Duration;

use chassis::TenantId;
use prost_types::FieldMask;
use testkit::Site;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::InterviewAnswered,
    talent::v1::{
        CandidateProfile, ExplainMatchRequest, ExplainMatchResponse, FacetField, GetSynonymsRequest, IntentLevel,
        JobIntent, ListCandidatesRequest, SearchCandidatesRequest, SearchCandidatesResponse, SearchFilter, SearchOrder,
        SuggestTermsRequest, SynonymGroup, UpdateCandidateRequest, UpdateSynonymsRequest,
        search_service_client::SearchServiceClient,
    },
};

use super::{candidates, import, metadata, named, reason, resumes, site};

const PEOPLE: &str = "\
name,email,city,title,company,years,skills,summary
李雷,li.lei@example.com,上海,资深Java工程师,云梯科技,8,Java；微服务；C++,熟悉微服务架构
韩梅梅,han.mei@example.com,上海市,前端工程师,云梯科技,3,JavaScript;TypeScript,\"React, Vue\"
Ann Smith,ann@example.com,Shanghai,Senior Java Engineer,Acme Ltd,12,Java;Go;C#,Built microservices (微服务) at scale
Bob Java,bob@example.com,London,Site Reliability Engineer,Java House,5,C;R;.NET,Front-end and Objective-C
Zoë O'Neil,zoe@example.com,London,Product Manager,Acme Ltd,0,,100% remote; _underscore_ and \\backslash
";

pub(crate) struct Pool {
    pub site: Site,
    pub tenant: TenantId,
    /// What the searches must have seen.
    pub seen: String,
}

fn asked(query: &str) -> SearchCandidatesRequest {
    SearchCandidatesRequest { query: query.to_owned(), ..SearchCandidatesRequest::default() }
}

impl Pool {
    async fn new() -> Self {
        Self::at(site().await).await
    }

    async fn at(site: Site) -> Self {
        let tenant = site.tenant();
        let report = import(&site, &tenant, PEOPLE.as_bytes()).await.unwrap();
        assert_eq!(report.created, 5, "{report:?}");
        Self { site, tenant, seen: report.consistency_token }
    }

    async fn search(&self, request: SearchCandidatesRequest) -> Result<SearchCandidatesResponse, Status> {
        let at_least = if request.at_least.is_empty() { self.seen.clone() } else { request.at_least.clone() };
        let request = SearchCandidatesRequest { at_least, ..request };
        let request = self.site.request(&self.tenant, Role::HiringManager, request);
        Ok(SearchServiceClient::new(self.site.channel()).search_candidates(request).await?.into_inner())
    }

    /// The first words of the names of those found, in alphabetical order.
    async fn found(&self, request: SearchCandidatesRequest) -> Vec<String> {
        let answer = self.search(request).await.unwrap();
        assert_eq!(answer.total_size, i64::try_from(answer.hits.len()).unwrap());
        let mut found: Vec<_> = answer.hits.iter().map(|hit| first_name(&hit.display_name)).collect();
        found.sort();
        found
    }

    async fn finds(&self, query: &str, expected: &[&str]) {
        assert_eq!(self.found(asked(query)).await, expected, "{query}");
    }

    async fn id(&self, name: &str) -> String {
        let list = ListCandidatesRequest::default();
        let all = candidates(&self.site).list_candidates(self.site.request(&self.tenant, Role::ReadOnly, list)).await;
        let all = all.unwrap().into_inner().candidates;
        all.into_iter().find(|one| one.display_name.starts_with(name)).unwrap().candidate_id
    }

    /// Changes a profile, and lets searches see it.
    async fn change(&mut self, name: &str, fields: &[&str], profile: CandidateProfile) {
        let request = UpdateCandidateRequest {
            candidate_id: self.id(name).await,
            profile: Some(profile),
            update_mask: Some(FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }),
            ..UpdateCandidateRequest::default()
        };
        let request = self.site.request(&self.tenant, Role::Recruiter, request);
        let answer = candidates(&self.site).update_candidate(request).await.unwrap();
        self.seen = token(answer.metadata());
    }

    async fn explain(&self, query: &str, name: &str) -> Result<ExplainMatchResponse, Status> {
        let request = ExplainMatchRequest {
            candidate_id: self.id(name).await,
            query: query.to_owned(),
            at_least: self.seen.clone(),
            ..ExplainMatchRequest::default()
        };
        let request = self.site.request(&self.tenant, Role::Recruiter, request);
        Ok(SearchServiceClient::new(self.site.channel()).explain_match(request).await?.into_inner())
    }
}

fn token(metadata: &tonic::metadata::MetadataMap) -> String {
    metadata.get(chassis::db::CONSISTENCY_TOKEN).unwrap().to_str().unwrap().to_owned()
}

fn first_name(name: &str) -> String {
    name.split(' ').next().unwrap().to_lowercase()
}

#[tokio::test]
async fn queries_find_whom_they_mean() {
    let pool = Pool::new().await;
    for (query, expected) in [
        ("Java AND 微服务", &["ann", "李雷"][..]),
        ("java 微服务", &["ann", "李雷"]),
        ("Java", &["ann", "bob", "李雷"]),
        ("JavaScript", &["韩梅梅"]),
        ("C", &["bob"]),
        ("C++", &["李雷"]),
        ("C#", &["ann"]),
        ("go", &["ann"]),
        ("R", &["bob"]),
        (".net", &["bob"]),
        ("objective-c", &["bob"]),
        ("java -london", &["ann", "李雷"]),
        ("java NOT 上海", &["bob"]),
        ("(Go OR C++) AND java", &["ann", "李雷"]),
        ("Go OR C++ java", &["ann", "李雷"]),
        ("（Go OR C++）工程师", &["李雷"]),
        ("\"senior java\"", &["ann"]),
        ("\"java senior\"", &[]),
        ("“微服务架构”", &["李雷"]),
        ("skill:java", &["ann", "李雷"]),
        ("skill:JAVA 技能：golang", &["ann"]),
        ("skill:(Go OR C++)", &["ann", "李雷"]),
        ("skill:script", &[]),
        ("city:上海", &["ann", "李雷", "韩梅梅"]),
        ("city:shanghai title:java", &["ann", "李雷"]),
        ("company:java", &["bob"]),
        ("company:云梯", &["李雷", "韩梅梅"]),
        ("name:韩", &["韩梅梅"]),
        ("name:java", &["bob"]),
        ("name:zoë", &["zoë"]),
        ("O'Neil", &["zoë"]),
        ("years:>=8", &["ann", "李雷"]),
        ("years:3..5", &["bob", "韩梅梅"]),
        ("工作年限:>5 lang:zh", &["李雷"]),
        ("has:email -has:phone city:london", &["bob", "zoë"]),
        ("source:import years:0", &["zoë"]),
        ("active:<1d", &["ann", "bob", "zoë", "李雷", "韩梅梅"]),
        ("tag:status/new java", &["ann", "bob", "李雷"]),
        ("tag:java", &["ann", "李雷"]),
        ("", &["ann", "bob", "zoë", "李雷", "韩梅梅"]),
    ] {
        pool.finds(query, expected).await;
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn chinese_is_found_however_it_is_written() {
    let pool = Pool::new().await;
    for (query, expected) in [
        // Any part of a run of characters, whatever the dictionary says.
        ("服务架", &["李雷"][..]),
        ("务", &["ann", "李雷"]),
        ("微服", &["ann", "李雷"]),
        ("Java工程师", &["李雷"]),
        // Traditional characters are the simplified ones.
        ("“微服務架構”", &["李雷"]),
        ("資深 雲梯", &["李雷"]),
        ("name:韓梅梅", &["韩梅梅"]),
        // Names by their sound.
        ("lilei", &["李雷"]),
        ("name:hanmeimei", &["韩梅梅"]),
        ("name:meimei", &["韩梅梅"]),
        ("name:hmm", &["韩梅梅"]),
        // What means the same in the other language.
        ("frontend", &["bob", "韩梅梅"]),
        ("前端", &["bob", "韩梅梅"]),
        ("产品经理", &["zoë"]),
        ("title:\"product manager\"", &["zoë"]),
    ] {
        pool.finds(query, expected).await;
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn filters_narrow_and_a_city_has_many_names() {
    let pool = Pool::new().await;
    let filtered = |query: &str, filter: SearchFilter| SearchCandidatesRequest { filter: Some(filter), ..asked(query) };
    for city in ["Shanghai", "上海", "上海市", " shanghai"] {
        let filter = SearchFilter { cities: vec![city.to_owned()], ..SearchFilter::default() };
        assert_eq!(pool.found(filtered("Java AND 微服务", filter)).await, ["ann", "李雷"], "{city}");
    }
    let years = SearchFilter { min_years_of_experience: 5, max_years_of_experience: 8, ..SearchFilter::default() };
    assert_eq!(pool.found(filtered("", years)).await, ["bob", "李雷"]);
    let skills = |all: &[&str], any: &[&str]| SearchFilter {
        all_skills: all.iter().map(|skill| (*skill).to_owned()).collect(),
        any_skills: any.iter().map(|skill| (*skill).to_owned()).collect(),
        ..SearchFilter::default()
    };
    assert_eq!(pool.found(filtered("", skills(&["java", "微服务"], &[]))).await, ["李雷"]);
    assert_eq!(pool.found(filtered("", skills(&["JAVA"], &["golang", "R"]))).await, ["ann"]);
    let inverted = SearchFilter { min_years_of_experience: 9, max_years_of_experience: 8, ..SearchFilter::default() };
    let refused = pool.search(filtered("", inverted)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "RANGE_INVERTED"));
    let spoilt = SearchFilter { cities: vec!["\0".to_owned()], ..SearchFilter::default() };
    assert_eq!(reason(&pool.search(filtered("", spoilt)).await.unwrap_err()), "CHARACTER_INVALID");
    pool.site.finish().await;
}

#[tokio::test]
async fn whatever_is_written_is_looked_for_and_never_run() {
    let pool = Pool::new().await;
    for (query, expected) in [
        ("\"'; DROP TABLE candidates; --\"", &[][..]),
        ("x' OR '1'='1", &[]),
        ("skill:\"' OR true --\"", &[]),
        ("city:\"') OR (1=1\"", &[]),
        ("$1", &[]),
        ("100%", &["zoë"]),
        ("under%", &[]),
        ("_nderscore", &[]),
        ("underscore", &["zoë"]),
    ] {
        let request = SearchCandidatesRequest { exact: true, ..asked(query) };
        assert_eq!(pool.found(request).await, expected, "{query}");
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn a_query_that_can_not_be_read_says_where() {
    let pool = Pool::new().await;
    for (query, column) in [
        ("java AND", "9"),
        ("微服务 (", "6"),
        ("salary:9", "1"),
        ("\"open", "1"),
        ("a )", "3"),
        ("years:many", "7"),
        ("years:9..3", "7"),
    ] {
        let refused = pool.search(asked(query)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "QUERY_SYNTAX"), "{query}");
        assert_eq!(metadata(&refused, "column"), column, "{query}");
    }
    for query in ["(".repeat(1_000), "-".repeat(1_000), "a ".repeat(500)] {
        assert_eq!(reason(&pool.search(asked(&query)).await.unwrap_err()), "QUERY_SYNTAX");
    }
    let deep = format!("{}java{}", "(NOT ".repeat(16), ")".repeat(16));
    pool.finds(&deep, &["ann", "bob", "李雷"]).await;
    pool.finds(&"java ".repeat(64), &["ann", "bob", "李雷"]).await;
    for token in ["x", "AAAAAAAAAAAAAAAA", "!", &"A".repeat(20_000)] {
        let request = SearchCandidatesRequest { page_token: token.to_owned(), ..asked("java") };
        assert_eq!(reason(&pool.search(request).await.unwrap_err()), "PAGE_TOKEN_INVALID");
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn a_typing_error_is_forgiven_but_never_in_short_or_marked_names() {
    let pool = Pool::new().await;
    let answer = pool.search(asked("javascirpt")).await.unwrap();
    assert_eq!((answer.total_size, answer.corrections.len()), (1, 1), "{answer:?}");
    let correction = &answer.corrections[0];
    assert_eq!((correction.from.as_str(), correction.to.as_str()), ("javascirpt", "javascript"));
    assert_eq!((correction.start_column, correction.end_column), (1, 11));
    let exact = SearchCandidatesRequest { exact: true, ..asked("javascirpt") };
    assert_eq!(pool.search(exact).await.unwrap().total_size, 0);
    for query in ["jaav", "D", "C**", "Gp", ".nets", "Cobol", "微服雾", "r2d2x"] {
        let answer = pool.search(asked(query)).await.unwrap();
        assert!(answer.corrections.is_empty(), "{query}: {answer:?}");
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn the_clause_that_emptied_a_search_is_named() {
    let pool = Pool::new().await;
    let filter = SearchFilter { cities: vec!["London".to_owned()], ..SearchFilter::default() };
    let request = SearchCandidatesRequest { filter: Some(filter), ..asked("java cobol -senior") };
    let answer = pool.search(request).await.unwrap();
    assert_eq!(answer.total_size, 0);
    let told: Vec<_> =
        answer.clauses.iter().map(|clause| (clause.clause.as_str(), clause.alone, clause.without)).collect();
    assert_eq!(told, [("java", 3, 0), ("cobol", 0, 1), ("-senior", 4, 0), ("cities", 2, 0)]);
    assert_eq!((answer.clauses[1].start_column, answer.clauses[1].end_column), (6, 11));
    pool.site.finish().await;
}

#[tokio::test]
async fn facets_count_all_who_are_found() {
    let pool = Pool::new().await;
    let facets = vec![FacetField::Skill.into(), FacetField::City.into(), FacetField::Years.into()];
    let counted = async |query: &str| {
        let request = SearchCandidatesRequest { facets: facets.clone(), page_size: 1, ..asked(query) };
        let facets = pool.search(request).await.unwrap().facets;
        facets
            .into_iter()
            .map(|facet| facet.counts.into_iter().map(|count| (count.value, count.count)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let pairs =
        |pairs: &[(&str, i64)]| pairs.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect::<Vec<_>>();
    let everybody = counted("").await;
    assert_eq!(everybody[0][0], ("java".to_owned(), 2));
    assert_eq!(everybody[0].len(), 10, "as many as are told");
    assert_eq!(everybody[1], pairs(&[("shanghai", 3), ("london", 2)]));
    assert_eq!(everybody[2], pairs(&[("0-2", 1), ("3-5", 2), ("6-9", 1), ("10-14", 1)]));
    let some = counted("java 工程师").await;
    assert_eq!(some[0], pairs(&[("c++", 1), ("java", 1), ("microservices", 1)]));
    assert_eq!(some[1], pairs(&[("shanghai", 1)]));
    pool.site.finish().await;
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the explanation is for reading")]
async fn the_best_match_comes_first_and_says_why() {
    let mut pool = Pool::new().await;
    let looking = JobIntent { level: IntentLevel::Active.into(), ..JobIntent::default() };
    let before = pool.search(asked("java")).await.unwrap();
    assert!(before.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    let last = first_name(&before.hits.last().unwrap().display_name);
    let name = match last.as_str() {
        "ann" => "Ann",
        "bob" => "Bob",
        _ => "李雷",
    };
    let was = pool.explain("java", name).await.unwrap();
    pool.change(name, &["intent"], CandidateProfile { intent: Some(looking), ..CandidateProfile::default() }).await;
    let after = pool.search(asked("java")).await.unwrap();
    assert_eq!(first_name(&after.hits[0].display_name), last, "who looks for a job comes first: {after:?}");

    let why = pool.explain("java", name).await.unwrap();
    assert!((why.score - after.hits[0].score).abs() < 1e-12);
    assert_eq!((was.intent, why.intent, why.engagement), (1.0, 1.5, 1.0));
    let product = why.text * why.skill_coverage * why.intent * why.engagement * why.recency;
    assert!((product - why.score).abs() < 1e-12, "{why:?}");
    assert_eq!((why.clauses.len(), why.clauses[0].clause.as_str(), why.clauses[0].matched), (1, "java", true));
    assert!(why.clauses[0].detail.contains("java (df 3)") && why.clauses[0].detail.contains("N 5"), "{why:?}");
    println!("explain «java»: {why:#?}");

    let half = pool.explain("java OR skill:go OR skill:rust", "Ann").await.unwrap();
    assert!((half.skill_coverage - 2.0 / 3.0).abs() < 1e-12, "one of two wished skills: {half:?}");
    let refused = pool.explain("java", "韩梅梅").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "CANDIDATE_NOT_FOUND"));
    pool.site.finish().await;
}

#[tokio::test]
async fn orders_are_by_match_recency_and_engagement() {
    let pool = Pool::new().await;
    pool.site.clock().advance(Duration::from_hours(24)).unwrap();
    let answered = InterviewAnswered {
        interview_id: "intv_1".to_owned(),
        candidate_id: pool.id("Bob").await,
        ..InterviewAnswered::default()
    };
    pool.site.say("ats", &pool.tenant, "intv_1", &answered).await;
    for order in [SearchOrder::Recency, SearchOrder::Engagement] {
        testkit::eventually("the index has heard of the answer", async || {
            let request = SearchCandidatesRequest { order: order.into(), ..asked("java") };
            let answer = pool.search(request).await.unwrap();
            answer.hits.len() == 3 && first_name(&answer.hits[0].display_name) == "bob"
        })
        .await;
    }
    // What is asked for in the past tense is true at the moment of asking.
    pool.finds("active:<1d", &["bob"]).await;
    pool.finds("tag:interaction/answered", &["bob"]).await;
    pool.site.clock().advance(Duration::from_hours(24 * 93)).unwrap();
    pool.finds("tag:status/dormant_3_months java", &["ann", "bob", "李雷"]).await;
    pool.finds("tag:status/new", &[]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn pages_show_everybody_once_while_others_write() {
    let mut pool = Pool::new().await;
    let (mut seen, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let request = SearchCandidatesRequest { page_size: 2, page_token: page_token.clone(), ..asked("") };
        let page = pool.search(request).await.unwrap();
        assert_eq!(page.total_size, 5);
        seen.extend(page.hits.iter().map(|hit| hit.candidate_id.clone()));
        page_token = page.next_page_token;
        pages += 1;
        if page_token.is_empty() {
            break;
        }
        // Their place among the others does not change by it, and they are not seen again.
        pool.change("Zoë", &["company"], CandidateProfile { company: format!("Co {pages}"), ..Default::default() })
            .await;
        let other = SearchCandidatesRequest { page_size: 2, page_token: page_token.clone(), ..asked("java") };
        assert_eq!(reason(&pool.search(other).await.unwrap_err()), "PAGE_TOKEN_INVALID", "of another search");
    }
    assert_eq!((pages, seen.len()), (3, 5));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    pool.site.finish().await;
}

#[tokio::test]
async fn later_pages_mean_what_the_first_one_meant() {
    let mut pool = Pool::new().await;
    for (name, email) in [("Pam", "pam@example.com"), ("Pia", "pia@example.com"), ("Pit", "pit@example.com")] {
        let profile = CandidateProfile { summary: "Photography and light".to_owned(), ..named(name, email) };
        super::create(&pool.site, &pool.tenant, profile).await.unwrap();
    }
    pool.change("Zoë", &["company"], CandidateProfile { company: "Co".to_owned(), ..Default::default() }).await;
    let request = SearchCandidatesRequest { page_size: 2, ..asked("photografy active:<1d") };
    let first = pool.search(request.clone()).await.unwrap();
    assert_eq!((first.total_size, first.corrections.len()), (3, 1), "{first:?}");

    // By now somebody has the word as it was written, and a day has passed.
    pool.change("Zoë", &["summary"], CandidateProfile { summary: "photografy".to_owned(), ..Default::default() }).await;
    pool.site.clock().advance(Duration::from_hours(48)).unwrap();
    let request = SearchCandidatesRequest { page_token: first.next_page_token, ..request };
    let second = pool.search(request).await.unwrap();
    assert_eq!((second.total_size, second.hits.len()), (3, 1), "{second:?}");
    assert_eq!(second.corrections, first.corrections);
    pool.finds("photografy", &["zoë"]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn words_are_marked_where_they_stand() {
    let pool = Pool::new().await;
    let resume = "王小明 13800138000\n熟悉 Kubernetes 与微服务治理，主导过订单平台的拆分。";
    resumes::upload(&pool.site, &pool.tenant, &pool.id("韩梅梅").await, "cv.txt", resume.as_bytes()).await.unwrap();
    testkit::eventually("the résumé is searched", async || {
        pool.search(asked("订单平台")).await.unwrap().total_size == 1
    })
    .await;
    let request = SearchCandidatesRequest { highlight: true, ..asked("k8s 微服务 -java") };
    let answer = pool.search(request).await.unwrap();
    let marked: Vec<String> = answer.hits[0]
        .highlights
        .iter()
        .flat_map(|highlight| {
            highlight.spans.iter().map(|span| {
                let (start, end) = (usize::try_from(span.start).unwrap(), usize::try_from(span.end).unwrap());
                let text: String = highlight.text.chars().skip(start).take(end - start).collect();
                format!("{}: {text}", highlight.field)
            })
        })
        .collect();
    assert_eq!(marked, ["resume: Kubernetes", "resume: 微服务"]);
    let number = pool.search(asked("13800138000")).await.unwrap();
    assert_eq!(number.total_size, 0, "nobody is found by what is sealed");
    assert!(!format!("{answer:?}").contains("13800138000"));
    pool.site.finish().await;
}

#[tokio::test]
async fn tenants_have_their_own_words_and_nobody_elses() {
    let mut pool = Pool::new().await;
    let other = pool.site.tenant();
    let file =
        b"name,email,skills,summary\nEve Zebra,eve@example.com,Zebrawork,zebrawork and zebrafish and javascripts\n";
    let theirs = import(&pool.site, &other, file).await.unwrap().consistency_token;
    let suggest = async |tenant: &TenantId, prefix: &str| {
        let request = SuggestTermsRequest { prefix: prefix.to_owned(), page_size: 0 };
        let mut client = SearchServiceClient::new(pool.site.channel());
        let answer = client.suggest_terms(pool.site.request(tenant, Role::Recruiter, request)).await.unwrap();
        let suggestions = answer.into_inner().suggestions.into_iter();
        suggestions.map(|suggestion| (suggestion.term, suggestion.count)).collect::<Vec<_>>()
    };
    let at_least = SearchCandidatesRequest { at_least: theirs, ..asked("zebrawork") };
    assert_eq!(pool.search(at_least).await.unwrap().total_size, 0);
    assert!(suggest(&pool.tenant, "zeb").await.is_empty());
    assert_eq!(suggest(&other, "zeb").await.len(), 3);
    assert_eq!(suggest(&pool.tenant, "Java").await, [("java".to_owned(), 3), ("javascript".to_owned(), 1)]);
    let facets = SearchCandidatesRequest { facets: vec![FacetField::Skill.into()], facet_size: 200, ..asked("") };
    assert!(!format!("{:?}", pool.search(facets).await.unwrap()).contains("zebra"));
    // No score and no correction depends on what others have.
    let before = pool.explain("java", "Ann").await.unwrap();
    let many: String = (0..50).fold("name,email,summary\n".to_owned(), |file, number| {
        format!("{file}P{number},p{number}@example.com,java javascirpt\n")
    });
    pool.seen = import(&pool.site, &other, many.as_bytes()).await.unwrap().consistency_token;
    let after = pool.explain("java", "Ann").await.unwrap();
    assert!((before.text - after.text).abs() < 1e-12, "{before:?} {after:?}");
    assert_eq!(pool.search(asked("javascirpt")).await.unwrap().corrections.len(), 1);
    pool.site.finish().await;
}

#[tokio::test]
async fn a_tenants_own_synonyms_hold_at_once_and_for_it_alone() {
    let mut pool = Pool::new().await;
    let mut client = SearchServiceClient::new(pool.site.channel());
    let group =
        |spellings: &[&str]| SynonymGroup { spellings: spellings.iter().map(|one| (*one).to_owned()).collect() };
    pool.finds("houseware", &[]).await;
    let update = |groups: Vec<SynonymGroup>, etag: &str| UpdateSynonymsRequest {
        groups,
        etag: etag.to_owned(),
        request_id: String::new(),
    };
    let request = update(vec![group(&["houseware", "acme"]), group(&["前端"])], "");
    let answer = client.update_synonyms(pool.site.request(&pool.tenant, Role::Recruiter, request)).await.unwrap();
    pool.seen = token(answer.metadata());
    pool.finds("houseware", &["ann", "zoë"]).await;
    pool.finds("frontend", &[]).await;
    let read = client.get_synonyms(pool.site.request(&pool.tenant, Role::ReadOnly, GetSynonymsRequest {})).await;
    let read = read.unwrap().into_inner();
    assert_eq!((read.groups.len(), read.etag.as_str()), (2, "v1"));

    let refused = async |groups: Vec<SynonymGroup>, etag: &str| {
        let request = pool.site.request(&pool.tenant, Role::Recruiter, update(groups, etag));
        reason(&client.clone().update_synonyms(request).await.unwrap_err())
    };
    assert_eq!(refused(vec![group(&["K8s", "k8s"])], "").await, "SYNONYM_TWICE");
    assert_eq!(refused(vec![group(&["***", "k8s"])], "").await, "SYNONYM_EMPTY");
    assert_eq!(refused(vec![group(&["a", "b"])], "v0").await, "ETAG_MISMATCH");
    pool.site.finish().await;
}
