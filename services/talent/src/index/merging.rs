//! Which segments become one.
//!
//! Commits come every few dozen milliseconds, each with a small segment. Segments of about the same size are merged
//! once there are [`TOGETHER`] of them, so that a document is written again only as often as the index has sizes (five
//! times among a million), and fewer than `TOGETHER` segments of each size stand beside each other. A policy that takes
//! a large segment along with small ones writes the large one again for a handful of documents; tantivy's own puts all
//! below its smallest layer, and what is a little above it, together like that.

use std::collections::BTreeMap;

use tantivy::{
    SegmentMeta,
    indexer::{MergeCandidate, MergePolicy},
};

/// So many of one size become one of the next.
const TOGETHER: u32 = 6;
/// Smaller ones count as one size.
const SMALLEST: u32 = 64;
/// A segment with a larger part of deleted documents is written again without them.
const DELETED: f64 = 0.3;

/// Merges segments of about the same size.
#[derive(Debug)]
pub struct BySize;

impl MergePolicy for BySize {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut sizes: BTreeMap<u32, Vec<&SegmentMeta>> = BTreeMap::new();
        for segment in segments {
            sizes.entry(size(segment.num_docs())).or_default().push(segment);
        }
        let mut candidates = Vec::new();
        for of_one_size in sizes.values() {
            if of_one_size.len() >= TOGETHER as usize {
                candidates.push(MergeCandidate(of_one_size.iter().map(|segment| segment.id()).collect()));
            } else {
                let worn = of_one_size.iter().filter(|segment| is_worn(segment.num_deleted_docs(), segment.max_doc()));
                candidates.extend(worn.map(|segment| MergeCandidate(vec![segment.id()])));
            }
        }
        candidates
    }
}

fn size(documents: u32) -> u32 {
    (documents / SMALLEST).max(1).ilog(TOGETHER)
}

fn is_worn(deleted: u32, documents: u32) -> bool {
    f64::from(deleted) > DELETED * f64::from(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written when so many commits of a hundred documents follow each other, and how many segments are left.
    fn commits(count: u32) -> (u32, usize) {
        let (mut written, mut segments) = (0, Vec::new());
        for _ in 0..count {
            segments.extend([100]);
            while let Some(tier) = (0..9).find(|tier| {
                segments.iter().filter(|documents| size(**documents) == *tier).count() >= TOGETHER as usize
            }) {
                let merged: u32 = segments.iter().filter(|documents| size(**documents) == tier).sum();
                segments.retain(|documents| size(*documents) != tier);
                segments.push(merged);
                written += merged;
            }
        }
        (written / (100 * count), segments.len())
    }

    #[test]
    fn little_is_written_again_and_few_segments_stay() {
        let (times, segments) = commits(9_999);
        assert!(times <= 5 && segments <= 25, "{times} times, {segments} segments");
        assert!(is_worn(31, 100) && !is_worn(30, 100) && !is_worn(0, 0));
    }
}
