//! The database itself keeps tenants apart.

use chassis::TenantCtx;
use sqlx::{AssertSqlSafe, Row as _};

use super::*;

#[tokio::test]
async fn one_tenants_transaction_reaches_no_row_of_another() {
    let (site, _) = site().await;
    let (mine, theirs) = (site.tenant(), site.tenant());
    let kept = write(&site, &site.token(&theirs, Role::Recruiter), note("")).await.unwrap();
    let db = site.db("notes");
    let begin = async || db.begin(&TenantCtx::service(mine, "test")).await.unwrap();
    for reach in [
        "SELECT count(*) FROM notes".to_owned(),
        format!("SELECT count(*) FROM notes WHERE tenant_id = '{}'", theirs.0),
        "WITH gone AS (DELETE FROM notes RETURNING 1) SELECT count(*) FROM gone".to_owned(),
        "WITH changed AS (UPDATE notes SET text = 'mine' RETURNING 1) SELECT count(*) FROM changed".to_owned(),
    ] {
        let mut tx = begin().await;
        let row = sqlx::query(AssertSqlSafe(reach.clone())).fetch_one(tx.conn()).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 0, "{reach}");
        tx.commit().await.unwrap();
    }
    for smuggled in [
        format!("INSERT INTO notes VALUES ('{}', gen_random_uuid(), 'x')", theirs.0),
        "INSERT INTO notes VALUES (gen_random_uuid(), gen_random_uuid(), 'x')".to_owned(),
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY".to_owned(),
        "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY".to_owned(),
        "DROP POLICY tenant ON notes".to_owned(),
        "DROP TABLE notes".to_owned(),
        "TRUNCATE notes".to_owned(),
        "CREATE TABLE mine (x int)".to_owned(),
    ] {
        let mut tx = begin().await;
        let refused = sqlx::query(AssertSqlSafe(smuggled.clone())).execute(tx.conn()).await.unwrap_err();
        let code =
            refused.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        assert_eq!(code, "42501", "{smuggled}: {refused}");
    }
    assert_eq!(written(&site, &theirs).await, [kept]);
    assert!(written(&site, &mine).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn a_transaction_of_no_tenant_sees_no_tenants_table() {
    let (site, _) = site().await;
    write(&site, &site.token(&site.tenant(), Role::Recruiter), note("")).await.unwrap();
    let mut tx = site.db("notes").begin_system().await.unwrap();
    let refused = sqlx::query("SELECT * FROM notes").fetch_all(tx.conn()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
    site.finish().await;
}

#[tokio::test]
async fn a_connection_that_served_one_tenant_brings_nothing_of_it_to_the_next() {
    let (site, _) = site().await;
    let theirs = site.tenant();
    write(&site, &site.token(&theirs, Role::Recruiter), note("")).await.unwrap();
    let db = site.db("notes");
    for _ in 0..20 {
        let mut tx = db.begin(&TenantCtx::service(theirs, "test")).await.unwrap();
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(seen, 1);
        // Some end well and some are given up.
        if rand::random() {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        let mut tx = db.begin(&TenantCtx::service(site.tenant(), "test")).await.unwrap();
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(seen, 0);
    }
    site.finish().await;
}

#[tokio::test]
async fn every_table_with_a_tenant_is_guarded_and_the_roles_own_nothing() {
    let (site, _) = site().await;
    let mut tx = site.db("notes").begin_system().await.unwrap();
    let unguarded: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'notes' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert!(unguarded.is_empty(), "{unguarded:?}");
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
         WHERE r.rolname IN ('usher_notes', 'usher_notes_system')",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    let strong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_roles WHERE rolname IN ('usher_notes', 'usher_notes_system')
         AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!((owned, strong), (0, 0));
    site.finish().await;
}
