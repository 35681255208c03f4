//! A migration of rows by an owner that is no superuser.

use std::borrow::Cow;

use chassis::{Schema, TenantCtx, TenantId, migrate::migrate};
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, Row as _, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use testkit::TestDatabase;

const FIRST: &str =
    "CREATE TABLE things (tenant_id uuid NOT NULL, thing_id uuid NOT NULL, PRIMARY KEY (tenant_id, thing_id))";
const SECOND: &str = "ALTER TABLE things ADD COLUMN size integer;
    UPDATE things SET size = 7;
    ALTER TABLE things ALTER COLUMN size SET NOT NULL";

fn schema(steps: &[&'static str]) -> Schema {
    let migration = |(place, sql): (usize, &&'static str)| {
        let version = i64::try_from(place).unwrap() + 1;
        Migration::new(version, Cow::Borrowed("step"), MigrationType::Simple, (*sql).into_sql_str(), false)
    };
    let migrations = steps.iter().enumerate().map(migration).collect();
    let migrator = Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT };
    Schema { name: "upgrade", sets: vec![("upgrade", Box::leak(Box::new(migrator)))], system_tables: Vec::new() }
}

#[tokio::test]
async fn every_tenants_rows_are_brought_up_to_date_and_kept_apart_afterwards() {
    let database = TestDatabase::new(&[]).await;
    let mut admin = PgConnection::connect(database.url()).await.unwrap();
    let name: String = sqlx::query_scalar("SELECT current_database()::text").fetch_one(&mut admin).await.unwrap();
    let owner = format!("owner_of_{name}");
    let password = uuid::Uuid::new_v4().simple().to_string();
    for sql in [
        format!("CREATE ROLE \"{owner}\" LOGIN CREATEROLE PASSWORD '{password}'"),
        format!("ALTER DATABASE \"{name}\" OWNER TO \"{owner}\""),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
    }
    let (_, place) = database.url().rsplit_once('@').unwrap();
    let url = format!("postgres://{owner}:{password}@{place}");

    migrate(&url, &schema(&[FIRST])).await.unwrap();
    let tenants = [TenantId::new(), TenantId::new()];
    for tenant in &tenants {
        let mut tx = database.db("upgrade").begin(&TenantCtx::service(*tenant, "test")).await.unwrap();
        let sql = "INSERT INTO things VALUES ($1, $1)";
        sqlx::query(sql).bind(*tenant).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }
    migrate(&url, &schema(&[FIRST, SECOND])).await.unwrap();
    for tenant in &tenants {
        let mut tx = database.db("upgrade").begin(&TenantCtx::service(*tenant, "test")).await.unwrap();
        let rows = sqlx::query("SELECT tenant_id, size FROM things").fetch_all(tx.conn()).await.unwrap();
        let seen: Vec<_> = rows.iter().map(|row| (row.get::<TenantId, _>(0), row.get::<i32, _>(1))).collect();
        assert_eq!(seen, [(*tenant, 7)]);
    }
    let forced: bool =
        sqlx::query_scalar("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'upgrade.things'::regclass")
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert!(forced, "and the owner is bound again");
    admin.close().await.unwrap();
    database.finish().await;
}
