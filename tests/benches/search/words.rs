//! The words that invented people are made of, and how often each occurs.
//!
//! Every contender has to find the same people, so no word may be read in two ways: Latin words are made of syllables and
//! end in consonants that end no pinyin, each kind with an ending of its own; Chinese ones are pairs of characters of which
//! none occurs twice.

use std::collections::HashSet;

use rand::{RngExt as _, rngs::StdRng};

/// The beginning of the Thousand Character Classic, in which no character was to occur twice.
const CHARACTERS: &str = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光\
    果珍李柰菜重芥姜海咸河淡鳞潜羽翔龙师火帝鸟官人皇始制文字乃服衣裳推位让国有虞陶唐吊民伐罪周发殷汤坐朝问道垂拱平章爱育黎首\
    臣伏戎羌遐迩一体率宾归王鸣凤在竹白驹食场化被草木赖及万方盖此身发四大五常恭惟鞠养岂敢毁伤女慕贞洁男效才良知过必改得能莫忘";

const ONSETS: [&str; 16] = ["b", "br", "c", "d", "f", "g", "gr", "k", "l", "m", "n", "p", "pr", "s", "t", "v"];
const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];

/// All words.
#[derive(Debug)]
pub struct Words {
    pub skills: Vec<String>,
    pub english: Vec<String>,
    pub chinese: Vec<String>,
    pub cities: Vec<String>,
    pub companies: Vec<String>,
    pub titles: Vec<String>,
}

impl Words {
    /// The same ones each time.
    pub fn new() -> Self {
        Self {
            skills: latin(2_000, 3, "ix"),
            english: latin(2_000, 3, "ald"),
            chinese: pairs(),
            cities: latin(60, 2, "rt"),
            companies: latin(3_000, 3, "ork"),
            titles: latin(120, 2, "ist"),
        }
    }
}

/// Words of so many syllables, no two the same.
fn latin(count: usize, syllables: u32, ending: &str) -> Vec<String> {
    let kinds = ONSETS.len() * VOWELS.len();
    let spell = |number: usize| {
        let syllable = |place: u32| {
            let part = number / kinds.pow(place) % kinds;
            format!("{}{}", ONSETS[part / VOWELS.len()], VOWELS[part % VOWELS.len()])
        };
        format!("{}{ending}", (0..syllables).map(syllable).collect::<String>())
    };
    // A step that has no factor in common with the number of words, so that neighbours do not look alike.
    let all = kinds.pow(syllables);
    let mut seen = HashSet::new();
    let words = (0..all).map(|number| spell(number * 2_741 % all));
    words.filter(|word| seen.insert(word.clone())).take(count).collect()
}

fn pairs() -> Vec<String> {
    let mut seen = HashSet::new();
    let characters: Vec<char> =
        CHARACTERS.chars().filter(|one| !one.is_whitespace()).filter(|one| seen.insert(*one)).collect();
    characters.chunks_exact(2).map(|pair| pair.iter().collect()).collect()
}

/// Draws places of a list, the first ones most often: the nth with a weight of 1 / n.
#[derive(Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Over so many.
    pub fn over(count: usize) -> Self {
        let mut sum = 0.0;
        let weights = (1..=u32::try_from(count).unwrap()).map(|place| {
            sum += 1.0 / f64::from(place);
            sum
        });
        Self(weights.collect())
    }

    /// One place.
    pub fn draw(&self, random: &mut StdRng) -> usize {
        let point = random.random_range(0.0..*self.0.last().unwrap());
        self.0.partition_point(|sum| *sum <= point).min(self.0.len() - 1)
    }

    /// So many different places; `count` is far below the number of all.
    pub fn draw_several(&self, count: usize, random: &mut StdRng) -> Vec<usize> {
        let mut places = Vec::with_capacity(count);
        while places.len() < count {
            let place = self.draw(random);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}
