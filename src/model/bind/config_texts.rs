//! Conditions and values that stand as texts in the configuration. In: a text and its key. Out: what it means, and messages at its place, whose edits leave YAML that
//! is read as what the edit says.

use super::Binder;
use crate::catalog::TableId;
use crate::config::WrittenText;
use crate::diagnostic::Help;
use crate::model::Condition;

impl Binder<'_> {
    /// A condition that stands as a text in the configuration.
    pub(super) fn condition_at(&mut self, table: TableId, text: &str, place: &[&str]) -> Option<Condition> {
        self.text_at(text, place, |binder, offset| {
            let file = binder.config_file;
            let condition = crate::syntax::parse_condition(text, file, offset, &mut binder.diagnostics)?;
            binder.in_text = Some((text.to_owned(), offset));
            let bound = binder.condition(table, &condition);
            binder.in_text = None;
            bound
        })
    }

    /// Binds a plain or quoted scalar behind a key, from where it begins; when it is folded, the key itself is pointed at.
    pub(super) fn text_at<T>(
        &mut self,
        text: &str,
        place: &[&str],
        bind: impl FnOnce(&mut Self, usize) -> Option<T>,
    ) -> Option<T> {
        let key = self.config_place(place);
        let config_text = &self.sources.get(self.config_file).text;
        let behind = config_text.get(key.end as usize..)?;
        let found = behind.find(text).map(|at| key.end as usize + at);
        let before = self.diagnostics.len();
        self.named_uses = 0;
        let bound = bind(self, found.unwrap_or(0));
        self.completions.clear();
        self.delegations.clear();
        for diagnostic in &mut self.diagnostics[before..] {
            match found {
                Some(start) => {
                    let written = WrittenText { config: config_text, behind: key.end as usize, start, text };
                    for (span, replacement) in diagnostic.helps.iter_mut().filter_map(|help| help.edit.as_mut()) {
                        written.keep_readable(span, replacement);
                    }
                }
                None => {
                    diagnostic.primary.span = key;
                    diagnostic.secondary.clear();
                    diagnostic.helps.iter_mut().for_each(|help| *help = Help { text: help.in_words(), edit: None });
                }
            }
        }
        bound
    }
}
