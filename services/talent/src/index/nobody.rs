//! Why nobody was found.

use super::{
    Error,
    request::ClauseCount,
    search::{Search, each_living},
};
use crate::domain::query::{Clause, Query};

impl Search<'_> {
    /// What each part at the top of the query and each filter has to do with finding nobody.
    pub fn clause_counts(&self) -> Result<Vec<ClauseCount>, Error> {
        let mut parts: Vec<(&Clause, Option<usize>)> = Vec::new();
        conjuncts(&self.request.query, &mut |clause| parts.push((clause, None)));
        parts.extend(self.request.filters.iter().enumerate().map(|(number, filter)| (filter, Some(number))));
        let mut counts = Vec::with_capacity(parts.len());
        for (at, (clause, filter)) in parts.iter().enumerate() {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, (clause, _))| *clause);
            let columns = if filter.is_some() { (0, 0) } else { clause.columns };
            let (alone, without) = (self.count(&[*clause])?, self.count(&others.collect::<Vec<_>>())?);
            counts.push(ClauseCount { columns, filter: *filter, alone, without });
        }
        Ok(counts)
    }

    fn count(&self, clauses: &[&Clause]) -> Result<u64, Error> {
        let mut total = 0;
        for (segment, columns) in self.view.segments() {
            let set = self.planner(segment, columns).found(clauses.iter().copied())?;
            total += each_living(set, segment, |_| {});
        }
        Ok(total)
    }
}

fn conjuncts<'q>(clause: &'q Clause, part: &mut impl FnMut(&'q Clause)) {
    match &clause.query {
        Query::All(clauses) => clauses.iter().for_each(|clause| conjuncts(clause, part)),
        _ => part(clause),
    }
}
