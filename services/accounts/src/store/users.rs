//! The table `users`.

use chassis::{Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::accounts::v1::Role;

use super::{number, role};
use crate::domain::people::{User, UserId};

#[derive(FromRow)]
struct Row {
    user_id: UserId,
    email: String,
    display_name: String,
    role: i16,
    active: bool,
    version: i64,
    create_time: DateTime<Utc>,
}

impl Row {
    fn user(self) -> Result<User> {
        Ok(User {
            id: self.user_id,
            email: self.email,
            display_name: self.display_name,
            role: role(self.role)?,
            active: self.active,
            version: self.version,
            create_time: self.create_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, user: &User) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO users (tenant_id, user_id, email, display_name, role, active, version, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(user.id)
    .bind(&user.email)
    .bind(&user.display_name)
    .bind(number(user.role))
    .bind(user.active)
    .bind(user.version)
    .bind(user.create_time)
    .execute(tx.conn())
    .await
    .on_constraint("users_email", || Error::already_exists("USER_EMAIL_TAKEN", "a user with this e-mail exists"))?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: UserId) -> Result<User> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM users WHERE tenant_id = $1 AND user_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.user()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: UserId) -> Result<User> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM users WHERE tenant_id = $1 AND user_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.user()
}

/// How many active owners there are; locks them, so that two owners can not take each other away at once.
pub async fn lock_active_owners(tx: &mut TenantTx) -> Result<i64> {
    let tenant = tx.tenant();
    let owners: Vec<UserId> = sqlx::query_scalar(
        "SELECT user_id FROM users WHERE tenant_id = $1 AND role = $2 AND active ORDER BY user_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(number(Role::Owner))
    .fetch_all(tx.conn())
    .await?;
    Ok(i64::try_from(owners.len()).unwrap_or(i64::MAX))
}

pub async fn update(tx: &mut TenantTx, user: &User) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE users SET display_name = $3, role = $4, active = $5, version = $6
         WHERE tenant_id = $1 AND user_id = $2",
    )
    .bind(tenant)
    .bind(user.id)
    .bind(&user.display_name)
    .bind(number(user.role))
    .bind(user.active)
    .bind(user.version)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn list(tx: &mut TenantTx, page: &Page) -> Result<Vec<User>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM users WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (create_time, user_id) > ($2, $3))
         ORDER BY create_time, user_id LIMIT $4",
    )
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::user).collect()
}

fn not_found() -> Error {
    Error::not_found("USER_NOT_FOUND", "there is no such user")
}
