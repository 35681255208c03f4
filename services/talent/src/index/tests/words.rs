//! Suggestions and corrections.

use super::*;

fn person(number: u128, title: &str) -> Document {
    Document { id: Uuid::from_u128(number), title: title.to_owned(), ..Document::default() }
}

#[test]
fn suggests_the_tenants_own_living_words() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    put(
        &index,
        &[person(1, "java javascript"), person(2, "java 微服务"), person(3, "jasmine jazz"), person(4, "jasmine")],
    );
    put(&index, &[Document { tenant: Uuid::max(), ..person(1, "jade") }]);
    let mut writer = index.writer();
    writer.remove(Uuid::nil(), Uuid::from_u128(3)).unwrap();
    writer.commit("").unwrap();
    drop(writer);
    let suggest = |beginning, limit| index.suggest(Uuid::nil(), beginning, limit).unwrap();
    let words = |words: &[(&str, u64)]| words.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(suggest("ja", 9), words(&[("java", 2), ("jasmine", 1), ("javascript", 1)]));
    assert_eq!(suggest("ja", 2), words(&[("java", 2), ("jasmine", 1)]));
    assert_eq!(suggest("微", 9), words(&[("微", 1), ("微服", 1), ("微服务", 1)]));
    assert_eq!(suggest("", 9), []);
    assert_eq!(suggest("\u{ff}", 0), []);
}

#[test]
fn corrects_errors_of_typing_only() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    let titles = ["kubernetes", "python", "python", "pythons", "java", "postgres", "python3", "café"];
    put(&index, &(1..).zip(titles).map(|(number, title)| person(number, title)).collect::<Vec<_>>());
    put(&index, &[Document { tenant: Uuid::max(), ..person(1, "terraform") }]);
    let correct = |term| index.correct(Uuid::nil(), term).unwrap();
    assert_eq!(correct("pyhton").as_deref(), Some("python"), "a transposition is one error");
    assert_eq!(correct("pythn").as_deref(), Some("python"));
    assert_eq!(correct("pythonz").as_deref(), Some("python"), "the more frequent one");
    assert_eq!(correct("kubernets").as_deref(), Some("kubernetes"));
    assert_eq!(correct("kubrenetse").as_deref(), Some("kubernetes"), "two in a long word");
    for term in
        ["python", "pyhtno", "ython", "jaava1", "jva", "tython", "terrafrom", "微服务架构", "pythn3", "java", ""]
    {
        assert_eq!(correct(term), None, "{term}");
    }
    let mut writer = index.writer();
    writer.remove(Uuid::nil(), Uuid::from_u128(1)).unwrap();
    writer.commit("").unwrap();
    drop(writer);
    assert_eq!(correct("kubernets"), None, "nobody has it any more");
}
