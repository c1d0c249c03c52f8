//! What a text may not exceed before the grammar sees it: the parser recurses on parentheses, so their depth is
//! bounded here and no input can overflow the stack.

use crate::diagnostic::{Code, Diagnostic, FileId, Span};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// How deep parentheses may nest.
pub const MAX_NESTING: usize = 64;

/// Size and depth of a text; the error is boxed because it is large and rare.
pub(super) fn check(text: &str, file: FileId) -> Result<(), Box<Diagnostic>> {
    if text.len() > MAX_FILE_BYTES {
        let title = format!("this file has {} bytes; at most {MAX_FILE_BYTES} are read", text.len());
        let diagnostic = Diagnostic::new(Code::FileTooLarge, Span::new(file, 0, 0), title)
            .with_help("split it: rules of one table may stand in several files");
        return Err(Box::new(diagnostic));
    }
    let mut depth = 0usize;
    for token in significant(text) {
        match token.byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let span = Span::new(file, token.offset, token.offset + 1);
            let title = format!("parentheses are nested more than {MAX_NESTING} deep");
            let diagnostic = Diagnostic::new(Code::NestingTooDeep, span, title)
                .with_label("this one is too deep")
                .with_help("take out the parentheses that group nothing");
            return Err(Box::new(diagnostic));
        }
    }
    Ok(())
}

/// A byte that is neither in a string, nor in backticks, nor in a comment.
#[derive(Clone, Copy)]
pub(super) struct Significant {
    pub(super) offset: usize,
    pub(super) byte: u8,
}

/// What a byte stands in. A string or backtick that is not closed ends with its line, as in the grammar.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Text,
    Escape,
    Backticks,
    Comment,
    Nothing,
}

impl Inside {
    fn then(self, byte: u8) -> Inside {
        match (self, byte) {
            (_, b'\n') => Inside::Nothing,
            (Inside::Text, b'\\') => Inside::Escape,
            (Inside::Escape, _) => Inside::Text,
            (Inside::Text, b'"') | (Inside::Backticks, b'`') => Inside::Nothing,
            (Inside::Nothing, b'"') => Inside::Text,
            (Inside::Nothing, b'`') => Inside::Backticks,
            (Inside::Nothing, b'#') => Inside::Comment,
            (state, _) => state,
        }
    }
}

/// The bytes outside of strings, backticks and comments.
pub(super) fn significant(text: &str) -> impl Iterator<Item = Significant> + '_ {
    let mut inside = Inside::Nothing;
    text.bytes().enumerate().filter_map(move |(offset, byte)| {
        let before = inside;
        inside = before.then(byte);
        let outside = before == Inside::Nothing || byte == b'\n';
        (outside && inside != Inside::Comment).then_some(Significant { offset, byte })
    })
}

/// The byte of the `#` that begins the comment of a line.
pub fn comment_start(line: &str) -> Option<usize> {
    // Of every part that is read it is asked, and hardly a line has any.
    if !line.contains('#') {
        return None;
    }
    let mut inside = Inside::Nothing;
    line.bytes().position(|byte| {
        inside = inside.then(byte);
        inside == Inside::Comment
    })
}

/// The length of a text up to the brace that closes its first block; all of it where there is none.
pub fn block_length(text: &str) -> usize {
    let mut depth = 0usize;
    let closes = |token: &Significant| {
        match token.byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        token.byte == b'}' && depth == 0
    };
    significant(text).find(closes).map_or(text.len(), |token| token.offset + 1)
}

#[cfg(test)]
mod tests {
    use super::{block_length, comment_start, significant};

    #[test]
    fn comments_begin_outside_of_strings_and_backticks() {
        assert_eq!(comment_start("a \"# \\\" #\" `#` # b # c"), Some(15));
        assert_eq!(comment_start("a \"#"), None);
    }

    #[test]
    fn blocks_end_with_their_brace() {
        assert_eq!(block_length("rule \"}\" { # }\n{ } } }"), 20);
        assert_eq!(block_length("rule {"), 6);
    }

    #[test]
    fn strings_backticks_and_comments_are_not_significant() {
        let text = "a \"(\\\"(\" ( `(` # (\n)";
        let seen: String = significant(text).map(|token| char::from(token.byte)).collect();
        assert_eq!(seen.matches('(').count(), 1, "{seen:?}");
        assert_eq!(seen.matches(')').count(), 1, "{seen:?}");
    }
}
