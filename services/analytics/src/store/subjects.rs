//! What is kept of a person: the facts of the roots that are theirs.

use chassis::{Result, TenantTx};
use uuid::Uuid;

use crate::domain::generation::Generation;

/// The facts of a person, each as one JSON text, oldest first.
pub async fn facts(tx: &mut TenantTx, generation: Generation, person: Uuid) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT (jsonb_strip_nulls(to_jsonb(fact)) - 'tenant_id' - 'generation')::text
         FROM roots root JOIN facts fact USING (tenant_id, generation, root)
         WHERE root.tenant_id = $1 AND root.generation = $2 AND root.person = $3
         ORDER BY fact.time, fact.position",
    )
    .bind(tenant)
    .bind(generation.number())
    .bind(person)
    .fetch_all(tx.conn())
    .await?)
}
