//! Bringing a service's schema up to date.
//!
//! A schema is made of sets of migrations: the chassis' own, the outbox's where the service uses it, and the service's.
//! Each set keeps its own record, so that they move independently. After them, one rule is applied to whatever tables
//! there are now: a table with a `tenant_id` gets forced row-level security and a policy for its tenant; the service's
//! role gets its rights; the system role sees across tenants where the table is named as a system table, and nowhere
//! else. No migration has to remember any of this.

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection,
    migrate::{Migrate as _, Migrator},
};

use crate::error::{Error, Result};

/// The chassis' own tables.
static GROUND: Migrator = sqlx::migrate!("./migrations");

/// What a service keeps in PostgreSQL.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The service's name: schema `ats`, roles `usher_ats` and `usher_ats_system`.
    pub name: &'static str,
    /// Sets of migrations after the chassis' own, in order, each with its name.
    pub sets: Vec<(&'static str, &'static Migrator)>,
    /// Tables with a tenant that background work reads across tenants.
    pub system_tables: Vec<&'static str>,
}

/// Applies what is missing. Safe to run from several processes at once: they take turns.
pub async fn migrate(url: &str, schema: &Schema) -> Result<()> {
    let mut conn = PgConnection::connect(url).await?;
    conn.lock().await.map_err(|error| Error::internal("the migration lock can not be taken", &error))?;
    let outcome = apply(&mut conn, schema).await;
    conn.unlock().await.map_err(|error| Error::internal("the migration lock can not be given back", &error))?;
    conn.close().await?;
    outcome
}

async fn apply(conn: &mut PgConnection, schema: &Schema) -> Result<()> {
    let name = schema.name;
    for role in [format!("usher_{name}"), format!("usher_{name}_system")] {
        run(
            conn,
            format!(
                "DO $$ BEGIN
                   IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
                 END $$"
            ),
        )
        .await?;
        run(
            conn,
            format!(
                "DO $$ BEGIN
                   IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN GRANT {role} TO CURRENT_USER; END IF;
                 END $$"
            ),
        )
        .await?;
    }
    run(conn, format!("CREATE SCHEMA IF NOT EXISTS {name}")).await?;
    run(conn, format!("SET search_path = {name}")).await?;
    // Security that is forced binds the owner as well, who would see no row to bring up to date. Those who serve own
    // nothing and stay bound meanwhile.
    run(
        conn,
        format!(
            "DO $$ DECLARE found regclass; BEGIN
               FOR found IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                            WHERE n.nspname = '{name}' AND c.relforcerowsecurity LOOP
                 EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', found);
               END LOOP;
             END $$"
        ),
    )
    .await?;
    let ground = [("chassis", &GROUND)];
    for (set, migrator) in ground.into_iter().chain(schema.sets.iter().copied()) {
        let mut migrator = Migrator { locking: false, ..migrator_copy(migrator) };
        migrator.dangerous_set_table_name(format!("{name}._migrations_{set}"));
        migrator
            .run_direct(None, conn, false)
            .await
            .map_err(|error| Error::internal("a migration failed", &format!("{name}/{set}: {error}")))?;
    }
    secure(conn, schema).await
}

fn migrator_copy(migrator: &Migrator) -> Migrator {
    Migrator { migrations: migrator.migrations.clone(), ..Migrator::DEFAULT }
}

/// Row-level security, policies and rights for whatever tables there are.
async fn secure(conn: &mut PgConnection, schema: &Schema) -> Result<()> {
    let name = schema.name;
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT c.relname::text, EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE '\\_migrations\\_%'",
    )
    .bind(name)
    .fetch_all(&mut *conn)
    .await?;
    if let Some(missing) = schema.system_tables.iter().find(|table| !tables.iter().any(|(name, _)| name == *table)) {
        return Err(Error::internal("a schema names a table that it does not have", missing));
    }
    let mut sql = format!(
        "GRANT USAGE ON SCHEMA {name} TO usher_{name}, usher_{name}_system;
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO usher_{name}, usher_{name}_system;\n"
    );
    for (table, has_tenant) in tables {
        let system = !has_tenant || schema.system_tables.contains(&table.as_str());
        sql += &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.{table} TO usher_{name};\n");
        if system || table == "idempotency" {
            sql += &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.{table} TO usher_{name}_system;\n");
        }
        if has_tenant {
            // A reused connection can hold '' instead of no tenant; both mean: no rows.
            sql += &format!(
                "ALTER TABLE {name}.{table} ENABLE ROW LEVEL SECURITY;
                 ALTER TABLE {name}.{table} FORCE ROW LEVEL SECURITY;
                 DROP POLICY IF EXISTS tenant ON {name}.{table};
                 CREATE POLICY tenant ON {name}.{table} TO usher_{name}
                   USING (tenant_id = nullif(current_setting('usher.tenant', true), '')::uuid);
                 DROP POLICY IF EXISTS system ON {name}.{table};\n"
            );
            if system || table == "idempotency" {
                sql += &format!("CREATE POLICY system ON {name}.{table} TO usher_{name}_system USING (true);\n");
            }
        }
    }
    run(conn, sql).await
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<()> {
    // Built from constants of the program and from names in the service's own schema.
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}
