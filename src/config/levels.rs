//! The `lints` section: which level the findings of a code have. Errors have none to set.

use std::collections::BTreeMap;

use super::{Config, place};
use crate::diagnostic::{Code, Diagnostic, FileId, Level, Severity, Sources};

impl Config {
    /// The levels that are set, of the codes that have one to set.
    pub fn levels(&self) -> BTreeMap<Code, Level> {
        self.lints.0.iter().filter_map(|(text, level)| Some((code(text).ok()?, *level))).collect()
    }
}

/// Reports what cannot be set.
pub(super) fn check(config: &Config, sources: &Sources, file: FileId, diagnostics: &mut Vec<Diagnostic>) {
    for text in config.lints.0.keys() {
        let span = place(sources, file, &["lints", text]);
        let found = |title: String| Diagnostic::new(Code::LintLevel, span, title);
        match code(text) {
            Ok(_) => {}
            Err(Some(code)) => diagnostics.push(
                found(format!("{text} is an error, and stays one"))
                    .with_label(code.summary())
                    .with_help("leave it out; the levels of warnings and advice can be set"),
            ),
            Err(None) => diagnostics.push(
                found(format!("there is no code `{text}`"))
                    .with_suggestion(span, text, Code::ALL.iter().map(|code| code.as_str()))
                    .with_help("`rowgate explain` lists all codes"),
            ),
        }
    }
}

/// The code that is written so; the error is one whose level cannot be set, if it is one at all.
fn code(text: &str) -> Result<Code, Option<Code>> {
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == text);
    code.filter(|code| code.severity() != Severity::Error).ok_or(code)
}
