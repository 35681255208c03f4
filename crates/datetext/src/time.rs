//! A time of day among other pieces: `10:30`, `10.30 am`, `3 pm`, `10:30:00Z`, `10:30+08:00`, `下午3点`, `15时30分`.

use chrono::NaiveTime;

use crate::{
    Fault,
    token::Token::{self, Mark, Number, Sign, Word},
};

/// A time that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub time: NaiveTime,
    pub offset: Option<i32>,
}

/// Which half of the day was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Takes a time of day out of the pieces, with what joins it to the date.
pub fn take(tokens: &mut Vec<Token>) -> Result<Option<Found>, Fault> {
    let Some(start) = (0..tokens.len()).find(|place| begins(&tokens[*place..])) else { return Ok(None) };
    let written = tokens.split_off(start);
    let mut reader = Reader { rest: &written, half: None };
    let time = reader.time()?;
    let offset = reader.offset()?;
    reader.skip_behind();
    // A date may stand behind its time: `10:30, 5 Mar 2015`.
    let behind = reader.rest.to_vec();
    while matches!(tokens.last(), Some(Sign('&' | ',' | '-' | '/' | '@'))) || is_joint(tokens.last()) {
        tokens.pop();
    }
    tokens.extend(behind);
    Ok(Some(Found { time, offset }))
}

fn is_joint(token: Option<&Token>) -> bool {
    matches!(token, Some(Word(word)) if word == "at" || word == "t")
}

fn half(token: &Token) -> Option<Half> {
    match token {
        Word(word) if word == "am" => Some(Half::Morning),
        Word(word) if word == "pm" => Some(Half::Afternoon),
        _ => None,
    }
}

/// Whether a time begins here.
fn begins(tokens: &[Token]) -> bool {
    match tokens {
        [Mark('上' | '下'), Mark('午'), Number(..), ..]
        | [Number(..), Sign(':'), Number(..), ..]
        | [Number(..), Mark('点' | '时'), ..] => true,
        [Number(_, digits), Sign('.'), Number(..), word, ..] | [Number(_, digits), word, ..] => {
            *digits <= 2 && half(word).is_some()
        }
        _ => false,
    }
}

struct Reader<'a> {
    rest: &'a [Token],
    half: Option<Half>,
}

impl Reader<'_> {
    fn time(&mut self) -> Result<NaiveTime, Fault> {
        if let [Mark(first @ ('上' | '下')), Mark('午'), rest @ ..] = self.rest {
            self.half = Some(if *first == '上' { Half::Morning } else { Half::Afternoon });
            self.rest = rest;
        }
        let hour = self.number().ok_or(Fault::Unreadable)?;
        let (mut minute, mut second) = (0, 0);
        if self.skip(|token| matches!(token, Sign(':' | '.') | Mark('点' | '时'))) {
            minute = self.number().unwrap_or_default();
            if self.skip(|token| matches!(token, Sign(':') | Mark('分'))) {
                second = self.number().unwrap_or_default();
                // Parts of a second are of no use to anybody.
                if self.skip(|token| matches!(token, Sign('.'))) {
                    self.number();
                }
            }
        }
        if let Some(said) = self.rest.first().and_then(half) {
            self.half = Some(said);
            self.rest = &self.rest[1..];
        }
        let hour = match (self.half, hour) {
            (Some(_), 0) | (Some(Half::Morning), 13..) => return Err(Fault::Impossible),
            (Some(Half::Morning), 12) => 0,
            (Some(Half::Afternoon), 1..=11) => hour + 12,
            _ => hour,
        };
        NaiveTime::from_hms_opt(hour, minute, second).ok_or(Fault::Impossible)
    }

    /// `z`, `utc`, `+08:00`, `+0800`.
    fn offset(&mut self) -> Result<Option<i32>, Fault> {
        if self.skip(|token| matches!(token, Word(word) if word == "z" || word == "utc" || word == "gmt")) {
            return Ok(Some(0));
        }
        let (sign, rest) = match self.rest {
            [Sign('+'), rest @ ..] => (1, rest),
            [Sign('-'), rest @ ..] => (-1, rest),
            _ => return Ok(None),
        };
        let (hours, minutes, rest) = match rest {
            [Number(hours, 2), Sign(':'), Number(minutes, 2), rest @ ..] => (*hours, *minutes, rest),
            [Number(both, 4), rest @ ..] => (both / 100, both % 100, rest),
            _ => return Ok(None),
        };
        if hours > 14 || minutes > 59 {
            return Err(Fault::Impossible);
        }
        self.rest = rest;
        // At most fourteen hours.
        Ok(i32::try_from(hours * 3_600 + minutes * 60).ok().map(|seconds| sign * seconds))
    }

    fn skip_behind(&mut self) {
        while self.skip(|token| matches!(token, Sign(',' | '&'))) {}
    }

    fn number(&mut self) -> Option<u32> {
        let (Number(number, _), rest) = self.rest.split_first()? else { return None };
        self.rest = rest;
        Some(*number)
    }

    fn skip(&mut self, is_meant: impl Fn(&Token) -> bool) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if is_meant(first) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }
}
