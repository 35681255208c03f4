//! Nothing of somebody who is forgotten is left on the disk.

use super::*;

/// In every text of one person alone.
const MARKER: &str = "zyxqumber";

fn person(number: u128, word: &str) -> Document {
    Document {
        id: Uuid::from_u128(number),
        name: format!("{word} Lin"),
        title: format!("{word} engineer"),
        company: word.to_owned(),
        summary: format!("a {word} of all trades"),
        skill_keys: vec![(word.to_owned(), 3)],
        ..Document::default()
    }
}

fn is_on_disk(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default().to_ascii_lowercase();
        bytes.windows(MARKER.len()).any(|found| found == MARKER.as_bytes())
    })
}

#[test]
fn purging_leaves_no_byte_of_whoever_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    // Several segments, and merges under way.
    for round in 0..12_u128 {
        put(&index, &[person(round * 10 + 1, "baker"), person(round * 10 + 2, "miller")]);
        if round == 5 {
            put(&index, &[person(1_000, MARKER)]);
        }
    }
    assert!(is_on_disk(folder.path()), "it is looked at");
    let mut writer = index.writer();
    writer.remove(Uuid::nil(), Uuid::from_u128(1_000)).unwrap();
    writer.commit("before").unwrap();
    assert!(is_on_disk(folder.path()), "removing alone leaves the bytes where they are");
    writer.purge().unwrap();
    assert!(!is_on_disk(folder.path()));
    // And once more, when there is nothing to do.
    writer.purge().unwrap();
    drop(writer);
    assert_eq!(index.payload(), "before");
    assert_eq!(index.documents(Uuid::nil()), 24, "the others are there");
    drop(index);
    assert_eq!(open(folder.path()).documents(Uuid::nil()), 24, "also when it is opened again");
}
