//! How far in the log an index has come, and which request for a new one it answers; it is written with each commit, as a
//! small text.

use std::collections::BTreeMap;

use outbox::Mark;
use uuid::Uuid;

const REBUILD: &str = "rebuild";

/// A mark for each shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    marks: BTreeMap<u16, Mark>,
    rebuild: i64,
}

impl Place {
    /// From where each shard ends, of an index that is built after that request.
    pub fn of(marks: impl IntoIterator<Item = (u16, Mark)>, rebuild: i64) -> Self {
        Self { marks: marks.into_iter().collect(), rebuild }
    }

    /// The number of the last request for a new index that there was when it was built.
    pub fn rebuild(&self) -> i64 {
        self.rebuild
    }

    /// Whether it has come as far as another one in every shard.
    pub fn is_behind_none_of(&self, other: &Self) -> bool {
        other.marks.iter().all(|(shard, mark)| self.position(*shard) >= mark.position)
    }

    /// Behind which event of a shard.
    pub fn mark(&self, shard: u16) -> Mark {
        self.marks.get(&shard).copied().unwrap_or_default()
    }

    /// The position of that event; 0 before the first.
    pub fn position(&self, shard: u16) -> i64 {
        self.mark(shard).position
    }

    /// Goes on in a shard.
    pub fn move_to(&mut self, shard: u16, mark: Mark) {
        self.marks.insert(shard, mark);
    }

    /// For the index: `shard position event` on a line each, and `rebuild number`.
    pub fn write(&self) -> String {
        let line = |(shard, mark): (&u16, &Mark)| format!("{shard} {} {}\n", mark.position, mark.event_id);
        self.marks.iter().map(line).chain([format!("{REBUILD} {}\n", self.rebuild)]).collect()
    }

    /// What [`Self::write`] has written; what is no line of it is passed over.
    pub fn read(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split(' ');
            let (shard, position, event) = (words.next()?, words.next()?, words.next()?);
            let mark = Mark { position: position.parse().ok()?, event_id: Uuid::parse_str(event).ok()? };
            Some((shard.parse().ok()?, mark))
        };
        let rebuild = |line: &str| line.strip_prefix(REBUILD)?.trim().parse().ok();
        Self { marks: text.lines().filter_map(line).collect(), rebuild: text.lines().find_map(rebuild).unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_written() {
        let mut place = Place::of([(0, Mark { position: 7, event_id: Uuid::from_u128(9) }), (3, Mark::default())], 5);
        assert_eq!(Place::read(&place.write()), place);
        place.move_to(3, Mark { position: 8, event_id: Uuid::from_u128(1) });
        assert_eq!((place.position(3), place.position(2), Place::read(&place.write()).rebuild()), (8, 0, 5));
        assert!(place.is_behind_none_of(&Place::read("3 8 00000000-0000-0000-0000-000000000001")));
        assert!(!Place::default().is_behind_none_of(&place));
        assert_eq!(Place::read("nothing\n1 2\nx y z"), Place::default());
    }
}
