//! Facts name interviews and messages, and nobody who had to do with them. Who asks for a person's has to bring their ids.

use chassis::{Result, TenantTx};

/// The facts about these interviews and messages, each as one JSON text, with the table that it stands in.
pub async fn facts(tx: &mut TenantTx, ids: &[String]) -> Result<Vec<(String, String)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as(
        "SELECT 'message_facts', (to_jsonb(f) - 'tenant_id')::text FROM message_facts f
         WHERE tenant_id = $1 AND (message_id = ANY ($2) OR interview_id = ANY ($2))
         UNION ALL
         SELECT 'answer_facts', (to_jsonb(f) - 'tenant_id')::text FROM answer_facts f
         WHERE tenant_id = $1 AND interview_id = ANY ($2)
         UNION ALL
         SELECT 'attendance_facts', (to_jsonb(f) - 'tenant_id')::text FROM attendance_facts f
         WHERE tenant_id = $1 AND interview_id = ANY ($2)
         ORDER BY 1, 2",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?)
}
