//! Finding people: the one place that knows how a [`Query`] is answered. Whoever puts a search engine here keeps
//! [`find`] as it is.

use chassis::{
    Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};

use crate::domain::{
    candidate::CandidateId,
    query::{Query, TextField},
};

/// What is looked for.
#[derive(Debug)]
pub struct Search {
    pub query: Query,
    /// The city's key.
    pub city_key: Option<String>,
    pub min_years: u8,
}

/// A person who was found.
#[derive(Debug, FromRow)]
pub struct Hit {
    pub candidate_id: CandidateId,
    pub update_time: DateTime<Utc>,
}

impl Hit {
    /// Its place in the order.
    pub fn cursor(&self) -> Cursor {
        Cursor { time: self.update_time, id: self.candidate_id.0 }
    }
}

/// One page of those who match, last changed first, and how many there are in all.
pub async fn find(tx: &mut TenantTx, search: &Search, page: &Page) -> Result<(Vec<Hit>, i64)> {
    let total = matching(tx, search, "SELECT count(*)").build_query_scalar().fetch_one(tx.conn()).await?;
    let mut sql = matching(tx, search, "SELECT candidate_id, update_time");
    if let Some(after) = page.after {
        sql.push(" AND (update_time, candidate_id) < (").push_bind(after.time);
        sql.push(", ").push_bind(after.id).push(")");
    }
    sql.push(" ORDER BY update_time DESC, candidate_id DESC LIMIT ").push_bind(page.limit());
    let hits = sql.build_query_as().fetch_all(tx.conn()).await?;
    Ok((hits, total))
}

fn matching(tx: &TenantTx, search: &Search, select: &'static str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(select);
    sql.push(" FROM candidates WHERE tenant_id = ").push_bind(tx.tenant());
    if let Some(city) = &search.city_key {
        sql.push(" AND city_key = ").push_bind(city.clone());
    }
    if search.min_years > 0 {
        sql.push(" AND years >= ").push_bind(i16::from(search.min_years));
    }
    sql.push(" AND ");
    push_query(&mut sql, &search.query);
    sql
}

/// The condition of a query. Whatever a person wrote is bound and never part of the statement's text. The recursion is
/// as deep as the parser lets a query be.
fn push_query(sql: &mut QueryBuilder<Postgres>, query: &Query) {
    match query {
        Query::Everybody => {
            sql.push("true");
        }
        Query::All(queries) => push_list(sql, queries, " AND "),
        Query::Any(queries) => push_list(sql, queries, " OR "),
        Query::Not(query) => {
            sql.push("NOT ");
            push_query(sql, query);
        }
        Query::Text(field, pattern) => {
            sql.push("(strpos(").push(column(*field)).push(", ").push_bind(pattern.clone()).push(") > 0)");
        }
        Query::Skill(key) => {
            sql.push("(").push_bind(key.clone()).push(" = ANY(skill_keys))");
        }
        Query::City(key) => {
            sql.push("(city_key = ").push_bind(key.clone()).push(")");
        }
    }
}

fn push_list(sql: &mut QueryBuilder<Postgres>, queries: &[Query], between: &'static str) {
    sql.push("(");
    for (place, query) in queries.iter().enumerate() {
        if place > 0 {
            sql.push(between);
        }
        push_query(sql, query);
    }
    sql.push(")");
}

fn column(field: TextField) -> &'static str {
    match field {
        TextField::Any => "search_text",
        TextField::Name => "name_text",
        TextField::Title => "title_text",
        TextField::Company => "company_text",
    }
}
