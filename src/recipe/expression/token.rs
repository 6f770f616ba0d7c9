//! The words of an expression.

use super::ExpressionError;
use crate::document::quoted;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// A word and where it stands, in bytes.
pub(super) type Placed = (Token, (usize, usize));

/// Longer ones first: `<=` is no `<`.
const SIGNS: [&str; 20] = [
    "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "|", "~", "+", "-", "*", "/", "%", "=",
];

/// The words of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        let length = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_alphabetic() || first == '_' {
            let length = length_of(rest, |letter| letter.is_alphanumeric() || letter == '_');
            tokens.push((
                Token::Name(rest.get(..length).unwrap_or_default().to_owned()),
                (at, at + length),
            ));
            length
        } else if first.is_ascii_digit() {
            let mut length = length_of(rest, |letter| letter.is_ascii_digit());
            let fraction = rest
                .get(length + 1..)
                .map_or(0, |rest| length_of(rest, |letter| letter.is_ascii_digit()));
            if rest.get(length..).is_some_and(|rest| rest.starts_with('.')) && fraction > 0 {
                length += 1 + fraction;
            }
            tokens.push((
                Token::Number(rest.get(..length).unwrap_or_default().to_owned()),
                (at, at + length),
            ));
            length
        } else if matches!(first, '\'' | '"') {
            let (content, length) = quoted(rest, first).ok_or_else(|| ExpressionError {
                span: (at, text.len()),
                message: format!("a text begins here with {first} and does not end"),
            })?;
            tokens.push((Token::Text(content), (at, at + length)));
            length
        } else {
            let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                return Err(ExpressionError {
                    span: (at, at + first.len_utf8()),
                    message: match first {
                        '{' | '}' => format!("`{first}` means nothing here: no brackets stand around an expression"),
                        first => format!("`{first}` means nothing here"),
                    },
                });
            };
            tokens.push((Token::Sign(sign), (at, at + sign.len())));
            sign.len()
        };
        at += length;
    }
    Ok(tokens)
}

fn length_of(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}
