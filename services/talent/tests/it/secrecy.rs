//! What the database knows, to somebody who can read all of it.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{CandidateProfile, CreateCandidateRequest, GetCandidateRequest},
};
use usher_talent::{MasterKeys, Talent};

use super::{candidates, create, import, named, resumes::upload, site, talent};

/// Every row of every table of the schema as text; bytes are in hexadecimal.
pub(crate) async fn everything(url: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'talent'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert!(tables.len() > 6, "{tables:?}");
    let mut all = String::new();
    for table in tables {
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT every::text FROM talent.{table} AS every")))
                .fetch_all(&mut connection)
                .await
                .unwrap();
        all.extend(rows);
    }
    all
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[tokio::test]
async fn no_table_holds_a_contact_point_in_the_clear() {
    let site = site().await;
    let tenant = site.tenant();
    let profile = CandidateProfile { phone: "13800138000".to_owned(), ..named("王小明", "secret.wang@example.com") };
    let request_id = "018f0000-0000-7000-8000-000000000002".to_owned();
    let request = CreateCandidateRequest { profile: Some(profile), request_id };
    candidates(&site).create_candidate(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let wang = create(&site, &tenant, named("王晓", "")).await.unwrap().candidate_id;
    let resume = "王晓 13700137000 secret.xiao@example.com 写过很多代码";
    upload(&site, &tenant, &wang, "13700137000.txt", resume.as_bytes()).await.unwrap();
    import(&site, &tenant, b"name,email,phone\nAnn,secret.ann@example.com,+442079460958\n").await.unwrap();
    site.settle().await;

    let all = everything(site.database().url()).await;
    assert!(all.contains("王小明"), "the scan sees the rows");
    assert!(all.contains(&hexadecimal("CandidateCreated")) || all.contains("CandidateCreated"), "the events too");
    for secret in [
        "secret.wang",
        "secret.ann",
        "secret.xiao",
        "13700137000",
        "很多代码",
        "13800138000",
        "442079460958",
        "2079460958",
    ] {
        assert!(!all.contains(secret), "{secret} stands in the database");
        assert!(!all.contains(&hexadecimal(secret)), "{secret} stands in the database as bytes");
    }
    site.finish().await;
}

#[tokio::test]
async fn a_restart_with_the_key_reads_and_without_it_does_not() {
    // An index that is there serves whatever becomes of the keys.
    let folder = tempfile::tempdir().unwrap();
    let with = |talent: Talent| -> Vec<Box<dyn chassis::Service>> {
        vec![Box::new(talent.with_index_folder(folder.path().to_owned()))]
    };
    let site = testkit::Site::start(with(talent())).await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap();
    let get = || GetCandidateRequest { candidate_id: ann.candidate_id.clone() };

    let site = site.restart(with(talent())).await;
    let read = candidates(&site).get_candidate(site.request(&tenant, Role::Recruiter, get())).await.unwrap();
    assert_eq!(read.into_inner().candidate.unwrap().email, "ann@example.com");

    let other = Talent::with_master_keys(MasterKeys::from(&[8; 32]), outbox::Settings::default());
    let site = site.restart(with(other)).await;
    let refused = candidates(&site).get_candidate(site.request(&tenant, Role::Recruiter, get())).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Internal);
    assert!(!refused.message().contains("ann"));
}
