//! A tenant's own synonyms change.

use std::collections::HashSet;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{SynonymsChanged, UpdateSynonymsRequest};

use crate::{
    domain::{analysis, clean::text},
    store::synonyms::{self, Own, SUBJECT},
};

/// All of them, as they are now.
pub async fn run(tx: &mut TenantTx, request: UpdateSynonymsRequest) -> Result<Own> {
    let before = synonyms::get(tx).await?;
    wire::check_etag(&request.etag, before.version)?;
    let groups = read(&request)?;
    if groups == before.groups {
        return Ok(before);
    }
    let own = Own { groups, version: before.version + 1 };
    if !synonyms::put(tx, &own).await? {
        return Err(Error::aborted("CONCURRENT_CHANGE", "somebody else changed the synonyms; read them and repeat"));
    }
    outbox::append(tx, SUBJECT, &SynonymsChanged {}).await?;
    Ok(own)
}

fn read(request: &UpdateSynonymsRequest) -> Result<Vec<Vec<String>>> {
    let mut seen = HashSet::new();
    let mut groups = Vec::with_capacity(request.groups.len());
    for (place, group) in request.groups.iter().enumerate() {
        let mut spellings = Vec::with_capacity(group.spellings.len());
        for (of, spelling) in group.spellings.iter().enumerate() {
            let field = || format!("groups[{place}].spellings[{of}]");
            let spelling = text::clean("spellings", spelling, 100)
                .map_err(|fault| Error::invalid(field(), fault.reason, fault.message))?;
            let words = analysis::words(&spelling);
            if words.is_empty() {
                return Err(Error::invalid(field(), "SYNONYM_EMPTY", "holds nothing that could be looked for"));
            }
            if !seen.insert(words) {
                return Err(Error::invalid(field(), "SYNONYM_TWICE", "stands in another place already"));
            }
            spellings.push(spelling);
        }
        groups.push(spellings);
    }
    Ok(groups)
}
