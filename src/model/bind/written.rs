//! The words of a condition, as its author wrote them. In: a condition of the text, and what it was bound to. Out: a note, for whoever tells the author about it.

use super::Binder;
use crate::ast;
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{Condition, Written};

/// A condition that stands in the configuration: its text there, as YAML reads it, and where it begins.
pub(super) type InConfiguration = (String, usize);

impl Binder<'_> {
    /// Binds a condition on a row of `table`. All errors in it are reported; `None` if there was one.
    pub(super) fn condition(&mut self, table: TableId, condition: &ast::Condition) -> Option<Condition> {
        let named = self.named_uses;
        let bound = self.any_condition(table, condition)?;
        // Within what has a name, the words would say less than what is meant.
        if self.named_uses == named {
            self.note_words(condition, &bound);
        }
        Some(bound)
    }

    /// Notes the words of a single statement. What is called by a name has its words where the name is defined.
    fn note_words(&mut self, condition: &ast::Condition, bound: &Condition) {
        if let Some(words) = condition.place().and_then(|place| self.words_at(place)) {
            self.words.push((bound.clone(), words));
        }
    }

    /// All that was noted since the last time.
    pub(super) fn written(&mut self) -> Written {
        Written::new(std::mem::take(&mut self.words))
    }

    /// What stands in a place, in one line; nothing where a remark stands between the words.
    fn words_at(&self, place: Span) -> Option<Box<str>> {
        let text = match &self.in_text {
            Some((text, start)) if place.file == self.config_file => {
                text.get((place.start as usize).checked_sub(*start)?..(place.end as usize).checked_sub(*start)?)?
            }
            _ => self.sources.get(place.file).text.get(place.range())?,
        };
        if text.contains('#') {
            return None;
        }
        // What stands between quotes stays as it is.
        let is_one_line = !text.contains(['\n', '\r', '\t']) && !text.contains("  ");
        match (is_one_line, text.contains('"')) {
            (true, _) => Some(text.trim().into()),
            (false, true) => None,
            (false, false) => {
                let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
                Some(words.replace("( ", "(").replace(" )", ")").into())
            }
        }
    }
}
