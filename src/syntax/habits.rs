//! What writers of other languages and of word processors write, and what is meant. In: what was found where something else is expected. Out: advice, with an
//! edit where there is one.

use super::limits::significant;
use crate::diagnostic::{Diagnostic, FileId, Span};

/// Words for operations elsewhere, and here.
const OPERATIONS: [(&str, &str); 10] = [
    ("insert", "create"),
    ("add", "create"),
    ("select", "read"),
    ("view", "read"),
    ("see", "read"),
    ("write", "create, update"),
    ("edit", "update"),
    ("change", "update"),
    ("modify", "update"),
    ("remove", "delete"),
];

/// Adds the advice for what was found at `position` of `text`, which starts at byte `offset` of `file`.
pub(super) fn advise(
    diagnostic: Diagnostic,
    text: &str,
    position: usize,
    found: &str,
    file: FileId,
    offset: usize,
) -> Diagnostic {
    let span = |start: usize, end: usize| Span::new(file, offset + start, offset + end);
    if let Some((start, character)) = odd_blank(text, position) {
        let end = start + character.len_utf8();
        let number = u32::from(character);
        let (help, meant) = match character.is_whitespace() {
            true => (format!("this is no ordinary blank (U+{number:04X}): type one"), " "),
            false => (format!("this character cannot be seen (U+{number:04X}): take it out"), ""),
        };
        return diagnostic.with_edit(help, span(start, end), meant);
    }
    let lower = found.to_lowercase();
    if let Some((_, meant)) = OPERATIONS.iter().find(|(word, _)| *word == lower).filter(|_| expects(&diagnostic, "`delete`")) {
        return diagnostic.with_edit(format!("write `{meant}`"), span(position, position + found.len()), *meant);
    }
    let before = text[..position].trim_end();
    if found == "(" && ends_with_word(before, "in") {
        let start = before.len() - 2;
        return diagnostic.with_edit("write `is one of`", span(start, before.len()), "is one of");
    }
    if found.starts_with(['“', '”', '„', '«', '»', '‘', '’']) {
        return diagnostic.with_help("write texts in straight double quotes: `\"…\"`");
    }
    if lower == "when" && expects(&diagnostic, "`then`") {
        return diagnostic.with_help("an `allow` has one `when`: join the conditions with `and`");
    }
    match open_parenthesis(&text[..position]).filter(|_| !expects(&diagnostic, "`)`") && expects(&diagnostic, "`and`")) {
        Some(open) => {
            diagnostic.with_secondary(span(open, open + 1), "this parenthesis is not closed").with_help("close it with `)`")
        }
        None => diagnostic,
    }
}

/// Whether a message says that something is expected.
fn expects(diagnostic: &Diagnostic, symbol: &str) -> bool {
    diagnostic.title.split(", found").next().is_some_and(|expected| expected.contains(symbol))
}

/// A character that looks like a blank or like nothing and is none, at a position or in the blanks before it.
fn odd_blank(text: &str, position: usize) -> Option<(usize, char)> {
    let is_odd = |c: char| {
        (!c.is_ascii() && c.is_whitespace())
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{00ad}' | '\u{202a}'..='\u{202e}')
    };
    let before = text[..position].char_indices().rev().take_while(|(_, c)| c.is_whitespace());
    let at = text[position..].chars().next().map(|c| (position, c));
    at.into_iter().chain(before).find(|(_, c)| is_odd(*c))
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let lower = text.to_lowercase();
    lower.strip_suffix(word).is_some_and(|rest| rest.ends_with(char::is_whitespace))
}

/// The last parenthesis that is open at the end of a text.
fn open_parenthesis(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for token in significant(text) {
        match token.byte {
            b'(' => open.push(token.offset),
            b')' => drop(open.pop()),
            // A rule ends with its brace, whatever stands open in it.
            b'{' | b'}' => open.clear(),
            _ => {}
        }
    }
    open.pop()
}
