//! The words, texts, numbers and signs of a text, remarks left out. In: a text that does not parse. Out: its tokens and their places.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// In double quotes.
    Text,
    Number,
    /// One character; a name in backticks, too.
    Sign,
}

/// A token, its place in bytes.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) text: &'a str,
}

impl Token<'_> {
    /// Whether it is this word, or this sign.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind != Kind::Text && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// A value that is written out.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number)
    }
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' => (Some(Kind::Text), quoted(rest, '"')),
            '`' => (Some(Kind::Sign), quoted(rest, '`')),
            '0'..='9' => (Some(Kind::Number), while_is(rest, |c| c.is_ascii_digit() || c == '.')),
            _ if is_word(first) => (Some(Kind::Word), while_is(rest, is_word)),
            _ => (Some(Kind::Sign), first.len_utf8()),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, range: at..at + length, text: &rest[..length] });
        }
        at += length;
    }
    tokens
}

/// Whether these words stand at a token.
pub(super) fn stand_at(tokens: &[Token<'_>], index: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(behind, word)| tokens.get(index + behind).is_some_and(|token| token.is(word)))
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn while_is(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of what stands in quotes, or of the first one where it is not closed.
fn quoted(text: &str, quote: char) -> usize {
    let line = text.lines().next().unwrap_or_default();
    let mut is_escaped = false;
    for (index, character) in line.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if character == quote => return index + 1,
            _ => {}
        }
    }
    1
}
