//! The table `templates`.

use chassis::{Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::MessageKind;

use super::known;
use crate::domain::message::{Template, TemplateId, new_template_id};

#[derive(FromRow)]
struct Row {
    template_id: TemplateId,
    kind: i16,
    language: String,
    version: i32,
    subject: String,
    body: String,
    create_time: DateTime<Utc>,
}

impl Row {
    fn template(self) -> Result<Template> {
        Ok(Template {
            id: self.template_id.to_string(),
            kind: known(self.kind)?,
            language: self.language,
            version: self.version,
            subject: self.subject,
            body: self.body,
            create_time: Some(self.create_time),
        })
    }
}

/// Publishes the next version.
pub async fn insert(
    tx: &mut TenantTx,
    kind: MessageKind,
    language: &str,
    subject: &str,
    body: &str,
) -> Result<Template> {
    let (tenant, now) = (tx.tenant(), tx.now());
    // Two at once must not draw the same number.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("template {tenant} {} {language}", kind.as_str_name()))
        .execute(tx.conn())
        .await?;
    let row: Row = sqlx::query_as(
        "INSERT INTO templates (tenant_id, template_id, kind, language, version, subject, body, create_time)
         SELECT $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7
         FROM templates WHERE tenant_id = $1 AND kind = $3 AND language = $4
         RETURNING *",
    )
    .bind(tenant)
    .bind(new_template_id().0)
    .bind(kind as i32)
    .bind(language)
    .bind(subject)
    .bind(body)
    .bind(now)
    .fetch_one(tx.conn())
    .await?;
    row.template()
}

/// The newest version of a kind and language.
pub async fn newest(tx: &mut TenantTx, kind: MessageKind, language: &str) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM templates WHERE tenant_id = $1 AND kind = $2 AND language = $3 ORDER BY version DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(kind as i32)
    .bind(language)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::template).transpose()
}

pub async fn get(tx: &mut TenantTx, id: TemplateId) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM templates WHERE tenant_id = $1 AND template_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Row::template).transpose()
}

pub async fn list(tx: &mut TenantTx, page: &Page) -> Result<Vec<Template>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM templates
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (create_time, template_id) > ($2, $3))
         ORDER BY create_time, template_id LIMIT $4",
    )
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::template).collect()
}
