//! Words of an expression of SQL. In: a text. Out: names, texts, numbers and signs. What is written in other ways than these (escapes, dollars, comments)
//! is not taken apart: it is an error.

use std::fmt;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name as PostgreSQL keeps it, and whether it was quoted.
    Name(String, bool),
    /// What stands between single quotes.
    Text(String),
    /// Digits.
    Number(String),
    /// One of [`SIGNS`].
    Sign(String),
}

/// The longer ones first.
const SIGNS: [&str; 16] = ["->>", "#>>", "||", "->", "#>", "::", "(", ")", "[", "]", ",", "+", "-", "*", "/", "."];

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Name(name, true) => write!(f, "\"{name}\""),
            Token::Text(text) => write!(f, "'{text}'"),
            Token::Name(text, false) | Token::Number(text) | Token::Sign(text) => f.write_str(text),
        }
    }
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = token(rest, first)?;
        // `E'…'`, `U&"…"` and their like: what follows would be read in another way.
        let is_prefix = matches!(token, Token::Name(_, false)) && rest[length..].starts_with(['\'', '"', '&']);
        if is_prefix {
            return Err(format!("`{}` is written in a way that is not taken here", &rest[..=length]));
        }
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn token(rest: &str, first: char) -> Result<(Token, usize), String> {
    if first == '\'' || first == '"' {
        let (text, length) = quoted(rest, first).ok_or_else(|| format!("the {first} has no end"))?;
        return Ok((if first == '"' { Token::Name(text, true) } else { Token::Text(text) }, length));
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        return Ok((Token::Name(rest[..length].to_ascii_lowercase(), false), length));
    }
    if first.is_ascii_digit() {
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        return Ok((Token::Number(rest[..length].to_owned()), length));
    }
    if rest.starts_with("--") || rest.starts_with("/*") {
        return Err("there are no comments here".to_owned());
    }
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
    sign.map(|sign| (Token::Sign(sign.to_owned()), sign.len())).ok_or_else(|| format!("`{first}` is not taken here"))
}

/// What stands between quotes, a doubled one being one of it, and how long it is with them.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            inside.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            inside.push(quote);
        } else {
            return Some((inside, at + 1));
        }
    }
    None
}
