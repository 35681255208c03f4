//! The map from codes to characters that a font brings along (`ToUnicode`).
//!
//! It is a small program in PostScript. Of it only three statements count, and they have the form of operators behind
//! their operands, so the reader of page content reads them. The reader that `lopdf` has for these maps is not used: it
//! writes out every code of a range, and a range of a line may have four thousand million codes.

use std::collections::BTreeMap;

use lopdf::{
    Object,
    content::{Content, Operation},
};

/// Ranges and single codes; a font has at most 65,536 shapes.
const MOST_ENTRIES: usize = 1 << 17;
/// Codes have at most so many bytes.
const LONGEST: usize = 4;
const UNREADABLE: u16 = 0xfffd;

/// A map. Codes of different lengths are different codes.
#[derive(Debug, Default)]
pub struct CMap {
    /// Length of codes, and their least and greatest bytes.
    spaces: Vec<(usize, Vec<u8>, Vec<u8>)>,
    /// From (length, first code) to (last code, characters in UTF-16).
    entries: BTreeMap<(usize, u32), (u32, Target)>,
}

#[derive(Debug)]
enum Target {
    /// Of the first code; the last unit counts up.
    First(Vec<u16>),
    Each(Vec<Vec<u16>>),
}

impl CMap {
    /// Reads a map, as far as it can be read.
    pub fn parse(program: &[u8]) -> Self {
        let mut map = Self::default();
        for Operation { operator, operands } in Content::decode_iter(program).map_while(Result::ok) {
            match operator.as_str() {
                "endcodespacerange" => operands.chunks_exact(2).for_each(|pair| map.space(pair)),
                "endbfchar" => operands.chunks_exact(2).for_each(|pair| map.character(pair)),
                "endbfrange" => operands.chunks_exact(3).for_each(|triple| map.range(triple)),
                _ => {}
            }
        }
        map
    }

    /// Whether it maps nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn space(&mut self, pair: &[Object]) {
        if let [Object::String(low, _), Object::String(high, _)] = pair
            && low.len() == high.len()
            && (1..=LONGEST).contains(&low.len())
            && self.spaces.len() < 256
        {
            self.spaces.push((low.len(), low.clone(), high.clone()));
        }
    }

    fn character(&mut self, pair: &[Object]) {
        if let [Object::String(from, _), Object::String(to, _)] = pair {
            self.insert(from, from, Target::First(units(to)));
        }
    }

    fn range(&mut self, triple: &[Object]) {
        match triple {
            [Object::String(from, _), Object::String(to, _), Object::String(first, _)] => {
                self.insert(from, to, Target::First(units(first)));
            }
            [Object::String(from, _), Object::String(to, _), Object::Array(each)] => {
                self.insert(from, to, Target::Each(each.iter().map(|to| units(to.as_str().unwrap_or(&[]))).collect()));
            }
            _ => {}
        }
    }

    fn insert(&mut self, from: &[u8], to: &[u8], target: Target) {
        if self.entries.len() < MOST_ENTRIES && (1..=LONGEST).contains(&from.len()) {
            self.entries.insert((from.len(), number(from)), (number(to), target));
        }
    }

    /// The characters of some codes; those that are not in the map are U+FFFD.
    pub fn characters(&self, codes: &[u8]) -> String {
        let mut characters = Vec::new();
        let mut rest = codes;
        while !rest.is_empty() {
            let (code, behind) = rest.split_at_checked(self.length(rest)).unwrap_or((rest, &[]));
            rest = behind;
            self.append(code, &mut characters);
        }
        String::from_utf16_lossy(&characters)
    }

    /// How long the code is that begins here.
    fn length(&self, rest: &[u8]) -> usize {
        let holds = |low: &[u8], high: &[u8]| {
            rest.len() >= low.len()
                && rest.iter().zip(low.iter().zip(high)).all(|(byte, (low, high))| low <= byte && byte <= high)
        };
        let space = self.spaces.iter().filter(|(_, low, high)| holds(low, high)).map(|(length, ..)| *length).min();
        // Outside of all spaces, and in a map that names none, codes are as long as the shortest that is mapped.
        space.or_else(|| self.entries.keys().next().map(|(length, _)| *length)).unwrap_or(1)
    }

    fn append(&self, code: &[u8], characters: &mut Vec<u16>) {
        let key = (code.len(), number(code));
        let entry = self.entries.range(..=key).next_back();
        let Some(((length, from), (to, target))) = entry else { return characters.push(UNREADABLE) };
        if *length != key.0 || key.1 > *to {
            return characters.push(UNREADABLE);
        }
        let offset = key.1 - from;
        match target {
            Target::First(first) => {
                characters.extend(first);
                if let Some(last) = characters.last_mut().filter(|_| !first.is_empty()) {
                    // A range that counts beyond the last unit is damaged; wrapping keeps that its own affair.
                    *last = last.wrapping_add((offset & 0xffff) as u16);
                }
            }
            Target::Each(each) => match usize::try_from(offset).ok().and_then(|offset| each.get(offset)) {
                Some(units) => characters.extend(units),
                None => characters.push(UNREADABLE),
            },
        }
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// UTF-16, most significant byte first; some write a single byte for a Latin character.
fn units(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [byte] => vec![u16::from(*byte)],
        bytes => {
            bytes.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_codes() {
        let map = CMap::parse(
            b"%!PS-Adobe-3.0 Resource-CMap\n/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
              /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
              1 begincodespacerange <0000><ffff> endcodespacerange\n\
              2 beginbfrange <0001> <0003> <0041>\n<0010> <0011> [<674e> <00660066>] endbfrange\n\
              1 beginbfchar <0020> <d842dfb7> endbfchar\nendcmap CMapName currentdict /CMap defineresource pop end end",
        );
        assert_eq!(map.characters(&[0, 1, 0, 3, 0, 16, 0, 17, 0, 32]), "AC李ff𠮷");
        assert_eq!(map.characters(&[0, 4, 0]), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn codes_of_several_lengths() {
        let map = CMap::parse(
            b"2 begincodespacerange <00> <7f> <8000> <ffff> endcodespacerange\n\
              2 beginbfchar <41> <0061> <8041> <0062> endbfchar",
        );
        assert_eq!(map.characters(b"A\x80AA"), "aba");
    }

    #[test]
    fn a_wide_range_costs_nothing() {
        let map = CMap::parse(b"1 beginbfrange <00000000> <ffffffff> <0000> endbfrange");
        assert_eq!(map.characters(&[0, 0, 0, 65, 255, 255, 0, 66]), "AB");
    }

    #[test]
    fn nonsense_maps_nothing() {
        let map = CMap::parse(b"<00> endbfchar <> <> endbfchar <0102030405> <41> endbfchar (x) 3 [] endbfrange");
        assert!(map.is_empty());
        assert_eq!(map.characters(b"ab"), "\u{fffd}\u{fffd}");
    }
}
