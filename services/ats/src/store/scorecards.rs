//! The table `feedback`: one scorecard per interview and author, never changed.

use chassis::{Error, OnConstraint as _, Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};

use super::known;
use crate::domain::{
    interview::InterviewId,
    scorecard::{Rating, Scorecard},
};

#[derive(FromRow)]
struct Row {
    author: String,
    recommendation: i16,
    ratings: Json<Vec<Rating>>,
    note: String,
    topics_asked: Vec<String>,
    create_time: DateTime<Utc>,
}

impl Row {
    fn scorecard(self) -> Result<Scorecard> {
        Ok(Scorecard {
            author: self.author,
            recommendation: known(self.recommendation)?,
            ratings: self.ratings.0,
            note: self.note,
            topics_asked: self.topics_asked,
            create_time: self.create_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, id: InterviewId, card: &Scorecard) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO feedback (tenant_id, interview_id, author, recommendation, ratings, note, topics_asked, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&card.author)
    .bind(card.recommendation as i32)
    .bind(Json(&card.ratings))
    .bind(&card.note)
    .bind(&card.topics_asked)
    .bind(card.create_time)
    .execute(tx.conn())
    .await
    .on_constraint("feedback_one_each", || {
        Error::already_exists("FEEDBACK_EXISTS", "you have given feedback on this interview")
    })?;
    Ok(())
}

/// All of an interview, oldest first.
pub async fn of_interview(tx: &mut TenantTx, id: InterviewId) -> Result<Vec<Scorecard>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT author, recommendation, ratings, note, topics_asked, create_time FROM feedback
         WHERE tenant_id = $1 AND interview_id = $2 ORDER BY create_time, author",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::scorecard).collect()
}
