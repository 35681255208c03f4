//! A query's characters to tokens, each with its column.

use unicode_normalization::UnicodeNormalization as _;

use super::Syntax;

/// The smallest parts of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// `skill:`, without the colon.
    Field(String),
    Word(String),
    Phrase(String),
}

/// A token and the column of its first character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub token: Token,
    pub column: usize,
}

/// Cuts a query into tokens.
pub fn tokens(query: &str) -> Result<Vec<Placed>, Syntax> {
    let characters: Vec<char> = query.chars().map(plain).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let column = at + 1;
        let (token, length) = match character {
            _ if is_blank(character) => {
                at += 1;
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' => phrase(&characters[at..], column)?,
            '-' => (Token::Not, 1),
            ':' => return Err(Syntax { column, message: "a colon needs a field's name before it" }),
            _ => word(&characters[at..]),
        };
        tokens.push(Placed { token, column });
        at += length;
    }
    Ok(tokens)
}

/// The mark that a full-width one stands for.
fn plain(character: char) -> char {
    match character {
        '（' => '(',
        '）' => ')',
        '“' | '”' | '„' | '＂' | '「' | '」' => '"',
        '：' => ':',
        '－' => '-',
        other => other,
    }
}

/// Commas count as blanks: people list words with them.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | '，' | '、' | ';' | '；')
}

fn phrase(rest: &[char], column: usize) -> Result<(Token, usize), Syntax> {
    let inside = rest[1..]
        .iter()
        .position(|character| *character == '"')
        .ok_or(Syntax { column, message: "the quote that opens here is not closed" })?;
    Ok((Token::Phrase(rest[1..=inside].iter().collect()), inside + 2))
}

/// A word, an operator, or a field's name with its colon. A hyphen inside belongs to the word.
fn word(rest: &[char]) -> (Token, usize) {
    let ends = |character: &char| is_blank(*character) || matches!(character, '(' | ')' | '"' | ':');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let text: String = rest[..length].iter().collect();
    if rest.get(length) == Some(&':') {
        return (Token::Field(text), length + 1);
    }
    let token = match text.nfkc().collect::<String>().as_str() {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Word(text),
    };
    (token, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_marks_are_marks() {
        let wide = tokens("（技能：Ｊava ＯＲ “微 服务”）　－go").unwrap();
        let plain = tokens("(技能:Ｊava OR \"微 服务\") -go").unwrap();
        assert_eq!(wide, plain);
        assert_eq!(wide.len(), 8);
        assert_eq!(wide[4], Placed { token: Token::Phrase("微 服务".to_owned()), column: 13 });
    }
}
