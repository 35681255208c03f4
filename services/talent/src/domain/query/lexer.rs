//! A query's characters to tokens, each with its columns.

use unicode_normalization::UnicodeNormalization as _;

use super::Syntax;

/// The smallest parts of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
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

/// A token, and where it stands: the column of its first character and the one behind its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub token: Token,
    pub columns: (usize, usize),
}

/// Cuts a query into tokens.
pub(super) fn tokens(query: &str) -> Result<Vec<Placed>, Syntax> {
    let characters: Vec<char> = query.chars().map(plain).collect();
    let mut rest = characters.as_slice();
    let mut tokens = Vec::new();
    while let Some((&character, behind)) = rest.split_first() {
        let column = characters.len() - rest.len() + 1;
        let (token, left) = match character {
            _ if is_blank(character) => {
                rest = behind;
                continue;
            }
            '(' => (Token::Open, behind),
            ')' => (Token::Close, behind),
            '"' => phrase(behind, column)?,
            '-' => (Token::Not, behind),
            ':' => return Err(Syntax { column, message: "a colon needs a field's name before it" }),
            _ => word(rest),
        };
        rest = left;
        tokens.push(Placed { token, columns: (column, characters.len() - rest.len() + 1) });
    }
    Ok(tokens)
}

/// The mark that a full-width one stands for.
fn plain(character: char) -> char {
    match character {
        '（' => '(',
        '）' => ')',
        '“' | '”' | '„' | '＂' | '「' | '」' | '｢' | '｣' | '﹁' | '﹂' => '"',
        '：' => ':',
        '－' => '-',
        other => other,
    }
}

/// Commas count as blanks: people list words with them.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | '，' | '、' | ';' | '；')
}

/// A phrase, from behind its opening quote.
fn phrase(rest: &[char], column: usize) -> Result<(Token, &[char]), Syntax> {
    let mut parts = rest.splitn(2, |character| *character == '"');
    match (parts.next(), parts.next()) {
        (Some(inside), Some(left)) => Ok((Token::Phrase(inside.iter().collect()), left)),
        _ => Err(Syntax { column, message: "the quote that opens here is not closed" }),
    }
}

/// A word, an operator, or a field's name with its colon. A hyphen inside belongs to the word.
fn word(rest: &[char]) -> (Token, &[char]) {
    let ends = |character: &char| is_blank(*character) || matches!(character, '(' | ')' | '"' | ':');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let (text, left) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    let text: String = text.iter().collect();
    if let [':', left @ ..] = left {
        return (Token::Field(text), left);
    }
    let token = match text.nfkc().collect::<String>().as_str() {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Word(text),
    };
    (token, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or else a value could not be written in quotes again.
    #[test]
    fn no_quote_is_left_inside_of_quotes() {
        let has_quote = |text: char| text.nfkc().any(|one| plain(one) == '"');
        assert!(!('\0'..=char::MAX).any(|one| plain(one) != '"' && has_quote(one)));
    }

    #[test]
    fn full_width_marks_are_marks() {
        let wide = tokens("（技能：Ｊava ＯＲ “微 服务”）　－go").unwrap();
        let plain = tokens("(技能:Ｊava OR \"微 服务\") -go").unwrap();
        assert_eq!(wide, plain);
        assert_eq!(wide.len(), 8);
        assert_eq!(wide[4], Placed { token: Token::Phrase("微 服务".to_owned()), columns: (13, 19) });
    }
}
