//! Texts with characters that nobody sees. In: a text as it is written, with its quotes. Out: a message at the first such character.

use pest::iterators::Pair;

use super::{build::Builder, grammar::Rule};
use crate::diagnostic::{Code, Diagnostic, Span};

impl Builder {
    /// A text means what a reader sees of it: nothing that cannot be seen, and nothing that turns around or steers what stands beside it.
    pub(super) fn check_seen(&mut self, pair: &Pair<'_, Rule>) {
        let Some((at, character)) = unseen(pair.as_str()) else { return };
        let start = pair.as_span().start() + at;
        let place = Span::new(self.file, self.offset + start, self.offset + start + character.len_utf8());
        let title = format!("this text has a character that cannot be seen (U+{:04X})", u32::from(character));
        self.diagnostics.push(Diagnostic::new(Code::Literal, place, title).with_edit("take it out", place, ""));
    }
}

/// The first character of a text that cannot be seen, and where. What joins letters of scripts that need it is a part of them.
fn unseen(text: &str) -> Option<(usize, char)> {
    let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let is_unseen = |at: usize, c: char| {
        let is_between = || text[..at].chars().next_back().is_some_and(|before| !before.is_ascii());
        match c {
            '\0' | '\t' => false,
            c if is_joiner(c) => !is_between(),
            '\u{ad}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{61c}'
            | '\u{feff}' => true,
            c => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
        }
    };
    text.char_indices().find(|(at, c)| is_unseen(*at, *c))
}
