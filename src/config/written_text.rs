//! Texts of the configuration that messages change a part of. In: where a text is written, and an edit within it. Out: an edit that leaves YAML which is read as
//! what the edit says.

use crate::diagnostic::Span;
use crate::yaml;

/// A text as it is written behind a key.
pub struct WrittenText<'a> {
    /// The configuration.
    pub config: &'a str,
    /// Where the key ends.
    pub behind: usize,
    /// Where the text begins, within its quotes.
    pub start: usize,
    /// The text.
    pub text: &'a str,
}

impl WrittenText<'_> {
    /// Puts the whole text in quotes where it would not be read as itself after an edit: a backtick at its beginning, a colon, a quote.
    pub fn keep_readable(&self, span: &mut Span, replacement: &mut String) {
        let range = (span.start as usize).checked_sub(self.start).zip((span.end as usize).checked_sub(self.start));
        let Some((before, after)) = range.and_then(|(from, to)| Some((self.text.get(..from)?, self.text.get(to..)?))) else {
            return;
        };
        let edited = format!("{before}{replacement}{after}");
        if self.is_block() || self.is_read_as(&edited) {
            return;
        }
        let around = usize::from(self.quote().is_some());
        let (start, end) = (self.start - around, self.start + self.text.len() + around);
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) {
            (*span, *replacement) = (Span { start, end, ..*span }, yaml::scalar(&edited));
        }
    }

    /// Whether it is a block, whose lines hold anything.
    fn is_block(&self) -> bool {
        self.config.get(self.behind..self.start).is_some_and(|between| between.contains(['|', '>']))
    }

    fn quote(&self) -> Option<char> {
        self.config.get(..self.start)?.chars().next_back().filter(|before| ['"', '\''].contains(before))
    }

    fn is_read_as(&self, edited: &str) -> bool {
        match self.quote() {
            Some('"') => !edited.contains(['"', '\\']),
            Some(_) => !edited.contains('\''),
            // Between braces, if it could be written there, else on a line of its own.
            None => yaml::is_itself(edited, yaml::is_itself(self.text, true)),
        }
    }
}
