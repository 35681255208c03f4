//! How far in the log an index has come; it is written with each commit, as a small text.

use std::collections::BTreeMap;

use outbox::Mark;
use uuid::Uuid;

/// A mark for each shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(BTreeMap<u16, Mark>);

impl Place {
    /// From where each shard ends.
    pub fn of(marks: impl IntoIterator<Item = (u16, Mark)>) -> Self {
        Self(marks.into_iter().collect())
    }

    /// Behind which event of a shard.
    pub fn mark(&self, shard: u16) -> Mark {
        self.0.get(&shard).copied().unwrap_or_default()
    }

    /// The position of that event; 0 before the first.
    pub fn position(&self, shard: u16) -> i64 {
        self.mark(shard).position
    }

    /// Goes on in a shard.
    pub fn move_to(&mut self, shard: u16, mark: Mark) {
        self.0.insert(shard, mark);
    }

    /// For the index: `shard position event` on a line each.
    pub fn write(&self) -> String {
        let line = |(shard, mark): (&u16, &Mark)| format!("{shard} {} {}\n", mark.position, mark.event_id);
        self.0.iter().map(line).collect()
    }

    /// What [`Self::write`] has written; what is no line of it is passed over.
    pub fn read(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.split(' ');
            let (shard, position, event) = (words.next()?, words.next()?, words.next()?);
            let mark = Mark { position: position.parse().ok()?, event_id: Uuid::parse_str(event).ok()? };
            Some((shard.parse().ok()?, mark))
        };
        Self(text.lines().filter_map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_written() {
        let mut place = Place::of([(0, Mark { position: 7, event_id: Uuid::from_u128(9) }), (3, Mark::default())]);
        assert_eq!(Place::read(&place.write()), place);
        place.move_to(3, Mark { position: 8, event_id: Uuid::from_u128(1) });
        assert_eq!((place.position(3), place.position(2)), (8, 0));
        assert_eq!(Place::read("nothing\n1 2\nx y z"), Place::default());
    }
}
