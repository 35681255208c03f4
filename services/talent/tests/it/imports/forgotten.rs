//! Undoing an import where somebody was forgotten meanwhile.

use super::*;
use crate::privacy::erase;

#[tokio::test]
async fn what_belonged_to_somebody_who_is_forgotten_is_not_given_back() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let ann = CandidateProfile { wechat_id: "ann_wechat".to_owned(), ..named("Ann", "ann@example.com") };
    create(&site, &tenant, ann).await.unwrap();
    let file = b"name,email,wechat,city\nAnn,ann2@example.com,ann_wechat,Rome\n";
    let first = import(&site, &tenant, file).await.unwrap();
    assert_eq!(counts(&first), (0, 1, 0, 0));
    // Her earlier address was somebody's who is forgotten by now.
    let bob = create(&site, &tenant, named("Bob", "ann@example.com")).await.unwrap();
    erase(&site, &tenant, Role::Owner, &bob.candidate_id).await.unwrap();
    let theirs = import(&site, &other, file).await.unwrap();

    undo(&site, &tenant, &first.import_id).await.unwrap();
    let now = everybody(&site, &tenant).await.remove(0);
    assert_eq!((now.email.as_str(), now.city.as_str()), ("ann2@example.com", ""));
    let told = problems(&site, &tenant, &first.import_id).await;
    let told: Vec<_> = told.iter().map(|problem| (problem.reason.as_str(), problem.fields.as_slice())).collect();
    assert_eq!(told, [("PERSON_ERASED", ["email".to_owned()].as_slice())]);
    undo(&site, &other, &theirs.import_id).await.unwrap();
    assert!(everybody(&site, &other).await.is_empty());
    site.finish().await;
}
