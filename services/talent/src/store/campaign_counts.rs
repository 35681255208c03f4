//! The table `campaign_members`, counted.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::CampaignOutcome;

use crate::domain::campaign::CampaignId;

/// How many stand how.
pub async fn of_states(tx: &mut TenantTx, campaign: CampaignId) -> Result<Vec<(i16, String, i64)>> {
    let tenant = tx.tenant();
    let counts = sqlx::query_as(
        "SELECT state, reason, count(*) FROM campaign_members WHERE tenant_id = $1 AND campaign_id = $2
         GROUP BY state, reason ORDER BY state, reason",
    )
    .bind(tenant)
    .bind(campaign)
    .fetch_all(tx.conn())
    .await?;
    Ok(counts)
}

/// How many of each group did what, and how many of them got a message: (arm, outcome, people, reached). Members who are one
/// person count once, in the group of whoever was assigned first. `returns` is what counts as coming back.
pub async fn of_outcomes(
    tx: &mut TenantTx,
    campaign: CampaignId,
    returns: &[CampaignOutcome],
) -> Result<Vec<(i16, i16, i64, i64)>> {
    let tenant = tx.tenant();
    let outcomes = sqlx::query_as(
        "WITH people AS (
             SELECT coalesce(c.merged_into, c.candidate_id) AS person, m.*, m.outcome = ANY ($3) AS is_back
             FROM campaign_members m JOIN candidates c USING (tenant_id, candidate_id)
             WHERE m.tenant_id = $1 AND m.campaign_id = $2 AND m.arm <> 0
         ), counted AS (
             SELECT DISTINCT ON (person) arm,
                first_value(outcome) OVER (PARTITION BY person ORDER BY is_back DESC, outcome_time, candidate_id)
                    AS outcome,
                bool_or(sent > 0) OVER (PARTITION BY person) AS is_reached
             FROM people ORDER BY person, draw_time, candidate_id
         )
         SELECT arm, outcome, count(*), count(*) FILTER (WHERE is_reached) FROM counted
         GROUP BY arm, outcome ORDER BY arm, outcome",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(returns.iter().map(|outcome| i32::from(*outcome)).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(outcomes)
}
