//! A text cut into what dates are made of.

/// A piece of a text, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A number, and how many digits it was written with.
    Number(u32, usize),
    /// Letters of Latin script.
    Word(String),
    /// One character of another script, such as 年.
    Mark(char),
    /// One character between them.
    Sign(char),
}

/// The pieces; blanks part them and are none. `None` when a number has more digits than any date needs.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind: fn(char) -> bool = match first {
            '0'..='9' => |one| one.is_ascii_digit(),
            'a'..='z' => |one| one.is_ascii_lowercase(),
            _ => {
                if first.is_alphabetic() {
                    tokens.push(Token::Mark(first));
                } else if !first.is_whitespace() {
                    tokens.push(Token::Sign(sign(first)));
                }
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let (run, behind) = rest.split_at(rest.find(|one| !kind(one)).unwrap_or(rest.len()));
        tokens.push(match first {
            '0'..='9' if run.len() > 9 => return None,
            '0'..='9' => Token::Number(run.parse().ok()?, run.len()),
            _ => Token::Word(run.to_owned()),
        });
        rest = behind;
    }
    Some(tokens)
}

/// All dashes are one.
fn sign(one: char) -> char {
    match one {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    }
}
