//! The table `cell_keys`: a number for each key, so that a cell is short.

use std::collections::HashMap;

use chassis::{Result, TenantTx};

/// The numbers of keys, each with its cube; those that are new get one.
pub async fn numbers(tx: &mut TenantTx, keys: &[(i16, &str)]) -> Result<HashMap<(i16, String), i64>> {
    let mut numbers = known(tx, keys).await?;
    let new: Vec<(i16, &str)> =
        keys.iter().filter(|(cube, key)| !numbers.contains_key(&(*cube, (*key).to_owned()))).copied().collect();
    if !new.is_empty() {
        insert(tx, &new).await?;
        numbers.extend(known(tx, &new).await?);
    }
    Ok(numbers)
}

async fn known(tx: &mut TenantTx, keys: &[(i16, &str)]) -> Result<HashMap<(i16, String), i64>> {
    let tenant = tx.tenant();
    let (cubes, keys): (Vec<i16>, Vec<&str>) = keys.iter().copied().unzip();
    let rows: Vec<(i16, String, i64)> = sqlx::query_as(
        "SELECT known.cube, known.key, known.key_id
         FROM unnest($2::int2[], $3::text[]) AS asked (cube, key)
         JOIN cell_keys known ON known.tenant_id = $1 AND known.cube = asked.cube AND known.key = asked.key COLLATE \"C\"",
    )
    .bind(tenant)
    .bind(cubes)
    .bind(keys)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(cube, key, number)| ((cube, key), number)).collect())
}

/// The keys of numbers.
pub async fn named(tx: &mut TenantTx, numbers: &[i64]) -> Result<Vec<(i64, String)>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_as("SELECT key_id, key FROM cell_keys WHERE tenant_id = $1 AND key_id = ANY ($2)")
        .bind(tenant)
        .bind(numbers)
        .fetch_all(tx.conn())
        .await?)
}

async fn insert(tx: &mut TenantTx, keys: &[(i16, &str)]) -> Result<()> {
    let tenant = tx.tenant();
    let (cubes, keys): (Vec<i16>, Vec<&str>) = keys.iter().copied().unzip();
    sqlx::query(
        "INSERT INTO cell_keys (tenant_id, cube, key)
         SELECT $1, cube, key FROM unnest($2::int2[], $3::text[]) AS new (cube, key) ORDER BY cube, key COLLATE \"C\"
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(cubes)
    .bind(keys)
    .execute(tx.conn())
    .await?;
    Ok(())
}
