//! Words that mean the same: `k8s` and `kubernetes`, 前端 and `front end`.
//!
//! A group is a list of spellings. Whoever looks for one of them looks for all of them, with what they wrote first. The
//! built-in groups are those of `data/synonyms.txt` (titles, functions, industries) and the skills with more than one
//! spelling (`data/skills.txt`).
//!
//! Some spellings mean more than one thing: `go`, `pm`, `node`. The rule: *an ambiguous spelling is a way in and not a way
//! out.* Who writes `pm` also looks for 产品经理; who writes 产品经理 does not find everybody who met someone at 3 pm. Single
//! letters (`c`, `r`) are in no group at all.
//!
//! A tenant has groups of its own. They add to the built-in ones and do not merge with them: a spelling stands for what
//! is in its groups, and not for what is in groups of those. A group of one spelling says that it stands for itself
//! alone: the built-in group in which it is is taken away, as a whole, for this tenant.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::{
    domain::analysis::{stands_in, words},
    domain::groups::{Mark, groups},
    domain::query::Phrase,
};

/// Each variant is looked for in the index.
const MOST_VARIANTS: usize = 8;

static BUILT_IN: LazyLock<Groups> = LazyLock::new(|| {
    let files = [include_str!("../../data/synonyms.txt"), crate::domain::skills::FILE];
    let spellings = |group: Vec<(Mark, &'static str)>| {
        let meant = group.into_iter().filter(|(mark, _)| *mark != Mark::Beside);
        meant.map(|(mark, text)| (mark == Mark::Plain, text)).collect::<Vec<_>>()
    };
    Groups::of(files.into_iter().flat_map(groups).map(spellings).filter(|group| group.len() > 1))
});

/// What means the same, for one tenant.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    own: Groups,
    /// Built-in groups that do not hold.
    gone: HashSet<usize>,
}

impl Synonyms {
    /// The built-in ones, with a tenant's own.
    pub fn with(own: &[Vec<String>]) -> Self {
        let plain = |group: &Vec<String>| group.iter().map(|text| (true, text.clone())).collect::<Vec<_>>();
        let (alone, together): (Vec<_>, Vec<_>) = own.iter().partition(|group| group.len() == 1);
        let gone =
            alone.into_iter().flatten().flat_map(|spelling| BUILT_IN.places(&words(spelling)).to_vec()).collect();
        Self { own: Groups::of(together.into_iter().map(plain)), gone }
    }

    /// What to look for when somebody wrote these words: they themselves first, then what means the same. A spelling that
    /// holds what was written (`java se` does hold `java`) would find nobody more and is left out.
    pub fn variants(&self, written: &Phrase) -> Vec<Phrase> {
        let built_in = BUILT_IN.places(written).iter().filter(|place| !self.gone.contains(place));
        let groups = self.own.groups(self.own.places(written)).chain(BUILT_IN.groups(built_in));
        let mut variants = vec![written.clone()];
        for spelling in groups.flatten() {
            if variants.len() < MOST_VARIANTS && !variants.contains(spelling) && !stands_in(written, spelling) {
                variants.push(spelling.clone());
            }
        }
        variants
    }
}

/// Groups, and which of them a phrase is in.
#[derive(Debug, Clone, Default)]
struct Groups {
    /// Without the ambiguous spellings.
    groups: Vec<Vec<Phrase>>,
    places: HashMap<Phrase, Vec<usize>>,
}

impl Groups {
    /// Of spellings, each with whether it is unambiguous.
    fn of<T: AsRef<str>>(lists: impl Iterator<Item = impl IntoIterator<Item = (bool, T)>>) -> Self {
        let mut all = Self::default();
        for (place, list) in lists.enumerate() {
            let mut group = Vec::new();
            for (is_plain, text) in list {
                let phrase = words(text.as_ref());
                let places = all.places.entry(phrase.clone()).or_default();
                if !phrase.is_empty() && places.last() != Some(&place) {
                    places.push(place);
                    group.extend(is_plain.then_some(phrase));
                }
            }
            all.groups.push(group);
        }
        all
    }

