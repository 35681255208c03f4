//! Finding people.

use chassis::TenantId;
use testkit::Site;
use tonic::Code;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{SearchCandidatesRequest, SearchCandidatesResponse, search_service_client::SearchServiceClient},
};

use super::{import, metadata, reason, site};

const PEOPLE: &str = "\
name,email,city,title,company,years,skills,summary
李雷,li.lei@example.com,上海,资深Java工程师,云梯科技,8,Java；微服务；C++,熟悉微服务架构
韩梅梅,han.mei@example.com,上海市,前端工程师,云梯科技,3,JavaScript;TypeScript,\"React, Vue\"
Ann Smith,ann@example.com,Shanghai,Senior Java Engineer,Acme Ltd,12,Java;Go;C#,Built microservices (微服务) at scale
Bob Java,bob@example.com,London,Site Reliability Engineer,Java House,5,C;R;.NET,Front-end and Objective-C
Zoë O'Neil,zoe@example.com,London,Product Manager,Acme Ltd,0,,100% remote; _underscore_ and \\backslash
";

struct Pool {
    site: Site,
    tenant: TenantId,
}

impl Pool {
    async fn new() -> Self {
        let site = site().await;
        let tenant = site.tenant();
        let report = import(&site, &tenant, PEOPLE.as_bytes()).await.unwrap();
        assert_eq!(report.created, 5, "{report:?}");
        Self { site, tenant }
    }

    async fn search(&self, request: SearchCandidatesRequest) -> Result<SearchCandidatesResponse, tonic::Status> {
        let request = self.site.request(&self.tenant, Role::HiringManager, request);
        Ok(SearchServiceClient::new(self.site.channel()).search_candidates(request).await?.into_inner())
    }

    /// The local parts of the addresses of those found, in alphabetical order.
    async fn found(&self, request: SearchCandidatesRequest) -> Vec<String> {
        let answer = self.search(request).await.unwrap();
        assert_eq!(answer.total_size, i64::try_from(answer.candidates.len()).unwrap());
        let local = |email: &str| email.split('@').next().unwrap().to_owned();
        let mut found: Vec<_> = answer.candidates.iter().map(|candidate| local(&candidate.email)).collect();
        found.sort();
        found
    }

    async fn finds(&self, query: &str, expected: &[&str]) {
        let request = SearchCandidatesRequest { query: query.to_owned(), ..SearchCandidatesRequest::default() };
        assert_eq!(self.found(request).await, expected, "{query}");
    }
}

#[tokio::test]
async fn queries_find_whom_they_mean() {
    let pool = Pool::new().await;
    for (query, expected) in [
        ("Java AND 微服务", &["ann", "li.lei"][..]),
        ("java 微服务", &["ann", "li.lei"]),
        ("Java", &["ann", "bob", "li.lei"]),
        ("JavaScript", &["han.mei"]),
        ("C", &["bob"]),
        ("C++", &["li.lei"]),
        ("C#", &["ann"]),
        ("go", &["ann"]),
        ("R", &["bob"]),
        (".net", &["bob"]),
        ("objective-c", &["bob"]),
        ("java -london", &["ann", "li.lei"]),
        ("java NOT 上海", &["bob"]),
        ("(Go OR C++) AND java", &["ann", "li.lei"]),
        ("Go OR C++ java", &["ann", "li.lei"]),
        ("（Go OR C++）工程师", &["li.lei"]),
        ("\"senior java\"", &["ann"]),
        ("\"java senior\"", &[]),
        ("“微服务架构”", &["li.lei"]),
        ("skill:java", &["ann", "li.lei"]),
        ("skill:JAVA 技能：golang", &["ann"]),
        ("skill:script", &[]),
        ("city:上海", &["ann", "han.mei", "li.lei"]),
        ("city:shanghai title:java", &["ann", "li.lei"]),
        ("company:java", &["bob"]),
        ("company:云梯", &["han.mei", "li.lei"]),
        ("name:韩", &["han.mei"]),
        ("name:java", &["bob"]),
        ("name:zoë", &["zoe"]),
        ("O'Neil", &["zoe"]),
        ("", &["ann", "bob", "han.mei", "li.lei", "zoe"]),
    ] {
        pool.finds(query, expected).await;
    }
    pool.site.finish().await;
}

#[tokio::test]
async fn filters_narrow_and_a_city_has_many_names() {
    let pool = Pool::new().await;
    for city in ["Shanghai", "上海", "上海市", " shanghai"] {
        let query = "Java AND 微服务".to_owned();
        let request = SearchCandidatesRequest { query, city: city.to_owned(), ..SearchCandidatesRequest::default() };
        assert_eq!(pool.found(request).await, ["ann", "li.lei"], "{city}");
    }
    let request = SearchCandidatesRequest { min_years_of_experience: 8, ..SearchCandidatesRequest::default() };
    assert_eq!(pool.found(request).await, ["ann", "li.lei"]);
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
        ("100%", &["zoe"]),
        ("under%", &[]),
        ("_nderscore", &[]),
        ("underscore", &["zoe"]),
    ] {
        pool.finds(query, expected).await;
    }
    let refused =
        pool.search(SearchCandidatesRequest { city: "\0".to_owned(), ..Default::default() }).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "CHARACTER_INVALID"));
    pool.site.finish().await;
}

#[tokio::test]
async fn a_query_that_can_not_be_read_says_where() {
    let pool = Pool::new().await;
    for (query, column) in [("java AND", "9"), ("微服务 (", "6"), ("salary:9", "1"), ("\"open", "1"), ("a )", "3")] {
        let request = SearchCandidatesRequest { query: query.to_owned(), ..SearchCandidatesRequest::default() };
        let refused = pool.search(request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "QUERY_SYNTAX"), "{query}");
        assert_eq!(metadata(&refused, "column"), column, "{query}");
    }
    for query in ["(".repeat(1_000), "-".repeat(1_000), "a ".repeat(500)] {
        let refused = pool.search(SearchCandidatesRequest { query, ..Default::default() }).await.unwrap_err();
        assert_eq!(reason(&refused), "QUERY_SYNTAX");
    }
    // What the contract allows at the most, and what the parser allows at the most, PostgreSQL can do.
    let deep = format!("{}java{}", "(NOT ".repeat(16), ")".repeat(16));
    pool.finds(&deep, &["ann", "bob", "li.lei"]).await;
    pool.finds(&"java ".repeat(64), &["ann", "bob", "li.lei"]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn the_last_changed_come_first_and_pages_know_the_total() {
    let pool = Pool::new().await;
    pool.site.clock().advance(std::time::Duration::from_mins(1)).unwrap();
    let change = b"name,email,title\nBob Java,bob@example.com,Java Engineer\n";
    assert_eq!(import(&pool.site, &pool.tenant, change).await.unwrap().updated, 1);
    let first = SearchCandidatesRequest { query: "java".to_owned(), page_size: 2, ..Default::default() };
    let page = pool.search(first.clone()).await.unwrap();
    assert_eq!((page.total_size, page.candidates.len(), page.candidates[0].email.as_str()), (3, 2, "bob@example.com"));
    let last = pool.search(SearchCandidatesRequest { page_token: page.next_page_token, ..first }).await.unwrap();
    assert_eq!((last.total_size, last.candidates.len(), last.next_page_token.as_str()), (3, 1, ""));
    assert!(page.candidates.iter().all(|candidate| candidate.candidate_id != last.candidates[0].candidate_id));
    pool.finds("title:reliability", &[]).await;
    pool.site.finish().await;
}
