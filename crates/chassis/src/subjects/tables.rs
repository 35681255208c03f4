//! Which rows are a subject's.

use futures::TryStreamExt as _;
use usher_proto::privacy::v1::ErasedStore;
use uuid::Uuid;

use super::{Export, erased};
use crate::{db::TenantTx, error::Result};

/// Bytes that are gathered before they are told.
const GATHERED: usize = 64 << 10;

/// The rows of one table that belong to a subject. Made by [`crate::subject_table!`].
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// Reads them, each as one JSON text; `None` where another part tells them better.
    pub select: Option<&'static str>,
    /// Forgets them.
    pub delete: &'static str,
}

/// The rows of a table for which a condition holds; in it `$1` is the tenant and `$2` the subject's id.
///
/// `subject_table!("offers", "candidate_id = $2")` exports all columns but the tenant. `without "sealed, blind"` leaves out
/// columns that say nothing to anybody; `unsaid` leaves out the table, whose content another part tells.
#[macro_export]
macro_rules! subject_table {
    ($name:literal, $condition:literal) => {
        $crate::subject_table!($name, without "", $condition)
    };
    ($name:literal, without $columns:literal, $condition:literal) => {
        $crate::subjects::Table {
            name: $name,
            select: Some(concat!(
                "SELECT (to_jsonb(t) - string_to_array('tenant_id, ", $columns, "', ', '))::text FROM ", $name,
                " t WHERE tenant_id = $1 AND ", $condition
            )),
            delete: concat!("DELETE FROM ", $name, " WHERE tenant_id = $1 AND ", $condition),
        }
    };
    ($name:literal, unsaid, $condition:literal) => {
        $crate::subjects::Table {
            name: $name,
            select: None,
            delete: concat!("DELETE FROM ", $name, " WHERE tenant_id = $1 AND ", $condition),
        }
    };
}

/// Forgets a subject's rows, table by table in the order of the list. Says how many there were in each.
pub async fn erase(tx: &mut TenantTx, tables: &[Table], subject: Uuid) -> Result<Vec<ErasedStore>> {
    let tenant = tx.tenant();
    let mut stores = Vec::with_capacity(tables.len());
    for table in tables {
        let gone = sqlx::query(table.delete).bind(tenant).bind(subject).execute(tx.conn()).await?;
        stores.push(erased(table.name, gone.rows_affected()));
    }
    Ok(stores)
}

/// Tells a subject's rows: a part for each table that has some, a line for each row.
pub async fn export(tx: &mut TenantTx, tables: &[Table], subject: Uuid, out: &mut Export) -> Result<()> {
    let tenant = tx.tenant();
    for table in tables {
        let Some(select) = table.select else { continue };
        let mut rows = sqlx::query_scalar::<_, String>(select).bind(tenant).bind(subject).fetch(tx.conn());
        let mut gathered = String::new();
        let mut has_begun = false;
        while let Some(row) = rows.try_next().await? {
            if !has_begun {
                out.part(format!("{}.jsonl", table.name), "application/jsonl").await?;
                has_begun = true;
            }
            gathered.push_str(&row);
            gathered.push('\n');
            if gathered.len() >= GATHERED {
                out.bytes(gathered.as_bytes()).await?;
                gathered.clear();
            }
        }
        out.bytes(gathered.as_bytes()).await?;
    }
    Ok(())
}
