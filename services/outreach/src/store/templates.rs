//! The tables `templates` and `template_variants`.

use std::collections::HashMap;

use chassis::{Error, OnConstraint as _, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::{MessageKind, TemplateState};
use uuid::Uuid;

use super::known;
use crate::domain::template::{Template, TemplateId, Variant};

#[derive(FromRow)]
struct Row {
    template_id: TemplateId,
    kind: i16,
    name: String,
    version: i32,
    state: i16,
    revision: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    publish_time: Option<DateTime<Utc>>,
    archive_time: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Text {
    template_id: Uuid,
    language: String,
    subject: String,
    body: String,
    needs: Vec<String>,
}

/// What [`list`] looks for; nothing looks for everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub kind: Option<MessageKind>,
    pub language: Option<&'a str>,
    pub state: Option<TemplateState>,
}

/// Writes the next version of its name down, and tells its number. Errors: `TEMPLATE_DRAFT_EXISTS`.
pub async fn insert(tx: &mut TenantTx, template: &mut Template) -> Result<()> {
    let tenant = tx.tenant();
    // Two at once must not draw the same number.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("template {tenant} {} {}", template.kind.as_str_name(), template.name))
        .execute(tx.conn())
        .await?;
    let drafted = "TEMPLATE_DRAFT_EXISTS";
    let id = id(template)?;
    template.version = sqlx::query_scalar(
        "INSERT INTO templates (tenant_id, template_id, kind, name, version, state, revision, create_time, update_time)
         SELECT $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $7
         FROM templates WHERE tenant_id = $1 AND kind = $3 AND name = $4
         RETURNING version",
    )
    .bind(tenant)
    .bind(id)
    .bind(template.kind as i32)
    .bind(&template.name)
    .bind(template.state as i32)
    .bind(template.revision)
    .bind(template.create_time)
    .fetch_one(tx.conn())
    .await
    .on_constraint("templates_draft", || {
        Error::already_exists(drafted, "this name has a draft already; change or publish that one")
    })?;
    insert_variants(tx, id, &template.variants).await
}

async fn insert_variants(tx: &mut TenantTx, id: TemplateId, variants: &[Variant]) -> Result<()> {
    let tenant = tx.tenant();
    for variant in variants {
        let needs: Vec<&String> = variant.needs.iter().collect();
        sqlx::query(
            "INSERT INTO template_variants (tenant_id, template_id, language, subject, body, needs)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(tenant)
        .bind(id)
        .bind(&variant.language)
        .bind(&variant.subject)
        .bind(&variant.body)
        .bind(needs)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Keeps where a version stands.
pub async fn update(tx: &mut TenantTx, template: &Template) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE templates SET state = $3, revision = $4, update_time = $5, publish_time = $6, archive_time = $7
         WHERE tenant_id = $1 AND template_id = $2",
    )
    .bind(tenant)
    .bind(id(template)?)
    .bind(template.state as i32)
    .bind(template.revision)
    .bind(template.update_time)
    .bind(template.publish_time)
    .bind(template.archive_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps a draft's texts.
pub async fn replace_variants(tx: &mut TenantTx, template: &Template) -> Result<()> {
    let (tenant, id) = (tx.tenant(), id(template)?);
    sqlx::query("DELETE FROM template_variants WHERE tenant_id = $1 AND template_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    insert_variants(tx, id, &template.variants).await
}

/// The published version of a name.
pub async fn published(tx: &mut TenantTx, kind: MessageKind, name: &str) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM templates WHERE tenant_id = $1 AND kind = $2 AND name = $3 AND state = 2")
            .bind(tenant)
            .bind(kind as i32)
            .bind(name)
            .fetch_optional(tx.conn())
            .await?;
    one(tx, row).await
}

/// One version.
pub async fn get(tx: &mut TenantTx, id: TemplateId) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM templates WHERE tenant_id = $1 AND template_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    one(tx, row).await
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: TemplateId) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM templates WHERE tenant_id = $1 AND template_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    one(tx, row).await
}

/// Versions in the order in which they were written, after one of them, so many at most.
pub async fn list(
    tx: &mut TenantTx,
    filter: Filter<'_>,
    after: Option<wire::Cursor>,
    limit: i64,
) -> Result<Vec<Template>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM templates t
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (create_time, template_id) > ($2, $3))
           AND ($4::int IS NULL OR kind = $4) AND ($5::int IS NULL OR state = $5)
           AND ($6::text IS NULL OR EXISTS (SELECT FROM template_variants v WHERE v.tenant_id = $1
                                            AND v.template_id = t.template_id AND v.language = $6))
         ORDER BY create_time, template_id LIMIT $7",
    )
    .bind(tenant)
    .bind(after.map(|after| after.time))
    .bind(after.map(|after| after.id))
    .bind(filter.kind.map(|kind| kind as i32))
    .bind(filter.state.map(|state| state as i32))
    .bind(filter.language)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    with_texts(tx, rows).await
}

async fn one(tx: &mut TenantTx, row: Option<Row>) -> Result<Option<Template>> {
    Ok(with_texts(tx, row.into_iter().collect()).await?.pop())
}

async fn with_texts(tx: &mut TenantTx, rows: Vec<Row>) -> Result<Vec<Template>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.template_id.0).collect();
    let texts: Vec<Text> = sqlx::query_as(
        "SELECT template_id, language, subject, body, needs FROM template_variants
         WHERE tenant_id = $1 AND template_id = ANY($2) ORDER BY template_id, language DESC",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    let mut variants: HashMap<Uuid, Vec<Variant>> = HashMap::new();
    for Text { template_id, language, subject, body, needs } in texts {
        let variant = Variant { language, subject, body, needs: needs.into_iter().collect() };
        variants.entry(template_id).or_default().push(variant);
    }
    rows.into_iter().map(|row| template(&row, variants.remove(&row.template_id.0).unwrap_or_default())).collect()
}

fn template(row: &Row, variants: Vec<Variant>) -> Result<Template> {
    Ok(Template {
        id: row.template_id.to_string(),
        kind: known(row.kind)?,
        name: row.name.clone(),
        version: row.version,
        state: known(row.state)?,
        variants,
        revision: row.revision,
        create_time: Some(row.create_time),
        update_time: Some(row.update_time),
        publish_time: row.publish_time,
        archive_time: row.archive_time,
    })
}

fn id(template: &Template) -> Result<TemplateId> {
    wire::id("template_id", &template.id)
}
