//! Which of many literals stand at a place of a text.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
};

use super::{BuildError, small};

/// What is no node has it as its parent.
const NOBODY: u32 = u32::MAX;

/// A tree of literals, which a text is led down character by character.
///
/// All nodes share one list. The child of a node by a character lies at the node's base and the character's class. The
/// children of other nodes may lie between them, so each knows its parent.
#[derive(Debug)]
pub struct Literals {
    classes: Classes,
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    base: u32,
    /// The literal that ends here, by its number from 1; 0 is none.
    literal: u32,
}

const FREE: Node = Node { parent: NOBODY, base: 0, literal: 0 };

impl Literals {
    /// The tree of literals, each there once.
    pub fn new<'a>(literals: impl Iterator<Item = &'a [u8]>) -> Result<Self, BuildError> {
        let texts = literals.map(std::str::from_utf8).collect::<Result<Vec<_>, _>>()?;
        let classes = Classes::new(&texts)?;
        let classed = |text: &&str| text.chars().rev().map(|character| classes.of(character)).collect();
        let literals = (1..).zip(texts.iter().map(classed)).collect();
        let mut grower = Grower { nodes: vec![FREE], full: 1 };
        let mut branches = VecDeque::from([Branch { node: 0, literals }]);
        // Level by level: what is looked at often lies close together.
        while let Some(branch) = branches.pop_front() {
            branches.extend(grower.grow(branch));
        }
        Ok(Self { classes, nodes: grower.nodes })
    }

    /// The classes of a text's characters.
    pub fn classes(&self, text: &str) -> Vec<u16> {
        text.chars().map(|character| self.classes.of(character)).collect()
    }

    /// The literals that stand where these classes begin, by their numbers, from the shortest on.
    #[inline]
    pub fn standing<'a>(&'a self, classes: &'a [u16]) -> impl Iterator<Item = u32> + 'a {
        let (mut at, mut base) = (0, self.nodes.first().map_or(0, |root| root.base));
        let mut classes = classes.iter();
        std::iter::from_fn(move || {
            for class in classes.by_ref() {
                let place = base + u32::from(*class);
                let node = self.nodes.get(place as usize).filter(|node| node.parent == at)?;
                (at, base) = (place, node.base);
                if node.literal > 0 {
                    return Some(node.literal - 1);
                }
            }
            None
        })
    }
}

/// The literals that go through a node, with their numbers and what of them lies below it, the last class first.
struct Branch {
    node: u32,
    literals: Vec<(u32, Vec<u16>)>,
}

/// Puts one node after the other into the list.
struct Grower {
    nodes: Vec<Node>,
    /// There is no room up to here.
    full: usize,
}

impl Grower {
    /// Gives a node its children.
    fn grow(&mut self, branch: Branch) -> Vec<Branch> {
        let mut children: BTreeMap<u16, Vec<(u32, Vec<u16>)>> = BTreeMap::new();
        let mut ending = 0;
        for (number, mut rest) in branch.literals {
            match rest.pop() {
                Some(class) => children.entry(class).or_default().push((number, rest)),
                None => ending = number,
            }
        }
        let base = self.base(&children.keys().copied().map(usize::from).collect::<Vec<_>>());
        if let Some(node) = self.nodes.get_mut(branch.node as usize) {
            (node.base, node.literal) = (small(base), ending);
        }
        let child = |(class, literals)| {
            let node = base + usize::from(class);
            self.nodes.get_mut(node)?.parent = branch.node;
            Some(Branch { node: small(node), literals })
        };
        children.into_iter().filter_map(child).collect()
    }

    /// Makes room for children of these classes.
    fn base(&mut self, classes: &[usize]) -> usize {
        let (Some(first), Some(last)) = (classes.first(), classes.last()) else { return 0 };
        while !self.is_free(self.full + 1) {
            self.full += 1;
        }
        let mut base = (self.full + 1).saturating_sub(*first).max(1);
        while !classes.iter().all(|class| self.is_free(base + class)) {
            base += 1;
        }
        self.nodes.resize(self.nodes.len().max(base + last + 1), FREE);
        base
    }

    fn is_free(&self, place: usize) -> bool {
        self.nodes.get(place).is_none_or(|node| node.parent == NOBODY)
    }
}

/// A number for each character of which the literals are made; 0 is any other.
#[derive(Debug)]
struct Classes(Vec<u16>);

impl Classes {
    /// The most frequent characters come first, so that the children of a node lie close together.
    fn new(literals: &[&str]) -> Result<Self, BuildError> {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for character in literals.iter().flat_map(|literal| literal.chars()) {
            *counts.entry(character).or_default() += 1;
        }
        let mut characters: Vec<char> = counts.keys().copied().collect();
        characters.sort_by_key(|character| Reverse(counts.get(character)));
        let mut classes = vec![0; characters.iter().max().map_or(0, |last| *last as usize + 1)];
        for (number, character) in characters.into_iter().enumerate() {
            if let Some(class) = classes.get_mut(character as usize) {
                *class = u16::try_from(number + 1)?;
            }
        }
        Ok(Self(classes))
    }

    /// A newline is a blank.
    fn of(&self, character: char) -> u16 {
        let character = if character == '\n' { ' ' } else { character };
        self.0.get(character as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_stands_at_a_place_is_found(
            literals in proptest::collection::btree_set("[ab 有空]{1,4}", 0..60),
            text in "[ab\n有空没]{0,8}",
        ) {
            let literals: Vec<Vec<u8>> = literals.into_iter().map(String::into_bytes).collect();
            let tree = Literals::new(literals.iter().map(Vec::as_slice)).unwrap();
            let blanked = text.replace('\n', " ");
            let expected = (0..).zip(&literals).filter(|(_, literal)| blanked.as_bytes().starts_with(literal));
            let found: Vec<u32> = tree.standing(&tree.classes(&text)).collect();
            prop_assert_eq!(found, expected.map(|(number, _)| number).collect::<Vec<u32>>());
        }
    }
}