    fn places(&self, phrase: &Phrase) -> &[usize] {
        self.places.get(phrase).map(Vec::as_slice).unwrap_or_default()
    }

    fn groups<'a>(&'a self, places: impl IntoIterator<Item = &'a usize>) -> impl Iterator<Item = &'a Vec<Phrase>> {
        places.into_iter().filter_map(|place| self.groups.get(*place))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own(groups: &[&[&str]]) -> Synonyms {
        let groups: Vec<Vec<String>> =
            groups.iter().map(|group| group.iter().map(|text| (*text).to_owned()).collect()).collect();
        Synonyms::with(&groups)
    }

    fn means(synonyms: &Synonyms, written: &str, other: &str) -> bool {
        synonyms.variants(&words(written)).iter().any(|variant| stands_in(variant, &words(other)))
    }

    #[test]
    fn both_ways() {
        let synonyms = Synonyms::default();
        for (one, other) in [
            ("k8s", "Kubernetes"),
            ("前端", "frontend"),
            ("frontend", "front end"),
            ("前端", "front-end"),
            ("人力资源", "human resources"),
            ("HR", "人力资源"),
            ("产品经理", "product manager"),
            ("微服务", "microservices"),
            ("機器學習", "machine learning"),
            ("电商", "e-commerce"),
        ] {
            assert!(means(&synonyms, one, other) && means(&synonyms, other, one), "{one} = {other}");
        }
        assert_eq!(synonyms.variants(&words("k8s"))[0], words("k8s"), "what was written comes first");
        assert_eq!(synonyms.variants(&words("Zanzibar")), [words("zanzibar")]);
    }

    #[test]
    fn what_is_ambiguous_is_a_way_in_only() {
        let synonyms = Synonyms::default();
        for (short, long) in [("pm", "产品经理"), ("go", "golang"), ("node", "node.js")] {
            assert!(means(&synonyms, short, long) && !means(&synonyms, long, short), "{short}");
        }
        for letter in ["c", "r", "d"] {
            assert_eq!(synonyms.variants(&words(letter)).len(), 1, "{letter}");
        }
    }

    #[test]
    fn a_tenant_adds_and_takes_away() {
        let added = own(&[&["k8s", "云底座"], &["pm", "项目经理"]]);
        assert!(means(&added, "k8s", "云底座") && means(&added, "云底座", "k8s") && means(&added, "k8s", "kubernetes"));
        assert!(!means(&added, "云底座", "kubernetes"), "groups do not merge");
        assert!(means(&added, "pm", "产品经理") && means(&added, "pm", "项目经理"));
        let gone = own(&[&["pm"], &["pm", "项目经理"]]);
        assert!(!means(&gone, "pm", "产品经理") && means(&gone, "pm", "项目经理"));
        assert!(!means(&gone, "product manager", "产品经理"), "the group is gone as a whole");
        assert_eq!(own(&[&[], &[""], &["***", " "]]).variants(&Phrase::new()), [Phrase::new()]);
    }

    #[test]
    fn the_built_in_list_is_sound() {
        assert!(BUILT_IN.groups.len() >= 200, "{}", BUILT_IN.groups.len());
        for (phrase, places) in &BUILT_IN.places {
            assert_eq!(places.len(), 1, "{phrase:?} is in two groups");
            assert!(!phrase.is_empty());
        }
        for (group, place) in BUILT_IN.groups.iter().zip(0..) {
            let size = BUILT_IN.places.values().filter(|places| places.contains(&place)).count();
            assert!((2..=MOST_VARIANTS).contains(&size) && !group.is_empty(), "{group:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_groups_are_taken(
            groups in proptest::collection::vec(proptest::collection::vec("[a-c前端 ]{0,3}|\\PC{0,9}|k8s|pm", 0..12), 0..8),
            written in "[a-c前端 ]{0,3}|\\PC{0,9}|k8s|pm",
        ) {
            let variants = Synonyms::with(&groups).variants(&words(&written));
            prop_assert_eq!(&variants[0], &words(&written));
            prop_assert!(variants.len() <= MOST_VARIANTS);
            let different: HashSet<_> = variants.iter().collect();
            prop_assert_eq!(different.len(), variants.len());
        }
    }
}
